"""What conferences keep busy. That reservations never overlap is the database's own rule."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache

from sqlalchemy import Connection, Insert, Table, delete, insert, select, text

from tmsba.domain.conference.conference import Conference
from tmsba.store.sql.engine import is_postgresql
from tmsba.store.sql.row_sets import given, given_table, types_of
from tmsba.store.tables.tables import occurrence, space_reservation, system_reservation

#: The first half of the advisory locks' keys; the second is the system's id.
_SYSTEM_LOCK = 0x746D7364

#: One after the other, in the order of the array.
_SYSTEM_LOCKS = text("SELECT pg_advisory_xact_lock(:kind, id) FROM unnest(CAST(:ids AS integer[])) AS id")


class Reservations:
    """Writes the reservations that follow from conferences, in a fixed number of statements."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, conferences: Sequence[Conference]) -> None:
        """Reserve the systems and the spaces of new conferences."""
        self._add_systems(conferences)
        self._add_spaces(conferences)

    def replace(
        self, changes: Iterable[tuple[Conference, Conference]], new: Sequence[Conference] = ()
    ) -> None:
        """Reserve anew what updates change, and what is new; what stays the same is not touched.

        All that is given up is given up first: the dates of a series may move into each other's places.

        Args:
            changes: Conferences before and after.
            new: Conferences that had no reservations.
        """
        pairs = list(changes)
        systems = [(old, now) for old, now in pairs if _systems_of(old) != _systems_of(now)]
        spaces = [(old, now) for old, now in pairs if _space_of(old) != _space_of(now)]
        self._delete(system_reservation, [old.id for old, _ in systems if old.reserved_system_ids])
        self._delete(space_reservation, [old.id for old, _ in spaces if old.reserved_space_id is not None])
        self._add_systems([*(now for _, now in systems), *new])
        self._add_spaces([*(now for _, now in spaces), *new])

    def _add_systems(self, conferences: Iterable[Conference]) -> None:
        rows = [
            {"occurrence_id": conference.id, "system_id": system_id}
            for conference in conferences
            for system_id in conference.reserved_system_ids
        ]
        self._lock_systems({row["system_id"] for row in rows})
        self._insert(system_reservation, "system_id", rows)

    def _lock_systems(self, system_ids: Collection[int]) -> None:
        """Reserve the same system one after the other.

        Two writers at once would each find the other's uncommitted row in their way, and wait for each other
        until PostgreSQL breaks the deadlock, a second later and possibly again and again.
        """
        if system_ids and is_postgresql(self._connection):
            self._connection.execute(_SYSTEM_LOCKS, {"kind": _SYSTEM_LOCK, "ids": sorted(system_ids)})

    def _add_spaces(self, conferences: Iterable[Conference]) -> None:
        rows = [
            {
                "occurrence_id": conference.id,
                "space_id": conference.reserved_space_id,
                "participants": conference.participant_count,
            }
            for conference in conferences
            if conference.reserved_space_id is not None
        ]
        self._insert(space_reservation, "space_id", rows)

    def _insert(self, table: Table, what: str, rows: Sequence[Mapping[str, int | None]]) -> None:
        if rows:
            insertion = _insertion(self._connection.dialect.name, table, what, tuple(rows[0]))
            values = given(self._connection, types_of(table, rows[0]), rows)
            self._connection.execute(insertion, values)

    def _delete(self, table: Table, occurrence_ids: Sequence[int]) -> None:
        if occurrence_ids:
            self._connection.execute(delete(table).where(table.c.occurrence_id.in_(occurrence_ids)))


@lru_cache
def _insertion(kind: str, table: Table, what: str, columns: tuple[str, ...]) -> Insert:
    """Reservations for the periods of occurrences that are written already."""
    new = given_table(kind, types_of(table, columns))
    period = (occurrence.c.start_at, occurrence.c.end_at)
    query = (
        select(*(new.c[name] for name in columns), *period)
        .join(occurrence, occurrence.c.id == new.c.occurrence_id)
        # In the same order always: two writers that want the same spaces then wait, not deadlock.
        .order_by(new.c[what], occurrence.c.start_at)
    )
    return insert(table).from_select([*columns, "start_at", "end_at"], query)


def _systems_of(conference: Conference) -> object:
    systems = conference.reserved_system_ids
    return systems and (systems, conference.period)


def _space_of(conference: Conference) -> object:
    space_id = conference.reserved_space_id
    return space_id and (space_id, conference.period, conference.participant_count)
