"""The objects a call bridge keeps, and how it is set up."""

import time
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

State = Literal["initial", "ringing", "connected"]

# The longest range of indexes is not documented.
LARGEST_BULK = 10_000


@dataclass(frozen=True)
class Peer:
    """Another call bridge of the cluster (CMS API reference, 10.10).

    Attributes:
        name: Its unique name.
        address: Where it is reached, such as ``https://bridge2.example.com``.
        sip_domain: The domain of links between the bridges.
    """

    name: str
    address: str = ""
    sip_domain: str = ""


@dataclass(frozen=True)
class Settings:
    """How a simulated bridge behaves.

    Attributes:
        name: The bridge's name among the call bridges.
        address: The address it reports for itself.
        sip_domain: The domain it reports for itself.
        cluster: The other call bridges it knows.
        software_version: The version it reports.
        sync_seconds: How long a bulk sync takes, waiting included.
        answer_seconds: How long a remote party takes to answer, or to turn out unreachable.
        unreachable: Remote parties that never answer.
        largest_bulk: The most spaces that one bulk sync may create.
        clock: Seconds that only go forward.
    """

    name: str = "bridge1"
    address: str = ""
    sip_domain: str = ""
    cluster: Sequence[Peer] = ()
    software_version: str = "3.4"
    sync_seconds: float = 0.04
    answer_seconds: float = 0.05
    unreachable: Collection[str] = ()
    largest_bulk: int = LARGEST_BULK
    clock: Callable[[], float] = time.monotonic


@dataclass
class Record:
    """An object with an identifier and parameters kept as they were sent.

    Attributes:
        id: The identifier (a GUID).
        values: The parameters that are set.
    """

    id: str
    values: dict[str, str] = field(default_factory=dict)

    def change(self, changes: Mapping[str, str]) -> None:
        """Apply parameters: a value sets, an empty value unsets (CMS API reference, 4.4)."""
        for name, value in changes.items():
            if value:
                self.values[name] = value
            else:
                self.values.pop(name, None)


@dataclass
class Space(Record):
    """A space.

    Attributes:
        bulk_set: The bulk parameter set that made this space, if one did.
    """

    bulk_set: str | None = None

    @property
    def name(self) -> str:
        """The human-readable name."""
        return self.values.get("name", "")

    @property
    def open_to_all(self) -> bool:
        """Whether people who are not members may join."""
        return self.values.get("nonMemberAccess", "true") == "true"


@dataclass
class Call(Record):
    """An active call (CMS API reference, 8.1).

    Attributes:
        name: Its name, taken from the space when there is one.
        space: The identifier of the space it instantiates.
        correlator: The identifier shared with the call's parts on other bridges.
        started: When it began, by the bridge's clock.
        most_legs: The most call legs it has had at once.
    """

    name: str = ""
    space: str | None = None
    correlator: str = ""
    started: float = 0.0
    most_legs: int = 0


@dataclass
class CallLeg(Record):
    """A connection between a call and a remote party (CMS API reference, 8.3).

    Attributes:
        call: The identifier of its call.
        participant: The identifier of its participant.
        remote_party: The address of the other side.
        incoming: Whether the other side called.
        state: How far the connection has come.
        started: When it was created, by the bridge's clock.
    """

    call: str = ""
    participant: str = ""
    remote_party: str = ""
    incoming: bool = False
    state: State = "initial"
    started: float = 0.0


@dataclass
class Participant(Record):
    """Someone in a call (CMS API reference, 8.11).

    Attributes:
        call: The identifier of the call.
        leg: The identifier of the one call leg.
        uri: The participant's address.
    """

    call: str = ""
    leg: str = ""
    uri: str = ""


def new_id() -> str:
    """Make an object identifier."""
    return str(uuid.uuid4())
