"""``tmsba serve`` and ``tmsba control``."""

import sys
import threading

import click

from tmsba.cli.common.session import Session
from tmsba.cli.people.licences import warn_without_licences

#: How a child learns that its supervisor is gone; nothing for people.
alive_option = click.option("--alive-fd", type=int, hidden=True)


@click.command()
@click.option("--host", metavar="H", help="The address to listen on; by default the configured one.")
@click.option("--port", type=int, metavar="P", help="The port to listen on; by default the configured one.")
@click.option("--workers", type=int, metavar="N", help="How many web server processes.")
@click.option("--no-control", is_flag=True, help="Without a control worker; run 'tmsba control' elsewhere.")
@click.pass_obj
def serve(
    session: Session, host: str | None, port: int | None, workers: int | None, no_control: bool
) -> None:
    """Serve the booking API, and drive the bridges."""
    from tmsba.cli.server.server import listen, run_server
    from tmsba.cli.server.supervisor import Supervisor
    from tmsba.config import secret_key

    config = session.config.with_changes(host=host, port=port, workers=workers)
    # Trouble that no restart mends is told here, once, and not by each child again and again.
    store = session.store
    if not no_control:
        secret_key(config)
    session.log_fully()
    with listen(config) as listener, Supervisor(config.as_environment()) as supervisor:
        with store.reading() as uow:
            warn_without_licences(uow.option_keys.all())
        status = run_server(supervisor, config, listener, has_control=not no_control)
    sys.exit(status)


@click.command("serve-web", hidden=True)
@click.option("--listen-fd", type=int, required=True)
@alive_option
@click.pass_obj
def serve_web(session: Session, listen_fd: int, alive_fd: int | None) -> None:
    """The web server alone, on a socket that the supervisor opened."""
    from tmsba.app import build_web
    from tmsba.cli.server.web_server import WebServer

    session.log_fully()
    WebServer(session.config, listen_fd=listen_fd, alive_fd=alive_fd, build=build_web).run()


@click.command()
@alive_option
@click.pass_obj
def control(session: Session, alive_fd: int | None) -> None:
    """Drive the bridges: open spaces, dial, close them again."""
    from tmsba.app import build_control
    from tmsba.cli.server.lifetime import set_when_told

    session.log_fully()
    stop = threading.Event()
    worker = build_control(session.config, stop)
    set_when_told(stop, alive_fd)
    worker.run()
