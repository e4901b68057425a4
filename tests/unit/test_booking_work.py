"""Lost races and failing databases: what holds for every use case that writes."""

from datetime import timedelta

import pytest
from fakes import NOW, World, at, create_request, dial_in, room
from writers import WRITERS, delete, end

from tmsba.domain import errors
from tmsba.domain.values import BookingMode, ConferenceStatus, StoredState, TransactionType
from tmsba.ports.outbox import JobKind
from tmsba.ports.repeating import ATTEMPTS
from tmsba.ports.work import StoreConflict

# ---------------------------------------------------------------- races and failures


@WRITERS
def test_each_use_case_writes_exactly_one_transaction(ongoing, write):
    write(ongoing, ongoing.client)
    assert len(ongoing.store.state.transactions) == 2
    assert ongoing.store.state.transactions[2].type is TransactionType.UPDATED
    assert ongoing.conference(1).transaction_id == 2


@WRITERS
@pytest.mark.parametrize("losses", [1, ATTEMPTS - 1])
def test_a_lost_race_is_repeated_as_a_whole(ongoing, write, losses):
    ongoing.store.failing_commits = [StoreConflict("lost")] * losses
    write(ongoing, ongoing.client)
    assert ongoing.conference(1).version == 2
    assert len(ongoing.store.state.transactions) == 2


@WRITERS
def test_who_loses_every_race_is_told_that_the_server_is_busy(ongoing, write):
    before = ongoing.stored()
    ongoing.store.failing_commits = [StoreConflict("lost")] * (ATTEMPTS + 5)
    with pytest.raises(errors.ServerBusy):
        write(ongoing, ongoing.client)
    assert ongoing.stored() == before
    assert len(ongoing.store.failing_commits) == 5


@WRITERS
@pytest.mark.parametrize("error", [errors.DatabaseDown("down"), errors.ServerBusy("busy")])
def test_a_failing_database_is_told_and_not_asked_again(ongoing, write, error):
    before = ongoing.stored()
    ongoing.store.failing_commits = [error]
    with pytest.raises(type(error)):
        write(ongoing, ongoing.client)
    assert ongoing.stored() == before
    ongoing.store.failing_begins = [error]
    with pytest.raises(type(error)):
        write(ongoing, ongoing.client)
    assert ongoing.stored() == before


def test_a_race_for_the_last_number_is_won_by_one_and_explained_to_the_other():
    world = World(numbers=1)
    request = create_request(participants=(dial_in(),))
    with world.store.writing() as rival:
        # The rival books first, although both began with the number free.
        real_begin = world.store._begin
        world.store._begin = lambda: None
        won = world.booking.save_conference(world.caller, world.client, request, BookingMode.STRICT)
        world.store._begin = real_begin
        assert won.conference.route.number == 1
        with pytest.raises(StoreConflict):
            rival.commit()
    with pytest.raises(errors.NotEnoughBridgeResources):
        world.booking.save_conference(world.other, world.client, request, BookingMode.STRICT)


# ---------------------------------------------------------------- end and delete


def test_an_ended_conference_is_finished_from_now_on(ongoing):
    ongoing.clock.now = at(14, 30) + timedelta(microseconds=700_000)
    end(ongoing, ongoing.client)
    conference = ongoing.conference(1)
    assert conference.status(ongoing.clock()) is ConferenceStatus.FINISHED
    assert (conference.period.start, conference.period.end) == (at(14), at(14, 30))
    assert conference.version == 2


@pytest.mark.parametrize("act", [end, delete])
def test_an_ongoing_conference_is_closed_at_once_and_its_systems_are_free(ongoing, act):
    act(ongoing, ongoing.client)
    assert ongoing.conference(1).state is StoredState.BOOKED
    assert ongoing.wish(1, JobKind.LAUNCH) is None
    assert ongoing.wish(1, JobKind.END) == at(14, 30)
    request = create_request(start=at(14, 30), end=at(15), participants=(room(1),))
    ongoing.booking.save_conference(ongoing.other, ongoing.client, request, BookingMode.STRICT)


def test_a_conference_can_be_ended_in_its_first_second(ongoing):
    ongoing.clock.now = at(14)
    end(ongoing, ongoing.client)
    assert ongoing.conference(1).period.duration == timedelta()
    assert ongoing.conference(1).status(at(14)) is ConferenceStatus.FINISHED


def test_ending_a_conference_without_a_bridge_writes_no_job(world):
    request = create_request(start=NOW, participants=(room(1),))
    world.booking.save_conference(world.caller, world.client, request, BookingMode.STRICT)
    end(world, world.client)
    assert world.store.state.outbox == {}


def test_a_pending_conference_is_deleted_with_its_jobs_and_reservations(ongoing):
    ongoing.clock.now = at(13)
    delete(ongoing, ongoing.client)
    conference = ongoing.conference(1)
    assert (conference.state, conference.version) == (StoredState.DELETED, 2)
    assert ongoing.wish(1, JobKind.LAUNCH) is None
    row = ongoing.store.state.transactions[2]
    assert (row.type, row.conference_id, row.system_ids) == (TransactionType.DELETED, 1, (1, 2))
    request = create_request(participants=(room(1),))
    ongoing.booking.save_conference(ongoing.other, ongoing.client, request, BookingMode.STRICT)


@pytest.mark.parametrize(
    ("act", "moment", "error"),
    [
        (end, at(13), errors.ConferenceNotActive),
        (end, at(15), errors.ConferenceNotActive),
        (delete, at(15), errors.CannotBookInThePast),
    ],
)
def test_what_is_not_going_on_cannot_be_ended_and_what_is_over_not_deleted(ongoing, act, moment, error):
    before = ongoing.stored()
    ongoing.clock.now = moment
    with pytest.raises(error):
        act(ongoing, ongoing.client)
    assert ongoing.stored() == before


@pytest.mark.parametrize("act", [end, delete])
def test_a_deleted_conference_is_neither_ended_nor_deleted_again(ongoing, act):
    ongoing.clock.now = at(13)
    delete(ongoing, ongoing.client)
    ongoing.clock.now = at(14, 30)
    with pytest.raises(errors.ConferenceIsDeleted):
        act(ongoing, ongoing.client)
    assert len(ongoing.store.state.transactions) == 2


@pytest.mark.parametrize("name", ["end_conference", "delete_conference"])
def test_only_those_who_may_change_it_end_or_delete_a_conference(ongoing, name):
    act = getattr(ongoing.booking, name)
    with pytest.raises(errors.PermissionMissing):
        act(ongoing.other, ongoing.client, 1)
    with pytest.raises(errors.ConferenceNotFound):
        act(ongoing.caller, ongoing.client, 77)
    act(ongoing.administrator, ongoing.client, 1)
    assert ongoing.store.state.transactions[2].performed_by_id == 4
