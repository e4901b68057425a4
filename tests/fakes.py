"""In-memory stand-ins for the store, the clock and a bridge, and builders of domain values.

The store keeps its rows in one ``State``. A unit of work gets a copy and ``commit`` puts the copy in place:
whatever is not committed never happened.
"""

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from tmsba.booking.api import Booking, RemoteSetup
from tmsba.booking.change.rerouting import Rerouting
from tmsba.booking.view.views import InfoFacts
from tmsba.cms.meeting import (
    USUAL_CALL,
    USUAL_LEG,
    USUAL_SPACE,
    CallOptions,
    CallProfile,
    LegOptions,
    LegProfile,
    LegVariant,
    SpaceSettings,
)
from tmsba.cms.model import (
    AccessMethod,
    BridgeLimits,
    BridgeParticipant,
    BridgeStatus,
    Call,
    CallBridge,
    CallBridgeLicence,
    CallLeg,
    DialPlanRule,
    SystemAlarm,
    placeholder_name,
)
from tmsba.cms.model import Space as RemoteSpace
from tmsba.cms.wire.errors import BridgeUnreachable, NotFoundOnBridge, RequestRefused
from tmsba.cms.wire.gaps import Gaps
from tmsba.control.bridge.clients import BridgeClients
from tmsba.control.jobs.jobs import JobRunner
from tmsba.control.work.lease import Lease
from tmsba.domain.bridge.bridge import (
    Bridge,
    BridgeCredentials,
    BridgeOccupancy,
    BridgePreparation,
    BridgeProfiles,
    ClusterNode,
    Space,
    SpaceState,
)
from tmsba.domain.bridge.call_records import RecordSession
from tmsba.domain.bridge.clusters import Membership
from tmsba.domain.bridge.dial_plan import DialPlan
from tmsba.domain.bridge.health import BridgeAddress, BridgeHealth
from tmsba.domain.conference.conference import Conference, SeriesPlace, SpaceRoute, matches
from tmsba.domain.conference.decision import Decision
from tmsba.domain.conference.details import Details, Participant
from tmsba.domain.conference.live import ConferenceEvent, LiveView
from tmsba.domain.conference.request import ConferenceRequest, RequestedParticipant
from tmsba.domain.conference.series import DetachedDate, Series
from tmsba.domain.conference.transaction import Change, Transaction, TransactionPage
from tmsba.domain.conference.webex import WebExSite
from tmsba.domain.licensing.option_keys import KeyKind, Licences
from tmsba.domain.licensing.sessions import Client, ClientSession
from tmsba.domain.people.audit import AuditEntry, AuditFilter, printable
from tmsba.domain.people.systems import System
from tmsba.domain.people.users import (
    BUILT_IN_GROUPS,
    SITE_ADMINISTRATOR,
    USERS,
    Caller,
    Group,
    Permission,
    User,
)
from tmsba.domain.routing.room import Hold
from tmsba.domain.time.times import Period
from tmsba.domain.values import ParticipantKind, StoredState, SystemStatus
from tmsba.mail.end_warning import end_warning
from tmsba.ports.administration import Ticket
from tmsba.ports.conferences import Clash, ConferenceFilter
from tmsba.ports.jobs import Job, SpaceLease
from tmsba.ports.live import LiveConference, Surroundings
from tmsba.ports.logins import Failures, Place
from tmsba.ports.outbox import JobKind, OutgoingMail, Wish
from tmsba.ports.people import Account, Standing
from tmsba.ports.work import StoreConflict

#: The instant at which every test starts: a Thursday.
NOW = datetime(2026, 1, 29, 13, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def at(hour: int, minute: int = 0) -> datetime:
    """A time on the day of ``NOW``."""
    return NOW.replace(hour=hour, minute=minute)


class FakeClock:
    """Shows the time it was set to."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, duration: timedelta) -> None:
        self.now += duration


class Killed(BaseException):
    """The process died here; nothing may catch it."""


@dataclass
class Fuse:
    """Breaks at the n-th step of a worker: a request to the bridge, or a note in the store.

    Attributes:
        at: which step breaks, counted from 1; 0 for none.
        is_after: whether the step took effect before it broke.
        error: what is raised there.
    """

    at: int = 0
    is_after: bool = False
    error: BaseException = field(default_factory=Killed)
    steps: int = 0
    is_dead: bool = False

    @contextmanager
    def step(self) -> Iterator[None]:
        self.steps += 1
        is_here = self.steps == self.at
        if is_here and not self.is_after:
            self._blow()
        yield
        if is_here and self.is_after:
            self._blow()

    def _blow(self) -> None:
        self.is_dead = isinstance(self.error, Killed)
        raise self.error


# ---------------------------------------------------------------- builders


def create_user(user_id: int = 1, **overrides: Any) -> User:
    values = {"id": user_id, "name": f"user{user_id}", "email": f"user{user_id}@example.com"}
    return User(**values | overrides)


def create_caller(
    user: User | None = None,
    *,
    groups: Iterable[str] = (USERS,),
    permissions: Iterable[Permission] | None = None,
    address: str = "192.0.2.7",
) -> Caller:
    given = frozenset().union(*(BUILT_IN_GROUPS[group] for group in groups))
    return Caller(
        user=user or create_user(),
        groups=frozenset(groups),
        permissions=given if permissions is None else frozenset(permissions),
        address=address,
    )


def create_administrator(user: User | None = None) -> Caller:
    return create_caller(user or create_user(9, name="admin"), groups=(USERS, SITE_ADMINISTRATOR))


def create_client(version: int = 0, session_id: str = "", request_id: str = "req-1") -> Client:
    """A client; without a version it is too old to be asked for sessions and versions."""
    return Client(version=version, session_id=session_id, request_id=request_id)


def create_system(system_id: int = 1, **overrides: Any) -> System:
    values = {"id": system_id, "name": f"Room {system_id}", "sip_uri": f"room{system_id}@example.com"}
    return System(**values | overrides)


def create_bridge(bridge_id: int = 1, **overrides: Any) -> Bridge:
    values = {
        "id": bridge_id,
        "name": f"bridge{bridge_id}",
        "url": f"https://cms{bridge_id}.example.com",
        "domain": "cms.example.com",
        "numeric_id_base": 1,
        "numeric_id_quantity": 3,
    }
    return Bridge(**values | overrides)


def create_route(space_id: int = 1, **overrides: Any) -> SpaceRoute:
    values = {"bridge_id": 1, "space_id": space_id, "number": space_id, "secret": "s3cret"}
    return SpaceRoute(**values | {"join_uri": f"{space_id}@cms.example.com"} | overrides)


def create_conference(**overrides: Any) -> Conference:
    """A conference from 14 to 15 o'clock; fields of the details can be given beside its own."""
    own = {f.name for f in fields(Conference)}
    details = {name: value for name, value in overrides.items() if name not in own}
    values = {
        "id": 1,
        "owner_id": 1,
        "created_by_id": 1,
        "period": Period(at(14), at(15)),
        "details": Details(**{"title": "Weekly", **details}),
    }
    return Conference(**values | {name: value for name, value in overrides.items() if name in own})


def participant(kind: ParticipantKind, participant_id: int = 1, name_or_number: str = "") -> Participant:
    return Participant(id=participant_id, kind=kind, name_or_number=name_or_number)


def wanted(
    kind: ParticipantKind, participant_id: int | None = None, name_or_number: str = ""
) -> RequestedParticipant:
    return RequestedParticipant(id=participant_id, kind=kind, name_or_number=name_or_number)


def room(system_id: int) -> RequestedParticipant:
    return wanted(ParticipantKind.SYSTEM, system_id)


def dial_out(address: str) -> RequestedParticipant:
    return wanted(ParticipantKind.SIP_VIDEO_OUT, name_or_number=address)


def dial_in() -> RequestedParticipant:
    return wanted(ParticipantKind.SIP_VIDEO_IN)


def create_request(**overrides: Any) -> ConferenceRequest:
    """A new conference from 14 to 15 o'clock."""
    return ConferenceRequest(**{"start": at(14), "end": at(15), "title": "Weekly", **overrides})


# ---------------------------------------------------------------- the store


@dataclass(frozen=True, kw_only=True)
class OutboxRow:
    id: int
    conference_id: int
    kind: JobKind
    due_at: datetime | None
    request_id: str = ""
    attempts: int = 0
    generation: int = 1
    lease_owner: str | None = None
    lease_until: datetime | None = None
    done_at: datetime | None = None
    last_error: str = ""
    bridge_id: int = 0

    @property
    def is_wanted(self) -> bool:
        return self.due_at is not None and self.done_at is None


@dataclass
class State:
    """All rows, as dictionaries of values that never change."""

    counters: dict[str, int] = field(default_factory=dict)
    accounts: dict[int, Account] = field(default_factory=dict)
    groups: dict[str, Group] = field(
        default_factory=lambda: {n: Group(name=n, permissions=p) for n, p in BUILT_IN_GROUPS.items()}
    )
    systems: dict[int, System] = field(default_factory=dict)
    conferences: dict[int, Conference] = field(default_factory=dict)
    #: Without their occurrences, which are conferences like all others.
    series: dict[int, Series] = field(default_factory=dict)
    #: Where single conferences stood in the series that they have left.
    detached: dict[int, SeriesPlace] = field(default_factory=dict)
    keys_given_up: set[tuple[str, int]] = field(default_factory=set)
    bridges: dict[int, Bridge] = field(default_factory=dict)
    credentials: dict[int, BridgeCredentials] = field(default_factory=dict)
    alternate_credentials: dict[int, BridgeCredentials] = field(default_factory=dict)
    setup_leases: dict[int, tuple[str, datetime]] = field(default_factory=dict)
    healths: dict[tuple[int, BridgeAddress], BridgeHealth] = field(default_factory=dict)
    preparations: dict[int, BridgePreparation] = field(default_factory=dict)
    profiles: dict[tuple[int, str], str] = field(default_factory=dict)
    spaces: dict[int, Space] = field(default_factory=dict)
    space_leases: dict[int, tuple[str, datetime]] = field(default_factory=dict)
    transactions: dict[int, Transaction] = field(default_factory=dict)
    outbox: dict[tuple[int, JobKind], OutboxRow] = field(default_factory=dict)
    live: dict[int, LiveConference] = field(default_factory=dict)
    views: dict[int, LiveView] = field(default_factory=dict)
    events: dict[int, tuple[ConferenceEvent, ...]] = field(default_factory=dict)
    leg_ends: dict[str, tuple[int, str]] = field(default_factory=dict)
    record_sessions: dict[tuple[int, str], RecordSession] = field(default_factory=dict)
    mails: dict[int, OutgoingMail] = field(default_factory=dict)
    tickets: dict[int, Ticket] = field(default_factory=dict)
    option_keys: dict[str, int] = field(default_factory=dict)
    sessions: dict[str, ClientSession] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    audit: dict[int, AuditEntry] = field(default_factory=dict)
    decisions: dict[int, Decision] = field(default_factory=dict)
    webex_sites: dict[int, WebExSite] = field(default_factory=dict)
    nt_hashes: dict[int, str] = field(default_factory=dict)
    failures: dict[Place, Failures] = field(default_factory=dict)
    challenges: dict[str, datetime] = field(default_factory=dict)

    def copy(self) -> "State":
        return State(**{f.name: dict(getattr(self, f.name)) for f in fields(self)})

    def next_id(self, table: str) -> int:
        self.counters[table] = self.counters.get(table, 0) + 1
        return self.counters[table]


class FakeStore:
    """Implements ``tmsba.ports.work.Store``."""

    def __init__(self) -> None:
        self.state = State()
        #: Raised by the next writing units of work, one each, when they commit.
        self.failing_commits: list[Exception] = []
        #: Raised by the next units of work of either kind, one each, when they begin.
        self.failing_begins: list[Exception] = []
        self.writes_begun = 0
        self._lock = threading.RLock()

    @contextmanager
    def reading(self) -> Iterator["FakeUnitOfWork"]:
        self._begin()
        yield FakeUnitOfWork(self, self.state.copy(), is_writing=False)

    @contextmanager
    def writing(self) -> Iterator["FakeUnitOfWork"]:
        with self._lock:
            self._begin()
            self.writes_begun += 1
            yield FakeUnitOfWork(self, self.state.copy(), is_writing=True)

    def _begin(self) -> None:
        if self.failing_begins:
            raise self.failing_begins.pop(0)

    def prepare(self, act: Callable[["FakeUnitOfWork"], Any]) -> Any:
        """Write something before the test begins."""
        with self.writing() as uow:
            result = act(uow)
            uow.commit()
            return result


class FakeUnitOfWork:
    """Implements ``tmsba.ports.work.UnitOfWork``."""

    def __init__(self, store: FakeStore, state: State, *, is_writing: bool) -> None:
        self._store, self._state, self._base = store, state, store.state
        self._is_writing = is_writing
        self.users = FakeUsers(state)
        self.groups = FakeGroups(state)
        self.credentials = FakeCredentials(state)
        self.failed_logins = FakeFailedLogins(state)
        self.used_challenges = FakeUsedChallenges(state)
        self.systems = FakeSystems(state)
        self.conferences = FakeConferences(state)
        self.bridges = FakeBridges(state)
        self.transactions = FakeTransactionLog(state)
        self.outbox = FakeOutbox(state)
        self.live = FakeLiveViews(state)
        self.record_sessions = FakeRecordSessions(state)
        self.mails = FakeOutgoingMails(state)
        self.tickets = FakeTickets(state)
        self.option_keys = FakeOptionKeys(state)
        self.sessions = FakeSessions(state)
        self.settings = FakeSettings(state)
        self.audit = FakeAuditLog(state)
        self.webex_sites = FakeWebExSites(state)

    def commit(self) -> None:
        assert self._is_writing, "a unit of work that only reads cannot commit"
        if self._store.failing_commits:
            raise self._store.failing_commits.pop(0)
        if self._store.state is not self._base:
            raise StoreConflict("another unit of work was committed in the meantime")
        self._store.state = self._state


@dataclass
class _Repository:
    state: State


class FakeUsers(_Repository):
    def get(self, user_id: int) -> User | None:
        account = self.state.accounts.get(user_id)
        return account.user if account else None

    def many(self, user_ids: Iterable[int]) -> Mapping[int, User]:
        return {i: self.state.accounts[i].user for i in set(user_ids) if i in self.state.accounts}

    def by_name(self, name: str) -> User | None:
        account = self.account(name)
        return account.user if account else None

    def by_email(self, email: str) -> User | None:
        found = (user for user in self.all() if email and user.email.casefold() == email.casefold())
        return next(found, None)

    def account(self, name: str) -> Account | None:
        return next(iter(self.accounts([name])), None)

    def accounts(self, names: Iterable[str] | None = None) -> Sequence[Account]:
        wanted = None if names is None else {name.casefold() for name in names}
        found = [self.state.accounts[i] for i in sorted(self.state.accounts)]
        groups = self.state.groups
        return [
            replace(
                one,
                permissions=frozenset().union(*(groups[g].permissions for g in one.groups if g in groups)),
            )
            for one in found
            if wanted is None or one.user.name.casefold() in wanted
        ]

    def all(self, *, after: int = 0, limit: int | None = None) -> Sequence[User]:
        return [self.state.accounts[i].user for i in sorted(self.state.accounts) if i > after][:limit]

    def add(self, user: User, password_hash: str, groups: Iterable[str]) -> User:
        groups = frozenset(groups)
        if self.by_name(user.name):
            raise ValueError(f"there is a user named {user.name} already")
        if groups - self.state.groups.keys():
            raise ValueError("there is no such group")
        added = replace(user, id=self.state.next_id("user"))
        self.state.accounts[added.id] = Account(user=added, password_hash=password_hash, groups=groups)
        return added

    def set_password_hash(self, user_id: int, password_hash: str) -> None:
        self.state.accounts[user_id] = replace(self.state.accounts[user_id], password_hash=password_hash)
        self.state.nt_hashes.pop(user_id, None)

    def put_all(self, accounts: Sequence[Account]) -> Sequence[User]:
        stored = []
        for account in accounts:
            if account.groups - self.state.groups.keys():
                raise ValueError("there is no such group")
            user = replace(account.user, id=account.user.id or self.state.next_id("user"))
            self.state.accounts[user.id] = replace(account, user=user, permissions=frozenset())
            stored.append(user)
        return sorted(stored, key=lambda user: user.id)


class FakeCredentials(_Repository):
    def nt_hash(self, user_id: int, *, is_even: bool = False) -> str:
        return self.state.nt_hashes.get(user_id, "")

    def set_nt_hash(self, user_id: int, nt_hash: str) -> None:
        if user_id not in self.state.accounts:
            raise LookupError(f"there is no user {user_id}")
        self.state.nt_hashes[user_id] = nt_hash

    def has_ntlm(self) -> bool:
        return any(self.state.nt_hashes.values())

    def improve(
        self, user_id: int, before: str, *, password_hash: str | None = None, nt_hash: str | None = None
    ) -> None:
        account = self.state.accounts[user_id]
        if account.password_hash == before:
            self.state.accounts[user_id] = replace(account, password_hash=password_hash or before)
            if nt_hash is not None:
                self.state.nt_hashes[user_id] = nt_hash


class FakeFailedLogins(_Repository):
    def find(self, places: Sequence[Place]) -> Mapping[Place, Failures]:
        return {place: self.state.failures[place] for place in places if place in self.state.failures}

    def lock(self, places: Sequence[Place], now: datetime) -> Mapping[Place, Failures]:
        for place in places:
            self.state.failures.setdefault(place, Failures(now, now))
        return self.find(places)

    def put(self, failures: Mapping[Place, Failures]) -> None:
        self.state.failures.update(failures)

    def forget(self, places: Sequence[Place]) -> None:
        for place in places:
            self.state.failures.pop(place, None)

    def forget_account(self, account: str) -> int:
        mine = [place for place in self.state.failures if place.account == account]
        self.forget(mine)
        return len(mine)

    def clean(self, now: datetime, *, at_most: int) -> None:
        latest = sorted(self.state.failures.items(), key=lambda item: item[1].forgotten_at)[-at_most:]
        self.state.failures = {place: one for place, one in latest if one.forgotten_at >= now}


class FakeUsedChallenges(_Repository):
    def use(self, challenge_id: str, expires_at: datetime) -> bool:
        is_new = challenge_id not in self.state.challenges
        self.state.challenges[challenge_id] = expires_at
        return is_new

    def clean(self, now: datetime) -> None:
        self.state.challenges = {name: until for name, until in self.state.challenges.items() if until >= now}


class FakeGroups(_Repository):
    def all(self) -> Sequence[Group]:
        return [self.state.groups[name] for name in sorted(self.state.groups, key=str.casefold)]

    def add(self, group: Group) -> None:
        if group.name in self.state.groups:
            raise ValueError(f"there is a group named {group.name} already")
        self.state.groups[group.name] = group

    def update(self, group: Group) -> None:
        if group.name not in self.state.groups:
            raise LookupError(f"there is no group named {group.name}")
        self.state.groups[group.name] = group

    def remove(self, name: str) -> int:
        del self.state.groups[name]
        members = [a for a in self.state.accounts.values() if name in a.groups]
        for account in members:
            self.state.accounts[account.user.id] = replace(account, groups=account.groups - {name})
        return len(members)

    def defaults(self) -> frozenset[str]:
        return frozenset({USERS, *(name for name, one in self.state.groups.items() if one.is_default)})


class FakeSystems(_Repository):
    def get(self, system_id: int) -> System | None:
        return self.state.systems.get(system_id)

    def many(self, system_ids: Iterable[int]) -> Mapping[int, System]:
        return {i: self.state.systems[i] for i in set(system_ids) if i in self.state.systems}

    def all(self) -> Sequence[System]:
        return [self.state.systems[i] for i in sorted(self.state.systems)]

    def at_present(
        self,
        now: datetime,
        system_ids: Iterable[int] | None = None,
        *,
        after: int = 0,
        limit: int | None = None,
    ) -> Sequence[System]:
        current = [view for view in self.state.views.values() if view.expires_at > now]
        in_call = {one.system_id for view in current for one in view.connected}
        asked = None if system_ids is None else set(system_ids)
        return [
            replace(one, status=SystemStatus.IN_CALL) if one.id in in_call else one
            for one in self.all()
            if one.id > after and (asked is None or one.id in asked)
        ][:limit]

    def dialled_domains(self) -> Sequence[str]:
        uris = (one.sip_uri.lower() for one in self.all())
        return sorted({uri.partition("@")[2] for uri in uris if "@" in uri})

    def add(self, system: System) -> System:
        if system.id in self.state.systems:
            raise ValueError(f"there is a system with the id {system.id} already")
        return self.put_all([system])[0]

    def named(self, names: Iterable[str]) -> Sequence[System]:
        wanted = {name.casefold() for name in names}
        return [one for one in self.all() if one.name.casefold() in wanted]

    def put_all(self, systems: Sequence[System]) -> Sequence[System]:
        stored = []
        for system in systems:
            old = self.state.systems.get(system.id, system)
            added = replace(system, id=system.id or max(self.state.systems, default=0) + 1)
            self.state.systems[added.id] = replace(
                added, is_remote_booking_allowed=old.is_remote_booking_allowed
            )
            stored.append(added)
        return stored

    def with_licences(self) -> int:
        return sum(system.is_remote_booking_allowed for system in self.state.systems.values())

    def allow_remote_bookings(self, system_ids: Collection[int], *, is_allowed: bool) -> None:
        for number, system in self.many(system_ids).items():
            self.state.systems[number] = replace(system, is_remote_booking_allowed=is_allowed)


class FakeConferences(_Repository):
    def get(self, conference_id: int) -> Conference | None:
        return self.state.conferences.get(conference_id)

    get_for_update = get

    def give_up_key(self, conference_id: int) -> None:
        place = self.state.conferences[conference_id].series
        self.state.keys_given_up.add(("series", place.series_id) if place else ("single", conference_id))

    def by_external_key(self, source_id: str, primary_key: str) -> Conference | None:
        for conference in self.state.conferences.values():
            place = conference.series
            whole_id = ("series", place.series_id) if place else ("single", conference.id)
            if conference.is_deleted or whole_id in self.state.keys_given_up:
                continue
            # An exception has the key of its series, whatever its own details say.
            whole = self.state.series[conference.series.series_id] if conference.series else conference
            key = (whole.details.external_source_id, whole.details.external_primary_key)
            if key == (source_id, primary_key):
                series = self.series_of(conference.id)
                return series.first if series else conference
        return None

    def deleted_by_external_key(self, source_id: str, primary_key: str) -> Conference | None:
        found = None
        for conference in self.state.conferences.values():
            series = self.series_of(conference.id)
            whole = series or conference
            key = (whole.details.external_source_id, whole.details.external_primary_key)
            if key == (source_id, primary_key) and not (
                series.living if series else not conference.is_deleted
            ):
                found = series.first if series else conference
        return found

    def add(self, conference: Conference) -> Conference:
        if conference.series is not None:
            raise ValueError("dates of a series are stored with it")
        added = replace(conference, id=self.state.next_id("conference"), transaction_id=None)
        self._store(added)
        return added

    def update(self, conference: Conference) -> None:
        before = self.state.conferences.get(conference.id)
        if before is None:
            raise LookupError(f"there is no conference {conference.id}")
        if before.series or conference.series:
            names = ("details", "participants", "owner_id", "created_by_id")
            if any(getattr(before, name) != getattr(conference, name) for name in names):
                raise ValueError("a date of a series: change what it shares by update_series")
        self._store(conference)

    def connect(self, conference_id: int, at: datetime) -> None:
        self.state.conferences[conference_id] = replace(
            self.state.conferences[conference_id], connected_at=at
        )

    def series_of(self, conference_id: int) -> Series | None:
        conference = self.state.conferences.get(conference_id)
        if conference is None or conference.series is None:
            return None
        series_id = conference.series.series_id
        detached = tuple(
            DetachedDate(recurrence_id=place.recurrence_id, period=self.state.conferences[i].period)
            for i, place in self.state.detached.items()
            if place.series_id == series_id
        )
        series = self.state.series[series_id]
        return replace(series, occurrences=tuple(self._dates(series_id)), detached=detached)

    def add_series(self, series: Series) -> Series:
        new = tuple(replace(date, id=0, transaction_id=None) for date in series.occurrences)
        return self._store_series(replace(series, id=self.state.next_id("series"), occurrences=new))

    def decision(self, conference_id: int) -> Decision | None:
        return self.state.decisions.get(conference_id)

    def update_series(self, before: Series, after: Series) -> Series:
        stored = {date.id for date in self._dates(after.id)}
        wanted = {date.id for date in after.occurrences if date.id}
        if stored != wanted:
            raise ValueError(f"not the dates of the series: {sorted(stored ^ wanted)}")
        return self._store_series(after)

    def _store_series(self, series: Series) -> Series:
        connected = {date.id: date.connected_at for date in self._dates(series.id)}
        for date in self._dates(series.id):
            del self.state.conferences[date.id]
        dates = tuple(
            replace(
                date,
                id=date.id or self.state.next_id("conference"),
                series=replace(date.series, series_id=series.id),
                connected_at=connected.get(date.id),
            )
            for date in series.occurrences
        )
        self.state.series[series.id] = replace(series, occurrences=())
        for date in dates:
            self._store(date)
        return replace(series, occurrences=dates)

    def _dates(self, series_id: int) -> list[Conference]:
        everybody = self.state.conferences.values()
        dates = [c for c in everybody if c.series and c.series.series_id == series_id]
        return sorted(dates, key=lambda date: (date.series.recurrence_id, date.id))

    def detach(self, conference: Conference) -> None:
        place = self.state.conferences[conference.id].series
        if place is None:
            raise ValueError(f"the conference {conference.id} belongs to no series")
        self.state.detached[conference.id] = place
        self._store(replace(conference, series=None))

    def _store(self, conference: Conference) -> None:
        for other in self.state.conferences.values():
            if other.id == conference.id or not other.period.overlaps(conference.period):
                continue
            if set(other.reserved_system_ids) & set(conference.reserved_system_ids):
                raise StoreConflict("a system is reserved by another conference")
            if other.reserved_space_id and other.reserved_space_id == conference.reserved_space_id:
                raise StoreConflict("the space is reserved by another conference")
        if conference.decision:
            self.state.decisions[conference.id] = conference.decision
        before = self.state.conferences.get(conference.id)
        # No save says since when everybody is to be connected.
        connected_at = before.connected_at if before else conference.connected_at
        stored = replace(conference, connected_at=connected_at, decision=None)
        self.state.conferences[conference.id] = stored

    def next_free(
        self, system_ids: Collection[int], wanted: Period, *, until: datetime, besides: Collection[int] = ()
    ) -> datetime | None:
        asked = set(system_ids)
        held = [c for c in self.state.conferences.values() if asked & set(c.reserved_system_ids)]
        free = wanted
        for taken in sorted(c.period for c in held if c.id not in besides):
            if taken.overlaps(free):
                free = wanted.moved_to(taken.end)
        return free.start if free.start <= until else None

    def clashes_in(
        self, system_ids: Iterable[int], periods: Sequence[Period], *, besides: Collection[int] = ()
    ) -> Sequence[Clash]:
        asked = list(system_ids)
        found = {
            (clash.system_id, clash.period.start, clash.conference_id): clash
            for period in periods
            for clash in self._clashes(asked, period)
            if clash.conference_id not in besides
        }
        return [found[key] for key in sorted(found)]

    def _clashes(self, system_ids: Iterable[int], period: Period) -> Sequence[Clash]:
        asked = set(system_ids)
        found = [
            Clash(
                system_id=system_id,
                conference_id=other.id,
                title=other.details.title,
                privacy_flag=other.details.privacy_flag,
                owner_id=other.owner_id,
                created_by_id=other.created_by_id,
                invitees=other.details.invitees,
                period=other.period,
            )
            for other in self.state.conferences.values()
            if other.period.overlaps(period)
            for system_id in other.reserved_system_ids
            if system_id in asked
        ]
        return sorted(found, key=lambda clash: (clash.system_id, clash.period.start))

    def find(self, wanted: ConferenceFilter, *, limit: int | None = None) -> Sequence[Conference]:
        found = [
            replace(conference, participants=())
            for conference in self.state.conferences.values()
            if _is_asked_for(conference, wanted)
            and conference.period.is_in_or_overlaps(wanted.period)
            and matches(conference.status(wanted.now), wanted.status)
        ]
        return sorted(found, key=lambda conference: (conference.period.start, conference.id))[:limit]

    def find_ids(self, wanted: ConferenceFilter, *, beyond: int) -> Sequence[int]:
        return [one.id for one in self.find(wanted)[beyond:]]

    def find_again(self, wanted: ConferenceFilter, ids: Collection[int]) -> Sequence[Conference]:
        found = {one.id: one for one in self.find(wanted)}
        return [found[number] for number in ids if number in found]

    def requests(self, now: datetime, *, limit: int) -> Sequence[Conference]:
        waiting = [
            replace(one, participants=())
            for one in self.state.conferences.values()
            if one.state is StoredState.MEETING_REQUEST and one.period.end > now
        ]
        return sorted(waiting, key=lambda one: (one.period.end, one.id))[:limit]

    def pending_on_bridge(self, bridge_id: int, now: datetime) -> Sequence[Conference]:
        held = {space.id for space in self.state.spaces.values() if space.bridge_id == bridge_id}
        found = [
            replace(one, participants=())
            for one in self.state.conferences.values()
            if one.reserved_space_id in held and one.period.start > now
        ]
        return sorted(found, key=lambda one: (one.period.start, one.id))

    def participant_emails(self, conference_ids: Collection[int]) -> Mapping[int, Collection[str]]:
        emails = {
            i: [p.email for p in self.state.conferences[i].participants if p.email] for i in conference_ids
        }
        return {i: some for i, some in emails.items() if some}


def _is_asked_for(conference: Conference, wanted: ConferenceFilter) -> bool:
    if wanted.user_id is not None and wanted.user_id not in (conference.owner_id, conference.created_by_id):
        return False
    return wanted.system_ids is None or bool(set(wanted.system_ids) & set(conference.system_ids))


class FakeBridges(_Repository):
    def get(self, bridge_id: int) -> Bridge | None:
        return self.state.bridges.get(bridge_id)

    def all(self) -> Sequence[Bridge]:
        return [self.state.bridges[i] for i in sorted(self.state.bridges)]

    def add(self, bridge: Bridge, credentials: BridgeCredentials) -> Bridge:
        if any(bridge.name == other.name or bridge.url == other.url for other in self.all()):
            raise ValueError("there is such a bridge already")
        added = replace(bridge, id=self.state.next_id("bridge"))
        self.state.bridges[added.id] = added
        self.state.credentials[added.id] = credentials
        self.state.preparations[added.id] = BridgePreparation()
        for offset in range(bridge.numeric_id_quantity):
            space_id = self.state.next_id("space")
            number = bridge.numeric_id_base + offset
            self.state.spaces[space_id] = Space(id=space_id, bridge_id=added.id, number=number)
        return added

    def change(
        self,
        changed: Bridge,
        *,
        credentials: BridgeCredentials | None = None,
        alternate: BridgeCredentials | None = None,
    ) -> None:
        before = self.state.bridges[changed.id]
        self.state.bridges[changed.id] = changed
        if credentials:
            self.state.credentials[changed.id] = credentials
        if alternate:
            self.state.alternate_credentials[changed.id] = alternate
        if (before.url, before.numbers) != (changed.url, changed.numbers):
            prepared = replace(self.preparation(changed.id), is_complete=False)
            self.state.preparations[changed.id] = prepared
        known = {s.number for s in self.state.spaces.values() if s.bridge_id == changed.id}
        for number in sorted(set(changed.numbers) - known):
            space_id = self.state.next_id("space")
            self.state.spaces[space_id] = Space(id=space_id, bridge_id=changed.id, number=number)

    def credentials(self, bridge_id: int, address: BridgeAddress = BridgeAddress.MAIN) -> BridgeCredentials:
        is_main = address is BridgeAddress.MAIN
        return (self.state.credentials if is_main else self.state.alternate_credentials)[bridge_id]

    def preparation(self, bridge_id: int) -> BridgePreparation:
        return self.state.preparations[bridge_id]

    def set_preparation(self, bridge_id: int, preparation: BridgePreparation) -> None:
        self.state.preparations[bridge_id] = preparation
        for space in self.state.spaces.values():
            cospace_id = preparation.cospace_ids.get(space.number)
            if space.bridge_id == bridge_id and space.cospace_id != cospace_id:
                self.set_cospace_id(space.id, cospace_id)

    def profiles(self, bridge_id: int) -> BridgeProfiles:
        known = self.preparation(bridge_id)
        return BridgeProfiles(
            call_profile_id=known.call_profile_id or "",
            call_leg_profile_id=known.call_leg_profile_id or "",
            made={name: made for (bridge, name), made in self.state.profiles.items() if bridge == bridge_id},
        )

    def note_profile(self, bridge_id: int, name: str, profile_id: str) -> str:
        return self.state.profiles.setdefault((bridge_id, name), profile_id)

    def forget_profiles(self, bridge_id: int) -> None:
        kept = {key: made for key, made in self.state.profiles.items() if key[0] != bridge_id}
        self.state.profiles = kept

    def unprepared(self) -> Sequence[Bridge]:
        return [b for b in self.all() if b.is_enabled and not self.preparation(b.id).is_complete]

    def numbers_in_use(self, bridge_id: int, now: datetime) -> frozenset[int]:
        booked = {c.reserved_space_id for c in self.state.conferences.values() if c.period.end > now}
        booked |= {live.space_id for live in self.state.live.values() if live.closed_at is None}
        numbers = self.state.bridges[bridge_id].numbers
        spaces = [space for space in self.state.spaces.values() if space.bridge_id == bridge_id]
        return frozenset(space.number for space in spaces if space.number in numbers or space.id in booked)

    def with_surplus(self, now: datetime) -> Sequence[Bridge]:
        return [
            bridge
            for bridge in self.all()
            if self.preparation(bridge.id).cospace_ids.keys() - self.numbers_in_use(bridge.id, now)
        ]

    def memberships(self) -> Sequence[Membership]:
        known = [(bridge, self.preparation(bridge.id)) for bridge in self.all()]
        return [Membership(bridge=b, cluster_id=p.cluster_id, nodes=p.nodes) for b, p in known]

    def set_membership(self, bridge_id: int, cluster_id: str, nodes: tuple[ClusterNode, ...]) -> None:
        changed = replace(self.preparation(bridge_id), cluster_id=cluster_id, nodes=nodes)
        self.state.preparations[bridge_id] = changed

    def lease_setup(self, bridge_id: int, owner: str, now: datetime, until: datetime) -> bool:
        holder, held_until = self.state.setup_leases.get(bridge_id, (owner, now))
        if holder != owner and held_until > now:
            return False
        self.state.setup_leases[bridge_id] = (owner, until)
        return True

    def release_setup(self, bridge_id: int, owner: str) -> None:
        if self.state.setup_leases.get(bridge_id, ("",))[0] == owner:
            del self.state.setup_leases[bridge_id]

    def healths(self) -> Sequence[BridgeHealth]:
        return list(self.state.healths.values())

    def space(self, space_id: int) -> Space | None:
        return self.state.spaces.get(space_id)

    def spaces(self, bridge_id: int) -> Sequence[Space]:
        spaces = [space for space in self.state.spaces.values() if space.bridge_id == bridge_id]
        return sorted(spaces, key=lambda space: space.number)

    def numbered(self, numbers: Collection[int]) -> Sequence[Space]:
        return [
            space
            for _, space in sorted(self.state.spaces.items())
            if space.number in numbers
            and space.number in self.state.bridges[space.bridge_id].numbers
            and space.state is SpaceState.READY
        ]

    def holders(self, bridge_id: int, period: Period) -> Mapping[int, Sequence[int]]:
        holders: dict[int, list[int]] = {}
        for conference in self._in([period], ()):
            space = self.state.spaces.get(conference.reserved_space_id or 0)
            if space and space.bridge_id == bridge_id:
                holders.setdefault(space.id, []).append(conference.id)
        return holders

    def holds(
        self, bridge_ids: Collection[int], now: datetime, *, until: datetime | None = None
    ) -> Mapping[int, Sequence[Hold]]:
        holds: dict[int, list[Hold]] = {}
        for one in sorted(self.state.conferences.values(), key=lambda c: (c.period.start, c.id)):
            space = self.state.spaces.get(one.reserved_space_id or 0)
            is_late = until is not None and one.period.start > until
            if space is None or space.bridge_id not in bridge_ids or one.period.end <= now or is_late:
                continue
            if one.period.start < one.period.end:
                hold = Hold(
                    conference_id=one.id,
                    series_id=one.series.series_id if one.series else None,
                    period=one.period,
                    participants=one.participant_count,
                )
                holds.setdefault(space.bridge_id, []).append(hold)
        return holds

    def set_cospace_id(self, space_id: int, cospace_id: str | None) -> None:
        self._set_space(space_id, cospace_id=cospace_id, state=SpaceState.READY)

    def set_space_state(self, space_id: int, state: SpaceState) -> None:
        kept = {} if state is SpaceState.READY else {"cospace_id": None}
        self._set_space(space_id, state=state, **kept)

    def _set_space(self, space_id: int, **changes: Any) -> None:
        space = self.state.spaces[space_id]
        self.state.spaces = {**self.state.spaces, space_id: replace(space, **changes)}
        known = self.state.preparations[space.bridge_id]
        if "cospace_id" in changes and known.cospace_ids.get(space.number) != changes["cospace_id"]:
            ids = {**known.cospace_ids, space.number: changes["cospace_id"]}
            kept = {number: one for number, one in ids.items() if one}
            self.state.preparations[space.bridge_id] = replace(known, cospace_ids=kept)

    def prepare_again(self, bridge_id: int) -> None:
        self.state.preparations[bridge_id] = replace(self.preparation(bridge_id), is_complete=False)

    def lock_for_allocation(self, bridge_id: int) -> bool:
        assert bridge_id in self.state.bridges
        return True

    def set_told(
        self, bridge_id: int, *, participants: int | None, is_balancing: bool, load: int | None = None
    ) -> None:
        told = {"told_participants": participants, "told_load": load, "is_balancing": is_balancing}
        bridge = replace(self.state.bridges[bridge_id], **told)
        self.state.bridges = {**self.state.bridges, bridge_id: bridge}

    def set_software_version(self, bridge_id: int, version: str) -> None:
        bridge = replace(self.state.bridges[bridge_id], software_version=version)
        self.state.bridges = {**self.state.bridges, bridge_id: bridge}

    def most_participants(
        self, bridge_ids: Collection[int], periods: Sequence[Period], *, besides: Collection[int] = ()
    ) -> Mapping[int, Sequence[int]]:
        return {i: [self._most(i, period, besides) for period in periods] for i in bridge_ids}

    def _most(self, bridge_id: int, period: Period, besides: Collection[int]) -> int:
        """Only when somebody comes can there be more than before."""
        spaces = {space.id for space in self.state.spaces.values() if space.bridge_id == bridge_id}
        there = [c for c in self._in([period], besides) if c.reserved_space_id in spaces]
        moments = {max(period.start, c.period.start) for c in there}
        return max(
            (sum(c.participant_count for c in there if c.period.contains(moment)) for moment in moments),
            default=0,
        )

    def are_spaces_free(
        self, claims: Sequence[tuple[int, Period]], *, besides: Collection[int] = ()
    ) -> Sequence[bool]:
        return [
            not any(c.reserved_space_id == space_id for c in self._in([period], besides))
            for space_id, period in claims
        ]

    def occupancies(
        self, periods: Sequence[Period], *, besides: Collection[int] = ()
    ) -> Sequence[Sequence[BridgeOccupancy]]:
        return [self.common_occupancy([period], besides=besides) for period in periods]

    def common_occupancy(
        self, periods: Sequence[Period], *, besides: Collection[int] = ()
    ) -> Sequence[BridgeOccupancy]:
        held = [c.reserved_space_id for c in self._in(periods, besides)]
        seen = []
        for bridge in self.all():
            spaces = {space.id: space for space in self.state.spaces.values() if space.bridge_id == bridge.id}
            offered = [s for s in spaces.values() if s.state is SpaceState.READY]
            free = sorted(
                (s.number, s.id) for s in offered if s.id not in held and s.number in bridge.numbers
            )
            taken = sum(space_id in spaces for space_id in held)
            first = self.state.spaces[free[0][1]] if free else None
            answers = [h.is_reachable is not False for h in self.healths() if h.bridge_id == bridge.id]
            seen.append(
                BridgeOccupancy(
                    bridge=bridge,
                    free_space=first,
                    conferences=taken,
                    is_reachable=any(answers) or not answers,
                )
            )
        return seen

    def _in(self, periods: Sequence[Period], besides: Collection[int | None]) -> list[Conference]:
        everybody = [c for c in self.state.conferences.values() if c.id not in besides]
        return [c for c in everybody if any(c.period.overlaps(period) for period in periods)]


class FakeTransactionLog(_Repository):
    def append(self, changes: Sequence[Change]) -> Sequence[int]:
        ids = []
        for change in changes:
            row_id = self.state.next_id("transaction")
            self.state.transactions[row_id] = Transaction(
                id=row_id,
                conference_id=change.conference_id,
                type=change.type,
                performed_by_id=change.performed_by_id,
                system_ids=tuple(sorted(set(change.system_ids))),
            )
            conference = self.state.conferences[change.conference_id]
            self.state.conferences[conference.id] = replace(conference, transaction_id=row_id)
            ids.append(row_id)
        return ids

    def since(self, transaction_id: int, *, limit: int, system_id: int | None = None) -> TransactionPage:
        rows = [
            row
            for row_id, row in sorted(self.state.transactions.items())
            if row_id > transaction_id and (system_id is None or system_id in row.system_ids)
        ]
        return TransactionPage(transactions=tuple(rows[:limit]), is_incomplete=len(rows) > limit)


class FakeOutbox(_Repository):
    def put(self, conference_id: int, kind: JobKind, due_at: datetime, *, request_id: str = "") -> None:
        row = self.state.outbox.get((conference_id, kind))
        if row is None:
            row_id = self.state.next_id("outbox")
            row = OutboxRow(id=row_id, conference_id=conference_id, kind=kind, due_at=due_at, generation=0)
        wish = {"due_at": due_at, "attempts": 0, "done_at": None, "last_error": "", "request_id": request_id}
        conference = self.state.conferences.get(conference_id)
        if conference and conference.route:
            wish["bridge_id"] = conference.route.bridge_id
        self.state.outbox[conference_id, kind] = replace(row, generation=row.generation + 1, **wish)

    def _withdraw(self, conference_id: int, kind: JobKind) -> None:
        row = self.state.outbox.get((conference_id, kind))
        if row:
            change = {"due_at": None, "attempts": 0, "generation": row.generation + 1}
            self.state.outbox[conference_id, kind] = replace(row, **change)

    def put_all(self, wishes: Sequence[Wish]) -> None:
        for wish in wishes:
            if wish.due_at is None:
                self._withdraw(wish.conference_id, wish.kind)
            else:
                self.put(wish.conference_id, wish.kind, wish.due_at, request_id=wish.request_id)

    def hurry(self, conference_ids: Collection[int], kind: JobKind, due_at: datetime) -> None:
        for conference_id in conference_ids:
            row = self.state.outbox.get((conference_id, kind))
            if row and row.is_wanted and (row.due_at > due_at or row.lease_owner):
                hurried = replace(row, due_at=due_at, generation=row.generation + 1)
                self.state.outbox[conference_id, kind] = hurried


class FakeLiveViews(_Repository):
    def get(self, conference_id: int) -> LiveView | None:
        return self.state.views.get(conference_id)

    def put(self, view: LiveView) -> None:
        self.state.views[view.conference_id] = view
        there = {one.call_leg_id for one in view.participants}
        self.state.leg_ends = {
            leg: end
            for leg, end in self.state.leg_ends.items()
            if end[0] != view.conference_id or leg in there
        }

    def refresh(self, conference_id: int, seen_at: datetime) -> None:
        self.state.views[conference_id] = replace(self.state.views[conference_id], seen_at=seen_at)

    def drop(self, conference_id: int) -> None:
        self.state.views.pop(conference_id, None)
        ends = self.state.leg_ends.items()
        self.state.leg_ends = {leg: end for leg, end in ends if end[0] != conference_id}

    def tell(self, conference_id: int, events: Sequence[ConferenceEvent]) -> None:
        self.state.events[conference_id] = (*self.state.events.get(conference_id, ()), *events)

    def events(self, conference_id: int) -> Sequence[ConferenceEvent]:
        return self.state.events.get(conference_id, ())

    def conferences_of(
        self, bridge_id: int, call_ids: Collection[str], call_leg_ids: Collection[str]
    ) -> tuple[frozenset[int], Mapping[str, int]]:
        alive = [one for one in self.state.live.values() if one.bridge_id == bridge_id and not one.closed_at]
        legs = {leg.call_leg_id: one.conference_id for one in alive for leg in one.legs}
        for one in alive:
            view = self.get(one.conference_id)
            legs |= {p.call_leg_id: one.conference_id for p in (view.participants if view else ())}
        return (
            frozenset(one.conference_id for one in alive if one.call_id in call_ids),
            {leg: conference_id for leg, conference_id in legs.items() if leg in call_leg_ids},
        )

    def put_reasons(self, reasons: Mapping[str, tuple[int, str]]) -> None:
        self.state.leg_ends.update(reasons)

    def reasons(self, conference_id: int) -> Mapping[str, str]:
        return {leg: why for leg, (its, why) in self.state.leg_ends.items() if its == conference_id}


class FakeRecordSessions(_Repository):
    def locked(self, bridge_id: int, session_id: str, now: datetime) -> RecordSession:
        new = RecordSession(bridge_id=bridge_id, id=session_id, last_at=now)
        return self.state.record_sessions.get((bridge_id, session_id), new)

    def put(self, session: RecordSession) -> None:
        self.state.record_sessions[session.bridge_id, session.id] = session

    def latest(self) -> Mapping[int, RecordSession]:
        in_order = sorted(self.state.record_sessions.values(), key=lambda one: one.last_at)
        return {one.bridge_id: one for one in in_order}


class FakeOutgoingMails(_Repository):
    def put(self, mail: OutgoingMail) -> None:
        self.state.mails[self.state.next_id("mail")] = mail


class FakeTickets(_Repository):
    def open_about(self, subject: str) -> Sequence[Ticket]:
        return [one for one in self.all() if one.subject == subject]

    def open(self, subject: str, kind: str, text: str, now: datetime) -> bool:
        for ticket in self.all():
            if (ticket.subject, ticket.kind) == (subject, kind):
                self.state.tickets[ticket.id] = replace(ticket, text=text)
                return False
        ticket_id = self.state.next_id("ticket")
        self.state.tickets[ticket_id] = Ticket(
            id=ticket_id, subject=subject, kind=kind, text=text, opened_at=now
        )
        return True

    def close(self, subject: str, kind: str, now: datetime) -> bool:
        for ticket in self.all():
            if (ticket.subject, ticket.kind) == (subject, kind):
                self.state.tickets[ticket.id] = replace(ticket, closed_at=now)
                return True
        return False

    def rename(self, subject: str, new: str) -> None:
        for ticket in self.all():
            if ticket.subject == subject:
                self.state.tickets[ticket.id] = replace(ticket, subject=new)

    def all(self, *, is_open: bool | None = True) -> Sequence[Ticket]:
        tickets = [t for t in self.state.tickets.values() if is_open in (None, t.closed_at is None)]
        return sorted(tickets, key=lambda ticket: (ticket.opened_at, ticket.id), reverse=True)


class FakeOptionKeys(_Repository):
    def all(self) -> Mapping[str, int]:
        return dict(self.state.option_keys)

    def locked(self) -> Mapping[str, int]:
        return self.all()

    def add(self, kind: str, count: int) -> None:
        self.state.option_keys[kind] = self.state.option_keys.get(kind, 0) + count

    def remove(self, kind: str, count: int) -> None:
        left = self.state.option_keys.get(kind, 0) - count
        if left < 0:
            raise ValueError("there are not that many")
        self.state.option_keys[kind] = left


class FakeSessions(_Repository):
    def get(self, session_id: str) -> ClientSession | None:
        return self.state.sessions.get(session_id)

    def standing(self, session_id: str, now: datetime) -> Standing:
        active = self.active(now)
        return Standing(
            licences=Licences.of(self.state.option_keys),
            session=self.get(session_id) if self.state.option_keys else None,
            active=len(active),
            taken=len({session.licence for session in active} - {None}),
        )

    def shared_licence(self, session: ClientSession, now: datetime) -> str | None:
        kin = [s for s in self.active(now) if s.successor_id == session.id or s.id == session.successor_id]
        return next((one.licence for one in kin if one.licence), None)

    def put(self, session: ClientSession) -> None:
        self.state.sessions[session.id] = session

    def touch(self, session: ClientSession) -> None:
        known = self.state.sessions[session.id]
        if not known.is_over(session.last_used_at):
            changes = {"last_used_at": session.last_used_at, "expires_at": session.expires_at}
            self.state.sessions[session.id] = replace(known, **changes)

    def active(self, now: datetime) -> Sequence[ClientSession]:
        living = [session for session in self.state.sessions.values() if not session.is_over(now)]
        return sorted(living, key=lambda session: (session.first_used_at, session.id))

    def end(self, session_id: str, now: datetime) -> bool:
        known = self.get(session_id)
        if known is None or known.is_over(now):
            return False
        for one in self.active(now):
            if one.id == session_id or (one.licence and one.licence == known.licence):
                self.state.sessions[one.id] = replace(one, expires_at=now)
        return True

    def forget(self, before: datetime) -> None:
        for session in list(self.state.sessions.values()):
            if session.expires_at <= before:
                del self.state.sessions[session.id]


class FakeSettings(_Repository):
    def all(self) -> Mapping[str, str]:
        return self.state.settings

    def put(self, name: str, value: str) -> None:
        self.state.settings[name] = value


# ---------------------------------------------------------------- the workers' side of the store


class FakeAuditLog(_Repository):
    def append(self, entry: AuditEntry) -> None:
        texts = {name: printable(getattr(entry, name)) for name in ("who", "origin", "subject", "detail")}
        number = self.state.next_id("audit")
        self.state.audit[number] = replace(entry, id=number, **texts)

    def find(self, wanted: AuditFilter, *, limit: int) -> Sequence[AuditEntry]:
        assert wanted == AuditFilter(), "the store's own tests try the filters"
        newest = sorted(self.state.audit.values(), key=lambda entry: (entry.at, entry.id), reverse=True)
        return newest[:limit]

    def prune(self, before: datetime) -> int:
        old = [entry.id for entry in self.state.audit.values() if entry.at < before]
        for number in old:
            del self.state.audit[number]
        return len(old)


class FakeWebExSites(_Repository):
    def all(self) -> Sequence[WebExSite]:
        return [self.state.webex_sites[number] for number in sorted(self.state.webex_sites)]

    def add(self, site: WebExSite) -> WebExSite:
        if any(one.key == site.key for one in self.all()):
            raise ValueError(f"there is a WebEx site {site.url} already")
        added = replace(
            site, id=self.state.next_id("webex_site"), is_default=site.is_default or not self.all()
        )
        self.change(added)
        return added

    def change(self, site: WebExSite) -> None:
        if site.is_default:
            for one in self.all():
                self.state.webex_sites[one.id] = replace(one, is_default=False)
        self.state.webex_sites[site.id] = site

    def remove(self, site_id: int) -> None:
        self.state.webex_sites.pop(site_id, None)


class FakeJobQueue:
    """Implements ``tmsba.ports.jobs.JobQueue``; a worker that was killed cannot give anything back."""

    def __init__(self, store: FakeStore) -> None:
        self.store = store
        self.fuse = Fuse()

    def claim(
        self,
        owner: str,
        now: datetime,
        until: datetime,
        limit: int,
        *,
        per_bridge: int | None = None,
        busy: Mapping[int, int] = MappingProxyType({}),
    ) -> Sequence[Job]:
        with self.store.writing() as uow:
            rows = uow._state.outbox
            due = [row for row in rows.values() if row.is_wanted and row.due_at <= now]
            free = [row for row in due if row.lease_until is None or row.lease_until <= now]
            taken = Counter(busy)
            jobs: list[Job] = []
            for row in sorted(free, key=lambda row: (row.due_at, row.id)):
                if len(jobs) >= limit or taken[row.bridge_id] >= (
                    limit if per_bridge is None else per_bridge
                ):
                    continue
                taken[row.bridge_id] += 1
                leased = replace(row, lease_owner=owner, lease_until=until, attempts=row.attempts + 1)
                rows[row.conference_id, row.kind] = leased
                jobs.append(Job(**{f.name: getattr(leased, f.name) for f in fields(Job)}))
            uow.commit()
            return jobs

    def renew(self, job: Job, owner: str, until: datetime) -> bool:
        return self._give(job, owner, {"lease_until": until}, {}) is not None

    def finish(self, job: Job, owner: str, now: datetime, *, space: SpaceLease | None = None) -> bool:
        if space:
            self.release_space(space.space_id, space.owner)
        return self._give_back(job, owner, {"done_at": now, "last_error": ""})

    def postpone(self, job: Job, owner: str, until: datetime, error: str) -> bool:
        return self._give_back(job, owner, {"due_at": until, "last_error": error})

    def lease_space(self, space_id: int, owner: str, now: datetime, until: datetime) -> bool:
        with self.store.writing() as uow:
            leases = uow._state.space_leases
            holder, held_until = leases.get(space_id, (owner, now))
            if holder != owner and held_until > now:
                return False
            leases[space_id] = (owner, until)
            uow.commit()
            return True

    def release_space(self, space_id: int, owner: str) -> None:
        with self.store.writing() as uow:
            if uow._state.space_leases.get(space_id, ("",))[0] == owner and not self.fuse.is_dead:
                del uow._state.space_leases[space_id]
                uow.commit()

    def row(self, conference_id: int, kind: JobKind) -> OutboxRow | None:
        return self.store.state.outbox.get((conference_id, kind))

    def steal(self, conference_id: int, kind: JobKind, owner: str = "thief") -> None:
        """Let another worker hold the job."""
        key = (conference_id, kind)
        self.store.state.outbox[key] = replace(self.store.state.outbox[key], lease_owner=owner)

    def _give_back(self, job: Job, owner: str, outcome: dict[str, Any]) -> bool:
        lease = {"lease_owner": None, "lease_until": None}
        return self._give(job, owner, lease, outcome) == job.generation

    def _give(self, job: Job, owner: str, always: dict[str, Any], outcome: dict[str, Any]) -> int | None:
        with self.store.writing() as uow:
            row = uow._state.outbox[job.conference_id, job.kind]
            is_same_wish = row.generation == job.generation
            if row.lease_owner != owner or (is_same_wish and row.attempts != job.attempts):
                return None
            changes = always | (outcome if is_same_wish else {})
            uow._state.outbox[job.conference_id, job.kind] = replace(row, **changes)
            uow.commit()
            return row.generation


class FakeHealthChecks:
    """Implements ``tmsba.ports.bridges.HealthChecks``; addresses without a row are due."""

    def __init__(self, store: FakeStore) -> None:
        self.store = store
        self.due: dict[tuple[int, BridgeAddress], datetime] = {}
        self.owners: dict[tuple[int, BridgeAddress], str] = {}

    def claim(self, owner: str, now: datetime, until: datetime, limit: int) -> Sequence[BridgeHealth]:
        with self.store.reading() as uow:
            keys = [(bridge.id, BridgeAddress.MAIN) for bridge in uow.bridges.all() if bridge.is_enabled]
            keys += [(b.id, BridgeAddress.ALTERNATE) for b in uow.bridges.all() if b.alternate_url]
            free = [k for k in keys if k not in self.owners and self.due.get(k, now) <= now][:limit]
            self.owners |= dict.fromkeys(free, owner)
            known = uow._state.healths
            return [known.get(key, BridgeHealth(bridge_id=key[0], address=key[1])) for key in free]

    def finish(self, health: BridgeHealth, owner: str, due_at: datetime) -> bool:
        key = (health.bridge_id, health.address)
        if self.owners.get(key) != owner:
            return False
        del self.owners[key]
        self.due[key] = due_at
        with self.store.writing() as uow:
            uow._state.healths[key] = health
            uow.commit()
        return True


class FakeLiveConferences:
    """Implements ``tmsba.ports.live.LiveConferences``."""

    def __init__(self, store: FakeStore) -> None:
        self.store = store
        self.fuse = Fuse()

    def get(self, conference_id: int) -> LiveConference | None:
        with self.store.reading() as uow:
            return uow._state.live.get(conference_id)

    def around(self, conference_id: int, space_id: int) -> Surroundings:
        left = [live for live in self.with_left() if live.conference_id != conference_id]
        return Surroundings(
            own=self.get(conference_id),
            is_alone=not left and not self.open_on_space(space_id, besides=conference_id),
        )

    def open_on_space(self, space_id: int, *, besides: int) -> Sequence[LiveConference]:
        with self.store.reading() as uow:
            everything = sorted(uow._state.live.items())
        return [
            live
            for conference_id, live in everything
            if live.space_id == space_id and live.closed_at is None and conference_id != besides
        ]

    def open_on_bridge(self, bridge_id: int) -> Sequence[LiveConference]:
        with self.store.reading() as uow:
            everything = [live for _, live in sorted(uow._state.live.items())]
        return [live for live in everything if live.bridge_id == bridge_id and live.is_open]

    def with_left(self) -> Sequence[LiveConference]:
        with self.store.reading() as uow:
            return [live for _, live in sorted(uow._state.live.items()) if live.left]

    def put(self, live: LiveConference, *, before: LiveConference | None = None) -> None:
        with self.fuse.step(), self.store.writing() as uow:
            assert before in (None, uow._state.live.get(live.conference_id))
            uow._state.live[live.conference_id] = live
            if live.closed_at:
                uow.live.drop(live.conference_id)
            uow.commit()


# ---------------------------------------------------------------- the bridge


#: The profiles of the rooms that a worker had made.
USUAL_CALL_PROFILE, USUAL_LEG_PROFILE = "usual-call", "usual-leg"


@dataclass
class RemoteRoom:
    """A numbered space as the bridge has it."""

    id: str
    number: int
    name: str
    is_open: bool = False
    passcode: str = ""
    secret: str = ""
    #: What meetings gave it, and it was not taken from it again, by the bridge's names.
    settings: dict[str, str] = field(default_factory=dict)
    call_profile: str = USUAL_CALL_PROFILE
    owner: str | None = None
    #: The ways into it besides its own.
    ways: dict[str, AccessMethod] = field(default_factory=dict)


class FakeBridge:
    """A bridge and its client in one: has the methods of ``BridgeClient`` that the workers use.

    Attributes:
        requests: what was asked, as the method's name and its first argument.
        fuse: breaks one of the requests.
        before: called before a request with its method's name, so that something can happen in between.
        refused: addresses that the bridge will not dial.
        is_down: whether it answers nothing at all.
        spell: how it spells the address that it was given.
        answers: whether somebody at this address answers when it rings.
        messages: what was shown, with the call.
        people: the participants that it lists.
        uptime: how long it says that it has been up.
        elsewhere: who is in a call on another node of the cluster.
        dial_plan: for which calls it has rules.
    """

    def __init__(
        self, numbers: Iterable[int] = range(1, 4), *, first: "FakeBridge | None" = None, prefix: str = ""
    ) -> None:
        """Another node of the cluster of ``first`` has the same rooms, and calls of its own."""
        self.rooms = {f"cospace-{n}": RemoteRoom(f"cospace-{n}", n, placeholder_name(n)) for n in numbers}
        if first:
            self.rooms = first.rooms
        self.prefix = prefix
        self.gaps = Gaps()
        self.live_calls: dict[str, str] = {}
        self.legs: dict[str, tuple[str, str]] = {}
        self.requests: list[tuple[str, str]] = []
        self.fuse = Fuse()
        self.before: Callable[[str], None] | None = None
        self.refused: set[str] = set()
        self.lost_profiles: set[str] = set()
        self.is_down = False
        self.spell: Callable[[str], str] = lambda address: address
        self.answers: Callable[[str], bool] = lambda address: True
        self.messages: list[tuple[str, str]] = []
        self.people: list[BridgeParticipant] = []
        self.leg_profiles: dict[str, LegProfile] = {}
        self.call_profile_modes: dict[str, str | None] = {}
        self.call_options: dict[str, CallOptions] = {}
        self.leg_options: dict[str, LegOptions] = {}
        self.recorded: set[str] = set()
        self.layouts: list[tuple[str, str]] = []
        self.uptime: timedelta | None = None
        self.dial_plan = DialPlan(inbound=("cms.example.com",), outbound=("*",))
        self.elsewhere: list[BridgeParticipant] = []
        self.request_id: str | None = None
        self.is_closed = False
        self._ids = 0

    # What a test asks

    def room(self, number: int) -> RemoteRoom:
        return self.rooms[f"cospace-{number}"]

    def calls_in(self, number: int) -> list[str]:
        return [call for call, room in self.live_calls.items() if room == f"cospace-{number}"]

    def dialled(self, number: int) -> list[str]:
        """The remote parties of all legs in the space, sorted."""
        calls = self.calls_in(number)
        return sorted(party for call, party in self.legs.values() if call in calls)

    @property
    def methods(self) -> list[str]:
        return [method for method, _ in self.requests]

    # The client's methods

    def status(self) -> BridgeStatus:
        with self._request("status"):
            return BridgeStatus(software_version="3.4.1", uptime=self.uptime)

    def participants(self, *, is_glance: bool = False) -> list[BridgeParticipant]:
        with self._request("participants"):
            return list(self.people)

    def alarms(self) -> list[SystemAlarm]:
        with self._request("alarms"):
            return []

    def media_processing_load(self) -> int:
        with self._request("media_processing_load"):
            return 0

    def call_bridge_licence(self) -> CallBridgeLicence:
        with self._request("call_bridge_licence"):
            return CallBridgeLicence(status="activated")

    def limits(self) -> BridgeLimits:
        with self._request("limits"):
            return BridgeLimits()

    def inbound_rules(self) -> list[DialPlanRule]:
        with self._request("inbound_rules"):
            return [DialPlanRule(id=domain, domain=domain) for domain in self.dial_plan.inbound]

    def outbound_rules(self) -> list[DialPlanRule]:
        with self._request("outbound_rules"):
            return [DialPlanRule(id=pattern, domain=pattern) for pattern in self.dial_plan.outbound]

    def call_bridges(self) -> list[CallBridge]:
        with self._request("call_bridges"):
            return []

    def noted_space(self, space_id: str | None) -> RemoteSpace | None:
        return next((space for space in self.spaces() if space.id == space_id), None)

    def spaces_matching(self, text: str) -> list[RemoteSpace]:
        with self._request("spaces_matching", text):
            return [one for one in self._listed() if text in (one.uri or "") or text in (one.name or "")]

    def spaces(self, *, is_glance: bool = False) -> list[RemoteSpace]:
        with self._request("spaces"):
            return self._listed()

    def _listed(self) -> list[RemoteSpace]:
        return [
            RemoteSpace(id=room.id, name=room.name, uri=str(room.number), call_id=str(room.number))
            for room in self.rooms.values()
        ]

    def space_if_any(self, space_id: str) -> RemoteSpace | None:
        try:
            return self.space(space_id)
        except NotFoundOnBridge:
            return None

    def space(self, space_id: str) -> RemoteSpace:
        with self._request("space", space_id):
            room = self._room(space_id)
            return RemoteSpace(
                id=room.id,
                name=room.name,
                uri=str(room.number),
                call_id=str(room.number),
                is_non_member_access_allowed=room.is_open,
                call_profile_id=room.settings.get("callProfile", room.call_profile),
                access_method_count=len(room.ways) or None,
                owner=room.owner,
            )

    def create_space(self, number: int, *, call_profile_id: str, call_leg_profile_id: str) -> str:
        with self._request("create_space", str(number)):
            if any(room.number == number for room in self.rooms.values()):
                raise RequestRefused("The number is taken.", reasons=("duplicateCoSpaceUri",))
            if call_profile_id in self.lost_profiles:
                raise NotFoundOnBridge("No such profile.", reasons=("callProfileDoesNotExist",))
            room_id = self._new_id("made")
            self.rooms[room_id] = RemoteRoom(
                room_id, number, placeholder_name(number), call_profile=call_profile_id
            )
            return room_id

    def open_space(
        self, space_id: str, *, name: str, passcode: str, secret: str, settings: SpaceSettings = USUAL_SPACE
    ) -> None:
        with self._request("open_space", space_id):
            room = self._room(space_id)
            if any(way.passcode == passcode for way in room.ways.values()):
                raise RequestRefused("Another way has it.", reasons=("duplicateCoSpaceUriPasscode",))
            self._set(room, settings)
            room.is_open, room.name, room.passcode, room.secret = True, name, passcode, secret

    def close_space(
        self, space_id: str, *, placeholder_name: str, settings: SpaceSettings = USUAL_SPACE
    ) -> None:
        with self._request("close_space", space_id):
            room = self._room(space_id)
            self._set(room, settings)
            room.is_open, room.name, room.passcode, room.secret = False, placeholder_name, "", ""

    def access_methods(self, space_id: str) -> list[AccessMethod]:
        with self._request("access_methods", space_id):
            return list(self._room(space_id).ways.values())

    def create_access_method(
        self, space_id: str, number: int, *, passcode: str, call_leg_profile_id: str
    ) -> str:
        with self._request("create_access_method", space_id):
            way_id = self._new_id("way")
            way = AccessMethod(id=way_id, uri=str(number), call_id=str(number))
            self._put_way(space_id, way, passcode, call_leg_profile_id)
            return way_id

    def change_access_method(
        self, space_id: str, method_id: str, *, passcode: str, call_leg_profile_id: str
    ) -> None:
        with self._request("change_access_method", space_id):
            way = self._room(space_id).ways[method_id]
            self._put_way(space_id, way, passcode, call_leg_profile_id)

    def delete_access_method(self, space_id: str, method_id: str) -> None:
        with self._request("delete_access_method", space_id):
            self._room(space_id).ways.pop(method_id, None)

    def _put_way(self, space_id: str, way: AccessMethod, passcode: str, profile_id: str) -> None:
        room = self._room(space_id)
        others = {one.passcode for one in room.ways.values() if one.id != way.id}
        if passcode in {room.passcode, *others}:
            raise RequestRefused("Another way has it.", reasons=("duplicateCoSpaceUriPasscode",))
        if profile_id not in {USUAL_LEG_PROFILE, *self.leg_profiles}:
            raise NotFoundOnBridge("No such profile.", reasons=("callLegProfileDoesNotExist",))
        room.ways[way.id] = replace(way, passcode=passcode, call_leg_profile_id=profile_id)

    def _set(self, room: RemoteRoom, settings: SpaceSettings) -> None:
        leg_profile, call_profile = settings.call_leg_profile_id, settings.call_profile_id
        if leg_profile and leg_profile not in {USUAL_LEG_PROFILE, *self.leg_profiles}:
            raise NotFoundOnBridge("No such profile.", reasons=("callLegProfileDoesNotExist",))
        if call_profile and call_profile not in {USUAL_CALL_PROFILE, *self.call_profile_modes}:
            raise NotFoundOnBridge("No such profile.", reasons=("callProfileDoesNotExist",))
        given = {**room.settings, **settings.fields()}
        usual = {"", USUAL_CALL_PROFILE, USUAL_LEG_PROFILE}
        room.settings = {name: value for name, value in given.items() if value not in usual}

    def calls(self, space_id: str | None = None) -> list[Call]:
        with self._request("calls", space_id or ""):
            return [
                Call(id=call, space_id=room)
                for call, room in self.live_calls.items()
                if space_id in (None, room)
            ]

    def create_call(self, space_id: str, options: CallOptions = USUAL_CALL) -> str:
        with self._request("create_call", space_id):
            call_id = self._new_id("call")
            self.live_calls[call_id] = self._room(space_id).id
            self.call_options[call_id] = options
            return call_id

    def change_call(self, call_id: str, options: CallOptions) -> None:
        with self._request("change_call", call_id):
            self.call_options[call_id] = options

    def is_recorded(self, call_id: str) -> bool:
        with self._request("is_recorded", call_id):
            if call_id not in self.live_calls:
                raise NotFoundOnBridge(f"There is no call {call_id}.")
            return call_id in self.recorded

    def set_recorded(self, call_id: str, *, is_recorded: bool) -> None:
        with self._request("set_recorded", str(is_recorded)):
            profile = self.rooms[self.live_calls[call_id]].settings.get("callProfile", "")
            if self.call_profile_modes.get(profile) == "automatic":
                raise RequestRefused("Its profile decides.", reasons=("callRecordingCannotBeModified",))
            (self.recorded.add if is_recorded else self.recorded.discard)(call_id)

    def set_layout(self, call_id: str, layout: str) -> None:
        with self._request("set_layout", layout):
            self.layouts.append((call_id, layout))

    def call_leg_profiles(self) -> list[LegProfile]:
        with self._request("call_leg_profiles"):
            return list(self.leg_profiles.values())

    def unused_call_leg_profiles(self) -> list[LegProfile]:
        with self._request("unused_call_leg_profiles"):
            used = {room.settings.get("callLegProfile") for room in self.rooms.values()}
            return [one for one in self.leg_profiles.values() if one.id not in used]

    def create_call_leg_profile(self, variant: LegVariant | None = None) -> str:
        with self._request("create_call_leg_profile", variant.name if variant else ""):
            profile_id = self._new_id("leg-profile")
            name = variant.name if variant else None
            self.leg_profiles[profile_id] = LegProfile(id=profile_id, name=name)
            return profile_id

    def delete_call_leg_profile(self, call_leg_profile_id: str) -> None:
        with self._request("delete_call_leg_profile", call_leg_profile_id):
            self.leg_profiles.pop(call_leg_profile_id, None)

    def call_profiles(self) -> list[CallProfile]:
        with self._request("call_profiles"):
            return [
                CallProfile(id=profile_id, participant_limit=1000, recording_mode=mode)
                for profile_id, mode in self.call_profile_modes.items()
            ]

    def create_call_profile(self, *, is_recording: bool = False) -> str:
        with self._request("create_call_profile", "recording" if is_recording else ""):
            profile_id = self._new_id("call-profile")
            self.call_profile_modes[profile_id] = "automatic" if is_recording else None
            return profile_id

    def delete_call_profile(self, call_profile_id: str) -> None:
        with self._request("delete_call_profile", call_profile_id):
            self.call_profile_modes.pop(call_profile_id, None)

    def delete_call(self, call_id: str) -> None:
        with self._request("delete_call", call_id):
            self.live_calls.pop(call_id, None)
            self.legs = {leg: seen for leg, seen in self.legs.items() if seen[0] != call_id}

    def call_legs(self, call_id: str | None = None) -> list[CallLeg]:
        with self._request("call_legs", call_id or ""):
            return [
                CallLeg(id=leg, remote_party=self.spell(party), call_id=call)
                for leg, (call, party) in self.legs.items()
                if call_id in (None, call)
            ]

    def legs_of_call(self, call_id: str) -> list[CallLeg]:
        with self._request("legs_of_call", call_id):
            if call_id not in self.live_calls:
                raise NotFoundOnBridge(f"There is no call {call_id}.")
            return [
                CallLeg(id=leg, remote_party=self.spell(party), call_id=call)
                for leg, (call, party) in self.legs.items()
                if call == call_id
            ]

    def participants_of_call(self, call_id: str) -> list[BridgeParticipant]:
        with self._request("participants_of_call", call_id):
            own = [
                BridgeParticipant(id=f"of {leg}", uri=party, call_id=call, state="connected")
                for leg, (call, party) in self.legs.items()
                if call == call_id
            ]
            return [*own, *self.elsewhere]

    def call_leg_state(self, call_leg_id: str) -> str | None:
        with self._request("call_leg_state", call_leg_id):
            if call_leg_id not in self.legs:
                raise NotFoundOnBridge(f"There is no call leg {call_leg_id}.")
            return "connected" if self.answers(self.legs[call_leg_id][1]) else "ringing"

    def show_message(self, call_id: str, text: str, duration: timedelta) -> None:
        with self._request("show_message", text):
            self.messages.append((call_id, text))

    def join(self, number: int, name: str = "guest@example.com") -> str:
        """Somebody dials in."""
        leg_id = self._new_id("leg")
        self.legs[leg_id] = (self.calls_in(number)[0], name)
        return leg_id

    def create_call_leg(self, call_id: str, *, remote_party: str, options: LegOptions = USUAL_LEG) -> str:
        with self._request("create_call_leg", remote_party):
            if remote_party in self.refused:
                raise RequestRefused(f"The bridge will not dial {remote_party}.")
            if call_id not in self.live_calls:
                raise NotFoundOnBridge(f"There is no call {call_id}.")
            leg_id = self._new_id("leg")
            self.legs[leg_id] = (call_id, remote_party)
            self.leg_options[leg_id] = options
            return leg_id

    def delete_call_leg(self, call_leg_id: str) -> None:
        with self._request("delete_call_leg", call_leg_id):
            self.legs.pop(call_leg_id, None)

    def close(self) -> None:
        self.is_closed = True

    # Inside

    @contextmanager
    def _request(self, method: str, argument: str = "") -> Iterator[None]:
        if self.before:
            self.before(method)
        self.requests.append((method, argument))
        if self.is_down:
            raise BridgeUnreachable("The bridge cms.example.com could not be reached: connection refused.")
        with self.fuse.step():
            yield

    def _room(self, space_id: str) -> RemoteRoom:
        if space_id not in self.rooms:
            raise NotFoundOnBridge(f"There is no space {space_id}.")
        return self.rooms[space_id]

    def _new_id(self, kind: str) -> str:
        self._ids += 1
        return f"{self.prefix}{kind}-{self._ids}"


# ---------------------------------------------------------------- everything together


class FakeRenderer:
    """Implements ``tmsba.booking.view.views.InfoRenderer``."""

    def text(self, facts: InfoFacts) -> str:
        return f"Text of {facts.conference.details.title}"

    def html(self, facts: InfoFacts) -> str:
        return f"<p>{facts.conference.details.title}</p>"


class World:
    """A store with users, systems and bridges, the use cases and a control worker over it.

    Users: 1 to 3 are ordinary ones, 4 is a site administrator; those who call may read all conferences.
    Systems: 1 to 4 are rooms. Bridge 1 has the numbers 1 to 3, which are the spaces 1 to 3. Option keys let
    100 clients book.
    """

    lease_duration = timedelta(seconds=30)

    def __init__(
        self, *, numbers: int = 3, bridges: int = 1, is_caring: bool = False, is_set_up: bool = True
    ) -> None:
        """Without ``is_caring`` spaces do not open early and nobody looks after open conferences."""
        self.clock = FakeClock()
        #: How far the clock of the worker's host is ahead.
        self.skew = timedelta()
        self.store = FakeStore()
        self.queue = FakeJobQueue(self.store)
        self.live = FakeLiveConferences(self.store)
        self.remote = FakeBridge(range(1, numbers + 1))
        #: Other nodes and bridges by their URLs; ``remote`` is everywhere else.
        self.remotes: dict[str, FakeBridge] = {}
        self.stop = threading.Event()
        self.booking = Booking(store=self.store, clock=self.clock, renderer=FakeRenderer())
        self.setup = RemoteSetup(store=self.store, clock=self.clock)
        self.clients = BridgeClients(self._client_of)
        self.runner = JobRunner(
            store=self.store,
            queue=self.queue,
            live=self.live,
            clients=self.clients,
            clock=self.worker_clock,
            say=end_warning,
            chance=lambda: 0.0,
            is_tending=is_caring,
        )
        self.rerouting = Rerouting(
            store=self.store, clock=self.clock, renderer=FakeRenderer(), is_mail_sent=False
        )
        self.runner = replace(self.runner, rerouting=self.rerouting)
        self.store.prepare(lambda uow: self._fill(uow, numbers, bridges, is_set_up=is_set_up))
        if not is_caring:
            self.set("join_early", "No")
        self.caller = create_caller(self.user(1))
        self.other = create_caller(self.user(2))
        self.administrator = create_caller(self.user(4), groups=(USERS, SITE_ADMINISTRATOR))
        self.client = create_client()

    def _fill(self, uow: FakeUnitOfWork, numbers: int, bridges: int, *, is_set_up: bool) -> None:
        for index in range(1, 4):
            uow.users.add(create_user(index), "hash", [USERS])
        uow.users.add(create_user(4, name="admin"), "hash", [USERS, SITE_ADMINISTRATOR])
        for index in range(1, 5):
            uow.systems.add(create_system(index))
        uow.option_keys.add(KeyKind.APPLICATION_INTEGRATION, 100)
        for index in range(1, bridges + 1):
            bridge = create_bridge(index, numeric_id_quantity=numbers)
            uow.bridges.add(bridge, BridgeCredentials(username="api", password="pass-word"))
            if is_set_up:
                made = BridgePreparation(
                    call_profile_id=USUAL_CALL_PROFILE,
                    call_leg_profile_id=USUAL_LEG_PROFILE,
                    cospace_ids={number: f"cospace-{number}" for number in bridge.numbers},
                    is_complete=True,
                )
                uow.bridges.set_preparation(index, made)

    # What a test does

    def user(self, user_id: int) -> User:
        return self.store.state.accounts[user_id].user

    def audited(self) -> list[tuple[str, str, str]]:
        """Who did what to what, in order."""
        return [(one.who, one.action.value, one.subject) for one in self.store.state.audit.values()]

    def set(self, name: str, value: str) -> None:
        self.store.prepare(lambda uow: uow.settings.put(name, value))

    def add_system(self, system: System) -> None:
        self.store.prepare(lambda uow: uow.systems.add(system))

    def stored(self) -> State:
        """All rows but those of client sessions, which begin and go on with calls that fail as well."""
        return replace(self.store.state, sessions={})

    def conference(self, conference_id: int) -> Conference:
        return self.store.state.conferences[conference_id]

    def row(self, conference_id: int, kind: JobKind) -> OutboxRow | None:
        return self.queue.row(conference_id, kind)

    def wish(self, conference_id: int, kind: JobKind) -> datetime | None:
        """When the action is due; ``None`` when nobody asks for it."""
        row = self.row(conference_id, kind)
        return row.due_at if row and row.is_wanted else None

    def tickets(self) -> list[Ticket]:
        return list(FakeTickets(self.store.state).all())

    # The worker

    def use_fuse(self, fuse: Fuse) -> None:
        """Break one step of the worker's from now on; steps are counted anew."""
        self.queue.fuse = self.live.fuse = self.remote.fuse = fuse
        for remote in self.remotes.values():
            remote.fuse = fuse

    def worker_clock(self) -> datetime:
        return self.clock() + self.skew

    def _client_of(self, bridge: Bridge, credentials: BridgeCredentials) -> FakeBridge:
        return self.remotes.get(bridge.url, self.remote)

    def add_alternate(self, url: str = "https://cms1b.example.com") -> FakeBridge:
        """Give bridge 1 an alternate address, which is another node of its cluster."""
        login = BridgeCredentials(username="backup", password="other-pass")

        def work(uow: FakeUnitOfWork) -> None:
            uow.bridges.change(replace(uow.bridges.state.bridges[1], alternate_url=url), alternate=login)

        self.store.prepare(work)
        return self.add_node(url)

    def add_node(self, url: str) -> FakeBridge:
        """Another node of the cluster of bridge 1; unless it is told in the store nobody knows of it."""
        self.remotes[url] = FakeBridge(first=self.remote, prefix="b-")
        return self.remotes[url]

    def note_health(self, *, is_reachable: bool, address: BridgeAddress = BridgeAddress.MAIN) -> None:
        """What the last look at an address of bridge 1 found."""
        health = BridgeHealth(
            bridge_id=1,
            address=address,
            is_reachable=is_reachable,
            failures=0 if is_reachable else 2,
            checked_at=self.clock(),
        )
        self.store.state.healths[1, address] = health

    def claim(self, limit: int = 10) -> Sequence[Job]:
        now = self.worker_clock()
        return self.queue.claim("worker", now, now + self.lease_duration, limit)

    def lease(self, job: Job) -> Lease:
        return Lease(
            queue=self.queue,
            job=job,
            owner="worker",
            clock=self.worker_clock,
            duration=self.lease_duration,
            until=self.worker_clock() + self.lease_duration,
            stop=self.stop,
        )

    def run(self, job: Job) -> None:
        self.runner.run(self.lease(job))

    def run_due(self) -> int:
        """Do every job that is due now, once; how many there were."""
        jobs = self.claim()
        for job in jobs:
            self.run(job)
        return len(jobs)

    def run_until(self, moment: datetime) -> None:
        """Do all jobs as they become due, and let the time go by in between."""
        while (due := self._next_due()) is not None and due <= moment:
            self.clock.now = max(self.clock.now, due)
            assert self.run_due(), "a due job could not be claimed"
        self.clock.now = max(self.clock.now, moment)

    def _next_due(self) -> datetime | None:
        rows = [row for row in self.store.state.outbox.values() if row.is_wanted]
        return min((max(row.due_at, row.lease_until or row.due_at) for row in rows), default=None)
