"""Lists without ids and limits, and lists that are longer than a page, over a real store."""

from datetime import timedelta

import pytest
from office import external, system, wire
from soap_client import elements

from tmsba.booking.view import listing
from tmsba.domain.errors import DatabaseDown
from tmsba.domain.people.users import User
from tmsba.domain.time.times import Period
from tmsba.domain.values import StatusFilter

YEAR_1 = "0001-01-01T00:00:00"
GUEST = external("SIP <-", "guest")


@pytest.fixture
def booked(office):
    """The ids of a conference with a system, and of one on a bridge alone."""
    return [
        int(office.saved(people, Title=title)["ConferenceId"])
        for people, title in ((system(1), "Room"), (GUEST, "Bridge"))
    ]


def ids(answer):
    assert answer.status == 200, answer.sentence
    return [int(one.text) for one in answer.all("ConferenceId")]


@pytest.mark.parametrize("system_ids", ["", "<SystemIds/>", "<SystemIds></SystemIds>"])
def test_a_list_without_system_ids_holds_all_conferences(office, booked, system_ids):
    answer = office.call(
        "GetConferencesForSystems", system_ids + elements(ConferenceStatus="PendingAndOngoing")
    )
    assert ids(answer) == booked
    assert ids(office.call("GetConferencesForSystems", elements(ConferenceStatus="Deleted"))) == []


@pytest.mark.parametrize("operation", ["GetConferencesForSystems", "GetConferencesForUser"])
@pytest.mark.parametrize(
    ("limits", "is_found"),
    [
        ({}, True),
        ({"StartTime": YEAR_1, "EndTime": YEAR_1}, True),
        ({"StartTime": "0001-01-01T00:00:00Z"}, True),
        ({"StartTime": "0001-01-01T05:30:00+05:30", "EndTime": "0001-01-01T00:00:00-08:00"}, True),
        ({"EndTime": "9999-12-31T23:59:59.9999999"}, True),
        ({"StartTime": YEAR_1, "EndTime": "9999-12-31T23:59:59-08:00"}, True),
        ({"StartTime": "2026-01-29T14:30:00"}, True),
        ({"StartTime": "2026-01-29T15:00:00"}, False),
        ({"EndTime": "2026-01-29T14:30:00"}, True),
        ({"EndTime": "2026-01-29T14:00:00"}, False),
    ],
)
def test_a_time_that_is_missing_or_of_the_year_1_is_no_limit(office, booked, operation, limits, is_found):
    answer = office.call(operation, elements(**limits, ConferenceStatus="All"))
    assert ids(answer) == (booked if is_found else [])


def test_an_unknown_system_is_refused_also_without_limits(office, booked):
    answer = office.call("GetConferencesForSystems", elements(SystemIds=1) + elements(SystemIds=4711))
    assert "4711" in answer.sentence
    assert answer.errorcodes == [-2147218301]


def test_the_conferences_of_others_are_busy_in_a_list_of_all(office, booked):
    office.user_name = "guest"
    answer = office.call("GetConferencesForSystems", elements(ConferenceStatus="All"))
    assert ids(answer) == booked
    assert not any(one.text for one in answer.all("ExternalPrimaryKey"))


@pytest.fixture
def short_pages(monkeypatch):
    monkeypatch.setattr(listing, "PAGE", 2)


def book(office, hour, people=GUEST, **more):
    """The id of a conference of half an hour so many hours from now."""
    start = office.now + timedelta(hours=hour)
    times = {"StartTimeUTC": wire(start), "EndTimeUTC": wire(start + timedelta(minutes=30))}
    return int(office.saved(people, **times, **more)["ConferenceId"])


def test_a_list_of_many_pages_has_each_conference_once_by_start(office, short_pages):
    hours = (9, 4, 7, 5, 8, 4, 6)
    booked = {book(office, hour, system(1 + number // 5)): hour for number, hour in enumerate(hours)}
    found = ids(office.call("GetConferencesForSystems", elements(ConferenceStatus="All")))
    assert found == sorted(booked, key=lambda one: (booked[one], one))
    assert len(found) == 7


def test_what_changes_while_a_list_is_read_neither_repeats_nor_hides_anything(office, short_pages):
    booked = [book(office, hour) for hour in range(2, 8)]
    wanted = Period(office.now, office.now + timedelta(days=1))
    views = office.use_cases.conferences_for_systems(office.callers["boss"], [], wanted, StatusFilter.PENDING)
    read = [next(views).conference.id]
    # The first one moves behind all others, the last one before them, one goes, one comes.
    book(office, 9, ConferenceId=booked[0], Version=1)
    book(office, 1, ConferenceId=booked[5], Version=1)
    office.call("DeleteConferenceById", elements(ConferenceId=booked[3]))
    book(office, 10)
    read += [view.conference.id for view in views]
    assert read == [one for one in booked if one != booked[3]]


def test_no_unit_of_work_is_open_while_a_list_is_handed_on(office, booked, short_pages):
    book(office, 9)
    period = Period(office.now, office.now + timedelta(days=9))
    views = office.use_cases.conferences_for_systems(office.callers["boss"], [], period, StatusFilter.ALL)
    for _ in range(3):
        next(views)
        assert office.store.engine.pool.checkedout() == 0


def test_users_and_systems_of_many_pages_come_once_by_id(office, short_pages):
    with office.store.writing() as uow:
        for number in range(5):
            uow.users.add(User(id=0, name=f"more{number}"), "!", [])
        uow.commit()
    with office.store.reading() as uow:
        users, systems = uow.users.all(), uow.systems.all()
    assert [one.id for one in office.setup_use_cases.users()] == [one.id for one in users]
    assert [one.id for one in office.setup_use_cases.systems()] == [one.id for one in systems]
    assert len(users) > 5


def test_a_database_that_does_not_answer_is_a_fault_before_anything_is_sent(office, booked, monkeypatch):
    def reading():
        raise DatabaseDown("The database does not answer.")

    monkeypatch.setattr(office.store, "reading", reading)
    assert office.call("GetConferencesForSystems").status == 500
