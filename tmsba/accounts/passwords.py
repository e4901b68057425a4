"""Password hashes."""

from functools import cache

from passlib.context import CryptContext

#: passlib's bcrypt backend fails with today's bcrypt; pbkdf2_sha256 needs nothing but the standard library.
_CONTEXT = CryptContext(schemes=["pbkdf2_sha256"], pbkdf2_sha256__default_rounds=100_000, deprecated="auto")


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
    return bool(_CONTEXT.verify(password, password_hash))


def waste_time(password: str) -> None:
    """Spend what a check costs, so that an unknown name takes as long as a wrong password."""
    _CONTEXT.verify(password, _unusable_hash())


@cache
def _unusable_hash() -> str:
    return str(_CONTEXT.hash("no account has this password"))
