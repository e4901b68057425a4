"""Faults to order: a bridge that is down, slow, failing, or silent after doing its work."""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_LONGEST_PATTERN = 200
_LONGEST_DELAY_MS = 600_000
_SETTINGS = frozenset({"down", "status", "delay_ms", "count", "method", "path", "drop_answer"})


@dataclass(frozen=True)
class Fault:
    """What goes wrong with a request.

    Attributes:
        status: The status to answer with, without carrying the request out.
        delay_seconds: How long to wait first.
        drop_answer: Whether to carry the request out and then close the connection.
        close: Whether to close the connection at once.
    """

    status: int | None = None
    delay_seconds: float = 0.0
    drop_answer: bool = False
    close: bool = False


@dataclass
class _Rule:
    fault: Fault
    method: str | None
    path: re.Pattern[str] | None
    left: int

    def matches(self, method: str, path: str) -> bool:
        return (self.method in (None, method)) and (self.path is None or bool(self.path.search(path)))


class Faults:
    """The faults in force."""

    def __init__(self) -> None:
        self._down: Fault | None = None
        self._rules: list[_Rule] = []
        self._lock = threading.Lock()

    def order(self, settings: Mapping[str, Any]) -> None:
        """Add a fault.

        Args:
            settings: Any of ``down``, ``status``, ``delay_ms``, ``count`` (1 unless given),
                ``method``, ``path`` (a regular expression) and ``drop_answer``. With ``down`` every
                request fails until it is false again: with ``status`` if given, or else by a closed
                connection.

        Raises:
            ValueError: A setting is unknown or its value is not valid.
        """
        unknown = sorted(set(settings) - _SETTINGS)
        if unknown:
            raise ValueError(f"unknown setting: {unknown[0]}")
        status = _integer(settings, "status", 200, 599)
        if "down" in settings:
            down = _boolean(settings, "down")
            with self._lock:
                self._down = Fault(status=status, close=status is None) if down else None
            return
        rule = _rule(settings, status)
        with self._lock:
            self._rules.append(rule)

    def clear(self) -> None:
        """Make everything work again."""
        with self._lock:
            self._down = None
            self._rules.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault for a request, and count it against the fault's number.

        Args:
            method: The HTTP method.
            path: The path with the query.
        """
        with self._lock:
            if self._down is not None:
                return self._down
            for rule in self._rules:
                if rule.matches(method, path):
                    rule.left -= 1
                    if rule.left <= 0:
                        self._rules.remove(rule)
                    return rule.fault
            return None


def _rule(settings: Mapping[str, Any], status: int | None) -> _Rule:
    delay = (_integer(settings, "delay_ms", 0, _LONGEST_DELAY_MS) or 0) / 1000
    fault = Fault(status=status, delay_seconds=delay, drop_answer=_boolean(settings, "drop_answer"))
    if fault == Fault():
        raise ValueError("nothing to go wrong: give down, status, delay_ms or drop_answer")
    count = _integer(settings, "count", 1, 1_000_000)
    method = str(settings["method"]).upper() if settings.get("method") else None
    return _Rule(fault, method, _pattern(settings.get("path")), 1 if count is None else count)


def _pattern(value: object) -> re.Pattern[str] | None:
    if not value:
        return None
    if not isinstance(value, str) or len(value) > _LONGEST_PATTERN:
        raise ValueError(f"path must be a regular expression of at most {_LONGEST_PATTERN} characters")
    try:
        return re.compile(value, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError):
        raise ValueError("path is not a regular expression") from None


def _integer(settings: Mapping[str, Any], name: str, low: int, high: int) -> int | None:
    value = settings.get(name)
    if value is None or value == "":
        return None
    text = str(value)
    if not (text.isascii() and text.isdigit() and len(text) < 10 and low <= int(text) <= high):
        raise ValueError(f"{name} must be a number from {low} to {high}")
    return int(text)


def _boolean(settings: Mapping[str, Any], name: str) -> bool:
    text = str(settings.get(name) or False).lower()
    if text not in ("true", "false"):
        raise ValueError(f"{name} must be true or false")
    return text == "true"
