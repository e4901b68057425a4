"""The walls between the rooms: an import that must not be is found."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

#: What must not be imported where.
BROKEN = [
    ("accounts.login", "tmsba.booking.view.views"),
    ("accounts.passwords", "sqlalchemy"),
    ("booking.save.saving", "sqlalchemy"),
    ("booking.view.views", "tmsba.cms.model"),
    ("booking.view.reading", "tmsba.store.store"),
    ("cms.client", "tmsba.domain.values"),
    ("config", "tmsba.domain.values"),
    ("control.bridge.access", "tmsba.accounts.login"),
    ("control.meeting.plan", "tmsba.simulator.simulator"),
    ("control.meeting.steps", "tmsba.store.store"),
    ("directory.ldap", "tmsba.accounts.login"),
    ("directory.ldap", "tmsba.store.store"),
    ("domain.values", "structlog"),
    ("domain.texts", "tmsba.ports.work"),
    ("i18n.languages", "tmsba.booking.view.views"),
    ("mail.rows", "tmsba.store.store"),
    ("mail.words", "tmsba.smtp.client"),
    ("ports.work", "tmsba.booking.view.views"),
    ("rooms.bookings", "tmsba.store.store"),
    ("simulator.chance", "tmsba.cms.model"),
    ("smtp.message", "tmsba.domain.values"),
    ("soap.wire.dates", "httpx"),
    ("soap.wire.envelope", "tmsba.control.meeting.plan"),
    ("soap.translation.mail", "tmsba.mail.words"),
    ("store.store", "tmsba.cms.model"),
    ("store.unit_of_work", "tmsba.soap.wire.dates"),
    ("store.sql.rows", "tmsba.control.meeting.plan"),
    ("wsgi.front", "tmsba.store.store"),
    ("wsgi.http", "tmsba.cli.settings"),
]


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """What the check of the imports says of a copy in which every wall has a hole."""
    copy = tmp_path_factory.mktemp("walls")
    shutil.copytree(ROOT / "tmsba", copy / "tmsba", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    for module, what in BROKEN:
        path = copy.joinpath("tmsba", *module.split(".")).with_suffix(".py")
        path.write_text(f"{path.read_text()}\nimport {what}\n")
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(("module", "what"), BROKEN, ids=" -> ".join)
def test_a_hole_in_a_wall_is_found(report, module, what):
    assert f"tmsba.{module} -> {what} (l." in report
