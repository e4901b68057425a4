"""What a caller gets to see of a conference."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Protocol

from tmsba.domain.bridge.bridge import Bridge
from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.request import OverrideKind
from tmsba.domain.conference.series import Series
from tmsba.domain.conference.webex import WebExState
from tmsba.domain.people.systems import System
from tmsba.domain.people.users import Caller, Permission, User
from tmsba.domain.routing.connections import Connection, connections_of
from tmsba.domain.time.recurrence import RecurrencePattern
from tmsba.domain.time.times import Period
from tmsba.domain.values import ConferenceStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesException:
    """One date that differs from its series; ``view`` is ``None`` for a deleted one."""

    kind: OverrideKind
    recurrence_id: datetime
    view: "ConferenceView | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceView:
    """A conference with everything an answer needs; texts are blank in lists."""

    conference: Conference
    owner: User
    status: ConferenceStatus
    info_text: str = ""
    info_html: str = ""
    #: Where the bridge's recording is found; blank for none, and in lists.
    recorded_uri: str = ""
    #: The PIN of the hosts, for the owner, whoever has asked for the view.
    host_pin: str = field(default="", repr=False)
    #: Lists leave the participants out altogether.
    has_participants: bool = True
    #: The series that the conference belongs to, where the answer tells of it.
    series: Series | None = None
    #: The occurrences that differ from the series, when the answer stands for the series as a whole.
    exceptions: tuple[SeriesException, ...] = ()
    #: Whether the answer stands for the series as a whole.
    is_series: bool = False
    #: Lists leave the WebEx meeting out, and so do exceptions that have that of their series.
    has_webex: bool = True
    #: How its WebEx is to that of its series; ``None`` where neither has any, and in lists.
    webex_state: WebExState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InfoFacts:
    """What the information texts of a conference are made from."""

    conference: Conference
    owner: User
    connections: tuple[Connection, ...]
    systems: Mapping[int, System]
    bridge: Bridge | None

    @classmethod
    def of(
        cls, conference: Conference, owner: User, systems: Mapping[int, System], bridge: Bridge | None
    ) -> "InfoFacts":
        """The facts of a conference, with how its participants connect."""
        return cls(
            conference=conference,
            owner=owner,
            connections=connections_of(conference, systems),
            systems=systems,
            bridge=bridge,
        )


class InfoRenderer(Protocol):
    """Turns facts into the texts that people read."""

    def text(self, facts: InfoFacts) -> str:
        """ConferenceInfoText."""

    def html(self, facts: InfoFacts) -> str:
        """ConferenceInfoHtml."""


class ContentType(Enum):
    """How a mail is written. Source: TMSBA guide, GetConferenceInviteMail, ContentTypes."""

    PLAIN_TEXT = "plain-text"
    HTML = "html"


class MessageKind(Enum):
    """How serious a client's message is. Source: TMSBA guide, GetConferenceInviteMail, Messages."""

    INFORMATION = "information"
    WARNING = "warning"
    ERROR = "error"


class MailPurpose(Enum):
    """What a mail is for."""

    INVITE = "invite"
    EVENT = "event"
    #: What was asked for has been saved.
    CONFIRMATION = "confirmation"
    #: What was asked for has been deleted.
    CANCELLATION = "cancellation"
    #: It has another video address.
    REROUTED = "rerouted"


@dataclass(frozen=True, slots=True)
class MailMessage:
    """What a client wants to be said in a mail."""

    kind: MessageKind
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedDate:
    """A date on which a series is otherwise than its pattern says."""

    kind: OverrideKind
    #: The start that the pattern gives it.
    recurrence_id: datetime
    #: When it takes place; ``None`` when it does not.
    period: Period | None = None
    #: Its title, where it has another one than the series.
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """A conference, or a date of a series, that could not be booked as it was asked for."""

    period: Period
    #: Whether a system is taken; else no bridge is free.
    is_clash: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFacts:
    """What a mail about a conference is made from."""

    purpose: MailPurpose
    info: InfoFacts
    status: ConferenceStatus
    #: A culture name; blank for the language of the conference.
    language: str = ""
    messages: tuple[MailMessage, ...] = ()
    #: How a series repeats, with local days; ``None`` when the mail is about one conference alone.
    pattern: RecurrencePattern | None = None
    changed_dates: tuple[ChangedDate, ...] = ()
    #: The occurrences that have another video address than the conference: their starts and addresses.
    other_addresses: tuple[tuple[datetime, str], ...] = ()
    #: What could not be booked.
    defects: tuple[Defect, ...] = ()
    #: Whether it tells neither how to join nor who takes part.
    is_information_left_out: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceMail:
    """A mail about a conference, ready to be sent."""

    content_type: ContentType
    subject: str
    content: str


class MailRenderer(InfoRenderer, Protocol):
    """Writes mails besides the information texts."""

    def mail(self, facts: MailFacts, content_type: ContentType) -> ConferenceMail:
        """A mail in one of the two ways."""


def may_read(caller: Caller, conference: Conference) -> bool:
    """Whether somebody may get this conference."""
    is_own = caller.user.id in (conference.owner_id, conference.created_by_id)
    return is_own or caller.may(Permission.READ_ALL_CONFERENCES)


def may_host(caller: Caller, conference: Conference) -> bool:
    """Whether somebody is told the PIN of the hosts: the owner, and administrators.

    What service accounts read ends up in everybody's invitation, so they are not told.
    """
    is_owner = caller.user.id == conference.owner_id
    return is_owner or (caller.is_site_administrator and not caller.user.is_hidden)
