"""A mail as it is sent: the same content as plain text and as HTML."""

from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime


class _Folding(EmailPolicy):
    """Breaks long subjects beyond ASCII with the older code: the newer one loses blanks between words."""

    def fold(self, name: str, value: str) -> str:
        if name != "Subject" or value.isascii():
            folded: str = super().fold(name, value)
            return folded
        encoded = Header(value, "utf-8", header_name=name).encode(linesep=self.linesep)
        return f"{name}: {encoded}{self.linesep}"

    def fold_binary(self, name: str, value: str) -> bytes:
        if name != "Subject" or value.isascii():
            folded: bytes = super().fold_binary(name, value)
            return folded
        return self.fold(name, value).encode("ascii")


_POLICY = _Folding() + SMTP


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is to be sent."""

    #: Stays the same through all tries, so that mail programs know a mail that comes twice.
    key: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    html: str
    created_at: datetime

    def written(self, sender: str) -> EmailMessage:
        """The mail with its headers, in seven bits: every server takes it as it is.

        Raises:
            ValueError: a header cannot be written.
        """
        mail = EmailMessage(policy=_POLICY)
        mail["From"] = sender
        mail["To"] = ", ".join(self.recipients)
        mail["Subject"] = self.subject
        mail["Date"] = format_datetime(self.created_at)
        mail["Message-ID"] = f"<{self.key}@{sender.rpartition('@')[2]}>"
        # Keeps out-of-office programs from answering (RFC 3834).
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(self.text, cte="base64")
        mail.add_alternative(self.html, subtype="html", cte="base64")
        return mail
