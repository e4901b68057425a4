"""Look after an open conference while it lasts: dial again, tell that the end is near, extend.

Source: TMSBA guide, Conference (ShowExtendOption); CMS API reference, 8.1 and 8.3.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from tmsba.booking.connecting import connect
from tmsba.booking.extending import MOST_EXTENSIONS, extend
from tmsba.booking.work import write
from tmsba.cms.errors import NotFoundOnBridge, RequestRefused
from tmsba.cms.model import CallLeg
from tmsba.control.care import (
    Patience,
    care_for_legs,
    due_warning,
    is_reaching,
    next_moment,
    warning_minutes,
)
from tmsba.control.plan import same_address
from tmsba.control.ports import LiveConference, LiveLeg
from tmsba.control.scene import Scene
from tmsba.control.steps import Steps
from tmsba.domain.errors import TmsbaError
from tmsba.domain.values import ExtendMode
from tmsba.settings.table import ConferenceSettings

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
        try:
            legs = self._legs(noted)
        except NotFoundOnBridge:
            # Somebody ended the call by hand, or the bridge was restarted; the booking still holds.
            log.warning("call_lost", call_id=noted.call_id)
            self.steps.open(scene)
            return SOON
        settings = scene.conference_settings
        seen = self._states(noted, legs)
        self._follow_master(scene, legs)
        noted = self._reach(scene, noted, seen)
        now, end = self.steps.clock(), scene.conference.period.end
        minutes = warning_minutes(settings.warning_minutes) if settings.show_end_warnings else ()
        left = due_warning(minutes, noted, end, now)
        if left is not None:
            noted = self._warn(scene, noted, left, settings)
        unanswered = {leg.call_leg_id for leg in noted.legs if not leg.is_connected}
        if end - now <= _LAST_MINUTE and seen.keys() - unanswered:
            self._extend(scene, noted)
        is_soon = is_reaching(noted.legs) or scene.conference.is_waiting_for_master
        pause = SOON if is_soon else EVERY
        moment = min(now + pause, next_moment(minutes, end, now))
        return moment - now if moment < end else None

    def _legs(self, noted: LiveConference) -> list[CallLeg]:
        self.steps.lease.hold()
        return self.steps.client.legs_of_call(noted.call_id or "")

    def _states(self, noted: LiveConference, legs: Iterable[CallLeg]) -> dict[str, str | None]:
        """The legs of the call with their states, which only those tell whom we still try to reach."""
        asked = {leg.call_leg_id for leg in noted.legs if not leg.is_connected}
        return {leg.id: self._state(leg.id) if leg.id in asked else None for leg in legs}

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
        if not any(same_address(leg.remote_party or "", own) for leg in legs for own in master.addresses):
            return
        now, request_id = self.steps.clock(), self.steps.lease.job.request_id
        try:
            write(self.steps.store, lambda uow: connect(uow, conference.id, now=now, request_id=request_id))
        except TmsbaError as reason:
            log.info("not_connected", reason=reason.message)
        else:
            log.info("master_is_there", system=master.name)

    def _reach(self, scene: Scene, noted: LiveConference, seen: dict[str, str | None]) -> LiveConference:
        """Dial those again who did not answer."""
        settings = scene.conference_settings
        patience = Patience(
            attempts=settings.call_attempts, ringing=timedelta(seconds=settings.connection_timeout)
        )
        care = care_for_legs(noted.legs, seen, self.steps.clock(), patience)
        for address in care.given_up:
            log.warning("participant_not_reached", address=address, attempts=patience.attempts)
        for leg_id in care.hang_up:
            self.steps.hang_up(leg_id)
        legs = list(care.legs)
        if noted.legs != care.legs:
            noted = self._note(replace(noted, legs=care.legs))
        for place in care.redial:
            legs[place] = self._dial_again(scene, noted, legs[place])
            noted = self._note(replace(noted, legs=tuple(legs)))
        return noted

    def _dial_again(self, scene: Scene, noted: LiveConference, leg: LiveLeg) -> LiveLeg:
        call_leg_id = self.steps.dial(scene, noted.call_id or "", leg.remote_party)
        log.info("participant_dialled_again", address=leg.remote_party, attempts=leg.attempts + 1)
        return replace(leg, call_leg_id=call_leg_id, dialled_at=self.steps.clock(), attempts=leg.attempts + 1)

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

    def _extend(self, scene: Scene, noted: LiveConference) -> None:
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

    def _note(self, noted: LiveConference) -> LiveConference:
        self.steps.live.put(noted)
        return noted
