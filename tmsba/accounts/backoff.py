"""Whoever fails to log in waits before the next try counts, longer each time.

Failures are counted at three places. An account at an address is slowed down soon: only whoever fails there
feels it, not the owner of the account elsewhere and not others at the same address. The whole account and the
whole address have looser limits, for guesses that are spread over many addresses or many accounts. Tries
during a wait are refused unseen and do not count. Unknown names are treated as known ones are.
"""

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from ipaddress import IPv6Address, ip_address, ip_network

import structlog

from tmsba.domain.people.users import split_account
from tmsba.ports.logins import Failures, LoginStore, LoginWork, Place
from tmsba.ports.repeating import write
from tmsba.ports.work import Clock

log = structlog.get_logger(__name__)

#: Rows that are kept at most; some ten megabytes.
_ROWS_AT_MOST = 100_000
_FIRST_WAIT = timedelta(seconds=1)
#: An IPv6 host has a whole network of this size to itself.
_IPV6_HOST = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How failures at a place slow down."""

    #: So many cost nothing.
    free: int
    #: From then on each failure doubles the wait, up to this.
    longest: timedelta
    #: One failure is forgotten each time this has passed.
    forgiven_after: timedelta


OF_ACCOUNT_AT_ADDRESS = Limit(free=5, longest=timedelta(minutes=5), forgiven_after=timedelta(minutes=10))
OF_ACCOUNT = Limit(free=50, longest=timedelta(seconds=30), forgiven_after=timedelta(seconds=30))
OF_ADDRESS = Limit(free=100, longest=timedelta(seconds=60), forgiven_after=timedelta(seconds=10))


def after_failure(limit: Limit, before: Failures | None, now: datetime) -> Failures:
    """How things stand after one more failure."""
    start = max(before.forgotten_at, now) if before else now
    count = (start - now) / limit.forgiven_after + 1
    doublings = math.ceil(count - limit.free) - 1
    # Beyond the longest wait there is nothing to count.
    most = limit.free + 1 + math.ceil(math.log2(limit.longest / _FIRST_WAIT))
    wait = min(_FIRST_WAIT * 2**doublings, limit.longest) if doublings >= 0 else timedelta()
    return Failures(
        forgotten_at=now + min(count, most) * limit.forgiven_after,
        blocked_until=max(now + wait, before.blocked_until if before else now),
    )


class Reason(Enum):
    """Why a log-in failed; for the log, never for the client."""

    UNKNOWN = "unknown user"
    WRONG = "wrong password"
    DISABLED = "account disabled"
    NO_NTLM = "account without NTLM"
    OLD_NTLM = "NTLM version 1"
    WAITING = "too many failures"


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody who wants in."""

    #: As the client sent it: ``domain\user``, ``user@domain`` or ``user``.
    account: str
    #: The client's network address.
    address: str
    #: ``Basic`` or ``NTLM``.
    scheme: str

    @property
    def domain(self) -> str:
        """The domain of the account, as the client sent it."""
        return split_account(self.account)[0]

    @property
    def name(self) -> str:
        """The log-in name without domain; without zero bytes too, which PostgreSQL does not take."""
        return split_account(self.account)[1].replace("\0", "\N{REPLACEMENT CHARACTER}")

    @property
    def limits(self) -> Mapping[Place, Limit]:
        """Where its failure counts, and how."""
        account, address = account_digest(self.name), _host_of(self.address)
        return {
            Place(account, address): OF_ACCOUNT_AT_ADDRESS,
            Place(account, ""): OF_ACCOUNT,
            Place("", address): OF_ADDRESS,
        }


def account_digest(name: str) -> str:
    """How an account is named where failures are counted."""
    return hashlib.sha256(name.casefold().encode("utf-8", "replace")).hexdigest()[:32]


def _host_of(address: str) -> str:
    try:
        host = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(host, IPv6Address):
        return str(host.ipv4_mapped or ip_network((host, _IPV6_HOST), strict=False))
    return str(host)


class TooManyFailures(Exception):
    """Nobody is let in for a while.

    Attributes:
        retry_after: how long.
    """

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__("too many log-ins have failed")
        self.retry_after = retry_after


#: Told of each log-in that failed.
OnFailure = Callable[[Attempt, Reason], None]


def log_failure(attempt: Attempt, reason: Reason) -> None:
    """Write a failed log-in into the log."""
    log.warning(
        "login_failed",
        account=attempt.account[:100],
        address=attempt.address,
        scheme=attempt.scheme,
        reason=reason.value,
    )


@dataclass(frozen=True, slots=True)
class Backoff:
    """Counts failures in the store, and refuses those who have to wait.

    Args:
        store: where they are counted.
        clock: tells the present.
        on_failure: told of each failure, after it was counted and outside of any unit of work.
    """

    store: LoginStore
    clock: Clock
    on_failure: OnFailure = log_failure

    def standing(self, work: LoginWork, attempt: Attempt) -> Mapping[Place, Failures]:
        """How things stand, for ``admit`` and ``succeeded``."""
        return work.failed_logins.find(list(attempt.limits))

    def admit(self, attempt: Attempt, standing: Mapping[Place, Failures]) -> None:
        """Let an attempt be looked at.

        Raises:
            TooManyFailures: not yet.
        """
        now = self.clock()
        wait = max((place.blocked_until - now for place in standing.values()), default=timedelta())
        if wait > timedelta():
            self.on_failure(attempt, Reason.WAITING)
            raise TooManyFailures(wait)

    def failed(self, attempt: Attempt, reason: Reason) -> None:
        """Count a failure."""
        now = self.clock()
        limits = attempt.limits

        def count(work: LoginWork) -> None:
            work.failed_logins.clean(now, at_most=_ROWS_AT_MOST)
            before = work.failed_logins.lock(list(limits), now)
            after = {place: after_failure(limit, before[place], now) for place, limit in limits.items()}
            work.failed_logins.put(after)

        write(self.store, count)
        self.on_failure(attempt, reason)

    def succeeded(self, standing: Mapping[Place, Failures]) -> None:
        """Forget the failures of this account at this address; writes only when there are any.

        Those of the whole address stay, or one good account would cover up for guesses at others.
        """
        mine = [place for place in standing if place.account and place.address]
        if mine:
            write(self.store, lambda work: work.failed_logins.forget(mine))
