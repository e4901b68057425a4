"""Series against python-dateutil's rules, and against zoneinfo for their wall times."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule
from hypothesis import given, settings
from hypothesis import strategies as st

from tmsba.domain.errors import UnsupportedRecurrence
from tmsba.domain.time.occurrences import expand, local_days, utc_days
from tmsba.domain.time.recurrence import DayOfWeek, Frequency, RecurrencePattern, SeriesEnd
from tmsba.domain.time.time_zone import TimeZoneRule, ZoneRules
from tmsba.domain.time.times import Period
from tmsba.domain.time.zone_rules import rules_for_zone

UTC_ZONE = ZoneRules((TimeZoneRule(base_offset_minutes=0),))
ZONES = (
    "America/Los_Angeles",
    "America/Santiago",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Europe/London",
    "Pacific/Auckland",
)
#: The longest series here: a hundred occurrences, every third month, on a day that not every month has.
LAST_YEAR = 2070


@st.composite
def patterns(draw) -> RecurrencePattern:
    """Patterns of every kind that can be booked, ending by count."""
    frequency = draw(st.sampled_from(list(Frequency)[:4]))
    picked = tuple(draw(st.lists(st.sampled_from(DayOfWeek), max_size=7)))
    pattern = RecurrencePattern(
        frequency=frequency,
        interval=draw(st.integers(0, 3)),
        days_of_week=picked,
        first_day_of_week=draw(st.sampled_from(DayOfWeek)),
        end_type=SeriesEnd.BY_COUNT,
        occurrences=draw(st.integers(1, 100)),
    )
    if frequency is not Frequency.MONTHLY:
        return pattern
    if not picked or draw(st.booleans()):
        return replace(pattern, month_day=draw(st.integers(1, 31)))
    most = 4 * len(set(picked))
    return replace(pattern, set_position=draw(st.integers(1, most) | st.integers(-most, -1)))


def starts() -> st.SearchStrategy[datetime]:
    """Wall times, naive, often where the clocks change."""
    days = st.dates(datetime(2026, 1, 2, tzinfo=UTC).date(), datetime(2030, 12, 30, tzinfo=UTC).date())
    clocks = st.sampled_from([time(0), time(0, 30), time(1, 30), time(2, 30), time(9), time(23, 59, 59)])
    return st.builds(datetime.combine, days, clocks | st.times().map(lambda t: t.replace(microsecond=0)))


def oracle(pattern: RecurrencePattern, start: datetime, **end: object) -> list[datetime]:
    """The same series by dateutil, in wall time."""
    byweekday = [(day - 1) % 7 for day in pattern.days_of_week]
    step = pattern.interval or 1
    common = {"dtstart": start, "interval": step, "wkst": (pattern.first_day_of_week - 1) % 7, **end}
    match pattern.frequency:
        case Frequency.DAILY:
            return list(rrule.rrule(rrule.DAILY, **common))
        case Frequency.DAILY_WEEKDAY:
            each = {**common, "interval": 1}
            if "count" in end:
                each["count"] = end["count"] * step
            return list(rrule.rrule(rrule.DAILY, byweekday=range(5), **each))[::step]
        case Frequency.WEEKLY:
            return list(rrule.rrule(rrule.WEEKLY, byweekday=byweekday or None, **common))
    if pattern.month_day:
        possible = range(min(28, pattern.month_day), pattern.month_day + 1)
        return list(rrule.rrule(rrule.MONTHLY, bymonthday=possible, bysetpos=-1, **common))
    return list(rrule.rrule(rrule.MONTHLY, byweekday=byweekday, bysetpos=pattern.set_position, **common))


def check_by_count(pattern: RecurrencePattern, start: datetime) -> None:
    first = Period(start.replace(tzinfo=UTC), start.replace(tzinfo=UTC) + timedelta(hours=1))
    found = [period.start.replace(tzinfo=None) for period in expand(pattern, first, UTC_ZONE)]
    assert found == oracle(pattern, start, count=pattern.occurrences)


def check_by_date(pattern: RecurrencePattern, start: datetime, length: int) -> None:
    """The end is the last second of a day."""
    end = datetime.combine(start.date() + timedelta(days=length), time(23, 59, 59))
    dated = replace(pattern, end_type=SeriesEnd.BY_DATE, end=end.replace(tzinfo=UTC))
    first = Period(start.replace(tzinfo=UTC), start.replace(tzinfo=UTC) + timedelta(hours=1))
    expected = oracle(pattern, start, until=end)
    if not 1 <= len(expected) <= 100:
        with pytest.raises(UnsupportedRecurrence):
            expand(dated, first, UTC_ZONE)
        return
    assert [period.start.replace(tzinfo=None) for period in expand(dated, first, UTC_ZONE)] == expected


def check_in_zone(pattern: RecurrencePattern, start: datetime, zone: str) -> None:
    info, rules = ZoneInfo(zone), rules_for_zone(zone, 2026, LAST_YEAR)
    begin = start.replace(tzinfo=info).astimezone(UTC)
    first = Period(begin, begin + timedelta(minutes=45))
    wall = begin.astimezone(info).replace(tzinfo=None)
    expected = [
        moment.replace(tzinfo=info).astimezone(UTC)
        for moment in oracle(pattern, wall, count=pattern.occurrences)
    ]
    periods = expand(pattern, first, rules)
    assert [period.start for period in periods] == expected
    assert {period.duration for period in periods} == {first.duration}
    assert all(period.start.tzinfo is UTC for period in periods)


@settings(max_examples=300, deadline=None)
@given(patterns(), starts())
def test_a_series_by_count_has_the_dates_of_dateutil(pattern, start):
    check_by_count(pattern, start)


@settings(max_examples=150, deadline=None)
@given(patterns(), starts(), st.integers(0, 800))
def test_a_series_by_date_has_the_dates_of_dateutil(pattern, start, length):
    check_by_date(pattern, start, length)


@settings(max_examples=150, deadline=None)
@given(patterns(), starts(), st.sampled_from(ZONES))
def test_a_series_in_a_zone_has_the_wall_times_of_dateutil(pattern, start, zone):
    check_in_zone(pattern, start, zone)


@given(st.lists(st.sampled_from(DayOfWeek)), starts(), st.sampled_from(ZONES))
def test_days_in_utc_and_local_days_are_two_views_of_the_same_series(days, start, zone):
    rules = rules_for_zone(zone, 2026, LAST_YEAR)
    begin = rules.to_utc(start)
    local = DayOfWeek(rules.to_local(begin).isoweekday() % 7)
    assert local_days([DayOfWeek(begin.isoweekday() % 7)], begin, rules) == (local,)
    assert utc_days(local_days(days, begin, rules), begin, rules) == tuple(days)


@pytest.mark.long
@settings(max_examples=10_000, deadline=None)
@given(patterns(), starts(), st.integers(0, 800), st.sampled_from(ZONES))
def test_ten_thousand_series_have_the_dates_of_dateutil(pattern, start, length, zone):
    check_by_count(pattern, start)
    check_by_date(pattern, start, length)
    check_in_zone(pattern, start, zone)
