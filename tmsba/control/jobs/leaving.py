"""Before a conference is opened at one address: what it, or an earlier one, left at others. ADR 15."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import structlog

from tmsba.cms.wire.errors import BridgeError
from tmsba.control.jobs.places import Places
from tmsba.control.jobs.visits import Visits
from tmsba.control.meeting.left_calls import without
from tmsba.control.meeting.scene import Scene, load_conference, load_scene
from tmsba.control.meeting.steps import Steps
from tmsba.control.work.lease import Lease
from tmsba.domain.conference.conference import Conference
from tmsba.ports.live import LeftCall, LiveConference, Surroundings

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """Leaves nothing behind at addresses that answer; elsewhere the notes say what there is to do."""

    visits: Visits
    places: Places

    def leave(self, lease: Lease, scene: Scene, around: Surroundings) -> None:
        """End what may be in the scene's space at other addresses, as far as these answer.

        Args:
            lease: holds the space.
            scene: where the conference is opened next.
            around: where it is, or an earlier try to open it may have been, and whether others are there.
        """
        noted = around.own
        if noted and noted.is_on(scene.space.id) and noted.url != scene.bridge.url:
            self._leave_own(lease, scene, noted)
        if around.is_alone:
            return
        for earlier in self.visits.live.open_on_space(scene.space.id, besides=scene.conference.id):
            if earlier.url != scene.bridge.url:
                self._close_there(lease, earlier)

    def end_elsewhere(self, lease: Lease, conference: Conference) -> None:
        """End at once what a conference that is closed has left in its space, at addresses that answer."""
        noted = self.visits.live.get(conference.id)
        for left in noted.left if noted else ():
            there = load_scene(self.visits.store, conference, left.bridge_id, left.space_id, left.url)
            is_ours = noted is not None and left.space_id == noted.space_id
            if there is None or there.bridge.url != left.url or not is_ours:
                continue
            if self._acts(lease, there, partial(_end, there, left)):
                current = self.visits.live.get(conference.id)
                if current:
                    self.visits.live.put(without(current, [left]))

    def end_left(self, steps: Steps, scene: Scene) -> None:
        """End what conferences left in this space at this address when it did not answer."""
        place = (scene.space.id, scene.bridge.url)
        for other in self.visits.live.with_left():
            mine = [left for left in other.left if (left.space_id, left.url) == place]
            if not mine or other.conference_id == scene.conference.id:
                continue
            for left in mine:
                steps.end_left(scene, left)
            # The note of one that is in another space is not ours to change; a sweep brings it up to date.
            if other.space_id == scene.space.id:
                self.visits.live.put(without(other, mine))

    def _leave_own(self, lease: Lease, scene: Scene, noted: LiveConference) -> None:
        if noted.call_id and noted.opened_at:
            # It was going on until its node was given up: that does not answer.
            return
        there = load_scene(self.visits.store, scene.conference, noted.bridge_id, noted.space_id, noted.url)
        if there is None or there.bridge.url != noted.url:
            return
        here = scene.bridge.url
        moved = noted.at(noted.bridge_id, noted.space_id, here)
        left = next((one for one in moved.left if one.url == noted.url), None)
        if left and self._acts(lease, there, partial(_end, there, left)):
            self.visits.live.put(without(moved, [left]))

    def _close_there(self, lease: Lease, earlier: LiveConference) -> None:
        conference = load_conference(self.visits.store, earlier.conference_id)
        there = self.places.to_close(lease, conference, earlier) if conference else None
        if there:
            self._acts(lease, there, lambda steps: steps.close(there, earlier))

    def _acts(self, lease: Lease, scene: Scene, act: Callable[[Steps], None]) -> bool:
        try:
            self.visits.act(lease, scene, act)
        except BridgeError as error:
            log.warning("left_behind", url=scene.bridge.url, reason=str(error))
            return False
        return True


def _end(scene: Scene, left: LeftCall, steps: Steps) -> None:
    steps.end_left(scene, left)
