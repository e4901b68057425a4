"""``tmsba ticket``."""

import click

from tmsba.cli.common.session import Session, show_table


@click.group()
def ticket() -> None:
    """Problems that an administrator should see."""


@ticket.command("list")
@click.option("--all", "is_all", is_flag=True, help="Closed tickets too.")
@click.pass_obj
def list_tickets(session: Session, is_all: bool) -> None:
    """List the open tickets, newest first."""
    with session.store.reading() as uow:
        found = uow.tickets.all(is_open=None if is_all else True)
    rows = [
        (
            one.id,
            one.subject,
            one.kind,
            f"{one.opened_at:%Y-%m-%d %H:%M:%S} UTC",
            f"{one.closed_at:%Y-%m-%d %H:%M:%S} UTC" if one.closed_at else "",
            one.text,
        )
        for one in found
    ]
    show_table(("Id", "Subject", "Kind", "Opened", "Closed", "Text"), rows)
