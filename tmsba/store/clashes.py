"""Which reservations of systems are in the way of wanted periods."""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import CTE, Connection, and_, func, select

from tmsba.booking.ports import Clash
from tmsba.domain.times import Period
from tmsba.store.conference_rows import to_clash
from tmsba.store.row_sets import materialized, wanted_periods
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
    asked = _asked(connection, set(system_ids), [period for period in periods if period.start < period.end])
    held = system_reservation.c
    is_in_way = and_(
        held.system_id == asked.c.system_id,
        held.end_at > asked.c.start_at,
        held.end_at <= asked.c.last_end,
        held.start_at < asked.c.end_at,
        held.start_at < held.end_at,
    )
    about = (booked.c.title, booked.c.privacy_flag, booked.c.owner_id)
    query = (
        select(held.system_id, held.occurrence_id, held.start_at, held.end_at, *about)
        .distinct()
        .select_from(asked)
        .join(system_reservation, is_in_way)
        .join(occurrence, occurrence.c.id == held.occurrence_id)
        .join(booked, booked.c.id == occurrence.c.conference_id)
        .where(held.occurrence_id.not_in(besides))
        .order_by(held.system_id, held.start_at)
    )
    return [to_clash(row) for row in connection.execute(query).mappings()]


def _asked(connection: Connection, system_ids: Collection[int], periods: Sequence[Period]) -> CTE:
    """Each system with each period, and the end of the last reservation that can be in the way.

    Reservations of a system never overlap, so none that ends after the first one to reach the end of the
    period can begin before it. Without this bound all later reservations would be read.
    """
    wanted = wanted_periods(connection, periods)
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
    ).select_from(wanted.join(system, system.c.id.in_(system_ids)))
    return materialized(query.cte("asked"))
