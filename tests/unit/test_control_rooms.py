"""Whose a room is that has the number of a conference, and what becomes of the conference."""

from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import Fuse, RemoteRoom, World, at, create_request, dial_in, dial_out

from tmsba.cms.wire.errors import BridgeTimeout
from tmsba.domain.bridge.bridge import SpaceState
from tmsba.domain.time.recurrence import Frequency, RecurrencePattern, SeriesEnd
from tmsba.domain.values import BookingMode, TransactionType
from tmsba.ports.outbox import JobKind

PEOPLE = (dial_in(), dial_out("a@example.com"))
DAILY = RecurrencePattern(frequency=Frequency.DAILY, interval=1, end_type=SeriesEnd.BY_COUNT, occurrences=3)
PLACEHOLDER = "TMS_Scheduled_Meeting_1"


@pytest.fixture
def world():
    return World()


def book(world, **request):
    request = create_request(**{"participants": PEOPLE} | request)
    return world.booking.save_conference(
        world.administrator, world.client, request, BookingMode.STRICT
    ).conference


def take_number(world, number, **changes):
    """Our room was removed by hand, and somebody's private one has its number, with a PIN and a call."""
    world.remote.rooms.pop(f"cospace-{number}", None)
    room = RemoteRoom("private", number, "Bob's room", passcode="1234", call_profile="of users", owner="bob")
    world.remote.rooms["private"] = replace(room, **changes)
    call = world.remote.create_call("private")
    world.remote.legs["his leg"] = (call, "bob@example.com")
    world.remote.requests.clear()
    return call


def assert_untouched(world, call, number=1, **changes):
    room = RemoteRoom("private", number, "Bob's room", passcode="1234", call_profile="of users", owner="bob")
    assert world.remote.rooms["private"] == replace(room, **changes)
    assert world.remote.live_calls[call] == "private"
    assert world.remote.legs["his leg"] == (call, "bob@example.com")
    assert [one for one in world.remote.legs.values() if one[0] == call] == [(call, "bob@example.com")]


def states(world):
    return [space.state for space in world.store.state.spaces.values()]


def numbers(world):
    return {one.id: one.route.number for one in world.store.state.conferences.values()}


def assert_held_on(world, number, room):
    assert world.remote.rooms[room].is_open
    assert world.remote.rooms[room].number == number
    [call] = [call for call, its_room in world.remote.live_calls.items() if its_room == room]
    assert [party for its_call, party in world.remote.legs.values() if its_call == call] == ["a@example.com"]


# ---------------------------------------------------------------- somebody else's room


def test_a_conference_whose_number_somebody_else_has_gets_another_one_at_its_start(world):
    book(world)
    call = take_number(world, 1)
    world.run_until(at(14, 1))
    assert_untouched(world, call)
    assert numbers(world) == {1: 2}
    assert_held_on(world, 2, "cospace-2")
    assert states(world)[0] is SpaceState.FOREIGN
    [ticket] = world.tickets()
    assert (ticket.subject, ticket.kind) == ("bridge bridge1", "space 1")
    assert "Number 1 belongs to the space 'Bob's room' of bob, and is left alone." in ticket.text
    changes = [(one.conference_id, one.type) for one in world.store.state.transactions.values()]
    assert changes == [(1, TransactionType.NEW), (1, TransactionType.UPDATED)]
    assert world.conference(1).version == 2


def test_nothing_of_it_is_touched_until_the_conference_is_over_either(world):
    book(world)
    call = take_number(world, 1)
    world.run_until(at(15, 1))
    assert_untouched(world, call)
    assert not world.remote.room(2).is_open
    assert list(world.remote.live_calls.values()) == ["private"]


def test_new_bookings_pass_by_a_number_that_somebody_else_has(world):
    book(world)
    take_number(world, 1)
    world.run_until(at(14, 1))
    later = book(world, start=at(16), end=at(17))
    assert later.route.number == 2


def test_all_dates_to_come_of_a_series_leave_the_number_together(world):
    book(world, pattern=DAILY, participants=(dial_in(), dial_in()))
    assert numbers(world) == {1: 1, 2: 1, 3: 1}
    take_number(world, 1)
    world.run_until(at(14, 1))
    assert numbers(world) == {1: 2, 2: 2, 3: 2}
    assert world.remote.room(2).is_open


def test_a_conference_is_refused_with_a_ticket_while_no_other_number_is_free():
    world = World(numbers=1)
    book(world)
    call = take_number(world, 1)
    world.run_until(at(14, 1))
    assert_untouched(world, call)
    tickets = {ticket.subject: ticket.text for ticket in world.tickets()}
    assert set(tickets) == {"bridge bridge1", "conference 1"}
    assert "belongs to the space 'Bob's room' of bob" in tickets["conference 1"]
    del world.remote.rooms["private"]
    world.run_until(at(14, 5))
    [room] = world.remote.rooms.values()
    assert_held_on(world, 1, room.id)
    assert world.tickets() == []


def test_five_minutes_before_its_start_is_early_enough_to_leave_a_number():
    world = World(is_caring=True)
    book(world)
    call = take_number(world, 1)
    world.run_until(at(13, 56))
    assert_untouched(world, call)
    assert numbers(world) == {1: 2}
    assert world.remote.room(2).is_open
    world.run_until(at(14, 1))
    assert_held_on(world, 2, "cospace-2")


def test_a_number_that_is_lost_while_a_conference_goes_on_is_left_for_another_one():
    world = World(is_caring=True)
    book(world)
    world.run_until(at(14, 5))
    world.remote.live_calls.clear()
    world.remote.legs.clear()
    call = take_number(world, 1)
    world.run_until(at(14, 10))
    assert_untouched(world, call)
    assert numbers(world) == {1: 2}
    assert_held_on(world, 2, "cospace-2")
    world.run_until(at(15, 1))
    assert_untouched(world, call)
    assert not world.remote.room(2).is_open


def test_a_room_that_somebody_else_has_at_the_end_is_left_as_it_is(world):
    book(world)
    world.run_until(at(14, 5))
    world.remote.live_calls.clear()
    world.remote.legs.clear()
    call = take_number(world, 1)
    world.run_until(at(15, 1))
    assert_untouched(world, call)
    assert world.live.get(1).closed_at == at(15)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": PLACEHOLDER},
        {"call_profile": "usual-call"},
        {"name": "TMS_Scheduled_Meeting_2", "call_profile": "usual-call"},
    ],
)
def test_neither_our_name_nor_our_profile_alone_makes_a_room_ours(world, changes):
    book(world)
    call = take_number(world, 1, **changes)
    world.run_until(at(15, 1))
    assert_untouched(world, call, **changes)
    assert numbers(world) == {1: 2}


def test_a_room_with_our_name_and_our_profile_is_ours_whatever_its_id(world):
    book(world)
    world.remote.rooms.pop("cospace-1")
    world.remote.rooms["of yesterday"] = RemoteRoom("of yesterday", 1, PLACEHOLDER)
    world.run_until(at(14, 1))
    assert_held_on(world, 1, "of yesterday")
    assert world.store.state.spaces[1].cospace_id == "of yesterday"
    assert "create_space" not in world.remote.methods


def test_a_room_of_ours_that_somebody_numbered_anew_is_left_alone(world):
    book(world)
    world.remote.room(1).number = 77
    world.run_until(at(14, 1))
    assert not world.remote.room(1).is_open
    assert_held_on(world, 1, world.store.state.spaces[1].cospace_id)


# ---------------------------------------------------------------- a room that is missing


def test_a_room_that_is_missing_at_the_start_is_made(world):
    book(world)
    world.remote.rooms.pop("cospace-1")
    world.run_until(at(14, 1))
    made = world.store.state.spaces[1].cospace_id
    assert_held_on(world, 1, made)
    assert world.remote.rooms[made].call_profile == "usual-call"
    assert world.remote.methods.count("create_space") == 1
    assert world.tickets() == []


def test_a_room_whose_making_was_answered_to_nobody_is_not_made_twice(world):
    book(world)
    world.remote.rooms.pop("cospace-1")
    world.clock.now = at(14)
    lost = []

    def lose(method):
        if method == "create_space" and not lost:
            lost.append(method)
            world.remote.fuse = Fuse(at=1, is_after=True, error=BridgeTimeout("?", is_outcome_unknown=True))

    world.remote.before = lose
    world.run_until(at(14, 2))
    assert lost
    assert [room.number for room in world.remote.rooms.values()].count(1) == 1
    assert world.remote.methods.count("create_space") == 1
    assert_held_on(world, 1, world.store.state.spaces[1].cospace_id)


def test_a_bridge_that_lost_our_profiles_is_set_up_again(world):
    book(world)
    world.remote.rooms.pop("cospace-1")
    world.remote.lost_profiles = {"usual-call"}
    world.run_until(at(14, 1))
    assert not world.store.state.preparations[1].is_complete
    assert states(world)[0] is SpaceState.MISSING
    assert [ticket.kind for ticket in world.tickets()] == ["launch"]
    assert book(world, start=at(16), end=at(17)).route.number == 2


def test_whoever_is_faster_at_making_a_room_makes_the_only_one(world):
    book(world)
    world.remote.rooms.pop("cospace-1")

    def be_faster(method):
        if method == "create_space":
            world.remote.rooms["faster"] = RemoteRoom("faster", 1, PLACEHOLDER)

    world.remote.before = be_faster
    world.run_until(at(14, 1))
    assert_held_on(world, 1, "faster")


def test_an_address_that_is_not_the_main_one_makes_no_rooms(world):
    other = world.add_alternate()
    world.remote.is_down = True
    world.note_health(is_reachable=False)
    book(world)
    world.remote.rooms.pop("cospace-1")
    world.run_until(at(14, 1))
    assert "create_space" not in other.methods
    assert "at this address" in next(one.text for one in world.tickets() if one.kind == "launch")
    assert world.wish(1, JobKind.LAUNCH) > at(14)
    assert world.clock() - at(14) >= timedelta(minutes=1)
