"""What the version of a bridge does not know: asked for once, then left out."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from tmsba.cms.wire.errors import NotFoundOnBridge, RequestRefused

T = TypeVar("T")
Refusal = NotFoundOnBridge | RequestRefused

#: Failure codes of what a version does not have (CMS API reference, 4.6).
_UNKNOWN = frozenset({"unrecognisedObject", "invalidOperation"})
#: A proxy may have answered in the place of a bridge that was starting: what is left out gets another chance.
_KEPT_S = 24 * 60 * 60.0
#: Answers of two threads may come in another order than the bridge gave them.
_DISORDER = timedelta(minutes=1)


class Gaps:
    """The gaps of one bridge, shared by all who ask it; safe to share between threads.

    Args:
        clock: Seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._refusals: dict[str, tuple[float, Refusal]] = {}
        self._version: str | None = None
        self._uptime = timedelta()

    def ask(self, what: str, request: Callable[[], T], *, names_objects: bool = False) -> T:
        """Ask for something, unless the bridge has said that it does not know such a thing.

        Args:
            what: What is asked for, the same for all bridges.
            request: Asks.
            names_objects: Whether an object that is gone would be answered with a bare 404 too.

        Raises:
            NotFoundOnBridge, RequestRefused: The bridge refuses, or has refused and was not asked.
        """
        refusal = self._refusal(what)
        if refusal is not None:
            raise type(refusal)(str(refusal), reasons=refusal.reasons)
        try:
            return request()
        except (NotFoundOnBridge, RequestRefused) as error:
            if _is_unknown(error, names_objects=names_objects):
                self.note(what, error)
            raise

    def has(self, what: str) -> bool:
        """Say whether something is to be left out."""
        return self._refusal(what) is not None

    def note(self, what: str, refusal: Refusal) -> None:
        """Leave something out from now on."""
        with self._lock:
            self._refusals[what] = (self._clock(), refusal)

    def see(self, version: str | None, uptime: timedelta | None) -> None:
        """Begin anew with a bridge that has another version, or was restarted, as its status tells."""
        with self._lock:
            is_restarted = uptime is not None and uptime + _DISORDER < self._uptime
            if version != self._version or is_restarted:
                self._refusals.clear()
            self._version, self._uptime = version, uptime or timedelta()

    def _refusal(self, what: str) -> Refusal | None:
        with self._lock:
            noted_at, refusal = self._refusals.get(what, (0.0, None))
            if refusal is not None and self._clock() - noted_at >= _KEPT_S:
                del self._refusals[what]
                return None
            return refusal


def _is_unknown(error: Refusal, *, names_objects: bool) -> bool:
    if _UNKNOWN & set(error.reasons):
        return True
    return isinstance(error, NotFoundOnBridge) and not error.reasons and not names_objects
