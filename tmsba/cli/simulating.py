"""``tmsba simulate-cms``."""

import threading

import click

from tmsba.cli.problems import Problem
from tmsba.cli.serving import alive_option


@click.command("simulate-cms")
@click.option("--host", default="127.0.0.1", metavar="H", show_default=True)
@click.option("--port", type=click.IntRange(0, 65_535), default=8445, metavar="P", show_default=True)
@click.option("--username", default="admin", metavar="U", show_default=True)
@click.option("--password", default="simulator", metavar="W", show_default=True)
@alive_option
def simulate_cms(host: str, port: int, username: str, password: str, alive_fd: int | None) -> None:
    """Run a stand-in for a Meeting Server, for trying things out; prints its URL.

    It keeps everything in memory. GET /journal shows the requests it received.
    """
    from tmsba.cli.lifetime import set_when_told
    from tmsba.simulator import Simulator

    simulator = Simulator(host=host, port=port, username=username, password=password)
    try:
        simulator.start()
    except OSError as error:
        raise Problem(f"Cannot listen on {host}, port {port}: {error.strerror or error}.") from error
    stop = threading.Event()
    set_when_told(stop, alive_fd)
    click.echo(simulator.url)
    stop.wait()
    simulator.stop()
