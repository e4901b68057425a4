"""What a space and a call are given for conferences that differ from others, through trouble and crashes."""

from dataclasses import replace

import pytest
from fakes import Fuse, Killed, World, at, create_request, dial_in, dial_out, room
from hypothesis import given, settings
from hypothesis import strategies as st

from tmsba.cms.meeting import CallOptions, Encryption, LegVariant
from tmsba.cms.wire.errors import RequestRefused
from tmsba.control.bridge.bridge_profiles import remove_orphans
from tmsba.domain.values import Bandwidth, BookingMode, Choice, ConferenceType, PictureMode
from tmsba.ports.outbox import JobKind

VARIANT = "tmsba encryption=required"
#: More than the launch of a conference that differs in everything has, requests and notes together.
MOST_STEPS = 40


def book(world, **request):
    people = (room(1), dial_out("a@example.com"), dial_in())
    request = create_request(**{"participants": people} | request)
    mode = BookingMode.STRICT
    return world.booking.save_conference(world.administrator, world.client, request, mode).conference


def book_different(world, **request):
    different = {
        "picture_mode": PictureMode.VOICE_SWITCHED,
        "encryption": Choice.YES,
        "is_recording_enabled": True,
    }
    world.set("record_on_bridge", "Yes")
    return book(world, **different | request)


def update(world, conference, **request):
    kept = {"id": conference.id, "start": None, "end": None, "title": None, "participants": None}
    book(world, **kept | request)
    world.run_until(world.clock.now)


def assert_held_differently(world, number=1):
    given = world.remote.room(number).settings
    assert given["defaultLayout"] == "speakerOnly"
    assert world.remote.leg_profiles[given["callLegProfile"]].name == VARIANT
    assert world.remote.call_profile_modes[given["callProfile"]] == "automatic"


def run_killed(world, fuse):
    world.use_fuse(fuse)
    try:
        world.run_due()
    except Killed:
        pass
    finally:
        world.use_fuse(Fuse())


# ---------------------------------------------------------------- profiles


def test_a_profile_that_is_noted_costs_no_request(world):
    book_different(world)
    world.run_until(at(15))
    world.remote.requests.clear()
    book_different(world, start=at(15, 30), end=at(16))
    world.run_until(at(15, 45))
    assert_held_differently(world)
    assert not any("profile" in method for method in world.remote.methods)


@pytest.mark.parametrize("kind", ["call_leg_profile", "call_profile"])
def test_of_two_profiles_that_workers_make_at_once_one_is_kept(world, kind):
    conference = book_different(world)
    names = {"call_leg_profile": VARIANT, "call_profile": "tmsba recording"}

    def overtake(method):
        if method == f"create_{kind}":
            world.remote.before = None
            theirs = getattr(world.remote, method)(**_as_ours(kind))
            world.store.prepare(lambda uow: uow.bridges.note_profile(1, names[kind], theirs))

    world.remote.before = overtake
    world.run_until(at(14))
    assert_held_differently(world)
    assert len(world.remote.leg_profiles) == len(world.remote.call_profile_modes) == 1
    assert world.live.get(conference.id).opened_at


def _as_ours(kind):
    if kind == "call_profile":
        return {"is_recording": True}
    return {"variant": LegVariant(encryption=Encryption.REQUIRED)}


def test_a_usual_profile_that_somebody_removed_does_not_keep_a_space_open(world, logs):
    conference = book_different(world)
    world.run_until(at(14))
    preparation = world.store.state.preparations[1]
    gone = {"call_profile_id": "gone", "call_leg_profile_id": "gone"}
    world.store.prepare(lambda uow: uow.bridges.set_preparation(1, replace(preparation, **gone)))
    world.run_until(at(15))
    assert not world.remote.room(1).is_open
    assert world.remote.room(1).settings == {}
    assert world.live.get(conference.id).closed_at == at(15)
    assert "usual_profiles_missing" in [entry["event"] for entry in logs]


def test_an_orphan_is_removed_when_the_bridge_is_set_up_again(world):
    book_different(world)
    world.run_until(at(14))
    orphan = world.remote.create_call_leg_profile(LegVariant(encryption=Encryption.PROHIBITED))
    theirs = world.remote.create_call_leg_profile()
    noted = world.store.state.profiles[1, VARIANT]
    remove_orphans(world.remote, [])
    # What is used stays, noted or not; so does what is not ours.
    assert set(world.remote.leg_profiles) == {noted, theirs}
    assert orphan not in world.remote.leg_profiles


def refusing(method, times=1):
    """Refuse a request as a bridge does that does not know one of its fields."""

    def refuse(seen):
        nonlocal times
        if seen == method and times:
            times -= 1
            raise RequestRefused("No such parameter.", reasons=("parameterError",))

    return refuse


def test_a_bridge_that_does_not_know_the_layout_holds_the_conference_in_its_own(world, logs):
    book_different(world)
    world.remote.before = refusing("open_space")
    world.run_until(at(14))
    given = world.remote.room(1).settings
    assert set(given) == {"callLegProfile", "callProfile"}
    assert world.remote.dialled(1) == ["a@example.com", "room1@example.com"]
    assert "layout_not_given" in [entry["event"] for entry in logs]
    world.remote.before = refusing("close_space")
    world.run_until(at(15))
    assert not world.remote.room(1).is_open
    assert world.remote.room(1).settings == {}


@pytest.mark.parametrize(
    ("encryption", "names"), [(Choice.YES, [VARIANT]), (Choice.IF_POSSIBLE, [])], ids=["secure", "plain"]
)
def test_a_bridge_that_cannot_limit_the_quality_keeps_to_the_encryption(world, encryption, names):
    book(world, encryption=encryption, ip_bandwidth=Bandwidth.KBPS_512)
    world.remote.before = refusing("create_call_leg_profile")
    world.run_until(at(14))
    assert [profile.name for profile in world.remote.leg_profiles.values()] == names
    assert world.remote.dialled(1) == ["a@example.com", "room1@example.com"]


def test_what_a_bridge_refused_once_is_not_tried_with_the_next_conference(world):
    modes = {"picture_mode": PictureMode.VOICE_SWITCHED, "ip_bandwidth": Bandwidth.KBPS_512}
    for start in (at(14), at(15)):
        book(world, start=start, end=start.replace(minute=30), participants=(dial_in(),), **modes)
    world.remote.before = refusing("create_call_leg_profile", times=1000)
    refused = []
    known = world.remote.open_space

    def open_space(space_id, *, settings, **given):
        if settings.default_layout:
            refused.append(space_id)
            raise RequestRefused("No such parameter.", reasons=("parameterError",))
        known(space_id, settings=settings, **given)

    world.remote.open_space = open_space
    world.run_until(at(16))
    assert len(refused) == 1
    assert world.remote.methods.count("call_leg_profiles") == 1
    assert world.remote.methods.count("open_space") == 2


def test_a_conference_that_must_be_encrypted_does_not_start_without_it(world):
    book(world, encryption=Choice.YES)
    world.remote.before = refusing("create_call_leg_profile", times=1000)
    world.run_until(at(14, 1))
    assert not world.remote.room(1).is_open
    assert [ticket.kind for ticket in world.tickets() if ticket.kind == "launch"] == ["launch"]


# ---------------------------------------------------------------- before the start


def test_who_comes_early_gets_what_was_booked():
    world = World(is_caring=True)
    conference = book_different(world)
    world.set("join_early", "Yes")
    world.run_until(at(13, 56))
    assert_held_differently(world)
    world.booking.delete_conference(world.administrator, world.client, conference.id)
    world.run_until(at(13, 57))
    assert world.remote.room(1).settings == {}


def test_a_call_that_somebody_started_early_is_muted_and_locked_as_set():
    world = World(is_caring=True)
    world.set("join_early", "Yes")
    world.set("mute_on_joining", "yes")
    world.set("lock_conferences", "yes")
    book(world)
    world.run_until(at(13, 56))
    world.remote.live_calls["early"] = "cospace-1"
    world.run_until(at(14))
    assert world.remote.calls_in(1) == ["early"]
    assert world.remote.call_options["early"] == CallOptions(is_joining_muted=True, is_locked=True)


def test_a_call_that_goes_on_is_not_locked_again(world):
    world.set("lock_conferences", "yes")
    conference = book(world)
    world.run_until(at(14))
    world.remote.requests.clear()
    update(world, conference, title="Other")
    assert "change_call" not in world.remote.methods


# ---------------------------------------------------------------- while it lasts


def test_who_is_dialled_again_gets_the_same_bandwidth():
    world = World(is_caring=True)
    world.remote.answers = lambda address: address != "a@example.com"
    book(world, ip_bandwidth=Bandwidth.KBPS_512)
    world.run_until(at(14, 5))
    tries = [leg for leg, options in world.remote.leg_options.items() if options.bandwidth_bps == 512_000]
    assert world.remote.requests.count(("create_call_leg", "a@example.com")) == 3
    assert len(tries) == 4


def test_a_layout_that_changes_is_told_once(world):
    conference = book(world)
    world.run_until(at(14))
    update(world, conference, picture_mode=PictureMode.VOICE_SWITCHED)
    update(world, conference, title="Other")
    update(world, conference, picture_mode=PictureMode.CONTINUOUS_PRESENCE)
    [call_id] = world.remote.calls_in(1)
    assert world.remote.layouts == [(call_id, "speakerOnly"), (call_id, "telepresence")]
    assert world.remote.room(1).settings == {}


def test_a_recording_that_cannot_be_stopped_leaves_the_conference_going(world, logs):
    conference = book_different(world)
    world.run_until(at(14))
    [call_id] = world.remote.calls_in(1)
    world.remote.recorded.add(call_id)

    def refuse(method):
        if method == "set_recorded":
            world.remote.call_profile_modes[""] = "automatic"

    world.remote.before = refuse
    update(world, conference, is_recording_enabled=False)
    assert world.remote.calls_in(1) == [call_id]
    assert "recording_not_switched" in [entry["event"] for entry in logs]
    assert world.wish(conference.id, JobKind.LAUNCH) is None


@pytest.mark.parametrize("kind", [ConferenceType.NO_CONNECT, ConferenceType.MANUAL])
def test_a_new_type_neither_dials_nor_hangs_up(world, kind):
    conference = book(world)
    world.run_until(at(14))
    update(world, conference, type=kind, participants=(room(1), room(2), dial_out("a@example.com")))
    assert world.remote.dialled(1) == ["a@example.com", "room1@example.com"]
    update(world, conference, participants=(room(2), dial_out("a@example.com")))
    assert world.remote.dialled(1) == ["a@example.com"]


# ---------------------------------------------------------------- crashes


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, MOST_STEPS))
def test_a_launch_that_died_anywhere_is_made_good_for(world, step, is_after):
    book_different(world)
    world.clock.now = at(14)
    run_killed(world, Fuse(at=step, is_after=is_after))
    world.run_until(at(14, 2))
    assert_held_differently(world)
    assert len(world.remote.leg_profiles) == len(world.remote.call_profile_modes) == 1
    world.run_until(at(15))
    assert world.remote.room(1).settings == {}


def test_the_table_above_reaches_every_step(world):
    book_different(world)
    world.clock.now = at(14)
    fuse = Fuse()
    world.use_fuse(fuse)
    world.run_due()
    assert fuse.steps < MOST_STEPS


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(PictureMode)),
            st.sampled_from(list(Choice)),
            st.booleans(),
            st.builds(Fuse, at=st.integers(1, MOST_STEPS), is_after=st.booleans()),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_whatever_changes_and_dies_the_next_conference_inherits_nothing(changes):
    world = World(numbers=1)
    world.set("record_on_bridge", "Yes")
    conference = book(world)
    world.clock.now = at(14)
    for mode, encryption, is_recorded, fuse in changes:
        changed = {
            "picture_mode": mode,
            "encryption": encryption,
            "is_recording_enabled": is_recorded,
        }
        kept = {"id": conference.id, "start": None, "end": None, "title": None, "participants": None}
        book(world, **kept | changed)
        run_killed(world, fuse)
        world.clock.advance(world.lease_duration)
    book(world, start=at(15), end=at(16), title="Next")
    world.run_until(at(15, 5))
    assert world.remote.room(1).name == "Next"
    assert world.remote.room(1).settings == {}
    world.remote.requests.clear()
    world.run_until(at(16))
    assert world.remote.room(1).settings == {}
