"""The enumerations of the domain in the spelling of the wire, one table for each.

``Default`` stands in none of them: it means that a client does not say.
"""

from enum import Enum
from typing import TypeVar

from tmsba.domain.conference.request import OverrideKind
from tmsba.domain.conference.webex import WebExPart, WebExState
from tmsba.domain.time.recurrence import SeriesEnd
from tmsba.domain.values import (
    Bandwidth,
    BookingMode,
    Choice,
    ConferenceStatus,
    ConferenceType,
    ExtendMode,
    ParticipantKind,
    PictureMode,
    StatusFilter,
    SystemCategory,
    SystemStatus,
    TransactionType,
)

E = TypeVar("E", bound=Enum)

#: Most bandwidths are named after a number of ISDN channels of 64 kbit/s.
BANDWIDTHS: dict[Bandwidth, str] = {
    **{value: f"{value // 64}b/{int(value)}kbps" for value in Bandwidth},
    Bandwidth.KBPS_6000: "6000kbps",
    Bandwidth.MAX: "Max",
}
BOOKING_MODES = {BookingMode.STRICT: "Strict", BookingMode.BEST_EFFORT_FORCED: "BestEffortForced"}
CHOICES = {Choice.YES: "Yes", Choice.NO: "No", Choice.IF_POSSIBLE: "If Possible"}
CONFERENCE_STATUSES = {
    ConferenceStatus.PENDING: "Pending",
    ConferenceStatus.ONGOING: "Ongoing",
    ConferenceStatus.FINISHED: "Finished",
    ConferenceStatus.MEETING_REQUEST: "MeetingRequest",
    ConferenceStatus.REJECTED: "Rejected",
    ConferenceStatus.NOT_SAVED: "NotSaved",
    ConferenceStatus.DEFECTIVE: "Defective",
    ConferenceStatus.DELETED: "Deleted",
}
CONFERENCE_TYPES = {
    ConferenceType.RESERVATION_ONLY: "Reservation Only",
    ConferenceType.AUTOMATIC: "Automatic Call Launch",
    ConferenceType.MANUAL: "Manual Call Launch",
    ConferenceType.AD_HOC: "Ad-Hoc conference",
    ConferenceType.ONE_BUTTON_TO_PUSH: "One Button To Push",
    ConferenceType.NO_CONNECT: "No Connect",
}
EXTEND_MODES = {
    ExtendMode.ENDPOINT_PROMPT: "Yes",
    ExtendMode.NONE: "No",
    ExtendMode.AUTOMATIC_BEST_EFFORT: "AutomaticBestEffort",
}
OVERRIDE_KINDS = {OverrideKind.ADD: "ADD", OverrideKind.MODIFY: "MODIFY", OverrideKind.DELETE: "DELETE"}
PARTICIPANT_KINDS = {
    ParticipantKind.SYSTEM: "TMS",
    ParticipantKind.MASTER: "TMS Master Participant",
    ParticipantKind.IP_VIDEO_IN: "IP Video <-",
    ParticipantKind.IP_AUDIO_IN: "IP Tel <-",
    ParticipantKind.ISDN_VIDEO_IN: "ISDN Video <-",
    ParticipantKind.TELEPHONE_IN: "Telephone <-",
    ParticipantKind.SIP_VIDEO_IN: "SIP <-",
    ParticipantKind.SIP_AUDIO_IN: "SIP Tel <-",
    ParticipantKind.MOBILE_IN: "3G <-",
    ParticipantKind.IP_VIDEO_OUT: "IP Video ->",
    ParticipantKind.IP_AUDIO_OUT: "IP Tel ->",
    ParticipantKind.ISDN_VIDEO_OUT: "ISDN Video ->",
    ParticipantKind.TELEPHONE_OUT: "Telephone ->",
    ParticipantKind.SIP_VIDEO_OUT: "SIP ->",
    ParticipantKind.SIP_AUDIO_OUT: "SIP Tel ->",
    ParticipantKind.MOBILE_OUT: "3G ->",
    ParticipantKind.DIRECTORY: "Directory",
    ParticipantKind.USER: "User",
}
PICTURE_MODES = {
    PictureMode.CONTINUOUS_PRESENCE: "Continuous Presence",
    PictureMode.ENHANCED_CONTINUOUS_PRESENCE: "Enhanced CP",
    PictureMode.VOICE_SWITCHED: "Voice Switched",
}
SERIES_ENDS = {
    SeriesEnd.BY_DATE: "EndByDate",
    SeriesEnd.BY_COUNT: "EndByInstances",
    SeriesEnd.NEVER: "EndNever",
}
STATUS_FILTERS = {
    StatusFilter.ALL: "All",
    StatusFilter.ALL_EXCEPT_DELETED: "AllExceptDeleted",
    StatusFilter.PENDING: "Pending",
    StatusFilter.ONGOING: "Ongoing",
    StatusFilter.FINISHED: "Finished",
    StatusFilter.PENDING_AND_ONGOING: "PendingAndOngoing",
    StatusFilter.MEETING_REQUEST: "MeetingRequest",
    StatusFilter.REJECTED: "Rejected",
    StatusFilter.NOT_SAVED: "NotSaved",
    StatusFilter.DEFECTIVE: "Defective",
    StatusFilter.DELETED: "Deleted",
}
SYSTEM_CATEGORIES = {category: category.value for category in SystemCategory}
SYSTEM_STATUSES = {
    SystemStatus.ALIVE: "Alive",
    SystemStatus.IDLE: "Idle",
    SystemStatus.IN_CALL: "InCall",
    SystemStatus.NO_RESPONSE: "NoResponse",
    SystemStatus.UNKNOWN: "Unknown",
}
#: Values of a list of flags.
WEBEX_PARTS = {
    WebExPart.MEETING_PASSWORD: "MeetingPassword",
    WebExPart.HOST_KEY: "HostKey",
    WebExPart.TOLL_FREE_NUMBER: "LocalCallInTollFreeNumber",
    WebExPart.GLOBAL_NUMBERS: "GlobalCallInNumberUrl",
}
WEBEX_STATES = {
    WebExState.NORMAL: "Normal",
    WebExState.DELETE: "Delete",
    WebExState.MODIFY: "Modify",
}
TRANSACTION_TYPES = {
    TransactionType.NEW: "New",
    TransactionType.UPDATED: "Updated",
    TransactionType.DELETED: "Deleted",
}


def from_wire(table: dict[E, str], text: str | None) -> E | None:
    """The domain's value for a wire value; None for ``Default`` and for what was not sent."""
    return next((value for value, spelling in table.items() if spelling == text), None)
