"""The objects a call bridge keeps, and how it is set up."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from tmsba.simulator.parties import Party

State = Literal["initial", "ringing", "connected", "onHold"]

# The longest range of indexes is not documented.
LARGEST_BULK = 10_000
# The states of a leg that are kept for the page; a leg that is held over and over forgets the first.
_STATES_KEPT = 50


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
        cluster: Other call bridges it knows that are not simulated.
        software_version: The version it reports.
        sync_seconds: How long a bulk sync takes, waiting included.
        answer_seconds: How long a remote party takes to answer, unless its pattern says otherwise.
        parties: How remote parties behave; of those that match the first counts.
        unreachable: Remote parties that ring as long as others and are gone then.
        largest_bulk: The most spaces that one bulk sync may create.
        retry_seconds: How long to wait before call detail records are sent again, at first.
        clock: Seconds that only go forward.
        seed: Makes identifiers and chances repeatable.
    """

    name: str = "bridge1"
    address: str = ""
    sip_domain: str = ""
    cluster: Sequence[Peer] = ()
    software_version: str = "3.4"
    sync_seconds: float = 0.04
    answer_seconds: float = 0.05
    parties: Sequence[Party] = ()
    unreachable: Collection[str] = ()
    largest_bulk: int = LARGEST_BULK
    retry_seconds: float = 1.0
    clock: Callable[[], float] = time.monotonic
    seed: int | None = None


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
        found_by: What a filter looks in, in lower case.
        access_methods: Other ways in, by identifier (CMS API reference, 6.5).
        metadata: What a management application keeps with it (CMS API reference, 6.12).
    """

    bulk_set: str | None = None
    found_by: str = ""
    access_methods: dict[str, Record] = field(default_factory=dict)
    metadata: bytes = b""

    @property
    def name(self) -> str:
        """The human-readable name."""
        return self.values.get("name", "")

    @property
    def open_to_all(self) -> bool:
        """Whether people who are not members may join."""
        return self.values.get("nonMemberAccess", "true") == "true"


@dataclass
class CallLeg(Record):
    """A connection between a call and a remote party (CMS API reference, 8.3).

    Attributes:
        call: The identifier of its call.
        participant: The identifier of its participant.
        remote_party: The address of the other side.
        local_address: What the other side called, or the address it is called from.
        incoming: Whether the other side called.
        state: How far the connection has come.
        started: When it was created, by the bridge's clock.
        connected: When the other side answered, by the bridge's clock.
        deactivated: Whether it waits in the lobby.
        bandwidth_bps: The bandwidth asked for, in bits per second.
        history: When it came into which state, by the bridge's clock.
        ended: When and why it ended, by the bridge's clock.
        hand_changed: When the hand was raised or lowered, in the form of the reference.
        access_method: The identifier of the access method it came by; None for the space itself.
        weight: What it adds to the bridge's load, streams and bit rate of video.
        moved: The identifiers of the leg, the participant and the call bridge it was moved from.
    """

    call: str = ""
    participant: str = ""
    remote_party: str = ""
    local_address: str = ""
    incoming: bool = False
    state: State = "initial"
    started: float = 0.0
    connected: float | None = None
    deactivated: bool = False
    bandwidth_bps: int | None = None
    history: list[tuple[float, State]] = field(default_factory=list)
    ended: tuple[float, str] | None = None
    hand_changed: str | None = None
    moved: tuple[str, str, str] | None = None
    access_method: str | None = None
    weight: tuple[int, int, int] = (0, 0, 0)

    @property
    def name(self) -> str:
        """The name shown for it."""
        return self.values.get("nameLabelOverride", self.remote_party)

    @property
    def has_media(self) -> bool:
        """Whether the other side has answered."""
        return self.state in ("connected", "onHold")

    def enter(self, state: State, now: float) -> None:
        """Note that it has come into a state."""
        self.state = state
        del self.history[: len(self.history) - _STATES_KEPT + 1]
        self.history.append((now, state))


@dataclass
class Call(Record):
    """An active call (CMS API reference, 8.1).

    Attributes:
        host: The identifier of the call bridge it runs on.
        name: Its name, taken from the space when there is one.
        space: The identifier of the space it instantiates.
        correlator: The identifier shared with the call's parts on other bridges.
        started: When it began, by the bridge's clock.
        legs: Its call legs, by identifier.
        most_legs: The most call legs it has had at once.
        completed_legs: How many call legs have left it.
        message_until: When its message disappears, by the bridge's clock.
        recording: The identifier of the recording under way.
        streaming: The identifier of the stream under way.
    """

    host: str = ""
    name: str = ""
    space: str | None = None
    correlator: str = ""
    started: float = 0.0
    legs: dict[str, CallLeg] = field(default_factory=dict)
    most_legs: int = 0
    completed_legs: int = 0
    message_until: float | None = None
    recording: str | None = None
    streaming: str | None = None


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
