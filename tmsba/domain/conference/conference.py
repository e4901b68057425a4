"""A conference and its participants.

A *conference* has an id of its own, whether it is a single meeting or one occurrence of a series.
"""

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tmsba.domain.conference.webex import WebEx, WebExWish
from tmsba.domain.time.time_zone import TimeZoneRule, ZoneRules
from tmsba.domain.time.times import Period
from tmsba.domain.values import (
    Bandwidth,
    Choice,
    ConferenceStatus,
    ConferenceType,
    ExtendMode,
    ParticipantKind,
    PictureMode,
    StatusFilter,
    StoredState,
)

if TYPE_CHECKING:
    from tmsba.domain.conference.decision import Decision
    from tmsba.domain.conference.series import Override
    from tmsba.domain.time.recurrence import RecurrencePattern


#: The zone of conferences that have none of their own.
UTC_RULES = ZoneRules((TimeZoneRule(id="UTC", display_name="(UTC) UTC", base_offset_minutes=0),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """An entry of the participant list. Source: TMSBA guide, Participant."""

    #: The system's id for systems; 1, 2, 3... within the conference for external participants.
    id: int
    kind: ParticipantKind
    #: A dial-in's name, the number to dial for a dial-out, the alias for a recording system.
    name_or_number: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """All that a booking says besides when, who and where: the same for every occurrence of a series.

    Source: TMSBA guide, Conference.
    """

    title: str = ""
    type: ConferenceType = ConferenceType.AUTOMATIC
    #: Deprecated by the guide, kept for old clients.
    bandwidth: Bandwidth = Bandwidth.KBPS_1920
    isdn_bandwidth: Bandwidth = Bandwidth.KBPS_384
    ip_bandwidth: Bandwidth = Bandwidth.KBPS_2048
    picture_mode: PictureMode = PictureMode.CONTINUOUS_PRESENCE
    encryption: Choice = Choice.IF_POSSIBLE
    data_conference: Choice = Choice.NO
    extend_mode: ExtendMode = ExtendMode.NONE
    #: The numeric PIN; blank for none.
    pin: str = field(default="", repr=False)
    #: The PIN of the hosts: while none of them is there, those who enter the other one wait. Blank: no hosts.
    host_pin: str = field(default="", repr=False)
    billing_code: str = ""
    is_isdn_restricted: bool = False
    email_to: str = ""
    user_message: str = ""
    external_source_id: str = ""
    external_primary_key: str = ""
    detached_source_id: str = ""
    detached_primary_key: str = ""
    #: A culture name such as ``en-US``.
    language: str = "en-US"
    location: str = ""
    invitees: str = ""
    secret_code: str = field(default="", repr=False)
    meeting_source: str = ""
    privacy_flag: str = ""
    bundle_id: str = ""
    conf_owner_id: str = ""
    is_recording_enabled: bool = False
    #: The SIP address of a host that is not ours, which everybody dials; blank for conferences of our own.
    external_dial_string: str = ""
    #: The WebEx meeting, or why there is none although one was asked for.
    webex: WebEx | None = None
    #: The rules that turn the conference's local times into instants; ``None``: UTC.
    zone_rules: ZoneRules | None = None

    @property
    def rules(self) -> ZoneRules:
        """The conference's zone; UTC for one that has none."""
        return self.zone_rules or UTC_RULES

    @property
    def is_externally_hosted(self) -> bool:
        """Whether somebody else's host takes the place of a bridge. Source: TMSBA guide, ExternallyHosted."""
        return bool(self.external_dial_string)

    @property
    def has_webex(self) -> bool:
        """Whether there is a WebEx meeting, which is one that a client has made and brought."""
        return self.webex is not None and self.webex.is_owned_externally


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
    decision: "Decision | None" = field(default=None, compare=False, repr=False)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerReference:
    """How a request names the owner. Source: TMSBA guide, Conference, OwnerId."""

    #: A user's id; -1 means: go by the user name; ``None`` or 0: go by the e-mail address.
    id: int | None = None
    user_name: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    #: Whether a directory knows somebody by this name, so that a user may be made for them.
    is_in_directory: bool = False

    @property
    def names_somebody(self) -> bool:
        """Whether there is anything to look an owner up by."""
        return bool((self.id or 0) > 0 or self.user_name or self.email)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedParticipant:
    """A participant as a client sends it: the id may be missing for external ones."""

    id: int | None
    kind: ParticipantKind
    name_or_number: str = ""
    email: str = ""
    #: Whether the client's API version has e-mail addresses.
    is_email_known: bool = True
    #: Kinds that the client's API version does not have, and in whose place it gets ``kind``.
    unseen_kinds: tuple[ParticipantKind, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceRequest:
    """What a client asks to be saved. ``None`` everywhere means: not said, or ``Default``.

    Source: TMSBA guide, Conference and SaveConferenceWithMode.
    """

    #: ``None``, 0 and negative numbers ask for a new conference.
    id: int | None = None
    version: int | None = None
    start: datetime | None = None
    end: datetime | None = None
    owner: OwnerReference = field(default_factory=OwnerReference)
    participants: tuple[RequestedParticipant, ...] | None = None
    #: Which occurrence of a series is meant, where it is not named by its id.
    recurrence_id: datetime | None = None
    pattern: "RecurrencePattern | None" = None
    #: What differs on single dates; ``None`` leaves the overrides there are.
    overrides: "tuple[Override, ...] | None" = None
    #: What it says about WebEx, in the present or the legacy way.
    webex: WebExWish | None = None
    #: Blank: no external host; one that is stored is taken away.
    external_dial_string: str | None = None
    title: str | None = None
    type: ConferenceType | None = None
    bandwidth: Bandwidth | None = None
    isdn_bandwidth: Bandwidth | None = None
    ip_bandwidth: Bandwidth | None = None
    picture_mode: PictureMode | None = None
    encryption: Choice | None = None
    data_conference: Choice | None = None
    extend_mode: ExtendMode | None = None
    pin: str | None = field(default=None, repr=False)
    #: Never said: the contract has no place for it.
    host_pin: str | None = field(default=None, repr=False)
    billing_code: str | None = None
    is_isdn_restricted: bool | None = None
    email_to: str | None = None
    user_message: str | None = None
    external_source_id: str | None = None
    external_primary_key: str | None = None
    detached_source_id: str | None = None
    detached_primary_key: str | None = None
    language: str | None = None
    location: str | None = None
    invitees: str | None = None
    secret_code: str | None = field(default=None, repr=False)
    meeting_source: str | None = None
    privacy_flag: str | None = None
    bundle_id: str | None = None
    conf_owner_id: str | None = None
    is_recording_enabled: bool | None = None
    zone_rules: ZoneRules | None = None
    #: The fields of ``Details`` that the client's API version does not have, or for which it says
    #: ``Default``: they stay as they are, also where one date of a series differs from the others.
    kept: frozenset[str] = field(default=frozenset(), compare=False)
    #: Whether the client's API version has one bandwidth for all participants.
    has_one_bandwidth: bool = False

    def said_details(self) -> dict[str, Any]:
        """The fields of ``Details`` that the request says, by name; of WebEx it is the wish."""
        said = {f.name: getattr(self, f.name) for f in fields(Details)}
        return {name: value for name, value in said.items() if value is not None}
