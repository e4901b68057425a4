"""Save a series. Source: TMSBA guide, SaveConferenceWithMode, RecurrencePattern and Ongoing Meetings."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace

from tmsba.booking.intent import Saving, check_revision
from tmsba.booking.lookup import found
from tmsba.booking.ports import UnitOfWork
from tmsba.booking.recording import Changed, record
from tmsba.booking.reserving import reserve
from tmsba.booking.series_drafts import (
    Common,
    as_meant,
    common_of,
    dates_with_overrides,
    draft,
    recurrence_id,
)
from tmsba.domain.conference import Conference, Details
from tmsba.domain.errors import ConferenceIsDeleted, UnsupportedRecurrence
from tmsba.domain.occurrences import expand
from tmsba.domain.rules import (
    check_bookable_period,
    check_changeable,
    new_period,
    open_occurrences,
)
from tmsba.domain.series import Series
from tmsba.domain.series_dates import SeriesDate, check_order, dates_of, merge
from tmsba.domain.times import Period
from tmsba.domain.values import ConferenceStatus, StoredState
from tmsba.domain.webex_changes import with_series_webex


def save_series(
    uow: UnitOfWork, saving: Saving, series: Series | None, *, single: Conference | None
) -> Series | Conference:
    """Create a series, or save one as a whole.

    When the last occurrence is going on and no other is to come, no series is left: that occurrence, by now
    a single conference, is what the caller gets (guide, Ongoing Meetings).

    Args:
        uow: the unit of work, which the caller commits.
        saving: the save.
        series: what is stored, or ``None`` for a new one.
        single: a single conference that is to become a series.

    Raises:
        TmsbaError: one of the documented errors of a save.
    """
    if series:
        return _update(uow, saving, series)
    replaced = [_given_up(saving, single)] if single else []
    for one in replaced:
        uow.conferences.update(one.after)
    return _create(uow, saving, single, replaced)


def _given_up(saving: Saving, single: Conference) -> Changed:
    """A single conference makes way for the series that it becomes."""
    check_changeable(single, saving.now)
    check_revision(saving, single, single.version)
    if single.status(saving.now) is ConferenceStatus.ONGOING:
        raise UnsupportedRecurrence(
            "Conference {id} is going on and cannot become a series: book the series by itself.",
            id=single.id,
        )
    return Changed(single, replace(single, state=StoredState.DELETED, version=single.version + 1))


def _create(
    uow: UnitOfWork, saving: Saving, single: Conference | None, replaced: Sequence[Changed]
) -> Series:
    request = saving.request
    first = new_period(request.start, request.end)
    common = common_of(uow, saving, None, single, first)
    dates = dates_with_overrides(saving, common)
    for entry in dates:
        check_bookable_period(entry.period, saving.now, saving.window)
    wanted = [draft(saving, common, entry, existing=None, version=1) for entry in dates]
    booked = _reserved(uow, saving, common, wanted, {})
    stored = uow.conferences.add_series(_series(common, booked))
    return _recorded(uow, saving, stored, [*replaced, *(Changed(None, one) for one in stored.occurrences)])


def _series(common: Common, occurrences: Sequence[Conference], series_id: int = 0) -> Series:
    return Series(
        id=series_id,
        owner_id=common.owner_id,
        created_by_id=common.created_by_id,
        pattern=common.pattern,
        first_period=common.first,
        details=common.details,
        participants=common.participants,
        occurrences=tuple(sorted(occurrences, key=recurrence_id)),
    )


def _reserved(
    uow: UnitOfWork,
    saving: Saving,
    common: Common,
    wanted: Sequence[Conference],
    before: Mapping[int, Conference],
    *,
    may_be_none: bool = False,
) -> list[Conference]:
    """The living ones with their systems and spaces; the deleted ones as they are."""
    living = [conference for conference in wanted if not conference.is_deleted]
    if not living and not may_be_none:
        raise UnsupportedRecurrence("All occurrences of the series are deleted: delete the series instead.")
    deleted = [replace(one, route=None) for one in wanted if one.is_deleted]
    return [*reserve(uow, saving, living, before, series=_series(common, ())), *deleted]


def _recorded(uow: UnitOfWork, saving: Saving, series: Series, changed: Sequence[Changed]) -> Series:
    ids = record(uow, saving.caller, saving.client.request_id, saving.now, _visible(changed))
    return replace(
        series,
        occurrences=tuple(
            replace(one, transaction_id=ids.get(one.id, one.transaction_id)) for one in series.occurrences
        ),
    )


def _visible(changed: Sequence[Changed]) -> list[Changed]:
    """Without dates that were deleted before."""
    return [one for one in changed if not one.after.is_deleted or (one.before and not one.before.is_deleted)]


# ------------------------------------------------------------------ update


def _update(uow: UnitOfWork, saving: Saving, series: Series) -> Series | Conference:
    if not series.living:
        raise ConferenceIsDeleted(
            "The series of conference {id} is deleted: book a new series instead.", id=series.first.id
        )
    open_ones = open_occurrences(series, series.first.id, saving.now)
    check_revision(saving, series.first, series.version)
    first = _first_period(saving, series)
    common = common_of(uow, saving, series, None, first)
    ongoing = next((one for one in open_ones if one.status(saving.now) is ConferenceStatus.ONGOING), None)
    dates = _updated_dates(saving, series, common, ongoing)
    changed = _changes(saving, series, common, dates, ongoing)
    detached = _detached(series, ongoing) if ongoing else None
    stored = _store_update(uow, saving, series, common, changed, detached)
    is_over = all(entry.is_deleted for entry in dates)
    return found(uow, detached.after.id) if detached and is_over else stored


def _first_period(saving: Saving, series: Series) -> Period:
    """The first date by the pattern: the request's, or what the series has.

    A client may send the series back with times that it got: those of the occurrence that it names, or of
    the first one that is not over. Nothing is moved then.
    """
    request, stored = saving.request, series.first_period
    wanted = new_period(request.start or stored.start, request.end or stored.end)
    left = (one.period for one in series.living if one.period.end > saving.now)
    given_out = {one.period for one in series.occurrences if one.id == request.id} | {next(left, stored)}
    is_sent_back = wanted in given_out and _has_same_pattern(saving, series)
    return stored if is_sent_back else wanted


def _has_same_pattern(saving: Saving, series: Series) -> bool:
    """Whether the request leaves the pattern as it is; its days are those by the first date."""
    pattern = saving.request.pattern
    if pattern is None:
        return True
    rules = saving.request.zone_rules or series.details.rules
    meant = as_meant(pattern, saving.client.version, series.first_period.start, rules, series)
    return replace(meant, interval=meant.step) == series.pattern


def _updated_dates(
    saving: Saving, series: Series, common: Common, ongoing: Conference | None
) -> list[SeriesDate]:
    """All dates that are to come, after the save."""
    rules = common.details.rules
    merged = dates_of(expand(common.pattern, common.first, rules))
    if saving.request.overrides is not None:
        merged = merge(merged, saving.request.overrides)
    elif _has_old_dates(common, series):
        merged = _with_old_exceptions(merged, series)
    to_come = _without_past(saving, series, ongoing, merged)
    check_order([entry.period for entry in to_come if not entry.is_deleted], rules)
    for entry in to_come:
        check_bookable_period(entry.period, saving.now, saving.window)
    return to_come


def _has_old_dates(common: Common, series: Series) -> bool:
    """Whether the pattern gives the dates that it gave before."""
    return common.pattern == series.pattern and common.first == series.first_period


def _without_past(
    saving: Saving, series: Series, ongoing: Conference | None, dates: Sequence[SeriesDate]
) -> list[SeriesDate]:
    """The dates that are not over, and that are in no conflict with a meeting of the series that goes on.

    A date can have had its meeting though by the pattern it is not over: that was ended early, or has left
    the series.

    Source: TMSBA guide, Ongoing Meetings.
    """
    had = {recurrence_id(one) for one in series.living if one.period.end <= saving.now}
    had |= {date.recurrence_id for date in series.detached}
    running = [date.period for date in series.detached if date.period.end > saving.now]
    if ongoing:
        had.add(recurrence_id(ongoing))
        running.append(ongoing.period)
    return [
        entry
        for entry in dates
        if entry.period.end > saving.now
        and entry.recurrence_id not in had
        and not any(entry.period.overlaps(period) for period in running)
    ]


def _with_old_exceptions(dates: Sequence[SeriesDate], series: Series) -> list[SeriesDate]:
    """Dates that were moved or deleted by themselves stay so when the pattern stays."""
    exceptions = {
        recurrence_id(one): one for one in series.occurrences if one.series and one.series.is_exception
    }
    kept = []
    for entry in dates:
        old = exceptions.pop(entry.recurrence_id, None)
        kept.append(entry if old is None else replace(entry, period=old.period, is_deleted=old.is_deleted))
    added = [
        SeriesDate(recurrence_id=key, period=one.period, is_deleted=one.is_deleted)
        for key, one in exceptions.items()
    ]
    return sorted([*kept, *added], key=lambda entry: entry.recurrence_id)


def _changes(
    saving: Saving,
    series: Series,
    common: Common,
    dates: Sequence[SeriesDate],
    ongoing: Conference | None,
) -> list[Changed]:
    """What becomes of each stored occurrence that is not over, and which ones are new."""
    version = series.version + 1
    is_kept = saving.request.overrides is None and _has_old_dates(common, series)
    pending = {
        recurrence_id(one): one
        for one in series.occurrences
        if one.period.end > saving.now and one is not ongoing
    }
    changed = []
    for entry in dates:
        old = pending.get(entry.recurrence_id)
        after = _updated(saving, common, entry, old, version, is_kept=is_kept, before=series.details)
        if ongoing:
            # Beside an ongoing occurrence all others get new ids (guide, Ongoing Meetings).
            old, after = None, replace(after, id=0, route=None, transaction_id=None)
        else:
            pending.pop(entry.recurrence_id, None)
        changed.append(Changed(old, after))
    for old in pending.values():
        if not old.is_deleted:
            gone = replace(old, state=StoredState.DELETED, version=version, route=None)
            changed.append(Changed(old, gone))
    return changed


def _updated(
    saving: Saving,
    common: Common,
    entry: SeriesDate,
    old: Conference | None,
    version: int,
    *,
    is_kept: bool,
    before: Details,
) -> Conference:
    """A stored exception keeps what it says for itself, where exceptions are kept."""
    fresh = draft(saving, common, entry, existing=old, version=version, before=before)
    is_exception = old is not None and old.series is not None and old.series.is_exception
    if old is None or not is_exception or not is_kept:
        return fresh
    details = with_series_webex(old.details, before, common.details)
    return replace(fresh, details=details, participants=old.participants, series=old.series)


def _store_update(
    uow: UnitOfWork,
    saving: Saving,
    series: Series,
    common: Common,
    changed: Sequence[Changed],
    detached: Changed | None,
) -> Series:
    left = [detached] if detached else []
    for one in left:
        uow.conferences.detach(one.after)
    kept = [one for one in series.occurrences if not detached or one.id != detached.after.id]
    before = {one.id: one for one in kept}
    # What is over keeps its reservations: nothing can be booked over it.
    movable = {one.id: one for one in kept if one.period.end > saving.now}
    booked = _reserved(uow, saving, common, [one.after for one in changed], movable, may_be_none=bool(left))
    touched = {one.id for one in booked if one.id}
    untouched = [one for one in kept if one.id not in touched]
    old = replace(series, occurrences=tuple(kept))
    stored = uow.conferences.update_series(old, _series(common, [*untouched, *booked], series.id))
    changes = [
        Changed(before.get(one.id), one)
        for one in stored.occurrences
        if one.id in touched or one.id not in before
    ]
    return _recorded(uow, saving, stored, [*left, *changes])


def _detached(series: Series, ongoing: Conference) -> Changed:
    """The ongoing occurrence as a single conference that names the series it comes from."""
    details = replace(
        ongoing.details,
        external_primary_key=str(uuid.uuid4()),
        detached_source_id=series.details.external_source_id,
        detached_primary_key=series.details.external_primary_key,
    )
    return Changed(ongoing, replace(ongoing, details=details, series=None, version=series.version + 1))
