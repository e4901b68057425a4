"""Find places on other bridges for conferences that have one: with the same number, if that can be."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from tmsba.booking.route.space_routes import ZoneOf
from tmsba.domain.bridge.bridge import Bridge, BridgeOccupancy, Space
from tmsba.domain.conference.conference import Conference, SpaceRoute
from tmsba.domain.conference.reasons import Reason
from tmsba.domain.routing.engine import BridgeChoice, choose_bridge, with_participants
from tmsba.domain.routing.ip_zones import Zone
from tmsba.domain.routing.outlook import Outlook
from tmsba.domain.routing.reasons import ChoiceReason
from tmsba.domain.time.times import Period

#: A place, or why there is none.
Place = SpaceRoute | str


class Estate(Protocol):
    """What there is on bridges, as ``tmsba.ports.bridges.Bridges`` tells it, or as it is supposed to be."""

    def all(self) -> Sequence[Bridge]:
        """In order of ids."""

    def numbered(self, numbers: Collection[int]) -> Sequence[Space]:
        """The spaces with these numbers on all bridges; without those that bookings to come cannot get."""

    def lock_for_allocation(self, bridge_id: int) -> bool:
        """Let one unit of work at a time choose a space on this bridge, until it ends."""

    def are_spaces_free(
        self, claims: Sequence[tuple[int, Period]], *, besides: Collection[int] = ()
    ) -> Sequence[bool]:
        """Whether nobody but ``besides`` holds a space in a period, for each pair."""

    def common_occupancy(
        self, periods: Sequence[Period], *, besides: Collection[int] = ()
    ) -> Sequence[BridgeOccupancy]:
        """Every bridge, with the lowest number that is free in all the periods."""

    def occupancies(
        self, periods: Sequence[Period], *, besides: Collection[int] = ()
    ) -> Sequence[Sequence[BridgeOccupancy]]:
        """The same for each of the periods by itself."""

    def most_participants(
        self, bridge_ids: Collection[int], periods: Sequence[Period], *, besides: Collection[int] = ()
    ) -> Mapping[int, Sequence[int]]:
        """How many participants each bridge has at the busiest moment of each period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """What is left, and for where."""

    source: Bridge
    #: Whether a bridge is one of those to choose from.
    is_allowed: Callable[[Bridge], bool]
    why: Reason
    #: Whether it is the server that moves what starts soon: then to nowhere that does not answer.
    is_forced: bool = False

    def open_ones(
        self, seen: Sequence[BridgeOccupancy], periods: Sequence[Period], outlook: Outlook
    ) -> list[BridgeOccupancy]:
        """Those of the bridges, as they are now, that are to choose from for these periods together."""
        needs_answer = self.is_forced and outlook.beyond(periods) is None
        return [one for one in seen if self.is_allowed(one.bridge) and (one.is_reachable or not needs_answer)]


@dataclass(frozen=True, slots=True)
class Found:
    """What there is for a conference, and how that was decided."""

    place: Place
    choice: BridgeChoice


def find_elsewhere(
    estate: Estate, dates: Sequence[Conference], leave: Leave, *, outlook: Outlook, zone_of: ZoneOf
) -> list[Found]:
    """A place for each conference: all of them on one bridge if one has room for all.

    Best is a bridge with the same numbers in the same domain, so that nothing changes for those who dial;
    then one with the same numbers; then one number for all; then a place for each by itself.

    Args:
        estate: the bridges; nobody else chooses on them until the unit of work ends that they are read in.
        dates: have a route, and do not overlap each other.
        leave: their present bridge, and where they may go.
        outlook: the present, where who has left a bridge before takes no room there, and how far to look.
        zone_of: asked when there are bridges with an IP zone.
    """
    for bridge in estate.all():
        if leave.is_allowed(bridge):
            estate.lock_for_allocation(bridge.id)
    ids, periods = [one.id for one in dates], [one.period for one in dates]
    common = leave.open_ones(estate.common_occupancy(periods, besides=ids), periods, outlook)
    has_zones = any(seen.bridge.ip_zone for seen in common)
    search = _Search(
        dates=dates,
        source=leave.source,
        why=leave.why,
        zone=zone_of(dates) if has_zones else Zone(),
        outlook=outlook,
        same=_same_numbers(estate, dates, [seen.bridge for seen in common]),
        others=_others(estate, common, periods, ids, outlook.now),
    )
    found = search.decide(common, range(len(dates)))
    if len(dates) == 1 or not any(isinstance(one.place, str) for one in found):
        return found
    each = estate.occupancies(periods, besides=ids)
    return [
        search.decide(leave.open_ones(of_period, [periods[place]], outlook), [place])[0]
        for place, of_period in enumerate(each)
    ]


def _same_numbers(
    estate: Estate, dates: Sequence[Conference], bridges: Sequence[Bridge]
) -> Mapping[tuple[int, int], Space]:
    """The spaces with the number that a conference has and that are free, by bridge and place in the list."""
    allowed = {bridge.id for bridge in bridges}
    numbers = {one.route.number for one in dates if one.route}
    spaces = [space for space in estate.numbered(numbers) if space.bridge_id in allowed]
    claims = [
        (space, place)
        for space in spaces
        for place, one in enumerate(dates)
        if one.route and one.route.number == space.number
    ]
    answers = estate.are_spaces_free(
        [(space.id, dates[place].period) for space, place in claims], besides=[one.id for one in dates]
    )
    return {
        (space.bridge_id, place): space
        for (space, place), is_free in zip(claims, answers, strict=True)
        if is_free
    }


def _others(
    estate: Estate,
    seen: Sequence[BridgeOccupancy],
    periods: Sequence[Period],
    besides: Sequence[int],
    now: datetime,
) -> Mapping[int, Sequence[int]]:
    """The most participants of others at the time of each conference, on the bridges with a limit."""
    limited = {one.bridge.id for one in seen if one.bridge.has_limit}
    if not limited:
        return {}
    left = [period.left_at(now) for period in periods]
    return estate.most_participants(limited, left, besides=besides)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """What is looked for."""

    dates: Sequence[Conference]
    source: Bridge
    why: Reason
    zone: Zone
    outlook: Outlook
    same: Mapping[tuple[int, int], Space]
    others: Mapping[int, Sequence[int]]

    def decide(self, seen: Sequence[BridgeOccupancy], places: Sequence[int]) -> list[Found]:
        """One bridge for the conferences at these places of the list, or why there is none."""
        if not seen:
            return [Found("There is no other bridge that could take it.", BridgeChoice())] * len(places)
        counted = [self._counted(one, places) for one in seen]
        keeping = [
            replace(one, free_space=self.same[one.bridge.id, places[0]])
            for one in counted
            if all((one.bridge.id, place) in self.same for place in places)
        ]
        unchanged = [one for one in keeping if one.bridge.domain == self.source.domain]
        for wanted in (unchanged, keeping):
            choice = self._chosen(wanted, places, ChoiceReason.SAME_NUMBER.because())
            if choice.bridge:
                bridge = choice.bridge
                return [
                    Found(self._route(place, bridge, self.same[bridge.id, place]), choice) for place in places
                ]
        choice = self._chosen(counted, places)
        if choice.bridge is None or choice.space is None:
            reason = " ".join(str(verdict.reason) for verdict in choice.verdicts)
            return [Found(reason, choice)] * len(places)
        return [Found(self._route(place, choice.bridge, choice.space), choice) for place in places]

    def _chosen(self, seen: Sequence[BridgeOccupancy], places: Sequence[int], *steps: Reason) -> BridgeChoice:
        zone = [self.zone.reason] if self.zone.reason else []
        beyond = self.outlook.beyond(self.dates[place].period for place in places)
        choice = choose_bridge(seen, self.zone, beyond=beyond)
        return replace(choice, steps=(self.why, *steps, *zone, *choice.steps))

    def _counted(self, seen: BridgeOccupancy, places: Sequence[int]) -> BridgeOccupancy:
        if seen.bridge.id not in self.others:
            return seen
        others = [self.others[seen.bridge.id][place] for place in places]
        return with_participants(seen, others, [self.dates[place].participant_count for place in places])

    def _route(self, place: int, bridge: Bridge, space: Space) -> SpaceRoute:
        before = self.dates[place].route
        secret = before.secret if before else ""
        return SpaceRoute(
            bridge_id=bridge.id,
            space_id=space.id,
            number=space.number,
            join_uri=bridge.join_uri(space.number),
            join_url=bridge.join_url(space.number, secret),
            secret=secret,
        )
