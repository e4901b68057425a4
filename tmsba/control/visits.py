"""Acting on a bridge for a job, with tickets about what goes wrong."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from tmsba.booking.ports import Clock, JobKind, Store
from tmsba.cms.errors import BridgeError
from tmsba.control.clients import BridgeClients
from tmsba.control.lease import Lease
from tmsba.control.ports import LiveConferences
from tmsba.control.scene import Scene
from tmsba.control.steps import SpaceMissing, Steps
from tmsba.control.tickets import (
    CONNECTION,
    LAUNCH,
    bridge_subject,
    close_ticket,
    conference_subject,
    open_ticket,
)


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
            BridgeError, SpaceMissing: what ``act`` raises.
        """
        bridge, subject = scene.bridge, bridge_subject(scene.bridge.name)
        with (
            structlog.contextvars.bound_contextvars(bridge=bridge.name),
            self.clients.lend(bridge, scene.credentials, lease.job.request_id) as client,
        ):
            steps = Steps(store=self.store, live=self.live, clock=self.clock, client=client, lease=lease)
            try:
                act(steps)
            except BridgeError as error:
                open_ticket(self.store, self.clock, subject, CONNECTION, str(error))
                self._ticket_for_launch(lease, scene, error)
                raise
            except SpaceMissing as error:
                close_ticket(self.store, self.clock, subject, CONNECTION)
                self._ticket_for_launch(lease, scene, error)
                raise
            close_ticket(self.store, self.clock, subject, CONNECTION)

    def _ticket_for_launch(self, lease: Lease, scene: Scene, error: Exception) -> None:
        conference = scene.conference
        if lease.job.kind is not JobKind.LAUNCH or self.clock() < conference.period.start:
            return
        text = f"Conference {conference.id} has not started on bridge {scene.bridge.name!r} yet: {error}"
        open_ticket(self.store, self.clock, conference_subject(conference.id), LAUNCH, text)
