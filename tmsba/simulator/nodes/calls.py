"""The ``/calls`` nodes (CMS API reference, 8.1.1 to 8.1.3 and 8.1.8)."""

import math
from collections.abc import Mapping, Sequence

from tmsba.simulator import kinds, lobby, recording
from tmsba.simulator.failures import missing_object, parameter_error
from tmsba.simulator.http import CALLS_PAGE, Request, Response, Routes, created, listing, record
from tmsba.simulator.kinds import read, require
from tmsba.simulator.objects import Bridge
from tmsba.simulator.prevailing import call_values, tenant_of
from tmsba.simulator.records import Call, Space
from tmsba.simulator.references import check_references
from tmsba.simulator.tables import CALL, CAPTIONS, NEW_CALL
from tmsba.simulator.xml import Fields

_SETTINGS = (
    "locked",
    "recording",
    "streaming",
    "allowAllMuteSelf",
    "allowAllPresentationContribution",
    "joinAudioMuteOverride",
    "messageText",
    "messagePosition",
    "messageDuration",
    "activeWhenEmpty",
    "panePlacementHighestImportance",
    "panePlacementSelfPaneMode",
    "panePlacementActiveSpeakerMode",
    "chatAllowed",
    "raiseHandEnabled",
    "messageBannerText",
    "notesAllowed",
    "captionsAllowed",
    "backgroundBlurAllowed",
)
_DEFAULTS = {
    "locked": "false",
    "recording": "false",
    "streaming": "false",
    "allowAllMuteSelf": "true",
    "allowAllPresentationContribution": "false",
    "activeWhenEmpty": "true",
    "chatAllowed": "true",
    "raiseHandEnabled": "true",
    "notesAllowed": "false",
    "captionsAllowed": "false",
    "backgroundBlurAllowed": "false",
}


def find_call(bridge: Bridge, identifier: str) -> Call:
    """Return a call, or refuse the request with 404."""
    call = bridge.calls.get(identifier)
    if call is None:
        raise missing_object("callDoesNotExist")
    return call


def _summary(bridge: Bridge, call: Call) -> Fields:
    return [
        ("name", call.name or None),
        ("coSpace", call.space),
        ("callCorrelator", call.correlator),
        ("tenant", tenant_of(bridge, call)),
    ]


def _list(bridge: Bridge, request: Request, _ids: Sequence[str]) -> Response:
    space, tenant = request.query.get("coSpaceFilter", ""), request.query.get("tenantFilter", "")
    found = [
        call
        for call in bridge.calls.values()
        if space in ("", call.space) and (not tenant or tenant_of(bridge, call) == tenant)
    ]
    tags = ("calls", "call")
    return listing(request, tags, found, lambda call: (call.id, _summary(bridge, call)), CALLS_PAGE)


def _create(bridge: Bridge, request: Request, _ids: Sequence[str]) -> Response:
    values = read(request.form, NEW_CALL)
    check_references(bridge, NEW_CALL, values)
    if not any(values.get(name) for name in ("coSpace", "name", "callCorrelator")):
        raise parameter_error("coSpace", kinds.MISSING)
    running = bridge.call_of(values.get("coSpace", ""))
    if running is not None:
        # It stays as it is: changing a call is what PUT is for.
        return created("calls", running.id)
    recording.check(bridge, values, None, values.get("coSpace"))
    call = bridge.add_call(values)
    _carry_out(bridge, call, values)
    return created("calls", call.id)


def _show(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
    call = find_call(bridge, ids[0])
    space = bridge.spaces.get(call.space) if call.space else None
    prevailing = _DEFAULTS | call_values(bridge, call)
    instances = bridge.cluster.instances(call)
    remote = sum(len(part.legs) for part in instances)
    fields: Fields = [
        ("coSpace", call.space),
        ("callCorrelator", call.correlator),
        ("callType", "coSpace" if call.space else "adHoc"),
        ("tenant", tenant_of(bridge, call)),
        ("durationSeconds", int(bridge.now() - call.started)),
        ("name", call.name or None),
        ("numCallLegs", len(call.legs)),
        ("maxCallLegs", call.most_legs),
        ("numParticipantsLocal", len(call.legs)),
        ("numParticipantsRemote", remote),
        ("numDistributedInstances", len(instances)),
        ("recordingStatus", call.recording is not None),
        ("ownerName", _owner_of(space) if space else None),
        ("coSpaceMetadataConfigured", bool(space.metadata) if space else None),
        ("messageTimeRemaining", _message_left(bridge, call)),
        *((name, prevailing.get(name)) for name in _SETTINGS),
    ]
    return record("call", call.id, fields)


def _owner_of(space: Space) -> str | None:
    return space.values.get("meetingScheduler") or space.values.get("ownerJid")


def _change(bridge: Bridge, request: Request, ids: Sequence[str]) -> Response:
    call = find_call(bridge, ids[0])
    values = read(request.form, CALL)
    recording.check(bridge, values, call)
    call.change(values)
    _carry_out(bridge, call, values)
    return Response()


def _delete(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
    bridge.remove_call(find_call(bridge, ids[0]))
    return Response()


def _send_captions(bridge: Bridge, request: Request, ids: Sequence[str]) -> Response:
    find_call(bridge, ids[0])
    require(read(request.form, CAPTIONS), "captionsText")
    return Response()


def _carry_out(bridge: Bridge, call: Call, values: Mapping[str, str]) -> None:
    """Do what parameters that were set ask for."""
    recording.apply(bridge, call)
    if "locked" in values:
        lobby.review(bridge, call)
    if "messageText" in values or "messageDuration" in values:
        seconds = call.values.get("messageDuration", "")
        call.message_until = bridge.now() + int(seconds) if seconds.isdigit() else None


def _message_left(bridge: Bridge, call: Call) -> int | None:
    if "messageText" not in call.values or call.message_until is None:
        return None
    return max(0, math.ceil(call.message_until - bridge.now()))


ROUTES: Routes = {
    ("calls",): {"GET": _list, "POST": _create},
    ("calls", "{}"): {"GET": _show, "PUT": _change, "DELETE": _delete},
    ("calls", "{}", "captions"): {"POST": _send_captions},
}
