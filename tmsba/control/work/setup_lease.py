"""The right to set a bridge up."""

import uuid
from dataclasses import dataclass, field
from datetime import timedelta

from tmsba.control.work.lease import LeaseLost
from tmsba.ports.repeating import write
from tmsba.ports.work import Clock, Store

#: Longer than any single request to a bridge with its repetitions.
_LEASE = timedelta(seconds=60)


@dataclass(slots=True, kw_only=True)
class SetupLease:
    """The right to set a bridge up: two at once would make everything twice, and their spaces collide."""

    store: Store
    clock: Clock
    bridge_id: int
    owner: str = field(default_factory=lambda: uuid.uuid4().hex)

    def hold(self) -> bool:
        """Take or renew it; ``False`` when somebody else has it."""
        now = self.clock()
        return write(
            self.store, lambda uow: uow.bridges.lease_setup(self.bridge_id, self.owner, now, now + _LEASE)
        )

    def keep(self) -> None:
        """Renew it.

        Raises:
            LeaseLost: it ran out and somebody else has it.
        """
        if not self.hold():
            raise LeaseLost

    def give_back(self) -> None:
        """Let others set the bridge up."""
        write(self.store, lambda uow: uow.bridges.release_setup(self.bridge_id, self.owner))
