"""Every error that a client can be told, one class for each documented code.

Source: TMSBA guide, Error Codes and Error Handling.
"""

from typing import ClassVar


class TmsbaError(Exception):
    """Base of all errors with a documented code.

    Attributes:
        code: the number in the fault's detail.
        name: the name the guide gives that number.
        is_callers_fault: whether the caller can mend it by sending something else.
        message: one sentence that tells a person what to change.
    """

    code: ClassVar[int]
    name: ClassVar[str]
    is_callers_fault: ClassVar[bool] = True
    _by_code: ClassVar[dict[int, type["TmsbaError"]]] = {}

    def __init_subclass__(
        cls, *, code: int | None = None, name: str | None = None, is_callers_fault: bool = True
    ) -> None:
        """Register the class under its documented code."""
        super().__init_subclass__()
        if code is None or name is None:
            return
        cls.code, cls.name, cls.is_callers_fault = code, name, is_callers_fault
        cls.__doc__ = cls.__doc__ or name
        TmsbaError._by_code[code] = cls

    def __init__(self, message: str) -> None:
        """Remember the sentence for the person who reads the fault."""
        super().__init__(message)
        self.message = message


def lookup(code: int) -> type[TmsbaError]:
    """The class for a documented code.

    Raises:
        KeyError: no error has this code.
    """
    return TmsbaError._by_code[code]  # noqa: SLF001 - the registry belongs to this module


def all_errors() -> tuple[type[TmsbaError], ...]:
    """All documented errors, in order of their codes."""
    by_code = TmsbaError._by_code  # noqa: SLF001 - the registry belongs to this module
    return tuple(by_code[code] for code in sorted(by_code))


class LicenceMissing(TmsbaError, code=-2147219503, name="LICENSE"):
    """More systems or clients are booked than there are licences."""


class DatabaseDown(TmsbaError, code=-2147219500, name="DATABASE_DOWN", is_callers_fault=False):
    """The database does not answer."""


class ConferenceNotFound(TmsbaError, code=-2147218302, name="MEETINGNOTFOUND"):
    """No conference has the given id."""


class SystemNotFound(TmsbaError, code=-2147218301, name="SYSTEMNOTFOUND"):
    """No system has the given id."""


class SystemAlreadyBooked(TmsbaError, code=-2147218300, name="SYSTEM_ALREADY_BOOKED"):
    """A system is reserved by another conference in this period."""


class ConferenceNotActive(TmsbaError, code=-2147218272, name="MEETINGNOTACTIVE"):
    """A conference that is not going on cannot be ended."""


class ConferenceIsDeleted(TmsbaError, code=-2147218271, name="MEETINGISDELETED"):
    """The conference was deleted before."""


class ConferenceActive(TmsbaError, code=-2147218270, name="MEETINGACTIVE"):
    """The start of an ongoing conference cannot be moved."""


class CannotBookInThePast(TmsbaError, code=-2147218269, name="CANNOTBOOKINTHEPAST"):
    """The conference lies in the past."""


class InvalidTimeZone(TmsbaError, code=-2147218268, name="INVALID_TIMEZONE_INFO"):
    """The time zone rules are not valid."""


class WebExSiteNotFound(TmsbaError, code=-2147218267, name="WEBEX_SITE_NOT_FOUND"):
    """No WebEx site has this URL."""


class NoAccessToConference(TmsbaError, code=-2147218266, name="NO_ACCESS_TO_CONFERENCE"):
    """The user may not read this conference."""


class OutsideBookingWindow(
    TmsbaError, code=-2147218265, name="START_TIME_AFTER_MAX_NUMBER_OF_DAYS_IN_FUTURE"
):
    """The conference starts after the last day that can be booked."""


class EndlessRecurrence(TmsbaError, code=-2147218264, name="NEVER_ENDING_RECURRENCE_NOT_SUPPORTED"):
    """A series must have an end."""


class StartAfterEnd(TmsbaError, code=-2147218263, name="START_TIME_AFTER_END_TIME"):
    """The start lies after the end."""


class SystemNotAllowed(TmsbaError, code=-2147218262, name="SYSTEM_NOT_ALLOWED_IN_BOOKING"):
    """The user may not book this system, or nobody may."""


class UnknownError(TmsbaError, code=-2147218261, name="UNKNOWN"):
    """Anything that no other code covers."""


class WebExError(TmsbaError, code=-2147218260, name="WEBEX_ERROR"):
    """Anything else about WebEx."""


class PermissionMissing(TmsbaError, code=-2147218259, name="SECURITY"):
    """The user lacks the permission for this change."""


class ServerBusy(TmsbaError, code=-2147218258, name="SERVER_BUSY", is_callers_fault=False):
    """The request can be repeated a little later."""


class UnsupportedRecurrence(TmsbaError, code=-2147218257, name="UNSUPPORTED_RECURRENCE"):
    """The recurrence pattern cannot be booked."""


class CannotAddParticipant(TmsbaError, code=-2147218256, name="CANNOT_ADD_PARTICIPANT"):
    """A reservation has no bridge that somebody could dial into."""


class UserNotFound(TmsbaError, code=-2147218255, name="ERR_USER_NOT_FOUND"):
    """No user fits what was given, and none could be created."""


class InvalidDateTime(TmsbaError, code=-2147218254, name="INVALID_DATETIME_FORMAT"):
    """A date is not in UTC, or is no date."""


class _SessionError(TmsbaError):
    """A fault that hands the client a new session id."""

    def __init__(self, message: str, suggested_session: str) -> None:
        """Remember the id that the client may use from now on."""
        super().__init__(message)
        self.suggested_session = suggested_session


class ClientSessionExpired(_SessionError, code=-2147218253, name="ERR_CLIENT_SESSION_EXPIRED"):
    """The client session is over; the fault carries a new id."""


class OccurrenceNotFound(TmsbaError, code=-2147218252, name="INSTANCE_NOT_FOUND_WITHIN_PATTERN"):
    """The series has no such occurrence."""


class DialOutNumberMissing(TmsbaError, code=-2147218251, name="DIAL_OUT_NUMBER_NOT_SET"):
    """A participant that is to be dialled has no number."""


class NotEnoughBridgeResources(TmsbaError, code=-2147218250, name="NOT_ENOUGH_MCU_RESOURCES"):
    """No bridge can take the conference."""


class ParticipantError(TmsbaError, code=-2147218249, name="PARTICIPANT_ERROR"):
    """A participant cannot be booked as given."""


class ConcurrentModification(TmsbaError, code=-2147218248, name="CONCURRENT_MODIFICATION"):
    """Somebody else saved the conference in the meantime."""


class ClientSessionBlank(_SessionError, code=-2147218247, name="ERR_CLIENT_SESSION_BLANK"):
    """The call needs a client session; the fault carries an id to use."""
