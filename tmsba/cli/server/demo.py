"""The demonstration server that ``tmsba quickstart`` runs."""

import fcntl
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE

import click

from tmsba import log
from tmsba.app import bridge_clients, build_store, upgrade_database, utc_now
from tmsba.cli.common.problems import Problem
from tmsba.cli.server.demo_data import (
    BRIDGE_PASSWORD,
    BRIDGE_USERNAME,
    DOMAIN,
    PASSWORDS,
    demo_bridge,
    demo_credentials,
    seed,
)
from tmsba.cli.server.server import PortTaken, listen, run_server, wsdl_urls
from tmsba.cli.server.supervisor import Child, Supervisor
from tmsba.config import Config
from tmsba.control.bridge.registration import register_bridge
from tmsba.domain.bridge.bridge import BridgePreparation
from tmsba.ports.repeating import write
from tmsba.ports.work import Store

_FIRST_PORT = 8080
_PORTS_TRIED = 50


def run_demo(config: Config, data: Path, port: int | None) -> int:
    """Run the demonstration until it is told to stop.

    Args:
        config: says how to log and how many processes to run; the rest is the demonstration's own.
        data: the folder where everything is kept.
        port: the port to listen on; ``None`` takes 8080 or the next free one.

    Returns:
        The exit status.

    Raises:
        Problem: the folder or the port cannot be used.
    """
    folder = _Folder(data)
    config = Config(
        database_url=f"sqlite:///{data / 'tmsba.db'}",
        workers=config.workers,
        threads=config.threads,
        control_threads=config.control_threads,
        log_format=config.log_format,
        log_level=config.log_level,
    )
    log.configure(log_format=config.log_format, level="error")
    with folder.in_use(), Supervisor(config.as_environment()) as supervisor:
        upgrade_database(config)
        with _listen(config, port) as listener:
            url = _start_simulator(supervisor, folder)
            _prepare_store(config, url)
            log.configure(log_format=config.log_format, level=config.log_level)
            return run_server(supervisor, config, listener, on_ready=lambda ready: _tell(ready, url, folder))


@dataclass(frozen=True, slots=True)
class _Folder:
    """The folder with everything that outlives a run."""

    path: Path

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Make it, for the owner's eyes only, and keep other quickstarts out."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = (self.path / "lock").open("w")
        except OSError as error:
            raise Problem(f"The folder {self.path} cannot be used: {error.strerror or error}.") from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise Problem(
                    f"Another quickstart runs in {self.path}: stop it, or choose another folder with --data."
                ) from error
            yield

    @property
    def simulator_port_file(self) -> Path:
        """Where the bridge's port is remembered: its URL must stay the same."""
        return self.path / "simulator.port"

    @property
    def addresses_file(self) -> Path:
        """Where the demonstration client finds the running server and its bridge."""
        return self.path / "addresses"

    def simulator_port(self) -> int:
        """The port of the last run, 0 on the first."""
        try:
            return int(self.simulator_port_file.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0


def _listen(config: Config, port: int | None) -> socket.socket:
    if port is not None:
        return listen(config.with_changes(port=port))
    for candidate in range(_FIRST_PORT, _FIRST_PORT + _PORTS_TRIED):
        try:
            return listen(config.with_changes(port=candidate))
        except PortTaken:
            continue
    raise Problem(f"All ports from {_FIRST_PORT} on are in use: choose one with --port.")


def _start_simulator(supervisor: Supervisor, folder: _Folder) -> str:
    """Start the simulated bridge as a process of its own; its URL."""
    port = folder.simulator_port()
    arguments = ["simulate-cms", "--port", str(port)]
    arguments += ["--username", BRIDGE_USERNAME, "--password", BRIDGE_PASSWORD, "--domain", DOMAIN]
    child = supervisor.start(Child("simulator", arguments, is_last=True, stdout=PIPE))
    url = child.output.readline().strip()
    if not url:
        raise Problem(
            f"The simulated bridge could not start on port {port}: free the port, or remove {folder.path} to "
            "begin anew."
        )
    folder.simulator_port_file.write_text(url.rpartition(":")[2], encoding="ascii")
    return url


def _prepare_store(config: Config, url: str) -> None:
    """Everything that must be in the store before the server starts."""
    store = build_store(config)
    try:
        seed(store)
        _set_up_bridge(config, store, url)
    finally:
        store.dispose()


def _set_up_bridge(config: Config, store: Store, url: str) -> None:
    """Register the simulated bridge, or set it up again: a simulator that was restarted is empty."""
    with store.reading() as uow:
        known = next(iter(uow.bridges.all()), None)
    if known is None:
        known = write(store, lambda uow: uow.bridges.add(demo_bridge(url), demo_credentials()))
    bridge_id = known.id
    write(store, lambda uow: uow.bridges.set_preparation(bridge_id, BridgePreparation()))
    if not register_bridge(store, utc_now, bridge_id, bridge_clients(config)):
        click.echo("The simulated bridge could not be set up; the control worker goes on trying.", err=True)


def _tell(config: Config, simulator_url: str, folder: _Folder) -> None:
    folder.addresses_file.write_text(f"{config.base_url}\n{simulator_url}\n", encoding="ascii")
    booking, _setup = wsdl_urls(config)
    click.echo(f"Simulated bridge: {simulator_url} (a page of what goes on; what it received: GET /journal)")
    click.echo(f"  its user {BRIDGE_USERNAME}, password {BRIDGE_PASSWORD}")
    for name, password in PASSWORDS.items():
        click.echo(f"User {name}, password {password}")
    click.echo("Try it: make demo, or")
    admin = next(iter(PASSWORDS))
    click.echo(f"  curl --user {admin}:{PASSWORDS[admin]} '{booking}'")
    click.echo("Ctrl-C stops everything.")
