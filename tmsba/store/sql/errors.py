"""What the database's errors mean to those who use the ports.

Every error of the driver passes ``translate`` on its way out, by SQLAlchemy's ``handle_error`` event. What
it does not know, such as a broken foreign key, stays an error of SQLAlchemy: it is a mistake of ours.
"""

import sqlite3

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

from tmsba.domain.errors import DatabaseDown, ServerBusy
from tmsba.ports.work import StoreConflict


class SchemaOutdated(Exception):
    """The database does not have the tables that this version of tmsba works with."""

    def __init__(self) -> None:
        super().__init__("the database does not fit this version of tmsba: run tmsba db upgrade")


_BUSY = "The server is busy at the moment; please repeat the request a little later."
_DOWN = "The database does not answer at the moment; please repeat the request later."
_CHANGES_REFUSED = "The database takes no changes at the moment; please tell the administrator."
_KEY_TAKEN = "A conference with the same external key was saved at the same moment."
_RACE = "Somebody else changed the same data at the same moment."

#: Names of constraints, as they occur in messages, and what their violation means.
_LOST_RACES = {
    "system_reservation_overlap": "A system was reserved by another conference at the same moment.",
    "space_reservation_overlap": "A space was reserved by another conference at the same moment.",
    "external_key": _KEY_TAKEN,
    # SQLite names the columns instead of the index.
    "external_primary_key": _KEY_TAKEN,
}

_POSTGRESQL_BUSY = {
    "55P03",  # lock not available: lock_timeout
    "57014",  # query cancelled: statement_timeout
    "25P03",  # idle in transaction for too long
    "53300",  # too many connections
}
_POSTGRESQL_RACES = {
    "23P01",  # exclusion violation
    "23505",  # unique violation
    "40001",  # serialisation failure
    "40P01",  # deadlock
}
_POSTGRESQL_NO_CHANGES = {
    "25006",  # read-only transaction: a standby server
    "53100",  # disk full
}
_POSTGRESQL_NO_SUCH_TABLE = {"42P01", "42703", "42883"}
_POSTGRESQL_DOWN_CLASSES = ("08", "57P", "58", "53", "XX")

_SQLITE_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_SQLITE_NO_CHANGES = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_FULL}
_SQLITE_DOWN = {
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_AUTH,
    sqlite3.SQLITE_NOLFS,
    sqlite3.SQLITE_PROTOCOL,
}
_SQLITE_RACES = {
    sqlite3.SQLITE_CONSTRAINT_TRIGGER,
    sqlite3.SQLITE_CONSTRAINT_UNIQUE,
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
}


def install(engine: Engine) -> None:
    """Translate every error of the driver that leaves this engine."""

    def handle(context: ExceptionContext) -> None:
        if context.is_pre_ping:
            return  # the pool opens a new connection by itself
        meaning = translate(context.original_exception, is_disconnect=context.is_disconnect)
        if meaning is not None:
            raise meaning from context.original_exception

    event.listen(engine, "handle_error", handle)


def busy() -> ServerBusy:
    """What a caller is told when the database is there but cannot take the request now."""
    return ServerBusy(_BUSY)


def translate(error: BaseException, *, is_disconnect: bool = False) -> Exception | None:
    """What an error of the driver means; ``None`` when it is a mistake of ours."""
    if isinstance(error, sqlite3.Error):
        return _translate_sqlite(error)
    return _translate_postgresql(error, is_disconnect=is_disconnect)


def _translate_sqlite(error: sqlite3.Error) -> Exception | None:
    extended = getattr(error, "sqlite_errorcode", 0)
    primary = extended & 0xFF
    if extended in _SQLITE_RACES:
        return StoreConflict(_race(str(error)))
    if primary in _SQLITE_BUSY:
        return busy()
    if primary in _SQLITE_NO_CHANGES:
        return DatabaseDown(_CHANGES_REFUSED)
    if primary in _SQLITE_DOWN:
        return DatabaseDown(_DOWN)
    if str(error).startswith(("no such table", "no such column")):
        return SchemaOutdated()
    return None


def _translate_postgresql(error: BaseException, *, is_disconnect: bool) -> Exception | None:
    state = getattr(error, "sqlstate", None)
    if state in _POSTGRESQL_BUSY:
        return busy()
    if state in _POSTGRESQL_RACES:
        return StoreConflict(_race(str(error)))
    if state in _POSTGRESQL_NO_CHANGES:
        return DatabaseDown(_CHANGES_REFUSED)
    if state in _POSTGRESQL_NO_SUCH_TABLE:
        return SchemaOutdated()
    if is_disconnect or (state is None and _is_connection_error(error)):
        return DatabaseDown(_DOWN)
    if state is not None and state.startswith(_POSTGRESQL_DOWN_CLASSES):
        return DatabaseDown(_DOWN)
    return None


def _is_connection_error(error: BaseException) -> bool:
    # A connection that is refused or breaks carries no code of the server.
    return type(error).__module__.startswith("psycopg") and type(error).__name__ in {
        "OperationalError",
        "ConnectionTimeout",
        "InterfaceError",
    }


def _race(message: str) -> str:
    return next((meaning for name, meaning in _LOST_RACES.items() if name in message), _RACE)
