"""Due actions as the use cases see them; the workers' side is in ``jobs``."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Insert, Update, case, func, or_, select, true, update
from sqlalchemy.dialects import postgresql, sqlite

from tmsba.ports.outbox import JobKind, Wish
from tmsba.store.sql.row_sets import given, given_table, types_of
from tmsba.store.sql.rows import possible_ids
from tmsba.store.tables.tables import occurrence, outbox

_KEY = ("occurrence_id", "kind")


class SqlOutbox:
    """Implements ``tmsba.ports.outbox.Outbox``.

    A new wish, or its withdrawal, raises the generation of the row and leaves its lease alone: a worker that
    is at it keeps others away until it gives the lease back, but cannot finish what it does not know of.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, conference_id: int, kind: JobKind, due_at: datetime, *, request_id: str = "") -> None:
        """Ask for an action; replaces an earlier one of the same kind, done or not."""
        self.put_all([Wish(conference_id=conference_id, kind=kind, due_at=due_at, request_id=request_id)])

    def put_all(self, wishes: Sequence[Wish]) -> None:
        """``put`` for many, or no longer to be done where ``due_at`` is ``None``, in at most two statements.

        Of several wishes for the same action the last one counts.
        """
        last = {(wish.conference_id, wish.kind): wish for wish in wishes}.values()
        self._ask([wish for wish in last if wish.due_at is not None])
        self._withdraw([wish for wish in last if wish.due_at is None])

    def hurry(self, conference_ids: Collection[int], kind: JobKind, due_at: datetime) -> None:
        """Make actions that are asked for due at ``due_at`` at the latest, in one statement.

        A worker that is at it does it once more then. What nobody asks for stays so.
        """
        is_wanted = (
            outbox.c.occurrence_id.in_(possible_ids(conference_ids)),
            outbox.c.kind == kind,
            outbox.c.done_at.is_(None),
            or_(outbox.c.due_at > due_at, outbox.c.lease_owner.is_not(None) & outbox.c.due_at.is_not(None)),
        )
        values = {"due_at": due_at, "generation": outbox.c.generation + 1}
        self._connection.execute(update(outbox).where(*is_wanted).values(values))

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
        if rows:
            values = given(self._connection, types_of(outbox, rows[0]), rows)
            self._connection.execute(_demand(self._connection.dialect.name, tuple(rows[0])), values)

    def _withdraw(self, wishes: Sequence[Wish]) -> None:
        if not wishes:
            return
        rows = [{"occurrence_id": wish.conference_id, "kind": wish.kind} for wish in wishes]
        values = given(self._connection, types_of(outbox, rows[0]), rows)
        self._connection.execute(_withdrawal(self._connection.dialect.name), values)


@lru_cache
def _demand(kind: str, columns: tuple[str, ...]) -> Insert:
    new = given_table(kind, types_of(outbox, columns))
    # Without a condition SQLite would take the ON of ON CONFLICT for that of a join.
    query = (
        select(new, func.coalesce(occurrence.c.bridge_id, 0))
        .select_from(new.outerjoin(occurrence, occurrence.c.id == new.c.occurrence_id))
        .where(true())
        .order_by(new.c.occurrence_id, new.c.kind)
    )
    statement = (postgresql.insert if kind == "postgresql" else sqlite.insert)(outbox)
    excluded = statement.excluded
    changes: dict[str, Any] = {name: excluded[name] for name in columns if name not in _KEY}
    changes["generation"] = outbox.c.generation + 1
    # What has no bridge any more is to be closed on the one that it had.
    changes["bridge_id"] = case((excluded.bridge_id == 0, outbox.c.bridge_id), else_=excluded.bridge_id)
    return statement.from_select([*columns, "bridge_id"], query).on_conflict_do_update(
        index_elements=list(_KEY), set_=changes
    )


@lru_cache
def _withdrawal(kind: str) -> Update:
    unwanted = given_table(kind, types_of(outbox, _KEY))
    is_meant = (outbox.c.occurrence_id == unwanted.c.occurrence_id, outbox.c.kind == unwanted.c.kind)
    values = {"due_at": None, "attempts": 0, "generation": outbox.c.generation + 1}
    return update(outbox).where(*is_meant).values(values)
