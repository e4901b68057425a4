"""Processes of their own that race for the last licence, round after round, all on one database."""

import multiprocessing
from collections.abc import Callable
from datetime import datetime, timedelta
from multiprocessing.synchronize import Barrier
from typing import Any

from fakes import FakeRenderer, create_caller, create_client, create_request, create_user, room
from store_samples import NOON, open_store

from tmsba.booking.api import Booking
from tmsba.booking.clients.admission import admit
from tmsba.domain.errors import LicenceMissing
from tmsba.domain.values import BookingMode
from tmsba.store import SqlStore

#: From one round to the next; sessions of a round are over in the next one.
ROUND = timedelta(minutes=65)
_PATIENCE_S = 120

#: One attempt of a racer in a round; raises when it gets no licence.
Attempt = Callable[[SqlStore, int, int], object]

CALLER = create_caller(create_user(1, name="ann"))


def use_a_session_of_its_own(store: SqlStore, racer: int, round_: int) -> None:
    client = create_client(version=23, session_id=f"round {round_}, racer {racer}")
    admit(store, lambda: moment(round_), CALLER, client)


def use_the_same_session(store: SqlStore, _racer: int, round_: int) -> None:
    client = create_client(version=23, session_id=f"round {round_}")
    admit(store, lambda: moment(round_), CALLER, client)


def book_a_system_of_its_own(store: SqlStore, racer: int, round_: int) -> None:
    now = moment(round_)
    booking = Booking(store=store, clock=lambda: now, renderer=FakeRenderer())
    client = create_client(version=23, session_id=f"round {round_}, racer {racer}")
    request = create_request(start=now, end=now + ROUND / 2, participants=(room(1 + racer),))
    booking.save_conference(CALLER, client, request, BookingMode.STRICT)


def moment(round_: int) -> datetime:
    return NOON + round_ * ROUND


def race(url: str, attempt: Attempt, *, racers: int, rounds: int) -> list[int]:
    """How many racers got through in each round."""
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(racers), context.Queue()
    processes = [
        context.Process(target=_run, args=(url, attempt, racer, rounds, barrier, results))
        for racer in range(racers)
    ]
    for process in processes:
        process.start()
    try:
        won = [results.get(timeout=_PATIENCE_S + rounds) for _ in processes]
    finally:
        barrier.abort()
        for process in processes:
            process.join()
    return [sum(round_) for round_ in zip(*won, strict=True)]


def _run(url: str, attempt: Attempt, racer: int, rounds: int, barrier: Barrier, results: Any) -> None:
    store = open_store(url)
    won = []
    for round_ in range(rounds):
        barrier.wait(_PATIENCE_S)
        try:
            attempt(store, racer, round_)
            won.append(True)
        except LicenceMissing:
            won.append(False)
        if barrier.wait(_PATIENCE_S) == 0:
            _give_back(store)
    store.dispose()
    results.put(won)


def _give_back(store: SqlStore) -> None:
    """Let the next round begin with one licence left for the racers' systems."""
    with store.writing() as uow:
        uow.systems.allow_remote_bookings(range(1, 11), is_allowed=False)
        uow.commit()
