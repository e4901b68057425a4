"""``tmsba bridge``."""

import click

from tmsba.cli.bridges.changes import set_bridge
from tmsba.cli.bridges.clean import clean_bridge
from tmsba.cli.bridges.moves import move_conferences
from tmsba.cli.bridges.status import show_status
from tmsba.cli.bridges.values import (
    IP_ZONE,
    PRIORITY,
    ROOM,
    check_access,
    check_bridge,
    check_url,
    find_bridge,
    read_ca,
    read_pin,
    set_up_bridge,
    warn_of_overlap,
    warn_of_transport,
)
from tmsba.cli.bridges.what_if import what_if
from tmsba.cli.common.problems import Problem
from tmsba.cli.common.session import Session, read_password, show_table
from tmsba.domain.bridge.bridge import Bridge, BridgeCredentials, no_name
from tmsba.domain.people.audit import AuditAction
from tmsba.ports.work import UnitOfWork


@click.group()
def bridge() -> None:
    """Meeting Servers that conferences are routed to."""


bridge.add_command(set_bridge)
bridge.add_command(show_status)
bridge.add_command(clean_bridge)
bridge.add_command(move_conferences)
bridge.add_command(what_if)


@bridge.command("add")
@click.argument("url")
@click.option(
    "--name", default="", metavar="N", help="What people call it; a ticket stays open until it has one."
)
@click.option("--username", required=True, metavar="U", help="An API user of the bridge.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--domain", default="", metavar="D", help="The SIP domain behind each number.")
@click.option("--numeric-id-base", type=int, default=0, metavar="B", help="The first number.")
@click.option("--numeric-id-quantity", type=int, default=0, metavar="Q", help="How many numbers.")
@click.option(
    "--web-bridge", default="", metavar="URI", help="Where browsers join, or a whole link with {number}."
)
@click.option(
    "--ca", metavar="FILE", help="Trust only the authority whose certificates are in this PEM file."
)
@click.option("--fingerprint", metavar="SHA256", help="Trust only the certificate with this fingerprint.")
@click.option("--max-participants", default=0, **ROOM)
@click.option("--ip-zone", default="", **IP_ZONE)
@click.option("--priority", default=0, **PRIORITY)
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
    ca: str | None,
    fingerprint: str | None,
    max_participants: int,
    ip_zone: str,
    priority: int,
    insecure: bool,
) -> None:
    """Register the bridge whose API is at URL, and set it up.

    URL may be just host or host:port. A wrong password is told at once and nothing is stored. A bridge that
    cannot be reached stays registered; the control worker goes on trying.
    """
    wanted = check_bridge(
        Bridge(
            id=0,
            name=name.strip() or no_name(check_url(url)),
            url=url,
            domain=domain.strip(),
            numeric_id_base=numeric_id_base,
            numeric_id_quantity=numeric_id_quantity,
            web_bridge_uri=web_bridge.strip(),
            is_tls_verified=not insecure,
            max_participants=max_participants or None,
            ip_zone=ip_zone.strip(),
            priority=priority,
        )
    )
    ca_pem = read_ca(ca) if ca else ""
    pin = read_pin(fingerprint) if fingerprint else ""
    warn_of_transport(wanted.url, is_tls_verified=wanted.is_tls_verified, fingerprint=pin)
    if not username.strip():
        raise Problem("The user name is blank: give an API user of the bridge.")
    password = read_password(is_from_stdin=password_stdin, what=username)
    credentials = BridgeCredentials(
        username=username.strip(), password=password, ca_pem=ca_pem, fingerprint=pin
    )
    check_access(session, wanted, credentials)
    warn_of_overlap(session, wanted)

    def work(uow: UnitOfWork) -> Bridge:
        added = uow.bridges.add(wanted, credentials)
        session.note(uow, AuditAction.BRIDGE_ADDED, f"bridge {added.name}", added.url)
        return added

    added = session.write(work)
    click.echo(f"Registered bridge {added.name} with id {added.id}.")
    set_up_bridge(session, added)


@bridge.command("prepare")
@click.argument("name")
@click.pass_obj
def prepare_bridge(session: Session, name: str) -> None:
    """Set the bridge called NAME up again, for example after it was reset.

    Spaces that are missing there are made; what is there stays as it is, and so do the spaces of others.
    """
    found = find_bridge(session, name)
    session.write(lambda uow: session.note(uow, AuditAction.BRIDGE_PREPARED, f"bridge {found.name}"))
    if not set_up_bridge(session, found):
        raise SystemExit(1)


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
            f"{one.numbers[0]}-{one.numbers[-1]}" if one.numbers else "",
            "any" if one.participant_limit is None else one.participant_limit,
            one.web_bridge_uri,
            one.ip_zone,
            one.priority,
            _state(one, is_waiting=one.id in waiting),
        )
        for one in found
    ]
    headers = ("Id", "Name", "URL", "Domain", "Numbers", "Participants", "Web bridge")
    show_table((*headers, "IP zone", "Priority", "State"), rows)


def _state(bridge: Bridge, *, is_waiting: bool) -> str:
    if not bridge.is_enabled:
        return "disabled"
    if is_waiting:
        return "not set up yet"
    return "ready" if bridge.has_numbers else "no numbers"
