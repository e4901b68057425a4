"""What docs/simulator.md shows on the console is what happens there."""

import json
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import wait_for

DOCS = Path(__file__).resolve().parents[2] / "docs" / "simulator.md"
PROGRAM = "tmsba simulate-cms"
BLOCKS = re.findall(r"^```console\n(.*?)^```$", DOCS.read_text(), re.MULTILINE | re.DOTALL)
FINGERPRINT = re.compile(r"SHA-256 fingerprint: (\w+)")


def commands(block: str) -> list[tuple[list[str], str]]:
    """The commands of a console block that are about the simulator, each with what it prints."""
    shown = [part.partition("\n") for part in block.split("$ ")[1:]]
    return [(shlex.split(line)[2:], output) for line, _, output in shown if line.startswith(PROGRAM)]


CLUSTER, TLS, ORDERS = (commands(block) for block in BLOCKS)


class Bridges:
    """Simulated bridges that run with documented options, on free ports."""

    def __init__(self, options: list[str], out: Path) -> None:
        command = [sys.executable, "-m", "tmsba", "simulate-cms", *options, "--port", "0"]
        with out.open("w") as stdout:
            self.process = subprocess.Popen(command, stdout=stdout)
        self._out = out

    def lines(self, number: int) -> list[str]:
        """What it has printed, once it is this many lines."""

        def printed() -> list[str] | None:
            assert self.process.poll() is None
            text = self._out.read_text()
            return text.splitlines() if text.count("\n") >= number else None

        return wait_for(printed, f"{number} lines")


@pytest.fixture
def start(tmp_path: Path) -> Iterator:
    running: list[Bridges] = []

    def begin(options: list[str]) -> Bridges:
        running.append(Bridges(options, tmp_path / f"out{len(running)}"))
        return running[-1]

    yield begin
    for bridges in running:
        bridges.process.send_signal(signal.SIGTERM)
        assert bridges.process.wait(15) == 0


def without_ports(text: str) -> str:
    return re.sub(r"(?<=127\.0\.0\.1:)\d+", "PORT", text)


def here(arguments: list[str], printed: list[str]) -> list[str]:
    """A documented command with the address and the fingerprint of the bridges that run."""
    found = FINGERPRINT.search(printed[-1])
    pinned = ["--fingerprint", found[1]] if found and "--fingerprint" not in arguments else []
    known = [found[1] if found and one.endswith("...") else one for one in arguments]
    return [*pinned, *(re.sub(r"^https?://127\.0\.0\.1:8445$", printed[0], one) for one in known)]


def test_the_documented_cluster_starts_and_prints_its_urls(start) -> None:
    [(options, output)] = CLUSTER
    expected = output.splitlines()
    printed = start(options).lines(len(expected))
    assert [without_ports(line) for line in printed] == [without_ports(line) for line in expected]


def test_the_documented_bridge_over_tls_prints_its_fingerprint_and_is_shown(
    run_without_tables, start
) -> None:
    (options, output), (show, _) = TLS
    expected = output.splitlines()
    printed = start(options).lines(len(expected))
    assert without_ports(printed[0]) == without_ports(expected[0])
    assert re.fullmatch(r"SHA-256 fingerprint: [0-9a-f]{64}", printed[1])
    result = run_without_tables("simulate-cms", *here(show, printed))
    assert (result.exit_code, json.loads(result.output)) == (0, [])


@pytest.mark.parametrize("more", [[], ["--tls"]], ids=["http", "tls"])
def test_the_documented_orders_are_carried_out_and_print_what_is_shown(
    run_without_tables, start, more
) -> None:
    [(options, urls)] = CLUSTER
    printed = start([*options, *more]).lines(urls.count("\n") + len(more))
    assert [arguments[0] for arguments, _ in ORDERS] == ["order", "order", "show", "clear"]
    for arguments, output in ORDERS:
        result = run_without_tables("simulate-cms", *here(arguments, printed))
        assert result.exit_code == 0, result.output
        # The same seed makes the same identifiers; a slow machine may be a second later.
        assert re.sub(r'"seconds": \d+', "", result.output) == re.sub(r'"seconds": \d+', "", output)
