"""The dates of a series.

A series is expanded in wall time, so that a meeting at nine stays at nine when the clocks change.

Source: TMSBA guide, RecurrencePattern; Error Codes, UNSUPPORTED_RECURRENCE.
"""

from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from itertools import count, islice, pairwise

from tmsba.domain.errors import UnsupportedRecurrence
from tmsba.domain.time.recurrence import (
    MOST_OCCURRENCES,
    DayOfWeek,
    Frequency,
    RecurrencePattern,
    check_pattern,
)
from tmsba.domain.time.time_zone import ZoneRules
from tmsba.domain.time.times import Period, check_aware

_DAY = timedelta(days=1)
# How many days, weeks or months are looked at: far more than any booking window holds, and an end for
# patterns whose day never comes, such as the 30th day of every twelfth month from a February on.
_MOST_STEPS = 1_000


def local_days(days: Iterable[DayOfWeek], start: datetime, rules: ZoneRules) -> tuple[DayOfWeek, ...]:
    """The local days of a series whose days are given in UTC, as clients from API version 8 on do.

    Args:
        days: Days in UTC.
        start: The start of the series, in UTC: it tells how far the local date is from the one in UTC.
        rules: The zone of the series.

    Source: TMSBA guide, RecurrencePattern, DaysOfWeek; Time Zone Versioning.
    """
    return _moved_days(days, _days_ahead(start, rules))


def utc_days(days: Iterable[DayOfWeek], start: datetime, rules: ZoneRules) -> tuple[DayOfWeek, ...]:
    """The days in UTC of a series with these local days: the way back from ``local_days``."""
    return _moved_days(days, -_days_ahead(start, rules))


def _days_ahead(start: datetime, rules: ZoneRules) -> int:
    """How many days the local date is ahead of the one in UTC: -1, 0 or 1."""
    return (rules.to_local(start).date() - check_aware(start).date()).days


def _moved_days(days: Iterable[DayOfWeek], by: int) -> tuple[DayOfWeek, ...]:
    return tuple(DayOfWeek((day + by) % 7) for day in days)


def expand(pattern: RecurrencePattern, first: Period, rules: ZoneRules) -> tuple[Period, ...]:
    """All occurrences of a series, in order.

    Each starts at the same wall time and lasts equally long. The series begins on the first day from the
    start on that fits the pattern, so a start that does not fit is no occurrence.

    Args:
        pattern: With local days; see ``local_days``.
        first: The period that the client gave, in UTC. Where its start fits the pattern, it is the first
            occurrence as it stands, also in an hour that comes twice.
        rules: The zone of the series.

    Raises:
        EndlessRecurrence, UnsupportedRecurrence: as ``check_pattern``; or there are no occurrences, more
            than 100, or some that share a day or overlap.
    """
    check_pattern(pattern)
    if pattern.frequency is None:
        return (first,)
    periods = tuple(islice(_periods(pattern, first, rules), MOST_OCCURRENCES + 1))
    _check_count(pattern, periods)
    check_apart(periods, rules)
    return periods


def check_apart(periods: Sequence[Period], rules: ZoneRules) -> None:
    """Whether the occurrences of a series, exceptions among them, can be held one after the other.

    Args:
        periods: The occurrences in the order of the pattern.
        rules: The zone of the series.

    Raises:
        UnsupportedRecurrence: one starts before its predecessor, on the same local day, or before its
            predecessor has ended.

    Source: TMSBA guide, Error Codes, UNSUPPORTED_RECURRENCE.
    """
    days = [rules.to_local(period.start).date() for period in periods]
    for (earlier, its_day), (later, next_day) in pairwise(zip(periods, days, strict=True)):
        if later.start < earlier.start:
            raise UnsupportedRecurrence(
                "The occurrence at {earlier} would start later than the next one, at {later}: keep it "
                "before that.",
                earlier=earlier.start,
                later=later.start,
            )
        if next_day == its_day:
            raise UnsupportedRecurrence(
                "The occurrences at {earlier} and {later} are on the same day: a series can have one a day.",
                earlier=earlier.start,
                later=later.start,
            )
        if earlier.end > later.start:
            raise UnsupportedRecurrence(
                "The occurrence at {earlier} would last until {end}, but the next one starts at {later}: "
                "choose an earlier EndTimeUTC.",
                earlier=earlier.start,
                end=earlier.end,
                later=later.start,
            )


def _check_count(pattern: RecurrencePattern, periods: Sequence[Period]) -> None:
    if len(periods) > MOST_OCCURRENCES:
        raise UnsupportedRecurrence(
            "The series has more than {most} occurrences: choose an earlier PatternEndDateUTC.",
            most=MOST_OCCURRENCES,
        )
    if pattern.is_ended_by_count:
        if len(periods) < pattern.occurrences:
            raise UnsupportedRecurrence(
                "The pattern has just {found} of {count} occurrences in any foreseeable time: choose another "
                "Interval or other days.",
                found=len(periods),
                count=pattern.occurrences,
            )
    elif not periods:
        raise UnsupportedRecurrence(
            "The series has no occurrence up to {end}: choose a later PatternEndDateUTC.", end=pattern.end
        )


def _periods(pattern: RecurrencePattern, first: Period, rules: ZoneRules) -> Iterator[Period]:
    local = rules.to_local(first.start)
    starts = (
        first.start if day == local.date() else rules.to_utc(datetime.combine(day, local.time()))
        for day in _DAYS[pattern.frequency](pattern, local.date())
        if day >= local.date()
    )
    end = None if pattern.is_ended_by_count else pattern.end
    with suppress(OverflowError):  # the calendar ends, and the series with it
        for number, start in enumerate(starts, start=1):
            if end and _is_past_end(end, start, rules):
                return
            yield Period(start, start + first.duration)
            if pattern.is_ended_by_count and number == pattern.occurrences:
                return


def _is_past_end(end: datetime, start: datetime, rules: ZoneRules) -> bool:
    """Whether an occurrence lies behind the end by date.

    The end names the last day. Clients send it in several ways, and each keeps its meaning: midnight, local
    or UTC, is that bare date. Any other time, such as that of the last occurrence or the last second of the
    day in the client's zone or in UTC, names a local day and a UTC day, and an occurrence behind either of
    them is out.
    """
    is_past_in_utc = start.date() > end.date()
    local_end = rules.to_local(end)
    is_past_locally = rules.to_local(start).date() > local_end.date()
    if local_end.time() == time.min:
        return is_past_locally
    if end.time() == time.min:
        return is_past_in_utc
    return is_past_locally or is_past_in_utc


def _daily(pattern: RecurrencePattern, first: date) -> Iterator[date]:
    for number in range(_MOST_STEPS):
        yield first + number * pattern.step * _DAY


def _on_weekdays(pattern: RecurrencePattern, first: date) -> Iterator[date]:
    """Every so many weekdays: with an interval of 2 Monday, Wednesday, Friday, Tuesday."""
    weekday = first.weekday()
    if weekday > 4:
        first, weekday = first + (7 - weekday) * _DAY, 0
    for number in range(_MOST_STEPS):
        weeks, rest = divmod(weekday + number * pattern.step, 5)
        yield first + (weeks * 7 + rest - weekday) * _DAY


def _weekly(pattern: RecurrencePattern, first: date) -> Iterator[date]:
    own = DayOfWeek(first.isoweekday() % 7)
    begin = pattern.first_day_of_week
    ahead = sorted({(day - begin) % 7 for day in pattern.days_of_week or (own,)})
    back = (own - begin) % 7
    for week in range(_MOST_STEPS):
        for days in ahead:
            # In one sum: the first week may begin before the calendar does.
            if (distance := week * pattern.step * 7 + days - back) >= 0:
                yield first + distance * _DAY


def _monthly(pattern: RecurrencePattern, first: date) -> Iterator[date]:
    for number in islice(count(first.year * 12 + first.month - 1, pattern.step), _MOST_STEPS):
        year, month = divmod(number, 12)
        if year > date.max.year:
            raise OverflowError
        day = _day_of_month(pattern, year, month + 1)
        if day:
            yield date(year, month + 1, day)


def _day_of_month(pattern: RecurrencePattern, year: int, month: int) -> int | None:
    """The day of a month that a pattern means, or ``None`` where the month has no fifth one, say."""
    weekday, last = monthrange(year, month)
    if pattern.month_day:
        return min(pattern.month_day, last)
    days = [day for day in range(1, last + 1) if (weekday + day) % 7 in pattern.days_of_week]
    position = pattern.set_position
    if abs(position) > len(days):
        return None
    return days[position - 1 if position > 0 else position]


#: The local days of a pattern in order, without its end; some may lie before the day that is given.
_DAYS: Mapping[Frequency | None, Callable[[RecurrencePattern, date], Iterator[date]]] = {
    Frequency.DAILY: _daily,
    Frequency.DAILY_WEEKDAY: _on_weekdays,
    Frequency.WEEKLY: _weekly,
    Frequency.MONTHLY: _monthly,
}
