"""Does a conference need a bridge? A pure decision, step by step. Source: ADR 6 and ADR 16."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from tmsba.domain.conference.decision import Need, Via
from tmsba.domain.conference.details import Details, Participant
from tmsba.domain.conference.reasons import Reason
from tmsba.domain.people.systems import System
from tmsba.domain.routing.ip_zones import ZoneOrders
from tmsba.domain.routing.reasons import NeedReason
from tmsba.domain.values import BridgeUsage, ParticipantKind

_PAIR = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingRules:
    """What the administrator has decided about routing."""

    usage: BridgeUsage = BridgeUsage.ONLY_IF_NEEDED
    #: Whether bridges record the conferences that ask for it.
    records_on_bridge: bool = False
    #: For how long from now on it counts whether a bridge answers.
    horizon: timedelta = timedelta(hours=1)
    zone_orders: ZoneOrders = field(default_factory=ZoneOrders)


def decide_need(
    details: Details,
    participants: Iterable[Participant],
    systems: Mapping[int, System],
    rules: RoutingRules,
) -> Need:
    """Whether a conference needs a bridge, and what connects its participants otherwise.

    Args:
        details: of the conference.
        participants: who takes part.
        systems: at least the systems among them, by id.
        rules: the administrator's.

    Source: TMSBA guide, Conference, ConferenceType, ExternallyHosted and IsRecordingEnabled.
    """
    if details.is_externally_hosted:
        step = NeedReason.EXTERNAL_HOST.because(address=details.external_dial_string)
        return Need(via=Via.HOST, steps=(step,))
    kind = details.type.value
    if not details.type.has_route:
        return Need(via=Via.NOTHING, steps=(NeedReason.NO_ROUTE.because(type=kind),))
    entries = tuple(participants)
    rooms = sorted({p.id for p in entries if p.kind is ParticipantKind.SYSTEM})
    guests = sum(p.kind.is_external for p in entries)
    seen = (
        NeedReason.CONNECTING_TYPE.because(type=kind),
        NeedReason.TAKING_PART.because(systems=len(rooms), guests=guests),
    )
    if demand := next(_demands(details, rules), None):
        return Need(via=Via.BRIDGE, steps=(*seen, demand))
    if guests:
        return Need(via=Via.BRIDGE, steps=(*seen, NeedReason.FROM_OUTSIDE.because()))
    via, reason = _among_systems(rooms, systems, rules.usage)
    return Need(via=via, steps=(*seen, NeedReason.USAGE.because(usage=rules.usage.value), reason))


def _demands(details: Details, rules: RoutingRules) -> Iterator[Reason]:
    """What makes a bridge necessary whoever takes part, and whatever the setting says.

    Every feature that only a bridge can give has its line here.
    """
    if details.is_recording_enabled and rules.records_on_bridge:
        yield NeedReason.RECORDED.because()
    if details.has_webex:
        yield NeedReason.WEBEX.because()


def _among_systems(
    rooms: Sequence[int], systems: Mapping[int, System], usage: BridgeUsage
) -> tuple[Via, Reason]:
    """Nobody but systems takes part: they alone may do without a bridge."""
    if len(rooms) < _PAIR:
        if usage is BridgeUsage.ONLY_IF_NEEDED:
            return Via.NOTHING, NeedReason.ALONE.because()
        return Via.BRIDGE, NeedReason.ALWAYS.because()
    if len(rooms) > _PAIR or usage is not BridgeUsage.ALWAYS_EXCEPT_POINT_TO_POINT:
        return Via.BRIDGE, NeedReason.SEVERAL_SYSTEMS.because()
    if hindrance := _hindrance(rooms, systems):
        return Via.BRIDGE, NeedReason.NOT_POINT_TO_POINT.because(reason=hindrance)
    return Via.DIRECT, NeedReason.POINT_TO_POINT.because()


def _hindrance(rooms: Sequence[int], systems: Mapping[int, System]) -> str:
    """Why two systems cannot call each other; blank when they can."""
    known = [systems[room] for room in rooms if room in systems]
    if any(system.is_recorder for system in known):
        return "one of them is a recorder"
    return "" if any(system.dial_address for system in known) else "neither of them has an address"
