"""The enumerations of booking, in the domain's own words.

Their spelling on the wire lives in ``tmsba.soap``. ``None`` stands for the wire's ``Default``: leave as it
is, or take the administrator's setting on a new conference.
"""

from enum import Enum, IntEnum


class ConferenceType(Enum):
    """How a conference is launched. Source: TMSBA guide, Conference."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"
    ONE_BUTTON_TO_PUSH = "one-button-to-push"
    NO_CONNECT = "no-connect"
    RESERVATION_ONLY = "reservation-only"
    AD_HOC = "ad-hoc"

    @property
    def has_route(self) -> bool:
        """Whether participants are to be connected at all."""
        return self is not ConferenceType.RESERVATION_ONLY

    @property
    def is_dialled(self) -> bool:
        """Whether the bridge dials the participants at the start by itself."""
        return self is ConferenceType.AUTOMATIC


class BridgeUsage(Enum):
    """When a conference gets a bridge. Source: ADR 16."""

    ALWAYS = "always"
    ALWAYS_EXCEPT_POINT_TO_POINT = "always-except-point-to-point"
    ONLY_IF_NEEDED = "only-if-needed"


class PictureMode(Enum):
    """What participants see."""

    CONTINUOUS_PRESENCE = "continuous-presence"
    ENHANCED_CONTINUOUS_PRESENCE = "enhanced-continuous-presence"
    VOICE_SWITCHED = "voice-switched"


class Choice(Enum):
    """Whether something is wanted: encryption, a data conference."""

    YES = "yes"
    NO = "no"
    IF_POSSIBLE = "if-possible"


class ProfileChoice(Enum):
    """Whether a bridge is told something, or its own profile decides."""

    YES = "yes"
    NO = "no"
    PROFILE = "profile"


class ExtendMode(Enum):
    """What happens when a conference is about to end."""

    NONE = "none"
    ENDPOINT_PROMPT = "endpoint-prompt"
    AUTOMATIC_BEST_EFFORT = "automatic-best-effort"


class FailoverMode(Enum):
    """Which conferences go to another node of a cluster when theirs does not answer."""

    OFF = "off"
    AT_START = "at-start"
    AT_START_OR_ACTIVE = "at-start-or-active"


class Bandwidth(IntEnum):
    """A bandwidth in kbit/s. ``MAX`` is in the contract but not in use (guide, Unused Values)."""

    MAX = 0
    KBPS_64 = 64
    KBPS_128 = 128
    KBPS_192 = 192
    KBPS_256 = 256
    KBPS_320 = 320
    KBPS_384 = 384
    KBPS_448 = 448
    KBPS_512 = 512
    KBPS_768 = 768
    KBPS_1152 = 1152
    KBPS_1472 = 1472
    KBPS_1920 = 1920
    KBPS_2048 = 2048
    KBPS_2560 = 2560
    KBPS_3072 = 3072
    KBPS_4096 = 4096
    KBPS_6000 = 6000
    KBPS_6144 = 6144


class BillingCodes(Enum):
    """Whether conferences must carry a billing code. Source: TMSBA guide, Conference, BillingCode."""

    OPTIONAL = "optional"
    REQUIRED = "required"


class BookingMode(Enum):
    """What a conflict does to a save. Source: TMSBA guide, Booking Modes."""

    STRICT = "strict"
    BEST_EFFORT_FORCED = "best-effort-forced"


class StoredState(Enum):
    """What the store remembers of a conference; time decides between pending, ongoing and finished."""

    BOOKED = "booked"
    #: Saved although a system is reserved by another conference; holds nothing.
    DEFECTIVE_CLASH = "defective-clash"
    #: Saved although no route was found; keeps its systems busy.
    DEFECTIVE_ROUTE = "defective-route"
    MEETING_REQUEST = "meeting-request"
    REJECTED = "rejected"
    DELETED = "deleted"


class ConferenceStatus(Enum):
    """The state of a conference as clients see it."""

    PENDING = "pending"
    ONGOING = "ongoing"
    FINISHED = "finished"
    MEETING_REQUEST = "meeting-request"
    REJECTED = "rejected"
    DEFECTIVE = "defective"
    DELETED = "deleted"
    NOT_SAVED = "not-saved"


class StatusFilter(Enum):
    """Which conferences a list holds. Source: TMSBA guide, GetConferencesForUser."""

    ALL = "all"
    ALL_EXCEPT_DELETED = "all-except-deleted"
    PENDING = "pending"
    ONGOING = "ongoing"
    FINISHED = "finished"
    PENDING_AND_ONGOING = "pending-and-ongoing"
    MEETING_REQUEST = "meeting-request"
    REJECTED = "rejected"
    NOT_SAVED = "not-saved"
    DEFECTIVE = "defective"
    DELETED = "deleted"


class TransactionType(Enum):
    """What happened to a conference."""

    NEW = "new"
    UPDATED = "updated"
    DELETED = "deleted"


class ParticipantKind(Enum):
    """What an entry of the participant list is. Source: TMSBA guide, Participant."""

    SYSTEM = "system"
    MASTER = "master"
    IP_VIDEO_IN = "ip-video-in"
    IP_AUDIO_IN = "ip-audio-in"
    ISDN_VIDEO_IN = "isdn-video-in"
    TELEPHONE_IN = "telephone-in"
    SIP_VIDEO_IN = "sip-video-in"
    SIP_AUDIO_IN = "sip-audio-in"
    MOBILE_IN = "mobile-in"
    IP_VIDEO_OUT = "ip-video-out"
    IP_AUDIO_OUT = "ip-audio-out"
    ISDN_VIDEO_OUT = "isdn-video-out"
    TELEPHONE_OUT = "telephone-out"
    SIP_VIDEO_OUT = "sip-video-out"
    SIP_AUDIO_OUT = "sip-audio-out"
    MOBILE_OUT = "mobile-out"
    DIRECTORY = "directory"
    USER = "user"

    @property
    def is_dial_in(self) -> bool:
        """An external participant who calls the bridge."""
        return self.value.endswith("-in")

    @property
    def is_dial_out(self) -> bool:
        """An external participant whom the bridge calls."""
        return self.value.endswith("-out")

    @property
    def is_external(self) -> bool:
        """Not a system of ours."""
        return self.is_dial_in or self.is_dial_out


class SystemCategory(Enum):
    """What a system is. Source: TMSBA guide, SystemCategory."""

    ENDPOINT = "Endpoint"
    EQUIPMENT = "Equipment"
    ROOM = "Room"
    RECORDING = "Recording"


class SystemStatus(Enum):
    """Whether a system answers. Source: TMSBA guide, SystemStatus."""

    ALIVE = "alive"
    IDLE = "idle"
    IN_CALL = "in-call"
    NO_RESPONSE = "no-response"
    UNKNOWN = "unknown"
