"""The pattern of a series as clients of each API version mean it, and as they are told it.

Source: TMSBA guide, RecurrencePattern and Time Zone Versioning.
"""

from dataclasses import replace
from datetime import datetime

from tmsba.booking.request.intent import Saving
from tmsba.domain.conference.series import Series
from tmsba.domain.errors import UnsupportedRecurrence
from tmsba.domain.time.occurrences import local_days, utc_days
from tmsba.domain.time.recurrence import DayOfWeek, Frequency, RecurrencePattern, SeriesEnd
from tmsba.domain.time.time_zone import ZoneRules

#: The first API version whose days of the week are days in UTC.
FIRST_VERSION_WITH_UTC_DAYS = 8

#: The first API version with ByMonthDay.
FIRST_VERSION_WITH_MONTH_DAYS = 13

#: The ByMonthDay that is the last day of every month.
LAST_DAY = 31


def wanted_pattern(
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
    meant = as_meant(replace(pattern, interval=pattern.step), saving.client.version, start, rules)
    return _with_days_kept(saving, series, meant, rules.to_local(start)) if series else meant


def _with_days_kept(
    saving: Saving, series: Series, meant: RecurrencePattern, start: datetime
) -> RecurrencePattern:
    """The days of a client that moves a series and sends its pattern as it read it.

    An old client that leaves the start on its day leaves the day of the month that it cannot see. Days in UTC
    that the client has not brought in line with a new hour are those that the series has, if its new start is
    on one of them and not on one of those that were sent.

    Args:
        saving: the save.
        series: what is stored.
        meant: the pattern that was sent, with local days.
        start: the new start, as a local time.
    """
    stored, sent = series.pattern, saving.request.pattern
    is_without_day = sent is not None and not (sent.month_day or sent.set_position)
    if is_without_day and meant.month_day and stored.month_day:
        is_day_kept = series.details.rules.to_local(series.first_period.start).day == meant.month_day
        return replace(meant, month_day=stored.month_day) if is_day_kept else meant
    day = DayOfWeek(start.isoweekday() % 7)
    is_stale = day in stored.days_of_week and day not in meant.days_of_week
    if meant.days_of_week and is_stale and is_told_pattern(saving, series):
        return replace(meant, days_of_week=stored.days_of_week)
    return meant


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
