"""Statements that both databases know, but SQLAlchemy only for each of them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, insert
from sqlalchemy.dialects import postgresql, sqlite

from tmsba.store.engine import is_postgresql

#: SQLite takes 32,766 values in one statement, PostgreSQL 65,535.
_VALUES_PER_STATEMENT = 30_000


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of the same shape with one statement (more only for many thousands).

    The driver's ``executemany`` would send them one by one, and its pipeline is loud about conflicts.
    """
    if not rows:
        return
    size = max(1, _VALUES_PER_STATEMENT // len(rows[0]))
    for first in range(0, len(rows), size):
        connection.execute(insert(table).values([dict(row) for row in rows[first : first + size]]))


def insert_if_new(connection: Connection, table: Table, row: Mapping[str, Any]) -> int | None:
    """Insert a row and give its id; ``None`` when something unique about it is taken.

    The unit of work goes on in either case, as it would not in PostgreSQL after an error.
    """
    statement = _insert(connection, table).values(dict(row)).on_conflict_do_nothing()
    new_id: int | None = connection.execute(statement.returning(table.c.id)).scalar_one_or_none()
    return new_id


def insert_or_update(
    connection: Connection,
    table: Table,
    row: Mapping[str, Any],
    *,
    key: Iterable[str],
    update: Mapping[str, Any] | None = None,
) -> None:
    """Insert a row, or change the one with the same key.

    Args:
        connection: Where.
        table: Its table.
        row: All of its columns.
        key: The columns that say which row it is.
        update: What to set on a row that is there; all but the key when left out.
    """
    key = list(key)
    changes = {name: value for name, value in row.items() if name not in key} if update is None else update
    statement = _insert(connection, table).values(dict(row))
    connection.execute(statement.on_conflict_do_update(index_elements=key, set_=dict(changes)))


def _insert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if is_postgresql(connection) else sqlite.insert(table)
