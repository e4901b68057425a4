"""Note who is in a conference, and what has happened since the last look."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog

from tmsba.control.meeting.other_nodes import everybody
from tmsba.control.meeting.presence import Sight, booked_parties, changes, newcomers, see, with_reason
from tmsba.control.meeting.scene import Scene
from tmsba.control.meeting.steps import Steps
from tmsba.control.work.journal import tell
from tmsba.domain.conference.live import ConferenceEvent, EventKind, LiveView
from tmsba.domain.people.systems import System
from tmsba.ports.repeating import write
from tmsba.ports.work import UnitOfWork

log = structlog.get_logger(__name__)

#: How old a note may become before it is written again although nothing changed.
_FRESH = timedelta(seconds=45)


@dataclass(slots=True, kw_only=True)
class Watching:
    """One look at one conference, from the side of those who want to know who is there."""

    steps: Steps
    scene: Scene
    #: What was seen last, and why call legs have ended since, as far as the bridge has told.
    before: LiveView | None
    reasons: dict[str, str]
    #: Whether other nodes of a cluster may host a part of the call.
    is_clustered: bool

    @classmethod
    def of(cls, steps: Steps, scene: Scene) -> "Watching":
        """Begin with what is known."""
        with steps.store.reading() as uow:
            before = uow.live.get(scene.conference.id)
            reasons = dict(uow.live.reasons(scene.conference.id))
            known = uow.bridges.memberships()
        is_clustered = scene.bridge.is_balancing or any(
            one.bridge.id == scene.bridge.id and len(one.nodes) > 1 for one in known
        )
        return cls(steps=steps, scene=scene, before=before, reasons=reasons, is_clustered=is_clustered)

    def completed(self, sight: Sight, call_id: str) -> Sight:
        """What is seen on one node, with those whom other nodes of its cluster host.

        Raises:
            BridgeError: the bridge does not answer.
        """
        if not self.is_clustered:
            return sight
        self.steps.lease.hold()
        return sight.with_others(everybody(self.steps.client, call_id))

    def note(self, sight: Sight) -> None:
        """Write down who is there, and who has come and gone."""
        now, before = self.steps.clock(), self.before
        booked = booked_parties(self.scene.conference, self._systems()) if newcomers(before, sight) else ()
        seen = see(before, sight, booked, now)
        if before and before.participants == seen:
            if now - before.seen_at >= _FRESH:
                write(self.steps.store, lambda uow: uow.live.refresh(before.conference_id, now))
            return
        view = LiveView(conference_id=self.scene.conference.id, seen_at=now, participants=seen)
        self._write(view, changes(before, seen, self.reasons, now))

    def _write(self, view: LiveView, events: tuple[ConferenceEvent, ...]) -> None:
        def work(uow: UnitOfWork) -> None:
            uow.live.put(view)
            uow.live.tell(view.conference_id, events)

        write(self.steps.store, work)

    def _systems(self) -> Mapping[int, System]:
        with self.steps.store.reading() as uow:
            return uow.systems.many(self.scene.conference.system_ids)

    def not_reached(self, address: str, call_leg_id: str, attempts: int) -> None:
        """Somebody is given up."""
        times = "1 try" if attempts == 1 else f"{attempts} tries"
        text = with_reason(f"{address} after {times}", self.reasons.get(call_leg_id))
        self._tell(EventKind.NOT_REACHED, text)

    def dialled_again(self, address: str, call_leg_id: str, attempts: int) -> None:
        """Somebody is dialled once more, for the try with this number."""
        text = with_reason(f"{address}, try {attempts}", self.reasons.get(call_leg_id))
        self._tell(EventKind.DIALLED_AGAIN, text)

    def extended(self, minutes: int) -> None:
        """The conference lasts longer."""
        self._tell(EventKind.EXTENDED, f"by {minutes} minutes")

    def call_is_gone(self, *, is_ended: bool) -> None:
        """The call is no longer there, and stays ended or is started again.

        Told once: what was seen is forgotten with it.

        Raises:
            BridgeError: the bridge does not answer.
        """
        before = self.before
        if before is None:
            return
        now = self.steps.clock()
        is_restarted = not is_ended and self.steps.is_restarted_since(before.seen_at)
        kind = EventKind.BRIDGE_RESTARTED if is_restarted else EventKind.CALL_ENDED
        people = len(before.connected)
        next_step = "nobody is dialled again" if is_ended else "the call is started again"
        text = f"{people} {'was' if people == 1 else 'were'} connected; {next_step}"
        told = dict.fromkeys(self.reasons.get(one.call_leg_id) for one in before.connected)
        for reason in filter(None, told):
            text = with_reason(text, reason)
        event = ConferenceEvent(at=now, kind=kind, text=text)

        def work(uow: UnitOfWork) -> None:
            uow.live.drop(before.conference_id)
            uow.live.tell(before.conference_id, [event])

        write(self.steps.store, work)

    def _tell(self, kind: EventKind, text: str) -> None:
        tell(self.steps.store, self.steps.clock, self.scene.conference.id, (kind, text))
