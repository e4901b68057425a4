"""Problems an administrator should see."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, bindparam, select, update

from tmsba.ports.administration import Ticket
from tmsba.ports.work import StoreConflict
from tmsba.store.sql.statements import insert_if_new
from tmsba.store.tables.tables import ticket

_OPEN_ABOUT = select(ticket).where(ticket.c.subject == bindparam("its_subject"), ticket.c.closed_at.is_(None))


class SqlTickets:
    """Implements ``tmsba.ports.administration.Tickets``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open(self, subject: str, kind: str, text: str, now: datetime) -> bool:
        """Open a ticket, or refresh the text of the open one; whether it is new."""
        row = {"subject": subject, "kind": kind, "text": text, "opened_at": now}
        if insert_if_new(self._connection, ticket, row) is not None:
            return True
        refresh = update(ticket).where(*_is_open(subject, kind)).values(text=text)
        if not self._connection.execute(refresh).rowcount:
            raise StoreConflict("Somebody else closed the ticket at the same moment.")
        return False

    def close(self, subject: str, kind: str, now: datetime) -> bool:
        """Close it; whether one was open."""
        change = update(ticket).where(*_is_open(subject, kind)).values(closed_at=now)
        return self._connection.execute(change).rowcount > 0

    def rename(self, subject: str, new: str) -> None:
        """Let open tickets be about a thing by its new name."""
        change = update(ticket).where(ticket.c.subject == subject, ticket.c.closed_at.is_(None))
        self._connection.execute(change.values(subject=new))

    def open_about(self, subject: str) -> Sequence[Ticket]:
        """Open ones about this, in any order."""
        rows = self._connection.execute(_OPEN_ABOUT, {"its_subject": subject}).mappings()
        return [_to_ticket(row) for row in rows]

    def all(self, *, is_open: bool | None = True) -> Sequence[Ticket]:
        """Open ones, closed ones (``False``) or both (``None``), newest first."""
        query = select(ticket).order_by(ticket.c.opened_at.desc(), ticket.c.id.desc())
        if is_open is not None:
            query = query.where(ticket.c.closed_at.is_(None) == is_open)
        return [_to_ticket(row) for row in self._connection.execute(query).mappings()]


def _is_open(subject: str, kind: str) -> tuple[ColumnElement[bool], ...]:
    return ticket.c.subject == subject, ticket.c.kind == kind, ticket.c.closed_at.is_(None)


def _to_ticket(row: RowMapping) -> Ticket:
    return Ticket(**row)
