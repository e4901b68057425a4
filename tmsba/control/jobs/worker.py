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

from tmsba.booking.change.rerouting import Rerouting
from tmsba.control.bridge.circuit import Circuits
from tmsba.control.bridge.clients import BridgeClients, ClientFactory
from tmsba.control.bridge.registration import register_bridge
from tmsba.control.care.tending import EndWarning
from tmsba.control.jobs.jobs import JobRunner
from tmsba.control.jobs.postman import Postman
from tmsba.control.upkeep.foresight import Foresight
from tmsba.control.upkeep.health import HealthMonitor
from tmsba.control.upkeep.sweep import Sweeper
from tmsba.control.work.lease import Lease
from tmsba.control.work.slots import Slots
from tmsba.control.work.tickets import SETUP, bridge_subject
from tmsba.domain.errors import TmsbaError
from tmsba.ports.bridges import HealthChecks
from tmsba.ports.jobs import Job, JobQueue
from tmsba.ports.live import LiveConferences
from tmsba.ports.work import Clock, Store

log = structlog.get_logger(__name__)

_REGISTER_EVERY = timedelta(seconds=5)
_DELIVER_EVERY = timedelta(seconds=2)
_FORESEE_EVERY = timedelta(seconds=5)
_STORE_PAUSE_S = 2.0
#: Bridges that are prepared side by side.
_SETUPS = 4


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
        bridge_jobs: how many of them on one bridge.
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
    threads: int = 64
    bridge_jobs: int = 4
    checks: HealthChecks | None = None
    check_every: timedelta = timedelta(seconds=30)
    #: How often what is on a bridge is compared with the store.
    sweep_every: timedelta = timedelta(minutes=5)
    #: Gives conferences another number whose own is lost, and another bridge when theirs cannot take them.
    rerouting: Rerouting | None = None
    #: Sends mails; ``None`` when there is no mail server.
    postman: Postman | None = None
    owner: str = field(default_factory=new_owner)
    #: Jobs that run.
    _busy: set["Future[None]"] = field(default_factory=set, init=False)
    _slots: Slots = field(init=False)
    #: Held while jobs are claimed and started: the loop does that, and every job that ends.
    _taking: threading.Lock = field(default_factory=threading.Lock, init=False)
    _registering: dict[int, "Future[bool]"] = field(default_factory=dict, init=False)
    _registered_at: datetime | None = field(default=None, init=False)
    _delivering: "Future[None] | None" = field(default=None, init=False)
    _delivered_at: datetime | None = field(default=None, init=False)
    _foresight: Foresight | None = field(default=None, init=False)
    _foreseeing: "Future[None] | None" = field(default=None, init=False)
    _foreseen_at: datetime | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Have all hands free."""
        self._slots = Slots(total=self.threads, per_bridge=self.bridge_jobs)
        if self.rerouting:
            self._foresight = Foresight(
                store=self.store, rerouting=self.rerouting, clock=self.clock, stop=self.stop
            )

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
            rerouting=self.rerouting,
        )
        log.info("control_worker_started", owner=self.owner, threads=self.threads)
        # Bridges that are prepared, mails and moves have threads of their own: none can hold up a job.
        with (
            self._watching(circuits),
            ThreadPoolExecutor(self.threads, thread_name_prefix="control") as jobs,
            ThreadPoolExecutor(_SETUPS, thread_name_prefix="setup") as setups,
            ThreadPoolExecutor(1, thread_name_prefix="mail") as mails,
            ThreadPoolExecutor(1, thread_name_prefix="foresight") as moves,
        ):
            while not self.stop.is_set():
                self.stop.wait(self._turn(runner, jobs, setups, mails, moves))
            with self._taking:
                pass  # whoever claims jobs at this moment starts them before the threads are closed
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
                rerouting=self.rerouting,
            ),
        )
        thread = threading.Thread(target=monitor.run, name="health")
        thread.start()
        try:
            yield
        finally:
            thread.join()

    def _turn(
        self,
        runner: JobRunner,
        jobs: ThreadPoolExecutor,
        setups: ThreadPoolExecutor,
        mails: ThreadPoolExecutor,
        moves: ThreadPoolExecutor,
    ) -> float:
        """One look at what is due; returns the seconds to wait before the next."""
        try:
            self._take_jobs(runner, jobs)
            self._register(setups)
        except TmsbaError as error:
            log.warning("store_not_available", reason=error.message)
            return _STORE_PAUSE_S
        self._deliver(mails)
        self._foresee(moves)
        return self.poll_s

    def _take_jobs(self, runner: JobRunner, pool: ThreadPoolExecutor) -> None:
        """Claim and start as many due jobs as there are hands for."""
        with self._taking:
            self._busy = {future for future in self._busy if not future.done()}
            free = self._slots.free
            if not free or self.stop.is_set():
                return
            now = self.clock()
            until = now + self.lease
            jobs = self.queue.claim(
                self.owner, now, until, free, per_bridge=self.bridge_jobs, busy=self._slots.busy
            )
            self._slots.take(jobs)
            for job in jobs:
                self._busy.add(pool.submit(self._do, runner, pool, self._lease(job, until)))

    def _do(self, runner: JobRunner, pool: ThreadPoolExecutor, lease: Lease) -> None:
        """Do a job, and look at once for the next one where some may be waiting."""
        runner.run(lease)
        if not self._slots.give_back(lease.job):
            return
        try:
            self._take_jobs(runner, pool)
        except TmsbaError as error:
            # The loop looks again, after a pause.
            log.warning("store_not_available", reason=error.message)

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

    def _foresee(self, pool: ThreadPoolExecutor) -> None:
        """Every few seconds, look at conferences to come whose bridges may not be able to take them."""
        now = self.clock()
        is_idle = self._foreseeing is None or self._foreseeing.done()
        is_time = self._foreseen_at is None or now - self._foreseen_at >= _FORESEE_EVERY
        if self._foresight and is_idle and is_time:
            self._foreseen_at = now
            self._foreseeing = pool.submit(self._foresight.look)

    def _register_one(self, bridge_id: int) -> bool:
        try:
            return register_bridge(self.store, self.clock, bridge_id, self.factory)
        except Exception:
            log.exception("bridge_not_prepared", bridge_id=bridge_id)
            return False
