"""``tmsba db``."""

import os

import click

from tmsba.cli.common.session import Session


@click.group()
def db() -> None:
    """Look after the database."""


@db.command()
@click.pass_obj
def upgrade(session: Session) -> None:
    """Create the tables, or bring them up to date; safe to repeat."""
    from tmsba.app import upgrade_database

    session.log_quietly()
    # A SQLite file holds PINs and password hashes: it is made for its owner only.
    mask = os.umask(0o077)
    try:
        upgrade_database(session.config)
    finally:
        os.umask(mask)
    click.echo("The database is up to date.")
