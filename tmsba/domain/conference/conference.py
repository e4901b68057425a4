"""A conference and its participants.

A *conference* has an id of its own, whether it is a single meeting or one occurrence of a series.
"""

from dataclasses import dataclass, field
from datetime import datetime

from tmsba.domain.conference.decision import Decision
from tmsba.domain.conference.details import Details, Participant
from tmsba.domain.time.times import Period
from tmsba.domain.values import (
    ConferenceStatus,
    ConferenceType,
    ParticipantKind,
    StatusFilter,
    StoredState,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpaceRoute:
    """The room that a conference holds on a bridge."""

    bridge_id: int
    space_id: int
    number: int
    join_uri: str
    join_url: str = ""
    #: The secret in the join URL; set on the space when it opens.
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesPlace:
    """Where an occurrence stands in its series."""

    series_id: int
    #: The start that the pattern gives it; stays when the occurrence is moved.
    recurrence_id: datetime
    #: Whether it differs from the series in time, participants or anything else, or was deleted by itself.
    is_exception: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Conference:
    """One meeting: a single one, or one occurrence of a series."""

    id: int
    owner_id: int
    created_by_id: int
    period: Period
    details: Details
    participants: tuple[Participant, ...] = ()
    #: Set to 1 on creation, one more on each save.
    version: int = 1
    state: StoredState = StoredState.BOOKED
    route: SpaceRoute | None = None
    #: The last transaction that touched the conference.
    transaction_id: int | None = None
    #: ``None`` for a single meeting.
    series: SeriesPlace | None = None
    #: Since when everybody is to be connected where that waits for somebody; ``None``: it still waits.
    connected_at: datetime | None = None
    #: Whether it was deleted, alone while it was going on, or with all that its series had to come.
    is_cancelled: bool = False
    #: How it was routed, where this save has routed it; the store keeps it apart, and gives it on request.
    decision: Decision | None = field(default=None, compare=False, repr=False)

    def status(self, now: datetime) -> ConferenceStatus:
        """The state as clients see it at ``now`` (aware). Source: TMSBA guide, ConferenceState."""
        if self.state is not StoredState.BOOKED:
            return _TIMELESS[self.state]
        if now < self.period.start:
            return ConferenceStatus.PENDING
        return ConferenceStatus.ONGOING if now < self.period.end else ConferenceStatus.FINISHED

    @property
    def is_waiting_for_master(self) -> bool:
        """Whether its participants are connected once the master is there. Source: guide, ConferenceType."""
        return self.details.type is ConferenceType.MANUAL and self.connected_at is None

    @property
    def master_id(self) -> int | None:
        """The system that starts it; ``None`` when there is none. Source: TMSBA guide, Participant."""
        return next((p.id for p in self.participants if p.kind is ParticipantKind.MASTER), None)

    @property
    def is_exception(self) -> bool:
        """Whether it differs from the series that it belongs to, or was taken out of it by itself."""
        return self.series is not None and self.series.is_exception

    @property
    def is_deleted(self) -> bool:
        """Whether somebody deleted it."""
        return self.state is StoredState.DELETED

    @property
    def system_ids(self) -> tuple[int, ...]:
        """The systems that take part, each once, in ascending order."""
        return tuple(sorted({p.id for p in self.participants if p.kind is ParticipantKind.SYSTEM}))

    @property
    def participant_count(self) -> int:
        """How many take part, WebEx as one of them; the second entry of the master does not count."""
        listed = sum(p.kind is not ParticipantKind.MASTER for p in self.participants)
        return listed + self.details.has_webex

    @property
    def video_address(self) -> str:
        """What people dial to take part; blank when there is nothing to dial."""
        return self.details.external_dial_string or (self.route.join_uri if self.route else "")

    @property
    def reserved_system_ids(self) -> tuple[int, ...]:
        """The systems that the conference keeps busy for its period."""
        is_holding = self.state in (StoredState.BOOKED, StoredState.DEFECTIVE_ROUTE)
        return self.system_ids if is_holding and not self.is_cancelled else ()

    @property
    def reserved_space_id(self) -> int | None:
        """The space that the conference keeps for its period."""
        is_holding = self.state is StoredState.BOOKED and not self.is_cancelled
        return self.route.space_id if self.route and is_holding else None


_TIMELESS = {
    StoredState.DEFECTIVE_CLASH: ConferenceStatus.DEFECTIVE,
    StoredState.DEFECTIVE_ROUTE: ConferenceStatus.DEFECTIVE,
    StoredState.MEETING_REQUEST: ConferenceStatus.MEETING_REQUEST,
    StoredState.REJECTED: ConferenceStatus.REJECTED,
    StoredState.DELETED: ConferenceStatus.DELETED,
}


def matches(status: ConferenceStatus, wanted: StatusFilter) -> bool:
    """Whether a list with this filter shows a conference in this state.

    Source: TMSBA guide, GetConferencesForUser.
    """
    if wanted is StatusFilter.ALL:
        return True
    if wanted is StatusFilter.ALL_EXCEPT_DELETED:
        return status is not ConferenceStatus.DELETED
    if wanted is StatusFilter.PENDING_AND_ONGOING:
        return status in (ConferenceStatus.PENDING, ConferenceStatus.ONGOING)
    return bool(status.value == wanted.value)
