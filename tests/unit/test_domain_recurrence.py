from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tmsba.domain.errors import EndlessRecurrence, TmsbaError, UnsupportedRecurrence
from tmsba.domain.time.recurrence import DayOfWeek, Frequency, RecurrencePattern, SeriesEnd, check_pattern

MONDAY, TUESDAY = DayOfWeek.MONDAY, DayOfWeek.TUESDAY
WEEKDAYS = tuple(DayOfWeek(number) for number in range(1, 6))
ALL_DAYS = tuple(DayOfWeek)
LATER = datetime(2026, 12, 31, tzinfo=UTC)

DAILY = RecurrencePattern(frequency=Frequency.DAILY, end_type=SeriesEnd.BY_COUNT, occurrences=3)
MONTHLY = replace(DAILY, frequency=Frequency.MONTHLY)


def refused(pattern: RecurrencePattern, error: type[TmsbaError] = UnsupportedRecurrence) -> str:
    with pytest.raises(error) as caught:
        check_pattern(pattern)
    assert "{" not in caught.value.message
    return caught.value.message


# ---------------------------------------------------------------- frequency and interval


@pytest.mark.parametrize("frequency", [Frequency.DAILY, Frequency.DAILY_WEEKDAY, Frequency.WEEKLY])
def test_days_weekdays_and_weeks_need_nothing_else(frequency):
    check_pattern(replace(DAILY, frequency=frequency))


@pytest.mark.parametrize(
    "frequency", [Frequency.YEARLY, Frequency.HOURLY, Frequency.MINUTELY, Frequency.SECONDLY]
)
def test_a_frequency_that_is_not_in_use_is_named(frequency):
    assert f"FrequencyType {frequency.value} " in refused(replace(DAILY, frequency=frequency))


def test_the_default_frequency_is_a_single_meeting_whatever_else_is_said():
    check_pattern(RecurrencePattern(frequency=None, interval=-1, end_type=SeriesEnd.NEVER))


@pytest.mark.parametrize(("interval", "step"), [(0, 1), (1, 1), (2, 2), (99, 99)])
def test_an_interval_of_zero_counts_as_one(interval, step):
    pattern = replace(DAILY, interval=interval)
    check_pattern(pattern)
    assert pattern.step == step


def test_a_negative_interval_is_refused():
    assert "Interval is -1" in refused(replace(DAILY, interval=-1))


# ---------------------------------------------------------------- end


def test_an_endless_series_is_refused():
    assert "PatternEndType" in refused(replace(DAILY, end_type=SeriesEnd.NEVER), EndlessRecurrence)


@pytest.mark.parametrize("count", [1, 100])
def test_a_series_has_up_to_a_hundred_occurrences(count):
    check_pattern(replace(DAILY, occurrences=count))


@pytest.mark.parametrize("count", [-1, 0, 101, 2**31])
def test_another_number_of_occurrences_is_refused(count):
    assert f"PatternInstances is {count}: a series can have 1 to 100" in refused(
        replace(DAILY, occurrences=count)
    )


@pytest.mark.parametrize("end_type", [SeriesEnd.BY_DATE, None])
def test_a_series_ends_by_date_unless_told_otherwise(end_type):
    check_pattern(replace(DAILY, end_type=end_type, end=LATER, occurrences=0))
    assert "PatternEndDateUTC is missing" in refused(replace(DAILY, end_type=end_type))


# ---------------------------------------------------------------- monthly


@pytest.mark.parametrize("day", [1, 28, 31])
def test_a_monthly_series_is_held_on_a_day_of_the_month(day):
    check_pattern(replace(MONTHLY, month_day=day))
    check_pattern(replace(MONTHLY, month_day=day, days_of_week=(MONDAY,)))


@pytest.mark.parametrize("day", [-1, 32])
def test_a_day_that_no_month_has_is_refused(day):
    assert f"ByMonthDay is {day}" in refused(replace(MONTHLY, month_day=day))


@pytest.mark.parametrize(
    ("position", "days"),
    [
        (1, (MONDAY,)),
        (5, (MONDAY,)),
        (-1, (MONDAY,)),
        (-5, (MONDAY,)),
        (10, (MONDAY, TUESDAY)),
        (23, WEEKDAYS),
        (31, ALL_DAYS),
        (-31, ALL_DAYS),
    ],
)
def test_a_monthly_series_is_held_on_one_of_the_days_of_the_week(position, days):
    check_pattern(replace(MONTHLY, set_position=position, days_of_week=days))


@pytest.mark.parametrize(
    ("position", "days", "most"),
    [
        (6, (MONDAY,), 5),
        (-6, (MONDAY,), 5),
        (6, (MONDAY, MONDAY), 5),
        (11, (MONDAY, TUESDAY), 10),
        (24, WEEKDAYS, 23),
        (32, ALL_DAYS, 31),
    ],
)
def test_a_position_that_no_month_has_is_refused(position, days, most):
    message = refused(replace(MONTHLY, set_position=position, days_of_week=days))
    assert f"BySetPosition is {position}" in message
    assert f"more than {most} of" in message


def test_a_position_needs_days():
    assert "DaysOfWeek" in refused(replace(MONTHLY, set_position=1))


def test_a_monthly_series_has_a_position_or_a_day_but_not_both():
    assert "either BySetPosition or ByMonthDay" in refused(MONTHLY)
    both = replace(MONTHLY, set_position=1, days_of_week=(MONDAY,), month_day=1)
    assert "either BySetPosition or ByMonthDay" in refused(both)


@pytest.mark.parametrize("frequency", [Frequency.DAILY, Frequency.DAILY_WEEKDAY, Frequency.WEEKLY])
def test_other_series_ignore_what_monthly_ones_need(frequency):
    check_pattern(replace(DAILY, frequency=frequency, set_position=77, month_day=-3))
