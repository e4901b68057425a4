"""What bridges hold in wanted periods, as the routing engine wants to know it."""

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
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
    bindparam,
    exists,
    false,
    func,
    select,
    true,
)
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from tmsba.domain.bridge.bridge import BridgeOccupancy, Space, SpaceState
from tmsba.domain.time.times import Period
from tmsba.store.conferences.in_way import held_by, is_in_way, last_end
from tmsba.store.sql.column_types import UtcDateTime
from tmsba.store.sql.row_sets import Types, given, given_periods, given_table, materialized, wanted_periods
from tmsba.store.sql.rows import to_bridge
from tmsba.store.tables.tables import bridge, bridge_health, space, space_reservation

#: The columns of a reservation.
HeldColumns = ReadOnlyColumnCollection[str, Any]

_CLAIM: Types = {
    "position": Integer(),
    "space_id": Integer(),
    "start_at": UtcDateTime(),
    "end_at": UtcDateTime(),
}


def read_occupancies(
    connection: Connection, periods: Sequence[Period], *, besides: Collection[int]
) -> Sequence[Sequence[BridgeOccupancy]]:
    """For each of the periods every bridge in order of ids, with one statement.

    Args:
        connection: The unit of work's.
        periods: When a space is wanted.
        besides: Conferences whose own reservations do not count.
    """
    seen: list[list[BridgeOccupancy]] = [[] for _ in periods]
    values = given_periods(connection, periods) | {"besides": list(besides)}
    for row in connection.execute(_each(connection.dialect.name), values).mappings():
        seen[row["position"]].append(_to_occupancy(row))
    return seen


def read_common_occupancy(
    connection: Connection, periods: Sequence[Period], *, besides: Collection[int]
) -> Sequence[BridgeOccupancy]:
    """The same for all of the periods together, with one statement.

    The space is free in all of them; ``conferences`` counts those that overlap any of them.
    """
    values = given_periods(connection, periods) | {"besides": list(besides)}
    found = connection.execute(_common(connection.dialect.name), values)
    return [_to_occupancy(row) for row in found.mappings()]


def are_free(
    connection: Connection, claims: Sequence[tuple[int, Period]], *, besides: Collection[int]
) -> list[bool]:
    """For each space and period whether nobody but ``besides`` holds it then, with one statement."""
    rows = [
        {"position": position, "space_id": space_id, "start_at": period.start, "end_at": period.end}
        for position, (space_id, period) in enumerate(claims)
    ]
    values = given(connection, _CLAIM, rows) | {"besides": list(besides)}
    taken = set(connection.execute(_claims_taken(connection.dialect.name), values).scalars())
    return [position not in taken for position in range(len(claims))]


@lru_cache
def _claims_taken(kind: str) -> Select[Any]:
    """The positions of claims that somebody is in the way of."""
    claim = materialized(select(given_table(kind, _CLAIM)).cte("claim"))
    held = space_reservation.c
    is_taken = and_(
        held.space_id == claim.c.space_id,
        held.end_at > claim.c.start_at,
        held.start_at < claim.c.end_at,
        held.start_at < held.end_at,
        claim.c.start_at < claim.c.end_at,
        held.occurrence_id.not_in(bindparam("besides", expanding=True)),
    )
    return select(claim.c.position).distinct().select_from(claim.join(space_reservation, is_taken))


@lru_cache
def _each(kind: str) -> Select[Any]:
    wanted = wanted_periods(kind)
    asked, position = asked_spaces(wanted), wanted.c.position
    key = (asked.c.position, asked.c.bridge_id)
    found = held_spaces(kind, asked, lambda _: [*key, func.count().label("conferences")])
    counted = found.group_by(*key).cte("counted")
    candidate = space.alias("candidate")
    is_free = _is_taken(candidate, wanted).is_not(true())
    is_counted = and_(counted.c.position == position, counted.c.bridge_id == bridge.c.id)
    return (
        _select_occupancy(counted)
        .add_columns(position)
        .select_from(
            wanted.join(bridge, true())
            .outerjoin(space, space.c.id == _lowest(candidate, is_free, wanted))
            .outerjoin(counted, is_counted)
        )
        .order_by(position, bridge.c.id)
    )


@lru_cache
def _common(kind: str) -> Select[Any]:
    wanted = wanted_periods(kind)
    asked = asked_spaces(wanted)
    bridge_id = asked.c.bridge_id
    found = held_spaces(
        kind, asked, lambda held: [bridge_id, func.count(held.occurrence_id.distinct()).label("conferences")]
    )
    counted = found.group_by(bridge_id).cte("counted")
    candidate = space.alias("candidate")
    is_taken = exists().select_from(wanted).where(_is_taken(candidate, wanted))
    return (
        _select_occupancy(counted)
        .select_from(
            bridge.outerjoin(space, space.c.id == _lowest(candidate, ~is_taken)).outerjoin(
                counted, counted.c.bridge_id == bridge.c.id
            )
        )
        .order_by(bridge.c.id)
    )


def _select_occupancy(counted: CTE) -> Select[Any]:
    known = select(bridge_health.c.id).where(bridge_health.c.bridge_id == bridge.c.id).correlate(bridge)
    return select(
        bridge,
        space.c.id.label("space_id"),
        space.c.number.label("space_number"),
        space.c.cospace_id,
        func.coalesce(counted.c.conferences, 0).label("conferences"),
        # Until somebody has looked, a bridge counts as reachable; one of two addresses is enough.
        (~known.exists() | known.where(bridge_health.c.is_reachable.is_not(false())).exists()).label(
            "is_reachable"
        ),
    )


def asked_spaces(wanted: CTE) -> CTE:
    """Each space with each wanted period, and the end of the last reservation that can be in the way."""
    query = (
        select(
            wanted.c.position,
            wanted.c.start_at,
            wanted.c.end_at,
            space.c.id.label("space_id"),
            space.c.bridge_id,
            last_end(space_reservation, "space_id", space, wanted).label("last_end"),
        )
        .select_from(wanted.join(space, true()))
        .where(wanted.c.start_at < wanted.c.end_at)
    )
    return materialized(query.cte("asked"))


def held_spaces(
    kind: str, asked: CTE, columns: Callable[[HeldColumns], Sequence[ColumnElement[Any]]]
) -> Select[Any]:
    """The reservations that are in the way, but for those of the parameter ``besides``.

    Args:
        kind: The dialect's name.
        asked: Spaces and periods.
        columns: Gives what is wanted of a reservation, by its columns.
    """
    held = held_by(kind, space_reservation, "space_id", asked)
    return (
        select(*columns(held.c))
        .select_from(asked.join(held, is_in_way(held, "space_id", asked)))
        .where(held.c.occurrence_id.not_in(bindparam("besides", expanding=True)))
    )


def _is_taken(candidate: FromClause, wanted: CTE) -> ColumnElement[bool]:
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
            held.c.occurrence_id.not_in(bindparam("besides", expanding=True)),
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
        .where(
            candidate.c.bridge_id == bridge.c.id,
            ~candidate.c.is_retired,
            candidate.c.state == SpaceState.READY,
            condition,
        )
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
    return BridgeOccupancy(
        bridge=to_bridge(row),
        free_space=free_space,
        conferences=row["conferences"],
        is_reachable=row["is_reachable"],
    )
