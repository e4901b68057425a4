"""What is on bridges and what the store says are brought in line, and nothing else is touched."""

import threading
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import (
    FakeHealthChecks,
    Fuse,
    Killed,
    RemoteRoom,
    World,
    at,
    create_bridge,
    create_request,
    dial_in,
    dial_out,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tmsba.cms.model import AccessMethod, BridgeParticipant, Call
from tmsba.cms.model import Space as RemoteSpace
from tmsba.cms.wire.errors import BridgeTimeout, BridgeUnreachable, RequestRefused
from tmsba.control.bridge.access import access_at
from tmsba.control.upkeep.health import HealthMonitor
from tmsba.control.upkeep.orphans import find_damage, find_orphans, our_spaces
from tmsba.control.upkeep.spaces import ROUNDS
from tmsba.control.upkeep.sweep import Sweeper
from tmsba.control.work.lease import Stopping
from tmsba.domain.bridge.bridge import BridgeCredentials, ClusterNode, Space, SpaceState
from tmsba.domain.bridge.health import BridgeAddress
from tmsba.domain.values import BookingMode
from tmsba.ports.live import LeftCall, LiveConference
from tmsba.ports.outbox import JobKind, Wish

PEOPLE = (dial_in(), dial_out("a@example.com"))
MAIN, OTHER = "https://cms1.example.com", "https://cms1b.example.com"


@pytest.fixture
def world():
    return World(is_caring=True)


def sweeper(world, stop=None):
    return Sweeper(
        store=world.store,
        queue=world.queue,
        live=world.live,
        factory=world._client_of,
        clock=world.clock,
        stop=stop or threading.Event(),
        rerouting=world.rerouting,
    )


def sweep(world, address=BridgeAddress.MAIN, **how):
    with world.store.reading() as uow:
        bridge = uow.bridges.get(1)
        access = access_at(uow, bridge, address)
    return [(one.number, one.found, one.done) for one in sweeper(world).sweep(bridge, access, **how)]


def book(world, **request):
    request = create_request(**{"participants": PEOPLE} | request)
    return world.booking.save_conference(
        world.administrator, world.client, request, BookingMode.STRICT
    ).conference


def open_by_hand(world, number, name="Somebody's meeting"):
    world.remote.open_space(f"cospace-{number}", name=name, passcode="1", secret="s")
    call = world.remote.create_call(f"cospace-{number}")
    world.remote.join(number)
    world.remote.requests.clear()
    return call


WRITES = {"open_space", "close_space", "create_call", "delete_call", "create_call_leg", "delete_call_leg"}


def writes(remote):
    return [request for request in remote.requests if request[0] in WRITES]


# ---------------------------------------------------------------- what is too much


def test_what_no_conference_owns_is_closed_and_ended(world):
    call = open_by_hand(world, 2)
    assert sweep(world) == [(2, f"open and in call {call} without a conference", "closed")]
    room = world.remote.room(2)
    assert (room.is_open, room.name, world.remote.live_calls) == (False, "TMS_Scheduled_Meeting_2", {})
    assert writes(world.remote) == [("close_space", "cospace-2"), ("delete_call", call)]
    assert world.store.state.space_leases == {}
    assert sweep(world) == []


def test_a_way_for_hosts_that_no_conference_has_is_removed(world):
    ways = {
        "hosts": AccessMethod(id="hosts", uri="2", call_id="2", passcode="31"),
        "theirs": AccessMethod(id="theirs", uri="stage", call_id="77"),
    }
    world.remote.room(2).ways = dict(ways)
    found = (2, "with a way for hosts without a conference")
    assert sweep(world, is_dry=True) == [(*found, "nothing")]
    assert world.remote.room(2).ways == ways
    assert sweep(world) == [(*found, "removed")]
    assert set(world.remote.room(2).ways) == {"theirs"}
    assert sweep(world) == []


def test_a_space_that_is_closed_for_good_keeps_no_way_for_hosts(world):
    call = open_by_hand(world, 2)
    world.remote.room(2).ways = {"w": AccessMethod(id="w", uri="2", call_id="2", passcode="31")}
    assert sweep(world) == [(2, f"open and in call {call} without a conference", "closed")]
    assert world.remote.room(2).ways == {}


def test_the_way_for_hosts_of_a_conference_that_goes_on_stays(world):
    world.set("host_pins", "Yes")
    book(world)
    world.run_until(at(14))
    assert sweep(world) == []
    assert len(world.remote.room(1).ways) == 1


def test_a_call_in_a_closed_space_is_ended(world):
    call = world.remote.create_call("cospace-3")
    assert sweep(world) == [(3, f"in call {call} without a conference", "ended")]
    assert world.remote.live_calls == {}


def test_a_dry_sweep_changes_nothing(world):
    call = open_by_hand(world, 2)
    assert sweep(world, is_dry=True) == [(2, f"open and in call {call} without a conference", "nothing")]
    assert writes(world.remote) == []
    assert world.store.state.space_leases == {}


def test_rooms_that_are_not_ours_are_never_touched(world):
    """One with our number and another id, one with our id and another number, and one of neither."""
    remote = world.remote
    del remote.rooms["cospace-1"]
    remote.rooms["foreign-1"] = RemoteRoom("foreign-1", 1, "Made by hand", is_open=True)
    remote.rooms["cospace-2"] = RemoteRoom("cospace-2", 777, "Numbered anew", is_open=True)
    remote.rooms["board"] = RemoteRoom("board", 5000, "Board", is_open=True)
    remote.live_calls = {"c1": "foreign-1", "c2": "cospace-2", "c3": "board", "c4": None}
    [(one, found, done), two] = sweep(world, is_thorough=True)
    assert (one, done) == (1, "nothing")
    assert "belongs to the space 'Made by hand' of an unknown owner, and is left alone" in found
    # The number of the second is missing now, so it gets a room of its own.
    assert two == (2, "its space is gone", "there again")
    assert writes(remote) == []
    assert remote.rooms["cospace-2"].name == "Numbered anew"
    assert {call: room for call, room in remote.live_calls.items() if call != "call-1"} == remote.live_calls


def test_an_ongoing_conference_is_left_alone(world):
    book(world)
    world.run_until(at(14, 5))
    world.remote.requests.clear()
    assert sweep(world, is_thorough=True) == []
    assert writes(world.remote) == []


def test_people_in_the_space_of_a_conference_that_is_about_to_start_stay(world):
    world.set("join_early", "No")
    book(world)
    world.run_until(at(13, 56))
    world.remote.create_call("cospace-1")
    world.remote.join(1)
    world.remote.requests.clear()
    assert sweep(world) == []
    world.clock.now = at(14)
    assert sweep(world) == []
    assert writes(world.remote) == []


def test_people_at_another_node_belong_to_the_ongoing_conference(world):
    other = world.add_alternate()
    book(world)
    world.run_until(at(14, 5))
    other.create_call("cospace-1")
    other.join(1)
    assert sweep(world, BridgeAddress.ALTERNATE) == []
    world.run_until(at(15, 1))
    found = sweep(world, BridgeAddress.ALTERNATE)
    assert found == [(1, "in call b-call-1 without a conference", "ended")]


def test_a_space_that_a_launch_holds_is_left_to_it(world):
    call = open_by_hand(world, 2)
    world.queue.lease_space(2, "launch", at(13), at(13, 1))
    found = f"open and in call {call} without a conference"
    assert sweep(world) == [(2, found, "nothing: somebody is changing the space")]
    assert writes(world.remote) == []
    world.clock.now = at(13, 1)
    assert sweep(world) == [(2, found, "closed")]


def test_a_conference_that_comes_while_the_bridge_is_asked_keeps_its_space(world):
    open_by_hand(world, 1)

    def come(method):
        if method == "calls":
            world.remote.before = None
            book(world, start=at(13), end=at(14))
            world.run_due()

    world.remote.before = come
    [(_, _, done)] = sweep(world)
    assert done == "nothing: a conference has it now"
    assert world.remote.room(1).name == "Weekly"


def refuse_to_close(world, times):
    """Refuse the next requests to close a room."""
    left = [RequestRefused("no")] * times

    def refuse(method):
        if method == "close_space" and left:
            raise left.pop()

    world.remote.before = refuse


def test_one_room_that_cannot_be_closed_does_not_keep_the_others_open(world):
    open_by_hand(world, 1)
    open_by_hand(world, 2)
    refuse_to_close(world, 2)
    assert [done for _, _, done in sweep(world)] == ["nothing: no", "closed"]


@pytest.mark.parametrize("is_refused", [False, True])
def test_a_room_is_given_back_its_usual_settings_if_the_bridge_takes_them(world, is_refused):
    open_by_hand(world, 1)
    world.remote.room(1).settings = {"defaultLayout": "speakerOnly"}
    refuse_to_close(world, 1 if is_refused else 0)
    assert [done for _, _, done in sweep(world)] == ["closed"]
    assert not world.remote.room(1).is_open
    assert bool(world.remote.room(1).settings) is is_refused


def test_a_bridge_that_stops_answering_ends_the_sweep_and_frees_the_space(world):
    open_by_hand(world, 1)

    def cut(method):
        if method == "close_space":
            raise BridgeTimeout("late")

    world.remote.before = cut
    with pytest.raises(BridgeTimeout):
        sweep(world)
    assert world.store.state.space_leases == {}


def test_a_process_that_stops_breaks_the_sweep_off(world):
    open_by_hand(world, 1)
    stop = threading.Event()
    stop.set()
    with world.store.reading() as uow:
        bridge = uow.bridges.get(1)
        access = access_at(uow, bridge, BridgeAddress.MAIN)
    with pytest.raises(Stopping):
        sweeper(world, stop).sweep(bridge, access)
    assert world.remote.is_closed


def test_a_room_that_was_opened_under_its_own_name_is_found_when_its_turn_comes(world):
    world.remote.room(2).is_open = True
    found = []
    for _ in range(ROUNDS):
        found += sweep(world)
        world.clock.advance(timedelta(minutes=5))
    assert found == [(2, "open without a conference", "closed")]
    world.remote.room(3).is_open = True
    assert sweep(world, is_thorough=True) == [(3, "open without a conference", "closed")]


def test_a_room_that_was_only_renamed_is_left_as_it_is(world):
    world.remote.room(2).name = "Renamed"
    assert sweep(world) == []


def test_a_sweep_asks_for_the_calls_and_for_our_rooms_one_by_one(world):
    for guest in ("b@example.com", "c@example.com"):
        book(world, participants=(dial_in(), dial_out(guest)))
    world.run_until(at(14, 5))
    world.remote.requests.clear()
    sweep(world)
    assert world.remote.methods == ["calls", "space", "space", "space"]


def test_of_many_rooms_each_has_its_turn_within_an_hour():
    world = World(numbers=700, is_caring=True)
    book(world)
    world.run_until(at(14, 5))
    call = open_by_hand(world, 333)
    seen = Counter()
    for _ in range(ROUNDS):
        world.remote.requests.clear()
        sweep(world)
        asked = [room for method, room in world.remote.requests if method == "space"]
        assert len(asked) < 700 / ROUNDS + 3
        assert {"cospace-1"} <= set(asked)
        seen.update(asked)
        world.clock.advance(timedelta(minutes=5))
    assert len(seen) == 700
    assert call not in world.remote.live_calls


# ---------------------------------------------------------------- numbers without a room of ours


def take_number(world, number):
    """Our room was removed by hand, and somebody has a room with its number, in which he meets others."""
    world.remote.rooms.pop(f"cospace-{number}")
    world.remote.rooms["private"] = RemoteRoom(
        "private", number, "Bob's room", is_open=True, passcode="1", call_profile="of users", owner="bob"
    )
    world.remote.live_calls["his"] = "private"
    world.remote.requests.clear()


def test_a_room_that_is_gone_is_made_again_and_noted(world):
    world.remote.rooms.pop("cospace-2")
    assert sweep(world) == [(2, "its space is gone", "there again")]
    made = world.store.state.spaces[2].cospace_id
    assert (world.remote.rooms[made].number, world.remote.rooms[made].is_open) == (2, False)
    assert sweep(world) == []
    assert world.remote.methods.count("create_space") == 1


def test_a_dry_sweep_makes_no_room(world):
    world.remote.rooms.pop("cospace-2")
    assert sweep(world, is_dry=True) == [(2, "its space is gone", "nothing")]
    assert "create_space" not in world.remote.methods


def test_rooms_of_a_bridge_that_is_being_set_up_are_left_to_whoever_does_that(world):
    world.store.prepare(lambda uow: uow.bridges.prepare_again(1))
    world.remote.rooms.pop("cospace-2")
    assert sweep(world) == []
    assert "create_space" not in world.remote.methods


def test_conferences_to_come_leave_a_number_that_somebody_else_has(world):
    for start in (15, 16):
        book(world, start=at(start), end=at(start + 1))
    take_number(world, 1)
    [foreign, first, second] = sweep(world)
    assert foreign[0] == 1
    assert "the space 'Bob's room' of bob" in foreign[1]
    assert (first, second) == (
        (1, "conference 1 is booked there", "has number 2 now"),
        (1, "conference 2 is booked there", "has number 2 now"),
    )
    assert [ticket.kind for ticket in world.tickets()] == ["space 1"]
    assert writes(world.remote) == []
    assert world.remote.live_calls == {"his": "private"}
    again = sweep(world)
    assert [one[2] for one in again] == ["nothing"]


def test_conferences_leave_a_number_that_was_found_to_be_foreign_before_its_turn_comes():
    world = World(numbers=700, is_caring=True)
    book(world)
    while sweeper(world)._turn() % ROUNDS == 1 % ROUNDS:
        world.clock.advance(timedelta(minutes=5))
    take_number(world, 1)
    world.store.prepare(lambda uow: uow.bridges.set_space_state(1, SpaceState.FOREIGN))
    assert (1, "conference 1 is booked there", "has number 2 now") in sweep(world)
    assert "spaces_matching" not in world.remote.methods


def test_a_number_is_given_again_once_its_room_is_ours_again(world):
    take_number(world, 1)
    sweep(world)
    assert book(world).route.number == 2
    del world.remote.rooms["private"]
    world.remote.live_calls.clear()
    assert sweep(world) == [(1, "no space", "there again")]
    assert world.tickets() == []
    assert book(world, start=at(16), end=at(17)).route.number == 1


@pytest.mark.parametrize("is_noticed", [True, False])
def test_a_bridge_that_comes_back_with_other_rooms_is_put_right_at_once(world, is_noticed):
    """Yesterday's database: one room has an old id, and one is not there yet."""
    checks = FakeHealthChecks(world.store)
    world.remote.uptime = timedelta(days=1)
    look(world, checks)
    world.remote.is_down = is_noticed
    for minute in (1, 2):
        world.clock.now = at(13, minute)
        look(world, checks)
    world.remote.is_down = False
    world.remote.uptime = timedelta(minutes=1)
    world.remote.rooms.pop("cospace-1")
    world.remote.rooms["old"] = replace(world.remote.rooms.pop("cospace-2"), id="old")
    world.clock.now = at(13, 4)
    look(world, checks)
    ids = [space.cospace_id for space in world.store.state.spaces.values()]
    assert ids[1:] == ["old", "cospace-3"]
    assert world.remote.rooms[ids[0]].number == 1


# ---------------------------------------------------------------- what is missing


def test_a_conference_whose_space_was_closed_by_hand_is_opened_again(world):
    book(world)
    world.run_until(at(14, 5))
    world.remote.room(1).is_open = False
    assert sweep(world) == [(1, "closed although conference 1 is going on", "left to the worker")]
    world.run_due()
    assert world.remote.room(1).is_open
    assert len(world.remote.calls_in(1)) == 1
    assert [name for name, _ in world.remote.requests].count("create_call_leg") == 1, (
        "nobody is dialled twice"
    )


def test_a_conference_whose_call_is_gone_gets_another(world):
    book(world)
    world.run_until(at(14, 5))
    world.remote.delete_call("call-1")
    world.remote.uptime = timedelta(seconds=10)
    assert sweep(world) == [(1, "without its call although conference 1 is going on", "left to the worker")]
    world.run_due()
    assert world.remote.dialled(1) == ["a@example.com"]


def test_a_dry_sweep_asks_for_nothing(world):
    book(world)
    world.run_until(at(14, 5))
    world.remote.room(1).is_open = False
    assert [done for _, _, done in sweep(world, is_dry=True)] == ["nothing"]
    assert world.wish(1, JobKind.LAUNCH) is None


def lose(world, kind):
    wish = Wish(conference_id=1, kind=kind, due_at=None)
    world.store.prepare(lambda uow: uow.outbox.put_all([wish]))


def test_a_launch_and_an_end_that_got_lost_are_asked_for_again(world):
    book(world)
    world.clock.now = at(14, 1)
    lose(world, JobKind.LAUNCH)
    assert sweep(world) == [], "a launch may need a while"
    world.clock.now = at(14, 2)
    assert sweep(world) == [(1, "not open for conference 1", "left to the worker")]
    world.run_due()
    assert world.remote.dialled(1) == ["a@example.com"]
    lose(world, JobKind.END)
    world.run_until(at(15, 1))
    assert sweep(world) == []
    world.clock.now = at(15, 2)
    assert sweep(world) == [(1, "open for conference 1, which is over", "left to the worker")]
    world.run_due()
    assert not world.remote.room(1).is_open


# ---------------------------------------------------------------- what was left


def left_at(world, call_id, url=MAIN):
    left = LeftCall(bridge_id=1, space_id=1, url=url, call_id=call_id)
    noted = world.live.get(1) or LiveConference(conference_id=1, bridge_id=1, space_id=1, url=OTHER)
    world.live.put(replace(noted, left=(left,)))
    return left


def test_what_a_dead_node_still_runs_is_ended_when_it_is_back(world):
    other = world.add_alternate()
    book(world)
    world.run_until(at(14, 5))
    world.remote.is_down = True
    world.note_health(is_reachable=False)
    world.run_until(at(14, 8))
    world.remote.is_down = False
    found = sweep(world)
    assert found == [(1, "a call that conference 1 left at cms1.example.com", "ended")]
    assert world.remote.live_calls == {}
    assert other.dialled(1) == ["a@example.com"]
    assert world.live.get(1).left == ()
    assert sweep(world) == sweep(world, BridgeAddress.ALTERNATE) == []


def test_a_call_through_which_people_are_in_the_conference_stays_until_its_end(world):
    other = world.add_alternate()
    book(world)
    world.run_until(at(14, 5))
    world.remote.is_down = True
    world.note_health(is_reachable=False)
    world.run_until(at(14, 8))
    world.remote.is_down = False
    here = BridgeParticipant(id="p1", call_id="call-1", uri="a@example.com")
    world.remote.people = [here, replace(here, id="p2", call_bridge_id="n2")]
    found = "a call that conference 1 left at cms1.example.com"
    assert sweep(world) == [(1, found, "nothing: in use now")]
    assert world.remote.live_calls
    world.remote.people = [here]
    assert sweep(world) == [(1, found, "ended")]
    assert other.live_calls


@pytest.mark.parametrize("is_used", [False, True])
def test_a_call_that_we_may_have_started_is_ended_only_if_nobody_is_in_it(world, is_used):
    other = world.add_alternate()
    world.remote.is_down = True
    world.note_health(is_reachable=False)
    book(world)
    world.run_until(at(14, 5))
    assert other.dialled(1) == ["a@example.com"]
    world.remote.is_down = False
    world.remote.create_call("cospace-1")
    if is_used:
        world.remote.join(1)
    left_at(world, None)
    sweep(world)
    assert bool(world.remote.live_calls) is is_used
    assert world.live.get(1).left == ()


def test_a_dry_sweep_ends_nothing_that_was_left(world):
    book(world)
    world.run_until(at(14, 5))
    left_at(world, "call-x")
    assert [done for _, _, done in sweep(world, is_dry=True)] == ["nothing"]
    assert world.live.get(1).left


def test_the_call_of_a_conference_that_has_the_space_by_now_is_not_ended(world):
    """It has nobody in it yet, and an earlier conference may have left such a one."""
    book(world, start=at(13), end=at(13, 30))
    world.run_until(at(13, 40))
    left_at(world, None)
    book(world, participants=(dial_in(), dial_in()))
    world.run_until(at(14, 1))
    left_at(world, None)
    assert world.remote.calls_in(1)
    assert world.remote.dialled(1) == []
    sweep(world)
    assert world.remote.calls_in(1)
    assert world.live.get(1).left == ()


def test_what_was_left_at_another_node_is_ended_with_the_main_address(world):
    node = world.add_node(OTHER)
    nodes = (ClusterNode(id="n", name="n", address=OTHER),)
    world.store.prepare(lambda uow: uow.bridges.set_membership(1, "c1", nodes))
    book(world)
    world.run_until(at(14, 5))
    call = node.create_call("cospace-1")
    left_at(world, call, OTHER)
    node.is_down = True
    assert sweep(world) == []
    assert world.live.get(1).left
    node.is_down = False
    assert sweep(world) == [(1, "a call that conference 1 left at cms1b.example.com", "ended")]
    assert node.live_calls == {}


def test_what_was_left_at_an_address_that_the_bridge_has_no_more_is_forgotten(world):
    book(world)
    world.run_until(at(14, 5))
    left_at(world, "call-x", "https://gone.example.com")
    assert sweep(world) == []
    assert world.live.get(1).left == ()


# ---------------------------------------------------------------- crashes


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 24), st.booleans()), max_size=3),
    st.lists(st.tuples(st.integers(1, 12), st.booleans()), max_size=2),
    st.sampled_from(["none", "closed", "call lost", "foreign call", "note lost"]),
)
def test_store_and_bridge_agree_after_any_crash_and_any_hand(fuses, sweeps, hand):
    world = World(is_caring=True)
    book(world)
    open_by_hand(world, 3)
    world.clock.now = at(14)
    for step, is_after in fuses:
        _killed(world, Fuse(at=step, is_after=is_after), world.run_due)
    world.run_until(at(14, 10))
    if hand == "closed":
        world.remote.room(1).is_open = False
    elif hand == "call lost":
        world.clock.advance(timedelta(seconds=20))  # the bridge came up after the last look
        world.remote.uptime = timedelta(seconds=10)
        world.remote.live_calls.clear()
        world.remote.legs.clear()
    elif hand == "foreign call":
        world.remote.live_calls["foreign"] = "cospace-2"
    elif hand == "note lost":
        world.store.state.live.clear()
    for step, is_after in sweeps:
        _killed(world, Fuse(at=step, is_after=is_after), lambda: sweep(world))
    sweep(world)
    world.run_until(at(14, 20))
    assert {n for n in (1, 2, 3) if world.remote.room(n).is_open} == {1}
    assert list(world.remote.live_calls.values()) == ["cospace-1"]
    assert world.live.get(1).call_id in world.remote.live_calls
    assert sweep(world) == []
    world.run_until(at(15, 1))
    assert sweep(world) == []
    assert world.remote.live_calls == {}
    assert not world.remote.room(1).is_open


def _killed(world, fuse, act):
    world.use_fuse(fuse)
    with suppress(Killed):
        act()
    world.use_fuse(Fuse())
    world.clock.advance(timedelta(minutes=1))


# ---------------------------------------------------------------- with the looks


def monitor(world, checks):
    return HealthMonitor(
        store=world.store,
        checks=checks,
        factory=world._client_of,
        clock=world.clock,
        stop=threading.Event(),
        owner="monitor",
        chance=lambda: 0.0,
        sweeper=sweeper(world),
    )


def look(world, checks):
    now = world.clock()
    for before in checks.claim("monitor", now, now + timedelta(minutes=1), 99):
        monitor(world, checks).check(before)


def test_a_bridge_is_swept_every_five_minutes_and_when_it_is_back(world):
    checks = FakeHealthChecks(world.store)
    swept = []
    for minute in range(15):
        world.clock.now = at(13, minute)
        world.remote.is_down = minute in (7, 8)
        world.remote.requests.clear()
        look(world, checks)
        if "calls" in world.remote.methods:
            swept.append(minute)
    assert swept == [0, 5, 9, 14]
    assert world.store.state.healths[1, BridgeAddress.MAIN].swept_at == at(13, 14)


def test_the_ticket_about_another_address_is_closed_when_the_main_one_is_back(world):
    checks = FakeHealthChecks(world.store)
    world.add_alternate()
    world.remote.is_down = True
    world.note_health(is_reachable=False)
    book(world)
    world.run_until(at(14, 5))
    assert [ticket.kind for ticket in world.tickets()] == ["failover"]
    world.remote.is_down = False
    look(world, checks)
    assert world.tickets() == []


def test_conferences_on_a_disabled_bridge_are_a_ticket_as_long_as_they_are_to_come(world):
    login = BridgeCredentials(username="api", password="pass-word")
    world.store.prepare(lambda uow: uow.bridges.add(create_bridge(2), login))
    checks = FakeHealthChecks(world.store)
    book(world)
    assert world.conference(1).route.bridge_id == 1
    world.store.prepare(lambda uow: uow.bridges.change(replace(uow.bridges.get(1), is_enabled=False)))
    look(world, checks)
    [ticket] = world.tickets()
    assert (ticket.subject, ticket.kind) == ("bridge bridge1", "conferences")
    assert "booked on it: 1." in ticket.text
    world.clock.now = at(14)
    look(world, checks)
    assert world.tickets() == []


def test_a_sweep_that_fails_is_only_logged(world):
    checks = FakeHealthChecks(world.store)

    def fail(method):
        if method == "calls":
            raise BridgeUnreachable("gone")

    world.remote.before = fail
    look(world, checks)
    assert world.store.state.healths[1, BridgeAddress.MAIN].is_reachable


# ---------------------------------------------------------------- the comparison

SPACE = Space(id=7, bridge_id=1, number=42, cospace_id="x")
ROOM = RemoteSpace(id="x", name="TMS_Scheduled_Meeting_42", uri="42")


@pytest.mark.parametrize(
    ("room", "expected"),
    [
        (ROOM, True),
        (replace(ROOM, uri=None, call_id="42"), True),
        (replace(ROOM, uri=None, call_id=None), False),
        (replace(ROOM, uri="43"), False),
        (replace(ROOM, id="y"), False),
    ],
)
def test_a_room_is_ours_by_its_id_and_its_number(room, expected):
    assert bool(our_spaces([SPACE, Space(id=8, bridge_id=1, number=43)], [room])) is expected


def test_a_room_with_unknown_access_is_judged_by_its_name():
    ours = {"x": (SPACE, replace(ROOM, name="Board"))}
    assert find_orphans(ours, [], ())[0].is_open
    assert find_orphans({"x": (SPACE, replace(ROOM, name=None))}, [], ()) == []


def test_calls_outside_of_rooms_are_nobodys_business():
    assert find_orphans({"x": (SPACE, ROOM)}, [Call(id="c"), Call(id="d", space_id="z")], ()) == []


def test_a_conference_that_is_being_launched_misses_nothing():
    live = LiveConference(conference_id=1, bridge_id=1, space_id=7)
    assert find_damage({"x": (SPACE, ROOM)}, [], [live]) == []
    assert find_damage({"x": (SPACE, ROOM)}, [], [replace(live, opened_at=at(14))])[0].is_call_lost
