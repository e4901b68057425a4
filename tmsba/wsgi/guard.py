"""Read request bodies whole, within bounds, before anything else sees them.

What is behind the guard finds a complete body in memory; it can neither be flooded nor kept waiting.
A client that is refused while it still sends gets its answer and then a closed connection.
"""

import time
from collections.abc import Iterable
from io import BytesIO

from tmsba.wsgi.http import Environ, StartResponse, WsgiApp, send_text

_CHUNK = 64 * 1024
_CLOSE = [("Connection", "close")]


class _Refused(Exception):
    """A body that is not taken, with the status and the sentence to say so."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


class BodyGuard:
    """WSGI middleware that hands on complete bodies of a bounded size."""

    def __init__(self, app: WsgiApp, *, limit_bytes: int = 4 * 1024 * 1024, deadline_s: float = 30.0) -> None:
        """Guard an application.

        Args:
            app: What is behind the guard.
            limit_bytes: The longest body that is taken.
            deadline_s: How long a body may take to arrive. It is looked at between reads; the
                worker's own socket time-out bounds each of them.
        """
        self._app = app
        self._limit = limit_bytes
        self._deadline_s = deadline_s

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request, or refuse its body."""
        try:
            body = self._read(environ)
        except _Refused as refusal:
            return send_text(start_response, refusal.status, refusal.sentence, _CLOSE)
        environ["wsgi.input"] = BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        return self._app(environ, start_response)

    def _announced(self, environ: Environ) -> int | None:
        """The length the client announces; None for a chunked body, whose end the server knows."""
        text = environ.get("CONTENT_LENGTH") or ""
        if not text:
            return None if environ.get("wsgi.input_terminated") else 0
        if not (text.isascii() and text.isdigit()):
            raise _Refused(400, "Content-Length is not a number.")
        # Checked by length first: a number of thousands of digits is slow to read.
        if len(text) > 18 or int(text) > self._limit:
            raise self._too_long()
        return int(text)

    def _too_long(self) -> _Refused:
        return _Refused(413, f"The request is too long. At most {self._limit} bytes are taken.")

    def _read(self, environ: Environ) -> bytes:
        announced = self._announced(environ)
        wanted = self._limit + 1 if announced is None else announced
        deadline = time.monotonic() + self._deadline_s
        parts: list[bytes] = []
        while wanted > 0:
            part = self._read_some(environ, min(wanted, _CHUNK), deadline)
            if not part:
                break
            parts.append(part)
            wanted -= len(part)
        if announced is None and wanted <= 0:
            raise self._too_long()
        if announced is not None and wanted > 0:
            raise _Refused(400, "The request ended before its announced length.")
        return b"".join(parts)

    @staticmethod
    def _read_some(environ: Environ, size: int, deadline: float) -> bytes:
        try:
            part: bytes = environ["wsgi.input"].read(size)
        except OSError as error:
            raise _Refused(408, "The request did not arrive in time.") from error
        except Exception as error:
            # Servers have their own exceptions for broken chunks.
            raise _Refused(400, "The request's body is broken.") from error
        if time.monotonic() > deadline:
            raise _Refused(408, "The request did not arrive in time.")
        return part
