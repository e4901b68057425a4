"""Mails to be sent as the use cases see them; the workers' side is in ``mail_queue``."""

from sqlalchemy import Connection, insert

from tmsba.ports.outbox import OutgoingMail
from tmsba.store.tables.tables import outgoing_mail


class SqlOutgoingMails:
    """Implements ``tmsba.ports.outbox.OutgoingMails``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, mail: OutgoingMail) -> None:
        """Ask for it to be sent."""
        row = {
            "recipients": list(mail.recipients),
            "subject": mail.subject,
            "text": mail.text,
            "html": mail.html,
            "request_id": mail.request_id,
            "created_at": mail.created_at,
            "due_at": mail.created_at,
            "attempts": 0,
            "last_error": "",
        }
        self._connection.execute(insert(outgoing_mail).values(row))
