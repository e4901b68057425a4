"""A worker may die between any two steps, and a request may take effect although its answer is lost."""

import pytest
from fakes import Fuse, Killed, World, at, create_request, dial_in, dial_out, room
from hypothesis import given, settings
from hypothesis import strategies as st

from tmsba.domain.values import BookingMode, ConferenceType
from tmsba.ports.outbox import JobKind

ADDRESSES = ["a@example.com", "a@example.com", "room1@example.com"]
#: More than a launch or an end has, requests and notes in the store together.
MOST_STEPS = 24


def book(world, conference_type=ConferenceType.AUTOMATIC, **request):
    people = (room(1), dial_out("a@example.com"), dial_out("a@example.com"), dial_in())
    request = create_request(**{"participants": people, "type": conference_type} | request)
    return world.booking.save_conference(world.caller, world.client, request, BookingMode.STRICT).conference


def run_killed(world, fuse):
    """Run all that is due; whether the worker died at the fuse."""
    world.use_fuse(fuse)
    try:
        world.run_due()
    except Killed:
        return True
    finally:
        world.use_fuse(Fuse())
    return False


def assert_open(world, dialled, number=1):
    assert world.remote.room(number).is_open
    assert len(world.remote.calls_in(number)) == 1
    assert world.remote.dialled(number) == dialled


def assert_closed(world, number=1):
    assert not world.remote.room(number).is_open
    assert world.remote.calls_in(number) == []
    assert world.remote.legs == {}


def crashes():
    steps = st.integers(1, MOST_STEPS)
    return st.builds(Fuse, at=steps, is_after=st.booleans())


def dialled_in(conference_type):
    dialled = {ConferenceType.AUTOMATIC: ADDRESSES, ConferenceType.ONE_BUTTON_TO_PUSH: ADDRESSES[:2]}
    return dialled.get(conference_type, [])


TYPES = st.sampled_from([ConferenceType.AUTOMATIC, ConferenceType.ONE_BUTTON_TO_PUSH, ConferenceType.MANUAL])
SPELLINGS = st.sampled_from([str, lambda a: f"sip:{a}", str.upper])


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, MOST_STEPS))
def test_a_launch_that_died_anywhere_is_made_good_for(world, step, is_after):
    book(world)
    world.clock.now = at(14)
    run_killed(world, Fuse(at=step, is_after=is_after))
    world.run_until(at(14, 2))
    assert_open(world, ADDRESSES)
    assert [leg.remote_party for leg in world.live.get(1).legs].count("a@example.com") == 2
    world.run_until(at(15))
    assert_closed(world)


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, 10))
def test_an_end_that_died_anywhere_is_made_good_for(world, step, is_after):
    book(world)
    world.run_until(at(14))
    world.clock.now = at(15)
    run_killed(world, Fuse(at=step, is_after=is_after))
    world.run_until(at(15, 2))
    assert_closed(world)
    assert world.live.get(1).closed_at


def test_the_tables_above_reach_every_step(world):
    book(world)
    world.clock.now = at(14)
    fuse = Fuse()
    world.use_fuse(fuse)
    world.run_due()
    assert fuse.steps < MOST_STEPS
    world.clock.now = at(15)
    ending = Fuse()
    world.use_fuse(ending)
    world.run_due()
    assert ending.steps < 10


@settings(max_examples=60, deadline=None)
@given(st.lists(crashes(), max_size=4), TYPES, SPELLINGS)
def test_however_often_a_launch_dies_there_is_one_call_and_one_leg_each(fuses, conference_type, spell):
    world = World()
    world.remote.spell = spell
    book(world, conference_type)
    world.clock.now = at(14)
    for fuse in fuses:
        run_killed(world, fuse)
        world.clock.advance(world.lease_duration)
    world.run_until(at(14, 10))
    assert_open(world, dialled_in(conference_type))


@settings(max_examples=60, deadline=None)
@given(crashes(), crashes(), st.sampled_from([at(14), at(14, 20), at(15)]))
def test_a_launch_that_died_and_an_end_that_died_leave_the_space_closed(launching, ending, moment):
    world = World()
    conference = book(world)
    world.clock.now = at(14)
    run_killed(world, launching)
    world.clock.now = moment
    if moment < at(15):
        world.booking.end_conference(world.caller, world.client, conference.id)
    run_killed(world, ending)
    world.run_until(at(15, 5))
    assert_closed(world)
    assert world.wish(conference.id, JobKind.LAUNCH) is world.wish(conference.id, JobKind.END) is None


@settings(max_examples=60, deadline=None)
@given(crashes(), crashes(), st.booleans())
def test_the_next_conference_in_the_space_is_launched_after_any_crash(first, second, is_launched):
    world = World(numbers=1)
    book(world, end=at(15))
    book(world, start=at(15), end=at(16), title="Second")
    world.clock.now = at(14)
    run_killed(world, first)
    if is_launched:
        world.run_until(at(14, 2))
    world.clock.now = at(15)
    run_killed(world, second)
    world.run_until(at(15, 5))
    assert world.remote.room(1).name == "Second"
    assert_open(world, ADDRESSES)
    world.run_until(at(16))
    assert_closed(world)
