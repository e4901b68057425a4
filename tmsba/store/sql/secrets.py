"""Secrets at rest: sealed with a key that the database does not hold."""

import base64
from typing import Protocol
from weakref import WeakKeyDictionary

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Dialect

_PREFIX = "v1:"
_PURPOSE = b"tmsba secrets at rest, v1"


class SecretKeyMissing(Exception):
    """A secret is to be read or written, but the deployment has no key."""


class SecretUnreadable(Exception):
    """A stored secret does not open with the deployment's key."""


def derived_key(secret_key: str, purpose: bytes) -> bytes:
    """A key of 32 bytes for one purpose, by HKDF-SHA256.

    Raises:
        SecretKeyMissing: the secret key is blank.
    """
    if not secret_key:
        raise SecretKeyMissing("the secret key is blank: set TMSBA_SECRET_KEY to a long random text")
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret_key.encode())


class SecretBox(Protocol):
    """Turns secrets into text that can be stored, and back; hashable."""

    def __hash__(self) -> int: ...

    def seal(self, secret: str) -> str:
        """The text to store."""

    def unseal(self, sealed: str) -> str:
        """The secret.

        Raises:
            SecretUnreadable: it was sealed with another key, or is damaged.
        """


class FernetSecretBox:
    """Seals with Fernet, under a key derived from the deployment's secret key by HKDF-SHA256.

    Args:
        secret_key: The deployment's ``TMSBA_SECRET_KEY``; any length, the longer the better.
    """

    def __init__(self, secret_key: str) -> None:
        self._fernet = Fernet(base64.urlsafe_b64encode(derived_key(secret_key, _PURPOSE)))

    def seal(self, secret: str) -> str:
        """The text to store, with the version of the sealing in front."""
        return _PREFIX + self._fernet.encrypt(secret.encode()).decode("ascii")

    def unseal(self, sealed: str) -> str:
        """The secret.

        Raises:
            SecretUnreadable: it was sealed with another key, or is damaged.
        """
        if not sealed.startswith(_PREFIX):
            raise SecretUnreadable("a stored secret has a form that this version of tmsba does not know")
        try:
            return self._fernet.decrypt(sealed.removeprefix(_PREFIX)).decode()
        except (InvalidToken, ValueError):
            raise SecretUnreadable(
                "a stored secret does not open: TMSBA_SECRET_KEY is not the key it was stored with"
            ) from None


class NoSecretBox:
    """Stands in when the deployment has no key: refuses to seal and to unseal."""

    def seal(self, secret: str) -> str:  # noqa: ARG002 - the port's shape
        """Refuse."""
        raise SecretKeyMissing("secrets cannot be stored without a key: set TMSBA_SECRET_KEY")

    def unseal(self, sealed: str) -> str:  # noqa: ARG002 - the port's shape
        """Refuse."""
        raise SecretKeyMissing("stored secrets cannot be read without their key: set TMSBA_SECRET_KEY")


# A column type learns of nothing but the dialect, of which each engine has one of its own.
_BOXES: WeakKeyDictionary[Dialect, SecretBox] = WeakKeyDictionary()


def use_box(dialect: Dialect, box: SecretBox) -> None:
    """Let the columns of an engine seal and unseal with this box."""
    _BOXES[dialect] = box


def box_of(dialect: Dialect) -> SecretBox:
    """The box of an engine's columns; one that refuses where none was set."""
    return _BOXES.get(dialect) or NoSecretBox()
