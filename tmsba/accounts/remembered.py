"""Passwords that were right a moment ago, for clients that send one with every call."""

import hashlib
import hmac
import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import NamedTuple

_AT_MOST = 1000


class _Proof(NamedTuple):
    user_name: str
    good_until: float


@dataclass(slots=True)
class RememberedPasswords:
    """Remembers proofs, never passwords; safe to share between threads."""

    at_most: int = _AT_MOST
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    _proofs: "OrderedDict[bytes, _Proof]" = field(default_factory=OrderedDict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def user_name(self, checked_with: str, password: str) -> str | None:
        """Whose password it is; ``None`` when it has not been right lately.

        Args:
            checked_with: the stored hash, or what else changes when the password does.
            password: what the client sent.
        """
        proof = self._proof(checked_with, password)
        with self._lock:
            known = self._proofs.get(proof)
        return known.user_name if known and time.monotonic() < known.good_until else None

    def put(self, checked_with: str, password: str, user_name: str, *, seconds: float) -> None:
        """Remember a password that was right."""
        proof = self._proof(checked_with, password)
        with self._lock:
            self._proofs[proof] = _Proof(user_name, time.monotonic() + seconds)
            self._proofs.move_to_end(proof)
            while len(self._proofs) > self.at_most:
                self._proofs.popitem(last=False)

    def _proof(self, checked_with: str, password: str) -> bytes:
        return hmac.digest(self._key, f"{checked_with}\0{password}".encode(), hashlib.sha256)
