"""Licences and client sessions as raw requests meet them, over SOAP and on a real store."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from office import system as room
from office import wire
from soap_client import SOAP11, SOAP12, elements, version_header
from sqlalchemy import event

from tmsba.domain import errors as e
from tmsba.domain.licensing.option_keys import KeyKind
from tmsba.domain.people.systems import System
from tmsba.soap.operations.booking import BOOKING_SERVICE
from tmsba.soap.types.simple import EXCEPTION

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
SOAPS = pytest.mark.parametrize("soap", [SOAP11, SOAP12], ids=["1.1", "1.2"])


@pytest.fixture
def start(office):
    return office.now


def set_keys(office, **counts):
    """Exactly these option keys, by kind."""
    with office.store.writing() as uow:
        for kind, count in uow.option_keys.all().items():
            uow.option_keys.remove(kind, count)
        for name, count in counts.items():
            uow.option_keys.add(KeyKind(name.replace("_", "-")), count)
        uow.commit()


def end(office, session, *, version=23, soap=SOAP11):
    """Call a licensed function in a session; with a conference that is not there."""
    inner = "" if session is None else elements(ClientSession=session)
    header = version_header(version, inner=inner)
    return office.call("EndConferenceById", elements(ConferenceId=99), header=header, soap=soap)


def save(office, session, *rooms, soap=SOAP11, **more):
    values = {"StartTimeUTC": wire(office.now + HOUR), "EndTimeUTC": wire(office.now + 2 * HOUR), **more}
    participants = "".join(map(room, rooms))
    inner = f"<Conference>{elements(**values)}<Participants>{participants}</Participants></Conference>"
    header = version_header(23, inner=elements(ClientSession=session))
    return office.call("SaveConference", inner, header=header, soap=soap)


def codes(answer):
    return set(answer.errorcodes)


def suggestion(answer):
    [suggested] = {found.text for found in answer.all("clientsessionid", EXCEPTION)}
    return suggested


def tickets(office):
    with office.store.reading() as uow:
        return [(ticket.kind, ticket.text) for ticket in uow.tickets.all()]


def conferences(office):
    with office.store.reading() as uow:
        return len(uow.transactions.since(0, limit=100).transactions)


# ------------------------------------------------------------------ the life of a session


@SOAPS
def test_a_session_is_used_renewed_and_refused(office, start, soap):
    assert save(office, "mine", soap=soap).text("ClientSession") == "mine"
    office.now = start + 47 * MINUTE - SECOND
    assert save(office, "mine", soap=soap).text("ClientSession") == "mine"
    office.now = start + 47 * MINUTE
    renewed = save(office, "mine", soap=soap).text("ClientSession")
    assert renewed != "mine"
    office.now = start + 64 * MINUTE - SECOND
    assert save(office, "mine", soap=soap).text("ClientSession") == renewed
    office.now = start + 64 * MINUTE + SECOND
    booked = conferences(office)
    refusal = save(office, "mine", soap=soap)
    assert (refusal.status, codes(refusal)) == (500, {e.ClientSessionExpired.code})
    assert refusal.sentence.startswith("The client session id is expired.")
    assert suggestion(refusal) == renewed
    assert conferences(office) == booked
    assert save(office, renewed, soap=soap).text("ClientSession") == renewed


def test_the_new_id_is_in_the_header_whatever_else_it_says(office, start):
    said = elements(ClientIdentifierIn="room panel", ClientSession="mine", NewServiceURL="x")
    save(office, "mine")
    office.now = start + 50 * MINUTE
    times = elements(StartTimeUTC=wire(office.now), EndTimeUTC=wire(office.now + HOUR))
    inner = f"<Conference>{times}</Conference>"
    answer = office.call("SaveConference", inner, header=version_header(23, inner=said))
    assert answer.text("ClientIdentifierIn") == "room panel"
    assert answer.text("NewServiceURL") == "x"
    assert answer.text("ClientSession") not in ("mine", "", None)


def test_functions_without_licence_take_any_id_and_hand_out_none(office, start):
    save(office, "mine")
    for minutes in (0, 50, 70):
        office.now = start + minutes * MINUTE
        header = version_header(23, inner=elements(ClientSession="mine"))
        assert office.call("GetDefaultConference", header=header).text("ClientSession") == "mine"


def test_an_expired_id_is_taken_as_new_two_hours_later(office, start):
    end(office, "0")
    office.now = start + 64 * MINUTE + 2 * HOUR - SECOND
    assert codes(end(office, "0")) == {e.ClientSessionExpired.code}
    office.now += SECOND
    assert codes(end(office, "0")) == {e.ConferenceNotFound.code}


def test_an_id_that_is_too_long_is_refused(office):
    answer = end(office, "x" * 256)
    assert codes(answer) == {e.UnknownError.code}
    assert "use a GUID" in answer.sentence


# ------------------------------------------------------------------ licences of clients


def test_without_keys_the_functions_that_need_a_licence_are_refused_and_the_others_not(office):
    set_keys(office)
    licensed = {name for name in BOOKING_SERVICE.operations if name.startswith(("Save", "End", "Delete"))}
    assert len(licensed) == 11
    for operation in BOOKING_SERVICE.operations:
        times = elements(StartTimeUTC=wire(office.now), EndTimeUTC=wire(office.now + HOUR))
        inner = elements(ConferenceId=99)
        if operation.startswith("Save"):
            name = "Conferences" if operation == "SaveConferences" else "Conference"
            inner = f"<{name}>{times}</{name}>"
        answer = office.call(operation, inner)
        is_refused = e.LicenceMissing.code in answer.errorcodes
        assert is_refused is (operation in licensed), operation
    assert conferences(office) == 0
    assert "tmsba licence add application-integration" in end(office, "mine").sentence


def test_more_clients_than_keys_are_refused_and_nothing_is_saved(office, start):
    set_keys(office, application_integration=1)
    save(office, "one")
    booked = conferences(office)
    answer = save(office, "two")
    assert (answer.status, codes(answer)) == (500, {e.LicenceMissing.code})
    assert conferences(office) == booked
    assert [kind for kind, _ in tickets(office)] == ["clients"]
    office.now = start + 64 * MINUTE
    assert save(office, "two").status == 200
    assert tickets(office) == []


def test_clients_before_version_13_take_licences_alike_but_never_see_a_session(office, start):
    set_keys(office, application_integration=1)
    for minutes in (0, 50, 70, 300):
        office.now = start + minutes * MINUTE
        assert codes(end(office, None, version=12)) == {e.ConferenceNotFound.code}
    assert codes(end(office, "new client")) == {e.LicenceMissing.code}
    office.user_name = "anna"
    assert codes(end(office, None, version=12)) == {e.LicenceMissing.code}


# ------------------------------------------------------------------ licences of systems


def furnish(office, count):
    with office.store.writing() as uow:
        for number in range(100, 100 + count):
            uow.systems.add(System(id=number, name=f"Room {number}", sip_uri=f"{number}@example.com"))
        uow.commit()
    return range(100, 100 + count)


def with_licences(office):
    with office.store.reading() as uow:
        return {one.id for one in uow.systems.all() if one.is_remote_booking_allowed}


def test_with_keys_for_systems_the_first_booking_takes_a_licence_until_there_are_none(office):
    set_keys(office, booking_api=1)
    rooms = furnish(office, 26)
    reserved = {"ConferenceType": "Reservation Only"}
    assert save(office, "one", *rooms[:25], **reserved).status == 200
    assert with_licences(office) == set(rooms[:25])
    booked = conferences(office)
    reserved |= {"StartTimeUTC": wire(office.now + 3 * HOUR), "EndTimeUTC": wire(office.now + 4 * HOUR)}
    answer = save(office, "two", rooms[25], rooms[0], **reserved)
    assert (answer.status, codes(answer)) == (500, {e.LicenceMissing.code})
    assert answer.sentence.startswith("There is no licence left for Room 125 (id 125): 25 of 25")
    assert conferences(office) == booked
    assert with_licences(office) == set(rooms[:25])
    assert tickets(office) == [("systems", answer.sentence)]
    set_keys(office, booking_api=1, application_integration=1)
    assert save(office, "two", rooms[25], **reserved).status == 200
    assert with_licences(office) == set(rooms[:25])


def test_an_edit_without_licences_leaves_the_booking_as_it_was(office):
    set_keys(office, booking_api=1)
    rooms = furnish(office, 26)
    number = save(office, "one", rooms[0], Title="Stays").text("ConferenceId")
    with office.store.writing() as uow:
        uow.systems.allow_remote_bookings(rooms[1:], is_allowed=True)
        uow.systems.allow_remote_bookings(rooms[:1], is_allowed=False)
        uow.commit()
    answer = save(office, "one", rooms[0], ConferenceId=number, Version=1, Title="Changed")
    assert codes(answer) == {e.LicenceMissing.code}
    found = office.call("GetConferenceById", elements(ConferenceId=number))
    assert (found.text("Title"), found.text("Version")) == ("Stays", "1")


@contextmanager
def statements(office):
    seen = []

    def note(*call):
        seen.append(call[2])

    event.listen(office.store.engine, "before_cursor_execute", note)
    yield seen
    event.remove(office.store.engine, "before_cursor_execute", note)


def test_licences_for_a_series_take_as_many_statements_as_for_one_conference(office):
    set_keys(office, booking_api=4)
    rooms = furnish(office, 40)
    office.call("EndConferenceById", elements(ConferenceId=99))  # the session has begun
    counts = []
    for count, some in ((2, rooms[:2]), (60, rooms[2:])):
        start = office.now + HOUR
        pattern = elements(
            FrequencyType="Daily", Interval=1, PatternEndType="EndByInstances", PatternInstances=count
        )
        inner = elements(StartTimeUTC=wire(start), EndTimeUTC=wire(start + HOUR))
        inner += elements(ConferenceType="Reservation Only")
        inner += f"<Participants>{''.join(map(room, some))}</Participants>"
        inner += f"<RecurrencePattern>{pattern}</RecurrencePattern>"
        with statements(office) as seen:
            assert office.call("SaveConference", f"<Conference>{inner}</Conference>").status == 200
        counts.append(len(seen))
    assert len(with_licences(office)) == 40
    assert counts[0] == counts[1]


def test_a_session_that_goes_on_costs_one_statement_that_reads(office):
    end(office, "mine")
    with statements(office) as seen:
        end(office, "mine")
    [about_licences] = [one for one in seen if "option_key" in one or "client_session" in one]
    assert about_licences.startswith("SELECT")
