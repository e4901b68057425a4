"""The running server: its port, its processes, and what it says when it is ready."""

import errno
import http.client
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import click

from tmsba.cli.common.problems import Problem
from tmsba.cli.server.supervisor import Child, Supervisor
from tmsba.config import Config

BOOKING_PATH = "/tms/external/booking/bookingservice.asmx"
REMOTE_SETUP_PATH = "/tms/external/booking/remotesetup/remotesetupservice.asmx"
_HEALTH_PATH = "/healthz"


class PortTaken(Problem):
    """Another program listens on the port."""


def listen(config: Config) -> socket.socket:
    """The listening socket; the web server inherits it, so the port is ours from here on.

    Raises:
        PortTaken: another program has the port.
        Problem: the address cannot be used.
    """
    host, port = config.host, config.port
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise Problem(f"Cannot listen on {host}: {error.strerror or error}.") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(
                f"Port {port} on {host} is in use by another program: stop it, or choose another with --port."
            ) from error
        raise Problem(f"Cannot listen on {host}, port {port}: {error.strerror}.") from error
    return listener


def run_server(
    supervisor: Supervisor,
    config: Config,
    listener: socket.socket,
    *,
    has_control: bool = True,
    on_ready: Callable[[Config], None] = lambda _: None,
) -> int:
    """Start the server's processes and look after them until the end.

    Args:
        supervisor: starts them.
        config: the deployment configuration.
        listener: from ``listen``.
        has_control: whether to run a control worker too.
        on_ready: is told the configuration, with the true port, once the server answers.

    Returns:
        The exit status for this process.
    """
    config = config.with_changes(port=listener.getsockname()[1])
    fd = listener.fileno()
    supervisor.start(Child("web", ["serve-web", "--listen-fd", str(fd)], is_vital=True, pass_fds=(fd,)))
    # Ours would keep clients waiting that nobody serves.
    listener.close()
    if has_control:
        supervisor.start(Child("control", ["control"]))

    def tell() -> None:
        for url in wsdl_urls(config):
            click.echo(url)
        on_ready(config)

    return supervisor.run(_Announcement(config, tell).look)


def wsdl_urls(config: Config) -> tuple[str, str]:
    """Where the two WSDLs are."""
    return (f"{config.base_url}{BOOKING_PATH}?wsdl", f"{config.base_url}{REMOTE_SETUP_PATH}?wsdl")


@dataclass(slots=True)
class _Announcement:
    """Tells once that the server is ready, when it really answers."""

    config: Config
    tell: Callable[[], None]
    _is_told: bool = field(default=False, init=False)

    def look(self) -> None:
        """Ask the server, unless it was told already."""
        if not self._is_told and answers(self.config):
            self._is_told = True
            self.tell()


def answers(config: Config) -> bool:
    """Whether the server answers a request on its port, be it well or not."""
    parts = urlsplit(config.with_changes(public_url="").base_url)
    host, port = parts.hostname or "", parts.port or 0
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        # Our own port on this host, asked for no secret: the certificate names the public address.
        context = ssl._create_unverified_context()  # noqa: S323, SLF001
        connection = http.client.HTTPSConnection(host, port, timeout=2, context=context)
    else:
        connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", _HEALTH_PATH)
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True
