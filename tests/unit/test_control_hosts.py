"""Hosts and guests of a conference on its bridge, through trouble and crashes."""

from dataclasses import replace

import pytest
from fakes import Fuse, Killed, World, at, create_request, create_system, dial_in, dial_out, room, wanted

from tmsba.cms.meeting import LegVariant, Role
from tmsba.cms.model import AccessMethod
from tmsba.cms.wire.errors import BridgeTimeout, RequestRefused
from tmsba.domain.values import BookingMode, Choice, ParticipantKind, SystemCategory

#: More than the launch of a conference with hosts has, requests and notes together.
MOST_STEPS = 40
WAYS = ("access_methods", "create_access_method", "change_access_method", "delete_access_method")


def book(world, **request):
    request = create_request(**{"participants": (room(1), dial_in()), "pin": "2580"} | request)
    mode = BookingMode.STRICT
    return world.booking.save_conference(world.administrator, world.client, request, mode).conference


def update(world, conference, **request):
    kept = {"id": conference.id, "start": None, "end": None, "title": None, "participants": None}
    return book(world, **{"pin": None} | kept | request)


@pytest.fixture
def hosted(world):
    """A conference with hosts, from 14 to 15 o'clock."""
    world.set("host_pins", "Yes")
    conference = book(world)
    world.set("host_pins", "No")
    return conference


def host_pin(world, conference):
    return world.store.state.conferences[conference.id].details.host_pin


def ways(world, number=1):
    """The ways of hosts into a space: their PINs, and what their profiles are called."""
    remote = world.remote
    found = remote.room(number).ways.values()
    return [(way.passcode, remote.leg_profiles[way.call_leg_profile_id].name) for way in found]


def asked_about_ways(world):
    return [method for method in world.remote.methods if method in WAYS]


def assert_has_hosts(world, conference, number=1):
    given = world.remote.room(number).settings
    assert world.remote.leg_profiles[given["callLegProfile"]].name == "tmsba role=guest"
    assert ways(world, number) == [(host_pin(world, conference), "tmsba role=host")]
    assert world.remote.room(number).passcode == "2580"


def run_killed(world, fuse):
    world.use_fuse(fuse)
    try:
        world.run_due()
    except Killed:
        pass
    finally:
        world.use_fuse(Fuse())


def test_hosts_and_guests_are_told_apart_by_their_pins(world, hosted):
    world.run_until(at(14))
    assert_has_hosts(world, hosted)
    assert asked_about_ways(world) == ["access_methods", "create_access_method"]


def test_the_end_takes_the_way_of_the_hosts_away(world, hosted):
    world.run_until(at(14))
    world.remote.requests.clear()
    world.run_until(at(15))
    assert (world.remote.room(1).ways, world.remote.room(1).settings) == ({}, {})
    assert asked_about_ways(world) == ["access_methods", "delete_access_method"]


def test_a_conference_without_hosts_is_not_asked_about_ways(world):
    book(world)
    world.run_until(at(16))
    assert asked_about_ways(world) == []


def test_the_next_conference_has_hosts_of_its_own_or_none(world, hosted):
    book(world, start=at(15), end=at(16))
    world.set("host_pins", "Yes")
    third = book(world, start=at(16), end=at(17))
    world.run_until(at(15, 1))
    assert world.remote.room(1).ways == {}
    world.run_until(at(16, 1))
    assert_has_hosts(world, third)
    # The profiles are made once.
    assert len(world.remote.leg_profiles) == 2


def test_both_kinds_are_encrypted_as_booked(world):
    world.set("host_pins", "Yes")
    book(world, encryption=Choice.YES)
    world.run_until(at(14))
    names = {profile.name for profile in world.remote.leg_profiles.values()}
    assert names == {"tmsba encryption=required role=guest", "tmsba encryption=required role=host"}


def test_a_new_pin_of_a_conference_that_goes_on_reaches_its_space(world, hosted):
    world.run_until(at(14))
    before = host_pin(world, hosted)
    changed = update(world, hosted, pin=before)
    world.run_until(at(14, 1))
    assert changed.details.host_pin not in (before, "2580", "")
    assert world.remote.room(1).passcode == before
    assert [pin for pin, _ in ways(world)] == [changed.details.host_pin]
    assert asked_about_ways(world)[-1] == "change_access_method"


def test_a_change_that_is_not_about_pins_changes_no_way(world, hosted):
    world.run_until(at(14))
    world.remote.requests.clear()
    update(world, hosted, title="Later")
    world.run_until(at(14, 1))
    assert asked_about_ways(world) == ["access_methods"]
    assert_has_hosts(world, hosted)


def test_what_was_left_is_used_again_and_others_stay(world, hosted):
    theirs = AccessMethod(id="theirs", uri="stage", call_id="77", passcode="1")
    left = [AccessMethod(id=one, uri="1", call_id="1", passcode=one) for one in ("31", "32")]
    world.remote.room(1).ways = {one.id: one for one in (theirs, *left)}
    world.run_until(at(14))
    assert set(world.remote.room(1).ways) == {"theirs", "31"}
    assert world.remote.room(1).ways["31"].passcode == host_pin(world, hosted)
    world.run_until(at(15))
    assert world.remote.room(1).ways == {"theirs": theirs}


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, MOST_STEPS))
def test_a_launch_that_died_anywhere_is_made_good_for(world, hosted, step, is_after):
    world.clock.now = at(14)
    run_killed(world, Fuse(at=step, is_after=is_after))
    world.run_until(at(14, 2))
    assert_has_hosts(world, hosted)
    assert len(world.remote.leg_profiles) == 2
    world.run_until(at(15, 5))
    assert (world.remote.room(1).ways, world.remote.room(1).settings) == ({}, {})


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, MOST_STEPS))
def test_an_end_that_died_anywhere_is_made_good_for(world, hosted, step, is_after):
    world.run_until(at(14))
    world.clock.now = at(15)
    run_killed(world, Fuse(at=step, is_after=is_after))
    world.run_until(at(15, 5))
    assert not world.remote.room(1).is_open
    assert (world.remote.room(1).ways, world.remote.room(1).settings) == ({}, {})


def test_the_tables_above_reach_every_step(world, hosted):
    for moment in (at(14), at(15)):
        world.clock.now = moment
        fuse = Fuse()
        world.use_fuse(fuse)
        world.run_due()
        assert fuse.steps < MOST_STEPS


def test_a_lost_answer_makes_no_second_way(world, hosted):
    world.clock.now = at(14)
    lost = BridgeTimeout("no answer", is_outcome_unknown=True)

    def lose(method):
        if method == "open_space" and not lose.is_done:
            lose.is_done = True
            raise lost

    lose.is_done = False
    world.remote.before = lose
    world.run_until(at(14, 2))
    assert lose.is_done
    assert_has_hosts(world, hosted)
    assert asked_about_ways(world) == ["access_methods", "create_access_method", "access_methods"]


def test_without_a_way_for_hosts_nobody_is_let_in(world, hosted):
    def refuse(method):
        if method == "create_access_method":
            raise RequestRefused("No such thing.", reasons=("unrecognisedObject",))

    world.remote.before = refuse
    world.run_until(at(14, 1))
    assert not world.remote.room(1).is_open
    assert [ticket.kind for ticket in world.tickets() if ticket.kind == "launch"] == ["launch"]


def test_who_comes_early_comes_as_host_or_guest():
    world = World(is_caring=True)
    world.set("host_pins", "Yes")
    conference = book(world)
    world.set("join_early", "Yes")
    world.run_until(at(13, 56))
    assert_has_hosts(world, conference)
    world.run_until(at(14, 1))
    assert asked_about_ways(world) == ["access_methods", "create_access_method", "access_methods"]


def test_whoever_is_dialled_waits_for_no_host_but_a_recorder_does():
    world = World()
    recording = {"category": SystemCategory.RECORDING, "recording_aliases": ("rec@example.com",)}
    world.add_system(create_system(9, **recording))
    world.set("host_pins", "Yes")
    recorder = replace(wanted(ParticipantKind.SYSTEM, 9), name_or_number="rec@example.com")
    phone = wanted(ParticipantKind.TELEPHONE_OUT, 0, "+4712345678")
    book(world, participants=(room(1), dial_out("a@example.com"), phone, recorder))
    world.run_until(at(14))
    legs = world.remote.leg_options.items()
    waits = {world.remote.legs[leg_id][1]: not options.is_activator for leg_id, options in legs}
    assert waits == {
        "room1@example.com": False,
        "a@example.com": False,
        "+4712345678": False,
        "rec@example.com": True,
    }


def test_without_hosts_nobody_is_dialled_differently(world):
    book(world)
    world.run_until(at(14))
    assert not any(options.is_activator for options in world.remote.leg_options.values())


@pytest.mark.parametrize(
    ("role", "rights"),
    [
        (
            Role.HOST,
            {
                "needsActivation": "false",
                "endCallAllowed": "true",
                "muteOthersAllowed": "true",
                "videoMuteOthersAllowed": "true",
            },
        ),
        (Role.GUEST, {"needsActivation": "true"}),
    ],
)
def test_profiles_say_what_hosts_and_guests_may(role, rights):
    assert LegVariant(role=role).fields() == {"name": f"tmsba role={role}", **rights}
