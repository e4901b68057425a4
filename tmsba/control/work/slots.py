"""The hands of one control worker: how many jobs it does at once, in all and on each bridge."""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tmsba.ports.jobs import Job


@dataclass(slots=True, kw_only=True)
class Slots:
    """Who is at what; safe to share between threads.

    A bridge that hangs keeps at most ``per_bridge`` hands busy, so the others are free for other bridges.

    Attributes:
        total: jobs at once.
        per_bridge: jobs at once on one bridge.
    """

    total: int
    per_bridge: int
    _busy: Counter[int] = field(default_factory=Counter, init=False)
    #: Bridges of which the last look may have left due jobs behind, for want of hands.
    _waiting: set[int] = field(default_factory=set, init=False)
    _is_full: bool = field(default=False, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    @property
    def busy(self) -> Mapping[int, int]:
        """How many jobs there are of each bridge, those of none under 0."""
        with self._lock:
            return {bridge_id: jobs for bridge_id, jobs in self._busy.items() if jobs}

    @property
    def free(self) -> int:
        """How many more jobs can be done."""
        with self._lock:
            return self.total - self._busy.total()

    def take(self, jobs: Iterable[Job]) -> None:
        """Note the jobs of a look at the outbox; there was room for all of them."""
        with self._lock:
            self._busy.update(job.bridge_id for job in jobs)
            self._is_full = self._busy.total() >= self.total
            self._waiting = {one for one, busy in self._busy.items() if busy >= self.per_bridge}

    def give_back(self, job: Job) -> bool:
        """Note that a job is over; whether others may have waited for that."""
        with self._lock:
            self._busy[job.bridge_id] -= 1
            return self._is_full or job.bridge_id in self._waiting
