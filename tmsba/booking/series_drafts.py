"""What a save of a series asks for, before anything is compared with what is stored or reserved.

Source: TMSBA guide, RecurrencePattern and ConferenceTimeZoneRules.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from tmsba.booking.intent import (
    Saving,
    refined_details,
    said_details,
    wanted_details,
    wanted_owner,
    wanted_participants,
)
from tmsba.booking.ports import UnitOfWork
from tmsba.booking.webex import check_knows_exceptions, wish_of_date
from tmsba.booking.zones import conference_rules
from tmsba.domain.conference import Conference, Details, Participant, SeriesPlace
from tmsba.domain.errors import UnsupportedRecurrence
from tmsba.domain.occurrences import expand, local_days, utc_days
from tmsba.domain.recurrence import Frequency, RecurrencePattern, SeriesEnd
from tmsba.domain.rules import number_participants
from tmsba.domain.series import Series
from tmsba.domain.series_dates import SeriesDate, check_order, dates_of, merge
from tmsba.domain.time_zone import ZoneRules
from tmsba.domain.times import Period
from tmsba.domain.values import StoredState
from tmsba.domain.webex_changes import with_warnings

#: The first API version whose days of the week are days in UTC.
FIRST_VERSION_WITH_UTC_DAYS = 8

#: The first API version with ByMonthDay.
FIRST_VERSION_WITH_MONTH_DAYS = 13

#: The ByMonthDay that is the last day of every month.
LAST_DAY = 31

#: What one date of a series cannot have for itself.
ONLY_FOR_SERIES = frozenset({"external_source_id", "external_primary_key", "zone_rules"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """What the occurrences of a series have in common, as the request wants it."""

    owner_id: int
    created_by_id: int
    pattern: RecurrencePattern
    #: The first date by the pattern.
    first: Period
    details: Details
    participants: tuple[Participant, ...]


def common_of(
    uow: UnitOfWork, saving: Saving, series: Series | None, single: Conference | None, first: Period
) -> Common:
    """Merge the request with what is stored, or with the defaults.

    Args:
        uow: the unit of work.
        saving: the save.
        series: what is stored, for a series that is saved again.
        single: the single conference that becomes a series.
        first: the first date by the pattern.

    Raises:
        TmsbaError: owner, details or zone rules do not fit.
    """
    before = series or single
    owner_id = wanted_owner(uow, saving, before.owner_id if before else None)
    details = wanted_details(uow, saving, before.details if before else None, owner_id, first.start)
    rules = conference_rules(uow, saving, details, owner_id)
    pattern = _wanted_pattern(saving, series, first.start, rules)
    participants = wanted_participants(saving, before)
    return Common(
        owner_id=owner_id,
        created_by_id=before.created_by_id if before else saving.caller.user.id,
        pattern=pattern,
        first=first,
        details=with_warnings(replace(details, zone_rules=rules), participants),
        participants=participants,
    )


def _wanted_pattern(
    saving: Saving, series: Series | None, start: datetime, rules: ZoneRules
) -> RecurrencePattern:
    """The request's pattern; that of the series where the request leaves it, or sends it back as it was told.

    What a client is told may say less than what is stored, so that only a pattern that differs is read.

    Raises:
        UnsupportedRecurrence: there is none.
    """
    pattern = saving.request.pattern
    is_there = series is not None and series.first_period.start == start and series.details.rules == rules
    if series and (pattern is None or (is_there and is_told_pattern(saving, series))):
        return series.pattern
    if pattern is None:
        raise UnsupportedRecurrence("The series has no RecurrencePattern: give one.")
    return as_meant(replace(pattern, interval=pattern.step), saving.client.version, start, rules)


def is_told_pattern(saving: Saving, series: Series) -> bool:
    """Whether the request leaves the pattern as this client reads it."""
    pattern = saving.request.pattern
    if pattern is None:
        return True
    told = as_told(series.pattern, saving.client.version, series.first_period.start, series.details.rules)
    return _plain(pattern) == _plain(told)


def _plain(pattern: RecurrencePattern) -> RecurrencePattern:
    """The pattern without what makes no difference: the order of its days, and how defaults are written."""
    return replace(
        pattern,
        interval=pattern.step,
        days_of_week=tuple(sorted(set(pattern.days_of_week))),
        end_type=pattern.end_type or SeriesEnd.BY_DATE,
    )


def as_meant(
    pattern: RecurrencePattern, version: int, start: datetime, rules: ZoneRules
) -> RecurrencePattern:
    """The pattern in today's terms: local days, and a monthly rule that names its day.

    Before version 13 a monthly pattern without a position was on the day of the month of its start, and
    position -1 without days was the last day.

    Source: TMSBA guide, RecurrencePattern and Time Zone Versioning, and its older editions.
    """
    if version >= FIRST_VERSION_WITH_UTC_DAYS:
        pattern = replace(pattern, days_of_week=local_days(pattern.days_of_week, start, rules))
    is_old = version < FIRST_VERSION_WITH_MONTH_DAYS and pattern.frequency is Frequency.MONTHLY
    if is_old and not pattern.month_day and not pattern.set_position:
        return replace(pattern, month_day=rules.to_local(start).day)
    if is_old and pattern.set_position == -1 and not pattern.days_of_week:
        return replace(pattern, set_position=0, month_day=LAST_DAY)
    return pattern


def as_told(pattern: RecurrencePattern, version: int, start: datetime, rules: ZoneRules) -> RecurrencePattern:
    """The pattern in the terms of a client: the way back from ``as_meant``.

    Args:
        pattern: as stored, with local days.
        version: the API version of the client.
        start: the first date by the pattern.
        rules: the zone of the series.
    """
    if version >= FIRST_VERSION_WITH_UTC_DAYS:
        pattern = replace(pattern, days_of_week=utc_days(pattern.days_of_week, start, rules))
    if version < FIRST_VERSION_WITH_MONTH_DAYS and pattern.month_day == LAST_DAY:
        return replace(pattern, days_of_week=(), set_position=-1, month_day=0)
    return replace(pattern, month_day=0) if version < FIRST_VERSION_WITH_MONTH_DAYS else pattern


def dates_with_overrides(saving: Saving, common: Common) -> list[SeriesDate]:
    """The dates of a pattern with the request's overrides."""
    rules = common.details.rules
    dates = dates_of(expand(common.pattern, common.first, rules))
    if not saving.request.overrides:
        return dates
    merged = merge(dates, saving.request.overrides)
    check_order([entry.period for entry in merged if not entry.is_deleted], rules)
    return merged


def draft(
    saving: Saving, common: Common, entry: SeriesDate, *, existing: Conference | None, version: int
) -> Conference:
    """A date as a conference, before anything is reserved.

    Raises:
        UnknownError: what the date says for itself cannot be stored.
        WebExError: the date cannot have WebEx of its own.
    """
    details, participants = common.details, common.participants
    if entry.request:
        said = said_details(saving.client, entry.request)
        said = {name: value for name, value in said.items() if name not in ONLY_FOR_SERIES}
        said["webex"] = wish_of_date(entry.request.webex, details, details)
        details = refined_details(saving.settings, details, said)
        check_knows_exceptions(saving.client, common.details, details)
        if entry.request.participants is not None:
            participants = number_participants(entry.request.participants)
        details = with_warnings(details, participants)
    return Conference(
        id=existing.id if existing else 0,
        owner_id=common.owner_id,
        created_by_id=common.created_by_id,
        period=entry.period,
        details=details,
        participants=participants,
        version=version,
        state=StoredState.DELETED if entry.is_deleted else StoredState.BOOKED,
        route=existing.route if existing else None,
        transaction_id=existing.transaction_id if existing else None,
        series=SeriesPlace(
            series_id=existing.series.series_id if existing and existing.series else 0,
            recurrence_id=entry.recurrence_id,
            is_exception=entry.is_exception,
        ),
    )


def recurrence_id(occurrence: Conference) -> datetime:
    """The start that the pattern gives an occurrence."""
    return occurrence.series.recurrence_id if occurrence.series else occurrence.period.start
