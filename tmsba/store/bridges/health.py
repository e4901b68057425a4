"""How bridges are, and who looks at them next."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from tmsba.domain.bridge.bridge import Bridge
from tmsba.domain.bridge.health import BridgeAddress, BridgeHealth, BridgeReport
from tmsba.store.tables.tables import bridge_health

#: Before any clock that a worker has.
_AT_ONCE = datetime(2000, 1, 1, tzinfo=UTC)


_ORDER = (bridge_health.c.bridge_id, bridge_health.c.address.desc())


def check_soon(connection: Connection, its: Bridge) -> None:
    """Have somebody look at the addresses of a bridge as soon as possible."""
    addresses = [BridgeAddress.MAIN, *([BridgeAddress.ALTERNATE] if its.alternate_url else [])]
    is_its = bridge_health.c.bridge_id == its.id
    connection.execute(delete(bridge_health).where(is_its, bridge_health.c.address.not_in(addresses)))
    known = set(
        connection.execute(
            update(bridge_health).where(is_its).values(due_at=_AT_ONCE).returning(bridge_health.c.address)
        ).scalars()
    )
    for address in addresses:
        if address not in known:
            row = {"bridge_id": its.id, "address": address, "due_at": _AT_ONCE}
            connection.execute(bridge_health.insert().values(**row, failures=0, last_error=""))


def read_healths(connection: Connection) -> list[BridgeHealth]:
    """Every address, in order of bridges, the main one first."""
    return [to_health(row) for row in connection.execute(select(bridge_health).order_by(*_ORDER))]


def to_health(row: Row[Any]) -> BridgeHealth:
    """How an address was found, by its row."""
    return BridgeHealth(
        bridge_id=row.bridge_id,
        address=row.address,
        is_reachable=row.is_reachable,
        reachable_since=row.reachable_since,
        checked_at=row.checked_at,
        failures=row.failures,
        last_error=row.last_error,
        last_error_at=row.last_error_at,
        report=row.report or BridgeReport(),
        swept_at=row.swept_at,
    )
