"""The command ``tmsba``. Commands import what they need when they run, so that help is quick."""

import click

from tmsba import __version__
from tmsba.cli.accounts import user
from tmsba.cli.auditing import audit
from tmsba.cli.bridges import bridge
from tmsba.cli.client_sessions import sessions
from tmsba.cli.conferences import conference
from tmsba.cli.contract import wsdl
from tmsba.cli.database import db
from tmsba.cli.groups import group
from tmsba.cli.licences import licence
from tmsba.cli.mails import mail
from tmsba.cli.problems import RootGroup
from tmsba.cli.quickstart import quickstart
from tmsba.cli.routes import route
from tmsba.cli.serving import control, serve, serve_web
from tmsba.cli.session import Session
from tmsba.cli.settings import settings
from tmsba.cli.simulating import simulate_cms
from tmsba.cli.systems import system
from tmsba.cli.tickets import ticket
from tmsba.cli.webex_sites import webex_site
from tmsba.cli.zones import zone

__all__ = ["main"]


@click.group(cls=RootGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="tmsba")
@click.option(
    "--config",
    "config_path",
    envvar="TMSBA_CONFIG",
    type=click.Path(dir_okay=False),
    help="The configuration file (TOML). Variables such as TMSBA_DATABASE_URL win over it.",
)
@click.pass_context
def main(context: click.Context, config_path: str | None) -> None:
    """A booking server that speaks the Cisco TMS Booking API and drives Cisco Meeting Server bridges."""
    context.obj = Session(config_path)


for _command in (
    quickstart,
    db,
    serve,
    serve_web,
    control,
    simulate_cms,
    user,
    group,
    system,
    conference,
    bridge,
    route,
    zone,
    webex_site,
    ticket,
    mail,
    licence,
    sessions,
    settings,
    audit,
    wsdl,
):
    main.add_command(_command)
