"""Licences, and the client sessions that use them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime

from sqlalchemy import (
    Connection,
    RowMapping,
    Select,
    and_,
    bindparam,
    delete,
    distinct,
    func,
    or_,
    select,
    update,
)

from tmsba.domain.licensing.option_keys import Licences
from tmsba.domain.licensing.sessions import ClientSession
from tmsba.ports.people import Standing
from tmsba.store.sql.column_types import UtcDateTime
from tmsba.store.sql.statements import insert_or_update
from tmsba.store.tables.tables import client_session, option_key

_FIELDS = tuple(field.name for field in fields(ClientSession))
_IS_ACTIVE = client_session.c.expires_at > bindparam("now", type_=UtcDateTime)
_ACTIVE = select(func.count()).select_from(client_session).where(_IS_ACTIVE)
_TAKEN = select(func.count(distinct(client_session.c.licence))).where(
    _IS_ACTIVE, client_session.c.licence.is_not(None)
)
#: A row for each kind of key, with the session and the numbers in each.
_STANDING = select(
    option_key.c.kind,
    option_key.c.count.label("keys"),
    *(client_session.c[name] for name in _FIELDS),
    _ACTIVE.correlate(None).scalar_subquery().label("active"),
    _TAKEN.correlate(None).scalar_subquery().label("taken"),
).select_from(option_key.outerjoin(client_session, client_session.c.id == bindparam("session_id")))


class SqlOptionKeys:
    """Implements ``tmsba.ports.administration.OptionKeys``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> Mapping[str, int]:
        """Kind to number of keys."""
        return self._read(select(option_key))

    def locked(self) -> Mapping[str, int]:
        """The same; one unit of work at a time hands out licences from here on until it ends."""
        # SQLite, which knows no such lock, has one writer anyway.
        return self._read(select(option_key).with_for_update())

    def add(self, kind: str, count: int) -> None:
        """Add to what there is."""
        row = {"kind": kind, "count": count}
        sum_of_both = option_key.c["count"] + count
        insert_or_update(self._connection, option_key, row, key=["kind"], update={"count": sum_of_both})

    def remove(self, kind: str, count: int) -> None:
        """Take away from what there is.

        Raises:
            ValueError: there are not that many.
        """
        left = self.locked().get(kind, 0) - count
        if left < 0:
            raise ValueError(f"there are {left + count} of {kind}, so {count} cannot be removed")
        is_it = option_key.c.kind == kind
        change = update(option_key).values(count=left) if left else delete(option_key)
        self._connection.execute(change.where(is_it))

    def _read(self, query: Select[tuple[str, int]]) -> Mapping[str, int]:
        rows = self._connection.execute(query.order_by(option_key.c.kind)).mappings()
        return {row["kind"]: row["count"] for row in rows}


class SqlClientSessions:
    """Implements ``tmsba.ports.administration.ClientSessions``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, session_id: str) -> ClientSession | None:
        """The session with this id."""
        query = select(client_session).where(client_session.c.id == session_id)
        row = self._connection.execute(query).mappings().one_or_none()
        return None if row is None else _to_session(row)

    def standing(self, session_id: str, now: datetime) -> Standing:
        """The session, and what licences there are and are taken, in one statement."""
        values = {"session_id": session_id, "now": now}
        rows = self._connection.execute(_STANDING, values).mappings().all()
        if not rows:
            return Standing(licences=Licences())
        first = rows[0]
        return Standing(
            licences=Licences.of({row["kind"]: row["keys"] for row in rows}),
            session=None if first["id"] is None else _to_session(first),
            active=first["active"],
            taken=first["taken"],
        )

    def shared_licence(self, session: ClientSession, now: datetime) -> str | None:
        """The licence that the session it replaces holds, or the one that replaces it."""
        is_kin = or_(client_session.c.successor_id == session.id, client_session.c.id == session.successor_id)
        holds_one = and_(client_session.c.expires_at > now, client_session.c.licence.is_not(None))
        query = select(client_session.c.licence).where(is_kin, holds_one)
        return self._connection.execute(query).scalars().first()

    def put(self, session: ClientSession) -> None:
        """Add or replace."""
        insert_or_update(self._connection, client_session, asdict(session), key=["id"])

    def touch(self, session: ClientSession) -> None:
        """Note its last use and its end, unless it was ended in the meantime."""
        is_it = (client_session.c.id == session.id, client_session.c.expires_at > session.last_used_at)
        values = {"last_used_at": session.last_used_at, "expires_at": session.expires_at}
        self._connection.execute(update(client_session).where(*is_it).values(values))

    def active(self, now: datetime) -> Sequence[ClientSession]:
        """Those that are not over, by first use."""
        order = (client_session.c.first_used_at, client_session.c.id)
        query = select(client_session).where(client_session.c.expires_at > now).order_by(*order)
        return [_to_session(row) for row in self._connection.execute(query).mappings()]

    def end(self, session_id: str, now: datetime) -> bool:
        """End a session, and those that share its licence; whether it was active."""
        known = self.get(session_id)
        if known is None or known.is_over(now):
            return False
        is_meant = client_session.c.id == session_id
        if known.licence is not None:
            is_meant = or_(is_meant, client_session.c.licence == known.licence)
        change = update(client_session).where(is_meant, client_session.c.expires_at > now)
        self._connection.execute(change.values(expires_at=now))
        return True

    def forget(self, before: datetime) -> None:
        """Remove the sessions that ended at or before an instant."""
        self._connection.execute(delete(client_session).where(client_session.c.expires_at <= before))


def _to_session(row: RowMapping) -> ClientSession:
    return ClientSession(**{name: row[name] for name in _FIELDS})
