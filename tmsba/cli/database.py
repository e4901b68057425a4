"""``tmsba db``."""

import click

from tmsba.cli.session import Session


@click.group()
def db() -> None:
    """Look after the database."""


@db.command()
@click.pass_obj
def upgrade(session: Session) -> None:
    """Create the tables, or bring them up to date; safe to repeat."""
    from tmsba.app import upgrade_database

    session.log_quietly()
    upgrade_database(session.config)
    click.echo("The database is up to date.")
