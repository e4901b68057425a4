"""The server as real processes."""

import hashlib
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from certificates import make_certificate
from lxml import etree
from processes import free_port, is_running, kill, wait_for

from tmsba.cli.server import demo
from tmsba.config import Config

BOOKING = "/tms/external/booking/bookingservice.asmx?wsdl"
REMOTE_SETUP = "/tms/external/booking/remotesetup/remotesetupservice.asmx?wsdl"


@dataclass
class Runner:
    """Starts commands in a folder and reads what they print."""

    folder: Path
    started: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        environment = {k: v for k, v in os.environ.items() if not k.startswith("TMSBA_")}
        environment |= {"TMSBA_LOG_FORMAT": "json", "TMSBA_WORKERS": "1", "TMSBA_THREADS": "4"}
        with (self.folder / "out").open("w") as out, (self.folder / "err").open("w") as err:
            command = [sys.executable, "-m", "tmsba", *arguments]
            process = subprocess.Popen(command, cwd=self.folder, env=environment, stdout=out, stderr=err)
        self.started.append(process)
        return process

    @property
    def out(self) -> str:
        return (self.folder / "out").read_text()

    @property
    def err(self) -> str:
        return (self.folder / "err").read_text()

    def events(self, name: str) -> list[dict]:
        lines = [json.loads(line) for line in self.err.splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"].startswith(name)]

    def line(self, *words: str) -> str:
        """The first line on standard output with these words, when it comes."""

        def find() -> str | None:
            assert self.started[-1].poll() is None, self.err
            return next((line for line in self.out.splitlines() if all(w in line for w in words)), None)

        return wait_for(find, f"{words} in the output")

    def control_pids(self) -> list[int]:
        return [int(event["owner"].split(":")[1]) for event in self.events("control_worker_started")]

    def web_pids(self) -> list[int]:
        return [event["pid"] for event in self.events("Booting worker")]

    def stop(self, process: "subprocess.Popen[bytes]", number: int = signal.SIGTERM) -> None:
        process.send_signal(number)
        assert process.wait(15) == 0, self.err
        assert "Traceback" not in self.err


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    runner = Runner(tmp_path)
    yield runner
    for process in runner.started:
        process.kill()
        process.wait()


@pytest.fixture
def with_tables(runner: Runner, database_template: Path) -> Runner:
    (runner.folder / "tmsba.db").write_bytes(database_template.read_bytes())
    return runner


def get(url: str, **named: object) -> httpx.Response:
    with httpx.Client(trust_env=False) as client:
        return client.get(url, **named)


def test_serve_prints_both_addresses_when_it_answers_and_stops_on_a_signal(with_tables):
    server = with_tables.start("serve", "--port", "0")
    booking = with_tables.line(BOOKING)
    assert REMOTE_SETUP in with_tables.line("remotesetup")
    assert get(booking).status_code == 401
    health = get(booking.replace(BOOKING, "/healthz"))
    assert (health.status_code, health.text.strip()) == (200, "ok")
    children = with_tables.web_pids() + wait_for(with_tables.control_pids, "the control worker runs")

    assert "there is no option key, so nobody can book" in with_tables.err
    with_tables.stop(server)

    assert len(children) == 2
    assert not any(map(is_running, children))
    (request,) = with_tables.events("request")
    path = BOOKING.partition("?")[0]
    assert (request["method"], request["path"], request["status"]) == ("GET", path, 401)
    assert len(request["request_id"]) == 32


def test_a_control_worker_that_was_killed_is_replaced_while_the_server_goes_on(with_tables):
    server = with_tables.start("serve", "--port", "0")
    booking = with_tables.line(BOOKING)
    (first,) = wait_for(with_tables.control_pids, "the control worker runs")
    kill(first)
    wait_for(lambda: len(with_tables.control_pids()) == 2, "another control worker runs")
    assert get(booking).status_code == 401
    with_tables.stop(server)


def test_without_control_only_the_web_server_runs(with_tables):
    server = with_tables.start("serve", "--port", "0", "--no-control")
    with_tables.line(BOOKING)
    with_tables.stop(server)
    assert with_tables.control_pids() == []
    assert not (with_tables.folder / "tmsba.db.key").exists()


def test_nothing_outlives_a_server_that_was_killed(with_tables):
    server = with_tables.start("serve", "--port", "0")
    booking = with_tables.line(BOOKING)
    children = with_tables.web_pids() + wait_for(with_tables.control_pids, "the control worker runs")
    server.kill()
    server.wait()
    wait_for(lambda: not any(map(is_running, children)), "the children ended")
    with pytest.raises(httpx.ConnectError):
        get(booking)


def test_a_port_that_is_taken_is_said_in_a_sentence(with_tables):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        server = with_tables.start("serve", "--port", str(port))
        assert server.wait(20) == 1
    assert with_tables.err.startswith(f"Error: Port {port} on 127.0.0.1 is in use by another program")


def test_an_address_that_is_not_ours_is_said_in_a_sentence(with_tables):
    server = with_tables.start("serve", "--host", "192.0.2.1", "--port", "0")
    assert server.wait(20) == 1
    assert with_tables.err.startswith("Error: Cannot listen on 192.0.2.1, port 0:")


def test_control_alone_runs_until_it_is_told_to_stop(with_tables):
    control = with_tables.start("control")
    wait_for(with_tables.control_pids, "the control worker runs")
    with_tables.stop(control)
    assert with_tables.events("control_worker_stopped")


def test_the_simulated_bridge_prints_its_url_and_serves_there(runner):
    simulator = runner.start("simulate-cms", "--port", "0", "--username", "u", "--password", "p")
    url = runner.line("http://127.0.0.1:")
    assert get(f"{url}/api/v1/system/status", auth=("u", "p")).status_code == 200
    assert get(f"{url}/api/v1/system/status", auth=("u", "x")).status_code == 401
    runner.stop(simulator)
    assert runner.out == f"{url}\n"


def test_the_simulated_bridge_over_tls_prints_the_fingerprint_of_what_it_shows(runner):
    simulator = runner.start("simulate-cms", "--port", "0", "--tls")
    url = runner.line("https://127.0.0.1:")
    *_, printed = runner.line("SHA-256 fingerprint: ").split()
    shown = ssl.get_server_certificate(("127.0.0.1", int(url.rpartition(":")[2])))
    assert hashlib.sha256(ssl.PEM_cert_to_DER_cert(shown)).hexdigest() == printed
    runner.stop(simulator)


def test_the_simulated_bridge_leads_calls_to_its_domain_to_spaces(runner):
    simulator = runner.start("simulate-cms", "--port", "0", "--domain", "cms.example.org")
    url = runner.line("http://127.0.0.1:")
    assert dial_plan(url, ("admin", "simulator")) == ("cms.example.org", "*")
    runner.stop(simulator)


def dial_plan(bridge: str, auth: tuple[str, str]) -> tuple[str | None, str | None]:
    """The domains of a bridge's one inbound and one outbound rule."""
    inbound, outbound = (
        etree.fromstring(get(f"{bridge}/api/v1/{way}boundDialPlanRules", auth=auth).content)
        for way in ("in", "out")
    )
    assert (len(inbound), inbound.findtext("*/resolveToCoSpaces"), len(outbound)) == (1, "true", 1)
    return inbound.findtext("*/domain"), outbound.findtext("*/domain")


def quickstart(runner: Runner, *options: str) -> tuple["subprocess.Popen[bytes]", str, str]:
    """A running quickstart, its address and that of its bridge."""
    process = runner.start("quickstart", "--data", "data", *options)
    booking = runner.line(BOOKING)
    runner.line("Ctrl-C")
    return process, booking, runner.line("Simulated bridge").split()[2]


def state(bridge: str) -> dict:
    return get(f"{bridge}/state", auth=("apiuser", "simulated")).json()


def test_the_quickstart_has_users_systems_and_a_bridge_and_can_be_started_again(runner):
    process, booking, bridge = quickstart(runner, "--port", str(free_port()))
    assert get(booking, auth=("admin", "admin-demo")).status_code == 200
    assert get(booking, auth=("anna", "anna-demo")).status_code == 200
    assert state(bridge)["totalSpaces"] == 100
    assert dial_plan(bridge, ("apiuser", "simulated")) == ("example.com", "*")
    assert "User anna, password anna-demo" in runner.out
    assert "  its user apiuser, password simulated\n" in runner.out
    second = subprocess.run(process.args, cwd=runner.folder, capture_output=True, text=True)
    assert second.returncode == 1
    assert "Another quickstart runs in" in second.stderr
    runner.stop(process, signal.SIGINT)

    process, booking, again = quickstart(runner, "--port", str(free_port()))
    assert again == bridge
    assert state(bridge)["totalSpaces"] == 100
    assert get(booking, auth=("admin", "admin-demo")).status_code == 200
    runner.stop(process)


def test_the_quickstart_takes_another_port_unless_one_was_asked_for(runner):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        process = runner.start("quickstart", "--data", "data", "--port", str(taken))
        assert process.wait(20) == 1
    assert f"Port {taken} on 127.0.0.1 is in use" in runner.err


def test_the_quickstart_takes_the_next_free_port_when_none_was_asked_for(monkeypatch):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        monkeypatch.setattr(demo, "_FIRST_PORT", taken)
        with demo._listen(Config(), None) as listener:
            assert listener.getsockname()[1] in range(taken + 1, taken + 50)


def test_a_server_with_a_certificate_speaks_nothing_older_than_tls_1_2(with_tables):
    certificate = make_certificate(with_tables.folder).certificate
    (with_tables.folder / "tmsba.toml").write_text('certfile = "cert.pem"\nkeyfile = "key.pem"\n')
    server = with_tables.start("--config", "tmsba.toml", "serve", "--port", "0", "--no-control")
    booking = with_tables.line("https://127.0.0.1:", BOOKING)
    trusting = ssl.create_default_context(cafile=str(certificate))
    with httpx.Client(trust_env=False, verify=trusting) as client:
        assert client.get(booking).status_code == 401
    old = ssl.create_default_context(cafile=str(certificate))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        old.minimum_version = ssl.TLSVersion.TLSv1
    old.set_ciphers("DEFAULT@SECLEVEL=0")
    with httpx.Client(trust_env=False, verify=old) as client, pytest.raises(httpx.ConnectError):
        client.get(booking)
    with_tables.stop(server)
