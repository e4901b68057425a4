"""Save, end and delete: each one is a unit of work."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

import structlog

from tmsba.booking.change import ending
from tmsba.booking.change.connecting import connect
from tmsba.booking.change.ending import Ending
from tmsba.booking.change.extending import extend
from tmsba.booking.clients.admission import admit
from tmsba.booking.clients.auditing import note
from tmsba.booking.clients.licences import Pool, open_ticket
from tmsba.booking.mail.notices import tell
from tmsba.booking.request.intent import Saving, check_offered
from tmsba.booking.request.limits import check_size
from tmsba.booking.request.lookup import (
    by_external_key,
    found,
    occurrence_by_external_key,
    ongoing_by_external_key,
)
from tmsba.booking.request.owner import check_may_change, looked_up
from tmsba.booking.request.webex import prepared
from tmsba.booking.save.occurrence import save_occurrence
from tmsba.booking.save.saving import save
from tmsba.booking.view.desk import Desk, settings_of
from tmsba.booking.view.viewing import Viewer
from tmsba.booking.view.views import ConferenceView, MailPurpose
from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.request import ConferenceRequest
from tmsba.domain.conference.series import Series
from tmsba.domain.errors import LicenceMissing
from tmsba.domain.licensing.option_keys import Licences
from tmsba.domain.licensing.sessions import Client
from tmsba.domain.people.audit import AuditAction
from tmsba.domain.people.users import Caller
from tmsba.domain.settings import ConferenceSettings
from tmsba.domain.values import BookingMode
from tmsba.ports.people import Directory
from tmsba.ports.repeating import write
from tmsba.ports.work import UnitOfWork

T = TypeVar("T")

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing(Desk):
    """The use cases that save, end and delete. Source: TMSBA guide, Booking API functions."""

    #: Whether there is a mail server: without one no mail is written.
    is_mail_sent: bool = False
    #: Knows owners who are no users yet.
    directory: Directory | None = None

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
        licences = admit(self.store, self.clock, caller, client)
        for request in requests:
            check_offered(request)
        settings = self._settings_for(requests)
        requests = [self._with_known_owner(request) for request in requests]

        def work(uow: UnitOfWork) -> list[ConferenceView]:
            viewer = self._viewer(uow, caller)
            ready = [prepared(uow, client, settings, one) for one in requests]
            savings = [
                self._saving(caller, client, one, mode, settings=settings, licences=licences) for one in ready
            ]
            views = [viewer.saved(save(uow, saving)) for saving in savings]
            self._tell(viewer, client, views, MailPurpose.CONFIRMATION)
            return views

        return self._write(client, work)

    def save_occurrence(
        self, caller: Caller, client: Client, request: ConferenceRequest, mode: BookingMode
    ) -> ConferenceView:
        """Update one occurrence of a series.

        Raises:
            TmsbaError: any documented error of a save; then nothing is stored.
        """
        licences = admit(self.store, self.clock, caller, client)
        check_offered(request)
        # A pattern has no effect here.
        settings = self._settings_for([replace(request, pattern=None, overrides=None)])
        request = self._with_known_owner(request)

        def work(uow: UnitOfWork) -> ConferenceView:
            ready = prepared(uow, client, settings, request)
            saving = self._saving(caller, client, ready, mode, settings=settings, licences=licences)
            view = self._saved(uow, caller, save_occurrence(uow, saving))
            self._tell(self._viewer(uow, caller), client, [view], MailPurpose.CONFIRMATION)
            return view

        return self._write(client, work)

    def end_conference(self, caller: Caller, client: Client, conference_id: int) -> None:
        """End an ongoing conference."""
        self._close(caller, client, lambda uow, how: ending.end(uow, how, conference_id))

    def connect(self, caller: Caller, conference_id: int) -> None:
        """Have everybody of an ongoing conference dialled, where that waits for somebody.

        Raises:
            ConferenceNotFound: there is none.
            PermissionMissing: it belongs to somebody else.
            ConferenceNotActive, UnknownError: there is nobody to connect now.
        """

        def work(uow: UnitOfWork) -> None:
            now = self.clock()
            check_may_change(caller, found(uow, conference_id))
            connect(uow, conference_id, now=now)
            note(uow, caller, now, AuditAction.CONFERENCE_CONNECTED, f"conference {conference_id}")

        write(self.store, work)

    def extend(self, caller: Caller, conference_id: int, by: timedelta) -> datetime:
        """Let an ongoing conference last longer by hand; its new end.

        Raises:
            ConferenceNotFound: there is none.
            PermissionMissing: it belongs to somebody else.
            TmsbaError: it does not go on any more, or its systems or its number are not free.
        """

        def work(uow: UnitOfWork) -> datetime:
            now = self.clock()
            check_may_change(caller, found(uow, conference_id))
            end = extend(uow, conference_id, now=now, by=by).period.end
            subject, detail = f"conference {conference_id}", f"until {end:%Y-%m-%d %H:%M} UTC"
            note(uow, caller, now, AuditAction.CONFERENCE_EXTENDED, subject, detail)
            return end

        return write(self.store, work)

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

        def work(uow: UnitOfWork, how: Ending) -> Conference:
            one = ongoing_by_external_key(uow, source_id, key, recurrence_id, how.now)
            return ending.end(uow, how, one.id)

        self._close(caller, client, work)

    def delete_by_external_key(self, caller: Caller, client: Client, source_id: str, key: str) -> None:
        """Delete a conference or a whole series."""
        self._close(
            caller,
            client,
            lambda uow, how: ending.delete(
                uow, how, by_external_key(uow, source_id, key, even_deleted=True).id
            ),
        )

    def delete_occurrence_by_external_key(
        self, caller: Caller, client: Client, source_id: str, key: str, recurrence_id: datetime | None
    ) -> None:
        """Delete one occurrence of a series."""

        def work(uow: UnitOfWork, how: Ending) -> Conference:
            one = occurrence_by_external_key(uow, source_id, key, recurrence_id, how.now, even_deleted=True)
            return ending.delete_occurrence(uow, how, one.id)

        self._close(caller, client, work)

    def _settings_for(self, requests: Sequence[ConferenceRequest]) -> ConferenceSettings:
        """The settings of a save, once its size is found to be within them; nothing is locked yet."""
        with self.store.reading() as uow:
            settings = settings_of(uow)
        check_size(settings, requests)
        return settings

    def _with_known_owner(self, request: ConferenceRequest) -> ConferenceRequest:
        owner = looked_up(self.store, self.directory, request.owner)
        return request if owner is request.owner else replace(request, owner=owner)

    def _saving(
        self,
        caller: Caller,
        client: Client,
        request: ConferenceRequest,
        mode: BookingMode,
        *,
        settings: ConferenceSettings,
        licences: Licences,
    ) -> Saving:
        return Saving(
            caller=caller,
            client=client,
            request=request,
            mode=mode,
            now=self.clock(),
            settings=settings,
            licences=licences,
        )

    def _write(self, client: Client, work: Callable[[UnitOfWork], T]) -> T:
        """Run the unit of work of a save; when licences for systems ran out, a ticket outlives it."""
        try:
            return write(self.store, work)
        except LicenceMissing as error:
            _log.debug("licences_exceeded", session=client.session_id)
            open_ticket(self.store, Pool.SYSTEMS, error.message, self.clock())
            raise

    def _close(
        self, caller: Caller, client: Client, work: Callable[[UnitOfWork, Ending], Conference | Series]
    ) -> None:
        admit(self.store, self.clock, caller, client)

        def close(uow: UnitOfWork) -> None:
            closed = work(uow, Ending(caller=caller, client=client, now=self.clock()))
            if client.is_confirmation_wanted:
                viewer = self._viewer(uow, caller)
                self._tell(viewer, client, [viewer.saved(closed)], MailPurpose.CANCELLATION)

        write(self.store, close)

    def _tell(
        self, viewer: Viewer, client: Client, views: Iterable[ConferenceView], purpose: MailPurpose
    ) -> None:
        if self.is_mail_sent:
            for view in views:
                tell(viewer, self.renderer, client, view, purpose)
