"""Mails to be sent as the control workers see them; forgotten once they are sent."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, select, update

from tmsba.ports.jobs import QueuedMail
from tmsba.ports.outbox import OutgoingMail
from tmsba.store.sql.leases import due_and_free
from tmsba.store.store import SqlStore
from tmsba.store.tables.tables import outgoing_mail


class SqlMailQueue:
    """Implements ``tmsba.ports.jobs.MailQueue``."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    def claim(self, owner: str, now: datetime, until: datetime) -> QueuedMail | None:
        """Lease the mail that is due longest and that nobody holds."""
        due = due_and_free(outgoing_mail, now, 1)
        lease = (
            update(outgoing_mail)
            .where(outgoing_mail.c.id.in_(select(due.c.id)))
            .values(lease_owner=owner, lease_until=until, attempts=outgoing_mail.c.attempts + 1)
            .returning(outgoing_mail)
        )
        with self._store.writing() as work:
            row = work.connection.execute(lease).one_or_none()
            work.commit()
        return None if row is None else _to_queued(row)

    def drop(self, queued: QueuedMail, owner: str) -> None:
        """Forget a mail that is sent or given up, unless somebody else holds it now."""
        with self._store.writing() as work:
            work.connection.execute(delete(outgoing_mail).where(_is_ours(queued, owner)))
            work.commit()

    def postpone(
        self, queued: QueuedMail, owner: str, until: datetime, error: str, recipients: Sequence[str]
    ) -> None:
        """Give the lease back; the mail is due again at ``until``, for these recipients."""
        change = update(outgoing_mail).where(_is_ours(queued, owner))
        values = {
            "due_at": until,
            "last_error": error,
            "recipients": list(recipients),
            "lease_owner": None,
            "lease_until": None,
        }
        with self._store.writing() as work:
            work.connection.execute(change.values(values))
            work.commit()


def _is_ours(queued: QueuedMail, owner: str) -> ColumnElement[bool]:
    # Claimed again after the lease ran out: more attempts.
    is_this_claim = and_(outgoing_mail.c.lease_owner == owner, outgoing_mail.c.attempts == queued.attempts)
    return and_(outgoing_mail.c.id == queued.id, is_this_claim)


def _to_queued(row: Row[Any]) -> QueuedMail:
    mail = OutgoingMail(
        recipients=tuple(row.recipients),
        subject=row.subject,
        text=row.text,
        html=row.html,
        created_at=row.created_at,
        request_id=row.request_id,
    )
    return QueuedMail(id=row.id, mail=mail, attempts=row.attempts)
