"""Control workers and bridges as real processes that are killed and come back, over one PostgreSQL."""

import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from installation import BRIDGE_PASSWORD, Installation, free_port, wait_until

from tmsba.control.bridge.clients import client_factory
from tmsba.control.bridge.registration import register_bridge
from tmsba.domain.bridge.bridge import Bridge, BridgeCredentials
from tmsba.domain.licensing.option_keys import KeyKind
from tmsba.domain.people.users import SITE_ADMINISTRATOR, USERS, User
from tmsba.store import FernetSecretBox, SqlStore, create_store

LEASE = timedelta(seconds=4)
SPACES = 12
_ENVIRONMENT = {
    "TMSBA_LEASE_SECONDS": str(LEASE.total_seconds()),
    "TMSBA_POLL_SECONDS": "0.1",
    "TMSBA_BRIDGE_CHECK_SECONDS": "1",
}


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Outage:
    """When a bridge was down."""

    start: datetime
    end: datetime


@dataclass
class SimulatedBridge:
    """A simulator in a process of its own, asked at its side door."""

    number: int
    port: int
    outages: list[Outage] = field(default_factory=list)
    #: Its journal so far.
    journal: list[dict[str, Any]] = field(default_factory=list)
    #: Spaces that had two calls at the same time, whenever somebody looked.
    doubled: set[str] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, **content: Any) -> Any:
        auth = ("api", BRIDGE_PASSWORD)
        answer = httpx.request(method, self.url + path, auth=auth, trust_env=False, timeout=10, **content)
        return answer.raise_for_status().json() if answer.content else None

    def fall(self, seconds: float) -> None:
        """Lose power: connections and calls are gone, spaces are kept; it comes back by itself."""
        self.watch()
        begin = now()
        self.ask("POST", "/nodes", json={"do": "kill", "seconds": str(seconds)})
        # Nobody knows to the moment when it listens again.
        self.outages.append(Outage(begin, now() + timedelta(seconds=seconds + 0.5)))

    def watch(self) -> bool:
        """Read on in the journal, and look for spaces with two calls; ``False`` when it is down."""
        last = self.journal[-1]["number"] if self.journal else 0
        try:
            self.journal += self.ask("GET", f"/journal?since={last}")
            calls = Counter(call["coSpace"] for call in self.ask("GET", "/state")["calls"])
        except httpx.TransportError:
            return False
        self.doubled |= {space for space, count in calls.items() if count > 1}
        return True

    def is_up(self) -> bool:
        try:
            self.ask("GET", "/nodes")
        except httpx.TransportError:
            return False
        return True


class ChaosHouse:
    """Two bridges, some control workers, and the store that they share.

    Args:
        folder: For log files.
        url: A database with all tables.
        bridges: How many.
        workers: How many.
    """

    def __init__(self, folder: Path, url: str, *, bridges: int = 2, workers: int = 3) -> None:
        self.installation = Installation(folder, database_url=url, environment=dict(_ENVIRONMENT))
        key = self.installation.env()["TMSBA_SECRET_KEY"]
        self.store: SqlStore = create_store(url, secret_box=FernetSecretBox(key))
        self.bridges = [SimulatedBridge(number + 1, free_port()) for number in range(bridges)]
        self.workers: list[subprocess.Popen[bytes]] = []
        self._wanted_workers = workers
        #: When a worker was killed.
        self.kills: list[datetime] = []

    def open(self) -> None:
        """Start everything; the bridges are ready then."""
        for bridge in self.bridges:
            login = ["--username", "api", "--password", BRIDGE_PASSWORD]
            self.installation.start(
                "simulate-cms", "--port", str(bridge.port), *login, "--domain", "example.com"
            )
        with self.store.writing() as uow:
            uow.users.add(User(id=0, name="ann"), "hash", [USERS, SITE_ADMINISTRATOR])
            uow.option_keys.add(KeyKind.APPLICATION_INTEGRATION, 1)
            uow.settings.put("join_early", "No")
            for bridge in self.bridges:
                uow.bridges.add(
                    _registered(bridge), BridgeCredentials(username="api", password=BRIDGE_PASSWORD)
                )
            uow.commit()
        self.workers = [self.installation.start("control") for _ in range(self._wanted_workers)]
        factory = client_factory(connect_timeout_s=3, read_timeout_s=7)
        for bridge in self.bridges:
            wait_until(bridge.is_up, f"bridge {bridge.number} listens")
            register_bridge(self.store, now, bridge.number, factory, wait=time.sleep)

    def kill_worker(self, place: int) -> None:
        """Kill a worker at whatever it is doing, and start another one."""
        worker = self.workers[place]
        self.kills.append(now())
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        self.installation.processes.remove(worker)
        self.workers[place] = self.installation.start("control")

    def close(self) -> None:
        """End what still runs."""
        self.installation.stop()
        self.store.dispose()

    def log(self) -> str:
        """What the workers wrote, for a test that fails."""
        return (self.installation.folder / "control.log").read_text()


def _registered(bridge: SimulatedBridge) -> Bridge:
    return Bridge(
        id=0,
        name=f"Core {bridge.number}",
        url=bridge.url,
        domain="example.com",
        numeric_id_base=1000 * bridge.number,
        numeric_id_quantity=SPACES,
    )
