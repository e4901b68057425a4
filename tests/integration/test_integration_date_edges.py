"""Dates at the ends of the calendar: each date element of each operation, on both sides of UTC."""

import pytest
from office import external, system, wire
from series_book import DAY, HOUR, exception, pattern
from soap_client import BOOKING, elements

from tmsba.domain import errors as e
from tmsba.soap.operations.booking import BOOKING_SERVICE
from tmsba.soap.wire.plan import Kind, plan_of

DAYS = ("0001-01-01", "9999-12-31")
CLOCKS = ("00:00:00Z", "23:59:59Z", "12:00Z", "24:00:00Z", "")
DATES = [f"{day} {clock}".strip() for day in DAYS for clock in CLOCKS]
XS_DATES = [f"{day}{clock}" for day in DAYS for clock in ("", "T00:00:00", "T23:59:59.9999999Z")]
XS_DATES += [f"{day}T{clock}" for day in DAYS for clock in ("00:00:00+14:00", "23:59:59-12:00")]
#: Minutes east of UTC.
ZONES = (840, 0, -720)

REFUSED = {e.InvalidDateTime.code, e.OutsideBookingWindow.code}


def zone(minutes, valid_from="0001-01-01T00:00:00"):
    values = {"ValidFrom": valid_from, "Id": "Mine", "DisplayName": "Mine", "BaseOffsetInMinutes": minutes}
    rule = elements(**values, DaylightOffsetInMinutes=0)
    return f"<ConferenceTimeZoneRules><TimeZoneRule>{rule}</TimeZoneRule></ConferenceTimeZoneRules>"


def conference(office, *, inner="", **changes):
    start = office.now + 2 * HOUR
    times = {"ConferenceId": -1, "StartTimeUTC": wire(start), "EndTimeUTC": wire(start + HOUR), **changes}
    people = f"<Participants>{system(1)}{external('SIP <-', 'guest')}</Participants>"
    return elements(**times) + inner + people


def moved(**times):
    return exception("ADD", data=elements(**times))


#: Where a conference has dates: what it holds with one of them in place.
PLACES = {
    "StartTimeUTC": lambda o, date: conference(o, StartTimeUTC=date),
    "EndTimeUTC": lambda o, date: conference(o, EndTimeUTC=date),
    "both": lambda o, date: conference(o, StartTimeUTC=date, EndTimeUTC=date),
    "StartTimeUTC of a series": lambda o, date: conference(o, StartTimeUTC=date, inner=pattern()),
    "EndTimeUTC of a series": lambda o, date: conference(o, EndTimeUTC=date, inner=pattern()),
    "RecurrenceInstanceIdUTC": lambda o, date: conference(o, RecurrenceInstanceIdUTC=date),
    "RecurrenceIdUTC": lambda o, date: conference(
        o,
        inner=pattern(
            exceptions=f"<RecurrenceException>{elements(ExceptionType='DELETE', RecurrenceIdUTC=date)}"
            "</RecurrenceException>"
        ),
    ),
    "start of an exception": lambda o, date: conference(
        o, inner=pattern(exceptions=moved(StartTimeUTC=date, EndTimeUTC=wire(o.now + 9 * DAY)))
    ),
    "end of an exception": lambda o, date: conference(
        o, inner=pattern(exceptions=moved(StartTimeUTC=wire(o.now + 9 * DAY), EndTimeUTC=date))
    ),
}
WITH_CONFERENCE = {
    "SaveConference": "<Conference>{}</Conference>",
    "SaveConferenceWithMode": "<Conference>{}</Conference><BookingMode>BestEffortForced</BookingMode>",
    "SaveConferences": "<Conferences>{}</Conferences>",
    "SaveConferenceRecInstance": "<Conference>{}</Conference>",
    "SaveConferenceRecInstanceWithMode": "<Conference>{}</Conference><BookingMode>Strict</BookingMode>",
    "GetConferenceBookingEventMail": "<Conference>{}</Conference>",
}
BY_INSTANCE = (
    "GetConferenceInstanceByExternalId",
    "GetConferenceIdByExternalId",
    "DeleteConferenceInstanceByExternaId",
    "EndConferenceByExternalId",
    "GetConferenceInviteMail",
)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("operation", WITH_CONFERENCE)
def test_a_date_at_an_end_of_the_calendar_is_no_date_for_a_conference(office, operation, place):
    for date in DATES:
        for minutes in ZONES:
            inner = PLACES[place](office, date) + zone(minutes)
            answer = office.call(operation, WITH_CONFERENCE[operation].format(inner))
            assert answer.status == 500, (date, minutes)
            assert office.code(answer) in REFUSED, (date, minutes, answer.sentence)


@pytest.mark.parametrize("operation", BY_INSTANCE)
def test_a_date_at_an_end_of_the_calendar_names_no_occurrence(book, operation):
    book.saved(pattern(), system(1), ExternalSourceId="x", ExternalPrimaryKey="k")
    key = "ExternalSourceId", "ExternalConferenceId"
    for date in DATES:
        inner = elements(**dict(zip(key, "xk", strict=True)), RecurrenceIdUTC=date)
        answer = book.office.call(operation, inner)
        assert book.office.code(answer) == e.InvalidDateTime.code, (date, answer.sentence)


@pytest.mark.parametrize("frequency", ["Daily", "DailyWeekday", "Weekly", "Monthly"])
def test_a_series_up_to_an_end_of_the_calendar_has_too_many_dates_or_none(book, frequency):
    for date in DATES:
        for minutes in ZONES:
            ends = {"PatternEndType": "EndByDate", "PatternEndDateUTC": date, "PatternInstances": 0}
            asked = pattern(frequency, **ends, ByMonthDay=1) + zone(minutes)
            answer = book.save(asked, system(1))
            expected = e.UnsupportedRecurrence if date.endswith("Z") else e.InvalidDateTime
            assert book.office.code(answer) == expected.code, (date, minutes, answer.sentence)


def test_the_end_date_of_a_series_that_ends_by_count_may_be_any(book):
    """.NET clients send year 1 where they have no date."""
    answer = book.save(pattern(PatternEndDateUTC="0001-01-01 00:00:00Z"), system(1))
    assert answer.status == 200, answer.sentence


@pytest.mark.parametrize(
    "valid_from", [f"{day}T{clock}" for day in DAYS for clock in ("00:00:00", "23:59:59")]
)
def test_time_zone_rules_from_an_end_of_the_calendar_on_do_no_harm(book, valid_from):
    for number, minutes in enumerate(ZONES):
        asked = pattern() + zone(minutes, valid_from)
        answer = book.save(
            asked,
            system(1),
            StartTimeUTC=wire(book.start + number * 10 * DAY),
            EndTimeUTC=wire(book.start + number * 10 * DAY + HOUR),
        )
        assert answer.status == 200 or book.office.code(answer) == e.InvalidTimeZone.code, answer.sentence


@pytest.mark.parametrize("operation", ["GetConferencesForSystems", "GetConferencesForUser"])
def test_lists_take_every_date_of_the_calendar(office, operation):
    office.saved(system(1))
    for start in [*XS_DATES, None]:
        for end in [*XS_DATES, None]:
            limits = {"StartTime": start, "EndTime": end}
            given = {name: date for name, date in limits.items() if date}
            answer = office.call(operation, elements(**given, ConferenceStatus="All"))
            assert answer.status == 200 or office.code(answer) == e.StartAfterEnd.code, (
                limits,
                answer.sentence,
            )


def test_every_date_element_of_every_operation_is_tried_here():
    """A new element with a date needs a place in this file."""
    tried = {"StartTimeUTC", "EndTimeUTC", "RecurrenceInstanceIdUTC", "RecurrenceIdUTC", "PatternEndDateUTC"}
    tried |= {"ValidFrom", "StartTime", "EndTime"}
    ignored = {"FirstOccurrenceRecInstanceIdUTC"}  # follows from the series
    found, seen = set(), set()

    def look(wire_type):
        if wire_type in seen:
            return
        seen.add(wire_type)
        for member in plan_of(wire_type, BOOKING).members:
            if member.kind in (Kind.MOMENT, Kind.WALL_TIME) or member.name.endswith("UTC"):
                found.add(member.name)
            if member.kind in (Kind.OBJECT, Kind.ARRAY):
                look(member.wire_type)

    for operation in BOOKING_SERVICE.operations.values():
        look(operation.in_message)
    assert found == tried | ignored
