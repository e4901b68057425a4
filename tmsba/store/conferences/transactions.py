"""The change log that clients replicate from."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, func, select, text, update

from tmsba.domain.conference.transaction import Change, Transaction, TransactionPage
from tmsba.store.sql.engine import is_postgresql
from tmsba.store.sql.statements import draw_ids, insert_rows
from tmsba.store.tables.tables import conference, occurrence, transaction_log, transaction_system

#: Any number will do, as long as nothing else in the database uses it.
_LOG_LOCK = 0x746D7361


class SqlTransactionLog:
    """Implements ``tmsba.ports.conferences.TransactionLog``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def append(self, changes: Sequence[Change]) -> Sequence[int]:
        """Write rows, note the last id on each conference, and return the ids.

        Call it last in a unit of work: from here on others that write to the log wait.
        """
        if not changes:
            return []
        self._wait_for_turn()
        ids = draw_ids(self._connection, transaction_log, len(changes))
        self._insert(changes, ids)
        self._insert_systems(changes, ids)
        self._note_last({change.conference_id for change in changes})
        return ids

    def since(self, transaction_id: int, *, limit: int, system_id: int | None = None) -> TransactionPage:
        """Up to ``limit`` rows after this one, of one system if it is given."""
        log = transaction_log.c
        key = (conference.c.external_source_id, conference.c.external_primary_key)
        query = (
            select(transaction_log, occurrence.c.recurrence_at, *key)
            .join(occurrence, occurrence.c.id == log.occurrence_id)
            .join(conference, conference.c.id == occurrence.c.conference_id)
            .where(log.id > transaction_id)
            .order_by(log.id)
            .limit(limit + 1)
        )
        if system_id is not None:
            of_system = transaction_system.alias()
            query = query.join(of_system, of_system.c.transaction_id == log.id)
            # Said of both columns, so that the index by system finds where to start.
            query = query.where(
                of_system.c.system_id == system_id, of_system.c.transaction_id > transaction_id
            )
        rows = self._connection.execute(query).all()
        systems = self._systems(row.id for row in rows[:limit])
        page = tuple(
            Transaction(
                id=row.id,
                conference_id=row.occurrence_id,
                type=row.type,
                performed_by_id=row.performed_by_id,
                system_ids=systems.get(row.id, ()),
                external_source_id=row.external_source_id,
                external_primary_key=row.external_primary_key,
                recurrence_id=row.recurrence_at,
            )
            for row in rows[:limit]
        )
        return TransactionPage(transactions=page, is_incomplete=len(rows) > limit)

    def _wait_for_turn(self) -> None:
        # Without the lock a higher id could be committed before a lower one, and a client that asks for
        # all after the higher one would never see the lower. SQLite has one writer anyway.
        if is_postgresql(self._connection):
            self._connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOG_LOCK})

    def _insert(self, changes: Sequence[Change], ids: Sequence[int]) -> None:
        rows = [
            {
                "id": transaction_id,
                "occurrence_id": change.conference_id,
                "type": change.type,
                "performed_by_id": change.performed_by_id,
            }
            for change, transaction_id in zip(changes, ids, strict=True)
        ]
        insert_rows(self._connection, transaction_log, rows)

    def _insert_systems(self, changes: Sequence[Change], ids: Sequence[int]) -> None:
        rows = [
            {"transaction_id": transaction_id, "system_id": system_id}
            for change, transaction_id in zip(changes, ids, strict=True)
            for system_id in sorted(set(change.system_ids))
        ]
        insert_rows(self._connection, transaction_system, rows)

    def _note_last(self, occurrence_ids: set[int]) -> None:
        last = (
            select(func.max(transaction_log.c.id))
            .where(transaction_log.c.occurrence_id == occurrence.c.id)
            .scalar_subquery()
        )
        change = update(occurrence).where(occurrence.c.id.in_(occurrence_ids)).values(transaction_id=last)
        self._connection.execute(change)

    def _systems(self, transaction_ids: Iterable[int]) -> Mapping[int, tuple[int, ...]]:
        query = (
            select(transaction_system)
            .where(transaction_system.c.transaction_id.in_(list(transaction_ids)))
            .order_by(transaction_system.c.transaction_id, transaction_system.c.system_id)
        )
        systems: dict[int, tuple[int, ...]] = defaultdict(tuple)
        for row in self._connection.execute(query):
            systems[row.transaction_id] += (row.system_id,)
        return systems
