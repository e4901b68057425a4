"""How long many conferences that start in the same second take to be open and dialled.

Run it with ``PYTHONPATH=tests python tests/benchmarks/bench_launch.py``. The control workers are real
processes; the bridges are plain ones that answer each request after the latency (``latency_bridge.py``). The
floor is what the requests would take if nothing but the latency cost time: requests x latency / requests
allowed at once. At the end every call must have its legs, each once.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import structlog
from fakes import create_caller, create_client, dial_out
from latency_bridge import space_id
from postgres import running_postgres
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from tmsba.booking.api import Booking
from tmsba.domain.bridge.bridge import Bridge, BridgeCredentials, BridgePreparation
from tmsba.domain.conference.request import ConferenceRequest
from tmsba.domain.licensing.option_keys import KeyKind
from tmsba.domain.people.users import SITE_ADMINISTRATOR, USERS, User
from tmsba.domain.values import BookingMode
from tmsba.mail.conference_mail import ConferenceTexts
from tmsba.store import FernetSecretBox, SqlStore, create_store
from tmsba.store.sql import schema

SECRET_KEY = "a secret key for benchmarks only"
DIALLED = 4
#: How long a booking takes at most, so that all are made before the first one starts.
BOOKING_S = 0.05
AFTER_S = 12

console = Console(highlight=False, width=110)
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))


@dataclass(frozen=True)
class Load:
    """What is started, on what, by whom."""

    conferences: int
    bridges: int
    latency_s: float
    workers: int
    bridge_jobs: int
    threads: int

    @property
    def at_once(self) -> int:
        """Requests that are allowed at the same time: each job makes one after the other."""
        return self.workers * min(self.threads, self.bridge_jobs * self.bridges)


@contextmanager
def running_bridges(load: Load) -> Iterator[list[str]]:
    """The bridges' URLs."""
    spaces = -(-load.conferences // load.bridges)
    script = Path(__file__).with_name("latency_bridge.py")
    arguments = [str(load.bridges), str(spaces), str(load.latency_s)]
    process = subprocess.Popen([sys.executable, script, *arguments], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield [f"http://127.0.0.1:{port}" for port in json.loads(process.stdout.readline())]
    finally:
        process.terminate()
        process.wait()


@contextmanager
def running_workers(load: Load, url: str, folder: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Control workers as processes of their own."""
    environment = os.environ | {
        "TMSBA_DATABASE_URL": url,
        "TMSBA_SECRET_KEY": SECRET_KEY,
        "TMSBA_BRIDGE_JOBS": str(load.bridge_jobs),
        "TMSBA_CONTROL_THREADS": str(load.threads),
        "TMSBA_LOG_LEVEL": "warning",
    }
    command = [sys.executable, "-m", "tmsba", "control"]
    with (folder / "control.log").open("wb") as log:
        workers = [
            subprocess.Popen(command, env=environment, stdout=log, stderr=log) for _ in range(load.workers)
        ]
        try:
            yield workers
        finally:
            for worker in workers:
                worker.terminate()
            for worker in workers:
                worker.wait()
    if trouble := (folder / "control.log").read_text():
        console.print(trouble[:2000])


def furnish(store: SqlStore, load: Load, urls: list[str]) -> None:
    """A user, and bridges whose spaces are made already."""
    quantity = -(-load.conferences // load.bridges)
    with store.writing() as uow:
        uow.users.add(User(id=0, name="ann"), "hash", [USERS, SITE_ADMINISTRATOR])
        uow.option_keys.add(KeyKind.APPLICATION_INTEGRATION, 1)
        uow.settings.put("join_early", "No")
        for place, url in enumerate(urls):
            bridge = Bridge(
                id=0,
                name=f"Core {place + 1}",
                url=url,
                domain="example.com",
                numeric_id_base=1,
                numeric_id_quantity=quantity,
            )
            added = uow.bridges.add(bridge, BridgeCredentials(username="api", password="pass"))
            rooms = {number: space_id(number) for number in range(1, quantity + 1)}
            uow.bridges.set_preparation(added.id, BridgePreparation(cospace_ids=rooms, is_complete=True))
        uow.commit()


def book(store: SqlStore, load: Load) -> datetime:
    """Book all of them; when they start."""
    booking = Booking(store=store, clock=lambda: datetime.now(UTC), renderer=ConferenceTexts())
    caller = create_caller(User(id=1, name="ann"), groups=(USERS, SITE_ADMINISTRATOR))
    lead = timedelta(seconds=load.conferences * BOOKING_S + AFTER_S)
    start = (datetime.now(UTC) + lead).replace(microsecond=0)
    client = create_client(version=23, session_id="bench")
    for number in range(load.conferences):
        legs = tuple(dial_out(f"guest{number}-{leg}@example.com") for leg in range(DIALLED))
        request = ConferenceRequest(
            start=start, end=start + timedelta(hours=1), title=f"Meeting {number}", participants=legs
        )
        booking.save_conference(caller, client, request, BookingMode.STRICT)
    return start


def waiting(store: SqlStore, start: datetime) -> int:
    """How many launches are ready for the start."""
    with store.reading() as uow:
        query = text(
            "SELECT count(*) FROM outbox WHERE kind = 'launch' AND attempts > 0 AND lease_until IS NULL"
        )
        return int(uow.connection.execute(query).scalar_one())


def launch(store: SqlStore, load: Load, url: str, urls: list[str], folder: Path) -> dict[str, Any]:
    """Start everything, wait until all is dialled, and tell what was seen."""
    wanted = load.conferences * DIALLED
    start = book(store, load)
    with running_workers(load, url, folder) as workers:
        while waiting(store, start) < load.conferences:
            if datetime.now(UTC) > start:
                raise SystemExit("The workers were not ready in time: nothing was measured.")
            time.sleep(0.1)
        time.sleep(max(0.0, (start - datetime.now(UTC)).total_seconds() - 0.2))
        cpu_before, machine_before = sum(map(cpu_s, workers)), machine_cpu_s()
        limit = time.monotonic() + 300
        while time.monotonic() < limit:
            time.sleep(0.25)
            report = httpx.get(f"{urls[0]}/report", trust_env=False, timeout=30).json()
            if sum(map(len, report["parties"])) >= wanted:
                break
        report["workers_cpu_s"] = sum(map(cpu_s, workers)) - cpu_before
        report["machine"] = [
            after - before for before, after in zip(machine_before, machine_cpu_s(), strict=True)
        ]
        # Time to do something twice, if anybody would.
        time.sleep(2)
        report["parties"] = httpx.get(f"{urls[0]}/report", trust_env=False).json()["parties"]
        report["measured_s"] = report["last_dial_at"] - start.timestamp()
    return report


def cpu_s(process: subprocess.Popen[bytes]) -> float:
    """What a process has used so far (Linux)."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def machine_cpu_s() -> tuple[float, float]:
    """What all processes together have used so far, and what was not used (Linux)."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    idle = fields[3] + fields[4]
    tick = os.sysconf("SC_CLK_TCK")
    return (sum(fields[:8]) - idle) / tick, idle / tick


def check(report: dict[str, Any], load: Load) -> None:
    """Every conference has one call with its participants, each dialled once."""
    expected = Counter(
        frozenset(f"guest{number}-{leg}@example.com" for leg in range(DIALLED))
        for number in range(load.conferences)
    )
    seen = Counter(map(frozenset, report["parties"]))
    legs = sum(map(len, report["parties"]))
    if seen != expected or legs != load.conferences * DIALLED:
        raise SystemExit(f"{report['calls']} calls with {legs} legs are not what was booked.")


def show(title: str, report: dict[str, Any], load: Load) -> None:
    requests = report["requests"] - report["looks"]
    floor_s = requests * load.latency_s / load.at_once
    table = Table(title=title, title_justify="left", show_header=False, box=None)
    rows = {
        "conferences, bridges, participants dialled": f"{load.conferences}, {load.bridges}, {DIALLED} each",
        "workers x jobs on one bridge at once": f"{load.workers} x {load.bridge_jobs}",
        "requests of the launches": f"{requests} ({requests / load.conferences:.1f} each)",
        "other requests meanwhile (looks)": f"{report['looks']}",
        "latency of a request": f"{load.latency_s * 1000:.0f} ms",
        "requests allowed at once, seen at once": f"{load.at_once}, {report['most_at_once']}",
        "floor: requests x latency / allowed": f"{floor_s:.2f} s",
        "measured, from the start to the last dialling": f"{report['measured_s']:.2f} s",
        "ratio": f"{report['measured_s'] / floor_s:.2f}",
        "CPU meanwhile: workers, bridges": f"{report['workers_cpu_s']:.1f} s, {report['cpu_s']:.1f} s",
        "CPU of the whole machine: used, left": "{:.1f} s, {:.1f} s".format(*report["machine"]),
        "each conference open once, each participant dialled once": "yes",
    }
    for name, value in rows.items():
        table.add_row(name, value)
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--conferences", type=int, default=500)
    parser.add_argument("--bridges", type=int, default=5)
    parser.add_argument("--latency-ms", type=float, default=20)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--bridge-jobs", type=int, default=4)
    parser.add_argument("--threads", type=int, default=64)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="postgresql")
    given = parser.parse_args()
    load = Load(
        conferences=given.conferences,
        bridges=given.bridges,
        latency_s=given.latency_ms / 1000,
        workers=given.workers,
        bridge_jobs=given.bridge_jobs,
        threads=given.threads,
    )
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-launch-")))
        url = f"sqlite:///{folder}/tmsba.db"
        if given.database == "postgresql":
            url = stack.enter_context(running_postgres()).create_database()
        schema.upgrade(url)
        store = create_store(url, secret_box=FernetSecretBox(SECRET_KEY))
        stack.callback(store.dispose)
        urls = stack.enter_context(running_bridges(load))
        furnish(store, load, urls)
        report = launch(store, load, url, urls, folder)
    check(report, load)
    show(f"{given.database}", report, load)


if __name__ == "__main__":
    main()
