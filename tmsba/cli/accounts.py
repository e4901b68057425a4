r"""``tmsba user``."""

from dataclasses import replace
from pathlib import Path

import click

from tmsba.booking.ports import Account, UnitOfWork
from tmsba.cli.memberships import change_account, membership
from tmsba.cli.problems import Problem
from tmsba.cli.session import Session, check_zone, read_password, show_table
from tmsba.domain.audit import AuditAction
from tmsba.domain.people import User, split_account


@click.group()
def user() -> None:
    """Users who may log in and book."""


user.add_command(membership)


@user.command("add")
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option(
    "--group",
    "groups",
    multiple=True,
    metavar="G",
    help="A group besides Users, such as 'Site Administrator'; may be repeated.",
)
@click.option("--email", default="", metavar="E", help="The e-mail address.")
@click.option("--time-zone", default="UTC", metavar="Z", show_default=True, help="A Windows or IANA name.")
@click.option("--first-name", default="", metavar="F")
@click.option("--last-name", default="", metavar="L")
@click.pass_obj
def add_user(
    session: Session,
    name: str,
    password_stdin: bool,
    groups: tuple[str, ...],
    email: str,
    time_zone: str,
    first_name: str,
    last_name: str,
) -> None:
    r"""Add a user; NAME may be DOMAIN\name."""
    from tmsba.accounts.passwords import hash_password

    domain, bare = split_account(name.strip())
    if not bare.strip():
        raise Problem("The user name is blank: give one.")
    wanted = User(
        id=0,
        name=bare,
        domain=domain,
        first_name=first_name,
        last_name=last_name,
        email=email,
        time_zone=check_zone(time_zone),
    )
    hashed = hash_password(read_password(is_from_stdin=password_stdin, what=name))

    def work(uow: UnitOfWork) -> User:
        joined = {*uow.groups.defaults(), *groups}
        added = uow.users.add(wanted, hashed, joined)
        session.note(uow, AuditAction.USER_ADDED, added.full_name, f"in {', '.join(sorted(joined))}")
        return added

    added = session.write(work)
    click.echo(f"Added user {added.full_name} with id {added.id}.")


@user.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def import_users(session: Session, file: Path) -> None:
    """Add and change users from a CSV file, which may have any number of lines.

    Its first line names the columns. Lines are told apart by the column name. Running it again changes
    nothing; bad lines are told with their numbers, and the others are imported.
    """
    from tmsba.cli.import_users import UserImporter
    from tmsba.cli.importing import run_import

    run_import(session, file, UserImporter())


@user.command("list")
@click.pass_obj
def list_users(session: Session) -> None:
    """List the users."""
    with session.store.reading() as uow:
        accounts = uow.users.accounts()
    rows = [
        (
            one.user.id,
            one.user.full_name,
            one.user.display_name,
            one.user.email,
            one.user.time_zone,
            ", ".join(sorted(one.groups)),
            _state(one),
        )
        for one in accounts
    ]
    show_table(("Id", "Name", "Display name", "E-mail", "Time zone", "Groups", "State"), rows)


def _state(account: Account) -> str:
    states = {
        "disabled": not account.is_enabled,
        "no password": not account.password_hash,
        "service account": account.user.is_hidden,
    }
    return ", ".join(name for name, is_so in states.items() if is_so)


@user.command("disable")
@click.argument("name")
@click.pass_obj
def disable_user(session: Session, name: str) -> None:
    """Let a user log in no longer; what refers to the user stays."""
    change_account(session, name, lambda old: replace(old, is_enabled=False), "disabled")


@user.command("enable")
@click.argument("name")
@click.pass_obj
def enable_user(session: Session, name: str) -> None:
    """Let a user log in again."""
    change_account(session, name, lambda old: replace(old, is_enabled=True), "enabled")
