"""``tmsba system``."""

from pathlib import Path

import click

from tmsba.cli.bridges.values import IP_ZONE
from tmsba.cli.common.problems import Problem
from tmsba.cli.common.session import Session, check_zone, show_table
from tmsba.cli.people.agendas import show_agenda
from tmsba.cli.people.system_changes import allow, disallow, set_system, who_books
from tmsba.domain.licensing.option_keys import Licences
from tmsba.domain.people.audit import AuditAction
from tmsba.domain.people.systems import System
from tmsba.domain.settings import to_text
from tmsba.domain.values import SystemCategory
from tmsba.ports.work import UnitOfWork


@click.group()
def system() -> None:
    """Endpoints, rooms and devices that can be booked."""


for _command in (set_system, allow, disallow, show_agenda):
    system.add_command(_command)


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
@click.option("--ip-zone", default="", **IP_ZONE)
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
    ip_zone: str,
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
        ip_zone=ip_zone.strip(),
    )

    def work(uow: UnitOfWork) -> System:
        added = uow.systems.add(wanted)
        session.note(uow, AuditAction.SYSTEM_ADDED, f"system {added.id}", added.name)
        return added

    click.echo(session.write(work).id)


@system.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def import_systems(session: Session, file: Path) -> None:
    """Add and change systems from a CSV file, which may have any number of lines.

    Its first line names the columns. Lines are told apart by the column id, or without one by name. Running
    it again changes nothing; bad lines are told with their numbers, and the others are imported.
    """
    from tmsba.cli.imports.importing import run_import
    from tmsba.cli.imports.systems import SystemImporter

    run_import(session, file, SystemImporter())


@system.command("list")
@click.pass_obj
def list_systems(session: Session) -> None:
    """List the systems; Allow Remote Bookings tells which hold a licence."""
    with session.store.reading() as uow:
        found = uow.systems.all()
        users = uow.users.many({user_id for one in found for user_id in one.allowed_user_ids})
        is_void = Licences.of(uow.option_keys.all()).are_of_clients
    rows = [
        (
            one.id,
            one.name,
            one.category.value,
            one.sip_uri,
            one.time_zone,
            one.ip_zone,
            ", ".join(one.recording_aliases),
            who_books(one, users),
            "void" if is_void else to_text(one.is_remote_booking_allowed),
        )
        for one in found
    ]
    headers = (
        "Id",
        "Name",
        "Category",
        "SIP URI",
        "Time zone",
        "IP zone",
        "Aliases",
        "Booked by",
        "Allow Remote Bookings",
    )
    show_table(headers, rows)
