"""The numbered spaces of a bridge: which there are, which are needed, and the bridge's own ids of them.

A space that is no longer in the range of its bridge is retired: no new booking gets it, and it stays as long
as a booking has it. Its row stays for good, because bookings of the past name it.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, exists, or_, select, update

from tmsba.domain.bridge.bridge import Space, SpaceState
from tmsba.domain.routing.room import Hold
from tmsba.domain.time.times import Period
from tmsba.store.sql.rows import to_space
from tmsba.store.sql.statements import insert_rows, update_rows
from tmsba.store.tables.tables import (
    IS_RETIRED_ROOM,
    bridge,
    live_conference,
    occurrence,
    space,
    space_reservation,
)


def set_numbers(connection: Connection, bridge_id: int, numbers: Collection[int]) -> None:
    """Make these the numbers of a bridge: retire the spaces of others, and add what is missing."""
    query = select(space.c.id, space.c.number, space.c.is_retired).where(space.c.bridge_id == bridge_id)
    known = connection.execute(query).all()
    changes = [
        {"id": row.id, "is_retired": row.number not in numbers}
        for row in known
        if row.is_retired is (row.number in numbers)
    ]
    update_rows(connection, space, changes)
    missing = sorted(set(numbers) - {row.number for row in known})
    insert_rows(connection, space, [{"bridge_id": bridge_id, "number": number} for number in missing])


def numbers_in_use(connection: Connection, bridge_id: int, now: datetime) -> frozenset[int]:
    """Numbers that bookings to come can get, and those that a booking has that is not over."""
    query = select(space.c.number).where(
        space.c.bridge_id == bridge_id, or_(~space.c.is_retired, _is_booked(now))
    )
    return frozenset(connection.execute(query).scalars())


def has_surplus(now: datetime) -> ColumnElement[bool]:
    """Whether a row of ``bridge`` still has the room of a number that nobody needs."""
    return exists().where(space.c.bridge_id == bridge.c.id, IS_RETIRED_ROOM, ~_is_booked(now))


def read_cospace_ids(connection: Connection, bridge_id: int) -> dict[int, str]:
    """Number to the bridge's own id of the room, for those that have one."""
    query = select(space.c.number, space.c.cospace_id).where(
        space.c.bridge_id == bridge_id, space.c.cospace_id.is_not(None)
    )
    return {row.number: row.cospace_id for row in connection.execute(query.order_by(space.c.number))}


def read_spaces(connection: Connection, bridge_id: int) -> list[Space]:
    """All spaces of a bridge, by number, retired ones too."""
    query = select(space).where(space.c.bridge_id == bridge_id).order_by(space.c.number)
    return [to_space(row) for row in connection.execute(query).mappings()]


def read_numbered(connection: Connection, numbers: Collection[int]) -> list[Space]:
    """The spaces with these numbers on all bridges that bookings to come can get."""
    is_offered = (~space.c.is_retired, space.c.state == SpaceState.READY)
    query = select(space).where(space.c.number.in_(set(numbers)), *is_offered)
    rows = connection.execute(query.order_by(space.c.bridge_id, space.c.number)).mappings()
    return [to_space(row) for row in rows]


def read_holders(connection: Connection, bridge_id: int, period: Period) -> dict[int, list[int]]:
    """The conferences that hold a space of the bridge at some time of the period, by the space's id."""
    held = space_reservation.c
    query = (
        select(held.space_id, held.occurrence_id)
        .join(space, space.c.id == held.space_id)
        .where(
            space.c.bridge_id == bridge_id,
            held.end_at > period.start,
            held.start_at < period.end,
            held.start_at < held.end_at,
        )
        .order_by(held.space_id, held.start_at)
    )
    holders: dict[int, list[int]] = {}
    for row in connection.execute(query):
        holders.setdefault(row.space_id, []).append(row.occurrence_id)
    return holders


def read_holds(
    connection: Connection, bridge_ids: Collection[int], now: datetime, *, until: datetime | None
) -> dict[int, list[Hold]]:
    """Who holds a number of these bridges and is not over, by bridge, then start, then id.

    Args:
        connection: The unit of work's.
        bridge_ids: The bridges.
        now: The present, aware.
        until: Only those that start by then, inclusive; ``None`` for all.
    """
    held = space_reservation.c
    query = (
        select(space.c.bridge_id, occurrence.c.series_id, space_reservation)
        .select_from(space.join(space_reservation, held.space_id == space.c.id))
        .join(occurrence, occurrence.c.id == held.occurrence_id)
        .where(space.c.bridge_id.in_(bridge_ids), held.end_at > now, held.start_at < held.end_at)
        .order_by(held.start_at, held.occurrence_id)
    )
    if until is not None:
        query = query.where(held.start_at <= until)
    holds: dict[int, list[Hold]] = {}
    for row in connection.execute(query):
        period = Period(row.start_at, row.end_at)
        hold = Hold(
            conference_id=row.occurrence_id,
            series_id=row.series_id,
            period=period,
            participants=row.participants,
        )
        holds.setdefault(row.bridge_id, []).append(hold)
    return holds


def set_cospace_ids(connection: Connection, bridge_id: int, wanted: Mapping[int, str]) -> None:
    """Remember the bridge's own ids of all its rooms, and forget others."""
    stored = read_cospace_ids(connection, bridge_id)
    changes: list[dict[str, Any]] = [
        {"its_number": number, "its_cospace": wanted.get(number)}
        for number in sorted(stored.keys() | wanted.keys())
        if stored.get(number) != wanted.get(number)
    ]
    if changes:
        is_it = (space.c.bridge_id == bridge_id, space.c.number == bindparam("its_number"))
        values = {"cospace_id": bindparam("its_cospace"), "state": SpaceState.READY}
        connection.execute(update(space).where(*is_it).values(values), changes)


def _is_booked(now: datetime) -> ColumnElement[bool]:
    """Whether a reservation of the space is not over, or a conference has not left the room yet."""
    reserved = exists().where(space_reservation.c.space_id == space.c.id, space_reservation.c.end_at > now)
    live = exists().where(live_conference.c.space_id == space.c.id, live_conference.c.closed_at.is_(None))
    return or_(reserved, live)
