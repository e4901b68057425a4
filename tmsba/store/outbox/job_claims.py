"""Which due jobs a worker gets: the oldest, but no more of each bridge than it has hands for."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    Text,
    Update,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
    update,
)

from tmsba.store.sql.column_types import UtcDateTime
from tmsba.store.sql.row_sets import given, given_table, materialized
from tmsba.store.tables.tables import bridge, outbox

_BUSY = {"bridge_id": Integer(), "jobs": Integer()}


def claim_jobs(
    connection: Connection,
    owner: str,
    now: datetime,
    until: datetime,
    limit: int,
    per_bridge: int,
    busy: Mapping[int, int],
) -> Sequence[Row[Any]]:
    """Lease due jobs and give their rows, with one statement.

    Args:
        connection: Of a unit of work that writes.
        owner: Who gets them.
        now: What is due later is left out.
        until: How long they are leased.
        limit: How many at most.
        per_bridge: How many of each bridge ``owner`` may have.
        busy: How many of each it has.
    """
    values = {"owner": owner, "now": now, "until": until, "limit": limit, "per_bridge": per_bridge}
    rows = [{"bridge_id": bridge_id, "jobs": jobs} for bridge_id, jobs in busy.items()]
    statement = _claim(connection.dialect.name)
    return connection.execute(statement, values | given(connection, _BUSY, rows)).all()


@lru_cache
def _claim(kind: str) -> Update:
    room = _room(kind)
    due = (_due_in_postgresql if kind == "postgresql" else _due_in_sqlite)(room)
    # Apart in a WITH: inside the condition PostgreSQL may run it again, and lock more than the limit.
    return (
        update(outbox)
        .where(outbox.c.id.in_(select(due.cte("due").c.id)))
        .values(
            lease_owner=bindparam("owner", type_=Text),
            lease_until=bindparam("until", type_=UtcDateTime),
            attempts=outbox.c.attempts + 1,
        )
        .returning(outbox)
    )


def _room(kind: str) -> CTE:
    """How many more jobs of each bridge, and of none, the worker can do."""
    busy = given_table(kind, _BUSY)
    ids = union_all(select(bridge.c.id.label("id")), select(literal(0, Integer))).subquery("ids")
    left = bindparam("per_bridge", type_=Integer) - func.coalesce(busy.c.jobs, 0)
    query = select(ids.c.id, case((left > 0, left), else_=0).label("left")).select_from(
        ids.outerjoin(busy, busy.c.bridge_id == ids.c.id)
    )
    return materialized(query.cte("room"))


def _due_in_postgresql(room: CTE) -> Select[Any]:
    """The first rows of each bridge by its part of the index; what somebody else is claiming is passed by."""
    first = (
        select(outbox.c.id, outbox.c.due_at)
        .where(outbox.c.bridge_id == room.c.id, *_is_due())
        .order_by(outbox.c.due_at, outbox.c.id)
        .limit(room.c.left)
        .with_for_update(skip_locked=True)
        .lateral("first")
    )
    return (
        select(first.c.id)
        .select_from(room.join(first, true()))
        .order_by(first.c.due_at, first.c.id)
        .limit(bindparam("limit", type_=Integer))
    )


def _due_in_sqlite(room: CTE) -> Select[Any]:
    """The same without LATERAL, for one writer alone."""
    place = func.row_number().over(partition_by=outbox.c.bridge_id, order_by=(outbox.c.due_at, outbox.c.id))
    numbered = (
        select(outbox.c.id, outbox.c.due_at, place.label("place"), room.c.left)
        .select_from(room.join(outbox, outbox.c.bridge_id == room.c.id))
        .where(room.c.left > 0, *_is_due())
        .subquery("numbered")
    )
    return (
        select(numbered.c.id)
        .where(numbered.c.place <= numbered.c.left)
        .order_by(numbered.c.due_at, numbered.c.id)
        .limit(bindparam("limit", type_=Integer))
    )


def _is_due() -> tuple[ColumnElement[bool], ...]:
    now = bindparam("now", type_=UtcDateTime)
    return (
        outbox.c.done_at.is_(None),
        outbox.c.due_at.is_not(None),
        outbox.c.due_at <= now,
        or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= now),
    )
