r"""``tmsba user``."""

import click

from tmsba.cli.problems import Problem
from tmsba.cli.session import Session, check_zone, read_password, show_table
from tmsba.domain.people import USERS, User, split_account


@click.group()
def user() -> None:
    """Users who may log in and book."""


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
    added = session.write(lambda uow: uow.users.add(wanted, hashed, dict.fromkeys((USERS, *groups))))
    click.echo(f"Added user {added.full_name} with id {added.id}.")


@user.command("list")
@click.pass_obj
def list_users(session: Session) -> None:
    """List the users."""
    with session.store.reading() as uow:
        rows = []
        for one in uow.users.all():
            account = uow.users.account(one.name)
            groups = ", ".join(sorted(account.groups)) if account else ""
            rows.append((one.id, one.full_name, one.display_name, one.email, one.time_zone, groups))
    show_table(("Id", "Name", "Display name", "E-mail", "Time zone", "Groups"), rows)
