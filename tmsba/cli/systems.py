"""``tmsba system``."""

import click

from tmsba.cli.problems import Problem
from tmsba.cli.session import Session, check_zone, show_table
from tmsba.domain.system import System
from tmsba.domain.values import SystemCategory
from tmsba.licensing.option_keys import Licences
from tmsba.settings.table import to_text


@click.group()
def system() -> None:
    """Endpoints, rooms and devices that can be booked."""


@system.command("add")
@click.argument("name")
@click.option("--id", "system_id", type=int, metavar="N", help="The id clients book it by; else the next.")
@click.option(
    "--category",
    type=click.Choice([category.value for category in SystemCategory], case_sensitive=False),
    default=SystemCategory.ENDPOINT.value,
    show_default=True,
)
@click.option("--sip-uri", default="", metavar="S", help="What a bridge dials to reach it.")
@click.option("--time-zone", default="UTC", metavar="Z", show_default=True, help="A Windows or IANA name.")
@click.option(
    "--alias", "aliases", multiple=True, metavar="A", help="An address a recording system records for."
)
@click.pass_obj
def add_system(
    session: Session,
    name: str,
    system_id: int | None,
    category: str,
    sip_uri: str,
    time_zone: str,
    aliases: tuple[str, ...],
) -> None:
    """Add a system and print its id."""
    if not name.strip():
        raise Problem("The name of the system is blank: give one.")
    if system_id is not None and system_id < 1:
        raise Problem(f"{system_id} cannot be the id of a system: give 1 or more, or leave --id out.")
    kind = SystemCategory(category)
    if aliases and kind is not SystemCategory.RECORDING:
        raise Problem("Only recording systems have aliases: add --category Recording, or leave --alias out.")
    wanted = System(
        id=system_id or 0,
        name=name.strip(),
        category=kind,
        sip_uri=sip_uri.strip(),
        time_zone=check_zone(time_zone),
        recording_aliases=aliases,
    )
    click.echo(session.write(lambda uow: uow.systems.add(wanted)).id)


@system.command("list")
@click.pass_obj
def list_systems(session: Session) -> None:
    """List the systems; Allow Remote Bookings tells which hold a licence."""
    with session.store.reading() as uow:
        found = uow.systems.all()
        is_void = Licences.of(uow.option_keys.all()).are_of_clients
    rows = [
        (
            one.id,
            one.name,
            one.category.value,
            one.sip_uri,
            one.time_zone,
            ", ".join(one.recording_aliases),
            "void" if is_void else to_text(one.is_remote_booking_allowed),
        )
        for one in found
    ]
    headers = ("Id", "Name", "Category", "SIP URI", "Time zone", "Aliases", "Allow Remote Bookings")
    show_table(headers, rows)


@system.command("set")
@click.argument("system_id", type=int, metavar="ID")
@click.option(
    "--allow-remote-bookings",
    type=click.Choice(["Yes", "No"], case_sensitive=False),
    required=True,
    help="Whether the system holds a licence.",
)
@click.pass_obj
def set_system(session: Session, system_id: int, allow_remote_bookings: str) -> None:
    """Change a system; without Allow Remote Bookings its licence is free for another one."""
    from tmsba.app import utc_now
    from tmsba.booking.licences import change_licence

    is_allowed = allow_remote_bookings == "Yes"
    changed = session.write(lambda uow: change_licence(uow, system_id, is_allowed=is_allowed, now=utc_now()))
    click.echo(f"Allow Remote Bookings of {changed.name} is now {allow_remote_bookings}.")
