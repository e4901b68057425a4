"""Who waits in the lobby of a call (CMS API reference, 1.2.5, 8.1.2 and 8.4.3)."""

from typing import TYPE_CHECKING

from tmsba.simulator.prevailing import call_values, leg_value
from tmsba.simulator.records import Call, CallLeg

if TYPE_CHECKING:
    from tmsba.simulator.objects import Bridge


def needs_activation(bridge: "Bridge", leg: CallLeg) -> bool:
    """Tell whether somebody has to let this call leg in."""
    return leg_value(bridge, leg, "needsActivation") == "true"


def can_move_to_lobby(bridge: "Bridge", call: Call, leg: CallLeg) -> bool:
    """Tell whether a call leg may be sent to the lobby."""
    return _locks_all(bridge, call) or needs_activation(bridge, leg)


def admit(bridge: "Bridge", call: Call, leg: CallLeg) -> None:
    """Decide for a call leg that has just answered, and for those it lets in."""
    guest = needs_activation(bridge, leg)
    locked = call_values(bridge, call).get("locked") == "true"
    if locked and (guest or _locks_all(bridge, call)):
        leg.deactivated = True
    elif guest:
        leg.deactivated = not _has_activator(bridge, call)
    else:
        review(bridge, call)


def review(bridge: "Bridge", call: Call) -> None:
    """Let in those who wait, if the call is open and someone is there who lets them in."""
    if call_values(bridge, call).get("locked") == "true":
        return
    opened = _has_activator(bridge, call)
    for leg in call.legs.values():
        if leg.deactivated and (opened or not needs_activation(bridge, leg)):
            leg.deactivated = False


def activator_left(bridge: "Bridge", call: Call) -> list[CallLeg]:
    """Return the call legs that must go because the last activator went; others go back to the lobby."""
    if _has_activator(bridge, call):
        return []
    leaving = []
    for leg in call.legs.values():
        if leg.has_media and not leg.deactivated and needs_activation(bridge, leg):
            mode = leg_value(bridge, leg, "deactivationMode") or "deactivate"
            if mode == "disconnect":
                leaving.append(leg)
            leg.deactivated = mode == "deactivate"
    return leaving


def _has_activator(bridge: "Bridge", call: Call) -> bool:
    parts = [call, *bridge.cluster.instances(call)]
    return any(
        leg.has_media and not leg.deactivated and not needs_activation(host, leg)
        for part in parts
        if (host := bridge.cluster.bridge(part.host)) is not None
        for leg in part.legs.values()
    )


def _locks_all(bridge: "Bridge", call: Call) -> bool:
    return call_values(bridge, call).get("lockMode") == "all"
