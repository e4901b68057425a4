"""The number of statements, which does not depend on the number of dates."""

from dataclasses import replace

from series_samples import save, stored_series
from store_samples import (
    HOUR,
    book_series,
    hours,
    route,
    some_series,
    statements,
    with_date,
    with_systems,
)

from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.transaction import Change
from tmsba.domain.people.systems import System
from tmsba.domain.values import TransactionType
from tmsba.store import SqlStore


def _all_statements(store: SqlStore, count: int) -> list[int]:
    """How many statements each operation takes with a series of so many occurrences."""
    systems = range(1, 6)
    series = with_date(some_series(*systems, count=count), 0, title="Other", route=route(1))
    counts = []
    with store.writing() as uow:
        with statements(store) as seen:
            added = uow.conferences.add_series(series)
        counts.append(len(seen))
        with statements(store) as seen:
            before = uow.conferences.series_of(added.occurrences[-1].id)
        counts.append(len(seen))
        assert before == added
        dates = [replace(date, participants=with_systems(6, 7), version=2) for date in added.occurrences]
        extra = [
            replace(date, id=0, period=hours(9000 + number, 9000 + number + 0.5))
            for number, date in enumerate(added.occurrences)
        ]
        after = replace(added, details=replace(added.details, title="New"), participants=with_systems(6))
        with statements(store) as seen:
            saved = uow.conferences.update_series(before, replace(after, occurrences=(*dates, *extra)))
        counts.append(len(seen))
        common = [
            replace(
                date, details=after.details, participants=after.participants, period=hours(1, 1), route=None
            )
            for date in saved.occurrences
        ]
        with statements(store) as seen:
            uow.conferences.update_series(saved, replace(saved, occurrences=tuple(common)))
        counts.append(len(seen))
        changes = [
            Change(conference_id=date.id, type=TransactionType.NEW, performed_by_id=1, system_ids=(1, 2, 3))
            for date in saved.occurrences
        ]
        with statements(store) as seen:
            uow.transactions.append(changes)
        counts.append(len(seen))
    return counts


def test_statements_do_not_grow_with_occurrences(store: SqlStore, is_sqlite: bool) -> None:
    counts = _all_statements(store, 1)
    assert counts == _all_statements(store, 100)
    # PostgreSQL locks systems before they are reserved, and the log before it is written.
    assert counts == ([7, 5, 13, 6, 4] if is_sqlite else [8, 5, 14, 7, 5])


def test_a_hundred_dates_with_thirty_systems_fit_into_one_statement(store: SqlStore) -> None:
    with store.writing() as uow:
        for system_id in range(11, 31):
            uow.systems.add(System(id=system_id, name=f"Room {system_id}"))
        uow.commit()
    series = some_series(*range(1, 31), count=100)
    added = book_series(store, series)
    assert stored_series(store, 1) == added
    periods = [date.period for date in added.occurrences]
    with store.reading() as uow, statements(store) as seen:
        clashes = uow.conferences.clashes_in(range(1, 31), periods)
        assert not uow.conferences.clashes_in(range(1, 31), periods, besides=range(1, 101))
    assert len(clashes) == 3000
    assert len(seen) == 2
    lasting: tuple[Conference, ...] = tuple(
        replace(date, period=replace(date.period, end=date.period.end + HOUR)) for date in added.occurrences
    )
    assert stored_series(store, 1) == added
    saved = save(store, added, replace(added, occurrences=lasting))
    assert stored_series(store, 1) == saved
