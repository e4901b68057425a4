"""What fail-over, sweeps and moves between bridges ask of the store."""

import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from store_samples import (
    CREDENTIALS,
    NOON,
    book,
    book_series,
    hours,
    route,
    some_bridge,
    some_series,
    statements,
)

from tmsba.domain.bridge.bridge import Space
from tmsba.domain.bridge.health import BridgeAddress
from tmsba.domain.time.times import Period
from tmsba.domain.values import StoredState
from tmsba.store import SqlStore
from tmsba.store.outbox.health_checks import SqlHealthChecks
from tmsba.store.sql import schema

SOON = Period(NOON, NOON + timedelta(minutes=5))


def test_the_spaces_of_a_bridge_are_told_apart_by_number(store: SqlStore) -> None:
    with store.writing() as uow:
        uow.bridges.add(some_bridge(name="core2", url="https://core2.example.com"), CREDENTIALS)
        uow.bridges.change(replace(some_bridge(id=1), numeric_id_base=90002))
        uow.bridges.set_cospace_id(2, "abc")
        uow.commit()
    with store.reading() as uow:
        spaces = uow.bridges.spaces(1)
        assert [space.number for space in spaces] == [90001, 90002, 90003, 90004, 90005, 90006]
        assert spaces[1] == Space(id=2, bridge_id=1, number=90002, cospace_id="abc")
        assert [space.bridge_id for space in uow.bridges.numbered([90001, 90002])] == [1, 2, 2]
        assert uow.bridges.numbered([]) == []


def test_holders_are_those_whose_time_touches_the_period(store: SqlStore) -> None:
    now = book(store, route=route(1))
    next_one = book(store, at=hours(1, 2), route=route(1))
    other = book(store, at=hours(-1, 0.5), route=route(2))
    book(store, at=hours(-1, 0), route=route(3))
    book(store, route=route(4), state=StoredState.DELETED)
    with store.reading() as uow:
        assert uow.bridges.holders(1, SOON) == {1: [now.id], 2: [other.id]}
        late = Period(NOON + timedelta(minutes=58), NOON + timedelta(minutes=63))
        assert uow.bridges.holders(1, late) == {1: [now.id, next_one.id]}
        assert uow.bridges.holders(2, SOON) == {}


def test_conferences_to_come_are_found_by_their_bridge(store: SqlStore) -> None:
    book(store, route=route(1))
    later = book(store, at=hours(2, 3), route=route(2))
    book(store, at=hours(2, 3), route=route(3), state=StoredState.DELETED)
    book(store, at=hours(2, 3))
    series = some_series(start=1)
    dates = tuple(replace(one, route=route(1)) for one in series.occurrences)
    stored = book_series(store, replace(series, occurrences=dates))
    with store.reading() as uow, statements(store) as seen:
        found = uow.conferences.pending_on_bridge(1, NOON)
    first, *others = stored.occurrences
    assert [one.id for one in found] == [first.id, later.id, *(one.id for one in others)]
    assert found[0].route == dates[0].route
    assert len(seen) == 1


def test_who_holds_a_number_is_found_by_bridge_in_one_statement(store: SqlStore) -> None:
    going_on = book(store, at=hours(-1, 1), route=route(1))
    later = book(store, at=hours(2, 3), route=route(2))
    book(store, at=hours(-2, -1), route=route(3))
    book(store, at=hours(2, 3), route=route(3), state=StoredState.DELETED)
    series = some_series(start=1)
    dates = tuple(replace(one, route=route(1)) for one in series.occurrences)
    stored = book_series(store, replace(series, occurrences=dates))
    with store.reading() as uow, statements(store) as seen:
        found = uow.bridges.holds([1, 2], NOON)
    first, *others = stored.occurrences
    wanted = [going_on, first, later, *others]
    assert [one.conference_id for one in found[1]] == [one.id for one in wanted]
    assert [one.series_id for one in found[1]][:3] == [None, stored.id, None]
    assert (found[1][2].period, found[1][2].participants) == (later.period, later.participant_count)
    assert (list(found), len(seen)) == ([1], 1)
    with store.reading() as uow:
        soon = uow.bridges.holds([1], NOON, until=later.period.start)[1]
        assert [one.conference_id for one in soon] == [going_on.id, first.id, later.id]
        assert uow.bridges.holds([], NOON) == {}


def test_when_an_address_was_swept_is_kept(store: SqlStore) -> None:
    checks = SqlHealthChecks(store)
    [health] = checks.claim("one", NOON, NOON + timedelta(minutes=1), 9)
    assert health.swept_at is None
    assert checks.finish(replace(health, swept_at=NOON), "one", NOON)
    [again] = checks.claim("one", NOON, NOON + timedelta(minutes=1), 9)
    assert (again.address, again.swept_at) == (BridgeAddress.MAIN, NOON)


def test_what_is_live_during_an_upgrade_is_at_the_main_address(tmp_path: Path) -> None:
    """In SQLite alone, which does not ask for the rows that are referred to."""
    path = tmp_path / "old.db"
    schema.upgrade(f"sqlite:///{path}", "0010")
    with sqlite3.connect(path) as connection:
        columns = {row[1]: row for row in connection.execute("PRAGMA table_info(bridge)")}
        needed = {name: "" for name, row in columns.items() if row[3] and row[4] is None}
        values = {**needed, "id": 1, "name": "core1", "url": "https://core1.example.com"}
        values |= {"numeric_id_base": 1, "numeric_id_quantity": 1, "is_enabled": 1, "is_prepared": 1}
        marks = ", ".join("?" for _ in values)
        connection.execute(f"INSERT INTO bridge ({', '.join(values)}) VALUES ({marks})", [*values.values()])
        connection.execute("INSERT INTO space (id, bridge_id, number) VALUES (1, 1, 1)")
        live = (
            "INSERT INTO live_conference (occurrence_id, bridge_id, space_id, closed_at) VALUES (?, 1, 1, ?)"
        )
        connection.executemany(live, [(1, None), (2, "2026-01-29 12:00:00.000000")])
    connection.close()
    schema.upgrade(f"sqlite:///{path}")
    with sqlite3.connect(path) as connection:
        urls = connection.execute("SELECT url FROM live_conference ORDER BY occurrence_id").fetchall()
    connection.close()
    assert urls == [("https://core1.example.com",), ("",)]
