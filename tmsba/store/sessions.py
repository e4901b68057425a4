"""Licences, and the client sessions that use them."""

from collections.abc import Mapping
from dataclasses import asdict

from sqlalchemy import Connection, select

from tmsba.booking.ports import ClientSession
from tmsba.store.statements import insert_or_update
from tmsba.store.tables import client_session, option_key


class SqlOptionKeys:
    """Implements ``tmsba.booking.ports.OptionKeys``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> Mapping[str, int]:
        """Kind to count."""
        rows = self._connection.execute(select(option_key).order_by(option_key.c.kind)).mappings()
        return {row["kind"]: row["count"] for row in rows}

    def add(self, kind: str, count: int) -> None:
        """Add to what there is."""
        row = {"kind": kind, "count": count}
        sum_of_both = option_key.c["count"] + count
        insert_or_update(self._connection, option_key, row, key=["kind"], update={"count": sum_of_both})


class SqlClientSessions:
    """Implements ``tmsba.booking.ports.ClientSessions``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, session_id: str) -> ClientSession | None:
        """The session with this id."""
        query = select(client_session).where(client_session.c.id == session_id)
        row = self._connection.execute(query).mappings().one_or_none()
        return None if row is None else ClientSession(**row)

    def put(self, session: ClientSession) -> None:
        """Add or replace."""
        insert_or_update(self._connection, client_session, asdict(session), key=["id"])
