"""Due actions as the use cases see them; the workers' side is in ``jobs``."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, update

from tmsba.booking.ports import JobKind, Wish
from tmsba.store.row_sets import rows_of
from tmsba.store.statements import insert_or_update_rows
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
        self.put_all([Wish(conference_id=conference_id, kind=kind, due_at=due_at, request_id=request_id)])

    def withdraw(self, conference_id: int, kind: JobKind) -> None:
        """Ask for it no longer."""
        self.put_all([Wish(conference_id=conference_id, kind=kind, due_at=None)])

    def put_all(self, wishes: Sequence[Wish]) -> None:
        """``put`` for many, or ``withdraw`` where ``due_at`` is ``None``, in at most two statements.

        Of several wishes for the same action the last one counts.
        """
        last = {(wish.conference_id, wish.kind): wish for wish in wishes}.values()
        self._ask([wish for wish in last if wish.due_at is not None])
        self._withdraw([wish for wish in last if wish.due_at is None])

    def _ask(self, wishes: Sequence[Wish]) -> None:
        rows = [
            {
                "occurrence_id": wish.conference_id,
                "kind": wish.kind,
                "due_at": wish.due_at,
                "request_id": wish.request_id,
                "attempts": 0,
                "done_at": None,
                "last_error": "",
                "generation": 1,
            }
            for wish in wishes
        ]
        next_generation = {"generation": outbox.c.generation + 1}
        insert_or_update_rows(
            self._connection, outbox, rows, key=["occurrence_id", "kind"], update=next_generation
        )

    def _withdraw(self, wishes: Sequence[Wish]) -> None:
        if not wishes:
            return
        rows = [{"occurrence_id": wish.conference_id, "kind": wish.kind} for wish in wishes]
        given = rows_of(self._connection, outbox, rows)
        change = (
            update(outbox)
            .where(outbox.c.occurrence_id == given.c.occurrence_id, outbox.c.kind == given.c.kind)
            .values(due_at=None, attempts=0, generation=outbox.c.generation + 1)
        )
        self._connection.execute(change)
