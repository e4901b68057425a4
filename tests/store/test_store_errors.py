"""What the database's troubles look like to those who use the store."""

import sqlite3
import threading
from pathlib import Path

import psycopg
import pytest
from postgres import PostgresMissing, throw_away_postgres
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError, StatementError
from store_samples import at_once, book, furnish, open_store, some_conference

from tmsba.domain.errors import DatabaseDown, ServerBusy
from tmsba.ports.work import StoreConflict
from tmsba.store import SchemaOutdated, SqlStore
from tmsba.store.sql import schema
from tmsba.store.sql.errors import translate
from tmsba.store.tables.tables import setting


def test_a_server_that_stops_is_down_and_comes_back() -> None:
    try:
        with throw_away_postgres() as server:
            store = open_store(server.create_migrated_database())
            furnish(store)
            with store.writing() as uow:
                uow.conferences.add(some_conference(1))
                server.stop()
                with pytest.raises(DatabaseDown):
                    uow.commit()
            with pytest.raises(DatabaseDown, match="does not answer"), store.reading():
                pass
            server.start()
            with store.reading() as uow:
                assert uow.conferences.get(1) is None
            store.dispose()
    except PostgresMissing as missing:
        pytest.skip(str(missing))


def test_a_read_only_file_takes_no_changes(sqlite_template: Path) -> None:
    store = open_store(f"sqlite:///file:{sqlite_template}?mode=ro&uri=true")
    with pytest.raises(DatabaseDown, match="takes no changes"), store.writing() as uow:
        uow.settings.put("name", "value")
    store.dispose()


def test_a_file_that_is_no_database_is_down(tmp_path: Path) -> None:
    path = tmp_path / "tmsba.db"
    path.write_bytes(b"This is a letter to my aunt. " * 100)
    store = open_store(f"sqlite:///{path}")
    with pytest.raises(DatabaseDown), store.reading():
        pass
    store.dispose()


def test_a_database_without_tables_wants_an_upgrade(empty_url: str) -> None:
    store = open_store(empty_url)
    with pytest.raises(SchemaOutdated, match="run tmsba db upgrade"), store.reading() as uow:
        uow.settings.all()
    store.dispose()


def test_a_slow_statement_means_busy(url: str, store: SqlStore, is_sqlite: bool) -> None:
    if is_sqlite:
        pytest.skip("SQLite has no statement time-out")
    hasty = open_store(url, statement_s=0.1)
    with pytest.raises(ServerBusy), hasty.reading() as uow:
        uow.connection.execute(text("SELECT pg_sleep(5)"))
    hasty.dispose()


def test_a_deadlock_is_a_lost_race(store: SqlStore, is_sqlite: bool) -> None:
    if is_sqlite:
        pytest.skip("SQLite has one writer")
    ids = [book(store).id, book(store).id]
    both = threading.Barrier(2)

    def run(index: int) -> bool:
        try:
            with store.writing() as uow:
                uow.conferences.get_for_update(ids[index])
                both.wait(20)
                uow.conferences.get_for_update(ids[1 - index])
        except StoreConflict:
            return False
        return True

    assert sorted(at_once(2, run)) == [False, True]


def test_a_repeated_key_is_a_lost_race(store: SqlStore) -> None:
    with store.writing() as uow:
        uow.settings.put("name", "value")
        with pytest.raises(StoreConflict, match="same moment"):
            uow.connection.execute(insert(setting).values(name="name", value="other"))


def test_our_own_mistakes_stay_visible(store: SqlStore) -> None:
    with pytest.raises(IntegrityError), store.writing() as uow:
        uow.conferences.add(some_conference(99))
    with pytest.raises(IntegrityError), store.writing() as uow:
        uow.conferences.add(some_conference(owner_id=99))
    with pytest.raises(IntegrityError), store.writing() as uow:
        uow.connection.execute(text("INSERT INTO option_key VALUES ('systems', -1)"))
    with pytest.raises(StatementError), store.writing() as uow:
        uow.conferences.add(some_conference(state="strange"))


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (sqlite3.SQLITE_BUSY, ServerBusy),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, ServerBusy),
        (sqlite3.SQLITE_LOCKED, ServerBusy),
        (sqlite3.SQLITE_FULL, DatabaseDown),
        (sqlite3.SQLITE_IOERR_READ, DatabaseDown),
        (sqlite3.SQLITE_CORRUPT, DatabaseDown),
        (sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY, None),
        (sqlite3.SQLITE_ERROR, None),
    ],
)
def test_codes_of_sqlite_have_a_meaning(code: int, meaning: type[Exception] | None) -> None:
    error = sqlite3.OperationalError("trouble")
    error.sqlite_errorcode = code
    translated = translate(error)
    assert (None if translated is None else type(translated)) is meaning


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("SerializationFailure", StoreConflict),
        ("DeadlockDetected", StoreConflict),
        ("ExclusionViolation", StoreConflict),
        ("UniqueViolation", StoreConflict),
        ("LockNotAvailable", ServerBusy),
        ("QueryCanceled", ServerBusy),
        ("TooManyConnections", ServerBusy),
        ("AdminShutdown", DatabaseDown),
        ("CannotConnectNow", DatabaseDown),
        ("ConnectionFailure", DatabaseDown),
        ("DiskFull", DatabaseDown),
        ("ReadOnlySqlTransaction", DatabaseDown),
        ("OperationalError", DatabaseDown),
        ("UndefinedTable", SchemaOutdated),
        ("ForeignKeyViolation", None),
        ("SyntaxError", None),
    ],
)
def test_codes_of_postgresql_have_a_meaning(name: str, meaning: type[Exception] | None) -> None:
    error = getattr(psycopg.errors, name, None) or getattr(psycopg, name)
    translated = translate(error("trouble"))
    assert (None if translated is None else type(translated)) is meaning


def test_tables_that_are_current_pass_the_check(url: str) -> None:
    schema.check(url)
