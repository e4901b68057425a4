"""What rooms are told of their meetings."""

from datetime import timedelta

import pytest
from fakes import World, at, create_request, create_system, dial_out, room
from lxml import etree

from tmsba.booking.view.agenda import Launch, agenda
from tmsba.domain.errors import SystemNotFound
from tmsba.domain.values import BookingMode, Choice, ConferenceType
from tmsba.rooms.bookings import bookings_xml


@pytest.fixture
def world():
    return World(is_caring=True)


def book(world, **request):
    request = create_request(**{"participants": (room(1), dial_out("a@example.com"))} | request)
    return world.booking.save_conference(world.caller, world.client, request, BookingMode.STRICT).conference


def entries(world, system_id=1, **asked):
    with world.store.reading() as uow:
        return agenda(uow, system_id, world.clock(), **asked)


@pytest.mark.parametrize(
    ("request_of", "launch", "number"),
    [
        ({"type": ConferenceType.ONE_BUTTON_TO_PUSH}, Launch.BUTTON, "1@cms.example.com"),
        ({"type": ConferenceType.AUTOMATIC}, Launch.DIALLED, "1@cms.example.com"),
        ({"type": ConferenceType.MANUAL}, Launch.BY_HAND, "1@cms.example.com"),
        ({"type": ConferenceType.NO_CONNECT}, Launch.BY_HAND, "1@cms.example.com"),
        ({"type": ConferenceType.RESERVATION_ONLY, "participants": (room(1),)}, Launch.NO_CALL, ""),
        ({"participants": (room(1),)}, Launch.NO_CALL, ""),
        (
            {"participants": (room(1),), "external_dial_string": "9@host.example"},
            Launch.BUTTON,
            "9@host.example",
        ),
    ],
    ids=["button", "automatic", "manual", "no connect", "reservation", "alone", "somebody else's host"],
)
def test_a_room_learns_how_it_joins_and_what_it_dials(world, request_of, launch, number):
    booked = book(world, **request_of)
    [entry] = entries(world)
    assert (entry.conference.id, entry.launch, entry.number) == (booked.id, launch, number)


def test_a_room_that_nobody_can_dial_joins_by_hand(world):
    world.add_system(create_system(8, sip_uri=""))
    book(world, participants=(room(8), dial_out("a@example.com")))
    assert [entry.launch for entry in entries(world, 8)] == [Launch.BY_HAND]


def test_a_room_is_dialled_once_an_operator_connects_everybody(world):
    booked = book(world, type=ConferenceType.NO_CONNECT)
    world.clock.now = at(14, 1)
    world.booking.connect(world.administrator, booked.id)
    assert [entry.launch for entry in entries(world)] == [Launch.DIALLED]


def test_the_agenda_has_what_goes_on_and_what_comes_soon_in_order_of_start(world):
    later = book(world, start=at(17), end=at(18))
    going_on = book(world)
    book(world, start=at(14) + timedelta(days=4), end=at(15) + timedelta(days=4))
    book(world, start=at(16), end=at(17), participants=(room(2), room(3)))
    deleted = book(world, start=at(19), end=at(20))
    world.booking.delete_conference(world.caller, world.client, deleted.id)
    world.clock.now = at(14, 30)
    assert [entry.conference.id for entry in entries(world)] == [going_on.id, later.id]
    assert [entry.conference.id for entry in entries(world, ahead=timedelta(hours=1))] == [going_on.id]
    with pytest.raises(SystemNotFound):
        entries(world, 99)


def test_a_private_title_does_not_stand_in_the_room(world):
    book(world, title="Merger", privacy_flag="Private meeting")
    [entry] = entries(world)
    assert (entry.title, entry.is_private) == ("Private meeting", True)
    assert "Merger" not in bookings_xml([entry], world.clock())


def test_room_systems_read_what_they_need_for_the_button(world):
    booked = book(world, type=ConferenceType.ONE_BUTTON_TO_PUSH, encryption=Choice.YES, title="R&D <weekly>")
    book(world, start=at(16), end=at(17), type=ConferenceType.RESERVATION_ONLY, participants=(room(1),))
    root = etree.fromstring(bookings_xml(entries(world), world.clock()))
    assert root.findtext("ResultInfo/TotalRows") == "2"
    button, reservation = root.findall("Booking")
    values = {
        node.getroottree().getpath(node).partition("/Booking[1]/")[2]: node.text for node in button.iter()
    }
    wanted = {
        "Id": str(booked.id),
        "Title": "R&D <weekly>",
        "Privacy": "Public",
        "Organizer/Email": "user1@example.com",
        "Time/StartTime": "2026-01-29T14:00:00Z",
        "Time/StartTimeBuffer": "300",
        "Time/EndTime": "2026-01-29T15:00:00Z",
        "Encryption": "On",
        "Recording": "Disabled",
        "DialInfo/Calls/Call/Number": "1@cms.example.com",
        "DialInfo/Calls/Call/Protocol": "SIP",
        "DialInfo/Calls/Call/CallRate": "2048",
        "DialInfo/ConnectMode": "OBTP",
    }
    assert wanted.items() <= values.items()
    assert reservation.find("DialInfo/Calls/Call") is None
    assert reservation.findtext("Time/StartTimeBuffer") == "0"


def test_nobody_joins_early_where_the_administrator_does_not_want_that(world):
    world.set("join_early", "No")
    book(world)
    assert entries(world)[0].early == timedelta()
