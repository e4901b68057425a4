"""Users, groups and what they may do."""

from dataclasses import dataclass, field
from enum import Enum


class Permission(Enum):
    """A right that a group gives its members. Source: TMSBA guide, Setting up Permissions."""

    BOOK = "book"
    BOOK_ON_BEHALF_OF = "book-on-behalf-of"
    UPDATE = "update"
    APPROVE_MEETING = "approve-meeting"
    READ_ALL_CONFERENCES = "read-all-conferences"


SITE_ADMINISTRATOR = "Site Administrator"
VIDEO_UNIT_ADMINISTRATOR = "Video Unit Administrator"
USERS = "Users"

#: The groups that exist from the start, with what they give then; every user is in ``Users``.
BUILT_IN_GROUPS: dict[str, frozenset[Permission]] = {
    SITE_ADMINISTRATOR: frozenset(Permission),
    VIDEO_UNIT_ADMINISTRATOR: frozenset(Permission) - {Permission.BOOK_ON_BEHALF_OF},
    USERS: frozenset(Permission) - {Permission.BOOK_ON_BEHALF_OF},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What its members may do; a user's rights are the union of the groups."""

    name: str
    permissions: frozenset[Permission] = frozenset()
    #: Whether new users become members. ``Users`` has everybody anyway.
    is_default: bool = False

    @property
    def is_built_in(self) -> bool:
        """Whether it cannot be removed."""
        return self.name in BUILT_IN_GROUPS


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person or service that logs in, or owns conferences."""

    id: int
    #: The log-in name without its domain.
    name: str
    #: The Windows domain in front of the name; blank when there is none.
    domain: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    #: A Windows or IANA zone name.
    time_zone: str = "UTC"
    #: A service account that user lists leave out.
    is_hidden: bool = False
    #: Whether mails about conferences are for this user.
    gets_mails: bool = True
    #: The system that is the user's own, if there is one.
    primary_system_id: int | None = None
    #: The part of the network that the user is in; counts for conferences whose systems have none.
    ip_zone: str = ""

    @property
    def full_name(self) -> str:
        r"""The name as ``domain\user``, or bare without a domain."""
        return f"{self.domain}\\{self.name}" if self.domain else self.name

    @property
    def display_name(self) -> str:
        """First and last name, or the log-in name when there are none."""
        return f"{self.first_name} {self.last_name}".strip() or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who makes a call, and from where."""

    user: User
    groups: frozenset[str] = field(default_factory=frozenset)
    permissions: frozenset[Permission] = field(default_factory=frozenset)
    #: The network address the call came from.
    address: str = ""

    @property
    def is_site_administrator(self) -> bool:
        """Whether the caller may change everything."""
        return SITE_ADMINISTRATOR in self.groups

    def may(self, permission: Permission) -> bool:
        """Whether one of the caller's groups gives this right."""
        return permission in self.permissions


def split_account(account: str) -> tuple[str, str]:
    r"""Split ``domain\user``, ``user@domain`` or ``user`` into (domain, name)."""
    if "\\" in account:
        domain, _, name = account.partition("\\")
        return domain, name
    name, _, domain = account.partition("@")
    return domain, name
