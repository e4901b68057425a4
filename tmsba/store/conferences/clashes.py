"""Which reservations of systems are in the way of wanted periods."""

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import CTE, Connection, Select, bindparam, select

from tmsba.domain.time.times import Period
from tmsba.ports.conferences import Clash
from tmsba.store.conferences.in_way import held_by, is_in_way, last_end
from tmsba.store.conferences.rows import to_clash
from tmsba.store.sql.row_sets import given_periods, materialized, wanted_periods
from tmsba.store.tables.tables import conference as booked
from tmsba.store.tables.tables import occurrence, system, system_reservation


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
    held = held_by(kind, system_reservation, "system_id", asked)
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
        .select_from(asked.join(held, is_in_way(held, "system_id", asked)))
        .join(occurrence, occurrence.c.id == held.c.occurrence_id)
        .join(booked, booked.c.id == occurrence.c.conference_id)
        .where(held.c.occurrence_id.not_in(bindparam("besides", expanding=True)))
        .order_by(held.c.system_id, held.c.start_at)
    )


def _asked(kind: str) -> CTE:
    """Each system with each period, and the end of the last reservation that can be in the way."""
    wanted = wanted_periods(kind)
    query = select(
        system.c.id.label("system_id"),
        wanted.c.start_at,
        wanted.c.end_at,
        last_end(system_reservation, "system_id", system, wanted).label("last_end"),
    ).select_from(wanted.join(system, system.c.id.in_(bindparam("system_ids", expanding=True))))
    return materialized(query.cte("asked"))
