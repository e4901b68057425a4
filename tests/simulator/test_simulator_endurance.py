"""Many requests: quick enough, and without growing."""

import base64
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from simulator_api import PASSWORD

LEAST_PER_SECOND = 1500
MOST_GROWTH_KIB = 8 * 1024
SERVER = f"""
import sys
from tmsba.simulator import Simulator
with Simulator(password={PASSWORD!r}, answer_seconds=0, sync_seconds=0) as simulator:
    print(simulator.port, flush=True)
    sys.stdin.read()
"""


def in_use_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


class Connection:
    """One connection that asks again and again."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        token = base64.b64encode(f"admin:{PASSWORD}".encode()).decode()
        self._headers = f" HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {token}\r\nContent-Length: "

    def close(self) -> None:
        self._socket.close()

    def ask(self, method: str, node: str, form: str = "") -> str:
        """Send a request and return the Location of its answer, if it has one."""
        self._socket.sendall(f"{method} /api/v1/{node}{self._headers}{len(form)}\r\n\r\n{form}".encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._socket.recv(65536)
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), answer
        length = int(head.partition(b"Content-Length: ")[2].split()[0])
        while len(body) < length:
            body += self._socket.recv(65536)
        return head.partition(b"Location: /api/v1/")[2].split(b"\r")[0].decode()

    def story(self) -> None:
        """Do what a meeting takes, from its space to its end: ten requests."""
        space = self.ask("POST", "coSpaces", "name=Weekly&uri=weekly&callId=8101")
        call = self.ask("POST", "calls", f"coSpace={space.rpartition('/')[2]}")
        leg = self.ask("POST", f"{call}/callLegs", "remoteParty=desk@example.com")
        self.ask("GET", "system/status")
        self.ask("GET", "calls")
        self.ask("GET", leg)
        self.ask("PUT", space, "name=Renamed")
        self.ask("DELETE", leg)
        self.ask("DELETE", call)
        self.ask("DELETE", space)


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_a_hundred_thousand_requests_are_quick_and_leave_nothing_behind() -> None:
    command = [sys.executable, "-c", SERVER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            with closing(Connection(int(server.stdout.readline()))) as connection:
                for _ in range(1_000):
                    connection.story()
                before, started = in_use_kib(server.pid), time.monotonic()
                for _ in range(10_000):
                    connection.story()
                seconds = time.monotonic() - started
                grown = in_use_kib(server.pid) - before
        finally:
            server.terminate()
    print(f"{100_000 / seconds:.0f} requests a second, {grown} KiB more")
    assert grown < MOST_GROWTH_KIB
    assert 100_000 / seconds > LEAST_PER_SECOND
