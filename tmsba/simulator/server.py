"""The simulated bridge as a server."""

import socket
import sys
import threading
from collections.abc import Collection, Sequence
from http.server import ThreadingHTTPServer
from socketserver import TCPServer
from types import TracebackType
from typing import Any, Self

from tmsba.simulator.control import Control
from tmsba.simulator.faults import Faults
from tmsba.simulator.handler import Context, bound
from tmsba.simulator.journal import Journal
from tmsba.simulator.objects import Bridge
from tmsba.simulator.records import LARGEST_BULK, Peer, Settings

_STOP_SECONDS = 2.0
_POLL_SECONDS = 0.02


class _Server(ThreadingHTTPServer):
    """A threaded server that can hang up on everyone."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: Any) -> None:
        self._connections: set[socket.socket] = set()
        self._changed = threading.Condition()
        super().__init__(address, handler)

    def server_bind(self) -> None:
        # Without the base class's look-up of the host's name, which can take seconds.
        TCPServer.server_bind(self)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._changed:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        with self._changed:
            self._connections.discard(request)
            self._changed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base class's
        """Report a broken connection in one line instead of a traceback."""
        sys.stderr.write(f"simulator: connection failed: {type(sys.exception()).__name__}\n")

    def hang_up(self) -> None:
        """Close every connection and wait for their threads."""
        with self._changed:
            for connection in self._connections:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue
            self._changed.wait_for(lambda: not self._connections, _STOP_SECONDS)


class Simulator:
    """A call bridge on a port of its own.

    It may be started again after it was stopped: it keeps its port and everything it knows, like a
    bridge that was unreachable for a while.

    Args:
        host: The address to listen on.
        port: The port, or 0 to have one chosen.
        username: The user name that requests must carry.
        password: The password that requests must carry.
        name: The bridge's name among the call bridges.
        address: The address it reports for itself; made from the name unless given.
        sip_domain: The domain it reports for itself.
        cluster: The other call bridges it knows.
        software_version: The version it reports.
        sync_seconds: How long a bulk sync takes.
        answer_seconds: How long a remote party takes to answer.
        unreachable: Remote parties that never answer.
        largest_bulk: The most spaces that one bulk sync may create.
        log: Whether to write a line per request to standard error.
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
        unreachable: Collection[str] = (),
        largest_bulk: int = LARGEST_BULK,
        log: bool = False,
    ) -> None:
        self.host = host
        self.port = port
        self.username = username
        self.password = password
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
            )
        )
        self.journal = Journal()
        self.faults = Faults()
        self._log = log
        self._server: _Server | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where it is reached, without a path; the port is known once it was started."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def start(self) -> None:
        """Listen, and serve in the background."""
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
        server, self._server = self._server, None
        if server is None:
            return
        self._stopping.set()
        server.shutdown()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        server.server_close()
        server.hang_up()

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

    def _listen(self) -> _Server:
        if self._server is not None:
            raise RuntimeError("the simulator is running already")
        # A fresh event each time: a connection of the earlier run must keep seeing its own.
        self._stopping = threading.Event()
        context = Context(
            bridge=self.bridge,
            journal=self.journal,
            faults=self.faults,
            control=Control(self.bridge, self.journal, self.faults),
            username=self.username,
            password=self.password,
            log=self._log,
            stopping=self._stopping,
        )
        self._server = _Server((self.host, self.port), bound(context))
        self.port = self._server.server_address[1]
        return self._server
