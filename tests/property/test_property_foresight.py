"""What holds whenever a bridge cannot take its conferences any more, and for what is said of it before."""

from dataclasses import replace
from datetime import timedelta

from fakes import NOW, World, create_request, create_system, dial_in, room
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import ZONES

from tmsba.booking.route.leaving import Cause
from tmsba.control.upkeep.foresight import Foresight
from tmsba.domain.bridge.health import BridgeAddress, BridgeHealth
from tmsba.domain.conference.conference import SpaceRoute
from tmsba.domain.routing.room import Hold, most_at_once, who_leaves
from tmsba.domain.time.recurrence import Frequency, RecurrencePattern, SeriesEnd
from tmsba.domain.time.times import Period
from tmsba.domain.values import BookingMode

MINUTE = timedelta(minutes=1)


# ---------------------------------------------------------------- who leaves a full bridge


@st.composite
def holds(draw):
    found = []
    for number in range(1, draw(st.integers(0, 8)) + 1):
        start = NOW + draw(st.integers(-60, 48 * 60)) * MINUTE
        period = Period(start, start + draw(st.integers(1, 30 * 60)) * MINUTE)
        if period.end > NOW:
            found.append(Hold(conference_id=number, period=period, participants=draw(st.integers(0, 5))))
    return found


@given(holds(), st.integers(0, 8), st.randoms())
def test_whoever_leaves_has_to_and_the_others_fit(found, limit, rolls):
    leaving = who_leaves(found, limit, NOW)
    shuffled = list(found)
    rolls.shuffle(shuffled)
    assert who_leaves(shuffled, limit, NOW) == leaving
    assert leaving == sorted(leaving, key=lambda one: (one.period.start, one.conference_id))
    staying = [one for one in found if one not in leaving]
    assert all(one.period.start > NOW for one in leaving)
    for one in staying:
        if one.period.start > NOW and one.participants:
            others = [other for other in staying if other.period.overlaps(one.period)]
            booked_before = [other for other in others if other.conference_id <= one.conference_id]
            ongoing = [other for other in others if other.period.start <= NOW]
            both = {other.conference_id: other for other in (*booked_before, *ongoing)}.values()
            assert most_at_once(list(both), one.period) <= limit
    for one in leaving:
        with_it = [other for other in (*staying, one) if other.period.overlaps(one.period)]
        assert most_at_once(with_it, one.period) > limit, "it would have fitted"


# ---------------------------------------------------------------- what is said is what happens


_bridges = st.fixed_dictionaries(
    {
        "numeric_id_base": st.integers(1, 3),
        "numeric_id_quantity": st.integers(0, 4),
        "domain": st.sampled_from(["cms.example.com", "cms.example.com", "other.example.com"]),
        "max_participants": st.none() | st.integers(1, 8),
        "ip_zone": ZONES,
        "priority": st.integers(0, 1),
        "is_enabled": st.sampled_from([True, True, True, False]),
    }
)
_bookings = st.fixed_dictionaries(
    {
        "minutes": st.integers(1, 180) | st.integers(1, 3 * 24 * 60),
        "length": st.integers(10, 120),
        "guests": st.integers(1, 4),
        "room": st.none() | st.integers(1, 4),
        "dates": st.just(1) | st.integers(1, 3),
    }
)
_causes = st.sampled_from([(Cause.DISABLED, None), (Cause.DOWN, None), (Cause.FULL, 1), (Cause.FULL, 4)])


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(_bridges, st.sampled_from([True, True, False])), min_size=1, max_size=3),
    st.lists(_bookings, max_size=9),
    st.lists(ZONES, min_size=4, max_size=4),
    st.sampled_from(["", "Oslo > Bergen > Paris", "Paris > Oslo; Bergen > Paris"]),
    _causes,
)
def test_what_would_happen_is_what_happens(others, bookings, zones, order, what):
    cause, limit = what
    world = estate(others, bookings, zones, order)
    source = world.store.state.bridges[1]
    if cause is Cause.FULL:
        source = replace(source, max_participants=limit)
    before = world.stored()
    said = {
        moved.before.id: moved.place
        for supposed in world.rerouting.suppose(source, cause)
        for moved in supposed.moved
    }
    assert world.stored() == before
    held = {one.id: one.route for one in world.store.state.conferences.values() if one.route}

    happen(world, cause, limit)

    for one in world.store.state.conferences.values():
        place = said.get(one.id, held.get(one.id))
        assert one.route == (place if isinstance(place, SpaceRoute) else held.get(one.id)), one.id


def estate(others, bookings, zones, order):
    """Conferences on bridge 1, and some on others that came later; all of them are where they can be."""
    world = World(bridges=1 + len(others), numbers=6)
    world.set("zone_order", order)
    for number, zone in enumerate(zones, start=1):
        world.store.state.systems[number] = create_system(number, ip_zone=zone)
    for bridge_id in range(2, 2 + len(others)):
        change(world, bridge_id, is_enabled=False)
    for booking in bookings[: len(bookings) * 2 // 3 + 1]:
        book(world, booking)
    for bridge_id, (changes, is_reachable) in enumerate(others, start=2):
        change(world, bridge_id, **changes)
        answer(world, bridge_id, is_reachable=is_reachable)
    for booking in bookings[len(bookings) * 2 // 3 + 1 :]:
        book(world, booking)
    look(world)
    return world


def look(world):
    Foresight(store=world.store, rerouting=world.rerouting, clock=world.clock, stop=world.stop).look()


def book(world, booking):
    start = NOW + booking["minutes"] * MINUTE
    people = [dial_in() for _ in range(booking["guests"])]
    people += [room(booking["room"])] if booking["room"] else []
    pattern = RecurrencePattern(
        frequency=Frequency.DAILY, interval=1, end_type=SeriesEnd.BY_COUNT, occurrences=booking["dates"]
    )
    request = create_request(
        start=start,
        end=start + booking["length"] * MINUTE,
        participants=tuple(people),
        pattern=pattern if booking["dates"] > 1 else None,
    )
    mode = BookingMode.BEST_EFFORT_FORCED
    world.booking.save_conference(world.caller, world.client, request, mode)


def change(world, bridge_id, **changes):
    def work(uow):
        uow.bridges.change(replace(uow.bridges.get(bridge_id), **changes))

    world.store.prepare(work)


def answer(world, bridge_id, *, is_reachable):
    health = BridgeHealth(bridge_id=bridge_id, address=BridgeAddress.MAIN, is_reachable=is_reachable)
    world.store.state.healths = world.store.state.healths | {(bridge_id, BridgeAddress.MAIN): health}


def happen(world, cause, limit):
    if cause is Cause.DISABLED:
        change(world, 1, is_enabled=False)
    elif cause is Cause.DOWN:
        answer(world, 1, is_reachable=False)
    else:
        world.store.prepare(
            lambda uow: uow.bridges.change(replace(uow.bridges.get(1), max_participants=limit))
        )
    look(world)
