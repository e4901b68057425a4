"""Which bridge and which space: a pure decision on a snapshot. Source: ADR 16, ADR 22."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction

from tmsba.domain.bridge.bridge import Bridge, BridgeOccupancy, Space
from tmsba.domain.conference.decision import Verdict
from tmsba.domain.conference.reasons import Reason
from tmsba.domain.routing.ip_zones import Zone
from tmsba.domain.routing.reasons import ChoiceReason, Chosen, PassedOver, Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeChoice:
    """What was chosen, and what became of each bridge, in order of their ids."""

    bridge: Bridge | None = None
    space: Space | None = None
    #: What came before the bridges.
    steps: tuple[Reason, ...] = ()
    verdicts: tuple[Verdict, ...] = ()


def with_participants(seen: BridgeOccupancy, others: Sequence[int], wanted: Sequence[int]) -> BridgeOccupancy:
    """What a bridge would have at its busiest moment in some periods.

    Args:
        seen: the bridge in these periods.
        others: the most participants of others at the same time, in each of the periods.
        wanted: how many participants are to be added, in each of the periods.
    """
    return replace(seen, participants=max(map(sum, zip(others, wanted, strict=True)), default=0))


def choose_bridge(
    occupancies: Sequence[BridgeOccupancy], zone: Zone | None = None, *, beyond: timedelta | None = None
) -> BridgeChoice:
    """The best of the bridges that can take a conference, with its lowest-numbered free space.

    Those that are disabled, have no domain or no numbers, no free number, or too little room, cannot. Of the
    others the best one can be reached now, then is in the zone or nearest to it, then has the highest
    priority, then the lowest load with the conference, if the loads of all can be compared, then the fewest
    conferences, then the lowest id. So the same snapshot always gives the same choice.

    Args:
        occupancies: every bridge, in any order.
        zone: the IP zone that is preferred; nothing for any.
        beyond: by how much the conference starts later than now, at least, so that it plays no part which
            bridges can be reached now; ``None`` when it counts.
    """
    by_id = sorted(occupancies, key=lambda seen: seen.bridge.id)
    reasons = {seen.bridge.id: reason for seen in by_id if (reason := _refusal(seen))}
    able = [seen for seen in by_id if seen.bridge.id not in reasons]
    wishes = _Wishes(zone or Zone(), limit_of=_limit_of_all(able), beyond=beyond)
    best = min(able, key=lambda seen: [test.rank(seen, wishes) for test in _TESTS], default=None)
    if best:
        others = [seen for seen in able if seen is not best]
        reasons |= {seen.bridge.id: _why_not(seen, best, wishes) for seen in others}
        reasons[best.bridge.id] = _why(best, others, wishes)
    return BridgeChoice(
        bridge=best.bridge if best else None,
        space=best.free_space if best else None,
        steps=tuple(wishes.steps(able)),
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


#: A limit of a bridge; nothing when it has none, or takes nobody.
_Limit = Callable[[Bridge], int | None]


def _participant_limit(bridge: Bridge) -> int | None:
    return bridge.participant_limit


def _load_limit(bridge: Bridge) -> int | None:
    # What a participant costs is not known at booking; whatever it is, it is the same everywhere.
    return bridge.told_load


def _limit_of_all(able: Sequence[BridgeOccupancy]) -> _Limit | None:
    """The first kind of limit that all of them have."""
    kinds: tuple[_Limit, ...] = (_participant_limit, _load_limit)
    return next((kind for kind in kinds if all(kind(seen.bridge) for seen in able)), None)


@dataclass(frozen=True, slots=True)
class _Wishes:
    """What bridges are compared by, besides themselves."""

    zone: Zone
    #: The limit that the loads of all that could take the conference can be compared by, if there is one.
    limit_of: "_Limit | None"
    beyond: timedelta | None

    def outage(self, seen: BridgeOccupancy) -> int:
        """1 for a bridge that does not answer when that counts."""
        return int(self.beyond is None and not seen.is_reachable)

    def load(self, seen: BridgeOccupancy) -> Fraction:
        """The participants for each unit of its limit; nobody knows how loaded one without a limit is."""
        limit = self.limit_of(seen.bridge) if self.limit_of else None
        return Fraction(seen.participants, limit) if limit else Fraction()

    def steps(self, able: Sequence[BridgeOccupancy]) -> Iterator[Reason]:
        """What is to be told of them before the bridges, where it can make a difference."""
        zone, beyond = self.zone, self.beyond
        if any(zone.is_near(seen.bridge.ip_zone) for seen in able):
            yield ChoiceReason.NEAREST_ZONES.because(zone=zone.name, nearest=", ".join(zone.nearest))
        if beyond is not None and not all(seen.is_reachable for seen in able):
            yield ChoiceReason.NOT_SOON.because(minutes=round(beyond.total_seconds() / 60))


@dataclass(frozen=True, slots=True)
class _Test:
    """One thing that bridges are compared by; of two, the lower rank is better."""

    rank: Callable[[BridgeOccupancy, _Wishes], int | Fraction]
    #: Why the second one is better.
    why_not: Callable[[BridgeOccupancy, BridgeOccupancy, _Wishes], Reason]
    #: Why the best one is first in this, by its number.
    why: Callable[[BridgeOccupancy, int, _Wishes], Reason]


def _why_not_zone(seen: BridgeOccupancy, best: BridgeOccupancy, wishes: _Wishes) -> Reason:
    zone, other, chosen = wishes.zone.name, seen.bridge.ip_zone, best.bridge.ip_zone
    if chosen == zone:
        return PassedOver.OTHER_ZONE.because(zone=zone)
    if not other:
        return PassedOver.FAR_FROM_ZONE.because(zone=zone, chosen=chosen)
    return PassedOver.FARTHER_ZONE.because(zone=zone, other=other, chosen=chosen)


def _why_zone(best: BridgeOccupancy, number: int, wishes: _Wishes) -> Reason:
    zone, its = wishes.zone.name, best.bridge.ip_zone
    if its == zone:
        return Chosen.IN_ZONE.because(number=number, zone=zone)
    return Chosen.NEAREST_ZONE.because(number=number, zone=zone, nearest=its)


def _why_not_load(seen: BridgeOccupancy, best: BridgeOccupancy, wishes: _Wishes) -> Reason:
    if wishes.limit_of is _participant_limit:
        share, chosen = _percent(wishes.load(seen)), _percent(wishes.load(best))
        return PassedOver.HIGHER_LOAD.because(share=share, chosen=chosen)
    return PassedOver.HIGHER_FOR_LIMIT.because(
        count=seen.participants,
        limit=seen.bridge.told_load or 0,
        chosen=best.participants,
        chosen_limit=best.bridge.told_load or 0,
    )


def _why_load(best: BridgeOccupancy, number: int, wishes: _Wishes) -> Reason:
    if wishes.limit_of is _participant_limit:
        return Chosen.LOWEST_LOAD.because(number=number, share=_percent(wishes.load(best)))
    count, limit = best.participants, best.bridge.told_load or 0
    return Chosen.LOWEST_FOR_LIMIT.because(number=number, count=count, limit=limit)


def _percent(share: Fraction) -> str:
    return f"{float(share * 100):.2f}".rstrip("0").rstrip(".")


#: In their order.
_TESTS = (
    _Test(
        lambda seen, wishes: wishes.outage(seen),
        lambda _seen, _best, _wishes: PassedOver.UNREACHABLE.because(),
        lambda _best, number, _wishes: Chosen.REACHABLE.because(number=number),
    ),
    _Test(lambda seen, wishes: wishes.zone.distance(seen.bridge.ip_zone), _why_not_zone, _why_zone),
    _Test(
        lambda seen, _: -seen.bridge.priority,
        lambda seen, best, _: PassedOver.LOWER_PRIORITY.because(
            priority=seen.bridge.priority, chosen=best.bridge.priority
        ),
        lambda _best, number, _wishes: Chosen.PRIORITY.because(number=number),
    ),
    _Test(lambda seen, wishes: wishes.load(seen), _why_not_load, _why_load),
    _Test(
        lambda seen, _: seen.conferences,
        lambda seen, best, _: PassedOver.BUSIER.because(count=seen.conferences, chosen=best.conferences),
        lambda best, number, _: Chosen.LEAST_LOADED.because(number=number, count=best.conferences),
    ),
    _Test(
        lambda seen, _: seen.bridge.id,
        lambda _seen, _best, _wishes: PassedOver.REGISTERED_LATER.because(),
        lambda _best, number, _wishes: Chosen.FIRST.because(number=number),
    ),
)


def _first_test(seen: BridgeOccupancy, best: BridgeOccupancy, wishes: _Wishes) -> _Test:
    """The first thing in which the best one is better."""
    return next(test for test in _TESTS if test.rank(seen, wishes) > test.rank(best, wishes))


def _why_not(seen: BridgeOccupancy, best: BridgeOccupancy, wishes: _Wishes) -> Reason:
    return _first_test(seen, best, wishes).why_not(seen, best, wishes)


def _why(best: BridgeOccupancy, others: Sequence[BridgeOccupancy], wishes: _Wishes) -> Reason:
    """What set the best one apart from the last of the others that could have been chosen."""
    number = best.free_space.number if best.free_space else 0
    tests = [_first_test(seen, best, wishes) for seen in others]
    if not tests:
        return Chosen.ONLY_ONE.because(number=number)
    return max(tests, key=_TESTS.index).why(best, number, wishes)
