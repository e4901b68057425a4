"""``tmsba bridge set --cdr-receiver``: bridges send us their call detail records."""

from contextlib import closing
from urllib.parse import urlsplit

import click

from tmsba.cli.common.problems import Problem
from tmsba.cli.common.session import Session, warn
from tmsba.domain.bridge.bridge import Bridge
from tmsba.domain.bridge.health import BridgeAddress


def check_receiver(session: Session, typed: str) -> None:
    """Check where a bridge is to reach us; blank for nowhere.

    Raises:
        Problem: it is no address of ours, or this server takes no records.
    """
    if not session.config.cdr_path:
        raise Problem(
            "This server takes no call detail records: set cdr_path to a path such as /cdr in the "
            "configuration of the web servers and of this command."
        )
    if not typed.strip():
        return
    try:
        parts = urlsplit(typed.strip())
        is_fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        is_bare = not (parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc)
    except ValueError:
        is_fine = is_bare = False
    if not (is_fine and is_bare):
        raise Problem(
            "--cdr-receiver must be how the bridge reaches this server, such as https://tms.example.com, "
            "without a path."
        )
    if parts.scheme == "http":
        warn("the records go unencrypted, and whoever reads them can send others in the bridge's name.")


def set_receivers(session: Session, bridge_id: int, typed: str) -> None:
    """Register us at each address of a bridge, or take us away where ``typed`` is blank.

    Raises:
        Problem: the bridge cannot be reached, or sends its records to too many others.
    """
    from tmsba.app import bridge_clients, receiver_paths
    from tmsba.cms import BridgeError
    from tmsba.control.bridge.access import access_at
    from tmsba.control.bridge.record_receiver import NoPlaceForReceiver, set_receiver

    with session.store.reading() as uow:
        bridge = uow.bridges.get(bridge_id)
        if bridge is None:
            raise Problem("The bridge is gone.")
        ways = [access_at(uow, bridge, address) for address in _addresses(bridge)]
    paths = receiver_paths(session.config)
    uri = f"{typed.strip().rstrip('/')}{paths.path(bridge_id)}" if typed.strip() else ""
    for way in ways:
        try:
            with closing(bridge_clients(session.config)(way.bridge, way.credentials)) as client:
                is_changed = set_receiver(client, uri, prefix=paths.prefix(bridge_id))
        except (BridgeError, NoPlaceForReceiver) as error:
            raise Problem(str(error)) from error
        _say(way.bridge, is_on=bool(uri), is_changed=is_changed)


def _addresses(bridge: Bridge) -> list[BridgeAddress]:
    return [BridgeAddress.MAIN, *([BridgeAddress.ALTERNATE] if bridge.alternate_url else [])]


def _say(bridge: Bridge, *, is_on: bool, is_changed: bool) -> None:
    what = "sends its call detail records here" if is_on else "sends no call detail records here"
    since = "from now on" if is_changed else "as before"
    click.echo(f"{bridge.name} at {bridge.url} {what}, {since}.")
