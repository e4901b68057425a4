"""Log-in by name and password."""

import hashlib
import hmac
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from tmsba.accounts.passwords import is_password, waste_time
from tmsba.booking.ports import Account, Store
from tmsba.domain.people import Caller, split_account

#: Asked with user name, password and network address; answers the caller, or ``None``.
Authenticate = Callable[[str, str, str], Caller | None]

#: A password that was right stays right for this long without being hashed again: clients that speak Basic
#: send it with every call.
_REMEMBERED_FOR_S = 60.0
_REMEMBERED_AT_MOST = 1000


@dataclass(slots=True)
class Login:
    """Checks names and passwords against the store; safe to share between threads."""

    store: Store
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    _good: "OrderedDict[bytes, float]" = field(default_factory=OrderedDict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def authenticate(self, account_name: str, password: str, address: str) -> Caller | None:
        r"""The caller behind a name and password, or ``None`` when they do not fit.

        Args:
            account_name: ``domain\user``, ``user@domain`` or ``user``.
            password: as the client sent it.
            address: the client's network address.

        Raises:
            DatabaseDown, ServerBusy: the store does not answer.
        """
        with self.store.reading() as uow:
            account = uow.users.account(split_account(account_name)[1])
        if account is None or not account.is_enabled or not account.password_hash:
            waste_time(password)
            return None
        if not self._is_right(account, password):
            return None
        return account.caller(address)

    def _is_right(self, account: Account, password: str) -> bool:
        # The stored hash is part of the key: a changed password is forgotten at once.
        message = f"{account.password_hash}\0{password}".encode()
        proof = hmac.digest(self._key, message, hashlib.sha256)
        now = time.monotonic()
        with self._lock:
            if now - self._good.get(proof, -_REMEMBERED_FOR_S) < _REMEMBERED_FOR_S:
                return True
        if not is_password(password, account.password_hash):
            return False
        with self._lock:
            self._good[proof] = now
            self._good.move_to_end(proof)
            while len(self._good) > _REMEMBERED_AT_MOST:
                self._good.popitem(last=False)
        return True


def with_failures_told(authenticate: Authenticate, tell: Callable[[str, str], None]) -> Authenticate:
    """The same way to authenticate, which tells whom it did not let in.

    Args:
        authenticate: such as ``Login.authenticate``.
        tell: told the account name as it was sent, and the network address.
    """

    def told(account_name: str, password: str, address: str) -> Caller | None:
        caller = authenticate(account_name, password, address)
        if caller is None:
            tell(account_name, address)
        return caller

    return told
