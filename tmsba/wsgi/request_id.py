"""Give every request an id that all logs and the answer carry, above all those of failures."""

import re
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

import structlog

from tmsba.wsgi.http import Environ, StartResponse, WsgiApp, send_text

_log = structlog.get_logger(__name__)
KEY = "tmsba.request_id"
_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestId:
    """WSGI middleware that makes an id for each request, or takes over a sane one from a proxy."""

    def __init__(self, app: WsgiApp) -> None:
        self._app = app

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request with its id bound to the log."""
        given = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = given if _SANE.fullmatch(given) else uuid.uuid4().hex
        environ[KEY] = request_id

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start_response(status, [*headers, ("X-Request-ID", request_id)], *rest)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                answer = self._app(environ, start)
                # A short one is complete by now; the rest of a long one is made while it is sent.
                return answer if isinstance(answer, list) else _watched(answer, request_id)
            except Exception:
                # SOAP errors are faults by now; this is what failed around them.
                _log.exception("request_failed")
                sentence = f"The server failed to answer. Its log tells why under the id {request_id}."
                return send_text(start, 500, sentence)


def _watched(answer: Iterable[bytes], request_id: str) -> Iterator[bytes]:
    """A long answer; what breaks it off is logged, and the server closes the connection in the middle."""
    try:
        yield from answer
    except Exception:
        _log.exception("answer_broken_off", request_id=request_id)
        raise
