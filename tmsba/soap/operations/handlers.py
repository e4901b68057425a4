"""What the operations do: translate in, call one use case, translate out.

A handler has the name of its operation and gets the parameters by their names. An operation without
one answers that this server does not offer it yet; to offer it, add a method.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tmsba.booking.api import Booking, RemoteSetup, query_period
from tmsba.booking.view.views import ConferenceView
from tmsba.domain.conference.request import ConferenceRequest
from tmsba.domain.people.users import Permission
from tmsba.domain.values import BookingMode, StatusFilter
from tmsba.i18n.languages import LANGUAGES
from tmsba.ports.work import Clock
from tmsba.soap.application import Call, Handler, OnError, SoapService, nobody_told
from tmsba.soap.operations.booking import BOOKING_SERVICE
from tmsba.soap.operations.setup import REMOTE_SETUP_SERVICE
from tmsba.soap.translation.conference_in import client_in, conference_in, system_id_in, user_reference_in
from tmsba.soap.translation.conference_out import (
    WireObject,
    conference_out,
    conference_transactions_out,
    conferences_out,
    language_out,
    recording_device_out,
    system_out,
    transactions_out,
    user_out,
)
from tmsba.soap.translation.mail import content_types_in, mails_out, message_in, messages_in
from tmsba.soap.translation.series_out import zone_rules_out
from tmsba.soap.translation.webex import site_defaults_out
from tmsba.soap.wire import enumerations as e
from tmsba.soap.wire.contract import Contract
from tmsba.soap.wire.dates import date_in
from tmsba.soap.wire.enumerations import from_wire
from tmsba.soap.wire.faults import DetailStyle


def _handlers(contract: Contract, source: object) -> Mapping[str, Handler]:
    return {name: getattr(source, name) for name in contract.operations if hasattr(source, name)}


def _shown(call: Call, view: ConferenceView) -> WireObject:
    """A conference as this client understands it."""
    return conference_out(view, call.client_version, call.client_language)


def _asked(call: Call, conference: Any) -> ConferenceRequest:
    """A conference as this client means it."""
    return conference_in(conference, call.client_version)


def _status_filter(text: str) -> StatusFilter:
    return from_wire(e.STATUS_FILTERS, text) or StatusFilter.ALL


def _occurrence_key(
    source_id: str | None, primary_key: str | None, recurrence_id: str | None
) -> tuple[str, str, datetime | None]:
    """What the functions for one occurrence take to find it."""
    return source_id or "", primary_key or "", date_in("RecurrenceIdUTC", recurrence_id)


class BookingHandlers:
    """The operations of the booking service. Source: TMSBA guide, Booking API functions."""

    def __init__(self, booking: Booking) -> None:
        self._booking = booking

    def GetDefaultConference(self, call: Call) -> Any:
        """An unsaved conference with the server's defaults."""
        return _shown(call, self._booking.default_conference(call.caller))

    def SaveConference(self, call: Call, Conference: Any) -> Any:
        """Save in the mode Strict."""
        return _shown(call, self._save(call, Conference, BookingMode.STRICT))

    def SaveConferenceWithMode(self, call: Call, Conference: Any, BookingMode: str) -> Any:
        """Save in the given mode."""
        view = self._save(call, Conference, from_wire(e.BOOKING_MODES, BookingMode))
        return {"Conference": _shown(call, view)}

    def _save(self, call: Call, conference: Any, mode: BookingMode | None) -> Any:
        return self._booking.save_conference(
            call.caller, client_in(call), _asked(call, conference), mode or BookingMode.STRICT
        )

    def GetConferenceById(self, call: Call, ConferenceId: int) -> Any:
        """One conference."""
        return _shown(call, self._booking.get_conference(call.caller, ConferenceId))

    def GetConferencesForSystems(
        self,
        call: Call,
        SystemIds: list[int],
        StartTime: datetime,
        EndTime: datetime,
        ConferenceStatus: str,
        Legacy: bool,  # noqa: ARG002
    ) -> Any:
        """The conferences of some systems in a period; long running ones too, which ``Legacy`` asks for."""
        period, status = query_period(StartTime, EndTime), _status_filter(ConferenceStatus)
        views = self._booking.conferences_for_systems(call.caller, SystemIds, period, status)
        return conferences_out(views, call.client_version)

    def GetConferencesForUser(
        self, call: Call, UserName: str | None, StartTime: datetime, EndTime: datetime, ConferenceStatus: str
    ) -> Any:
        """The conferences of a user in a period."""
        period, status = query_period(StartTime, EndTime), _status_filter(ConferenceStatus)
        views = self._booking.conferences_for_user(call.caller, UserName or "", period, status)
        return conferences_out(views, call.client_version)

    def EndConferenceById(self, call: Call, ConferenceId: int) -> None:
        """End a conference that is going on."""
        self._booking.end_conference(call.caller, client_in(call), ConferenceId)

    def DeleteConferenceById(self, call: Call, ConferenceId: int) -> None:
        """Delete a conference."""
        self._booking.delete_conference(call.caller, client_in(call), ConferenceId)

    def SaveConferences(self, call: Call, Conferences: list[Any], oneTransaction: bool) -> Any:  # noqa: ARG002
        """Save several conferences: all or none, as the guide says also of ``oneTransaction`` false."""
        requests = [_asked(call, conference) for conference in Conferences]
        views = self._booking.save_conferences(call.caller, client_in(call), requests, BookingMode.STRICT)
        return conferences_out(views, call.client_version, call.client_language)

    def SaveConferenceRecInstance(self, call: Call, Conference: Any) -> Any:
        """Save one occurrence in the mode Strict."""
        return _shown(call, self._save_occurrence(call, Conference, BookingMode.STRICT))

    def SaveConferenceRecInstanceWithMode(self, call: Call, Conference: Any, BookingMode: str) -> Any:
        """Save one occurrence in the given mode."""
        view = self._save_occurrence(call, Conference, from_wire(e.BOOKING_MODES, BookingMode))
        return {"Conference": _shown(call, view)}

    def _save_occurrence(self, call: Call, conference: Any, mode: BookingMode | None) -> Any:
        return self._booking.save_occurrence(
            call.caller, client_in(call), _asked(call, conference), mode or BookingMode.STRICT
        )

    def GetRecurrentConferenceById(self, call: Call, ConferenceId: int) -> Any:
        """A series with its exceptions."""
        return _shown(call, self._booking.get_series(call.caller, ConferenceId))

    def GetRecurrentConferenceByIdWithFirstOngoingOrPendingStartTime(
        self, call: Call, ConferenceId: int
    ) -> Any:
        """The same, with the start of the first occurrence that is ongoing or to come."""
        return _shown(call, self._booking.get_series(call.caller, ConferenceId, is_mapped=True))

    def GetConferenceByExternalId(
        self, call: Call, ExternalSourceId: str | None, ExternalConferenceId: str | None
    ) -> Any:
        """A conference or series by its external key."""
        return _shown(
            call,
            self._booking.get_by_external_key(
                call.caller, ExternalSourceId or "", ExternalConferenceId or ""
            ),
        )

    def GetConferenceInstanceByExternalId(
        self,
        call: Call,
        ExternalSourceId: str | None,
        ExternalConferenceId: str | None,
        RecurrenceIdUTC: str | None,
    ) -> Any:
        """One occurrence by the external key of its series."""
        return _shown(
            call,
            self._booking.get_occurrence_by_external_key(
                call.caller, *_occurrence_key(ExternalSourceId, ExternalConferenceId, RecurrenceIdUTC)
            ),
        )

    def GetConferenceIdByExternalId(
        self,
        call: Call,
        ExternalSourceId: str | None,
        ExternalConferenceId: str | None,
        RecurrenceIdUTC: str | None,
    ) -> int:
        """The ConferenceId of one occurrence by the external key of its series."""
        return self._booking.id_by_external_key(
            call.caller, *_occurrence_key(ExternalSourceId, ExternalConferenceId, RecurrenceIdUTC)
        )

    def DeleteConferenceRecInstanceById(self, call: Call, ConferenceId: int) -> None:
        """Delete one occurrence."""
        self._booking.delete_occurrence(call.caller, client_in(call), ConferenceId)

    def DeleteConferenceByExternalId(
        self, call: Call, ExternalSourceId: str | None, ExternalConferenceId: str | None
    ) -> None:
        """Delete a conference or series by its external key."""
        self._booking.delete_by_external_key(
            call.caller, client_in(call), ExternalSourceId or "", ExternalConferenceId or ""
        )

    def DeleteConferenceInstanceByExternaId(
        self,
        call: Call,
        ExternalSourceId: str | None,
        ExternalConferenceId: str | None,
        RecurrenceIdUTC: str | None,
    ) -> None:
        """Delete one occurrence by the external key of its series."""
        self._booking.delete_occurrence_by_external_key(
            call.caller,
            client_in(call),
            *_occurrence_key(ExternalSourceId, ExternalConferenceId, RecurrenceIdUTC),
        )

    def EndConferenceByExternalId(
        self,
        call: Call,
        ExternalSourceId: str | None,
        ExternalConferenceId: str | None,
        RecurrenceIdUTC: str | None,
    ) -> None:
        """End an ongoing conference or occurrence by its external key."""
        self._booking.end_by_external_key(
            call.caller,
            client_in(call),
            *_occurrence_key(ExternalSourceId, ExternalConferenceId, RecurrenceIdUTC),
        )

    def GetConferenceInviteMail(
        self,
        call: Call,
        ExternalSourceId: str | None,
        ExternalConferenceId: str | None,
        RecurrenceIdUTC: str | None,
        Messages: list[Any],
        ContentTypes: list[str],
        Language: str | None,
    ) -> Any:
        """The invitation to a conference, a series or one occurrence."""
        key = _occurrence_key(ExternalSourceId, ExternalConferenceId, RecurrenceIdUTC)
        messages, content_types = messages_in(Messages), content_types_in(ContentTypes)
        return mails_out(
            self._booking.invite_mail(call.caller, *key, messages, content_types, Language or "")
        )

    def GetConferenceBookingEventMail(
        self, call: Call, Conference: Any, Message: Any, ContentTypes: list[str], Language: str | None
    ) -> Any:
        """The mail about something that happened to a booking."""
        request, message = _asked(call, Conference), message_in(Message)
        content_types = content_types_in(ContentTypes)
        return mails_out(
            self._booking.event_mail(
                call.caller, client_in(call), request, message, content_types, Language or ""
            )
        )

    def GetTimeZoneRulesById(self, call: Call, idString: str | None) -> Any:  # noqa: ARG002
        """The rules of a time zone."""
        return zone_rules_out(self._booking.time_zone_rules(idString or ""))

    def GetWebExSiteDefaults(self, call: Call, siteUrl: str | None) -> Any:  # noqa: ARG002
        """What a WebEx site offers."""
        return site_defaults_out(self._booking.webex_site_defaults(siteUrl or ""))

    def GetRecordingAliases(self, call: Call, UserName: str | None) -> Any:
        """The aliases of the recording systems."""
        found = self._booking.recording_aliases(call.caller, UserName or "")
        return [recording_device_out(system) for system in found]

    def GetTransactionsSince(self, call: Call, CurrentTransactionId: int, SystemId: str | None) -> Any:  # noqa: ARG002
        """What has happened after a transaction."""
        page = self._booking.transactions_since(CurrentTransactionId, system_id_in(SystemId))
        return transactions_out(page)

    def GetTransactionsSinceWithExternalId(self, call: Call, CurrentTransactionId: int) -> Any:  # noqa: ARG002
        """The same, with the clients' own keys."""
        return conference_transactions_out(self._booking.transactions_since(CurrentTransactionId))


class SetupHandlers:
    """The operations of the remote setup service. Source: TMSBA guide, Remote Setup API Functions."""

    def __init__(self, remote_setup: RemoteSetup, clock: Clock) -> None:
        self._setup = remote_setup
        self._clock = clock

    def IsAlive(self, call: Call) -> bool:  # noqa: ARG002
        """Whether the server is running: it is, when it answers."""
        return True

    def IsTMSSiteAdmin(self, call: Call) -> bool:
        """Whether the caller is a site administrator."""
        return bool(call.caller.is_site_administrator)

    def IsLocalAdmin(self, call: Call) -> bool:
        """Whether the caller may create accounts, which here are the server's own."""
        return bool(call.caller.is_site_administrator)

    def IsTMSBookOnBehalfUser(self, call: Call) -> bool:
        """Whether the caller may book for others."""
        return bool(call.caller.may(Permission.BOOK_ON_BEHALF_OF))

    def IsTMSServiceUser(self, call: Call) -> bool:
        """Whether the caller is a service account that may book for others."""
        return bool(call.caller.user.is_hidden and call.caller.may(Permission.BOOK_ON_BEHALF_OF))

    def GetUsers(self, call: Call) -> Any:  # noqa: ARG002
        """All users."""
        now = self._clock()
        return (user_out(user, now) for user in self._setup.users())

    def GetSystems(self, call: Call) -> Any:  # noqa: ARG002
        """All systems that can be booked."""
        now = self._clock()
        return (system_out(system, now) for system in self._setup.systems())

    def GetSystemsForUser(self, call: Call) -> Any:
        """The systems that the caller may book."""
        now = self._clock()
        return (system_out(system, now) for system in self._setup.systems_for(call.caller))

    def GetSystemById(self, call: Call, TMSSystemId: int) -> Any:  # noqa: ARG002
        """One system."""
        return system_out(self._setup.system(TMSSystemId), self._clock())

    def GenerateConferenceAPIUser(
        self,
        call: Call,
        userNameBase: str | None,
        encPassword: str | None,
        emailAddress: str | None,
        sendNotifications: bool,
    ) -> str:
        """Make a service account; its name."""
        added = self._setup.generate_account(
            call.caller,
            userNameBase or "",
            encPassword or "",
            emailAddress or "",
            gets_mails=sendNotifications,
        )
        return str(added.full_name)

    def GetConferenceLanguages(self, call: Call) -> Any:  # noqa: ARG002
        """The languages in which conference mails are written."""
        return [language_out(language) for language in LANGUAGES]

    def DisableConferenceAPIUser(self, call: Call, userName: str | None) -> None:
        """Switch an account off."""
        self._setup.disable_account(call.caller, userName or "")

    def IsBookOnBehalfOfUser(self, call: Call, User: Any) -> bool:  # noqa: ARG002
        """Whether the given user may book for others."""
        return self._setup.may_book_for_others(*user_reference_in(User))

    def SetPrimarySystem(self, call: Call, primSys: str | None) -> bool:
        """Make a system the caller's own; whether that was possible."""
        return self._setup.set_primary_system(call.caller, primSys or "")


def booking_service(
    booking: Booking, *, detail_style: DetailStyle = DetailStyle.BOTH, on_error: OnError = nobody_told
) -> SoapService:
    """The booking service on top of its use cases."""
    handlers = _handlers(BOOKING_SERVICE, BookingHandlers(booking))
    return SoapService(BOOKING_SERVICE, handlers, detail_style=detail_style, on_error=on_error)


def remote_setup_service(
    remote_setup: RemoteSetup,
    booking: Booking,
    *,
    detail_style: DetailStyle = DetailStyle.BOTH,
    on_error: OnError = nobody_told,
) -> SoapService:
    """The remote setup service on top of its use cases; it shares the clock of the booking service."""
    handlers = _handlers(REMOTE_SETUP_SERVICE, SetupHandlers(remote_setup, booking.clock))
    return SoapService(REMOTE_SETUP_SERVICE, handlers, detail_style=detail_style, on_error=on_error)
