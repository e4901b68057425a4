"""Manual Call Launch: the master calls the bridge, and the bridge dials the others."""

import pytest
from fakes import World, at, create_request, create_system, dial_in, dial_out, participant, room, wanted

from tmsba.domain.conference import Details
from tmsba.domain.values import BookingMode, ConferenceType, ParticipantKind
from tmsba.routing.connections import Direction, ManualLaunch, connections, manual_launch

MASTER = wanted(ParticipantKind.MASTER, 1)
PEOPLE = (room(1), MASTER, room(2), dial_out("a@example.com"), dial_in())


@pytest.fixture
def world():
    """A conference that waits for its master, room 1, since 14 o'clock."""
    made = World(is_caring=True)
    book(made, participants=PEOPLE)
    made.run_until(at(14, 1))
    assert made.remote.dialled(1) == []
    return made


def book(world, **request):
    request = create_request(**{"type": ConferenceType.MANUAL} | request)
    mode = BookingMode.STRICT
    return world.booking.save_conference(world.administrator, world.client, request, mode).conference


def in_the_call(world):
    return world.remote.dialled(1)


def test_the_others_are_dialled_when_the_master_has_joined(world):
    world.remote.join(1, "sip:Room1@example.com")
    world.run_until(at(14, 2))
    assert in_the_call(world) == ["a@example.com", "room2@example.com", "sip:Room1@example.com"]


@pytest.mark.parametrize(
    "name", ["room2@example.com", "a@example.com", "guest@example.org", "room11@example.com"]
)
def test_nobody_but_the_master_launches_it(world, name):
    world.remote.join(1, name)
    world.run_until(at(14, 5))
    assert in_the_call(world) == [name]


def test_who_has_joined_by_then_is_not_dialled(world):
    world.remote.join(1, "room2@example.com")
    world.remote.join(1, "room1@example.com")
    world.run_until(at(14, 2))
    assert in_the_call(world) == ["a@example.com", "room1@example.com", "room2@example.com"]
    assert world.remote.requests.count(("create_call_leg", "room2@example.com")) == 0


def test_who_hangs_up_after_the_launch_is_left_alone(world):
    world.remote.join(1, "room1@example.com")
    world.run_until(at(14, 2))
    world.remote.legs = {leg: seen for leg, seen in world.remote.legs.items() if seen[1] != "a@example.com"}
    world.run_until(at(14, 10))
    assert in_the_call(world) == ["room1@example.com", "room2@example.com"]


def test_who_is_added_after_the_launch_is_dialled_and_who_is_removed_hung_up(world):
    world.remote.join(1, "room1@example.com")
    world.run_until(at(14, 2))
    kept = {"id": 1, "start": None, "end": None, "title": None}
    book(world, participants=(room(1), MASTER, room(3), dial_out("a@example.com")), **kept)
    world.run_until(at(14, 4))
    assert in_the_call(world) == ["a@example.com", "room1@example.com", "room3@example.com"]


def test_without_a_master_any_system_launches_it():
    world = World(is_caring=True)
    book(world, participants=(room(1), room(2), dial_out("a@example.com")))
    world.run_until(at(14, 1))
    world.remote.join(1, "a@example.com")
    world.run_until(at(14, 2))
    assert in_the_call(world) == ["a@example.com"]
    world.remote.join(1, "room2@example.com")
    world.run_until(at(14, 3))
    assert in_the_call(world) == ["a@example.com", "room1@example.com", "room2@example.com"]


def test_the_master_is_told_to_dial_in():
    people = tuple(participant(ParticipantKind.SYSTEM, number) for number in (1, 2))
    people += (participant(ParticipantKind.MASTER, 2),)
    systems = {number: create_system(number) for number in (1, 2)}
    found = connections(Details(type=ConferenceType.MANUAL), people, systems)
    assert [one.direction for one in found] == [Direction.NOT_CONNECTED, Direction.DIALS_IN]


@pytest.mark.parametrize("kind", [kind for kind in ConferenceType if kind is not ConferenceType.MANUAL])
def test_other_types_are_not_launched_by_hand(kind):
    people = (participant(ParticipantKind.SYSTEM), participant(ParticipantKind.MASTER))
    systems = {1: create_system(1)}
    assert manual_launch(Details(type=kind), people, systems) is None
    launch = ManualLaunch(callers=("room1@example.com",), addresses=("room1@example.com",))
    assert manual_launch(Details(type=ConferenceType.MANUAL), people, systems) == launch
    hosted = Details(type=ConferenceType.MANUAL, external_dial_string="host@example.org")
    assert manual_launch(hosted, people, systems) is None
