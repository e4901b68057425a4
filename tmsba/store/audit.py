"""The audit log."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, delete, func, insert, select

from tmsba.domain.audit import AuditAction, AuditEntry, printable
from tmsba.store.tables import audit_log, audit_pruning

_FIELDS = tuple(field.name for field in fields(AuditEntry) if field.name != "id")
_TEXTS = ("who", "origin", "subject", "detail")


class SqlAuditLog:
    """Implements ``tmsba.booking.ports.AuditLog``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def append(self, entry: AuditEntry) -> None:
        """Write a row (its id is ignored); texts are cut and made printable."""
        values: dict[str, Any] = {name: getattr(entry, name) for name in _FIELDS}
        row = values | {name: printable(values[name]) for name in _TEXTS}
        self._connection.execute(insert(audit_log).values(row))

    def find(
        self,
        *,
        limit: int,
        since: datetime | None = None,
        until: datetime | None = None,
        who: str = "",
        action: AuditAction | None = None,
        subject: str = "",
    ) -> Sequence[AuditEntry]:
        """The newest rows, newest first; names and subjects in any letter case, by any part of them."""
        log = audit_log.c
        query = select(audit_log).order_by(log.at.desc(), log.id.desc()).limit(limit)
        conditions: list[ColumnElement[bool]] = []
        if since is not None:
            conditions.append(log.at >= since)
        if until is not None:
            conditions.append(log.at < until)
        if who:
            conditions.append(_has(log.who, who))
        if action is not None:
            conditions.append(log.action == action)
        if subject:
            conditions.append(_has(log.subject, subject))
        rows = self._connection.execute(query.where(*conditions)).mappings()
        return [AuditEntry(**row) for row in rows]

    def prune(self, before: datetime) -> int:
        """Delete what is older; how many rows that were."""
        self._connection.execute(insert(audit_pruning).values(before_at=before))
        gone = self._connection.execute(delete(audit_log).where(audit_log.c.at < before)).rowcount
        self._connection.execute(delete(audit_pruning))
        return gone


def _has(column: Column[Any], part: str) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = func.lower(column).contains(part.lower(), autoescape=True)
    return condition
