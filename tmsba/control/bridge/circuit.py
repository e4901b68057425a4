"""A bridge that failed several times in a row is left alone for a while, instead of holding up everybody."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from tmsba.cms.wire.errors import BridgeError, BridgeServerError, BridgeTimeout, BridgeUnreachable
from tmsba.ports.work import Clock

#: What says that a bridge is down, and not only that it dislikes a request.
_SIGNS = (BridgeUnreachable, BridgeTimeout, BridgeServerError)


@dataclass(slots=True)
class _Circuit:
    failures: int = 0
    #: When the next one may try; until then nobody, and then one alone.
    probe_at: datetime | None = None
    last_error: str = ""


class Circuits:
    """One circuit for each address of a bridge; safe to share between threads.

    Attributes:
        clock: the present.
        limit: how many failures in a row open a circuit.
        pause: how long an open circuit lets nobody through. Then it lets one through, the probe, and the
            others when that succeeds.
    """

    def __init__(self, clock: Clock, *, limit: int = 5, pause: timedelta = timedelta(seconds=5)) -> None:
        self.clock, self.limit, self.pause = clock, limit, pause
        self._by_url: dict[str, _Circuit] = {}
        self._lock = threading.Lock()

    @contextmanager
    def guard(self, url: str) -> Iterator[None]:
        """Do something with a bridge, and learn from how it ends.

        Raises:
            BridgeUnreachable: the circuit is open; nothing was done.
        """
        self._enter(url)
        try:
            yield
        except _SIGNS as error:
            self.failed(url, error)
            raise
        except BridgeError:
            # It answered, if only to refuse.
            self.succeeded(url)
            raise
        else:
            self.succeeded(url)

    def succeeded(self, url: str) -> None:
        """The bridge answered: close the circuit."""
        with self._lock:
            self._by_url.pop(url, None)

    def failed(self, url: str, error: BridgeError) -> None:
        """The bridge did not answer, or not well."""
        with self._lock:
            circuit = self._by_url.setdefault(url, _Circuit())
            circuit.failures += 1
            circuit.last_error = str(error)
            if circuit.failures >= self.limit:
                circuit.probe_at = self.clock() + self.pause

    def _enter(self, url: str) -> None:
        with self._lock:
            circuit = self._by_url.get(url)
            if circuit is None or circuit.probe_at is None:
                return
            now = self.clock()
            if now < circuit.probe_at:
                raise BridgeUnreachable(
                    f"{circuit.last_error} It failed {circuit.failures} times in a row and is not asked "
                    f"again before {circuit.probe_at:%H:%M:%S} UTC."
                )
            # This one is the probe; should it never come back, the next one goes after another pause.
            circuit.probe_at = now + self.pause
