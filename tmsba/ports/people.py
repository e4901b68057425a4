"""People, systems and directories."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tmsba.domain.licensing.option_keys import Licences
from tmsba.domain.licensing.sessions import ClientSession
from tmsba.domain.people.systems import System
from tmsba.domain.people.users import Caller, Group, Permission, User


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
