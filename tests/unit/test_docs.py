"""What the documents must say about the code."""

import re
from dataclasses import fields
from pathlib import Path

import click
import pytest

from tmsba.cli import main
from tmsba.config import Config
from tmsba.domain.errors import all_errors
from tmsba.domain.settings import ConferenceSettings, key_of, to_text

DOCS = Path(__file__).resolve().parents[2] / "docs"
OPERATIONS = (DOCS / "operations.md").read_text()


def commands(group, words=("tmsba",)):
    for name, command in group.commands.items():
        if command.hidden:
            continue
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))
        else:
            yield " ".join((*words, name))


@pytest.mark.parametrize("command", list(commands(main)))
def test_every_command_is_documented(command):
    assert command.removeprefix("tmsba ") in OPERATIONS


@pytest.mark.parametrize("entry", fields(Config), ids=lambda entry: entry.name)
def test_every_configuration_key_is_documented(entry):
    text = ",".join(entry.default) if isinstance(entry.default, tuple) else str(entry.default)
    default = f"`{text}`" if text else "blank"
    assert f"| `{entry.name}` | {default} | {entry.metadata['help']} |" in OPERATIONS


@pytest.mark.parametrize("entry", fields(ConferenceSettings), ids=lambda entry: entry.name)
def test_every_conference_setting_is_documented(entry):
    title, help_text = entry.metadata["title"], entry.metadata["help"]
    row = f"| `{key_of(entry.name)}` | {title} | `{to_text(entry.default)}` | {help_text} |"
    assert row in OPERATIONS


@pytest.mark.parametrize("error", all_errors(), ids=lambda error: error.name)
def test_every_error_code_is_documented(error):
    fault = "Client" if error.is_callers_fault else "Server"
    row = f"| {error.code} | {error.name} | {fault} | {(error.__doc__ or '').splitlines()[0]} |"
    assert row in (DOCS / "errors.md").read_text()


def test_every_decision_is_a_file_with_its_number():
    titles = [path.read_text().splitlines()[0] for path in sorted((DOCS / "adr").glob("*.md"))]
    assert [int(title.removeprefix("# ").split(".")[0]) for title in titles] == list(
        range(1, len(titles) + 1)
    )


def paths_in(page):
    """The files and folders that a page names, as they stand there."""
    words = re.findall(r"`([\w./-]+)`", (DOCS / page).read_text())
    return sorted({word for word in words if "/" in word or word.endswith((".py", ".toml"))})


@pytest.mark.parametrize("page", ["where-to-add.md", "architecture.md"])
def test_every_file_that_a_page_names_is_there(page):
    roots = [DOCS.parent, DOCS.parent / "tmsba"]
    missing = [path for path in paths_in(page) if not any((root / path).exists() for root in roots)]
    assert not missing
