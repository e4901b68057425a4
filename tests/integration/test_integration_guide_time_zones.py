"""The guide's ConferenceTimeZoneRules, through SOAP: what a client sends is checked, kept and used."""

from datetime import datetime

import pytest
from bookings import refused, users, zone_elements
from office import system
from series_book import pattern
from soap_client import elements

from tmsba.domain import errors as e
from tmsba.domain.people.users import USERS, User

RELATIVE = "<RelativeRule><Month>10</Month></RelativeRule>"
ABSOLUTE = "<AbsoluteRule><Month>3</Month><DayOfMonth>3</DayOfMonth></AbsoluteRule>"


def change(name, day, second=7200):
    return f"<{name}><ChangeSecondAtDay>{second}</ChangeSecondAtDay>{day}</{name}>"


def rule(daylight=ABSOLUTE, standard=RELATIVE, second=7200, **values):
    """A rule of an hour's daylight saving time; ``values`` are its simple elements."""
    values = {
        "ValidFrom": "0001-01-01T00:00:00",
        "Id": "Mine",
        "BaseOffsetInMinutes": 60,
        "DaylightOffsetInMinutes": 60,
        **values,
    }
    inner = elements(**values)
    if daylight:
        inner += change("Daylight", daylight, second)
    if standard:
        inner += change("Standard", standard)
    return f"<TimeZoneRule>{inner}</TimeZoneRule>"


def rules(*found):
    return f"<ConferenceTimeZoneRules>{''.join(found)}</ConferenceTimeZoneRules>"


def day(kind, **values):
    return f"<{kind}Rule>{elements(**values)}</{kind}Rule>"


def stored(book, number, name):
    """The texts of an element in all rules of a stored conference."""
    return [found.text for found in book.series(number).all(name)]


def around(book, date):
    """A series of two days whose second one is this date, at ten in UTC."""
    book.start = datetime.fromisoformat(f"{date}T10:00:00+00:00")


@pytest.mark.parametrize(
    "broken",
    [
        rule(BaseOffsetInMinutes=841),
        rule(BaseOffsetInMinutes=-841),
        rule(BaseOffsetInMinutes=800, DaylightOffsetInMinutes=60),
        rule(BaseOffsetInMinutes=-800, DaylightOffsetInMinutes=-60),
        rule(daylight=None),
        rule(standard=None),
        rule(second=-1),
        rule(second=86400),
        rule(daylight=" "),
        rule(daylight=ABSOLUTE + RELATIVE),
        rule(daylight=day("Absolute", Month=0, DayOfMonth=1)),
        rule(daylight=day("Absolute", Month=13, DayOfMonth=1)),
        rule(daylight=day("Absolute", Month=3, DayOfMonth=0)),
        rule(daylight=day("Absolute", Month=3, DayOfMonth=32)),
        rule(daylight=day("Relative", Month=0)),
        rule(daylight=day("Relative", Month=13)),
        rule(daylight=day("Relative", Month=3, DayOfTheWeek=-1)),
        rule(daylight=day("Relative", Month=3, DayOfTheWeek=7)),
        rule(daylight=day("Relative", Month=3, WeekOfTheMonthIndex=0)),
        rule(daylight=day("Relative", Month=3, WeekOfTheMonthIndex=6)),
        rule(ValidFrom="2026-01-01T00:00:00Z"),
        rule(ValidFrom="2026-01-01T00:00:00+01:00"),
        rule() + rule(),
        rule(ValidFrom="2026-01-01T00:00:00") + rule(ValidFrom="2026-01-01T00:00:00"),
        rule() + rule(ValidFrom="2026-01-01T12:00:00") + rule(ValidFrom="2026-01-01T13:00:00"),
    ],
)
@pytest.mark.parametrize("recurrence", ["", pattern()])
def test_rules_that_break_the_guides_are_refused_and_nothing_is_stored(book, recurrence, broken):
    answer = book.save(recurrence + rules(broken), system(1))
    assert refused(book.office, answer) is e.InvalidTimeZone
    assert book.ids() == {}


@pytest.mark.parametrize(
    "good",
    [
        rule(BaseOffsetInMinutes=780),
        rule(BaseOffsetInMinutes=-840),
        rule(second=0),
        rule(second=86399),
        rule(daylight=day("Absolute", Month=12, DayOfMonth=31)),
        rule(daylight=day("Relative", Month=12, DayOfTheWeek=6, WeekOfTheMonthIndex=5)),
        rule(DaylightOffsetInMinutes=0, daylight=day("Relative", Month=13), standard=None),
        rule() + rule(ValidFrom="2026-01-01T00:00:00"),
    ],
)
def test_rules_to_the_edge_of_the_guides_are_taken(book, good):
    assert book.save(pattern() + rules(good), system(1)).status == 200


def test_a_relative_day_is_the_last_sunday_unless_said(book):
    around(book, "2026-03-28")
    last_sunday = rule(daylight=day("Relative", Month=3))
    book.saved(pattern(PatternInstances=2) + rules(last_sunday), system(1))
    assert book.starts() == ["2026-03-28 10:00:00Z", "2026-03-29 09:00:00Z"]


@pytest.mark.parametrize(
    ("weekday", "week", "date"), [(0, 1, "2026-03-01"), (1, 2, "2026-03-09"), (2, 5, "2026-03-31")]
)
def test_a_relative_day_counts_its_weekday_in_the_month(book, weekday, week, date):
    around(book, date)
    book.start = book.start.replace(hour=0)  # an hour after midnight by the rule
    values = {"DayOfTheWeek": weekday, "WeekOfTheMonthIndex": week}
    changing = rule(daylight=day("Relative", Month=3, **values), second=12 * 3600)
    book.saved(pattern(PatternInstances=2) + rules(changing), system(1))
    assert book.starts() == [f"{date} 00:00:00Z", f"{date} 23:00:00Z"]


def test_without_a_daylight_offset_the_clocks_never_change(book):
    around(book, "2026-03-02")
    never = rule(DaylightOffsetInMinutes=0)
    saved = book.saved(pattern(PatternInstances=2) + rules(never), system(1))
    assert book.starts() == ["2026-03-02 10:00:00Z", "2026-03-03 10:00:00Z"]
    assert book.series(saved["ConferenceId"]).all("Daylight") == []


def test_a_rule_holds_until_the_next_one_begins(book):
    around(book, "2026-02-09")
    later = rule(ValidFrom="2026-02-10T00:00:00", BaseOffsetInMinutes=120)
    book.saved(pattern(PatternInstances=2) + rules(rule(), later), system(1))
    assert book.starts() == ["2026-02-09 10:00:00Z", "2026-02-10 09:00:00Z"]


def test_the_last_id_counts_for_all_rules_and_names_are_kept_as_they_are(book):
    two = (
        rule(Id="a", DisplayName="(UTC+01:00) <Älvsjö>"),
        rule(Id="b", DisplayName="Later", ValidFrom="2026-02-10T00:00:00"),
    )
    number = book.saved(pattern() + rules(*two), system(1))["ConferenceId"]
    assert stored(book, number, "Id") == ["b", "b"]
    assert stored(book, number, "DisplayName") == ["(UTC+01:00) <Älvsjö>", "Later"]
    assert stored(book, number, "ValidFrom") == ["0001-01-01T00:00:00", "2026-02-10T00:00:00"]


def test_without_rules_the_zone_of_the_owner_counts_and_not_that_of_who_books(book):
    with book.office.store.writing() as uow:
        uow.users.add(User(id=0, name="kit", time_zone="America/Chicago"), "", [USERS])
        uow.commit()
    around(book, "2026-03-07")  # a day before the clocks change in Chicago, weeks before those of Oslo
    owner = users(book.office)["kit"].id
    book.saved(pattern(PatternInstances=2), system(1), OwnerId=owner, operation="SaveConference")
    listed = book.office.call(
        "GetConferencesForUser",
        elements(UserName="kit", StartTime="2026-01-01T00:00:00Z", EndTime="2026-12-31T00:00:00Z"),
    )
    starts = [found.text for found in listed.all("StartTimeUTC")]
    assert starts == ["2026-03-07 10:00:00Z", "2026-03-08 09:00:00Z"]


def test_rules_of_an_update_move_what_is_to_come(book):
    around(book, "2026-03-07")
    chicago = zone_elements(book.office, "Central Standard Time")
    saved = book.saved(pattern() + chicago, system(1))
    assert book.starts() == [f"2026-03-0{day} {hour}:00:00Z" for day, hour in ((7, 10), (8, "09"), (9, "09"))]
    tokyo = zone_elements(book.office, "Tokyo Standard Time")
    book.saved(pattern() + tokyo, ConferenceId=saved["ConferenceId"], Version=saved["Version"])
    assert book.starts() == [f"2026-03-0{day} 10:00:00Z" for day in (7, 8, 9)]


def test_an_occurrence_has_the_rules_of_its_series(book):
    saved = book.saved(pattern() + rules(rule(Id="Series")), system(1))
    second = list(book.ids().values())[1]
    book.saved(
        rules(rule(Id="Own")),
        operation="SaveConferenceRecInstance",
        ConferenceId=second,
        Version=1,
        StartTimeUTC=None,
        EndTimeUTC=None,
        Title="One",
    )
    assert book.occurrence(second)["Title"] == "One"
    assert stored(book, saved["ConferenceId"], "Id")[0] == "Series"
    answer = book.office.call("GetConferenceById", elements(ConferenceId=second))
    assert {found.text for found in answer.all("Id")} == {"Series"}
