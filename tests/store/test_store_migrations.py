import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import JSON, Boolean, Connection, Engine, MetaData, Text, text
from store_samples import HOUR, NOON, at_once, open_store, some_conference, some_series, with_systems

from tmsba.domain.people.users import BUILT_IN_GROUPS
from tmsba.ports.work import StoreConflict
from tmsba.store import SchemaOutdated, SqlStore
from tmsba.store.outbox.jobs import SqlJobQueue
from tmsba.store.sql import schema
from tmsba.store.sql.engine import build_engine
from tmsba.store.tables.tables import metadata


def test_an_empty_database_is_brought_up(empty_url: str) -> None:
    assert schema.current_revision(empty_url) is None
    assert not schema.is_current(empty_url)
    with pytest.raises(SchemaOutdated, match="run tmsba db upgrade"):
        schema.check(empty_url)
    schema.upgrade(empty_url)
    assert schema.current_revision(empty_url) == schema.newest_revision() == "0023"
    schema.check(empty_url)
    schema.upgrade(empty_url)


def test_several_upgrades_at_once_do_it_once(empty_url: str) -> None:
    at_once(4, lambda _: schema.upgrade(empty_url))
    assert schema.is_current(empty_url)


def test_an_upgrade_that_fails_leaves_nothing(empty_url: str) -> None:
    engine = build_engine(empty_url)
    with engine.execution_options(tmsba_writes=True).begin() as connection:
        connection.execute(text("CREATE TABLE ticket (id INTEGER)"))
    with pytest.raises(Exception, match="ticket"):
        schema.upgrade(engine)
    with engine.connect() as connection:
        assert [name for name, _ in _tables(connection)] == ["ticket"]
    engine.dispose()


def _tables(connection: Connection) -> list[tuple[str, str]]:
    if connection.dialect.name == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    else:
        query = "SELECT tablename, '' FROM pg_tables WHERE schemaname = 'public'"
    return sorted((row[0], row[1]) for row in connection.execute(text(query)))


def test_the_migrations_lead_to_the_tables_of_the_code(url: str) -> None:
    engine = build_engine(url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_constraints_are_the_same_too(url: str, empty_url: str) -> None:
    """Alembic compares neither CHECK constraints nor what becomes of deleted rows' children."""
    migrated, created = build_engine(url), build_engine(empty_url)
    with created.execution_options(tmsba_writes=True).begin() as connection:
        metadata.create_all(connection)
    assert _definitions(migrated) == _definitions(created)
    migrated.dispose()
    created.dispose()


def _definitions(engine: Engine) -> set[tuple[str, str]]:
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            return {
                (name, part)
                for name, definition in _tables(connection)
                if name != "alembic_version"
                for part in _parts(definition)
            }
        query = (
            "SELECT conrelid::regclass || ' ' || conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE connamespace = 'public'::regnamespace AND contype <> 'x'"
        )
        rows: Any = connection.execute(text(query))
        return {(row[0], row[1]) for row in rows if "alembic_version" not in row[0]}


def _parts(definition: str) -> set[str]:
    """Columns and constraints of a table, whether they were written with it or added later."""
    body = re.sub(r"\s+", " ", definition.partition("(")[2].rpartition(")")[0])
    own = re.sub(r"(\w+) INTEGER (CONSTRAINT \w+) (REFERENCES)", r"\1 INTEGER, \2 FOREIGN KEY(\1) \3", body)
    apart = re.sub(r" (CONSTRAINT \w+ (?:CHECK|FOREIGN))", r", \1", own)
    return {part.strip() for part in _split(apart)} - {""}


def _split(body: str) -> list[str]:
    """At the commas that are in no parentheses."""
    parts, depth = [""], 0
    for character in body:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def test_the_built_in_groups_are_there(url: str) -> None:
    engine = build_engine(url)
    with engine.connect() as connection:
        names = connection.execute(text("SELECT name FROM user_group")).scalars().all()
    assert set(names) == set(BUILT_IN_GROUPS)
    engine.dispose()


def test_the_guards_against_double_booking_are_there(url: str, is_sqlite: bool) -> None:
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%overlap%'"
        if is_sqlite
        else "SELECT conname FROM pg_constraint WHERE contype = 'x'"
    )
    engine = build_engine(url)
    with engine.connect() as connection:
        names = set(connection.execute(text(query)).scalars())
    engine.dispose()
    tables = {f"{table}_overlap" for table in ("system_reservation", "space_reservation")}
    expected = {f"{t}_{event}" for t in tables for event in ("insert", "update")} if is_sqlite else tables
    assert names == expected


def test_an_upgrade_works_from_any_directory(tmp_path: Path) -> None:
    program = "from tmsba.store.sql import schema; schema.upgrade('sqlite:///new.db')"
    subprocess.run(
        [sys.executable, "-W", "error", "-c", program], cwd=tmp_path, check=True, env={**os.environ}
    )
    assert schema.is_current(f"sqlite:///{tmp_path}/new.db")


def test_ids_are_never_used_again(store: SqlStore) -> None:
    """A client that remembers a deleted thing must not find another one under its id."""
    with store.writing() as uow:
        uow.tickets.open("a", "b", "c", NOON)
        uow.connection.execute(text("DELETE FROM ticket"))
        uow.tickets.open("a", "b", "c", NOON)
        assert [ticket.id for ticket in uow.tickets.all()] == [2]


def test_rows_from_before_series_are_kept(empty_url: str) -> None:
    schema.upgrade(empty_url, "0001")
    engine = build_engine(empty_url)
    with engine.execution_options(tmsba_writes=True).begin() as connection:
        _fill_first_tables(connection)
    engine.dispose()
    schema.upgrade(empty_url)
    store = open_store(empty_url)
    with store.writing() as uow:
        living = uow.conferences.get_for_update(1)
        assert living is not None
        assert (living.details.title, living.series) == ("Old 1", None)
        assert living.participants == with_systems(1)
        assert uow.conferences.by_external_key("", "key 1") == living
        assert uow.conferences.by_external_key("", "key 2") is None
        assert uow.conferences.series_of(1) is None
        with pytest.raises(StoreConflict), uow.connection.begin_nested():
            uow.conferences.add(some_conference(1, at=living.period))
        with pytest.raises(StoreConflict), uow.connection.begin_nested():
            uow.conferences.add(some_conference(details={"external_primary_key": "key 1"}))
        uow.conferences.update(replace(living, version=2))
        added = uow.conferences.add_series(some_series(1, start=9, external_primary_key="key 2"))
        assert uow.conferences.series_of(added.occurrences[0].id) == added
        uow.commit()
    store.dispose()


def test_conferences_on_bridges_from_before_limits_count(empty_url: str) -> None:
    schema.upgrade(empty_url, "0007")
    engine = build_engine(empty_url)
    with engine.execution_options(tmsba_writes=True).begin() as connection:
        _fill_first_tables(connection)
        second = MetaData()
        second.reflect(connection)
        for position, kind in enumerate(("master", "sip-video-in", "sip-audio-out"), start=1):
            row = {"conference_id": 1, "position": position, "number": position}
            _insert(connection, second, "participant", **row, kind=kind)
        _insert(connection, second, "bridge", name="Bridge", url="https://cms", is_enabled=True)
        _insert(connection, second, "space", bridge_id=1, number=1)
        held: Any = connection.execute(second.tables["system_reservation"].select()).mappings().one()
        at = {name: held[name] for name in ("start_at", "end_at")}
        _insert(connection, second, "space_reservation", occurrence_id=1, space_id=1, **at)
    engine.dispose()
    schema.upgrade(empty_url)
    store = open_store(empty_url)
    with store.reading() as uow:
        found = uow.conferences.get(1)
        assert found is not None
        assert (found.participant_count, found.details.external_dial_string) == (3, "")
        assert uow.bridges.most_participants([1], [found.period]) == {1: [3]}
        assert uow.bridges.all()[0].max_participants is None
    store.dispose()


def test_jobs_from_before_know_their_bridge(empty_url: str) -> None:
    schema.upgrade(empty_url, "0015")
    engine = build_engine(empty_url)
    with engine.execution_options(tmsba_writes=True).begin() as connection:
        _fill_first_tables(connection)
        old = MetaData()
        old.reflect(connection)
        for number in (1, 2):
            _insert(
                connection, old, "bridge", name=f"Core {number}", url=f"https://{number}", is_enabled=True
            )
            _insert(connection, old, "space", bridge_id=number, number=number)
        route = (
            "bridge_id = 1, space_id = 1, space_number = 1, join_uri = '', join_url = '', space_secret = ''"
        )
        connection.execute(text(f"UPDATE occurrence SET {route} WHERE id = 1"))
        # The second one has lost its bridge, and is still to be closed there.
        _insert(connection, old, "live_conference", occurrence_id=2, bridge_id=2, space_id=2)
        held: Any = connection.execute(old.tables["occurrence"].select().limit(1)).mappings().one()
        for number, kind in ((1, "launch"), (1, "end"), (2, "end")):
            job = {"occurrence_id": number, "kind": kind, "due_at": held["start_at"], "done_at": None}
            _insert(connection, old, "outbox", **job, lease_owner=None, lease_until=None)
    engine.dispose()
    schema.upgrade(empty_url)
    store = open_store(empty_url)
    jobs = SqlJobQueue(store).claim("one", NOON, NOON + HOUR, 9)
    assert [(job.conference_id, job.bridge_id) for job in jobs] == [(1, 1), (1, 1), (2, 2)]
    store.dispose()


def _fill_first_tables(connection: Connection) -> None:
    """Two conferences as the first version of the tables has them, the second one deleted."""
    first = MetaData()
    first.reflect(connection)
    words = {"name": "ann", "name_key": "ann", "email": "a", "email_key": "a"}
    _insert(connection, first, "user_account", **words, is_enabled=True)
    _insert(connection, first, "system", id=1, name="Room", category="Room", status="alive")
    kinds = {"type": "automatic", "picture_mode": "voice-switched", "extend_mode": "none"}
    choices = {"encryption": "no", "data_conference": "no"}
    start: Any = NOON if connection.dialect.name == "postgresql" else "2026-11-20 12:00:00.000000"
    end: Any = NOON + HOUR if connection.dialect.name == "postgresql" else "2026-11-20 13:00:00.000000"
    for number, state in ((1, "booked"), (2, "deleted")):
        key = {"external_primary_key": f"key {number}", "is_deleted": state == "deleted"}
        booking = {**kinds, **choices, **key, "title": f"Old {number}", "owner_id": 1, "created_by_id": 1}
        _insert(connection, first, "conference", **booking)
        at = {"start_at": start, "end_at": end}
        _insert(connection, first, "occurrence", conference_id=number, state=state, version=1, **at)
        _insert(connection, first, "participant", conference_id=number, kind="system", system_id=1)
    _insert(connection, first, "system_reservation", occurrence_id=1, system_id=1, **at)


def _insert(connection: Connection, tables: MetaData, table: str, **values: Any) -> None:
    """Insert a row; columns that are not given are blank, 0, false or empty."""
    row: dict[str, Any] = {}
    for column in tables.tables[table].columns:
        if column.name in values:
            row[column.name] = values[column.name]
        elif not column.nullable and column.name != "id":
            is_text, is_flag = isinstance(column.type, Text), isinstance(column.type, Boolean)
            row[column.name] = (
                "" if is_text else False if is_flag else "[]" if isinstance(column.type, JSON) else 0
            )
    connection.execute(tables.tables[table].insert().values(row))
