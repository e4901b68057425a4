"""How long one request holds the writer, for the largest requests that the limits of a booking let in.

It saves conferences with many participants, long series of them, and many conferences in one request, each on
a new database, and measures from the beginning of the unit of work to its commit::

    PYTHONPATH=tests:tests/store python tests/benchmarks/bench_limits.py
    PYTHONPATH=tests:tests/store python tests/benchmarks/bench_limits.py --postgres
"""

import argparse
import logging
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from fakes import create_caller, create_client
from postgres import running_postgres
from rich.console import Console
from rich.table import Table
from store_samples import open_store

from tmsba.booking.api import Booking
from tmsba.domain.bridge.bridge import Bridge, BridgeCredentials
from tmsba.domain.conference.request import ConferenceRequest, RequestedParticipant
from tmsba.domain.licensing.option_keys import KeyKind
from tmsba.domain.people.systems import System
from tmsba.domain.people.users import User
from tmsba.domain.settings import ConferenceSettings
from tmsba.domain.time.recurrence import Frequency, RecurrencePattern, SeriesEnd
from tmsba.domain.values import BookingMode, ParticipantKind
from tmsba.mail.conference_mail import ConferenceTexts
from tmsba.store import SqlStore
from tmsba.store.sql import schema

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
_SYSTEMS = 1000
_NO_LIMIT = "1000000"
console = Console(highlight=False)


class _Watched:
    """A store that notes how long its longest unit of work that writes has lasted."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self.reading = store.reading
        self.longest_s = 0.0

    @contextmanager
    def writing(self) -> Iterator[Any]:
        with self._store.writing() as uow:
            begin = time.monotonic()
            yield uow
            self.longest_s = max(self.longest_s, time.monotonic() - begin)


def _furnish(store: SqlStore) -> None:
    with store.writing() as uow:
        uow.users.add(User(id=0, name="ann", domain="EXAMPLE", email="ann@example.com"), "!", [])
        uow.systems.put_all(
            [System(id=n, name=f"Room {n}", sip_uri=f"room{n}@example.com") for n in range(1, _SYSTEMS + 1)]
        )
        bridge = Bridge(
            id=0,
            name="One",
            url="https://cms.example.com",
            domain="example.com",
            numeric_id_base=1,
            numeric_id_quantity=500,
        )
        uow.bridges.add(bridge, BridgeCredentials(username="api", password="secret"))
        uow.option_keys.add(KeyKind.APPLICATION_INTEGRATION, 100)
        for name in ConferenceSettings.__dataclass_fields__:
            if name.startswith("most_"):
                uow.settings.put(name, _NO_LIMIT)
        uow.commit()


def _people(count: int, *, are_systems: bool, first: int = 1) -> tuple[RequestedParticipant, ...]:
    if are_systems:
        numbers = range(first, first + count)
        return tuple(RequestedParticipant(id=n, kind=ParticipantKind.SYSTEM) for n in numbers)
    out = ParticipantKind.SIP_VIDEO_OUT
    return tuple(
        RequestedParticipant(id=None, kind=out, name_or_number=f"guest{n}@example.com") for n in range(count)
    )


def _request(number: int, people: Sequence[RequestedParticipant], dates: int) -> ConferenceRequest:
    start = NOW + timedelta(hours=1 + 2 * number)
    pattern = RecurrencePattern(
        frequency=Frequency.DAILY, end_type=SeriesEnd.BY_COUNT, occurrences=dates, interval=1
    )
    return ConferenceRequest(
        id=-1,
        start=start,
        end=start + timedelta(hours=1),
        title=f"Meeting {number}",
        participants=tuple(people),
        pattern=pattern if dates > 1 else None,
    )


@contextmanager
def _database(*, is_postgres: bool) -> Iterator[str]:
    with ExitStack() as stack:
        if is_postgres:
            server = stack.enter_context(running_postgres())
            yield server.create_database()
        else:
            yield f"sqlite:///{stack.enter_context(tempfile.TemporaryDirectory())}/tmsba.db"


def _held(requests: Sequence[ConferenceRequest], *, is_postgres: bool) -> float:
    """How many seconds the save of these held the writer; the best of two."""
    with _database(is_postgres=is_postgres) as url:
        schema.upgrade(url)
        best = float("inf")
        store = open_store(url)
        _furnish(store)
        with store.reading() as uow:
            user = uow.users.all()[0]
        for turn in range(2):
            watched = _Watched(store)
            any_store: Any = watched
            later = timedelta(days=150 * turn)
            booking = Booking(
                store=any_store, clock=lambda later=later: NOW + later, renderer=ConferenceTexts()
            )
            shifted = [_moved(one, later) for one in requests]
            booking.save_conferences(create_caller(user), create_client(), shifted, BookingMode.STRICT)
            best = min(best, watched.longest_s)
        store.dispose()
    return best


def _moved(request: ConferenceRequest, by: timedelta) -> ConferenceRequest:
    if not (request.start and request.end):
        raise ValueError("it has no times")
    return replace(request, start=request.start + by, end=request.end + by)


CASES: tuple[tuple[str, int, int, int, bool], ...] = (
    # What, conferences, dates of each, participants of each, whether they are systems.
    ("a conference", 1, 1, 500, True),
    ("a conference", 1, 1, 500, False),
    ("a series", 1, 100, 50, True),
    ("a series", 1, 100, 50, False),
    ("conferences", 100, 1, 5, True),
    ("conferences", 100, 1, 50, True),
    ("series", 5, 20, 50, True),
    # What the limits keep out.
    ("a series", 1, 100, 500, True),
    ("conferences", 500, 1, 10, True),
)


def main() -> None:
    """Read the command line, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL instead of SQLite")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    table = Table("request", "conferences", "dates", "participants", "", "seconds")
    for what, conferences, dates, people, are_systems in CASES:
        requests = [_request(n, _people(people, are_systems=are_systems), dates) for n in range(conferences)]
        held = _held(requests, is_postgres=options.postgres)
        kind = "systems" if are_systems else "dialled"
        table.add_row(what, str(conferences), str(dates), str(people), kind, f"{held:.2f}")
    console.print(table)


if __name__ == "__main__":
    main()
