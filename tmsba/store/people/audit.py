"""The audit log."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, delete, func, insert, select

from tmsba.domain.people.audit import AuditEntry, AuditFilter, printable
from tmsba.store.tables.tables import audit_log, audit_pruning

_FIELDS = tuple(field.name for field in fields(AuditEntry) if field.name != "id")
_TEXTS = ("who", "origin", "subject", "detail")


class SqlAuditLog:
    """Implements ``tmsba.ports.administration.AuditLog``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def append(self, entry: AuditEntry) -> None:
        """Write a row (its id is ignored); texts are cut and made printable."""
        values: dict[str, Any] = {name: getattr(entry, name) for name in _FIELDS}
        row = values | {name: printable(values[name]) for name in _TEXTS}
        self._connection.execute(insert(audit_log).values(row))

    def find(self, wanted: AuditFilter, *, limit: int) -> Sequence[AuditEntry]:
        """The newest rows that are wanted, newest first."""
        log = audit_log.c
        query = (
            select(audit_log).where(*_conditions(wanted)).order_by(log.at.desc(), log.id.desc()).limit(limit)
        )
        return [AuditEntry(**row) for row in self._connection.execute(query).mappings()]

    def prune(self, before: datetime) -> int:
        """Delete what is older; how many rows that were."""
        self._connection.execute(insert(audit_pruning).values(before_at=before))
        gone = self._connection.execute(delete(audit_log).where(audit_log.c.at < before)).rowcount
        self._connection.execute(delete(audit_pruning))
        return gone


def _conditions(wanted: AuditFilter) -> Iterator[ColumnElement[bool]]:
    log = audit_log.c
    if wanted.since is not None:
        yield log.at >= wanted.since
    if wanted.until is not None:
        yield log.at < wanted.until
    if wanted.who:
        yield _has(log.who, wanted.who)
    if wanted.action is not None:
        yield log.action == wanted.action
    if wanted.subject:
        yield _has(log.subject, wanted.subject)


def _has(column: Column[Any], part: str) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = func.lower(column).contains(part.lower(), autoescape=True)
    return condition
