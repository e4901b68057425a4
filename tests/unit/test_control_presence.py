"""Who is in a conference, and what happened in it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import (
    World,
    at,
    create_conference,
    create_request,
    create_system,
    dial_in,
    dial_out,
    participant,
    room,
)
from hypothesis import given
from hypothesis import strategies as st

from tmsba.cms.model import BridgeParticipant, CallLeg
from tmsba.cms.wire.errors import AnswerNotUnderstood, NotFoundOnBridge, RequestRefused
from tmsba.control.meeting.presence import BookedParty, Sight, booked_parties, changes, see, with_reason
from tmsba.domain.bridge.bridge import ClusterNode
from tmsba.domain.conference.live import MOST_PARTICIPANTS, EventKind, LiveView
from tmsba.domain.values import BookingMode, ExtendMode, ParticipantKind, SystemStatus
from tmsba.ports.live import LiveLeg
from tmsba.ports.outbox import JobKind

SECOND = timedelta(seconds=1)
AUTOMATIC = ExtendMode.AUTOMATIC_BEST_EFFORT
PEOPLE = (room(1), dial_in(), dial_out("a@example.com"))
ROOM = BookedParty(name="Room 1", addresses=("room1@example.com", "4711"), system_id=1)


@pytest.fixture
def world():
    return World(is_caring=True)


def book(world, **request):
    request = create_request(**{"participants": PEOPLE} | request)
    mode = BookingMode.STRICT
    return world.booking.save_conference(world.administrator, world.client, request, mode).conference


def events(world, conference):
    return [(one.kind, one.text) for one in world.store.state.events.get(conference.id, ())]


def there(world, conference):
    view = world.store.state.views.get(conference.id)
    return {one.address: one for one in view.participants} if view else {}


# ---------------------------------------------------------------- who is there


def test_the_first_look_notes_everybody_who_has_answered(world):
    conference = book(world)
    world.run_until(at(14, 0) + 10 * SECOND)
    seen = there(world, conference)
    assert {address: (one.name, one.state) for address, one in seen.items()} == {
        "room1@example.com": ("Room 1", "connected"),
        "a@example.com": ("a@example.com", "connected"),
    }
    assert seen["room1@example.com"].system_id == 1
    assert seen["a@example.com"].number is not None
    assert events(world, conference) == [
        (EventKind.OPENED, "number 1 on bridge bridge1"),
        (EventKind.CONNECTED, "Room 1 (room1@example.com)"),
        (EventKind.CONNECTED, "a@example.com"),
    ]


def test_who_dials_in_is_noted_with_the_first_moment_it_was_seen(world):
    conference = book(world)
    world.run_until(at(14, 5))
    world.remote.join(1, "guest@elsewhere.example.com")
    world.run_until(at(14, 20))
    guest = there(world, conference)["guest@elsewhere.example.com"]
    assert (guest.state, guest.is_booked) == ("connected", False)
    assert at(14, 5) <= guest.since <= at(14, 5) + 30 * SECOND


def test_a_booked_system_that_dials_in_is_known_by_its_address(world):
    conference = book(world, participants=(dial_in(), room(2)), type=None)
    world.run_until(at(14))
    world.remote.legs.clear()
    world.remote.join(1, "SIP:Room2@EXAMPLE.com")
    world.run_until(at(14, 1))
    [seen] = there(world, conference).values()
    assert (seen.system_id, seen.name) == (2, "Room 2")


def test_who_rings_is_there_but_not_connected(world):
    world.remote.answers = lambda address: address != "a@example.com"
    conference = book(world)
    world.run_until(at(14) + 10 * SECOND)
    assert there(world, conference)["a@example.com"].state == "ringing"
    assert (EventKind.CONNECTED, "a@example.com") not in events(world, conference)


def test_what_was_seen_is_forgotten_at_the_end_and_told(world):
    conference = book(world)
    world.run_until(at(15))
    assert there(world, conference) == {}
    assert events(world, conference)[-1] == (EventKind.CLOSED, "number 1 on bridge bridge1")


def test_a_look_that_finds_nothing_new_is_not_written_each_time(world):
    conference = book(world)
    world.run_until(at(14, 10))
    before = world.store.writes_begun
    looks = len(world.remote.requests)
    world.run_until(at(14, 20))
    looks = len(world.remote.requests) - looks
    # Claiming and giving back the job and the space are four.
    assert looks == 20
    assert world.store.writes_begun - before <= 4.5 * looks + 1
    assert world.store.state.views[conference.id].seen_at >= at(14, 19)


def test_in_a_cluster_those_on_other_nodes_are_there_too(world):
    nodes = tuple(ClusterNode(id=f"{n}", name=f"node{n}") for n in (1, 2))
    world.store.prepare(lambda uow: uow.bridges.set_membership(1, "cluster", nodes))
    conference = book(world, participants=(dial_in(), room(2), room(3)), extend_mode=AUTOMATIC)
    far = BridgeParticipant(id="p-9", uri="room2@example.com", call_bridge_id="2", state="connected")
    world.run_until(at(14, 0))
    world.remote.legs.clear()
    world.remote.elsewhere = [far, replace(far, id="p-8", uri="x@example.com", state="ringing")]
    world.run_until(at(14, 1))
    seen = there(world, conference)
    assert (seen["room2@example.com"].system_id, seen["room2@example.com"].state) == (2, "connected")
    assert seen["x@example.com"].state == "ringing"
    assert status(world, 2) is SystemStatus.IN_CALL
    world.run_until(at(15, 1))
    assert world.conference(conference.id).period.end == at(15, 15)


@pytest.mark.parametrize("odd", [RequestRefused("No."), NotFoundOnBridge("None."), AnswerNotUnderstood("?")])
def test_a_bridge_that_cannot_tell_more_is_looked_at_all_the_same(world, odd):
    nodes = tuple(ClusterNode(id=f"{n}") for n in (1, 2))
    world.store.prepare(lambda uow: uow.bridges.set_membership(1, "cluster", nodes))
    conference = book(world)

    def refuse(method):
        if method == "participants_of_call" or (method == "status" and not world.remote.live_calls):
            world.remote.requests.append((method, ""))
            raise odd

    world.remote.before = refuse
    world.run_until(at(14, 5))
    assert there(world, conference).keys() == {"room1@example.com", "a@example.com"}
    world.remote.live_calls.clear()
    world.remote.legs.clear()
    world.run_until(at(14, 5).replace(second=40))
    assert EventKind.CALL_ENDED in [kind for kind, _ in events(world, conference)]


# ---------------------------------------------------------------- systems in a call


def status(world, number):
    [listed] = [one.status for one in world.setup.systems() if one.id == number]
    assert world.setup.system(number).status is listed
    return listed


def test_a_connected_system_is_in_a_call_until_the_conference_ends(world):
    conference = book(world)
    assert status(world, 1) is SystemStatus.UNKNOWN
    world.run_until(at(14) + 10 * SECOND)
    assert status(world, 1) is SystemStatus.IN_CALL
    assert status(world, 2) is SystemStatus.UNKNOWN
    world.booking.end_conference(world.administrator, world.client, conference.id)
    world.run_due()
    assert status(world, 1) is SystemStatus.UNKNOWN


def test_a_system_that_rings_or_has_left_is_in_no_call(world):
    world.remote.answers = lambda address: False
    book(world)
    world.run_until(at(14) + 10 * SECOND)
    assert status(world, 1) is SystemStatus.UNKNOWN
    world.remote.answers = lambda address: True
    world.run_until(at(14) + 20 * SECOND)
    assert status(world, 1) is SystemStatus.IN_CALL
    world.remote.legs.clear()
    world.run_until(at(14, 1))
    assert status(world, 1) is SystemStatus.UNKNOWN


def test_a_system_is_in_no_call_once_nobody_looks_any_more(world):
    book(world)
    world.run_until(at(14, 10))
    assert status(world, 1) is SystemStatus.IN_CALL
    world.clock.now = at(14, 13)
    assert status(world, 1) is SystemStatus.UNKNOWN


# ---------------------------------------------------------------- what happened


def test_who_leaves_is_told_with_the_reason_that_the_bridge_gave(world):
    conference = book(world)
    world.run_until(at(14, 5))
    leg = next(i for i, (_, party) in world.remote.legs.items() if party == "a@example.com")
    world.store.prepare(lambda uow: uow.live.put_reasons({leg: (conference.id, "remoteTeardown")}))
    del world.remote.legs[leg]
    world.run_until(at(14, 6))
    assert events(world, conference)[-1] == (EventKind.LEFT, "a@example.com: hung up")
    assert world.store.state.leg_ends == {}
    world.remote.legs.clear()
    world.run_until(at(14, 7))
    assert [kind for kind, _ in events(world, conference)[-2:]] == [EventKind.LEFT, EventKind.EVERYBODY_LEFT]


def test_who_does_not_answer_is_told_at_each_try(world):
    world.remote.answers = lambda address: address != "a@example.com"
    conference = book(world)
    world.run_until(at(14, 10))
    told = [one for one in events(world, conference) if "a@example.com" in one[1]]
    assert told == [
        (EventKind.DIALLED_AGAIN, "a@example.com, try 2"),
        (EventKind.DIALLED_AGAIN, "a@example.com, try 3"),
        (EventKind.NOT_REACHED, "a@example.com after 3 tries"),
    ]


def test_an_extension_is_told(world):
    conference = book(world, extend_mode=AUTOMATIC)
    world.run_until(at(15, 1))
    assert (EventKind.EXTENDED, "by 15 minutes") in events(world, conference)


@pytest.mark.parametrize(
    ("uptime", "kind"),
    [
        (None, EventKind.CALL_ENDED),
        (timedelta(days=3), EventKind.CALL_ENDED),
        (timedelta(seconds=10), EventKind.BRIDGE_RESTARTED),
    ],
)
def test_a_call_that_is_gone_is_told_with_what_ended_it(world, uptime, kind):
    conference = book(world)
    world.run_until(at(14, 5))
    world.remote.live_calls.clear()
    world.remote.legs.clear()
    world.remote.uptime = uptime
    world.run_until(at(14, 6))
    told = [one for one in events(world, conference) if one[0] is kind]
    is_ended = kind is EventKind.CALL_ENDED
    next_step = "nobody is dialled again" if is_ended else "the call is started again"
    assert told == [(kind, f"2 were connected; {next_step}")]
    if not is_ended:
        assert there(world, conference).keys() == {"room1@example.com", "a@example.com"}


def test_a_call_that_is_gone_is_told_once_however_long_the_bridge_is_down(world):
    conference = book(world)
    world.run_until(at(14, 5))
    world.remote.live_calls.clear()
    world.remote.legs.clear()
    # It answers what is left of the look, and then nothing for a while.
    world.remote.before = lambda method: setattr(world.remote, "is_down", method == "participants")
    world.run_until(at(14, 7))
    world.remote.before, world.remote.is_down = None, False
    world.run_until(at(14, 30))
    kinds = [kind for kind, _ in events(world, conference)]
    assert kinds.count(EventKind.CALL_ENDED) == 1
    assert kinds.count(EventKind.OPENED) == 1


def test_a_look_does_not_stop_when_a_record_asks_for_another_one(world):
    conference = book(world)
    world.run_until(at(14, 5))

    def hurry(method):
        world.remote.before = None
        world.store.prepare(lambda uow: uow.outbox.hurry([conference.id], JobKind.TEND, world.clock.now))

    world.remote.before = hurry
    world.remote.requests.clear()
    world.run_until(at(14, 5) + 29 * SECOND)
    assert world.remote.methods == ["legs_of_call"] * 2


# ---------------------------------------------------------------- the decisions


def sight(*legs, states=None, dialled=()):
    return Sight(
        legs=[CallLeg(id=leg, name=name, remote_party=party) for leg, party, name in legs],
        states=states or {},
        dialled=dialled,
    )


def test_a_leg_that_we_dialled_is_known_by_what_we_dialled():
    dialled = [LiveLeg(remote_party="4711", call_leg_id="leg-1")]
    seen = see(None, sight(("leg-1", "elsewhere@example.net", None), dialled=dialled), [ROOM], at(14))
    assert [(one.system_id, one.address) for one in seen] == [(1, "elsewhere@example.net")]


def test_two_booked_with_the_same_address_are_two():
    booked = [BookedParty(name="a@example.com", addresses=("a@example.com",), number=n) for n in (1, 2)]
    legs = [(f"leg-{n}", "a@example.com", None) for n in range(3)]
    seen = see(None, sight(*legs), booked, at(14))
    assert [one.number for one in seen] == [1, 2, 1]


def test_a_state_that_changes_has_a_new_beginning():
    first = see(None, sight(("leg-1", "x@example.com", "X"), states={"leg-1": "ringing"}), [], at(14))
    before = LiveView(conference_id=1, seen_at=at(14), participants=first)
    [same] = see(before, sight(("leg-1", "x", "X"), states={"leg-1": "ringing"}), [], at(14, 1))
    assert same.since == at(14)
    [answered] = see(before, sight(("leg-1", "x", "X")), [], at(14, 2))
    assert (answered.state, answered.since) == ("connected", at(14, 2))


def test_names_from_outside_are_made_printable():
    [seen] = see(None, sight(("leg-1", "x\x1b[2J@example.com", "A\nB")), [], at(14))
    assert (seen.name, seen.address) == ("A?B", "x?[2J@example.com")


def test_no_more_are_noted_than_a_conference_may_have():
    legs = [(f"leg-{n}", f"{n}@example.com", None) for n in range(MOST_PARTICIPANTS + 5)]
    assert len(see(None, sight(*legs), [], at(14))) == MOST_PARTICIPANTS


def test_systems_have_all_their_addresses_and_others_the_one_they_were_booked_with():
    system = create_system(7, h323_id="room7", e164_alias="700", recording_aliases=("rec@example.com",))
    people = (
        participant(ParticipantKind.SYSTEM, 7),
        participant(ParticipantKind.SIP_VIDEO_IN, 1),
        participant(ParticipantKind.SIP_VIDEO_OUT, 2, "b@example.com"),
    )
    first, second = booked_parties(create_conference(participants=people), {7: system})
    assert first.addresses == ("room7@example.com", "room7", "700", "rec@example.com")
    assert (second.number, second.addresses) == (2, ("b@example.com",))


def test_a_reason_that_is_not_known_is_told_as_the_bridge_spells_it():
    assert with_reason("X", "solarFlare") == "X: solarFlare"
    assert with_reason("X", None) == "X"


LEGS = st.dictionaries(
    st.sampled_from("abcdef"), st.sampled_from(["initial", "ringing", "connected", "onHold"])
)


@given(st.lists(LEGS, min_size=1, max_size=6))
def test_the_events_of_all_looks_add_up_to_who_is_there(looks):
    view, inside = None, set()
    for minute, states in enumerate(looks):
        now = at(14, minute)
        seen = see(view, sight(*((leg, leg, leg) for leg in states), states=states), [], now)
        for event in changes(view, seen, {}, now):
            if event.kind is EventKind.CONNECTED:
                assert event.text not in inside
                inside.add(event.text)
            elif event.kind is EventKind.LEFT:
                inside.remove(event.text)
            else:
                assert not inside
        assert inside == {leg for leg, state in states.items() if state in ("connected", "onHold")}
        view = LiveView(conference_id=1, seen_at=now, participants=tuple(replace(one) for one in seen))
