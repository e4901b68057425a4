"""At which node of a bridge's cluster a conference is opened and closed. ADR 15."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from tmsba.booking.view.desk import settings_of
from tmsba.cms.wire.errors import BridgeError
from tmsba.control.bridge.access import BridgeAccess, access_elsewhere, access_now, access_to, health_at
from tmsba.control.jobs.visits import Visits
from tmsba.control.meeting.scene import Scene, load_scene, scene_at
from tmsba.control.work.lease import Lease
from tmsba.control.work.tickets import FAILOVER, bridge_subject, open_ticket
from tmsba.domain.bridge.bridge import Bridge
from tmsba.domain.bridge.clusters import host_of
from tmsba.domain.bridge.health import BridgeAddress, BridgeHealth
from tmsba.domain.conference.conference import Conference
from tmsba.domain.values import FailoverMode
from tmsba.ports.live import LiveConference
from tmsba.ports.work import UnitOfWork

log = structlog.get_logger(__name__)

#: After so many tries nobody waits for the next look at the bridge to say that an address is down.
_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """Where a conference may be, best first."""

    candidates: Sequence[BridgeAccess]
    #: Whether it is the first of them that answers; else simply the first.
    is_asked: bool

    @property
    def has_to_ask(self) -> bool:
        """Whether the addresses themselves decide."""
        return self.is_asked and len(self.candidates) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Chooses among the addresses of a bridge."""

    visits: Visits

    def to_open(self, lease: Lease, conference: Conference, noted: LiveConference | None) -> Scene | None:
        """The scene at the address where a conference is opened now; ``None`` when the bridge is gone.

        It stays where it runs as long as that node is not dead. What has not started goes to the alternate
        address, without one to any other node, while the main address is down.

        Args:
            lease: of the job.
            conference: has a route.
            noted: what it has on its bridge as far as we know.
        """
        route = conference.route
        if route is None:
            return None
        here = noted if noted and noted.is_on(route.space_id) else None
        with self.visits.store.reading() as uow:
            bridge = uow.bridges.get(route.bridge_id)
            if bridge is None:
                return None
            choice = self._choice(uow, bridge, here, attempts=lease.job.attempts)
            if not choice.has_to_ask:
                return scene_at(uow, conference, choice.candidates[0], route.space_id)
        url = self._chosen(lease, choice).bridge.url
        return load_scene(self.visits.store, conference, route.bridge_id, route.space_id, url)

    def to_close(self, lease: Lease, conference: Conference, noted: LiveConference) -> Scene | None:
        """The scene at the address where a conference is; at another one when that node is dead."""
        url = noted.url
        with self.visits.store.reading() as uow:
            bridge = uow.bridges.get(noted.bridge_id)
            choice = self._if_dead(uow, bridge, noted) if bridge else None
        if choice:
            url = self._chosen(lease, choice).bridge.url
        return load_scene(self.visits.store, conference, noted.bridge_id, noted.space_id, url)

    def is_dead(self, noted: LiveConference) -> bool:
        """Whether the node of a conference has not answered for so long that it is given up."""
        with self.visits.store.reading() as uow:
            bridge = uow.bridges.get(noted.bridge_id)
            return bridge is not None and self._is_dead(uow, bridge, noted)

    def tell(self, scene: Scene, before: LiveConference | None) -> None:
        """Say where a conference was opened, if that is not the main address.

        Args:
            scene: where it is now.
            before: where it was.
        """
        if scene.address is BridgeAddress.MAIN:
            return
        has_moved = before is not None and before.is_on(scene.space.id) and before.url != scene.bridge.url
        with self.visits.store.reading() as uow:
            main = uow.bridges.get(scene.bridge.id)
        was_told = before is not None and before.is_open and before.opened_at is not None
        if main is None or (was_told and not has_moved):
            return
        there, away = host_of(scene.bridge.url), host_of(before.url if has_moved and before else main.url)
        text = f"Conference {scene.conference.id} was opened at {there}, because {away} does not answer."
        log.warning("conference_at_other_address", url=scene.bridge.url, instead_of=away)
        visits = self.visits
        open_ticket(visits.store, visits.clock, bridge_subject(scene.bridge.name), FAILOVER, text)

    # ------------------------------------------------------------------ decide

    def _choice(
        self, uow: UnitOfWork, bridge: Bridge, here: LiveConference | None, *, attempts: int
    ) -> _Choice:
        if here and here.call_id and here.opened_at:
            running = self._if_dead(uow, bridge, here)
            return running or _Choice(candidates=[access_to(uow, bridge, here.url)], is_asked=False)
        if settings_of(uow).failover_mode is FailoverMode.OFF:
            return _Choice(candidates=[access_to(uow, bridge, bridge.url)], is_asked=False)
        healths = uow.bridges.healths()
        first = access_now(uow, bridge, healths)
        if here and here.unreached_since is None and not _is_down(bridge, here.url, healths):
            first = access_to(uow, bridge, here.url)
        if attempts < _TRIES and not _is_down(bridge, first.bridge.url, healths):
            return _Choice(candidates=[first], is_asked=False)
        return _Choice(candidates=[first, *access_elsewhere(uow, bridge, first.bridge.url)], is_asked=True)

    def _if_dead(self, uow: UnitOfWork, bridge: Bridge, noted: LiveConference) -> _Choice | None:
        """Where a conference goes whose node is given up, unless that answers now; ``None`` for nowhere."""
        if not self._is_dead(uow, bridge, noted):
            return None
        here = access_to(uow, bridge, noted.url)
        return _Choice(candidates=[here, *access_elsewhere(uow, bridge, here.bridge.url)], is_asked=True)

    def _is_dead(self, uow: UnitOfWork, bridge: Bridge, noted: LiveConference) -> bool:
        settings, since = settings_of(uow), noted.unreached_since
        if settings.failover_mode is not FailoverMode.AT_START_OR_ACTIVE or since is None:
            return False
        if self.visits.clock() - since < timedelta(seconds=settings.failover_threshold):
            return False
        health = health_at(bridge, noted.url or bridge.url, uow.bridges.healths())
        # It answers others: then its calls go on, and something is wrong with our requests alone.
        return not (
            health
            and health.is_reachable
            and not health.failures
            and health.checked_at
            and health.checked_at > since
        )

    def _chosen(self, lease: Lease, choice: _Choice) -> BridgeAccess:
        if not choice.has_to_ask:
            return choice.candidates[0]
        answering = (access for access in choice.candidates if self._answers(lease, access))
        return next(answering, choice.candidates[0])

    def _answers(self, lease: Lease, access: BridgeAccess) -> bool:
        lease.hold()
        try:
            with self.visits.clients.lend(access.bridge, access.credentials, lease.job.request_id) as client:
                client.status()
        except BridgeError as error:
            log.info("address_does_not_answer", url=access.bridge.url, reason=str(error))
            return False
        return True


def _is_down(bridge: Bridge, url: str, healths: Sequence[BridgeHealth]) -> bool:
    health = health_at(bridge, url or bridge.url, healths)
    return health is not None and health.is_reachable is False
