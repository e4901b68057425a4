"""The ``participants`` nodes (CMS API reference, 8.1.5 to 8.1.7 and 8.11)."""

from collections.abc import Iterable, Sequence

from tmsba.simulator import kinds
from tmsba.simulator.failures import missing_object, parameter_error, refused
from tmsba.simulator.http import Request, Response, Routes, contains, created, listing, record
from tmsba.simulator.kinds import read, require
from tmsba.simulator.nodes.calls import find_call
from tmsba.simulator.nodes.legs import leg_values, list_legs, name_of
from tmsba.simulator.objects import Bridge
from tmsba.simulator.records import Call, Participant
from tmsba.simulator.references import check_references
from tmsba.simulator.tables import ALL_PARTICIPANTS, NEW_PARTICIPANT, PARTICIPANT
from tmsba.simulator.xml import Fields, Value

_LARGEST_ID_LIST = 20
# The settings of a participant that its call leg carries.
_ON_THE_LEG = ("nameLabelOverride", "handStatus")


def _find(bridge: Bridge, identifier: str) -> Participant:
    participant = bridge.participants.get(identifier)
    if participant is None:
        # No reason code for a participant is documented.
        raise missing_object("unrecognisedObject")
    return participant


def _fields(bridge: Bridge, participant: Participant) -> list[tuple[str, Value]]:
    leg = bridge.legs[participant.leg]
    configuration: Fields = [
        ("importance", participant.values.get("importance")),
        *((name, leg.values.get(name)) for name in ("nameLabelOverride", "defaultLayout", "handStatus")),
    ]
    return [
        ("name", name_of(leg)),
        ("call", participant.call),
        ("uri", participant.uri),
        ("originalUri", participant.uri),
        ("numCallLegs", 1),
        ("isActivator", True),
        ("canMove", False),
        ("status", [("state", leg.state)]),
        ("configuration", configuration),
    ]


def _listing(bridge: Bridge, request: Request, participants: Iterable[Participant]) -> Response:
    query = request.query
    text, space = query.get("filter", ""), query.get("coSpaceFilter", "")
    own = next(iter(bridge.call_bridges), "")
    found = [
        participant
        for participant in participants
        if contains(text, participant.uri, name_of(bridge.legs[participant.leg]))
        and (not space or bridge.calls[participant.call].space == space)
        and query.get("callBridgeFilter", "") in ("", own)
        and not query.get("tenantFilter")
    ]
    tags = ("participants", "participant")
    return listing(request, tags, found, lambda one: (one.id, _fields(bridge, one)))


def _in_call(bridge: Bridge, call: Call) -> list[Participant]:
    return [participant for participant in bridge.participants.values() if participant.call == call.id]


def _list(bridge: Bridge, request: Request, _ids: Sequence[str]) -> Response:
    return _listing(bridge, request, bridge.participants.values())


def _list_in_call(bridge: Bridge, request: Request, ids: Sequence[str]) -> Response:
    return _listing(bridge, request, _in_call(bridge, find_call(bridge, ids[0])))


def _create(bridge: Bridge, request: Request, ids: Sequence[str]) -> Response:
    call = find_call(bridge, ids[0])
    values = read(request.form, NEW_PARTICIPANT)
    check_references(bridge, values)
    if values.get("movedParticipant") and not values.get("remoteParty"):
        # Moving people between calls is not simulated.
        raise refused("invalidOperation")
    leg = bridge.dial_out(call, require(values, "remoteParty"), leg_values(values))
    participant = bridge.participants[leg.participant]
    participant.change({name: values[name] for name in ("importance",) if name in values})
    return created("participants", participant.id)


def _show(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
    participant = _find(bridge, ids[0])
    fields = [*_fields(bridge, participant), ("canMoveToLobby", False)]
    return record("participant", participant.id, fields)


def _list_legs(bridge: Bridge, request: Request, ids: Sequence[str]) -> Response:
    return list_legs(request, [bridge.legs[_find(bridge, ids[0]).leg]])


def _change(bridge: Bridge, request: Request, ids: Sequence[str]) -> Response:
    participant = _find(bridge, ids[0])
    values = read(request.form, PARTICIPANT)
    bridge.legs[participant.leg].change({name: values[name] for name in _ON_THE_LEG if name in values})
    participant.change({name: values[name] for name in ("importance",) if name in values})
    return Response()


def _change_all(bridge: Bridge, request: Request, ids: Sequence[str]) -> Response:
    call = find_call(bridge, ids[0])
    values = read({**request.form, **request.query}, ALL_PARTICIPANTS)
    listed = {identifier for identifier in values.pop("filterIds", "").split(",") if identifier}
    if len(listed) > _LARGEST_ID_LIST:
        raise parameter_error("filterIds", kinds.TOO_LONG)
    selecting = values.pop("mode", "exclude") == "selected"
    for participant in _in_call(bridge, call):
        if (participant.id in listed) == selecting:
            participant.change({name: values[name] for name in ("importance",) if name in values})
            bridge.legs[participant.leg].change(leg_values(values))
    return Response()


def _delete(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
    bridge.remove_leg(bridge.legs[_find(bridge, ids[0]).leg])
    return Response()


ROUTES: Routes = {
    ("participants",): {"GET": _list},
    ("participants", "{}"): {"GET": _show, "PUT": _change, "DELETE": _delete},
    ("participants", "{}", "calllegs"): {"GET": _list_legs},
    ("calls", "{}", "participants"): {"GET": _list_in_call, "POST": _create},
    ("calls", "{}", "participants", "*"): {"PUT": _change_all},
}
