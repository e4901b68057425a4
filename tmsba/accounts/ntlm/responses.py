"""Whether a client's answer to a challenge proves that it knows the password.

Source: MS-NLMP, 3.3.1 NTLM v1 Authentication and 3.3.2 NTLM v2 Authentication.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping

from passlib.crypto.des import des_encrypt_block

from tmsba.accounts.ntlm.messages import Authenticate, Flag, MalformedMessage, read_target_info

_PROOF = 16
#: Version, time and the client's own challenge stand before the target info.
_TARGET_INFO_AT = 28
_V1_LENGTH = 24


def is_v1(message: Authenticate) -> bool:
    """Whether it is an answer of version 1, which can be broken in hours."""
    return len(message.nt_response) == _V1_LENGTH


def target_info_of(message: Authenticate) -> Mapping[int, bytes]:
    """The target info that an answer of version 2 signs.

    Raises:
        MalformedMessage: it is no answer of version 2.
    """
    blob = message.nt_response[_PROOF:]
    if len(blob) < _TARGET_INFO_AT or blob[:2] != b"\x01\x01":
        raise MalformedMessage("it is no answer of version 2")
    return read_target_info(blob[_TARGET_INFO_AT:])


def is_right_v2(message: Authenticate, challenge: bytes, nt_hash: bytes) -> bool:
    """Whether an answer of version 2 fits; compares in constant time."""
    proof, blob = message.nt_response[:_PROOF], message.nt_response[_PROOF:]
    fits = False
    for identity in _identities(message):
        key = hmac.digest(nt_hash, identity, "md5")
        fits |= hmac.compare_digest(hmac.digest(key, challenge + blob, "md5"), proof)
    return fits


def is_right_v1(message: Authenticate, challenge: bytes, nt_hash: bytes) -> bool:
    """Whether an answer of version 1 fits, plain or with a challenge of the client's own."""
    client_challenge, rest = message.lm_response[:8], message.lm_response[8:]
    if Flag.EXTENDED_SESSION_SECURITY in message.flags and rest == bytes(16):
        both = hashlib.md5(challenge + client_challenge, usedforsecurity=False)
        challenge = both.digest()[:8]
    padded = nt_hash + bytes(5)
    wanted = b"".join(des_encrypt_block(padded[place : place + 7], challenge) for place in (0, 7, 14))
    return hmac.compare_digest(wanted, message.nt_response)


def _identities(message: Authenticate) -> Iterable[bytes]:
    """User name in capitals and domain, as the client may have put them into its key.

    Windows changes the case letter by letter, other clients as their language does it, or in ASCII alone.
    """
    user, domain = message.user, message.domain
    simple = "".join(letter.upper() if len(letter.upper()) == 1 else letter for letter in user)
    in_ascii = "".join(letter.upper() if letter.isascii() else letter for letter in user)
    spellings = {simple, user.upper(), in_ascii}
    return [f"{spelling}{domain}".encode("utf-16-le") for spelling in sorted(spellings)]
