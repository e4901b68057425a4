"""Who waits in the lobby of a call (CMS API reference, 1.2.5, 8.1.2 and 8.4.3).

A call that runs on several bridges has one lobby: an activator on one of them lets in guests on all.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tmsba.simulator.prevailing import call_values, leg_value
from tmsba.simulator.records import Call, CallLeg

if TYPE_CHECKING:
    from tmsba.simulator.objects import Bridge


def needs_activation(bridge: "Bridge", leg: CallLeg) -> bool:
    """Tell whether somebody has to let this call leg in."""
    return leg_value(bridge, leg, "needsActivation") == "true"


def is_activator(bridge: "Bridge", leg: CallLeg) -> bool:
    """Tell whether this call leg lets others in."""
    return leg.has_media and not leg.deactivated and not needs_activation(bridge, leg)


def can_move_to_lobby(bridge: "Bridge", call: Call, leg: CallLeg) -> bool:
    """Tell whether a call leg may be sent to the lobby."""
    return _locks_all(bridge, call) or needs_activation(bridge, leg)


def put(bridge: "Bridge", leg: CallLeg, *, waiting: bool) -> None:
    """Send a call leg to the lobby, or fetch it from there."""
    if leg.deactivated != waiting:
        leg.deactivated = waiting
        bridge.cdr.leg_update(leg)


def admit(bridge: "Bridge", call: Call, leg: CallLeg) -> None:
    """Decide for a call leg that has just answered, and for those it lets in."""
    guest = needs_activation(bridge, leg)
    locked = _is_locked(bridge, call)
    if locked and (guest or _locks_all(bridge, call)):
        leg.deactivated = True
    elif guest:
        leg.deactivated = not _has_activator(bridge, call)
    else:
        review(bridge, call)


def review(bridge: "Bridge", call: Call) -> None:
    """Let in those who wait, where the call is open and someone is there who lets them in."""
    opened = _has_activator(bridge, call)
    for host, part in _parts(bridge, call):
        if not _is_locked(host, part):
            for leg in part.legs.values():
                if opened or not needs_activation(host, leg):
                    put(host, leg, waiting=False)


def activator_left(bridge: "Bridge", call: Call) -> "list[tuple[Bridge, CallLeg]]":
    """Send guests back to the lobby if the last activator went, and return those who must go altogether."""
    if _has_activator(bridge, call):
        return []
    leaving = []
    for host, part in _parts(bridge, call):
        for leg in part.legs.values():
            if leg.has_media and not leg.deactivated and needs_activation(host, leg):
                mode = leg_value(host, leg, "deactivationMode") or "deactivate"
                if mode == "deactivate":
                    put(host, leg, waiting=True)
                elif mode == "disconnect":
                    leaving.append((host, leg))
    return leaving


def _parts(bridge: "Bridge", call: Call) -> "Iterator[tuple[Bridge, Call]]":
    yield bridge, call
    for part in bridge.cluster.instances(call):
        host = bridge.cluster.bridge(part.host)
        if host is not None:
            yield host, part


def _has_activator(bridge: "Bridge", call: Call) -> bool:
    return any(is_activator(host, leg) for host, part in _parts(bridge, call) for leg in part.legs.values())


def _is_locked(bridge: "Bridge", call: Call) -> bool:
    return call_values(bridge, call).get("locked") == "true"


def _locks_all(bridge: "Bridge", call: Call) -> bool:
    return call_values(bridge, call).get("lockMode") == "all"
