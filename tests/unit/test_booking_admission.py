"""The life of a client session, and the licence it holds, as the functions that need one see it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import MINUTE, NOW, World, at, create_client
from structlog.testing import capture_logs
from writers import WRITERS

from tmsba.domain import errors
from tmsba.domain.licensing.option_keys import KeyKind
from tmsba.domain.licensing.sessions import Client

SECOND = timedelta(seconds=1)


class Desk(World):
    """Clients that call a licensed function; conference 77, which they want to end, is not there."""

    def keys(self, **counts):
        """Exactly these option keys, by kind."""
        self.store.state.option_keys.clear()
        self.store.state.option_keys.update({name.replace("_", "-"): n for name, n in counts.items()})

    def call(self, session_id="", *, version=23, caller=None, after=timedelta()):
        """Get in, ``after`` the start; what new session id the answer hands out."""
        self.clock.now = NOW + after
        handed_out = []
        client = Client(version=version, session_id=session_id, on_renewal=handed_out.append)
        with pytest.raises(errors.ConferenceNotFound):
            self.booking.end_conference(caller or self.caller, client, 77)
        return handed_out[0] if handed_out else None

    def refused(self, error, session_id="", *, version=23, caller=None, after=timedelta()):
        """Not get in, which stores nothing of the session; the error."""
        self.clock.now = NOW + after
        before = dict(self.store.state.sessions)
        client = Client(version=version, session_id=session_id)
        with pytest.raises(error) as caught:
            self.booking.end_conference(caller or self.caller, client, 77)
        assert self.store.state.sessions == before
        return caught.value

    def taken(self):
        """How many licences sessions hold."""
        with self.store.reading() as uow:
            return uow.sessions.standing("", self.clock()).taken


@pytest.fixture
def desk():
    return Desk()


# ---------------------------------------------------------------- who gets in


@WRITERS
def test_a_blank_session_is_refused_with_a_suggestion(ongoing, write):
    before = ongoing.store.state
    with pytest.raises(errors.ClientSessionBlank) as caught:
        write(ongoing, create_client(version=23))
    assert caught.value.suggested_session
    assert ongoing.store.state is before


@WRITERS
def test_a_new_session_is_remembered_from_its_first_use_on(ongoing, write):
    write(ongoing, create_client(version=23, session_id="mine"))
    session = ongoing.store.state.sessions["mine"]
    assert (session.user_id, session.address) == (1, "192.0.2.7")
    assert session.first_used_at == session.last_used_at == at(14, 30)
    assert session.licence


@WRITERS
def test_without_any_key_nobody_gets_in_and_is_told_the_command(ongoing, write):
    ongoing.store.state.option_keys.clear()
    before = ongoing.store.state
    with pytest.raises(errors.LicenceMissing, match="tmsba licence add application-integration"):
        write(ongoing, create_client(version=23, session_id="mine"))
    after = ongoing.store.state
    assert replace(after, tickets=before.tickets, counters=before.counters) == before
    [ticket] = ongoing.tickets()
    assert "tmsba licence add application-integration" in ticket.text


def test_the_last_use_of_a_session_is_noted_once_a_minute(desk):
    used = []
    for seconds in (0, 59, 60):
        desk.call("mine", after=timedelta(seconds=seconds))
        session = desk.store.state.sessions["mine"]
        assert session.first_used_at == NOW
        used.append(session.last_used_at - NOW)
    assert used == [timedelta(), timedelta(), MINUTE]


def test_a_session_that_goes_on_costs_no_unit_of_work_that_writes(desk):
    desk.call("mine")
    writes = desk.store.writes_begun
    desk.call("mine", after=59 * SECOND)
    assert desk.store.writes_begun == writes + 1  # that of ending the conference


# ---------------------------------------------------------------- 47 minutes and 17 more


def test_an_id_lives_47_minutes_then_hands_out_a_new_one_and_then_is_refused(desk):
    assert desk.call("mine") is None
    assert desk.call("mine", after=47 * MINUTE - SECOND) is None
    new = desk.call("mine", after=47 * MINUTE)
    assert new
    assert desk.call("mine", after=50 * MINUTE) == new
    assert desk.call("mine", after=64 * MINUTE - SECOND) == new
    for age in (64 * MINUTE, 64 * MINUTE + SECOND):
        assert desk.refused(errors.ClientSessionExpired, "mine", after=age).suggested_session == new
    assert desk.call(new, after=65 * MINUTE) is None


def test_use_does_not_make_a_session_longer(desk):
    for minutes in range(0, 64, 7):
        desk.call("mine", after=minutes * MINUTE)
    desk.refused(errors.ClientSessionExpired, "mine", after=64 * MINUTE)


def test_all_who_come_with_an_expired_id_are_told_the_same_new_one(desk):
    desk.call("mine")
    suggested = {
        desk.refused(errors.ClientSessionExpired, "mine", after=n * MINUTE).suggested_session
        for n in (65, 66, 90)
    }
    assert len(suggested) == 1
    desk.call(*suggested, after=90 * MINUTE)
    late = desk.refused(errors.ClientSessionExpired, "mine", after=100 * MINUTE)
    assert {late.suggested_session} == suggested


def test_a_suggested_id_is_one_that_works(desk):
    desk.call("first")
    second = desk.call("first", after=50 * MINUTE)
    desk.call(second, after=50 * MINUTE)
    third = desk.call(second, after=100 * MINUTE)
    desk.call(third, after=100 * MINUTE)
    after = 165 * MINUTE  # all three are over
    suggested = desk.refused(errors.ClientSessionExpired, "first", after=after).suggested_session
    assert suggested not in {"first", second, third}
    desk.call(suggested, after=after)


def test_an_expired_id_counts_as_never_seen_after_two_hours(desk):
    desk.call("0")
    desk.refused(errors.ClientSessionExpired, "0", after=64 * MINUTE + 120 * MINUTE - SECOND)
    assert desk.call("0", after=64 * MINUTE + 120 * MINUTE) is None
    assert desk.store.state.sessions["0"].first_used_at == NOW + 184 * MINUTE


def test_how_long_an_expired_id_is_refused_is_a_setting(desk):
    desk.set("client_session_memory", "5")
    desk.call("0")
    desk.refused(errors.ClientSessionExpired, "0", after=69 * MINUTE - SECOND)
    desk.call("0", after=69 * MINUTE)


def test_what_is_forgotten_is_removed(desk):
    for number in range(20):
        desk.call(f"session {number}", after=number * 10 * MINUTE)
    assert sorted(desk.store.state.sessions) == sorted(f"session {number}" for number in range(1, 20))


# ---------------------------------------------------------------- licences of clients


def test_more_clients_than_keys_are_refused(desk):
    desk.keys(application_integration=2)
    desk.call("one")
    desk.call("two", after=MINUTE)
    error = desk.refused(errors.LicenceMissing, "three", after=2 * MINUTE)
    assert "all 2 licences" in error.message
    assert "tmsba licence add application-integration" in error.message
    desk.call("one", after=3 * MINUTE)
    desk.call("two", after=3 * MINUTE)
    desk.refused(errors.LicenceMissing, "three", after=64 * MINUTE - SECOND)
    desk.call("three", after=64 * MINUTE)


def test_a_client_that_is_refused_raises_one_ticket_that_closes_by_itself(desk):
    desk.keys(application_integration=1)
    desk.call("one")
    for _ in range(3):
        desk.refused(errors.LicenceMissing, "two")
    [ticket] = desk.tickets()
    assert (ticket.subject, ticket.kind) == ("licences", "clients")
    assert "user1 at 192.0.2.7 was refused" in ticket.text
    writes = desk.store.writes_begun
    desk.refused(errors.LicenceMissing, "two")
    assert desk.store.writes_begun == writes + 1  # the attempt, not the ticket
    desk.call("two", after=64 * MINUTE)
    assert desk.tickets() == []


def test_the_licence_passes_on_to_the_id_that_replaces_a_session(desk):
    desk.keys(application_integration=1)
    desk.call("old")
    new = desk.call("old", after=50 * MINUTE)
    assert desk.call(new, after=51 * MINUTE) is None
    assert desk.call("old", after=52 * MINUTE) == new
    assert desk.taken() == 1
    desk.refused(errors.LicenceMissing, "other", after=53 * MINUTE)
    # The old one ends, the licence is still that of the new one.
    desk.refused(errors.ClientSessionExpired, "old", after=64 * MINUTE)
    desk.refused(errors.LicenceMissing, "other", after=65 * MINUTE)
    newer = desk.call(new, after=(51 + 47) * MINUTE)
    desk.call(newer, after=(51 + 63) * MINUTE)
    desk.refused(errors.LicenceMissing, "other", after=(51 + 65) * MINUTE)
    desk.call("other", after=(51 + 63 + 64) * MINUTE)


def test_an_id_that_replaces_a_session_too_late_takes_a_licence_of_its_own(desk):
    desk.keys(application_integration=1)
    desk.call("old")
    new = desk.call("old", after=50 * MINUTE)
    desk.call("other", after=64 * MINUTE)
    desk.refused(errors.LicenceMissing, new, after=65 * MINUTE)


def test_a_fixed_id_that_begins_anew_does_not_share_the_licence_it_had(desk):
    desk.keys(application_integration=2)
    desk.call("0")
    current, started = desk.call("0", after=50 * MINUTE), 50
    while started < 64 + 120:
        desk.call(current, after=started * MINUTE)
        started += 50
        current = desk.call(current, after=started * MINUTE)
    desk.call(current, after=started * MINUTE)
    desk.call("0", after=started * MINUTE)
    assert desk.taken() == 2


def test_any_user_may_use_a_session(desk):
    desk.keys(application_integration=1)
    desk.call("shared")
    desk.call("shared", caller=desk.other)
    assert desk.store.state.sessions["shared"].user_id == 1


def test_a_key_that_is_removed_takes_no_licence_away_but_the_last_one_all(desk):
    desk.keys(application_integration=2)
    desk.call("one")
    desk.call("two")
    desk.keys(application_integration=1)
    desk.call("one")
    desk.call("two")
    desk.refused(errors.LicenceMissing, "three")
    desk.keys()
    desk.refused(errors.LicenceMissing, "one")


# ---------------------------------------------------------------- licences of systems


def test_with_keys_for_systems_sessions_take_nothing(desk):
    desk.keys(booking_api=1)
    for number in range(40):
        desk.call(f"session {number}")
    assert desk.taken() == 0
    assert desk.tickets() == []


def test_keys_for_clients_count_for_sessions_that_go_on(desk):
    desk.keys(exchange=1)
    desk.call("one")
    desk.call("two")
    desk.keys(exchange=1, application_integration=1)
    desk.call("two", after=MINUTE)
    desk.refused(errors.LicenceMissing, "one", after=MINUTE)
    assert desk.store.state.sessions["two"].first_used_at == NOW


def test_a_session_and_the_one_that_replaces_it_take_one_key_when_there_is_one_at_last(desk):
    desk.keys(exchange=1)
    desk.call("old")
    new = desk.call("old", after=50 * MINUTE)
    desk.call(new, after=50 * MINUTE)
    desk.keys(application_integration=1)
    desk.call(new, after=51 * MINUTE)
    desk.call("old", after=51 * MINUTE)
    assert desk.taken() == 1


# ---------------------------------------------------------------- clients before version 13


@pytest.mark.parametrize("version", [0, 12])
def test_old_clients_take_a_licence_for_each_user_and_address(desk, version):
    desk.keys(application_integration=2)
    desk.call(version=version)
    desk.call("whatever", version=version)
    desk.call(version=version, caller=desk.other)
    assert desk.taken() == 2
    desk.refused(errors.LicenceMissing, version=version, caller=desk.administrator)
    desk.refused(errors.LicenceMissing, "new client")


def test_old_clients_live_on_as_long_as_they_call(desk):
    desk.keys(application_integration=1)
    for minutes in range(0, 300, 60):
        assert desk.call(version=11, after=minutes * MINUTE) is None
    desk.refused(errors.LicenceMissing, "other", after=(240 + 64) * MINUTE - SECOND)
    desk.call("other", after=(240 + 64) * MINUTE)


def test_old_clients_are_never_told_that_a_session_is_over(desk):
    desk.call(version=11)
    assert desk.call(version=11, after=64 * MINUTE) is None
    assert desk.call(version=11, after=300 * MINUTE) is None


# ---------------------------------------------------------------- administrators and the log


def test_a_session_that_was_ended_frees_its_licence_and_is_refused(desk):
    desk.keys(application_integration=1)
    desk.call("one")
    new = desk.call("one", after=50 * MINUTE)
    desk.call(new, after=50 * MINUTE)
    assert desk.store.prepare(lambda uow: uow.sessions.end(new, desk.clock()))
    assert not desk.store.prepare(lambda uow: uow.sessions.end(new, desk.clock()))
    desk.refused(errors.ClientSessionExpired, "one", after=50 * MINUTE)
    desk.refused(errors.ClientSessionExpired, new, after=50 * MINUTE)
    desk.call("two", after=50 * MINUTE)


def test_the_log_tells_of_sessions_and_licences(desk):
    desk.keys(application_integration=1)
    with capture_logs() as told:
        desk.call("one")
        desk.call("one")
        desk.refused(errors.LicenceMissing, "two")
        desk.keys(exchange=1)
        desk.call("three")
        desk.keys()
        desk.refused(errors.LicenceMissing, "four")
    session = {"event": "client_session", "log_level": "debug"}
    assert told == [
        {**session, "session": "one", "active": 1, "takes_licence": True, "licences": 1},
        {**session, "session": "one", "active": 1, "takes_licence": True, "licences": 1},
        {"event": "licences_exceeded", "log_level": "debug", "session": "two"},
        {**session, "session": "three", "active": 2, "takes_licence": False, "licences": 0},
        {"event": "licences_exceeded", "log_level": "debug", "session": "four"},
    ]


def test_the_kinds_of_keys_are_those_of_the_guide():
    assert sorted(KeyKind) == ["application-integration", "booking-api", "exchange", "lotus-notes"]
