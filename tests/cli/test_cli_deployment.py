"""What people copy from the repository fits the code."""

import re
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest

from tmsba.config import Config, load

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "deploy/tmsba.toml"


def test_the_sample_configuration_is_valid_and_differs_where_it_says_so():
    config = load(SAMPLE, {})
    assert config.database_url == "sqlite:////var/lib/tmsba/tmsba.db"
    assert config.trusted_proxies == ("127.0.0.1",)


def test_the_sample_configuration_is_valid_with_every_line_in_force(tmp_path):
    text = re.sub(r"^# (?=\w+ = )", "", SAMPLE.read_text(), flags=re.MULTILINE)
    once = {line.partition(" = ")[0]: line for line in text.splitlines() if re.match(r"\w+ = ", line)}
    everything = tmp_path / "everything.toml"
    everything.write_text("\n".join(once.values()))
    load(everything, {})
    assert set(once) == {entry.name for entry in fields(Config)}


@pytest.mark.parametrize(
    "entry",
    [entry for entry in fields(Config) if isinstance(entry.default, int | float)],
    ids=lambda e: e.name,
)
def test_the_sample_configuration_shows_the_true_defaults(entry):
    shown = re.search(rf"^# {entry.name} = ([\d.]+)", SAMPLE.read_text(), flags=re.MULTILINE)
    assert shown is not None
    assert float(shown[1]) == entry.default


def test_every_setting_has_help():
    assert all(entry.metadata["help"].endswith(".") for entry in fields(Config))


def test_make_shows_what_can_be_made():
    shown = subprocess.run(
        ["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for target in ("run", "demo", "test", "test-long", "lint", "format", "clean"):
        assert f"make {target} " in shown
