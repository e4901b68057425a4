"""Things that happen by themselves after a while: ringing, answers, bulk syncs, nodes that come back."""

import heapq
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

# The longest sleep; a lock cannot wait for longer than some years.
_LONGEST_WAIT = 3600.0


@dataclass(order=True)
class _Entry:
    due: float
    order: int
    action: Callable[[], None] = field(compare=False)
    later: bool = field(compare=False)


class Schedule:
    """Actions by the time at which they are due.

    Whoever asks for something calls ``advance`` first, so what is seen is right to the moment; while it is
    started, a thread does what falls due between requests.

    Args:
        clock: Seconds that only go forward.
        lock: What guards everything the actions touch.
    """

    def __init__(self, clock: Callable[[], float], lock: threading.RLock) -> None:
        self.now = clock
        self._changed = threading.Condition(lock)
        self._due: list[_Entry] = []
        self._order = itertools.count()
        self._users = 0
        self._run_number = 0

    def after(self, seconds: float, action: Callable[[], None], *, later: bool = False) -> None:
        """Have something done.

        Args:
            seconds: How long from now.
            action: What to do, with the lock held.
            later: Whether it belongs to the future, so that ``settle`` leaves it there.
        """
        self.at(self.now() + seconds, action, later=later)

    def at(self, due: float, action: Callable[[], None], *, later: bool = False) -> None:
        """Have something done at a time by the clock; the arguments are those of ``after``."""
        with self._changed:
            entry = _Entry(due, next(self._order), action, later)
            heapq.heappush(self._due, entry)
            if self._due[0] is entry:
                self._changed.notify_all()

    def advance(self) -> None:
        """Do everything that has fallen due; the caller holds the lock."""
        while self._due and self._due[0].due <= self.now():
            heapq.heappop(self._due).action()

    def settle(self) -> None:
        """Finish what is under way, without waiting."""
        with self._changed:
            while under_way := [entry for entry in self._due if not entry.later]:
                first = min(under_way)
                self._due.remove(first)
                heapq.heapify(self._due)
                first.action()

    def start(self) -> None:
        """Do what falls due from a thread too, until as many have stopped as have started."""
        with self._changed:
            self._users += 1
            if self._users == 1:
                # A thread of an earlier run that has not noticed its end yet ends all the same.
                self._run_number += 1
                run = (self._run_number,)
                threading.Thread(target=self._run, args=run, name="simulator-schedule", daemon=True).start()

    def stop(self) -> None:
        """End the thread if nobody else needs it."""
        with self._changed:
            self._users -= 1
            self._changed.notify_all()

    def _run(self, number: int) -> None:
        with self._changed:
            while self._users and self._run_number == number:
                self.advance()
                wait = min(self._due[0].due - self.now(), _LONGEST_WAIT) if self._due else None
                if wait is None or wait > 0:
                    self._changed.wait(wait)
