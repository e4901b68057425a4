"""``tmsba system set``, ``allow`` and ``disallow``: who may book a system."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import click

from tmsba.cli.bridges.values import IP_ZONE
from tmsba.cli.common.problems import Problem
from tmsba.cli.common.session import Session
from tmsba.cli.people.memberships import find_account
from tmsba.domain.people.audit import AuditAction
from tmsba.domain.people.systems import System
from tmsba.domain.people.users import User
from tmsba.ports.work import UnitOfWork

_YES_OR_NO = click.Choice(["Yes", "No"], case_sensitive=False)


@click.command("set")
@click.argument("system_id", type=int, metavar="ID")
@click.option("--allow-bookings", type=_YES_OR_NO, help="Whether anybody can book it at all.")
@click.option("--allow-remote-bookings", type=_YES_OR_NO, help="Whether the system holds a licence.")
@click.option("--ip-zone", **IP_ZONE)
@click.pass_obj
def set_system(
    session: Session,
    system_id: int,
    allow_bookings: str | None,
    allow_remote_bookings: str | None,
    ip_zone: str | None,
) -> None:
    """Change a system; without Allow Remote Bookings its licence is free for another one."""
    if not (allow_bookings or allow_remote_bookings or ip_zone is not None):
        raise click.UsageError("Say what to change: --allow-bookings, --allow-remote-bookings or --ip-zone.")
    if ip_zone is not None:
        _change_zone(session, system_id, ip_zone.strip())
    if allow_remote_bookings:
        _change_licence(session, system_id, allow_remote_bookings)
    if allow_bookings:
        is_on = allow_bookings == "Yes"
        _change(session, system_id, lambda _, old: replace(old, is_booking_allowed=is_on))


def _change_zone(session: Session, system_id: int, zone: str) -> None:
    said = f"in IP zone {zone}" if zone else "in no IP zone"

    def work(uow: UnitOfWork) -> System:
        [new] = uow.systems.put_all([replace(_found(uow, system_id), ip_zone=zone)])
        session.note(uow, AuditAction.SYSTEM_CHANGED, f"system {system_id}", said)
        return new

    click.echo(f"{session.write(work).name} (id {system_id}) is now {said}.")


def _found(uow: UnitOfWork, system_id: int) -> System:
    found = uow.systems.get(system_id)
    if found is None:
        raise LookupError(f"there is no system with id {system_id}: 'tmsba system list' shows the ids")
    return found


def _change_licence(session: Session, system_id: int, wanted: str) -> None:
    from tmsba.app import utc_now
    from tmsba.booking.clients.licences import change_licence

    def work(uow: UnitOfWork) -> System:
        changed = change_licence(uow, system_id, is_allowed=wanted == "Yes", now=utc_now())
        detail = f"Allow Remote Bookings {wanted}"
        session.note(uow, AuditAction.SYSTEM_CHANGED, f"system {system_id}", detail)
        return changed

    click.echo(f"Allow Remote Bookings of {session.write(work).name} is now {wanted}.")


@click.command("allow")
@click.argument("system_id", type=int, metavar="ID")
@click.argument("names", nargs=-1, metavar="USER...")
@click.option("--everybody", is_flag=True, help="Let everybody book it again.")
@click.pass_obj
def allow(session: Session, system_id: int, names: tuple[str, ...], everybody: bool) -> None:
    """Let these users book the system, and nobody else but those named before and site administrators."""
    if everybody == bool(names):
        raise Problem("Name the users who may book the system, or give --everybody.")
    _change(session, system_id, lambda uow, old: _with_users(uow, old, names, is_everybody=everybody))


@click.command("disallow")
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
                "say so with 'tmsba system allow --everybody', or use 'tmsba system set --allow-bookings No'"
            )
        return replace(old, allowed_user_ids=left)

    _change(session, system_id, work)


def who_books(system: System, users: Mapping[int, User]) -> str:
    """Who may book a system, in words.

    Args:
        system: the system.
        users: those that its list names, by their ids.
    """
    if not system.is_booking_allowed:
        return "nobody"
    return ", ".join(users[i].full_name for i in system.allowed_user_ids if i in users) or "everybody"


def _with_users(uow: UnitOfWork, old: System, names: tuple[str, ...], *, is_everybody: bool) -> System:
    if is_everybody:
        return replace(old, allowed_user_ids=())
    added = {find_account(uow, name).user.id for name in names}
    return replace(old, allowed_user_ids=tuple(sorted({*old.allowed_user_ids, *added})))


def _change(session: Session, system_id: int, change: Callable[[UnitOfWork, System], System]) -> None:
    """Change a system, note who may book it now, and say it."""

    def work(uow: UnitOfWork) -> str:
        [new] = uow.systems.put_all([change(uow, _found(uow, system_id))])
        said = f"booked by {who_books(new, uow.users.many(new.allowed_user_ids))}"
        session.note(uow, AuditAction.SYSTEM_CHANGED, f"system {system_id}", said)
        return f"{new.name} (id {system_id}) is now {said}."

    click.echo(session.write(work))
