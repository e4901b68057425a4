"""Sends mails that were written with bookings, and tries again where a mail server is in trouble."""

import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog

from tmsba.control.work.retry import pause_after
from tmsba.control.work.tickets import CONNECTION, close_ticket, mail_server_subject, open_ticket
from tmsba.domain.errors import TmsbaError
from tmsba.ports.jobs import MailQueue, QueuedMail
from tmsba.ports.work import Clock, Store
from tmsba.smtp import MailRefused, MailServer, Message, Refusal, ServerTrouble, SmtpConnection

log = structlog.get_logger(__name__)

#: Longer than handing a mail over takes, so that no other worker sends it too.
_LEASE = timedelta(minutes=10)
_SHORTEST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(minutes=15)
#: What people would be told later than this is no news.
GIVE_UP_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Postman:
    """Sends what is due; several may work on one store."""

    store: Store
    queue: MailQueue
    server: MailServer
    clock: Clock
    owner: str
    stop: threading.Event
    #: A random number in [0, 1).
    chance: Callable[[], float] = random.random

    def deliver(self) -> None:
        """Send the mails that are due, over one connection. Raises nothing."""
        try:
            self._deliver()
        except TmsbaError as error:
            log.warning("store_not_available", reason=error.message)
        except Exception:
            # A mail that was in hand is due again when its lease has run out.
            log.exception("mails_not_sent")

    def _deliver(self) -> None:
        queued = self._claim()
        if queued is None:
            return
        try:
            with self.server.connected() as connection:
                while queued:
                    self._send(connection, queued)
                    queued = self._claim()
        except ServerTrouble as error:
            text = f"The mail server does not take mails: {error}"
            if open_ticket(self.store, self.clock, self._subject, CONNECTION, text):
                log.warning("mail_server_not_available", reason=str(error))
            if queued:
                self._try_again(queued, str(error), queued.mail.recipients)
            return
        close_ticket(self.store, self.clock, self._subject, CONNECTION)

    @property
    def _subject(self) -> str:
        return mail_server_subject(self.server.host)

    def _claim(self) -> QueuedMail | None:
        if self.stop.is_set():
            return None
        now = self.clock()
        return self.queue.claim(self.owner, now, now + _LEASE)

    def _send(self, connection: SmtpConnection, queued: QueuedMail) -> None:
        mail = queued.mail
        message = Message(
            key=f"tmsba.{mail.created_at:%Y%m%d%H%M%S%f}.{queued.id}",
            recipients=mail.recipients,
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            created_at=mail.created_at,
        )
        try:
            refused = connection.send(message)
        except MailRefused as error:
            log.warning("mail_refused", request_id=mail.request_id, reason=str(error))
            self.queue.drop(queued, self.owner)
        except ServerTrouble:
            raise
        except Exception as error:
            # A mistake of ours in this mail holds up no other.
            log.exception("mail_not_sent", request_id=mail.request_id)
            self._try_again(queued, str(error), mail.recipients)
        else:
            sent = len(mail.recipients) - len(refused)
            log.info("mail_sent", request_id=mail.request_id, recipients=sent, refused=len(refused))
            self._handle_refused(queued, refused)

    def _handle_refused(self, queued: QueuedMail, refused: Mapping[str, Refusal]) -> None:
        for address, refusal in refused.items():
            if refusal.is_final:
                log.warning(
                    "mail_recipient_refused",
                    request_id=queued.mail.request_id,
                    recipient=address,
                    reason=f"{refusal.code} {refusal.reason}",
                )
        later = {address: refusal for address, refusal in refused.items() if not refusal.is_final}
        if later:
            reason = "; ".join(f"{refusal.code} {refusal.reason}" for refusal in later.values())
            self._try_again(queued, reason, tuple(later))
        else:
            self.queue.drop(queued, self.owner)

    def _try_again(self, queued: QueuedMail, reason: str, recipients: tuple[str, ...]) -> None:
        now = self.clock()
        if now - queued.mail.created_at >= GIVE_UP_AFTER:
            log.warning("mail_given_up", request_id=queued.mail.request_id, reason=reason)
            self.queue.drop(queued, self.owner)
            return
        pause = pause_after(queued.attempts, self.chance(), shortest=_SHORTEST_PAUSE, longest=_LONGEST_PAUSE)
        self.queue.postpone(queued, self.owner, now + pause, reason, recipients)
