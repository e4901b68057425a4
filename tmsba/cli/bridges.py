"""``tmsba bridge``."""

import re
from dataclasses import replace
from typing import Any

import click

from tmsba.cli.problems import Problem, sentence
from tmsba.cli.session import Session, read_password, show_table, warn
from tmsba.domain.bridge import Bridge, BridgeCredentials

_DOMAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
#: More numbers than this on one bridge are a typing error.
_MOST_NUMBERS = 10_000
#: A bridge that has room for more participants than this needs no limit.
_MOST_PARTICIPANTS = 1_000_000
_LIMIT: Any = {
    "type": click.IntRange(0, _MOST_PARTICIPANTS),
    "metavar": "P",
    "help": "How many participants it takes at the same time; 0 for any number.",
}


@click.group()
def bridge() -> None:
    """Meeting Servers that conferences are routed to."""


@bridge.command("add")
@click.argument("url")
@click.option("--name", required=True, metavar="N", help="What people call it.")
@click.option("--username", required=True, metavar="U", help="An API user of the bridge.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--domain", required=True, metavar="D", help="The SIP domain behind each number.")
@click.option("--numeric-id-base", type=int, required=True, metavar="B", help="The first number.")
@click.option("--numeric-id-quantity", type=int, required=True, metavar="Q", help="How many numbers.")
@click.option("--web-bridge", default="", metavar="URI", help="Where browsers join.")
@click.option("--max-participants", default=0, **_LIMIT)
@click.option("--insecure", is_flag=True, help="Accept any certificate, such as a self-signed one.")
@click.pass_obj
def add_bridge(
    session: Session,
    url: str,
    name: str,
    username: str,
    password_stdin: bool,
    domain: str,
    numeric_id_base: int,
    numeric_id_quantity: int,
    web_bridge: str,
    max_participants: int,
    insecure: bool,
) -> None:
    """Register the bridge whose API is at URL, and set it up.

    A bridge that cannot be reached stays registered; the control worker goes on trying.
    """
    wanted = check_bridge(
        Bridge(
            id=0,
            name=name.strip(),
            url=url,
            domain=domain.strip(),
            numeric_id_base=numeric_id_base,
            numeric_id_quantity=numeric_id_quantity,
            web_bridge_uri=web_bridge.strip(),
            is_tls_verified=not insecure,
            max_participants=max_participants or None,
        )
    )
    if wanted.url.startswith("http:"):
        warn("http:// sends the bridge's password and all meeting PINs unencrypted; use https:// if you can.")
    elif insecure:
        warn("the certificate of the bridge is not checked; anybody in between can read its password.")
    if not username.strip():
        raise Problem("The user name is blank: give an API user of the bridge.")
    password = read_password(is_from_stdin=password_stdin, what=username)
    credentials = BridgeCredentials(username=username.strip(), password=password)
    added = session.write(lambda uow: uow.bridges.add(wanted, credentials))
    click.echo(f"Registered bridge {added.name} with id {added.id}.")
    set_up_bridge(session, added)


def check_bridge(bridge: Bridge) -> Bridge:
    """The bridge with its address in one spelling.

    Raises:
        Problem: a value cannot be right.
    """
    from tmsba.cms import base_url

    if not bridge.name:
        raise Problem("The name of the bridge is blank: give one.")
    if not _DOMAIN.fullmatch(bridge.domain):
        raise Problem(f"'{bridge.domain}' is no SIP domain: give one such as example.com.")
    if bridge.numeric_id_base < 1 or not 1 <= bridge.numeric_id_quantity <= _MOST_NUMBERS:
        raise Problem(
            "The range of numbers must begin at 1 or more and have from 1 to "
            f"{_MOST_NUMBERS} numbers: check --numeric-id-base and --numeric-id-quantity."
        )
    if bridge.web_bridge_uri and not re.fullmatch(r"https?://[^\s/?#]+\S*", bridge.web_bridge_uri):
        raise Problem("The web bridge must be an address such as https://join.example.com.")
    try:
        return replace(bridge, url=base_url(bridge.url))
    except ValueError as error:
        raise Problem(sentence(str(error))) from error


def set_up_bridge(session: Session, bridge: Bridge) -> bool:
    """Set a registered bridge up over its API and say how that went; whether it is ready."""
    from rich.console import Console
    from rich.markup import escape

    from tmsba.app import bridge_clients, utc_now
    from tmsba.control.registration import register_bridge
    from tmsba.control.tickets import bridge_subject

    console = Console(stderr=True)
    with console.status(f"Setting {escape(bridge.name)} up."):
        is_ready = register_bridge(
            session.store,
            utc_now,
            bridge.id,
            bridge_clients(session.config),
            progress=lambda step: console.print(escape(step), style="dim", highlight=False),
        )
    if is_ready:
        last = bridge.numeric_id_base + bridge.numeric_id_quantity - 1
        click.echo(f"{bridge.name} is ready: numbers {bridge.numeric_id_base} to {last}.")
        return True
    click.echo(f"{bridge.name} stays registered, but it could not be set up now.", err=True)
    with session.store.reading() as uow:
        for ticket in uow.tickets.all():
            if ticket.subject == bridge_subject(bridge.name):
                click.echo(f"Ticket {ticket.id} was opened: {ticket.text}", err=True)
    click.echo("'tmsba ticket list' shows what is open; an unreachable bridge is tried again.", err=True)
    return False


@bridge.command("prepare")
@click.argument("name")
@click.pass_obj
def prepare_bridge(session: Session, name: str) -> None:
    """Set the bridge called NAME up again, for example after it was reset.

    When anything is missing there, the bridge makes all its numbered spaces anew: do it between meetings.
    """
    if not set_up_bridge(session, _named(session, name)):
        raise SystemExit(1)


def _named(session: Session, name: str) -> Bridge:
    with session.store.reading() as uow:
        found = next((one for one in uow.bridges.all() if one.name == name), None)
    if found is None:
        raise Problem(f"There is no bridge called '{name}': 'tmsba bridge list' shows the names.")
    return found


@bridge.command("set")
@click.argument("name")
@click.option("--max-participants", required=True, **_LIMIT)
@click.pass_obj
def set_bridge(session: Session, name: str, max_participants: int) -> None:
    """Change what the server knows of the bridge called NAME.

    A lower number of participants counts for what is booked or enlarged from now on; what is booked already
    stays.
    """
    found = _named(session, name)
    session.write(lambda uow: uow.bridges.set_max_participants(found.id, max_participants or None))


@bridge.command("list")
@click.pass_obj
def list_bridges(session: Session) -> None:
    """List the bridges."""
    with session.store.reading() as uow:
        waiting = {one.id for one in uow.bridges.unprepared()}
        found = uow.bridges.all()
    rows = [
        (
            one.id,
            one.name,
            one.url,
            one.domain,
            f"{one.numeric_id_base}-{one.numeric_id_base + one.numeric_id_quantity - 1}",
            "any" if one.max_participants is None else one.max_participants,
            one.web_bridge_uri,
            _state(one, is_waiting=one.id in waiting),
        )
        for one in found
    ]
    show_table(("Id", "Name", "URL", "Domain", "Numbers", "Participants", "Web bridge", "State"), rows)


def _state(bridge: Bridge, *, is_waiting: bool) -> str:
    if not bridge.is_enabled:
        return "disabled"
    return "not set up yet" if is_waiting else "ready"
