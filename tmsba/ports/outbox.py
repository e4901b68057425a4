"""What a use case asks workers to do."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol


class JobKind(Enum):
    """What a control worker is to do with a conference on its bridge."""

    #: Make the bridge what the booking says: open the space, start the call, dial.
    LAUNCH = "launch"
    #: Close the space and end the call.
    END = "end"
    #: Look after an open conference: dial again, tell that the end is near, extend.
    TEND = "tend"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A due action that is asked for."""

    conference_id: int
    kind: JobKind
    #: ``None`` asks for it no longer.
    due_at: datetime | None
    request_id: str = ""


class Outbox(Protocol):
    """Due actions, written in the unit of work that books them."""

    def put(self, conference_id: int, kind: JobKind, due_at: datetime, *, request_id: str = "") -> None:
        """Ask for an action; replaces an earlier one of the same kind, done or not."""

    def put_all(self, wishes: Sequence[Wish]) -> None:
        """``put`` for many, in a fixed number of statements; what has no ``due_at`` is not asked for."""

    def hurry(self, conference_ids: Collection[int], kind: JobKind, due_at: datetime) -> None:
        """Make actions that are asked for due at ``due_at`` at the latest, in one statement.

        A worker that is at it does it once more then. What nobody asks for stays so.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMail:
    """A mail that is to be sent."""

    #: E-mail addresses without names.
    recipients: tuple[str, ...]
    subject: str
    #: The same content in two ways.
    text: str
    html: str
    created_at: datetime
    #: The request that caused it, for the logs.
    request_id: str = ""


class OutgoingMails(Protocol):
    """Mails to be sent, written in the unit of work that they tell of."""

    def put(self, mail: OutgoingMail) -> None:
        """Ask for it to be sent."""
