"""The next time when systems are free together, as the database finds it, against a plain model."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert
from store_samples import HOUR, NOON, book, some_conference, statements

from tmsba.domain.time.times import Period
from tmsba.store import SqlStore
from tmsba.store.conferences import rows
from tmsba.store.conferences.rows import Booked
from tmsba.store.tables.tables import conference, occurrence, system_reservation

MINUTE = timedelta(minutes=1)
#: A system, a start and a length in minutes.
Booking = tuple[int, int, int]
BOOKINGS = st.lists(
    st.tuples(st.integers(1, 3), st.integers(-120, 30_000) | st.integers(-60, 240), st.integers(1, 300)),
    max_size=12,
)


def plain_next_free(wanted: Period, busy: Sequence[Period], until: datetime) -> datetime | None:
    """The same, tried out: the start itself, and every end of a reservation."""
    starts = sorted({wanted.start} | {period.end for period in busy if period.end > wanted.start})
    free = (s for s in starts if not any(wanted.moved_to(s).overlaps(period) for period in busy))
    return next((start for start in free if start <= until), None)


def minutes(start: int, length: int) -> Period:
    return Period(NOON + start * MINUTE, NOON + (start + length) * MINUTE)


def without_double_bookings(bookings: Sequence[Booking]) -> list[tuple[int, Period]]:
    kept: list[tuple[int, Period]] = []
    for number, start, length in bookings:
        period = minutes(start, length)
        if not any(number == other and period.overlaps(taken) for other, taken in kept):
            kept.append((number, period))
    return kept


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    bookings=BOOKINGS,
    asked=st.sets(st.integers(1, 4), min_size=1),
    begin=st.integers(0, 120),
    length=st.integers(1, 400),
    days=st.integers(0, 40),
    passed_by=st.sets(st.integers(0, 11), max_size=3),
)
def test_the_next_free_time_is_free_and_the_first_one(
    store: SqlStore,
    bookings: list[Booking],
    asked: Collection[int],
    begin: int,
    length: int,
    days: int,
    passed_by: Collection[int],
) -> None:
    wanted, until = minutes(begin, length), NOON + timedelta(days=days, minutes=begin)
    with store.writing() as uow:  # never committed
        booked = [
            uow.conferences.add(some_conference(number, at=period))
            for number, period in without_double_bookings(bookings)
        ]
        besides = {one.id for place, one in enumerate(booked) if place in passed_by}
        found = uow.conferences.next_free(asked, wanted, until=until, besides=besides)
    busy = [c.period for c in booked if c.id not in besides and set(c.system_ids) & set(asked)]
    assert found == plain_next_free(wanted, busy, until)


def fill(store: SqlStore, count: int) -> None:
    """System 1 has a meeting of 50 minutes every hour."""
    made = [
        some_conference(1, id=1000 + n, at=Period(NOON + n * HOUR, NOON + n * HOUR + 50 * MINUTE))
        for n in range(count)
    ]
    booked = [rows.to_booked(Booked.of(one), is_deleted=False) | {"id": one.id} for one in made]
    dates = [rows.to_occurrence(one) | {"id": one.id, "conference_id": one.id} for one in made]
    held = [
        {
            "occurrence_id": one.id,
            "system_id": 1,
            "start_at": one.period.start,
            "end_at": one.period.end,
        }
        for one in made
    ]
    with store.writing() as uow:
        for table, found in ((conference, booked), (occurrence, dates), (system_reservation, held)):
            uow.connection.execute(insert(table), found)
        uow.commit()


def test_the_next_free_time_lies_behind_thousands_of_bookings(store: SqlStore) -> None:
    fill(store, 3000)
    until, hour = NOON + timedelta(days=365), Period(NOON, NOON + HOUR)
    with store.reading() as uow, statements(store) as seen:
        assert uow.conferences.next_free([1, 2], hour, until=until) == NOON + 2999 * HOUR + 50 * MINUTE
    assert len(seen) <= 5
    short = Period(NOON, NOON + 10 * MINUTE)
    with store.reading() as uow, statements(store) as seen:
        assert uow.conferences.next_free([1, 2], short, until=until) == NOON + 50 * MINUTE
    assert len(seen) == 1


def test_a_free_time_behind_the_latest_start_is_none(store: SqlStore) -> None:
    fill(store, 48)
    wanted, end = Period(NOON, NOON + HOUR), NOON + 47 * HOUR + 50 * MINUTE
    with store.reading() as uow:
        assert uow.conferences.next_free([1], wanted, until=end) == end
        assert uow.conferences.next_free([1], wanted, until=end - MINUTE) is None


def test_a_gap_is_measured_to_the_microsecond(store: SqlStore) -> None:
    tick = timedelta(microseconds=1)
    book(store, 1, at=Period(NOON, NOON + HOUR))
    book(store, 1, at=Period(NOON + 2 * HOUR - tick, NOON + 3 * HOUR))
    until = NOON + timedelta(days=1)
    with store.reading() as uow:
        whole = uow.conferences.next_free([1], Period(NOON, NOON + HOUR), until=until)
        less = uow.conferences.next_free([1], Period(NOON, NOON + HOUR - tick), until=until)
    assert (whole, less) == (NOON + 3 * HOUR, NOON + HOUR)


def test_the_calendar_ends_without_a_failure(store: SqlStore) -> None:
    last = datetime.max.replace(tzinfo=NOON.tzinfo)
    with store.reading() as uow:
        wanted = Period(last - 2 * HOUR, last - HOUR)
        assert uow.conferences.next_free([1], wanted, until=last) == wanted.start
