"""Which bridges are nodes of the same cluster: it counts as one bridge, whichever node is asked."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from tmsba.domain.bridge.bridge import Bridge, ClusterNode


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A registered bridge, and what it knows of its cluster."""

    bridge: Bridge
    #: The same for all nodes; blank for bridges that do not tell.
    cluster_id: str = ""
    nodes: tuple[ClusterNode, ...] = ()


def host_of(url: str) -> str:
    """The host, and the port if there is one, for people."""
    return url.partition("://")[2] or url


def in_same_cluster(wanted: Membership, others: Iterable[Membership]) -> Bridge | None:
    """The bridge among the others that is a node of the same cluster, if there is one.

    Source: integration guide, Configure, step 6.
    """
    for other in others:
        if wanted.cluster_id and wanted.cluster_id == other.cluster_id:
            return other.bridge
        if wanted.bridge.url == other.bridge.alternate_url:
            return other.bridge
        if is_node(wanted.bridge.url, other.nodes) or is_node(other.bridge.url, wanted.nodes):
            return other.bridge
    return None


def is_node(url: str, nodes: Iterable[ClusterNode]) -> bool:
    """Whether one of the nodes has this address; a node that tells no port may have any."""
    wanted = _parts(url)
    return any(
        node.hostname is not None and node.hostname == wanted.hostname and node.port in (None, wanted.port)
        for node in (_parts(one.address) for one in nodes)
    )


def no_second_node(url: str, other: Bridge) -> str:
    """Why a node of a known cluster is not registered, and what to do."""
    return (
        f"{host_of(url)} is part of a clustered call bridge and has already been added through "
        f"{host_of(other.url)} (bridge {other.name!r}): give the address of another bridge, or make this one "
        f"its alternate address with 'tmsba bridge set --alternate-url'."
    )


def _parts(address: str) -> SplitResult:
    try:
        parts = urlsplit(address if "://" in address else f"//{address}")
        _ = parts.port
    except ValueError:
        return urlsplit("")
    return parts
