"""What an administrator sets and sees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tmsba.domain.conference.webex import WebExSite
from tmsba.domain.licensing.sessions import ClientSession
from tmsba.domain.people.audit import AuditEntry, AuditFilter
from tmsba.ports.people import Standing


class OptionKeys(Protocol):
    """What licences there are: how many keys of each kind the administrator has added."""

    def all(self) -> Mapping[str, int]:
        """Kind to number of keys."""

    def locked(self) -> Mapping[str, int]:
        """The same; one unit of work at a time hands out licences from here on until it ends."""

    def add(self, kind: str, count: int) -> None:
        """Add to what there is."""

    def remove(self, kind: str, count: int) -> None:
        """Take away from what there is.

        Raises:
            ValueError: there are not that many.
        """


class ClientSessions(Protocol):
    """Sessions of the clients that call functions which need a licence."""

    def get(self, session_id: str) -> ClientSession | None: ...
    def standing(self, session_id: str, now: datetime) -> Standing:
        """The session, and what licences there are and are taken, in one statement."""

    def shared_licence(self, session: ClientSession, now: datetime) -> str | None:
        """The licence that the session it replaces holds, or the one that replaces it."""

    def put(self, session: ClientSession) -> None:
        """Add or replace."""

    def touch(self, session: ClientSession) -> None:
        """Note its last use and its end, unless it was ended in the meantime."""

    def active(self, now: datetime) -> Sequence[ClientSession]:
        """Those that are not over, by first use."""

    def end(self, session_id: str, now: datetime) -> bool:
        """End a session, and those that share its licence; whether it was active."""

    def forget(self, before: datetime) -> None:
        """Remove the sessions that ended at or before an instant."""


class SettingValues(Protocol):
    """What an administrator has set; names and defaults live in ``tmsba.domain.settings``."""

    def all(self) -> Mapping[str, str]: ...
    def put(self, name: str, value: str) -> None: ...


class AuditLog(Protocol):
    """Who did what; rows are only added."""

    def append(self, entry: AuditEntry) -> None:
        """Write a row (its id is ignored); texts are cut and made printable."""

    def find(self, wanted: AuditFilter, *, limit: int) -> Sequence[AuditEntry]:
        """The newest rows that are wanted, newest first."""

    def prune(self, before: datetime) -> int:
        """Delete what is older; how many rows that were."""


class WebExSites(Protocol):
    """WebEx sites that the administrator has registered."""

    def all(self) -> Sequence[WebExSite]:
        """In order of ids."""

    def add(self, site: WebExSite) -> WebExSite:
        """Store a new site (its id is ignored) and return it with its id; the first is the default one.

        Raises:
            ValueError: there is a site with this address.
        """

    def change(self, site: WebExSite) -> None:
        """Replace what is stored under its id; a new default takes the place of the old one.

        Raises:
            LookupError: no site has this id.
        """

    def remove(self, site_id: int) -> None:
        """Forget a site; conferences keep what they say of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A problem that an administrator should see."""

    id: int
    #: What it is about, such as ``bridge 1``.
    subject: str
    kind: str
    text: str
    opened_at: datetime
    closed_at: datetime | None = None


class Tickets(Protocol):
    """Problems an administrator should see; one open ticket for each subject and kind."""

    def open(self, subject: str, kind: str, text: str, now: datetime) -> bool:
        """Open a ticket, or refresh the text of the open one; whether it is new."""

    def close(self, subject: str, kind: str, now: datetime) -> bool:
        """Close it; whether one was open."""

    def rename(self, subject: str, new: str) -> None:
        """Let open tickets be about a thing by its new name."""

    def open_about(self, subject: str) -> Sequence[Ticket]:
        """Open ones about this, in any order."""

    def all(self, *, is_open: bool | None = True) -> Sequence[Ticket]:
        """Open ones, closed ones (``False``) or both (``None``), newest first."""
