"""Password hashes: those that passwords are checked with, and those that NTLM is computed with."""

from functools import cache

from passlib.context import CryptContext
from passlib.hash import nthash

#: passlib's bcrypt backend fails with today's bcrypt; pbkdf2_sha256 needs nothing but the standard library.
#: Hashes of the other kinds, or of fewer rounds, are good until their owner logs in, and then replaced.
_CONTEXT = CryptContext(
    schemes=["pbkdf2_sha256", "scrypt", "pbkdf2_sha512"],
    pbkdf2_sha256__default_rounds=600_000,
    pbkdf2_sha256__min_rounds=600_000,
    deprecated="auto",
)


def hash_password(password: str) -> str:
    """A salted hash to store.

    Raises:
        ValueError: the password is blank.
    """
    if not password:
        raise ValueError("the password is blank: give one")
    return str(_CONTEXT.hash(password))


def is_password(password: str, password_hash: str) -> bool:
    """Whether the password fits the hash; compares in constant time."""
    return verify_password(password, password_hash)[0]


def verify_password(password: str, password_hash: str) -> tuple[bool, str | None]:
    """Whether the password fits the hash, and a better hash to store when this one is out of date.

    Compares in constant time. A hash of a kind that is not known fits no password.
    """
    try:
        fits, better = _CONTEXT.verify_and_update(password, password_hash)
    except ValueError:
        waste_time("")
        return False, None
    return bool(fits), better


def waste_time(password: str) -> None:
    """Spend what a check costs, so that an unknown name takes as long as a wrong password."""
    _CONTEXT.verify(password, _unusable_hash())


def nt_hash(password: str) -> str:
    """The hash that NTLM computes with, 32 hexadecimal digits; as good as the password to whoever has it.

    Raises:
        ValueError: the password is blank.
    """
    if not password:
        raise ValueError("the password is blank: give one")
    return str(nthash.hash(password))


@cache
def _unusable_hash() -> str:
    return str(_CONTEXT.hash("no account has this password"))
