"""What bridges hold in a period, as the routing engine wants to know it."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, ScalarSelect, and_, exists, func, select, true

from tmsba.domain.bridge import BridgeOccupancy, Space
from tmsba.domain.times import Period
from tmsba.store.rows import overlaps, to_bridge
from tmsba.store.tables import bridge, space, space_reservation


def read_occupancy(
    connection: Connection, period: Period, *, besides: int | None
) -> Sequence[BridgeOccupancy]:
    """Every enabled bridge in order of ids, with one statement.

    Args:
        connection: The unit of work's.
        period: When the space is wanted.
        besides: A conference whose own reservation does not count.
    """
    query = (
        select(
            bridge,
            space.c.id.label("space_id"),
            space.c.number.label("space_number"),
            space.c.cospace_id,
            _conferences(period, besides).label("conferences"),
        )
        .select_from(bridge.outerjoin(space, space.c.id == _lowest_free_space(period, besides)))
        .where(bridge.c.is_enabled)
        .order_by(bridge.c.id)
    )
    return [
        BridgeOccupancy(
            bridge=to_bridge(row),
            free_space=None
            if row["space_id"] is None
            else Space(
                id=row["space_id"],
                bridge_id=row["id"],
                number=row["space_number"],
                cospace_id=row["cospace_id"],
            ),
            conferences=row["conferences"],
        )
        for row in connection.execute(query).mappings()
    ]


def is_free(connection: Connection, space_id: int, period: Period, *, besides: int | None) -> bool:
    """Whether no conference but ``besides`` holds the space in the period."""
    taken = exists().where(space_reservation.c.space_id == space_id, _counts(period, besides))
    return not connection.execute(select(taken)).scalar_one()


def _lowest_free_space(period: Period, besides: int | None) -> ScalarSelect[int]:
    candidate = space.alias("candidate")
    taken = exists().where(space_reservation.c.space_id == candidate.c.id, _counts(period, besides))
    return (
        select(candidate.c.id)
        .where(candidate.c.bridge_id == bridge.c.id, ~taken)
        .order_by(candidate.c.number)
        .limit(1)
        .correlate(bridge)
        .scalar_subquery()
    )


def _conferences(period: Period, besides: int | None) -> ScalarSelect[int]:
    held = space.alias("held")
    return (
        select(func.count())
        .select_from(space_reservation.join(held, held.c.id == space_reservation.c.space_id))
        .where(held.c.bridge_id == bridge.c.id, _counts(period, besides))
        .correlate(bridge)
        .scalar_subquery()
    )


def _counts(period: Period, besides: int | None) -> ColumnElement[bool]:
    is_other = true() if besides is None else space_reservation.c.occurrence_id != besides
    return and_(overlaps(space_reservation, period), is_other)
