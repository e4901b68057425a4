"""Who looks at bridges next, as the workers see it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select, update

from tmsba.domain.bridge.health import BridgeHealth
from tmsba.store.bridges.health import to_health
from tmsba.store.sql.leases import due_and_free
from tmsba.store.store import SqlStore
from tmsba.store.tables.tables import bridge, bridge_health


class SqlHealthChecks:
    """Implements ``tmsba.ports.bridges.HealthChecks``."""

    def __init__(self, store: SqlStore) -> None:
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
            claimed = [to_health(row) for row in work.connection.execute(lease)]
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
