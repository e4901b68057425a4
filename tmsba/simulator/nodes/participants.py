"""The ``participants`` nodes (CMS API reference, 8.1.5 to 8.1.7 and 8.11).

Every bridge that hosts a part of a call knows all participants of the call; those on other bridges it shows,
but does not touch.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from tmsba.simulator import balancing, dialling, kinds, lobby
from tmsba.simulator.failures import missing_object, parameter_error, refused
from tmsba.simulator.http import (
    Request,
    Response,
    Routes,
    contains,
    counted_listing,
    created,
    listing,
    record,
    xml_answer,
)
from tmsba.simulator.kinds import read, require
from tmsba.simulator.nodes.calls import find_call
from tmsba.simulator.nodes.legs import change_leg, leg_values, list_legs, way_out
from tmsba.simulator.objects import Bridge
from tmsba.simulator.prevailing import tenant_of
from tmsba.simulator.records import Call, CallLeg, Participant
from tmsba.simulator.references import check_references
from tmsba.simulator.tables import ALL_PARTICIPANTS, NEW_PARTICIPANT, PARTICIPANT
from tmsba.simulator.xml import Fields, Value, render_list

_LARGEST_ID_LIST = 20
_TAGS = ("participants", "participant")
_FILTERS = ("filter", "coSpaceFilter", "callBridgeFilter", "tenantFilter")
# The settings of a participant that its call leg carries.
_ON_THE_LEG = ("nameLabelOverride", "handStatus")


class _Seen(NamedTuple):
    """A participant as one bridge sees it: with the bridge's own part of the call."""

    participant: Participant
    host: Bridge
    call: Call

    @property
    def leg(self) -> CallLeg:
        return self.host.legs[self.participant.leg]


def _in_part(host: Bridge, part: Call, call: Call) -> list[_Seen]:
    return [_Seen(host.participants[leg.participant], host, call) for leg in part.legs.values()]


def _in_call(bridge: Bridge, call: Call) -> list[_Seen]:
    seen = _in_part(bridge, call, call)
    for part in bridge.cluster.instances(call):
        host = bridge.cluster.bridge(part.host)
        if host is not None:
            seen += _in_part(host, part, call)
    return seen


def _find(bridge: Bridge, identifier: str) -> _Seen:
    participant = bridge.participants.get(identifier)
    if participant is not None:
        return _Seen(participant, bridge, bridge.calls[participant.call])
    for host in bridge.cluster.bridges:
        elsewhere = host.participants.get(identifier)
        if elsewhere is not None:
            for part in host.cluster.instances(host.calls[elsewhere.call]):
                if part.host == bridge.id:
                    return _Seen(elsewhere, host, part)
    # No reason code for a participant is documented.
    raise missing_object("unrecognisedObject")


def _find_own(bridge: Bridge, identifier: str, reason: str) -> _Seen:
    """Return a participant that this bridge hosts.

    Raises:
        ApiError: With the reason given, if another bridge hosts it.
    """
    seen = _find(bridge, identifier)
    if seen.host is not bridge:
        raise refused(reason)
    return seen


def _fields(bridge: Bridge, seen: _Seen) -> list[tuple[str, Value]]:
    participant, leg = seen.participant, seen.leg
    local = seen.host is bridge
    names = ("nameLabelOverride", "defaultLayout", "handStatus")
    configuration: Fields = [
        ("importance", participant.values.get("importance")),
        *((name, leg.values.get(name)) for name in names),
        ("handStatusLastModified", leg.hand_changed),
    ]
    return [
        ("name", leg.name),
        ("call", seen.call.id),
        ("tenant", tenant_of(bridge, seen.call)),
        ("callBridge", None if local else seen.host.id),
        ("uri", participant.uri),
        ("originalUri", participant.uri),
        ("numCallLegs", 1 if local else None),
        ("isActivator", not lobby.needs_activation(seen.host, leg) and not leg.deactivated),
        ("canMove", leg.has_media and local),
        ("movedParticipant", leg.moved[1] if leg.moved else None),
        ("movedParticipantCallBridge", leg.moved[2] if leg.moved else None),
        ("status", [("state", leg.state), ("cameraControlAvailable", True if leg.has_media else None)]),
        ("configuration", configuration),
    ]


def _listing(bridge: Bridge, request: Request, calls: Collection[Call]) -> Response:
    query = request.query
    participants = (seen for call in calls for seen in _in_call(bridge, call))

    def show(seen: _Seen) -> tuple[str, Fields]:
        return seen.participant.id, _fields(bridge, seen)

    if not any(query.get(name) for name in _FILTERS):
        parts = (part for call in calls for part in (call, *bridge.cluster.instances(call)))
        total = sum(len(part.legs) for part in parts)
        return counted_listing(request, _TAGS, total, participants, show)
    text, space = query.get("filter", ""), query.get("coSpaceFilter", "")
    wanted_host = query.get("callBridgeFilter", "")
    found = [
        seen
        for seen in participants
        if contains(text, seen.participant.uri, seen.leg.name)
        and (not space or seen.call.space == space)
        and wanted_host in ("", seen.host.id)
        and query.get("tenantFilter") in (None, "", tenant_of(bridge, seen.call))
    ]
    return listing(request, _TAGS, found, show)


def _list(bridge: Bridge, request: Request, _ids: Sequence[str]) -> Response:
    return _listing(bridge, request, bridge.calls.values())


def _list_in_call(bridge: Bridge, request: Request, ids: Sequence[str]) -> Response:
    return _listing(bridge, request, [find_call(bridge, ids[0])])


def _create(bridge: Bridge, request: Request, ids: Sequence[str]) -> Response:
    call = find_call(bridge, ids[0])
    values = read(request.form, NEW_PARTICIPANT)
    check_references(bridge, NEW_PARTICIPANT, values)
    if values.get("movedParticipant") and not values.get("remoteParty"):
        moved = _find_own(bridge, values["movedParticipant"], "participantCannotBeModified")
        host, leg = bridge, dialling.move(bridge, call, moved.leg, leg_values(values))
    else:
        party = require(values, "remoteParty")
        host = balancing.host_for(bridge, call, values)
        part = balancing.part_on(host, call)
        way = way_out(bridge, call, values)
        leg = dialling.dial_out(host, part, party, leg_values(values), values.get("bandwidth", ""), way)
    participant = host.participants[leg.participant]
    _set(_Seen(participant, host, call), values)
    return created("participants", participant.id)


def _show(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
    seen = _find(bridge, ids[0])
    movable = lobby.can_move_to_lobby(seen.host, seen.host.calls[seen.participant.call], seen.leg)
    return record("participant", seen.participant.id, [*_fields(bridge, seen), ("canMoveToLobby", movable)])


def _list_legs(bridge: Bridge, request: Request, ids: Sequence[str]) -> Response:
    seen = _find(bridge, ids[0])
    if seen.host is not bridge:
        # How the hosting bridge is named in the answer is not documented.
        return xml_answer(render_list("callLegs", 0, [], callBridge=seen.host.id))
    return list_legs(bridge, request, [seen.leg])


def _change(bridge: Bridge, request: Request, ids: Sequence[str]) -> Response:
    seen = _find_own(bridge, ids[0], "participantCannotBeModified")
    values = read(request.form, PARTICIPANT)
    change_leg(seen.host, seen.leg, {name: values[name] for name in _ON_THE_LEG if name in values})
    _set(seen, values)
    return Response()


def _set(seen: _Seen, values: dict[str, str]) -> None:
    """Set what a participant has apart from its call leg, and send it to the lobby or fetch it from there."""
    seen.participant.change({name: values[name] for name in ("importance",) if name in values})
    if values.get("deactivated"):
        lobby.put(seen.host, seen.leg, waiting=values["deactivated"] == "true")


def _change_all(bridge: Bridge, request: Request, ids: Sequence[str]) -> Response:
    call = find_call(bridge, ids[0])
    values = read({**request.form, **request.query}, ALL_PARTICIPANTS)
    listed = {identifier for identifier in values.pop("filterIds", "").split(",") if identifier}
    if len(listed) > _LARGEST_ID_LIST:
        raise parameter_error("filterIds", kinds.TOO_LONG)
    selecting = values.pop("mode", "exclude") == "selected"
    for seen in _in_call(bridge, call):
        if (seen.participant.id in listed) == selecting:
            _set(seen, values)
            change_leg(seen.host, seen.leg, values)
    return Response()


def _delete(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
    seen = _find_own(bridge, ids[0], "participantCannotBeDeleted")
    dialling.end(bridge, seen.leg, "apiInitiatedTeardown")
    return Response()


ROUTES: Routes = {
    ("participants",): {"GET": _list},
    ("participants", "{}"): {"GET": _show, "PUT": _change, "DELETE": _delete},
    ("participants", "{}", "calllegs"): {"GET": _list_legs},
    ("calls", "{}", "participants"): {"GET": _list_in_call, "POST": _create},
    ("calls", "{}", "participants", "*"): {"PUT": _change_all},
}
