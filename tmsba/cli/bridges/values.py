"""What the commands about bridges share: options, checks, and setting a bridge up."""

import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from tmsba.cli.common.problems import Problem, sentence
from tmsba.cli.common.session import Session, warn
from tmsba.domain.bridge.bridge import Bridge, BridgeCredentials
from tmsba.domain.bridge.join_links import NUMBER, SECRET, is_whole_link

_DOMAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
#: More numbers than this on one bridge are a typing error.
_MOST_NUMBERS = 10_000
_LARGEST_NUMBER = 2**63 - 1
#: A bridge that has room for more participants than this needs no limit.
_MOST_PARTICIPANTS = 1_000_000
#: How ``--max-participants`` is read.
ROOM: Any = {
    "type": click.IntRange(0, _MOST_PARTICIPANTS),
    "metavar": "P",
    "help": "How many participants it takes at the same time; 0 for what its own configuration allows.",
}

#: How ``--ip-zone`` is read, of whatever has one.
IP_ZONE: Any = {"metavar": "Z", "help": "The IP zone that it is in; bridges in the same one are preferred."}
#: How ``--priority`` is read.
PRIORITY: Any = {
    "type": click.IntRange(-100, 100),
    "metavar": "N",
    "help": "Bridges with a higher one are preferred; 0 for all at first.",
}


def find_bridge(session: Session, name: str) -> Bridge:
    """The bridge with this name.

    Raises:
        Problem: there is none.
    """
    with session.store.reading() as uow:
        found = next((one for one in uow.bridges.all() if one.name == name), None)
    if found is None:
        raise Problem(f"There is no bridge called '{name}': 'tmsba bridge list' shows the names.")
    return found


def check_bridge(bridge: Bridge) -> Bridge:
    """The bridge with its addresses in one spelling.

    Raises:
        Problem: a value cannot be right.
    """
    if not bridge.name:
        raise Problem("The name of the bridge is blank: give one.")
    _check_numbers(bridge)
    _check_web_bridge(bridge.web_bridge_uri)
    alternate_url = check_url(bridge.alternate_url) if bridge.alternate_url else ""
    url = check_url(bridge.url)
    if alternate_url == url:
        raise Problem("The alternate address is the bridge's own: give that of another node of its cluster.")
    return replace(bridge, url=url, alternate_url=alternate_url)


def _check_web_bridge(typed: str) -> None:
    if not typed:
        return
    host_alone = typed.replace(NUMBER, "").replace(SECRET, "") if is_whole_link(typed) else typed
    if not re.fullmatch(r"https?://[^\s/?#{}]+[^\s{}]*", host_alone):
        raise Problem(
            "The web bridge must be an address such as https://join.example.com, or a whole link with "
            "{number} and {secret} in it."
        )


def check_url(typed: str) -> str:
    """An address in the one spelling that is stored.

    Raises:
        Problem: it is no address of a bridge.
    """
    from tmsba.cms import base_url

    try:
        return base_url(typed)
    except ValueError as error:
        raise Problem(sentence(str(error))) from error


def _check_numbers(bridge: Bridge) -> None:
    if not bridge.domain and not bridge.numeric_id_base and not bridge.numeric_id_quantity:
        return
    if not bridge.domain or not bridge.numeric_id_quantity:
        raise Problem(
            "Give --domain, --numeric-id-base and --numeric-id-quantity together: conferences get a number "
            "of the range, to be dialled in the domain."
        )
    if not _DOMAIN.fullmatch(bridge.domain):
        raise Problem(f"'{bridge.domain}' is no SIP domain: give one such as example.com.")
    last = bridge.numeric_id_base + bridge.numeric_id_quantity - 1
    is_range = bridge.numeric_id_base >= 1 and 1 <= bridge.numeric_id_quantity <= _MOST_NUMBERS
    if not is_range or last > _LARGEST_NUMBER:
        raise Problem(
            "The range of numbers must begin at 1 or more and have from 1 to "
            f"{_MOST_NUMBERS} numbers: check --numeric-id-base and --numeric-id-quantity."
        )


def read_ca(path: str) -> str:
    """The certificates in a file.

    Raises:
        Problem: it cannot be read or holds none.
    """
    from tmsba.cms import trust

    try:
        text = Path(path).read_text(encoding="ascii")
        trust(ca_pem=text or "nothing")
    except OSError as error:
        raise Problem(f"The file {path} cannot be read: {error.strerror or error}.") from error
    except ValueError as error:
        raise Problem(f"The file {path} must hold the certificates of an authority in PEM.") from error
    return text


def read_pin(typed: str) -> str:
    """The fingerprint of a certificate as it is stored.

    Raises:
        Problem: it is none.
    """
    from tmsba.cms import read_fingerprint

    try:
        return read_fingerprint(typed)
    except ValueError as error:
        raise Problem(str(error)) from error


def warn_of_transport(url: str, *, is_tls_verified: bool, fingerprint: str) -> None:
    """Say what others on the network could read."""
    if url.startswith("http:"):
        warn("http:// sends the bridge's password and all meeting PINs unencrypted; use https:// if you can.")
    elif not is_tls_verified and not fingerprint:
        warn("the certificate of the bridge is not checked; anybody in between can read its password.")


def warn_of_overlap(session: Session, bridge: Bridge) -> None:
    """Say when another bridge has some of the same dial strings."""
    with session.store.reading() as uow:
        others = [one for one in uow.bridges.all() if one.id != bridge.id and one.domain == bridge.domain]
    for other in others:
        shared = range(
            max(bridge.numbers.start, other.numbers.start), min(bridge.numbers.stop, other.numbers.stop)
        )
        if shared:
            warn(
                f"the numbers {shared[0]} to {shared[-1]} in {bridge.domain} are those of bridge "
                f"{other.name} too: whoever dials one may reach the other bridge."
            )


def check_access(session: Session, bridge: Bridge, credentials: BridgeCredentials) -> None:
    """Try an address and its password at once, and see that it is no node of a cluster that is known.

    A bridge that cannot be reached now is only warned of.

    Raises:
        Problem: it refuses the password, is no Meeting Server, or is a node of a known cluster.
    """
    from tmsba.app import bridge_clients
    from tmsba.cms import BridgeError
    from tmsba.control.bridge.dial_plans import check_dial_plan
    from tmsba.control.bridge.inspection import inspect
    from tmsba.domain.bridge.clusters import Membership, in_same_cluster, no_second_node

    with session.store.reading() as uow:
        others = [one for one in uow.bridges.memberships() if one.bridge.id != bridge.id]
    its = Membership(bridge=bridge)
    client = bridge_clients(session.config)(bridge, credentials)
    try:
        found = inspect(client)
        its = replace(its, cluster_id=found.cluster_id, nodes=found.nodes or ())
        trouble = check_dial_plan(session.store, bridge, found.dial_plan)
    except BridgeError as error:
        if not error.is_retryable:
            raise Problem(f"{error} Nothing was stored.") from error
        warn(f"{error} What the bridge itself can tell is checked later.")
        trouble = ""
    finally:
        client.close()
    if other := in_same_cluster(its, others):
        raise Problem(no_second_node(bridge.url, other))
    if trouble:
        warn(trouble)


def set_up_bridge(session: Session, bridge: Bridge) -> bool:
    """Set a registered bridge up over its API and say how that went; whether it is ready."""
    from rich.console import Console
    from rich.markup import escape

    from tmsba.app import bridge_clients, utc_now
    from tmsba.control.bridge.registration import register_bridge
    from tmsba.control.work.tickets import bridge_subject

    console = Console(stderr=True)
    with console.status(f"Setting {escape(bridge.name)} up.") as status:

        def show(step: str) -> None:
            status.update(escape(step))
            console.print(escape(step), style="dim", highlight=False)

        is_ready = register_bridge(
            session.store, utc_now, bridge.id, bridge_clients(session.config), progress=show, wait=time.sleep
        )
    if is_ready and bridge.has_numbers:
        click.echo(f"{bridge.name} is ready: numbers {bridge.numbers[0]} to {bridge.numbers[-1]}.")
    elif is_ready:
        click.echo(f"{bridge.name} answers.")
    else:
        click.echo(f"{bridge.name} stays registered, but it could not be set up now.", err=True)
    with session.store.reading() as uow:
        tickets = [ticket for ticket in uow.tickets.all() if ticket.subject == bridge_subject(bridge.name)]
    for ticket in tickets:
        click.echo(f"Ticket {ticket.id} is open: {ticket.text}", err=True)
    if not is_ready:
        click.echo("'tmsba ticket list' shows what is open; an unreachable bridge is tried again.", err=True)
    return is_ready
