"""The database forbids overlapping reservations, whatever the code above it does."""

from dataclasses import replace
from datetime import timedelta
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, text, update
from store_samples import NOON, at_once, book, booked_or_lost, hours, route

from tmsba.domain.time.times import Period
from tmsba.ports.work import StoreConflict
from tmsba.store import SqlStore
from tmsba.store.tables.tables import space_reservation, system_reservation


def test_a_system_cannot_be_in_two_conferences(store: SqlStore) -> None:
    book(store, 1, 2, at=hours(0, 2))
    with pytest.raises(StoreConflict, match="system was reserved"):
        book(store, 2, 3, at=hours(1, 3))
    book(store, 2, 3, at=hours(2, 3))
    with store.reading() as uow:
        assert len(uow.conferences.clashes_in([1, 2, 3], [hours(0, 9)])) == 4


def test_a_space_cannot_hold_two_conferences(store: SqlStore) -> None:
    book(store, at=hours(0, 2), route=route(1))
    with pytest.raises(StoreConflict, match="space was reserved"):
        book(store, at=hours(1, 3), route=route(1))
    book(store, at=hours(1, 3), route=route(2, number=90002))


def test_an_update_cannot_take_what_is_reserved(store: SqlStore) -> None:
    book(store, 1, at=hours(0, 1))
    second = book(store, 1, at=hours(1, 2))
    with pytest.raises(StoreConflict), store.writing() as uow:
        uow.conferences.update(replace(second, period=hours(0.5, 2)))
    with store.reading() as uow:
        assert uow.conferences.get(second.id) == second
        assert len(uow.conferences.clashes_in([1], [hours(0, 9)])) == 2


def test_an_empty_period_overlaps_nothing(store: SqlStore) -> None:
    book(store, 1, at=hours(0, 2))
    book(store, 1, at=hours(1, 1))
    book(store, 1, at=hours(1, 1))
    with pytest.raises(StoreConflict):
        book(store, 1, at=hours(0.5, 1.5))
    with pytest.raises(StoreConflict):
        book(store, 1, at=hours(1.5, 3))


def test_of_eight_writers_one_gets_the_system(store: SqlStore) -> None:
    for hour in range(5):
        won = at_once(8, lambda _, hour=hour: booked_or_lost(store, 1, 2, at=hours(hour, hour + 1)))
        assert sum(won) == 1
    with store.reading() as uow:
        assert len(uow.conferences.clashes_in([1], [hours(0, 9)])) == 5


def test_writers_that_want_systems_in_turn_never_overlap(store: SqlStore) -> None:
    def run(index: int) -> int:
        return sum(
            booked_or_lost(store, *{1 + (index + step) % 4, 1 + step % 4}, at=hours(step % 3, step % 3 + 1.5))
            for step in range(6)
        )

    assert sum(at_once(8, run)) > 0
    assert_no_overlap(store)


def assert_no_overlap(store: SqlStore) -> None:
    with store.reading() as uow:
        rows = uow.connection.execute(select(system_reservation)).all()
    for one, other in combinations(rows, 2):
        if one.system_id == other.system_id:
            assert not Period(one.start_at, one.end_at).overlaps(Period(other.start_at, other.end_at))


_moments = st.integers(0, 12)
_steps = st.lists(
    st.tuples(
        st.sampled_from(["insert", "insert", "insert", "update", "update", "delete"]),
        st.integers(1, 5),  # which conference
        st.integers(1, 2),  # which system or space
        _moments,
        _moments,
    ),
    min_size=5,
    max_size=25,
)


@pytest.mark.parametrize("table", [system_reservation, space_reservation], ids=str)
def test_the_guard_agrees_with_a_naive_model(store: SqlStore, table) -> None:
    for _ in range(5):
        book(store)
    what = "system_id" if table is system_reservation else "space_id"
    is_keyed_by_both = table is system_reservation

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(_steps)
    def run(steps) -> None:
        model: dict[tuple[int, int], tuple[int, Period]] = {}
        with store.writing() as uow:
            connection = uow.connection
            for action, conference, thing, first, second in steps:
                start, end = sorted((first, second))
                period = Period(NOON + timedelta(minutes=start), NOON + timedelta(minutes=end))
                key = (conference, thing if is_keyed_by_both else 0)
                row = {"start_at": period.start, "end_at": period.end, what: thing}
                is_mine = table.c.occurrence_id == conference
                if is_keyed_by_both:
                    is_mine &= table.c.system_id == thing
                if action == "delete":
                    connection.execute(delete(table).where(is_mine))
                    model.pop(key, None)
                    continue
                if (action == "insert") == (key in model):
                    continue
                statement = (
                    insert(table).values(row | {"occurrence_id": conference})
                    if action == "insert"
                    else update(table).where(is_mine).values(row)
                )
                others = [value for other, value in model.items() if other != key]
                is_free = not any(thing == of and period.overlaps(held) for of, held in others)
                if is_free:
                    connection.execute(statement)
                    model[key] = (thing, period)
                else:
                    with pytest.raises(StoreConflict), connection.begin_nested():
                        connection.execute(statement)

    run()


def test_many_rows_in_one_statement_are_guarded_among_themselves(store: SqlStore) -> None:
    first, second = book(store), book(store)
    period = {"start_at": NOON, "end_at": NOON + timedelta(hours=1), "system_id": 1}
    rows = [period | {"occurrence_id": first.id}, period | {"occurrence_id": second.id}]
    with store.writing() as uow, pytest.raises(StoreConflict):
        uow.connection.execute(insert(system_reservation).values(rows))


def test_half_of_a_booking_is_never_stored(store: SqlStore) -> None:
    book(store, 2)
    with pytest.raises(StoreConflict):
        book(store, 1, 2, 3)
    with store.reading() as uow:
        counts = [
            uow.connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
            for table in ("conference", "occurrence", "participant", "system_reservation")
        ]
    assert counts == [1, 1, 1, 1]
