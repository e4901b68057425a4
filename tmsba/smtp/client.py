"""Connections to a mail server.

Errors of the standard library become ``ServerTrouble`` and ``MailRefused`` here.
"""

import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.errors import MessageError
from enum import Enum

from tmsba.smtp.errors import MailRefused, ServerTrouble
from tmsba.smtp.message import Message

#: Replies from here on say that repeating is of no use (RFC 5321).
_FINAL = 500


class Security(Enum):
    """How the way to the mail server is encrypted."""

    #: It begins in the clear, and nothing is sent before it is encrypted.
    STARTTLS = "starttls"
    #: From the first byte.
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a recipient gets no mail."""

    code: int
    reason: str

    @property
    def is_final(self) -> bool:
        """Whether repeating is of no use."""
        return self.code >= _FINAL


@dataclass(frozen=True, slots=True)
class SmtpConnection:
    """An open connection that takes one mail after the other."""

    _client: smtplib.SMTP
    _sender: str

    def send(self, message: Message) -> Mapping[str, Refusal]:
        """Hand a mail over.

        Returns:
            The recipients that were refused; all others get the mail.

        Raises:
            ServerTrouble: nobody gets it now; the connection is of no more use.
            MailRefused: nobody will ever get it.
        """
        try:
            written = message.written(self._sender)
            refused = self._client.send_message(written, self._sender, list(message.recipients))
        except smtplib.SMTPRecipientsRefused as error:
            refused = error.recipients
        except smtplib.SMTPDataError as error:
            if error.smtp_code >= _FINAL:
                raise MailRefused(_told(error)) from error
            raise ServerTrouble(_told(error)) from error
        except (smtplib.SMTPNotSupportedError, MessageError, ValueError) as error:
            # An address that only servers with SMTPUTF8 understand, or a header that cannot be written.
            raise MailRefused(str(error)) from error
        except OSError as error:
            raise ServerTrouble(_told(error)) from error
        return {address: Refusal(code, _text(reply)) for address, (code, reply) in refused.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """The mail server that takes our mails."""

    host: str
    port: int
    security: Security
    #: The address that mails come from.
    sender: str
    username: str = ""
    password: str = field(default="", repr=False)
    #: What certificates are checked against; ``None`` for those that the system trusts.
    tls: ssl.SSLContext | None = None
    timeout_s: float = 10.0

    @contextmanager
    def connected(self) -> Iterator[SmtpConnection]:
        """A connection, encrypted and logged in as configured.

        Raises:
            ServerTrouble: it cannot be had.
        """
        try:
            client = self._connect()
        except (OSError, ValueError) as error:
            raise ServerTrouble(_told(error)) from error
        try:
            yield SmtpConnection(client, self.sender)
        finally:
            _leave(client)

    def _connect(self) -> smtplib.SMTP:
        if self.security is Security.TLS:
            client: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=self.timeout_s, context=self._trust()
            )
        else:
            client = smtplib.SMTP(self.host, self.port, timeout=self.timeout_s)
        try:
            if self.security is Security.STARTTLS:
                client.starttls(context=self._trust())
            if self.username:
                client.login(self.username, self.password)
            client.ehlo_or_helo_if_needed()
        except BaseException:
            client.close()
            raise
        return client

    def _trust(self) -> ssl.SSLContext:
        return self.tls or ssl.create_default_context()


def _leave(client: smtplib.SMTP) -> None:
    try:
        client.quit()
    except (OSError, ValueError):
        client.close()


def _told(error: Exception) -> str:
    """What went wrong, in the server's words where it said something; never what was sent."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate was not accepted ({error.verify_message})"
    if isinstance(error, UnicodeError):
        # Its own words would show a part of the password.
        return "user name and password of the mail server can be plain ASCII only"
    return str(error) or type(error).__name__


def _text(reply: bytes | str) -> str:
    text = reply.decode("ascii", "replace") if isinstance(reply, bytes) else reply
    return " ".join(text.split())
