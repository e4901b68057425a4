"""Mails between the wire and the use cases.

Source: TMSBA guide, GetConferenceInviteMail and GetConferenceBookingEventMail.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from tmsba.booking.view.views import ConferenceMail, ContentType, MailMessage, MessageKind
from tmsba.soap.wire.enumerations import from_wire

_CONTENT_TYPES = {ContentType.PLAIN_TEXT: "PlainText", ContentType.HTML: "Html"}
_MESSAGE_KINDS = {
    MessageKind.INFORMATION: "Information",
    MessageKind.WARNING: "Warning",
    MessageKind.ERROR: "Error",
}


def content_types_in(texts: Iterable[str | None] | None) -> list[ContentType]:
    """The wanted content types in the order asked; none when the request does not say."""
    found = (from_wire(_CONTENT_TYPES, text) for text in texts or ())
    return [content_type for content_type in found if content_type]


def messages_in(messages: Iterable[Any] | None) -> list[MailMessage]:
    """What the client wants to be said; a message without a type is an information."""
    return [_message(message) for message in messages or () if message is not None]


def message_in(message: Any) -> MailMessage | None:
    """The one message of an event mail, if there is one."""
    return None if message is None else _message(message)


def _message(message: Any) -> MailMessage:
    return MailMessage(
        kind=from_wire(_MESSAGE_KINDS, message.MessageType) or MessageKind.INFORMATION,
        lines=tuple(_lines(message.Message and message.Message.Lines)),
    )


def _lines(texts: Iterable[str | None] | None) -> Iterator[str]:
    """The lines of a message; one that holds line breaks is several."""
    for text in texts or ():
        yield from (line.strip() for line in (text or "").splitlines())


def mails_out(mails: Iterable[ConferenceMail]) -> list[dict[str, Any]]:
    """Mails as answers carry them."""
    return [
        {
            "ContentType": _CONTENT_TYPES[mail.content_type],
            "MailContent": mail.content,
            "MailSubject": mail.subject,
        }
        for mail in mails
    ]
