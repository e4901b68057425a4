"""Find a space on a bridge for conferences: one, or all the occurrences of a series together.

Source: TMSBA guide, Conference Routing, Ongoing Meetings and NOT_ENOUGH_MCU_RESOURCES.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tmsba.booking.ports import UnitOfWork
from tmsba.domain.bridge import Bridge, BridgeOccupancy
from tmsba.domain.conference import Conference, SpaceRoute
from tmsba.domain.errors import NotEnoughBridgeResources
from tmsba.domain.times import Period
from tmsba.domain.values import StoredState
from tmsba.routing.engine import Decision, choose_bridge, with_participants

#: Stored conferences by id, as they were before the save.
Before = Mapping[int, Conference]

#: A space, or why there is none.
Routing = SpaceRoute | NotEnoughBridgeResources


def find_routes(
    uow: UnitOfWork, wanted: Sequence[Conference], before: Before, ongoing: Collection[int], now: datetime
) -> list[Routing]:
    """A space for each conference, or why there is none: the number it holds, or one for all, or any.

    Args:
        uow: the unit of work that will store them.
        wanted: conferences that need a bridge and do not overlap each other.
        before: what is stored of them; holds nothing against them.
        ongoing: the ids of those that are going on.
        now: the present, aware; who has left a bridge before takes no room there.

    Raises:
        NotEnoughBridgeResources: one that is going on cannot stay where it is.
    """
    search = _Search(uow=uow, wanted=wanted, before=before, now=now)
    held = next((c.route for c in wanted if c.route), None)
    kept: Sequence[Routing | None] = _kept(search, held) if held else [None] * len(wanted)
    for conference, route in zip(wanted, kept, strict=True):
        if isinstance(route, NotEnoughBridgeResources) and conference.id in ongoing and conference.route:
            raise route
    open_places = [place for place, route in enumerate(kept) if not isinstance(route, SpaceRoute)]
    new = _new_routes(replace(search, wanted=[wanted[place] for place in open_places]), held)
    found = dict(zip(open_places, new, strict=True))
    return [route if isinstance(route, SpaceRoute) else found[place] for place, route in enumerate(kept)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """What is looked for, and what bridges have to say about it."""

    uow: UnitOfWork
    wanted: Sequence[Conference]
    before: Before
    now: datetime

    @property
    def periods(self) -> list[Period]:
        return [conference.period for conference in self.wanted]

    def others(self, bridges: Iterable[Bridge]) -> Mapping[int, Sequence[int]]:
        """The most participants of others at each conference's time, on those of the bridges with a limit."""
        limited = {bridge.id for bridge in bridges if bridge.max_participants is not None}
        if not limited:
            return {}
        periods = [period.left_at(self.now) for period in self.periods]
        return self.uow.bridges.most_participants(limited, periods, besides=self.before)

    def common(self) -> Decision:
        """One space for all of them."""
        seen = self.uow.bridges.common_occupancy(self.periods, besides=self.before)
        others = self.others(one.bridge for one in seen)
        return self._decided(seen, others, range(len(self.wanted)))

    def each(self) -> list[Decision]:
        """A space for each of them."""
        seen = self.uow.bridges.occupancies(self.periods, besides=self.before)
        others = self.others(one.bridge for of_period in seen for one in of_period)
        return [self._decided(of_period, others, [place]) for place, of_period in enumerate(seen)]

    def _decided(
        self, seen: Sequence[BridgeOccupancy], others: Mapping[int, Sequence[int]], places: Sequence[int]
    ) -> Decision:
        counts = [self.wanted[place].participant_count for place in places]
        return choose_bridge(
            [
                with_participants(one, [others[one.bridge.id][place] for place in places], counts)
                if one.bridge.id in others
                else one
                for one in seen
            ]
        )


# ------------------------------------------------------------------ keep


def _kept(search: _Search, held: SpaceRoute) -> list[Routing]:
    """The routes that conferences hold, or that others of their series hold, or why they cannot be kept."""
    routes = [conference.route or held for conference in search.wanted]
    full = _full(search, routes)
    claims = [(route.space_id, period) for route, period in zip(routes, search.periods, strict=True)]
    answers = search.uow.bridges.are_spaces_free(claims, besides=search.before)
    return [
        full.get(place) or (route if is_free else _taken(search.wanted[place], route))
        for place, (route, is_free) in enumerate(zip(routes, answers, strict=True))
    ]


def _taken(conference: Conference, route: SpaceRoute) -> NotEnoughBridgeResources:
    return NotEnoughBridgeResources(
        "Number {number} is booked for another conference before {end}, and an ongoing conference "
        "cannot change its number: choose an earlier end.",
        number=route.number,
        end=conference.period.end,
    )


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
        if bridge.max_participants is not None:
            search.uow.bridges.lock_for_allocation(bridge.id)
    others = search.others(bridges.values())
    full = {}
    for place, bridge_id in growing.items():
        if bridge_id in others:
            bridge, conference = bridges[bridge_id], search.wanted[place]
            count = others[bridge_id][place] + conference.participant_count
            if not bridge.has_room_for(count):
                full[place] = _too_many(bridge, conference, count)
    return full


def _too_many(bridge: Bridge, conference: Conference, count: int) -> NotEnoughBridgeResources:
    return NotEnoughBridgeResources(
        "Bridge '{bridge}' takes up to {limit} participants at the same time, and with those of "
        "conference {id} there would be {count}. An ongoing conference cannot change its bridge: "
        "remove participants or choose an earlier end.",
        bridge=bridge.name,
        limit=bridge.max_participants,
        id=conference.id,
        count=count,
    )


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
    decision = search.common()
    locked: set[int] = set()
    while decision.bridge and decision.bridge.id not in locked:
        if not uow.bridges.lock_for_allocation(decision.bridge.id):
            break
        # Others may have been choosing on this bridge: look again, now that they are through.
        locked.add(decision.bridge.id)
        decision = search.common()
    if decision.bridge:
        return [_route(decision, secret)] * len(wanted)
    if len(wanted) == 1:
        return [_refusal(decision)]
    for bridge in uow.bridges.all():
        uow.bridges.lock_for_allocation(bridge.id)
    return [_route(one, secret) if one.bridge else _refusal(one) for one in search.each()]


def _refusal(decision: Decision) -> NotEnoughBridgeResources:
    return NotEnoughBridgeResources(
        "No bridge can take the conference: {reasons} Choose another time.",
        reasons=" ".join(decision.reasons),
    )


def _route(decision: Decision, secret: str) -> SpaceRoute:
    if decision.bridge is None or decision.space is None:
        raise ValueError("a decision without a bridge has no route")
    number = decision.space.number
    return SpaceRoute(
        bridge_id=decision.bridge.id,
        space_id=decision.space.id,
        number=number,
        join_uri=decision.bridge.join_uri(number),
        join_url=decision.bridge.join_url(number, secret),
        secret=secret,
    )
