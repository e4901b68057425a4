"""The guide's Code Examples, request for request, as a program does them that was written after the guide."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from lxml import etree
from office import external, system, wire
from series_book import DAY, HOUR, pattern
from soap_client import BOOKING, REMOTE_SETUP, element, elements, version_header

from tmsba.domain import errors as e
from tmsba.domain.people.systems import System

TEN_MINUTES = timedelta(minutes=10)
CUSTOM_RULE = (
    "<TimeZoneRule><ValidFrom>0001-01-01T00:00:00</ValidFrom><Id>My custom rule</Id>"
    "<BaseOffsetInMinutes>60</BaseOffsetInMinutes>"
    "<Daylight><ChangeSecondAtDay>7200</ChangeSecondAtDay>"
    "<AbsoluteRule><Month>3</Month><DayOfMonth>3</DayOfMonth></AbsoluteRule></Daylight>"
    "<DaylightOffsetInMinutes>60</DaylightOffsetInMinutes>"
    "<Standard><ChangeSecondAtDay>36000</ChangeSecondAtDay>"
    "<RelativeRule><Month>10</Month><DayOfTheWeek>0</DayOfTheWeek>"
    "<WeekOfTheMonthIndex>5</WeekOfTheMonthIndex></RelativeRule></Standard></TimeZoneRule>"
)


@dataclass
class Proxy:
    """The object of a conference that a program fills in, saves, and gets back filled in anew."""

    office: Any
    node: Any

    @classmethod
    def default(cls, office):
        """What GetDefaultConference answers."""
        answer = office.call("GetDefaultConference")
        return cls(office, answer.all("GetDefaultConferenceResult")[0])

    def set(self, **values):
        """Set simple properties."""
        for name, value in values.items():
            self.put(elements(**{name: value}))
        return self

    def put(self, written):
        """Set a property that is an object, from its text."""
        [new] = etree.fromstring(element("Conference", written))
        old = self.node.find(new.tag)
        if old is None:
            self.node.append(new)
        else:
            self.node.replace(old, new)
        return self

    def participants(self, *entries):
        return self.put(f"<Participants>{''.join(entries)}</Participants>")

    def text(self, name):
        return self.node.findtext(f"{{{BOOKING}}}{name}")

    def sent(self, operation="SaveConference", more=""):
        """The answer of a save; all properties are sent back as they came."""
        inner = "".join(etree.tostring(child).decode() for child in self.node)
        return self.office.call(operation, f"<Conference>{inner}</Conference>{more}")

    def stored(self):
        """The series or conference as GetRecurrentConferenceById answers it."""
        number = elements(ConferenceId=self.text("ConferenceId"))
        answer = self.office.call("GetRecurrentConferenceById", number)
        return Proxy(self.office, answer.all("GetRecurrentConferenceByIdResult")[0])

    def saved(self):
        """What the server answers to a save that succeeds."""
        answer = self.sent()
        assert answer.status == 200, answer.sentence
        return Proxy(self.office, answer.all("SaveConferenceResult")[0])


@pytest.fixture
def start(office):
    return office.now + HOUR


def starts(office, status="AllExceptDeleted"):
    """The starts of the conferences of a year."""
    period = elements(StartTime="2026-01-01T00:00:00Z", EndTime="2027-01-01T00:00:00Z")
    answer = office.call("GetConferencesForUser", period + elements(ConferenceStatus=status))
    return [found.text for found in answer.all("StartTimeUTC")]


def assert_printed(saved):
    """What the examples print of a conference that was saved."""
    assert int(saved.text("ConferenceId")) > 0
    assert saved.text("Title") in saved.text("ConferenceInfoText")
    assert not saved.text("UserMessageText")


def test_system_information_is_displayed(office):
    answer = office.setup("GetSystems")
    assert answer.text("ClientVersionIn", REMOTE_SETUP) == "23"
    rows = [
        (found.findtext(f"{{{REMOTE_SETUP}}}SystemId"), found.findtext(f"{{{REMOTE_SETUP}}}SystemName"))
        for found in answer.all("TMSSystem", REMOTE_SETUP)
    ]
    assert rows == [("1", "Room 1"), ("2", "Room 2"), ("3", "Room 3"), ("4", "Room 4")]


def test_version_and_a_session_of_the_clients_own_are_set_for_all_calls(office):
    header = version_header(23, inner=elements(ClientSession="clientSessionString"))
    inner = elements(StartTimeUTC=wire(office.now), EndTimeUTC=wire(office.now + HOUR))
    answer = office.call("SaveConference", f"<Conference>{inner}</Conference>", header=header)
    assert answer.status == 200, answer.sentence
    assert (answer.text("ClientVersionIn"), answer.text("ClientSession")) == ("23", "clientSessionString")


def test_a_conference_with_various_participant_types_is_saved(office):
    conference = Proxy.default(office).participants(
        external("SIP <-", "SIP Dial-in 1"), external("SIP ->", "manager1@example.com"), system(4)
    )
    saved = conference.saved()
    assert_printed(saved)
    assert (saved.text("StartTimeUTC"), saved.text("EndTimeUTC")) == (
        wire(office.now),
        wire(office.now + HOUR),
    )
    assert saved.text("JoinUri") == "1@example.com"  # a bridge was found
    names = ("NameOrNumber", "ParticipantCallType", "ParticipantId")
    people = saved.node.find(f"{{{BOOKING}}}Participants")
    assert [tuple(one.findtext(f"{{{BOOKING}}}{name}") for name in names) for one in people] == [
        ("SIP Dial-in 1", "SIP <-", "1"),
        ("manager1@example.com", "SIP ->", "2"),
        ("", "TMS", "4"),
    ]


def test_the_example_with_various_participant_types_needs_a_bridge(office):
    office.saved(external("SIP <-"), StartTimeUTC=wire(office.now))  # the only number
    conference = Proxy.default(office).participants(external("SIP <-", "SIP Dial-in 1"), system(4))
    assert office.code(conference.sent()) == e.NotEnoughBridgeResources.code


def test_one_instance_of_a_series_becomes_defective(office, start):
    with office.store.writing() as uow:
        uow.systems.add(System(id=1009, name="Room 1009"))
        uow.commit()
    times = {"StartTimeUTC": wire(start + DAY), "EndTimeUTC": wire(start + DAY + TEN_MINUTES)}
    conflicting = Proxy.default(office).set(**times).participants(system(1009)).saved()
    times = {"StartTimeUTC": wire(start), "EndTimeUTC": wire(start + TEN_MINUTES)}
    conference = Proxy.default(office).set(**times).participants(system(1009))
    conference.put(pattern("Daily", PatternInstances=3, Interval=1))

    answer = conference.sent("SaveConferenceWithMode", elements(BookingMode="BestEffortForced"))

    [saved] = answer.all("SaveConferenceWithModeResult")[0].iterchildren(f"{{{BOOKING}}}Conference")
    number = saved.findtext(f"{{{BOOKING}}}ConferenceId")
    whole = office.call("GetRecurrentConferenceById", elements(ConferenceId=number))
    assert whole.all("ConferenceState")[0].findtext(f"{{{BOOKING}}}Status") == "Defective"
    assert starts(office, "Defective") == [wire(start + DAY)]
    assert starts(office, "Pending") == [wire(start), wire(start + DAY), wire(start + 2 * DAY)]
    assert_printed(conflicting)


def test_a_recurrent_conference_is_saved_and_updated(office, start):
    conference = Proxy.default(office)
    conference.set(StartTimeUTC=wire(start), EndTimeUTC=wire(start + TEN_MINUTES))
    conference.participants(external("SIP <-", "Sip dial-in 1"), external("SIP <-", "Sip dial-in 2"))
    conference.put(pattern("Daily", PatternInstances=10, Interval=0))  # what .NET sends for an unset Interval
    conference = conference.saved()
    assert starts(office) == [wire(start + number * DAY) for number in range(10)]

    conference.put(pattern("Weekly", PatternInstances=5, Interval=0))
    conference = conference.saved()

    assert starts(office) == [wire(start + 7 * number * DAY) for number in range(5)]
    assert_printed(conference)


def a_series(office, start, count):
    conference = Proxy.default(office)
    conference.set(StartTimeUTC=wire(start), EndTimeUTC=wire(start + TEN_MINUTES))
    return conference.put(pattern("Daily", PatternInstances=count, Interval=1))


def test_a_conference_is_saved_with_a_regular_time_zone(office, start):
    conference = a_series(office, start, 3)
    rules = office.call("GetTimeZoneRulesById", elements(idString="Central Standard Time"))
    found = rules.all("TimeZoneRule")
    assert found
    inner = "".join(etree.tostring(rule).decode() for rule in found)
    conference.put(f"<ConferenceTimeZoneRules>{inner}</ConferenceTimeZoneRules>")
    saved = conference.saved()
    assert starts(office) == [wire(start + number * DAY) for number in range(3)]
    assert {one.text for one in saved.stored().node.iter(f"{{{BOOKING}}}Id")} == {"Central Standard Time"}
    assert_printed(saved)


def test_a_conference_is_saved_with_a_custom_time_zone(office):
    start = office.now.replace(month=3, day=1)
    conference = a_series(office, start, 10)
    conference.put(f"<ConferenceTimeZoneRules>{CUSTOM_RULE}</ConferenceTimeZoneRules>")
    saved = conference.saved()
    # On the third of March the clocks go forward at two.
    summer = [wire(start + number * DAY - HOUR) for number in range(2, 10)]
    assert starts(office) == [wire(start), wire(start + DAY), *summer]
    assert_printed(saved)


def test_a_booking_in_the_past_says_so(office):
    start = office.now - 10 * HOUR
    times = {"StartTimeUTC": wire(start), "EndTimeUTC": wire(start + TEN_MINUTES)}
    answer = Proxy.default(office).set(**times).sent()
    assert answer.status == 500
    assert office.code(answer) == -2147218269
    assert answer.sentence.startswith("You cannot book a conference in the past")


def test_a_system_that_is_not_available_is_told(office, start):
    times = {"StartTimeUTC": wire(start), "EndTimeUTC": wire(start + TEN_MINUTES)}
    conference = Proxy.default(office).set(**times).participants(system(4))
    first = conference.saved()
    answer = conference.set(ConferenceId=-1).sent()
    assert office.code(answer) == -2147218300
    assert "Room 4 (id 4) is already booked" in answer.sentence
    assert starts(office) == [wire(start)]
    assert_printed(first)


def test_what_was_saved_is_a_new_conference_with_the_id_minus_one_and_a_key_of_its_own(office, start):
    times = {"StartTimeUTC": wire(start), "EndTimeUTC": wire(start + TEN_MINUTES)}
    saved = Proxy.default(office).set(**times).saved()
    again = saved.set(ConferenceId=-1, ExternalPrimaryKey="").saved()
    assert len(starts(office)) == 2
    assert again.text("Version") == "1"
