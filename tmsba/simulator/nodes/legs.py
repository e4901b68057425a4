"""The ``callLegs`` nodes (CMS API reference, 8.3)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime

from tmsba.simulator import dialling, media
from tmsba.simulator.failures import missing_object, refused
from tmsba.simulator.http import Request, Response, Routes, contains, created, listing, record
from tmsba.simulator.kinds import read, require
from tmsba.simulator.nodes.calls import find_call
from tmsba.simulator.nodes.leg_status import layout_of, status_of
from tmsba.simulator.nodes.spaces import check_method
from tmsba.simulator.objects import Bridge
from tmsba.simulator.prevailing import leg_levels, tenant_of
from tmsba.simulator.records import Call, CallLeg
from tmsba.simulator.references import check_references
from tmsba.simulator.tables import CALL_LEG, CAMERA_CONTROL, NEW_CALL_LEG
from tmsba.simulator.xml import Fields

# What is said to a leg once rather than kept.
_ORDERS = ("dtmfSequence", "layout", "accessMethod")
_TAGS = ("callLegs", "callLeg")
_FILTERS = (
    "filter",
    "participantFilter",
    "ownerIdSet",
    "tenantFilter",
    "alarms",
    "activeLayoutFilter",
    "availableVideoStreamsLowerBound",
    "availableVideoStreamsUpperBound",
)


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


def way_out(bridge: Bridge, call: Call, values: Mapping[str, str]) -> str | None:
    """Return the access method for a call out of a space, the space's default unless one is asked for.

    Raises:
        ApiError: The call is not one of a space, or the space has no such access method.
    """
    space = bridge.spaces.get(call.space) if call.space else None
    wanted = values.get("accessMethod", "")
    if wanted and space is None:
        raise refused("coSpaceCallDoesNotExist")
    check_method(space, wanted)
    return wanted or (space.values.get("defaultAccessMethod") if space else None)


def change_leg(bridge: Bridge, leg: CallLeg, values: dict[str, str]) -> None:
    """Change a call leg.

    Args:
        bridge: The bridge it is on.
        leg: The call leg.
        values: Checked parameters, of which it keeps what ``leg_values`` returns.
    """
    kept = leg_values(values)
    if kept.get("handStatus", leg.values.get("handStatus")) != leg.values.get("handStatus"):
        leg.hand_changed = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    leg.change(kept)
    media.weigh(bridge, leg)


def _summary(bridge: Bridge, leg: CallLeg) -> Fields:
    return [
        ("name", leg.name),
        ("remoteParty", leg.remote_party),
        ("call", leg.call),
        ("tenant", tenant_of(bridge, bridge.calls[leg.call])),
    ]


def _configuration(leg: CallLeg, *, in_space: bool) -> Fields:
    shown: Fields = [(name, leg.values[name]) for name in CALL_LEG if name in leg.values]
    way = leg.access_method or ("coSpace" if in_space else None)
    return [*shown, ("handStatusLastModified", leg.hand_changed), ("accessMethod", way)]


def _is_shown_so(bridge: Bridge, leg: CallLeg, query: Mapping[str, str]) -> bool:
    """Tell whether a call leg passes the filters by what it shows."""
    layout = query.get("activeLayoutFilter", "")
    if layout and not (leg.has_media and layout_of(bridge, leg) == layout):
        return False
    streams = len(bridge.calls[leg.call].legs) - 1
    low, high = (query.get(f"availableVideoStreams{which}Bound", "") for which in ("Lower", "Upper"))
    return (not low.isdigit() or streams >= int(low)) and (not high.isdigit() or streams <= int(high))


def list_legs(bridge: Bridge, request: Request, legs: Collection[CallLeg]) -> Response:
    """Answer with a page of call legs, after the filters of the request."""
    query = request.query
    text, participant = query.get("filter", ""), query.get("participantFilter", "")
    owned = query.get("ownerIdSet", "")
    if not any(query.get(name) for name in _FILTERS):
        return listing(request, _TAGS, legs, lambda leg: (leg.id, _summary(bridge, leg)))
    found = [
        leg
        for leg in legs
        if contains(text, leg.name, leg.remote_party)
        and (not participant or leg.participant == participant)
        and (not owned or ("ownerId" in leg.values) == (owned == "true"))
        and _is_shown_so(bridge, leg, query)
        and query.get("tenantFilter") in (None, "", tenant_of(bridge, bridge.calls[leg.call]))
        # Legs raise no alarm here.
        and not query.get("alarms")
    ]
    return listing(request, _TAGS, found, lambda leg: (leg.id, _summary(bridge, leg)))


def _list(bridge: Bridge, request: Request, _ids: Sequence[str]) -> Response:
    return list_legs(bridge, request, bridge.legs.values())


def _list_in_call(bridge: Bridge, request: Request, ids: Sequence[str]) -> Response:
    return list_legs(bridge, request, bridge.legs_of(find_call(bridge, ids[0])))


def _create(bridge: Bridge, request: Request, ids: Sequence[str]) -> Response:
    call = find_call(bridge, ids[0])
    values = read(request.form, NEW_CALL_LEG)
    check_references(bridge, NEW_CALL_LEG, values)
    party, bandwidth = require(values, "remoteParty"), values.get("bandwidth", "")
    way = way_out(bridge, call, values)
    leg = dialling.dial_out(bridge, call, party, leg_values(values), bandwidth, way)
    return created("callLegs", leg.id)


def _show(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
    leg = find_leg(bridge, ids[0])
    fields: Fields = [
        ("name", leg.name),
        ("remoteParty", leg.remote_party),
        ("originalRemoteParty", leg.remote_party),
        ("localAddress", leg.local_address or None),
        ("call", leg.call),
        ("tenant", tenant_of(bridge, bridge.calls[leg.call])),
        ("type", "sip"),
        ("direction", "incoming" if leg.incoming else "outgoing"),
        ("canMove", leg.has_media),
        ("movedCallLeg", leg.moved[0] if leg.moved else None),
        ("movedCallLegCallBridge", leg.moved[2] if leg.moved else None),
        ("configuration", _configuration(leg, in_space=bridge.calls[leg.call].space is not None)),
        ("status", status_of(bridge, leg)),
    ]
    return record("callLeg", leg.id, fields)


def _change(bridge: Bridge, request: Request, ids: Sequence[str]) -> Response:
    leg = find_leg(bridge, ids[0])
    values = read(request.form, CALL_LEG)
    check_references(bridge, CALL_LEG, values)
    if "accessMethod" in values:
        leg.access_method = way_out(bridge, bridge.calls[leg.call], values)
    change_leg(bridge, leg, values)
    return Response()


def _delete(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
    dialling.end(bridge, find_leg(bridge, ids[0]), "apiInitiatedTeardown")
    return Response()


def _trace(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
    levels = leg_levels(bridge, find_leg(bridge, ids[0]))
    fields: Fields = [(scope, [("id", identifier), *values.items()]) for scope, identifier, values in levels]
    return record("callLegProfileTrace", None, fields)


def _control_camera(bridge: Bridge, request: Request, ids: Sequence[str]) -> Response:
    find_leg(bridge, ids[0])
    read(request.form, CAMERA_CONTROL)
    return Response()


def _generate_keyframe(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
    find_leg(bridge, ids[0])
    return Response()


ROUTES: Routes = {
    ("calllegs",): {"GET": _list},
    ("calllegs", "{}"): {"GET": _show, "PUT": _change, "DELETE": _delete},
    ("calllegs", "{}", "calllegprofiletrace"): {"GET": _trace},
    ("calllegs", "{}", "cameracontrol"): {"PUT": _control_camera},
    ("calllegs", "{}", "generatekeyframe"): {"POST": _generate_keyframe},
    ("calls", "{}", "calllegs"): {"GET": _list_in_call, "POST": _create},
}
