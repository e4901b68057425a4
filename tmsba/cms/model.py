"""What a bridge tells us, under our own names.

Everything but the ids can be missing: versions of the bridge differ, and lists show less than the view of
a single object does. Ids are opaque text.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

#: The name of a numbered space while no meeting uses it; `{number}` is its number.
PLACEHOLDER_NAME = "TMS_Scheduled_Meeting_{number}"

#: The longest name of a space, in characters (CMS API reference, 6.2).
MAX_NAME_LENGTH = 200


def placeholder_name(number: int) -> str:
    """Return the name that the numbered space has while no meeting uses it.

    Source: integration guide, Create Reserved Conference Spaces.
    """
    return PLACEHOLDER_NAME.format(number=number)


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeStatus:
    """State of the whole bridge (CMS API reference, 10.1)."""

    #: Identifies this Meeting Server.
    host_id: str | None = None
    #: As the bridge spells it, such as `3.4.1`.
    software_version: str | None = None
    uptime: timedelta | None = None
    #: Not reported by version 3 bridges, which are always activated.
    is_activated: bool | None = None
    is_cluster_enabled: bool | None = None
    #: The same for all bridges of a cluster.
    cluster_id: str | None = None
    #: The bridge's clock, with its offset from UTC.
    cdr_time: datetime | None = None
    call_legs_active: int | None = None
    #: The most call legs at the same time since the bridge started.
    call_legs_max_active: int | None = None
    call_legs_completed: int | None = None
    #: Sums over all streams, in bits per second; outgoing is from the bridge to the remote party.
    audio_bit_rate_outgoing_bps: int | None = None
    audio_bit_rate_incoming_bps: int | None = None
    video_bit_rate_outgoing_bps: int | None = None
    video_bit_rate_incoming_bps: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemAlarm:
    """Something that is wrong on this Meeting Server (CMS API reference, 10.2)."""

    id: str
    #: Such as `recorderUnavailable`; later versions know more kinds.
    kind: str | None = None
    #: Such as `connectFailure`; for some kinds only.
    reason: str | None = None
    active: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBridgeLicence:
    """Whether the bridge may make calls (CMS API reference, 10.6)."""

    #: `noLicense`, `activated`, `grace` or `expired`.
    status: str | None = None
    #: A date as the bridge spells it.
    expiry: str | None = None

    @property
    def is_in_order(self) -> bool:
        """Whether nobody has to act; a status that we do not know counts as fine."""
        return self.status not in ("noLicense", "grace", "expired")


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeLimits:
    """How much one call bridge takes; None for any (CMS API reference, 10.12.1)."""

    #: Participants at the same time.
    participants: int | None = None
    #: Units of load, as `system/load` counts them; from version 2.1.
    load: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DialPlanRule:
    """For which calls a rule of the dial plan is, as lists show it (CMS API reference, 7.1.2 and 7.3.2)."""

    id: str
    #: A domain; outbound rules may have wildcards in it.
    domain: str = ""
    #: Only calls of this tenant, where there is one.
    tenant_id: str | None = None
    #: Inbound only: whether calls to the domain may lead to spaces; None when the bridge does not tell.
    is_for_spaces: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBridge:
    """One node of the bridge's cluster (CMS API reference, 10.10)."""

    id: str
    name: str | None = None
    #: Where the node's API is, usually a URL; only in the view of a single call bridge.
    address: str | None = None
    #: From here on only in the view of a single call bridge.
    sip_domain: str | None = None
    #: The call bridge group that it is in.
    group_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """A room on the bridge (CMS API reference, 6.1 and 6.3)."""

    id: str
    name: str | None = None
    #: The user part of the address that SIP systems dial.
    uri: str | None = None
    secondary_uri: str | None = None
    #: Digits that a person enters at the voice menu.
    call_id: str | None = None
    tenant_id: str | None = None
    #: True for spaces of an LDAP synchronisation, which cannot be removed through the API.
    is_auto_generated: bool | None = None
    #: From here on only in the view of a single space.
    is_non_member_access_allowed: bool | None = None
    call_profile_id: str | None = None
    call_leg_profile_id: str | None = None
    #: How many ways lead into it besides its own.
    access_method_count: int | None = None
    #: Whoever the bridge says has it: the JID of its owner, else who scheduled it, else the owner's id.
    owner: str | None = None
    #: None when the space has no passcode.
    passcode: str | None = field(default=None, repr=False)
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessMethod:
    """A way into a space besides its own (CMS API reference, 6.5.2)."""

    id: str
    uri: str | None = None
    call_id: str | None = None
    passcode: str | None = field(default=None, repr=False)
    call_leg_profile_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A space, or something else, that is live (CMS API reference, 8.1.1)."""

    id: str
    name: str | None = None
    #: None when the call is not in a space.
    space_id: str | None = None
    #: The same on all bridges of a cluster that share the call.
    correlator: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLeg:
    """One connection to a call (CMS API reference, 8.3.1)."""

    id: str
    name: str | None = None
    #: The address of the other side, as the bridge spells it.
    remote_party: str | None = None
    call_id: str | None = None
    #: Whether another node of the cluster has it, and the id is that of its participant.
    is_participant: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLegStatus:
    """How one connection is at the moment (CMS API reference, 8.3.5)."""

    #: `initial`, `ringing`, `connected` or `onHold`.
    state: str | None = None
    #: How long it has been there, from the first ring on.
    duration: timedelta | None = None
    #: Whether the other side has called.
    is_incoming: bool | None = None
    #: Whether the bridge lets nobody hear, or see, the other side; None where that follows from a profile.
    is_audio_muted: bool | None = None
    is_video_muted: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordReceiver:
    """Somebody whom the bridge sends its call detail records (CMS API reference, 10.4)."""

    id: str
    #: Where to; blank for nowhere. May hold a secret of its owner.
    uri: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeParticipant:
    """Somebody in a call, with one or more call legs (CMS API reference, 8.11.1)."""

    id: str
    name: str | None = None
    call_id: str | None = None
    uri: str | None = None
    #: The node of the cluster that the participant is connected to, when it is not the one asked.
    call_bridge_id: str | None = None
    #: Only for participants of the node that was asked.
    call_leg_count: int | None = None
    #: `initial`, `ringing`, `connected` or `onHold`; from version 2.2 on.
    state: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkParameterSet:
    """The recipe for a range of numbered spaces (CMS API reference, 6.7.3)."""

    id: str
    #: The first and the last number, both inclusive.
    start_index: int | None = None
    end_index: int | None = None
    call_profile_id: str | None = None
    call_leg_profile_id: str | None = None


class SyncStatus(StrEnum):
    """How far a bulk sync is; the values are the bridge's (CMS API reference, 6.7.6)."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETE = "complete"
    FAILED_URI_CONFLICT = "failedCoSpaceUriConflict"
    FAILED_CALL_ID_CONFLICT = "failedCallIdConflict"
    FAILED_RANGE_INVALID = "failedIndexRangeInvalid"
    FAILED_RANGE_TOO_GREAT = "failedIndexRangeTooGreat"
    FAILED_NO_PARAMETER_SET = "failedNoSuchParameterSet"
    FAILED = "failed"

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will happen, for better or worse."""
        return self not in (SyncStatus.PENDING, SyncStatus.RUNNING)

    @property
    def is_failed(self) -> bool:
        """Whether the bridge gave up; it then keeps the spaces that were there before."""
        return self.is_finished and self is not SyncStatus.COMPLETE

    @property
    def is_conflict(self) -> bool:
        """Whether another space has one of the URIs or call ids."""
        return self in (SyncStatus.FAILED_URI_CONFLICT, SyncStatus.FAILED_CALL_ID_CONFLICT)

    @property
    def words(self) -> str:
        """The status in words, to end a sentence with."""
        return _STATUS_WORDS[self]


_STATUS_WORDS = {
    SyncStatus.PENDING: "it waits for its turn",
    SyncStatus.RUNNING: "it is running",
    SyncStatus.COMPLETE: "it is complete",
    SyncStatus.FAILED_URI_CONFLICT: "another space already has the URI of one of the new spaces",
    SyncStatus.FAILED_CALL_ID_CONFLICT: "another space already has the call id of one of the new spaces",
    SyncStatus.FAILED_RANGE_INVALID: "the first number of the range is above the last one",
    SyncStatus.FAILED_RANGE_TOO_GREAT: "the range holds more numbers than the bridge allows",
    SyncStatus.FAILED_NO_PARAMETER_SET: "the bulk parameter set no longer exists on the bridge",
    SyncStatus.FAILED: "the bridge gives no reason",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkSync:
    """One run that makes the spaces of a parameter set (CMS API reference, 6.7.6)."""

    id: str
    parameter_set_id: str | None = None
    status: SyncStatus

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will happen, for better or worse."""
        return self.status.is_finished

    @property
    def is_failed(self) -> bool:
        """Whether the bridge gave up."""
        return self.status.is_failed
