"""Compare what is on bridges with what the store says, and bring both in line. ADR 15."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog

from tmsba.booking.change.rerouting import Rerouting
from tmsba.cms.wire.errors import BridgeError
from tmsba.control.bridge.access import BridgeAccess, access_to
from tmsba.control.bridge.clients import ClientFactory
from tmsba.control.upkeep.left import LeftSweep
from tmsba.control.upkeep.site import Site, Swept
from tmsba.control.upkeep.spaces import RoomSweep
from tmsba.domain.bridge.bridge import Bridge
from tmsba.ports.jobs import JobQueue
from tmsba.ports.live import LiveConferences
from tmsba.ports.work import Clock, Store

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweeper:
    """Sweeps addresses of bridges; safe to share between threads.

    Attributes:
        stop: set when the process is to stop.
        every: how often each address is swept; what costs a request for each room is shared out by it.
        rerouting: gives conferences another number whose own is lost; ``None`` for nobody.
    """

    store: Store
    queue: JobQueue
    live: LiveConferences
    factory: ClientFactory
    clock: Clock
    stop: threading.Event
    every: timedelta = timedelta(minutes=5)
    rerouting: Rerouting | None = None

    def sweep(
        self, bridge: Bridge, access: BridgeAccess, *, is_thorough: bool = False, is_dry: bool = False
    ) -> list[Swept]:
        """Sweep one address of a bridge; what was found.

        Args:
            bridge: as it is registered.
            access: how to reach the address.
            is_thorough: whether to ask about every room by itself; otherwise each one's turn comes by and by.
            is_dry: whether to change nothing.

        Raises:
            BridgeError: the address does not answer, or refuses something.
            Stopping: the process is to stop.
        """
        with self._site(bridge, access, is_dry=is_dry) as site:
            swept = LeftSweep(site).end()
            swept += RoomSweep(site=site, turn=None if is_thorough else self._turn()).clean()
            return swept + (self._nodes(site) if site.is_main else [])

    def _turn(self) -> int:
        return int(self.clock().timestamp() // max(self.every.total_seconds(), 1))

    def _nodes(self, main: Site) -> list[Swept]:
        """What was left at nodes that have no address of their own in the bridge's registration."""
        bridge = main.bridge
        left = {
            one.url for noted in self.live.with_left() for one in noted.left if one.bridge_id == bridge.id
        }
        swept = []
        for url in sorted(left - {bridge.url, bridge.alternate_url}):
            with self.store.reading() as uow:
                access = access_to(uow, bridge, url)
            if access.bridge.url != url:
                LeftSweep(main).forget(url)
                continue
            with self._site(bridge, access, is_dry=main.is_dry) as node:
                try:
                    swept += LeftSweep(node).end()
                except BridgeError as error:
                    log.info("node_not_swept", url=url, reason=str(error))
        return swept

    @contextmanager
    def _site(self, bridge: Bridge, access: BridgeAccess, *, is_dry: bool) -> Iterator[Site]:
        client = self.factory(access.bridge, access.credentials)
        client.request_id = "sweep"
        try:
            yield Site(
                store=self.store,
                queue=self.queue,
                live=self.live,
                clock=self.clock,
                stop=self.stop,
                bridge=bridge,
                url=access.bridge.url,
                client=client,
                is_dry=is_dry,
                rerouting=self.rerouting,
            )
        finally:
            client.close()
