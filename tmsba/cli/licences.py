"""``tmsba option-key``."""

import click

from tmsba.booking.ports import UnitOfWork
from tmsba.cli.problems import Problem
from tmsba.cli.session import Session, show_table
from tmsba.domain.audit import AuditAction

KINDS = ("application-integration", "booking-api", "exchange", "lotus-notes")


@click.group("option-key")
def option_key() -> None:
    """Licences for the clients that book."""


@option_key.command("add")
@click.argument("kind", type=click.Choice(KINDS))
@click.option("--count", type=int, default=1, show_default=True, metavar="N", help="How many to add.")
@click.pass_obj
def add_option_key(session: Session, kind: str, count: int) -> None:
    """Add option keys of a kind to those there are."""
    if count < 1:
        raise Problem(f"{count} option keys cannot be added: give a --count of 1 or more.")

    def work(uow: UnitOfWork) -> None:
        uow.option_keys.add(kind, count)
        session.note(uow, AuditAction.OPTION_KEY_ADDED, kind, f"{count} more")

    session.write(work)
    with session.store.reading() as uow:
        total = uow.option_keys.all().get(kind, 0)
    click.echo(f"There are now {total} of {kind}.")


@option_key.command("list")
@click.pass_obj
def list_option_keys(session: Session) -> None:
    """List the option keys."""
    with session.store.reading() as uow:
        found = uow.option_keys.all()
    show_table(("Kind", "Count"), sorted(found.items()))
