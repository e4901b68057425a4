"""Conferences whose participants wait until the master is there, or an operator connects them."""

from datetime import timedelta

import pytest
from fakes import World, at, create_request, dial_out, room, wanted

from tmsba.domain.errors import ConferenceNotActive, PermissionMissing, UnknownError
from tmsba.domain.values import BookingMode, ConferenceType, ParticipantKind

MASTER = wanted(ParticipantKind.MASTER, 1)
PEOPLE = (room(1), room(2), dial_out("a@example.com"), MASTER)
HERS = "room1@example.com"
OTHERS = ["a@example.com", "room2@example.com"]


@pytest.fixture
def world():
    return World(is_caring=True)


def book(world, **request):
    request = create_request(**{"participants": PEOPLE, "type": ConferenceType.MANUAL} | request)
    return world.booking.save_conference(
        world.administrator, world.client, request, BookingMode.STRICT
    ).conference


def test_the_others_are_dialled_once_the_master_has_dialled_in(world):
    book(world)
    world.run_until(at(14, 2))
    assert world.remote.dialled(1) == []
    world.remote.join(1, "SIP:Room1@example.com")
    world.run_until(at(14, 2) + timedelta(seconds=10))
    assert world.remote.dialled(1) == ["SIP:Room1@example.com", *OTHERS]


def test_somebody_else_who_dials_in_starts_nothing(world):
    book(world)
    world.run_until(at(14, 1))
    world.remote.join(1, "room2@example.com")
    world.run_until(at(14, 5))
    assert world.remote.dialled(1) == ["room2@example.com"]


def test_without_a_master_everybody_waits_for_an_operator(world):
    booked = book(world, participants=PEOPLE[:3])
    world.run_until(at(14, 1))
    world.remote.join(1, HERS)
    world.run_until(at(14, 5))
    assert world.remote.dialled(1) == [HERS]
    world.booking.connect(world.administrator, booked.id)
    world.run_due()
    assert world.remote.dialled(1) == sorted([HERS, *OTHERS])
    assert world.audited()[-1][1:] == ("conference.connected", f"conference {booked.id}")


@pytest.mark.parametrize("kind", [ConferenceType.NO_CONNECT, ConferenceType.ONE_BUTTON_TO_PUSH])
def test_an_operator_connects_conferences_that_connect_nobody(world, kind):
    booked = book(world, type=kind, participants=PEOPLE[:2])
    world.run_until(at(14, 1))
    assert world.remote.dialled(1) == []
    for _ in range(2):
        world.booking.connect(world.administrator, booked.id)
        world.run_due()
    assert world.remote.dialled(1) == [HERS, "room2@example.com"]


def test_who_was_connected_stays_so_when_the_conference_is_changed(world):
    booked = book(world, type=ConferenceType.NO_CONNECT, participants=PEOPLE[:2])
    world.run_until(at(14, 1))
    world.booking.connect(world.administrator, booked.id)
    world.run_due()
    book(world, id=booked.id, start=None, title="Other", participants=None, type=None)
    world.run_due()
    assert world.remote.room(1).name == "Other"
    assert world.remote.dialled(1) == [HERS, "room2@example.com"]


def test_nobody_is_connected_before_the_start_nor_by_strangers_nor_without_need(world):
    booked = book(world)
    automatic = book(world, type=ConferenceType.AUTOMATIC, participants=(room(3), room(4)))
    reserved = book(world, type=ConferenceType.RESERVATION_ONLY, start=at(15), end=at(16))
    with pytest.raises(ConferenceNotActive, match="pending"):
        world.booking.connect(world.administrator, booked.id)
    world.run_until(at(14))
    with pytest.raises(PermissionMissing):
        world.booking.connect(world.other, booked.id)
    with pytest.raises(UnknownError, match="by itself"):
        world.booking.connect(world.administrator, automatic.id)
    world.run_until(at(15))
    with pytest.raises(UnknownError, match="uses no bridge"):
        world.booking.connect(world.administrator, reserved.id)
    with pytest.raises(ConferenceNotActive, match="finished"):
        world.booking.connect(world.administrator, booked.id)
