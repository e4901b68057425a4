"""Faults to order: a bridge that is down, slow, failing, refusing, or silent after doing its work."""

import random
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tmsba.simulator.values import boolean, check_names, decimal, integer

_LONGEST_PATTERN = 200
_LONGEST_DELAY_MS = 600_000
_LONGEST_SECONDS = 86_400
_MOST = 1_000_000
_SETTINGS = frozenset(
    {
        "down",
        "status",
        "reason",
        "delay_ms",
        "jitter_ms",
        "count",
        "seconds",
        "chance",
        "method",
        "path",
        "drop_answer",
        "close",
        "hang",
    }
)
_REASON = re.compile(r"[A-Za-z][A-Za-z0-9]{0,60}")
_REFUSED = 400
_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Fault:
    """What goes wrong with a request.

    Attributes:
        status: The status to answer with, without carrying the request out.
        reason: The reason code to answer with, as the interface's own refusals have one.
        delay_seconds: How long to wait first.
        drop_answer: Whether to carry the request out and then close the connection.
        close: Whether to close the connection at once.
        hang: Whether to read the request and then stay silent, until the fault is over.
        until: When the fault is over, by the clock of the faults; None when it ends by its number.
    """

    status: int | None = None
    reason: str | None = None
    delay_seconds: float = 0.0
    drop_answer: bool = False
    close: bool = False
    hang: bool = False
    until: float | None = None


@dataclass(eq=False)
class _Rule:
    settings: Mapping[str, Any]
    fault: Fault
    method: str | None
    path: re.Pattern[str] | None
    jitter_seconds: float
    chance: float
    left: int | None

    @property
    def until(self) -> float | None:
        return self.fault.until

    def matches(self, method: str, path: str) -> bool:
        return (self.method in (None, method)) and (self.path is None or bool(self.path.search(path)))

    def delayed(self, chances: random.Random) -> Fault:
        if not self.jitter_seconds:
            return self.fault
        delay = self.fault.delay_seconds + chances.uniform(-self.jitter_seconds, self.jitter_seconds)
        return replace(self.fault, delay_seconds=max(0.0, delay))


class Faults:
    """The faults in force.

    Args:
        chances: Where jitter and chances come from.
        clock: Seconds that only go forward.
    """

    def __init__(
        self, chances: random.Random | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._chances = chances or random.Random()  # noqa: S311 - no secrets
        self._now = clock
        self._down: _Rule | None = None
        self._rules: list[_Rule] = []
        self._cleared = 0
        self._lock = threading.Lock()

    def order(self, settings: Mapping[str, Any]) -> None:
        """Add a fault.

        Args:
            settings: What goes wrong: any of ``status``, ``reason`` (a reason code, with status 400 unless
                given), ``delay_ms``, ``jitter_ms`` (that much more or less), ``drop_answer``, ``close`` and
                ``hang``. With which requests: ``method``, ``path`` (a regular expression), ``chance`` (from 0
                to 1), for the next ``count`` of them (1 unless given) or for ``seconds`` (and then at most
                ``count``). With ``down`` every request fails until it is false again, or for ``seconds``:
                with ``status`` if given, or else by a closed connection.

        Raises:
            ValueError: A setting is unknown or its value is not valid.
        """
        check_names(settings, _SETTINGS)
        rule = _rule(settings, self._now())
        with self._lock:
            if "down" not in settings:
                self._rules.append(rule)
            else:
                self._down = rule if boolean(settings, "down") else None

    def clear(self) -> None:
        """Make everything work again; requests that hang are cut off."""
        with self._lock:
            self._down = None
            self._rules.clear()
            self._cleared += 1

    def in_force(self) -> list[dict[str, Any]]:
        """Return the faults as they were ordered, with how many requests and seconds are left."""
        with self._lock:
            self._expire()
            now = self._now()
            return [
                dict(rule.settings)
                | ({"left": rule.left} if rule.left is not None else {})
                | ({"seconds_left": round(rule.until - now, 1)} if rule.until is not None else {})
                for rule in [self._down, *self._rules]
                if rule is not None
            ]

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault for a request, and count it against the fault's number.

        Args:
            method: The HTTP method.
            path: The path with the query.
        """
        if self._down is None and not self._rules:
            return None
        with self._lock:
            self._expire()
            if self._down is not None:
                return self._down.fault
            for rule in self._rules:
                if rule.matches(method, path) and (rule.chance >= 1 or self._chances.random() < rule.chance):
                    if rule.left is not None:
                        rule.left -= 1
                        if rule.left <= 0:
                            self._rules.remove(rule)
                    return rule.delayed(self._chances)
            return None

    def wait_while_hanging(self, fault: Fault, stopping: threading.Event) -> None:
        """Wait until a fault is over or cleared, or the server stops."""
        cleared = self._cleared
        end = self._now() + _LONGEST_DELAY_MS / 1000 if fault.until is None else fault.until
        # Two things can end the wait, so neither can be waited for alone.
        while not stopping.wait(_POLL_SECONDS) and self._cleared == cleared and self._now() < end:
            continue

    def _expire(self) -> None:
        now = self._now()
        if self._down is not None and self._down.until is not None and self._down.until <= now:
            self._down = None
        if any(rule.until is not None and rule.until <= now for rule in self._rules):
            self._rules = [rule for rule in self._rules if rule.until is None or rule.until > now]


def _rule(settings: Mapping[str, Any], now: float) -> _Rule:
    fault, jitter = _fault(settings)
    seconds = decimal(settings, "seconds", _LONGEST_SECONDS)
    count = integer(settings, "count", 1, _MOST)
    if count is None and seconds is None and "down" not in settings:
        count = 1
    chance = decimal(settings, "chance", 1)
    return _Rule(
        settings=dict(settings),
        fault=replace(fault, until=None if seconds is None else now + seconds),
        method=str(settings["method"]).upper() if settings.get("method") else None,
        path=_pattern(settings.get("path")),
        jitter_seconds=jitter,
        chance=1.0 if chance is None else chance,
        left=count,
    )


def _fault(settings: Mapping[str, Any]) -> tuple[Fault, float]:
    status = integer(settings, "status", 200, 599)
    if "down" in settings:
        boolean(settings, "down")
        return Fault(status=status, close=status is None), 0.0
    reason = settings.get("reason") or None
    if reason is not None and not (isinstance(reason, str) and _REASON.fullmatch(reason)):
        raise ValueError("reason must be a reason code such as recordingNotAllowedByLicensing")
    jitter = (integer(settings, "jitter_ms", 0, _LONGEST_DELAY_MS) or 0) / 1000
    fault = Fault(
        status=_REFUSED if reason and status is None else status,
        reason=reason,
        delay_seconds=(integer(settings, "delay_ms", 0, _LONGEST_DELAY_MS) or 0) / 1000,
        drop_answer=boolean(settings, "drop_answer"),
        close=boolean(settings, "close"),
        hang=boolean(settings, "hang"),
    )
    if fault == Fault() and not jitter:
        wrongs = "down, status, reason, delay_ms, jitter_ms, drop_answer, close or hang"
        raise ValueError(f"nothing to go wrong: give {wrongs}")
    return fault, jitter


def _pattern(value: object) -> re.Pattern[str] | None:
    if not value:
        return None
    if not isinstance(value, str) or len(value) > _LONGEST_PATTERN:
        raise ValueError(f"path must be a regular expression of at most {_LONGEST_PATTERN} characters")
    try:
        return re.compile(value, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError):
        raise ValueError("path is not a regular expression") from None
