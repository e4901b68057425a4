"""The listening socket of one simulated bridge and its connections."""

import socket
import ssl
import sys
import threading
import traceback
from http.server import ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

_STOP_SECONDS = 2.0
_HANDSHAKE_SECONDS = 10.0


class Server(ThreadingHTTPServer):
    """A threaded server that can hang up on everyone.

    Args:
        address: Where to listen.
        handler: Makes the handler of a connection.
        tls: What to show clients; without it they are served in the clear.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: Any, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._connections: set[socket.socket] = set()
        self._changed = threading.Condition()
        super().__init__(address, handler)

    def server_bind(self) -> None:
        """Bind, without the base class's look-up of the host's name, which can take seconds."""
        TCPServer.server_bind(self)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection; its handshake waits for its own thread, as a peer may be slow."""
        connection, address = super().get_request()
        if self._tls is None:
            return connection, address
        wrapped = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return wrapped, address

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Shake hands if need be, and serve the connection."""
        if isinstance(request, ssl.SSLSocket):
            request.settimeout(_HANDSHAKE_SECONDS)
            request.do_handshake()
        super().finish_request(request, client_address)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection and serve it in a thread."""
        with self._changed:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection and forget it."""
        super().shutdown_request(request)
        with self._changed:
            self._connections.discard(request)
            self._changed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base class's
        """Report a broken connection in one line instead of a traceback."""
        error = sys.exception()
        *_, place = traceback.extract_tb(error.__traceback__ if error else None) or [None]
        where = f" in {place.name}, line {place.lineno}" if place else ""
        sys.stderr.write(f"simulator: connection failed: {type(error).__name__}{where}\n")

    def hang_up(self) -> None:
        """Close every connection and wait for their threads."""
        with self._changed:
            for connection in self._connections:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue
            self._changed.wait_for(lambda: not self._connections, _STOP_SECONDS)
