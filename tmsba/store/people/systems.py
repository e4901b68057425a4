"""Systems that can be booked."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import Connection, RowMapping, exists, func, select, update

from tmsba.domain.people.systems import System
from tmsba.domain.values import SystemStatus
from tmsba.ports.work import StoreConflict
from tmsba.store.sql.engine import is_postgresql
from tmsba.store.sql.rows import possible_ids
from tmsba.store.sql.statements import insert_if_new, insert_rows, update_rows
from tmsba.store.tables.tables import LAST_SYSTEM_ID, live_participant, live_view, system

_FIELDS = tuple(field.name for field in fields(System))
_MOST_AT_ONCE = 10_000


class SqlSystems:
    """Implements ``tmsba.ports.people.Systems``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, system_id: int) -> System | None:
        """The system with this id."""
        return self.many([system_id]).get(system_id)

    def many(self, system_ids: Iterable[int]) -> Mapping[int, System]:
        """The systems with these ids, by id."""
        ids = sorted(possible_ids(system_ids))
        found: dict[int, System] = {}
        # A statement takes a limited number of parameters, and a request can name more systems than that.
        for begin in range(0, len(ids), _MOST_AT_ONCE):
            query = select(system).where(system.c.id.in_(ids[begin : begin + _MOST_AT_ONCE]))
            found |= {row["id"]: _to_system(row) for row in self._connection.execute(query).mappings()}
        return found

    def all(self) -> Sequence[System]:
        """In order of ids."""
        query = select(system).order_by(system.c.id)
        return [_to_system(row) for row in self._connection.execute(query).mappings()]

    def at_present(
        self,
        now: datetime,
        system_ids: Iterable[int] | None = None,
        *,
        after: int = 0,
        limit: int | None = None,
    ) -> Sequence[System]:
        """Those with these ids, or all, in order of ids; in a call where they are seen in one.

        Args:
            now: The present, aware.
            system_ids: Which ones; ``None`` for all.
            after: Only those with larger ids.
            limit: How many at most.
        """
        is_in_call = exists().where(
            live_participant.c.system_id == system.c.id,
            live_participant.c.is_connected,
            live_participant.c.occurrence_id == live_view.c.occurrence_id,
            live_view.c.expires_at > now,
        )
        query = (
            select(system, is_in_call.label("is_in_call"))
            .where(system.c.id > after)
            .order_by(system.c.id)
            .limit(limit)
        )
        if system_ids is not None:
            query = query.where(system.c.id.in_(possible_ids(system_ids)))
        rows = self._connection.execute(query).mappings()
        return [
            replace(_to_system(row), status=SystemStatus.IN_CALL) if row["is_in_call"] else _to_system(row)
            for row in rows
        ]

    def add(self, new: System) -> System:
        """Store a new system; id 0 takes the next free one. Returns it with its id.

        Raises:
            ValueError: the id is taken, or out of range.
        """
        if not 0 <= new.id <= LAST_SYSTEM_ID:
            raise ValueError(f"system ids go from 1 to {LAST_SYSTEM_ID}; {new.id} is none")
        added = replace(new, id=new.id or self._next_id())
        if insert_if_new(self._connection, system, _to_row(added)) is not None:
            return added
        if new.id:
            raise ValueError(f"there is a system with the id {new.id} already")
        raise StoreConflict(f"Somebody else added a system with the id {added.id} at the same moment.")

    def named(self, names: Iterable[str]) -> Sequence[System]:
        """Those with one of these names, in any letter case, in order of ids."""
        wanted = {name.casefold() for name in names}
        # Folded here: databases disagree on the letter case of anything beyond ASCII.
        return [one for one in self.all() if one.name.casefold() in wanted]

    def put_all(self, systems: Sequence[System]) -> Sequence[System]:
        """Store or replace systems, in a fixed number of statements; id 0 takes the next. With their ids.

        Raises:
            StoreConflict: somebody else added one with the same id.
        """
        known = self.many(one.id for one in systems if one.id)
        ids = count(self._next_id()) if any(not one.id for one in systems) else iter(())
        stored = [replace(one, id=one.id or next(ids)) for one in systems]
        insert_rows(self._connection, system, [_to_row(one) for one in stored if one.id not in known])
        # Who holds a licence is not said here: bookings take licences at any moment.
        changes = [_to_row(one) for one in stored if one.id in known]
        for row in changes:
            del row["is_remote_booking_allowed"]
        update_rows(self._connection, system, changes)
        return stored

    def dialled_domains(self) -> Sequence[str]:
        """The domains that bridges dial systems at, each once, in small letters."""
        place = func.strpos if is_postgresql(self._connection) else func.instr
        uri = func.lower(system.c.sip_uri)
        query = select(func.substr(uri, place(uri, "@") + 1)).where(uri.contains("@")).distinct()
        # What follows a domain, such as a port, is no part of it.
        found = (re.split("[:;?]", text, maxsplit=1)[0] for text in self._connection.scalars(query))
        return sorted({domain for domain in found if domain})

    def with_licences(self) -> int:
        """How many systems hold a licence, which is to say have Allow Remote Bookings on."""
        query = select(func.count()).select_from(system).where(system.c.is_remote_booking_allowed)
        return self._connection.execute(query).scalar_one()

    def allow_remote_bookings(self, system_ids: Collection[int], *, is_allowed: bool) -> None:
        """Turn Allow Remote Bookings on or off, in one statement."""
        is_meant = system.c.id.in_(possible_ids(system_ids))
        self._connection.execute(update(system).where(is_meant).values(is_remote_booking_allowed=is_allowed))

    def _next_id(self) -> int:
        last: int | None = self._connection.execute(select(func.max(system.c.id))).scalar_one()
        return (last or 0) + 1


def _to_system(row: RowMapping) -> System:
    values: dict[str, Any] = {name: row[name] for name in _FIELDS}
    return System(**values | {"recording_aliases": tuple(row["recording_aliases"])})


def _to_row(new: System) -> dict[str, Any]:
    row = {name: getattr(new, name) for name in _FIELDS}
    return row | {"recording_aliases": list(new.recording_aliases)}
