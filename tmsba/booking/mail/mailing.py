"""The contents of mails about conferences; nothing is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tmsba.booking.mail.letters import Letter, about_request, about_view
from tmsba.booking.request.lookup import occurrence_by_external_key
from tmsba.booking.view.desk import Desk, settings_of
from tmsba.booking.view.views import (
    ConferenceMail,
    ContentType,
    MailMessage,
    MailPurpose,
)
from tmsba.domain.conference.request import ConferenceRequest
from tmsba.domain.licensing.sessions import Client
from tmsba.domain.people.users import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing(Desk):
    """The use cases of mail contents. Source: TMSBA guide, GetConferenceInviteMail and its like."""

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
            one = occurrence_by_external_key(uow, source_id, primary_key, recurrence_id, self.clock())
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
            facts = about_request(self._viewer(uow, caller), client, request, settings_of(uow))
            return letter.written(self.renderer, facts)
