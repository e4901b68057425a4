"""Find conferences, by id or by external key."""

from datetime import datetime

from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.series import Series
from tmsba.domain.conference.series_dates import find_date
from tmsba.domain.conference.series_differences import differences
from tmsba.domain.errors import ConferenceIsDeleted, ConferenceNotFound, OccurrenceNotFound
from tmsba.domain.values import ConferenceStatus
from tmsba.ports.work import UnitOfWork


def found(uow: UnitOfWork, conference_id: int) -> Conference:
    """The conference with this id.

    Raises:
        ConferenceNotFound: there is none.
    """
    return _checked(uow.conferences.get(conference_id), conference_id)


def locked(uow: UnitOfWork, conference_id: int) -> Conference:
    """The same, locked until the unit of work ends."""
    return _checked(uow.conferences.get_for_update(conference_id), conference_id)


def _checked(conference: Conference | None, conference_id: int) -> Conference:
    if conference is None:
        raise ConferenceNotFound(
            "There is no conference with id {id}: check the ConferenceId.", id=conference_id
        )
    return conference


def by_external_key(
    uow: UnitOfWork, source_id: str, primary_key: str, *, even_deleted: bool = False
) -> Conference:
    """The conference with this key, or the first occurrence of the series with it.

    Args:
        uow: the unit of work.
        source_id: with ``primary_key`` the external key.
        primary_key: the client's own id.
        even_deleted: whether the last one that had the key counts where none has it now.

    Raises:
        ConferenceNotFound: there is none.
    """
    conference = uow.conferences.by_external_key(source_id, primary_key)
    if conference is None and even_deleted:
        conference = uow.conferences.deleted_by_external_key(source_id, primary_key)
    if conference is None:
        raise ConferenceNotFound(
            "There is no conference with ExternalSourceId '{source}' and ExternalConferenceId '{key}'.",
            source=source_id,
            key=primary_key,
        )
    series = uow.conferences.series_of(conference.id) if conference.series else None
    return series.first if series else conference


def occurrence_by_external_key(
    uow: UnitOfWork,
    source_id: str,
    primary_key: str,
    recurrence_id: datetime | None,
    now: datetime,
    *,
    even_deleted: bool = False,
) -> Conference:
    """The occurrence of a series by its key and the start that the pattern gives it.

    A single conference has one occurrence, itself; a missing recurrence id means the first one.

    Args:
        uow: the unit of work.
        source_id: with ``primary_key`` the external key.
        primary_key: the client's own id.
        recurrence_id: the start by the pattern.
        now: the present, aware.
        even_deleted: whether a deleted occurrence counts, and the last series that had the key where none
            has it now.

    Raises:
        ConferenceNotFound: there is no conference with this key.
        OccurrenceNotFound: the series has no such occurrence, or it was deleted.
        ConferenceIsDeleted: it was deleted before it was stored, and deleted ones count.
    """
    conference = by_external_key(uow, source_id, primary_key, even_deleted=even_deleted)
    if recurrence_id is None:
        return conference
    series = uow.conferences.series_of(conference.id) if conference.series else None
    found = _member(series, recurrence_id, now) if series else _itself(conference, recurrence_id)
    if found is None and even_deleted:
        raise ConferenceIsDeleted("The occurrence of {id} has been deleted.", id=recurrence_id)
    if found is None or (found.is_deleted and not even_deleted):
        raise OccurrenceNotFound("No such occurrence: that of {id} has been deleted.", id=recurrence_id)
    return found


def _itself(conference: Conference, recurrence_id: datetime) -> Conference:
    find_date([conference.period.start], recurrence_id)
    return conference


def _member(series: Series, recurrence_id: datetime, now: datetime) -> Conference | None:
    """The occurrence of this id; else what the pattern says about that date, else one on the same UTC day.

    ``None`` for a date of the pattern that does not take place.
    """
    # The living ones first: on the same day they come before one that was deleted.
    dates = sorted(series.occurrences, key=lambda one: one.is_deleted)
    members: dict[datetime, Conference] = {}
    for one in dates:
        if one.series:
            members.setdefault(one.series.recurrence_id, one)
    if recurrence_id not in members:
        for difference in differences(series, now):
            if difference.recurrence_id == recurrence_id:
                return difference.occurrence
    return members[find_date(members, recurrence_id)]


def ongoing_by_external_key(
    uow: UnitOfWork, source_id: str, primary_key: str, recurrence_id: datetime | None, now: datetime
) -> Conference:
    """What is to be ended: the occurrence that is named, else the one that goes on, else the first one.

    Raises:
        ConferenceNotFound, OccurrenceNotFound: as ``occurrence_by_external_key``.
    """
    one = occurrence_by_external_key(uow, source_id, primary_key, recurrence_id, now, even_deleted=True)
    series = uow.conferences.series_of(one.id) if one.series and recurrence_id is None else None
    going_on = [date for date in series.living if _goes_on(date, now)] if series else []
    return going_on[0] if going_on else one


def _goes_on(conference: Conference, now: datetime) -> bool:
    return conference.status(now) is ConferenceStatus.ONGOING
