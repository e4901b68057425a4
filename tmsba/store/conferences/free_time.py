"""When systems are free together next, found by the database among any number of reservations."""

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Interval,
    Select,
    bindparam,
    cast,
    func,
    or_,
    select,
    type_coerce,
    union_all,
)

from tmsba.domain.time.times import Period
from tmsba.store.sql.column_types import UtcDateTime
from tmsba.store.tables.tables import system_reservation

#: How far ahead is looked at first, and how many times as far next: most gaps are near.
_FIRST_LOOK = timedelta(days=7)
_FARTHER = 4


def next_free(
    connection: Connection,
    system_ids: Collection[int],
    wanted: Period,
    *,
    until: datetime,
    besides: Collection[int],
) -> datetime | None:
    """The first start, from that of the wanted period on, from which all these systems are free as long.

    Args:
        connection: The unit of work's.
        system_ids: The systems.
        wanted: When they are wanted.
        until: The latest start that is of use.
        besides: Conferences whose reservations do not count.

    Returns:
        The start, aware; ``None`` when there is none up to ``until``.
    """
    values = {
        "system_ids": list(system_ids),
        "besides": list(besides),
        "begin": wanted.start,
        "lasting": _lasting(connection, wanted.duration),
    }
    look, query = _FIRST_LOOK, _query(connection.dialect.name)
    while True:
        horizon = min(wanted.start + look, until) if look < until - wanted.start else until
        behind = {"behind": _later(horizon, wanted.duration)}
        found: datetime | None = connection.execute(query, values | behind).scalar_one()
        if found is not None and found <= horizon:
            return found
        if horizon == until:
            return None
        look *= _FARTHER


def _later(moment: datetime, by: timedelta) -> datetime:
    """The moment so much later, or the last one that there is."""
    latest = datetime.max.replace(tzinfo=moment.tzinfo)
    return moment + by if by < latest - moment else latest


def _lasting(connection: Connection, duration: timedelta) -> Any:
    return duration if connection.dialect.name == "postgresql" else duration // timedelta(microseconds=1)


@lru_cache
def _query(kind: str) -> Select[Any]:
    """The first moment at which nothing is held for long enough.

    Beside the reservations that begin before ``behind`` the beginning itself is held, for no time. In the
    order of their starts each is followed by a gap, if the next one begins later than all so far end.
    """
    held = system_reservation.c
    begin = type_coerce(bindparam("begin", type_=UtcDateTime), UtcDateTime)
    reserved = select(held.start_at, held.end_at).where(
        held.system_id.in_(bindparam("system_ids", expanding=True)),
        held.occurrence_id.not_in(bindparam("besides", expanding=True)),
        held.end_at > bindparam("begin", type_=UtcDateTime),
        held.start_at < bindparam("behind", type_=UtcDateTime),
        held.start_at < held.end_at,
    )
    busy = union_all(reserved, select(begin.label("start_at"), begin.label("end_at"))).subquery("busy")
    order = (busy.c.start_at, busy.c.end_at)
    gap = select(
        func.max(busy.c.end_at).over(order_by=order, rows=(None, 0)).label("start_at"),
        func.lead(busy.c.start_at).over(order_by=order).label("end_at"),
    ).subquery("gap")
    return select(func.min(gap.c.start_at)).where(
        or_(gap.c.end_at.is_(None), _is_long_enough(kind, gap.c.start_at, gap.c.end_at))
    )


def _is_long_enough(kind: str, start: ColumnElement[Any], end: ColumnElement[Any]) -> ColumnElement[bool]:
    if kind == "postgresql":
        return type_coerce(end.op("-")(start), Interval) >= bindparam("lasting", type_=Interval)
    return _microseconds(end) - _microseconds(start) >= bindparam("lasting", type_=Integer)


def _microseconds(moment: ColumnElement[Any]) -> ColumnElement[int]:
    """An instant of SQLite, which is text, as a number."""
    seconds = cast(func.strftime("%s", func.substr(moment, 1, 19)), Integer)
    return seconds * 1_000_000 + cast(func.substr(moment, 21, 6), Integer)
