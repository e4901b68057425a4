"""Bridges as they would be once some conferences had moved there, without moving any."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise

from tmsba.booking.route.other_bridges import Estate, Place
from tmsba.domain.bridge.bridge import Bridge, BridgeOccupancy, Space
from tmsba.domain.conference.conference import Conference, SpaceRoute
from tmsba.domain.routing.room import Hold, days_of, most_at_once
from tmsba.domain.time.times import Period

#: So many numbers at a time are asked for when a free one is looked for.
_NUMBERS = 8


@dataclass(frozen=True, slots=True)
class _Placed:
    """A conference where it is supposed to be."""

    space_id: int
    hold: Hold


@dataclass(slots=True)
class SupposedEstate:
    """An ``Estate``: what is stored, with conferences that have moved in thought.

    What they leave is not given back: nothing goes back to a bridge that could not take it.
    """

    stored: Estate
    _placed: dict[tuple[int, date], list[_Placed]] = field(default_factory=lambda: defaultdict(list))
    _bridges: Sequence[Bridge] | None = None

    def place(self, conference: Conference, place: Place) -> None:
        """Suppose that a conference has moved; nothing happens when there was no place for it."""
        if not isinstance(place, SpaceRoute):
            return
        hold = Hold(
            conference_id=conference.id,
            period=conference.period,
            participants=conference.participant_count,
        )
        for day in days_of(conference.period):
            self._placed[place.bridge_id, day].append(_Placed(place.space_id, hold))

    def all(self) -> Sequence[Bridge]:
        """In order of ids."""
        if self._bridges is None:
            self._bridges = self.stored.all()
        return self._bridges

    def numbered(self, numbers: Collection[int]) -> Sequence[Space]:
        """The spaces with these numbers that bookings to come can get."""
        return self.stored.numbered(numbers)

    def lock_for_allocation(self, bridge_id: int) -> bool:  # noqa: ARG002
        """Nobody has to wait for what is only supposed."""
        return False

    def are_spaces_free(
        self, claims: Sequence[tuple[int, Period]], *, besides: Collection[int] = ()
    ) -> Sequence[bool]:
        """Whether nobody but ``besides`` holds a space in a period, for each pair."""
        stored = self.stored.are_spaces_free(claims, besides=besides)
        taken: dict[Period, set[int]] = {}
        for _, period in claims:
            if period not in taken:
                ids = (bridge.id for bridge in self.all())
                taken[period] = {one.space_id for i in ids for one in self._there(i, [period], besides)}
        return [
            is_free and space_id not in taken[period]
            for (space_id, period), is_free in zip(claims, stored, strict=True)
        ]

    def common_occupancy(
        self, periods: Sequence[Period], *, besides: Collection[int] = ()
    ) -> Sequence[BridgeOccupancy]:
        """Every bridge, with the lowest number that is free in all the periods."""
        stored = self.stored.common_occupancy(periods, besides=besides)
        return [self._supposed(seen, periods, besides) for seen in stored]

    def occupancies(
        self, periods: Sequence[Period], *, besides: Collection[int] = ()
    ) -> Sequence[Sequence[BridgeOccupancy]]:
        """The same for each of the periods by itself."""
        stored = self.stored.occupancies(periods, besides=besides)
        return [
            [self._supposed(seen, [period], besides) for seen in of_period]
            for period, of_period in zip(periods, stored, strict=True)
        ]

    def most_participants(
        self, bridge_ids: Collection[int], periods: Sequence[Period], *, besides: Collection[int] = ()
    ) -> Mapping[int, Sequence[int]]:
        """How many participants each bridge has at the busiest moment of each period."""
        parts = [self._parts(bridge_ids, period, besides) for period in periods]
        asked = [part for of_period in parts for part in of_period]
        stored = self.stored.most_participants(bridge_ids, asked, besides=besides)
        return {i: self._most(i, parts, stored[i], besides) for i in bridge_ids}

    # ------------------------------------------------------------------ count

    def _there(
        self, bridge_id: int, periods: Sequence[Period], besides: Collection[int]
    ) -> Iterator[_Placed]:
        """What is supposed to be on a bridge in any of the periods, each once."""
        seen: set[int] = set()
        for period in periods:
            for day in days_of(period):
                for one in self._placed.get((bridge_id, day), ()):
                    its_id = one.hold.conference_id
                    if its_id in seen or its_id in besides or not one.hold.period.overlaps(period):
                        continue
                    seen.add(its_id)
                    yield one

    def _supposed(
        self, seen: BridgeOccupancy, periods: Sequence[Period], besides: Collection[int]
    ) -> BridgeOccupancy:
        there = list(self._there(seen.bridge.id, periods, besides))
        if not there:
            return seen
        taken, space = {one.space_id for one in there}, seen.free_space
        if space and space.id in taken:
            space = self._next_free(space, periods, taken, besides)
        return replace(seen, free_space=space, conferences=seen.conferences + len(there))

    def _next_free(
        self, space: Space, periods: Sequence[Period], taken: Collection[int], besides: Collection[int]
    ) -> Space | None:
        """The lowest number above one, the lower ones of which are held by what is stored, that is free."""
        bridge = next(one for one in self.all() if one.id == space.bridge_id)
        open_ones = [
            one
            for one in self.stored.numbered(bridge.numbers)
            if one.bridge_id == bridge.id and one.number > space.number and one.id not in taken
        ]
        open_ones.sort(key=lambda one: one.number)
        for first in range(0, len(open_ones), _NUMBERS):
            some = open_ones[first : first + _NUMBERS]
            claims = [(one.id, period) for one in some for period in periods]
            answers = self.stored.are_spaces_free(claims, besides=besides)
            held = {i for (i, _), is_free in zip(claims, answers, strict=True) if not is_free}
            if free := [one for one in some if one.id not in held]:
                return free[0]
        return None

    def _parts(
        self, bridge_ids: Collection[int], period: Period, besides: Collection[int]
    ) -> Sequence[Period]:
        """A period cut where somebody comes or goes who is supposed to be there."""
        cuts = {period.start, period.end}
        for bridge_id in bridge_ids:
            for one in self._there(bridge_id, [period], besides):
                cuts |= {max(one.hold.period.start, period.start), min(one.hold.period.end, period.end)}
        moments = sorted(cuts)
        return [Period(*part) for part in pairwise(moments)] or [period]

    def _most(
        self,
        bridge_id: int,
        parts: Sequence[Sequence[Period]],
        stored: Sequence[int],
        besides: Collection[int],
    ) -> Sequence[int]:
        counts = iter(stored)
        most = []
        for of_period in parts:
            added = [
                most_at_once([one.hold for one in self._there(bridge_id, [part], besides)], part)
                for part in of_period
            ]
            most.append(max(next(counts) + more for more in added))
        return most
