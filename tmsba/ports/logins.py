"""What the log-in needs from the outside; ``tmsba.store`` and ``tmsba.directory`` implement it."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from tmsba.ports.people import Credentials, DirectoryPerson, Groups, Users


class Place(NamedTuple):
    """Where failed log-ins are counted: an account at an address, either of them alone with the other blank.

    The account is a digest: people type passwords where names belong.
    """

    account: str
    address: str


@dataclass(frozen=True, slots=True)
class Failures:
    """How things stand at a place."""

    #: When nothing of the failures will be left; each one moves it on.
    forgotten_at: datetime
    #: Until then nobody is let in here.
    blocked_until: datetime


class FailedLogins(Protocol):
    """Counts of failed log-ins; bounded, shared by all processes."""

    def find(self, places: Sequence[Place]) -> Mapping[Place, Failures]:
        """What there is at these places."""

    def lock(self, places: Sequence[Place], now: datetime) -> Mapping[Place, Failures]:
        """The same with a row for each of them, for this unit of work alone until it ends."""

    def put(self, failures: Mapping[Place, Failures]) -> None:
        """Replace what is stored."""

    def forget(self, places: Sequence[Place]) -> None:
        """Remove them."""

    def forget_account(self, account: str) -> int:
        """Remove all places of an account; how many there were."""

    def clean(self, now: datetime, *, at_most: int) -> None:
        """Remove what is past, and the oldest of what is too much."""


class UsedChallenges(Protocol):
    """Challenges of NTLM that were answered; shared by all processes."""

    def use(self, challenge_id: str, expires_at: datetime) -> bool:
        """Write one down; ``False`` when it was there already."""

    def clean(self, now: datetime) -> None:
        """Remove those that nobody accepts any more."""


class LoginWork(Protocol):
    """One database transaction."""

    @property
    def users(self) -> Users: ...
    @property
    def groups(self) -> Groups: ...
    @property
    def credentials(self) -> Credentials: ...
    @property
    def failed_logins(self) -> FailedLogins: ...
    @property
    def used_challenges(self) -> UsedChallenges: ...
    def commit(self) -> None: ...


class LoginStore(Protocol):
    """Where units of work come from."""

    def reading(self) -> AbstractContextManager[LoginWork]: ...
    def writing(self) -> AbstractContextManager[LoginWork]: ...


class PasswordDirectory(Protocol):
    """A directory that knows passwords."""

    def authenticate(self, domain: str, name: str, password: str) -> DirectoryPerson | None:
        """Who has this name and password; ``None`` when they do not fit.

        Raises:
            ServerBusy: the directory does not answer.
        """
