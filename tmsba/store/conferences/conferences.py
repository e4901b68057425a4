"""Conferences and the questions about them."""

from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, insert, select, update

from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.decision import Decision
from tmsba.domain.conference.series import Series
from tmsba.domain.time.times import Period
from tmsba.domain.values import StatusFilter
from tmsba.ports.conferences import Clash, ConferenceFilter
from tmsba.ports.work import StoreConflict
from tmsba.store.conferences import queries, rows
from tmsba.store.conferences.clashes import read_clashes
from tmsba.store.conferences.decisions import keep_decision, read_decision
from tmsba.store.conferences.free_time import next_free
from tmsba.store.conferences.reservations import Reservations
from tmsba.store.conferences.rows import Booked
from tmsba.store.conferences.series import SeriesWriter
from tmsba.store.sql.statements import insert_rows
from tmsba.store.tables.tables import conference as booked
from tmsba.store.tables.tables import occurrence, participant, space, space_reservation

_BY_START = (occurrence.c.start_at, occurrence.c.id)
_LEFT_ITS_SERIES = "Somebody else took the conference out of its series at the same moment."


class SqlConferences:
    """Implements ``tmsba.ports.conferences.Conferences``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._reservations = Reservations(connection)
        self._series = SeriesWriter(connection)

    def get(self, conference_id: int) -> Conference | None:
        """The conference with this id."""
        return queries.read_by_id(self._connection, conference_id)

    def get_for_update(self, conference_id: int) -> Conference | None:
        """The same, locked until the unit of work ends; a date of a series with all of its series.

        Raises:
            StoreConflict: it has just left its series.
        """
        head = queries.lock_whole(self._connection, conference_id)
        if head is None:
            return None
        conference = queries.read_part(self._connection, head["id"], conference_id)
        if conference is None:
            raise StoreConflict(_LEFT_ITS_SERIES)
        return conference

    def by_external_key(self, source_id: str, primary_key: str) -> Conference | None:
        """The conference with this key that is not deleted, locked until the unit of work ends.

        Of a series it is the first occurrence that is not deleted.
        """
        head = queries.lock_by_key(self._connection, source_id, primary_key) if primary_key else None
        return None if head is None else queries.read_by_head(self._connection, head["id"])

    def deleted_by_external_key(self, source_id: str, primary_key: str) -> Conference | None:
        """The newest deleted conference that had this key; of a deleted series its first occurrence."""
        if not primary_key:
            return None
        head_id = queries.newest_deleted(self._connection, source_id, primary_key)
        return None if head_id is None else queries.read_by_head(self._connection, head_id)

    def give_up_key(self, conference_id: int) -> None:
        """Let the external key of a single conference, or of a whole series, be used for another one.

        The conference still tells its key, and is no longer found by it. The caller has locked it.
        """
        queries.give_up_key(self._connection, conference_id)

    def add(self, conference: Conference) -> Conference:
        """Store a new conference (its id is ignored) with its reservations; return it with its id.

        Raises:
            StoreConflict: a system or the space is reserved by another conference, or the external key
                is in use.
            ValueError: it is a date of a series.
        """
        if conference.series is not None:
            raise ValueError("dates of a series are stored with it, by add_series or update_series")
        row = rows.to_booked(Booked.of(conference), is_deleted=conference.is_deleted)
        booked_id = self._connection.execute(insert(booked).values(row).returning(booked.c.id)).scalar_one()
        row = rows.to_occurrence(conference) | {"conference_id": booked_id}
        new_id = self._connection.execute(
            insert(occurrence).values(row).returning(occurrence.c.id)
        ).scalar_one()
        insert_rows(self._connection, participant, rows.to_participants(Booked.of(conference), booked_id))
        added = replace(conference, id=new_id, transaction_id=None)
        self._reservations.add([added])
        keep_decision(self._connection, booked_id, added)
        return added

    def update(self, conference: Conference) -> None:
        """Replace a stored conference, its participants and its reservations.

        Of a date of a series it replaces period, state, version and route, and whether it is an exception.

        Raises:
            StoreConflict: a system or the space is reserved by another conference, or the external key
                is in use.
            LookupError: no conference has this id.
            ValueError: something else about a date of a series is to change.
        """
        before = self.get(conference.id)
        if before is None:
            raise LookupError(f"there is no conference {conference.id}")
        if before.series is not None or conference.series is not None:
            _check_date_only(before, conference)
        change = update(occurrence).where(occurrence.c.id == conference.id)
        booked_id = self._connection.execute(
            change.values(rows.to_occurrence(conference)).returning(occurrence.c.conference_id)
        ).scalar_one()
        if before.series is None:
            self._update_booking(before, conference, booked_id)
        elif before.is_deleted != conference.is_deleted:
            note = queries.note_deleted if conference.is_deleted else queries.note_living
            note(self._connection, [booked_id, before.series.series_id])
        self._reservations.replace([(before, conference)])

    def connect(self, conference_id: int, at: datetime) -> None:
        """Note since when everybody is to be connected, aware; nothing else about the conference changes."""
        change = update(occurrence).where(occurrence.c.id == conference_id).values(connected_at=at)
        self._connection.execute(change)

    def _update_booking(self, before: Conference, after: Conference, booked_id: int) -> None:
        row = rows.to_booked(Booked.of(after), is_deleted=after.is_deleted)
        if before.is_deleted == after.is_deleted and rows.keeps_key(before, after):
            del row["is_deleted"]
        self._connection.execute(update(booked).where(booked.c.id == booked_id).values(row))
        if after.participants != before.participants:
            mine = participant.c.conference_id == booked_id
            self._connection.execute(participant.delete().where(mine))
            insert_rows(self._connection, participant, rows.to_participants(Booked.of(after), booked_id))
        keep_decision(self._connection, booked_id, after)

    def decision(self, conference_id: int) -> Decision | None:
        """How the conference was routed when it was last saved; nothing when that was not kept."""
        return read_decision(self._connection, conference_id)

    def series_of(self, conference_id: int) -> Series | None:
        """The series that the occurrence with this id belongs to, locked until the unit of work ends.

        ``None`` when there is no such conference or it is a single one. A unit of work that only reads locks
        nothing.

        Raises:
            StoreConflict: the conference has just left its series.
        """
        head = queries.lock_whole(self._connection, conference_id)
        if head is None or head["pattern"] is None:
            return None
        series = queries.read_series(self._connection, head)
        if all(date.id != conference_id for date in series.occurrences):
            raise StoreConflict(_LEFT_ITS_SERIES)
        return series

    def add_series(self, series: Series) -> Series:
        """Store a new series (ids are ignored) with all reservations; return it with its ids.

        Raises:
            StoreConflict: a system or a space is reserved by another conference, or by another date of the
                series, or the external key is in use.
        """
        return self._series.add(series)

    def update_series(self, before: Series, after: Series) -> Series:
        """Replace a stored series by ``after``: occurrences with id 0 are new, the others replace theirs.

        Args:
            before: As ``series_of`` gave it in this unit of work.
            after: With all of its occurrences, deleted ones too, but those that ``detach`` got.

        Raises:
            StoreConflict: a system or a space is reserved by another conference, or by another date of the
                series, or the external key is in use.
            ValueError: an occurrence is left out, or is none of this series.
        """
        return self._series.update(before, after)

    def detach(self, conference: Conference) -> None:
        """Make an occurrence of a series a single conference with details and participants of its own.

        Raises:
            StoreConflict: a system or the space is reserved by another conference, or the external key
                is in use.
            ValueError: it belongs to no series.
        """
        before = self.get(conference.id)
        if before is None or before.series is None:
            raise ValueError(f"the conference {conference.id} belongs to no series")
        query = select(occurrence.c.conference_id).where(occurrence.c.id == conference.id)
        booked_id: int = self._connection.execute(query).scalar_one()
        after = replace(conference, series=None)
        self._series.detach(before, after, before.series, booked_id)

    def next_free(
        self, system_ids: Collection[int], wanted: Period, *, until: datetime, besides: Collection[int] = ()
    ) -> datetime | None:
        """The first start, from that of the wanted period on, from which all these systems are free as long.

        ``None`` when there is none up to ``until``, aware.
        """
        return next_free(self._connection, system_ids, wanted, until=until, besides=besides)

    def clashes_in(
        self, system_ids: Iterable[int], periods: Sequence[Period], *, besides: Collection[int] = ()
    ) -> Sequence[Clash]:
        """Reservations of these systems that overlap any of the periods, in one statement.

        Each once, in order of systems, then start.
        """
        return read_clashes(self._connection, system_ids, periods, besides=besides)

    def find(self, wanted: ConferenceFilter, *, limit: int | None = None) -> Sequence[Conference]:
        """The first conferences that a list holds, each once, by start, then id.

        Participants and WebEx are left out.
        """
        query = rows.select_conferences(is_list=True).where(*queries.is_listed(self._connection, wanted))
        return self._listed(query.order_by(*_BY_START).limit(limit))

    def find_ids(self, wanted: ConferenceFilter, *, beyond: int) -> Sequence[int]:
        """The ids of those that come behind the first ``beyond`` ones, in the same order."""
        query = (
            select(occurrence.c.id)
            .join(booked, booked.c.id == occurrence.c.conference_id)
            .where(*queries.is_listed(self._connection, wanted))
            .order_by(*_BY_START)
            .offset(beyond)
        )
        # Eight bytes each: there may be millions.
        return array("q", self._connection.execute(query).scalars())

    def find_again(self, wanted: ConferenceFilter, ids: Collection[int]) -> Sequence[Conference]:
        """Those with these ids, of a list, as they are by now; without those that moved or changed out of it.

        In the order of the ids; participants and WebEx are left out.
        """
        still = replace(wanted, system_ids=None)
        query = rows.select_conferences(is_list=True).where(
            occurrence.c.id.in_(ids), *queries.is_listed(self._connection, still)
        )
        found = {one.id: one for one in self._listed(query)}
        return [found[number] for number in ids if number in found]

    def requests(self, now: datetime, *, limit: int) -> Sequence[Conference]:
        """The first conferences that wait for approval and are not over, by end, then id.

        Participants and WebEx are left out.
        """
        query = (
            rows.select_conferences(is_list=True)
            .where(occurrence.c.end_at > now, queries.has_status(StatusFilter.MEETING_REQUEST, now))
            .order_by(occurrence.c.end_at, occurrence.c.id)
            .limit(limit)
        )
        return self._listed(query)

    def pending_on_bridge(self, bridge_id: int, now: datetime) -> Sequence[Conference]:
        """Booked conferences to come that hold a space of this bridge, by start, then id.

        Participants are left out.
        """
        held = space_reservation.c
        to_come = (
            select(held.occurrence_id)
            .join(space, space.c.id == held.space_id)
            .where(space.c.bridge_id == bridge_id, held.end_at > now, held.start_at > now)
        )
        query = rows.select_conferences().where(occurrence.c.id.in_(to_come)).order_by(*_BY_START)
        return self._listed(query)

    def participant_emails(self, conference_ids: Collection[int]) -> Mapping[int, Collection[str]]:
        """The e-mail addresses of the participants of these conferences, by their ids, in one statement.

        Conferences whose participants have none are left out.
        """
        return queries.read_emails(self._connection, conference_ids)

    def _listed(self, query: Select[Any]) -> Sequence[Conference]:
        found = self._connection.execute(query).mappings()
        return [rows.to_conference(row, rows.to_booking(row)) for row in found]


def _check_date_only(before: Conference, after: Conference) -> None:
    """Whether the change touches nothing that the dates of a series share."""
    place = before.series and replace(
        before.series, is_exception=after.series is not None and after.series.is_exception
    )
    allowed = replace(
        before,
        period=after.period,
        state=after.state,
        version=after.version,
        route=after.route,
        transaction_id=after.transaction_id,
        series=place,
        is_cancelled=after.is_cancelled,
    )
    if allowed != after:
        raise ValueError(
            f"the conference {after.id} is a date of a series: change what it shares by update_series"
        )
