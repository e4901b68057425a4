"""Bridges with room for so many participants at the same time."""

from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import HOUR, World, at, create_request, dial_in, dial_out, room, wanted
from test_booking_saving import FORCED, STRICT, refused, save, update

from tmsba.booking.change.extending import extend
from tmsba.domain.conference.request import Override, OverrideKind
from tmsba.domain.errors import NotEnoughBridgeResources
from tmsba.domain.time.recurrence import Frequency, RecurrencePattern, SeriesEnd
from tmsba.domain.values import ParticipantKind, StoredState

DAY = timedelta(days=1)


def guests(count):
    return tuple(dial_in() for _ in range(count))


@pytest.fixture
def world():
    """One bridge with three numbers and room for 10 participants."""
    return limited(World())


def limited(world, limit=10, bridge_id=1):
    world.store.prepare(
        lambda uow: uow.bridges.change(replace(uow.bridges.get(bridge_id), max_participants=limit))
    )
    return world


def test_a_conference_that_fills_the_bridge_is_booked_and_one_more_participant_is_not(world):
    save(world, participants=guests(6))
    message = refused(world, NotEnoughBridgeResources, participants=guests(5))
    assert "Bridge 'bridge1' takes up to 10 participants at the same time" in message
    assert "with this conference there would be 11." in message
    assert save(world, participants=guests(4)).route.number == 2


def test_systems_dial_ins_and_dial_outs_count_and_the_master_once(world):
    master = wanted(ParticipantKind.MASTER, 1)
    people = (room(1), room(2), master, dial_in(), dial_out("a@example.com"))
    save(world, participants=people)
    refused(world, NotEnoughBridgeResources, participants=guests(7))
    save(world, participants=guests(6))


def test_conferences_one_after_the_other_share_the_room(world):
    for hour in (14, 15, 16):
        save(world, start=at(hour), end=at(hour + 1), participants=guests(9))
    save(world, start=at(14), end=at(17), participants=guests(1))
    refused(world, NotEnoughBridgeResources, start=at(16, 30), end=at(18), participants=guests(1))


@pytest.mark.parametrize("end", ["delete_conference", "external"])
def test_room_is_given_back(world, end):
    first = save(world, participants=guests(6))
    if end == "external":
        update(world, first, external_dial_string="host@example.org")
    else:
        world.booking.delete_conference(world.caller, world.client, first.id)
    save(world, participants=guests(10))


def test_a_conference_at_an_external_host_takes_no_room(world):
    save(world, participants=guests(50), external_dial_string="host@example.org")
    save(world, participants=guests(10))


def test_a_bridge_with_room_is_taken_instead_of_a_full_one():
    world = limited(World(bridges=2))
    save(world, participants=guests(8))
    save(world, participants=guests(1))
    # Both have one conference: the first one would be chosen if it had room.
    assert save(world, participants=guests(3)).route.bridge_id == 2


def test_forced_without_room_is_defective_and_holds_nothing(world):
    save(world, participants=guests(6))
    forced = save(world, participants=guests(5), mode=FORCED)
    assert (forced.state, forced.route) == (StoredState.DEFECTIVE_ROUTE, None)
    save(world, participants=guests(4))


def test_several_conferences_of_one_call_are_counted_together(world):
    requests = [create_request(participants=guests(6)), create_request(participants=guests(5))]
    with pytest.raises(NotEnoughBridgeResources):
        world.booking.save_conferences(world.caller, world.client, requests, STRICT)
    assert not world.store.state.conferences


# ---------------------------------------------------------------- updates


def test_a_conference_keeps_its_number_while_there_is_room(world):
    save(world, participants=guests(2))
    second = save(world, participants=guests(2))
    grown = update(world, second, participants=guests(8))
    assert grown.route == second.route
    refused_update(world, grown, participants=guests(9))


def refused_update(world, conference, **request):
    kept = {"id": conference.id, "start": None, "end": None, "title": None}
    return refused(world, NotEnoughBridgeResources, **(kept | request))


def test_a_conference_that_outgrows_its_bridge_moves_to_another_one():
    world = limited(limited(World(bridges=2)), 20, 2)
    save(world, start=at(14), end=at(15), participants=guests(8))
    first = save(world, participants=guests(4))
    moved = update(world, first, participants=guests(12))
    assert (first.route.bridge_id, moved.route.bridge_id) == (1, 2)


def test_a_longer_conference_needs_room_for_the_added_time_too(world):
    first = save(world, participants=guests(6))
    save(world, start=at(15), end=at(16), participants=guests(6))
    refused_update(world, first, end=at(15, 30))
    assert update(world, first, start=at(14, 15), participants=guests(5)).route == first.route


def test_what_is_booked_stays_when_the_limit_is_lowered(world):
    booked = save(world, participants=guests(6))
    limited(world, 3)
    assert update(world, booked, title="Another").route == booked.route
    fewer = update(world, booked, participants=guests(5))
    assert fewer.route == booked.route
    refused_update(world, fewer, participants=guests(6))


# ---------------------------------------------------------------- ongoing


def test_an_ongoing_conference_gets_no_more_participants_than_there_is_room_for(world):
    ongoing = save(world, participants=guests(4))
    save(world, participants=guests(3))
    world.clock.now = at(14, 10)
    for mode in (STRICT, FORCED):
        message = refused_update(world, ongoing, participants=guests(8), mode=mode)
        assert message.startswith("Bridge 'bridge1' takes up to 10 participants at the same time, and with")
        assert "those of conference 1 there would be 11." in message
    assert len(world.conference(ongoing.id).participants) == 4
    assert update(world, ongoing, participants=guests(7)).route == ongoing.route


def test_who_has_left_the_bridge_takes_no_room_from_an_ongoing_conference(world):
    save(world, participants=guests(8))
    ongoing = save(world, start=at(14), end=at(17), participants=guests(2))
    world.clock.now = at(14, 30)
    refused_update(world, ongoing, participants=guests(3))
    world.clock.now = at(15)
    grown = update(world, ongoing, participants=guests(10))
    assert grown.route == ongoing.route
    refused(world, NotEnoughBridgeResources, start=at(16), end=at(18), participants=guests(1))


def test_an_ongoing_conference_is_not_moved_to_a_bridge_with_more_room():
    world = limited(World(bridges=2))
    ongoing = save(world, participants=guests(4))
    world.clock.now = at(14, 10)
    refused_update(world, ongoing, participants=guests(11))


def test_a_conference_is_not_extended_onto_a_full_bridge(world):
    ongoing = save(world, participants=guests(6))
    later = save(world, start=at(15), end=at(16), participants=guests(6))
    world.clock.now = at(14, 59)
    with pytest.raises(NotEnoughBridgeResources), world.store.writing() as uow:
        extend(uow, ongoing.id, now=world.clock())
    world.booking.delete_conference(world.caller, world.client, later.id)
    with world.store.writing() as uow:
        assert extend(uow, ongoing.id, now=world.clock()).period.end == at(15, 15)


# ---------------------------------------------------------------- series


def series(world, *, count=3, overrides=None, mode=STRICT, **request):
    pattern = RecurrencePattern(
        frequency=Frequency.DAILY, interval=1, end_type=SeriesEnd.BY_COUNT, occurrences=count
    )
    request = create_request(pattern=pattern, overrides=overrides, **request)
    view = world.booking.save_conference(world.caller, world.client, request, mode)
    return sorted(view.series.occurrences, key=lambda one: one.period.start)


def larger(day, count):
    """One date of the series with more participants."""
    request = replace(create_request(participants=guests(count)), start=None, end=None, title=None)
    return Override(kind=OverrideKind.MODIFY, recurrence_id=at(14) + day * DAY, request=request)


def numbers(occurrences):
    return [one.route and (one.route.bridge_id, one.route.number) for one in occurrences]


def test_a_series_gets_one_number_where_there_is_room_on_all_dates(world):
    save(world, start=at(14) + DAY, end=at(15) + DAY, participants=guests(5))
    assert numbers(series(world, participants=guests(5))) == [(1, 2)] * 3


def test_each_date_of_a_series_counts_with_its_own_participants(world):
    save(world, start=at(14) + DAY, end=at(15) + DAY, participants=guests(5))
    # The largest date is not the busiest: all of them fit, at one number.
    dates = series(world, participants=guests(5), overrides=(larger(2, 10),))
    assert numbers(dates) == [(1, 2)] * 3
    assert [len(one.participants) for one in dates] == [5, 5, 10]


def test_only_the_dates_without_room_are_defective(world):
    save(world, start=at(14) + DAY, end=at(15) + DAY, participants=guests(6))
    dates = series(world, participants=guests(5), mode=FORCED)
    assert [one.state for one in dates] == [
        StoredState.BOOKED,
        StoredState.DEFECTIVE_ROUTE,
        StoredState.BOOKED,
    ]
    with pytest.raises(NotEnoughBridgeResources):
        series(world, participants=guests(1), overrides=(larger(2, 11),))


def test_dates_without_room_go_to_another_bridge():
    world = limited(limited(World(bridges=2)), 5, 2)
    save(world, start=at(14) + DAY, end=at(15) + DAY, participants=guests(8))
    dates = series(world, participants=guests(5), overrides=(larger(2, 7),))
    assert [one[0] for one in numbers(dates)] == [1, 2, 1]


def test_a_series_that_grows_keeps_its_number_where_it_can():
    world = limited(limited(World(bridges=2)), 3, 2)
    dates = series(world, participants=guests(4))
    save(world, start=at(14) + DAY, end=at(15) + DAY, participants=guests(4))
    limited(world, 20, 2)
    request = create_request(id=dates[0].id, start=None, end=None, title=None, participants=guests(8))
    view = world.booking.save_conference(world.caller, world.client, request, STRICT)
    assert [one.route.bridge_id for one in view.series.occurrences] == [1, 2, 1]
    assert [one.id for one in view.series.occurrences] == [one.id for one in dates]
    assert at(14) + HOUR == dates[0].period.end
