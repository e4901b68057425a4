"""A whole installation in a folder of its own: store, bridge, server and control worker as real processes."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import requests
import zeep
import zeep.exceptions
from schema_check import check_answer
from zeep.transports import Transport

from tmsba.simulator import Simulator

BOOKING_PATH = "/tms/external/booking/bookingservice.asmx"
SETUP_PATH = "/tms/external/booking/remotesetup/remotesetupservice.asmx"
BOOKING_NS = "http://tandberg.net/2004/02/tms/external/booking/"
SETUP_NS = BOOKING_NS + "remotesetup/"
FAULT_NS = "http://tandberg.net/2004/02/tms/external/exception/"
PASSWORD = "correct horse 1"
BRIDGE_PASSWORD = "bridge pass 2"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], Any], what: str, timeout_s: float = 20) -> Any:
    """Poll until the condition gives something true, and return that."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {timeout_s} s: {what}")


def wire_time(moment: datetime) -> str:
    """A time as conferences carry it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def soon(minutes: float = 0) -> datetime:
    """The present or a moment from now."""
    return datetime.now(UTC) + timedelta(minutes=minutes)


class CheckedTransport(Transport):
    """Checks every answer against the published contract."""

    def post(self, address: str, message: bytes, headers: dict[str, str]) -> Any:
        answer = super().post(address, message, headers)
        if answer.status_code == 200:
            check_answer(answer.content)
        return answer


@dataclass
class Soap:
    """A zeep client of one service, with the headers a calendar integration sends."""

    client: zeep.Client
    namespace: str
    port: str
    version: int = 23
    session: str | None = "acceptance-test"

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        service = self.client.bind(self.port.removesuffix("Soap12").removesuffix("Soap"), self.port)

        def call(*arguments: Any, **named: Any) -> Any:
            answer = getattr(service, operation)(*arguments, _soapheaders=[self.header()], **named)
            body = getattr(answer, "body", answer)
            return unwrapped(getattr(body, f"{operation}Result", body))

        return call

    def header(self) -> Any:
        element = self.client.get_element(f"{{{self.namespace}}}ExternalAPIVersionSoapHeader")
        return element(ClientVersionIn=self.version, ClientSession=self.session)

    def new(self, type_name: str, **values: Any) -> Any:
        return self.client.get_type(f"{{{self.namespace}}}{type_name}")(**values)

    def participant(self, call_type: str, number: int = 0, name: str | None = None) -> Any:
        return self.new("Participant", ParticipantId=number, NameOrNumber=name, ParticipantCallType=call_type)

    def conference(self, *participants: Any, title: str = "Weekly review", **values: Any) -> Any:
        """A default conference with these participants."""
        conference = self.GetDefaultConference()
        conference.Title = title
        conference.Participants = {"Participant": list(participants)}
        for name, value in values.items():
            setattr(conference, name, value)
        return conference


def unwrapped(result: Any) -> Any:
    """The members of an array, which zeep leaves in its wrapper when an answer has headers."""
    names = list(getattr(result, "__values__", ()))
    if len(names) == 1 and isinstance(result[names[0]], list):
        return result[names[0]]
    return result


def error_code(fault: zeep.exceptions.Fault) -> int:
    """The documented code in a fault's detail."""
    return int(fault.detail.find(f".//{{{FAULT_NS}}}errorcode").text)


@dataclass
class Installation:
    """Folder, environment and processes."""

    folder: Path
    database_url: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def env(self) -> dict[str, str]:
        own = {
            "TMSBA_DATABASE_URL": self.database_url or f"sqlite:///{self.folder}/tmsba.db",
            "TMSBA_SECRET_KEY": "a secret key for tests only",
            "TMSBA_LOG_FORMAT": "json",
        }
        kept = {k: v for k, v in os.environ.items() if not k.startswith("TMSBA_")}
        return {**kept, **own, **self.environment}

    def run(self, *arguments: str, stdin: str = "") -> str:
        """Run a command to its end and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "tmsba", *arguments],
            input=stdin.encode(),
            capture_output=True,
            cwd=self.folder,
            env=self.env(),
            timeout=60,
        )
        assert done.returncode == 0, (arguments, done.stdout.decode(), done.stderr.decode())
        return done.stdout.decode()

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a command that goes on until `stop` ends it; its output goes to a log file."""
        with (self.folder / f"{arguments[0]}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tmsba", *arguments],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=self.env(),
            )
        self.processes.append(process)
        return process

    def seed(self) -> None:
        """What an administrator sets up once: schema, users, licence, systems."""
        self.run("db", "upgrade")
        self.run("user", "add", "admin", "--password-stdin", "--group", "Site Administrator", stdin=PASSWORD)
        self.run(
            "user", "add", "EXAMPLE\\anna", "--password-stdin", "--email", "anna@example.com", stdin=PASSWORD
        )
        self.run("licence", "add", "application-integration", "--count", "30")
        for number in (1, 2, 3, 4, 1009):
            uri = f"room{number}@example.com"
            self.run("system", "add", f"Room {number}", "--id", str(number), "--sip-uri", uri)

    def add_bridge(self, url: str, name: str = "Bridge One", base: int = 1, quantity: int = 30) -> str:
        """Register a bridge."""
        arguments = ["--name", name, "--username", "api", "--password-stdin", "--domain", "example.com"]
        numbers = ["--numeric-id-base", str(base), "--numeric-id-quantity", str(quantity)]
        web = ["--web-bridge", "https://join.example.com"]
        return self.run("bridge", "add", url, *arguments, *numbers, *web, stdin=BRIDGE_PASSWORD)

    def serve(self, *options: str) -> subprocess.Popen[bytes]:
        """Start the server and wait until it answers."""
        process = self.start("serve", "--port", str(self.port), *options)
        wait_until(lambda: self.is_healthy() or process.poll() is not None, "the server answers", 30)
        assert process.poll() is None, (self.folder / "serve.log").read_text()
        return process

    def is_healthy(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def soap(
        self,
        path: str = BOOKING_PATH,
        *,
        is_soap12: bool = False,
        user: str = "admin",
        password: str = PASSWORD,
    ) -> Soap:
        """A zeep client that read our WSDL over HTTP."""
        session = requests.Session()
        session.trust_env = False
        session.auth = (user, password)
        client = zeep.Client(
            f"{self.url}{path}?wsdl",
            transport=CheckedTransport(session=session),
            settings=zeep.Settings(strict=True),
        )
        name = "BookingService" if path == BOOKING_PATH else "RemoteSetupService"
        namespace = BOOKING_NS if path == BOOKING_PATH else SETUP_NS
        return Soap(client, namespace, f"{name}Soap12" if is_soap12 else f"{name}Soap")

    def post(
        self, body: bytes, *, auth: tuple[str, str] | None = ("admin", PASSWORD), **named: Any
    ) -> httpx.Response:
        """A raw request, as scripts send them."""
        headers = {"Content-Type": "text/xml; charset=utf-8", **named.pop("headers", {})}
        url = f"{self.url}{BOOKING_PATH}"
        return httpx.post(url, content=body, auth=auth, headers=headers, trust_env=False, timeout=30, **named)

    def stop(self) -> None:
        """End what still runs."""
        for process in reversed(self.processes):
            if process.poll() is None:
                process.terminate()
        for process in reversed(self.processes):
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def start_bridge(**options: Any) -> Simulator:
    """A bridge on a free port that takes the credentials the tests use."""
    simulator = Simulator(username="api", password=BRIDGE_PASSWORD, domain="example.com", **options)
    simulator.start()
    return simulator


def remote_parties(simulator: Simulator) -> Sequence[str]:
    """Whom the bridge was asked to dial, in order."""
    fields = [
        dict(entry.form)
        for entry in simulator.journal.since()
        if entry.method == "POST" and entry.path.lower().endswith("/calllegs")
    ]
    return [form["remoteParty"] for form in fields]
