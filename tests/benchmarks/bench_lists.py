"""How much memory a web worker takes to answer long lists, and how long that takes.

Fills a new database, starts the real server with one worker process, and asks it over HTTP with a client that
keeps nothing of what it reads. What counts is the peak of the worker's resident memory above what it had
idle, after a first short answer::

    PYTHONPATH=tests:tests/acceptance:tests/store python tests/benchmarks/bench_lists.py
    PYTHONPATH=tests:tests/acceptance:tests/store python tests/benchmarks/bench_lists.py --postgres

``--at-most 64`` ends with an error when an answer took more megabytes than that.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from installation import BOOKING_NS, BOOKING_PATH, PASSWORD, SETUP_NS, SETUP_PATH, Installation
from postgres import running_postgres
from rich.console import Console
from rich.table import Table
from sqlalchemy import insert
from store_samples import open_store, some_conference

from tmsba.domain.conference.conference import Conference
from tmsba.domain.people.systems import System
from tmsba.domain.people.users import User
from tmsba.domain.time.times import Period
from tmsba.ports.people import Account
from tmsba.store import SqlStore
from tmsba.store.conferences import rows
from tmsba.store.conferences.rows import Booked
from tmsba.store.tables.tables import conference, occurrence

ENVELOPE = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><{name} xmlns="{namespace}">'
    "{inner}</{name}></s:Body></s:Envelope>"
)
_BATCH = 5_000
_FIRST_SYSTEM = 10_000
_START = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
console = Console(highlight=False)


def _fill(store: SqlStore, count: int) -> None:
    """So many users and systems, and as many conferences of different owners that are on bridges alone."""
    for begin in range(0, count, _BATCH):
        numbers = range(begin + 1, min(begin + _BATCH, count) + 1)
        with store.writing() as uow:
            owners = uow.users.put_all([_account(number) for number in numbers])
            uow.systems.put_all([_system(_FIRST_SYSTEM + number) for number in numbers])
            made = [_conference(number, owner.id) for number, owner in zip(numbers, owners, strict=True)]
            booked = [rows.to_booked(Booked.of(one), is_deleted=False) | {"id": one.id} for one in made]
            dates = [rows.to_occurrence(one) | {"id": one.id, "conference_id": one.id} for one in made]
            uow.connection.execute(insert(conference), booked)
            uow.connection.execute(insert(occurrence), dates)
            uow.commit()


def _account(number: int) -> Account:
    user = User(id=0, name=f"user{number}", domain="EXAMPLE", first_name="Ann", last_name="Lee")
    return Account(
        user=replace(user, email=f"user{number}@example.com"), password_hash="!", groups=frozenset()
    )


def _system(number: int) -> System:
    return System(id=number, name=f"Room {number}", sip_uri=f"room{number}@example.com")


def _conference(number: int, owner_id: int) -> Conference:
    start = _START + number * timedelta(minutes=1)
    details = {"title": f"Meeting {number}", "external_primary_key": f"{number:040X}"}
    period = Period(start, start + timedelta(hours=1))
    return some_conference(id=number, at=period, owner_id=owner_id, details=details)


def _workers(server: int) -> list[int]:
    """The processes below the server that have none below them."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # it has ended
                continue
            parents[int(folder.name)] = int(fields[1])
    family = {server}
    while len(family) < len(family := family | {p for p, parent in parents.items() if parent in family}):
        pass
    return sorted(family - {parents[p] for p in family if p in parents})


def _memory(pid: int, field: str) -> float:
    """A field of a process's status in MB."""
    for line in (Path("/proc") / str(pid) / "status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"there is no {field}")


def _ask(installation: Installation, path: str, name: str, inner: str = "") -> tuple[int, float]:
    """How many bytes an answer has, and how long it took in seconds."""
    namespace = BOOKING_NS if path == BOOKING_PATH else SETUP_NS
    body = ENVELOPE.format(name=name, namespace=namespace, inner=inner)
    begin = time.monotonic()
    with httpx.stream(
        "POST",
        f"{installation.url}{path}",
        content=body.encode(),
        headers={"Content-Type": "text/xml; charset=utf-8"},
        auth=("admin", PASSWORD),
        trust_env=False,
        timeout=600,
    ) as answer:
        answer.raise_for_status()
        size = sum(len(piece) for piece in answer.iter_bytes())
    return size, time.monotonic() - begin


def _measured(
    installation: Installation, server: int, what: tuple[str, str, str]
) -> tuple[int, float, float]:
    """Bytes, seconds, and MB above the idle worker."""
    path, name, inner = what
    workers = _workers(server)
    for worker in workers:
        (Path("/proc") / str(worker) / "clear_refs").write_text("5")  # the peak counts from here on
    before = {worker: _memory(worker, "VmRSS") for worker in workers}
    size, seconds = _ask(installation, path, name, inner)
    return size, seconds, max(_memory(worker, "VmHWM") - before[worker] for worker in workers)


@contextmanager
def _database(*, is_postgres: bool, folder: Path) -> Iterator[str]:
    with ExitStack() as stack:
        if not is_postgres:
            yield f"sqlite:///{folder}/tmsba.db"
            return
        server = stack.enter_context(running_postgres())
        yield server.create_database()


LISTS = (
    (BOOKING_PATH, "GetConferencesForSystems", "<ConferenceStatus>All</ConferenceStatus>"),
    (BOOKING_PATH, "GetConferencesForSystems", "<ConferenceStatus>Pending</ConferenceStatus>"),
    (SETUP_PATH, "GetUsers", ""),
    (SETUP_PATH, "GetSystems", ""),
)


def measure(count: int, *, is_postgres: bool, at_most: float | None) -> bool:
    """Print the table; whether every answer stayed within the bound."""
    with tempfile.TemporaryDirectory() as name, _database(is_postgres=is_postgres, folder=Path(name)) as url:
        installation = Installation(Path(name), database_url=url, environment={"TMSBA_WORKERS": "1"})
        installation.seed()
        store = open_store(url)
        _fill(store, count)
        store.dispose()
        server = installation.serve()
        try:
            _ask(installation, BOOKING_PATH, "GetDefaultConference")
            table = Table("list", "entries", "MB", "seconds", "MB above idle")
            most = 0.0
            for what in LISTS:
                size, seconds, above = _measured(installation, server.pid, what)
                most = max(most, above)
                table.add_row(
                    f"{what[1]} {what[2]}",
                    f"{count:,}",
                    f"{size / 1e6:.0f}",
                    f"{seconds:.1f}",
                    f"{above:.1f}",
                )
            console.print(table)
        finally:
            installation.stop()
    return at_most is None or most <= at_most


def main() -> int:
    """Read the command line, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=100_000, help="how many of each there are")
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL instead of SQLite")
    parser.add_argument("--at-most", type=float, metavar="MB", help="fail above this many megabytes")
    options = parser.parse_args()
    is_fine = measure(options.count, is_postgres=options.postgres, at_most=options.at_most)
    return 0 if is_fine else 1


if __name__ == "__main__":
    sys.exit(main())
