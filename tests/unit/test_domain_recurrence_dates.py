from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import perf_counter

import pytest

from tmsba.domain.errors import EndlessRecurrence, UnsupportedRecurrence
from tmsba.domain.time.occurrences import check_apart, expand, local_days, utc_days
from tmsba.domain.time.recurrence import DayOfWeek, Frequency, RecurrencePattern, SeriesEnd
from tmsba.domain.time.time_zone import TimeZoneRule, ZoneRules
from tmsba.domain.time.times import Period
from tmsba.domain.time.zone_rules import rules_for_zone

SUN, MON, TUE, WED, THU, FRI, SAT = DayOfWeek
HOUR = timedelta(hours=1)
UTC_ZONE = ZoneRules((TimeZoneRule(base_offset_minutes=0),))
BERLIN = rules_for_zone("Europe/Berlin", 2026, 2036)
DENVER = rules_for_zone("America/Denver", 2026, 2036)
SYDNEY = rules_for_zone("Australia/Sydney", 2026, 2036)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def meeting(text: str, zone: ZoneRules = UTC_ZONE, duration: timedelta = HOUR) -> Period:
    """A meeting at a wall time, which is at nine unless it says another."""
    start = zone.to_utc(datetime.fromisoformat(text if "T" in text else f"{text}T09:00"))
    return Period(start, start + duration)


def by_count(frequency: Frequency | None, count: int, **values) -> RecurrencePattern:
    return RecurrencePattern(frequency=frequency, end_type=SeriesEnd.BY_COUNT, occurrences=count, **values)


def by_date(end: str, frequency: Frequency = Frequency.DAILY, **values) -> RecurrencePattern:
    return RecurrencePattern(frequency=frequency, end=utc(end), **values)


def days(pattern: RecurrencePattern, start: str, zone: ZoneRules = UTC_ZONE) -> str:
    """The local dates of a series, without its year and as short as they can be."""
    periods = expand(pattern, meeting(start, zone), zone)
    return " ".join(f"{day.month}/{day.day}" for day in (zone.to_local(p.start) for p in periods))


# ---------------------------------------------------------------- patterns; 2026-06-01 is a Monday


@pytest.mark.parametrize(
    ("pattern", "start", "expected"),
    [
        (by_count(Frequency.DAILY, 3), "2026-06-01", "6/1 6/2 6/3"),
        (by_count(Frequency.DAILY, 3, interval=0), "2026-06-01", "6/1 6/2 6/3"),
        (by_count(Frequency.DAILY, 3, interval=10), "2026-06-15", "6/15 6/25 7/5"),
        (by_count(Frequency.DAILY, 2, days_of_week=(SUN,)), "2026-06-01", "6/1 6/2"),
        (by_count(Frequency.DAILY_WEEKDAY, 6), "2026-06-04", "6/4 6/5 6/8 6/9 6/10 6/11"),
        (by_count(Frequency.DAILY_WEEKDAY, 4, interval=2), "2026-06-01", "6/1 6/3 6/5 6/9"),
        (by_count(Frequency.DAILY_WEEKDAY, 3, interval=5), "2026-06-05", "6/5 6/12 6/19"),
        (by_count(Frequency.WEEKLY, 3), "2026-06-02", "6/2 6/9 6/16"),
        (by_count(Frequency.WEEKLY, 5, days_of_week=(FRI, MON, MON)), "2026-06-01", "6/1 6/5 6/8 6/12 6/15"),
        (by_count(Frequency.WEEKLY, 3, interval=2, days_of_week=(TUE,)), "2026-06-02", "6/2 6/16 6/30"),
        (by_count(Frequency.MONTHLY, 3, month_day=15), "2026-06-15", "6/15 7/15 8/15"),
        (by_count(Frequency.MONTHLY, 3, interval=3, month_day=15), "2026-06-15", "6/15 9/15 12/15"),
        (by_count(Frequency.MONTHLY, 4, month_day=31), "2026-01-31", "1/31 2/28 3/31 4/30"),
        (by_count(Frequency.MONTHLY, 3, month_day=30), "2028-01-30", "1/30 2/29 3/30"),
        (by_count(Frequency.MONTHLY, 3, month_day=29), "2026-01-29", "1/29 2/28 3/29"),
        (by_count(Frequency.MONTHLY, 3, set_position=2, days_of_week=(MON,)), "2026-06-08", "6/8 7/13 8/10"),
        (
            by_count(Frequency.MONTHLY, 3, set_position=-1, days_of_week=(TUE,)),
            "2026-06-30",
            "6/30 7/28 8/25",
        ),
        (
            by_count(Frequency.MONTHLY, 3, set_position=-1, days_of_week=(MON, TUE, WED, THU, FRI)),
            "2026-05-29",
            "5/29 6/30 7/31",
        ),
        (
            by_count(Frequency.MONTHLY, 3, set_position=1, days_of_week=(SAT, SUN)),
            "2026-06-06",
            "6/6 7/4 8/1",
        ),
        (
            by_count(Frequency.MONTHLY, 3, set_position=5, days_of_week=(MON,)),
            "2026-06-29",
            "6/29 8/31 11/30",
        ),
        (
            by_count(Frequency.MONTHLY, 2, set_position=-2, days_of_week=tuple(DayOfWeek)),
            "2026-06-29",
            "6/29 7/30",
        ),
    ],
)
def test_a_pattern_gives_its_days(pattern, start, expected):
    assert days(pattern, start) == expected


@pytest.mark.parametrize(("first_day", "expected"), [(SUN, "6/2 6/14 6/16 6/28"), (MON, "6/2 6/7 6/16 6/21")])
def test_the_first_day_of_the_week_decides_which_days_are_in_a_week(first_day, expected):
    pattern = by_count(Frequency.WEEKLY, 4, interval=2, days_of_week=(TUE, SUN), first_day_of_week=first_day)
    assert days(pattern, "2026-06-02") == expected


@pytest.mark.parametrize(
    ("pattern", "start", "expected"),
    [
        (by_count(Frequency.DAILY_WEEKDAY, 2), "2026-06-06", "6/8 6/9"),
        (by_count(Frequency.DAILY_WEEKDAY, 2, interval=3), "2026-06-07", "6/8 6/11"),
        (by_count(Frequency.WEEKLY, 3, days_of_week=(MON, FRI)), "2026-06-03", "6/5 6/8 6/12"),
        (by_count(Frequency.WEEKLY, 2, interval=2, days_of_week=(MON,)), "2026-06-03", "6/15 6/29"),
        (by_count(Frequency.MONTHLY, 2, month_day=5), "2026-06-06", "7/5 8/5"),
        (by_count(Frequency.MONTHLY, 2, set_position=1, days_of_week=(MON,)), "2026-06-02", "7/6 8/3"),
    ],
)
def test_a_series_begins_on_the_first_fitting_day_from_its_start_on(pattern, start, expected):
    assert days(pattern, start) == expected


def test_the_default_frequency_gives_the_meeting_alone():
    first = meeting("2026-06-01")
    assert expand(RecurrencePattern(frequency=None), first, BERLIN) == (first,)


def test_a_pattern_that_cannot_be_booked_is_not_expanded():
    with pytest.raises(EndlessRecurrence):
        expand(
            RecurrencePattern(frequency=Frequency.DAILY, end_type=SeriesEnd.NEVER),
            meeting("2026-06-01"),
            BERLIN,
        )


# ---------------------------------------------------------------- local time


@pytest.mark.parametrize(
    ("zone", "start"),
    [(BERLIN, "2026-03-28"), (BERLIN, "2026-10-24"), (SYDNEY, "2026-04-04"), (DENVER, "2026-03-07")],
)
def test_wall_time_and_duration_stay_when_the_clocks_change(zone, start):
    periods = expand(by_count(Frequency.DAILY, 3), meeting(start, zone), zone)
    assert {zone.to_local(p.start).time().hour for p in periods} == {9}
    assert {p.duration for p in periods} == {HOUR}
    assert len({zone.offset_at(p.start) for p in periods}) == 2


def test_an_occurrence_in_a_gap_is_held_an_hour_later_that_day():
    periods = expand(by_count(Frequency.DAILY, 3), meeting("2026-03-28T02:30", BERLIN), BERLIN)
    assert [BERLIN.to_local(p.start).strftime("%d %H:%M") for p in periods] == [
        "28 02:30",
        "29 03:30",
        "30 02:30",
    ]


def test_an_occurrence_in_an_hour_that_comes_twice_is_held_in_the_first():
    periods = expand(by_count(Frequency.DAILY, 2), meeting("2026-10-24T02:30", BERLIN), BERLIN)
    assert periods[1].start == utc("2026-10-25T00:30")


def test_a_first_occurrence_in_an_hour_that_comes_twice_stays_where_it_is():
    first = Period(utc("2026-10-25T01:30"), utc("2026-10-25T02:00"))
    assert expand(by_count(Frequency.DAILY, 2), first, BERLIN)[0] == first


def test_a_duration_across_a_change_is_time_that_passes():
    (period, _) = expand(by_count(Frequency.WEEKLY, 2), meeting("2026-03-29T01:00", BERLIN, 3 * HOUR), BERLIN)
    assert BERLIN.to_local(period.end).hour == 5


def test_weekdays_are_local_ones():
    # Monday 18:00 in Denver is Tuesday in UTC.
    pattern = by_count(Frequency.DAILY_WEEKDAY, 6)
    assert days(pattern, "2026-06-01T18:00", DENVER) == "6/1 6/2 6/3 6/4 6/5 6/8"


# ---------------------------------------------------------------- days in UTC


@pytest.mark.parametrize(
    ("zone", "start", "in_utc", "local"),
    [
        (DENVER, "2026-06-01T18:00", (TUE, FRI), (MON, THU)),
        (DENVER, "2026-06-01T18:00", (SUN,), (SAT,)),
        (DENVER, "2026-06-01T17:59", (MON, THU), (MON, THU)),
        (SYDNEY, "2026-06-01T09:00", (SUN, SAT), (MON, SUN)),
        (SYDNEY, "2026-06-01T10:00", (MON,), (MON,)),
        (BERLIN, "2026-06-01T01:59", (SUN,), (MON,)),
        (UTC_ZONE, "2026-06-01T00:00", tuple(DayOfWeek), tuple(DayOfWeek)),
    ],
)
def test_days_in_utc_are_the_local_days_of_the_start(zone, start, in_utc, local):
    moment = meeting(start, zone).start
    assert local_days(in_utc, moment, zone) == local
    assert utc_days(local, moment, zone) == in_utc


# ---------------------------------------------------------------- end by date


@pytest.mark.parametrize(
    ("zone", "start", "end", "last"),
    [
        # a bare date, in UTC or in the zone
        (UTC_ZONE, "2026-06-01", "2026-06-03T00:00", "6/3"),
        (BERLIN, "2026-06-01", "2026-06-03T00:00", "6/3"),
        (DENVER, "2026-06-01", "2026-06-03T00:00", "6/3"),
        (DENVER, "2026-06-01T18:00", "2026-06-03T00:00", "6/2"),
        (BERLIN, "2026-06-01", "2026-06-02T22:00", "6/3"),
        (DENVER, "2026-06-01T18:00", "2026-06-03T06:00", "6/3"),
        # the last second of the day
        (UTC_ZONE, "2026-06-01", "2026-06-03T23:59:59", "6/3"),
        (BERLIN, "2026-06-01", "2026-06-03T23:59:59", "6/3"),
        (BERLIN, "2026-06-01", "2026-06-03T21:59:59", "6/3"),
        (DENVER, "2026-06-01", "2026-06-04T05:59:59", "6/3"),
        # the start or the end of the last occurrence, or a time before it
        (BERLIN, "2026-06-01", "2026-06-03T07:00", "6/3"),
        (BERLIN, "2026-06-01", "2026-06-03T08:00", "6/3"),
        (DENVER, "2026-06-01T18:00", "2026-06-04T00:00:00", "6/3"),
        (BERLIN, "2026-06-01", "2026-06-03T06:59", "6/3"),
        (BERLIN, "2026-06-01T00:30", "2026-06-03T12:00", "6/3"),
    ],
)
def test_the_day_of_the_end_belongs_to_the_series(zone, start, end, last):
    assert days(by_date(end), start, zone).split()[-1] == last


def test_a_series_may_end_on_its_first_day():
    assert days(by_date("2026-06-01T00:00"), "2026-06-01") == "6/1"


def test_a_count_is_ignored_where_a_date_ends_the_series_and_the_other_way_round():
    assert days(by_date("2026-06-02T00:00", occurrences=1), "2026-06-01") == "6/1 6/2"
    pattern = by_count(Frequency.DAILY, 2, end=utc("2026-06-01T00:00"))
    assert days(pattern, "2026-06-01") == "6/1 6/2"


def refused(pattern: RecurrencePattern, first: Period) -> str:
    begin = perf_counter()
    with pytest.raises(UnsupportedRecurrence) as caught:
        expand(pattern, first, UTC_ZONE)
    assert perf_counter() - begin < 2
    assert "{" not in caught.value.message
    return caught.value.message


@pytest.mark.parametrize(
    ("pattern", "start"),
    [
        (by_date("2026-05-31T00:00"), "2026-06-01"),
        (by_date("2026-06-07T00:00", Frequency.DAILY_WEEKDAY), "2026-06-06"),
    ],
)
def test_a_series_without_occurrences_is_refused(pattern, start):
    assert "no occurrence up to" in refused(pattern, meeting(start))


def test_a_series_by_date_has_up_to_a_hundred_occurrences():
    assert len(days(by_date("2026-09-08T00:00"), "2026-06-01").split()) == 100
    assert "more than 100" in refused(by_date("2026-09-09T00:00"), meeting("2026-06-01"))


@pytest.mark.parametrize("frequency", [Frequency.DAILY, Frequency.DAILY_WEEKDAY, Frequency.WEEKLY])
def test_a_far_end_is_refused_at_once(frequency):
    assert "more than 100" in refused(by_date("9999-12-31T23:59:59", frequency), meeting("2026-06-01"))


def test_a_day_that_never_comes_ends_the_search():
    values = {"interval": 12, "set_position": 30, "days_of_week": tuple(DayOfWeek)}
    assert "just 0 of 3" in refused(by_count(Frequency.MONTHLY, 3, **values), meeting("2026-02-01"))
    pattern = by_date("9999-12-31T00:00", Frequency.MONTHLY, **values)
    assert "no occurrence" in refused(pattern, meeting("2026-02-01"))


@pytest.mark.parametrize("frequency", list(Frequency)[:4])
@pytest.mark.parametrize("interval", [100_000, 2**31 - 1])
def test_a_series_ends_with_the_calendar(frequency, interval):
    pattern = by_count(frequency, 100, interval=interval, month_day=1)
    assert "100 occurrences" in refused(pattern, meeting("2026-06-01"))
    pattern = replace(pattern, end_type=SeriesEnd.BY_DATE, end=utc("2026-06-30T00:00"))
    assert days(pattern, "2026-06-01") == "6/1"


@pytest.mark.parametrize("start", ["0001-01-01", "9999-12-29"])
def test_series_at_the_ends_of_the_calendar_are_expanded(start):
    pattern = by_count(Frequency.WEEKLY, 2, days_of_week=(SUN, MON, WED, THU, FRI))
    assert len(expand(pattern, meeting(start), BERLIN)) == 2


# ---------------------------------------------------------------- one after the other


def test_occurrences_may_touch_but_not_overlap():
    assert len(expand(by_count(Frequency.DAILY, 3), meeting("2026-06-01", duration=24 * HOUR), UTC_ZONE)) == 3
    message = refused(by_count(Frequency.DAILY, 3), meeting("2026-06-01", duration=25 * HOUR))
    assert "2026-06-02 10:00:00Z" in message


def test_occurrences_are_on_different_local_days():
    evening, next_morning = meeting("2026-06-01T20:00", DENVER), meeting("2026-06-02T08:00", DENVER)
    assert evening.start.date() == next_morning.start.date()
    check_apart([evening, next_morning], DENVER)
    with pytest.raises(UnsupportedRecurrence, match="on the same day"):
        check_apart([evening, next_morning], UTC_ZONE)


def test_an_occurrence_stays_before_the_next_one():
    with pytest.raises(UnsupportedRecurrence, match="later than the next one"):
        check_apart([meeting("2026-06-03"), meeting("2026-06-02")], UTC_ZONE)
