"""What the simulated bridge was asked, for tests to look at."""

import threading
from collections import deque
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

KEPT = 5000
# Enough for any form that means something; larger ones would add up.
_FIELDS_KEPT = 200
_TEXT_KEPT = 1000


@dataclass(frozen=True)
class Entry:
    """One request.

    Attributes:
        number: Its place in the order of arrival, from 1.
        time: When it arrived.
        method: The HTTP method.
        path: The path with the query.
        form: The fields of the body, in order.
        status: The HTTP status of its answer; 0 when it was not carried out.
        answered: Whether the answer was sent.
    """

    number: int
    time: str
    method: str
    path: str
    form: list[tuple[str, str]]
    status: int
    answered: bool


class Journal:
    """The last requests, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._number = 0
        self._lock = threading.Lock()

    def add(
        self, method: str, path: str, form: list[tuple[str, str]], *, status: int, answered: bool
    ) -> None:
        """Note a request."""
        moment = datetime.now(UTC).isoformat(timespec="milliseconds")
        kept = [(name[:_TEXT_KEPT], value[:_TEXT_KEPT]) for name, value in form[:_FIELDS_KEPT]]
        with self._lock:
            self._number += 1
            entry = Entry(self._number, moment, method, path, kept, status, answered)
            self._entries.append(entry)

    def since(self, number: int = 0) -> list[Entry]:
        """Return the requests that came after the one with this number."""
        with self._lock:
            return [entry for entry in self._entries if entry.number > number]

    def clear(self) -> None:
        """Forget all requests; numbers go on from where they are."""
        with self._lock:
            self._entries.clear()

    def as_json(self, number: int = 0) -> list[dict[str, Any]]:
        """Return the requests after a number as plain data."""
        return [asdict(entry) for entry in self.since(number)]
