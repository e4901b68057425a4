"""Series and time zones from the wire to requests.

Source: TMSBA guide, RecurrencePattern and ConferenceTimeZoneRules.
"""

from collections.abc import Callable
from typing import Any

from tmsba.domain.conference.request import ConferenceRequest, Override, OverrideKind
from tmsba.domain.errors import UnsupportedRecurrence
from tmsba.domain.time.recurrence import DayOfWeek, Frequency, RecurrencePattern, SeriesEnd
from tmsba.domain.time.time_zone import ALWAYS, AbsoluteDay, RelativeDay, TimeChange, TimeZoneRule, ZoneRules
from tmsba.domain.time.zone_checks import check_rules
from tmsba.soap.wire import enumerations as e
from tmsba.soap.wire.dates import date_in
from tmsba.soap.wire.enumerations import from_wire

#: Reads a whole conference; handed in, as the data of an exception is one again.
ReadConference = Callable[[Any], ConferenceRequest]


def pattern_in(pattern: Any) -> RecurrencePattern | None:
    """How a series repeats, with the days as they were sent; ``None`` for a single meeting.

    A pattern that is empty, or of the type Default, marks a single meeting.
    """
    if pattern is None or pattern.FrequencyType in (None, "Default"):
        return None
    return RecurrencePattern(
        frequency=Frequency(pattern.FrequencyType),
        interval=pattern.Interval or 0,
        days_of_week=tuple(_day(text) for text in pattern.DaysOfWeek or () if text),
        first_day_of_week=_day(pattern.FirstDayOfWeek or "Sunday"),
        set_position=pattern.BySetPosition or 0,
        month_day=pattern.ByMonthDay or 0,
        end_type=from_wire(e.SERIES_ENDS, pattern.PatternEndType) or SeriesEnd.BY_DATE,
        end=date_in("PatternEndDateUTC", pattern.PatternEndDateUTC, is_bound=True),
        occurrences=pattern.PatternInstances or 0,
    )


def _day(text: str) -> DayOfWeek:
    return DayOfWeek[text.upper()]


def overrides_in(pattern: Any, read: ReadConference) -> tuple[Override, ...] | None:
    """What differs on single dates; ``None`` when the request says nothing about that."""
    if pattern is None or pattern.Exceptions is None:
        return None
    return tuple(_override(entry, read) for entry in pattern.Exceptions if entry is not None)


def _override(entry: Any, read: ReadConference) -> Override:
    if entry.RecurrenceIdRange in ("ThisAndFuture", "ThisAndPrior"):
        raise UnsupportedRecurrence(
            "RecurrenceIdRange {range} is not supported: send one exception for each date.",
            range=entry.RecurrenceIdRange,
        )
    data = entry.ModifiedData
    return Override(
        kind=from_wire(e.OVERRIDE_KINDS, entry.ExceptionType) or OverrideKind.ADD,
        recurrence_id=date_in("RecurrenceIdUTC", entry.RecurrenceIdUTC),
        request=None if data is None else read(data),
    )


def zone_rules_in(rules: Any) -> ZoneRules | None:
    """The conference's zone; ``None`` when the request says nothing about it.

    Raises:
        InvalidTimeZone: the rules break one of the guide's.
    """
    sent = [rule for rule in rules or () if rule is not None]
    return check_rules(_rule(rule) for rule in sent) if sent else None


def _rule(rule: Any) -> TimeZoneRule:
    return TimeZoneRule(
        valid_from=rule.ValidFrom or ALWAYS,
        id=rule.Id or "",
        display_name=rule.DisplayName or "",
        base_offset_minutes=rule.BaseOffsetInMinutes or 0,
        daylight_offset_minutes=rule.DaylightOffsetInMinutes or 0,
        daylight=_change(rule.Daylight),
        standard=_change(rule.Standard),
    )


def _change(change: Any) -> TimeChange | None:
    if change is None:
        return None
    absolute, relative = change.AbsoluteRule, change.RelativeRule
    return TimeChange(
        second_of_day=change.ChangeSecondAtDay or 0,
        absolute=absolute and AbsoluteDay(month=absolute.Month or 0, day=absolute.DayOfMonth or 0),
        relative=relative
        and RelativeDay(
            month=relative.Month or 0,
            weekday=relative.DayOfTheWeek or 0,
            week=5 if relative.WeekOfTheMonthIndex is None else relative.WeekOfTheMonthIndex,
        ),
    )
