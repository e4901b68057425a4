"""Writing series: how a change of one becomes changes of rows, in a fixed number of statements."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from tmsba.domain.conference.conference import Conference, SeriesPlace
from tmsba.domain.conference.series import Series
from tmsba.store.conferences import rows
from tmsba.store.conferences.decisions import carry_decision_over, keep_decisions
from tmsba.store.conferences.queries import note_deleted
from tmsba.store.conferences.reservations import Reservations
from tmsba.store.conferences.rows import Booked
from tmsba.store.sql.statements import draw_ids, insert_rows, update_rows
from tmsba.store.tables.tables import conference as booked
from tmsba.store.tables.tables import detached_date, occurrence, participant


class SeriesWriter:
    """Writes the rows of series; the caller holds their lock."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._reservations = Reservations(connection)

    def add(self, series: Series) -> Series:
        """Store a new series; see ``tmsba.ports.conferences.Conferences.add_series``."""
        head_id, *own_ids = draw_ids(self._connection, booked, 1 + len(_exceptions(series)))
        added = self._numbered(series, head_id, is_new=True)
        exceptions = _exceptions(added)
        bookings = dict(zip([date.id for date in exceptions], own_ids, strict=True))
        head = {"id": head_id} | _head_row(added)
        own = [_own_row(date, bookings[date.id], added) for date in exceptions]
        insert_rows(self._connection, booked, [head, *own])
        people = rows.to_participants(Booked.of(added), head_id)
        for date in exceptions:
            people += rows.to_participants(Booked.of(date), bookings[date.id])
        insert_rows(self._connection, participant, people)
        self._insert_dates(added.occurrences, bookings, head_id)
        self._reservations.add(added.occurrences)
        keep_decisions(self._connection, head_id, added.occurrences, is_new=True)
        return added

    def update(self, before: Series, after: Series) -> Series:
        """Replace a stored series; see ``tmsba.ports.conferences.Conferences.update_series``."""
        stored, is_key_free = self._stored_bookings(after.id)
        if before.living and not rows.keeps_key(before, after):
            is_key_free = False
        known = {date.id: date for date in before.occurrences}
        _check_dates(after, stored, known)
        own = {date_id: booked_id for date_id, booked_id in stored.items() if booked_id != after.id}
        now = self._numbered(after, after.id)
        bookings = self._write_bookings(before, now, own, is_key_free=is_key_free)
        kept = [date for date in now.occurrences if date.id in stored]
        changed = [
            _date_row(date, bookings, now.id)
            for date in kept
            if rows.to_occurrence(date) != rows.to_occurrence(known[date.id])
            or bookings.get(date.id) != own.get(date.id)
        ]
        update_rows(self._connection, occurrence, changed)
        new = [date for date in now.occurrences if date.id not in stored]
        self._insert_dates(new, bookings, now.id)
        self._drop_bookings(set(own.values()) - set(bookings.values()))
        self._reservations.replace([(known[date.id], date) for date in kept], new)
        keep_decisions(self._connection, now.id, now.occurrences)
        return now

    def detach(self, before: Conference, after: Conference, place: SeriesPlace, booked_id: int) -> None:
        """Make an occurrence a single conference.

        Args:
            before: As it is stored.
            after: As it is to be.
            place: Where it stands in the series that it leaves.
            booked_id: The row of ``conference`` that it has now.
        """
        head_id = place.series_id
        # First: when no other date is left, this one may take the external key along.
        note_deleted(self._connection, [head_id], besides=before.id)
        if booked_id == head_id:
            [own_id] = draw_ids(self._connection, booked, 1)
            insert_rows(self._connection, booked, [{"id": own_id} | _single_row(after)])
        else:
            own_id = booked_id
            change = update(booked).where(booked.c.id == own_id).values(_single_row(after))
            self._connection.execute(change)
            self._connection.execute(delete(participant).where(participant.c.conference_id == own_id))
        insert_rows(self._connection, participant, rows.to_participants(Booked.of(after), own_id))
        row = rows.to_occurrence(after) | {"conference_id": own_id}
        self._connection.execute(update(occurrence).where(occurrence.c.id == after.id).values(row))
        left = {"occurrence_id": after.id, "series_id": head_id, "recurrence_at": place.recurrence_id}
        self._connection.execute(insert(detached_date).values(left))
        carry_decision_over(self._connection, head_id, after.id, own_id)
        self._reservations.replace([(before, after)])

    def _numbered(self, series: Series, series_id: int, *, is_new: bool = False) -> Series:
        """The series with ids for what is new, and with its own id everywhere."""
        dates = series.occurrences
        count = len(dates) if is_new else sum(not date.id for date in dates)
        new_ids = iter(draw_ids(self._connection, occurrence, count))
        placed = []
        for date in dates:
            if date.series is None:
                raise ValueError("a date of a series needs a recurrence id")
            new: dict[str, Any] = {}
            if is_new or not date.id:
                new = {"id": next(new_ids), "transaction_id": None}
            if date.series.series_id != series_id:
                place = date.series
                new["series"] = SeriesPlace(
                    series_id=series_id, recurrence_id=place.recurrence_id, is_exception=place.is_exception
                )
            placed.append(replace(date, **new) if new else date)
        return replace(series, id=series_id, occurrences=tuple(placed))

    def _stored_bookings(self, series_id: int) -> tuple[dict[int, int], bool]:
        """Which row of ``conference`` each date has, and whether others may use the external key."""
        head = select(booked.c.is_deleted).where(booked.c.id == series_id).scalar_subquery()
        query = select(occurrence.c.id, occurrence.c.conference_id, head.label("is_key_free"))
        found = self._connection.execute(query.where(occurrence.c.series_id == series_id)).all()
        return {row.id: row.conference_id for row in found}, any(row.is_key_free for row in found)

    def _write_bookings(
        self, before: Series, after: Series, own: dict[int, int], *, is_key_free: bool
    ) -> dict[int, int]:
        """Write the shared row and those of exceptions; give which own row each exception has."""
        known = {date.id: date for date in before.occurrences}
        head = _head_row(after)
        # A living series whose key was given up does not get it back by a save that tells it.
        head["is_deleted"] |= bool(before.living) and is_key_free
        exceptions = _exceptions(after)
        fresh = [date for date in exceptions if date.id not in own]
        ids = draw_ids(self._connection, booked, len(fresh))
        new_rows = dict(zip([date.id for date in fresh], ids, strict=True))
        bookings = {date.id: own[date.id] for date in exceptions if date.id in own} | new_rows
        changed = [
            date for date in exceptions if date.id in own and _own_values(date) != _own_values(known[date.id])
        ]
        update_rows(
            self._connection,
            booked,
            [
                *(
                    [{"id": after.id} | head]
                    if head != _head_row(before) | {"is_deleted": is_key_free}
                    else []
                ),
                *(_own_row(date, bookings[date.id], after) for date in changed),
            ],
        )
        insert_rows(self._connection, booked, [_own_row(date, bookings[date.id], after) for date in fresh])
        rewritten = {
            bookings[date.id]: Booked.of(date)
            for date in changed
            if date.participants != known[date.id].participants
        }
        if before.participants != after.participants:
            rewritten[after.id] = Booked.of(after)
        new = {bookings[date.id]: Booked.of(date) for date in fresh}
        self._write_participants(rewritten, new)
        return bookings

    def _write_participants(self, rewritten: dict[int, Booked], new: dict[int, Booked]) -> None:
        if rewritten:
            is_old = participant.c.conference_id.in_(rewritten)
            self._connection.execute(delete(participant).where(is_old))
        people = [
            row
            for booked_id, booking in sorted((rewritten | new).items(), key=lambda entry: entry[0])
            for row in rows.to_participants(booking, booked_id)
        ]
        insert_rows(self._connection, participant, people)

    def _insert_dates(self, dates: Iterable[Conference], bookings: dict[int, int], head_id: int) -> None:
        insert_rows(self._connection, occurrence, [_date_row(date, bookings, head_id) for date in dates])

    def _drop_bookings(self, booked_ids: set[int]) -> None:
        if booked_ids:
            self._connection.execute(delete(booked).where(booked.c.id.in_(booked_ids)))


def _exceptions(series: Series) -> list[Conference]:
    """The dates that need a row of ``conference`` of their own; other times alone are no reason."""
    common = Booked.of(series)
    return [date for date in series.occurrences if Booked.of(date) != common]


def _check_dates(after: Series, stored: dict[int, int], known: dict[int, Conference]) -> None:
    wanted = {date.id for date in after.occurrences if date.id}
    if lost := stored.keys() - wanted:
        raise ValueError(f"the series {after.id} has dates that the update leaves out: {sorted(lost)}")
    if strange := wanted - (stored.keys() & known.keys()):
        raise ValueError(f"these are no dates of the series {after.id}: {sorted(strange)}")


def _head_row(series: Series) -> dict[str, Any]:
    rule = (series.pattern, series.first_period)
    return rows.to_booked(Booked.of(series), is_deleted=not series.living, pattern=rule)


def _own_values(date: Conference) -> dict[str, Any]:
    return rows.to_booked(Booked.of(date), is_deleted=date.is_deleted) | {"people": date.participants}


def _own_row(date: Conference, booked_id: int, series: Series) -> dict[str, Any]:
    row = rows.to_booked(Booked.of(date), is_deleted=date.is_deleted, series_id=series.id)
    return {"id": booked_id} | row


def _single_row(conference: Conference) -> dict[str, Any]:
    return rows.to_booked(Booked.of(conference), is_deleted=conference.is_deleted)


def _date_row(date: Conference, bookings: dict[int, int], head_id: int) -> dict[str, Any]:
    row = rows.to_occurrence(date)
    return {"id": date.id, "conference_id": bookings.get(date.id, head_id)} | row
