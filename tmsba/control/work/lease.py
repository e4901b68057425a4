"""The right to act for a conference, held for a while and renewed before each step."""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tmsba.ports.jobs import Job, JobQueue, SpaceLease
from tmsba.ports.work import Clock


class LeaseLost(Exception):
    """Somebody else acts for the conference now: stop at once, write nothing."""


class SpaceTaken(Exception):
    """Another job is changing the space: try again in a moment."""


class Stopping(Exception):
    """The worker is asked to stop: give the job back between two steps."""


@dataclass(slots=True, kw_only=True)
class Lease:
    """A claimed job and its space, ours until ``until``.

    The bridge's time-outs are shorter than what is left of the lease when a step begins, so a worker that
    was slow can never write after another one has taken over.
    """

    queue: JobQueue
    job: Job
    owner: str
    clock: Clock
    duration: timedelta
    until: datetime
    stop: threading.Event
    _space_id: int | None = field(default=None, init=False)

    def hold(self) -> None:
        """Renew the lease when a third of it is used; call it before each step.

        Raises:
            LeaseLost: it is no longer ours.
            Stopping: the worker is to stop.
        """
        if self.stop.is_set():
            raise Stopping
        now = self.clock()
        if self.until - now > self.duration * 2 / 3:
            return
        until = now + self.duration
        if now >= self.until or not self.queue.renew(self.job, self.owner, until):
            raise LeaseLost
        self.until = until
        if self._space_id is not None:
            self.take_space(self._space_id)

    def take_space(self, space_id: int) -> None:
        """Become the only one who changes this space.

        Raises:
            SpaceTaken: another job is at it.
        """
        if not self.queue.lease_space(space_id, self.key, self.clock(), self.until):
            raise SpaceTaken
        self._space_id = space_id

    def finish(self) -> None:
        """The job is done: give everything back."""
        space = SpaceLease(space_id=self._space_id, owner=self.key) if self._space_id is not None else None
        self.queue.finish(self.job, self.owner, self.clock(), space=space)
        self._space_id = None

    def give_space_back(self) -> None:
        """Let other jobs change the space."""
        if self._space_id is not None:
            self.queue.release_space(self._space_id, self.key)
            self._space_id = None

    @property
    def key(self) -> str:
        """Who holds the space: this worker for this job."""
        return f"{self.owner}/{self.job.id}"
