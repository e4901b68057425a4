"""The command ``tmsba``. Commands import what they need when they run, so that help is quick."""

import click

from tmsba import __version__
from tmsba.cli.bridges.bridges import bridge
from tmsba.cli.bridges.zones import zone
from tmsba.cli.common.problems import RootGroup
from tmsba.cli.common.session import Session
from tmsba.cli.conferences.conferences import conference
from tmsba.cli.conferences.mails import mail
from tmsba.cli.conferences.routes import route
from tmsba.cli.contract import wsdl
from tmsba.cli.database import db
from tmsba.cli.people.accounts import user
from tmsba.cli.people.auditing import audit
from tmsba.cli.people.client_sessions import sessions
from tmsba.cli.people.groups import group
from tmsba.cli.people.licences import licence
from tmsba.cli.people.systems import system
from tmsba.cli.people.webex_sites import webex_site
from tmsba.cli.server.quickstart import quickstart
from tmsba.cli.server.serving import control, serve, serve_web
from tmsba.cli.settings import settings
from tmsba.cli.simulating import simulate_cms
from tmsba.cli.tickets import ticket

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
