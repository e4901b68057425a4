"""How bridges are, and who looks at them next."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Row, delete, exists, or_, select, update

from tmsba.domain.bridge.bridge import Bridge
from tmsba.domain.bridge.health import BridgeAddress, BridgeHealth, BridgeReport
from tmsba.store.sql.leases import due_and_free
from tmsba.store.tables.tables import bridge, bridge_health

if TYPE_CHECKING:
    from tmsba.store.store import SqlStore

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
    return [_to_health(row) for row in connection.execute(select(bridge_health).order_by(*_ORDER))]


class SqlHealthChecks:
    """Implements ``tmsba.ports.bridges.HealthChecks``."""

    def __init__(self, store: "SqlStore") -> None:
        self._store = store

    def claim(self, owner: str, now: datetime, until: datetime, limit: int) -> Sequence[BridgeHealth]:
        """Lease addresses that somebody should look at; none is given to two owners."""
        is_enabled = exists().where(bridge.c.id == bridge_health.c.bridge_id, bridge.c.is_enabled)
        due = due_and_free(bridge_health, now, limit, is_enabled)
        with self._store.reading() as work:
            # Most often nothing is due, and nobody has to wait for SQLite's one writer to learn that.
            soonest = select(bridge_health.c.id).where(
                bridge_health.c.due_at <= now, _is_free(now), is_enabled
            )
            if work.connection.execute(soonest.limit(1)).first() is None:
                return []
        lease = (
            update(bridge_health)
            .where(bridge_health.c.id.in_(select(due.c.id)))
            .values(lease_owner=owner, lease_until=until)
            .returning(bridge_health)
        )
        with self._store.writing() as work:
            claimed = [_to_health(row) for row in work.connection.execute(lease)]
            work.commit()
        return claimed

    def finish(self, health: BridgeHealth, owner: str, due_at: datetime) -> bool:
        """Note what was found and give the lease back; ``False`` when it is no longer ours."""
        values: dict[str, Any] = {
            "is_reachable": health.is_reachable,
            "reachable_since": health.reachable_since,
            "checked_at": health.checked_at,
            "failures": health.failures,
            "last_error": health.last_error,
            "last_error_at": health.last_error_at,
            "report": health.report,
            "swept_at": health.swept_at,
            "due_at": due_at,
            "lease_owner": None,
            "lease_until": None,
        }
        is_it = (
            bridge_health.c.bridge_id == health.bridge_id,
            bridge_health.c.address == health.address,
            bridge_health.c.lease_owner == owner,
        )
        with self._store.writing() as work:
            is_ours = work.connection.execute(update(bridge_health).where(*is_it).values(values)).rowcount > 0
            work.commit()
        return is_ours


def _is_free(now: datetime) -> ColumnElement[bool]:
    return or_(bridge_health.c.lease_until.is_(None), bridge_health.c.lease_until <= now)


def _to_health(row: Row[Any]) -> BridgeHealth:
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
