"""Option keys, the licences of systems, and the sessions of clients."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tmsba.app import build_store
from tmsba.cli.server.demo_data import demo_systems, seed
from tmsba.config import Config
from tmsba.domain.licensing.option_keys import Licences
from tmsba.domain.licensing.sessions import new_session
from tmsba.domain.people.users import USERS, Caller, User
from tmsba.ports.repeating import write

ADDED = "There are now {} of {}.\n"
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def store(run):
    """The store behind the database that the commands use."""
    opened = build_store(Config())
    yield opened
    opened.dispose()


def rows(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines()[1:]]


def test_keys_are_added_listed_and_removed(run):
    assert run("licence", "add", "application-integration").stdout == ADDED.format(
        1, "application-integration"
    )
    added = run("licence", "add", "application-integration", "--count", "2")
    assert added.stdout == ADDED.format(3, "application-integration")
    assert rows(run("licence", "list").stdout) == [["application-integration", "3", "3 clients", "0"]]
    removed = run("licence", "remove", "application-integration", "--count", "2")
    assert (removed.stdout, removed.stderr) == (ADDED.format(1, "application-integration"), "")
    run("licence", "add", "exchange", "--count", "2")
    assert rows(run("licence", "list").stdout) == [
        ["application-integration", "1", "1 clients", "0"],
        ["exchange", "2", "50 systems", "void"],
    ]


def test_without_keys_the_administrator_is_warned(run):
    result = run("licence", "list")
    assert (result.exit_code, rows(result.stdout)) == (0, [])
    assert "nobody can book: add one with tmsba licence add" in result.stderr
    run("licence", "add", "exchange")
    assert "nobody can book" in run("licence", "remove", "exchange").stderr


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["add", "exchange", "--count", "0"], 1, "0 option keys cannot be added"),
        (["remove", "exchange", "--count", "-1"], 1, "-1 option keys cannot be removed"),
        (["remove", "exchange"], 1, "There are 0 of exchange, so 1 cannot be removed."),
        (["add", "unheard-of"], 2, "'application-integration', 'booking-api', 'exchange', 'lotus-notes'"),
    ],
)
def test_keys_that_cannot_be_are_refused_in_a_sentence(run, arguments, status, words):
    result = run("licence", *arguments)
    assert (result.exit_code, result.stdout) == (status, "")
    assert words in result.stderr


def test_a_system_is_given_a_licence_and_gives_it_back(run):
    for number in range(1, 27):
        run("system", "add", f"Room {number}")
    assert "no licence left for Room 1 (id 1): 0 of 0" in allow(run, 1).stderr
    run("licence", "add", "booking-api")
    assert allow(run, 1).stdout == "Allow Remote Bookings of Room 1 is now Yes.\n"
    assert [row[-1] for row in rows(run("system", "list").stdout)] == ["Yes"] + ["No"] * 25
    assert rows(run("licence", "list").stdout) == [["booking-api", "1", "25 systems", "1"]]
    for number in range(2, 26):
        allow(run, number)
    assert (refused := allow(run, 26)).exit_code == 1
    assert "25 of 25 licences for systems are taken" in refused.stderr
    assert allow(run, 3, "no").stdout == "Allow Remote Bookings of Room 3 is now No.\n"
    assert allow(run, 26).exit_code == 0
    assert "There is no system with id 99" in allow(run, 99).stderr


def allow(run, number, answer="Yes"):
    return run("system", "set", str(number), "--allow-remote-bookings", answer)


def test_beside_keys_for_clients_the_flag_of_systems_is_void(run):
    run("system", "add", "Room")
    run("licence", "add", "application-integration")
    assert rows(run("system", "list").stdout)[0][-1] == "void"
    result = allow(run, 1)
    assert result.exit_code == 1
    assert "Allow Remote Bookings is void while there are application-integration keys" in result.stderr


def add_sessions(store):
    def work(uow):
        user = uow.users.add(User(id=0, name="anna", domain="EXAMPLE"), "", [USERS])
        caller = Caller(user=user, address="192.0.2.7")
        for minutes, name, licence in [
            (70, "over", "a"),
            (50, "old", "b"),
            (3, "new", "b"),
            (2, "c", "c"),
            (1, "d", None),
        ]:
            session = new_session(name, caller, NOW - timedelta(minutes=minutes))
            uow.sessions.put(replace(session, licence=licence))

    write(store, work)


def test_the_active_clients_are_listed_with_their_licences(run, store):
    add_sessions(store)
    assert {row[6] for row in rows(run("sessions", "list").stdout)} == {"none"}
    run("licence", "add", "application-integration", "--count", "2")
    result = run("sessions", "list")
    assert result.stdout.splitlines()[0].split("\t") == [
        "Network address",
        "Client session",
        "User",
        "Since (UTC)",
        "Last used (UTC)",
        "Expires (UTC)",
        "Licence",
    ]
    listed = rows(result.stdout)
    assert [(row[1], row[6]) for row in listed] == [("old", "1"), ("new", "1"), ("c", "2"), ("d", "none")]
    since, expires = NOW - timedelta(minutes=50), NOW + timedelta(minutes=14)
    moments = [f"{moment:%Y-%m-%d %H:%M:%S}" for moment in (since, since, expires)]
    assert listed[0] == ["192.0.2.7", "old", "EXAMPLE\\anna", *moments, "1"]


def test_a_session_is_ended_with_those_that_share_its_licence(run, store):
    add_sessions(store)
    assert run("sessions", "end", "new").stdout == "Client session new is over.\n"
    assert [row[1] for row in rows(run("sessions", "list").stdout)] == ["c", "d"]
    for unknown in ("new", "over", "unheard-of"):
        result = run("sessions", "end", unknown)
        assert result.exit_code == 1
        assert f"There is no active client session {unknown}: tmsba sessions list" in result.stderr


def test_the_demonstration_has_licences_for_all_its_systems_and_any_client(store):
    seed(store)
    with store.reading() as uow:
        licences = Licences.of(uow.option_keys.all())
        assert not licences.are_of_clients
        assert licences.for_systems >= 10 * len(demo_systems())
