"""Small things that all WSGI modules share: their types and plain answers."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from http import HTTPStatus
from typing import Any

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
WsgiApp = Callable[[Environ, StartResponse], Iterable[bytes]]
Headers = Sequence[tuple[str, str]]


def send(
    start_response: StartResponse,
    status: int,
    body: bytes,
    content_type: str,
    headers: Headers = (),
    *,
    is_head: bool = False,
) -> Iterable[bytes]:
    """Send a whole answer, its length included.

    Args:
        start_response: The server's.
        status: The HTTP status.
        body: The content; left out of answers to HEAD, whose length stays.
        content_type: The Content-Type header.
        headers: Further headers.
        is_head: Whether the request was HEAD.
    """
    reason = HTTPStatus(status)
    length = [("Content-Type", content_type), ("Content-Length", str(len(body)))]
    start_response(f"{status} {reason.phrase}", [*length, *headers])
    return [] if is_head else [body]


def send_pieces(
    start_response: StartResponse, status: int, pieces: Iterator[bytes], content_type: str
) -> Iterator[bytes]:
    """Send a long answer piece by piece, without its length: the server sends it chunked."""
    start_response(f"{status} {HTTPStatus(status).phrase}", [("Content-Type", content_type)])
    return pieces


def send_text(
    start_response: StartResponse, status: int, sentence: str, headers: Headers = (), *, is_head: bool = False
) -> Iterable[bytes]:
    """Send a sentence as plain text."""
    body = f"{sentence}\n".encode()
    return send(start_response, status, body, "text/plain; charset=utf-8", headers, is_head=is_head)
