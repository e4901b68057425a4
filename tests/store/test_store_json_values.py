import json
from dataclasses import fields
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tmsba.domain.time.recurrence import DayOfWeek, Frequency, RecurrencePattern, SeriesEnd
from tmsba.domain.time.time_zone import AbsoluteDay, RelativeDay, TimeChange, TimeZoneRule, ZoneRules
from tmsba.domain.time.times import Period
from tmsba.store.tables.json_values import (
    decode_pattern,
    decode_zone_rules,
    encode_pattern,
    encode_zone_rules,
)

_numbers = st.integers(-(2**31), 2**31)
_days = st.sampled_from(DayOfWeek)
_patterns = st.builds(
    RecurrencePattern,
    frequency=st.none() | st.sampled_from(Frequency),
    interval=_numbers,
    days_of_week=st.lists(_days).map(tuple),
    first_day_of_week=_days,
    set_position=_numbers,
    month_day=_numbers,
    end_type=st.none() | st.sampled_from(SeriesEnd),
    end=st.none() | st.datetimes(timezones=st.just(UTC)),
    occurrences=_numbers,
)
_changes = st.builds(
    TimeChange,
    second_of_day=_numbers,
    absolute=st.none() | st.builds(AbsoluteDay, month=_numbers, day=_numbers),
    relative=st.none() | st.builds(RelativeDay, month=_numbers, weekday=_numbers, week=_numbers),
)
_rules = st.builds(
    TimeZoneRule,
    valid_from=st.datetimes(),
    id=st.text(),
    display_name=st.text(),
    base_offset_minutes=_numbers,
    daylight_offset_minutes=_numbers,
    daylight=st.none() | _changes,
    standard=st.none() | _changes,
)
_zones = st.lists(_rules, min_size=1, max_size=3).map(lambda rules: ZoneRules(tuple(rules)))


FIRST = Period(datetime(2027, 1, 4, 12, tzinfo=UTC), datetime(2027, 1, 4, 13, tzinfo=UTC))


@given(_patterns)
def test_a_pattern_comes_back_with_its_first_date(pattern: RecurrencePattern) -> None:
    assert decode_pattern(encode_pattern((pattern, FIRST))) == (pattern, FIRST)


@given(_zones)
def test_a_zone_comes_back(zone: ZoneRules) -> None:
    assert decode_zone_rules(encode_zone_rules(zone)) == zone


def test_the_format_is_stable() -> None:
    """Rows that are stored already look like this."""
    pattern = RecurrencePattern(
        frequency=Frequency.WEEKLY,
        days_of_week=(DayOfWeek.MONDAY, DayOfWeek.FRIDAY),
        end=datetime(2027, 1, 31, 13, tzinfo=UTC),
    )
    assert encode_pattern((pattern, FIRST)) == (
        '{"v":1,"first":["2027-01-04T12:00:00+00:00","2027-01-04T13:00:00+00:00"],'
        '"frequency":"Weekly","interval":1,"days_of_week":[1,5],"first_day_of_week":0,'
        '"set_position":0,"month_day":0,"end_type":"by-date","end":"2027-01-31T13:00:00+00:00",'
        '"occurrences":0}'
    )
    rule = TimeZoneRule(
        id="W. Europe Standard Time",
        base_offset_minutes=60,
        daylight_offset_minutes=60,
        daylight=TimeChange(second_of_day=7200, relative=RelativeDay(month=3)),
        standard=TimeChange(second_of_day=10800, absolute=AbsoluteDay(month=10, day=25)),
    )
    assert encode_zone_rules(ZoneRules((rule,))) == (
        '{"v":1,"rules":[{"valid_from":"0001-01-01T00:00:00","id":"W. Europe Standard Time",'
        '"display_name":"","base_offset_minutes":60,"daylight_offset_minutes":60,'
        '"daylight":{"second_of_day":7200,"absolute":null,"relative":{"month":3,"weekday":0,"week":5}},'
        '"standard":{"second_of_day":10800,"absolute":{"month":10,"day":25},"relative":null}}]}'
    )


def test_every_field_is_written() -> None:
    pattern = json.loads(encode_pattern((RecurrencePattern(frequency=None), FIRST)))
    assert pattern.keys() - {"v", "first"} == {field.name for field in fields(RecurrencePattern)}
    zone = json.loads(encode_zone_rules(ZoneRules((TimeZoneRule(base_offset_minutes=0),))))
    assert zone["rules"][0].keys() == {field.name for field in fields(TimeZoneRule)}


def test_a_newer_format_is_refused() -> None:
    with pytest.raises(ValueError, match="reads format 1"):
        decode_pattern('{"v":2}')
