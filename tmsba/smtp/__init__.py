"""A client of the mail server that takes our mails; it knows nothing of what they tell."""

from tmsba.smtp.client import MailServer, Refusal, Security, SmtpConnection
from tmsba.smtp.errors import MailRefused, ServerTrouble
from tmsba.smtp.message import Message

__all__ = [
    "MailRefused",
    "MailServer",
    "Message",
    "Refusal",
    "Security",
    "ServerTrouble",
    "SmtpConnection",
]
