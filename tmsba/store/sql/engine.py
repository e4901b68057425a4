"""Engines: how we talk to each kind of database."""

import sqlite3
import time
from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from tmsba.store.sql import errors

#: A connection that was used this short a time ago is taken to work still.
_IDLE_S = 1.0

_WHAT_TO_USE = "use sqlite:///path or postgresql://host/name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long to wait for the database, and how many connections a process may have."""

    #: For another writer, or a lock on a row. SQLite has one writer at a time, so waiting is normal there.
    lock_wait_s: float = 30
    #: For one statement (PostgreSQL).
    statement_s: float = 60
    #: For a free connection of the pool.
    pool_wait_s: float = 30
    #: For a connection to the server (PostgreSQL).
    connect_s: int = 5
    #: Connections that stay open, and how many more may be opened under load.
    pool_size: int = 10
    pool_overflow: int = 10


def build_engine(url: str, limits: Limits | None = None) -> Engine:
    """An engine for ``sqlite:///...`` or ``postgresql://...``; it connects when it is first used.

    Raises:
        ValueError: it is no URL, or names another kind of database.
    """
    limits = limits or Limits()
    try:
        parsed = make_url(url)
    except ArgumentError:
        # Without the URL itself, which may hold a password.
        raise ValueError(f"the URL cannot be read: {_WHAT_TO_USE}") from None
    kind = parsed.drivername.partition("+")[0]
    if kind == "sqlite":
        engine = _build_sqlite(parsed, limits)
    elif kind in {"postgresql", "postgres"}:
        engine = _build_postgresql(parsed.set(drivername="postgresql+psycopg"), limits)
    else:
        raise ValueError(f"{kind} databases are not supported: {_WHAT_TO_USE}")
    errors.install(engine)
    return engine


def for_reading(engine: Engine) -> Engine:
    """The engine for units of work that only read: each sees one state of the database."""
    if is_postgresql(engine):
        return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return engine


def for_writing(engine: Engine) -> Engine:
    """The engine for units of work that write."""
    return engine.execution_options(tmsba_writes=True)


def is_writing(connection: Connection) -> bool:
    """Whether its unit of work writes."""
    return bool(connection.get_execution_options().get("tmsba_writes", False))


def is_postgresql(engine: Engine | Connection) -> bool:
    """Whether it is PostgreSQL; SQLite otherwise."""
    return engine.dialect.name == "postgresql"


def _build_postgresql(url: URL, limits: Limits) -> Engine:
    options = (
        f"-c lock_timeout={round(limits.lock_wait_s * 1000)}"
        f" -c statement_timeout={round(limits.statement_s * 1000)}"
        " -c idle_in_transaction_session_timeout=300000 -c TimeZone=UTC"
        # Compiling a query takes longer than any of ours runs.
        " -c jit=off"
    )
    own_options = url.query.get("options", "")
    engine = create_engine(
        url.difference_update_query(["options"]),
        pool_size=limits.pool_size,
        max_overflow=limits.pool_overflow,
        pool_timeout=limits.pool_wait_s,
        connect_args={
            "options": f"{options} {own_options}".strip(),
            "connect_timeout": limits.connect_s,
            "application_name": "tmsba",
        },
    )
    _ping_when_idle(engine)
    return engine


def _ping_when_idle(engine: Engine) -> None:
    """Before a connection that nobody used for a moment is lent, see whether the server still knows it.

    The pool's own pre-ping does so each time, which under load is a quarter of all round trips.
    """

    def note_use(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info["used_at"] = time.monotonic()

    def check(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
        if time.monotonic() - record.info.get("used_at", -_IDLE_S) < _IDLE_S:
            return
        try:
            engine.dialect.do_ping(connection)
        except psycopg.Error as error:
            # All others of the pool are as old: they are opened anew as well.
            raise InvalidatePoolError from error

    event.listen(engine, "connect", note_use)
    event.listen(engine, "checkin", note_use)
    event.listen(engine, "checkout", check)


def _build_sqlite(url: URL, limits: Limits) -> Engine:
    in_memory = url.database in {None, "", ":memory:"}
    engine = create_engine(
        url,
        poolclass=QueuePool,
        # A database in memory is its one connection: units of work take it in turns.
        pool_size=1 if in_memory else limits.pool_size,
        max_overflow=0 if in_memory else limits.pool_overflow,
        pool_timeout=limits.pool_wait_s,
        connect_args={"timeout": limits.lock_wait_s, "check_same_thread": False},
    )

    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        try:
            _prepare_sqlite(connection, limits)
        except sqlite3.Error:
            connection.close()
            raise

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, limits: Limits) -> None:
    # The driver must not begin by itself: it would do so too late, and never IMMEDIATE.
    connection.isolation_level = None
    _switch_to_wal(connection, limits.lock_wait_s)
    connection.execute("PRAGMA synchronous = FULL").close()
    connection.execute("PRAGMA foreign_keys = ON").close()


def _switch_to_wal(connection: sqlite3.Connection, wait_s: float) -> None:
    # SQLite itself does not wait when several connections switch a new file at once.
    until = time.monotonic() + wait_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    # A reader that turns into a writer fails at once when another writer was faster; an IMMEDIATE one waits.
    writes = is_writing(connection)
    connection.exec_driver_sql(f"PRAGMA query_only = {'OFF' if writes else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
