"""The steps on a bridge that open and close a space. Each can be repeated safely.

The order of the requests is that of the integration guide's traces; a repeated try looks for what an
earlier one may have left before it creates anything.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from tmsba.cms.client import BridgeClient
from tmsba.cms.meeting import USUAL_CALL, USUAL_LEG, LegOptions
from tmsba.cms.model import CallLeg
from tmsba.cms.wire.errors import (
    ODD_ANSWERS,
    BridgeError,
    CredentialsRefused,
    RequestRefused,
)
from tmsba.control.bridge.rooms import Rooms
from tmsba.control.meeting.holding import Holding
from tmsba.control.meeting.left_calls import end_left_call
from tmsba.control.meeting.other_nodes import OtherNodes, everybody
from tmsba.control.meeting.plan import find_call, plan_legs
from tmsba.control.meeting.presence import leg_elsewhere
from tmsba.control.meeting.scene import Scene, load_conference
from tmsba.control.work.journal import tell
from tmsba.control.work.lease import Lease
from tmsba.domain.bridge.health import BridgeAddress
from tmsba.domain.conference.live import EventKind
from tmsba.domain.values import ConferenceStatus
from tmsba.ports.live import LeftCall, LiveConference, LiveConferences, LiveLeg
from tmsba.ports.work import Clock, Store

log = structlog.get_logger(__name__)


#: Whoever starts a conference so late looks for what may be there.
_LATE = timedelta(minutes=1)


@dataclass(slots=True, kw_only=True)
class Steps:
    """One job at work on one bridge."""

    store: Store
    live: LiveConferences
    clock: Clock
    client: BridgeClient
    lease: Lease
    nodes: OtherNodes
    #: What the bridge told of its uptime, and when: one job needs to ask no more than once.
    _uptime_at: tuple[timedelta | None, datetime] | None = field(default=None, init=False)

    def open(self, scene: Scene) -> None:
        """Open the space, start its call and dial whom the bridge has to dial.

        Raises:
            SpaceForeign, SpaceMissing: there is no space for it.

        Source: integration guide, Create a Scheduled Conference and Auto Dialing.
        """
        known = self.live.get(scene.conference.id)
        noted = _noted(known, scene)
        # The note comes before the first change on a bridge: without one there is nothing to look for, unless
        # the notes were lost with a database.
        is_repeated = known is not None or self.clock() - scene.conference.period.start >= _LATE
        client = self.client
        self._look(client.status, lambda: client.participants(is_glance=True))
        cospace_id = self._rooms(scene).to_open(scene.space)
        self.live.put(noted)  # from here on the bridge may differ from its idle state
        if not self._is_still_wanted(scene, ConferenceStatus.ONGOING):
            # Whoever ended it before the note found nothing to close; whoever comes after it waits for us.
            if known is None or known.closed_at:
                self.live.put(_closed(noted, self.clock()))
            return
        holding = self._holding(scene)
        holding.open_space(cospace_id, noted)
        noted = self._start_call(noted, scene, cospace_id, is_repeated=is_repeated)
        if noted.is_call_ended:
            return
        noted = holding.change_call(noted)
        self._look(client.status, lambda: client.spaces(is_glance=True), lambda: client.calls(cospace_id))
        self.lease.hold()
        self._dial(noted, scene)
        if known is None or known.closed_at or known.opened_at is None:
            self._tell(scene, EventKind.OPENED)

    def is_ended(self, scene: Scene, noted: LiveConference) -> bool:
        """Whether a call that is gone stays ended: it was seen, and the bridge has run ever since.

        Raises:
            BridgeError: the bridge does not answer.
        """
        if scene.conference_settings.reconnect_ended_calls:
            return False
        if noted.is_call_ended or noted.call_id is None:
            return noted.is_call_ended
        with self.store.reading() as uow:
            seen = uow.live.get(scene.conference.id)
        return seen is not None and not self.is_restarted_since(seen.seen_at)

    def is_restarted_since(self, moment: datetime) -> bool:
        """Whether the bridge came up after a moment, as far as it tells.

        Raises:
            BridgeError: the bridge does not answer.
        """
        if self._uptime_at is None:
            self._uptime_at = (self._uptime(), self.clock())
        uptime, now = self._uptime_at
        return uptime is not None and now - uptime > moment

    def _uptime(self) -> timedelta | None:
        self.lease.hold()
        try:
            return self.client.status().uptime
        except ODD_ANSWERS:
            return None

    def rejoin(self, scene: Scene, noted: LiveConference) -> LiveConference:
        """Go on with the call of those who came back into the open space, if there is one.

        Raises:
            BridgeError: the bridge does not answer.
            SpaceForeign, SpaceMissing: there is no space for it.
        """
        cospace_id = self._rooms(scene).to_open(scene.space)
        self.lease.hold()
        after = self._rejoined(scene, noted, find_call(self.client.calls(cospace_id), None))
        return after if after.is_call_ended else self._holding(scene).change_call(after)

    def _rejoined(self, scene: Scene, noted: LiveConference, call_id: str | None) -> LiveConference:
        if call_id is None:
            return noted
        self._adopt(call_id, scene)
        # Whoever was dialled for the call that was ended is not dialled for this one.
        legs = tuple(replace(leg, is_connected=True) for leg in noted.legs)
        after = replace(noted, call_id=call_id, legs=legs, is_call_ended=False)
        self.live.put(after, before=noted)
        log.info("call_rejoined", call_id=call_id)
        return after

    def let_in(self, scene: Scene) -> None:
        """Open the space for those who come early; nobody is dialled yet.

        Source: integration guide, Create a Scheduled Conference and Auto Dialing.
        """
        self._look(self.client.status)
        cospace_id = self._rooms(scene).to_open(scene.space)
        noted = _noted(self.live.get(scene.conference.id), scene)
        self.live.put(noted)
        if not self._is_still_wanted(scene, ConferenceStatus.PENDING):
            self.live.put(_closed(noted, self.clock()))
            return
        self._holding(scene).open_space(cospace_id, noted)
        log.info("space_open_early", number=scene.space.number)

    def close(self, scene: Scene, noted: LiveConference) -> None:
        """Close the space for everybody and end its calls.

        At another address than the noted one, what is there is noted as left behind.

        Source: integration guide, End/Remove a Conference.
        """
        client = self.client
        self._look(client.status)
        cospace_id = self._rooms(scene).to_close(scene.space)
        if cospace_id is None:
            log.warning("space_missing_at_end", number=scene.space.number)
        else:
            calls = client.calls(cospace_id)
            hosts = self.nodes.hosts(calls) if scene.bridge.is_balancing else ()
            self._look(lambda: client.spaces(is_glance=True))
            self._holding(scene).close_space(cospace_id, noted)
            for call in calls:
                self.lease.hold()
                client.delete_call(call.id)
            self.nodes.end_calls(hosts, cospace_id)
        here = noted.at(scene.bridge.id, scene.space.id, scene.bridge.url)
        self.live.put(_closed(here, self.clock()))
        self._tell(scene, EventKind.CLOSED)
        log.info("conference_closed_on_bridge", number=scene.space.number)

    def end_left(self, scene: Scene, left: LeftCall) -> None:
        """End what a conference left here that is not going on elsewhere, as ``end_left_call`` does it."""
        end_left_call(self.client, self.lease.hold, left, scene.space)

    def _tell(self, scene: Scene, kind: EventKind) -> None:
        where = f"number {scene.space.number} on bridge {scene.bridge.name}"
        tell(self.store, self.clock, scene.conference.id, (kind, where))

    def _look(self, *reads: Callable[[], object]) -> None:
        """Read what the real product reads for its own information; an odd answer is no reason to stop.

        That the bridge answers at all is one: without it the steps that matter would fail next.
        """
        for read in reads:
            self.lease.hold()
            try:
                read()
            except BridgeError as error:
                if error.is_retryable or isinstance(error, CredentialsRefused):
                    raise
                log.warning("odd_answer", reason=str(error))

    def _is_still_wanted(self, scene: Scene, status: ConferenceStatus) -> bool:
        conference = load_conference(self.store, scene.conference.id)
        return (
            conference is not None
            and conference.route is not None
            and conference.route.space_id == scene.space.id
            and conference.status(self.clock()) is status
        )

    def _rooms(self, scene: Scene) -> Rooms:
        return Rooms(
            store=self.store,
            clock=self.clock,
            client=self.client,
            hold=self.lease.hold,
            bridge=scene.bridge,
            is_main=scene.address is BridgeAddress.MAIN,
        )

    def _start_call(
        self, noted: LiveConference, scene: Scene, cospace_id: str, *, is_repeated: bool
    ) -> LiveConference:
        """Go on with the space's call, or start one."""
        call_id = None
        if is_repeated:
            self.lease.hold()
            call_id = find_call(self.client.calls(cospace_id), noted.call_id)
            if (call_id is None or call_id != noted.call_id) and self.is_ended(scene, noted):
                # The next look tells that it was ended, unless one has.
                return self._rejoined(scene, replace(noted, is_call_ended=True), call_id)
        if call_id is None:
            self.lease.hold()
            call_id = self.client.create_call(cospace_id, scene.settings.call)
            log.info("call_started", call_id=call_id)
        elif call_id != noted.call_id:
            # Somebody who came early started it, or our request of which the answer was lost.
            self._adopt(call_id, scene)
        is_same = call_id == noted.call_id
        started = replace(noted, call_id=call_id, legs=noted.legs if is_same else ())
        self.live.put(started, before=noted)
        return started

    def _adopt(self, call_id: str, scene: Scene) -> None:
        """Give a call that others started what it would have been started with."""
        if scene.settings.call == USUAL_CALL:
            return
        self.lease.hold()
        self.client.change_call(call_id, scene.settings.call)

    def _holding(self, scene: Scene) -> Holding:
        return Holding(store=self.store, live=self.live, client=self.client, lease=self.lease, scene=scene)

    def _dial(self, noted: LiveConference, scene: Scene) -> None:
        """Start the missing call legs, noting each one down before the next."""
        call_id, stored = noted.call_id or "", noted
        if noted.left and not noted.legs:
            noted = replace(noted, legs=self._linked(call_id, scene.addresses))
        seen = [*self.client.call_legs(call_id), *self._elsewhere(scene, call_id)]
        plan = plan_legs(scene.addresses, noted.legs, seen, booked=scene.known_addresses)
        legs = [*noted.legs, *plan.adopt]
        for leg in plan.hang_up:
            legs.remove(leg)
            self.hang_up(leg)
        for address in plan.dial:
            legs.append(self.dial(scene, call_id, address))
            is_last = len(legs) == len(scene.addresses)
            stored = self._note(stored, legs, is_open=is_last)
        if stored.opened_at is None or stored.legs != tuple(legs):
            self._note(stored, legs, is_open=True)
        log.info("conference_open_on_bridge", number=scene.space.number, legs=len(legs))

    def _note(self, stored: LiveConference, legs: Sequence[LiveLeg], *, is_open: bool) -> LiveConference:
        opened_at = stored.opened_at or (self.clock() if is_open else None)
        after = replace(stored, legs=tuple(legs), opened_at=opened_at)
        self.live.put(after, before=stored)
        return after

    def _linked(self, call_id: str, addresses: Sequence[str]) -> tuple[LiveLeg, ...]:
        """Who is in the call at other nodes of the cluster: they are not dialled from here."""
        self.lease.hold()
        seen = [
            CallLeg(id=one.id, remote_party=one.uri)
            for one in self.client.participants()
            if one.call_id == call_id and one.call_bridge_id is not None
        ]
        found = plan_legs(addresses, (), seen).adopt
        return tuple(replace(leg, call_leg_id="", is_connected=True) for leg in found)

    def _elsewhere(self, scene: Scene, call_id: str) -> list[CallLeg]:
        """Whom the cluster has connected to the call at other nodes; their answers to us may be lost."""
        if not scene.bridge.is_balancing:
            return []
        self.lease.hold()
        people = everybody(self.client, call_id)
        return [leg_elsewhere(one) for one in people if one.call_bridge_id is not None]

    def dial(self, scene: Scene, call_id: str, address: str) -> LiveLeg:
        """The new call leg; without an id when the bridge will not dial this address, now or later."""
        leg = LiveLeg(remote_party=address, call_leg_id="", dialled_at=self.clock())
        options = scene.leg_options.get(address, USUAL_LEG)
        self.lease.hold()
        try:
            if scene.bridge.is_balancing:
                return self._dial_balanced(leg, call_id, options)
            leg_id = self.client.create_call_leg(call_id, remote_party=address, options=options)
        except RequestRefused as refusal:
            log.warning("participant_not_dialled", address=address, reason=str(refusal))
            return leg
        return replace(leg, call_leg_id=leg_id)

    def _dial_balanced(self, leg: LiveLeg, call_id: str, options: LegOptions) -> LiveLeg:
        """Have the cluster choose who dials; only a call leg of this node has an id here.

        Source: CMS API reference, 8.1.6 and 8.11.4.
        """
        client = self.client
        participant_id = client.create_participant(call_id, remote_party=leg.remote_party, options=options)
        self.lease.hold()
        try:
            legs = client.legs_of_participant(participant_id)
        except ODD_ANSWERS:
            legs = []
        if legs:
            return replace(leg, call_leg_id=legs[0].id)
        return replace(leg, call_leg_id=participant_id, is_participant=True)

    def hang_up(self, leg: LiveLeg) -> None:
        """End one call leg; one without an id is none.

        Raises:
            BridgeError: the bridge does not do what it is asked.
        """
        if not leg.call_leg_id:
            return
        if leg.is_participant:
            self.nodes.hang_up(leg.call_leg_id)
            return
        self.lease.hold()
        self.client.delete_call_leg(leg.call_leg_id)


def _noted(known: LiveConference | None, scene: Scene) -> LiveConference:
    """What is on the bridge from now on; what was adjusted before is still to be made usual again."""
    bridge, space, settings = scene.bridge, scene.space, scene.settings
    if known is None:
        fresh = LiveConference(
            conference_id=scene.conference.id, bridge_id=bridge.id, space_id=space.id, url=bridge.url
        )
        return replace(fresh, adjusted=settings.adjusted, layout=settings.layout)
    here = known.at(bridge.id, space.id, bridge.url)
    adjusted = here.adjusted if known.is_open else frozenset()
    # Those in the call that goes on still see what they saw; in another call the space decides.
    is_same_call = known.is_on(space.id) and known.url == bridge.url
    layout = known.layout if is_same_call else settings.layout
    return replace(here, adjusted=adjusted | settings.adjusted, layout=layout)


def _closed(noted: LiveConference, now: datetime) -> LiveConference:
    return replace(noted, closed_at=now, adjusted=frozenset(), layout=None, is_call_ended=False)
