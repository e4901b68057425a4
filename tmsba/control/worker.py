"""The loop of a control worker: claim due jobs, hand them to threads, prepare new bridges."""

import os
import socket
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from tmsba.booking.ports import Clock, Store
from tmsba.control.circuit import Circuits
from tmsba.control.clients import BridgeClients, ClientFactory
from tmsba.control.health import HealthMonitor
from tmsba.control.jobs import JobRunner
from tmsba.control.lease import Lease
from tmsba.control.ports import HealthChecks, Job, JobQueue, LiveConferences
from tmsba.control.postman import Postman
from tmsba.control.registration import register_bridge
from tmsba.control.sweep import Sweeper
from tmsba.control.tending import EndWarning
from tmsba.control.tickets import SETUP, bridge_subject
from tmsba.domain.errors import TmsbaError

log = structlog.get_logger(__name__)

_REGISTER_EVERY = timedelta(seconds=5)
_DELIVER_EVERY = timedelta(seconds=2)
_STORE_PAUSE_S = 2.0


def new_owner() -> str:
    """A name for one worker that no other one has, not even on another host or after a restart."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


@dataclass(slots=True, kw_only=True)
class Worker:
    """One control worker; several may run on one store, on any number of hosts.

    Attributes:
        lease: how long a claimed job stays ours without renewal; after a crash it is taken over then.
        poll_s: seconds between two looks at the outbox.
        threads: how many jobs run side by side.
        checks: where looks at bridges are shared out; without it nobody looks.
        check_every: the pause between two looks at a bridge that is well.
    """

    store: Store
    queue: JobQueue
    live: LiveConferences
    clock: Clock
    factory: ClientFactory
    say: EndWarning
    stop: threading.Event
    lease: timedelta = timedelta(seconds=30)
    poll_s: float = 0.5
    threads: int = 16
    checks: HealthChecks | None = None
    check_every: timedelta = timedelta(seconds=30)
    #: How often what is on a bridge is compared with the store.
    sweep_every: timedelta = timedelta(minutes=5)
    #: Sends mails; ``None`` when there is no mail server.
    postman: Postman | None = None
    owner: str = field(default_factory=new_owner)
    _busy: set["Future[None]"] = field(default_factory=set, init=False)
    _registering: dict[int, "Future[bool]"] = field(default_factory=dict, init=False)
    _registered_at: datetime | None = field(default=None, init=False)
    _delivering: "Future[None] | None" = field(default=None, init=False)
    _delivered_at: datetime | None = field(default=None, init=False)

    def run(self) -> None:
        """Work until ``stop`` is set; then give everything back between two steps."""
        circuits = Circuits(self.clock)
        clients = BridgeClients(self.factory, circuits)
        runner = JobRunner(
            store=self.store,
            queue=self.queue,
            live=self.live,
            clients=clients,
            clock=self.clock,
            say=self.say,
        )
        log.info("control_worker_started", owner=self.owner, threads=self.threads)
        # Besides the jobs a bridge is prepared and mails are sent.
        with (
            self._watching(circuits),
            ThreadPoolExecutor(self.threads + 2, thread_name_prefix="control") as pool,
        ):
            while not self.stop.is_set():
                self.stop.wait(self._turn(runner, pool))
        clients.close()
        log.info("control_worker_stopped", owner=self.owner)

    @contextmanager
    def _watching(self, circuits: Circuits) -> Iterator[None]:
        """Have the bridges looked at, in a loop of its own, until ``stop`` is set."""
        if self.checks is None:
            yield
            return
        monitor = HealthMonitor(
            store=self.store,
            checks=self.checks,
            factory=self.factory,
            clock=self.clock,
            stop=self.stop,
            owner=self.owner,
            circuits=circuits,
            every=self.check_every,
            sweeper=Sweeper(
                store=self.store,
                queue=self.queue,
                live=self.live,
                factory=self.factory,
                clock=self.clock,
                stop=self.stop,
                every=self.sweep_every,
            ),
        )
        thread = threading.Thread(target=monitor.run, name="health")
        thread.start()
        try:
            yield
        finally:
            thread.join()

    def _turn(self, runner: JobRunner, pool: ThreadPoolExecutor) -> float:
        """One look at the outbox; returns the seconds to wait before the next."""
        self._busy = {future for future in self._busy if not future.done()}
        free = self.threads - len(self._busy)
        try:
            jobs = self._claim(free) if free else ()
            self._register(pool)
        except TmsbaError as error:
            log.warning("store_not_available", reason=error.message)
            return _STORE_PAUSE_S
        for job, until in jobs:
            self._busy.add(pool.submit(runner.run, self._lease(job, until)))
        self._deliver(pool)
        return 0.0 if jobs and len(jobs) == free else self.poll_s

    def _claim(self, limit: int) -> list[tuple[Job, datetime]]:
        now = self.clock()
        until = now + self.lease
        return [(job, until) for job in self.queue.claim(self.owner, now, until, limit)]

    def _lease(self, job: Job, until: datetime) -> Lease:
        return Lease(
            queue=self.queue,
            job=job,
            owner=self.owner,
            clock=self.clock,
            duration=self.lease,
            until=until,
            stop=self.stop,
        )

    def _register(self, pool: ThreadPoolExecutor) -> None:
        """Every few seconds, go on with bridges that are not ready or have spaces that nobody needs."""
        now = self.clock()
        if self._registered_at and now - self._registered_at < _REGISTER_EVERY:
            return
        self._registered_at = now
        self._registering = {i: f for i, f in self._registering.items() if not f.done()}
        with self.store.reading() as uow:
            # What a bridge refused it will refuse again, and each try may make its spaces anew: that is for
            # the administrator to repeat.
            refused = {ticket.subject for ticket in uow.tickets.all() if ticket.kind == SETUP}
            bridges = {one.id: one for one in (*uow.bridges.unprepared(), *uow.bridges.with_surplus(now))}
        waiting = [
            bridge.id
            for bridge in bridges.values()
            if bridge.id not in self._registering and bridge_subject(bridge.name) not in refused
        ]
        for bridge_id in waiting:
            self._registering[bridge_id] = pool.submit(self._register_one, bridge_id)

    def _deliver(self, pool: ThreadPoolExecutor) -> None:
        """Every few seconds, send the mails that are due, one after the other."""
        now = self.clock()
        is_idle = self._delivering is None or self._delivering.done()
        is_time = self._delivered_at is None or now - self._delivered_at >= _DELIVER_EVERY
        if self.postman and is_idle and is_time:
            self._delivered_at = now
            self._delivering = pool.submit(self.postman.deliver)

    def _register_one(self, bridge_id: int) -> bool:
        try:
            return register_bridge(self.store, self.clock, bridge_id, self.factory)
        except Exception:
            log.exception("bridge_not_prepared", bridge_id=bridge_id)
            return False
