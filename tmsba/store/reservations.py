"""What conferences keep busy. That reservations never overlap is the database's own rule."""

from sqlalchemy import Connection, delete

from tmsba.domain.conference import Conference
from tmsba.store.statements import insert_rows
from tmsba.store.tables import space_reservation, system_reservation


class Reservations:
    """Writes the reservations that follow from a conference."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, conference: Conference) -> None:
        """Reserve the systems and the space of a new conference."""
        self._add_systems(conference)
        self._add_space(conference)

    def replace(self, before: Conference, after: Conference) -> None:
        """Reserve anew what an update changes; what stays the same is not touched."""
        has_moved = before.period != after.period
        if has_moved or before.reserved_system_ids != after.reserved_system_ids:
            mine = system_reservation.c.occurrence_id == after.id
            self._connection.execute(delete(system_reservation).where(mine))
            self._add_systems(after)
        if has_moved or before.reserved_space_id != after.reserved_space_id:
            mine = space_reservation.c.occurrence_id == after.id
            self._connection.execute(delete(space_reservation).where(mine))
            self._add_space(after)

    def _add_systems(self, conference: Conference) -> None:
        # The ids are in ascending order: two writers that want the same systems then wait, not deadlock.
        ids = conference.reserved_system_ids
        rows = [_period(conference) | {"system_id": system_id} for system_id in ids]
        insert_rows(self._connection, system_reservation, rows)

    def _add_space(self, conference: Conference) -> None:
        if conference.reserved_space_id is not None:
            row = _period(conference) | {"space_id": conference.reserved_space_id}
            insert_rows(self._connection, space_reservation, [row])


def _period(conference: Conference) -> dict[str, object]:
    return {
        "occurrence_id": conference.id,
        "start_at": conference.period.start,
        "end_at": conference.period.end,
    }
