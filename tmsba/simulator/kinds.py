"""Kinds of parameter values and their checks (CMS API reference, 4.3 and 4.4)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tmsba.simulator.failures import parameter_error, parameter_errors
from tmsba.simulator.xml import is_xml_text

Check = Callable[[str], str | None]
Table = Mapping[str, Check]

INVALID = "invalidValue"
TOO_LONG = "valueTooLong"
MISSING = "missing"

LARGEST_NUMBER = 2_147_483_647

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_URI = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Text:
    """Free text.

    Attributes:
        limit: The most characters it may have.
    """

    limit: int | None

    def __call__(self, value: str) -> str | None:
        """Check a value."""
        return TOO_LONG if self.limit is not None and len(value) > self.limit else None


def utf8(limit: int) -> Check:
    """Free text of at most ``limit`` bytes of UTF-8."""

    def check(value: str) -> str | None:
        return TOO_LONG if len(value.encode()) > limit else None

    return check


@dataclass(frozen=True)
class Digits:
    """Decimal digits, leading zeros included.

    Attributes:
        limit: The most digits there may be.
    """

    limit: int

    def __call__(self, value: str) -> str | None:
        """Check a value."""
        if not _is_digits(value):
            return INVALID
        return TOO_LONG if len(value) > self.limit else None


@dataclass(frozen=True)
class Numeric:
    """A whole number from 0.

    Attributes:
        most: The largest one.
    """

    most: int

    def __call__(self, value: str) -> str | None:
        """Check a value."""
        if not _is_digits(value) or len(value) > len(str(self.most)) or int(value) > self.most:
            return INVALID
        return None


number = Numeric(LARGEST_NUMBER)
basis_points = Numeric(10_000)


@dataclass(frozen=True)
class Choice:
    """One of some words.

    Attributes:
        allowed: The words.
    """

    allowed: tuple[str, ...]

    def __call__(self, value: str) -> str | None:
        """Check a value."""
        return None if value in self.allowed else INVALID


def text(limit: int | None = None) -> Text:
    """Make the check for free text of at most ``limit`` characters."""
    return Text(limit)


def digits(limit: int) -> Digits:
    """Make the check for at most ``limit`` decimal digits."""
    return Digits(limit)


def choice(*allowed: str) -> Choice:
    """Make the check for one of the words given."""
    return Choice(allowed)


boolean = choice("true", "false")


def guid(value: str) -> str | None:
    """An object identifier."""
    return None if _GUID.fullmatch(value) else INVALID


@dataclass(frozen=True)
class Reference:
    """The identifier of another object.

    Attributes:
        tag: The kind of that object, by the name of its element.
    """

    tag: str

    def __call__(self, value: str) -> str | None:
        """Check that it is an identifier; whether the object exists is for the bridge to see."""
        return guid(value)


def uri(value: str) -> str | None:
    """The user part of a space's URI (CMS API reference, 6.2)."""
    if len(value) > 200:
        return TOO_LONG
    if not _URI.fullmatch(value) or value[0] in ".-" or value[-1] in ".-":
        return INVALID
    return INVALID if re.search(r"[.-]{2}", value) else None


def duration(value: str) -> str | None:
    """Seconds, or ``permanent``."""
    return None if value == "permanent" else number(value)


def tones(value: str) -> str | None:
    """Keys to press in a call, with commas for pauses."""
    return None if re.fullmatch(r"[0-9*#,]+", value) else INVALID


def read(form: Mapping[str, str], table: Table) -> dict[str, str]:
    """Pick the known parameters out of a form and check them.

    Parameters that are not in the table are ignored. Empty values pass: they unset.

    Args:
        form: Names and values as received.
        table: The check for each known parameter.

    Returns:
        The known parameters that were sent, identifiers of other objects in lower case.

    Raises:
        ApiError: One or more values are invalid; every one of them is named.
    """
    known = {name: value for name, value in form.items() if name in table}
    errors = []
    for name, value in known.items():
        error = _error(table[name], value)
        if error:
            errors.append((name, error))
    if errors:
        raise parameter_errors(errors)
    return {
        name: value.lower() if isinstance(table[name], Reference) else value for name, value in known.items()
    }


def require(values: Mapping[str, str], name: str) -> str:
    """Return a mandatory parameter, or refuse the request when it is absent or empty."""
    value = values.get(name, "")
    if not value:
        raise parameter_error(name, MISSING)
    return value


def _error(check: Check, value: str) -> str | None:
    if not value:
        return None
    return check(value) if is_xml_text(value) else INVALID


def _is_digits(value: str) -> bool:
    return value.isascii() and value.isdigit()
