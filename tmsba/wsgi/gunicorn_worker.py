"""A threaded gunicorn worker that does not wait for slow clients for ever.

gunicorn's own one reads without a time-out, so a handful of clients that send half a request stop
the whole server. Here every read and the TLS handshake have one; a body that stalls then raises
OSError, which the body guard answers with 408. It leans on gunicorn's inside: a new major version
needs the test with stalled clients first.
"""

import gc
import logging
from collections.abc import Iterable
from typing import Any

from gunicorn.workers import gthread

from tmsba.wsgi.http import Environ, StartResponse, WsgiApp

#: How long a client may take to send its next bytes, in seconds.
READ_TIMEOUT_S = 15.0


class _TimeOutsAreNormal(logging.Filter):
    """Drops the traceback that gunicorn writes for each client that went silent."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is worth writing."""
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        return not isinstance(error, TimeoutError)


def _limit_handshakes() -> None:
    """Give the TLS handshake the time-out too; it happens before the worker has the socket."""
    wrap = gthread.sock.ssl_wrap_socket
    if getattr(wrap, "is_limited", False):
        return

    def limited(sock: Any, conf: Any) -> Any:
        sock.settimeout(READ_TIMEOUT_S)
        return wrap(sock, conf)

    limited.is_limited = True  # type: ignore[attr-defined]
    gthread.sock.ssl_wrap_socket = limited


def honour_close(app: WsgiApp) -> WsgiApp:
    """Let an application close the connection; gunicorn drops its Connection header."""

    def closing(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            asks = any(n.lower() == "connection" and v.lower() == "close" for n, v in headers)
            response: Any = getattr(start_response, "__self__", None)
            if asks and response is not None:
                response.force_close()
            return start_response(status, headers, *rest)

        return app(environ, start)

    return closing


class TimedThreadWorker(gthread.ThreadWorker):
    """gunicorn's threaded worker with a time-out on every read."""

    def init_process(self) -> None:
        """Prepare a worker process, after the fork."""
        _limit_handshakes()
        self.log.error_log.addFilter(_TimeOutsAreNormal())
        super().init_process()

    def load_wsgi(self) -> None:
        """Load the application."""
        super().load_wsgi()
        self.wsgi: WsgiApp = honour_close(self.wsgi)
        # What is loaded now stays: the garbage collector need not go through it with every larger booking.
        gc.collect()
        gc.freeze()

    def handle(self, conn: Any) -> Any:
        """Serve the next request of a connection.

        gunicorn makes the socket blocking for each request and then calls ``conn.init``, so that is
        the place to set the time-out, for the first request of a connection and all later ones.
        """
        if not hasattr(conn, "tmsba_init"):
            conn.tmsba_init = conn.init

            def init() -> None:
                conn.tmsba_init()
                conn.sock.settimeout(READ_TIMEOUT_S)

            conn.init = init
        return super().handle(conn)
