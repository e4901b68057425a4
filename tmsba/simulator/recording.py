"""Recording and streaming of calls (CMS API reference, 8.1.2 and 8.2.2)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tmsba.simulator.failures import refused
from tmsba.simulator.prevailing import call_values
from tmsba.simulator.records import Call

if TYPE_CHECKING:
    from tmsba.simulator.objects import Bridge

_WHATS = ("recording", "streaming")
_MODES = {"recording": "recordingMode", "streaming": "streamingMode"}
_FIXED = {"recording": "callRecordingCannotBeModified", "streaming": "callStreamingCannotBeModified"}
_UNLICENSED = {"recording": "recordingNotAllowedByLicensing", "streaming": "streamingNotAllowedByLicensing"}


def check(bridge: "Bridge", values: Mapping[str, str], call: Call | None, space: str | None = None) -> None:
    """Refuse to record or stream when the profile or the licence does not allow it.

    Args:
        bridge: The bridge.
        values: Checked parameters that are to change.
        call: The call they are for, or None when it is about to be created.
        space: The space of a call about to be created.

    Raises:
        ApiError: It cannot be started or stopped here.
    """
    probe = call or Call("", space=space)
    for what in _WHATS:
        wanted = values.get(what, "") == "true"
        if what not in values or wanted == is_on(probe, what):
            continue
        if call_values(bridge, probe).get(_MODES[what], "manual") != "manual":
            raise refused(_FIXED[what])
        if wanted and not bridge.licences.allows(what):
            raise refused(_UNLICENSED[what])


def apply(bridge: "Bridge", call: Call) -> None:
    """Start and stop as the call's parameters say."""
    for what in _WHATS:
        if (call.values.get(what) == "true") != is_on(call, what):
            _switch(bridge, call, what)


def begin_if_automatic(bridge: "Bridge", call: Call) -> None:
    """Start what begins with the first participant."""
    prevailing = call_values(bridge, call)
    for what in _WHATS:
        automatic = prevailing.get(_MODES[what]) == "automatic"
        if automatic and not is_on(call, what) and bridge.licences.allows(what):
            _switch(bridge, call, what)


def stop_all(bridge: "Bridge", call: Call) -> None:
    """End what is under way, because the call ends."""
    for what in _WHATS:
        if is_on(call, what):
            _switch(bridge, call, what)


def is_on(call: Call, what: str) -> bool:
    """Tell whether a call is being recorded, or streamed."""
    return (call.recording if what == "recording" else call.streaming) is not None


def _switch(bridge: "Bridge", call: Call, what: str) -> None:
    starts = not is_on(call, what)
    present = call.recording if what == "recording" else call.streaming
    identifier = present or bridge.cluster.chance.new_id()
    value = identifier if starts else None
    if what == "recording":
        call.recording = value
    else:
        call.streaming = value
    call.values[what] = "true" if starts else "false"
    bridge.cdr.recording(call, identifier, starts=starts, what=what)
