"""The guide's Remote Setup API Reference, through SOAP."""

from dataclasses import replace

import pytest
from bookings import refused
from lxml import etree
from office import system as room
from soap_client import REMOTE_SETUP

from tmsba.domain import errors as e
from tmsba.domain.conference.live import VALID_FOR, LiveParticipant, LiveView
from tmsba.domain.people.systems import System
from tmsba.domain.people.users import USERS, Permission, User
from tmsba.domain.values import SystemCategory, SystemStatus
from tmsba.ports.live import LiveConference
from tmsba.store.outbox.jobs import SqlLiveConferences

FULL = System(
    id=4711,
    name="Board room",
    category=SystemCategory.ROOM,
    status=SystemStatus.IN_CALL,
    time_zone="Europe/Oslo",
    sip_uri="board@example.com",
    h323_id="board",
    e164_alias="4711",
    contact="Ann",
    manufacturer="Example",
    description="Ten chairs",
    model="R1",
    network_address="192.0.2.1",
    location="Basement",
    isdn_number="+4712345678",
    web_interface_url="https://board.example.com",
)
TOLD = {
    "SystemId": "4711",
    "SystemName": "Board room",
    "Contact": "Ann",
    "Manufacturer": "Example",
    "Description": "Ten chairs",
    "SystemType": "R1",
    "NetworkAddress": "192.0.2.1",
    "Location": "Basement",
    "ISDNNumber": "+4712345678",
    "WebInterfaceURL": "https://board.example.com",
    "SIPUri": "board@example.com",
    "H323Id": "board",
    "E164Alias": "4711",
    "TimezoneName": "Europe/Oslo",
    "GMTOffset": "+01:00",
    "systemCategory": "Room",
    "systemStatus": "InCall",
}


def add(office, *systems):
    with office.store.writing() as uow:
        for system in systems:
            uow.systems.add(system)
        uow.commit()


def one_system(office, number):
    return office.setup("GetSystemById", f"<TMSSystemId>{number}</TMSSystemId>")


def leaves(answer, name):
    """The texts of an object, and of the objects inside it, by name."""
    [found] = answer.all(name, REMOTE_SETUP)
    return {etree.QName(child).localname: child.text for child in found.iter() if not len(child)}


def test_a_system_tells_all_that_is_known_about_it(office):
    add(office, FULL)
    assert leaves(one_system(office, 4711), "GetSystemByIdResult") == TOLD


def test_what_is_not_known_about_a_system_is_left_out(office):
    add(office, System(id=9, name="Bare"))
    told = leaves(one_system(office, 9), "GetSystemByIdResult")
    assert set(told) == {
        "SystemId",
        "SystemName",
        "TimezoneName",
        "GMTOffset",
        "systemCategory",
        "systemStatus",
    }
    assert refused(office, one_system(office, 10)) is e.SystemNotFound


@pytest.mark.parametrize(
    ("category", "text"),
    [
        (SystemCategory.ENDPOINT, "Endpoint"),
        (SystemCategory.EQUIPMENT, "Equipment"),
        (SystemCategory.ROOM, "Room"),
        (SystemCategory.RECORDING, "Recording"),
    ],
)
def test_each_category_has_its_name(office, category, text):
    add(office, replace(FULL, category=category))
    assert leaves(one_system(office, 4711), "GetSystemByIdResult")["systemCategory"] == text


@pytest.mark.parametrize("status", SystemStatus)
def test_each_status_has_its_name(office, status):
    names = {
        SystemStatus.ALIVE: "Alive",
        SystemStatus.IDLE: "Idle",
        SystemStatus.IN_CALL: "InCall",
        SystemStatus.NO_RESPONSE: "NoResponse",
        SystemStatus.UNKNOWN: "Unknown",
    }
    add(office, replace(FULL, status=status))
    assert leaves(one_system(office, 4711), "GetSystemByIdResult")["systemStatus"] == names[status]


def test_a_system_that_is_connected_to_a_conference_is_in_a_call(office):
    conference = int(office.saved(room(1) + room(2))["ConferenceId"])

    def statuses():
        listed = [one.text for one in office.setup("GetSystems").all("systemStatus", REMOTE_SETUP)]
        assert leaves(one_system(office, 1), "GetSystemByIdResult")["systemStatus"] == listed[0]
        return listed[:2]

    assert statuses() == ["Unknown", "Unknown"]
    live = SqlLiveConferences(office.store)
    live.put(LiveConference(conference_id=conference, bridge_id=1, space_id=1))
    seen = LiveParticipant(
        call_leg_id="x", name="Room 1", address="", state="connected", since=office.now, system_id=1
    )
    with office.store.writing() as uow:
        view = LiveView(conference_id=conference, seen_at=office.now, participants=(seen,))
        uow.live.put(view)
        uow.commit()
    assert statuses() == ["InCall", "Unknown"]
    office.now += VALID_FOR
    assert statuses() == ["Unknown", "Unknown"]


def test_users_are_listed_with_names_address_and_zone(office):
    eve = User(
        id=0,
        name="eve",
        domain="EXAMPLE",
        first_name="Eve",
        last_name="Berg",
        email="eve@example.com",
        time_zone="Europe/Oslo",
    )
    with office.store.writing() as uow:
        uow.users.add(eve, "", [USERS])
        uow.commit()
    answer = office.setup("GetUsers")
    found = answer.all("User", REMOTE_SETUP)
    assert len(found) == 4
    told = {etree.QName(child).localname: child.text for child in found[-1].iter() if not len(child)}
    assert told == {
        "DisplayName": "Eve Berg",
        "EmailAddress": "eve@example.com",
        "FirstName": "Eve",
        "LastName": "Berg",
        "UserName": "EXAMPLE\\eve",
        "IsHiddenUser": "false",
        "TimezoneName": "Europe/Oslo",
        "GMTOffset": "+01:00",
    }


QUESTIONS = ["IsAlive", "IsTMSSiteAdmin", "IsLocalAdmin", "IsTMSBookOnBehalfUser", "IsTMSServiceUser"]


@pytest.mark.parametrize(
    ("name", "changes", "is_hidden", "answers"),
    [
        ("boss", {}, False, [True, True, True, True, False]),
        ("boss", {}, True, [True, True, True, True, True]),
        ("guest", {}, False, [True, False, False, False, False]),
        ("guest", {}, True, [True, False, False, False, False]),
        (
            "guest",
            {"permissions": frozenset({Permission.BOOK_ON_BEHALF_OF})},
            True,
            [True, False, False, True, True],
        ),
    ],
)
def test_a_caller_learns_what_it_may_do(office, name, changes, is_hidden, answers):
    caller = office.callers[name]
    office.callers[name] = replace(caller, user=replace(caller.user, is_hidden=is_hidden), **changes)
    office.user_name = name
    found = [office.setup(question).text(f"{question}Result", REMOTE_SETUP) for question in QUESTIONS]
    assert found == [str(answer).lower() for answer in answers]
