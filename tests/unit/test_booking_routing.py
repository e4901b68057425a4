"""How conferences are routed when they are saved, and what is kept of it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import World, at, create_client, create_request, dial_in, room, wanted
from test_booking_saving import FORCED, refused, save, update

from tmsba.domain.bridge.health import BridgeAddress, BridgeHealth
from tmsba.domain.conference.decision import Direction, Via
from tmsba.domain.conference.webex import WebExWish
from tmsba.domain.errors import ConferenceNotFound, NotEnoughBridgeResources, PermissionMissing, WebExError
from tmsba.domain.people.users import Permission
from tmsba.domain.time.recurrence import Frequency, RecurrencePattern, SeriesEnd
from tmsba.domain.values import Choice, ConferenceType, ParticipantKind, StoredState
from tmsba.i18n import translate

PAIR = (room(1), room(2))
GUESTS = (dial_in(), dial_in())
NEWEST = create_client(version=23)


@pytest.fixture
def world():
    """Two bridges, with three numbers each."""
    return World(bridges=2)


def decision_of(world, conference):
    return world.booking.explain(conference.id).decision


def steps(decision):
    return [reason.kind.code for reason in (*decision.need.steps, *decision.steps)]


def verdicts(decision):
    return {verdict.bridge_id: verdict.reason.kind.code for verdict in decision.verdicts}


def change_bridge(world, bridge_id, **changes):
    bridges = world.store.state.bridges
    world.store.state.bridges = {**bridges, bridge_id: replace(bridges[bridge_id], **changes)}


def change_system(world, system_id, **changes):
    systems = world.store.state.systems
    world.store.state.systems = {**systems, system_id: replace(systems[system_id], **changes)}


def daily(count):
    return RecurrencePattern(
        frequency=Frequency.DAILY, interval=1, end_type=SeriesEnd.BY_COUNT, occurrences=count
    )


# ---------------------------------------------------------------- what is kept


def test_a_booking_keeps_why_it_got_its_bridge_and_how_everybody_connects(world):
    decision = decision_of(world, save(world, participants=(*PAIR, dial_in())))
    assert steps(decision) == ["connecting-type", "taking-part", "from-outside"]
    assert verdicts(decision) == {1: "first", 2: "registered-later"}
    assert decision.chosen.bridge == "bridge1"
    assert [(one.direction, one.address) for one in decision.connections] == [
        (Direction.BRIDGE_DIALS, "room1@example.com"),
        (Direction.BRIDGE_DIALS, "room2@example.com"),
        (Direction.DIALS_IN, ""),
    ]
    assert decision.decided_at == world.clock.now


@pytest.mark.parametrize(
    ("request_of", "via", "last"),
    [
        ({"participants": (room(1),)}, Via.NOTHING, "alone"),
        ({"participants": PAIR, "type": ConferenceType.RESERVATION_ONLY}, Via.NOTHING, "no-route"),
        ({"participants": PAIR, "external_dial_string": "host@example.org"}, Via.HOST, "external-host"),
    ],
)
def test_what_needs_no_bridge_keeps_why(world, request_of, via, last):
    decision = decision_of(world, save(world, **request_of))
    assert (decision.need.via, steps(decision)[-1], decision.verdicts) == (via, last, ())


def test_an_update_keeps_its_number_and_why_it_was_chosen_once(world):
    first = save(world, participants=GUESTS)
    world.clock.advance(timedelta(minutes=1))
    changed = update(world, first, version=1, participants=(*GUESTS, room(1)))
    decision = decision_of(world, changed)
    assert steps(decision)[-1] == "kept"
    assert verdicts(decision) == {1: "first", 2: "registered-later"}
    assert len(decision.connections) == 3
    assert decision.chosen_at == world.clock.now - timedelta(minutes=1)
    assert decision.decided_at == world.clock.now


def test_a_number_that_could_not_be_kept_is_told_with_the_reason(world):
    first = save(world, participants=GUESTS)
    save(world, start=at(15), end=at(16), participants=GUESTS)
    moved = update(world, first, version=1, start=at(15), end=at(16))
    assert moved.route.bridge_id == 2
    told = [str(reason) for reason in decision_of(world, moved).steps]
    assert told[0].startswith("It could not keep its number: Number 1 is booked for another conference")


def test_what_is_defective_says_what_was_missing(world):
    for _ in range(6):
        save(world, participants=GUESTS)
    routeless = save(world, participants=GUESTS, mode=FORCED)
    decision = decision_of(world, routeless)
    assert routeless.state is StoredState.DEFECTIVE_ROUTE
    assert verdicts(decision) == {1: "no-number-free", 2: "no-number-free"}
    assert {one.direction for one in decision.connections} == {Direction.NOT_CONNECTED}


def test_what_clashes_is_not_routed(world):
    save(world, participants=PAIR)
    decision = decision_of(world, save(world, participants=PAIR, mode=FORCED))
    assert (decision.need.via, steps(decision)[-1]) == (Via.NOTHING, "systems-taken")


def test_a_request_is_routed_when_it_is_approved(world):
    asking = replace(world.caller, permissions=frozenset(Permission) - {Permission.APPROVE_MEETING})
    asked = save(world, participants=GUESTS, caller=asking)
    assert steps(decision_of(world, asked)) == ["waits-for-approval"]
    world.booking.approve(world.administrator, asked.id)
    assert verdicts(decision_of(world, asked)) == {1: "first", 2: "registered-later"}


def test_the_dates_of_a_series_share_one_decision_where_they_share_the_number(world):
    save(world, participants=GUESTS, pattern=daily(4))
    decisions = list(world.store.state.decisions.values())
    assert len(decisions) == 4
    assert all(decision is decisions[0] for decision in decisions)
    assert steps(decisions[0])[-1] == "one-number"


def test_dates_without_a_common_number_say_so(world):
    world = World(numbers=2)
    for day in range(2):
        days = timedelta(days=day)
        save(world, start=at(14) + days, end=at(15) + days, participants=GUESTS)
    # Number 1 is taken on both days; on the second one number 2 too.
    save(world, start=at(14) + timedelta(days=1), end=at(15) + timedelta(days=1), participants=GUESTS)
    save(world, participants=GUESTS, pattern=daily(2), mode=FORCED)
    first, second = list(world.store.state.decisions.values())[-2:]
    assert steps(first)[-1] == steps(second)[-1] == "own-numbers"
    assert (verdicts(first), verdicts(second)) == ({1: "only-one"}, {1: "no-number-free"})


# ---------------------------------------------------------------- zones, priorities and the setting


def test_the_bridge_in_the_zone_of_most_systems_is_taken(world):
    change_bridge(world, 2, ip_zone="Oslo")
    assert save(world, participants=PAIR).route.bridge_id == 1
    for number in (1, 2):
        change_system(world, number, ip_zone="Oslo")
    decision = decision_of(world, save(world, start=at(16), end=at(17), participants=PAIR))
    assert verdicts(decision) == {1: "other-zone", 2: "in-zone"}
    assert steps(decision)[-1] == "zone-of-systems"


def test_without_systems_the_zone_of_the_owner_counts(world):
    change_bridge(world, 2, ip_zone="Oslo")
    account = world.store.state.accounts[1]
    world.store.state.accounts[1] = replace(account, user=replace(account.user, ip_zone="Oslo"))
    decision = decision_of(world, save(world, participants=GUESTS))
    assert (decision.chosen.bridge_id, steps(decision)[-1]) == (2, "zone-of-owner")


def test_a_bridge_with_a_higher_priority_is_taken_while_it_has_numbers(world):
    change_bridge(world, 2, priority=1)
    taken = [save(world, participants=GUESTS).route.bridge_id for _ in range(4)]
    assert taken == [2, 2, 2, 1]


def test_a_bridge_without_a_domain_is_not_taken(world):
    change_bridge(world, 1, domain="")
    assert verdicts(decision_of(world, save(world, participants=GUESTS))) == {1: "no-domain", 2: "only-one"}


def test_a_bridge_that_does_not_answer_is_passed_over(world):
    take_down(world)
    decision = decision_of(world, save(world, participants=GUESTS))
    assert verdicts(decision) == {1: "unreachable", 2: "reachable"}


def take_down(world, bridge_id=1):
    down = BridgeHealth(bridge_id=bridge_id, address=BridgeAddress.MAIN, is_reachable=False)
    world.store.state.healths = world.store.state.healths | {(bridge_id, BridgeAddress.MAIN): down}


def test_what_starts_in_three_weeks_stays_in_its_zone_although_the_bridge_is_down_now(world):
    change_bridge(world, 1, ip_zone="Oslo")
    change_system(world, 1, ip_zone="Oslo")
    take_down(world)
    later = timedelta(days=21)
    soon = save(world, participants=PAIR)
    in_weeks = save(world, start=at(14) + later, end=at(15) + later, participants=PAIR)
    assert (soon.route.bridge_id, in_weeks.route.bridge_id) == (2, 1)
    decision = decision_of(world, in_weeks)
    assert steps(decision)[-2:] == ["zone-of-systems", "not-soon"]
    assert verdicts(decision) == {1: "in-zone", 2: "other-zone"}


def test_the_administrator_says_how_soon_outages_count(world):
    take_down(world)
    world.set("bridge_down_horizon", "59")
    assert save(world, participants=GUESTS).route.bridge_id == 1
    world.set("bridge_down_horizon", "60")
    assert save(world, start=at(14), end=at(15), participants=GUESTS).route.bridge_id == 2


def test_of_a_series_the_first_date_to_come_says_whether_outages_count(world):
    take_down(world)
    save(world, participants=GUESTS, pattern=daily(3))
    tomorrow = timedelta(days=1)
    save(world, start=at(18) + tomorrow, end=at(19) + tomorrow, participants=GUESTS, pattern=daily(3))
    dates = world.store.state.conferences.values()
    assert [one.route.bridge_id for one in dates] == [2, 2, 2, 1, 1, 1]


def test_the_order_of_zones_decides_where_the_own_zone_has_no_bridge(world):
    change_bridge(world, 1, ip_zone="London")
    change_bridge(world, 2, ip_zone="Bergen")
    change_system(world, 1, ip_zone="Oslo")
    assert save(world, participants=PAIR).route.bridge_id == 1
    world.set("zone_order", "Oslo > Bergen > London")
    decision = decision_of(world, save(world, start=at(16), end=at(17), participants=PAIR))
    assert verdicts(decision) == {1: "farther-zone", 2: "nearest-zone"}
    assert steps(decision)[-2:] == ["zone-of-systems", "nearest-zones"]


def test_the_lower_load_decides_between_bridges_that_are_equal_otherwise(world):
    for number in (1, 2):
        change_bridge(world, number, max_participants=20)
    many = save(world, participants=tuple(dial_in() for _ in range(9)))
    few = [save(world, participants=GUESTS) for _ in range(2)]
    assert [one.route.bridge_id for one in (many, *few)] == [1, 2, 2]
    assert verdicts(decision_of(world, few[1])) == {1: "higher-load", 2: "lowest-load"}


def test_the_load_limits_of_bridges_decide_where_they_have_no_other_limits(world):
    for number, load in ((1, 100_000), (2, 400_000)):
        told = {"participants": None, "is_balancing": False, "load": load}
        world.store.prepare(lambda uow, i=number, told=told: uow.bridges.set_told(i, **told))
    taken = [save(world, participants=GUESTS).route.bridge_id for _ in range(3)]
    assert taken == [2, 2, 2]
    last = decision_of(world, save(world, participants=GUESTS))
    assert verdicts(last) == {1: "only-one", 2: "no-number-free"}


def test_two_systems_call_each_other_where_the_administrator_wants_that(world):
    world.set("bridge_usage", "always-except-point-to-point")
    pair = save(world, participants=PAIR)
    assert (pair.route, pair.state, world.store.state.outbox) == (None, StoredState.BOOKED, {})
    decision = decision_of(world, pair)
    assert decision.need.via is Via.DIRECT
    assert [one.address for one in decision.connections] == ["room2@example.com", "room1@example.com"]
    assert save(world, start=at(16), end=at(17), participants=(*PAIR, room(3))).route


def test_what_is_to_be_recorded_gets_a_bridge_where_bridges_record(world):
    assert save(world, participants=(room(1),), is_recording_enabled=True).route is None
    world.set("record_on_bridge", "Yes")
    recorded = save(world, start=at(16), end=at(17), participants=(room(1),), is_recording_enabled=True)
    assert recorded.route
    assert steps(decision_of(world, recorded))[-1] == "recorded"
    assert save(world, start=at(18), end=at(19), participants=(room(1),)).route is None


def test_a_conference_that_goes_on_keeps_its_bridge_whatever_the_setting_says(world):
    ongoing, to_come = (
        save(world, participants=PAIR),
        save(world, start=at(16), end=at(17), participants=PAIR),
    )
    world.clock.advance(ongoing.period.start - world.clock.now)
    world.set("bridge_usage", "always-except-point-to-point")
    longer = update(world, ongoing, version=1, end=at(15, 30))
    assert longer.route == ongoing.route
    assert steps(decision_of(world, longer))[-2:] == ["goes-on", "kept"]
    assert update(world, to_come, version=1, title="Other").route is None


def test_every_conference_gets_a_bridge_where_the_administrator_wants_that(world):
    world.set("bridge_usage", "always")
    assert save(world, participants=(room(1),)).route
    assert save(world, start=at(16), end=at(17), participants=()).route
    reservation = {"type": ConferenceType.RESERVATION_ONLY, "participants": (room(2),)}
    assert save(world, **reservation).route is None


# ---------------------------------------------------------------- what a refused caller is told


def test_a_fault_tells_what_each_bridge_is_short_of_in_the_clients_language(world):
    change_bridge(world, 1, is_enabled=False)
    world.store.prepare(lambda uow: uow.bridges.change(replace(uow.bridges.get(2), max_participants=1)))
    with pytest.raises(NotEnoughBridgeResources) as caught:
        save(world, participants=GUESTS)
    assert caught.value.message == (
        "No bridge can take the conference: Bridge 'bridge1' is disabled. Bridge 'bridge2' takes up to 1 "
        "participants at the same time, and with this conference there would be 2. Choose another time or "
        "fewer participants."
    )
    french = translate(caught.value, "fr")
    assert "Le pont 'bridge1' est désactivé. Le pont 'bridge2' accepte jusqu'à 1 participants" in french
    assert "Bridge" not in french


def test_a_fault_about_very_many_bridges_stays_short():
    world = World(bridges=30)
    for number in range(1, 31):
        change_bridge(world, number, is_enabled=False)
    message = refused(world, NotEnoughBridgeResources, participants=GUESTS)
    assert message.count("is disabled.") == 5
    assert "So it is with 25 more bridges." in message


# ---------------------------------------------------------------- explaining


def test_what_would_be_decided_now_is_told_beside_what_was_decided(world):
    booked = save(world, participants=GUESTS)
    change_bridge(world, 1, is_enabled=False)
    before = world.stored()
    explained = world.booking.explain(booked.id, is_now_asked=True)
    assert verdicts(explained.decision) == {1: "first", 2: "registered-later"}
    assert verdicts(explained.now) == {1: "disabled", 2: "only-one"}
    assert explained.bridge.id == 1
    assert world.stored() == before


def test_what_a_conference_holds_is_not_in_its_own_way_now(world):
    world = World(numbers=1)
    booked = save(world, participants=GUESTS)
    assert verdicts(world.booking.explain(booked.id, is_now_asked=True).now) == {1: "only-one"}


def test_what_needs_no_bridge_needs_none_now(world):
    explained = world.booking.explain(save(world, participants=(room(1),)).id, is_now_asked=True)
    assert explained.now.need == explained.decision.need


def test_nobody_explains_what_there_is_not(world):
    with pytest.raises(ConferenceNotFound):
        world.booking.explain(99)


def test_a_rehearsal_decides_as_a_save_would_and_leaves_nothing(world):
    before = world.stored()
    request = create_request(participants=GUESTS)
    [rehearsed] = world.booking.rehearse(world.caller, request, NEWEST)
    assert world.stored() == before
    booked = save(world, participants=GUESTS)
    assert rehearsed.decision == decision_of(world, booked)
    assert rehearsed.conference.route.number == booked.route.number


def test_a_rehearsed_series_is_told_once_for_what_is_decided_alike(world):
    request = create_request(participants=GUESTS, pattern=daily(5))
    [rehearsed] = world.booking.rehearse(world.caller, request, NEWEST)
    assert rehearsed.conference.period.start == at(14)


def test_a_rehearsal_is_refused_as_a_save_would_be(world):
    before = world.stored()
    hosted = create_request(webex=WebExWish(legacy=Choice.YES), external_dial_string="host@example.org")
    with pytest.raises(WebExError):
        world.booking.rehearse(world.caller, hosted, NEWEST)
    asking = replace(world.caller, permissions=frozenset())
    for_another = create_request(
        participants=(wanted(ParticipantKind.SYSTEM, 1),), id=save(world).id, version=1
    )
    before = world.stored()
    with pytest.raises(PermissionMissing):
        world.booking.rehearse(replace(asking, user=world.user(2)), for_another, NEWEST)
    assert world.stored() == before
