from datetime import UTC, datetime, timedelta, timezone

import pytest
from fakes import NOW, at

from tmsba.domain.time.times import Period, check_aware, whole_seconds
from tmsba.domain.time.zone_names import offset_name, short_us, zone


def test_an_aware_time_becomes_utc():
    local = datetime(2026, 1, 29, 14, 0, tzinfo=timezone(timedelta(hours=1)))
    assert check_aware(local) == NOW
    assert check_aware(local).tzinfo is UTC


def test_a_naive_time_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        check_aware(datetime(2026, 1, 29, 14, 0))  # noqa: DTZ001 - a naive time is the point


@pytest.mark.parametrize("side", ["start", "end"])
def test_a_period_takes_no_naive_times(side):
    times = {"start": at(14), "end": at(15)}
    times[side] = times[side].replace(tzinfo=None)
    with pytest.raises(ValueError, match="no time zone"):
        Period(**times)


def test_a_period_cannot_end_before_it_starts():
    with pytest.raises(ValueError, match="cannot end"):
        Period(at(15), at(14))


def test_fractions_of_a_second_are_cut_off():
    assert whole_seconds(NOW.replace(microsecond=999_999)) == NOW


def test_a_period_holds_its_start_and_not_its_end():
    period = Period(at(14), at(15))
    assert period.contains(at(14))
    assert period.contains(at(14, 59))
    assert not period.contains(at(15))
    assert period.duration == timedelta(hours=1)


@pytest.mark.parametrize(
    ("one", "other", "is_overlap"),
    [
        ((14, 15), (15, 16), False),
        ((14, 15), (13, 14), False),
        ((14, 16), (15, 17), True),
        ((14, 17), (15, 16), True),
        ((14, 15), (14, 15), True),
        ((14, 16), (15, 15), False),
        ((14, 14), (14, 14), False),
    ],
)
def test_periods_overlap_when_they_share_an_instant(one, other, is_overlap):
    first, second = Period(*map(at, one)), Period(*map(at, other))
    assert first.overlaps(second) is is_overlap
    assert second.overlaps(first) is is_overlap


@pytest.mark.parametrize("name", ["Europe/Oslo", "W. Europe Standard Time", "UTC", "Asia/Kolkata"])
def test_a_zone_is_found_by_its_windows_and_its_iana_name(name):
    assert zone(name).key


@pytest.mark.parametrize("name", ["", "Middle Earth Standard Time", "../etc/passwd", "Europe"])
def test_an_unknown_zone_is_refused(name):
    with pytest.raises(ValueError, match="no time zone"):
        zone(name)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Europe/Oslo", "(UTC+01:00) Europe/Oslo"),
        ("UTC", "(UTC+00:00) UTC"),
        ("India Standard Time", "(UTC+05:30) India Standard Time"),
        ("America/New_York", "(UTC-05:00) America/New_York"),
    ],
)
def test_a_zone_is_shown_with_its_offset(name, text):
    assert offset_name(name, NOW) == text


@pytest.mark.parametrize(
    ("hour", "zone_name", "text"),
    [
        (13, "Europe/Oslo", "1/29/2026 2:05 PM"),
        (13, "UTC", "1/29/2026 1:05 PM"),
        (12, "UTC", "1/29/2026 12:05 PM"),
        (0, "UTC", "1/29/2026 12:05 AM"),
        (3, "America/New_York", "1/28/2026 10:05 PM"),
    ],
)
def test_default_titles_show_the_time_of_the_owners_zone(hour, zone_name, text):
    assert short_us(at(hour, 5), zone_name) == text


@pytest.mark.parametrize(
    ("moment", "left"),
    [(at(13), (at(14), at(15))), (at(14, 20), (at(14, 20), at(15))), (at(16), (at(15), at(15)))],
)
def test_what_is_left_of_a_period_comes_after_the_instant(moment, left):
    assert Period(at(14), at(15)).left_at(moment) == Period(*left)
