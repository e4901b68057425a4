"""Answers at API versions 7 to 9 have the shapes that clients of 2010 were built from.

The shapes are written down here, apart from the types of the server and from its table of versions: a strict
reader of the time knows these elements in this order, and nothing else.
"""

import pytest
from bookings import configure, listed, zone_elements
from lxml import etree
from office import external as guest
from office import system
from series_book import DAY, HOUR, Book, exception, pattern
from soap_client import elements
from webex_book import EMPTY, PHONE, external, owned

#: Each class: its elements in order. ``+``: has to be there; ``@``: is there or nil; others may be missing.
SHAPES = {
    "Conference": (
        "+ConferenceId Title StartTimeUTC EndTimeUTC RecurrenceInstanceIdUTC RecurrenceInstanceType"
        " FirstOccurrenceRecInstanceIdUTC RecurrencePattern +OwnerId OwnerUserName OwnerFirstName"
        " OwnerLastName OwnerEmailAddress +ConferenceType +Bandwidth +PictureMode +Encrypted +DataConference"
        " +ShowExtendOption Password BillingCode +ISDNRestrict ExternalConference ConferenceInfoText"
        " ConferenceInfoHtml UserMessageText ExternalSourceId ExternalPrimaryKey Participants"
        " RecordedConferenceUri WebConferencePresenterUri WebConferenceAttendeeUri ISDNBandwidth IPBandwidth"
    ),
    "RecurrencePattern": (
        "+FrequencyType +Interval DaysOfWeek +FirstDayOfWeek +BySetPosition +PatternEndType PatternEndDateUTC"
        " FirstOccurrenceRecInstanceIdUTC +PatternInstances Exceptions"
    ),
    "RecurrenceException": "+ExceptionType RecurrenceIdUTC +RecurrenceIdRange +ModifiedMask ModifiedData",
    "ExternalConference": "WebEx",
    "WebEx": (
        "@MeetingKey @SipUrl @MeetingPassword @JoinMeetingUrl @HostMeetingUrl HostKey JoinBeforeHostTime"
        " Telephony Errors"
    ),
    "Telephony": "LocalCallInTollNumber LocalCallInTollFreeNumber GlobalCallInNumberUrl DtmfSequence",
    "WebExError": "ErrorCode ErrorDescription",
    "Participant": "+ParticipantId NameOrNumber +ParticipantCallType",
    "BandwidthOverride": "+Bandwidth",
}
#: The elements that hold another class, or a list, under a name of their own.
CLASS_OF = {
    "ISDNBandwidth": "BandwidthOverride",
    "IPBandwidth": "BandwidthOverride",
    "ModifiedData": "Conference",
    "GetConferenceByIdResult": "Conference",
    "GetRecurrentConferenceByIdResult": "Conference",
    "SaveConferenceResult": "Conference",
}
LISTS = {
    "Exceptions": "RecurrenceException",
    "Participants": "Participant",
    "Errors": "WebExError",
    "DaysOfWeek": "DayOfWeek",
    "GetConferencesForUserResult": "Conference",
}
BANDWIDTHS = {f"{n}b/{n * 64}kbps" for n in (1, 2, 3, 4, 5, 6, 8, 12, 18, 23, 30, 32, 48, 64)}
CHOICES = {"Yes", "No", "If Possible", "Default"}
KINDS = ("IP Video", "IP Tel", "ISDN Video", "Telephone", "SIP", "3G")
VALUES = {
    "ConferenceType": {
        "Reservation Only",
        "Automatic Call Launch",
        "Manual Call Launch",
        "Default",
        "Ad-Hoc conference",
        "One Button To Push",
    },
    "Bandwidth": BANDWIDTHS | {"Max", "Default"},
    "PictureMode": {"Continuous Presence", "Enhanced CP", "Voice Switched", "Default"},
    "Encrypted": CHOICES,
    "DataConference": CHOICES,
    "ShowExtendOption": {"Yes", "No", "Default", "AutomaticBestEffort"},
    "ParticipantCallType": {
        *(f"{kind} {way}" for kind in KINDS for way in ("<-", "->")),
        "TMS",
        "Directory",
        "User",
        "TMS Master Participant",
    },
    "PatternEndType": {"EndByDate", "EndByInstances", "EndNever", "Default"},
    "ExceptionType": {"ADD", "MODIFY", "DELETE"},
    "RecurrenceIdRange": {"None", "ThisAndFuture", "ThisAndPrior", "Default"},
}
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


def bare(element):
    return etree.QName(element).localname


def check(element, version):
    """Fail unless a strict reader of 2010 can read an element."""
    name = bare(element)
    if name in LISTS:
        assert {bare(child) for child in element} <= {LISTS[name]}
    elif CLASS_OF.get(name, name) in SHAPES:
        shape = SHAPES[CLASS_OF.get(name, name)].split()
        known = [one.lstrip("+@") for one in shape]
        found = [bare(child) for child in element]
        assert found == [one for one in known if one in found], f"{name} at version {version}"
        assert {one[1:] for one in shape if one[0] in "+@"} <= set(found)
        for child in element:
            assert child.get(NIL) is None or f"@{bare(child)}" in shape
    else:
        assert len(element) == 0, f"{name} has elements"
        # The guide's own example of a bandwidth that came with version 9.
        newer = {"6000kbps"} if name == "Bandwidth" and version >= 9 else set()
        assert name not in VALUES or element.text in VALUES[name] | newer
    for child in element:
        check(child, version)


def check_result(answer, version):
    assert answer.status == 200, answer.sentence
    [result] = [one for one in answer.root.iter() if bare(one).endswith("Result")]
    check(result, version)
    return [bare(one) for one in result.iter()]


PEOPLE = system(1) + guest("SIP Tel <-", "Ann") + guest("SIP Tel ->", "bob@example.com")
ALL = {
    "ConferenceType": "No Connect",
    "Location": "Oslo",
    "Invitees": "Ann",
    "SecretCode": "s3cret",
    "PrivacyFlag": "Private",
    "EmailTo": "desk@example.com",
    "MeetingSource": "script",
    "UserMessageText": "Hello",
    "IsRecordingEnabled": "true",
}
BOTH = "<IPBandwidth><Bandwidth>6000kbps</Bandwidth></IPBandwidth>"


@pytest.mark.parametrize("version", [7, 8, 9])
@pytest.mark.parametrize("webex", [owned(PHONE, UsePstn="true"), owned(), EMPTY, ""])
def test_a_series_is_answered_in_the_shapes_of_2010(office, version, webex):
    configure(office, enable_webex="Yes")
    book = Book(office)
    dates = exception("MODIFY", book.start + DAY, elements(Title="Other") + owned(PHONE, state="Modify"))
    dates += exception("DELETE", book.start + 2 * DAY)
    recurrence = pattern("Weekly", days=["Thursday", "Friday", "Saturday", "Sunday"], exceptions=dates)
    recurrence = recurrence.replace("<PatternInstances>3", "<PatternInstances>6")
    inner = recurrence + webex + BOTH + zone_elements(office, "UTC")
    number = book.saved(inner, PEOPLE, **ALL)["ConferenceId"]
    asked = elements(ConferenceId=number)
    found = check_result(office.call("GetRecurrentConferenceById", asked, version=version), version)
    assert found.count("RecurrenceException") == 2
    assert "WebEx" in found
    check_result(office.call("GetConferenceById", asked, version=version), version)
    check_result(listed(office, version=version), version)


@pytest.mark.parametrize("version", [7, 8, 9])
@pytest.mark.parametrize("webex", [owned(PHONE), owned(SipUrl=""), EMPTY, external("<WebEx/>")])
def test_a_save_is_answered_in_the_shapes_of_2010(office, version, webex):
    values = elements(ConferenceId=-1, **ALL) + webex
    times = elements(StartTimeUTC=wire_time(office, 2 * HOUR), EndTimeUTC=wire_time(office, 3 * HOUR))
    body = f"<Conference>{values}{times}<Participants>{PEOPLE}</Participants></Conference>"
    found = check_result(office.call("SaveConference", body, version=version), version)
    assert "WebEx" in found
    assert "Warnings" not in found


def wire_time(office, offset):
    return (office.now + offset).strftime("%Y-%m-%d %H:%M:%SZ")


def test_the_shapes_of_2010_find_what_came_later(office):
    number = office.saved(PEOPLE, **ALL)["ConferenceId"]
    answer = office.call("GetConferenceById", elements(ConferenceId=number), version=23)
    with pytest.raises(AssertionError):
        check_result(answer, 9)
