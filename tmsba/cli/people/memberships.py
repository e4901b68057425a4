"""``tmsba user group``, and finding and changing accounts."""

from collections.abc import Callable
from dataclasses import replace

import click

from tmsba.cli.common.session import Session
from tmsba.domain.people.audit import AuditAction
from tmsba.domain.people.users import USERS, split_account
from tmsba.ports.people import Account
from tmsba.ports.work import UnitOfWork


def find_account(uow: UnitOfWork, name: str) -> Account:
    r"""The account with this name, with or without a domain.

    Raises:
        LookupError: there is none.
    """
    account = uow.users.account(split_account(name.strip())[1])
    if account is None:
        raise LookupError(f"there is no user '{name}': 'tmsba user list' shows the names")
    return account


def find_group_name(uow: UnitOfWork, name: str) -> str:
    """The name of a group as it is stored, from any letter case.

    Raises:
        LookupError: there is none.
    """
    wanted = name.strip().casefold()
    found = next((one.name for one in uow.groups.all() if one.name.casefold() == wanted), None)
    if found is None:
        raise LookupError(f"there is no group '{name}': 'tmsba group list' shows the names")
    return found


def change_account(session: Session, name: str, change: Callable[[Account], Account], said: str) -> None:
    """Change an account, note what is new about it, and say it."""

    def work(uow: UnitOfWork) -> str:
        account = find_account(uow, name)
        uow.users.put_all([change(account)])
        session.note(uow, AuditAction.USER_CHANGED, account.user.full_name, said)
        return account.user.full_name

    click.echo(f"{session.write(work)}: {said}.")


@click.group("group")
def membership() -> None:
    """Which groups a user is in."""


@membership.command("add")
@click.argument("user")
@click.argument("group")
@click.pass_obj
def join(session: Session, user: str, group: str) -> None:
    """Make USER a member of GROUP."""
    _change(session, user, group, lambda groups, one: groups | {one}, "joined")


@membership.command("remove")
@click.argument("user")
@click.argument("group")
@click.pass_obj
def leave(session: Session, user: str, group: str) -> None:
    """Take USER out of GROUP; everybody stays in Users."""
    _change(session, user, group, lambda groups, one: groups - {one}, "left")


def _change(
    session: Session,
    user: str,
    group: str,
    change: Callable[[frozenset[str], str], frozenset[str]],
    verb: str,
) -> None:
    def work(uow: UnitOfWork) -> str:
        account, name = find_account(uow, user), find_group_name(uow, group)
        groups = change(account.groups, name)
        if USERS not in groups:
            raise ValueError(f"everybody is in {USERS}: 'tmsba group set {USERS}' changes what it gives")
        uow.users.put_all([replace(account, groups=groups)])
        session.note(uow, AuditAction.USER_CHANGED, account.user.full_name, f"{verb} {name}")
        return f"{account.user.full_name} is now in {', '.join(sorted(groups))}."

    click.echo(session.write(work))
