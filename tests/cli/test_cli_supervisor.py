import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from processes import is_running, kill, wait_for

SCRIPT = Path(__file__).with_name("supervised.py")
Supervise = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Supervise]:
    started: list[subprocess.Popen[bytes]] = []

    def start(*roles: str) -> subprocess.Popen[bytes]:
        with (tmp_path / "log").open("w") as log:
            command = [sys.executable, str(SCRIPT), "supervise", str(tmp_path), *roles]
            started.append(subprocess.Popen(command, stdout=log, stderr=log))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def pids(folder: Path, role: str) -> list[int]:
    file = folder / role
    return [int(line) for line in file.read_text().split()] if file.exists() else []


def running(folder: Path, role: str) -> int:
    return wait_for(lambda: pids(folder, role), f"{role} runs")[-1]


def stopped_cleanly(supervisor: "subprocess.Popen[bytes]", folder: Path) -> None:
    assert supervisor.wait(10) == 0, (folder / "log").read_text()
    assert "Traceback" not in (folder / "log").read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_all_children_and_then_the_supervisor(supervise, tmp_path, number):
    supervisor = supervise("vital", "helper")
    children = [running(tmp_path, "vital"), running(tmp_path, "helper")]
    supervisor.send_signal(number)
    stopped_cleanly(supervisor, tmp_path)
    assert not any(map(is_running, children))


def test_a_child_that_others_need_stops_last(supervise, tmp_path):
    supervisor = supervise("vital", "bridge-last", "helper")
    for role in ("vital", "helper", "bridge-last"):
        running(tmp_path, role)
    supervisor.terminate()
    stopped_cleanly(supervisor, tmp_path)
    assert (tmp_path / "order").read_text().split()[-1] == "bridge-last"


def test_a_helper_that_was_killed_is_started_again(supervise, tmp_path):
    supervisor = supervise("vital", "helper")
    first = running(tmp_path, "helper")
    kill(first)
    second = wait_for(lambda: pids(tmp_path, "helper")[1:], "the helper runs again")[0]
    assert second != first
    assert is_running(running(tmp_path, "vital"))
    supervisor.terminate()
    stopped_cleanly(supervisor, tmp_path)
    assert not is_running(second)


def test_a_helper_that_fails_at_once_is_restarted_with_growing_pauses(supervise, tmp_path):
    started = time.monotonic()
    supervisor = supervise("vital", "fails")
    wait_for(lambda: len(pids(tmp_path, "fails")) >= 3, "the helper was started three times")
    assert time.monotonic() - started >= 0.5 + 1.0
    supervisor.terminate()
    stopped_cleanly(supervisor, tmp_path)


def test_when_the_vital_child_ends_all_end_and_its_status_is_passed_on(supervise, tmp_path):
    supervisor = supervise("waits-for-a-file", "helper")
    helper = running(tmp_path, "helper")
    running(tmp_path, "waits-for-a-file")
    (tmp_path / "go").touch()
    assert supervisor.wait(10) == 7
    assert not is_running(helper)


def test_children_do_not_outlive_a_supervisor_that_was_killed(supervise, tmp_path):
    supervisor = supervise("vital", "helper")
    children = [running(tmp_path, "vital"), running(tmp_path, "helper")]
    supervisor.kill()
    supervisor.wait()
    wait_for(lambda: not any(map(is_running, children)), "the children ended")


def test_a_second_signal_ends_children_that_do_not_listen(supervise, tmp_path):
    supervisor = supervise("vital", "ignores-signals")
    deaf, vital = running(tmp_path, "ignores-signals"), running(tmp_path, "vital")
    supervisor.send_signal(signal.SIGINT)
    wait_for(lambda: not is_running(vital), "the vital child ended")
    supervisor.send_signal(signal.SIGINT)
    stopped_cleanly(supervisor, tmp_path)
    assert not is_running(deaf)
