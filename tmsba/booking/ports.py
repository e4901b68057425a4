"""What the use cases and the control workers need from the outside; ``tmsba.store`` implements it."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from tmsba.domain.audit import AuditEntry, AuditFilter
from tmsba.domain.bridge import (
    Bridge,
    BridgeCredentials,
    BridgeOccupancy,
    BridgePreparation,
    BridgeProfiles,
    ClusterNode,
    Space,
    SpaceState,
)
from tmsba.domain.bridge_health import BridgeAddress, BridgeHealth
from tmsba.domain.call_records import RecordSession
from tmsba.domain.clusters import Membership
from tmsba.domain.conference import Conference
from tmsba.domain.decision import Decision
from tmsba.domain.live import ConferenceEvent, LiveView
from tmsba.domain.people import Caller, Group, Permission, User
from tmsba.domain.privacy import Titled
from tmsba.domain.series import Series
from tmsba.domain.system import System
from tmsba.domain.times import Period
from tmsba.domain.transaction import Change, TransactionPage
from tmsba.domain.values import StatusFilter
from tmsba.domain.webex import WebExSite
from tmsba.licensing.option_keys import Licences
from tmsba.licensing.sessions import ClientSession
from tmsba.routing.room import Hold

#: Gives the present instant, aware and in UTC.
Clock = Callable[[], datetime]


class StoreConflict(Exception):
    """The unit of work lost a race, or the database broke a deadlock: repeat it as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash(Titled):
    """A reservation of a system that overlaps a wanted period."""

    system_id: int
    conference_id: int
    period: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceFilter:
    """Which conferences a list holds."""

    #: What they overlap.
    period: Period
    status: StatusFilter
    #: The present, aware: the status follows from it.
    now: datetime
    #: The systems of which one takes part; ``None`` for any conference, also one without systems.
    system_ids: Collection[int] | None = None
    #: The user who created or owns them; ``None`` for anybody.
    user_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user with what is needed to check a password."""

    user: User
    password_hash: str
    groups: frozenset[str]
    #: The union of what the groups give; follows from them, so it is never stored.
    permissions: frozenset[Permission] = frozenset()
    is_enabled: bool = True

    def caller(self, address: str) -> Caller:
        """The user as somebody who calls from this network address."""
        return Caller(user=self.user, groups=self.groups, permissions=self.permissions, address=address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a client stands that calls a function which needs a licence."""

    licences: Licences
    #: Its session; ``None`` when the id was never used, or there are no option keys at all.
    session: ClientSession | None = None
    #: Sessions that are not over, whether they hold a licence or not.
    active: int = 0
    #: Licences that sessions hold.
    taken: int = 0


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


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryPerson:
    """A person as a directory, such as Active Directory, knows it."""

    #: The log-in name without its domain.
    name: str
    domain: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""


class Directory(Protocol):
    """A directory of people outside of the store. Source: TMSBA guide, Conference (OwnerId)."""

    def by_email(self, email: str) -> DirectoryPerson | None:
        """The person with this e-mail address.

        Raises:
            ServerBusy: the directory does not answer.
        """

    def by_name(self, domain: str, name: str) -> DirectoryPerson | None:
        """The person with this log-in name; a blank domain is any.

        Raises:
            ServerBusy: the directory does not answer.
        """


class Users(Protocol):
    """Users and their groups."""

    def get(self, user_id: int) -> User | None: ...
    def many(self, user_ids: Iterable[int]) -> Mapping[int, User]: ...
    def by_name(self, name: str) -> User | None:
        """By log-in name without domain, in any letter case."""

    def by_email(self, email: str) -> User | None:
        """By e-mail address, in any letter case; the lowest id when several have it."""

    def account(self, name: str) -> Account | None:
        """By log-in name without domain, in any letter case."""

    def accounts(self, names: Iterable[str] | None = None) -> Sequence[Account]:
        """Those with these log-in names, or all, in order of ids; in a fixed number of statements."""

    def all(self, *, after: int = 0, limit: int | None = None) -> Sequence[User]:
        """In order of ids, hidden ones too: those with larger ids than ``after``, up to a number."""

    def add(self, user: User, password_hash: str, groups: Iterable[str]) -> User:
        """Store a new user (its id is ignored) and return it with its id.

        Raises:
            ValueError: the name is taken, or a group does not exist.
        """

    def put_all(self, accounts: Sequence[Account]) -> Sequence[User]:
        """Store new users (id 0) and replace stored ones, in a fixed number of statements; with their ids.

        Raises:
            ValueError: a group does not exist.
            StoreConflict: somebody else took a name.
        """

    def set_password_hash(self, user_id: int, password_hash: str) -> None:
        """Replace the password; what NTLM is computed with goes with the old one."""


class Credentials(Protocol):
    """What accounts are checked with, beside the password hash."""

    def nt_hash(self, user_id: int, *, is_even: bool = False) -> str:
        """What NTLM is computed with, 32 hexadecimal digits; blank when the account has none.

        Args:
            user_id: whose.
            is_even: takes as long when there is none, or no such user, as when there is one.
        """

    def set_nt_hash(self, user_id: int, nt_hash: str) -> None:
        """Let an account log in with NTLM, or no longer when it is blank.

        Raises:
            LookupError: no user has this id.
        """

    def has_ntlm(self) -> bool:
        """Whether any account logs in with NTLM."""

    def improve(
        self, user_id: int, before: str, *, password_hash: str | None = None, nt_hash: str | None = None
    ) -> None:
        """Store other hashes of the same password, unless it was changed in the meantime.

        Args:
            user_id: whose.
            before: the password hash that the password was checked with.
            password_hash: a better one.
            nt_hash: what NTLM is computed with.
        """


class Groups(Protocol):
    """Groups of users and what they give."""

    def all(self) -> Sequence[Group]:
        """By name."""

    def add(self, group: Group) -> None:
        """Store a new group.

        Raises:
            ValueError: the name is taken.
        """

    def update(self, group: Group) -> None:
        """Replace a stored group.

        Raises:
            LookupError: there is none of this name.
        """

    def remove(self, name: str) -> int:
        """Remove a group; how many members it had.

        Raises:
            LookupError: there is none of this name.
        """

    def defaults(self) -> frozenset[str]:
        """The groups that new users become members of."""


class Systems(Protocol):
    """Systems that can be booked."""

    def get(self, system_id: int) -> System | None: ...
    def many(self, system_ids: Iterable[int]) -> Mapping[int, System]: ...
    def all(self) -> Sequence[System]:
        """In order of ids."""

    def at_present(
        self,
        now: datetime,
        system_ids: Iterable[int] | None = None,
        *,
        after: int = 0,
        limit: int | None = None,
    ) -> Sequence[System]:
        """Those with these ids, or all, in order of ids; in a call where they are seen in one.

        Args:
            now: the present, aware.
            system_ids: which ones; ``None`` for all.
            after: only those with larger ids.
            limit: how many at most.
        """

    def add(self, system: System) -> System:
        """Store a new system; id 0 takes the next free one. Returns it with its id.

        Raises:
            ValueError: the id is taken.
        """

    def named(self, names: Iterable[str]) -> Sequence[System]:
        """Those with one of these names, in any letter case, in order of ids."""

    def put_all(self, systems: Sequence[System]) -> Sequence[System]:
        """Store or replace systems, in a fixed number of statements; id 0 takes the next. With their ids.

        Stored ones keep Allow Remote Bookings as it is.

        Raises:
            StoreConflict: somebody else added one with the same id.
        """

    def dialled_domains(self) -> Sequence[str]:
        """The domains that bridges dial systems at, each once, in small letters."""

    def with_licences(self) -> int:
        """How many systems hold a licence, which is to say have Allow Remote Bookings on."""

    def allow_remote_bookings(self, system_ids: Collection[int], *, is_allowed: bool) -> None:
        """Turn Allow Remote Bookings on or off, in one statement.

        Lock the option keys first: only then can nobody else take a licence at the same time.
        """


class Conferences(Protocol):
    """Conferences, their participants, and the reservations that follow from them."""

    def get(self, conference_id: int) -> Conference | None: ...
    def get_for_update(self, conference_id: int) -> Conference | None:
        """The same, locked until the unit of work ends."""

    def by_external_key(self, source_id: str, primary_key: str) -> Conference | None:
        """The conference with this key that is not deleted, locked until the unit of work ends."""

    def deleted_by_external_key(self, source_id: str, primary_key: str) -> Conference | None:
        """The newest deleted conference that had this key; of a deleted series its first occurrence."""

    def give_up_key(self, conference_id: int) -> None:
        """Let the external key of a single conference, or of a whole series, be used for another one.

        The conference still tells its key, and is no longer found by it. The caller has locked it.
        """

    def add(self, conference: Conference) -> Conference:
        """Store a new conference (its id is ignored) with its reservations; return it with its id.

        Raises:
            StoreConflict: a system or the space is reserved by another conference.
        """

    def update(self, conference: Conference) -> None:
        """Replace a stored conference, its participants and its reservations.

        Raises:
            StoreConflict: a system or the space is reserved by another conference.
        """

    def connect(self, conference_id: int, at: datetime) -> None:
        """Note since when everybody is to be connected, aware; nothing else about the conference changes."""

    def series_of(self, conference_id: int) -> Series | None:
        """The series that the occurrence with this id belongs to; a writer locks it until its unit ends.

        ``None`` when there is no such conference or it is a single one.
        """

    def add_series(self, series: Series) -> Series:
        """Store a new series (ids are ignored) with all reservations; return it with its ids.

        The number of statements does not grow with the occurrences.

        Raises:
            StoreConflict: a system or a space is reserved by another conference.
        """

    def update_series(self, before: Series, after: Series) -> Series:
        """Replace a stored series by ``after``: occurrences with id 0 are new, the others replace theirs.

        Every occurrence of ``before`` is in ``after``, except those that have left the series to become
        single conferences: these are given to ``detach`` first. Returns ``after`` with the new ids. The
        number of statements does not grow with the occurrences.

        Raises:
            StoreConflict: a system or a space is reserved by another conference.
        """

    def detach(self, conference: Conference) -> None:
        """Make an occurrence of a series a single conference with details and participants of its own."""

    def next_free(
        self, system_ids: Collection[int], wanted: Period, *, until: datetime, besides: Collection[int] = ()
    ) -> datetime | None:
        """The first start, from that of the wanted period on, from which all these systems are free as long.

        ``None`` when there is none up to ``until``, aware.
        """

    def clashes_in(
        self, system_ids: Iterable[int], periods: Sequence[Period], *, besides: Collection[int] = ()
    ) -> Sequence[Clash]:
        """Reservations of these systems that overlap any of the periods, in one statement."""

    def find(self, wanted: ConferenceFilter, *, limit: int | None = None) -> Sequence[Conference]:
        """The first conferences that a list holds, each once, by start, then id.

        Participants and WebEx are left out.
        """

    def find_ids(self, wanted: ConferenceFilter, *, beyond: int) -> Sequence[int]:
        """The ids of those that come behind the first ``beyond`` ones, in the same order."""

    def find_again(self, wanted: ConferenceFilter, ids: Collection[int]) -> Sequence[Conference]:
        """Those with these ids, of a list, as they are by now; without those that moved or changed out of it.

        In the order of the ids; participants and WebEx are left out.
        """

    def requests(self, now: datetime, *, limit: int) -> Sequence[Conference]:
        """The first conferences that wait for approval and are not over, by end, then id.

        Participants and WebEx are left out.
        """

    def pending_on_bridge(self, bridge_id: int, now: datetime) -> Sequence[Conference]:
        """Booked conferences to come that hold a space of this bridge, by start, then id.

        Participants are left out.
        """

    def decision(self, conference_id: int) -> Decision | None:
        """How the conference was routed when it was last saved; nothing when that was not kept."""

    def participant_emails(self, conference_ids: Collection[int]) -> Mapping[int, Collection[str]]:
        """The e-mail addresses of the participants of these conferences, by their ids, in one statement.

        Conferences whose participants have none are left out.
        """


class Bridges(Protocol):
    """Bridges, their spaces and their credentials."""

    def get(self, bridge_id: int) -> Bridge | None: ...
    def all(self) -> Sequence[Bridge]: ...
    def add(self, bridge: Bridge, credentials: BridgeCredentials) -> Bridge:
        """Store a new bridge (its id is ignored) and a space for each of its numbers.

        Raises:
            ValueError: the URL or the name is taken.
        """

    def change(
        self,
        changed: Bridge,
        *,
        credentials: BridgeCredentials | None = None,
        alternate: BridgeCredentials | None = None,
    ) -> None:
        """Replace what is stored of a bridge; credentials that are not given stay.

        Numbers that are new get a space; those that are gone are not for bookings to come.

        Raises:
            ValueError: the URL or the name is taken.
        """

    def credentials(
        self, bridge_id: int, address: BridgeAddress = BridgeAddress.MAIN
    ) -> BridgeCredentials: ...
    def preparation(self, bridge_id: int) -> BridgePreparation: ...
    def set_preparation(self, bridge_id: int, preparation: BridgePreparation) -> None:
        """Remember what was set up; writes ``cospace_ids`` to the spaces."""

    def profiles(self, bridge_id: int) -> BridgeProfiles:
        """The profiles that the bridge's spaces are given.

        Raises:
            LookupError: no bridge has this id.
        """

    def note_profile(self, bridge_id: int, name: str, profile_id: str) -> str:
        """Remember a profile that was made, unless somebody else was first.

        Returns:
            The id that counts from now on.
        """

    def forget_profiles(self, bridge_id: int) -> None:
        """Forget all profiles that were made: something about them on the bridge is not as noted."""

    def unprepared(self) -> Sequence[Bridge]:
        """Enabled bridges whose preparation is not complete."""

    def numbers_in_use(self, bridge_id: int, now: datetime) -> frozenset[int]:
        """The numbers that need a space: those for bookings to come, others as long as they are booked."""

    def with_surplus(self, now: datetime) -> Sequence[Bridge]:
        """Enabled bridges with spaces that nobody needs any more."""

    def memberships(self) -> Sequence[Membership]:
        """What each bridge knows of its cluster, in order of ids."""

    def set_membership(self, bridge_id: int, cluster_id: str, nodes: tuple[ClusterNode, ...]) -> None:
        """Remember what a bridge tells of its cluster."""

    def lease_setup(self, bridge_id: int, owner: str, now: datetime, until: datetime) -> bool:
        """Let one process at a time set a bridge up; ``True`` also when it is ours already."""

    def release_setup(self, bridge_id: int, owner: str) -> None:
        """Let others set it up."""

    def healths(self) -> Sequence[BridgeHealth]:
        """How each address of each bridge was found, in order of bridges, the main address first."""

    def space(self, space_id: int) -> Space | None: ...
    def spaces(self, bridge_id: int) -> Sequence[Space]:
        """All spaces of a bridge, by number, retired ones too."""

    def numbered(self, numbers: Collection[int]) -> Sequence[Space]:
        """The spaces with these numbers on all bridges; without those that bookings to come cannot get."""

    def holders(self, bridge_id: int, period: Period) -> Mapping[int, Sequence[int]]:
        """The conferences that hold a space of the bridge at some time of the period, by the space's id."""

    def holds(
        self, bridge_ids: Collection[int], now: datetime, *, until: datetime | None = None
    ) -> Mapping[int, Sequence[Hold]]:
        """Who holds a number of these bridges and is not over, by bridge, then start, then id.

        In one statement; bridges that nobody holds a number of are left out.

        Args:
            bridge_ids: the bridges.
            now: the present, aware.
            until: only those that start by then, inclusive; ``None`` for all.
        """

    def set_cospace_id(self, space_id: int, cospace_id: str) -> None:
        """Remember the bridge's own id of a space, whose number can be given from now on."""

    def set_space_state(self, space_id: int, state: SpaceState) -> None:
        """Remember whether the number of a space can be given; where it cannot, forget the bridge's id."""

    def prepare_again(self, bridge_id: int) -> None:
        """Have a bridge set up by whoever sets bridges up: what was made there is gone."""

    def lock_for_allocation(self, bridge_id: int) -> bool:
        """Let one unit of work at a time choose a space on this bridge, until it ends.

        Returns:
            Whether another one may have chosen since this one began.
        """

    def set_max_participants(self, bridge_id: int, limit: int | None) -> None:
        """How many participants the bridge can have at the same time; ``None`` for any number."""

    def set_told(
        self, bridge_id: int, *, participants: int | None, is_balancing: bool, load: int | None = None
    ) -> None:
        """What the bridge tells of itself: its limits of participants and load, whether it balances calls."""

    def set_software_version(self, bridge_id: int, version: str) -> None:
        """The version that the bridge tells: from now on links fit it, also those of what is booked."""

    def are_spaces_free(
        self, claims: Sequence[tuple[int, Period]], *, besides: Collection[int] = ()
    ) -> Sequence[bool]:
        """Whether nobody but ``besides`` holds a space in a period, for each pair, in one statement."""

    def common_occupancy(
        self, periods: Sequence[Period], *, besides: Collection[int] = ()
    ) -> Sequence[BridgeOccupancy]:
        """Every bridge, with the lowest number that is free in all the periods, in one statement.

        ``conferences`` counts those that overlap any of the periods.
        """

    def occupancies(
        self, periods: Sequence[Period], *, besides: Collection[int] = ()
    ) -> Sequence[Sequence[BridgeOccupancy]]:
        """The same for each of the periods by itself, in one statement."""

    def most_participants(
        self, bridge_ids: Collection[int], periods: Sequence[Period], *, besides: Collection[int] = ()
    ) -> Mapping[int, Sequence[int]]:
        """How many participants each bridge has at the busiest moment of each period, in one statement.

        Those of conferences that hold a space count, but for ``besides``. Under ``lock_for_allocation``
        nobody can add to them.
        """


class TransactionLog(Protocol):
    """The change log; ids strictly increase in the order of commits."""

    def append(self, changes: Sequence[Change]) -> Sequence[int]:
        """Write rows, note the last id on each conference, and return the ids.

        Call it last in a unit of work: from here on others that write to the log wait.
        """

    def since(self, transaction_id: int, *, limit: int, system_id: int | None = None) -> TransactionPage: ...


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

    def withdraw(self, conference_id: int, kind: JobKind) -> None:
        """Ask for it no longer."""

    def put_all(self, wishes: Sequence[Wish]) -> None:
        """``put`` for many, or ``withdraw`` where ``due_at`` is ``None``, in a fixed number of statements."""

    def hurry(self, conference_ids: Collection[int], kind: JobKind, due_at: datetime) -> None:
        """Make actions that are asked for due at ``due_at`` at the latest, in one statement.

        A worker that is at it does it once more then. What nobody asks for stays so.
        """


class LiveViews(Protocol):
    """Who is in the conferences that are open on bridges, and what happened in them."""

    def get(self, conference_id: int) -> LiveView | None:
        """Who was there at the last look; ``None`` for conferences that nobody looks at."""

    def put(self, view: LiveView) -> None:
        """Replace what was seen before; reasons of call legs that are gone by now are forgotten."""

    def refresh(self, conference_id: int, seen_at: datetime) -> None:
        """Note that the same was seen again."""

    def drop(self, conference_id: int) -> None:
        """Forget what was seen."""

    def tell(self, conference_id: int, events: Sequence[ConferenceEvent]) -> None:
        """Add events; of too many the oldest go."""

    def events(self, conference_id: int) -> Sequence[ConferenceEvent]:
        """What happened in a conference, in the order in which it was told."""

    def conferences_of(
        self, bridge_id: int, call_ids: Collection[str], call_leg_ids: Collection[str]
    ) -> tuple[frozenset[int], Mapping[str, int]]:
        """The open conferences with these calls, and each known call leg with its conference."""

    def put_reasons(self, reasons: Mapping[str, tuple[int, str]]) -> None:
        """Note for call legs their conference and why they ended, for the next look."""

    def reasons(self, conference_id: int) -> Mapping[str, str]:
        """Why call legs of a conference ended, in the bridge's words."""


class RecordSessions(Protocol):
    """Which call detail records have come from the bridges."""

    def locked(self, bridge_id: int, session_id: str, now: datetime) -> RecordSession:
        """What came of a session so far; one unit of work at a time takes records of it in."""

    def put(self, session: RecordSession) -> None:
        """Replace it; only the newest sessions of each bridge are kept."""

    def latest(self) -> Mapping[int, RecordSession]:
        """The session of each bridge that a record came from last, by bridge."""


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
    """What an administrator has set; names and defaults live in ``tmsba.settings``."""

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


class UnitOfWork(Protocol):
    """One database transaction; rolled back unless ``commit`` is called."""

    @property
    def users(self) -> Users: ...
    @property
    def groups(self) -> Groups: ...
    @property
    def credentials(self) -> Credentials: ...
    @property
    def systems(self) -> Systems: ...
    @property
    def conferences(self) -> Conferences: ...
    @property
    def bridges(self) -> Bridges: ...
    @property
    def transactions(self) -> TransactionLog: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def live(self) -> LiveViews: ...
    @property
    def record_sessions(self) -> RecordSessions: ...
    @property
    def mails(self) -> OutgoingMails: ...
    @property
    def tickets(self) -> Tickets: ...
    @property
    def option_keys(self) -> OptionKeys: ...
    @property
    def sessions(self) -> ClientSessions: ...
    @property
    def settings(self) -> SettingValues: ...
    @property
    def audit(self) -> AuditLog: ...
    @property
    def webex_sites(self) -> WebExSites: ...
    def commit(self) -> None:
        """Make it last.

        Raises:
            StoreConflict: a race was lost; the whole unit of work can be repeated.
        """


class Store(Protocol):
    """Where units of work come from."""

    def reading(self) -> AbstractContextManager[UnitOfWork]:
        """A unit of work that only reads.

        Raises:
            DatabaseDown: the database does not answer.
            ServerBusy: it answered too late.
        """

    def writing(self) -> AbstractContextManager[UnitOfWork]:
        """A unit of work that writes; on leaving without ``commit`` it is rolled back.

        Raises:
            DatabaseDown: the database does not answer.
            ServerBusy: it answered too late, or another writer holds it.
        """
