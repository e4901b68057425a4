"""Rules made from tzdata, against zoneinfo: they say the same of every moment of ten years."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tmsba.domain.time.time_zone import AbsoluteDay, RelativeDay, TimeChange, TimeZoneRule, ZoneRules
from tmsba.domain.time.zone_rules import rules_for_zone

FIRST_YEAR, LAST_YEAR = 2026, 2036
BEGIN, END = datetime(FIRST_YEAR, 1, 1, 12, tzinfo=UTC), datetime(LAST_YEAR, 12, 31, 12, tzinfo=UTC)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
#: Around a change: the seconds, and the wall times that come twice or never.
AROUND = [timedelta(seconds=s) for s in (-7200, -3600, -1800, -1, 0, 1, 1799, 1800, 3599, 3600, 7200)]

#: Both halves of the world, zones without changes, half hours, and all that need more than one rule.
ZONES = (
    "Africa/Cairo",
    "Africa/Casablanca",
    "Africa/Johannesburg",
    "Africa/Lagos",
    "America/Anchorage",
    "America/Argentina/Buenos_Aires",
    "America/Asuncion",
    "America/Chicago",
    "America/Denver",
    "America/Edmonton",
    "America/Halifax",
    "America/Havana",
    "America/Los_Angeles",
    "America/Mexico_City",
    "America/New_York",
    "America/Nuuk",
    "America/Phoenix",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/St_Johns",
    "America/Vancouver",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Dubai",
    "Asia/Gaza",
    "Asia/Hebron",
    "Asia/Jerusalem",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Shanghai",
    "Asia/Tehran",
    "Asia/Tokyo",
    "Atlantic/Azores",
    "Australia/Adelaide",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Europe/Berlin",
    "Europe/Chisinau",
    "Europe/Dublin",
    "Europe/Istanbul",
    "Europe/Kyiv",
    "Europe/London",
    "Europe/Moscow",
    "Pacific/Apia",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Easter",
    "Pacific/Norfolk",
    "UTC",
)


@cache
def rules_of(name: str) -> ZoneRules:
    return rules_for_zone(name, FIRST_YEAR, LAST_YEAR)


def changes_of(name: str) -> Iterator[datetime]:
    """The instants at which the offset changes, by halving the days on which it does."""
    info, day = ZoneInfo(name), BEGIN
    while day < END:
        low, high = day, min(day + 24 * HOUR, END)
        before = low.astimezone(info).utcoffset()
        if high.astimezone(info).utcoffset() != before:
            while high - low > SECOND:
                middle = low + timedelta(seconds=(high - low) // SECOND // 2)
                is_before = middle.astimezone(info).utcoffset() == before
                low, high = (middle, high) if is_before else (low, middle)
            yield high
        day += 24 * HOUR


def check_moment(name: str, moment: datetime) -> None:
    """Offset and wall time of an instant, and the way back from that wall time and those around it."""
    info, rules = ZoneInfo(name), rules_of(name)
    seen = moment.astimezone(info)
    assert rules.offset_at(moment) == seen.utcoffset(), moment
    local = seen.replace(tzinfo=None, fold=0)
    assert rules.to_local(moment) == local
    assert rules.to_utc(local) == seen.replace(fold=0).astimezone(UTC)
    if not seen.fold:
        assert rules.to_utc(rules.to_local(moment)) == moment


def check_wall(name: str, local: datetime) -> None:
    """A wall time, which may come twice or never: zoneinfo's first choice is ours."""
    assert rules_of(name).to_utc(local) == local.replace(tzinfo=ZoneInfo(name)).astimezone(UTC), local


def instants() -> st.SearchStrategy[datetime]:
    last = (END - BEGIN) // SECOND
    return st.integers(0, last).map(lambda seconds: BEGIN + seconds * SECOND)


@pytest.mark.parametrize("name", ZONES)
def test_rules_are_right_around_every_change(name):
    for change in changes_of(name):
        for distance in AROUND:
            check_moment(name, change + distance)
            check_wall(name, rules_of(name).to_local(change) + distance)


@settings(max_examples=1000, deadline=None)
@given(st.sampled_from(ZONES), instants())
def test_rules_are_right_at_any_instant(name, moment):
    check_moment(name, moment)
    check_wall(name, moment.replace(tzinfo=None))


def days() -> st.SearchStrategy[AbsoluteDay | RelativeDay]:
    months = st.integers(1, 12)
    relative = st.builds(RelativeDay, month=months, weekday=st.integers(0, 6), week=st.integers(1, 5))
    return relative | st.builds(AbsoluteDay, month=months, day=st.integers(1, 31))


@st.composite
def changes(draw) -> TimeChange:
    second, day = draw(st.integers(0, 86399)), draw(days())
    if isinstance(day, AbsoluteDay):
        return TimeChange(second_of_day=second, absolute=day)
    return TimeChange(second_of_day=second, relative=day)


@st.composite
def custom_zones(draw) -> ZoneRules:
    """What a client may make up: any changes, also on neighbouring days."""
    base = draw(st.integers(-840, 840))
    summer = draw(st.integers(-840, 840))
    return ZoneRules(
        (
            TimeZoneRule(
                base_offset_minutes=base,
                daylight_offset_minutes=summer - base,
                daylight=draw(changes()),
                standard=draw(changes()),
            ),
        )
    )


@given(custom_zones(), instants())
def test_in_any_zone_an_instant_comes_back_or_an_earlier_one_of_the_same_wall_time(zone, moment):
    local = zone.to_local(moment)
    back = zone.to_utc(local)
    assert back <= moment
    assert zone.to_local(back) == local


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(available_timezones()))
def test_the_rules_of_every_zone_are_right_every_third_hour(name):
    moment, info, rules = BEGIN, ZoneInfo(name), rules_of(name)
    while moment < END:
        assert rules.offset_at(moment) == moment.astimezone(info).utcoffset(), moment
        moment += 3 * HOUR
