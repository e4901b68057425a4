"""What routing decided about a conference, step by step. How it decides lives in ``tmsba.domain.routing``."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from tmsba.domain.conference.details import Participant
from tmsba.domain.conference.reasons import Reason

#: So many bridges, and so many participants, are remembered of a decision.
MOST_REMEMBERED = 50


class Via(Enum):
    """What connects the participants of a conference."""

    BRIDGE = "bridge"
    #: Somebody else's host.
    HOST = "host"
    #: Two systems call each other.
    DIRECT = "direct"
    NOTHING = "nothing"


class Direction(Enum):
    """Who calls whom."""

    BRIDGE_DIALS = "bridge-dials"
    DIALS_IN = "dials-in"
    POINT_TO_POINT = "point-to-point"
    NOT_CONNECTED = "not-connected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Whether a bridge is needed."""

    via: Via
    #: What was looked at, in order; the last one decided.
    steps: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one bridge, and the one reason for it."""

    bridge_id: int
    #: The bridge's name at that time.
    bridge: str
    reason: Reason
    is_chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How one participant connects."""

    participant: Participant
    direction: Direction
    #: What the bridge dials, or what a system dials that needs no bridge; else blank.
    address: str = ""
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """How a conference was routed when it was saved, with all the reasons."""

    #: Aware.
    decided_at: datetime
    need: Need
    #: What came before the bridges were looked at one by one, such as a number that was kept.
    steps: tuple[Reason, ...] = ()
    #: By the ids of the bridges, none when they were not looked at.
    verdicts: tuple[Verdict, ...] = ()
    #: When the bridges were looked at, if that was before: an update keeps the number. Aware.
    chosen_at: datetime | None = None
    #: In the order of the participants.
    connections: tuple[Connection, ...] = ()
    #: How many bridges and participants there were besides those that are remembered.
    more_bridges: int = 0
    more_participants: int = 0

    @property
    def chosen(self) -> Verdict | None:
        """The verdict on the bridge that was chosen."""
        return next((verdict for verdict in self.verdicts if verdict.is_chosen), None)

    def remembered(self) -> "Decision":
        """The same without what is beyond the first bridges and participants; the chosen bridge stays."""
        verdicts = sorted(self.verdicts, key=lambda verdict: not verdict.is_chosen)[:MOST_REMEMBERED]
        connections = self.connections[:MOST_REMEMBERED]
        return replace(
            self,
            verdicts=tuple(sorted(verdicts, key=lambda verdict: verdict.bridge_id)),
            connections=connections,
            more_bridges=self.more_bridges + len(self.verdicts) - len(verdicts),
            more_participants=self.more_participants + len(self.connections) - len(connections),
        )
