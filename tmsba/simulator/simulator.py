"""A simulated bridge that listens."""

import contextlib
import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Self

from tmsba.simulator.certificate import Certificate
from tmsba.simulator.cluster import Cluster
from tmsba.simulator.control import Control
from tmsba.simulator.faults import Faults
from tmsba.simulator.handler import Context, bound
from tmsba.simulator.journal import Journal
from tmsba.simulator.objects import Bridge
from tmsba.simulator.parties import Party
from tmsba.simulator.records import LARGEST_BULK, Peer, Settings
from tmsba.simulator.server import Server

_POLL_SECONDS = 0.02


@dataclass(frozen=True)
class SharedCluster:
    """What the simulators of a cluster have in common.

    Attributes:
        cluster: The state that the bridges share.
        simulators: The simulators, in order.
    """

    cluster: Cluster
    simulators: "list[Simulator]" = field(default_factory=list)


class Simulator:
    """A call bridge on a port of its own.

    It may be started again after it was stopped: it keeps its port and everything it knows, like a
    bridge that was unreachable for a while. One that was killed has lost its calls.

    Args:
        host: The address to listen on.
        port: The port, or 0 to have one chosen.
        username: The user name that requests must carry.
        password: The password that requests must carry.
        name: The bridge's name among the call bridges.
        address: The address it reports for itself; made from the name unless given.
        sip_domain: The domain it reports for itself.
        cluster: Other call bridges it knows that are not simulated.
        software_version: The version it reports.
        sync_seconds: How long a bulk sync takes.
        answer_seconds: How long a remote party takes to answer.
        parties: How remote parties behave, if not all simply answer.
        unreachable: Remote parties that never answer.
        largest_bulk: The most spaces that one bulk sync may create.
        retry_seconds: How long to wait before call detail records are sent again, at first.
        seed: Makes identifiers, delays and chances repeatable.
        domain: The domain whose calls lead to spaces; without one there are no dial plan rules.
        log: Whether to write a line per request to standard error.
        shared: The simulated cluster it joins; one of its own unless given.
        certificate: What it shows over TLS; plain HTTP unless given.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        username: str = "admin",
        password: str = "simulator",  # noqa: S107 - a stand-in guards nothing
        name: str = "bridge1",
        address: str = "",
        sip_domain: str = "",
        cluster: Sequence[Peer] = (),
        software_version: str = "3.4",
        sync_seconds: float = 0.04,
        answer_seconds: float = 0.05,
        parties: Sequence[Party] = (),
        unreachable: Collection[str] = (),
        largest_bulk: int = LARGEST_BULK,
        retry_seconds: float = 1.0,
        seed: int | None = None,
        domain: str = "",
        log: bool = False,
        shared: SharedCluster | None = None,
        certificate: Certificate | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.username = username
        self.password = password
        shared = shared or SharedCluster(Cluster(seed=seed, parties=parties, domain=domain))
        self._shared = shared
        self.bridge = Bridge(
            Settings(
                name=name,
                address=address or f"https://{name}.example.com",
                sip_domain=sip_domain,
                cluster=tuple(cluster),
                software_version=software_version,
                sync_seconds=sync_seconds,
                answer_seconds=answer_seconds,
                unreachable=frozenset(unreachable),
                largest_bulk=largest_bulk,
                retry_seconds=retry_seconds,
            ),
            shared.cluster,
        )
        self.journal = Journal()
        self.faults = Faults(shared.cluster.chance.stream(f"faults of {name}"))
        self._log = log
        self._tls = certificate.server_context() if certificate else None
        self._server: Server | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._timer: threading.Timer | None = None
        self._changing = threading.RLock()
        shared.simulators.append(self)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    @property
    def name(self) -> str:
        """The bridge's name among the call bridges."""
        return self.bridge.settings.name

    @property
    def url(self) -> str:
        """Where it is reached, without a path; the port is known once it was started."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}"

    @property
    def is_running(self) -> bool:
        """Whether it listens."""
        return self._server is not None

    def start(self) -> None:
        """Listen, and serve in the background."""
        with self._changing:
            server = self._listen()
            self._thread = threading.Thread(
                target=server.serve_forever,
                kwargs={"poll_interval": _POLL_SECONDS},
                name="simulator",
                daemon=True,
            )
            self._thread.start()

    def stop(self) -> None:
        """Stop listening and hang up on everyone. What the bridge knows is kept."""
        with self._changing:
            if self._timer is not None:
                self._timer.cancel()
            server, self._server = self._server, None
            if server is None:
                return
            self.bridge.cdr.stop()
            self.bridge.schedule.stop()
            self._stopping.set()
            server.shutdown()
            if self._thread is not None:
                self._thread.join()
                self._thread = None
            server.server_close()
            server.hang_up()

    def kill(self, return_seconds: float | None = None) -> None:
        """Fall down as when the power goes: everyone is cut off and all calls are lost.

        Args:
            return_seconds: How long until it is started again; it stays down unless given.
        """
        with self._changing:
            self.stop()
            self.bridge.crash()
            if return_seconds is not None:
                self._timer = threading.Timer(return_seconds, self._return)
                self._timer.daemon = True
                self._timer.start()

    def revive(self) -> None:
        """Start again; after ``kill`` without calls and with the counters at zero."""
        with self._changing:
            if not self.bridge.is_up:
                self.bridge.recover()
            if not self.is_running:
                self.start()

    def serve_forever(self) -> None:
        """Listen, and serve in this thread until interrupted, or stopped from another thread."""
        server = self._listen()
        try:
            server.serve_forever(poll_interval=_POLL_SECONDS)
        finally:
            self.stop()

    def wait_until_settled(self) -> None:
        """Finish bulk syncs and ringing calls at once, for tests that do not want to wait."""
        self.bridge.settle()

    def _return(self) -> None:
        # Somebody else may have taken the port, or the process may be ending.
        with contextlib.suppress(OSError, RuntimeError):
            self.revive()

    def _listen(self) -> Server:
        if self._server is not None:
            raise RuntimeError("the simulator is running already")
        # A fresh event each time: a connection of the earlier run must keep seeing its own.
        self._stopping = threading.Event()
        context = Context(
            bridge=self.bridge,
            journal=self.journal,
            faults=self.faults,
            control=Control(self, self._shared.simulators),
            username=self.username,
            password=self.password,
            log=self._log,
            stopping=self._stopping,
        )
        self._server = Server((self.host, self.port), bound(context), self._tls)
        self.port = self._server.server_address[1]
        self.bridge.schedule.start()
        self.bridge.cdr.start()
        return self._server
