"""Licences, the client sessions that hold them, and the systems that do."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event
from store_samples import HOUR, NOON, at_once, some_session

from tmsba.domain.licensing.option_keys import KeyKind, Licences
from tmsba.ports.people import Standing
from tmsba.store import SqlStore

MINUTE = timedelta(minutes=1)
EXCHANGE, PACKAGE = KeyKind.EXCHANGE, KeyKind.APPLICATION_INTEGRATION


def test_option_keys_add_up(store: SqlStore) -> None:
    def run(_: int) -> None:
        with store.writing() as uow:
            uow.option_keys.add(EXCHANGE, 5)
            uow.commit()

    at_once(8, run)
    with store.writing() as uow:
        uow.option_keys.add(PACKAGE, 1)
        assert uow.option_keys.all() == uow.option_keys.locked() == {PACKAGE: 1, EXCHANGE: 40}


def test_option_keys_are_taken_away_as_long_as_there_are_enough(store: SqlStore) -> None:
    with store.writing() as uow:
        uow.option_keys.add(EXCHANGE, 5)
        uow.option_keys.remove(EXCHANGE, 2)
        with pytest.raises(ValueError, match="there are 3 of exchange, so 4 cannot be removed"):
            uow.option_keys.remove(EXCHANGE, 4)
        with pytest.raises(ValueError, match="there are 0 of lotus-notes"):
            uow.option_keys.remove(KeyKind.LOTUS_NOTES, 1)
        assert uow.option_keys.all() == {EXCHANGE: 3}
        uow.option_keys.remove(EXCHANGE, 3)
        assert uow.option_keys.all() == {}


def test_a_session_is_replaced(store: SqlStore) -> None:
    session = some_session("abc")
    later = replace(session, user_id=2, last_used_at=NOON + HOUR, licence="one")
    with store.writing() as uow:
        assert uow.sessions.get("abc") is None
        for state in (session, later):
            uow.sessions.put(state)
            assert uow.sessions.get("abc") == state


def test_the_standing_of_a_client_is_found_in_one_statement(store: SqlStore) -> None:
    one, two = some_session("one", licence="a"), some_session("two", 50, licence="b")
    heir = some_session("heir", 50, licence="a")
    statements = []
    event.listen(store.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    with store.writing() as uow:
        assert uow.sessions.standing("one", NOON) == Standing(licences=Licences())
        uow.option_keys.add(PACKAGE, 2)
        uow.option_keys.add(EXCHANGE, 1)
        for session in (one, two, heir, some_session("without", 50)):
            uow.sessions.put(session)
        licences = Licences(for_clients=2, for_systems=25)
        statements.clear()
        at_first = uow.sessions.standing("one", NOON + 63 * MINUTE)
        assert at_first == Standing(licences=licences, session=one, active=4, taken=2)
        assert len(statements) == 1
        at_last = uow.sessions.standing("two", NOON + 64 * MINUTE)
        assert at_last == Standing(licences=licences, session=two, active=3, taken=2)
        unknown = uow.sessions.standing("unheard-of", NOON + 114 * MINUTE)
        assert unknown == Standing(licences=licences)


def test_a_licence_is_shared_with_the_session_before_and_the_one_after(store: SqlStore) -> None:
    old = some_session("old", licence="a", successor_id="new")
    new, newer = some_session("new", 50, successor_id="newer"), some_session("newer", 90)
    with store.writing() as uow:
        uow.sessions.put(old)
        assert uow.sessions.shared_licence(new, NOON + 63 * MINUTE) == "a"
        assert uow.sessions.shared_licence(new, NOON + 64 * MINUTE) is None
        assert uow.sessions.shared_licence(newer, NOON) is None
        uow.sessions.put(replace(newer, licence="b"))
        assert uow.sessions.shared_licence(new, NOON + 100 * MINUTE) == "b"
        uow.sessions.put(replace(newer, licence=None))
        assert uow.sessions.shared_licence(new, NOON + 100 * MINUTE) is None


def test_a_use_is_noted_unless_the_session_was_ended_meanwhile(store: SqlStore) -> None:
    session = some_session("abc")
    used = replace(session, last_used_at=NOON + MINUTE, expires_at=NOON + 2 * HOUR)
    with store.writing() as uow:
        uow.sessions.put(session)
        uow.sessions.touch(used)
        assert uow.sessions.get("abc") == used
        assert uow.sessions.end("abc", NOON + 2 * MINUTE)
        uow.sessions.touch(replace(used, last_used_at=NOON + 3 * MINUTE))
        assert uow.sessions.get("abc") == replace(used, expires_at=NOON + 2 * MINUTE)


def test_who_ends_a_session_ends_those_that_share_its_licence(store: SqlStore) -> None:
    sessions = {
        name: some_session(name, minutes, licence=licence)
        for minutes, (name, licence) in enumerate(
            [("old", "a"), ("new", "a"), ("other", "b"), ("without", None), ("without too", None)]
        )
    }
    now = NOON + 10 * MINUTE
    with store.writing() as uow:
        for session in sessions.values():
            uow.sessions.put(session)
        assert uow.sessions.active(now) == list(sessions.values())
        assert uow.sessions.end("new", now)
        assert not uow.sessions.end("new", now)
        assert not uow.sessions.end("unheard-of", now)
        assert [session.id for session in uow.sessions.active(now)] == ["other", "without", "without too"]
        assert uow.sessions.end("without", now)
        assert [session.id for session in uow.sessions.active(now)] == ["other", "without too"]


def test_sessions_that_are_over_are_removed(store: SqlStore) -> None:
    with store.writing() as uow:
        for minutes in range(3):
            uow.sessions.put(some_session(f"{minutes}", minutes))
        uow.sessions.forget(NOON + 65 * MINUTE)
        assert [uow.sessions.get(f"{n}") is None for n in range(3)] == [True, True, False]


def test_systems_hold_licences_by_their_flag(store: SqlStore) -> None:
    with store.writing() as uow:
        assert uow.systems.with_licences() == 0
        uow.systems.allow_remote_bookings([1, 2, 3, 2**40], is_allowed=True)
        uow.systems.allow_remote_bookings([2], is_allowed=False)
        assert uow.systems.with_licences() == 2
        holding = [one.id for one in uow.systems.all() if one.is_remote_booking_allowed]
        assert holding == [1, 3]


def test_licences_are_handed_out_by_one_at_a_time(store: SqlStore) -> None:
    """Who counts and takes behind the lock never takes one too many."""
    with store.writing() as uow:
        uow.option_keys.add(PACKAGE, 3)
        uow.commit()

    def run(index: int) -> bool:
        with store.writing() as uow:
            uow.option_keys.locked()
            if uow.sessions.standing("", NOON).taken >= 3:
                return False
            uow.sessions.put(some_session(f"{index}", licence=f"{index}"))
            uow.commit()
            return True

    assert sum(at_once(8, run)) == 3
