"""Reservations that are in the way of wanted periods, of systems and of spaces alike.

Reservations of one holder never overlap, so none that ends after the first one to reach the end of a period
can begin before it. Without this bound all later reservations would be read.
"""

from sqlalchemy import CTE, ColumnElement, FromClause, Table, and_, func, select


def last_end(reservation: Table, key: str, holder: Table, wanted: CTE) -> ColumnElement[object]:
    """The end of the last reservation of a holder that can be in the way of a wanted period.

    Args:
        reservation: The table of reservations.
        key: Its column that names the holder.
        holder: Systems or spaces.
        wanted: The periods.
    """
    later = reservation.alias("later")
    first_behind = (
        select(later.c.end_at)
        .where(
            later.c[key] == holder.c.id,
            later.c.end_at >= wanted.c.end_at,
            later.c.start_at < later.c.end_at,
        )
        .order_by(later.c.end_at)
        .limit(1)
        .correlate(holder, wanted)
        .scalar_subquery()
    )
    return func.coalesce(first_behind, wanted.c.end_at)


def held_by(kind: str, reservation: Table, key: str, asked: CTE) -> FromClause:
    """Reservations, looked up for one row of ``asked`` at a time; join them by ``is_in_way``.

    Args:
        kind: The dialect's name.
        reservation: The table of reservations.
        key: Its column, and that of ``asked``, that names the holder.
        asked: Holders with ``start_at``, ``end_at`` and ``last_end``.
    """
    if kind != "postgresql":
        return reservation
    # Expecting far more of them than there are, PostgreSQL would rather read the whole table; the OFFSET
    # keeps it from it.
    query = select(reservation).where(is_in_way(reservation, key, asked)).offset(0)
    return query.correlate(asked).lateral("held")


def is_in_way(held: FromClause, key: str, asked: CTE) -> ColumnElement[bool]:
    """Whether a reservation overlaps what is asked for; an empty one overlaps nothing."""
    return and_(
        held.c[key] == asked.c[key],
        held.c.end_at > asked.c.start_at,
        held.c.end_at <= asked.c.last_end,
        held.c.start_at < asked.c.end_at,
        held.c.start_at < held.c.end_at,
    )
