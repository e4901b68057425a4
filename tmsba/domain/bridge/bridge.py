"""Bridges and their numbered spaces."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from tmsba.domain.bridge import join_links


def no_name(url: str) -> str:
    """What a bridge is called until an administrator names it. Source: integration guide, Configure."""
    return f"No Name ({url.partition('://')[2]})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """A Meeting Server that the routing engine can choose."""

    id: int
    name: str
    #: The address of its API, such as ``https://cms.example.com:445``.
    url: str
    #: The SIP domain behind each number.
    domain: str
    #: The first number of the range and how many numbers it has: base 1 and quantity 5 are 1 to 5.
    numeric_id_base: int
    numeric_id_quantity: int
    #: Where browsers join, such as ``https://join.example.com``, or a whole link with ``{number}`` and
    #: ``{secret}`` in it; blank when there is no web bridge.
    web_bridge_uri: str = ""
    is_enabled: bool = True
    #: Off for bridges with a self-signed certificate.
    is_tls_verified: bool = True
    #: How many participants it can have at the same time, in all its conferences, as the administrator says;
    #: ``None`` for what the bridge tells of itself.
    max_participants: int | None = None
    #: The bridge's own limit of participants, as it told last; ``None`` for none.
    told_participants: int | None = None
    #: The most load that its configuration allows, in units of the bridge's own; ``None`` for any.
    told_load: int | None = None
    #: Whether its cluster spreads the calls that it makes over the nodes, as it told last.
    is_balancing: bool = False
    #: As it told last, such as ``3.4.1``; blank before it has. Decides what links to it look like.
    software_version: str = ""
    #: Another node of the same cluster, for meetings to come while the main address is down; blank for none.
    alternate_url: str = ""
    #: The part of the network that it is in, as systems and users have one; blank for none.
    ip_zone: str = ""
    #: Of bridges that are equal otherwise, the one with the higher number is chosen.
    priority: int = 0

    @property
    def is_unnamed(self) -> bool:
        """Whether nobody has given it a name yet."""
        return self.name == no_name(self.url)

    @property
    def has_numbers(self) -> bool:
        """Whether its domain and its numbers are set; without them nothing can be routed to it."""
        return bool(self.domain) and self.numeric_id_quantity > 0

    @property
    def numbers(self) -> range:
        """The numbers that conferences can be given."""
        return range(self.numeric_id_base, self.numeric_id_base + self.numeric_id_quantity)

    @property
    def participant_limit(self) -> int | None:
        """How many participants it can have at the same time; ``None`` for any number."""
        return self.told_participants if self.max_participants is None else self.max_participants

    @property
    def has_limit(self) -> bool:
        """Whether its participants have to be counted, to see what room and what load there is."""
        return self.participant_limit is not None or self.told_load is not None

    def has_room_for(self, participants: int) -> bool:
        """Whether it can have so many participants at the same time."""
        return self.participant_limit is None or participants <= self.participant_limit

    def join_uri(self, number: int) -> str:
        """The address that participants dial for this number."""
        return f"{number}@{self.domain}"

    def join_url(self, number: int, secret: str) -> str:
        """The page that browsers open for this number, or blank without a web bridge."""
        return join_links.join_url(self.web_bridge_uri, self.software_version, number, secret)


class SpaceState(Enum):
    """Whether the number of a space can be given to conferences."""

    READY = "ready"
    #: The bridge has no space with the number, and it could not be made by now.
    MISSING = "missing"
    #: On the bridge somebody else's space has the number.
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """One numbered room on a bridge."""

    id: int
    bridge_id: int
    number: int
    #: The bridge's own id of the room; ``None`` until the bridge has told it.
    cospace_id: str | None = None
    #: As whoever looked last found it.
    state: SpaceState = SpaceState.READY


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeCredentials:
    """How we log in at one address of a bridge and know that it is the bridge; no password in a repr."""

    username: str
    password: str = field(repr=False)
    #: The certificates of the authority that signed the bridge's, as PEM; blank for those of the system.
    ca_pem: str = field(default="", repr=False)
    #: The SHA-256 of the one certificate that is accepted, as 64 hexadecimal digits; blank for any.
    fingerprint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRange:
    """Numbers whose rooms a bridge makes together, from one bulk parameter set of its own."""

    parameter_set_id: str
    #: The first and the last number, both inclusive.
    first: int
    last: int
    #: The bulk sync that was started last, of which the result may still be needed.
    sync_id: str | None = None
    #: Whether the bridge has made the rooms since the set was last changed.
    is_made: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterNode:
    """A call bridge of the cluster that a bridge belongs to."""

    id: str
    name: str = ""
    #: Where the node's API is, as the cluster says it: mostly a URL.
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgePreparation:
    """What was set up on a bridge so far, kept so that a crash repeats nothing."""

    call_profile_id: str | None = None
    call_leg_profile_id: str | None = None
    ranges: tuple[NumberRange, ...] = ()
    software_version: str = ""
    #: The same for all nodes of a cluster; blank for bridges that do not tell.
    cluster_id: str = ""
    nodes: tuple[ClusterNode, ...] = ()
    #: Number to the bridge's own room id.
    cospace_ids: Mapping[int, str] = field(default_factory=dict)
    is_complete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeProfiles:
    """The profiles on a bridge that its spaces are given."""

    #: What a space has between meetings; blank before the bridge is set up.
    call_profile_id: str = ""
    call_leg_profile_id: str = ""
    #: Those that were made for meetings that differ from others, by our name for each.
    made: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeOccupancy:
    """A bridge as routing sees it for one period."""

    bridge: Bridge
    #: The lowest-numbered space that nobody else holds in the period.
    free_space: Space | None
    #: How many conferences overlap the period.
    conferences: int
    #: False while neither of its addresses answers.
    is_reachable: bool = True
    #: The most participants at the same time, the wanted ones too; counted for bridges with a limit only.
    participants: int = 0

    @property
    def has_room(self) -> bool:
        """Whether the wanted participants fit beside the others."""
        return self.bridge.has_room_for(self.participants)
