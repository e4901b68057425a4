"""Conferences to come leave a bridge that goes."""

from dataclasses import replace

import pytest
from fakes import FakeRenderer, World, at, create_request, dial_in, dial_out, room

from tmsba.booking.change.rerouting import Rerouting
from tmsba.booking.view.views import ConferenceMail, ContentType
from tmsba.domain.bridge.bridge import SpaceState
from tmsba.domain.time.recurrence import Frequency, RecurrencePattern, SeriesEnd
from tmsba.domain.values import BookingMode, TransactionType
from tmsba.ports.outbox import JobKind

THRICE = RecurrencePattern(frequency=Frequency.DAILY, interval=1, end_type=SeriesEnd.BY_COUNT, occurrences=3)


class MailRenderer(FakeRenderer):
    def mail(self, facts, content_type):
        text = f"{facts.purpose.value}: {facts.info.conference.video_address}"
        return ConferenceMail(content_type=ContentType.PLAIN_TEXT, subject=text, content=text)


@pytest.fixture
def world():
    """Two bridges with the same numbers in the same domain."""
    return World(bridges=2)


def rerouting(world):
    return Rerouting(store=world.store, clock=world.clock, renderer=MailRenderer(), is_mail_sent=True)


def book(world, **request):
    request = create_request(**{"participants": (room(1), dial_in())} | request)
    return world.booking.save_conference(world.caller, world.client, request, BookingMode.STRICT).conference


def bridge(world, bridge_id):
    return world.store.state.bridges[bridge_id]


def change(world, bridge_id, **changes):
    changed = replace(bridge(world, bridge_id), **changes)
    world.store.prepare(lambda uow: uow.bridges.change(changed))
    return changed


def move(world, target=None):
    doing, source = rerouting(world), bridge(world, 1)
    return [one for i in doing.conferences(source) for one in doing.move(i, source, target)]


def transactions(world):
    return [(t.conference_id, t.type) for t in world.store.state.transactions.values()]


def mails(world):
    return [(mail.recipients, mail.subject) for mail in world.store.state.mails.values()]


def routes(world):
    return {one.id: (one.route.bridge_id, one.route.number) for one in world.store.state.conferences.values()}


def test_a_conference_keeps_its_number_and_nobody_has_to_know(world):
    before = book(world)
    assert before.route.bridge_id == 1
    [moved] = move(world)
    after = world.conference(before.id)
    assert (after.route.bridge_id, after.route.number, after.route.secret) == (2, 1, before.route.secret)
    assert after.route.join_uri == before.route.join_uri
    assert (after.version, after.transaction_id) == (1, before.transaction_id)
    assert not moved.is_visible
    assert transactions(world) == [(1, TransactionType.NEW)]
    assert mails(world) == []


def test_it_is_held_on_its_new_bridge_only(world):
    book(world)
    move(world)
    second = world.add_node("https://cms2.example.com")
    second.rooms = {room.id: replace(room) for room in world.remote.rooms.values()}
    world.run_until(at(14, 1))
    assert second.dialled(1) == ["room1@example.com"]
    assert world.remote.requests == []


def test_its_jobs_are_those_of_its_new_bridge_also_where_nobody_has_to_know(world):
    book(world)
    move(world)
    for kind in (JobKind.LAUNCH, JobKind.END):
        assert world.row(1, kind).bridge_id == 2


def test_another_address_to_dial_is_told_to_clients_and_to_the_owner(world):
    change(world, 2, domain="new.example.com")
    book(world)
    [moved] = move(world)
    after = world.conference(1)
    assert moved.is_visible
    assert (after.route.join_uri, after.version) == ("1@new.example.com", 2)
    assert transactions(world) == [(1, TransactionType.NEW), (1, TransactionType.UPDATED)]
    assert world.store.state.transactions[2].system_ids == (1,)
    assert world.store.state.transactions[2].performed_by_id == after.owner_id
    assert mails(world) == [(("user1@example.com",), "rerouted: 1@new.example.com")]


def test_a_number_that_is_taken_becomes_another_one(world):
    first = book(world)
    second = book(world, participants=(room(2), dial_in()))
    assert routes(world) == {first.id: (1, 1), second.id: (2, 1)}
    [moved] = move(world)
    assert routes(world) == {1: (2, 2), 2: (2, 1)}
    assert moved.is_visible


def test_a_bridge_with_the_same_domain_comes_before_one_with_fewer_conferences():
    world = World(bridges=3)
    change(world, 2, domain="other.example.com")
    book(world)
    move(world)
    assert routes(world) == {1: (3, 1)}


def test_the_bridge_can_be_named(world):
    third = World(bridges=3)
    book(third)
    move(third, bridge(third, 3))
    assert routes(third) == {1: (3, 1)}


def test_what_finds_no_place_stays_and_says_why(world):
    change(world, 2, numeric_id_base=100, numeric_id_quantity=1)
    book(world)
    book(world, participants=(room(2), dial_in()))
    book(world, participants=(room(3), dial_in()))
    assert sorted(routes(world).values()) == [(1, 1), (1, 2), (2, 100)]
    moved = move(world)
    assert all("none of its 1 numbers free" in one.place for one in moved)
    assert sorted(routes(world).values()) == [(1, 1), (1, 2), (2, 100)]
    assert len(transactions(world)) == 3


def test_room_for_participants_counts_on_the_new_bridge(world):
    book(world, participants=(room(1), room(2), dial_in()))
    change(world, 2, max_participants=2)
    [moved] = move(world)
    assert "takes up to 2 participants" in moved.place
    change(world, 2, max_participants=3)
    [moved] = move(world)
    assert routes(world) == {1: (2, 1)}


def test_what_is_going_on_over_or_deleted_stays(world):
    book(world)
    deleted = book(world, participants=(room(2), dial_out("b@example.com")), start=at(16), end=at(17))
    world.booking.delete_conference(world.caller, world.client, deleted.id)
    world.clock.now = at(14)
    assert move(world) == []
    assert routes(world)[1] == (1, 1)


def test_a_disabled_bridge_gets_nothing(world):
    change(world, 2, is_enabled=False)
    book(world)
    [moved] = move(world)
    assert moved.place == "There is no other bridge that could take it."


def test_a_plan_changes_nothing(world):
    book(world)
    before = world.stored()
    doing, source = rerouting(world), bridge(world, 1)
    [planned] = doing.plan(1, source, None)
    assert planned.place.bridge_id == 2
    assert world.stored() == before


# ---------------------------------------------------------------- series


@pytest.fixture
def series(world):
    return book(world, pattern=THRICE)


def test_a_series_moves_as_a_whole_and_keeps_its_number(world, series):
    assert set(routes(world).values()) == {(1, 1)}
    assert rerouting(world).conferences(bridge(world, 1)) == [1]
    assert len(move(world)) == 3
    assert set(routes(world).values()) == {(2, 1)}
    assert len(transactions(world)) == 3
    assert mails(world) == []


def test_a_series_with_another_number_gets_one_for_all_dates_and_one_mail(world, series):
    world.clock.now = at(13)
    book(world, participants=(room(2), dial_in()))
    assert routes(world)[4] == (2, 1)
    assert {one.place.number for one in move(world)} == {2}
    assert [kind for _, kind in transactions(world)].count(TransactionType.UPDATED) == 3
    assert [world.conference(i).version for i in (1, 2, 3, 4)] == [2, 2, 2, 1]
    assert len(mails(world)) == 1


def test_dates_of_a_series_go_one_by_one_where_no_number_is_free_for_all(world, series):
    change(world, 2, numeric_id_quantity=1)
    book(world, participants=(room(2), dial_in()))
    assert routes(world)[4] == (2, 1)
    moved = move(world)
    assert [isinstance(one.place, str) for one in moved] == [True, False, False]
    assert routes(world) == {1: (1, 1), 2: (2, 1), 3: (2, 1), 4: (2, 1)}
    assert mails(world) == []


def test_past_dates_of_a_series_stay(world, series):
    world.clock.now = at(14)
    assert [one.before.id for one in move(world)] == [2, 3]
    assert routes(world) == {1: (1, 1), 2: (2, 1), 3: (2, 1)}


def test_why_it_has_its_new_bridge_is_kept_with_the_conference(world):
    change(world, 2, ip_zone="North")
    booked = book(world)
    assert move(world)
    with world.store.reading() as uow:
        decision = uow.conferences.decision(booked.id)
    assert [str(step) for step in decision.steps] == [
        "It had to leave bridge 'bridge1'.",
        "Bridges where it keeps its number come first.",
        "Neither its systems nor its owner have an IP zone.",
    ]
    assert decision.chosen.bridge == "bridge2"


def test_dates_that_move_together_share_why(world):
    book(world, pattern=THRICE)
    moved = move(world)
    assert len({id(one.decision) for one in moved}) == 1
    assert moved[0].decision.chosen.bridge_id == 2


# ---------------------------------------------------------------- a number that is lost


def lose_number(world, space_id):
    world.store.prepare(lambda uow: uow.bridges.set_space_state(space_id, SpaceState.FOREIGN))


def test_who_leaves_a_lost_number_is_told_by_the_change_log_and_a_mail():
    world = World()
    book(world)
    lose_number(world, 1)
    [moved] = rerouting(world).leave_number(1, 1)
    after = world.conference(1)
    assert (after.route.bridge_id, after.route.number, after.version) == (1, 2, 2)
    assert moved.is_visible
    assert transactions(world) == [(1, TransactionType.NEW), (1, TransactionType.UPDATED)]
    assert mails(world) == [(("user1@example.com",), "rerouted: 2@cms.example.com")]
    steps = [str(step) for step in world.store.state.decisions[1].steps]
    assert steps == ["It had to leave number 1 on bridge 'bridge1', which somebody else's space has there."]


def test_a_lost_number_is_kept_on_another_bridge_that_has_it_too(world):
    book(world)
    lose_number(world, 1)
    rerouting(world).leave_number(1, 1)
    assert routes(world) == {1: (2, 1)}
    assert mails(world) == []


def test_what_goes_on_leaves_a_lost_number_too_and_what_is_over_does_not():
    world = World()
    book(world)
    lose_number(world, 1)
    world.clock.now = at(14, 30)
    assert rerouting(world).leave_number(1, 1)
    assert routes(world) == {1: (1, 2)}
    world.clock.now = at(15)
    assert rerouting(world).leave_number(1, 2) == []


def test_a_conference_without_another_number_stays_and_is_told_why():
    world = World(numbers=1)
    book(world)
    lose_number(world, 1)
    [stayed] = rerouting(world).leave_number(1, 1)
    assert stayed.place == "Bridge 'bridge1' has none of its 1 numbers free in this period."
    assert routes(world) == {1: (1, 1)}
    assert transactions(world) == [(1, TransactionType.NEW)]


def test_nobody_leaves_a_number_that_he_does_not_have(world):
    book(world)
    assert rerouting(world).leave_number(1, 2) == []
    assert rerouting(world).leave_number(1, 99) == []
