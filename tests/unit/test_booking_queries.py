from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import (
    NOW,
    at,
    create_caller,
    create_conference,
    create_request,
    create_route,
    create_user,
    dial_in,
    participant,
    room,
)

from tmsba.booking.api import query_period
from tmsba.booking.view.privacy import for_caller
from tmsba.domain import errors
from tmsba.domain.conference.privacy import Titled
from tmsba.domain.conference.request import OwnerReference
from tmsba.domain.people.users import Caller, Permission, User
from tmsba.domain.time.times import Period
from tmsba.domain.values import (
    BookingMode,
    ConferenceStatus,
    ConferenceType,
    ParticipantKind,
    StatusFilter,
    StoredState,
)

DAY = Period(at(0), at(23))


def save(world, caller=None, **request):
    return world.booking.save_conference(
        caller or world.caller, world.client, create_request(**request), BookingMode.STRICT
    ).conference


# ---------------------------------------------------------------- the default conference


def test_a_default_conference_starts_now_and_is_not_stored(world):
    before = world.store.state
    world.clock.now = NOW + timedelta(microseconds=5)
    view = world.booking.default_conference(world.caller)
    conference = view.conference
    assert (conference.id, conference.version) == (-1, 0)
    assert conference.period == Period(at(13), at(14))
    assert conference.details.title == "Meeting 1/29/2026 1:00 PM"
    assert len(conference.details.pin) == 4
    assert (conference.owner_id, conference.participants, conference.route) == (1, (), None)
    assert (view.status, view.owner) == (ConferenceStatus.NOT_SAVED, world.caller.user)
    assert world.store.state is before


def test_a_default_conference_follows_the_settings(world):
    world.set("default_conference_title", "Call at {start}")
    world.set("default_scheduled_call_duration", "90")
    world.set("auto_generate_pin", "No")
    world.set("default_reservation_type", "no-connect")
    caller = create_caller(create_user(time_zone="W. Europe Standard Time"))
    conference = world.booking.default_conference(caller).conference
    assert conference.period.duration == timedelta(minutes=90)
    assert conference.details.title == "Call at 1/29/2026 2:00 PM"
    assert (conference.details.pin, conference.details.type) == ("", ConferenceType.NO_CONNECT)


# ---------------------------------------------------------------- one conference


def test_a_conference_is_shown_with_its_status_and_owner(world):
    conference = save(world, caller=world.administrator, owner=OwnerReference(id=2))
    view = world.booking.get_conference(world.caller, conference.id)
    assert view.conference == conference
    assert view.owner.id == 2
    assert (view.status, view.info_text) == (ConferenceStatus.PENDING, "Text of Weekly")
    world.clock.now = at(14)
    assert world.booking.get_conference(world.caller, conference.id).status is ConferenceStatus.ONGOING


def test_a_deleted_conference_can_still_be_read(world):
    conference = save(world)
    world.booking.delete_conference(world.caller, world.client, conference.id)
    assert world.booking.get_conference(world.caller, conference.id).status is ConferenceStatus.DELETED


def test_a_conference_that_is_not_there_is_not_found(world):
    with pytest.raises(errors.ConferenceNotFound, match="77"):
        world.booking.get_conference(world.caller, 77)


def test_reading_others_conferences_needs_a_permission(world):
    conference = save(world)
    reader = create_caller(world.user(2), permissions=[])
    with pytest.raises(errors.NoAccessToConference):
        world.booking.get_conference(reader, conference.id)
    owner = create_caller(world.user(1), permissions=[])
    assert world.booking.get_conference(owner, conference.id)
    allowed = create_caller(world.user(2), permissions=[Permission.READ_ALL_CONFERENCES])
    assert world.booking.get_conference(allowed, conference.id)


@pytest.mark.parametrize(
    ("who", "title"), [("caller", "Board"), ("other", "Busy"), ("administrator", "Board")]
)
def test_a_private_conference_shows_outsiders_its_private_title(world, who, title):
    conference = save(world, title="Board", privacy_flag="Busy", participants=(room(1),))
    caller = getattr(world, who)
    view = world.booking.get_conference(caller, conference.id)
    assert (view.conference.details.title, view.info_text) == (title, f"Text of {title}")
    (listed,) = world.booking.conferences_for_systems(caller, [1], DAY, StatusFilter.ALL)
    assert listed.conference.details.title == title


@pytest.mark.parametrize(
    ("flag", "who", "seen"),
    [("", "caller", "Board"), ("", "other", "Board"), ("Busy", "caller", "Board"), ("Busy", "other", "Busy")],
)
def test_a_blank_privacy_flag_hides_nothing(world, flag, who, seen):
    titled = Titled(title="Board", privacy_flag=flag, owner_id=1, created_by_id=1, invitees="")
    assert titled.title_for(getattr(world, who)) == seen


# ---------------------------------------------------------------- lists


def fill(world):
    """Conferences 1 to 4 of user 1 on system 1: finished, ongoing, pending and deleted."""
    people = (participant(ParticipantKind.SYSTEM, 1),)
    periods = [Period(at(h), at(h + 1)) for h in (11, 13, 15, 17)]
    for number, period in enumerate(periods, 1):
        state = StoredState.DELETED if number == 4 else StoredState.BOOKED
        conference = create_conference(
            period=period, state=state, participants=people, owner_id=1, created_by_id=2
        )
        world.store.prepare(lambda uow, conference=conference: uow.conferences.add(conference))


@pytest.mark.parametrize(
    ("status", "ids"),
    [
        (StatusFilter.ALL, [1, 2, 3, 4]),
        (StatusFilter.ALL_EXCEPT_DELETED, [1, 2, 3]),
        (StatusFilter.PENDING_AND_ONGOING, [2, 3]),
        (StatusFilter.PENDING, [3]),
        (StatusFilter.ONGOING, [2]),
        (StatusFilter.FINISHED, [1]),
        (StatusFilter.DELETED, [4]),
        (StatusFilter.DEFECTIVE, []),
    ],
)
def test_lists_hold_what_their_filter_says_by_start(world, status, ids):
    fill(world)
    by_system = list(world.booking.conferences_for_systems(world.other, [1, 2], DAY, status))
    by_user = list(world.booking.conferences_for_user(world.other, "user1", DAY, status))
    for views in (by_system, by_user):
        assert [view.conference.id for view in views] == ids
        for view in views:
            assert not view.has_participants
            assert (view.info_text, view.info_html, view.conference.participants) == ("", "", ())
            assert view.owner.id == 1


def test_lists_hold_what_overlaps_the_period(world):
    fill(world)
    views = world.booking.conferences_for_systems(world.caller, [1], Period(at(12), at(15)), StatusFilter.ALL)
    assert [view.conference.id for view in views] == [2]
    assert not [*world.booking.conferences_for_systems(world.caller, [2], DAY, StatusFilter.ALL)]


def test_a_list_of_an_unknown_system_is_refused(world):
    with pytest.raises(errors.SystemNotFound, match="99"):
        world.booking.conferences_for_systems(world.caller, [1, 99], DAY, StatusFilter.ALL)


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("", [1, 2]),
        ("  ", [1, 2]),
        ("user2", [2, 3]),
        ("DOM\\USER2", [2, 3]),
        ("user2@example.com", [2, 3]),
        ("admin", [2]),
    ],
)
def test_a_list_of_a_user_holds_what_is_owned_or_created(world, name, ids):
    save(world)
    made = save(world, caller=world.administrator, start=at(15), end=at(16), owner=OwnerReference(id=1))
    save(world, caller=world.other, start=at(16), end=at(17))
    handed_over = {"created_by_id": 2} if "2" in name.lower() else {}
    if handed_over:
        conference = create_conference(**{"id": made.id, "period": made.period, **handed_over})
        world.store.prepare(lambda uow: uow.conferences.update(conference))
    views = world.booking.conferences_for_user(world.caller, name, DAY, StatusFilter.ALL)
    assert [view.conference.id for view in views] == ids


def test_a_list_of_an_unknown_user_is_refused(world):
    with pytest.raises(errors.UserNotFound, match="nobody"):
        world.booking.conferences_for_user(world.caller, "nobody", DAY, StatusFilter.ALL)


def test_a_list_cannot_end_before_it_starts():
    with pytest.raises(errors.StartAfterEnd):
        query_period(at(15), at(14))
    assert query_period(at(14), at(14)) == Period(at(14), at(14))


# ---------------------------------------------------------------- transactions


def test_transactions_come_in_order_after_the_given_one(world):
    for hour in (14, 15, 16):
        save(world, start=at(hour), end=at(hour + 1), participants=(room(1 + hour % 2),))
    assert [t.id for t in world.booking.transactions_since(0).transactions] == [1, 2, 3]
    assert [t.id for t in world.booking.transactions_since(2).transactions] == [3]
    assert world.booking.transactions_since(3).transactions == ()
    assert [t.id for t in world.booking.transactions_since(0, 1).transactions] == [1, 3]


def test_a_page_of_transactions_says_whether_more_follow(world):
    world.set("transaction_page_limit", "2")
    for hour in (14, 15, 16):
        save(world, start=at(hour), end=at(hour + 1))
    first = world.booking.transactions_since(0)
    assert ([t.id for t in first.transactions], first.is_incomplete) == ([1, 2], True)
    last = world.booking.transactions_since(1)
    assert ([t.id for t in last.transactions], last.is_incomplete) == ([2, 3], False)


def test_transactions_of_an_unknown_system_are_refused(world):
    with pytest.raises(errors.SystemNotFound):
        world.booking.transactions_since(0, 99)


def test_reading_writes_nothing(world):
    save(world, participants=(room(1), dial_in()))
    before = world.store.state
    world.booking.default_conference(world.caller)
    world.booking.get_conference(world.caller, 1)
    list(world.booking.conferences_for_systems(world.caller, [1], DAY, StatusFilter.ALL))
    list(world.booking.conferences_for_user(world.caller, "", DAY, StatusFilter.ALL))
    world.booking.transactions_since(0)
    list(world.setup.systems())
    list(world.setup.users())
    assert world.store.state is before


def test_a_bridge_or_owner_that_is_gone_breaks_no_view(world):
    conference = create_conference(owner_id=99, route=create_route(bridge_id=99), privacy_flag="Busy")
    world.store.prepare(lambda uow: uow.conferences.add(conference))
    view = world.booking.get_conference(world.caller, 1)
    assert view.owner == world.caller.user


# ---------------------------------------------------------------- remote setup


def test_remote_setup_lists_systems_and_users_by_id(world):
    assert [system.id for system in world.setup.systems()] == [1, 2, 3, 4]
    assert [user.id for user in world.setup.users()] == [1, 2, 3, 4]


def test_remote_setup_shows_one_system(world):
    assert world.setup.system(2).name == "Room 2"
    with pytest.raises(errors.SystemNotFound, match="99"):
        world.setup.system(99)


@pytest.mark.parametrize(
    ("email", "title"),
    [("Ada@Example.com", "Merger"), ("bo@example.com", "Merger"), ("eve@example.com", "Busy"), ("", "Busy")],
)
def test_whom_a_private_conference_invites_sees_its_title(email, title):
    conference = create_conference()
    details = replace(
        conference.details, title="Merger", privacy_flag="Busy", invitees="x@example.com; bo@example.com"
    )
    invited = replace(dial_in(), email="ada@example.com")
    conference = replace(conference, details=details, participants=(invited,))
    caller = Caller(user=User(id=4711, name="guest", email=email))
    assert for_caller(conference, caller).details.title == title
    listed = replace(conference, participants=())
    assert for_caller(listed, caller, ["ada@example.com"]).details.title == title


@pytest.mark.parametrize(
    ("who", "flag", "invitees", "expected"),
    [
        ("other", "Busy", "x@example.com", True),
        ("other", "Busy", "USER2@example.com", False),
        ("other", "", "", False),
        ("caller", "Busy", "", False),
        ("administrator", "Busy", "", False),
        ("nameless", "Busy", "", False),
    ],
)
def test_participants_are_asked_only_where_they_decide_who_sees_a_title(world, who, flag, invitees, expected):
    callers = {"nameless": create_caller(create_user(7, email=" "))}
    titled = Titled(title="Board", privacy_flag=flag, owner_id=1, created_by_id=1, invitees=invitees)
    assert titled.depends_on_participants(callers.get(who) or getattr(world, who)) is expected
