"""``tmsba group``."""

from dataclasses import replace

import click

from tmsba.cli.common.session import Session, show_table
from tmsba.cli.people.memberships import find_group_name
from tmsba.domain.people.audit import AuditAction
from tmsba.domain.people.users import USERS, Group, Permission
from tmsba.ports.work import UnitOfWork

_PERMISSION = click.Choice([permission.value for permission in Permission], case_sensitive=False)
_LONGEST_NAME = 100


@click.group()
def group() -> None:
    """Groups of users, and what their members may do."""


@group.command("list")
@click.pass_obj
def list_groups(session: Session) -> None:
    """List the groups with their permissions; new users join the default ones."""
    with session.store.reading() as uow:
        found = uow.groups.all()
    rows = [(one.name, _yes(one.is_built_in), _yes(_is_default(one)), _words(one)) for one in found]
    show_table(("Name", "Built in", "Default", "Permissions"), rows)


@group.command("add")
@click.argument("name")
@click.option("--permission", "permissions", multiple=True, type=_PERMISSION, help="May be repeated.")
@click.option("--default", "is_default", is_flag=True, help="New users become members.")
@click.pass_obj
def add_group(session: Session, name: str, permissions: tuple[str, ...], is_default: bool) -> None:
    """Add a group."""
    wanted = Group(
        name=name.strip(), permissions=frozenset(map(Permission, permissions)), is_default=is_default
    )

    def work(uow: UnitOfWork) -> None:
        if not wanted.name.isprintable() or not 0 < len(wanted.name) <= _LONGEST_NAME:
            raise ValueError(f"a group needs a name of 1 to {_LONGEST_NAME} characters")
        if any(one.name.casefold() == wanted.name.casefold() for one in uow.groups.all()):
            raise ValueError(f"there is a group named {wanted.name} already")
        uow.groups.add(wanted)
        session.note(uow, AuditAction.GROUP_ADDED, f"group {wanted.name}", _summary(wanted))

    session.write(work)
    click.echo(f"{wanted.name}: {_summary(wanted)}.")


@group.command("set")
@click.argument("name")
@click.option(
    "--give", "given", multiple=True, type=_PERMISSION, help="A permission to add; may be repeated."
)
@click.option("--take", "taken", multiple=True, type=_PERMISSION, help="One to take away; may be repeated.")
@click.option("--default/--no-default", "is_default", default=None, help="Whether new users join.")
@click.pass_obj
def set_group(
    session: Session, name: str, given: tuple[str, ...], taken: tuple[str, ...], is_default: bool | None
) -> None:
    """Change what a group gives its members; it counts from the next call on."""

    def work(uow: UnitOfWork) -> Group:
        old = _find(uow, name)
        if is_default is False and old.name == USERS:
            raise ValueError(f"everybody is in {USERS}, new users too")
        new = replace(
            old,
            permissions=(old.permissions | set(map(Permission, given))) - set(map(Permission, taken)),
            is_default=old.is_default if is_default is None else is_default,
        )
        uow.groups.update(new)
        session.note(uow, AuditAction.GROUP_CHANGED, f"group {new.name}", _summary(new))
        return new

    changed = session.write(work)
    click.echo(f"{changed.name}: {_summary(changed)}.")


@group.command("remove")
@click.argument("name")
@click.pass_obj
def remove_group(session: Session, name: str) -> None:
    """Remove a group that is not built in; its members stay users."""

    def work(uow: UnitOfWork) -> tuple[str, int]:
        old = _find(uow, name)
        if old.is_built_in:
            raise ValueError(
                f"{old.name} is built in and cannot be removed: change it with 'tmsba group set'"
            )
        members = uow.groups.remove(old.name)
        session.note(uow, AuditAction.GROUP_REMOVED, f"group {old.name}", f"had {members} members")
        return old.name, members

    removed, members = session.write(work)
    click.echo(f"Removed {removed}, which had {members} members.")


def _find(uow: UnitOfWork, name: str) -> Group:
    found = find_group_name(uow, name)
    return next(one for one in uow.groups.all() if one.name == found)


def _is_default(one: Group) -> bool:
    return one.is_default or one.name == USERS


def _words(one: Group) -> str:
    return ", ".join(permission.value for permission in Permission if permission in one.permissions)


def _summary(one: Group) -> str:
    return f"{_words(one) or 'no permissions'}{'; new users join it' if _is_default(one) else ''}"


def _yes(is_so: bool) -> str:
    return "Yes" if is_so else "No"
