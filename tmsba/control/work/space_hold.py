"""The right to change spaces without a job: for whoever cleans up."""

from dataclasses import dataclass, field
from datetime import timedelta

from tmsba.control.work.lease import LeaseLost
from tmsba.ports.jobs import JobQueue
from tmsba.ports.work import Clock

#: Longer than any single request to a bridge with its repetitions.
_LEASE = timedelta(seconds=60)


@dataclass(slots=True, kw_only=True)
class SpaceHold:
    """Holds some spaces for as long as it is renewed, so that no launch comes in between."""

    queue: JobQueue
    clock: Clock
    owner: str
    space_ids: tuple[int, ...]
    _held: set[int] = field(default_factory=set, init=False)

    def take(self) -> bool:
        """Take or renew all of them; ``False`` when somebody else has one, and then none is held."""
        for space_id in self.space_ids:
            now = self.clock()
            if not self.queue.lease_space(space_id, self.owner, now, now + _LEASE):
                self.give_back()
                return False
            self._held.add(space_id)
        return True

    def keep(self) -> None:
        """Renew it; call it before each request.

        Raises:
            LeaseLost: it ran out, and somebody else has a space.
        """
        if not self.take():
            raise LeaseLost

    def give_back(self) -> None:
        """Let others change them."""
        for space_id in self._held:
            self.queue.release_space(space_id, self.owner)
        self._held.clear()
