"""``tmsba route``."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tmsba.cli.common.problems import Problem, sentence
from tmsba.cli.common.session import Session, origin
from tmsba.cli.people.memberships import find_account

if TYPE_CHECKING:
    from tmsba.booking.api import Booking
    from tmsba.booking.change.explaining import Explained
    from tmsba.domain.people.users import Caller


@click.group()
def route() -> None:
    """How conferences get to a bridge."""


@route.command("explain")
@click.argument("conference_id", type=int, metavar="ID", required=False)
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Decide about the Conference in this file instead, without booking it: as SOAP clients send it.",
)
@click.option(
    "--by", "user", metavar="USER", help="Who would book what is in the file; else an administrator."
)
@click.option("--now", "is_now_asked", is_flag=True, help="Show beside it what would be decided now.")
@click.option("--json", "is_json", is_flag=True, help="For programs: everything, as JSON.")
@click.pass_obj
def explain(
    session: Session,
    conference_id: int | None,
    file: Path | None,
    user: str | None,
    is_now_asked: bool,
    is_json: bool,
) -> None:
    """Explain step by step how the conference ID was routed when it was saved.

    Whether it needed a bridge, why each bridge was chosen or refused, and how each participant connects.
    """
    if (conference_id is None) == (file is None):
        raise click.UsageError("Give the ID of a conference, or --file.")
    if file and is_now_asked:
        raise click.UsageError("What is in a file is decided now: leave --now out.")
    if user and not file:
        raise click.UsageError("Only with --file somebody books: leave --by out.")
    explained = (
        _rehearsed(session, file, user)
        if file
        else [_booking(session).explain(conference_id or 0, is_now_asked=is_now_asked)]
    )
    _show(explained, is_json=is_json, is_stored=file is None)


def _booking(session: Session) -> "Booking":
    from tmsba.app import build_booking

    return build_booking(session.config, session.store)


def _rehearsed(session: Session, file: Path, user: str | None) -> "Sequence[Explained]":
    from tmsba.domain.licensing.sessions import Client
    from tmsba.soap.translation.conference_file import conferences_in_file, version_in_file

    content = file.read_bytes()
    requests, client = conferences_in_file(content), Client(version=version_in_file(content))
    booking, caller = _booking(session), _caller(session, user)
    return [one for request in requests for one in booking.rehearse(caller, request, client)]


def _caller(session: Session, user: str | None) -> "Caller":
    """The user with this name, else the first site administrator.

    Raises:
        Problem: there is none.
    """
    with session.store.reading() as uow:
        if user:
            try:
                return find_account(uow, user).caller(origin())
            except LookupError as error:
                raise Problem(sentence(str(error))) from error
        callers = (account.caller(origin()) for account in uow.users.accounts() if account.is_enabled)
        found = next((caller for caller in callers if caller.is_site_administrator), None)
    if found is None:
        raise Problem("There is no site administrator who could book it: name a user with --by.")
    return found


def _show(explained: "Sequence[Explained]", *, is_json: bool, is_stored: bool) -> None:
    from tmsba.cli.conferences.route_texts import print_explained, values_of

    if is_json:
        values = [values_of(one, is_stored=is_stored) for one in explained]
        click.echo(json.dumps(values, indent=2, ensure_ascii=False))
        return
    from rich.console import Console

    console = Console(highlight=False)
    for one in explained:
        print_explained(console, one, is_stored=is_stored)
