"""Of several processes that want the last licence one gets it, every time."""

import pytest
from licence_racers import (
    Attempt,
    book_a_system_of_its_own,
    moment,
    race,
    use_a_session_of_its_own,
    use_the_same_session,
)

from tmsba.domain.licensing.option_keys import SYSTEMS_PER_KEY, KeyKind
from tmsba.domain.people.systems import System
from tmsba.store import SqlStore

RACERS = 2
#: How often in the suite, and with more patience.
ROUNDS = pytest.mark.parametrize("rounds", [20, pytest.param(1000, marks=pytest.mark.long)])


def leave_one_licence(store: SqlStore, key: KeyKind) -> None:
    """One for clients; or all but one of those for systems are taken by systems that nobody books."""
    with store.writing() as uow:
        uow.option_keys.add(key, 1)
        for number in range(101, 100 + SYSTEMS_PER_KEY):
            uow.systems.add(System(id=number, name=f"Hall {number}", is_remote_booking_allowed=True))
        uow.commit()


@ROUNDS
@pytest.mark.parametrize(
    ("attempt", "key"),
    [
        (use_a_session_of_its_own, KeyKind.APPLICATION_INTEGRATION),
        (book_a_system_of_its_own, KeyKind.BOOKING_API),
    ],
    ids=["clients", "systems"],
)
def test_one_gets_the_last_licence(
    store: SqlStore, url: str, attempt: Attempt, key: KeyKind, rounds: int
) -> None:
    leave_one_licence(store, key)
    assert race(url, attempt, racers=RACERS, rounds=rounds) == [1] * rounds


def test_processes_that_share_a_session_share_its_licence(store: SqlStore, url: str) -> None:
    leave_one_licence(store, KeyKind.APPLICATION_INTEGRATION)
    assert race(url, use_the_same_session, racers=4, rounds=10) == [4] * 10
    with store.reading() as uow:
        standing = uow.sessions.standing("round 9", moment(9))
    assert (standing.active, standing.taken) == (1, 1)
