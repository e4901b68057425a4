"""A real mail server on this host that keeps what it gets."""

import email
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


@dataclass(frozen=True)
class Letter:
    """A mail that was handed over."""

    sender: str
    recipients: list[str]
    message: EmailMessage
    is_encrypted: bool

    def part(self, kind: str) -> str:
        return self.message.get_body((kind,)).get_content()


@dataclass
class Postbox:
    """What the server has got, and how it answers.

    Attributes:
        letters: all mails that were taken.
        replies: what it says to a recipient instead of taking it.
        data_reply: what it says to a mail instead of taking it.
    """

    letters: list[Letter] = field(default_factory=list)
    replies: dict[str, str] = field(default_factory=dict)
    data_reply: str = ""
    port: int = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address in self.replies:
            return self.replies[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.data_reply:
            return self.data_reply
        message = email.message_from_bytes(envelope.content, policy=default)
        is_encrypted = server.transport.get_extra_info("ssl_object") is not None
        self.letters.append(Letter(envelope.mail_from, envelope.rcpt_tos, message, is_encrypted))
        return "250 OK"


class _AnyPort(Controller):
    """Takes whatever port is free."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def running(postbox: Postbox, **options: Any) -> Iterator[Postbox]:
    """Let it listen; ``options`` are those of aiosmtpd."""
    controller = _AnyPort(postbox, hostname="127.0.0.1", port=0, **options)
    controller.start()
    postbox.port = controller.port
    try:
        yield postbox
    finally:
        controller.stop(no_assert=True)


def tls_context(certificate: Any) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


def knows(user_name: bytes, password: bytes) -> Any:
    """An authenticator that lets one account in."""

    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        is_known = data == LoginPassword(user_name, password)
        return AuthResult(success=is_known, handled=False)

    return check
