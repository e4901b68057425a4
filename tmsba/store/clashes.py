"""Which reservations of systems are in the way of wanted periods."""

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import CTE, ColumnElement, Connection, FromClause, Select, and_, bindparam, func, select

from tmsba.booking.ports import Clash
from tmsba.domain.times import Period
from tmsba.store.conference_rows import to_clash
from tmsba.store.row_sets import given_periods, materialized, wanted_periods
from tmsba.store.tables import conference as booked
from tmsba.store.tables import occurrence, system, system_reservation


def read_clashes(
    connection: Connection, system_ids: Iterable[int], periods: Sequence[Period], *, besides: Collection[int]
) -> Sequence[Clash]:
    """Reservations that overlap any of the periods, each once, in order of systems, then start.

    Args:
        connection: The unit of work's.
        system_ids: The systems that are wanted.
        periods: When they are wanted.
        besides: Conferences whose reservations do not count.
    """
    values = given_periods(connection, [period for period in periods if period.start < period.end])
    values |= {"system_ids": list(set(system_ids)), "besides": list(besides)}
    found = connection.execute(_query(connection.dialect.name), values)
    return [to_clash(row) for row in found.mappings()]


@lru_cache
def _query(kind: str) -> Select[Any]:
    asked = _asked(kind)
    held = _held(kind, asked)
    about = (
        booked.c.title,
        booked.c.privacy_flag,
        booked.c.owner_id,
        booked.c.created_by_id,
        booked.c.invitees,
    )
    return (
        select(held.c.system_id, held.c.occurrence_id, held.c.start_at, held.c.end_at, *about)
        .distinct()
        .select_from(asked.join(held, _is_in_way(held, asked)))
        .join(occurrence, occurrence.c.id == held.c.occurrence_id)
        .join(booked, booked.c.id == occurrence.c.conference_id)
        .where(held.c.occurrence_id.not_in(bindparam("besides", expanding=True)))
        .order_by(held.c.system_id, held.c.start_at)
    )


def _held(kind: str, asked: CTE) -> FromClause:
    """Reservations, looked up for one row of ``asked`` at a time."""
    if kind != "postgresql":
        return system_reservation
    # Expecting far more of them than there are, PostgreSQL would rather read the whole table; the OFFSET
    # keeps it from it.
    query = select(system_reservation).where(_is_in_way(system_reservation, asked)).offset(0)
    return query.correlate(asked).lateral("held")


def _is_in_way(held: FromClause, asked: CTE) -> ColumnElement[bool]:
    return and_(
        held.c.system_id == asked.c.system_id,
        held.c.end_at > asked.c.start_at,
        held.c.end_at <= asked.c.last_end,
        held.c.start_at < asked.c.end_at,
        held.c.start_at < held.c.end_at,
    )


def _asked(kind: str) -> CTE:
    """Each system with each period, and the end of the last reservation that can be in the way.

    Reservations of a system never overlap, so none that ends after the first one to reach the end of the
    period can begin before it. Without this bound all later reservations would be read.
    """
    wanted = wanted_periods(kind)
    later = system_reservation.alias("later")
    last_end = (
        select(later.c.end_at)
        .where(
            later.c.system_id == system.c.id,
            later.c.end_at >= wanted.c.end_at,
            later.c.start_at < later.c.end_at,
        )
        .order_by(later.c.end_at)
        .limit(1)
        .correlate(system, wanted)
        .scalar_subquery()
    )
    query = select(
        system.c.id.label("system_id"),
        wanted.c.start_at,
        wanted.c.end_at,
        func.coalesce(last_end, wanted.c.end_at).label("last_end"),
    ).select_from(wanted.join(system, system.c.id.in_(bindparam("system_ids", expanding=True))))
    return materialized(query.cte("asked"))
