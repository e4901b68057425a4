"""How series repeat, in words."""

from datetime import UTC, datetime, timedelta

import pytest
from mail_samples import HOUR, LANGUAGES, START, facts, info, pattern

from tmsba.booking.view.views import ChangedDate, ContentType
from tmsba.domain.conference.request import OverrideKind
from tmsba.domain.people.users import User
from tmsba.domain.time.recurrence import DayOfWeek, Frequency, SeriesEnd
from tmsba.domain.time.time_zone import TimeZoneRule, ZoneRules
from tmsba.domain.time.times import Period
from tmsba.mail.conference_mail import ConferenceTexts
from tmsba.mail.local_times import LocalTimes
from tmsba.mail.recurrence_words import pattern_words
from tmsba.mail.words import words_for

MONDAY, TUESDAY, FRIDAY = DayOfWeek.MONDAY, DayOfWeek.TUESDAY, DayOfWeek.FRIDAY
WORKING = tuple(DayOfWeek)[1:6]
DAILY, WEEKLY, MONTHLY = Frequency.DAILY, Frequency.WEEKLY, Frequency.MONTHLY
WEEKDAYS = Frequency.DAILY_WEEKDAY
DAY = timedelta(days=1)


def worded(frequency, language="en", rules=None, **more):
    owner = User(id=1, name="anna", time_zone="Europe/Oslo")
    times = LocalTimes.of(rules, owner, words_for(language))
    return pattern_words(pattern(frequency, **more), DayOfWeek.THURSDAY, times)


@pytest.mark.parametrize(
    ("frequency", "values", "words"),
    [
        (DAILY, {}, "Every day"),
        (DAILY, {"interval": 0}, "Every day"),
        (DAILY, {"interval": 3}, "Every 3 days"),
        (WEEKDAYS, {}, "Every weekday, Monday to Friday"),
        (WEEKDAYS, {"interval": 2}, "Every 2 weekdays"),
        (WEEKLY, {}, "Every week on Thursday"),
        (WEEKLY, {"days_of_week": (FRIDAY, MONDAY)}, "Every week on Monday and Friday"),
        (WEEKLY, {"interval": 2, "days_of_week": (TUESDAY,)}, "Every 2 weeks on Tuesday"),
        (MONTHLY, {"month_day": 15}, "Every month on day 15"),
        (MONTHLY, {"month_day": 15, "interval": 2}, "Every 2 months on day 15"),
        (MONTHLY, {"month_day": 31}, "Every month on day 31 (the last day of shorter months)"),
        (MONTHLY, {"set_position": 2, "days_of_week": (TUESDAY,)}, "Every month on the 2nd Tuesday"),
        (MONTHLY, {"set_position": -1, "days_of_week": WORKING}, "Every month on the last weekday"),
        (MONTHLY, {"set_position": 1, "days_of_week": tuple(DayOfWeek)}, "Every month on the 1st day"),
        (
            MONTHLY,
            {"set_position": -2, "days_of_week": (DayOfWeek.SATURDAY, DayOfWeek.SUNDAY)},
            "Every month on the 2nd to last weekend day",
        ),
        (
            MONTHLY,
            {"set_position": 3, "days_of_week": (MONDAY, FRIDAY)},
            "Every month on the 3rd of these days: Monday and Friday",
        ),
        (MONTHLY, {}, "Every month"),
        (Frequency.YEARLY, {"interval": 2}, "At an interval of 2 years"),
        (Frequency.HOURLY, {}, "At an interval of 1 hour"),
        (DAILY, {"end_type": SeriesEnd.NEVER}, "Every day, without end"),
        (
            DAILY,
            {"end_type": SeriesEnd.BY_COUNT, "occurrences": 5},
            "Every day, number of meetings: 5",
        ),
    ],
)
def test_a_pattern_in_english(frequency, values, words):
    assert worded(frequency, **values) == words


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", "Toutes les 2 semaines : lundi et vendredi, nombre de réunions : 5"),
        ("ru", "С интервалом (2 недели): понедельник и пятница; число встреч: 5"),  # noqa: RUF001
        ("zh-CN", "每 2周：星期一和星期五，共 5 次"),  # noqa: RUF001
        ("ja", "2 週間ごと：月曜日、金曜日、全 5 回"),  # noqa: RUF001
        ("ko", "2주마다 월요일 및 금요일, 총 5회"),
    ],
)
def test_a_pattern_in_the_other_languages(language, words):
    found = worded(
        WEEKLY,
        language,
        interval=2,
        days_of_week=(MONDAY, FRIDAY),
        end_type=SeriesEnd.BY_COUNT,
        occurrences=5,
    )
    # French units have spaces that do not break.
    assert found.replace("\xa0", " ") == words


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("frequency", Frequency)
@pytest.mark.parametrize("interval", [1, 2])
@pytest.mark.parametrize(
    "values",
    [
        {},
        {"month_day": 31},
        {"set_position": -1, "days_of_week": (TUESDAY,)},
        {"set_position": 5, "days_of_week": (MONDAY, FRIDAY)},
        {"set_position": -30, "days_of_week": WORKING},
    ],
)
def test_every_pattern_has_words_in_every_language(language, frequency, interval, values):
    found = worded(frequency, language, interval=interval, end=START, **values)
    assert "{" not in found
    assert "2026" in found


@pytest.mark.parametrize(
    ("end", "day"),
    [
        (datetime(2026, 3, 20, 12, tzinfo=UTC), "Friday, 20 March 2026"),
        (datetime(2026, 3, 19, 23, tzinfo=UTC), "Friday, 20 March 2026"),  # midnight in Oslo
        (datetime(2026, 3, 20, tzinfo=UTC), "Friday, 20 March 2026"),  # the bare date
    ],
)
def test_the_end_of_a_series_is_the_local_day(end, day):
    assert worded(DAILY, end=end) == f"Every day, until {day}"


def test_the_bare_date_of_an_end_does_not_slip_west_of_greenwich():
    rules = ZoneRules((TimeZoneRule(id="Somewhere", base_offset_minutes=-300),))
    assert "20 March" in worded(DAILY, rules=rules, end=datetime(2026, 3, 20, tzinfo=UTC))


def series_mail(content_type=ContentType.PLAIN_TEXT, **more):
    return ConferenceTexts().mail(facts(pattern=pattern(DAILY), **more), content_type).content


def test_the_dates_that_differ_are_listed():
    dates = (
        ChangedDate(kind=OverrideKind.DELETE, recurrence_id=START + DAY),
        ChangedDate(
            kind=OverrideKind.MODIFY,
            recurrence_id=START + 2 * DAY,
            period=Period(START + 3 * DAY, START + 3 * DAY + HOUR),
            title="Late",
        ),
        ChangedDate(
            kind=OverrideKind.MODIFY,
            recurrence_id=START + 4 * DAY,
            period=Period(START + 4 * DAY, START + 4 * DAY + HOUR),
        ),
        ChangedDate(
            kind=OverrideKind.ADD,
            recurrence_id=START + 9 * DAY,
            period=Period(START + 9 * DAY, START + 9 * DAY + HOUR),
        ),
    )
    text = series_mail(changed_dates=dates)
    zone = "(UTC+01:00) Europe/Oslo"
    assert "First meeting: Thursday, 29 January 2026, 14:09 - 15:09" in text
    assert "Repeats: Every day\n" in text
    assert (
        "Dates that differ:\n"
        "- Friday, 30 January 2026: cancelled\n"
        f"- Saturday, 31 January 2026: moved to Sunday, 1 February 2026, 14:09 - 15:09 {zone} (Late)\n"
        "- Monday, 2 February 2026: changed\n"
        f"- Saturday, 7 February 2026, 14:09 - 15:09 {zone}: added\n"
    ) in text


def test_occurrences_with_another_number_are_listed():
    other = ((START + DAY, "990443@example.com"),)
    expected = "Other video addresses:\n- Friday, 30 January 2026: 990443@example.com\n"
    assert expected in series_mail(other_addresses=other)
    assert "990443" not in series_mail(other_addresses=other, info=info(bridge=None))
