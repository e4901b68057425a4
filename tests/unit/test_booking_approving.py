"""Meeting requests: what becomes one, who decides, and what follows."""

from datetime import timedelta

import pytest
from fakes import HOUR, at, create_caller, create_request, dial_in, room

from tmsba.domain import errors
from tmsba.domain.conference.request import OwnerReference
from tmsba.domain.people.users import Permission
from tmsba.domain.time.recurrence import Frequency, RecurrencePattern, SeriesEnd
from tmsba.domain.values import BookingMode, StoredState, TransactionType
from tmsba.ports.outbox import JobKind
from tmsba.ports.work import StoreConflict

DAILY = RecurrencePattern(frequency=Frequency.DAILY, end_type=SeriesEnd.BY_COUNT, occurrences=3)


@pytest.fixture
def guest(world):
    """User 1 without the right to approve."""
    return create_caller(world.user(1), permissions=[Permission.BOOK, Permission.UPDATE])


def save(world, caller, **overrides):
    request = create_request(**{"participants": (room(1), dial_in()), **overrides})
    return world.booking.save_conference(caller, world.client, request, BookingMode.STRICT)


def test_an_approved_request_holds_its_systems_and_will_be_launched(world, guest):
    number = save(world, guest).conference.id
    assert world.wish(number, JobKind.LAUNCH) is None
    view = world.booking.approve(world.administrator, number)
    booked = world.conference(number)
    assert (booked.state, booked.version, booked.route.number) == (StoredState.BOOKED, 2, 1)
    assert booked.owner_id == guest.user.id
    assert view.conference.id == number
    assert world.wish(number, JobKind.LAUNCH)
    last = max(world.store.state.transactions.values(), key=lambda one: one.id)
    assert (last.type, last.performed_by_id) == (TransactionType.UPDATED, world.administrator.user.id)
    assert world.audited() == [("admin", "conference.approved", f"conference {number}")]


def test_a_rejected_request_holds_nothing_and_can_be_asked_for_again(world, guest):
    number = save(world, guest).conference.id
    world.booking.reject(world.administrator, number)
    rejected = world.conference(number)
    assert (rejected.state, rejected.version, rejected.route) == (StoredState.REJECTED, 2, None)
    assert world.wish(number, JobKind.LAUNCH) is None
    again = save(world, guest, id=number, version=2, start=at(16), end=at(17))
    assert again.conference.state is StoredState.MEETING_REQUEST
    assert world.audited() == [("admin", "conference.rejected", f"conference {number}")]


def test_a_request_that_clashes_stays_a_request(world, guest):
    number = save(world, guest).conference.id
    save(world, world.other)
    before = world.conference(number)
    with pytest.raises(errors.SystemAlreadyBooked):
        world.booking.approve(world.administrator, number)
    assert world.conference(number) == before
    assert world.audited() == []


def test_a_series_is_approved_as_a_whole_or_not_at_all(world, guest):
    save(world, world.other, start=at(14) + timedelta(days=2), end=at(15) + timedelta(days=2))
    save(world, guest, pattern=DAILY)
    dates = [one.id for one in world.store.state.conferences.values() if one.series]
    with pytest.raises(errors.SystemAlreadyBooked):
        world.booking.approve(world.administrator, dates[1])
    assert {world.conference(i).state for i in dates} == {StoredState.MEETING_REQUEST}
    world.booking.delete_conference(world.other, world.client, 1)
    world.booking.approve(world.administrator, dates[1])
    assert {world.conference(i).state for i in dates} == {StoredState.BOOKED}
    assert len({world.conference(i).route.number for i in dates}) == 1
    assert all(world.wish(i, JobKind.LAUNCH) for i in dates)


def test_dates_of_a_series_that_are_over_or_deleted_stay_as_they_are(world, guest):
    save(world, guest, pattern=DAILY)
    first, second, third = sorted(one.id for one in world.store.state.conferences.values())
    world.booking.delete_occurrence(guest, world.client, second)
    world.clock.now = at(15) + HOUR
    world.booking.reject(world.administrator, third)
    states = [world.conference(i).state for i in (first, second, third)]
    assert states == [StoredState.MEETING_REQUEST, StoredState.DELETED, StoredState.REJECTED]


@pytest.mark.parametrize("decide", ["approve", "reject"])
def test_only_open_requests_are_decided_on(world, guest, decide):
    booked = save(world, world.other).conference.id
    with pytest.raises(errors.UnknownError, match=f"Conference {booked} is pending"):
        getattr(world.booking, decide)(world.administrator, booked)
    with pytest.raises(errors.ConferenceNotFound):
        getattr(world.booking, decide)(world.administrator, 77)
    asked = save(world, guest, start=at(16), end=at(17)).conference.id
    world.clock.now = at(17)
    with pytest.raises(errors.CannotBookInThePast):
        getattr(world.booking, decide)(world.administrator, asked)


@pytest.mark.parametrize("decide", ["approve", "reject"])
def test_only_who_may_approve_decides(world, guest, decide):
    number = save(world, guest).conference.id
    with pytest.raises(errors.PermissionMissing, match="Approve Meeting"):
        getattr(world.booking, decide)(guest, number)


def test_an_approval_that_loses_a_race_is_repeated(world, guest):
    number = save(world, guest).conference.id
    world.store.failing_commits = [StoreConflict("lost")]
    world.booking.approve(world.administrator, number)
    assert world.conference(number).state is StoredState.BOOKED
    assert len(world.audited()) == 1


def test_what_a_guest_changes_has_to_be_approved_again(world, guest):
    number = save(world, guest).conference.id
    world.booking.approve(world.administrator, number)
    save(world, guest, id=number, version=2, title="Changed")
    assert world.conference(number).state is StoredState.MEETING_REQUEST
    assert world.wish(number, JobKind.LAUNCH) is None


def test_an_ongoing_meeting_never_becomes_a_request(world, guest):
    number = save(world, guest).conference.id
    world.booking.approve(world.administrator, number)
    before = world.conference(number)
    world.clock.now = at(14, 30)
    with pytest.raises(errors.PermissionMissing, match="approved first"):
        save(world, guest, id=number, version=2, title="Changed")
    assert world.conference(number) == before


def test_an_owner_who_is_made_up_is_in_the_audit_log_and_the_default_groups(world):
    owner = OwnerReference(email="new@example.com")
    save(world, world.administrator, owner=owner)
    assert world.audited() == [("admin", "user.added", "new")]
