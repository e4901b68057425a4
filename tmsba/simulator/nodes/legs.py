"""The ``callLegs`` nodes (CMS API reference, 8.3)."""

from collections.abc import Iterable, Sequence

from tmsba.simulator.failures import missing_object
from tmsba.simulator.http import Request, Response, Routes, contains, created, listing, record
from tmsba.simulator.kinds import read, require
from tmsba.simulator.nodes.calls import find_call
from tmsba.simulator.objects import Bridge
from tmsba.simulator.records import CallLeg
from tmsba.simulator.references import check_references
from tmsba.simulator.tables import CALL_LEG, NEW_CALL_LEG
from tmsba.simulator.xml import Fields

# What is said to a leg once rather than kept.
_ORDERS = ("dtmfSequence", "layout", "accessMethod")


def find_leg(bridge: Bridge, identifier: str) -> CallLeg:
    """Return a call leg, or refuse the request with 404."""
    leg = bridge.legs.get(identifier)
    if leg is None:
        raise missing_object("callLegDoesNotExist")
    return leg


def leg_values(values: dict[str, str]) -> dict[str, str]:
    """Return what a call leg keeps of checked parameters."""
    kept = {name: value for name, value in values.items() if name in CALL_LEG and name not in _ORDERS}
    # The older name of the same setting, which gives way to the newer one.
    if values.get("layout"):
        kept.setdefault("defaultLayout", values["layout"])
    return kept


def name_of(leg: CallLeg) -> str:
    """Return the name shown for a call leg."""
    return leg.values.get("nameLabelOverride", leg.remote_party)


def _summary(leg: CallLeg) -> Fields:
    return [("name", name_of(leg)), ("remoteParty", leg.remote_party), ("call", leg.call)]


def _configuration(leg: CallLeg) -> Fields:
    return [(name, leg.values[name]) for name in CALL_LEG if name in leg.values]


def _status(bridge: Bridge, leg: CallLeg) -> Fields:
    connected = leg.state == "connected"
    space = bridge.spaces.get(bridge.calls[leg.call].space or "")
    layout = leg.values.get("defaultLayout") or (space and space.values.get("defaultLayout")) or "automatic"
    return [
        ("state", leg.state),
        ("durationSeconds", int(bridge.now() - leg.started)),
        ("sipCallID", f"{leg.id}@simulator.example.com"),
        ("groupID", leg.participant),
        ("encryptedMedia", False if connected else None),
        ("unencryptedMedia", True if connected else None),
        ("layout", leg.values.get("chosenLayout", layout) if connected else None),
    ]


def list_legs(request: Request, legs: Iterable[CallLeg]) -> Response:
    """Answer with a page of call legs, after the filters of the request."""
    query = request.query
    text, participant = query.get("filter", ""), query.get("participantFilter", "")
    owned = query.get("ownerIdSet", "")
    found = [
        leg
        for leg in legs
        if contains(text, name_of(leg), leg.remote_party)
        and (not participant or leg.participant == participant)
        and (not owned or ("ownerId" in leg.values) == (owned == "true"))
        # Legs belong to no tenant and raise no alarm here.
        and not query.get("tenantFilter")
        and not query.get("alarms")
    ]
    return listing(request, ("callLegs", "callLeg"), found, lambda leg: (leg.id, _summary(leg)))


def _list(bridge: Bridge, request: Request, _ids: Sequence[str]) -> Response:
    return list_legs(request, bridge.legs.values())


def _list_in_call(bridge: Bridge, request: Request, ids: Sequence[str]) -> Response:
    return list_legs(request, bridge.legs_of(find_call(bridge, ids[0])))


def _create(bridge: Bridge, request: Request, ids: Sequence[str]) -> Response:
    call = find_call(bridge, ids[0])
    values = read(request.form, NEW_CALL_LEG)
    check_references(bridge, values)
    leg = bridge.dial_out(call, require(values, "remoteParty"), leg_values(values))
    return created("callLegs", leg.id)


def _show(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
    leg = find_leg(bridge, ids[0])
    fields: Fields = [
        ("name", name_of(leg)),
        ("remoteParty", leg.remote_party),
        ("originalRemoteParty", leg.remote_party),
        ("call", leg.call),
        ("type", "sip"),
        ("direction", "incoming" if leg.incoming else "outgoing"),
        ("canMove", False),
        ("configuration", _configuration(leg)),
        ("status", _status(bridge, leg)),
    ]
    return record("callLeg", leg.id, fields)


def _change(bridge: Bridge, request: Request, ids: Sequence[str]) -> Response:
    leg = find_leg(bridge, ids[0])
    values = read(request.form, CALL_LEG)
    check_references(bridge, values)
    leg.change(leg_values(values))
    return Response()


def _delete(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
    bridge.remove_leg(find_leg(bridge, ids[0]))
    return Response()


ROUTES: Routes = {
    ("calllegs",): {"GET": _list},
    ("calllegs", "{}"): {"GET": _show, "PUT": _change, "DELETE": _delete},
    ("calls", "{}", "calllegs"): {"GET": _list_in_call, "POST": _create},
}
