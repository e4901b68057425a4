"""What one claimed job does, from its lease to its end."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from tmsba.booking.change.rerouting import Rerouting
from tmsba.cms.wire.errors import BridgeBusy, BridgeError
from tmsba.control.bridge.clients import BridgeClients
from tmsba.control.bridge.rooms import SpaceForeign, SpaceMissing
from tmsba.control.care.tending import EndWarning
from tmsba.control.jobs.care_jobs import CareJobs
from tmsba.control.jobs.leaving import Leaving
from tmsba.control.jobs.places import Places
from tmsba.control.jobs.visits import Visits
from tmsba.control.meeting.scene import Scene, load_conference, load_scene
from tmsba.control.meeting.steps import Steps
from tmsba.control.work.lease import Lease, LeaseLost, SpaceTaken, Stopping
from tmsba.control.work.retry import pause_after
from tmsba.control.work.tickets import LAUNCH, close_ticket, conference_subject
from tmsba.domain.conference.conference import Conference
from tmsba.domain.errors import TmsbaError
from tmsba.domain.values import ConferenceStatus
from tmsba.ports.jobs import JobQueue
from tmsba.ports.live import LiveConference, LiveConferences
from tmsba.ports.outbox import JobKind
from tmsba.ports.work import Clock, Store

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
    #: Tells participants that the end is near.
    say: EndWarning
    #: Whether open conferences are looked after while they last.
    is_tending: bool = True
    #: Gives conferences another number whose own belongs to somebody else's space; ``None`` for nobody.
    rerouting: Rerouting | None = None
    #: A random number in [0, 1).
    chance: Callable[[], float] = random.random

    @property
    def _visits(self) -> Visits:
        return Visits(store=self.store, live=self.live, clients=self.clients, clock=self.clock)

    @property
    def _places(self) -> Places:
        return Places(visits=self._visits)

    @property
    def _leaving(self) -> Leaving:
        return Leaving(visits=self._visits, places=self._places)

    @property
    def _care(self) -> CareJobs:
        return CareJobs(visits=self._visits, places=self._places, say=self.say, is_tending=self.is_tending)

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
            retry_after = self._act(lease)
        except SpaceTaken:
            self.queue.postpone(job, lease.owner, now + _SPACE_PAUSE, "another job is at the space")
        except Stopping:
            self.queue.postpone(job, lease.owner, now, "the worker stopped")
        except (BridgeError, SpaceForeign, SpaceMissing, TmsbaError) as error:
            self._give_back(lease, error)
        else:
            if retry_after is None:
                lease.finish()
            else:
                self.queue.postpone(job, lease.owner, self.clock() + retry_after, "not yet due")
        finally:
            lease.give_space_back()

    def _act(self, lease: Lease) -> timedelta | None:
        """Do the job; in how long it is due again, ``None`` when it is done."""
        match lease.job.kind:
            case JobKind.LAUNCH:
                return self._launched(lease)
            case JobKind.TEND:
                return self._tend(lease)
            case JobKind.END:
                return self._end(lease)

    def _launched(self, lease: Lease) -> timedelta | None:
        try:
            return self._launch(lease)
        except SpaceForeign:
            conference = load_conference(self.store, lease.job.conference_id)
            if conference and self._has_left_number(lease, conference):
                return timedelta()
            if conference and conference.status(self.clock()) is ConferenceStatus.PENDING:
                return conference.period.start - self.clock()
            raise

    def _tend(self, lease: Lease) -> timedelta | None:
        try:
            return self._care.look(lease)
        except SpaceForeign:
            conference = load_conference(self.store, lease.job.conference_id)
            if conference is None or not self._has_left_number(lease, conference):
                raise
            self._care.ask_for_launch(lease, conference)
            return None

    def _has_left_number(self, lease: Lease, conference: Conference) -> bool:
        """Give a conference another number as somebody else's space has its own; whether there is one."""
        if self.rerouting is None or conference.route is None:
            return False
        lease.hold()
        moved = self.rerouting.leave_number(conference.id, conference.route.space_id)
        mine = next((one for one in moved if one.before.id == conference.id), None)
        if mine is None or isinstance(mine.place, str):
            log.warning("no_other_number", reason=mine.place if mine else "")
            return False
        log.warning("number_left", number=conference.route.number, new=mine.place.number)
        return True

    def _give_back(self, lease: Lease, error: Exception) -> None:
        asked_s = error.retry_after_s if isinstance(error, BridgeBusy) else None
        pause = pause_after(lease.job.attempts, self.chance(), asked=timedelta(seconds=asked_s or 0))
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
        status = conference.status(self.clock())
        if status is ConferenceStatus.PENDING:
            self._care.let_in(lease, conference)
            return conference.period.start - self.clock()
        if status is not ConferenceStatus.ONGOING:
            close_ticket(self.store, self.clock, conference_subject(conference.id), LAUNCH)
            return None
        around = self.live.around(conference.id, conference.route.space_id)
        noted = around.own
        scene = self._places.to_open(lease, conference, noted)
        if scene is None:
            return None
        self._leaving.leave(lease, scene, around)
        self._visits.act(lease, scene, lambda steps: self._open(steps, scene, is_alone=around.is_alone))
        self._places.tell(scene, noted)
        close_ticket(self.store, self.clock, conference_subject(conference.id), LAUNCH)
        self._care.ask(lease, conference)
        return None

    def _leave_other_space(self, lease: Lease, conference: Conference) -> None:
        noted = self.live.get(conference.id)
        if noted is None or noted.closed_at or conference.route is None:
            return
        if noted.space_id == conference.route.space_id:
            return
        lease.take_space(noted.space_id)
        noted = self.live.get(conference.id) or noted
        scene = self._places.to_close(lease, conference, noted)
        if scene and noted.closed_at is None:
            try:
                self._visits.act(lease, scene, lambda steps: steps.close(scene, noted))
            except BridgeError as error:
                # It starts in its new space all the same, and what is here is noted as left behind.
                log.warning("space_not_left", number=scene.space.number, reason=str(error))
        lease.give_space_back()

    def _open(self, steps: Steps, scene: Scene, *, is_alone: bool) -> None:
        """Open a space, after closing it for conferences that were to have left it."""
        if not is_alone:
            for earlier in self.live.open_on_space(scene.space.id, besides=scene.conference.id):
                self._close(steps, earlier, scene)
            self._leaving.end_left(steps, scene)
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
        scene = self._places.to_close(lease, conference, noted)
        if scene:
            self._visits.act(lease, scene, lambda steps: steps.close(scene, noted))
            self._leaving.end_elsewhere(lease, conference)
        return None

    def _close(self, steps: Steps, noted: LiveConference, here: Scene) -> None:
        """Close the space for a conference at the address of another scene."""
        conference = load_conference(self.store, noted.conference_id)
        url = here.bridge.url
        scene = conference and load_scene(self.store, conference, noted.bridge_id, noted.space_id, url)
        if scene:
            steps.close(scene, noted)
