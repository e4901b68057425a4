"""Bodies that are too long, too slow or cut short."""

from io import BytesIO
from typing import Any

import pytest

from tmsba.wsgi.guard import BodyGuard


class Stream:
    """A body that fails while it is read."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def read(self, size: int) -> bytes:
        raise self.error


class Dripping:
    """A body that never ends."""

    def read(self, size: int) -> bytes:
        return b"x"


def serve(
    stream: Any, length: str | None, *, is_terminated: bool = False, **options: Any
) -> tuple[int, dict[str, str], bytes]:
    """What a guarded application answers that sends the body back."""
    heard: dict[str, Any] = {}

    def echo(environ: Any, start_response: Any) -> list[bytes]:
        body = environ["wsgi.input"].read()
        assert environ["CONTENT_LENGTH"] == str(len(body))
        start_response("200 OK", [])
        return [body]

    def start_response(status: str, headers: list[tuple[str, str]]) -> None:
        heard.update(status=int(status[:3]), headers=dict(headers))

    environ = {"wsgi.input": stream, "wsgi.input_terminated": is_terminated}
    if length is not None:
        environ["CONTENT_LENGTH"] = length
    body = b"".join(BodyGuard(echo, **options)(environ, start_response))
    return heard["status"], heard["headers"], body


def test_a_whole_body_is_handed_on() -> None:
    assert serve(BytesIO(b"hello, world"), "5") == (200, {}, b"hello")
    assert serve(BytesIO(b"hello"), None, is_terminated=True) == (200, {}, b"hello")


def test_without_a_length_there_is_no_body() -> None:
    assert serve(BytesIO(b"hello"), None)[2] == b""
    assert serve(BytesIO(b"hello"), "")[2] == b""


@pytest.mark.parametrize("length", ["11", "999999999999999999", "9" * 5000])
def test_an_announced_body_that_is_too_long_is_not_read(length: str) -> None:
    status, headers, _ = serve(Stream(AssertionError("read")), length, limit_bytes=10)
    assert status == 413
    assert headers["Connection"] == "close"


def test_a_chunked_body_is_counted() -> None:
    assert serve(BytesIO(b"x" * 10), None, is_terminated=True, limit_bytes=10)[0] == 200
    status, headers, body = serve(BytesIO(b"x" * 11), None, is_terminated=True, limit_bytes=10)
    assert (status, headers["Connection"]) == (413, "close")
    assert b"10 bytes" in body


def test_the_default_limit_is_four_megabytes() -> None:
    assert serve(BytesIO(b"x" * 4 * 2**20), str(4 * 2**20))[0] == 200
    assert serve(BytesIO(b""), str(4 * 2**20 + 1))[0] == 413


def test_a_stalled_body_times_out() -> None:
    for error in (TimeoutError(), OSError("reset")):
        status, headers, _ = serve(Stream(error), "5")
        assert (status, headers["Connection"]) == (408, "close")


def test_a_dripping_body_times_out() -> None:
    assert serve(Dripping(), "1000000", deadline_s=0.05)[0] == 408


def test_a_body_that_ends_early_is_refused() -> None:
    assert serve(BytesIO(b"hel"), "5")[0] == 400


@pytest.mark.parametrize("length", ["five", "-1", "1.0", "+5", "\u0665"])
def test_a_length_that_is_no_number_is_refused(length: str) -> None:
    assert serve(BytesIO(b"hello"), length)[0] == 400


def test_a_broken_chunk_is_refused() -> None:
    assert serve(Stream(ValueError("bad chunk")), None, is_terminated=True)[0] == 400
