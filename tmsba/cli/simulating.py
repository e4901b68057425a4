"""``tmsba simulate-cms``: simulated bridges, and orders to those that run."""

import json
import shlex
import ssl
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from tmsba.cli.common.problems import Problem
from tmsba.cli.server.serving import alive_option

if TYPE_CHECKING:
    from tmsba.simulator import Certificate, SimulatedCluster

_ORDERED = ("alarm", "calls", "dial-in", "fault", "legs", "licence", "node", "party")
_SHOWN = ("alarms", "faults", "journal", "licences", "live", "nodes", "parties", "state")
_CLEARED = ("alarms", "faults", "journal", "parties")
_TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True)
class _Login:
    username: str
    password: str
    fingerprint: str


@click.group("simulate-cms", invoke_without_command=True)
@click.option("--host", default="127.0.0.1", metavar="H", show_default=True)
@click.option("--port", type=click.IntRange(0, 65_535), default=8445, metavar="P", show_default=True)
@click.option("--username", default="admin", metavar="U", show_default=True)
@click.option("--password", default="simulator", metavar="W", show_default=True)
@click.option(
    "--cluster", type=click.IntRange(1, 24), default=1, metavar="N", help="Bridges, on ports from P."
)
@click.option(
    "--answer-seconds", type=click.FloatRange(0, 3600), default=0.05, metavar="S", show_default=True
)
@click.option("--tls", is_flag=True, help="Serve HTTPS with a certificate made now; prints its fingerprint.")
@click.option("--fingerprint", default="", metavar="SHA256", help="For orders: trust only this certificate.")
@click.option("--seed", type=int, metavar="N", help="Make identifiers, delays and chances repeatable.")
@click.option("--domain", default="", metavar="D", help="Lead calls to this domain to spaces, others out.")
@click.option("--order", "orders", multiple=True, metavar="'WHAT K=V...'", help="Order something at once.")
@alive_option
@click.pass_context
def simulate_cms(
    context: click.Context,
    *,
    host: str,
    port: int,
    username: str,
    password: str,
    cluster: int,
    answer_seconds: float,
    tls: bool,
    fingerprint: str,
    seed: int | None,
    domain: str,
    orders: tuple[str, ...],
    alive_fd: int | None,
) -> None:
    """Run a stand-in for a Meeting Server, or a cluster of them; prints the URL of each.

    It keeps everything in memory. The URL shows a page of what goes on; GET /journal shows the requests it
    received.
    """
    context.obj = _Login(username, password, fingerprint)
    if context.invoked_subcommand is not None:
        return
    from tmsba.cli.server.lifetime import set_when_told
    from tmsba.simulator import SimulatedCluster

    certificate = _certificate(host) if tls else None
    if port and port + cluster - 1 > 65_535:
        raise Problem(
            f"A cluster of {cluster} needs the ports {port} to {port + cluster - 1}: choose lower ones."
        )
    bridges = SimulatedCluster(
        cluster,
        host=host,
        port=port,
        username=username,
        password=password,
        answer_seconds=answer_seconds,
        seed=seed,
        domain=domain,
        certificate=certificate,
    )
    _give(bridges, orders)
    try:
        bridges.start()
    except OSError as error:
        raise Problem(f"Cannot listen on {host}, port {port}: {error.strerror or error}.") from error
    stop = threading.Event()
    set_when_told(stop, alive_fd)
    for node in bridges.nodes:
        click.echo(node.url)
    if certificate is not None:
        click.echo(f"SHA-256 fingerprint: {certificate.fingerprint}")
    stop.wait()
    bridges.stop()


@simulate_cms.command("order")
@click.argument("url")
@click.argument("what", type=click.Choice(_ORDERED))
@click.argument("settings", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--node", default="", metavar="NAME", help="Another bridge of the cluster.")
@click.pass_obj
def order(login: _Login, url: str, what: str, settings: tuple[str, ...], node: str) -> None:
    r"""Order something of the simulator at URL.

    \b
    fault     status=503 count=3          the next three requests get 503
    fault     down=true seconds=30        connections are closed for half a minute
    fault     delay_ms=800 jitter_ms=300 seconds=60
    fault     reason=recordingNotAllowedByLicensing path=/calls method=PUT
    fault     drop_answer=true method=POST        the work is done, the answer lost
    fault     hang=true seconds=60, close=true, chance=0.1
    party     pattern='*@busy.example.com' outcome=busy   (answers, busy, rejects, silent, unknown)
    party     pattern='slow*' after_seconds=20 stays_seconds=300
    legs      do=drop remote_party='room1@*' seconds=5    (drop, hold, resume)
    calls     name='Weekly meeting'               break off a call
    dial-in   address=8101 remote_party=guest@example.com
    alarm     type=databaseConnectionError failureReason=connectFailure
    licence   feature=recording status=noLicense
    node      do=kill seconds=20                  (kill, stop, start, restart)
    """
    from tmsba.simulator.orders import RESOURCES

    answer = _ask(login, "POST", url, RESOURCES[what], node, json=_pairs(settings))
    if answer:
        click.echo(answer)


@simulate_cms.command("show")
@click.argument("url")
@click.argument("what", type=click.Choice(_SHOWN))
@click.option("--node", default="", metavar="NAME", help="Another bridge of the cluster.")
@click.pass_obj
def show(login: _Login, url: str, what: str, node: str) -> None:
    """Show what the simulator at URL knows, as JSON."""
    found = json.loads(_ask(login, "GET", url, f"/{what}", node))
    click.echo(json.dumps(found, indent=2, ensure_ascii=False))


@simulate_cms.command("clear")
@click.argument("url")
@click.argument("what", type=click.Choice(_CLEARED))
@click.option("--node", default="", metavar="NAME", help="Another bridge of the cluster.")
@click.pass_obj
def clear(login: _Login, url: str, what: str, node: str) -> None:
    """Take back what was ordered of the simulator at URL."""
    _ask(login, "DELETE", url, f"/{what}", node)


def _certificate(host: str) -> "Certificate":
    from tmsba.simulator import make_certificate

    try:
        return make_certificate(host)
    except ValueError as error:
        raise Problem(f"No certificate can be made for the host {host}: {error}.") from error


def _trust(login: _Login) -> ssl.SSLContext | bool:
    """What certificate an order's URL may show: one that the system trusts, or the one that was given."""
    from tmsba.cli.bridges.values import read_pin
    from tmsba.cms.wire.tls import trust

    return trust(fingerprint=read_pin(login.fingerprint)) if login.fingerprint else True


def _give(bridges: "SimulatedCluster", orders: Iterable[str]) -> None:
    """Carry out orders on every bridge, before anybody is served."""
    from tmsba.simulator.orders import GIVEN

    for text in orders:
        try:
            what, *settings = shlex.split(text)
            give = GIVEN[what]
        except (ValueError, KeyError):
            raise Problem(f"Cannot order {text!r}: begin with one of {', '.join(sorted(GIVEN))}.") from None
        for node in bridges.nodes:
            try:
                give(node, _pairs(settings))
            except ValueError as error:
                raise Problem(f"Cannot order {text!r}: {error}.") from None


def _pairs(settings: Iterable[str]) -> dict[str, str]:
    pairs = [setting.partition("=") for setting in settings]
    for name, separator, _ in pairs:
        if not separator:
            raise Problem(f"{name!r} is not KEY=VALUE.")
    return {name: value for name, _, value in pairs}


def _ask(login: _Login, method: str, url: str, path: str, node: str, **content: Any) -> str:
    import httpx

    verify = _trust(login)
    try:
        answer = httpx.request(
            method,
            url.rstrip("/") + path,
            params={"node": node} if node else None,
            auth=(login.username, login.password),
            timeout=_TIMEOUT_SECONDS,
            trust_env=False,
            verify=verify,
            **content,
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Problem(f"The simulator at {url} does not answer: {error}.") from error
    if answer.status_code == httpx.codes.OK:
        return answer.text
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        raise Problem("The simulator does not know this username and password.")
    try:
        reason = answer.json()["error"]
    except (ValueError, KeyError, TypeError):
        reason = f"it answered {answer.status_code}"
    raise Problem(f"The simulator refuses: {reason}.")
