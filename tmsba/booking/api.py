"""The doors to the use cases, one method for each operation that SOAP and the command line offer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tmsba.booking import ending
from tmsba.booking.defaults import default_conference
from tmsba.booking.ending import Ending
from tmsba.booking.intent import Saving, check_offered
from tmsba.booking.letters import Letter, about_request, about_view
from tmsba.booking.lookup import by_external_key, found, occurrence_by_external_key
from tmsba.booking.occurrence_saving import save_occurrence
from tmsba.booking.ports import Clock, Store, UnitOfWork
from tmsba.booking.saving import save
from tmsba.booking.viewing import Viewer, unsaved
from tmsba.booking.views import (
    ConferenceMail,
    ConferenceView,
    ContentType,
    MailMessage,
    MailPurpose,
    MailRenderer,
    may_read,
)
from tmsba.booking.work import admit, write
from tmsba.booking.zones import zone_rules
from tmsba.domain.conference import Conference, ConferenceRequest
from tmsba.domain.errors import (
    NoAccessToConference,
    StartAfterEnd,
    SystemNotFound,
    UserNotFound,
    WebExSiteNotFound,
)
from tmsba.domain.people import Caller, User, split_account
from tmsba.domain.series import Series
from tmsba.domain.system import System
from tmsba.domain.time_zone import ZoneRules
from tmsba.domain.times import Period
from tmsba.domain.transaction import TransactionPage
from tmsba.domain.values import BookingMode, StatusFilter
from tmsba.licensing.sessions import Client
from tmsba.settings.table import ConferenceSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """The use cases of the booking service. Source: TMSBA guide, Booking API functions."""

    store: Store
    clock: Clock
    renderer: MailRenderer

    def default_conference(self, caller: Caller) -> ConferenceView:
        """An unsaved conference with the administrator's defaults."""
        with self.store.reading() as uow:
            settings = _settings(uow)
        return unsaved(default_conference(settings, caller, self.clock()), caller)

    def save_conference(
        self, caller: Caller, client: Client, request: ConferenceRequest, mode: BookingMode
    ) -> ConferenceView:
        """Create or update a conference or series, and return it as stored.

        Raises:
            TmsbaError: any documented error of a save; then nothing is stored.
        """
        [view] = self.save_conferences(caller, client, [request], mode)
        return view

    def save_conferences(
        self, caller: Caller, client: Client, requests: Sequence[ConferenceRequest], mode: BookingMode
    ) -> list[ConferenceView]:
        """Create or update several conferences: all of them, or none.

        Raises:
            TmsbaError: any documented error of a save; then nothing is stored.

        Source: TMSBA guide, SaveConferences.
        """
        admit(self.store, self.clock, caller, client)
        for request in requests:
            check_offered(request)

        def work(uow: UnitOfWork) -> list[ConferenceView]:
            viewer, settings = self._viewer(uow, caller), _settings(uow)
            saved = [save(uow, self._saving(caller, client, request, mode, settings)) for request in requests]
            return [
                viewer.series(one) if isinstance(one, Series) else viewer.conference(one) for one in saved
            ]

        return write(self.store, work)

    def save_occurrence(
        self, caller: Caller, client: Client, request: ConferenceRequest, mode: BookingMode
    ) -> ConferenceView:
        """Update one occurrence of a series.

        Raises:
            TmsbaError: any documented error of a save; then nothing is stored.
        """
        admit(self.store, self.clock, caller, client)
        check_offered(request)

        def work(uow: UnitOfWork) -> ConferenceView:
            saving = self._saving(caller, client, request, mode, _settings(uow))
            return self._found(uow, caller, save_occurrence(uow, saving))

        return write(self.store, work)

    def get_conference(self, caller: Caller, conference_id: int) -> ConferenceView:
        """A stored conference, or one occurrence of a series.

        Raises:
            ConferenceNotFound: there is none with this id.
            NoAccessToConference: the caller may not read it.
        """
        with self.store.reading() as uow:
            return self._found(uow, caller, found(uow, conference_id))

    def get_series(self, caller: Caller, conference_id: int, *, is_mapped: bool = False) -> ConferenceView:
        """A series with its exceptions, by the id of any occurrence; or a single conference.

        Args:
            caller: who asks.
            conference_id: any occurrence's id.
            is_mapped: whether the start is that of the first occurrence that is ongoing or to come.

        Raises:
            ConferenceNotFound, NoAccessToConference.
        """
        with self.store.reading() as uow:
            return self._whole(uow, caller, found(uow, conference_id), is_mapped=is_mapped)

    def get_by_external_key(self, caller: Caller, source_id: str, primary_key: str) -> ConferenceView:
        """A conference, or a series with its exceptions, by its external key.

        Raises:
            ConferenceNotFound, NoAccessToConference.
        """
        with self.store.reading() as uow:
            return self._whole(uow, caller, by_external_key(uow, source_id, primary_key))

    def get_occurrence_by_external_key(
        self, caller: Caller, source_id: str, primary_key: str, recurrence_id: datetime | None
    ) -> ConferenceView:
        """One occurrence by the external key of its series.

        Raises:
            ConferenceNotFound, OccurrenceNotFound, NoAccessToConference.
        """
        with self.store.reading() as uow:
            one = occurrence_by_external_key(uow, source_id, primary_key, recurrence_id)
            return self._found(uow, caller, one)

    def id_by_external_key(
        self, caller: Caller, source_id: str, primary_key: str, recurrence_id: datetime | None
    ) -> int:
        """The ConferenceId of one occurrence by the external key of its series.

        Raises:
            ConferenceNotFound, OccurrenceNotFound, NoAccessToConference.
        """
        with self.store.reading() as uow:
            one = occurrence_by_external_key(uow, source_id, primary_key, recurrence_id)
            _check_may_read(caller, one)
            return one.id

    def conferences_for_systems(
        self, caller: Caller, system_ids: Sequence[int], period: Period, status: StatusFilter
    ) -> list[ConferenceView]:
        """Conferences of these systems in a period, without participants and texts.

        Raises:
            SystemNotFound: one of the systems does not exist.
        """
        with self.store.reading() as uow:
            known = uow.systems.many(system_ids)
            for system_id in system_ids:
                if system_id not in known:
                    raise _no_system(system_id)
            listed = uow.conferences.for_systems(system_ids, period, status, self.clock())
            return self._viewer(uow, caller).listed(listed)

    def conferences_for_user(
        self, caller: Caller, user_name: str, period: Period, status: StatusFilter
    ) -> list[ConferenceView]:
        """Conferences that a user created or owns; a blank name means the caller.

        Raises:
            UserNotFound: there is no such user.
        """
        with self.store.reading() as uow:
            user = _named_user(uow, user_name) or caller.user
            listed = uow.conferences.for_user(user.id, period, status, self.clock())
            return self._viewer(uow, caller).listed(listed)

    def end_conference(self, caller: Caller, client: Client, conference_id: int) -> None:
        """End an ongoing conference."""
        self._close(caller, client, lambda uow, how: ending.end(uow, how, conference_id))

    def delete_conference(self, caller: Caller, client: Client, conference_id: int) -> None:
        """Delete a conference or a whole series; what is going on is ended."""
        self._close(caller, client, lambda uow, how: ending.delete(uow, how, conference_id))

    def delete_occurrence(self, caller: Caller, client: Client, conference_id: int) -> None:
        """Delete one occurrence of a series, or end it when it is going on."""
        self._close(caller, client, lambda uow, how: ending.delete_occurrence(uow, how, conference_id))

    def end_by_external_key(
        self, caller: Caller, client: Client, source_id: str, key: str, recurrence_id: datetime | None
    ) -> None:
        """End an ongoing conference or occurrence."""

        def work(uow: UnitOfWork, how: Ending) -> None:
            ending.end(uow, how, occurrence_by_external_key(uow, source_id, key, recurrence_id).id)

        self._close(caller, client, work)

    def delete_by_external_key(self, caller: Caller, client: Client, source_id: str, key: str) -> None:
        """Delete a conference or a whole series."""
        self._close(
            caller,
            client,
            lambda uow, how: ending.delete(uow, how, by_external_key(uow, source_id, key).id),
        )

    def delete_occurrence_by_external_key(
        self, caller: Caller, client: Client, source_id: str, key: str, recurrence_id: datetime | None
    ) -> None:
        """Delete one occurrence of a series."""

        def work(uow: UnitOfWork, how: Ending) -> None:
            one = occurrence_by_external_key(uow, source_id, key, recurrence_id)
            ending.delete_occurrence(uow, how, one.id)

        self._close(caller, client, work)

    def invite_mail(
        self,
        caller: Caller,
        source_id: str,
        primary_key: str,
        recurrence_id: datetime | None,
        messages: Sequence[MailMessage],
        content_types: Sequence[ContentType],
        language: str,
    ) -> list[ConferenceMail]:
        """The invitation to a conference, a whole series, or the occurrence with this recurrence id.

        Args:
            caller: who asks.
            source_id: with ``primary_key`` the external key.
            primary_key: the client's own id of the conference or series.
            recurrence_id: ``None`` for the conference, or the series as a whole.
            messages: what the client wants to be said.
            content_types: the wanted ones, in this order; none for both.
            language: a culture name; blank for the language of the conference.

        Raises:
            ConferenceNotFound, OccurrenceNotFound, NoAccessToConference.

        Source: TMSBA guide, GetConferenceInviteMail.
        """
        letter = Letter(MailPurpose.INVITE, tuple(messages), tuple(content_types), language)
        with self.store.reading() as uow:
            one = occurrence_by_external_key(uow, source_id, primary_key, recurrence_id)
            show = self._whole if recurrence_id is None else self._found
            return letter.written(self.renderer, about_view(uow, show(uow, caller, one)))

    def event_mail(
        self,
        caller: Caller,
        client: Client,
        request: ConferenceRequest,
        message: MailMessage | None,
        content_types: Sequence[ContentType],
        language: str,
    ) -> list[ConferenceMail]:
        """The mail about something that happened to a booking, which need not be stored.

        What is stored and may be read is the basis, with what the request says on top.

        Raises:
            StartAfterEnd: the request ends before it starts.

        Source: TMSBA guide, GetConferenceBookingEventMail.
        """
        letter = Letter(MailPurpose.EVENT, (message,) if message else (), tuple(content_types), language)
        with self.store.reading() as uow:
            facts = about_request(self._viewer(uow, caller), client, request, _settings(uow))
            return letter.written(self.renderer, facts)

    def transactions_since(self, transaction_id: int, system_id: int | None = None) -> TransactionPage:
        """Changes after the given one, in ascending order, up to the page limit.

        Raises:
            SystemNotFound: the filter names a system that does not exist.
        """
        with self.store.reading() as uow:
            if system_id is not None and uow.systems.get(system_id) is None:
                raise _no_system(system_id)
            limit = _settings(uow).transaction_page_limit
            return uow.transactions.since(transaction_id, limit=limit, system_id=system_id)

    def recording_aliases(self, caller: Caller, user_name: str) -> list[System]:
        """The recording systems with their aliases, for a user; a blank name means the caller.

        Raises:
            UserNotFound: there is no such user.

        Source: TMSBA guide, GetRecordingAliases.
        """
        with self.store.reading() as uow:
            _ = _named_user(uow, user_name) or caller.user
            return [one for one in uow.systems.all() if one.recording_aliases]

    def webex_site_defaults(self, site_url: str) -> None:
        """What a WebEx site offers; no sites can be registered yet.

        Raises:
            WebExSiteNotFound: there is no such site.
        """
        raise WebExSiteNotFound("There is no WebEx site '{url}' on this server.", url=site_url)

    def time_zone_rules(self, name: str) -> ZoneRules:
        """The rules of a time zone by its Windows or IANA name.

        Raises:
            InvalidTimeZone: there is no such zone.

        Source: TMSBA guide, GetTimeZoneRulesById.
        """
        return zone_rules(name.strip(), self.clock().year)

    def _viewer(self, uow: UnitOfWork, caller: Caller) -> Viewer:
        return Viewer(uow=uow, renderer=self.renderer, caller=caller, now=self.clock())

    def _saving(
        self,
        caller: Caller,
        client: Client,
        request: ConferenceRequest,
        mode: BookingMode,
        settings: ConferenceSettings,
    ) -> Saving:
        return Saving(
            caller=caller, client=client, request=request, mode=mode, now=self.clock(), settings=settings
        )

    def _found(self, uow: UnitOfWork, caller: Caller, conference: Conference) -> ConferenceView:
        _check_may_read(caller, conference)
        series = uow.conferences.series_of(conference.id) if conference.series else None
        return self._viewer(uow, caller).conference(conference, series)

    def _whole(
        self, uow: UnitOfWork, caller: Caller, conference: Conference, *, is_mapped: bool = False
    ) -> ConferenceView:
        _check_may_read(caller, conference)
        series = uow.conferences.series_of(conference.id) if conference.series else None
        viewer = self._viewer(uow, caller)
        return viewer.series(series, is_mapped=is_mapped) if series else viewer.conference(conference)

    def _close(self, caller: Caller, client: Client, work: Callable[[UnitOfWork, Ending], None]) -> None:
        admit(self.store, self.clock, caller, client)
        write(self.store, lambda uow: work(uow, Ending(caller=caller, client=client, now=self.clock())))


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteSetup:
    """The use cases of the remote setup service. Source: TMSBA guide, Remote Setup API Functions."""

    store: Store

    def systems(self) -> Sequence[System]:
        """All systems that can be booked; bridges are none of them."""
        with self.store.reading() as uow:
            return uow.systems.all()

    def system(self, system_id: int) -> System:
        """One system.

        Raises:
            SystemNotFound: there is none with this id.
        """
        with self.store.reading() as uow:
            found = uow.systems.get(system_id)
        if found is None:
            raise _no_system(system_id)
        return found

    def users(self) -> Sequence[User]:
        """All users."""
        with self.store.reading() as uow:
            return uow.users.all()


def _no_system(system_id: int) -> SystemNotFound:
    return SystemNotFound("There is no system with id {id}: GetSystems lists the ids.", id=system_id)


def _named_user(uow: UnitOfWork, name: str) -> User | None:
    """The user with this name; ``None`` for a blank one."""
    if not name.strip():
        return None
    user = uow.users.by_name(split_account(name.strip())[1])
    if user is None:
        raise UserNotFound(
            "There is no user '{name}': GetUsers lists the names; leave UserName blank for your own "
            "conferences.",
            name=name,
        )
    return user


def _settings(uow: UnitOfWork) -> ConferenceSettings:
    return ConferenceSettings.of(uow.settings.all())


def _check_may_read(caller: Caller, conference: Conference) -> None:
    if not may_read(caller, conference):
        raise NoAccessToConference(
            "{user} may not read conference {id}: ask its owner or an administrator.",
            user=caller.user.full_name,
            id=conference.id,
        )


def query_period(start: datetime, end: datetime) -> Period:
    """The period that a list asks for (aware times).

    Raises:
        StartAfterEnd: it ends before it starts.
    """
    if end < start:
        raise StartAfterEnd("StartTime is later than EndTime: exchange them, or widen the period.")
    return Period(start, end)
