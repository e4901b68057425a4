"""Which address of a bridge to use, and how to log in there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from tmsba.cms.wire.address import base_url
from tmsba.domain.bridge.bridge import Bridge, BridgeCredentials, ClusterNode
from tmsba.domain.bridge.clusters import is_node
from tmsba.domain.bridge.health import BridgeAddress, BridgeHealth, address_in_use
from tmsba.ports.work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeAccess:
    """What ``BridgeClients.lend`` needs to reach a bridge."""

    #: With the URL of the address to use; all else is the bridge's own.
    bridge: Bridge
    credentials: BridgeCredentials
    #: ``None`` for another node of its cluster.
    address: BridgeAddress | None


def access_now(uow: UnitOfWork, bridge: Bridge, healths: Iterable[BridgeHealth]) -> BridgeAccess:
    """How to reach a bridge for a meeting that is about to start: ``address_in_use`` says where.

    Raises:
        LookupError: no bridge has this id.
    """
    return access_at(uow, bridge, address_in_use(bridge, healths))


def access_at(uow: UnitOfWork, bridge: Bridge, address: BridgeAddress) -> BridgeAccess:
    """How to reach a bridge at one of its addresses, such as the one where a meeting was started.

    Raises:
        LookupError: no bridge has this id, or it has no such address.
    """
    credentials = uow.bridges.credentials(bridge.id, address)
    url = bridge.url if address is BridgeAddress.MAIN else bridge.alternate_url
    return BridgeAccess(bridge=replace(bridge, url=url), credentials=credentials, address=address)


def access_to(uow: UnitOfWork, bridge: Bridge, url: str) -> BridgeAccess:
    """How to reach the node with this URL; the main address when the bridge has no such node any more."""
    if url in ("", bridge.url):
        return access_at(uow, bridge, BridgeAddress.MAIN)
    if url == bridge.alternate_url:
        return access_at(uow, bridge, BridgeAddress.ALTERNATE)
    nodes = {access.bridge.url: access for access in _other_nodes(uow, bridge)}
    return nodes.get(url) or access_at(uow, bridge, BridgeAddress.MAIN)


def access_elsewhere(uow: UnitOfWork, bridge: Bridge, url: str) -> list[BridgeAccess]:
    """Where else meetings of a bridge can be held: at its other address.

    Without an alternate address at any other node of its cluster, with the bridge's own user and password.

    Args:
        uow: a unit of work.
        bridge: the bridge.
        url: the address that is out of the question.
    """
    found = [access_at(uow, bridge, BridgeAddress.MAIN)]
    if bridge.alternate_url:
        found.append(access_at(uow, bridge, BridgeAddress.ALTERNATE))
    else:
        found += _other_nodes(uow, bridge)
    return [access for access in found if access.bridge.url != url]


def access_to_node(uow: UnitOfWork, bridge: Bridge, node_id: str) -> BridgeAccess:
    """How to reach one node of a bridge's cluster.

    Args:
        uow: a unit of work.
        bridge: the bridge, with the URL of any node.
        node_id: the id of the node's call bridge.

    Raises:
        LookupError: the cluster had no such node at the last look, or our password must not go there.
    """
    registered = uow.bridges.get(bridge.id) or bridge
    nodes = _nodes(uow, registered)
    node = next((one for one in nodes if one.id == node_id), None)
    if node is None:
        raise LookupError(f"No node of the cluster has the id {node_id}.")
    if is_node(registered.url, [node]):
        return access_at(uow, registered, BridgeAddress.MAIN)
    if registered.alternate_url and is_node(registered.alternate_url, [node]):
        return access_at(uow, registered, BridgeAddress.ALTERNATE)
    found = _accesses(uow, registered, [node])
    if not found:
        raise LookupError(f"The node {node.name or node.id} has no address that our password may go to.")
    return found[0]


def health_at(bridge: Bridge, url: str, healths: Iterable[BridgeHealth]) -> BridgeHealth | None:
    """How the address was found when somebody last looked; ``None`` where nobody looks."""
    addresses = {bridge.url: BridgeAddress.MAIN, bridge.alternate_url: BridgeAddress.ALTERNATE}
    address = addresses.get(url)
    found = (one for one in healths if one.bridge_id == bridge.id and one.address is address)
    return next(found, None) if address else None


def _other_nodes(uow: UnitOfWork, bridge: Bridge) -> list[BridgeAccess]:
    """The nodes of the cluster that have no address of their own in the bridge's registration."""
    return _accesses(uow, bridge, _nodes(uow, bridge))


def _nodes(uow: UnitOfWork, bridge: Bridge) -> Sequence[ClusterNode]:
    its = next((one for one in uow.bridges.memberships() if one.bridge.id == bridge.id), None)
    return its.nodes if its else ()


def _accesses(uow: UnitOfWork, bridge: Bridge, nodes: Sequence[ClusterNode]) -> list[BridgeAccess]:
    if not nodes:
        return []
    credentials = uow.bridges.credentials(bridge.id)
    # The certificate that was pinned is that of one node: the others must have one that can be checked.
    is_pinned = bool(credentials.fingerprint)
    credentials = replace(credentials, fingerprint="")
    is_verified = bridge.is_tls_verified or is_pinned
    urls = (_url_of(node, bridge) for node in nodes)
    return [
        BridgeAccess(
            bridge=replace(bridge, url=url, is_tls_verified=is_verified),
            credentials=credentials,
            address=None,
        )
        for url in urls
        if url
    ]


def _url_of(node: ClusterNode, bridge: Bridge) -> str:
    """Where the API of another node is; blank for the bridge's own, and where our password must not go."""
    try:
        url = base_url(node.address)
        own = urlsplit(bridge.url)
        if urlsplit(url).port is None and urlsplit(f"//{node.address.partition('://')[2]}").port is None:
            # The nodes of a cluster are mostly set up alike.
            url = base_url(f"{url}:{own.port}") if own.port else url
    except ValueError:
        return ""
    is_weaker = url.startswith("http:") and own.scheme == "https"
    is_own = any(is_node(known, [node]) for known in (bridge.url, bridge.alternate_url) if known)
    return "" if is_weaker or is_own else url
