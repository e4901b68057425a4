"""Look after an open conference while it lasts: dial again, tell that the end is near, extend.

Source: TMSBA guide, Conference (ShowExtendOption); CMS API reference, 8.1 and 8.3.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from tmsba.booking.change.connecting import connect
from tmsba.booking.change.extending import EXTENSION, MOST_EXTENSIONS, extend
from tmsba.cms.model import CallLeg
from tmsba.cms.wire.errors import NotFoundOnBridge, RequestRefused
from tmsba.control.care.care import (
    Patience,
    care_for_legs,
    due_warning,
    has_answered,
    is_reaching,
    next_moment,
    warning_minutes,
)
from tmsba.control.care.watching import Watching
from tmsba.control.meeting.plan import is_one_of
from tmsba.control.meeting.presence import Sight
from tmsba.control.meeting.scene import Scene
from tmsba.control.meeting.steps import Steps
from tmsba.domain.errors import TmsbaError
from tmsba.domain.settings import ConferenceSettings
from tmsba.domain.values import ExtendMode
from tmsba.ports.live import LiveConference, LiveLeg
from tmsba.ports.repeating import write

log = structlog.get_logger(__name__)

#: How often a conference is looked at, and how often while somebody is being dialled.
EVERY = timedelta(seconds=30)
SOON = timedelta(seconds=5)
#: How long participants see that the end is near.
_SHOWN_FOR = timedelta(seconds=15)
_LAST_MINUTE = timedelta(minutes=1)

#: The sentence that the end is near: minutes left, whom to contact, the conference's language.
EndWarning = Callable[[int, str, str], str]


@dataclass(slots=True, kw_only=True)
class Tending:
    """One look at one conference."""

    steps: Steps
    say: EndWarning

    def look(self, scene: Scene, noted: LiveConference) -> timedelta | None:
        """Do what the conference needs now; in how long to look again, ``None`` for never.

        Raises:
            BridgeError: the bridge does not do what it is asked.
        """
        watching = Watching.of(self.steps, scene)
        if noted.is_call_ended:
            return self._without_call(scene, noted, watching)
        try:
            sight = watching.completed(self._look_at_legs(noted), noted.call_id or "")
        except NotFoundOnBridge:
            return self._without_call(scene, noted, watching)
        if noted.unreached_since:
            noted = self._note(replace(noted, unreached_since=None))
        watching.note(sight)
        settings = scene.conference_settings
        seen = {leg.id: sight.states.get(leg.id) for leg in sight.legs}
        self._follow_master(scene, sight.legs)
        noted = self._reach(scene, noted, seen, watching)
        now, end = self.steps.clock(), scene.conference.period.end
        minutes = warning_minutes(settings.warning_minutes) if settings.show_end_warnings else ()
        left = due_warning(minutes, noted, end, now)
        if left is not None:
            noted = self._warn(scene, noted, left, settings)
        unanswered = {leg.call_leg_id for leg in noted.legs if not leg.is_connected}
        others = [state for leg_id, state in seen.items() if leg_id not in unanswered]
        if end - now <= _LAST_MINUTE and any(map(has_answered, others)):
            self._extend(scene, noted, watching)
        is_soon = is_reaching(noted.legs) or scene.conference.is_waiting_for_master
        pause = SOON if is_soon else EVERY
        moment = min(now + pause, next_moment(minutes, end, now))
        return moment - now if moment < end else None

    def _without_call(self, scene: Scene, noted: LiveConference, watching: Watching) -> timedelta | None:
        """Leave a call ended that somebody ended, until somebody is back; start a lost one again."""
        if not self.steps.is_ended(scene, noted):
            log.warning("call_lost", call_id=noted.call_id)
            self._note(replace(noted, is_call_ended=False))
            watching.call_is_gone(is_ended=False)
            self.steps.open(scene)
            return SOON
        if noted.unreached_since or not noted.is_call_ended:
            log.info("call_ended", call_id=noted.call_id)
            noted = self._note(replace(noted, is_call_ended=True, unreached_since=None))
        watching.call_is_gone(is_ended=True)
        if not self.steps.rejoin(scene, noted).is_call_ended:
            return SOON
        left = scene.conference.period.end - self.steps.clock()
        return EVERY if left > EVERY else None

    def _look_at_legs(self, noted: LiveConference) -> Sight:
        """The legs of the call, and the states of those whom we still try to reach."""
        self.steps.lease.hold()
        legs = self.steps.client.legs_of_call(noted.call_id or "")
        asked = {leg.call_leg_id for leg in noted.legs if not leg.is_connected}
        states = {leg.id: self._state(leg.id) for leg in legs if leg.id in asked}
        return Sight(legs=legs, states=states, dialled=noted.legs)

    def _state(self, leg_id: str) -> str | None:
        self.steps.lease.hold()
        try:
            return self.steps.client.call_leg_state(leg_id)
        except NotFoundOnBridge:
            return "initial"  # gone since the list: the next look sees that

    def _follow_master(self, scene: Scene, legs: Iterable[CallLeg]) -> None:
        """Connect the others once the master is there: no system can be asked, but it can dial in."""
        conference, master = scene.conference, scene.master
        if master is None or not conference.is_waiting_for_master:
            return
        if not any(is_one_of(leg.remote_party or "", master.addresses) for leg in legs):
            return
        now, request_id = self.steps.clock(), self.steps.lease.job.request_id
        try:
            write(self.steps.store, lambda uow: connect(uow, conference.id, now=now, request_id=request_id))
        except TmsbaError as reason:
            log.info("not_connected", reason=reason.message)
        else:
            log.info("master_is_there", system=master.name)

    def _reach(
        self, scene: Scene, noted: LiveConference, seen: dict[str, str | None], watching: Watching
    ) -> LiveConference:
        """Dial those again who did not answer."""
        settings = scene.conference_settings
        patience = Patience(
            attempts=settings.call_attempts, ringing=timedelta(seconds=settings.connection_timeout)
        )
        care = care_for_legs(noted.legs, seen, self.steps.clock(), patience)
        for place in care.given_up:
            leg = noted.legs[place]
            log.warning("participant_not_reached", address=leg.remote_party, attempts=leg.attempts)
            watching.not_reached(leg.remote_party, leg.call_leg_id, leg.attempts)
        for leg in care.hang_up:
            self.steps.hang_up(leg)
        legs = list(care.legs)
        if noted.legs != care.legs:
            noted = self._note(replace(noted, legs=care.legs))
        for place in care.redial:
            leg = legs[place]
            legs[place] = self._dial_again(scene, noted, leg)
            noted = self._note(replace(noted, legs=tuple(legs)))
            watching.dialled_again(leg.remote_party, leg.call_leg_id, leg.attempts + 1)
        return noted

    def _dial_again(self, scene: Scene, noted: LiveConference, leg: LiveLeg) -> LiveLeg:
        dialled = self.steps.dial(scene, noted.call_id or "", leg.remote_party)
        log.info("participant_dialled_again", address=leg.remote_party, attempts=leg.attempts + 1)
        return replace(dialled, attempts=leg.attempts + 1)

    def _warn(
        self, scene: Scene, noted: LiveConference, minutes: int, settings: ConferenceSettings
    ) -> LiveConference:
        text = self.say(minutes, settings.contact_information, scene.conference.details.language)
        self.steps.lease.hold()
        try:
            self.steps.client.show_message(noted.call_id or "", text, _SHOWN_FOR)
        except RequestRefused as refusal:
            log.warning("end_warning_not_shown", reason=str(refusal))
        return self._note(replace(noted, warned_at=self.steps.clock()))

    def _extend(self, scene: Scene, noted: LiveConference, watching: Watching) -> None:
        conference = scene.conference
        if conference.details.extend_mode is not ExtendMode.AUTOMATIC_BEST_EFFORT:
            return
        if noted.extensions >= MOST_EXTENSIONS:
            log.info("not_extended_again", extensions=noted.extensions)
            return
        now = self.steps.clock()
        request_id = self.steps.lease.job.request_id
        # Noted first: after a crash it is extended once less, not once more.
        self._note(replace(noted, extensions=noted.extensions + 1))
        try:
            write(self.steps.store, lambda uow: extend(uow, conference.id, now=now, request_id=request_id))
        except TmsbaError as reason:
            log.info("not_extended", reason=reason.message)
        else:
            log.info("extended", extensions=noted.extensions + 1)
            watching.extended(round(EXTENSION.total_seconds() / 60))

    def _note(self, noted: LiveConference) -> LiveConference:
        self.steps.live.put(noted)
        return noted
