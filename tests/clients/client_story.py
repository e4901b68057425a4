"""One story that every client of the services is told to act out, and what it must tell about it.

A client is a program: it gets the arguments of ``arguments_of`` and prints ``name=value`` lines. What the
values have to be is the same for all of them and stands in ``check``.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path

import pytest
from installation import BOOKING_PATH, PASSWORD, SETUP_PATH, Installation, soon, wire_time

from tmsba.domain.errors import SystemAlreadyBooked

HERE = Path(__file__).parent
SYSTEM = 4
SYSTEMS = "1,2,3,4,1009"
#: A fixed GUID, as clients use that know nothing of sessions.
SESSION = "11111111-2222-3333-4444-555555555555"
#: Stories must not meet in the calendar; each has two hours of its own.
_hours = count(100, 2)


@dataclass(frozen=True)
class Slot:
    """The time that one story has for itself, and its title, which no other one has."""

    start: datetime
    end: datetime
    title: str

    @property
    def start_text(self) -> str:
        return wire_time(self.start)

    @property
    def end_text(self) -> str:
        return wire_time(self.end)


def new_slot() -> Slot:
    hour = next(_hours)
    # What breaks when a client writes or reads an encoding or XML wrongly.
    title = f"Grüße & <Gäste> {hour}"
    return Slot(soon(hour * 60), soon(hour * 60 + 30), title)


def arguments_of(server: Installation, slot: Slot, version: str) -> list[str]:
    """What a client program is given: both services, credentials, SOAP version, and the booking."""
    return [
        f"{server.url}{BOOKING_PATH}",
        f"{server.url}{SETUP_PATH}",
        "admin",
        PASSWORD,
        version,
        SESSION,
        slot.title,
        slot.start_text,
        slot.end_text,
        str(SYSTEM),
    ]


def program(name: str, hint: str = "tests/clients/install.sh installs it") -> str:
    """The path of a program; without it the test is skipped and says so."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is missing; {hint}.")
    return found


def direct_environment() -> dict[str, str]:
    """The environment without proxies, which would come between a client and its own machine."""
    kept = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    return {**kept, "LC_ALL": "C.UTF-8"}


def run(command: Sequence[str], *, folder: Path | None = None) -> str:
    """Run a program to its end and give what it printed."""
    done = subprocess.run(command, capture_output=True, cwd=folder, env=direct_environment(), timeout=120)
    printed, complaints = done.stdout.decode(), done.stderr.decode()
    assert done.returncode == 0, f"{command[0]} ended with {done.returncode}:\n{printed}\n{complaints}"
    return printed


def told_by(command: Sequence[str], *, folder: Path | None = None) -> dict[str, str]:
    """Run a client program and give what it told."""
    lines = run(command, folder=folder).splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def check(told: Mapping[str, str], slot: Slot) -> None:
    """What every client must have found."""
    number = told["conference"]
    assert int(number) > 0
    assert dict(told) == {
        "alive": "true",
        "systems": SYSTEMS,
        "unsaved": "-1",
        "conference": number,
        "title": slot.title,
        "start": slot.start_text,
        "end": slot.end_text,
        "join_uri": told["join_uri"],
        "participants": f"1 SIP <-;2 SIP <-;{SYSTEM} TMS",
        "fault_code": str(SystemAlreadyBooked.code),
        "fault_message": told["fault_message"],
        "status": "Deleted",
        "transactions": f"{number} New;{number} Deleted",
    }
    name, _, domain = told["join_uri"].partition("@")
    assert name.isdigit()
    assert domain == "example.com"
    assert f"Room {SYSTEM}" in told["fault_message"]
    assert slot.title in told["fault_message"]
