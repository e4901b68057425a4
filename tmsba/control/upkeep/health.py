"""The loop that looks at every bridge from time to time; several may run, and share the bridges out."""

import random
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta

import structlog

from tmsba.cms.client import BridgeClient
from tmsba.cms.wire.errors import BridgeError, CredentialsRefused
from tmsba.control.bridge.access import BridgeAccess, access_at
from tmsba.control.bridge.circuit import Circuits
from tmsba.control.bridge.clients import ClientFactory
from tmsba.control.bridge.dial_plans import check_dial_plan
from tmsba.control.bridge.inspection import Inspection, glance, inspect
from tmsba.control.upkeep.health_tickets import HealthTickets
from tmsba.control.upkeep.stranded import check_all_stranded
from tmsba.control.upkeep.sweep import Sweeper
from tmsba.control.work.lease import Stopping
from tmsba.domain.bridge.bridge import Bridge
from tmsba.domain.bridge.health import BridgeAddress, BridgeHealth, pause_before_next_look
from tmsba.domain.errors import TmsbaError
from tmsba.ports.bridges import HealthChecks
from tmsba.ports.repeating import write
from tmsba.ports.work import Clock, Store

log = structlog.get_logger(__name__)

_STORE_PAUSE_S = 2.0
#: Alarms, licences and the nodes of clusters are asked for with one look in so many.
_LOOKS = 10
#: Longer than the requests of one look may take together.
_LEASE = timedelta(minutes=3)


@dataclass(slots=True, kw_only=True)
class HealthMonitor:
    """Looks at bridges, notes what it finds, and opens and closes tickets.

    Attributes:
        owner: a name that no other monitor has.
        circuits: those of the jobs of this process, which learn from every look.
        every: the pause between two looks at a bridge that is well.
        poll_s: seconds between two looks at what is due.
        threads: how many bridges are looked at side by side; one that hangs takes up one of them.
        chance: a random number in [0, 1).
    """

    store: Store
    checks: HealthChecks
    factory: ClientFactory
    clock: Clock
    stop: threading.Event
    owner: str
    circuits: Circuits | None = None
    every: timedelta = timedelta(seconds=30)
    poll_s: float = 1.0
    threads: int = 32
    chance: Callable[[], float] = random.random
    #: Compares what is there with the store, with some of the looks; ``None`` for never.
    sweeper: Sweeper | None = None
    _busy: set["Future[None]"] = field(default_factory=set, init=False)

    def run(self) -> None:
        """Look after the bridges until ``stop`` is set."""
        with ThreadPoolExecutor(self.threads, thread_name_prefix="health") as pool:
            while not self.stop.is_set():
                self.stop.wait(self._turn(pool))

    def _turn(self, pool: ThreadPoolExecutor) -> float:
        """Start what is due; returns the seconds to wait before the next turn."""
        self._busy = {future for future in self._busy if not future.done()}
        free = self.threads - len(self._busy)
        now = self.clock()
        try:
            due = self.checks.claim(self.owner, now, now + _LEASE, free) if free else ()
        except TmsbaError as error:
            log.warning("store_not_available", reason=error.message)
            return _STORE_PAUSE_S
        except Exception:
            log.exception("health_checks_not_claimed")
            return _STORE_PAUSE_S
        for before in due:
            self._busy.add(pool.submit(self.check, before))
        return self.poll_s

    def check(self, before: BridgeHealth) -> None:
        """Look at one address of a bridge. Raises nothing."""
        with structlog.contextvars.bound_contextvars(
            bridge_id=before.bridge_id, address=before.address.value
        ):
            try:
                self._check(before)
            except Exception:
                # The lease runs out by itself then.
                log.exception("bridge_not_checked")

    def _check(self, before: BridgeHealth) -> None:
        with self.store.reading() as uow:
            bridge = uow.bridges.get(before.bridge_id)
            if bridge is None:
                return
            try:
                access = access_at(uow, bridge, before.address)
            except LookupError:
                return
        tickets = HealthTickets(store=self.store, clock=self.clock, bridge=bridge, before=before)
        try:
            found = self._look(access, before)
        except BridgeError as error:
            is_certain = isinstance(error, CredentialsRefused)
            after = before.after_failure(str(error), self.clock(), is_certain=is_certain)
            if self._finish(after):
                self._tell(before, after)
                tickets.after_failure(after, error)
        else:
            after = before.after_success(found.report, self.clock())
            is_back = _is_back(before, after)
            is_to_sweep = self._is_to_sweep(before, is_back=is_back)
            if is_to_sweep:
                # Noted first, so that others leave it to us; it may take longer than our lease.
                after = replace(after, swept_at=self.clock())
            if self._finish(after):
                self._tell(before, after)
                self._note_cluster(after, found)
                self._note_told(bridge, after, found)
                tickets.after_success(after, found)
                if is_to_sweep:
                    # A bridge that is back may have come back with other spaces.
                    self._sweep(bridge, access, is_thorough=is_back)

    def _look(self, access: BridgeAccess, before: BridgeHealth) -> Inspection:
        url = access.bridge.url
        client = self.factory(access.bridge, access.credentials)
        try:
            found = self._inspected(client, access.bridge, before)
        except CredentialsRefused:
            raise
        except BridgeError as error:
            if self.circuits:
                self.circuits.failed(url, error)
            raise
        finally:
            client.close()
        if self.circuits:
            self.circuits.succeeded(url)
        return found

    def _inspected(self, client: BridgeClient, bridge: Bridge, before: BridgeHealth) -> Inspection:
        """Ask for everything from time to time, and of a bridge that was not well."""
        now, last = self.clock(), before.report.told_all_at
        is_fresh = last is not None and now - last < _LOOKS * self.every
        if is_fresh and before.is_reachable and not before.failures:
            return glance(client, before.report)
        found = inspect(client)
        trouble = check_dial_plan(self.store, bridge, found.dial_plan)
        return replace(found, report=replace(found.report, told_all_at=now, dial_plan_trouble=trouble))

    def _is_to_sweep(self, before: BridgeHealth, *, is_back: bool) -> bool:
        """From time to time, and when the address is back: there may be what nobody could end."""
        if self.sweeper is None:
            return False
        last = before.swept_at
        return is_back or last is None or self.clock() - last >= self.sweeper.every

    def _sweep(self, bridge: Bridge, access: BridgeAccess, *, is_thorough: bool) -> None:
        if self.sweeper is None:
            return
        try:
            self.sweeper.sweep(bridge, access, is_thorough=is_thorough)
            # Nobody looks at disabled bridges; this comes along with the others.
            check_all_stranded(self.store, self.clock)
        except Stopping:
            log.info("sweep_broken_off")
        except BridgeError as error:
            log.warning("bridge_not_swept", reason=str(error))

    def _finish(self, after: BridgeHealth) -> bool:
        pause = pause_before_next_look(after, self.every, self.chance())
        return self.checks.finish(after, self.owner, self.clock() + pause)

    def _note_cluster(self, after: BridgeHealth, found: Inspection) -> None:
        """Keep what is known of the cluster up to date."""
        if after.address is not BridgeAddress.MAIN:
            return
        with self.store.reading() as uow:
            known = next((one for one in uow.bridges.memberships() if one.bridge.id == after.bridge_id), None)
        nodes = found.nodes
        if known is None or nodes is None or (known.cluster_id, known.nodes) == (found.cluster_id, nodes):
            return
        write(self.store, lambda uow: uow.bridges.set_membership(after.bridge_id, found.cluster_id, nodes))

    def _note_told(self, bridge: Bridge, after: BridgeHealth, found: Inspection) -> None:
        """Keep what routing, launches and links have to know up to date."""
        if after.address is not BridgeAddress.MAIN:
            return
        version = found.report.software_version
        if version and version != bridge.software_version:
            write(self.store, lambda uow: uow.bridges.set_software_version(bridge.id, version))
        if not found.is_whole:
            return
        limit, load, is_balancing = (
            found.report.participant_limit,
            found.report.load_limit,
            found.is_balancing,
        )
        known = bridge.told_participants, bridge.told_load, bridge.is_balancing
        if (limit, load, is_balancing) == known:
            return
        write(
            self.store,
            lambda uow: uow.bridges.set_told(
                bridge.id, participants=limit, load=load, is_balancing=is_balancing
            ),
        )

    def _tell(self, before: BridgeHealth, after: BridgeHealth) -> None:
        if before.is_reachable is not False and after.is_reachable is False:
            log.warning("bridge_unreachable", reason=after.last_error)
        elif before.is_reachable is not True and after.is_reachable:
            log.info("bridge_reachable", version=after.report.software_version)


def _is_back(before: BridgeHealth, after: BridgeHealth) -> bool:
    """Whether an address was away, or its bridge has been restarted since the last look."""
    was, now = before.report.uptime, after.report.uptime
    return before.is_reachable is False or (was is not None and now is not None and now < was)
