"""Every error that a client can be told, one class for each documented code.

Source: TMSBA guide, Error Codes and Error Handling.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import ClassVar

_PLACE = re.compile(r"\{([a-z_]+)\}")


def places(template: str) -> frozenset[str]:
    """The names of the facts that a template has places for, such as ``id`` in ``conference {id}``."""
    return frozenset(_PLACE.findall(template))


def fill(template: str, facts: Mapping[str, object]) -> str:
    """Put facts into their places.

    Never fails: a place without a fact stays as it is, and braces inside a fact mean nothing.
    """
    return _PLACE.sub(lambda place: _shown(facts[place[1]]) if place[1] in facts else place[0], template)


def _shown(fact: object) -> str:
    if not isinstance(fact, datetime):
        return str(fact)
    try:
        moment = fact.astimezone(UTC) if fact.tzinfo else fact
    except OverflowError:  # near the ends of the calendar, where UTC has no such time
        return str(fact)
    return f"{moment.replace(microsecond=0, tzinfo=None).isoformat(sep=' ')}Z"


class TmsbaError(Exception):
    """Base of all errors with a documented code.

    The sentence is kept in its parts, so that it can be told in another language.

    Attributes:
        code: the number in the fault's detail.
        name: the name the guide gives that number.
        sentence: what the code means in general, for want of a better template.
        is_callers_fault: whether the caller can mend it by sending something else.
        template: one English sentence that tells a person what to change, with places for facts.
        facts: what goes into the places, by name; an error may be a fact of another one.
        message: the template with the facts in their places.
    """

    code: ClassVar[int]
    name: ClassVar[str]
    sentence: ClassVar[str] = ""
    is_callers_fault: ClassVar[bool] = True
    _by_code: ClassVar[dict[int, type["TmsbaError"]]] = {}

    def __init_subclass__(
        cls,
        *,
        code: int | None = None,
        name: str | None = None,
        sentence: str = "",
        is_callers_fault: bool = True,
    ) -> None:
        """Register the class under its documented code."""
        super().__init_subclass__()
        if code is None or name is None:
            return
        cls.code, cls.name, cls.sentence, cls.is_callers_fault = code, name, sentence, is_callers_fault
        cls.__doc__ = cls.__doc__ or name
        TmsbaError._by_code[code] = cls

    def __init__(self, template: str = "", /, **facts: object) -> None:
        """Remember the sentence for the person who reads the fault.

        Args:
            template: The sentence, a constant that the translators find; by default the class's own.
            facts: What goes into its places. Times are shown in UTC.
        """
        self.template = template or self.sentence
        self.facts: Mapping[str, object] = facts
        self.message = fill(self.template, facts)
        super().__init__(self.message)


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


class LicenceMissing(
    TmsbaError,
    code=-2147219503,
    name="LICENSE",
    sentence="All licences are in use. Ask an administrator for more.",
):
    """More systems or clients are booked than there are licences."""


class DatabaseDown(
    TmsbaError,
    code=-2147219500,
    name="DATABASE_DOWN",
    sentence="The database does not answer. Repeat the request later.",
    is_callers_fault=False,
):
    """The database does not answer."""


class ConferenceNotFound(
    TmsbaError,
    code=-2147218302,
    name="MEETINGNOTFOUND",
    sentence="There is no such conference. Check the ConferenceId.",
):
    """No conference has the given id."""


class SystemNotFound(
    TmsbaError,
    code=-2147218301,
    name="SYSTEMNOTFOUND",
    sentence="There is no such system. GetSystems lists the ids.",
):
    """No system has the given id."""


class SystemAlreadyBooked(
    TmsbaError,
    code=-2147218300,
    name="SYSTEM_ALREADY_BOOKED",
    sentence="A system is already booked in this period. Choose another time or another system.",
):
    """A system is reserved by another conference in this period."""


class ConferenceNotActive(
    TmsbaError,
    code=-2147218272,
    name="MEETINGNOTACTIVE",
    sentence="The conference is not going on. Only an ongoing conference can be ended.",
):
    """A conference that is not going on cannot be ended."""


class ConferenceIsDeleted(
    TmsbaError,
    code=-2147218271,
    name="MEETINGISDELETED",
    sentence="The conference has been deleted. Book a new one with ConferenceId -1.",
):
    """The conference was deleted before."""


class ConferenceActive(
    TmsbaError,
    code=-2147218270,
    name="MEETINGACTIVE",
    sentence="The conference is going on. Its start cannot be changed any more, only its end.",
):
    """The start of an ongoing conference cannot be moved."""


class CannotBookInThePast(
    TmsbaError,
    code=-2147218269,
    name="CANNOTBOOKINTHEPAST",
    sentence="The conference lies in the past. Choose a later end time.",
):
    """The conference lies in the past."""


class InvalidTimeZone(
    TmsbaError,
    code=-2147218268,
    name="INVALID_TIMEZONE_INFO",
    sentence="The time zone rules are not valid. Check ConferenceTimeZoneRules.",
):
    """The time zone rules are not valid."""


class WebExSiteNotFound(
    TmsbaError,
    code=-2147218267,
    name="WEBEX_SITE_NOT_FOUND",
    sentence="There is no WebEx site with this URL. Check the SiteUrl.",
):
    """No WebEx site has this URL."""


class NoAccessToConference(
    TmsbaError,
    code=-2147218266,
    name="NO_ACCESS_TO_CONFERENCE",
    sentence="You may not read this conference. Ask its owner or an administrator.",
):
    """The user may not read this conference."""


class OutsideBookingWindow(
    TmsbaError,
    code=-2147218265,
    name="START_TIME_AFTER_MAX_NUMBER_OF_DAYS_IN_FUTURE",
    sentence="The conference starts too far ahead. Choose an earlier start.",
):
    """The conference starts after the last day that can be booked."""


class EndlessRecurrence(
    TmsbaError,
    code=-2147218264,
    name="NEVER_ENDING_RECURRENCE_NOT_SUPPORTED",
    sentence="A series must have an end. Give an end date or a number of occurrences.",
):
    """A series must have an end."""


class StartAfterEnd(
    TmsbaError,
    code=-2147218263,
    name="START_TIME_AFTER_END_TIME",
    sentence="The start is later than the end. Give an end that is later than the start.",
):
    """The start lies after the end."""


class SystemNotAllowed(
    TmsbaError,
    code=-2147218262,
    name="SYSTEM_NOT_ALLOWED_IN_BOOKING",
    sentence="A system may not be booked. Choose another system.",
):
    """The user may not book this system, or nobody may."""


class UnknownError(
    TmsbaError,
    code=-2147218261,
    name="UNKNOWN",
    sentence="The request failed. Ask an administrator for the reason.",
):
    """Anything that no other code covers."""


class WebExError(
    TmsbaError,
    code=-2147218260,
    name="WEBEX_ERROR",
    sentence="The WebEx part of the conference failed. Check what is asked of WebEx.",
):
    """Anything else about WebEx."""


class PermissionMissing(
    TmsbaError,
    code=-2147218259,
    name="SECURITY",
    sentence="You lack the permission for this. Ask an administrator for it.",
):
    """The user lacks the permission for this change."""


class ServerBusy(
    TmsbaError,
    code=-2147218258,
    name="SERVER_BUSY",
    sentence="The server is busy. Repeat the request in a moment.",
    is_callers_fault=False,
):
    """The request can be repeated a little later."""


class UnsupportedRecurrence(
    TmsbaError,
    code=-2147218257,
    name="UNSUPPORTED_RECURRENCE",
    sentence="This recurrence pattern cannot be booked. Choose another pattern.",
):
    """The recurrence pattern cannot be booked."""


class CannotAddParticipant(
    TmsbaError,
    code=-2147218256,
    name="CANNOT_ADD_PARTICIPANT",
    sentence="A participant cannot be added. Choose another ConferenceType or remove the participant.",
):
    """A reservation has no bridge that somebody could dial into."""


class UserNotFound(
    TmsbaError,
    code=-2147218255,
    name="ERR_USER_NOT_FOUND",
    sentence="There is no such user. Name an existing one.",
):
    """No user fits what was given, and none could be created."""


class InvalidDateTime(
    TmsbaError,
    code=-2147218254,
    name="INVALID_DATETIME_FORMAT",
    sentence="A date is not valid. Write it in UTC, such as 2026-11-20 13:09:18Z.",
):
    """A date is not in UTC, or is no date."""


class _SessionError(TmsbaError):
    """A fault that hands the client a new session id."""

    def __init__(self, template: str, /, suggested_session: str, **facts: object) -> None:
        """Remember the id that the client may use from now on."""
        super().__init__(template, **facts)
        self.suggested_session = suggested_session


class ClientSessionExpired(
    _SessionError,
    code=-2147218253,
    name="ERR_CLIENT_SESSION_EXPIRED",
    sentence="The client session is over. Put the suggested id into ClientSession of the "
    "ExternalAPIVersionSoapHeader and repeat the call.",
):
    """The client session is over; the fault carries a new id."""


class OccurrenceNotFound(
    TmsbaError,
    code=-2147218252,
    name="INSTANCE_NOT_FOUND_WITHIN_PATTERN",
    sentence="The series has no such occurrence. Get the series again to see its dates.",
):
    """The series has no such occurrence."""


class DialOutNumberMissing(
    TmsbaError,
    code=-2147218251,
    name="DIAL_OUT_NUMBER_NOT_SET",
    sentence="A participant that is to be dialled has no number. Set NameOrNumber.",
):
    """A participant that is to be dialled has no number."""


class NotEnoughBridgeResources(
    TmsbaError,
    code=-2147218250,
    name="NOT_ENOUGH_MCU_RESOURCES",
    sentence="No bridge can take the conference. Choose another time.",
):
    """No bridge can take the conference."""


class ParticipantError(
    TmsbaError,
    code=-2147218249,
    name="PARTICIPANT_ERROR",
    sentence="A participant cannot be booked as given. Check the participants.",
):
    """A participant cannot be booked as given."""


class ConcurrentModification(
    TmsbaError,
    code=-2147218248,
    name="CONCURRENT_MODIFICATION",
    sentence="Somebody else has changed the conference. Get it again, repeat the change and save that.",
):
    """Somebody else saved the conference in the meantime."""


class ClientSessionBlank(
    _SessionError,
    code=-2147218247,
    name="ERR_CLIENT_SESSION_BLANK",
    sentence="The client session id is blank. Put the suggested id into ClientSession of the "
    "ExternalAPIVersionSoapHeader and repeat the call.",
):
    """The call needs a client session; the fault carries an id to use."""
