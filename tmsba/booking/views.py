"""What a caller gets to see of a conference."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from tmsba.domain.bridge import Bridge
from tmsba.domain.conference import Conference
from tmsba.domain.people import Caller, User
from tmsba.domain.series import OverrideKind, Series
from tmsba.domain.system import System
from tmsba.domain.values import ConferenceStatus
from tmsba.routing.connections import Connection


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
    #: Lists leave the participants out altogether.
    has_participants: bool = True
    #: The series that the conference belongs to, where the answer tells of it.
    series: Series | None = None
    #: The occurrences that differ from the series, when the answer stands for the series as a whole.
    exceptions: tuple[SeriesException, ...] = ()
    #: Whether the answer stands for the series as a whole.
    is_series: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InfoFacts:
    """What the information texts of a conference are made from."""

    conference: Conference
    owner: User
    connections: tuple[Connection, ...]
    systems: Mapping[int, System]
    bridge: Bridge | None


class InfoRenderer(Protocol):
    """Turns facts into the texts that people read."""

    def text(self, facts: InfoFacts) -> str:
        """ConferenceInfoText."""

    def html(self, facts: InfoFacts) -> str:
        """ConferenceInfoHtml."""


def visible_title(title: str, privacy_flag: str, *, is_insider: bool) -> str:
    """The title as somebody may see it: private conferences show outsiders their private title.

    Source: TMSBA guide, Conference, PrivacyFlag.
    """
    return title if is_insider or not privacy_flag else privacy_flag


def for_caller(conference: Conference, caller: Caller) -> Conference:
    """The conference as this caller may see it: outsiders get a private one's private title."""
    is_insider = caller.is_site_administrator or caller.user.id in (
        conference.owner_id,
        conference.created_by_id,
    )
    title = visible_title(conference.details.title, conference.details.privacy_flag, is_insider=is_insider)
    return replace(conference, details=replace(conference.details, title=title))
