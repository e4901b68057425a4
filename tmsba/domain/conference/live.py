"""What goes on in a conference that is open on a bridge, as it was seen last, and what happened in it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

#: How long what was seen counts when nobody looks again: a worker that stops leaves no system in a call.
VALID_FOR = timedelta(minutes=2)
#: How many participants are noted for one conference, as many as a bridge lets in by our call profile.
MOST_PARTICIPANTS = 1000
#: How many events are kept for one conference; the oldest go first.
MOST_EVENTS = 200

_CONNECTED = frozenset({"connected", "onHold"})


class EventKind(Enum):
    """What can happen in a conference."""

    OPENED = "opened"
    CONNECTED = "connected"
    LEFT = "left"
    EVERYBODY_LEFT = "everybody left"
    DIALLED_AGAIN = "dialled again"
    NOT_REACHED = "not reached"
    CALL_ENDED = "call ended"
    BRIDGE_RESTARTED = "bridge restarted"
    EXTENDED = "extended"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceEvent:
    """Something that happened, for people to read."""

    at: datetime
    kind: EventKind
    #: Whom it was about and why; may be blank.
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveParticipant:
    """A connection to the call of a conference."""

    #: The bridge's own id of the connection.
    call_leg_id: str
    #: As it was booked, else as the bridge shows it.
    name: str
    #: The address of the other side; may be blank.
    address: str
    #: ``initial``, ``ringing``, ``connected`` or ``onHold``, in the bridge's words.
    state: str
    #: When it was first seen in this state.
    since: datetime
    #: The booked system that this is.
    system_id: int | None = None
    #: The number of the booked external participant that this is.
    number: int | None = None

    @property
    def is_connected(self) -> bool:
        """Whether somebody is there, on hold or not."""
        return self.state in _CONNECTED

    @property
    def is_booked(self) -> bool:
        """Whether it is one of the booked participants; others have dialled in or were added by hand."""
        return self.system_id is not None or self.number is not None

    @property
    def label(self) -> str:
        """Who it is, for people."""
        return self.name if self.address in ("", self.name) else f"{self.name} ({self.address})"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveView:
    """Who was in a conference when somebody looked."""

    conference_id: int
    seen_at: datetime
    participants: tuple[LiveParticipant, ...] = ()

    @property
    def expires_at(self) -> datetime:
        """Until when it counts."""
        return self.seen_at + VALID_FOR

    @property
    def connected(self) -> tuple[LiveParticipant, ...]:
        """Those who are there."""
        return tuple(one for one in self.participants if one.is_connected)
