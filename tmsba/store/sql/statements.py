"""Statements that both databases know, but SQLAlchemy only for each of them, and those for many rows."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Connection,
    Insert,
    Table,
    Update,
    bindparam,
    insert,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from tmsba.store.sql.engine import is_postgresql
from tmsba.store.sql.row_sets import given, given_table, types_of

_DRAW_IN_POSTGRESQL = "SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :count)"
_LAST_IN_SQLITE = "SELECT seq FROM sqlite_sequence WHERE name = :table"


def insert_rows(
    connection: Connection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    order_by: Sequence[str] = (),
) -> None:
    """Insert rows of the same shape with one statement.

    The driver's ``executemany`` would send them one by one, and its pipeline is loud about conflicts.

    Args:
        connection: Where.
        table: Their table.
        rows: Their values.
        order_by: The columns that say in which order they are inserted.
    """
    if not rows:
        return
    columns = tuple(rows[0])
    statement = _insertion(connection.dialect.name, table, columns, tuple(order_by))
    connection.execute(statement, given(connection, types_of(table, columns), rows))


def update_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Change rows by their ``id`` with one statement; all set the same columns."""
    if not rows:
        return
    columns = tuple(rows[0])
    statement = _change(connection.dialect.name, table, columns)
    connection.execute(statement, given(connection, types_of(table, columns), rows))


def insert_or_update_rows(
    connection: Connection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    key: Sequence[str],
    counter: str | None = None,
) -> None:
    """Insert rows with one statement, or change those that are there.

    Args:
        connection: Where.
        table: Their table.
        rows: All of their columns; no two with the same key.
        key: The columns that say which row it is.
        counter: The column that counts up when a row is there, if there is one.
    """
    if not rows:
        return
    columns = tuple(rows[0])
    statement = _upsertion(connection.dialect.name, table, columns, tuple(key), counter)
    connection.execute(statement, given(connection, types_of(table, columns), rows))


@lru_cache
def _insertion(kind: str, table: Table, columns: tuple[str, ...], order_by: tuple[str, ...]) -> Insert:
    new = given_table(kind, types_of(table, columns))
    query = select(new).order_by(*(new.c[name] for name in order_by))
    return insert(table).from_select(list(columns), query)


@lru_cache
def _change(kind: str, table: Table, columns: tuple[str, ...]) -> Update:
    new = given_table(kind, types_of(table, columns))
    values = {name: new.c[name] for name in columns if name != "id"}
    return update(table).where(table.c.id == new.c.id).values(values)


@lru_cache
def _upsertion(
    kind: str, table: Table, columns: tuple[str, ...], key: tuple[str, ...], counter: str | None
) -> Insert:
    new = given_table(kind, types_of(table, columns))
    # Without a condition SQLite would take the ON of ON CONFLICT for that of a join.
    query = select(new).where(true()).order_by(*(new.c[name] for name in key))
    statement = (postgresql.insert if kind == "postgresql" else sqlite.insert)(table)
    changes: dict[str, Any] = {name: statement.excluded[name] for name in columns if name not in key}
    if counter is not None:
        changes[counter] = table.c[counter] + 1
    return statement.from_select(list(columns), query).on_conflict_do_update(
        index_elements=list(key), set_=changes
    )


def draw_ids(connection: Connection, table: Table, count: int) -> list[int]:
    """Ids for rows to be inserted, in ascending order.

    Drawn before the rows are written: neither database says which row of a statement gets which id.
    """
    if not count:
        return []
    if is_postgresql(connection):
        values = {"table": table.name, "count": count}
        return sorted(connection.execute(text(_DRAW_IN_POSTGRESQL), values).scalars())
    # Nobody else draws one before this unit of work ends.
    last: int = connection.execute(text(_LAST_IN_SQLITE), {"table": table.name}).scalar_one_or_none() or 0
    return list(range(last + 1, last + 1 + count))


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
    if update is None:
        connection.execute(_replacement(connection.dialect.name, table, tuple(row), tuple(key)), dict(row))
        return
    statement = _insert(connection, table).values(dict(row))
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=dict(update)))


@lru_cache
def _replacement(kind: str, table: Table, columns: tuple[str, ...], key: tuple[str, ...]) -> Insert:
    statement = (postgresql.insert if kind == "postgresql" else sqlite.insert)(table)
    statement = statement.values({name: bindparam(name) for name in columns})
    changes = {name: statement.excluded[name] for name in columns if name not in key}
    return statement.on_conflict_do_update(index_elements=list(key), set_=changes)


def _insert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if is_postgresql(connection) else sqlite.insert(table)
