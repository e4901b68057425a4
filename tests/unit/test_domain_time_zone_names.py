from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tmsba.domain.errors import InvalidTimeZone
from tmsba.domain.time.time_zone import ALWAYS, AbsoluteDay, RelativeDay, TimeChange, TimeZoneRule
from tmsba.domain.time.windows_zones import PLACES
from tmsba.domain.time.zone_checks import check_rules
from tmsba.domain.time.zone_names import BY_WINDOWS_NAME
from tmsba.domain.time.zone_rules import rules_for_zone


def names_of(name: str) -> tuple[str, str]:
    zone = rules_for_zone(name, 2026, 2036)
    return zone.id, zone.display_name


def test_a_zone_with_one_rule_for_all_years_has_one():
    assert rules_for_zone("W. Europe Standard Time", 2026, 2036).rules == (
        TimeZoneRule(
            valid_from=ALWAYS,
            id="W. Europe Standard Time",
            display_name="(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna",
            base_offset_minutes=60,
            daylight_offset_minutes=60,
            daylight=TimeChange(second_of_day=7200, relative=RelativeDay(month=3, weekday=0, week=5)),
            standard=TimeChange(second_of_day=10800, relative=RelativeDay(month=10, weekday=0, week=5)),
        ),
    )


def test_the_guides_zone_counts_its_weeks():
    (rule,) = rules_for_zone("Central Standard Time", 2026, 2036).rules
    assert (rule.base_offset_minutes, rule.daylight_offset_minutes) == (-360, 60)
    assert rule.daylight == TimeChange(second_of_day=7200, relative=RelativeDay(month=3, week=2))
    assert rule.standard == TimeChange(second_of_day=7200, relative=RelativeDay(month=11, week=1))


@pytest.mark.parametrize(
    ("name", "base", "daylight"),
    [("Europe/Dublin", 0, 60), ("Australia/Lord_Howe", 630, 30), ("Asia/Kolkata", 330, 0), ("UTC", 0, 0)],
)
def test_the_smaller_offset_is_the_base(name, base, daylight):
    (rule,) = rules_for_zone(name, 2026, 2036).rules
    assert (rule.base_offset_minutes, rule.daylight_offset_minutes) == (base, daylight)
    assert bool(rule.daylight) is bool(rule.standard) is bool(daylight)


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("Europe/Oslo", ("Europe/Oslo", "(UTC+01:00) Europe/Oslo")),
        ("  europe/OSLO ", ("Europe/Oslo", "(UTC+01:00) Europe/Oslo")),
        ("w. europe standard time", names_of("W. Europe Standard Time")),
        ("UTC", ("UTC", "(UTC) Coordinated Universal Time")),
        ("GMT Standard Time", ("GMT Standard Time", "(UTC+00:00) Dublin, Edinburgh, Lisbon, London")),
        ("Newfoundland Standard Time", ("Newfoundland Standard Time", "(UTC-03:30) Newfoundland")),
        ("Nepal Standard Time", ("Nepal Standard Time", "(UTC+05:45) Kathmandu")),
    ],
)
def test_a_zone_is_known_by_its_windows_and_iana_names(name, names):
    assert names_of(name) == names


@pytest.mark.parametrize("name", ["", "Middle Earth", "../etc/passwd", "x" * 5000, "{name}"])
def test_a_zone_that_nobody_knows_is_refused_with_a_hint(name):
    with pytest.raises(InvalidTimeZone, match=r"W\. Europe Standard Time") as caught:
        rules_for_zone(name, 2026, 2036)
    assert len(caught.value.message) < 300


def test_places_are_named_for_windows_zones_only():
    assert set(PLACES) <= set(BY_WINDOWS_NAME)


@pytest.mark.parametrize("name", sorted(BY_WINDOWS_NAME))
def test_rules_that_are_given_out_are_taken_back(name):
    zone = rules_for_zone(name, 2026, 2036)
    assert check_rules(zone.rules) == zone
    assert zone.rules[0].valid_from.isoformat() == "0001-01-01T00:00:00"


def test_years_that_no_rule_fits_get_dates():
    rules = rules_for_zone("Africa/Casablanca", 2026, 2036).rules
    days = [rule.daylight.absolute for rule in rules if rule.daylight]
    assert AbsoluteDay(month=3, day=22) in days  # after Ramadan 2026


#: Zones that changed for good, once a year, more than twice, or by a day.
ODD_YEARS = [
    ("Asia/Almaty", 2023, 2025),
    ("Europe/Istanbul", 2015, 2018),
    ("Europe/Moscow", 2010, 2015),
    ("Australia/Perth", 2005, 2010),
    ("Africa/Cairo", 2009, 2016),
    ("Africa/Casablanca", 2011, 2020),
    ("Africa/Casablanca", 2026, 2031),
    ("Australia/Lord_Howe", 1981, 1988),
    ("Antarctica/Troll", 2004, 2008),
    ("Africa/Casablanca", 2030, 2031),
    ("Pacific/Apia", 2009, 2013),
    ("Pacific/Kiritimati", 1993, 1996),
    ("America/Caracas", 2007, 2016),
    ("Asia/Pyongyang", 2014, 2019),
    ("America/Nuuk", 2022, 2025),
]


@pytest.mark.parametrize(("name", "first_year", "last_year"), ODD_YEARS)
def test_odd_years_are_right_at_every_hour(name, first_year, last_year):
    zone, info = rules_for_zone(name, first_year, last_year), ZoneInfo(name)
    moment, end = datetime(first_year, 1, 2, tzinfo=UTC), datetime(last_year, 12, 31, tzinfo=UTC)
    while moment < end:
        assert zone.offset_at(moment) == moment.astimezone(info).utcoffset(), moment
        moment += timedelta(hours=3)


def test_a_single_year_shows_its_dates():
    (rule,) = rules_for_zone("Europe/Berlin", 2026, 2026).rules
    assert rule.daylight == TimeChange(second_of_day=7200, absolute=AbsoluteDay(month=3, day=29))
