import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, text
from store_samples import NOON, at_once

from tmsba.domain.people import BUILT_IN_GROUPS
from tmsba.store import SchemaOutdated, SqlStore, schema
from tmsba.store.engine import build_engine
from tmsba.store.tables import metadata


def test_an_empty_database_is_brought_up(empty_url: str) -> None:
    assert schema.current_revision(empty_url) is None
    assert not schema.is_current(empty_url)
    with pytest.raises(SchemaOutdated, match="run tmsba db upgrade"):
        schema.check(empty_url)
    schema.upgrade(empty_url)
    assert schema.current_revision(empty_url) == schema.newest_revision() == "0001"
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


def _parts(definition: str) -> list[str]:
    return [line.strip().rstrip(",") for line in definition.splitlines()]


def test_the_built_in_groups_are_there(url: str) -> None:
    engine = build_engine(url)
    with engine.connect() as connection:
        names = connection.execute(text("SELECT name FROM user_group")).scalars().all()
    assert set(names) == set(BUILT_IN_GROUPS)
    engine.dispose()


def test_the_guards_against_double_booking_are_there(url: str, is_sqlite: bool) -> None:
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
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
    program = "from tmsba.store import schema; schema.upgrade('sqlite:///new.db')"
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
