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
    JSON,
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

from tmsba.domain.time.times import Period
from tmsba.store.sql.column_types import UtcDateTime

Row = Mapping[str, Any]
Types = Mapping[str, TypeEngine[Any]]


#: The parameter that brings the rows. The text of a statement never changes with them, so each is put
#: together once and kept: that takes longer than to run it.
PARAMETER = "given_rows"

_PERIOD: Types = {"position": Integer(), "start_at": UtcDateTime(), "end_at": UtcDateTime()}


def types_of(table: Table, columns: Iterable[str]) -> Types:
    """The types of some columns of a table."""
    return {name: table.c[name].type for name in columns}


def given_table(kind: str, types: Types) -> FromClause:
    """The rows of the parameter as a table that a statement can read.

    Args:
        kind: The dialect's name.
        types: The columns.
    """
    values = bindparam(PARAMETER, type_=Text)
    if kind == "postgresql":
        return (
            func.json_to_recordset(cast(values, postgresql.JSON))
            .table_valued(*(column(key, type_) for key, type_ in types.items()), name="given")
            .render_derived(name="given", with_types=True)
        )
    each = func.json_each(values).table_valued("value", name="each")
    columns = enumerate(types.items())
    return select(*(_extracted(each.c.value, at, key, type_) for at, (key, type_) in columns)).subquery(
        "given"
    )


def given(connection: Connection, types: Types, rows: Iterable[Row]) -> dict[str, Any]:
    """The parameter for ``given_table``, to run a statement with.

    PostgreSQL reads objects; SQLite, which looks into each row once for every column, finds its way in
    lists faster.

    Args:
        connection: Where.
        types: The same columns in the same order.
        rows: Their values.
    """
    dialect = connection.dialect
    ready = [[row[key] for key in types] for row in rows]
    for place, kind in enumerate(types.values()):
        process = kind.dialect_impl(dialect).bind_processor(dialect)
        # A JSON column of PostgreSQL takes its part of the document as it is.
        is_part = dialect.name == "postgresql" and isinstance(kind, JSON)
        if process is not None and not is_part:
            for values in ready:
                if values[place] is not None:
                    values[place] = process(values[place])
    shaped = (
        ready if dialect.name == "sqlite" else [dict(zip(types, values, strict=True)) for values in ready]
    )
    as_json = json.dumps(shaped, ensure_ascii=False, separators=(",", ":"), default=datetime.isoformat)
    return {PARAMETER: as_json}


def wanted_periods(kind: str) -> CTE:
    """The periods of the parameter as a table: ``position`` (from 0), ``start_at`` and ``end_at``."""
    return materialized(select(given_table(kind, _PERIOD)).cte("wanted"))


def given_periods(connection: Connection, periods: Sequence[Period]) -> dict[str, Any]:
    """The parameter for ``wanted_periods``."""
    rows = [
        {"position": position, "start_at": period.start, "end_at": period.end}
        for position, period in enumerate(periods)
    ]
    return given(connection, _PERIOD, rows)


def materialized(cte: CTE) -> CTE:
    """Worked out once, not again for each row that is compared with it."""
    return cte.prefix_with("MATERIALIZED")


def _extracted(value: ColumnElement[Any], at: int, key: str, type_: TypeEngine[Any]) -> ColumnElement[Any]:
    return type_coerce(func.json_extract(value, text(f"'$[{at}]'")), type_).label(key)
