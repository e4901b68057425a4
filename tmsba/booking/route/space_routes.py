"""Find a space on a bridge for conferences: one, or all the occurrences of a series together.

Source: TMSBA guide, Conference Routing, Ongoing Meetings and NOT_ENOUGH_MCU_RESOURCES.
"""

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tmsba.booking.route.refusals import nothing_found, number_taken, too_many
from tmsba.domain.bridge.bridge import Bridge, BridgeOccupancy
from tmsba.domain.conference.conference import Conference, SpaceRoute
from tmsba.domain.conference.reasons import Reason
from tmsba.domain.errors import NotEnoughBridgeResources
from tmsba.domain.routing.engine import BridgeChoice, choose_bridge, with_participants
from tmsba.domain.routing.ip_zones import Zone
from tmsba.domain.routing.outlook import Outlook
from tmsba.domain.routing.reasons import ChoiceReason
from tmsba.domain.time.times import Period
from tmsba.domain.values import StoredState
from tmsba.ports.work import UnitOfWork

#: Stored conferences by id, as they were before the save.
Before = Mapping[int, Conference]

#: Gives the IP zone that some conferences, which are routed together, should have their bridge in.
ZoneOf = Callable[[Sequence[Conference]], Zone]


@dataclass(frozen=True, slots=True)
class Routing:
    """A space or why there is none, and how that was decided."""

    answer: SpaceRoute | NotEnoughBridgeResources
    choice: BridgeChoice
    #: Whether it is the number that the conference, or its series, had before.
    is_kept: bool = False


def find_routes(
    uow: UnitOfWork,
    wanted: Sequence[Conference],
    before: Before,
    *,
    ongoing: Collection[int],
    outlook: Outlook,
    zone_of: ZoneOf,
) -> list[Routing]:
    """A space for each conference, or why there is none: the number it holds, or one for all, or any.

    Args:
        uow: the unit of work that will store them.
        wanted: conferences that need a bridge and do not overlap each other.
        before: what is stored of them; holds nothing against them.
        ongoing: the ids of those that are going on.
        outlook: the present, where who has left a bridge before takes no room there, and how far to look.
        zone_of: asked when there are bridges with an IP zone.

    Raises:
        NotEnoughBridgeResources: one that is going on cannot stay where it is.
    """
    search = _Search(uow=uow, wanted=wanted, before=before, outlook=outlook, zone_of=zone_of)
    held = next((c.route for c in wanted if c.route), None)
    kept: Sequence[_Kept | None] = _kept(search, held) if held else [None] * len(wanted)
    for conference, answer in zip(wanted, kept, strict=True):
        if isinstance(answer, NotEnoughBridgeResources) and conference.id in ongoing and conference.route:
            raise answer
    open_places = [place for place, answer in enumerate(kept) if not isinstance(answer, SpaceRoute)]
    new = _new_routes(replace(search, wanted=[wanted[place] for place in open_places]), held)
    found = dict(zip(open_places, new, strict=True))
    still = {answer: _kept_routing(answer) for answer in kept if isinstance(answer, SpaceRoute)}
    return [
        still[answer] if isinstance(answer, SpaceRoute) else _new_routing(answer, found[place])
        for place, answer in enumerate(kept)
    ]


#: The space that a conference holds, or why it cannot be kept.
_Kept = SpaceRoute | NotEnoughBridgeResources


def _kept_routing(route: SpaceRoute) -> Routing:
    step = ChoiceReason.KEPT.because(number=route.number)
    return Routing(route, BridgeChoice(steps=(step,)), is_kept=True)


def _new_routing(lost: NotEnoughBridgeResources | None, new: Routing) -> Routing:
    """What was found, with why the number that was held before is not kept."""
    if lost is None:
        return new
    step = ChoiceReason.NOT_KEPT.because(reason=lost.message)
    return replace(new, choice=replace(new.choice, steps=(step, *new.choice.steps)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """What is looked for, and what bridges have to say about it."""

    uow: UnitOfWork
    wanted: Sequence[Conference]
    before: Before
    outlook: Outlook
    zone_of: ZoneOf

    @property
    def periods(self) -> list[Period]:
        return [conference.period for conference in self.wanted]

    def others(self, bridges: Iterable[Bridge]) -> Mapping[int, Sequence[int]]:
        """The most participants of others at each conference's time, on those of the bridges with a limit."""
        limited = {bridge.id for bridge in bridges if bridge.has_limit}
        if not limited:
            return {}
        periods = [period.left_at(self.outlook.now) for period in self.periods]
        return self.uow.bridges.most_participants(limited, periods, besides=self.before)

    def common(self) -> BridgeChoice:
        """One space for all of them."""
        seen = self.uow.bridges.common_occupancy(self.periods, besides=self.before)
        others = self.others(one.bridge for one in seen)
        count = len(self.wanted)
        steps = [ChoiceReason.ONE_NUMBER.because(count=count)] if count > 1 else []
        return self._chosen(seen, others, range(count), steps)

    def each(self) -> list[BridgeChoice]:
        """A space for each of them."""
        seen = self.uow.bridges.occupancies(self.periods, besides=self.before)
        others = self.others(one.bridge for of_period in seen for one in of_period)
        steps = [ChoiceReason.OWN_NUMBERS.because(count=len(self.wanted))]
        return [self._chosen(of_period, others, [place], steps) for place, of_period in enumerate(seen)]

    def _chosen(
        self,
        seen: Sequence[BridgeOccupancy],
        others: Mapping[int, Sequence[int]],
        places: Sequence[int],
        steps: Sequence[Reason],
    ) -> BridgeChoice:
        wanted = [self.wanted[place] for place in places]
        has_zones = any(one.bridge.ip_zone for one in seen)
        zone = self.zone_of(wanted) if has_zones else Zone()
        counts = [conference.participant_count for conference in wanted]
        choice = choose_bridge(
            [
                with_participants(one, [others[one.bridge.id][place] for place in places], counts)
                if one.bridge.id in others
                else one
                for one in seen
            ],
            zone,
            beyond=self.outlook.beyond(conference.period for conference in wanted),
        )
        return replace(choice, steps=(*steps, *([zone.reason] if zone.reason else ()), *choice.steps))


# ------------------------------------------------------------------ keep


def _kept(search: _Search, held: SpaceRoute) -> list[_Kept]:
    """The routes that conferences hold, or that others of their series hold, or why they cannot be kept."""
    routes = [conference.route or held for conference in search.wanted]
    full = _full(search, routes)
    claims = [(route.space_id, period) for route, period in zip(routes, search.periods, strict=True)]
    answers = search.uow.bridges.are_spaces_free(claims, besides=search.before)
    return [
        full.get(place) or (route if is_free else number_taken(search.wanted[place], route))
        for place, (route, is_free) in enumerate(zip(routes, answers, strict=True))
    ]


def _full(search: _Search, routes: Sequence[SpaceRoute]) -> dict[int, NotEnoughBridgeResources]:
    """By their places those whose bridge has no room for them. What asks for no more than before has room."""
    growing = {
        place: route.bridge_id
        for place, route in enumerate(routes)
        if not _is_covered(search.wanted[place], search.before, route)
    }
    asked = set(growing.values())
    bridges = {one.id: one for one in search.uow.bridges.all() if one.id in asked} if asked else {}
    for bridge in bridges.values():
        if bridge.participant_limit is not None:
            search.uow.bridges.lock_for_allocation(bridge.id)
    others = search.others(bridges.values())
    full = {}
    for place, bridge_id in growing.items():
        if bridge_id in others:
            bridge, conference = bridges[bridge_id], search.wanted[place]
            count = others[bridge_id][place] + conference.participant_count
            if not bridge.has_room_for(count):
                full[place] = too_many(bridge, conference, count)
    return full


def _is_covered(conference: Conference, before: Before, route: SpaceRoute) -> bool:
    """Whether the conference holds all that it asks for."""
    old = before.get(conference.id)
    return (
        old is not None
        and old.state is StoredState.BOOKED
        and old.route == route
        and old.period.start <= conference.period.start
        and conference.period.end <= old.period.end
        and conference.participant_count <= old.participant_count
    )


# ------------------------------------------------------------------ choose


def _new_routes(search: _Search, held: SpaceRoute | None) -> list[Routing]:
    """One number for all when there is one, else one for each."""
    uow, wanted = search.uow, search.wanted
    if not wanted:
        return []
    secret = held.secret if held else str(uuid.uuid4())
    choice = search.common()
    locked: set[int] = set()
    while choice.bridge and choice.bridge.id not in locked:
        if not uow.bridges.lock_for_allocation(choice.bridge.id):
            break
        # Others may have been choosing on this bridge: look again, now that they are through.
        locked.add(choice.bridge.id)
        choice = search.common()
    if choice.bridge:
        return [_to_routing(choice, secret)] * len(wanted)
    if len(wanted) == 1:
        return [_to_routing(choice, secret)]
    for bridge in uow.bridges.all():
        uow.bridges.lock_for_allocation(bridge.id)
    return [_to_routing(one, secret) for one in search.each()]


def _to_routing(choice: BridgeChoice, secret: str) -> Routing:
    if choice.bridge is None or choice.space is None:
        return Routing(nothing_found(choice), choice)
    number = choice.space.number
    route = SpaceRoute(
        bridge_id=choice.bridge.id,
        space_id=choice.space.id,
        number=number,
        join_uri=choice.bridge.join_uri(number),
        join_url=choice.bridge.join_url(number, secret),
        secret=secret,
    )
    return Routing(route, choice)
