"""The ``/calls`` nodes (CMS API reference, 8.1)."""

from collections.abc import Sequence

from tmsba.simulator import kinds
from tmsba.simulator.failures import missing_object, parameter_error
from tmsba.simulator.http import CALLS_PAGE, Request, Response, Routes, created, listing, record
from tmsba.simulator.kinds import read
from tmsba.simulator.objects import Bridge
from tmsba.simulator.records import Call
from tmsba.simulator.references import check_references
from tmsba.simulator.tables import CALL, NEW_CALL
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


def _summary(call: Call) -> Fields:
    return [("name", call.name or None), ("coSpace", call.space), ("callCorrelator", call.correlator)]


def _list(bridge: Bridge, request: Request, _ids: Sequence[str]) -> Response:
    space = request.query.get("coSpaceFilter", "")
    # Calls belong to no tenant here, so any tenant filter leaves nothing.
    tenant = request.query.get("tenantFilter", "")
    found = [call for call in bridge.calls.values() if (not space or call.space == space) and not tenant]
    tags = ("calls", "call")
    return listing(request, tags, found, lambda call: (call.id, _summary(call)), CALLS_PAGE)


def _create(bridge: Bridge, request: Request, _ids: Sequence[str]) -> Response:
    values = read(request.form, NEW_CALL)
    check_references(bridge, values)
    if not any(values.get(name) for name in ("coSpace", "name", "callCorrelator")):
        raise parameter_error("coSpace", kinds.MISSING)
    return created("calls", bridge.add_call(values).id)


def _show(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
    call = find_call(bridge, ids[0])
    space = bridge.spaces.get(call.space) if call.space else None
    profile = bridge.call_profiles.get(space.values.get("callProfile", "")) if space else None
    prevailing = _DEFAULTS | (profile.values if profile else {}) | call.values
    legs = len(bridge.legs_of(call))
    fields: Fields = [
        ("coSpace", call.space),
        ("callCorrelator", call.correlator),
        ("callType", "coSpace" if call.space else "adHoc"),
        ("durationSeconds", int(bridge.now() - call.started)),
        ("name", call.name or None),
        ("numCallLegs", legs),
        ("maxCallLegs", call.most_legs),
        ("numParticipantsLocal", legs),
        ("numParticipantsRemote", 0),
        ("numDistributedInstances", 0),
        ("recordingStatus", prevailing["recording"]),
        ("ownerName", space.values.get("meetingScheduler") if space else None),
        ("coSpaceMetadataConfigured", False if space else None),
        *((name, prevailing.get(name)) for name in _SETTINGS),
    ]
    return record("call", call.id, fields)


def _change(bridge: Bridge, request: Request, ids: Sequence[str]) -> Response:
    find_call(bridge, ids[0]).change(read(request.form, CALL))
    return Response()


def _delete(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
    bridge.remove_call(find_call(bridge, ids[0]))
    return Response()


ROUTES: Routes = {
    ("calls",): {"GET": _list, "POST": _create},
    ("calls", "{}"): {"GET": _show, "PUT": _change, "DELETE": _delete},
}
