"""Series and time zones from views to the wire."""

from collections.abc import Callable
from typing import Any

from tmsba.booking.request.patterns import as_told
from tmsba.booking.view.views import ConferenceView, SeriesException
from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.series import Series
from tmsba.domain.conference.series_differences import first_recurrence_id
from tmsba.domain.time.recurrence import DayOfWeek
from tmsba.domain.time.time_zone import TimeChange, TimeZoneRule, ZoneRules
from tmsba.soap.wire import enumerations as e
from tmsba.soap.wire.dates import format_conference_date

WireObject = dict[str, Any]
#: Writes a whole conference; handed in, as the data of an exception is one again.
WriteConference = Callable[[ConferenceView], WireObject]


def series_out(view: ConferenceView, version: int, write: WriteConference) -> WireObject:
    """The elements that tell of a series; none for a single conference.

    Args:
        view: the conference.
        version: the API version of the client, which decides whether days are days in UTC.
        write: writes the conference of an exception.
    """
    place = view.conference.series
    elements: WireObject = {}
    if place:
        elements["RecurrenceInstanceIdUTC"] = format_conference_date(place.recurrence_id)
        elements["RecurrenceInstanceType"] = _instance_type(view.conference)
    if view.series:
        first = format_conference_date(first_recurrence_id(view.series))
        elements["FirstOccurrenceRecInstanceIdUTC"] = first
        elements["RecurrencePattern"] = {
            **_pattern(view.series, version),
            "FirstOccurrenceRecInstanceIdUTC": first,
            "Exceptions": [_exception(one, write) for one in view.exceptions] if view.is_series else None,
        }
    return elements


def _instance_type(conference: Conference) -> str | None:
    if not conference.is_exception:
        return None
    return "deleted" if conference.is_deleted else "modify"


def _pattern(series: Series, version: int) -> WireObject:
    """The pattern as the client means it. Source: TMSBA guide, Time Zone Versioning."""
    pattern = as_told(series.pattern, version, series.first_period.start, series.details.rules)
    return {
        "FrequencyType": pattern.frequency.value if pattern.frequency else "Default",
        "Interval": pattern.step,
        "DaysOfWeek": [_day(day) for day in pattern.days_of_week] or None,
        "FirstDayOfWeek": _day(pattern.first_day_of_week),
        "BySetPosition": pattern.set_position,
        "ByMonthDay": pattern.month_day or None,
        "PatternEndType": e.SERIES_ENDS[pattern.end_type] if pattern.end_type else "EndByDate",
        "PatternEndDateUTC": format_conference_date(pattern.end) if pattern.end else None,
        "PatternInstances": pattern.occurrences,
    }


def _day(day: DayOfWeek) -> str:
    return day.name.capitalize()


def _exception(one: SeriesException, write: WriteConference) -> WireObject:
    return {
        "ExceptionType": e.OVERRIDE_KINDS[one.kind],
        "RecurrenceIdUTC": format_conference_date(one.recurrence_id),
        "RecurrenceIdRange": "None",
        "ModifiedMask": 0,
        "ModifiedData": write(one.view) if one.view else None,
    }


def zone_rules_out(rules: ZoneRules | None) -> list[WireObject] | None:
    """The rules of a zone; ``None`` for a conference that has none."""
    return [_rule(rule) for rule in rules.rules] if rules else None


def _rule(rule: TimeZoneRule) -> WireObject:
    return {
        "ValidFrom": rule.valid_from,
        "Id": rule.id,
        "DisplayName": rule.display_name,
        "BaseOffsetInMinutes": rule.base_offset_minutes,
        "Daylight": _change(rule.daylight),
        "DaylightOffsetInMinutes": rule.daylight_offset_minutes,
        "Standard": _change(rule.standard),
    }


def _change(change: TimeChange | None) -> WireObject | None:
    if change is None:
        return None
    absolute, relative = change.absolute, change.relative
    return {
        "ChangeSecondAtDay": change.second_of_day,
        "AbsoluteRule": absolute and {"Month": absolute.month, "DayOfMonth": absolute.day},
        "RelativeRule": relative
        and {
            "Month": relative.month,
            "DayOfTheWeek": relative.weekday,
            "WeekOfTheMonthIndex": relative.week,
        },
    }
