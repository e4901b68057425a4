"""Log-in by name and password: against the store, then against a directory where there is one."""

from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from tmsba.accounts.backoff import Attempt, Backoff, Reason
from tmsba.accounts.passwords import nt_hash, verify_password, waste_time
from tmsba.accounts.remembered import RememberedPasswords
from tmsba.domain.errors import TmsbaError
from tmsba.domain.people.users import Caller, User
from tmsba.ports.logins import LoginStore, PasswordDirectory
from tmsba.ports.people import Account, DirectoryPerson
from tmsba.ports.repeating import write

log = structlog.get_logger(__name__)

#: How long a password that was right is not hashed again. A changed one is noticed at once: the stored hash
#: is another one then.
_LOCAL_S = 15 * 60.0
#: Here it is not noticed sooner.
_DIRECTORY_S = 60.0
#: passlib hashes nothing longer, and no password is.
_LONGEST_PASSWORD = 4096


@dataclass(frozen=True, slots=True)
class Login:
    """Checks names and passwords; safe to share between threads.

    Args:
        store: knows the accounts.
        backoff: slows down who fails.
        directory: knows the passwords of those who have none in the store.
        gives_ntlm: whether every account that logs in gets what NTLM is computed with.
    """

    store: LoginStore
    backoff: Backoff
    directory: PasswordDirectory | None = None
    gives_ntlm: bool = False
    _remembered: RememberedPasswords = field(default_factory=RememberedPasswords, repr=False)

    def authenticate(self, account_name: str, password: str, address: str) -> Caller | None:
        r"""The caller behind a name and password, or ``None`` when they do not fit.

        Args:
            account_name: ``domain\user``, ``user@domain`` or ``user``.
            password: as the client sent it.
            address: the client's network address.

        Raises:
            TooManyFailures: too many log-ins have failed lately; this one was not looked at.
            DatabaseDown, ServerBusy: the store or the directory does not answer.
        """
        attempt = Attempt(account_name, address, "Basic")
        with self.store.reading() as work:
            standing = self.backoff.standing(work, attempt)
            account = work.users.account(attempt.name)
        self.backoff.admit(attempt, standing)
        found = self._checked(attempt, account, password)
        if isinstance(found, Reason):
            self.backoff.failed(attempt, found)
            return None
        self.backoff.succeeded(standing)
        return found.caller(address)

    def _checked(self, attempt: Attempt, account: Account | None, password: str) -> Account | Reason:
        if not password or len(password) > _LONGEST_PASSWORD:
            waste_time("")
            return Reason.WRONG
        if account and not account.is_enabled:
            waste_time(password)
            return Reason.DISABLED
        if account and account.password_hash:
            return account if self._is_own_password(account, password) else Reason.WRONG
        found = self._in_directory(attempt, password)
        if found is None:
            waste_time(password)
            return Reason.WRONG if account else Reason.UNKNOWN
        return found

    def _is_own_password(self, account: Account, password: str) -> bool:
        if self._remembered.user_name(account.password_hash, password):
            return True
        fits, better = verify_password(password, account.password_hash)
        if not fits:
            return False
        self._bring_up_to_date(account, password, better)
        self._remembered.put(better or account.password_hash, password, account.user.name, seconds=_LOCAL_S)
        return True

    def _bring_up_to_date(self, account: Account, password: str, better: str | None) -> None:
        """Store what today's version would have stored for this password."""
        user_id = account.user.id
        try:
            new = nt_hash(password) if self.gives_ntlm and not self._has_ntlm(user_id) else None
            if better or new:
                write(
                    self.store,
                    lambda work: work.credentials.improve(
                        user_id, account.password_hash, password_hash=better, nt_hash=new
                    ),
                )
        except TmsbaError as error:
            # The password is right: that counts, and there will be another occasion.
            log.warning("password_not_upgraded", user=account.user.full_name, error=error.message)

    def _has_ntlm(self, user_id: int) -> bool:
        with self.store.reading() as work:
            return bool(work.credentials.nt_hash(user_id))

    def _in_directory(self, attempt: Attempt, password: str) -> Account | None:
        if self.directory is None:
            return None
        typed = f"directory\0{attempt.domain}\0{attempt.name}".casefold()
        name = self._remembered.user_name(typed, password)
        if name is None:
            person = self.directory.authenticate(attempt.domain, attempt.name, password)
            if person is None:
                return None
            self._add(person)
            self._remembered.put(typed, password, person.name, seconds=_DIRECTORY_S)
            name = person.name
        with self.store.reading() as work:
            account = work.users.account(name)
        # Another spelling of the name may lead to an account with a password of its own: that one counts.
        is_theirs = account is not None and account.is_enabled and not account.password_hash
        return account if is_theirs else None

    def _add(self, person: DirectoryPerson) -> None:
        """Who logs in for the first time becomes a user."""
        user = User(
            id=0,
            name=person.name,
            domain=person.domain,
            first_name=person.first_name,
            last_name=person.last_name,
            email=person.email,
        )
        with self.store.reading() as work:
            is_known = work.users.by_name(person.name) is not None
        if is_known:
            return

        # When two log in at once, one of them is too late, which is just as well.
        with suppress(ValueError):
            write(self.store, lambda work: work.users.add(user, "", work.groups.defaults()))
