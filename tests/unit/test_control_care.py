"""Conferences before their start and while they last."""

from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import World, at, create_request, dial_in, dial_out, room
from hypothesis import given
from hypothesis import strategies as st

from tmsba.booking.change.extending import MOST_EXTENSIONS
from tmsba.cms.meeting import CallOptions
from tmsba.control.care.care import Patience, care_for_legs, due_warning, next_moment, warning_minutes
from tmsba.domain.errors import ConferenceNotActive, DatabaseDown, PermissionMissing, SystemAlreadyBooked
from tmsba.domain.values import BookingMode, ExtendMode, TransactionType
from tmsba.ports.live import LiveConference, LiveLeg
from tmsba.ports.outbox import JobKind

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
PATIENCE = Patience(attempts=3, ringing=timedelta(seconds=60))
PEOPLE = (dial_in(), dial_out("a@example.com"))


@pytest.fixture
def world():
    return World(is_caring=True)


def book(world, **request):
    request = create_request(**{"participants": PEOPLE} | request)
    return world.booking.save_conference(
        world.administrator, world.client, request, BookingMode.STRICT
    ).conference


def asked(world, method):
    return [argument for name, argument in world.remote.requests if name == method]


# ---------------------------------------------------------------- coming early


def test_a_space_opens_five_minutes_early_and_nobody_is_dialled_before_the_start(world):
    book(world, title="Board")
    world.run_until(at(13, 54))
    assert not world.remote.room(1).is_open
    world.run_until(at(13, 55))
    space = world.remote.room(1)
    assert (space.is_open, space.name) == (True, "Board")
    assert world.remote.calls_in(1) == []
    world.run_until(at(14))
    assert world.remote.dialled(1) == ["a@example.com"]


def test_no_space_opens_early_where_the_administrator_does_not_want_that(world):
    world.set("join_early", "No")
    book(world)
    world.run_until(at(13, 59))
    assert world.remote.requests == []


def test_a_space_that_another_conference_holds_does_not_open_early(world):
    book(world, start=at(13), end=at(13, 58), participants=PEOPLE, title="First")
    second = book(world, title="Second")
    assert second.route.number == 1
    world.run_until(at(13, 57))
    assert world.remote.room(1).name == "First"
    world.run_until(at(14))
    assert world.remote.room(1).name == "Second"


def test_a_bridge_that_is_down_before_the_start_is_tried_again_at_the_start(world):
    book(world)
    world.remote.is_down = True
    world.run_until(at(13, 59))
    world.remote.is_down = False
    world.run_until(at(14))
    assert world.remote.dialled(1) == ["a@example.com"]
    assert not [ticket for ticket in world.tickets() if ticket.subject.startswith("conference")]


def test_a_conference_that_is_deleted_while_its_space_is_open_early_is_closed(world):
    conference = book(world)
    world.run_until(at(13, 56))
    world.booking.delete_conference(world.administrator, world.client, conference.id)
    world.run_until(at(13, 57))
    assert not world.remote.room(1).is_open


def test_a_conference_that_is_moved_away_while_its_space_is_open_early_is_closed(world):
    conference = book(world)
    world.run_until(at(13, 56))
    book(world, id=conference.id, start=at(18), end=at(19))
    world.run_until(at(14, 1))
    assert not world.remote.room(1).is_open
    world.run_until(at(18))
    assert world.remote.dialled(1) == ["a@example.com"]


# ---------------------------------------------------------------- dialling again


def test_who_does_not_answer_is_dialled_three_times(world):
    world.remote.answers = lambda address: False
    conference = book(world)
    world.run_until(at(14, 10))
    assert asked(world, "create_call_leg") == ["a@example.com"] * 3
    assert world.remote.dialled(1) == []
    assert world.live.get(conference.id).legs[0].call_leg_id == ""


def test_who_answers_the_second_time_is_left_alone(world):
    world.remote.answers = lambda address: len(asked(world, "create_call_leg")) > 1
    book(world)
    world.run_until(at(14, 30))
    assert asked(world, "create_call_leg") == ["a@example.com"] * 2
    assert world.remote.dialled(1) == ["a@example.com"]


def test_who_was_in_the_conference_and_hung_up_is_not_dialled_again(world):
    book(world)
    world.run_until(at(14, 5))
    world.remote.legs.clear()
    world.run_until(at(14, 10))
    assert asked(world, "create_call_leg") == ["a@example.com"]


def test_a_call_that_is_lost_is_started_again_and_everybody_dialled(world):
    book(world)
    world.run_until(at(14, 5))
    world.remote.live_calls.clear()
    world.remote.legs.clear()
    world.remote.uptime = timedelta(seconds=10)
    world.run_until(at(14, 6))
    assert world.remote.dialled(1) == ["a@example.com"]


def end_call(world):
    book(world)
    world.run_until(at(14, 5))
    world.remote.live_calls.clear()
    world.remote.legs.clear()
    world.remote.uptime = timedelta(days=3)


def test_a_call_that_somebody_ended_stays_ended_and_the_space_open(world):
    end_call(world)
    world.run_until(at(14, 30))
    assert asked(world, "create_call_leg") == ["a@example.com"]
    assert world.remote.live_calls == {}
    assert world.remote.room(1).is_open
    world.run_until(at(15, 1))
    assert not world.remote.room(1).is_open


def test_a_call_that_somebody_ended_stays_ended_when_the_bridge_restarts_after_that(world):
    end_call(world)
    world.run_until(at(14, 30))
    world.remote.uptime = timedelta(seconds=10)
    world.run_until(at(14, 40))
    assert world.remote.live_calls == {}


def test_whoever_comes_back_into_the_open_space_goes_on_alone(world):
    end_call(world)
    world.run_until(at(14, 10))
    world.remote.live_calls["back"] = "cospace-1"
    world.run_until(at(14, 20))
    [noted] = world.live.open_on_bridge(1)
    assert (noted.call_id, noted.is_call_ended) == ("back", False)
    assert asked(world, "create_call_leg") == ["a@example.com"]


def test_a_call_that_somebody_began_by_coming_back_is_muted_as_set(world):
    world.set("mute_on_joining", "Yes")
    end_call(world)
    world.run_until(at(14, 10))
    world.remote.live_calls["back"] = "cospace-1"
    world.run_until(at(14, 20))
    assert world.remote.call_options["back"] == CallOptions(is_joining_muted=True)


def test_an_ended_call_is_started_again_where_the_setting_says_so(world):
    world.set("reconnect_ended_calls", "Yes")
    end_call(world)
    world.run_until(at(14, 6))
    assert world.remote.dialled(1) == ["a@example.com"]


def test_an_open_conference_is_looked_at_in_one_request(world):
    book(world)
    world.run_until(at(14, 5))
    world.remote.requests.clear()
    world.run_until(at(14, 6))
    assert world.remote.methods == ["legs_of_call"] * 2


def test_nothing_is_looked_at_after_the_end(world):
    book(world)
    world.run_until(at(15, 1))
    world.remote.requests.clear()
    world.run_until(at(16))
    assert world.remote.requests == []
    assert not world.remote.room(1).is_open


def test_a_look_that_the_store_breaks_off_is_repeated(world):
    book(world)
    world.run_until(at(14, 5))
    world.remote.before = lambda method: _raise(world)
    world.run_until(at(14, 6))
    assert world.remote.dialled(1) == ["a@example.com"]
    assert asked(world, "legs_of_call")[-1]


def _raise(world):
    world.remote.before = None
    raise DatabaseDown


# ---------------------------------------------------------------- the end is near


def test_participants_see_how_many_minutes_are_left(world):
    world.set("contact_information", "Call 1234 to extend it.")
    book(world)
    world.run_until(at(14, 54))
    assert world.remote.messages == []
    world.run_until(at(15))
    assert [text for _, text in world.remote.messages] == [
        "Scheduled meeting ends in 5 minutes. Call 1234 to extend it.",
        "Scheduled meeting ends in 1 minute. Call 1234 to extend it.",
    ]


@pytest.mark.parametrize(("name", "value"), [("show_end_warnings", "No"), ("warning_minutes", "")])
def test_no_warning_is_shown_where_the_administrator_wants_none(world, name, value):
    world.set(name, value)
    book(world)
    world.run_until(at(15))
    assert world.remote.messages == []


def test_a_conference_that_is_extended_is_warned_about_its_new_end(world):
    conference = book(world)
    world.run_until(at(14, 56))
    book(world, id=conference.id, start=None, end=at(15, 30), participants=None)
    world.run_until(at(15, 30))
    assert [text.split()[4] for _, text in world.remote.messages] == ["5", "5", "1"]


def test_a_conference_in_use_is_extended_by_a_quarter_of_an_hour(world):
    conference = book(world, extend_mode=ExtendMode.AUTOMATIC_BEST_EFFORT)
    world.run_until(at(14, 59) + 30 * SECOND)
    extended = world.conference(conference.id)
    assert extended.period.end == at(15, 15)
    assert world.wish(conference.id, JobKind.END) == at(15, 15)
    log = [(t.conference_id, t.type) for t in world.store.state.transactions.values()]
    assert log == [(conference.id, TransactionType.NEW), (conference.id, TransactionType.UPDATED)]


def test_a_change_after_an_extension_does_not_end_the_conference(world):
    conference = book(world, extend_mode=ExtendMode.AUTOMATIC_BEST_EFFORT)
    world.run_until(at(15, 5))
    kept = {"start": None, "end": None, "participants": None}
    book(world, id=conference.id, title="Longer", **kept)
    world.run_until(at(15, 10))
    assert (world.remote.room(1).is_open, world.remote.room(1).name) == (True, "Longer")
    assert world.conference(conference.id).period.end == at(15, 15)


def test_a_conference_that_nobody_uses_is_not_extended(world):
    world.remote.answers = lambda address: False
    conference = book(world, extend_mode=ExtendMode.AUTOMATIC_BEST_EFFORT)
    world.run_until(at(15, 10))
    assert world.conference(conference.id).period.end == at(15)
    assert not world.remote.room(1).is_open


def test_who_dials_in_keeps_a_conference_in_use(world):
    conference = book(world, participants=(dial_in(),), extend_mode=ExtendMode.AUTOMATIC_BEST_EFFORT)
    world.run_until(at(14, 10))
    world.remote.join(1)
    world.run_until(at(15, 10))
    assert world.conference(conference.id).period.end == at(15, 15)


def test_a_conference_is_not_extended_into_another_one(world):
    conference = book(world, participants=(room(1), dial_in()), extend_mode=ExtendMode.AUTOMATIC_BEST_EFFORT)
    book(world, participants=(room(1),), start=at(15, 10), end=at(16))
    world.run_until(at(15, 1))
    assert world.conference(conference.id).period.end == at(15)
    assert not world.remote.room(1).is_open


def test_a_conference_is_extended_sixteen_times_at_most(world):
    conference = book(world, extend_mode=ExtendMode.AUTOMATIC_BEST_EFFORT)
    world.run_until(at(20))
    assert world.conference(conference.id).period.end == at(15) + MOST_EXTENSIONS * 15 * MINUTE
    assert not world.remote.room(1).is_open


def test_a_conference_without_that_mode_is_not_extended(world):
    conference = book(world)
    world.run_until(at(15, 1))
    assert world.conference(conference.id).period.end == at(15)


# ---------------------------------------------------------------- the decisions

LEG = LiveLeg(remote_party="a@example.com", call_leg_id="leg-1", dialled_at=at(14))


@pytest.mark.parametrize("state", ["connected", "onHold", None])
def test_a_leg_that_is_connected_stays(state):
    care = care_for_legs([LEG], {"leg-1": state}, at(15), PATIENCE)
    assert care.legs == (replace(LEG, is_connected=True),)
    assert not care.redial
    assert not care.hang_up


def test_a_leg_that_rings_is_given_time():
    assert care_for_legs([LEG], {"leg-1": "ringing"}, at(14) + 59 * SECOND, PATIENCE).redial == ()
    care = care_for_legs([LEG], {"leg-1": "ringing"}, at(14) + 60 * SECOND, PATIENCE)
    assert (care.redial, [leg.call_leg_id for leg in care.hang_up]) == ((0,), ["leg-1"])


def test_after_the_last_try_nobody_is_dialled():
    last = replace(LEG, attempts=3)
    care = care_for_legs([last], {}, at(14, 5), PATIENCE)
    assert (care.redial, care.given_up) == ((), (0,))
    assert care_for_legs(care.legs, {}, at(14, 6), PATIENCE).given_up == ()


@given(
    st.lists(st.tuples(st.booleans(), st.integers(1, 4), st.booleans()), max_size=5),
    st.sets(st.integers(0, 4)),
    st.sampled_from([None, "ringing", "connected"]),
)
def test_nobody_who_is_in_the_conference_or_was_in_it_is_hung_up_or_dialled(legs, there, state):
    noted = [
        LiveLeg(
            remote_party=f"{i}@example.com",
            call_leg_id=f"leg-{i}" if has_id else "",
            dialled_at=at(14),
            attempts=attempts,
            is_connected=was_connected,
        )
        for i, (has_id, attempts, was_connected) in enumerate(legs)
    ]
    care = care_for_legs(noted, {f"leg-{i}": state for i in there}, at(15), PATIENCE)
    assert len(care.legs) == len(noted)
    touched = {noted[place].call_leg_id for place in care.redial} | {leg.call_leg_id for leg in care.hang_up}
    for leg in care.legs:
        assert not (leg.is_connected and leg.call_leg_id in touched)
    assert all(noted[place].attempts < PATIENCE.attempts for place in care.redial)


def test_minutes_are_read_as_administrators_write_them():
    assert warning_minutes("1,5") == (1, 5)
    assert warning_minutes(" 10; 5 x,5,0") == (5, 10)
    assert warning_minutes("") == ()


def test_of_two_warnings_that_are_late_only_the_last_one_is_shown():
    noted = LiveConference(conference_id=1, bridge_id=1, space_id=1, opened_at=at(14))
    assert due_warning([1, 5], noted, at(15), at(14, 59)) == 1
    warned = replace(noted, warned_at=at(14, 59))
    assert due_warning([1, 5], warned, at(15), at(14, 59) + 30 * SECOND) is None


def test_a_conference_that_opened_late_is_not_told_of_minutes_that_have_passed():
    noted = LiveConference(conference_id=1, bridge_id=1, space_id=1, opened_at=at(14, 57))
    assert due_warning([1, 5], noted, at(15), at(14, 58)) is None


def test_the_next_moment_is_a_warning_or_the_last_minute():
    assert next_moment([5], at(15), at(14)) == at(14, 55)
    assert next_moment([5], at(15), at(14, 55)) == at(14, 59)
    assert next_moment([5], at(15), at(14, 59)) == at(15)


# ---------------------------------------------------------------- extending by hand


def test_an_operator_extends_an_ongoing_conference_as_far_as_all_is_free(world):
    booked = book(world, participants=(room(1), room(2)))
    book(world, participants=(room(2), room(3)), start=at(15, 30), end=at(16))
    world.run_until(at(14, 30))
    assert world.booking.extend(world.administrator, booked.id, 20 * MINUTE) == at(15, 20)
    assert world.audited()[-1] == (
        world.administrator.user.name,
        "conference.extended",
        f"conference {booked.id}",
    )
    with pytest.raises(SystemAlreadyBooked):
        world.booking.extend(world.administrator, booked.id, 20 * MINUTE)
    with pytest.raises(PermissionMissing):
        world.booking.extend(world.other, booked.id, MINUTE)
    assert world.conference(booked.id).period.end == at(15, 20)
    world.run_until(at(15, 21))
    assert not world.remote.room(1).is_open
    with pytest.raises(ConferenceNotActive, match="can be extended"):
        world.booking.extend(world.administrator, booked.id, MINUTE)
