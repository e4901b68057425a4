"""Save a series that is stored. Source: TMSBA guide, SaveConferenceWithMode and Ongoing Meetings."""

import uuid
from collections.abc import Sequence
from dataclasses import replace

from tmsba.booking.request.change_log import Changed
from tmsba.booking.request.intent import Saving, check_revision
from tmsba.booking.request.lookup import found
from tmsba.booking.request.owner import check_may_change
from tmsba.booking.request.patterns import is_told_pattern
from tmsba.booking.save.repeated import named_by, without_repeated
from tmsba.booking.save.series_changes import Wanted, changes, is_unchanged, to_come, wanted_of
from tmsba.booking.save.series_drafts import common_of
from tmsba.booking.save.series_storing import recorded, reserved, series_of
from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.rules import check_bookable_period, new_period, series_is_over
from tmsba.domain.conference.series import Series
from tmsba.domain.conference.series_dates import SeriesDate, check_order
from tmsba.domain.errors import ConferenceIsDeleted
from tmsba.domain.time.times import Period
from tmsba.ports.work import UnitOfWork


def update_series(uow: UnitOfWork, saving: Saving, series: Series) -> Series | Conference:
    """Save a stored series as a whole; see ``series_saving.save_series``.

    Raises:
        TmsbaError: one of the documented errors of a save.
    """
    if series.is_cancelled(saving.now):
        raise ConferenceIsDeleted(
            "The series of conference {id} is deleted: book a new series instead.", id=series.first.id
        )
    check_may_change(saving.caller, series.first)
    named = named_by(saving, series)
    if named and named.is_deleted:
        raise ConferenceIsDeleted(
            "Conference {id} has been deleted. Book a new one with ConferenceId -1.", id=named.id
        )
    # The client can have read that of the series last, or of the occurrence that it names.
    versions = (series.version, named.version) if named else (series.version,)
    saving = replace(saving, request=without_repeated(saving, series, named))
    wanted = _wanted(uow, saving, series)
    dates = to_come(wanted)
    if not wanted.is_open and not any(not entry.is_deleted for entry in dates):
        raise series_is_over(series.first.id)
    # A client that makes a series longer that is over knows its key, and need not have read it.
    if wanted.is_open or saving.request.version:
        check_revision(saving, series.first, *versions)
    _check_dates(wanted, dates)
    return _stored(uow, wanted, dates)


def _wanted(uow: UnitOfWork, saving: Saving, series: Series) -> Wanted:
    first = _first_period(saving, series)
    if not series.open_at(saving.now) and first.start != series.first_period.start:
        raise series_is_over(series.first.id)
    return wanted_of(saving, series, common_of(uow, saving, series, None, first))


def _first_period(saving: Saving, series: Series) -> Period:
    """The first date by the pattern: the request's, or what the series has.

    A client may send the series back with times that it got: those of the occurrence that it names, or of
    the first one that is not over. Nothing is moved then.
    """
    request, stored = saving.request, series.first_period
    wanted = (request.start or stored.start, request.end or stored.end)
    left = series.open_at(saving.now)
    given_out = {one.period for one in series.occurrences if one.id == request.id}
    given_out |= {left[0].period if left else stored}
    # One that was ended in its first second starts and ends at once.
    is_given_out = wanted in {(period.start, period.end) for period in given_out}
    return stored if is_given_out and is_told_pattern(saving, series) else new_period(*wanted)


def _check_dates(wanted: Wanted, dates: Sequence[SeriesDate]) -> None:
    periods = [entry.period for entry in dates if not entry.is_deleted]
    check_order(periods, wanted.common.details.rules)
    for period in periods:
        check_bookable_period(period, wanted.saving.now, wanted.saving.window)


def _stored(uow: UnitOfWork, wanted: Wanted, dates: Sequence[SeriesDate]) -> Series | Conference:
    changed = changes(wanted, dates, is_leaving=False)
    ongoing, series = wanted.ongoing, wanted.series
    if ongoing is None or is_unchanged(wanted, changed):
        return _store(uow, wanted, changed, None) if changed else series
    detached = _detached(series, ongoing)
    stored = _store(uow, wanted, changes(wanted, dates, is_leaving=True), detached)
    is_left = any(not entry.is_deleted for entry in dates)
    return stored if is_left else found(uow, detached.after.id)


def _store(uow: UnitOfWork, wanted: Wanted, changed: Sequence[Changed], detached: Changed | None) -> Series:
    saving, series, common = wanted.saving, wanted.series, wanted.common
    left = [detached] if detached else []
    for one in left:
        uow.conferences.detach(one.after)
    kept = [one for one in series.occurrences if not detached or one.id != detached.after.id]
    before = {one.id: one for one in kept}
    # What is over or goes on keeps its reservations: nothing can be booked over it.
    movable = {one.before.id: one.before for one in changed if one.before}
    after = [one.after for one in changed]
    booked = reserved(uow, saving, common, after, movable, may_be_none=bool(left))
    touched = {one.id for one in booked if one.id}
    untouched = [one for one in kept if one.id not in touched]
    old = replace(series, occurrences=tuple(kept))
    stored = uow.conferences.update_series(old, series_of(common, [*untouched, *booked], series.id))
    changes_made = [
        Changed(before.get(one.id), one)
        for one in stored.occurrences
        if one.id in touched or one.id not in before
    ]
    return recorded(uow, saving, stored, [*left, *changes_made])


def _detached(series: Series, ongoing: Conference) -> Changed:
    """The ongoing occurrence as a single conference that names the series it comes from."""
    details = replace(
        ongoing.details,
        external_primary_key=str(uuid.uuid4()),
        detached_source_id=series.details.external_source_id,
        detached_primary_key=series.details.external_primary_key,
    )
    return Changed(ongoing, replace(ongoing, details=details, series=None, version=series.version + 1))
