"""Whatever is booked, changed and ended: no bridge ever has more participants than it has room for."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import combinations

from fakes import NOW, World, create_request, dial_in
from hypothesis import given, settings
from hypothesis import strategies as st

from tmsba.domain.errors import TmsbaError
from tmsba.domain.time.recurrence import Frequency, RecurrencePattern, SeriesEnd
from tmsba.domain.values import BookingMode

MINUTE = timedelta(minutes=1)

_moments = st.integers(1, 40)
_lengths = st.integers(1, 30)
_guests = st.integers(0, 6)
_modes = st.sampled_from(BookingMode)
_steps = st.lists(
    st.one_of(
        st.tuples(st.just("book"), _moments, _lengths, _guests, _modes),
        st.tuples(st.just("book_series"), _moments, _lengths, _guests, _modes, st.integers(2, 4)),
        st.tuples(st.just("change"), st.integers(0, 9), _moments, _lengths, _guests, _modes),
        st.tuples(st.just("regrow"), st.integers(0, 9), _guests, _modes),
        st.tuples(st.just("delete"), st.integers(0, 9)),
        st.tuples(st.just("wait"), st.integers(1, 20)),
    ),
    min_size=4,
    max_size=20,
)


class Booker:
    """Books on two bridges with room for so many each."""

    def __init__(self, limits):
        self.world = World(bridges=2, numbers=3)
        self.limits = dict(enumerate(limits, start=1))
        for bridge_id, limit in self.limits.items():
            self.world.store.prepare(
                lambda uow, i=bridge_id, most=limit: uow.bridges.change(
                    replace(uow.bridges.get(i), max_participants=most)
                )
            )

    def run(self, step):
        with suppress(TmsbaError):
            getattr(self, step[0])(*step[1:])

    def book(self, moment, length, count, mode, **more):
        start = NOW + moment * MINUTE
        people = tuple(dial_in() for _ in range(count))
        request = create_request(start=start, end=start + length * MINUTE, participants=people, **more)
        self.world.booking.save_conference(self.world.caller, self.world.client, request, mode)

    def book_series(self, moment, length, count, mode, dates):
        pattern = RecurrencePattern(
            frequency=Frequency.DAILY, interval=1, end_type=SeriesEnd.BY_COUNT, occurrences=dates
        )
        self.book(moment, length, count, mode, pattern=pattern)

    def change(self, index, moment, length, count, mode):
        self.book(moment, length, count, mode, id=self._id(index))

    def regrow(self, index, count, mode):
        people = tuple(dial_in() for _ in range(count))
        request = create_request(id=self._id(index), start=None, end=None, participants=people)
        self.world.booking.save_conference(self.world.caller, self.world.client, request, mode)

    def delete(self, index):
        self.world.booking.delete_conference(self.world.caller, self.world.client, self._id(index))

    def wait(self, minutes):
        self.world.clock.advance(minutes * MINUTE)

    def _id(self, index):
        ids = sorted(self.world.store.state.conferences)
        return ids[index % len(ids)] if ids else 99

    def check(self):
        now = self.world.clock.now
        held = [c for c in self.world.store.state.conferences.values() if c.reserved_space_id]
        for moment in {max(c.period.start, now) for c in held}:
            there = [c for c in held if c.period.contains(moment)]
            for bridge_id, limit in self.limits.items():
                count = sum(len(c.participants) for c in there if c.route.bridge_id == bridge_id)
                assert limit is None or count <= limit
            for one, other in combinations(there, 2):
                assert one.route.space_id != other.route.space_id


@settings(max_examples=150, deadline=None)
@given(st.tuples(st.none() | st.integers(1, 9), st.integers(1, 9)), _steps)
def test_no_bridge_ever_has_more_participants_than_room(limits, steps):
    booker = Booker(limits)
    for step in steps:
        booker.run(step)
        booker.check()
