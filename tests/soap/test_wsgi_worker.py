"""The gunicorn worker with clients that stop in the middle."""

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPResponse
from pathlib import Path

import pytest
from soap_client import REMOTE_SETUP, element, envelope, version_header

from tmsba.wsgi.front import REMOTE_SETUP_PATH

APPLICATION = """
from itertools import repeat

from soap_client import Client
from tmsba.wsgi import gunicorn_worker

gunicorn_worker.READ_TIMEOUT_S = 0.7
Worker = gunicorn_worker.TimedThreadWorker



def users(call):
    # As many as the client asks for by its name; 0 means that they never end.
    count = int(call.version_header["ClientIdentifierIn"])
    name = {"DisplayName": "x" * 1000, "IsHiddenUser": False}
    return repeat(name, count) if count else repeat(name)


application = Client(setup={"GetUsers": users}, limit_bytes=1000).app
"""


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder: Path = tmp_path_factory.mktemp("gunicorn")
    (folder / "served.py").write_text(APPLICATION)
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]
    options = ["-b", f"127.0.0.1:{free}", "-k", "served.Worker", "--threads", "2", "--no-control-socket"]
    log = (folder / "log").open("w")
    path = f"{folder}:{Path(__file__).parent}"
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "gunicorn",
            *options,
            "--keep-alive",
            "30",
            "--pythonpath",
            path.replace(":", ","),
            "served:application",
        ],
        stdout=log,
        stderr=log,
    )
    try:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", free)).close()
                break
            except OSError:
                time.sleep(0.1)
        yield free
    finally:
        process.terminate()
        process.wait(10)
        log.close()
        assert "Traceback" not in (folder / "log").read_text()


def connect(port: int, text: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.sendall(text.encode())
    return connection


def get_health(port: int) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as answer:
        body: bytes = answer.read()
        return body


def test_stalled_clients_do_not_stop_the_server(port: int) -> None:
    halves = [connect(port, "GET /healthz HTTP/1.1\r\nHost: x") for _ in range(3)]
    halves += [
        connect(port, "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf") for _ in range(3)
    ]
    assert get_health(port) == b"ok\n"
    answers = [connection.recv(4096) for connection in halves]
    assert all(answer.startswith(b"HTTP/1.1 408 ") for answer in answers[3:])
    for connection in halves:
        connection.close()


def test_a_later_request_of_a_connection_is_timed_too(port: int) -> None:
    connection = connect(port, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"200 OK" in connection.recv(4096)
    connection.sendall(b"GET /healthz HTTP/1.1\r\nHo")
    started = time.monotonic()
    while connection.recv(4096):
        pass
    assert time.monotonic() - started < 5
    connection.close()


def test_a_refused_body_closes_the_connection(port: int) -> None:
    connection = connect(port, "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n")
    answer = b""
    while part := connection.recv(4096):
        answer += part
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in answer.lower()
    connection.close()


def test_chunked_requests_are_served_and_counted(port: int) -> None:
    head = "POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    for chunk, status in (("a" * 0x80, b"404"), ("a" * 0x800, b"413")):
        connection = connect(port, f"{head}{len(chunk):x}\r\n{chunk}\r\n0\r\n\r\n")
        assert connection.recv(4096).split()[1] == status
        connection.close()


def ask_for_users(port: int, count: int, version: str = "1.1") -> socket.socket:
    header = version_header(23, REMOTE_SETUP, f"<ClientIdentifierIn>{count}</ClientIdentifierIn>")
    body = envelope(element("GetUsers", namespace=REMOTE_SETUP), header).decode()
    head = f"POST {REMOTE_SETUP_PATH} HTTP/{version}\r\nHost: x\r\nAuthorization: Basic dTpw\r\n"
    return connect(port, f"{head}Content-Length: {len(body)}\r\n\r\n{body}")


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_long_answer_arrives_whole(port: int, version: str) -> None:
    with closing(ask_for_users(port, 5000, version)) as connection:
        answer = HTTPResponse(connection)
        answer.begin()
        assert answer.getheader("Content-Length") is None
        assert answer.getheader("Transfer-Encoding") == ("chunked" if version == "1.1" else None)
        assert answer.read().count(b"<DisplayName>") == 5000


def test_clients_that_go_away_or_stop_reading_keep_no_thread(port: int) -> None:
    for _ in range(3):
        with closing(ask_for_users(port, 0)) as connection:
            assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")
    stalled = [ask_for_users(port, 0) for _ in range(3)]
    assert get_health(port) == b"ok\n"
    for connection in stalled:
        connection.close()
