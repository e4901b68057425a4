"""Series come back as they were stored."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest
from series_samples import GUEST, mixed_series, rows_in, save, stored_series
from sqlalchemy import select, update
from store_samples import (
    HOUR,
    NOON,
    book,
    book_series,
    hours,
    listing,
    route,
    some_conference,
    some_series,
    statements,
    with_date,
    with_systems,
)

from tmsba.domain.conference.conference import SeriesPlace
from tmsba.domain.conference.details import Details
from tmsba.domain.time.recurrence import Frequency
from tmsba.domain.time.time_zone import TimeZoneRule, ZoneRules
from tmsba.domain.values import StatusFilter, StoredState
from tmsba.store import SqlStore
from tmsba.store.tables.tables import conference


def test_a_series_comes_back_as_stored(store: SqlStore) -> None:
    book(store, 9)
    added = book_series(store, mixed_series())
    assert [date.id for date in added.occurrences] == [2, 3, 4, 5]
    expected = tuple(
        replace(date, id=2 + number, series=replace(date.series, series_id=added.id))
        for number, date in enumerate(mixed_series().occurrences)
        if date.series
    )
    assert added == replace(mixed_series(), id=added.id, occurrences=expected)
    for date in added.occurrences:
        assert stored_series(store, date.id) == added
        with store.writing() as uow:
            assert uow.conferences.series_of(date.id) == added
            assert uow.conferences.get(date.id) == date
            assert uow.conferences.get_for_update(date.id) == date
    assert stored_series(store, 1) is None
    assert stored_series(store, 99) is None


def test_dates_that_are_like_the_series_share_its_rows(store: SqlStore) -> None:
    book_series(store, mixed_series())
    # The series, and the two exceptions that differ in more than time.
    assert rows_in(store, "conference") == 3
    assert rows_in(store, "participant") == 3 + 3 + 2


def test_dates_are_given_in_order_of_recurrence_ids(store: SqlStore) -> None:
    series = some_series(count=4)
    mixed = tuple(series.occurrences[number] for number in (2, 0, 3, 1))
    added = book_series(store, replace(series, occurrences=mixed))
    assert [date.period for date in added.occurrences] == [date.period for date in mixed]
    found = stored_series(store, added.occurrences[0].id)
    assert found is not None
    assert set(found.occurrences) == set(added.occurrences)
    assert [date.period for date in found.occurrences] == [date.period for date in series.occurrences]


def test_lists_know_the_place_in_the_series(store: SqlStore) -> None:
    added = book_series(store, mixed_series())
    expected = [replace(date, participants=()) for date in added.occurrences]
    with store.reading() as uow:
        for_systems = uow.conferences.find(
            listing(hours(0, 999), StatusFilter.ALL, NOON, system_ids=[1, 2, 3])
        )
        assert for_systems == expected
        assert uow.conferences.find(listing(hours(0, 999), StatusFilter.ALL, NOON, user_id=1)) == expected
        assert uow.conferences.find(listing(hours(0, 999), StatusFilter.ALL, NOON, user_id=2)) == expected[3:]
        assert (
            uow.conferences.find(listing(hours(0, 999), StatusFilter.ALL, NOON, system_ids=[3]))
            == expected[3:]
        )


def test_an_update_writes_what_differs(store: SqlStore) -> None:
    before = book_series(store, mixed_series())
    new_place = SeriesPlace(series_id=0, recurrence_id=NOON + 99 * HOUR)
    like_series, moved, titled, peopled = before.occurrences
    details = replace(before.details, title="New", pin="4711")
    people = (*with_systems(4), GUEST)
    common = {"details": details, "participants": people, "version": 2}
    after = replace(
        before,
        details=details,
        participants=people,
        owner_id=2,
        pattern=replace(before.pattern, frequency=Frequency.DAILY),
        occurrences=(
            replace(like_series, **common, owner_id=2),
            # Gets a row of its own, gives its own up, changes it, and is deleted.
            replace(moved, details=replace(details, title="Own now"), version=2),
            replace(titled, **common, owner_id=2, route=route(3, number=90003)),
            replace(peopled, participants=with_systems(5, 6), state=StoredState.DELETED),
            replace(like_series, id=0, **common, owner_id=2, period=hours(99, 100), series=new_place),
            replace(peopled, id=0, period=hours(199, 200), series=replace(new_place, recurrence_id=NOON)),
        ),
    )
    saved = save(store, before, after)
    assert [date.id for date in saved.occurrences] == [*(date.id for date in before.occurrences), 5, 6]
    found = stored_series(store, like_series.id)
    assert found is not None
    assert set(found.occurrences) == set(saved.occurrences)
    assert replace(found, occurrences=()) == replace(saved, occurrences=())
    assert rows_in(store, "conference") == 4
    with store.reading() as uow:
        busy = uow.conferences.clashes_in(range(1, 10), [hours(0, 999)])
        assert {clash.system_id for clash in busy} == {1, 2, 3, 4}
        assert [clash.conference_id for clash in busy if clash.system_id == 4] == [1, 3, 5]
        assert uow.bridges.are_spaces_free([(2, hours(0, 999))])[0]
        assert not uow.bridges.are_spaces_free([(3, hours(0, 999))])[0]


def test_an_update_of_the_common_title_touches_one_row(store: SqlStore) -> None:
    before = book_series(store, some_series(1, 2, count=5))
    details = replace(before.details, title="New")
    dates = tuple(replace(date, details=details) for date in before.occurrences)
    with store.writing() as uow, statements(store) as seen:
        uow.conferences.update_series(before, replace(before, details=details, occurrences=dates))
    assert [statement.split()[:2] for statement in seen[1:]] == [["UPDATE", "conference"]]


def test_a_date_may_change_in_its_title_alone(store: SqlStore) -> None:
    before = book_series(store, some_series(1))
    dates = list(before.occurrences)
    dates[1] = replace(dates[1], details=replace(before.details, title="Own"))
    saved = save(store, before, replace(before, occurrences=tuple(dates)))
    assert stored_series(store, dates[0].id) == saved
    assert save(store, saved, before) == before
    assert stored_series(store, dates[0].id) == before
    assert rows_in(store, "conference") == 1


def test_dates_may_take_each_others_places(store: SqlStore) -> None:
    before = book_series(store, some_series(1, count=3, every=1))
    later = tuple(
        replace(date, period=hours(number + 1, number + 2)) for number, date in enumerate(before.occurrences)
    )
    saved = save(store, before, replace(before, occurrences=later))
    assert stored_series(store, 1) == saved
    swapped = (saved.occurrences[1].period, saved.occurrences[0].period, saved.occurrences[2].period)
    dates = tuple(replace(date, period=at) for date, at in zip(saved.occurrences, swapped, strict=True))
    again = save(store, saved, replace(saved, occurrences=dates))
    assert stored_series(store, 1) == again


def test_an_update_that_forgets_dates_is_refused(store: SqlStore) -> None:
    before = book_series(store, some_series())
    book(store)
    stranger = replace(before.occurrences[0], id=4)
    with store.writing() as uow:
        with pytest.raises(ValueError, match=r"leaves out: \[3\]"):
            uow.conferences.update_series(before, replace(before, occurrences=before.occurrences[:2]))
        with pytest.raises(ValueError, match=r"no dates of the series 1: \[4\]"):
            uow.conferences.update_series(
                before, replace(before, occurrences=(*before.occurrences, stranger))
            )
        with pytest.raises(ValueError, match="needs a recurrence id"):
            uow.conferences.add_series(replace(before, occurrences=(some_conference(),)))
        with pytest.raises(ValueError, match="add_series"):
            uow.conferences.add(before.occurrences[0])


def test_a_date_can_be_updated_in_what_it_does_not_share(store: SqlStore) -> None:
    added = book_series(store, mixed_series())
    for date in added.occurrences:
        assert date.series is not None
        changed = replace(
            date,
            period=replace(date.period, end=date.period.end + timedelta(minutes=5)),
            version=7,
            route=route(1),
            series=replace(date.series, is_exception=True),
        )
        with store.writing() as uow:
            uow.conferences.update(changed)
            assert uow.conferences.get(date.id) == changed
            for name, value in {
                "details": replace(date.details, title="Silently"),
                "participants": (),
                "created_by_id": 2,
                "series": None,
            }.items():
                with pytest.raises(ValueError, match="by update_series"):
                    uow.conferences.update(replace(date, **{name: value}))
    single = book(store)
    with store.writing() as uow, pytest.raises(ValueError, match="by update_series"):
        uow.conferences.update(replace(single, series=added.occurrences[0].series))


def test_rules_of_time_zones_are_stored(store: SqlStore) -> None:
    zone = ZoneRules((TimeZoneRule(id="UTC", base_offset_minutes=0),))
    series = some_series()
    if "zone_rules" in {field.name for field in fields(Details)}:
        details = replace(series.details, zone_rules=zone)
        dates = tuple(replace(date, details=details) for date in series.occurrences)
        added = book_series(
            store, with_date(replace(series, details=details, occurrences=dates), 1, title="B")
        )
        assert stored_series(store, added.occurrences[0].id) == added
    single = book(store)
    with store.writing() as uow:
        uow.connection.execute(update(conference).values(zone_rules=zone))
        assert set(uow.connection.execute(select(conference.c.zone_rules)).scalars()) == {zone}
        assert uow.conferences.get(single.id) is not None
