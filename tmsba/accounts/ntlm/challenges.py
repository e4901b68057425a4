"""Challenges that need no memory: any process on any host can tell whether one of them is its own.

A challenge is the HMAC of a time and a nonce under a key that all hosts share. Both travel in the target
info, which clients of NTLMv2 sign and send back; so the answer alone tells which challenge it belongs to.
Nothing sticks to a connection, and a reverse proxy may open a new one for each request.

Source: MS-NLMP, 2.2.2.1 AV_PAIR (MsvAvTimestamp, MsvAvDnsTreeName).
"""

import hashlib
import hmac
import secrets
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tmsba.accounts.ntlm.messages import Av, Flag, challenge_message

#: How old a challenge may be when its answer comes. Clients answer at once; a long request takes a while.
LIFETIME = timedelta(seconds=60)
#: How far the clocks of two hosts may differ.
CLOCK_DIFFERENCE = timedelta(seconds=30)

_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_TIME = struct.Struct("<q")


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a client has to answer."""

    issued_at: datetime
    #: Printable, because it takes the place of a name.
    nonce: bytes
    value: bytes

    @property
    def id(self) -> str:
        """Names the challenge in the list of those that were used."""
        return self.nonce.hex()

    @property
    def expires_at(self) -> datetime:
        """From here on no host accepts an answer."""
        return self.issued_at + LIFETIME + CLOCK_DIFFERENCE


@dataclass(frozen=True, slots=True)
class ChallengeMaker:
    """Makes challenges, and recognises them.

    Args:
        key: gives the key, the same for all processes and hosts.
        domain: the name of the domain that clients are shown; blank for none.
    """

    key: Callable[[], bytes]
    domain: str = ""

    def new(self, now: datetime) -> Challenge:
        """A fresh challenge."""
        return self._challenge(now, secrets.token_hex(16).encode("utf-16-le"))

    def message(self, challenge: Challenge, client_flags: Flag) -> bytes:
        """The message that brings a challenge to a client."""
        name = self.domain.upper() or "TMSBA"
        info = [
            (Av.DOMAIN_NAME, name.encode("utf-16-le")),
            (Av.COMPUTER_NAME, "TMSBA".encode("utf-16-le")),
            (Av.DNS_TREE_NAME, challenge.nonce),
            (Av.TIMESTAMP, _packed(challenge.issued_at)),
        ]
        return challenge_message(client_flags, challenge.value, name, info)

    def recognised(self, target_info: Mapping[int, bytes], now: datetime) -> Challenge | None:
        """The challenge that a client's target info speaks of; ``None`` when it is too old or made up.

        Whether it is ours is told by the answer: it fits the value that is worked out here, or nothing.
        """
        nonce, stamp = target_info.get(Av.DNS_TREE_NAME, b""), target_info.get(Av.TIMESTAMP, b"")
        if len(nonce) != 64 or len(stamp) != _TIME.size:
            return None
        try:
            issued_at = _EPOCH + _TICK * (_TIME.unpack(stamp)[0] // 10)
        except OverflowError:
            return None
        if not -CLOCK_DIFFERENCE <= now - issued_at <= LIFETIME:
            return None
        return self._challenge(issued_at, nonce)

    def _challenge(self, issued_at: datetime, nonce: bytes) -> Challenge:
        value = hmac.digest(self.key(), _packed(issued_at) + nonce, hashlib.sha256)[:8]
        return Challenge(issued_at, nonce, value)


def _packed(moment: datetime) -> bytes:
    """A time as Windows counts it, in tenths of microseconds."""
    return _TIME.pack((moment - _EPOCH) // _TICK * 10)
