"""Conferences go to another node of a cluster when theirs does not answer, and leave nothing behind."""

from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import Fuse, Killed, World, at, create_bridge, create_request, dial_in, dial_out, room
from hypothesis import given, settings
from hypothesis import strategies as st

from tmsba.cms.model import BridgeParticipant
from tmsba.cms.wire.errors import BridgeServerError, BridgeTimeout, BridgeUnreachable
from tmsba.control.bridge.access import access_elsewhere, access_to
from tmsba.domain.bridge.bridge import BridgeCredentials, ClusterNode
from tmsba.domain.bridge.health import BridgeAddress
from tmsba.domain.values import BookingMode
from tmsba.ports.live import LeftCall, LiveConference
from tmsba.ports.outbox import JobKind

MAIN, OTHER, THIRD = "https://cms1.example.com", "https://cms1b.example.com", "https://cms1c.example.com:445"
PEOPLE = (dial_in(), dial_out("a@example.com"), room(1))
DIALLED = ["a@example.com", "room1@example.com"]
SECOND = timedelta(seconds=1)


@pytest.fixture
def world():
    return World(is_caring=True)


@pytest.fixture
def other(world):
    """The node at the alternate address."""
    return world.add_alternate()


def book(world, **request):
    request = create_request(**{"participants": PEOPLE} | request)
    return world.booking.save_conference(
        world.administrator, world.client, request, BookingMode.STRICT
    ).conference


def go_down(world, *, is_known=True):
    world.remote.is_down = True
    if is_known:
        world.note_health(is_reachable=False)


def come_back(world):
    world.remote.is_down = False
    world.note_health(is_reachable=True)


def tickets(world):
    return {(ticket.subject, ticket.kind): ticket.text for ticket in world.tickets()}


def assert_open_at(node, number=1, dialled=DIALLED):
    assert node.room(number).is_open
    assert len(node.calls_in(number)) == 1
    assert node.dialled(number) == dialled


# ---------------------------------------------------------------- at the start


def test_a_conference_starts_at_the_alternate_address_while_the_main_one_is_down(world, other):
    go_down(world)
    conference = book(world)
    world.run_until(at(14))
    assert_open_at(other)
    assert world.remote.calls_in(1) == []
    assert world.live.get(conference.id).url == OTHER
    text = "Conference 1 was opened at cms1b.example.com, because cms1.example.com does not answer."
    assert tickets(world) == {("bridge bridge1", "failover"): text}


def test_it_is_looked_after_extended_changed_and_closed_where_it_was_started(world, other):
    go_down(world)
    conference = book(world)
    world.run_until(at(14, 5))
    come_back(world)
    world.remote.requests.clear()
    book(world, id=conference.id, start=None, end=at(15, 30), participants=None, title="Longer")
    world.run_until(at(15, 25))
    assert other.room(1).name == "Longer"
    assert [text.split()[4] for _, text in other.messages] == ["5"]
    world.run_until(at(15, 30))
    assert other.live_calls == {}
    assert not other.room(1).is_open
    assert world.remote.requests == []


def test_the_next_conference_starts_at_the_main_address_again(world, other):
    go_down(world)
    book(world)
    world.run_until(at(14, 5))
    come_back(world)
    book(world, start=at(14, 10), participants=(dial_in(), dial_out("c@example.com")))
    world.run_until(at(14, 11))
    assert world.remote.dialled(2) == ["c@example.com"]


def test_an_administrator_can_have_conferences_wait_for_the_main_address(world, other):
    world.set("failover_mode", "off")
    go_down(world)
    book(world)
    world.run_until(at(14, 10))
    assert other.requests == []
    come_back(world)
    world.run_until(at(14, 11))
    assert_open_at(world.remote)


def test_after_three_tries_nobody_waits_for_a_look_to_find_the_main_address_down(world, other):
    go_down(world, is_known=False)
    book(world)
    world.run_until(at(14) + 10 * SECOND)
    assert_open_at(other)


def test_no_conference_starts_at_an_address_that_does_not_answer_either(world, other):
    go_down(world)
    other.is_down = True
    book(world)
    world.run_until(at(14, 1))
    come_back(world)
    world.run_until(at(14, 2))
    assert_open_at(world.remote)
    assert other.live_calls == {}


def test_who_was_let_in_early_stays_at_the_node_where_that_was(world, other):
    go_down(world)
    book(world)
    world.run_until(at(13, 56))
    come_back(world)
    world.run_until(at(14))
    assert_open_at(other)
    assert world.remote.live_calls == {}


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, 20))
@pytest.mark.parametrize("is_back", [False, True], ids=["gone", "back"])
def test_a_launch_that_breaks_off_at_one_address_leaves_one_call_at_the_other(step, is_after, is_back):
    """Whatever was done at the main address when it went down is ended before, or noted as left there."""
    world = World()
    other = world.add_alternate()
    conference = book(world)
    world.clock.now = at(14)
    world.use_fuse(Fuse(at=step, is_after=is_after, error=BridgeTimeout("late", is_outcome_unknown=True)))
    world.run_due()
    world.use_fuse(Fuse())
    is_launched = bool(world.live.get(1) and world.live.get(1).opened_at)
    world.remote.is_down = not is_back
    world.note_health(is_reachable=False)
    world.run_until(at(14, 1))
    noted = world.live.get(conference.id)
    if is_launched:
        return
    assert_open_at(other)
    left_at_main = set(world.remote.calls_in(1))
    if is_back:
        assert (left_at_main, noted.left) == (set(), ())
    else:
        known = {left.call_id for left in noted.left}
        assert left_at_main <= known or None in known


# ---------------------------------------------------------------- while it lasts


@pytest.fixture
def running(world, other):
    """A conference at the main address that everybody has joined."""
    conference = book(world)
    world.run_until(at(14, 5))
    assert_open_at(world.remote)
    return conference


def test_a_conference_whose_node_is_dead_is_re_created_at_the_other_address(world, other, running):
    go_down(world)
    world.run_until(at(14, 8))
    assert_open_at(other)
    noted = world.live.get(running.id)
    assert (noted.url, noted.opened_at, noted.closed_at, noted.unreached_since) == (OTHER, at(14), None, None)
    assert noted.left == (LeftCall(bridge_id=1, space_id=1, url=MAIN, call_id="call-1"),)
    text = "Conference 1 was opened at cms1b.example.com, because cms1.example.com does not answer."
    assert tickets(world)["bridge bridge1", "failover"] == text
    world.run_until(at(14, 59) + 30 * SECOND)
    assert [text.split()[4] for _, text in other.messages] == ["5", "1"]
    world.run_until(at(15, 1))
    assert (other.live_calls, other.room(1).is_open) == ({}, False)


def test_nobody_is_moved_before_the_threshold(world, other, running):
    world.set("failover_threshold", "600")
    go_down(world)
    world.run_until(at(14, 14))
    assert other.requests == []
    world.run_until(at(14, 17))
    assert_open_at(other)


def test_a_node_that_is_back_in_time_keeps_its_conference(world, other, running):
    go_down(world)
    world.run_until(at(14, 5) + 50 * SECOND)
    assert world.live.get(running.id).unreached_since
    come_back(world)
    world.run_until(at(14, 10))
    assert other.requests == []
    assert_open_at(world.remote)
    assert world.live.get(running.id).unreached_since is None


@pytest.mark.parametrize("mode", ["off", "at-start"])
def test_an_administrator_can_have_conferences_stay_with_a_dead_node(world, other, running, mode):
    world.set("failover_mode", mode)
    go_down(world)
    world.run_until(at(14, 30))
    assert other.requests == []


def test_a_node_that_fails_requests_but_is_alive_keeps_its_conference(world, other, running):
    def fail(method):
        raise BridgeServerError("500")

    world.remote.before = fail
    world.note_health(is_reachable=False)
    world.run_until(at(14, 30))
    assert other.requests == []


def test_a_node_that_first_does_not_answer_and_then_fails_requests_keeps_its_conference(
    world, other, running
):
    go_down(world)
    world.run_until(at(14, 5) + 40 * SECOND)
    assert world.live.get(running.id).unreached_since
    world.remote.is_down = False

    def fail(method):
        raise BridgeServerError("500")

    world.remote.before = fail
    world.run_until(at(14, 30))
    assert other.requests == []


def test_a_node_that_answers_the_looks_keeps_its_conference(world, other, running):
    def fail(method):
        world.note_health(is_reachable=True)
        raise BridgeUnreachable("cut off")

    world.remote.before = fail
    world.run_until(at(14, 30))
    assert other.requests == []


def test_only_who_is_not_connected_at_the_other_node_is_dialled(world, other, running):
    go_down(world)
    other.live_calls["b-call-99"] = "cospace-1"
    other.legs["b-leg-99"] = ("b-call-99", "sip:A@example.com")
    world.run_until(at(14, 8))
    assert other.calls_in(1) == ["b-call-99"]
    assert [party for _, party in other.legs.values()] == ["sip:A@example.com", "room1@example.com"]


def test_who_is_in_the_call_through_the_links_of_the_cluster_is_not_dialled(world, other, running):
    """The node is cut off from us, and not from the others."""
    go_down(world)
    other.people = [
        BridgeParticipant(id="p1", call_id="b-call-1", uri="A@example.com", call_bridge_id="n1"),
        BridgeParticipant(id="p2", call_id="b-call-9", uri="room1@example.com", call_bridge_id="n1"),
    ]
    world.run_until(at(14, 20))
    assert other.dialled(1) == ["room1@example.com"]
    legs = {leg.remote_party: leg for leg in world.live.get(running.id).legs}
    assert (legs["a@example.com"].call_leg_id, legs["a@example.com"].is_connected) == ("", True)


def test_the_end_of_a_conference_ends_what_it_left_at_a_node_that_is_back(world, other, running):
    go_down(world)
    world.run_until(at(14, 58))
    come_back(world)
    assert world.remote.live_calls
    world.run_until(at(15))
    assert world.remote.live_calls == other.live_calls == {}
    assert world.live.get(running.id).left == ()


def test_a_conference_goes_back_when_the_other_node_dies_as_well(world, other, running):
    """Its old call, if it is still there, is gone on with, and not ended afterwards as left behind."""
    go_down(world)
    world.run_until(at(14, 8))
    other.is_down = True
    world.note_health(is_reachable=False, address=BridgeAddress.ALTERNATE)
    come_back(world)
    world.run_until(at(14, 12))
    assert_open_at(world.remote)
    noted = world.live.get(running.id)
    assert (noted.url, noted.call_id) == (MAIN, "call-1")
    assert [left.url for left in noted.left] == [OTHER]


def test_where_no_node_answers_the_conference_goes_on_when_its_own_is_back(world, other, running):
    go_down(world)
    other.is_down = True
    world.run_until(at(14, 20))
    come_back(world)
    world.run_until(at(14, 21))
    assert_open_at(world.remote)
    assert world.live.get(running.id).left == ()
    assert other.live_calls == {}


def test_the_end_of_a_conference_on_a_dead_node_closes_its_space_at_the_other_one(world, other, running):
    world.set("failover_threshold", "3600")
    world.run_until(at(14, 50))
    go_down(world)
    world.run_until(at(15))
    world.set("failover_threshold", "60")
    world.run_until(at(15, 1))
    assert not other.room(1).is_open
    noted = world.live.get(running.id)
    assert noted.closed_at
    assert [left.call_id for left in noted.left] == ["call-1"]


def test_a_change_of_a_conference_on_a_dead_node_moves_it_as_well(world, other, running):
    go_down(world)
    world.run_until(at(14, 6))
    book(world, id=running.id, start=None, end=at(16), participants=None, title="Longer")
    world.run_until(at(14, 8))
    assert_open_at(other)
    assert other.room(1).name == "Longer"


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, 22))
def test_a_re_creation_that_died_anywhere_is_made_good_for(world, other, step, is_after):
    book(world)
    world.run_until(at(14, 5))
    go_down(world)
    world.run_until(at(14, 6))
    while not world.wish(1, JobKind.LAUNCH):
        world.clock.now = world._next_due()
        world.run_due()
    world.use_fuse(Fuse(at=step, is_after=is_after))
    try:
        world.run_due()
    except Killed:
        pass
    finally:
        world.use_fuse(Fuse())
    world.run_until(at(14, 10))
    assert_open_at(other)
    noted = world.live.get(1)
    assert [left.call_id for left in noted.left] == ["call-1"]
    assert (noted.url, noted.call_id) == (OTHER, other.calls_in(1)[0])
    world.run_until(at(15, 1))
    assert other.live_calls == {}


events = st.lists(
    st.tuples(st.sampled_from(["main", "other"]), st.booleans(), st.integers(5, 400)), min_size=1, max_size=6
)


@settings(max_examples=60, deadline=None)
@given(events, st.lists(st.tuples(st.integers(1, 20), st.booleans()), max_size=3))
def test_whatever_goes_down_and_comes_back_there_is_one_call_that_is_not_known_as_left(events, fuses):
    world = World(is_caring=True)
    other = world.add_alternate()
    book(world)
    fuses = list(fuses)
    nodes = {"main": (world.remote, BridgeAddress.MAIN), "other": (other, BridgeAddress.ALTERNATE)}
    world.clock.now = at(14)
    for name, is_down, seconds in events:
        node, address = nodes[name]
        node.is_down = is_down
        world.note_health(is_reachable=not is_down, address=address)
        if fuses:
            step, is_after = fuses.pop()
            world.use_fuse(Fuse(at=step, is_after=is_after))
        try:
            world.run_until(world.clock.now + seconds * SECOND)
        except Killed:
            world.clock.advance(world.lease_duration)
        finally:
            world.use_fuse(Fuse())
    for node, address in nodes.values():
        node.is_down = False
        world.note_health(is_reachable=True, address=address)
    world.run_until(at(14, 50))
    noted = world.live.get(1)
    calls = {MAIN: set(world.remote.calls_in(1)), OTHER: set(other.calls_in(1))}
    for left in noted.left:
        calls[left.url] -= {left.call_id} if left.call_id else calls[left.url]
    assert calls == {MAIN: set(), OTHER: set()} | {noted.url: {noted.call_id}}
    world.run_until(at(15, 1))
    assert not world.remote.room(1).is_open


# ---------------------------------------------------------------- several conferences in a space


def test_a_conference_that_ran_over_at_another_node_is_ended_there_before_the_next_one_opens(world, other):
    go_down(world)
    book(world, participants=(dial_in(), dial_out("first@example.com")))
    world.run_until(at(14, 59))
    come_back(world)
    second = book(world, start=at(15), end=at(16), participants=(dial_in(), dial_out("b@example.com")))
    assert second.route.number == 1
    world.clock.now = at(15)
    [launch] = [job for job in world.claim() if (job.conference_id, job.kind) == (2, JobKind.LAUNCH)]
    world.run(launch)
    assert other.live_calls == {}
    assert world.live.get(1).closed_at == at(15)
    assert world.remote.dialled(1) == ["b@example.com"]


def test_what_an_earlier_conference_left_in_the_space_is_ended_before_the_next_one_opens(world, other):
    book(world)
    world.run_until(at(14, 5))
    go_down(world)
    world.run_until(at(15, 1))
    assert world.live.get(1).left
    assert world.remote.live_calls
    second = book(world, start=at(15, 10), end=at(16), participants=(dial_in(), dial_out("b@example.com")))
    assert second.route.number == 1
    come_back(world)
    world.run_until(at(15, 11))
    assert world.remote.dialled(1) == ["b@example.com"]
    assert len(world.remote.calls_in(1)) == 1
    assert world.live.get(1).left == ()


def test_a_conference_that_changed_its_bridge_starts_although_the_old_one_is_dead():
    world = World(is_caring=True, bridges=2)
    second = world.add_node("https://cms2.example.com")
    second.rooms = {room.id: replace(room) for room in world.remote.rooms.values()}
    conference = book(world)
    world.run_until(at(13, 56))
    assert world.remote.room(1).is_open
    world.remote.is_down = True
    space = next(s for s in world.store.state.spaces.values() if s.bridge_id == 2)
    route = replace(conference.route, bridge_id=2, space_id=space.id)
    world.store.state.conferences[1] = replace(world.conference(1), route=route)
    world.run_until(at(14, 1))
    assert_open_at(second)
    noted = world.live.get(1)
    assert noted.url == "https://cms2.example.com"
    assert noted.left == (LeftCall(bridge_id=1, space_id=1, url=MAIN),)


# ---------------------------------------------------------------- other nodes of the cluster


def tell_nodes(world, *addresses):
    nodes = tuple(ClusterNode(id=f"n{i}", name=f"n{i}", address=one) for i, one in enumerate(addresses))
    world.store.prepare(lambda uow: uow.bridges.set_membership(1, "c1", nodes))


def test_without_an_alternate_address_any_other_node_that_answers_takes_the_conference(world):
    first, third = world.add_node(OTHER), world.add_node(THIRD)
    tell_nodes(world, MAIN, OTHER, THIRD)
    first.is_down = True
    conference = book(world)
    world.run_until(at(14, 5))
    go_down(world)
    world.run_until(at(14, 8))
    assert_open_at(third)
    assert world.live.get(conference.id).url == THIRD
    world.run_until(at(15, 1))
    assert (third.live_calls, third.room(1).is_open) == ({}, False)


def elsewhere(world, bridge, login=None):
    def work(uow):
        uow.bridges.change(bridge, credentials=login)

    world.store.prepare(work)
    with world.store.reading() as uow:
        return access_elsewhere(uow, uow.bridges.get(1), bridge.url)


def test_nodes_get_the_password_of_the_bridge_only_over_a_connection_that_is_as_safe(world):
    tell_nodes(
        world,
        "https://cms1.example.com:445",
        "b.example.com",
        "http://c.example.com",
        "d.example.com:8443",
        "",
    )
    bridge = create_bridge(1, url="https://cms1.example.com:445", is_tls_verified=False)
    pinned = BridgeCredentials(username="api", password="pass-word", fingerprint="ab" * 32)
    found = elsewhere(world, bridge, pinned)
    assert [one.bridge.url for one in found] == ["https://b.example.com:445", "https://d.example.com:8443"]
    assert {(one.bridge.is_tls_verified, one.credentials.fingerprint) for one in found} == {(True, "")}
    assert found[0].credentials.password == "pass-word"


def test_an_address_that_the_bridge_has_no_more_means_its_main_address(world, other):
    with world.store.reading() as uow:
        bridge = uow.bridges.get(1)
        assert access_to(uow, bridge, OTHER).credentials.username == "backup"
        assert access_to(uow, bridge, "https://gone.example.com").bridge.url == MAIN


# ---------------------------------------------------------------- the note


def test_a_note_that_moves_forgets_nothing():
    first = LiveConference(conference_id=1, bridge_id=1, space_id=1, url=MAIN, call_id="x", opened_at=at(14))
    second = first.at(1, 1, OTHER)
    assert (second.call_id, second.legs, second.opened_at) == (None, (), at(14))
    assert second.left == (LeftCall(bridge_id=1, space_id=1, url=MAIN, call_id="x"),)
    third = replace(second, call_id="y").at(1, 1, THIRD)
    assert [left.call_id for left in third.left] == ["x", "y"]
    assert [left.call_id for left in third.at(1, 1, MAIN).left] == ["y", None]
    assert replace(first, closed_at=at(15)).at(2, 9, OTHER).left == ()
