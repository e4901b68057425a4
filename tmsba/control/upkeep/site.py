"""One address of a bridge that is being swept, and what that takes."""

import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from tmsba.booking.change.rerouting import Rerouting
from tmsba.booking.request.change_log import EARLY
from tmsba.cms.client import BridgeClient
from tmsba.control.work.lease import Stopping
from tmsba.control.work.space_hold import SpaceHold
from tmsba.domain.bridge.bridge import Bridge
from tmsba.domain.time.times import Period
from tmsba.ports.jobs import JobQueue
from tmsba.ports.live import LiveConferences
from tmsba.ports.outbox import JobKind, Wish
from tmsba.ports.repeating import write
from tmsba.ports.work import Clock, Store, UnitOfWork

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """Something that was found, and what was done about it, for people."""

    number: int
    found: str
    done: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One address of a bridge.

    Attributes:
        bridge: as it is registered.
        url: of the address.
        client: of the address.
        is_dry: whether to change nothing.
        stop: set when the process is to stop.
        rerouting: gives conferences another number whose own is lost; ``None`` for nobody.
    """

    store: Store
    queue: JobQueue
    live: LiveConferences
    clock: Clock
    stop: threading.Event
    bridge: Bridge
    url: str
    client: BridgeClient
    is_dry: bool = False
    rerouting: Rerouting | None = None

    @property
    def is_main(self) -> bool:
        """Whether it is the bridge's main address."""
        return self.url == self.bridge.url

    @property
    def present(self) -> Period:
        """Whoever holds a space at some time of this period may be opening it."""
        now = self.clock()
        return Period(now, now + EARLY)

    def hold(self, *space_ids: int) -> SpaceHold:
        """The right to change spaces, which is still to be taken."""
        owner = f"sweep/{uuid.uuid4().hex}"
        return SpaceHold(
            queue=self.queue, clock=self.clock, owner=owner, space_ids=tuple(sorted(set(space_ids)))
        )

    def go_on(self) -> None:
        """Call it before each request.

        Raises:
            Stopping: the process is to stop.
        """
        if self.stop.is_set():
            raise Stopping

    def ask(self, conference_ids: Sequence[int], kind: JobKind) -> None:
        """Ask for a job now, of each of these conferences."""
        if self.is_dry or not conference_ids:
            return
        now = self.clock()
        wishes = [
            Wish(conference_id=one, kind=kind, due_at=now, request_id="sweep") for one in conference_ids
        ]

        def work(uow: UnitOfWork) -> None:
            uow.outbox.put_all(wishes)

        write(self.store, work)
        log.warning("jobs_asked_for", job=kind.value, conference_ids=list(conference_ids))
