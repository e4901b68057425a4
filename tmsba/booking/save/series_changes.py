"""What a save of a stored series makes of its dates, before anything is reserved.

Source: TMSBA guide, RecurrencePattern and Ongoing Meetings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime

from tmsba.booking.request.change_log import Changed
from tmsba.booking.request.intent import Saving
from tmsba.booking.save.repeated import unmasked
from tmsba.booking.save.series_drafts import ONLY_FOR_SERIES, Common, draft, recurrence_id
from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.details import Details
from tmsba.domain.conference.series import Series
from tmsba.domain.conference.series_dates import SeriesDate, dates_of, merge
from tmsba.domain.conference.series_differences import added_dates, living_by_id, over_days, pattern_dates
from tmsba.domain.conference.webex_changes import is_same_booking, is_same_details, with_series_webex
from tmsba.domain.time.occurrences import expand
from tmsba.domain.time.times import Period
from tmsba.domain.values import ConferenceStatus, StoredState


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A stored series, and what a save wants of it."""

    saving: Saving
    series: Series
    common: Common
    #: All dates after the save, also those that are over.
    dates: Sequence[SeriesDate]
    #: The starts that the wanted pattern gives.
    starts: frozenset[datetime]
    #: Whether dates that differ stay so: the request does not speak of them, and the pattern's dates stay.
    keeps_exceptions: bool
    #: The occurrence that goes on.
    ongoing: Conference | None
    #: Whether an occurrence is to come, or goes on.
    is_open: bool

    @property
    def version(self) -> int:
        """The one that this save gives."""
        return self.series.version + 1


def wanted_of(saving: Saving, series: Series, common: Common) -> Wanted:
    """Compare what is stored with what a save wants.

    Raises:
        OccurrenceNotFound: the request names a date that the pattern does not have.
        UnsupportedRecurrence: the pattern cannot be booked, or an override does not say what to do.
    """
    periods = expand(common.pattern, common.first, common.details.rules)
    before = pattern_dates(series)
    starts = [period.start for period in periods]
    is_silent = saving.request.overrides is None
    keeps_exceptions = is_silent and starts == [period.start for period in before]
    open_ones = series.open_at(saving.now)
    return Wanted(
        saving=saving,
        series=series,
        common=common,
        dates=_dates(saving, series, periods, before, keeps_exceptions=keeps_exceptions),
        starts=frozenset(starts),
        keeps_exceptions=keeps_exceptions,
        ongoing=next((one for one in open_ones if one.status(saving.now) is ConferenceStatus.ONGOING), None),
        is_open=bool(open_ones),
    )


def _dates(
    saving: Saving,
    series: Series,
    periods: Sequence[Period],
    before: Sequence[Period],
    *,
    keeps_exceptions: bool,
) -> list[SeriesDate]:
    """All dates by the wanted pattern, with what differs on single ones; those that are over, too.

    Where the request is silent about single dates, they stay as they are if the pattern's dates stay.
    """
    dates, living = dates_of(periods), living_by_id(series)
    given = {period.start for period in before}
    strangers = {key: one for key, one in living.items() if key not in given}
    dates = _with_ended(dates, {period.start: period for period in before}, living)
    if saving.request.overrides is not None:
        return merge(dates, saving.request.overrides, added=strangers)
    if not keeps_exceptions:
        return dates
    added = added_dates(strangers, before[0].start, saving.now)
    extra = [SeriesDate(recurrence_id=key, period=one.period) for key, one in added.items()]
    kept = [
        _as_stored(living.get(entry.recurrence_id), entry, period)
        for entry, period in zip(dates, before, strict=True)
    ]
    return sorted([*kept, *extra], key=lambda entry: entry.recurrence_id)


def _with_ended(
    dates: Sequence[SeriesDate], before: Mapping[datetime, Period], living: Mapping[datetime, Conference]
) -> list[SeriesDate]:
    """The dates, with the end of one that was ended early where the pattern stays.

    By a clock that has stepped back since, it goes on.
    """

    def kept(entry: SeriesDate) -> SeriesDate:
        one, old = living.get(entry.recurrence_id), before.get(entry.recurrence_id)
        is_plain = one is not None and not one.is_exception
        return replace(entry, period=one.period) if one and is_plain and entry.period == old else entry

    return [kept(entry) for entry in dates]


def _as_stored(one: Conference | None, entry: SeriesDate, before: Period) -> SeriesDate:
    """A date of the pattern that was moved by itself stays there, and one that is missing stays missing."""
    if one is None:
        return replace(entry, is_deleted=True)
    return replace(entry, period=one.period) if one.is_exception and one.period != before else entry


def to_come(wanted: Wanted) -> list[SeriesDate]:
    """The dates that are not over, and that are in no conflict with a meeting of the series that goes on.

    A date can have had its meeting though by the pattern it is not over: that was ended early, or has left
    the series, or the series is moved to a later hour of its day. A date that does not take place is among
    them only if it was to take place so far.

    Source: TMSBA guide, Ongoing Meetings.
    """
    series, now, rules = wanted.series, wanted.saving.now, wanted.common.details.rules
    had = {recurrence_id(one) for one in series.living if one.period.end <= now}
    had |= {date.recurrence_id for date in series.detached}
    running = [date.period for date in series.detached if date.period.end > now]
    if wanted.ongoing:
        had.add(recurrence_id(wanted.ongoing))
        running.append(wanted.ongoing.period)
    living = living_by_id(series)
    days = over_days(series, now)

    def is_second(entry: SeriesDate) -> bool:
        key = entry.recurrence_id
        return key not in living and key in wanted.starts and rules.to_local(key).date() in days

    return [
        entry
        for entry in wanted.dates
        if entry.period.end > now
        and entry.recurrence_id not in had
        and not any(entry.period.overlaps(period) for period in running)
        and (entry.recurrence_id in living if entry.is_deleted else not is_second(entry))
    ]


def changes(wanted: Wanted, dates: Sequence[SeriesDate], *, is_leaving: bool) -> list[Changed]:
    """What becomes of each stored occurrence that is not over, and which ones are new.

    Args:
        wanted: what is stored, and what is wanted of it.
        dates: those that are to come.
        is_leaving: whether the occurrence that goes on leaves the series: all others get new ids then
            (guide, Ongoing Meetings).
    """
    now = wanted.saving.now
    pending = {
        recurrence_id(one): one
        for one in wanted.series.occurrences
        if one.period.end > now and one is not wanted.ongoing
    }
    changed = []
    for entry in dates:
        old = pending.get(entry.recurrence_id)
        after = _updated(wanted, entry, old)
        if is_leaving and not entry.is_deleted:
            changed.append(Changed(None, replace(after, id=0, route=None, transaction_id=None)))
            continue
        pending.pop(entry.recurrence_id, None)
        changed.append(Changed(old, after))
    for old in pending.values():
        if not old.is_deleted:
            gone = replace(old, state=StoredState.DELETED, version=wanted.version, route=None)
            changed.append(Changed(old, gone))
    return changed


def is_unchanged(wanted: Wanted, changed: Sequence[Changed]) -> bool:
    """Whether the save leaves everything as it is: then nothing leaves the series and all ids stay.

    Args:
        wanted: what is stored, and what is wanted of it.
        changed: what becomes of the occurrences beside the one that goes on.
    """
    series, common, ongoing = wanted.series, wanted.common, wanted.ongoing
    is_whole_same = (
        (common.owner_id, common.pattern, common.first)
        == (series.owner_id, series.pattern, series.first_period)
        and common.participants == series.participants
        and is_same_details(common.details, series.details)
    )
    if ongoing:
        entries = [entry for entry in wanted.dates if entry.recurrence_id == recurrence_id(ongoing)]
        changed = [*changed, *(Changed(ongoing, _updated(wanted, entry, ongoing)) for entry in entries)]
        is_whole_same = is_whole_same and bool(entries)
    return is_whole_same and all(one.before and _is_same(one.before, one.after) for one in changed)


def _is_same(before: Conference, after: Conference) -> bool:
    """Whether a date stays as it was, also in being an exception; how it is routed is another matter."""
    is_placed_alike = (before.is_deleted, before.is_exception) == (after.is_deleted, after.is_exception)
    return is_placed_alike and is_same_booking(before, after)


def _updated(wanted: Wanted, entry: SeriesDate, old: Conference | None) -> Conference:
    """A date as it is to be; a stored exception keeps what the request leaves open."""
    saving, series, common = wanted.saving, wanted.series, wanted.common
    if old is None or old.is_deleted or not old.is_exception:
        before = None if old is None or old.is_deleted else series.details
        after = draft(saving, common, entry, existing=old, version=wanted.version, before=before)
        return after if old is None or before is None or entry.request else _as_left(wanted, old, after)
    if entry.request:
        entry = replace(entry, request=unmasked(saving, entry.request, old))
    after = draft(saving, common, entry, existing=old, version=wanted.version, before=series.details)
    if entry.request and entry.request.participants is None and old.participants != series.participants:
        # Nothing said leaves them, as when an occurrence is saved by itself.
        after = replace(after, participants=old.participants)
    if entry.request is None and wanted.keeps_exceptions and not entry.is_deleted:
        details = with_series_webex(old.details, series.details, common.details)
        details = replace(details, **{name: getattr(common.details, name) for name in ONLY_FOR_SERIES})
        after = replace(after, details=details, participants=old.participants, series=old.series)
    if old.owner_id == series.owner_id or (entry.request is None and not wanted.keeps_exceptions):
        return after
    return replace(after, owner_id=old.owner_id, created_by_id=old.created_by_id)


def _as_left(wanted: Wanted, old: Conference, after: Conference) -> Conference:
    """A date that was over when its series was changed last, by a clock that has stepped back since.

    It keeps what it had then, but for what this save changes.
    """
    series, common = wanted.series, wanted.common
    kept = {
        one.name: own
        for one in fields(Details)
        if one.name != "webex"
        and (own := getattr(old.details, one.name)) != (told := getattr(series.details, one.name))
        and getattr(common.details, one.name) == told
    }
    is_own = old.participants != series.participants and common.participants == series.participants
    participants = old.participants if is_own else after.participants
    return replace(after, details=replace(after.details, **kept), participants=participants)
