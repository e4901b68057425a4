"""Reading of what is ordered at the side door, given as JSON, as a form or on the command line."""

from collections.abc import Collection, Mapping
from typing import Any


def check_names(settings: Mapping[str, Any], known: Collection[str]) -> None:
    """Refuse settings that do not exist.

    Raises:
        ValueError: A setting is unknown.
    """
    unknown = sorted(set(settings) - set(known))
    if unknown:
        raise ValueError(f"unknown setting: {unknown[0]}; known are {', '.join(sorted(known))}")


def integer(settings: Mapping[str, Any], name: str, low: int, high: int) -> int | None:
    """Return a whole number, or None when it was not given.

    Raises:
        ValueError: It is not a number from ``low`` to ``high``.
    """
    value = settings.get(name)
    if value is None or value == "":
        return None
    text = str(value)
    if not (text.isascii() and text.isdigit() and len(text) < 10 and low <= int(text) <= high):
        raise ValueError(f"{name} must be a number from {low} to {high}")
    return int(text)


def decimal(settings: Mapping[str, Any], name: str, high: float) -> float | None:
    """Return a number from 0, or None when it was not given.

    Raises:
        ValueError: It is not a number from 0 to ``high``.
    """
    value = settings.get(name)
    if value is None or value == "":
        return None
    try:
        number = float(str(value))
    except ValueError:
        number = -1.0
    if not 0 <= number <= high:
        raise ValueError(f"{name} must be a number from 0 to {high:g}")
    return number


def boolean(settings: Mapping[str, Any], name: str) -> bool:
    """Return a truth value, false when it was not given.

    Raises:
        ValueError: It is neither true nor false.
    """
    word = str(settings.get(name) or False).lower()
    if word not in ("true", "false"):
        raise ValueError(f"{name} must be true or false")
    return word == "true"


def text(settings: Mapping[str, Any], name: str) -> str:
    """Return a text that has to be given.

    Raises:
        ValueError: It was not given.
    """
    value = settings.get(name)
    if not isinstance(value, (str, int)) or value == "":
        raise ValueError(f"{name} must be given")
    return str(value)


def choice(settings: Mapping[str, Any], name: str, allowed: Collection[str]) -> str:
    """Return one of some words.

    Raises:
        ValueError: It is none of them.
    """
    word = settings.get(name)
    if word not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(sorted(allowed))}")
    return str(word)
