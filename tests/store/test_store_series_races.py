"""Series that want what others have, and those who change a series at once."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from series_samples import rows_in, save, stored_series
from store_samples import (
    at_once,
    book,
    book_series,
    hours,
    route,
    some_series,
    with_date,
    with_systems,
)

from tmsba.ports.work import StoreConflict
from tmsba.store import SqlStore


def test_a_series_cannot_take_what_is_reserved(store: SqlStore) -> None:
    book(store, 2, at=hours(48, 48.5))
    book(store, at=hours(24, 25), route=route(4))
    with pytest.raises(StoreConflict, match="system was reserved"):
        book_series(store, some_series(1, 2))
    with pytest.raises(StoreConflict, match="space was reserved"):
        book_series(store, with_date(some_series(1), 1, route=route(4)))
    added = book_series(store, some_series(1, 3))
    with pytest.raises(StoreConflict, match="system was reserved"):
        book(store, 3, at=hours(24.5, 26))
    with pytest.raises(StoreConflict, match="system was reserved"):
        save(store, added, with_date(added, 2, participants=with_systems(2)))
    with pytest.raises(StoreConflict, match="system was reserved"):
        book_series(store, some_series(3, start=0.5))
    assert rows_in(store, "system_reservation") == 1 + 6


def test_the_dates_of_one_series_cannot_overlap(store: SqlStore) -> None:
    with pytest.raises(StoreConflict, match="system was reserved"):
        book_series(store, some_series(1, every=0.5))
    added = book_series(store, some_series(1))
    with pytest.raises(StoreConflict, match="system was reserved"):
        save(store, added, with_date(added, 2, period=hours(24.5, 26)))
    book_series(store, some_series(every=0.5))


def test_of_several_writers_of_series_one_gets_the_systems(store: SqlStore) -> None:
    def run(index: int) -> bool:
        for _ in range(50):
            try:
                book_series(store, some_series(1 + index % 2, 3, 2 - index % 2, count=10))
            except StoreConflict as conflict:
                if "reserved" in str(conflict):
                    return False
            else:
                return True
        raise AssertionError("the booking found no end")

    assert sum(at_once(6, run)) == 1
    assert rows_in(store, "system_reservation") == 30


def test_changes_of_one_series_wait_for_each_other(store: SqlStore) -> None:
    added = book_series(store, some_series(1, count=4))

    def run(index: int) -> None:
        date_id = added.occurrences[index].id
        with store.writing() as uow:
            if index % 2:
                date = uow.conferences.get_for_update(date_id)
                assert date is not None
                uow.conferences.update(replace(date, version=date.version + 1))
            else:
                series = uow.conferences.series_of(date_id)
                assert series is not None
                dates = tuple(replace(date, version=date.version + 1) for date in series.occurrences)
                uow.conferences.update_series(series, replace(series, occurrences=dates))
            uow.commit()

    at_once(4, run)
    found = stored_series(store, 1)
    assert found is not None
    assert [date.version for date in found.occurrences] == [3, 4, 3, 4]


def test_a_date_that_leaves_while_another_waits_for_it_is_asked_again(store: SqlStore) -> None:
    added = book_series(store, some_series(1))
    date_id = added.occurrences[0].id
    is_locked = threading.Event()

    def read(ask: str) -> Any:
        is_locked.wait(20)
        with store.writing() as uow:
            return getattr(uow.conferences, ask)(date_id)

    with ThreadPoolExecutor(2) as pool:
        with store.writing() as uow:
            assert uow.conferences.series_of(date_id) == added
            one, other = pool.submit(read, "get_for_update"), pool.submit(read, "series_of")
            is_locked.set()
            time.sleep(0.3)
            uow.conferences.detach(added.occurrences[0])
            uow.commit()
        # SQLite begins only when nobody else writes, and sees at once what has become of it.
        for question, answer in ((one, replace(added.occurrences[0], series=None)), (other, None)):
            error = question.exception(20)
            assert isinstance(error, StoreConflict) if error else question.result() == answer
    with store.writing() as uow:
        assert uow.conferences.series_of(date_id) is None
        assert uow.conferences.get_for_update(date_id) == replace(added.occurrences[0], series=None)
