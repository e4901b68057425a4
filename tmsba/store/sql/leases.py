"""Rows that workers lease: due at a time, held by one of them until another."""

from datetime import datetime

from sqlalchemy import CTE, ColumnElement, Table, or_, select


def due_and_free(table: Table, now: datetime, limit: int, *conditions: ColumnElement[bool]) -> CTE:
    """The ids of the rows that are due longest and that nobody holds; each is locked for the statement.

    Args:
        table: Has ``id``, ``due_at`` and ``lease_until``.
        now: What is due later is left out.
        limit: How many.
        conditions: What else must hold.
    """
    is_free = or_(table.c.lease_until.is_(None), table.c.lease_until <= now)
    # Apart in a WITH: inside the condition PostgreSQL may run it again, and lock more than the limit.
    # SQLite ignores the locking and does not need it, having one writer.
    return (
        select(table.c.id)
        .where(table.c.due_at <= now, is_free, *conditions)
        .order_by(table.c.due_at, table.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
