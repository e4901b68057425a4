"""End and delete conferences and series.

Source: TMSBA guide, EndConferenceById, DeleteConferenceById, DeleteConferenceRecInstanceById.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tmsba.booking.request.change_log import Changed, record
from tmsba.booking.request.lookup import locked
from tmsba.booking.request.owner import check_may_change
from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.rules import check_changeable, check_endable, open_occurrences
from tmsba.domain.conference.series import Series
from tmsba.domain.errors import ConferenceIsDeleted
from tmsba.domain.licensing.sessions import Client
from tmsba.domain.people.users import Caller
from tmsba.domain.time.times import Period, whole_seconds
from tmsba.domain.values import ConferenceStatus, StoredState
from tmsba.ports.work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Who ends or deletes something, and when."""

    caller: Caller
    client: Client
    now: datetime


def end(uow: UnitOfWork, ending: Ending, conference_id: int) -> Conference:
    """End an ongoing conference: it is finished from now on. Returns what became of it.

    Raises:
        ConferenceNotFound, PermissionMissing, ConferenceIsDeleted, ConferenceNotActive.
    """
    conference = locked(uow, conference_id)
    check_may_change(ending.caller, conference)
    check_endable(conference, ending.now)
    return _close(uow, ending, conference)


def delete(uow: UnitOfWork, ending: Ending, conference_id: int) -> Conference | Series:
    """Delete a conference that has not started, or end one that is going on; a series as a whole.

    Returns what became of it.

    Raises:
        ConferenceNotFound, PermissionMissing, ConferenceIsDeleted, CannotBookInThePast.
    """
    conference = locked(uow, conference_id)
    if conference.series is None:
        return delete_occurrence(uow, ending, conference_id)
    check_may_change(ending.caller, conference)
    series = uow.conferences.series_of(conference_id)
    if series is None:
        raise ConferenceIsDeleted("The series of conference {id} has been deleted before.", id=conference_id)
    open_ones = open_occurrences(series, conference_id, ending.now)
    version = series.version + 1
    closed = [_closed(one, ending.now, version, is_exception=False) for one in open_ones]
    changed = [
        Changed(one, replace(after, is_cancelled=True)) for one, after in zip(open_ones, closed, strict=True)
    ]
    return _store_series(uow, ending, series, changed)


def delete_occurrence(uow: UnitOfWork, ending: Ending, conference_id: int) -> Conference:
    """Delete one occurrence of a series, or a single conference; end it when it is going on.

    Returns what became of it.

    Raises:
        ConferenceNotFound, PermissionMissing, ConferenceIsDeleted, CannotBookInThePast.
    """
    conference = locked(uow, conference_id)
    check_may_change(ending.caller, conference)
    check_changeable(conference, ending.now)
    return _close(uow, ending, conference, is_cancelled=True)


def _close(
    uow: UnitOfWork, ending: Ending, conference: Conference, *, is_cancelled: bool = False
) -> Conference:
    series = uow.conferences.series_of(conference.id) if conference.series else None
    version = (series.version if series else conference.version) + 1
    closed = _closed(conference, ending.now, version, is_exception=True)
    if is_cancelled and not closed.is_deleted:
        # It was going on: it is finished, and yet deleted for whoever asks again.
        closed = replace(closed, is_cancelled=True)
    changed = [Changed(conference, closed)]
    if series:
        _store_series(uow, ending, series, changed)
    else:
        uow.conferences.update(changed[0].after)
        record(uow, ending.caller, ending.client.request_id, ending.now, changed)
    return changed[0].after


def _closed(conference: Conference, now: datetime, version: int, *, is_exception: bool) -> Conference:
    """An ongoing conference ends now, one to come is deleted."""
    place = conference.series
    if conference.status(now) is ConferenceStatus.ONGOING:
        period = Period(conference.period.start, max(conference.period.start, whole_seconds(now)))
        return replace(conference, period=period, version=version)
    if place and is_exception:
        place = replace(place, is_exception=True)
    return replace(conference, state=StoredState.DELETED, version=version, series=place)


def _store_series(uow: UnitOfWork, ending: Ending, series: Series, changed: Sequence[Changed]) -> Series:
    after = {one.after.id: one.after for one in changed}
    occurrences = tuple(after.get(one.id, one) for one in series.occurrences)
    stored = uow.conferences.update_series(series, replace(series, occurrences=occurrences))
    record(uow, ending.caller, ending.client.request_id, ending.now, changed)
    return stored
