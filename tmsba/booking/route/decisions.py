"""How conferences are routed, told step by step: what is stored with them for ``tmsba route explain``."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tmsba.booking.route.space_routes import Routing
from tmsba.domain.conference.conference import Conference, SpaceRoute
from tmsba.domain.conference.decision import Connection, Decision, Need, Via
from tmsba.domain.people.systems import System
from tmsba.domain.routing.connections import connections
from tmsba.domain.routing.engine import BridgeChoice
from tmsba.domain.routing.ip_zones import Zone, ZoneOrders, wanted_zone
from tmsba.domain.routing.need import RoutingRules, decide_need
from tmsba.domain.routing.outlook import Outlook
from tmsba.domain.routing.reasons import NeedReason
from tmsba.domain.settings import ConferenceSettings
from tmsba.domain.values import StoredState
from tmsba.ports.work import UnitOfWork


def routing_rules(settings: ConferenceSettings) -> RoutingRules:
    """The part of the settings that routing goes by."""
    return RoutingRules(
        usage=settings.bridge_usage,
        records_on_bridge=settings.record_on_bridge,
        horizon=timedelta(minutes=settings.bridge_down_horizon),
        zone_orders=ZoneOrders.of(settings.zone_order),
    )


def outlook_of(settings: ConferenceSettings, now: datetime) -> Outlook:
    """The present, and for how long from it outages decide."""
    return Outlook(now, routing_rules(settings).horizon)


def waiting_for_approval(now: datetime) -> Decision:
    """The decision about a meeting request: none yet."""
    steps = (NeedReason.WAITS_FOR_APPROVAL.because(),)
    return Decision(decided_at=now, need=Need(via=Via.NOTHING, steps=steps))


class Decider:
    """Decides about conferences that are saved together.

    Dates of a series that are routed alike share one decision, as one object.
    """

    def __init__(
        self,
        uow: UnitOfWork,
        systems: Mapping[int, System],
        settings: ConferenceSettings,
        now: datetime,
        ongoing: Iterable[Conference] = (),
    ) -> None:
        """Begin.

        Args:
            uow: the unit of work.
            systems: at least those that take part, by id.
            settings: of conferences.
            now: the present, aware.
            ongoing: what is stored of those that are going on.
        """
        self._ongoing = {conference.id: conference for conference in ongoing}
        self._uow, self._systems, self._now = uow, systems, now
        self._rules = routing_rules(settings)
        self._needs: dict[tuple[int, int], Need] = {}
        self._connections: dict[tuple[int, int, Via], tuple[Connection, ...]] = {}
        self._decisions: dict[tuple[int, int, StoredState, int], Decision] = {}
        self._alike: dict[Decision, Decision] = {}
        self._earlier: Decision | None = None

    @property
    def outlook(self) -> Outlook:
        """The present, and for how long from it outages decide."""
        return Outlook(self._now, self._rules.horizon)

    def needs_bridge(self, conference: Conference) -> bool:
        """Whether a bridge is to be found for it."""
        return conference.state is StoredState.BOOKED and self._need(conference).via is Via.BRIDGE

    def zone_of(self, conferences: Sequence[Conference]) -> Zone:
        """The IP zone that conferences, which are routed together, should have their bridge in."""
        people = [entry for conference in conferences for entry in conference.participants]
        owner_id = conferences[0].owner_id
        orders = self._rules.zone_orders
        return wanted_zone(people, self._systems, lambda: self._owner_zone(owner_id), orders)

    def note_kept(self, conferences: Sequence[Conference], routings: Sequence[Routing]) -> None:
        """Look up why conferences once got the number that they keep, if it is one for all of them."""
        numbers = {one.answer.space_id for one in routings if isinstance(one.answer, SpaceRoute)}
        if len(numbers) == 1 and all(one.is_kept for one in routings) and conferences[0].id:
            self._earlier = self._uow.conferences.decision(conferences[0].id)

    def decision(self, conference: Conference, routing: Routing | None) -> Decision:
        """What was decided about a conference.

        Args:
            conference: as it is to be stored.
            routing: what was found for it, the same object for dates that are routed together; nothing when
                no bridge was looked for.
        """
        key = *_shared_by_dates(conference), conference.state, id(routing)
        if key not in self._decisions:
            decision = self._decided(conference, routing)
            self._decisions[key] = self._alike.setdefault(decision, decision)
        return self._decisions[key]

    def _decided(self, conference: Conference, routing: Routing | None) -> Decision:
        need = self._need(conference)
        if conference.state is StoredState.DEFECTIVE_CLASH:
            need = Need(via=Via.NOTHING, steps=(*need.steps, NeedReason.SYSTEMS_TAKEN.because()))
        is_found = routing is None or isinstance(routing.answer, SpaceRoute)
        choice = routing.choice if routing else BridgeChoice()
        decision = Decision(
            decided_at=self._now,
            need=need,
            steps=choice.steps,
            verdicts=choice.verdicts,
            connections=self._connected(conference, need.via if is_found else Via.NOTHING),
        )
        if routing and routing.is_kept and self._earlier:
            decision = _with_earlier(decision, self._earlier)
        return decision

    def _need(self, conference: Conference) -> Need:
        key = _shared_by_dates(conference)
        if key not in self._needs:
            about = conference.details, conference.participants
            self._needs[key] = decide_need(*about, self._systems, self._rules)
        need = self._needs[key]
        if need.via is Via.BRIDGE or not self._keeps_bridge(conference):
            return need
        return Need(via=Via.BRIDGE, steps=(*need.steps, NeedReason.GOES_ON.because()))

    def _keeps_bridge(self, conference: Conference) -> bool:
        """Whether nothing but the settings takes its bridge away, while its calls are on it."""
        before = self._ongoing.get(conference.id)
        return (
            before is not None
            and before.route is not None
            and before.participants == conference.participants
            and before.details.type is conference.details.type
        )

    def _connected(self, conference: Conference, via: Via) -> tuple[Connection, ...]:
        key = *_shared_by_dates(conference), via
        if key not in self._connections:
            about = conference.details, conference.participants
            self._connections[key] = connections(*about, self._systems, via)
        return self._connections[key]

    def _owner_zone(self, owner_id: int) -> str:
        owner = self._uow.users.get(owner_id)
        return owner.ip_zone if owner else ""


def _shared_by_dates(conference: Conference) -> tuple[int, int]:
    """The same for all dates of a series that are like it: they share these objects."""
    return id(conference.details), id(conference.participants)


def _with_earlier(decision: Decision, earlier: Decision) -> Decision:
    """With what became of the bridges when the number was chosen that is kept now."""
    return replace(
        decision,
        verdicts=earlier.verdicts,
        more_bridges=earlier.more_bridges,
        chosen_at=(earlier.chosen_at or earlier.decided_at) if earlier.verdicts else None,
    )
