"""External keys of series, and dates that leave them."""

from dataclasses import replace

import pytest
from series_samples import GUEST, rows_in, save, stored_series
from store_samples import (
    book,
    book_series,
    hours,
    some_series,
    with_date,
    with_systems,
)

from tmsba.domain.values import StoredState
from tmsba.ports.work import StoreConflict
from tmsba.store import SqlStore


def test_a_key_belongs_to_the_series_and_not_to_its_exceptions(store: SqlStore) -> None:
    series = some_series(external_source_id="outlook", external_primary_key="key")
    added = book_series(store, with_date(with_date(series, 0, title="A"), 1, title="B"))
    with store.writing() as uow:
        assert uow.conferences.by_external_key("outlook", "key") == added.occurrences[0]
        assert uow.conferences.by_external_key("", "key") is None
    with pytest.raises(StoreConflict, match="same external key"):
        book_series(store, series)
    keyed = {"external_source_id": "outlook", "external_primary_key": "key"}
    with pytest.raises(StoreConflict, match="same external key"):
        book(store, details=keyed)
    deleted = with_date(added, 0, state=StoredState.DELETED)
    saved = save(store, added, deleted)
    with store.writing() as uow:
        assert uow.conferences.by_external_key("outlook", "key") == saved.occurrences[1]


@pytest.mark.parametrize("is_one_by_one", [True, False])
def test_a_key_is_free_once_every_date_is_deleted(store: SqlStore, is_one_by_one: bool) -> None:
    added = book_series(store, with_date(some_series(1, external_primary_key="key"), 2, title="B"))
    deleted = [replace(date, state=StoredState.DELETED) for date in added.occurrences]
    if is_one_by_one:
        for date in deleted:
            with pytest.raises(StoreConflict):
                book(store, details={"external_primary_key": "key"})
            with store.writing() as uow:
                uow.conferences.update(date)
                uow.commit()
    else:
        save(store, added, replace(added, occurrences=tuple(deleted)))
    again = book(store, 1, details={"external_primary_key": "key"})
    with store.writing() as uow:
        assert uow.conferences.by_external_key("", "key") == again
        stored = uow.conferences.series_of(1)
        assert stored is not None
        assert not stored.living
        with pytest.raises(StoreConflict, match="same external key"):
            uow.conferences.update(added.occurrences[0])


@pytest.mark.parametrize("is_series", [True, False])
def test_who_gave_a_key_up_tells_it_and_can_be_changed_while_another_has_it(
    store: SqlStore, is_series: bool
) -> None:
    keyed = {"external_primary_key": "key"}
    whole = book_series(store, some_series(1, external_primary_key="key")) if is_series else None
    first = whole.occurrences[0] if whole else book(store, details=keyed)
    with store.writing() as uow:
        uow.conferences.give_up_key(first.id)
        uow.commit()
    holder = book(store, 2, details=keyed)
    if whole:
        renamed = replace(whole, details=replace(whole.details, title="B"))
        save(store, whole, replace(renamed, occurrences=whole.occurrences))
        with store.writing() as uow:
            uow.conferences.update(replace(whole.occurrences[1], state=StoredState.DELETED))
            uow.commit()
    else:
        with store.writing() as uow:
            uow.conferences.update(replace(first, details=replace(first.details, title="B")))
            uow.commit()
    with store.reading() as uow:
        assert uow.conferences.by_external_key("", "key") == holder
        told = uow.conferences.get(first.id)
        assert told is not None
        assert told.details.external_primary_key == "key"


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_date_can_leave_its_series(store: SqlStore, number: int) -> None:
    series = some_series(1, 2, external_primary_key="key")
    added = book_series(store, with_date(with_date(series, 1, title="B"), 2, period=hours(60, 61)))
    date = added.occurrences[number]
    single = replace(
        date,
        details=replace(date.details, external_primary_key="", detached_primary_key="key", title="Alone"),
        participants=(*with_systems(2, 3), GUEST),
        period=hours(70, 71),
        version=2,
    )
    with store.writing() as uow:
        uow.conferences.detach(single)
        uow.commit()
    rest = tuple(other for other in added.occurrences if other.id != date.id)
    with store.reading() as uow:
        assert uow.conferences.get(date.id) == replace(single, series=None)
        assert uow.conferences.series_of(date.id) is None
        assert uow.conferences.series_of(rest[0].id) == replace(added, occurrences=rest)
        assert [clash.system_id for clash in uow.conferences.clashes_in([1, 2, 3], [hours(70, 71)])] == [2, 3]
        assert not uow.conferences.clashes_in([1, 2, 3], [date.period])
    left = replace(added, occurrences=rest)
    changed = save(store, added, with_date(left, 0, version=3))
    assert stored_series(store, rest[0].id) == changed
    with store.writing() as uow, pytest.raises(ValueError, match="belongs to no series"):
        uow.conferences.detach(single)
    assert rows_in(store, "conference") == (2 if number == 1 else 3)


def test_a_date_that_leaves_cannot_take_the_key_of_a_living_series(store: SqlStore) -> None:
    added = book_series(store, some_series(external_primary_key="key", count=2))
    first, second = added.occurrences
    with pytest.raises(StoreConflict, match="same external key"), store.writing() as uow:
        uow.conferences.detach(first)
    with store.writing() as uow:
        uow.conferences.update(replace(second, state=StoredState.DELETED))
        uow.conferences.detach(first)
        uow.commit()
    with store.writing() as uow:
        assert uow.conferences.by_external_key("", "key") == replace(first, series=None)


def test_the_newest_that_had_a_key_is_found_when_it_is_deleted(store: SqlStore) -> None:
    keyed = {"external_source_id": "outlook", "external_primary_key": "key"}
    gone = {"state": StoredState.DELETED, "details": keyed}
    with store.reading() as uow:
        assert uow.conferences.deleted_by_external_key("outlook", "key") is None
    book(store, **gone)
    newest = book(store, **gone)
    book(store, state=StoredState.DELETED, details={**keyed, "external_source_id": "notes"})
    book(store, state=StoredState.DELETED)
    with store.reading() as uow:
        assert uow.conferences.by_external_key("outlook", "key") is None
        assert uow.conferences.deleted_by_external_key("outlook", "key") == newest
        assert uow.conferences.deleted_by_external_key("outlook", "other") is None
        assert uow.conferences.deleted_by_external_key("", "") is None


def test_a_deleted_series_is_found_by_the_key_it_had(store: SqlStore) -> None:
    added = book_series(store, some_series(external_primary_key="key"))
    kept = with_date(with_date(added, 0, state=StoredState.DELETED), 1, state=StoredState.DELETED)
    save(store, added, kept)
    with store.reading() as uow:
        assert uow.conferences.deleted_by_external_key("", "key") is None
    saved = save(store, kept, with_date(kept, 2, state=StoredState.DELETED))
    with store.reading() as uow:
        assert uow.conferences.deleted_by_external_key("", "key") == saved.occurrences[0]
