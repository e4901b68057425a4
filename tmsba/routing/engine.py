"""Which bridge and which space: a pure decision on a snapshot. Source: ADR 16."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tmsba.domain.bridge import Bridge, BridgeOccupancy, Space
from tmsba.domain.decision import Verdict
from tmsba.domain.reasons import Reason
from tmsba.routing.reasons import Chosen, PassedOver, Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeChoice:
    """What was chosen, and what became of each bridge, in order of their ids."""

    bridge: Bridge | None = None
    space: Space | None = None
    #: What came before.
    steps: tuple[Reason, ...] = ()
    verdicts: tuple[Verdict, ...] = ()


def with_participants(seen: BridgeOccupancy, others: Sequence[int], wanted: Sequence[int]) -> BridgeOccupancy:
    """What a bridge would have at its busiest moment in some periods.

    Args:
        seen: the bridge in these periods.
        others: the most participants of others at the same time, in each of the periods.
        wanted: how many participants are to be added, in each of the periods.
    """
    limit = seen.bridge.participant_limit
    return replace(
        seen,
        participants=max(map(sum, zip(others, wanted, strict=True)), default=0),
        load_percent=max(others, default=0) * 100 // limit if limit else 0,
    )


def choose_bridge(occupancies: Sequence[BridgeOccupancy], zone: str = "") -> BridgeChoice:
    """The best of the bridges that can take a conference, with its lowest-numbered free space.

    Those that are disabled, have no domain or no numbers, no free number, or too little room, cannot. Of the
    others the best one can be reached now, then is in the zone, then has the highest priority, then the
    fewest conferences, then the smallest share of its room taken, then the lowest id. So the same snapshot
    always gives the same choice.

    Args:
        occupancies: every bridge, in any order.
        zone: the IP zone that is preferred; blank for any.
    """
    by_id = sorted(occupancies, key=lambda seen: seen.bridge.id)
    reasons = {seen.bridge.id: reason for seen in by_id if (reason := _refusal(seen))}
    able = _comparable([seen for seen in by_id if seen.bridge.id not in reasons])
    best = min(able, key=lambda seen: [test.rank(seen, zone) for test in _TESTS], default=None)
    if best:
        others = [seen for seen in able if seen is not best]
        reasons |= {seen.bridge.id: _why_not(seen, best, zone) for seen in others}
        reasons[best.bridge.id] = _why(best, others, zone)
    return BridgeChoice(
        bridge=best.bridge if best else None,
        space=best.free_space if best else None,
        verdicts=tuple(
            Verdict(
                bridge_id=seen.bridge.id,
                bridge=seen.bridge.name,
                reason=reasons[seen.bridge.id],
                is_chosen=best is not None and seen.bridge.id == best.bridge.id,
            )
            for seen in by_id
        ),
    )


def _comparable(able: Sequence[BridgeOccupancy]) -> Sequence[BridgeOccupancy]:
    """The same without loads where one of them has no limit: nobody knows how full that is."""
    if all(seen.bridge.participant_limit for seen in able):
        return able
    return [replace(seen, load_percent=0) for seen in able]


def _refusal(seen: BridgeOccupancy) -> Reason | None:
    """Why a bridge cannot take the conference; the first thing counts."""
    bridge, name = seen.bridge, seen.bridge.name
    if not bridge.is_enabled:
        return Refusal.DISABLED.because(bridge=name)
    if not bridge.domain:
        return Refusal.NO_DOMAIN.because(bridge=name)
    if not bridge.numeric_id_quantity:
        return Refusal.NO_NUMBERS.because(bridge=name)
    if seen.free_space is None:
        return Refusal.NO_NUMBER_FREE.because(bridge=name, quantity=bridge.numeric_id_quantity)
    limit = bridge.participant_limit
    if limit is not None and not seen.has_room:
        return Refusal.NO_ROOM.because(bridge=name, limit=limit, count=seen.participants)
    return None


@dataclass(frozen=True, slots=True)
class _Test:
    """One thing that bridges are compared by; of two, the lower rank is better."""

    rank: Callable[[BridgeOccupancy, str], int]
    #: Why the second one is better, by the zone.
    why_not: Callable[[BridgeOccupancy, BridgeOccupancy, str], Reason]
    #: Why the best one is first in this.
    why: Callable[[BridgeOccupancy, int, str], Reason]


#: In their order.
_TESTS = (
    _Test(
        lambda seen, _: not seen.is_reachable,
        lambda _seen, _best, _zone: PassedOver.UNREACHABLE.because(),
        lambda _best, number, _zone: Chosen.REACHABLE.because(number=number),
    ),
    _Test(
        lambda seen, zone: bool(zone) and seen.bridge.ip_zone != zone,
        lambda _seen, _best, zone: PassedOver.OTHER_ZONE.because(zone=zone),
        lambda _best, number, zone: Chosen.IN_ZONE.because(number=number, zone=zone),
    ),
    _Test(
        lambda seen, _: -seen.bridge.priority,
        lambda seen, best, _: PassedOver.LOWER_PRIORITY.because(
            priority=seen.bridge.priority, chosen=best.bridge.priority
        ),
        lambda _best, number, _zone: Chosen.PRIORITY.because(number=number),
    ),
    _Test(
        lambda seen, _: seen.conferences,
        lambda seen, best, _: PassedOver.BUSIER.because(count=seen.conferences, chosen=best.conferences),
        lambda best, number, _: Chosen.LEAST_LOADED.because(number=number, count=best.conferences),
    ),
    _Test(
        lambda seen, _: seen.load_percent,
        lambda seen, best, _: PassedOver.FULLER.because(share=seen.load_percent, chosen=best.load_percent),
        lambda best, number, _: Chosen.MOST_ROOM.because(number=number, share=best.load_percent),
    ),
    _Test(
        lambda seen, _: seen.bridge.id,
        lambda _seen, _best, _zone: PassedOver.REGISTERED_LATER.because(),
        lambda _best, number, _zone: Chosen.FIRST.because(number=number),
    ),
)


def _first_test(seen: BridgeOccupancy, best: BridgeOccupancy, zone: str) -> _Test:
    """The first thing in which the best one is better."""
    return next(test for test in _TESTS if test.rank(seen, zone) > test.rank(best, zone))


def _why_not(seen: BridgeOccupancy, best: BridgeOccupancy, zone: str) -> Reason:
    return _first_test(seen, best, zone).why_not(seen, best, zone)


def _why(best: BridgeOccupancy, others: Sequence[BridgeOccupancy], zone: str) -> Reason:
    """What set the best one apart from the last of the others that could have been chosen."""
    number = best.free_space.number if best.free_space else 0
    tests = [_first_test(seen, best, zone) for seen in others]
    if not tests:
        return Chosen.ONLY_ONE.because(number=number)
    return max(tests, key=_TESTS.index).why(best, number, zone)
