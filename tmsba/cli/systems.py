"""``tmsba system``."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import click

from tmsba.booking.ports import UnitOfWork
from tmsba.cli.memberships import find_account
from tmsba.cli.problems import Problem
from tmsba.cli.session import Session, check_zone, show_table
from tmsba.domain.audit import AuditAction
from tmsba.domain.people import User
from tmsba.domain.system import System
from tmsba.domain.values import SystemCategory


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
    from tmsba.cli.import_systems import SystemImporter
    from tmsba.cli.importing import run_import

    run_import(session, file, SystemImporter())


@system.command("list")
@click.pass_obj
def list_systems(session: Session) -> None:
    """List the systems."""
    with session.store.reading() as uow:
        found = uow.systems.all()
        users = uow.users.many({user_id for one in found for user_id in one.allowed_user_ids})
    rows = [
        (
            one.id,
            one.name,
            one.category.value,
            one.sip_uri,
            one.time_zone,
            ", ".join(one.recording_aliases),
            _who_books(one, users),
        )
        for one in found
    ]
    show_table(("Id", "Name", "Category", "SIP URI", "Time zone", "Aliases", "Booked by"), rows)


def _who_books(system: System, users: Mapping[int, User]) -> str:
    if not system.is_booking_allowed:
        return "nobody"
    return ", ".join(users[i].full_name for i in system.allowed_user_ids if i in users) or "everybody"


@system.command("allow")
@click.argument("system_id", type=int, metavar="ID")
@click.argument("names", nargs=-1, metavar="USER...")
@click.option("--everybody", is_flag=True, help="Let everybody book it again.")
@click.pass_obj
def allow(session: Session, system_id: int, names: tuple[str, ...], everybody: bool) -> None:
    """Let these users book the system, and nobody else but those named before and site administrators."""
    if everybody == bool(names):
        raise Problem("Name the users who may book the system, or give --everybody.")
    _change(session, system_id, lambda uow, old: _with_users(uow, old, names, is_everybody=everybody))


@system.command("disallow")
@click.argument("system_id", type=int, metavar="ID")
@click.argument("names", nargs=-1, required=True, metavar="USER...")
@click.pass_obj
def disallow(session: Session, system_id: int, names: tuple[str, ...]) -> None:
    """Take these users from the list of those who may book the system; one must stay on it."""

    def work(uow: UnitOfWork, old: System) -> System:
        gone = {find_account(uow, name).user.id for name in names}
        left = tuple(i for i in old.allowed_user_ids if i not in gone)
        if not left:
            raise ValueError(
                f"nobody would be left on the list of system {system_id}, and then everybody could book it: "
                "say so with 'tmsba system allow --everybody', or use 'tmsba system set --bookings off'"
            )
        return replace(old, allowed_user_ids=left)

    _change(session, system_id, work)


@system.command("set")
@click.argument("system_id", type=int, metavar="ID")
@click.option(
    "--bookings", type=click.Choice(["on", "off"]), required=True, help="Whether anybody can book it at all."
)
@click.pass_obj
def set_system(session: Session, system_id: int, bookings: str) -> None:
    """Change a system: switch bookings of it on or off."""
    _change(session, system_id, lambda _, old: replace(old, is_booking_allowed=bookings == "on"))


def _with_users(uow: UnitOfWork, old: System, names: tuple[str, ...], *, is_everybody: bool) -> System:
    if is_everybody:
        return replace(old, allowed_user_ids=())
    added = {find_account(uow, name).user.id for name in names}
    return replace(old, allowed_user_ids=tuple(sorted({*old.allowed_user_ids, *added})))


def _change(session: Session, system_id: int, change: Callable[[UnitOfWork, System], System]) -> None:
    """Change a system, note who may book it now, and say it."""

    def work(uow: UnitOfWork) -> str:
        old = uow.systems.get(system_id)
        if old is None:
            raise LookupError(f"there is no system with id {system_id}: 'tmsba system list' shows the ids")
        [new] = uow.systems.put_all([change(uow, old)])
        said = f"booked by {_who_books(new, uow.users.many(new.allowed_user_ids))}"
        session.note(uow, AuditAction.SYSTEM_CHANGED, f"system {system_id}", said)
        return f"{new.name} (id {system_id}) is now {said}."

    click.echo(session.write(work))
