"""The operations of the booking service.

The first fourteen stand in the order of the oldest WSDL known, the others after them. The name
``DeleteConferenceInstanceByExternaId`` lacks its last letter in every WSDL that real servers
published; the spelling of the guide is understood as well.

Source: TMSBA guide, Booking API functions.
"""

from typing import Any

from spyne import Service

from tmsba.soap.types.booking import (
    Conference,
    ConferenceMail,
    ConferenceTransaction,
    ContextHeader,
    ExternalAPIVersionSoapHeader,
    RecordingDevice,
    SaveConferenceResult,
    TimeZoneRule,
    Transaction,
    TypedMailMessage,
    VersionSoapHeader,
    WebExSiteDefaults,
)
from tmsba.soap.types.simple import BOOKING, Flag, Int, Long, ManyInts, Moment, Text, array_of, many, optional
from tmsba.soap.types.values import BookingMode, ConferenceStatus, MailContentType
from tmsba.soap.wire.contract import Contract, operation

_OneConference = optional(Conference)
_Conferences = array_of(Conference)
_Mails = array_of(ConferenceMail)

_BY_EXTERNAL_ID = {"ExternalSourceId": Text, "ExternalConferenceId": Text}
_BY_INSTANCE = {**_BY_EXTERNAL_ID, "RecurrenceIdUTC": Text}


def _plain(documentation: str, **declared: Any) -> Any:
    """An operation with the version header both ways."""
    header = (ExternalAPIVersionSoapHeader,)
    return operation(documentation, in_headers=header, out_headers=header, **declared)


def _with_context(documentation: str, **declared: Any) -> Any:
    """An operation that also reads the context header."""
    header = (ExternalAPIVersionSoapHeader,)
    return operation(documentation, in_headers=(*header, ContextHeader), out_headers=header, **declared)


class BookingOperations(Service):
    """All operations that read and change conferences."""

    GetConferencesForSystems = _with_context(
        "Lists the conferences that overlap the given period and in which at least one of the given systems"
        " takes part, or all of them when no system is given; a time of the year 1 is no limit. Participants"
        " and links are left out; GetConferenceById gives them.",
        takes={
            "SystemIds": ManyInts,
            "StartTime": Moment,
            "EndTime": Moment,
            "ConferenceStatus": ConferenceStatus,
            "Legacy": Flag,
        },
        returns=_Conferences,
    )
    GetConferenceById = _with_context(
        "Gives one conference, or one occurrence of a series, by its id.",
        takes={"ConferenceId": Int},
        returns=_OneConference,
    )
    GetRecurrentConferenceById = _with_context(
        "Gives the whole series to which the conference with this id belongs, with its pattern and the"
        " dates that differ from it.",
        takes={"ConferenceId": Int},
        returns=_OneConference,
    )
    GetDefaultConference = operation(
        "Gives a new conference, not saved yet, filled with the server's default settings and owned by the"
        " caller. A good start for every booking.",
        returns=_OneConference,
        in_headers=(ExternalAPIVersionSoapHeader,),
        out_headers=(ExternalAPIVersionSoapHeader, VersionSoapHeader),
    )
    SaveConference = _with_context(
        "Books a new conference or series, or changes one that exists, and answers it as it was saved."
        " Fails when a system or bridge is not free.",
        takes={"Conference": _OneConference},
        returns=_OneConference,
    )
    SaveConferences = _with_context(
        "Saves several conferences in one call: all or none of them. Only true is supported for"
        " oneTransaction,"
        " and false is taken as true.",
        takes={"Conferences": many(Conference), "oneTransaction": Flag},
        returns=_Conferences,
    )
    SaveConferenceRecInstance = _with_context(
        "Changes one occurrence of a series and leaves the others as they are.",
        takes={"Conference": _OneConference},
        returns=_OneConference,
    )
    DeleteConferenceById = _with_context(
        "Deletes a conference or a whole series. What is going on at this moment is ended instead.",
        takes={"ConferenceId": Int},
    )
    EndConferenceById = _plain(
        "Ends a conference that is going on and frees its systems.",
        takes={"ConferenceId": Int},
    )
    DeleteConferenceRecInstanceById = _with_context(
        "Deletes one occurrence of a series; one that is going on is ended instead.",
        takes={"ConferenceId": Int},
    )
    GetConferenceIdByExternalId = _plain(
        "Gives the id of the conference that a client saved under its own ids.",
        takes=_BY_INSTANCE,
        returns=Int,
    )
    GetTransactionsSince = _plain(
        "Lists what has happened to conferences after the given transaction. A list that ends with"
        " ListIncomplete goes on after its last transaction.",
        takes={"CurrentTransactionId": Int, "SystemId": Text},
        returns=array_of(Transaction),
    )
    GetConferencesForUser = _with_context(
        "Lists the conferences that a user owns or has booked and that overlap the given period; without a"
        " user name, the caller's. Participants and links are left out; GetConferenceById gives them. A time"
        " of the year 1 is no limit.",
        takes={
            "UserName": Text,
            "StartTime": Moment,
            "EndTime": Moment,
            "ConferenceStatus": ConferenceStatus,
        },
        returns=_Conferences,
    )
    GetRecordingAliases = _plain(
        "Lists the recording systems and the aliases on them that a user may record with.",
        takes={"UserName": Text},
        returns=array_of(RecordingDevice),
    )
    GetConferenceByExternalId = _with_context(
        "Gives the conference or series that a client saved under its own ids.",
        takes=_BY_EXTERNAL_ID,
        returns=_OneConference,
    )
    GetConferenceInstanceByExternalId = _with_context(
        "Gives one occurrence of the series that a client saved under its own ids.",
        takes=_BY_INSTANCE,
        returns=_OneConference,
    )
    GetRecurrentConferenceByIdWithFirstOngoingOrPendingStartTime = _with_context(
        "Gives a whole series like GetRecurrentConferenceById, with the times of its first occurrence that is"
        " not over.",
        takes={"ConferenceId": Int},
        returns=_OneConference,
    )
    GetTransactionsSinceWithExternalId = _plain(
        "Lists what has happened to conferences after the given transaction, with the ids under which"
        " clients saved them.",
        takes={"CurrentTransactionId": Long},
        returns=array_of(ConferenceTransaction),
    )
    DeleteConferenceByExternalId = _with_context(
        "Deletes the conference or series that a client saved under its own ids.",
        takes=_BY_EXTERNAL_ID,
    )
    DeleteConferenceInstanceByExternaId = _with_context(
        "Deletes one occurrence of the series that a client saved under its own ids.",
        takes=_BY_INSTANCE,
    )
    EndConferenceByExternalId = _plain(
        "Ends the conference that a client saved under its own ids, if it is going on.",
        takes=_BY_INSTANCE,
    )
    SaveConferenceWithMode = _with_context(
        "Saves like SaveConference. With the mode BestEffortForced the conference is saved as defective"
        " where systems or bridges are not free.",
        takes={"Conference": _OneConference, "BookingMode": BookingMode},
        returns=optional(SaveConferenceResult),
    )
    SaveConferenceRecInstanceWithMode = _with_context(
        "Saves one occurrence like SaveConferenceRecInstance, in the given booking mode.",
        takes={"Conference": _OneConference, "BookingMode": BookingMode},
        returns=optional(SaveConferenceResult),
    )
    GetConferenceInviteMail = _plain(
        "Writes the invitation to a conference in the wanted formats and language, with a client's own"
        " messages in it. Nothing is sent.",
        takes={
            **_BY_INSTANCE,
            "Messages": many(TypedMailMessage),
            "ContentTypes": many(MailContentType),
            "Language": Text,
        },
        returns=_Mails,
    )
    GetConferenceBookingEventMail = _plain(
        "Writes the mail that tells the owner of a conference what became of the booking. Nothing is sent.",
        takes={
            "Conference": _OneConference,
            "Message": optional(TypedMailMessage),
            "ContentTypes": many(MailContentType),
            "Language": Text,
        },
        returns=_Mails,
    )
    GetTimeZoneRulesById = _plain(
        "Gives the rules of a time zone by its Windows or IANA name, as conferences carry them.",
        takes={"idString": Text},
        returns=array_of(TimeZoneRule),
    )
    GetWebExSiteDefaults = operation(
        "Gives the settings that a WebEx site uses when a booking does not say.",
        takes={"siteUrl": Text},
        returns=optional(WebExSiteDefaults),
    )


BOOKING_SERVICE = Contract(
    name="BookingService",
    namespace=BOOKING,
    documentation="Books conferences, and reads, changes, ends and deletes them.",
    service=BookingOperations,
    version_header=ExternalAPIVersionSoapHeader,
    operation_aliases={"DeleteConferenceInstanceByExternalId": "DeleteConferenceInstanceByExternaId"},
    parameter_aliases={"GetTransactionsSince": {"SystemID": "SystemId"}},
)
