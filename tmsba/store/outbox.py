"""Due actions as the use cases see them; the workers' side is in ``jobs``."""

from datetime import datetime

from sqlalchemy import Connection, update

from tmsba.booking.ports import JobKind
from tmsba.store.statements import insert_or_update
from tmsba.store.tables import outbox


class SqlOutbox:
    """Implements ``tmsba.booking.ports.Outbox``.

    A new wish, or its withdrawal, raises the generation of the row and leaves its lease alone: a worker that
    is at it keeps others away until it gives the lease back, but cannot finish what it does not know of.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, conference_id: int, kind: JobKind, due_at: datetime, *, request_id: str = "") -> None:
        """Ask for an action; replaces an earlier one of the same kind, done or not."""
        wish = {"due_at": due_at, "attempts": 0, "done_at": None, "last_error": "", "request_id": request_id}
        insert_or_update(
            self._connection,
            outbox,
            {"occurrence_id": conference_id, "kind": kind, "generation": 1, **wish},
            key=["occurrence_id", "kind"],
            update={**wish, "generation": outbox.c.generation + 1},
        )

    def withdraw(self, conference_id: int, kind: JobKind) -> None:
        """Ask for it no longer."""
        change = (
            update(outbox)
            .where(outbox.c.occurrence_id == conference_id, outbox.c.kind == kind)
            .values(due_at=None, attempts=0, generation=outbox.c.generation + 1)
        )
        self._connection.execute(change)
