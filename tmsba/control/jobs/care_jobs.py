"""Before the start and while it lasts: open a space early, and look after an open conference."""

from dataclasses import dataclass
from datetime import timedelta

import structlog

from tmsba.booking.request.change_log import EARLY
from tmsba.booking.view.desk import settings_of
from tmsba.cms.wire.errors import BridgeError
from tmsba.control.bridge.rooms import SpaceMissing
from tmsba.control.care.tending import SOON, EndWarning, Tending
from tmsba.control.jobs.places import Places
from tmsba.control.jobs.visits import Visits
from tmsba.control.meeting.scene import Scene, load_conference, load_scene
from tmsba.control.work.lease import Lease
from tmsba.domain.conference.conference import Conference
from tmsba.domain.time.times import Period
from tmsba.domain.values import ConferenceStatus
from tmsba.ports.live import LiveConference
from tmsba.ports.outbox import JobKind
from tmsba.ports.repeating import write

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CareJobs:
    """What jobs do for conferences besides opening and closing them."""

    visits: Visits
    places: Places
    say: EndWarning
    is_tending: bool

    def let_in(self, lease: Lease, conference: Conference) -> None:
        """Open the space early where that is wanted and nobody else is in it.

        At best effort: what fails is left to the launch.

        Raises:
            SpaceForeign: somebody else's space has its number.

        Source: TMS administration, Allow Participants to Join 5 Minutes Early.
        """
        route = conference.route
        if route is None or not self._may_come_early(conference, route.space_id):
            return
        scene = self.places.to_open(lease, conference, self.visits.live.get(conference.id))
        if scene is None:
            return
        try:
            self.visits.act(lease, scene, lambda steps: steps.let_in(scene))
        except (BridgeError, SpaceMissing) as error:
            log.warning("space_not_open_early", reason=str(error))
        else:
            self.ask(lease, conference)

    def _may_come_early(self, conference: Conference, space_id: int) -> bool:
        live, now, start = self.visits.live, self.visits.clock(), conference.period.start
        noted = live.get(conference.id)
        if (noted and noted.closed_at is None) or not timedelta() < start - now <= EARLY:
            return False
        with self.visits.store.reading() as uow:
            if not settings_of(uow).join_early:
                return False
            claim = (space_id, Period(now, start))
            [is_free] = uow.bridges.are_spaces_free([claim], besides=[conference.id])
        return is_free and not live.open_on_space(space_id, besides=conference.id)

    def ask(self, lease: Lease, conference: Conference) -> None:
        """Ask for a look at a conference that was opened; if it was closed since, that look does nothing."""
        if not self.is_tending:
            return
        now, start = self.visits.clock(), conference.period.start
        due_at = start if now < start else min(now + SOON, conference.period.end)
        request_id = lease.job.request_id
        write(
            self.visits.store,
            lambda uow: uow.outbox.put(conference.id, JobKind.TEND, due_at, request_id=request_id),
        )

    def look(self, lease: Lease) -> timedelta | None:
        """Look after a conference that is open; in how long again, ``None`` for never."""
        noted = self.visits.live.get(lease.job.conference_id)
        if noted is None or noted.closed_at:
            return None
        lease.take_space(noted.space_id)
        found = self._open(lease.job.conference_id)
        if found is None:
            return None
        conference, noted, scene = found
        status, now = conference.status(self.visits.clock()), self.visits.clock()
        if status is ConferenceStatus.PENDING and conference.period.start - now > EARLY:
            # It was opened early, and has been moved since.
            self.visits.act(lease, scene, lambda steps: steps.close(scene, noted))
        is_here = conference.route is not None and conference.route.space_id == noted.space_id
        if not is_here or status is not ConferenceStatus.ONGOING:
            return None
        if noted.call_id is None:
            return SOON  # the launch is at it
        pauses: list[timedelta | None] = []
        try:
            self.visits.act(
                lease,
                scene,
                lambda steps: pauses.append(Tending(steps=steps, say=self.say).look(scene, noted)),
            )
        except BridgeError:
            if not self._is_given_up(conference):
                raise
            log.warning("node_given_up")
            self.ask_for_launch(lease, conference)
            return None
        return pauses[0]

    def _is_given_up(self, conference: Conference) -> bool:
        noted = self.visits.live.get(conference.id)
        return noted is not None and self.places.is_dead(noted)

    def ask_for_launch(self, lease: Lease, conference: Conference) -> None:
        """Have a conference opened anew somewhere else; whoever does that asks for looks again."""
        now, request_id = self.visits.clock(), lease.job.request_id
        write(
            self.visits.store,
            lambda uow: uow.outbox.put(conference.id, JobKind.LAUNCH, now, request_id=request_id),
        )

    def _open(self, conference_id: int) -> tuple[Conference, LiveConference, Scene] | None:
        """A conference if it is open on a bridge; read under the lease of its space."""
        noted = self.visits.live.get(conference_id)
        if noted is None or noted.closed_at:
            return None
        conference = load_conference(self.visits.store, conference_id)
        if conference is None:
            return None
        scene = load_scene(self.visits.store, conference, noted.bridge_id, noted.space_id, noted.url)
        return None if scene is None else (conference, noted, scene)
