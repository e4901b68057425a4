"""What several modules need to turn rows into domain values and periods into conditions."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Table, and_, false, or_

from tmsba.domain.bridge.bridge import Bridge, Space
from tmsba.domain.time.times import Period

_LARGEST_ID = 2**31 - 1
BRIDGE_FIELDS = tuple(field.name for field in fields(Bridge))


def to_bridge(row: RowMapping) -> Bridge:
    """A row of ``bridge``."""
    values: dict[str, Any] = {name: row[name] for name in BRIDGE_FIELDS}
    return Bridge(**values)


def to_space(row: RowMapping) -> Space:
    """A row of ``space``."""
    return Space(
        id=row["id"],
        bridge_id=row["bridge_id"],
        number=row["number"],
        cospace_id=row["cospace_id"],
        state=row["state"],
    )


def possible_ids(ids: Iterable[int]) -> set[int]:
    """Those that a row can have: the wire takes larger numbers than PostgreSQL's integer columns."""
    return {number for number in ids if 0 < number <= _LARGEST_ID}


def is_in_or_overlaps(table: Table, period: Period) -> ColumnElement[bool]:
    """The same as ``Period.is_in_or_overlaps``, asked of the rows of a table with a start and an end."""
    if period.start == period.end:
        return false()
    start, end = table.c.start_at, table.c.end_at
    return and_(end >= period.start, start < period.end, or_(end > period.start, start == end))
