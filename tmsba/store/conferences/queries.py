"""Reading conferences and series, and locking them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    bindparam,
    exists,
    false,
    func,
    or_,
    select,
    true,
    update,
)

from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.series import DetachedDate, Series
from tmsba.domain.time.times import Period
from tmsba.domain.values import StatusFilter, StoredState
from tmsba.ports.conferences import ConferenceFilter
from tmsba.store.conferences import rows
from tmsba.store.sql.engine import is_writing
from tmsba.store.sql.row_sets import given, given_table, types_of
from tmsba.store.sql.rows import is_in_or_overlaps, possible_ids
from tmsba.store.tables.tables import KEY_GIVEN_UP, KEY_IN_USE, detached_date, occurrence, participant
from tmsba.store.tables.tables import conference as booked

_ID = types_of(occurrence, ["id"])
#: So many ids are parameters of their own.
_FEW = 1000
# The row that stands for the whole: a single meeting has but one, every date of a series names that of it.
_HEAD_ID: ColumnElement[int] = func.coalesce(occurrence.c.series_id, occurrence.c.conference_id)


_BY_ID = rows.select_conferences().where(occurrence.c.id == bindparam("conference_id"))
_PEOPLE = (
    select(participant)
    .where(participant.c.conference_id == bindparam("conference_id"))
    .order_by(participant.c.position)
)


def read_by_id(connection: Connection, conference_id: int) -> Conference | None:
    """The conference with this id, with its participants."""
    return _with_people(
        connection, connection.execute(_BY_ID, {"conference_id": conference_id}).mappings().one_or_none()
    )


def read_one(connection: Connection, query: Select[Any]) -> Conference | None:
    """The one conference of a query by ``select_conferences``, with its participants."""
    return _with_people(connection, connection.execute(query).mappings().one_or_none())


def _with_people(connection: Connection, row: RowMapping | None) -> Conference | None:
    if row is None:
        return None
    people = connection.execute(_PEOPLE, {"conference_id": row["conference_id"]}).mappings().all()
    return rows.to_conference(row, rows.to_booking(row, people))


def read_part(connection: Connection, head_id: int, conference_id: int) -> Conference | None:
    """The single meeting or the date of a series with this id, if the row still stands for it."""
    query = rows.select_conferences().where(occurrence.c.id == conference_id, _HEAD_ID.in_([head_id]))
    return read_one(connection, query)


def read_by_head(connection: Connection, head_id: int) -> Conference | None:
    """A single meeting, or the occurrence that stands for a series, by the row that stands for it."""
    query = (
        rows.select_conferences()
        .where(or_(occurrence.c.conference_id == head_id, occurrence.c.series_id == head_id))
        .order_by(occurrence.c.state == StoredState.DELETED, occurrence.c.recurrence_at, occurrence.c.id)
        .limit(1)
    )
    return read_one(connection, query)


def read_series(connection: Connection, head: RowMapping) -> Series:
    """A series by the row that stands for it, with four statements."""
    head_id = head["id"]
    own_ids = select(booked.c.id).where(booked.c.series_id == head_id)
    is_of_series = or_(participant.c.conference_id == head_id, participant.c.conference_id.in_(own_ids))
    people = _participants(connection, is_of_series)
    own_rows = connection.execute(select(booked).where(booked.c.series_id == head_id)).mappings()
    bookings = {row["id"]: rows.to_booking(row, people[row["id"]]) for row in [head, *own_rows]}
    dates = (
        rows.select_dates()
        .where(occurrence.c.series_id == head_id)
        .order_by(occurrence.c.recurrence_at, occurrence.c.id)
    )
    common = bookings[head_id]
    pattern, first_period = head["pattern"]
    return Series(
        id=head_id,
        owner_id=common.owner_id,
        created_by_id=common.created_by_id,
        pattern=pattern,
        first_period=first_period,
        details=common.details,
        participants=common.participants,
        occurrences=tuple(
            rows.to_conference(row, bookings[row["conference_id"]])
            for row in connection.execute(dates).mappings()
        ),
        detached=_detached(connection, head_id),
    )


def _detached(connection: Connection, head_id: int) -> tuple[DetachedDate, ...]:
    query = (
        select(detached_date.c.recurrence_at, occurrence.c.start_at, occurrence.c.end_at)
        .join(occurrence, occurrence.c.id == detached_date.c.occurrence_id)
        .where(detached_date.c.series_id == head_id)
        .order_by(detached_date.c.recurrence_at)
    )
    return tuple(
        DetachedDate(recurrence_id=row.recurrence_at, period=Period(row.start_at, row.end_at))
        for row in connection.execute(query)
    )


def read_emails(connection: Connection, conference_ids: Iterable[int]) -> Mapping[int, Sequence[str]]:
    """The participants' e-mail addresses by conference, of those that have some."""
    values = given(connection, _ID, [{"id": number} for number in conference_ids])
    emails: dict[int, list[str]] = defaultdict(list)
    for row in connection.execute(_emails(connection.dialect.name), values):
        emails[row.id].append(row.email)
    return emails


@lru_cache
def _emails(kind: str) -> Select[Any]:
    asked = given_table(kind, _ID)
    return (
        select(asked.c.id, participant.c.email)
        .select_from(asked.join(occurrence, occurrence.c.id == asked.c.id))
        .join(participant, participant.c.conference_id == occurrence.c.conference_id)
        .where(participant.c.email != "")
    )


def lock_whole(connection: Connection, conference_id: int) -> RowMapping | None:
    """Let one unit of work at a time change a single meeting, or a series with all its dates.

    It is always the row that stands for the whole that is locked, and before anything else. What is read
    afterwards is what the holder before left. A unit of work that only reads locks nothing.
    """
    head_id = select(_HEAD_ID).where(occurrence.c.id == conference_id).scalar_subquery()
    return _lock(connection, booked.c.id == head_id)


def lock_by_key(connection: Connection, source_id: str, primary_key: str) -> RowMapping | None:
    """The same by external key."""
    is_source = booked.c.external_source_id == source_id
    return _lock(connection, is_source, booked.c.external_primary_key == primary_key, KEY_IN_USE)


def newest_deleted(connection: Connection, source_id: str, primary_key: str) -> int | None:
    """The row that stands for what had this key last, of what is deleted."""
    is_source = booked.c.external_source_id == source_id
    query = (
        select(booked.c.id)
        .where(is_source, booked.c.external_primary_key == primary_key, KEY_GIVEN_UP)
        .order_by(booked.c.id.desc())
        .limit(1)
    )
    return connection.execute(query).scalar_one_or_none()


def note_deleted(connection: Connection, booked_ids: Iterable[int], *, besides: int | None = None) -> None:
    """Note on those rows of ``conference`` of which all dates are deleted that it is so.

    Args:
        connection: The unit of work's.
        booked_ids: The rows.
        besides: An occurrence that is about to leave its series.
    """
    is_mine = or_(occurrence.c.conference_id == booked.c.id, occurrence.c.series_id == booked.c.id)
    is_living = exists().where(is_mine, occurrence.c.state != StoredState.DELETED)
    if besides is not None:
        is_living = is_living.where(occurrence.c.id != besides)
    is_gone = booked.c.id.in_(set(booked_ids)) & ~is_living
    connection.execute(update(booked).where(is_gone).values(is_deleted=True))


def note_living(connection: Connection, booked_ids: Iterable[int]) -> None:
    """Note on rows of ``conference`` that one of their dates is not deleted any more."""
    change = update(booked).where(booked.c.id.in_(set(booked_ids))).values(is_deleted=False)
    connection.execute(change)


def give_up_key(connection: Connection, conference_id: int) -> None:
    """Note on the row that stands for a single conference or a series that its key can be used again."""
    head_id = select(_HEAD_ID).where(occurrence.c.id == conference_id).scalar_subquery()
    connection.execute(update(booked).where(booked.c.id == head_id).values(is_deleted=True))


def is_listed(connection: Connection, wanted: ConferenceFilter) -> Iterator[ColumnElement[bool]]:
    """The conditions that a list puts on occurrences joined with what was booked."""
    if wanted.system_ids is not None:
        is_theirs = _is_among(connection, participant.c.system_id, possible_ids(wanted.system_ids))
        yield occurrence.c.conference_id.in_(select(participant.c.conference_id).where(is_theirs))
    if wanted.user_id is not None:
        yield or_(booked.c.owner_id == wanted.user_id, booked.c.created_by_id == wanted.user_id)
    yield is_in_or_overlaps(occurrence, wanted.period)
    yield has_status(wanted.status, wanted.now)


def _is_among(
    connection: Connection, column: ColumnElement[int], ids: Collection[int]
) -> ColumnElement[bool]:
    """Whether a column has one of these ids, of which there may be more than a statement takes parameters."""
    if len(ids) <= _FEW:
        return column.in_(ids)
    asked = select(given_table(connection.dialect.name, _ID).c.id)
    return column.in_(asked.params(given(connection, _ID, [{"id": number} for number in ids])))


def has_status(status: StatusFilter, now: datetime) -> ColumnElement[bool]:
    """The same as ``tmsba.domain.conference.conference.matches``, asked of occurrences in the database."""
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


def _lock(connection: Connection, *conditions: Any) -> RowMapping | None:
    query = select(booked).where(*conditions)
    if is_writing(connection):
        # KEY SHARE, so that others may still refer to the row; SQLite has one writer anyway.
        query = query.with_for_update(key_share=True)
    return connection.execute(query).mappings().one_or_none()


def _participants(
    connection: Connection, condition: ColumnElement[bool]
) -> Mapping[int, Sequence[RowMapping]]:
    query = select(participant).where(condition).order_by(participant.c.conference_id, participant.c.position)
    people: dict[int, list[RowMapping]] = defaultdict(list)
    for row in connection.execute(query).mappings():
        people[row["conference_id"]].append(row)
    return people
