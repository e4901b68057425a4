"""Conferences and the questions about them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, false, insert, or_, select, true, update

from tmsba.booking.ports import Clash
from tmsba.domain.conference import Conference
from tmsba.domain.times import Period
from tmsba.domain.values import StatusFilter, StoredState
from tmsba.store import conference_rows as rows
from tmsba.store.reservations import Reservations
from tmsba.store.rows import overlaps
from tmsba.store.statements import insert_rows
from tmsba.store.tables import KEY_IN_USE, occurrence, participant, system_reservation
from tmsba.store.tables import conference as booked


class SqlConferences:
    """Implements ``tmsba.booking.ports.Conferences``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._reservations = Reservations(connection)

    def get(self, conference_id: int) -> Conference | None:
        """The conference with this id."""
        return self._one(rows.select_conferences().where(occurrence.c.id == conference_id))

    def get_for_update(self, conference_id: int) -> Conference | None:
        """The same, locked until the unit of work ends."""
        return self._one(_locked(rows.select_conferences().where(occurrence.c.id == conference_id)))

    def by_external_key(self, source_id: str, primary_key: str) -> Conference | None:
        """The conference with this key that is not deleted, locked until the unit of work ends."""
        if not primary_key:
            return None
        query = rows.select_conferences().where(
            booked.c.external_source_id == source_id,
            booked.c.external_primary_key == primary_key,
            KEY_IN_USE,
        )
        return self._one(_locked(query.order_by(occurrence.c.id).limit(1)))

    def add(self, conference: Conference) -> Conference:
        """Store a new conference (its id is ignored) with its reservations; return it with its id.

        Raises:
            StoreConflict: a system or the space is reserved by another conference, or the external key
                is in use.
        """
        insertion = insert(booked).values(rows.to_booked(conference)).returning(booked.c.id)
        booked_id = self._connection.execute(insertion).scalar_one()
        row = rows.to_occurrence(conference) | {"conference_id": booked_id}
        new_id = self._connection.execute(
            insert(occurrence).values(row).returning(occurrence.c.id)
        ).scalar_one()
        insert_rows(self._connection, participant, rows.to_participants(conference, booked_id))
        added = replace(conference, id=new_id, transaction_id=None)
        self._reservations.add(added)
        return added

    def update(self, conference: Conference) -> None:
        """Replace a stored conference, its participants and its reservations.

        Raises:
            StoreConflict: a system or the space is reserved by another conference, or the external key
                is in use.
            LookupError: no conference has this id.
        """
        before = self.get(conference.id)
        if before is None:
            raise LookupError(f"there is no conference {conference.id}")
        change = update(occurrence).where(occurrence.c.id == conference.id)
        booked_id = self._connection.execute(
            change.values(rows.to_occurrence(conference)).returning(occurrence.c.conference_id)
        ).scalar_one()
        self._connection.execute(
            update(booked).where(booked.c.id == booked_id).values(rows.to_booked(conference))
        )
        if conference.participants != before.participants:
            mine = participant.c.conference_id == booked_id
            self._connection.execute(participant.delete().where(mine))
            insert_rows(self._connection, participant, rows.to_participants(conference, booked_id))
        self._reservations.replace(before, conference)

    def clashes(
        self, system_ids: Iterable[int], period: Period, *, besides: int | None = None
    ) -> Sequence[Clash]:
        """Reservations of these systems that overlap the period, but not those of ``besides``."""
        reservation = system_reservation.c
        query = (
            select(
                reservation.system_id,
                reservation.occurrence_id,
                reservation.start_at,
                reservation.end_at,
                booked.c.title,
                booked.c.privacy_flag,
                booked.c.owner_id,
            )
            .join(occurrence, occurrence.c.id == reservation.occurrence_id)
            .join(booked, booked.c.id == occurrence.c.conference_id)
            .where(reservation.system_id.in_(set(system_ids)), overlaps(system_reservation, period))
            .order_by(reservation.system_id, reservation.start_at)
        )
        if besides is not None:
            query = query.where(reservation.occurrence_id != besides)
        return [rows.to_clash(row) for row in self._connection.execute(query).mappings()]

    def for_systems(
        self, system_ids: Iterable[int], period: Period, status: StatusFilter, now: datetime
    ) -> Sequence[Conference]:
        """Conferences with one of the systems that overlap the period, each once, by start, then id.

        Participants are left out.
        """
        of_systems = select(participant.c.conference_id).where(participant.c.system_id.in_(set(system_ids)))
        return self._list(occurrence.c.conference_id.in_(of_systems), period, status, now)

    def for_user(
        self, user_id: int, period: Period, status: StatusFilter, now: datetime
    ) -> Sequence[Conference]:
        """Conferences created or owned by the user that overlap the period, by start, then id.

        Participants are left out.
        """
        is_theirs = or_(booked.c.owner_id == user_id, booked.c.created_by_id == user_id)
        return self._list(is_theirs, period, status, now)

    def _list(
        self, condition: ColumnElement[bool], period: Period, status: StatusFilter, now: datetime
    ) -> Sequence[Conference]:
        query = (
            rows.select_conferences()
            .where(condition, overlaps(occurrence, period), _has_status(status, now))
            .order_by(occurrence.c.start_at, occurrence.c.id)
        )
        return [rows.to_conference(row) for row in self._connection.execute(query).mappings()]

    def _one(self, query: Select[Any]) -> Conference | None:
        row = self._connection.execute(query).mappings().one_or_none()
        if row is None:
            return None
        query = (
            select(participant)
            .where(participant.c.conference_id == row["conference_id"])
            .order_by(participant.c.position)
        )
        return rows.to_conference(row, self._connection.execute(query).mappings().all())


def _locked(query: Select[Any]) -> Select[Any]:
    # KEY SHARE, so that others may still refer to the row; SQLite has one writer anyway.
    return query.with_for_update(key_share=True, of=[occurrence, booked])


def _has_status(status: StatusFilter, now: datetime) -> ColumnElement[bool]:
    """The same as ``tmsba.domain.conference.matches``, asked of the database."""
    state, start, end = occurrence.c.state, occurrence.c.start_at, occurrence.c.end_at
    is_booked = state == StoredState.BOOKED
    conditions: dict[StatusFilter, ColumnElement[bool]] = {
        StatusFilter.ALL: true(),
        StatusFilter.ALL_EXCEPT_DELETED: state != StoredState.DELETED,
        StatusFilter.PENDING: and_(is_booked, start > now),
        StatusFilter.ONGOING: and_(is_booked, start <= now, end > now),
        StatusFilter.FINISHED: and_(is_booked, end <= now),
        StatusFilter.PENDING_AND_ONGOING: and_(is_booked, or_(start > now, end > now)),
        StatusFilter.MEETING_REQUEST: state == StoredState.MEETING_REQUEST,
        StatusFilter.REJECTED: state == StoredState.REJECTED,
        StatusFilter.NOT_SAVED: false(),
        StatusFilter.DEFECTIVE: state.in_([StoredState.DEFECTIVE_CLASH, StoredState.DEFECTIVE_ROUTE]),
        StatusFilter.DELETED: state == StoredState.DELETED,
    }
    return conditions[status]
