"""How requests reach the simulated bridge over HTTP/1.1."""

import base64
import binascii
import hmac
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qsl, unquote

from tmsba.simulator import api
from tmsba.simulator.control import Control
from tmsba.simulator.faults import Fault, Faults
from tmsba.simulator.http import Response, xml_answer
from tmsba.simulator.journal import Journal
from tmsba.simulator.objects import Bridge
from tmsba.simulator.xml import render_failure

LARGEST_BODY = 1024 * 1024
LARGEST_REQUEST_LINE = 65_536
# How much of a body that is refused is read, so that the sender gets to see the answer.
_LARGEST_DISCARD = 64 * LARGEST_BODY
_CHUNK = 65_536
_CHALLENGE = Response(401, {"WWW-Authenticate": 'Basic realm="acano"'})


@dataclass(frozen=True)
class Context:
    """What every connection shares.

    Attributes:
        bridge: The bridge.
        journal: Where requests are noted.
        faults: The faults in force.
        control: The nodes outside the bridge's interface.
        username: Who may ask.
        password: Their password.
        log: Whether to write a line per request to standard error.
        stopping: Set when the server stops.
    """

    bridge: Bridge
    journal: Journal
    faults: Faults
    control: Control
    username: str
    password: str
    log: bool
    stopping: threading.Event


class Refusal(Exception):
    """A request that cannot even be read; the connection closes after the answer."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    context: Context
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60

    def handle_one_request(self) -> None:
        """Read one request and answer it, whatever it is."""
        self.close_connection = True
        try:
            self.raw_requestline = self.rfile.readline(LARGEST_REQUEST_LINE + 1)
            if not self.raw_requestline:
                return
            if len(self.raw_requestline) > LARGEST_REQUEST_LINE:
                self.requestline = self.request_version = self.command = ""
                self._send(Response(HTTPStatus.REQUEST_URI_TOO_LONG))
            elif self.parse_request():
                self._serve()
        except OSError:
            # The peer is gone, or too slow.
            self.close_connection = True

    def send_error(
        self,
        code: int,
        message: str | None = None,  # noqa: ARG002 - the base class's
        explain: str | None = None,  # noqa: ARG002 - the base class's
    ) -> None:
        """Answer a request that is not HTTP."""
        self.close_connection = True
        self._send(Response(code if code < 500 else HTTPStatus.BAD_REQUEST))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Keep the base class from logging; requests are logged once answered."""

    def _serve(self) -> None:
        started = time.monotonic()
        try:
            body = self._read_body()
        except Refusal as refusal:
            self.close_connection = True
            self._send(Response(refusal.status))
            return
        path, _, query = _origin_form(self.path).partition("?")
        if path == "/api" or path.lower().startswith("/api/"):
            response = self._serve_api(path, query, body)
        else:
            response = self._serve_control(path, query, body)
        if response is None:
            self.close_connection = True
        else:
            self._send(response)
            if response.then:
                threading.Thread(target=response.then, name="simulator-then", daemon=True).start()
        self._log(path, response.status if response else 0, time.monotonic() - started)

    def _serve_api(self, path: str, query: str, body: bytes) -> Response | None:
        """Answer a request to the bridge; None closes the connection instead."""
        target = f"{path}?{query}" if query else path
        fault = self.context.faults.take(self.command, unquote(target)) or Fault()
        if fault.delay_seconds:
            self.context.stopping.wait(fault.delay_seconds)
        fields = _fields(body)
        if fault.hang:
            self.context.faults.wait_while_hanging(fault, self.context.stopping)
        response: Response | None = None
        if not (fault.close or fault.hang) and not self.context.stopping.is_set():
            response = self._fail(fault) or self._ask(path, query, fields, body)
        answered = response is not None and not fault.drop_answer
        status = response.status if response else 0
        self.context.journal.add(self.command, target, fields, status=status, answered=answered)
        return response if answered else None

    def _fail(self, fault: Fault) -> Response | None:
        if fault.status is None:
            return None
        if fault.reason is None:
            return Response(fault.status)
        return xml_answer(render_failure([(fault.reason, {})]), fault.status)

    def _ask(self, path: str, query: str, fields: list[tuple[str, str]], body: bytes) -> Response:
        if not self._authorised():
            return _CHALLENGE
        return api.handle(self.context.bridge, self.command, path, _mapping(query), dict(fields), body)

    def _serve_control(self, path: str, query: str, body: bytes) -> Response:
        if not self._authorised():
            return _CHALLENGE
        form = dict(_fields(body))
        return self.context.control.handle(self.command, path, _mapping(query), form, body)

    def _authorised(self) -> bool:
        scheme, _, credentials = self.headers.get("Authorization", "").strip().partition(" ")
        if scheme.lower() != "basic":
            return False
        try:
            given = base64.b64decode(credentials.strip(), validate=True)
        except (binascii.Error, ValueError):
            return False
        return hmac.compare_digest(given, f"{self.context.username}:{self.context.password}".encode())

    def _read_body(self) -> bytes:
        if "Transfer-Encoding" in self.headers:
            raise Refusal(HTTPStatus.LENGTH_REQUIRED)
        lengths = set(self.headers.get_all("Content-Length", ["0"]))
        text = lengths.pop().strip()
        if lengths or not (text.isascii() and text.isdigit() and len(text) < 19):
            raise Refusal(HTTPStatus.BAD_REQUEST)
        if int(text) > LARGEST_BODY:
            self._discard(min(int(text), _LARGEST_DISCARD))
            raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return self.rfile.read(int(text))

    def _discard(self, length: int) -> None:
        while length > 0 and (chunk := self.rfile.read(min(length, _CHUNK))):
            length -= len(chunk)

    def _send(self, response: Response) -> None:
        # A HEAD request is never carried out here, so an answer without content is right for it too.
        body = b"" if self.command == "HEAD" else response.body
        lines = [f"HTTP/1.1 {response.status} {_phrase(response.status)}"]
        lines += [f"{name}: {value}" for name, value in response.headers.items()]
        lines += [f"Date: {self.date_time_string()}", f"Content-Length: {len(body)}"]
        if self.close_connection:
            lines.append("Connection: close")
        # One write, so that the answer is not held back by the network stack.
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)

    def _log(self, path: str, status: int, seconds: float) -> None:
        if self.context.log:
            # Without the query and the form, which may hold secrets.
            line = f"method={self.command!r} path={path!r} status={status} ms={seconds * 1000:.1f}\n"
            sys.stderr.write(line)
            sys.stderr.flush()


def bound(context: Context) -> Callable[..., Handler]:
    """Return a handler class that serves this context."""
    return type("BoundHandler", (Handler,), {"context": context})


def _origin_form(target: str) -> str:
    """Return the path and query of a request target, which a proxy's client sends as a whole URL."""
    scheme, separator, rest = target.partition("://")
    if separator and scheme.lower() in ("http", "https"):
        return "/" + rest.partition("/")[2]
    return target


def _fields(body: bytes) -> list[tuple[str, str]]:
    """Read a form. Whatever is not a field, such as the stray & of the traces, is skipped."""
    return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, errors="replace")


def _mapping(query: str) -> dict[str, str]:
    return dict(_fields(query.encode("latin-1", "replace")))


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
