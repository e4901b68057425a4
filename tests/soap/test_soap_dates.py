"""Dates and times of the wire."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tmsba.domain.errors import InvalidDateTime
from tmsba.soap.wire.dates import (
    EARLIEST,
    format_conference_date,
    format_date_time,
    parse_conference_date,
    parse_date_time,
)

MOMENT = datetime(2026, 11, 20, 13, 9, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20 13:09:18Z", MOMENT),
        ("2026-11-20T13:09:18Z", MOMENT),
        ("  2026-11-20 13:09:18Z\n", MOMENT),
        ("2026-11-20 13:09Z", MOMENT.replace(second=0)),
        ("2026-11-20T13:09:18.1234567Z", MOMENT.replace(microsecond=123456)),
        ("2026-11-20 13:09:18.5Z", MOMENT.replace(microsecond=500000)),
        ("2026-11-20 24:00:00Z", datetime(2026, 11, 21, tzinfo=UTC)),
        ("0001-01-01 00:00:00Z", EARLIEST),
        ("9999-12-31 23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("9999-12-31 24:00:00Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_conference_dates_are_read(text: str, moment: datetime) -> None:
    assert parse_conference_date(text) == moment
    assert parse_conference_date(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "2026-11-20 13:09:18",
        "2026-11-20T13:09:18+00:00",
        "2026-11-20T13:09:18+01:00",
        "2026-11-20 13:09:18 Z",
        "2026-11-20 13:09:18z",
        "2026-11-20Z",
        "20.11.2026 13:09:18Z",
        "11/20/2026 1:09:18 PM",
        "2026-11-20 25:00:00Z",
        "2026-11-20 24:00:01Z",
        "2026-02-29 10:00:00Z",
        "2026-13-01 10:00:00Z",
        "0000-01-01 10:00:00Z",
        "2026-11-20 13:09:60Z",
        "2026-11-20 13:09:18Z2026-11-20 13:09:18Z",
        "\u0662\u0660\u0662\u0666-11-20 13:09:18Z",
    ],
)
def test_other_texts_are_no_conference_dates(text: str) -> None:
    with pytest.raises(InvalidDateTime):
        parse_conference_date(text)


def test_a_long_text_is_not_repeated_in_the_message() -> None:
    with pytest.raises(InvalidDateTime) as raised:
        parse_conference_date("9" * 100_000)
    assert len(raised.value.message) < 150


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20T13:09:18", MOMENT),
        ("2026-11-20T13:09:18Z", MOMENT),
        ("2026-11-20T14:09:18+01:00", MOMENT),
        ("2026-11-20T13:09:18.0000000-00:00", MOMENT),
        ("2026-11-20T02:39:18.0000000-10:30", MOMENT),
        (" 2026-11-20 ", MOMENT.replace(hour=0, minute=0, second=0)),
        ("2026-11-20T24:00:00", datetime(2026, 11, 21, tzinfo=UTC)),
        ("0001-01-01T00:00:00", EARLIEST),
        ("0001-01-01T00:00:00+14:00", EARLIEST),
        ("9999-12-31T23:59:59.9999999-10:00", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_date_times_are_read(text: str, moment: datetime) -> None:
    assert parse_date_time(text) == moment
    assert parse_date_time(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text", ["", "now", "2026-11-20T13", "2026-11-20T13:09:18+25:00", "2026-11-20 13:09:18"]
)
def test_other_texts_are_no_date_times(text: str) -> None:
    with pytest.raises(InvalidDateTime):
        parse_date_time(text)


def test_moments_of_other_zones_are_written_in_utc() -> None:
    moment = MOMENT.astimezone(timezone(timedelta(hours=5)))
    assert format_conference_date(moment) == "2026-11-20 13:09:18Z"
    assert format_date_time(moment) == "2026-11-20T13:09:18Z"
    assert format_date_time(EARLIEST) == "0001-01-01T00:00:00"


def test_naive_moments_are_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        format_conference_date(MOMENT.replace(tzinfo=None))


@given(st.datetimes(timezones=st.just(UTC)))
def test_what_is_written_is_read_again(moment: datetime) -> None:
    whole = moment.replace(microsecond=0)
    assert parse_conference_date(format_conference_date(moment)) == whole
    assert parse_date_time(format_date_time(moment)) == whole
