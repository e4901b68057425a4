from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tmsba.domain.errors import InvalidTimeZone
from tmsba.domain.time.time_zone import AbsoluteDay, RelativeDay, TimeChange, TimeZoneRule
from tmsba.domain.time.zone_checks import check_rules

DAYLIGHT = TimeChange(second_of_day=7200, relative=RelativeDay(month=3))
STANDARD = TimeChange(second_of_day=10800, relative=RelativeDay(month=10))
RULE = TimeZoneRule(
    id="Mine",
    base_offset_minutes=60,
    daylight_offset_minutes=60,
    daylight=DAYLIGHT,
    standard=STANDARD,
)
FIXED = TimeZoneRule(id="Mine", base_offset_minutes=60)


def refused(*rules: TimeZoneRule) -> str:
    with pytest.raises(InvalidTimeZone) as caught:
        check_rules(rules)
    assert "{" not in caught.value.message
    return caught.value.message


def change(second_of_day: int = 0, **day: int) -> TimeChange:
    kind = AbsoluteDay if "day" in day else RelativeDay
    name = "absolute" if "day" in day else "relative"
    return TimeChange(second_of_day=second_of_day, **{name: kind(**day)})


def from_(text: str, rule: TimeZoneRule = FIXED) -> TimeZoneRule:
    return replace(rule, valid_from=datetime.fromisoformat(text))


def test_good_rules_are_kept_as_they_are():
    assert check_rules([RULE]).rules == (RULE,)


def test_a_zone_needs_a_rule():
    assert "ConferenceTimeZoneRules" in refused()


# ---------------------------------------------------------------- offsets


@pytest.mark.parametrize("base", [-840, 0, 840])
def test_offsets_reach_fourteen_hours(base):
    assert check_rules([replace(FIXED, base_offset_minutes=base)])


@pytest.mark.parametrize("base", [-841, 841])
def test_a_base_offset_beyond_fourteen_hours_is_refused(base):
    message = refused(replace(FIXED, base_offset_minutes=base))
    assert "TimeZoneRule 1/BaseOffsetInMinutes" in message
    assert str(base) in message
    assert "-840 to 840" in message


@pytest.mark.parametrize(("base", "daylight"), [(780, 60), (-780, -60), (840, -60), (-840, 1680)])
def test_both_offsets_together_reach_fourteen_hours(base, daylight):
    assert check_rules([replace(RULE, base_offset_minutes=base, daylight_offset_minutes=daylight)])


@pytest.mark.parametrize(("base", "daylight"), [(780, 61), (-780, -61), (0, 841), (-840, 1681)])
def test_both_offsets_together_beyond_fourteen_hours_are_refused(base, daylight):
    message = refused(replace(RULE, base_offset_minutes=base, daylight_offset_minutes=daylight))
    assert "TimeZoneRule 1/BaseOffsetInMinutes + DaylightOffsetInMinutes" in message
    assert str(base + daylight) in message


# ---------------------------------------------------------------- Daylight and Standard


@pytest.mark.parametrize("base", [60, 0, -300])
@pytest.mark.parametrize(("field", "name"), [("daylight", "Daylight"), ("standard", "Standard")])
def test_a_daylight_offset_needs_both_changes(base, field, name):
    rule = replace(RULE, base_offset_minutes=base, **{field: None})
    assert f"TimeZoneRule 2/{name} is missing" in refused(from_("2020-01-01"), from_("2026-01-01", rule))


@pytest.mark.parametrize("base", [330, 0, -300])
def test_a_daylight_offset_of_zero_needs_none(base):
    assert check_rules([replace(FIXED, base_offset_minutes=base)])


def test_a_daylight_offset_of_zero_makes_a_rule_without_changes_however_wrong_they_are():
    rule = replace(RULE, daylight_offset_minutes=0, daylight=change(-1, month=13), standard=None)
    assert check_rules([rule]).rules == (FIXED,)


def test_changes_that_are_the_same_are_refused():
    assert "are the same" in refused(replace(RULE, standard=DAYLIGHT))


@pytest.mark.parametrize("field", ["daylight", "standard"])
@pytest.mark.parametrize(
    "good",
    [
        change(0, month=1, day=1),
        change(86399, month=12, day=31),
        change(1, month=2, day=31),
        change(1, month=1, weekday=0, week=1),
        change(1, month=12, weekday=6, week=5),
    ],
)
def test_a_change_has_a_second_and_a_day(field, good):
    assert check_rules([replace(RULE, **{field: good})])


@pytest.mark.parametrize(("field", "name"), [("daylight", "Daylight"), ("standard", "Standard")])
@pytest.mark.parametrize(
    ("bad", "element", "limits"),
    [
        (change(-1, month=1, day=1), "ChangeSecondAtDay", "0 to 86399"),
        (change(86400, month=1, day=1), "ChangeSecondAtDay", "0 to 86399"),
        (change(month=0, day=1), "Month", "1 to 12"),
        (change(month=13, day=1), "Month", "1 to 12"),
        (change(month=1, day=0), "DayOfMonth", "1 to 31"),
        (change(month=1, day=32), "DayOfMonth", "1 to 31"),
        (change(month=0), "Month", "1 to 12"),
        (change(month=13), "Month", "1 to 12"),
        (change(month=1, weekday=-1), "DayOfTheWeek", "0 to 6"),
        (change(month=1, weekday=7), "DayOfTheWeek", "0 to 6"),
        (change(month=1, week=0), "WeekOfTheMonthIndex", "1 to 5"),
        (change(month=1, week=6), "WeekOfTheMonthIndex", "1 to 5"),
    ],
)
def test_a_number_out_of_its_range_is_named_with_its_element(field, name, bad, element, limits):
    message = refused(replace(RULE, **{field: bad}))
    assert message.startswith(f"TimeZoneRule 1/{name}/{element} is ")
    assert limits in message


def test_a_change_has_one_kind_of_day():
    both = TimeChange(second_of_day=0, absolute=AbsoluteDay(month=3, day=3), relative=RelativeDay(month=3))
    assert "TimeZoneRule 1/Daylight has both" in refused(replace(RULE, daylight=both))
    neither = TimeChange(second_of_day=0)
    assert "TimeZoneRule 1/Standard says no day" in refused(replace(RULE, standard=neither))


# ---------------------------------------------------------------- several rules


@pytest.mark.parametrize("moment", ["2026-01-01", "2026-06-01T12:30", "0001-01-01"])
def test_the_first_rule_may_start_at_any_time(moment):
    assert check_rules([from_(moment)])


def test_valid_from_is_a_local_time():
    message = refused(replace(FIXED, valid_from=datetime(2026, 1, 1, tzinfo=UTC)))
    assert message.startswith("TimeZoneRule 1/ValidFrom has a time zone")


def test_rules_follow_each_other():
    rules = [from_("0001-01-01"), from_("2026-01-01"), from_("2026-01-02", RULE)]
    assert check_rules(rules).rules == tuple(rules)


def test_rules_are_brought_in_the_order_of_time_and_get_the_id_that_was_sent_last():
    first, second, third = from_("0001-01-01"), from_("2026-01-01", RULE), from_("2026-01-02")
    sent = [replace(third, id="Third"), replace(first, id="First"), replace(second, id="Second")]
    found = check_rules(sent).rules
    assert found == tuple(replace(rule, id="Second") for rule in (first, second, third))


@pytest.mark.parametrize(
    ("starts", "both"),
    [(("2026-01-01", "2026-01-01"), (2, 3)), (("2026-01-01", "0001-01-01"), (1, 3))],
)
def test_rules_that_overlap_are_refused(starts, both):
    message = refused(from_("0001-01-01"), *map(from_, starts))
    assert [f"TimeZoneRule {number}/ValidFrom" in message for number in both] == [True, True]


def test_rules_that_start_on_one_day_are_refused():
    assert "may not overlap" in refused(from_("2026-01-01T12:00"), from_("2026-01-01T13:00"))


@pytest.mark.parametrize("start", ["2026-03-01T00:00:01", "2026-03-01T12:00:00"])
def test_a_rule_that_starts_on_the_day_on_which_the_one_before_ends_is_refused(start):
    message = refused(from_("0001-01-01"), from_(start))
    assert "2026-03-01T00:00:00" in message


def test_all_rules_get_the_last_ones_id():
    rules = [from_("0001-01-01"), replace(from_("2026-01-01"), id="Other")]
    assert [rule.id for rule in check_rules(rules).rules] == ["Other", "Other"]
