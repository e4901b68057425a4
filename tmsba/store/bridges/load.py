"""How many participants bridges have in wanted periods."""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import CTE, ColumnElement, Connection, Select, bindparam, case, func, select, union_all

from tmsba.domain.time.times import Period
from tmsba.store.bridges.occupancy import HeldColumns, asked_spaces, held_spaces
from tmsba.store.sql.row_sets import given_periods, wanted_periods


def read_most_participants(
    connection: Connection,
    bridge_ids: Collection[int],
    periods: Sequence[Period],
    *,
    besides: Collection[int],
) -> Mapping[int, Sequence[int]]:
    """For each bridge and period the participants at its busiest moment, with one statement.

    Args:
        connection: The unit of work's.
        bridge_ids: The bridges.
        periods: When somebody wants to join them.
        besides: Conferences whose participants do not count.
    """
    most = {bridge_id: [0] * len(periods) for bridge_id in bridge_ids}
    values = given_periods(connection, periods) | {"bridge_ids": list(bridge_ids), "besides": list(besides)}
    for row in connection.execute(_query(connection.dialect.name), values):
        most[row.bridge_id][row.position] = row.most
    return most


@lru_cache
def _query(kind: str) -> Select[Any]:
    changes = _changes(kind, asked_spaces(wanted_periods(kind)))
    # At one moment those who leave go first: periods are half-open.
    present = func.sum(changes.c.change).over(
        partition_by=(changes.c.position, changes.c.bridge_id),
        order_by=(changes.c.at, changes.c.change),
        rows=(None, 0),
    )
    counted = select(changes.c.position, changes.c.bridge_id, present.label("present")).subquery("counted")
    most = func.max(counted.c.present).label("most")
    key = (counted.c.position, counted.c.bridge_id)
    return select(*key, most).group_by(*key)


def _changes(kind: str, asked: CTE) -> CTE:
    """When how many come and leave; who comes before the period is there from its start on."""

    def columns(held: HeldColumns) -> list[ColumnElement[Any]]:
        begin = case((held.start_at < asked.c.start_at, asked.c.start_at), else_=held.start_at)
        about = (held.end_at, held.participants)
        return [asked.c.position, asked.c.bridge_id, begin.label("start_at"), *about]

    is_meant = asked.c.bridge_id.in_(bindparam("bridge_ids", expanding=True))
    found = held_spaces(kind, asked, columns).where(is_meant).cte("found")
    key = (found.c.position, found.c.bridge_id)
    coming = select(*key, found.c.start_at.label("at"), found.c.participants.label("change"))
    leaving = select(*key, found.c.end_at, -found.c.participants)
    return union_all(coming, leaving).cte("changes")
