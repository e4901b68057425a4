r"""``tmsba user``."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from tmsba.cli.common.problems import Problem
from tmsba.cli.common.session import Session, check_zone, read_password, show_table, warn
from tmsba.cli.people.memberships import change_account, membership
from tmsba.domain.people.audit import AuditAction
from tmsba.domain.people.users import User, split_account
from tmsba.ports.people import Account
from tmsba.ports.work import UnitOfWork

#: Without it: as it was, or as ``ntlm_accounts`` says.
ntlm_option = click.option(
    "--ntlm/--no-ntlm",
    "has_ntlm",
    default=None,
    help="Whether the user can log in with NTLM; what that needs is stored encrypted.",
)


#: Without it: as it was, or blank.
_ip_zone_option = partial(
    click.option, "--ip-zone", metavar="Z", help="The IP zone for conferences whose systems are in none."
)


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
@_ip_zone_option(default="")
@click.option("--first-name", default="", metavar="F")
@click.option("--last-name", default="", metavar="L")
@ntlm_option
@click.pass_obj
def add_user(
    session: Session,
    name: str,
    password_stdin: bool,
    groups: tuple[str, ...],
    email: str,
    time_zone: str,
    ip_zone: str,
    first_name: str,
    last_name: str,
    has_ntlm: bool | None,
) -> None:
    r"""Add a user; NAME may be DOMAIN\name."""
    from tmsba.accounts.passwords import hash_password, nt_hash

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
        ip_zone=ip_zone.strip(),
    )
    password = read_password(is_from_stdin=password_stdin, what=name)
    hashed = hash_password(password)

    def work(uow: UnitOfWork) -> User:
        joined = {*uow.groups.defaults(), *groups}
        added = uow.users.add(wanted, hashed, joined)
        if _is_for_ntlm(session, has_ntlm):
            _warn_of_first(uow)
            uow.credentials.set_nt_hash(added.id, nt_hash(password))
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
    from tmsba.cli.imports.importing import run_import
    from tmsba.cli.imports.users import UserImporter

    run_import(session, file, UserImporter())


@user.command("password")
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@ntlm_option
@click.pass_obj
def change_password(session: Session, name: str, password_stdin: bool, has_ntlm: bool | None) -> None:
    """Give a user another password."""
    from tmsba.accounts.passwords import hash_password, nt_hash

    found = _found(session, name)
    password = read_password(is_from_stdin=password_stdin, what=name)
    hashed = hash_password(password)

    def change(uow: UnitOfWork) -> None:
        had_ntlm = bool(uow.credentials.nt_hash(found.id))
        gets_ntlm = _is_for_ntlm(session, has_ntlm, had_ntlm=had_ntlm)
        if gets_ntlm:
            _warn_of_first(uow)
        uow.users.set_password_hash(found.id, hashed)
        if gets_ntlm:
            uow.credentials.set_nt_hash(found.id, nt_hash(password))
        session.note(uow, AuditAction.USER_CHANGED, found.full_name, "another password")

    session.write(change)
    _forget_failures(session, found)
    click.echo(f"Changed the password of {found.full_name}.")


@user.command("unlock")
@click.argument("name")
@click.pass_obj
def unlock(session: Session, name: str) -> None:
    """Let a user log in at once who has to wait after too many failures."""
    found = _found(session, name)
    count = _forget_failures(session, found)
    if count:
        session.write(lambda uow: session.note(uow, AuditAction.USER_CHANGED, found.full_name, "unlocked"))
    click.echo(f"{found.full_name} can log in." if count else f"{found.full_name} did not have to wait.")


def _found(session: Session, name: str) -> User:
    with session.store.reading() as uow:
        found = uow.users.by_name(split_account(name.strip())[1])
    if found is None:
        raise Problem(f"There is no user {name}; 'tmsba user list' lists them.")
    return found


def _is_for_ntlm(session: Session, choice: bool | None, *, had_ntlm: bool = False) -> bool:
    return had_ntlm or session.config.ntlm_accounts == "all" if choice is None else choice


def _warn_of_first(uow: UnitOfWork) -> None:
    """Say what changes for the others when a user is about to be the first one with NTLM."""
    if not uow.credentials.has_ntlm():
        warn(
            "NTLM is offered to all clients from now on, and some, such as .NET programs, then try nothing "
            "else: give it to their users too."
        )


def _forget_failures(session: Session, one: User) -> int:
    from tmsba.accounts.backoff import account_digest

    with session.store.writing() as work:
        count = work.failed_logins.forget_account(account_digest(one.name))
        work.commit()
    return count


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
            one.user.ip_zone,
            ", ".join(sorted(one.groups)),
            _state(one),
        )
        for one in accounts
    ]
    show_table(("Id", "Name", "Display name", "E-mail", "Time zone", "IP zone", "Groups", "State"), rows)


def _state(account: Account) -> str:
    states = {
        "disabled": not account.is_enabled,
        "no password": not account.password_hash,
        "service account": account.user.is_hidden,
    }
    return ", ".join(name for name, is_so in states.items() if is_so)


@user.command("set")
@click.argument("name")
@_ip_zone_option(required=True)
@click.pass_obj
def set_user(session: Session, name: str, ip_zone: str) -> None:
    """Change a user: the IP zone, blank for none."""
    zone = ip_zone.strip()
    said = f"in IP zone {zone}" if zone else "in no IP zone"
    change_account(session, name, lambda old: replace(old, user=replace(old.user, ip_zone=zone)), said)


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
