"""What one claimed job does, from its lease to its end."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from tmsba.booking.ports import Clock, JobKind, Store
from tmsba.cms.errors import BridgeError
from tmsba.control.clients import BridgeClients
from tmsba.control.lease import Lease, LeaseLost, SpaceTaken, Stopping
from tmsba.control.ports import JobQueue, LiveConference, LiveConferences
from tmsba.control.retry import pause_after
from tmsba.control.scene import Scene, load_conference, load_scene
from tmsba.control.steps import SpaceMissing, Steps
from tmsba.control.tickets import (
    CONNECTION,
    LAUNCH,
    bridge_subject,
    close_ticket,
    conference_subject,
    open_ticket,
)
from tmsba.domain.conference import Conference
from tmsba.domain.errors import TmsbaError
from tmsba.domain.values import ConferenceStatus

log = structlog.get_logger(__name__)

_SPACE_PAUSE = timedelta(milliseconds=300)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRunner:
    """Does jobs; safe to share between threads."""

    store: Store
    queue: JobQueue
    live: LiveConferences
    clients: BridgeClients
    clock: Clock
    #: A random number in [0, 1).
    chance: Callable[[], float] = random.random

    def run(self, lease: Lease) -> None:
        """Do a job and give its lease back: done, or due again later. Raises nothing."""
        job = lease.job
        with structlog.contextvars.bound_contextvars(
            request_id=job.request_id, conference_id=job.conference_id, job=job.kind.value
        ):
            try:
                self._run(lease)
            except LeaseLost:
                log.warning("lease_lost")
            except Exception:
                # The store may be what failed: the lease runs out by itself then.
                log.exception("job_not_given_back")

    def _run(self, lease: Lease) -> None:
        job, now = lease.job, self.clock()
        try:
            retry_after = self._launch(lease) if job.kind is JobKind.LAUNCH else self._end(lease)
        except SpaceTaken:
            self.queue.postpone(job, lease.owner, now + _SPACE_PAUSE, "another job is at the space")
        except Stopping:
            self.queue.postpone(job, lease.owner, now, "the worker stopped")
        except (BridgeError, SpaceMissing, TmsbaError) as error:
            self._give_back(lease, error)
        else:
            if retry_after is None:
                self.queue.finish(job, lease.owner, self.clock())
            else:
                self.queue.postpone(job, lease.owner, now + retry_after, "not yet due")
        finally:
            lease.give_space_back()

    def _give_back(self, lease: Lease, error: Exception) -> None:
        pause = pause_after(lease.job.attempts, self.chance())
        log.warning("job_failed", reason=str(error), attempts=lease.job.attempts, pause_s=pause.seconds)
        self.queue.postpone(lease.job, lease.owner, self.clock() + pause, str(error))

    def _launch(self, lease: Lease) -> timedelta | None:
        conference = load_conference(self.store, lease.job.conference_id)
        if conference is None or conference.route is None:
            return None
        self._leave_other_space(lease, conference)
        lease.take_space(conference.route.space_id)
        # Read again under the space's lease: whoever ended it in the meantime comes after us.
        conference = load_conference(self.store, lease.job.conference_id)
        if conference is None or conference.route is None:
            return None
        status, now = conference.status(self.clock()), self.clock()
        if status is ConferenceStatus.PENDING:
            return conference.period.start - now
        if status is not ConferenceStatus.ONGOING:
            close_ticket(self.store, self.clock, conference_subject(conference.id), LAUNCH)
            return None
        scene = load_scene(self.store, conference, conference.route.bridge_id, conference.route.space_id)
        if scene is None:
            return None
        self._on_bridge(lease, scene, lambda steps: self._open(steps, scene))
        close_ticket(self.store, self.clock, conference_subject(conference.id), LAUNCH)
        return None

    def _leave_other_space(self, lease: Lease, conference: Conference) -> None:
        noted = self.live.get(conference.id)
        if noted is None or noted.closed_at or conference.route is None:
            return
        if noted.space_id == conference.route.space_id:
            return
        lease.take_space(noted.space_id)
        noted = self.live.get(conference.id) or noted
        scene = self._scene_of(conference, noted)
        if scene and noted.closed_at is None:
            self._on_bridge(lease, scene, lambda steps: steps.close(scene, noted))
        lease.give_space_back()

    def _open(self, steps: Steps, scene: Scene) -> None:
        """Open a space, after closing it for conferences that were to have left it."""
        for earlier in self.live.open_on_space(scene.space.id, besides=scene.conference.id):
            self._close(steps, earlier)
        steps.open(scene)

    def _end(self, lease: Lease) -> timedelta | None:
        conference = load_conference(self.store, lease.job.conference_id)
        noted = self.live.get(lease.job.conference_id)
        if conference and conference.status(self.clock()) is not ConferenceStatus.ONGOING:
            close_ticket(self.store, self.clock, conference_subject(conference.id), LAUNCH)
        if conference is None or noted is None or noted.closed_at:
            return None
        lease.take_space(noted.space_id)
        conference = load_conference(self.store, lease.job.conference_id)
        noted = self.live.get(lease.job.conference_id)
        if conference is None or noted is None or noted.closed_at:
            return None
        if conference.route and conference.status(self.clock()) is ConferenceStatus.ONGOING:
            return conference.period.end - self.clock()
        scene = self._scene_of(conference, noted)
        if scene:
            self._on_bridge(lease, scene, lambda steps: steps.close(scene, noted))
        return None

    def _close(self, steps: Steps, noted: LiveConference) -> None:
        conference = load_conference(self.store, noted.conference_id)
        scene = self._scene_of(conference, noted) if conference else None
        if scene:
            steps.close(scene, noted)

    def _scene_of(self, conference: Conference, noted: LiveConference) -> Scene | None:
        return load_scene(self.store, conference, noted.bridge_id, noted.space_id)

    def _on_bridge(self, lease: Lease, scene: Scene, act: Callable[[Steps], None]) -> None:
        """Act with a client of the scene's bridge; trouble becomes tickets."""
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
        if lease.job.kind is not JobKind.LAUNCH:
            return
        conference = scene.conference
        text = f"Conference {conference.id} has not started on bridge {scene.bridge.name!r} yet: {error}"
        open_ticket(self.store, self.clock, conference_subject(conference.id), LAUNCH, text)
