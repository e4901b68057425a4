"""How long it takes to save a series, against the bare driver that writes the same rows.

Run it with ``PYTHONPATH=tests:tests/store python tests/benchmarks/bench_store_series.py``. Once the store
alone saves a series, once the use case with all that it decides, reads, logs and answers. Each and the driver
run in turns on the same database, each in a transaction of its own that is committed; the medians are
compared. The series has 100 occurrences with five participants, four of them systems, and a space of a
bridge.
"""

import argparse
import logging
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

import psycopg
import structlog
from fakes import create_caller, create_client
from postgres import running_postgres
from sqlalchemy import Table, func, select, text
from store_samples import NOON, furnish, open_store, route, some_series

from tmsba.booking.api import Booking
from tmsba.domain.conference.details import Participant
from tmsba.domain.conference.request import ConferenceRequest, RequestedParticipant
from tmsba.domain.conference.series import Series
from tmsba.domain.licensing.option_keys import KeyKind
from tmsba.domain.time.recurrence import Frequency, RecurrencePattern, SeriesEnd
from tmsba.domain.values import BookingMode, ParticipantKind
from tmsba.mail.conference_mail import ConferenceTexts
from tmsba.store import SqlStore
from tmsba.store.sql import schema
from tmsba.store.tables.tables import (
    conference,
    occurrence,
    outbox,
    participant,
    route_decision,
    space_reservation,
    system_reservation,
    transaction_log,
    transaction_system,
)

SERIES_TABLES = (conference, participant, occurrence, system_reservation, space_reservation)
ALL_TABLES = (*SERIES_TABLES, route_decision, outbox, transaction_log, transaction_system)
#: Hours of 3 times 100 days: so many series find room in a booking window.
SLOTS = 3 * 24
#: Prepares the series of a slot; what it gives saves that.
Prepare = Callable[[int], Callable[[], None]]
Rows = list[tuple[Any, ...]]


def slot(number: int) -> timedelta:
    """How far the series with this number is from the first one."""
    if number >= SLOTS:
        raise ValueError(f"there is room for {SLOTS} series only: choose fewer rounds")
    days, hour = divmod(number, 24)
    return timedelta(days=100 * days, hours=hour)


def series_at(number: int) -> Series:
    """Every day for 100 days; each number has a slot of its own."""
    series = some_series(1, 2, 3, 4, count=100, start=slot(number) / timedelta(hours=1))
    guest = Participant(id=1, kind=ParticipantKind.SIP_VIDEO_OUT, name_or_number="guest@example.com")
    people = (*series.participants, guest)
    dates = tuple(replace(date, participants=people, route=route(1)) for date in series.occurrences)
    return replace(series, participants=people, occurrences=dates)


def by_store(store: SqlStore) -> Prepare:
    """The store alone saves a series that is ready."""

    def save(series: Series) -> None:
        with store.writing() as uow:
            uow.conferences.add_series(series)
            uow.commit()

    return lambda number: partial(save, series_at(number))


def by_use_case(store: SqlStore) -> Prepare:
    """A client's request becomes a series that is routed, reserved, stored, logged and shown."""
    with store.writing() as uow:
        caller, client = create_caller(uow.users.get(1)), create_client()
        uow.option_keys.add(KeyKind.APPLICATION_INTEGRATION, 1)
        uow.commit()
    people = [RequestedParticipant(id=number, kind=ParticipantKind.SYSTEM) for number in (1, 2, 3, 4)]
    guest = RequestedParticipant(
        id=None, kind=ParticipantKind.SIP_VIDEO_OUT, name_or_number="guest@example.com"
    )
    pattern = RecurrencePattern(frequency=Frequency.DAILY, end_type=SeriesEnd.BY_COUNT, occurrences=100)

    booking = Booking(store=store, clock=lambda: NOON - timedelta(hours=1), renderer=ConferenceTexts())

    def prepare(number: int) -> Callable[[], None]:
        start = NOON + slot(number)
        request = ConferenceRequest(
            start=start,
            end=start + timedelta(hours=1),
            title="Weekly",
            participants=(*people, guest),
            pattern=pattern,
        )
        return lambda: _drop(booking.save_conference(caller, client, request, BookingMode.STRICT))

    return prepare


def _drop(_: object) -> None:
    """What is answered is of no interest here."""


def raw_rows(store: SqlStore, tables: Iterable[Table]) -> dict[str, Rows]:
    """The rows of the series that is stored, as the driver gives them."""
    with store.reading() as uow:
        return {
            table.name: [tuple(row) for row in uow.connection.exec_driver_sql(f"SELECT * FROM {table.name}")]
            for table in tables
        }


def moved(rows: dict[str, Rows], tables: dict[str, list[str]], number: int) -> dict[str, Rows]:
    """The same rows with other ids and in another slot."""
    ids = {"id", "conference_id", "series_id", "occurrence_id", "transaction_id"}
    times = {"start_at", "end_at", "recurrence_at", "due_at"}

    def change(column: str, value: Any) -> Any:
        if value is not None and column == "external_primary_key":
            return f"{value}-{number}"
        if value is not None and column in ids:
            return value + 10_000_000 + number * 1000
        return _later(value, number) if value is not None and column in times else value

    return {name: [tuple(map(change, tables[name], row)) for row in found] for name, found in rows.items()}


def _later(value: Any, number: int) -> Any:
    by = slot(number)
    if isinstance(value, datetime):
        return value + by
    return (datetime.fromisoformat(value).replace(tzinfo=UTC) + by).strftime("%Y-%m-%d %H:%M:%S.%f")


def write_bare(connection: Any, rows: dict[str, Rows], columns: dict[str, list[str]]) -> None:
    """One ``executemany`` for each table, and a commit."""
    is_sqlite = isinstance(connection, sqlite3.Connection)
    cursor = connection.cursor()
    if is_sqlite:
        cursor.execute("BEGIN IMMEDIATE")
    for name, found in rows.items():
        marks = ", ".join(["?" if is_sqlite else "%s"] * len(columns[name]))
        cursor.executemany(f"INSERT INTO {name} ({', '.join(columns[name])}) VALUES ({marks})", found)
    cursor.execute("COMMIT") if is_sqlite else connection.commit()


def columns_of(store: SqlStore, tables: Iterable[Table]) -> dict[str, list[str]]:
    with store.reading() as uow:
        return {
            table.name: list(uow.connection.exec_driver_sql(f"SELECT * FROM {table.name}").keys())
            for table in tables
        }


def timed(act: Callable[[], None]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def compare(
    store: SqlStore, connection: Any, prepare: Prepare, tables: Sequence[Table], rounds: int
) -> tuple[float, float]:
    """The medians of what saves and of the bare driver, in milliseconds; the store is empty before."""
    prepare(0)()
    rows, columns = raw_rows(store, tables), columns_of(store, tables)
    slots, ours, bare = count(1), [], []
    for number in range(rounds + 2):
        save, others = prepare(next(slots)), moved(rows, columns, next(slots))
        took = timed(save)
        bare_took = timed(lambda others=others: write_bare(connection, others, columns))
        if number >= 2:  # the first ones fill caches
            ours.append(took)
            bare.append(bare_took)
    _check_counts(store, rows, 2 * (rounds + 2) + 1)
    return statistics.median(ours) * 1000, statistics.median(bare) * 1000


def _check_counts(store: SqlStore, rows: dict[str, Rows], times: int) -> None:
    with store.reading() as uow:
        for name, found in rows.items():
            query = select(func.count()).select_from(text(name))
            assert uow.connection.execute(query).scalar_one() == len(found) * times, name


@contextmanager
def databases() -> Iterator[dict[str, tuple[SqlStore, Any]]]:
    """A fresh store of each kind, with a bare connection to the same database."""
    with tempfile.TemporaryDirectory() as folder, running_postgres() as server:
        opened = {}
        for url in (f"sqlite:///{folder}/bench.db", server.create_database()):
            schema.upgrade(url)
            store = open_store(url)
            furnish(store)
            opened[url] = store
        (file_url, in_file), (server_url, on_server) = opened.items()
        bare_file = sqlite3.connect(file_url.removeprefix("sqlite:///"), isolation_level=None)
        bare_file.execute("PRAGMA foreign_keys = ON")
        bare_file.execute("PRAGMA synchronous = FULL")
        with psycopg.connect(server_url) as bare_server:
            yield {"SQLite": (in_file, bare_file), "PostgreSQL": (on_server, bare_server)}
        bare_file.close()
        for store in opened.values():
            store.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description="Saving a series, against the bare driver.")
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    for what, by, tables in (("store", by_store, SERIES_TABLES), ("use case", by_use_case, ALL_TABLES)):
        with databases() as found:
            for name, (store, connection) in found.items():
                ours, bare = compare(store, connection, by(store), tables, rounds)
                print(f"{name:12} {what:10}{ours:7.1f} ms   driver {bare:7.1f} ms   ratio {ours / bare:.2f}")


if __name__ == "__main__":
    main()
