"""What bridges hold in wanted periods, as the routing engine wants to know it."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    RowMapping,
    ScalarSelect,
    Select,
    and_,
    exists,
    func,
    select,
    true,
)
from sqlalchemy.types import TypeEngine

from tmsba.domain.bridge import BridgeOccupancy, Space
from tmsba.domain.times import Period
from tmsba.store.column_types import UtcDateTime
from tmsba.store.row_sets import as_table, materialized, wanted_periods
from tmsba.store.rows import to_bridge
from tmsba.store.tables import bridge, space, space_reservation


def read_occupancies(
    connection: Connection, periods: Sequence[Period], *, besides: Collection[int]
) -> Sequence[Sequence[BridgeOccupancy]]:
    """For each of the periods every enabled bridge in order of ids, with one statement.

    Args:
        connection: The unit of work's.
        periods: When a space is wanted.
        besides: Conferences whose own reservations do not count.
    """
    wanted = wanted_periods(connection, periods)
    position, bridge_id = wanted.c.position, space.c.bridge_id
    holders = func.count().label("conferences")
    counted = (
        _held(wanted, besides, position, bridge_id, holders).group_by(position, bridge_id).cte("counted")
    )
    candidate = space.alias("candidate")
    is_free = _is_taken(candidate, wanted, besides).is_not(true())
    is_counted = and_(counted.c.position == position, counted.c.bridge_id == bridge.c.id)
    query = (
        _select_occupancy(counted)
        .add_columns(position)
        .select_from(
            wanted.join(bridge, bridge.c.is_enabled)
            .outerjoin(space, space.c.id == _lowest(candidate, is_free, wanted))
            .outerjoin(counted, is_counted)
        )
        .order_by(position, bridge.c.id)
    )
    seen: list[list[BridgeOccupancy]] = [[] for _ in periods]
    for row in connection.execute(query).mappings():
        seen[row["position"]].append(_to_occupancy(row))
    return seen


def read_common_occupancy(
    connection: Connection, periods: Sequence[Period], *, besides: Collection[int]
) -> Sequence[BridgeOccupancy]:
    """The same for all of the periods together, with one statement.

    The space is free in all of them; ``conferences`` counts those that overlap any of them.
    """
    wanted = wanted_periods(connection, periods)
    holders = func.count(space_reservation.c.occurrence_id.distinct()).label("conferences")
    counted = _held(wanted, besides, space.c.bridge_id, holders).group_by(space.c.bridge_id).cte("counted")
    candidate = space.alias("candidate")
    is_taken = exists().select_from(wanted).where(_is_taken(candidate, wanted, besides))
    query = (
        _select_occupancy(counted)
        .select_from(
            bridge.outerjoin(space, space.c.id == _lowest(candidate, ~is_taken)).outerjoin(
                counted, counted.c.bridge_id == bridge.c.id
            )
        )
        .where(bridge.c.is_enabled)
        .order_by(bridge.c.id)
    )
    return [_to_occupancy(row) for row in connection.execute(query).mappings()]


def are_free(
    connection: Connection, claims: Sequence[tuple[int, Period]], *, besides: Collection[int]
) -> list[bool]:
    """For each space and period whether nobody but ``besides`` holds it then, with one statement."""
    types: dict[str, TypeEngine[Any]] = {
        "position": Integer(),
        "space_id": Integer(),
        "start_at": UtcDateTime(),
        "end_at": UtcDateTime(),
    }
    rows = [
        {"position": position, "space_id": space_id, "start_at": period.start, "end_at": period.end}
        for position, (space_id, period) in enumerate(claims)
    ]
    given = as_table(connection, types, rows)
    claim = materialized(select(*given.c).cte("claim"))
    held = space_reservation.c
    is_in_way = and_(
        held.space_id == claim.c.space_id,
        held.end_at > claim.c.start_at,
        held.start_at < claim.c.end_at,
        held.start_at < held.end_at,
        held.occurrence_id.not_in(besides),
    )
    query = select(claim.c.position).distinct().select_from(claim.join(space_reservation, is_in_way))
    taken = set(connection.execute(query).scalars())
    return [position not in taken for position in range(len(claims))]


def _select_occupancy(counted: CTE) -> Select[Any]:
    return select(
        bridge,
        space.c.id.label("space_id"),
        space.c.number.label("space_number"),
        space.c.cospace_id,
        func.coalesce(counted.c.conferences, 0).label("conferences"),
    )


def _held(wanted: CTE, besides: Collection[int], *columns: ColumnElement[Any]) -> Select[Any]:
    """The reservations of spaces in wanted periods."""
    held = space_reservation.c
    is_in_way = and_(
        held.end_at > wanted.c.start_at,
        held.start_at < wanted.c.end_at,
        held.start_at < held.end_at,
        wanted.c.start_at < wanted.c.end_at,
    )
    return (
        select(*columns)
        .select_from(wanted.join(space_reservation, is_in_way).join(space, space.c.id == held.space_id))
        .where(held.occurrence_id.not_in(besides))
    )


def _is_taken(candidate: FromClause, wanted: CTE, besides: Collection[int]) -> ColumnElement[bool]:
    """Whether somebody holds a space in a wanted period; unknown counts as no.

    Reservations of a space never overlap, so of those that end after the period starts the first one alone
    decides.
    """
    held = space_reservation.alias("held")
    first_start = (
        select(held.c.start_at)
        .where(
            held.c.space_id == candidate.c.id,
            held.c.end_at > wanted.c.start_at,
            held.c.start_at < held.c.end_at,
            held.c.occurrence_id.not_in(besides),
        )
        .order_by(held.c.end_at)
        .limit(1)
        .correlate(candidate, wanted)
        .scalar_subquery()
    )
    return and_(wanted.c.start_at < wanted.c.end_at, wanted.c.end_at > first_start)


def _lowest(candidate: FromClause, condition: ColumnElement[bool], *outer: FromClause) -> ScalarSelect[Any]:
    """The space with the lowest number on a bridge for which the condition holds."""
    return (
        select(candidate.c.id)
        .where(candidate.c.bridge_id == bridge.c.id, condition)
        .order_by(candidate.c.number)
        .limit(1)
        .correlate(bridge, *outer)
        .scalar_subquery()
    )


def _to_occupancy(row: RowMapping) -> BridgeOccupancy:
    free_space = None
    if row["space_id"] is not None:
        free_space = Space(
            id=row["space_id"],
            bridge_id=row["id"],
            number=row["space_number"],
            cospace_id=row["cospace_id"],
        )
    return BridgeOccupancy(bridge=to_bridge(row), free_space=free_space, conferences=row["conferences"])
