"""The three messages of NTLM as bytes.

A client opens with *negotiate*, gets a *challenge*, and answers with *authenticate*. Everything that comes
from a client is read as if by an enemy: any bytes give a message or ``MalformedMessage``.

Source: MS-NLMP, 2.2.1 NTLM Messages and 2.2.2.1 AV_PAIR.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag

_SIGNATURE = b"NTLMSSP\0"
_HEAD = struct.Struct("<8sI")
#: Length, room and offset of something behind the fixed part.
_FIELD = struct.Struct("<HHI")
_AV_HEAD = struct.Struct("<HH")
#: Client messages are short; what is longer is none.
_LONGEST = 12_000
_VERSION = bytes([10, 0, 0, 0, 0, 0, 0, 15])


class MalformedMessage(ValueError):
    """The bytes are no NTLM message of this kind."""


class Flag(IntFlag):
    """What the two sides agree on; only what matters here has a name."""

    UNICODE = 0x1
    OEM = 0x2
    REQUEST_TARGET = 0x4
    SIGN = 0x10
    SEAL = 0x20
    NTLM = 0x200
    ALWAYS_SIGN = 0x8000
    TARGET_IS_DOMAIN = 0x10000
    EXTENDED_SESSION_SECURITY = 0x80000
    TARGET_INFO = 0x800000
    VERSION = 0x2000000
    BITS_128 = 0x20000000
    KEY_EXCHANGE = 0x40000000
    BITS_56 = 0x80000000


#: Agreed to when the client wishes it. We neither sign nor seal, but Windows breaks off when a server does
#: not agree to the session security that its policy demands.
_ON_REQUEST = (
    Flag.SIGN
    | Flag.SEAL
    | Flag.ALWAYS_SIGN
    | Flag.EXTENDED_SESSION_SECURITY
    | Flag.VERSION
    | Flag.BITS_128
    | Flag.KEY_EXCHANGE
    | Flag.BITS_56
)
_ALWAYS = Flag.REQUEST_TARGET | Flag.NTLM | Flag.TARGET_IS_DOMAIN | Flag.TARGET_INFO


class Av(IntEnum):
    """Kinds of entries in the target info."""

    END = 0
    COMPUTER_NAME = 1
    DOMAIN_NAME = 2
    DNS_TREE_NAME = 5
    TIMESTAMP = 7


@dataclass(frozen=True, slots=True)
class Negotiate:
    """A client's first message."""

    flags: Flag


@dataclass(frozen=True, slots=True)
class Authenticate:
    """A client's second message: who it is, and the proof."""

    flags: Flag
    user_bytes: bytes
    domain_bytes: bytes
    lm_response: bytes = field(repr=False)
    nt_response: bytes = field(repr=False)

    @property
    def user(self) -> str:
        """The user name as the client sent it."""
        return self._text(self.user_bytes)

    @property
    def domain(self) -> str:
        """The domain as the client sent it."""
        return self._text(self.domain_bytes)

    def _text(self, data: bytes) -> str:
        if Flag.UNICODE in self.flags:
            return data.decode("utf-16-le", errors="replace")
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            return data.decode("latin-1")


def read_message(data: bytes) -> Negotiate | Authenticate:
    """Read a client's message.

    Raises:
        MalformedMessage: it is none.
    """
    if not _HEAD.size <= len(data) <= _LONGEST:
        raise MalformedMessage("the length is not that of a message")
    signature, kind = _HEAD.unpack_from(data)
    if signature != _SIGNATURE:
        raise MalformedMessage("the signature is missing")
    if kind == 1:
        return Negotiate(_flags(data, 12))
    if kind == 3:
        return Authenticate(
            # Very old clients send none and mean OEM.
            flags=_flags(data, 60) if len(data) >= 64 else Flag.OEM,
            lm_response=_field(data, 12),
            nt_response=_field(data, 20),
            domain_bytes=_field(data, 28),
            user_bytes=_field(data, 36),
        )
    raise MalformedMessage("clients send messages of the kinds 1 and 3 only")


def challenge_message(
    client_flags: Flag, challenge: bytes, target: str, target_info: Sequence[tuple[int, bytes]]
) -> bytes:
    """The server's message.

    Args:
        client_flags: what the client wishes.
        challenge: eight bytes.
        target: the name of the domain, or of the server when there is none.
        target_info: what clients of version 2 sign and send back, as (kind, value); without the end mark.
    """
    is_unicode = Flag.UNICODE in client_flags
    flags = _ALWAYS | (client_flags & _ON_REQUEST) | (Flag.UNICODE if is_unicode else Flag.OEM)
    name = target.encode("utf-16-le") if is_unicode else target.encode("ascii", errors="replace")
    info = b"".join(_AV_HEAD.pack(kind, len(value)) + value for kind, value in [*target_info, (Av.END, b"")])
    start = _HEAD.size + 2 * _FIELD.size + 4 + 8 + 8 + len(_VERSION)
    return b"".join(
        [
            _HEAD.pack(_SIGNATURE, 2),
            _FIELD.pack(len(name), len(name), start),
            struct.pack("<I", flags),
            challenge,
            bytes(8),
            _FIELD.pack(len(info), len(info), start + len(name)),
            _VERSION if Flag.VERSION in flags else bytes(8),
            name,
            info,
        ]
    )


def read_target_info(data: bytes) -> Mapping[int, bytes]:
    """The entries of a target info by their kind, the first one of each.

    Raises:
        MalformedMessage: an entry is longer than what is there, or the end mark is missing.
    """
    found: dict[int, bytes] = {}
    place = 0
    while place + _AV_HEAD.size <= len(data):
        kind, length = _AV_HEAD.unpack_from(data, place)
        place += _AV_HEAD.size
        if kind == Av.END:
            return found
        if place + length > len(data):
            break
        found.setdefault(kind, data[place : place + length])
        place += length
    raise MalformedMessage("the target info is cut off")


def _flags(data: bytes, offset: int) -> Flag:
    if offset + 4 > len(data):
        raise MalformedMessage("the flags are missing")
    return Flag(struct.unpack_from("<I", data, offset)[0])


def _field(data: bytes, head: int) -> bytes:
    if head + _FIELD.size > len(data):
        raise MalformedMessage("the message is cut off")
    length, _room, offset = _FIELD.unpack_from(data, head)
    if length and offset + length > len(data):
        raise MalformedMessage("a field lies outside of the message")
    return data[offset : offset + length] if length else b""
