"""gunicorn as we run it: our worker class, our logging, our limits."""

import logging
import ssl
from collections.abc import Callable
from datetime import timedelta
from signal import SIGTERM
from typing import Any

import structlog
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger

from tmsba.cli.server.lifetime import is_orphan
from tmsba.config import Config

log = structlog.get_logger("tmsba.access")

_HEALTH_PATH = "/healthz"


class WebLogger(Logger):  # type: ignore[misc]
    """gunicorn's messages through our formatter, and one structured event for each request."""

    def setup(self, cfg: Any) -> None:
        """Hand everything to the root logger instead of handlers of its own."""
        self.cfg = cfg
        self._access_log_enabled = True
        self.loglevel = logging.getLogger().level
        for logger in (self.error_log, self.access_log):
            logger.handlers[:] = []
            logger.propagate = True
            logger.setLevel(logging.NOTSET)

    def debug(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Write a message down, but none for each request: ``access`` knows which paths are secret."""
        if msg != "%s %s":
            super().debug(msg, *args, **kwargs)

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: timedelta) -> None:  # noqa: ARG002
        """Write down a request; without its query, which may hold secrets."""
        # Some paths are secrets: those that serve them say what to log.
        path = environ.get("tmsba.logged_path") or environ.get("PATH_INFO", "")
        # Monitors ask every few seconds.
        write = log.debug if path == _HEALTH_PATH else log.info
        user = getattr(getattr(environ.get("tmsba.caller"), "user", None), "full_name", None)
        write(
            "request",
            method=environ.get("REQUEST_METHOD", ""),
            path=path,
            status=int(str(resp.status).split(maxsplit=1)[0]),
            duration_ms=round(request_time.total_seconds() * 1000, 1),
            address=environ.get("REMOTE_ADDR", ""),
            request_id=environ.get("tmsba.request_id", ""),
            **({"user": user} if user else {}),
        )


class _Arbiter(Arbiter):  # type: ignore[misc]
    """gunicorn's main process; stops when the supervisor is gone."""

    alive_fd: int | None = None

    def wait_for_signals(self, timeout: float = 1.0) -> list[int]:
        """The signals that came; gunicorn asks about once a second."""
        signals: list[int] = super().wait_for_signals(timeout)
        return [*signals, SIGTERM] if is_orphan(self.alive_fd) else signals


class WebServer(BaseApplication):  # type: ignore[misc]
    """The web server on a socket that listens already.

    Args:
        config: the deployment configuration.
        listen_fd: the socket.
        alive_fd: tells that the supervisor is gone.
        build: makes the application; called in each worker process.
    """

    def __init__(
        self, config: Config, *, listen_fd: int, alive_fd: int | None, build: Callable[[Config], Any]
    ) -> None:
        self._config = config
        self._listen_fd = listen_fd
        self._alive_fd = alive_fd
        self._build = build
        super().__init__()

    def load_config(self) -> None:
        """Give gunicorn its settings."""
        config = self._config
        options: dict[str, Any] = {
            "bind": f"fd://{self._listen_fd}",
            "workers": config.workers,
            "threads": config.threads,
            "worker_class": "tmsba.wsgi.gunicorn_worker.TimedThreadWorker",
            "keepalive": 75,
            "graceful_timeout": 30,
            "timeout": 60,
            "limit_request_line": 4094,
            "limit_request_fields": 60,
            "limit_request_field_size": 16_380,
            "control_socket_disable": True,
            "logger_class": WebLogger,
            "forwarded_allow_ips": ",".join(config.trusted_proxies),
            "proc_name": "tmsba",
        }
        if config.certfile:
            options |= {
                "certfile": config.certfile,
                "keyfile": config.keyfile or None,
                "ssl_context": _tls_context,
            }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application of one worker process."""
        return self._build(self._config)

    def run(self) -> None:
        """Serve until told to stop; leaves by ``SystemExit``."""
        arbiter = _Arbiter(self)
        arbiter.alive_fd = self._alive_fd
        arbiter.run()


def _tls_context(_config: Any, default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    context = default()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
