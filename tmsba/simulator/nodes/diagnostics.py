"""Diagnostics of calls, and logging for a while (CMS API reference, 6.8, 8.1.4, 10.15 and 10.16)."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime

from tmsba.simulator.failures import missing_object
from tmsba.simulator.http import Request, Response, Routes, listing, record
from tmsba.simulator.kinds import read
from tmsba.simulator.nodes.calls import find_call
from tmsba.simulator.nodes.spaces import find_space
from tmsba.simulator.objects import Bridge
from tmsba.simulator.records import Call, Record
from tmsba.simulator.tables import TIMED_LOGGING
from tmsba.simulator.xml import Fields

# How many are kept is not documented; older ones give way.
_KEPT = 100


def _diagnose_space(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
    space = find_space(bridge, ids[0])
    _keep(bridge, {"label": space.name, "coSpace": space.id}, bridge.call_of(space.id))
    return Response()


def _diagnose_call(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
    call = find_call(bridge, ids[0])
    _keep(bridge, {"label": call.name, "coSpace": call.space or ""}, call)
    return Response()


def _keep(bridge: Bridge, values: dict[str, str], call: Call | None) -> None:
    found = Record(bridge.cluster.chance.new_id(), {"timestamp": _now()})
    legs = [f"{leg.id} {leg.state} {leg.remote_party}\n" for leg in call.legs.values()] if call else []
    found.change(values | {"callCorrelator": call.correlator if call else "", "contents": "".join(legs)})
    bridge.diagnostics[found.id] = found
    while len(bridge.diagnostics) > _KEPT:
        del bridge.diagnostics[next(iter(bridge.diagnostics))]


def _find(bridge: Bridge, identifier: str) -> Record:
    found = bridge.diagnostics.get(identifier)
    if found is None:
        # No reason code for diagnostics is documented.
        raise missing_object("unrecognisedObject")
    return found


def _list(bridge: Bridge, request: Request, _ids: Sequence[str]) -> Response:
    found = list(bridge.diagnostics.values())
    for name in ("coSpace", "callCorrelator"):
        wanted = request.query.get(f"{name}Filter")
        if wanted:
            found = [one for one in found if one.values.get(name) == wanted]
    return listing(
        request,
        ("diagnostics", "diagnostic"),
        found,
        lambda one: (one.id, [("label", one.values.get("label"))]),
    )


def _show(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
    found = _find(bridge, ids[0])
    names = ("label", "coSpace", "callCorrelator", "timestamp")
    fields: Fields = [(name, found.values.get(name)) for name in names]
    size = len(found.values.get("contents", "").encode())
    return record("diagnostic", found.id, [*fields, ("contentsSize", size)])


def _show_contents(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
    body = _find(bridge, ids[0]).values.get("contents", "").encode()
    return Response(headers={"Content-Type": "text/plain"}, body=body)


def _show_logging(bridge: Bridge, _request: Request, _ids: Sequence[str]) -> Response:
    now = bridge.now()
    left = {name: max(0, math.ceil(bridge.logged_until.get(name, 0.0) - now)) for name in TIMED_LOGGING}
    return record("timedLogging", None, [*left.items()])


def _change_logging(bridge: Bridge, request: Request, _ids: Sequence[str]) -> Response:
    for name, value in read(request.form, TIMED_LOGGING).items():
        bridge.logged_until[name] = bridge.now() + int(value or 0)
    return Response()


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


ROUTES: Routes = {
    ("cospaces", "{}", "diagnostics"): {"POST": _diagnose_space},
    ("calls", "{}", "diagnostics"): {"POST": _diagnose_call},
    ("system", "diagnostics"): {"GET": _list},
    ("system", "diagnostics", "{}"): {"GET": _show},
    ("system", "diagnostics", "{}", "contents"): {"GET": _show_contents},
    ("system", "timedlogging"): {"GET": _show_logging, "PUT": _change_logging},
}
