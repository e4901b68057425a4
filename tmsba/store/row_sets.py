"""Rows that travel to the database as one parameter, however many there are.

A list of values would have one parameter for each value: databases limit their number, and the text of the
statement would change with it. JSON is one parameter, and both databases can read it as a table.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Table,
    Text,
    bindparam,
    cast,
    column,
    func,
    select,
    text,
    type_coerce,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

from tmsba.domain.times import Period
from tmsba.store.column_types import UtcDateTime
from tmsba.store.engine import is_postgresql

Row = Mapping[str, Any]
_Types = Mapping[str, TypeEngine[Any]]


def rows_of(connection: Connection, table: Table, rows: Sequence[Row], name: str = "given") -> FromClause:
    """Rows with columns of a table; all have the same ones, and there is at least one row."""
    return as_table(connection, {key: table.c[key].type for key in rows[0]}, rows, name)


def as_table(connection: Connection, types: _Types, rows: Iterable[Row], name: str = "given") -> FromClause:
    """Rows as a table that a statement can read.

    Args:
        connection: Where the statement will run.
        types: The columns.
        rows: Their values.
        name: What the statement calls the table.
    """
    values = bindparam(None, _to_json(connection, types, rows), Text)
    if is_postgresql(connection):
        return (
            func.json_to_recordset(cast(values, postgresql.JSON))
            .table_valued(*(column(key, kind) for key, kind in types.items()), name=name)
            .render_derived(name=name, with_types=True)
        )
    each = func.json_each(values).table_valued("value", name="each")
    columns = [_extracted(each.c.value, key, kind) for key, kind in types.items()]
    return select(*columns).subquery(name)


def wanted_periods(connection: Connection, periods: Sequence[Period]) -> CTE:
    """Periods as a table: ``position`` (from 0), ``start_at`` and ``end_at``."""
    types: _Types = {"position": Integer(), "start_at": UtcDateTime(), "end_at": UtcDateTime()}
    rows = [
        {"position": position, "start_at": period.start, "end_at": period.end}
        for position, period in enumerate(periods)
    ]
    return materialized(select(as_table(connection, types, rows)).cte("wanted"))


def materialized(cte: CTE) -> CTE:
    """Worked out once, not again for each row that is compared with it."""
    return cte.prefix_with("MATERIALIZED")


def _extracted(value: ColumnElement[Any], key: str, kind: TypeEngine[Any]) -> ColumnElement[Any]:
    return type_coerce(func.json_extract(value, text(f"'$.{key}'")), kind).label(key)


def _to_json(connection: Connection, types: _Types, rows: Iterable[Row]) -> str:
    dialect = connection.dialect
    processors = {
        key: processor
        for key, kind in types.items()
        if (processor := kind.dialect_impl(dialect).bind_processor(dialect)) is not None
    }
    ready = [
        {key: processors[key](row[key]) if key in processors else row[key] for key in types} for row in rows
    ]
    return json.dumps(ready, ensure_ascii=False, separators=(",", ":"), default=datetime.isoformat)
