"""Acting on a bridge for a job, with tickets about what goes wrong."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial

import structlog

from tmsba.cms.client import BridgeClient
from tmsba.cms.wire.errors import BridgeError, BridgeTimeout, BridgeUnreachable
from tmsba.control.bridge.access import access_to_node
from tmsba.control.bridge.clients import BridgeClients
from tmsba.control.bridge.rooms import SpaceForeign, SpaceMissing
from tmsba.control.meeting.other_nodes import OtherNodes
from tmsba.control.meeting.scene import Scene
from tmsba.control.meeting.steps import Steps
from tmsba.control.work.lease import Lease
from tmsba.control.work.tickets import (
    ALTERNATE,
    CONNECTION,
    LAUNCH,
    bridge_subject,
    close_ticket,
    conference_subject,
    open_ticket,
)
from tmsba.domain.bridge.clusters import host_of
from tmsba.domain.bridge.health import BridgeAddress
from tmsba.ports.live import LiveConferences
from tmsba.ports.outbox import JobKind
from tmsba.ports.work import Clock, Store

#: Tickets about an address that does not do what it is asked; about other nodes there are none.
_KINDS = {BridgeAddress.MAIN: CONNECTION, BridgeAddress.ALTERNATE: ALTERNATE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """Lends a job what it needs on a bridge."""

    store: Store
    live: LiveConferences
    clients: BridgeClients
    clock: Clock

    def act(self, lease: Lease, scene: Scene, act: Callable[[Steps], None]) -> None:
        """Act with a client of the scene's bridge; trouble becomes tickets.

        Raises:
            BridgeError, SpaceForeign, SpaceMissing: what ``act`` raises.
        """
        try:
            self._act(lease, scene, act)
        except BridgeError as error:
            is_unreached = isinstance(error, BridgeUnreachable | BridgeTimeout)
            self._note_unreached(scene, is_unreached=is_unreached)
            raise

    def _act(self, lease: Lease, scene: Scene, act: Callable[[Steps], None]) -> None:
        with (
            structlog.contextvars.bound_contextvars(bridge=scene.bridge.name, url=scene.bridge.url),
            self.clients.lend(scene.bridge, scene.credentials, lease.job.request_id) as client,
        ):
            nodes = OtherNodes(client=client, hold=lease.hold, lend=partial(self._lend_node, lease, scene))
            steps = Steps(
                store=self.store,
                live=self.live,
                clock=self.clock,
                client=client,
                lease=lease,
                nodes=nodes,
            )
            try:
                act(steps)
            except BridgeError as error:
                self._ticket_for_bridge(scene, str(error))
                self._ticket_for_launch(lease, scene, error)
                raise
            except (SpaceForeign, SpaceMissing) as error:
                self._ticket_for_bridge(scene, None)
                self._ticket_for_launch(lease, scene, error)
                raise
            self._ticket_for_bridge(scene, None)

    def _lend_node(self, lease: Lease, scene: Scene, node_id: str) -> AbstractContextManager[BridgeClient]:
        with self.store.reading() as uow:
            access = access_to_node(uow, scene.bridge, node_id)
        return self.clients.lend(access.bridge, access.credentials, lease.job.request_id)

    def _note_unreached(self, scene: Scene, *, is_unreached: bool) -> None:
        """Remember since when a node does not answer that a conference is on; who refuses, answers."""
        noted = self.live.get(scene.conference.id)
        if noted is None or not noted.is_on(scene.space.id) or noted.url != scene.bridge.url:
            return
        since = (noted.unreached_since or self.clock()) if is_unreached else None
        if since != noted.unreached_since:
            self.live.put(replace(noted, unreached_since=since))

    def _ticket_for_bridge(self, scene: Scene, text: str | None) -> None:
        kind, subject = (
            _KINDS.get(scene.address) if scene.address else None,
            bridge_subject(scene.bridge.name),
        )
        if kind and text:
            open_ticket(self.store, self.clock, subject, kind, text)
        elif kind:
            close_ticket(self.store, self.clock, subject, kind)

    def _ticket_for_launch(self, lease: Lease, scene: Scene, error: Exception) -> None:
        conference = scene.conference
        if lease.job.kind is not JobKind.LAUNCH or self.clock() < conference.period.start:
            return
        at = "" if scene.address is BridgeAddress.MAIN else f" at {host_of(scene.bridge.url)}"
        text = f"Conference {conference.id} has not started on bridge {scene.bridge.name!r}{at} yet: {error}"
        open_ticket(self.store, self.clock, conference_subject(conference.id), LAUNCH, text)
