"""The state of a database's tables: which migration it has, and bringing it to the newest."""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from tmsba.store.sql.engine import build_engine, for_reading, for_writing, is_postgresql
from tmsba.store.sql.errors import SchemaOutdated

__all__ = ["SchemaOutdated", "check", "current_revision", "is_current", "newest_revision", "upgrade"]

#: Any number will do, as long as nobody else who shares the database uses it.
_UPGRADE_LOCK = 0x746D7362


def upgrade(database: str | Engine, revision: str = "head") -> None:
    """Bring the tables to a revision, the newest by default.

    Safe when several processes start it at once: one does it, the others wait and then find it done. It is
    all in one database transaction, so a failed upgrade leaves everything as it was.

    Args:
        database: A URL, or an engine from ``build_engine``.
        revision: A migration's id.
    """
    with _engine(database) as engine, for_writing(engine).begin() as connection:
        _lock(connection)
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def current_revision(database: str | Engine) -> str | None:
    """The migration that the tables have; ``None`` when there are none."""
    with _engine(database) as engine, for_reading(engine).connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str | None:
    """The newest migration that this version of tmsba brings."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def is_current(database: str | Engine) -> bool:
    """Whether the tables are those that this version of tmsba works with."""
    return current_revision(database) == newest_revision()


def check(database: str | Engine) -> None:
    """Make sure that the tables are current.

    Raises:
        SchemaOutdated: they are not.
    """
    if not is_current(database):
        raise SchemaOutdated


@contextmanager
def _engine(database: str | Engine) -> Iterator[Engine]:
    if isinstance(database, Engine):
        yield database
        return
    engine = build_engine(database)
    try:
        yield engine
    finally:
        engine.dispose()


def _lock(connection: Connection) -> None:
    # On SQLite the unit of work is IMMEDIATE already.
    if is_postgresql(connection):
        connection.execute(text("SET LOCAL lock_timeout = '10min'"))
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "tmsba.store:migrations")
    config.set_main_option("path_separator", "os")
    return config
