from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from tmsba.domain.time.time_zone import AbsoluteDay, RelativeDay, TimeChange, TimeZoneRule, ZoneRules

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def sunday(month: int, week: int, hour: int) -> TimeChange:
    return TimeChange(second_of_day=hour * 3600, relative=RelativeDay(month=month, week=week))


def fixed(base: int, valid_from: str = "0001-01-01T00:00:00") -> TimeZoneRule:
    return TimeZoneRule(valid_from=wall(valid_from), base_offset_minutes=base)


BERLIN_RULE = TimeZoneRule(
    base_offset_minutes=60, daylight_offset_minutes=60, daylight=sunday(3, 5, 2), standard=sunday(10, 5, 3)
)
BERLIN = ZoneRules((BERLIN_RULE,))
SYDNEY = ZoneRules(
    (
        TimeZoneRule(
            base_offset_minutes=600,
            daylight_offset_minutes=60,
            daylight=sunday(10, 1, 2),
            standard=sunday(4, 1, 3),
        ),
    )
)
#: What tzdata says of Dublin: winter is the exception, an hour behind.
DUBLIN = ZoneRules(
    (
        TimeZoneRule(
            base_offset_minutes=60,
            daylight_offset_minutes=-60,
            daylight=sunday(10, 5, 2),
            standard=sunday(3, 5, 1),
        ),
    )
)


# ---------------------------------------------------------------- days


@pytest.mark.parametrize(
    ("weekday", "week", "day"),
    [(0, 1, 1), (0, 2, 8), (0, 4, 22), (0, 5, 29), (1, 1, 2), (1, 5, 30), (2, 5, 31), (3, 1, 4), (3, 5, 25)],
)
def test_a_relative_day_is_a_weekday_of_a_week_and_the_fifth_is_the_last(weekday, week, day):
    found = RelativeDay(month=3, weekday=weekday, week=week).in_year(2026)
    assert found == date(2026, 3, day)


def test_a_relative_day_is_the_last_sunday_unless_told_otherwise():
    assert RelativeDay(month=2).in_year(2026) == date(2026, 2, 22)


@pytest.mark.parametrize(
    ("month", "day", "year", "found"),
    [(3, 3, 2026, 3), (2, 31, 2026, 28), (2, 29, 2028, 29), (4, 31, 2026, 30)],
)
def test_an_absolute_day_is_at_most_the_last_of_its_month(month, day, year, found):
    assert AbsoluteDay(month=month, day=day).in_year(year) == date(year, month, found)


def test_a_change_without_a_day_has_no_date():
    with pytest.raises(ValueError, match="day"):
        TimeChange(second_of_day=0).in_year(2026)


# ---------------------------------------------------------------- offsets


@pytest.mark.parametrize(
    ("zone", "moment", "hours"),
    [
        (BERLIN, "2026-01-01T00:00", 1),
        (BERLIN, "2026-03-29T00:59:59", 1),
        (BERLIN, "2026-03-29T01:00", 2),
        (BERLIN, "2026-10-25T00:59:59", 2),
        (BERLIN, "2026-10-25T01:00", 1),
        (BERLIN, "2026-12-31T23:59:59", 1),
        (SYDNEY, "2025-12-31T23:59:59", 11),
        (SYDNEY, "2026-01-01T00:00", 11),
        (SYDNEY, "2026-04-04T15:59:59", 11),
        (SYDNEY, "2026-04-04T16:00", 10),
        (SYDNEY, "2026-10-03T15:59:59", 10),
        (SYDNEY, "2026-10-03T16:00", 11),
        (DUBLIN, "2026-01-01T00:00", 0),
        (DUBLIN, "2026-03-29T01:00", 1),
        (DUBLIN, "2026-10-25T01:00", 0),
    ],
)
def test_the_last_change_decides_the_offset(zone, moment, hours):
    assert zone.offset_at(utc(moment)) == hours * HOUR


@pytest.mark.parametrize("missing", ["daylight", "standard", "daylight_offset_minutes"])
def test_without_changes_both_ways_the_clocks_never_change(missing):
    values = {"daylight_offset_minutes": 60, "daylight": sunday(3, 5, 2), "standard": sunday(10, 5, 3)}
    del values[missing]
    zone = ZoneRules((TimeZoneRule(base_offset_minutes=60, **values),))
    assert zone.offset_at(utc("2026-07-01")) == HOUR


def test_an_instant_in_another_zone_is_the_same_instant():
    moment = datetime(2026, 3, 29, 3, 0, tzinfo=timezone(2 * HOUR))
    assert BERLIN.to_local(moment) == wall("2026-03-29T03:00")


def test_the_guides_custom_zone_changes_on_a_date_and_on_a_sunday():
    zone = ZoneRules(
        (
            TimeZoneRule(
                id="My custom rule",
                base_offset_minutes=60,
                daylight_offset_minutes=60,
                daylight=TimeChange(second_of_day=2 * 3600, absolute=AbsoluteDay(month=3, day=3)),
                standard=sunday(10, 5, 10),
            ),
        )
    )
    assert zone.to_local(utc("2026-03-03T00:59:59")) == wall("2026-03-03T01:59:59")
    assert zone.to_local(utc("2026-03-03T01:00")) == wall("2026-03-03T03:00")
    assert zone.to_local(utc("2026-10-25T07:59:59")) == wall("2026-10-25T09:59:59")
    assert zone.to_local(utc("2026-10-25T08:00")) == wall("2026-10-25T09:00")


# ---------------------------------------------------------------- wall times


@pytest.mark.parametrize(
    ("zone", "local", "moment"),
    [
        (BERLIN, "2026-01-15T09:00", "2026-01-15T08:00"),
        (BERLIN, "2026-07-15T09:00", "2026-07-15T07:00"),
        (SYDNEY, "2026-01-15T09:00", "2026-01-14T22:00"),
        (SYDNEY, "2026-07-15T09:00", "2026-07-14T23:00"),
        (DUBLIN, "2026-07-15T09:00", "2026-07-15T08:00"),
    ],
)
def test_a_wall_time_is_an_instant_and_back(zone, local, moment):
    assert zone.to_utc(wall(local)) == utc(moment)
    assert zone.to_local(utc(moment)) == wall(local)


@pytest.mark.parametrize(
    ("local", "moment"),
    [
        ("2026-10-25T02:00", "2026-10-25T00:00"),
        ("2026-10-25T02:30", "2026-10-25T00:30"),
        ("2026-10-25T02:59:59", "2026-10-25T00:59:59"),
        ("2026-10-25T03:00", "2026-10-25T02:00"),
    ],
)
def test_a_wall_time_that_comes_twice_is_the_first_of_both(local, moment):
    assert BERLIN.to_utc(wall(local)) == utc(moment)


@pytest.mark.parametrize(
    ("local", "shown"),
    [
        ("2026-03-29T01:59:59", "2026-03-29T01:59:59"),
        ("2026-03-29T02:00", "2026-03-29T03:00"),
        ("2026-03-29T02:30", "2026-03-29T03:30"),
        ("2026-03-29T03:00", "2026-03-29T03:00"),
    ],
)
def test_a_wall_time_that_is_jumped_over_is_moved_ahead_by_the_jump(local, shown):
    assert BERLIN.to_local(BERLIN.to_utc(wall(local))) == wall(shown)


def test_gaps_and_double_hours_are_alike_where_winter_is_the_exception():
    assert DUBLIN.to_utc(wall("2026-03-29T01:30")) == utc("2026-03-29T01:30")
    assert DUBLIN.to_utc(wall("2026-10-25T01:30")) == utc("2026-10-25T00:30")


@pytest.mark.parametrize("ask", [BERLIN.offset_at, BERLIN.to_local])
def test_an_instant_has_a_zone(ask):
    with pytest.raises(ValueError, match="no time zone"):
        ask(wall("2026-01-01T00:00"))


def test_a_wall_time_has_no_zone():
    with pytest.raises(ValueError, match="has a time zone"):
        BERLIN.to_utc(utc("2026-01-01T00:00"))


# ---------------------------------------------------------------- several rules


def test_each_rule_holds_until_the_next_one_begins_by_its_own_standard_time():
    zone = ZoneRules((BERLIN_RULE, fixed(120, "2027-01-01"), fixed(180, "2028-06-01")))
    assert zone.offset_at(utc("2026-07-01")) == 2 * HOUR
    begin = utc("2027-01-01") - 2 * HOUR
    assert zone.offset_at(begin - SECOND) == HOUR
    assert zone.offset_at(begin) == 2 * HOUR
    begin = utc("2028-06-01") - 3 * HOUR
    assert [zone.offset_at(begin - SECOND), zone.offset_at(begin)] == [2 * HOUR, 3 * HOUR]


def test_wall_times_around_a_new_rule_jump_or_come_twice():
    zone = ZoneRules((fixed(60), fixed(120, "2027-01-01"), fixed(60, "2028-01-01")))
    assert zone.to_utc(wall("2026-12-31T23:30")) == utc("2026-12-31T22:30")
    assert zone.to_local(zone.to_utc(wall("2026-12-31T23:30"))) == wall("2027-01-01T00:30")
    assert zone.to_utc(wall("2028-01-01T00:30")) == utc("2027-12-31T22:30")


def test_before_the_first_rule_begins_it_holds_too():
    zone = ZoneRules((fixed(60, "2026-01-01"), fixed(120, "2027-01-01")))
    assert zone.offset_at(utc("1999-01-01")) == HOUR


def test_the_last_rule_names_the_zone():
    zone = ZoneRules((TimeZoneRule(id="a", base_offset_minutes=0, display_name="A"), fixed(60, "2026-01-01")))
    assert (zone.id, zone.display_name) == ("", "")


def test_a_zone_has_a_rule():
    with pytest.raises(ValueError, match="at least one"):
        ZoneRules(())


@pytest.mark.parametrize("moment", [wall("0001-01-01"), wall("9999-12-31T23:59:59")])
@pytest.mark.parametrize("base", [-840, 840])
def test_the_ends_of_the_calendar_stay_inside_it(moment, base):
    rule = TimeZoneRule(
        base_offset_minutes=base,
        daylight_offset_minutes=-base // 14,
        daylight=sunday(1, 1, 0),
        standard=sunday(12, 5, 0),
    )
    zone = ZoneRules((rule,))
    assert abs(zone.to_local(moment.replace(tzinfo=UTC)) - moment) <= 14 * HOUR
    assert abs(zone.to_utc(moment) - moment.replace(tzinfo=UTC)) <= 14 * HOUR
