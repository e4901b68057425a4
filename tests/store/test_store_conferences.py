from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest
from store_samples import (
    NOON,
    book,
    book_series,
    hours,
    listing,
    route,
    some_conference,
    some_series,
    statements,
    with_date,
    with_systems,
)

from tmsba.domain.conference.conference import Conference, matches
from tmsba.domain.conference.details import Details, Participant
from tmsba.domain.time.times import Period
from tmsba.domain.values import (
    Bandwidth,
    Choice,
    ConferenceType,
    ExtendMode,
    ParticipantKind,
    PictureMode,
    StatusFilter,
    StoredState,
)
from tmsba.ports.conferences import Clash
from tmsba.ports.work import StoreConflict
from tmsba.store import SqlStore

FULL_DETAILS = Details(
    title="Größe — 大会 🎥",
    type=ConferenceType.ONE_BUTTON_TO_PUSH,
    bandwidth=Bandwidth.KBPS_6144,
    isdn_bandwidth=Bandwidth.KBPS_64,
    ip_bandwidth=Bandwidth.MAX,
    picture_mode=PictureMode.VOICE_SWITCHED,
    encryption=Choice.YES,
    data_conference=Choice.IF_POSSIBLE,
    extend_mode=ExtendMode.ENDPOINT_PROMPT,
    pin="1234",
    host_pin="5678",
    billing_code="b",
    is_isdn_restricted=True,
    email_to="a@example.com",
    user_message="Hello\nthere",
    external_source_id="outlook",
    external_primary_key="key 1",
    detached_source_id="d",
    detached_primary_key="e",
    language="nb-NO",
    location="Oslo",
    invitees="Ann; Bob",
    secret_code="sc",
    meeting_source="ms",
    privacy_flag="Private",
    bundle_id="bi",
    conf_owner_id="co",
    is_recording_enabled=True,
)

FULL = Conference(
    id=0,
    owner_id=2,
    created_by_id=1,
    period=hours(0, 1.5),
    details=FULL_DETAILS,
    participants=(
        Participant(id=3, kind=ParticipantKind.SYSTEM, email="room@example.com"),
        Participant(id=3, kind=ParticipantKind.MASTER),
        Participant(id=1, kind=ParticipantKind.SIP_VIDEO_OUT, name_or_number="x@example.com"),
        Participant(id=2, kind=ParticipantKind.IP_AUDIO_IN, name_or_number="Guest"),
        Participant(id=1, kind=ParticipantKind.SYSTEM),
    ),
    version=7,
    route=route(2, number=90002),
)


def test_a_conference_comes_back_as_stored(store: SqlStore) -> None:
    added = book_it(store, FULL)
    assert added == replace(FULL, id=1)
    with store.reading() as uow:
        assert uow.conferences.get(1) == added
        assert uow.conferences.get(2) is None


def book_it(store: SqlStore, conference: Conference) -> Conference:
    with store.writing() as uow:
        added = uow.conferences.add(conference)
        uow.commit()
    return added


@pytest.mark.parametrize("state", StoredState)
def test_every_state_can_be_stored(store: SqlStore, state: StoredState) -> None:
    added = book(store, 1, state=state, route=route(1))
    with store.reading() as uow:
        assert uow.conferences.get(added.id) == added
        clashes = uow.conferences.clashes_in([1], [added.period])
        assert [clash.system_id for clash in clashes] == list(added.reserved_system_ids)
        assert uow.bridges.are_spaces_free([(1, added.period)])[0] == (added.reserved_space_id is None)


def test_an_update_replaces_everything(store: SqlStore) -> None:
    before = book(store, 1, 2, route=route(1))
    after = replace(FULL, id=before.id, version=2)
    with store.writing() as uow:
        assert uow.conferences.get_for_update(before.id) == before
        uow.conferences.update(after)
        uow.commit()
    with store.reading() as uow:
        assert uow.conferences.get(before.id) == after
        assert not uow.conferences.clashes_in([2], [hours(0, 2)])
        assert [clash.system_id for clash in uow.conferences.clashes_in([1, 2, 3], [hours(1, 2)])] == [1, 3]
        assert uow.bridges.are_spaces_free([(1, hours(0, 2))])[0]
        assert not uow.bridges.are_spaces_free([(2, hours(1, 2))])[0]


def test_an_update_of_the_title_touches_no_participants_and_reservations(store: SqlStore) -> None:
    before = book(store, 1, 2, route=route(1))
    with store.writing() as uow, statements(store) as seen:
        uow.conferences.update(replace(before, details=replace(before.details, title="New")))
    assert [statement.split()[:2] for statement in seen[-2:]] == [
        ["UPDATE", "occurrence"],
        ["UPDATE", "conference"],
    ]
    assert not any("reservation" in statement or "DELETE" in statement for statement in seen)


def test_since_when_everybody_is_connected_outlives_saves(store: SqlStore) -> None:
    before, other = book(store, 1, route=route(1)), book(store, 2, route=route(2))
    at = hours(1, 2).start
    with store.writing() as uow:
        uow.conferences.connect(before.id, at)
        uow.commit()
    with store.writing() as uow:
        uow.conferences.update(replace(before, version=2))
        uow.commit()
    with store.reading() as uow:
        assert uow.conferences.get(before.id) == replace(before, version=2, connected_at=at)
        assert uow.conferences.get(other.id) == other


def test_a_deleted_conference_gives_everything_free(store: SqlStore) -> None:
    first = book(store, 1, route=route(1), details={"external_primary_key": "key"})
    with store.writing() as uow:
        uow.conferences.update(replace(first, state=StoredState.DELETED))
        uow.commit()
    second = book(store, 1, route=route(1), details={"external_primary_key": "key"})
    with store.writing() as uow:
        assert uow.conferences.by_external_key("", "key") == second
        deleted = uow.conferences.get(first.id)
        assert deleted is not None
        assert deleted.is_deleted
        assert deleted.participants == with_systems(1)


def test_an_update_of_nothing_is_refused(store: SqlStore) -> None:
    with store.writing() as uow, pytest.raises(LookupError, match="no conference 99"):
        uow.conferences.update(some_conference(id=99))


def test_an_external_key_belongs_to_one_conference(store: SqlStore) -> None:
    keyed = {"external_source_id": "outlook", "external_primary_key": "key"}
    first = book(store, details=keyed)
    with store.writing() as uow, pytest.raises(StoreConflict, match="same external key"):
        uow.conferences.add(some_conference(details=keyed))
    other = book(store, details={**keyed, "external_source_id": "notes"})
    book(store)
    book(store)
    with store.writing() as uow:
        assert uow.conferences.by_external_key("outlook", "key") == first
        assert uow.conferences.by_external_key("notes", "key") == other
        assert uow.conferences.by_external_key("outlook", "other") is None
        assert uow.conferences.by_external_key("", "") is None


def test_clashes_tell_whose_reservation_it_is(store: SqlStore) -> None:
    private = {"title": "A", "privacy_flag": "Private", "invitees": "x@example.com"}
    first = book(store, 1, 2, at=hours(0, 1), owner_id=2, details=private)
    second = book(store, 1, at=hours(2, 3))
    expected = Clash(
        system_id=1,
        conference_id=first.id,
        title="A",
        privacy_flag="Private",
        owner_id=2,
        created_by_id=1,
        invitees="x@example.com",
        period=hours(0, 1),
    )
    with store.reading() as uow:

        def clashes(systems, period, besides=()):
            return uow.conferences.clashes_in(systems, [period], besides=besides)

        assert clashes([1], hours(0.5, 2)) == [expected]
        assert clashes([2, 1, 3], hours(0.5, 2)) == [expected, replace(expected, system_id=2)]
        assert clashes([1], hours(0.5, 2), besides=[first.id]) == []
        assert clashes([1], hours(1, 2)) == []
        assert clashes([1], hours(0.5, 0.5)) == []
        assert clashes([], hours(0, 9)) == []
        assert [clash.conference_id for clash in clashes([1], hours(0, 9))] == [first.id, second.id]


def test_clashes_with_several_periods_come_once(store: SqlStore) -> None:
    long = book(store, 1, 2, at=hours(0, 5))
    short = book(store, 1, at=hours(5, 6))
    book(store, 1, at=hours(3, 3))
    book(store, 3, at=hours(0, 9))
    later = book(store, 2, at=hours(30, 31))
    asked = [hours(0, 1), hours(2, 2), hours(4, 6), hours(6, 7), hours(24, 99)]
    with store.reading() as uow:
        clashes = uow.conferences.clashes_in
        found = [(clash.system_id, clash.conference_id) for clash in clashes([2, 1], asked)]
        assert found == [(1, long.id), (1, short.id), (2, long.id), (2, later.id)]
        found = [
            (clash.system_id, clash.conference_id) for clash in clashes([2, 1], asked, besides={long.id})
        ]
        assert found == [(1, short.id), (2, later.id)]
        assert clashes([1], []) == []
        assert clashes([], asked) == []


def test_lists_are_in_order_of_start_and_leave_participants_out(store: SqlStore) -> None:
    late = book(store, 1, 2, at=hours(5, 6))
    early = book(store, 2, at=hours(1, 2))
    same_start = book(store, 3, at=hours(1, 3))
    book(store, 4, at=hours(1, 3), owner_id=2, created_by_id=2)
    expected = [replace(conference, participants=()) for conference in (early, same_start, late)]
    with store.reading() as uow:
        assert (
            uow.conferences.find(listing(hours(0, 9), StatusFilter.ALL, NOON, system_ids=[3, 2, 1]))
            == expected
        )
        assert uow.conferences.find(listing(hours(0, 9), StatusFilter.ALL, NOON, user_id=1)) == expected
        assert uow.conferences.find(listing(hours(2, 5), StatusFilter.ALL, NOON, system_ids=[1, 2, 3])) == [
            expected[1]
        ]
        assert uow.conferences.find(listing(hours(2, 5), StatusFilter.ALL, NOON, user_id=1)) == [expected[1]]
        assert not uow.conferences.find(listing(hours(2, 2), StatusFilter.ALL, NOON, user_id=1))


def test_a_list_of_all_has_conferences_without_systems_and_no_limits(store: SqlStore) -> None:
    booked = [
        book(store, at=hours(1, 2)),
        book(store, 1, at=hours(-9000, -8999)),
        book(store, at=hours(9000, 9001)),
    ]
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    wanted = listing(Period(first, last), StatusFilter.ALL, NOON)
    expected = [booked[1].id, booked[0].id, booked[2].id]
    with store.reading() as uow:
        assert [one.id for one in uow.conferences.find(wanted)] == expected
        assert [one.id for one in uow.conferences.find(wanted, limit=2)] == expected[:2]
        assert list(uow.conferences.find_ids(wanted, beyond=1)) == expected[1:]


def test_a_list_may_name_more_systems_than_a_statement_takes_parameters(store: SqlStore) -> None:
    booked = book(store, 2, at=hours(1, 2))
    book(store, at=hours(1, 2))
    ids = range(2, 300_000)
    with store.reading() as uow:
        assert sorted(uow.systems.many(ids)) == list(range(2, 11))
        wanted = listing(hours(0, 9), StatusFilter.ALL, NOON, system_ids=ids)
        assert [one.id for one in uow.conferences.find(wanted)] == [booked.id]
        assert list(uow.conferences.find_ids(wanted, beyond=0)) == [booked.id]


def test_what_changed_out_of_a_list_is_not_found_again(store: SqlStore) -> None:
    some = [book(store, 1, at=hours(n, n + 1)) for n in range(4)]
    wanted = listing(hours(0, 9), StatusFilter.PENDING_AND_ONGOING, NOON, system_ids=[1])
    ids = [one.id for one in reversed(some)]
    with store.writing() as uow:
        uow.conferences.update(replace(some[1], state=StoredState.DELETED))
        uow.conferences.update(replace(some[2], period=hours(20, 21)))
        uow.conferences.update(replace(some[3], period=hours(1, 1.5)))
        uow.commit()
    with store.reading() as uow, statements(store) as seen:
        found = uow.conferences.find_again(wanted, ids)
    assert [one.id for one in found] == [some[3].id, some[0].id]
    assert len(seen) == 1


def test_the_addresses_of_participants_are_read_for_many_at_once(store: SqlStore) -> None:
    guests = tuple(
        Participant(id=number, kind=ParticipantKind.SIP_VIDEO_IN, email=email)
        for number, email in enumerate(["a@example.com", "", "B@example.com"], 1)
    )
    some = book(store, participants=guests)
    none = book(store, 1)
    series = book_series(store, with_date(some_series(2), 1, participants=guests[:1]))
    first, second, _ = series.occurrences
    with store.reading() as uow, statements(store) as seen:
        found = uow.conferences.participant_emails([some.id, none.id, first.id, second.id, 999])
    assert {number: sorted(emails) for number, emails in found.items()} == {
        some.id: ["B@example.com", "a@example.com"],
        second.id: ["a@example.com"],
    }
    assert len(seen) == 1


def test_a_user_sees_what_they_own_and_what_they_created(store: SqlStore) -> None:
    owned = book(store, owner_id=2, created_by_id=1)
    created = book(store, owner_id=1, created_by_id=2)
    book(store)
    with store.reading() as uow:
        found = uow.conferences.find(listing(hours(0, 1), StatusFilter.ALL, NOON, user_id=2))
    assert [conference.id for conference in found] == [owned.id, created.id]


def test_deleted_conferences_are_still_listed_for_their_systems(store: SqlStore) -> None:
    book(store, 1, state=StoredState.DELETED)
    with store.reading() as uow:
        assert (
            len(uow.conferences.find(listing(hours(0, 1), StatusFilter.DELETED, NOON, system_ids=[1]))) == 1
        )


def test_filters_agree_with_the_domain(store: SqlStore) -> None:
    periods = [hours(-2, -1), hours(-1, 0), hours(-1, 1), hours(0, 1), hours(1, 2)]
    with store.writing() as uow:
        stored = [
            uow.conferences.add(some_conference(at=period, state=state))
            for period, state in product(periods, StoredState)
        ]
        uow.commit()
    with store.reading() as uow:
        for wanted in StatusFilter:
            found = uow.conferences.find(listing(hours(-9, 9), wanted, NOON, user_id=1))
            expected = {c.id for c in stored if matches(c.status(NOON), wanted)}
            assert {conference.id for conference in found} == expected, wanted


def test_times_keep_their_instant(store: SqlStore) -> None:
    precise = Period(NOON.replace(microsecond=123456), NOON.replace(year=9999, microsecond=1))
    added = book(store, at=precise)
    with store.reading() as uow:
        stored = uow.conferences.get(added.id)
        assert stored is not None
        assert stored.period == precise
        assert str(stored.period.start.tzinfo) == "UTC"


@pytest.mark.parametrize("count", [1, 30])
def test_statements_do_not_grow_with_rows(store: SqlStore, count: int) -> None:
    for hour in range(count):
        book(store, 1, 2, at=hours(hour, hour + 1))
    with store.reading() as uow, statements(store) as seen:
        assert (
            len(uow.conferences.find(listing(hours(0, 99), StatusFilter.ALL, NOON, system_ids=[1, 2])))
            == count
        )
        assert len(uow.conferences.find(listing(hours(0, 99), StatusFilter.ALL, NOON, user_id=1))) == count
        assert len(uow.conferences.clashes_in([1], [hours(0, 99)])) == count
    assert len(seen) == 3
    with store.writing() as uow, statements(store) as seen:
        uow.conferences.add(some_conference(*range(3, 3 + min(count, 8)), at=hours(-9, -8), route=route(1)))
    # PostgreSQL locks the systems before they are reserved.
    assert len([statement for statement in seen if "advisory" not in statement]) == 5
    assert len(seen) <= 6
