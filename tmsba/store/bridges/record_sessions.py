"""Which call detail records have come from the bridges."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, RowMapping, delete, func, select, tuple_

from tmsba.domain.bridge.call_records import RecordSession
from tmsba.store.sql.statements import insert_or_update
from tmsba.store.tables.tables import record_session

#: How many sessions of a bridge are kept: the nodes of its cluster have one each.
_KEPT = 20
_KEY = ("bridge_id", "id")


class SqlRecordSessions:
    """Implements ``tmsba.ports.bridges.RecordSessions``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def locked(self, bridge_id: int, session_id: str, now: datetime) -> RecordSession:
        """What came of a session so far; one unit of work at a time takes records of it in."""
        new = RecordSession(bridge_id=bridge_id, id=session_id, last_at=now)
        # The change of nothing locks the row.
        insert_or_update(self._connection, record_session, asdict(new), key=_KEY, update={"id": session_id})
        is_it = (record_session.c.bridge_id == bridge_id, record_session.c.id == session_id)
        return _to_session(self._connection.execute(select(record_session).where(*is_it)).mappings().one())

    def put(self, session: RecordSession) -> None:
        """Replace it; only the newest sessions of each bridge are kept."""
        insert_or_update(self._connection, record_session, asdict(session), key=_KEY)
        its = record_session.c.bridge_id == session.bridge_id
        newest = select(record_session.c.last_at).where(its).order_by(record_session.c.last_at.desc())
        oldest_kept = newest.limit(1).offset(_KEPT - 1).scalar_subquery()
        self._connection.execute(delete(record_session).where(its, record_session.c.last_at < oldest_kept))

    def latest(self) -> Mapping[int, RecordSession]:
        """The session of each bridge that a record came from last, by bridge."""
        last = select(record_session.c.bridge_id, func.max(record_session.c.last_at))
        is_last = tuple_(record_session.c.bridge_id, record_session.c.last_at).in_(
            last.group_by(record_session.c.bridge_id)
        )
        rows = self._connection.execute(select(record_session).where(is_last)).mappings()
        return {row["bridge_id"]: _to_session(row) for row in rows}


def _to_session(row: RowMapping) -> RecordSession:
    return RecordSession(**row)
