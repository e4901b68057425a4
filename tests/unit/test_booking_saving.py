from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import (
    HOUR,
    NOW,
    World,
    at,
    create_caller,
    create_client,
    create_request,
    create_system,
    dial_in,
    dial_out,
    room,
    wanted,
)

from tmsba.booking.request.change_log import EARLY
from tmsba.domain import errors
from tmsba.domain.conference.request import OwnerReference
from tmsba.domain.people.users import USERS, Permission
from tmsba.domain.time.times import Period
from tmsba.domain.values import (
    Bandwidth,
    BookingMode,
    Choice,
    ConferenceStatus,
    ConferenceType,
    ParticipantKind,
    PictureMode,
    StoredState,
    TransactionType,
)
from tmsba.ports.outbox import JobKind

STRICT, FORCED = BookingMode.STRICT, BookingMode.BEST_EFFORT_FORCED
LAUNCH, END = JobKind.LAUNCH, JobKind.END
TWO_ROOMS = (room(1), room(2))


def save(world, *, caller=None, client=None, mode=STRICT, **request):
    return world.booking.save_conference(
        caller or world.caller, client or world.client, create_request(**request), mode
    ).conference


def update(world, conference, **request):
    """Save again what is stored, with some changes."""
    kept = {"id": conference.id, "start": None, "end": None, "title": None}
    return save(world, **(kept | request))


def refused(world, error, **request):
    """Save, be refused with this error, and leave everything as it was."""
    before = world.stored()
    with pytest.raises(error) as caught:
        save(world, **request)
    assert world.stored() == before
    return caught.value.message


# ---------------------------------------------------------------- new conferences


def test_a_new_conference_is_stored_as_asked(world):
    conference = save(world, participants=(room(1), dial_out("a@example.com")), pin="0123", location="Oslo")
    assert conference == world.conference(conference.id)
    assert (conference.id, conference.version, conference.state) == (1, 1, StoredState.BOOKED)
    assert (conference.owner_id, conference.created_by_id) == (1, 1)
    assert conference.period == Period(at(14), at(15))
    details = conference.details
    assert (details.title, details.pin, details.location) == ("Weekly", "0123", "Oslo")
    assert [(p.kind, p.id) for p in conference.participants] == [
        (ParticipantKind.SYSTEM, 1),
        (ParticipantKind.SIP_VIDEO_OUT, 1),
    ]


@pytest.mark.parametrize("conference_id", [None, 0, -1, -7])
def test_an_id_that_is_missing_or_not_positive_asks_for_a_new_conference(world, conference_id):
    assert [save(world, id=conference_id, start=at(h), end=at(h + 1)).id for h in (14, 16)] == [1, 2]


def test_what_a_request_does_not_say_comes_from_the_settings(world):
    world.set("default_reservation_type", "manual")
    world.set("default_bandwidth", "512")
    world.set("default_isdn_bandwidth", "64")
    world.set("default_picture_mode", "voice-switched")
    world.set("default_encryption", "no")
    details = save(world).details
    assert details.type is ConferenceType.MANUAL
    assert details.ip_bandwidth is details.bandwidth is Bandwidth.KBPS_512
    assert details.isdn_bandwidth is Bandwidth.KBPS_64
    assert details.picture_mode is PictureMode.VOICE_SWITCHED
    assert details.encryption is Choice.NO


def test_the_view_carries_owner_status_and_texts(world):
    view = world.booking.save_conference(world.caller, world.client, create_request(), STRICT)
    assert (view.owner, view.status) == (world.caller.user, ConferenceStatus.PENDING)
    assert (view.info_text, view.info_html) == ("Text of Weekly", "<p>Weekly</p>")
    assert view.has_participants


def test_a_conference_without_a_key_gets_one_of_its_own_and_no_source(world):
    keys = {save(world, start=at(h), end=at(h + 1)).details.external_primary_key for h in (14, 16)}
    assert len(keys) == 2
    assert world.conference(1).details.external_source_id == ""


@pytest.mark.parametrize("missing", [Permission.BOOK, Permission.APPROVE_MEETING])
def test_who_may_not_book_makes_a_request_that_holds_nothing(world, missing):
    guest = create_caller(world.user(1), permissions=set(Permission) - {missing})
    request = save(world, caller=guest, participants=TWO_ROOMS)
    assert (request.state, request.route) == (StoredState.MEETING_REQUEST, None)
    assert request.status(at(14)) is ConferenceStatus.MEETING_REQUEST
    assert save(world, participants=TWO_ROOMS).state is StoredState.BOOKED
    assert world.wish(request.id, LAUNCH) is None


# ---------------------------------------------------------------- title and PIN


@pytest.mark.parametrize("title", [None, "", "  ", "''"])
def test_without_a_title_the_default_is_used_in_the_owners_zone(world, title):
    anna = replace(world.user(1), time_zone="Europe/Oslo")
    account = world.store.state.accounts[1]
    world.store.state.accounts[1] = replace(account, user=anna)
    assert save(world, title=title).details.title == "Meeting 1/29/2026 3:00 PM"


def test_an_update_without_a_title_keeps_it(world):
    first = save(world)
    assert update(world, first, title="").details.title == "Weekly"


def test_quotes_in_a_title_are_dropped(world):
    assert save(world, title="""Anna's "big" day""").details.title == "Annas big day"


def test_a_title_that_is_too_long_is_refused(world):
    assert "256" in refused(world, errors.UnknownError, title="x" * 256)
    assert save(world, title="x" * 255)


def test_a_conference_without_a_pin_gets_a_random_one(world):
    world.set("pin_length", "6")
    pins = {save(world, start=at(h), end=at(h + 1)).details.pin for h in range(14, 20)}
    assert all(len(pin) == 6 and pin.isdigit() and pin[0] != "0" for pin in pins)
    assert len(pins) > 1


def test_no_pin_is_made_up_when_the_setting_is_off(world):
    world.set("auto_generate_pin", "No")
    assert save(world).details.pin == ""


def test_a_conference_keeps_its_pin_when_an_update_says_none(world):
    first = save(world)
    assert update(world, first, title="Other").details.pin == first.details.pin


@pytest.mark.parametrize("pin", ["12a4", "1" * 64])
def test_a_pin_that_is_none_is_refused(world, pin):
    assert "PIN" in refused(world, errors.UnknownError, pin=pin)


# ---------------------------------------------------------------- times


@pytest.mark.parametrize(
    ("error", "start", "end"),
    [
        (errors.CannotBookInThePast, at(11), at(12)),
        (errors.CannotBookInThePast, at(12), NOW),
        (errors.StartAfterEnd, at(15), at(14)),
        (errors.StartAfterEnd, at(14), at(14)),
        (errors.OutsideBookingWindow, NOW + timedelta(days=366), NOW + timedelta(days=367)),
        (errors.UnknownError, None, at(15)),
        (errors.UnknownError, at(14), None),
    ],
)
def test_times_that_cannot_be_booked_are_refused(world, error, start, end):
    refused(world, error, start=start, end=end)


def test_the_booking_window_is_a_setting(world):
    world.set("booking_window", "1")
    refused(world, errors.OutsideBookingWindow, start=NOW + timedelta(days=1, minutes=1), end=NOW + 30 * HOUR)
    assert save(world, start=NOW + timedelta(days=1), end=NOW + 25 * HOUR)


def test_a_conference_may_start_before_it_is_booked(world):
    conference = save(world, start=at(12), end=at(14), participants=TWO_ROOMS)
    assert conference.status(NOW) is ConferenceStatus.ONGOING
    assert world.wish(conference.id, LAUNCH) == at(12) - EARLY


def test_the_past_is_checked_before_the_participants(world):
    refused(world, errors.CannotBookInThePast, start=at(11), end=at(12), participants=(room(99),))


# ---------------------------------------------------------------- participants


@pytest.mark.parametrize(
    ("error", "entry", "conference_type"),
    [
        (errors.SystemNotFound, room(99), None),
        (errors.SystemNotAllowed, room(7), None),
        (errors.ParticipantError, wanted(ParticipantKind.USER, 1), None),
        (errors.ParticipantError, wanted(ParticipantKind.DIRECTORY, 1), None),
        (errors.ParticipantError, wanted(ParticipantKind.MASTER, 1), None),
        (errors.DialOutNumberMissing, dial_out(" "), None),
        (errors.CannotAddParticipant, dial_in(), ConferenceType.RESERVATION_ONLY),
    ],
)
@pytest.mark.parametrize("mode", BookingMode)
def test_participants_that_cannot_be_booked_are_refused_in_either_mode(
    world, mode, error, entry, conference_type
):
    world.add_system(create_system(7, is_booking_allowed=False))
    refused(world, error, participants=(entry,), type=conference_type, mode=mode)


def test_what_this_server_does_not_offer_is_refused(world):
    refused(world, errors.UnknownError, type=ConferenceType.AD_HOC)


# ---------------------------------------------------------------- whose it is


@pytest.mark.parametrize(
    ("reference", "owner_id"),
    [
        (OwnerReference(), 4),
        (OwnerReference(id=2, user_name="user3", email="user1@example.com"), 2),
        (OwnerReference(id=-1, user_name="user3", email="user1@example.com"), 3),
        (OwnerReference(id=-1, user_name="DOM\\USER3"), 3),
        (OwnerReference(user_name="user3", email="User1@example.com"), 1),
        (OwnerReference(id=0, email="user2@example.com"), 2),
        (OwnerReference(user_name="user3", email="nobody@example.com"), 3),
        (OwnerReference(user_name="user2@example.com"), 2),
        (OwnerReference(first_name="Anna"), 4),
    ],
)
def test_the_owner_is_looked_up_in_the_documented_order(world, reference, owner_id):
    conference = save(world, caller=world.administrator, owner=reference)
    assert (conference.owner_id, conference.created_by_id) == (owner_id, 4)


@pytest.mark.parametrize(
    "reference",
    [
        OwnerReference(id=77, user_name="user1"),
        OwnerReference(user_name="?"),
        OwnerReference(email="@example.com"),
        OwnerReference(id=-1, user_name="user11"),
        OwnerReference(id=-1, user_name="nobody", email="user1@example.com"),
        OwnerReference(user_name="EXAMPLE\\nobody"),
        OwnerReference(id=0, user_name="nobody@example.com"),
    ],
)
def test_an_owner_who_cannot_become_a_user_is_refused(world, reference):
    before = dict(world.store.state.accounts)
    refused(world, errors.UserNotFound, caller=world.administrator, owner=reference)
    assert world.store.state.accounts == before


@pytest.mark.parametrize(
    ("reference", "name", "email"),
    [
        (
            OwnerReference(user_name="EXAMPLE\\nobody", email="n@example.com"),
            "EXAMPLE\\nobody",
            "n@example.com",
        ),
        (OwnerReference(email="new.one@example.com", first_name="New"), "new.one", "new.one@example.com"),
        (OwnerReference(email="user1@elsewhere.example.com"), "user11", "user1@elsewhere.example.com"),
    ],
)
def test_an_unknown_owner_becomes_a_user_of_the_default_group(world, reference, name, email):
    conference = save(world, caller=world.administrator, owner=reference)
    owner = world.user(conference.owner_id)
    assert (owner.full_name, owner.email, owner.first_name) == (name, email, reference.first_name)
    assert world.store.state.accounts[owner.id].groups == {USERS}
    again = save(world, caller=world.administrator, owner=OwnerReference(id=-1, user_name=name))
    assert again.owner_id == owner.id


def test_an_unknown_owner_is_not_made_up_for_who_may_book_only_for_himself(world):
    refused(world, errors.PermissionMissing, owner=OwnerReference(email="new@example.com"))


def test_booking_for_others_needs_a_permission(world):
    message = refused(world, errors.PermissionMissing, owner=OwnerReference(id=2))
    assert "Book on behalf of" in message
    assert save(world, owner=OwnerReference(id=1)).owner_id == 1


def test_an_update_that_names_no_owner_keeps_it(world):
    first = save(world)
    assert update(world, first, caller=world.administrator).owner_id == 1


@pytest.mark.parametrize(
    "reference", [OwnerReference(id=0), OwnerReference(id=-1), OwnerReference(first_name="A")]
)
def test_a_reference_that_names_nobody_keeps_the_owner_as_well(world, reference):
    first = save(world)
    assert update(world, first, caller=world.administrator, owner=reference).owner_id == 1


def test_an_owner_can_be_named_again_by_anybody_who_may_update(world):
    first = save(world, caller=world.administrator, owner=OwnerReference(id=1))
    assert update(world, first, owner=OwnerReference(id=1)).created_by_id == 4


# ---------------------------------------------------------------- updates


def test_an_update_changes_what_it_says_and_keeps_the_rest(world):
    first = save(world, participants=TWO_ROOMS, pin="1234", location="Oslo", bandwidth=Bandwidth.KBPS_512)
    second = update(world, first, title="Monthly", end=at(16))
    assert second == world.conference(first.id)
    assert second.version == 2
    assert second.period == Period(at(14), at(16))
    assert second.participants == first.participants
    assert second.route == first.route
    assert second.details == replace(first.details, title="Monthly")


def test_an_empty_list_clears_the_participants(world):
    first = save(world, participants=TWO_ROOMS)
    second = update(world, first, participants=())
    assert (second.participants, second.route) == ((), None)


def test_an_update_of_nothing_is_not_found(world):
    assert "77" in refused(world, errors.ConferenceNotFound, id=77)


def test_a_deleted_conference_cannot_be_saved(world):
    first = save(world)
    world.booking.delete_conference(world.caller, world.client, first.id)
    refused(world, errors.ConferenceIsDeleted, id=first.id)


def test_a_finished_conference_cannot_be_saved(world):
    first = save(world)
    world.clock.now = at(15)
    refused(world, errors.CannotBookInThePast, id=first.id, end=at(18))


def test_somebody_elses_conference_cannot_be_saved(world):
    first = save(world)
    refused(world, errors.PermissionMissing, id=first.id, caller=world.other)
    assert update(world, first, caller=world.administrator, title="Other").version == 2


def test_who_may_not_update_cannot_save_an_own_conference_again(world):
    first = save(world)
    newcomer = create_caller(world.user(1), permissions=[Permission.BOOK])
    refused(world, errors.PermissionMissing, id=first.id, caller=newcomer)


@pytest.mark.parametrize("version", [None, 0, 1, 3])
def test_an_update_brings_the_current_version(world, version):
    first = save(world)
    update(world, first, title="Other")
    client = create_client(version=23, session_id="mine")
    save(world, client=client, start=at(20), end=at(21))  # the session is known from here on
    message = refused(world, errors.ConcurrentModification, id=first.id, client=client, version=version)
    assert "version 2" in message
    assert update(world, first, client=client, version=2).version == 3


@pytest.mark.parametrize(
    ("client_version", "is_checked"), [(0, False), (12, False), (13, False), (14, True), (23, True)]
)
def test_the_version_is_checked_from_api_version_14_on(world, client_version, is_checked):
    first = save(world)
    client = create_client(client_version, "mine")
    if is_checked:
        with pytest.raises(errors.ConcurrentModification):
            update(world, first, client=client)
    else:
        assert update(world, first, client=client).version == 2


# ---------------------------------------------------------------- external keys


KEY = {"external_source_id": "calendar", "external_primary_key": "42"}


def test_a_conference_is_found_by_its_external_key_first(world):
    first = save(world, **KEY)
    other = save(world, start=at(16), end=at(17))
    again = save(world, **KEY, id=other.id, title="Other")
    assert (again.id, again.version) == (first.id, 2)
    assert world.conference(other.id).version == 1


@pytest.mark.parametrize("conference_id", [None, -1, 77])
def test_the_id_does_not_matter_once_the_key_is_found(world, conference_id):
    first = save(world, **KEY)
    assert save(world, **KEY, id=conference_id).id == first.id


def test_an_unknown_key_with_an_id_updates_that_conference(world):
    first = save(world)
    again = update(world, first, **KEY)
    assert (again.id, again.details.external_primary_key) == (first.id, "42")


def test_the_same_key_of_another_source_is_another_conference(world):
    assert save(world, **KEY).id != save(world, **KEY | {"external_source_id": "other"}).id


def test_the_key_of_a_deleted_conference_can_be_used_again(world):
    first = save(world, **KEY)
    world.booking.delete_conference(world.caller, world.client, first.id)
    assert save(world, **KEY).id != first.id


@pytest.mark.parametrize("source", ["TMS", "TMS-ADHOC", "tms", "Tms-AdHoc"])
def test_reserved_source_ids_cannot_be_claimed(world, source):
    refused(world, errors.UnknownError, external_source_id=source)
    first = save(world)
    refused(world, errors.UnknownError, id=first.id, external_source_id=source)


def test_what_came_from_us_with_a_reserved_source_id_may_keep_it(world):
    first = save(world)
    ours = replace(first, details=replace(first.details, external_source_id="TMS"))
    world.store.prepare(lambda uow: uow.conferences.update(ours))
    assert update(world, first, external_source_id="TMS", title="Other").version == 2


# ---------------------------------------------------------------- clashes and routes


def test_a_system_that_is_booked_already_is_explained(world):
    save(world, participants=(room(1),), title="Board")
    message = refused(world, errors.SystemAlreadyBooked, participants=(room(1),), caller=world.other)
    for fact in ("Room 1 (id 1)", "2026-01-29 14:00:00Z", "2026-01-29 15:00:00Z", "'Board'"):
        assert fact in message


@pytest.mark.parametrize(
    ("who", "title"), [("caller", "Board"), ("other", "Busy"), ("administrator", "Board")]
)
def test_outsiders_are_told_the_private_title_of_a_clash(world, who, title):
    save(world, participants=(room(1),), title="Board", privacy_flag="Busy")
    message = refused(world, errors.SystemAlreadyBooked, participants=(room(1),), caller=getattr(world, who))
    assert repr(title) in message


def test_conferences_that_only_touch_do_not_clash(world):
    save(world, participants=(room(1),))
    assert save(world, participants=(room(1),), start=at(15), end=at(16)).id == 2
    assert save(world, participants=(room(1),), start=at(13), end=at(14)).id == 3


def test_a_conference_does_not_clash_with_itself(world):
    first = save(world, participants=TWO_ROOMS)
    assert update(world, first, start=at(14, 30), end=at(16)).route == first.route


def test_best_effort_saves_a_clash_as_defective_without_jobs(world):
    save(world, participants=(room(1),))
    clashing = save(world, participants=TWO_ROOMS, mode=FORCED)
    assert clashing.status(NOW) is ConferenceStatus.DEFECTIVE
    assert (clashing.state, clashing.route) == (StoredState.DEFECTIVE_CLASH, None)
    assert clashing.reserved_system_ids == ()
    assert world.wish(clashing.id, LAUNCH) is world.wish(clashing.id, END) is None


def fill_numbers(world, count=3):
    for _ in range(count):
        save(world, participants=(dial_in(),), caller=world.administrator)


def test_without_a_free_number_the_reasons_are_given(world):
    fill_numbers(world)
    message = refused(world, errors.NotEnoughBridgeResources, participants=(dial_in(),))
    assert "none of its 3 numbers free" in message


def test_best_effort_saves_what_has_no_route_as_defective_and_keeps_the_rooms_busy(world):
    fill_numbers(world)
    routeless = save(world, participants=TWO_ROOMS, mode=FORCED)
    assert (routeless.state, routeless.route) == (StoredState.DEFECTIVE_ROUTE, None)
    assert world.wish(routeless.id, LAUNCH) is world.wish(routeless.id, END) is None
    refused(world, errors.SystemAlreadyBooked, participants=(room(2),))


def test_a_defective_conference_is_mended_by_saving_it_at_another_time(world):
    save(world, participants=(room(1),))
    clashing = save(world, participants=TWO_ROOMS, mode=FORCED)
    mended = update(world, clashing, start=at(16), end=at(17))
    assert mended.state is StoredState.BOOKED
    assert mended.route
    assert world.wish(mended.id, LAUNCH) == at(16) - EARLY


def test_a_booked_conference_that_becomes_defective_loses_its_number_and_is_closed_at_once(world):
    first = save(world, participants=TWO_ROOMS)
    save(world, participants=(room(1),), start=at(16), end=at(17))
    moved = update(world, first, start=at(16), end=at(17), mode=FORCED)
    assert (moved.state, moved.route) == (StoredState.DEFECTIVE_CLASH, None)
    assert world.wish(first.id, LAUNCH) is None
    assert world.wish(first.id, END) == world.clock.now


def test_the_lowest_free_number_is_held_from_the_booking_on(world):
    first, second = (save(world, participants=(dial_in(),)) for _ in range(2))
    assert [c.route.number for c in (first, second)] == [1, 2]
    assert first.route.join_uri == "1@cms.example.com"
    assert first.route.secret != second.route.secret
    update(world, first, participants=())
    assert save(world, participants=(dial_in(),)).route.number == 1


def test_a_moved_conference_keeps_its_number_when_that_is_free(world):
    save(world, participants=(dial_in(),))
    second = save(world, participants=(dial_in(),))
    assert update(world, second, start=at(18), end=at(19)).route == second.route


def test_a_moved_conference_takes_another_number_when_its_own_is_held(world):
    first = save(world, participants=(dial_in(),))
    save(world, participants=(dial_in(),), start=at(16), end=at(17))
    moved = update(world, first, start=at(16), end=at(17)).route
    assert moved.number == 2
    assert moved.secret == first.route.secret


def test_the_bridge_with_the_fewest_conferences_is_taken():
    world = World(bridges=2)
    bridges = [save(world, participants=(dial_in(),)).route.bridge_id for _ in range(4)]
    assert bridges == [1, 2, 1, 2]


def test_a_bridge_that_is_off_is_not_taken(world):
    bridge = world.store.state.bridges[1]
    world.store.state.bridges[1] = replace(bridge, is_enabled=False)
    message = refused(world, errors.NotEnoughBridgeResources, participants=(dial_in(),))
    assert "is disabled. Ask an administrator" in message


def test_without_any_bridge_the_fault_says_so(world):
    world.store.state.bridges.clear()
    message = refused(world, errors.NotEnoughBridgeResources, participants=(dial_in(),))
    assert "none is registered" in message


@pytest.mark.parametrize("people", [(), (room(1),), (room(1), wanted(ParticipantKind.MASTER, 1))])
def test_who_has_nobody_to_talk_to_gets_no_number_and_no_jobs(world, people):
    conference = save(world, participants=people)
    assert conference.route is None
    assert world.store.state.outbox == {}


# ---------------------------------------------------------------- going on


@pytest.fixture
def ongoing(world):
    conference = save(world, participants=TWO_ROOMS)
    world.clock.now = at(14, 30)
    return conference


def test_the_start_of_an_ongoing_conference_is_not_saved(world, ongoing):
    refused(world, errors.ConferenceActive, id=ongoing.id, start=at(14, 10))


def test_an_ongoing_conference_can_be_extended_renamed_and_joined(world, ongoing):
    saved = update(world, ongoing, end=at(16), title="Longer", participants=(*TWO_ROOMS, room(3)))
    assert saved.period == Period(at(14), at(16))
    assert (saved.route, saved.details.title, len(saved.participants)) == (ongoing.route, "Longer", 3)
    assert (world.wish(ongoing.id, LAUNCH), world.wish(ongoing.id, END)) == (at(14) - EARLY, at(16))


@pytest.mark.parametrize("mode", BookingMode)
def test_an_ongoing_conference_never_becomes_defective_by_a_clash(world, ongoing, mode):
    save(world, participants=(room(1),), start=at(15), end=at(16))
    refused(world, errors.SystemAlreadyBooked, id=ongoing.id, end=at(16), mode=mode)
    assert world.conference(ongoing.id) == ongoing


@pytest.mark.parametrize("mode", BookingMode)
def test_an_ongoing_conference_never_changes_its_number(world, ongoing, mode):
    save(world, participants=(dial_in(),), start=at(15), end=at(16))
    message = refused(world, errors.NotEnoughBridgeResources, id=ongoing.id, end=at(16), mode=mode)
    assert "Number 1 is booked for another conference" in message
    assert world.conference(ongoing.id) == ongoing


@pytest.mark.parametrize("mode", BookingMode)
def test_an_ongoing_conference_that_first_needs_a_bridge_finds_one_or_stays(world, mode):
    conference = save(world, participants=(room(1),))
    for _ in range(3):
        save(world, participants=(dial_in(),), start=at(14, 40), caller=world.administrator)
    world.clock.now = at(14, 30)
    refused(world, errors.NotEnoughBridgeResources, id=conference.id, participants=TWO_ROOMS, mode=mode)
    world.booking.delete_conference(world.administrator, world.client, 2)
    joined = update(world, conference, participants=TWO_ROOMS)
    assert joined.route.number == 1
    assert world.wish(joined.id, LAUNCH) == at(14) - EARLY


def test_an_ongoing_conference_that_needs_no_bridge_any_more_is_closed_at_once(world, ongoing):
    assert update(world, ongoing, participants=(room(1),)).route is None
    assert (world.wish(ongoing.id, LAUNCH), world.wish(ongoing.id, END)) == (None, at(14, 30))


# ---------------------------------------------------------------- transactions and outbox


def transactions(world):
    return [(t.conference_id, t.type, t.performed_by_id) for t in world.store.state.transactions.values()]


def test_each_save_writes_one_transaction(world):
    first = save(world, participants=(room(1),))
    assert first.transaction_id == 1
    second = update(world, first, participants=(room(2),), caller=world.administrator)
    assert second.transaction_id == 2
    assert transactions(world) == [(1, TransactionType.NEW, 1), (1, TransactionType.UPDATED, 4)]


def test_a_transaction_names_the_systems_of_before_and_after(world):
    first = save(world, participants=(room(1),))
    update(world, first, participants=(room(2),))
    assert [t.system_ids for t in world.store.state.transactions.values()] == [(1,), (1, 2)]


def test_a_defective_save_writes_a_transaction_as_well(world):
    save(world, participants=(room(1),))
    save(world, participants=(room(1),), mode=FORCED)
    assert [kind for _, kind, _ in transactions(world)] == [TransactionType.NEW] * 2


def test_a_booking_writes_launch_and_end_with_its_request_id(world):
    conference = save(world, participants=TWO_ROOMS, client=create_client(request_id="req-9"))
    rows = [world.row(conference.id, kind) for kind in (LAUNCH, END)]
    assert [(row.due_at, row.request_id) for row in rows] == [(at(14) - EARLY, "req-9"), (at(15), "req-9")]


def test_an_update_moves_launch_and_end(world):
    conference = save(world, participants=TWO_ROOMS)
    update(world, conference, start=at(16), end=at(18))
    assert (world.wish(conference.id, LAUNCH), world.wish(conference.id, END)) == (at(16) - EARLY, at(18))


def test_an_update_without_need_of_a_bridge_withdraws_the_launch_and_closes_at_once(world):
    conference = save(world, participants=TWO_ROOMS)
    update(world, conference, type=ConferenceType.RESERVATION_ONLY)
    assert world.wish(conference.id, LAUNCH) is None
    assert world.wish(conference.id, END) == world.clock.now


# ---------------------------------------------------------------- privacy


def test_an_outsider_who_saves_sees_the_private_title_only(world):
    helper = create_caller(world.user(2), permissions=Permission)
    first = save(world, privacy_flag="Busy")
    assert update(world, first, caller=helper, end=at(16)).details.title == "Busy"
    assert world.conference(first.id).details.title == "Weekly"
