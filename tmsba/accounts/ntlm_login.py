"""Log-in with NTLM: the proof of a password that never travels.

Nothing is remembered between the messages (see ``tmsba.accounts.ntlm.challenges``), except for clients of
version 1 where that is allowed: their answers do not tell which challenge they belong to, so it is kept with
the connection.
"""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from tmsba.accounts.backoff import Attempt, Backoff, Reason
from tmsba.accounts.ntlm.challenges import Challenge, ChallengeMaker
from tmsba.accounts.ntlm.messages import Authenticate, MalformedMessage, Negotiate
from tmsba.accounts.ntlm.responses import is_right_v1, is_right_v2, is_v1, target_info_of
from tmsba.domain.people.users import Caller, split_account
from tmsba.ports.logins import LoginStore, LoginWork
from tmsba.ports.people import Account
from tmsba.ports.repeating import write

_CLEAN_EVERY = timedelta(seconds=10)
#: Computed with for accounts that have no NT hash, so that they take as long as the others.
_NO_HASH = bytes(16)


class NotAnswered(Exception):
    """The message answers no challenge that is still open: the client has to begin anew."""


@dataclass(slots=True)
class NtlmLogin:
    """Challenges clients and checks their answers; safe to share between threads.

    Args:
        store: knows the accounts.
        backoff: slows down who fails.
        challenges: makes challenges and recognises them.
        accepts_v1: whether answers of version 1 are looked at.
    """

    store: LoginStore
    backoff: Backoff
    challenges: ChallengeMaker
    accepts_v1: bool = False
    _of_connections: "WeakKeyDictionary[Any, Challenge]" = field(
        default_factory=WeakKeyDictionary, repr=False
    )
    _cleaned_at: datetime | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def is_offered(self) -> bool:
        """Whether any account can use it: clients that are offered it try nothing else first."""
        with self.store.reading() as work:
            return work.credentials.has_ntlm()

    def challenge(self, message: Negotiate, connection: Any = None) -> bytes:
        """The answer to a client's first message.

        Args:
            message: what the client sent.
            connection: an object that lives as long as the client's connection, or ``None``.
        """
        challenge = self.challenges.new(self.backoff.clock())
        if self.accepts_v1 and connection is not None:
            with self._lock:
                self._of_connections[connection] = challenge
        return self.challenges.message(challenge, message.flags)

    def authenticate(self, message: Authenticate, address: str, connection: Any = None) -> Caller | None:
        """The caller who has answered a challenge, or ``None`` when name and proof do not fit.

        ``None`` too for an answer of version 1 where that is not accepted.

        Args:
            message: what the client sent.
            address: the client's network address.
            connection: as for ``challenge``.

        Raises:
            NotAnswered: it answers no open challenge.
            TooManyFailures: too many log-ins have failed lately; this one was not looked at.
            DatabaseDown, ServerBusy: the store does not answer.
        """
        attempt = Attempt(_account_name(message), address, "NTLM")
        if is_v1(message) and not self.accepts_v1:
            self.backoff.on_failure(attempt, Reason.OLD_NTLM)
            return None
        challenge = self._answered(message, connection)
        with self.store.reading() as work:
            standing = self.backoff.standing(work, attempt)
            account = work.users.account(attempt.name)
            nt_hash = self._nt_hash(work, account)
        self.backoff.admit(attempt, standing)
        fits = _is_right(message, challenge, nt_hash or _NO_HASH)
        if account is None or not account.is_enabled or not nt_hash or not fits:
            self.backoff.failed(attempt, _reason(account, nt_hash))
            return None
        self._use(challenge)
        self.backoff.succeeded(standing)
        return account.caller(address)

    def _answered(self, message: Authenticate, connection: Any) -> Challenge:
        now = self.backoff.clock()
        with self._lock:
            kept = self._of_connections.pop(connection, None) if connection is not None else None
        if not message.user:
            raise NotAnswered
        if is_v1(message):
            if kept is None or now > kept.expires_at:
                raise NotAnswered
            return kept
        try:
            challenge = self.challenges.recognised(target_info_of(message), now)
        except MalformedMessage:
            raise NotAnswered from None
        if challenge is None:
            raise NotAnswered
        return challenge

    def _nt_hash(self, work: LoginWork, account: Account | None) -> bytes:
        # Asked for unknown names too, which must not be told by the time they take.
        return bytes.fromhex(work.credentials.nt_hash(account.user.id if account else 0, is_even=True))

    def _use(self, challenge: Challenge) -> None:
        """Make sure that an answer counts once, on whichever host it arrives.

        Raises:
            NotAnswered: it has been here before.
        """
        now = self.backoff.clock()
        is_cleaning_due = self._is_cleaning_due(now)

        def use(work: LoginWork) -> bool:
            if is_cleaning_due:
                work.used_challenges.clean(now)
            return work.used_challenges.use(challenge.id, challenge.expires_at)

        if not write(self.store, use):
            raise NotAnswered

    def _is_cleaning_due(self, now: datetime) -> bool:
        with self._lock:
            is_due = self._cleaned_at is None or now - self._cleaned_at > _CLEAN_EVERY
            if is_due:
                self._cleaned_at = now
        return is_due


def _account_name(message: Authenticate) -> str:
    """The account as one text; some clients send the domain as a part of the name."""
    domain, name = split_account(message.user)
    domain = message.domain or domain
    return f"{domain}\\{name}" if domain else name


def _is_right(message: Authenticate, challenge: Challenge, nt_hash: bytes) -> bool:
    check = is_right_v1 if is_v1(message) else is_right_v2
    return check(message, challenge.value, nt_hash)


def _reason(account: Account | None, nt_hash: bytes) -> Reason:
    if account is None:
        return Reason.UNKNOWN
    if not account.is_enabled:
        return Reason.DISABLED
    return Reason.WRONG if nt_hash else Reason.NO_NTLM
