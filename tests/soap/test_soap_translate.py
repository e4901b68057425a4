"""Between the objects of the wire and those of the domain."""

from dataclasses import fields, replace
from typing import Any

import pytest
from lxml import etree
from soap_examples import NOW, OWNER, STORED, UNSAVED

from tmsba.booking.view.views import ConferenceView
from tmsba.domain.conference.details import Details
from tmsba.domain.conference.request import ConferenceRequest, OwnerReference
from tmsba.domain.conference.transaction import Transaction, TransactionPage
from tmsba.domain.conference.webex import WebEx, WebExWish
from tmsba.domain.errors import InvalidDateTime
from tmsba.domain.people.systems import System
from tmsba.domain.time.recurrence import Frequency, RecurrencePattern
from tmsba.domain.values import (
    Bandwidth,
    Choice,
    ConferenceType,
    ExtendMode,
    ParticipantKind,
    PictureMode,
    SystemStatus,
    TransactionType,
)
from tmsba.soap.translation.conference_in import LATER_ELEMENTS, conference_in, system_id_in
from tmsba.soap.translation.conference_out import conference_out, system_out, transactions_out, user_out
from tmsba.soap.types import booking, setup, values
from tmsba.soap.types.simple import BOOKING, REMOTE_SETUP
from tmsba.soap.wire import enumerations as e
from tmsba.soap.wire.enumerations import from_wire
from tmsba.soap.wire.errors import BadRequest
from tmsba.soap.wire.reader import read_object
from tmsba.soap.wire.versions import ELEMENTS
from tmsba.soap.wire.writer import object_writer

XSI = "http://www.w3.org/2001/XMLSchema-instance"
TABLES = [
    (e.BANDWIDTHS, values.Bandwidth, {"Default"}),
    (e.BOOKING_MODES, values.BookingMode, set()),
    (e.CHOICES, values.EncryptionRequested, {"Default"}),
    (e.CHOICES, values.DataConferenceMode, {"Default"}),
    (e.CONFERENCE_STATUSES, values.ConferenceStatus, {"All", "AllExceptDeleted", "PendingAndOngoing"}),
    (e.CONFERENCE_TYPES, values.ConferenceType, {"Default"}),
    (e.EXTEND_MODES, values.ExtendOptionRequested, {"Default"}),
    (e.PARTICIPANT_KINDS, values.ParticipantType, set()),
    (e.PICTURE_MODES, values.PictureMode, {"Default"}),
    (e.STATUS_FILTERS, values.ConferenceStatus, set()),
    (e.SYSTEM_CATEGORIES, values.SystemCategory, set()),
    (e.SYSTEM_STATUSES, values.SystemStatus, set()),
    (e.TRANSACTION_TYPES, values.TransactionType, {"ListIncomplete"}),
    (e.WEBEX_PARTS, values.ElementsPossibleToExcludeInEmail, {"None"}),
    (e.WEBEX_STATES, values.WebExInstanceType, set()),
]


@pytest.mark.parametrize(("table", "wire_type", "others"), TABLES)
def test_every_value_has_one_counterpart(table: dict[Any, str], wire_type: Any, others: set[str]) -> None:
    assert set(table.values()) | others == set(wire_type.__values__)
    assert not set(table.values()) & others
    assert set(table) == set(type(next(iter(table))))
    for value, text in table.items():
        assert from_wire(table, text) is value


DIAL_STRING = "<DialString> a@b </DialString>"


def wire(inner: str) -> Any:
    return read_object(etree.fromstring(f'<C xmlns="{BOOKING}">{inner}</C>'), booking.Conference, BOOKING)


def test_an_empty_conference_says_nothing() -> None:
    assert conference_in(wire("")) == ConferenceRequest()


def test_default_says_nothing() -> None:
    names = ("ConferenceType", "Bandwidth", "PictureMode", "Encrypted", "DataConference", "ShowExtendOption")
    inner = "".join(f"<{name}>Default</{name}>" for name in names)
    inner += "<IPBandwidth><Bandwidth>Default</Bandwidth></IPBandwidth><ISDNBandwidth/>"
    assert conference_in(wire(inner)) == ConferenceRequest()


def test_a_full_conference() -> None:
    request = conference_in(
        wire(
            "<ConferenceId>-1</ConferenceId><Title>t</Title><StartTimeUTC>2026-01-29 13:09:00Z</StartTimeUTC>"
            "<EndTimeUTC>2026-01-29T14:09:00.7Z</EndTimeUTC><OwnerId>-1</OwnerId>"
            "<OwnerUserName> EX\\ann </OwnerUserName>"
            "<ConferenceType>No Connect</ConferenceType><Bandwidth>6000kbps</Bandwidth>"
            "<PictureMode>Enhanced CP</PictureMode><Encrypted>If Possible</Encrypted>"
            "<DataConference>No</DataConference>"
            "<ShowExtendOption>AutomaticBestEffort</ShowExtendOption><Password>1234</Password>"
            "<ISDNRestrict>true</ISDNRestrict><ExternalSourceId>src</ExternalSourceId>"
            "<ExternalPrimaryKey>key</ExternalPrimaryKey>"
            "<Participants><Participant><ParticipantId>3</ParticipantId>"
            "</Participant><Participant><NameOrNumber> 555 </NameOrNumber>"
            "<EmailAddress>b@example.com</EmailAddress>"
            "<ParticipantCallType>SIP Tel -&gt;</ParticipantCallType></Participant></Participants>"
            "<ISDNBandwidth><Bandwidth>6b/384kbps</Bandwidth></ISDNBandwidth>"
            "<ConferenceLanguage>de-DE</ConferenceLanguage>"
            "<Version>4</Version><IsRecordingEnabled>1</IsRecordingEnabled>"
        )
    )
    assert (request.id, request.version, request.title, request.pin) == (-1, 4, "t", "1234")
    assert (request.start, request.end) == (NOW, NOW.replace(hour=14))
    assert request.owner == OwnerReference(id=-1, user_name="EX\\ann")
    assert (request.type, request.bandwidth) == (ConferenceType.NO_CONNECT, Bandwidth.KBPS_6000)
    assert (request.isdn_bandwidth, request.ip_bandwidth) == (Bandwidth.KBPS_384, None)
    assert request.picture_mode is PictureMode.ENHANCED_CONTINUOUS_PRESENCE
    assert (request.encryption, request.data_conference) == (Choice.IF_POSSIBLE, Choice.NO)
    assert request.extend_mode is ExtendMode.AUTOMATIC_BEST_EFFORT
    assert (request.is_isdn_restricted, request.is_recording_enabled) == (True, True)
    assert (request.external_source_id, request.external_primary_key, request.language) == (
        "src",
        "key",
        "de-DE",
    )
    assert request.participants is not None
    assert [(p.id, p.kind, p.name_or_number, p.email) for p in request.participants] == [
        (3, ParticipantKind.SYSTEM, "", ""),
        (None, ParticipantKind.SIP_AUDIO_OUT, "555", "b@example.com"),
    ]
    assert (request.pattern, request.webex, request.external_dial_string) == (
        None,
        WebExWish(legacy=Choice.NO),
        None,
    )


def test_blank_texts_are_said_but_blank_keys_are_not() -> None:
    request = conference_in(
        wire(
            "<Title/><Password/><ExternalSourceId/><ExternalPrimaryKey/><ConferenceLanguage/>"
            "<StartTimeUTC> </StartTimeUTC>"
        )
    )
    assert request == ConferenceRequest(title="", pin="")


def test_an_empty_list_of_participants_is_not_a_missing_one() -> None:
    assert conference_in(wire("<Participants/>")).participants == ()
    assert conference_in(wire("")).participants is None


@pytest.mark.parametrize(
    ("inner", "facts"),
    [
        (
            "<RecurrencePattern><FrequencyType>Weekly</FrequencyType></RecurrencePattern>",
            {"pattern": RecurrencePattern(frequency=Frequency.WEEKLY, interval=0)},
        ),
        ("<RecurrencePattern><FrequencyType>Default</FrequencyType></RecurrencePattern>", {}),
        ("<RecurrencePattern/>", {}),
        (
            "<DataConference>Yes</DataConference>",
            {"webex": WebExWish(legacy=Choice.YES), "data_conference": Choice.YES},
        ),
        (
            "<ExternalConference><WebEx/></ExternalConference>",
            {"webex": WebExWish(webex=WebEx(), is_explicit=True), "external_dial_string": ""},
        ),
        ("<ExternalConference/>", {"webex": WebExWish(is_explicit=True), "external_dial_string": ""}),
        (
            f"<ExternalConference><ExternallyHosted>{DIAL_STRING}</ExternallyHosted></ExternalConference>",
            {"webex": WebExWish(is_explicit=True), "external_dial_string": "a@b"},
        ),
    ],
)
def test_what_is_held_elsewhere_or_repeated_is_noticed(inner: str, facts: dict[str, Any]) -> None:
    assert conference_in(wire(inner)) == ConferenceRequest(**facts)


@pytest.mark.parametrize("inner", ["", "<DialString/>", "<DialString> </DialString>"])
def test_an_external_host_needs_an_address(inner: str) -> None:
    host = f"<ExternalConference><ExternallyHosted>{inner}</ExternallyHosted></ExternalConference>"
    with pytest.raises(BadRequest, match="ExternallyHosted has no DialString"):
        conference_in(wire(host))


def test_a_date_that_is_none_names_its_element() -> None:
    with pytest.raises(InvalidDateTime, match="EndTimeUTC: '2026-01-29 14:09' is not a date in UTC"):
        conference_in(wire("<EndTimeUTC>2026-01-29 14:09</EndTimeUTC>"))


def test_a_request_without_a_conference_is_told_so() -> None:
    with pytest.raises(BadRequest, match="no Conference element"):
        conference_in(None)


@pytest.mark.parametrize(("text", "found"), [(None, None), ("", None), (" 12 ", 12)])
def test_the_system_id_of_the_change_log(text: str | None, found: int | None) -> None:
    assert system_id_in(text) == found


@pytest.mark.parametrize("text", ["x", "-1", "1.0", "9" * 30, "\u0663"])
def test_a_system_id_that_is_no_number(text: str) -> None:
    with pytest.raises(BadRequest, match="SystemId"):
        system_id_in(text)


def written(
    value: Any, version: int = 23, wire_type: Any = booking.Conference, namespace: str = BOOKING
) -> Any:
    content = object_writer(wire_type, namespace, version).members(value)
    return etree.fromstring(f'<c xmlns="{namespace}" xmlns:xsi="{XSI}">{content}</c>')


def names(view: ConferenceView, version: int) -> list[str]:
    return [etree.QName(child).localname for child in written(conference_out(view), version)]


def test_a_default_conference_has_what_real_servers_send() -> None:
    oldest = [
        *(
            "ConferenceId",
            "Title",
            "StartTimeUTC",
            "EndTimeUTC",
            "OwnerId",
            "OwnerUserName",
            "OwnerFirstName",
        ),
        *("OwnerLastName", "OwnerEmailAddress", "ConferenceType", "Bandwidth", "PictureMode", "Encrypted"),
        *("DataConference", "ShowExtendOption", "Password", "ISDNRestrict", "Participants"),
    ]
    assert names(UNSAVED, 0) == oldest
    newer = {"EmailTo", "ISDNBandwidth", "IPBandwidth", "ConferenceLanguage", "ConferenceState", "Version"}
    assert set(names(UNSAVED, 15)) == {*oldest, *newer}
    assert set(names(UNSAVED, 23)) == {*oldest, *newer, "IsRecordingEnabled"}


def test_a_stored_conference() -> None:
    out = conference_out(STORED)
    assert (out["ConferenceId"], out["Version"], out["TransactionId"]) == (5, 3, 77)
    assert (out["StartTimeUTC"], out["EndTimeUTC"]) == ("2026-01-29 13:09:00Z", "2026-01-29 14:09:00Z")
    assert (out["OwnerId"], out["OwnerUserName"], out["OwnerEmailAddress"]) == (
        7,
        "EX\\ann",
        "ann@example.com",
    )
    assert (out["ExternalSourceId"], out["ExternalPrimaryKey"]) == ("", "key")
    assert (out["ConferenceInfoText"], out["ConferenceInfoHtml"]) == ("text", "<p>html</p>")
    assert (out["JoinUri"], out["JoinUrl"]) == ("9904@example.com", None)
    assert (out["Location"], out["Invitees"], out["Bandwidth"]) == ("Oslo", None, "Max")
    assert out["ConferenceState"] == {"Status": "Pending"}
    members = ("ParticipantId", "ParticipantCallType", "NameOrNumber", "EmailAddress")
    assert [tuple(p[name] for name in members) for p in out["Participants"]] == [
        (3, "TMS", "Room", None),
        (1, "SIP <-", "", "b@example.com"),
    ]
    assert names(replace(STORED, has_participants=False), 23).count("Participants") == 0


def test_what_was_answered_can_be_saved_again() -> None:
    root = written(conference_out(STORED))
    request = conference_in(read_object(root, booking.Conference, BOOKING))
    details = STORED.conference.details
    said = {name: value for name, value in request.said_details().items() if value != getattr(details, name)}
    assert said == {"webex": WebExWish(legacy=Choice.NO)}
    assert (request.id, request.version, request.start) == (5, 3, NOW)


def test_a_page_of_the_change_log_that_goes_on_says_so() -> None:
    row = Transaction(
        id=9, conference_id=5, type=TransactionType.UPDATED, performed_by_id=7, system_ids=(1, 2)
    )
    whole = transactions_out(TransactionPage(transactions=(row,)))
    assert whole == [
        {
            "TransactionId": 9,
            "ConferenceId": 5,
            "TransType": "Updated",
            "PerformedByUserId": 7,
            "ParticipantIds": "1,2",
        }
    ]
    cut = transactions_out(TransactionPage(transactions=(row,), is_incomplete=True))
    assert cut == [*whole, {"TransactionId": 9, "TransType": "ListIncomplete"}]


def test_systems_and_users() -> None:
    system = system_out(System(id=3, name="Room", time_zone="Europe/Oslo", status=SystemStatus.IN_CALL), NOW)
    assert (system["SystemId"], system["SystemName"], system["Contact"]) == (3, "Room", None)
    assert system["TimeZone"] == {"TimezoneName": "Europe/Oslo", "GMTOffset": "+01:00"}
    user = user_out(OWNER, NOW)
    assert (user["UserName"], user["DisplayName"], user["IsHiddenUser"]) == ("EX\\ann", "Ann Lee", False)
    root = written(system, wire_type=setup.TMSSystem, namespace=REMOTE_SETUP)
    assert root.findtext(f"{{{REMOTE_SETUP}}}SystemCategory/{{{REMOTE_SETUP}}}systemCategory") == "Endpoint"
    assert root.findtext(f"{{{REMOTE_SETUP}}}SystemStatus/{{{REMOTE_SETUP}}}systemStatus") == "InCall"


def test_every_later_element_is_kept_for_clients_that_do_not_know_it() -> None:
    """What is only read, or kept in a way of its own, is named here; a new element has to be one of these."""
    otherwise = {
        "ExternalConference",
        "ConferenceTimeZoneRules",
        "ConferenceState",
        "Version",
        "JoinUri",
        "JoinUrl",
        "TransactionId",
    }
    assert {place[1] for place in LATER_ELEMENTS.values() if place[0] == "Conference"} == (
        set(ELEMENTS["Conference"]) - otherwise
    )
    assert {field.name for field in fields(Details)} >= set(LATER_ELEMENTS)


@pytest.mark.parametrize("version", [0, 5, 6, 12, 14, 16, 22, 23])
def test_a_client_leaves_open_what_it_does_not_know_and_what_it_says_default_for(version: int) -> None:
    kept = conference_in(
        wire("<Encrypted>Default</Encrypted><PictureMode>Enhanced CP</PictureMode>"), version
    ).kept
    assert "encryption" in kept
    assert "picture_mode" not in kept
    for name, since in {"email_to": 15, "location": 17, "is_recording_enabled": 23}.items():
        assert (name in kept) == (version < since)
