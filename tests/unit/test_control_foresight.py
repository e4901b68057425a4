"""Conferences to come leave a bridge that cannot take them any more, and no others do."""

from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import World, at, create_request, dial_in, room

from tmsba.control.upkeep.foresight import Foresight
from tmsba.domain.bridge.health import BridgeAddress, BridgeHealth
from tmsba.domain.errors import ConferenceNotFound, ServerBusy
from tmsba.domain.time.recurrence import Frequency, RecurrencePattern, SeriesEnd
from tmsba.domain.values import BookingMode, TransactionType

DAY = timedelta(days=1)


@pytest.fixture
def world():
    """Two bridges with three numbers each, the same in the same domain."""
    return World(bridges=2)


def foresight(world, rerouting=None):
    rerouting = rerouting or world.rerouting
    return Foresight(store=world.store, rerouting=rerouting, clock=world.clock, stop=world.stop)


def book(world, hour=14, days=0, guests=1, **request):
    start = at(hour) + days * DAY
    people = tuple(dial_in() for _ in range(guests))
    request = create_request(
        **{"start": start, "end": start + timedelta(hours=1), "participants": people} | request
    )
    return world.booking.save_conference(world.caller, world.client, request, BookingMode.STRICT).conference


def daily(count):
    return RecurrencePattern(
        frequency=Frequency.DAILY, interval=1, end_type=SeriesEnd.BY_COUNT, occurrences=count
    )


def change(world, bridge_id=1, **changes):
    def work(uow):
        uow.bridges.change(replace(uow.bridges.get(bridge_id), **changes))

    world.store.prepare(work)


def answers(world, bridge_id=1, *, is_reachable):
    health = BridgeHealth(bridge_id=bridge_id, address=BridgeAddress.MAIN, is_reachable=is_reachable)
    world.store.state.healths = world.store.state.healths | {(bridge_id, BridgeAddress.MAIN): health}


def told(logs):
    """What was logged about moves."""
    return [one for one in logs if one["event"] != "client_session"]


def places(world):
    return {one.id: (one.route.bridge_id, one.route.number) for one in world.store.state.conferences.values()}


def on_first(world, *bookings):
    """Make these bookings, all of them on bridge 1."""
    change(world, 2, is_enabled=False)
    made = [book(world, **booking) for booking in bookings]
    change(world, 2, is_enabled=True)
    return made


# ---------------------------------------------------------------- down


def test_what_starts_within_the_hour_leaves_a_bridge_that_is_down_and_the_rest_stays(world, logs):
    on_first(world, {"hour": 14}, {"hour": 15}, {"days": 21})
    answers(world, is_reachable=False)
    foresight(world).look()
    assert places(world) == {1: (2, 1), 2: (1, 1), 3: (1, 1)}
    assert [(one["event"], one["conference_id"], one["cause"]) for one in told(logs)] == [
        ("conference_moved", 1, "down")
    ]
    with world.store.reading() as uow:
        steps = [str(step) for step in uow.conferences.decision(1).steps]
    assert steps[0] == (
        "It had to leave bridge 'bridge1', which did not answer when it was 60 minutes or less to the start."
    )


def test_what_gets_close_leaves_while_the_bridge_stays_down(world):
    on_first(world, {"hour": 16})
    answers(world, is_reachable=False)
    looking = foresight(world)
    looking.look()
    assert places(world) == {1: (1, 1)}
    world.clock.now = at(14, 59)
    looking.look()
    assert places(world) == {1: (1, 1)}
    world.clock.now = at(15)
    looking.look()
    assert places(world) == {1: (2, 1)}


def test_a_bridge_that_recovers_pulls_nothing_back(world):
    on_first(world, {"hour": 14})
    answers(world, is_reachable=False)
    looking = foresight(world)
    looking.look()
    answers(world, is_reachable=True)
    looking.look()
    assert places(world) == {1: (2, 1)}


def test_a_bridge_that_answers_again_loses_nothing(world):
    on_first(world, {"hour": 15})
    answers(world, is_reachable=False)
    looking = foresight(world)
    looking.look()
    answers(world, is_reachable=True)
    world.clock.now = at(14, 30)
    looking.look()
    assert places(world) == {1: (1, 1)}


def test_nothing_goes_from_one_bridge_that_is_down_to_another(world, logs):
    on_first(world, {"hour": 14})
    for bridge_id in (1, 2):
        answers(world, bridge_id, is_reachable=False)
    looking = foresight(world)
    looking.look()
    assert places(world) == {1: (1, 1)}
    assert [one["event"] for one in told(logs)] == ["conference_stays"]
    looking.look()
    assert len(told(logs)) == 1, "nobody tries again while nothing has changed"
    answers(world, 2, is_reachable=True)
    looking.look()
    assert places(world) == {1: (2, 1)}


def test_what_goes_on_stays(world):
    on_first(world, {"hour": 14})
    world.clock.now = at(14)
    answers(world, is_reachable=False)
    foresight(world).look()
    assert places(world) == {1: (1, 1)}


def test_of_a_series_only_the_date_that_gets_close_leaves(world):
    on_first(world, {"pattern": daily(3)})
    answers(world, is_reachable=False)
    foresight(world).look()
    assert places(world) == {1: (2, 1), 2: (1, 1), 3: (1, 1)}


# ---------------------------------------------------------------- disabled


def test_everything_to_come_leaves_a_bridge_that_is_disabled(world):
    on_first(world, {"hour": 14}, {"days": 21}, {"days": 30, "pattern": daily(3)})
    looking = foresight(world)
    looking.look()
    assert {bridge for bridge, _ in places(world).values()} == {1}
    change(world, 1, is_enabled=False)
    looking.look()
    assert {bridge for bridge, _ in places(world).values()} == {2}
    with world.store.reading() as uow:
        assert str(uow.conferences.decision(2).steps[0]) == (
            "It had to leave bridge 'bridge1', which is disabled."
        )


def test_what_may_be_open_already_stays_on_a_disabled_bridge_that_answers(world):
    on_first(world, {"hour": 14})
    world.clock.now = at(13, 55)
    change(world, 1, is_enabled=False)
    foresight(world).look()
    assert places(world) == {1: (1, 1)}
    answers(world, is_reachable=False)
    foresight(world).look()
    assert places(world) == {1: (2, 1)}


def test_what_starts_soon_goes_to_no_bridge_that_is_down_though_it_would_keep_its_number(world):
    world = World(bridges=3)
    change(world, 3, numeric_id_base=100, is_enabled=False)
    on_first(world, {"hour": 14}, {"hour": 17})
    change(world, 3, is_enabled=True)
    answers(world, 2, is_reachable=False)
    change(world, 1, is_enabled=False)
    foresight(world).look()
    assert places(world) == {1: (3, 100), 2: (2, 1)}


def test_a_bridge_that_is_enabled_again_pulls_nothing_back_and_takes_what_was_stranded(world):
    on_first(world, {"hour": 16})
    for bridge_id in (1, 2):
        change(world, bridge_id, is_enabled=False)
    looking = foresight(world)
    looking.look()
    assert places(world) == {1: (1, 1)}
    assert [ticket.kind for ticket in world.tickets()] == ["conferences"]
    change(world, 2, is_enabled=True)
    looking.look()
    assert places(world) == {1: (2, 1)}
    assert world.tickets() == []
    change(world, 1, is_enabled=True)
    looking.look()
    assert places(world) == {1: (2, 1)}


def test_whoever_found_no_place_is_tried_again_after_a_while(world):
    change(world, 2, numeric_id_quantity=1)
    on_first(world, {"hour": 16}, {"hour": 16})
    change(world, 1, is_enabled=False)
    looking = foresight(world)
    looking.look()
    assert sorted(places(world).values()) == [(1, 2), (2, 1)]
    world.booking.delete_conference(world.caller, world.client, 1)
    looking.look()
    assert places(world)[2] == (1, 2)
    world.clock.advance(timedelta(minutes=5))
    looking.look()
    assert places(world)[2] == (2, 1)


def test_very_many_that_find_no_place_are_tried_once_each(world, logs):
    change(world, 1, numeric_id_quantity=120)
    on_first(world, *({"hour": 16} for _ in range(60)))
    for bridge_id in (1, 2):
        change(world, bridge_id, is_enabled=False)
    foresight(world).look()
    assert [one["event"] for one in told(logs)] == ["conference_stays"] * 60


def test_who_asks_to_stop_is_heard_between_two_moves(world):
    on_first(world, {"hour": 16}, {"hour": 17})
    change(world, 1, is_enabled=False)
    leave = world.rerouting.leave

    class Once:
        def leave(self, one):
            world.stop.set()
            return leave(one)

    foresight(world, Once()).look()
    assert sorted(bridge for bridge, _ in places(world).values()) == [1, 2]


class Failing:
    """Moves conferences, but fails with the first one that it is asked for."""

    def __init__(self, world, error):
        self.leave_for_real, self.errors = world.rerouting.leave, [error]

    def leave(self, one):
        if self.errors:
            raise self.errors.pop()
        return self.leave_for_real(one)


@pytest.mark.parametrize("error", [ConferenceNotFound("It is gone."), LookupError("It has no owner.")])
def test_trouble_with_one_conference_is_told_and_the_others_go(world, logs, error):
    on_first(world, {"hour": 16}, {"hour": 17})
    change(world, 1, is_enabled=False)
    foresight(world, Failing(world, error)).look()
    assert [one["event"] for one in told(logs)] == ["conference_not_moved", "conference_moved"]
    assert places(world) == {1: (1, 1), 2: (2, 1)}


def test_while_the_store_is_busy_nobody_goes_and_the_next_look_comes(world, logs):
    on_first(world, {"hour": 16}, {"hour": 17})
    change(world, 1, is_enabled=False)
    looking = foresight(world, Failing(world, ServerBusy("Busy.")))
    looking.look()
    assert places(world) == {1: (1, 1), 2: (1, 1)}
    assert told(logs)[0]["event"] == "store_not_available"
    looking.look()
    assert places(world) == {1: (2, 1), 2: (2, 1)}


# ---------------------------------------------------------------- too little room


def test_those_that_were_booked_last_leave_a_bridge_that_takes_fewer_participants(world):
    on_first(world, {"guests": 4, "hour": 15}, {"guests": 4, "hour": 15}, {"guests": 4, "hour": 18})
    looking = foresight(world)
    looking.look()
    change(world, 1, max_participants=5)
    looking.look()
    assert places(world) == {1: (1, 1), 2: (2, 2), 3: (1, 1)}
    with world.store.reading() as uow:
        assert str(uow.conferences.decision(2).steps[0]) == (
            "It had to leave bridge 'bridge1', which takes up to 5 participants at the same time by now."
        )


def test_a_limit_that_the_bridge_tells_counts_too(world):
    on_first(world, {"guests": 4, "hour": 15})
    world.store.prepare(lambda uow: uow.bridges.set_told(1, participants=3, is_balancing=False))
    foresight(world).look()
    assert places(world) == {1: (2, 1)}


def test_without_room_elsewhere_everybody_stays(world):
    change(world, 2, max_participants=1)
    on_first(world, {"guests": 4, "hour": 15}, {"guests": 4, "hour": 15})
    change(world, 1, max_participants=5)
    foresight(world).look()
    assert places(world) == {1: (1, 1), 2: (1, 2)}


def test_fewer_numbers_take_nothing_away_from_what_has_them(world):
    on_first(world, {"hour": 15}, {"hour": 15})
    looking = foresight(world)
    looking.look()
    change(world, 1, numeric_id_quantity=1)
    looking.look()
    assert places(world) == {1: (1, 1), 2: (1, 2)}


# ---------------------------------------------------------------- how it is told, and what it costs


def test_another_address_is_told_as_with_every_move(world):
    change(world, 2, domain="new.example.com")
    on_first(world, {"hour": 16, "participants": (room(1), dial_in())})
    change(world, 1, is_enabled=False)
    foresight(world).look()
    assert world.conference(1).version == 2
    assert [one.type for one in world.store.state.transactions.values()] == [
        TransactionType.NEW,
        TransactionType.UPDATED,
    ]


def test_it_is_held_on_its_new_bridge(world):
    on_first(world, {"participants": (room(1), dial_in())})
    answers(world, is_reachable=False)
    second = world.add_node("https://cms2.example.com")
    second.rooms = {one.id: replace(one) for one in world.remote.rooms.values()}
    foresight(world).look()
    world.run_until(at(14, 1))
    assert second.dialled(1) == ["room1@example.com"]
    assert world.remote.requests == []


def test_two_workers_may_look_at_the_same_time(world):
    on_first(world, {"hour": 16})
    change(world, 1, is_enabled=False)
    one, other = foresight(world), foresight(world)
    one.look()
    other.look()
    assert places(world) == {1: (2, 1)}


def test_a_look_at_bridges_that_are_well_asks_for_no_conference(world):
    on_first(world, {"hour": 15})
    change(world, 1, max_participants=9)
    looking = foresight(world)
    looking.look()
    asked = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fakes.FakeBridges.holds", lambda *_, **__: asked.append("holds") or {})
        looking.look()
        assert asked == []
        world.store.prepare(lambda uow: uow.bridges.change(replace(uow.bridges.get(1), max_participants=8)))
        looking.look()
        assert asked == ["holds"]
