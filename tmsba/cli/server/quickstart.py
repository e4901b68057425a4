"""``tmsba quickstart``: everything at once for trying things out, with a simulated bridge."""

import sys
from pathlib import Path

import click

from tmsba.cli.common.session import Session


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("var/quickstart"),
    show_default=True,
    metavar="DIR",
    help="Where everything is kept.",
)
@click.option("--port", type=click.IntRange(0, 65_535), metavar="P", help="By default 8080 or the next free.")
@click.pass_obj
def quickstart(session: Session, data: Path, port: int | None) -> None:
    """Run a demonstration server: SQLite, a simulated bridge, demo users and systems.

    For trying things out on this computer only: the passwords are public.
    """
    from tmsba.cli.server.demo import run_demo

    sys.exit(run_demo(session.config, data.absolute(), port))
