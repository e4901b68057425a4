"""``tmsba settings``."""

from dataclasses import fields
from typing import Any

import click

from tmsba.cli.common.problems import Problem, sentence
from tmsba.cli.common.session import Session, show_table
from tmsba.domain.people.audit import AuditAction
from tmsba.domain.settings import ConferenceSettings, check, find, key_of, to_text
from tmsba.ports.work import UnitOfWork


@click.group()
def settings() -> None:
    """Conference settings: what new conferences get and what bookings may do."""


@settings.command("list")
@click.pass_obj
def list_settings(session: Session) -> None:
    """List the settings with their values."""
    current = _current(session)
    rows = [
        (key_of(entry.name), to_text(getattr(current, entry.name)), entry.metadata["title"])
        for entry in fields(ConferenceSettings)
    ]
    show_table(("Name", "Value", "Known as"), rows)


@settings.command("get")
@click.argument("name")
@click.pass_obj
def get_setting(session: Session, name: str) -> None:
    """Print the value of a setting."""
    entry = _find(name)
    click.echo(to_text(getattr(_current(session), entry.name)))


@settings.command("set")
@click.argument("name")
@click.argument("value")
@click.pass_obj
def set_setting(session: Session, name: str, value: str) -> None:
    """Change a setting; it counts from the next request on."""
    _find(name)
    try:
        field_name, text = check(name, value)
    except ValueError as error:
        raise Problem(sentence(str(error))) from error

    def work(uow: UnitOfWork) -> None:
        uow.settings.put(field_name, text)
        session.note(uow, AuditAction.SETTING_CHANGED, key_of(field_name), f"now {text}")

    session.write(work)
    click.echo(f"{key_of(field_name)} is now {text}.")


def _current(session: Session) -> ConferenceSettings:
    with session.store.reading() as uow:
        return ConferenceSettings.of(uow.settings.all())


def _find(name: str) -> Any:
    try:
        return find(name)
    except ValueError as error:
        raise Problem(sentence(str(error))) from error
