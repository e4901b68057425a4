"""Give conferences their systems and spaces: one, or all the occurrences of a series together.

Source: TMSBA guide, Booking Modes and Defective Conferences.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from tmsba.booking.intent import Saving, needs_approval
from tmsba.booking.licences import license_systems
from tmsba.booking.ports import Clash, UnitOfWork
from tmsba.booking.privacy import deciding_emails
from tmsba.domain.conference import Conference, SpaceRoute
from tmsba.domain.errors import NotEnoughBridgeResources, SystemAlreadyBooked
from tmsba.domain.rules import check_participants
from tmsba.domain.series import Series
from tmsba.domain.system import System
from tmsba.domain.times import Period, next_free
from tmsba.domain.values import BookingMode, ConferenceStatus, ParticipantKind, StoredState
from tmsba.routing.connections import needs_bridge
from tmsba.routing.engine import Decision, choose_bridge

#: Stored conferences by id, as they were before the save.
Before = Mapping[int, Conference]


def reserve(
    uow: UnitOfWork,
    saving: Saving,
    wanted: Sequence[Conference],
    before: Before,
    *,
    series: Series | None = None,
) -> list[Conference]:
    """The conferences with their spaces, or defective where the mode allows that, in the same order.

    Without the right to book they become requests, which hold nothing until somebody approves them.

    A meeting that is going on is changed as wanted or not at all: it never becomes defective, and never
    changes its number.

    Args:
        uow: the unit of work that will store them.
        saving: the save.
        wanted: conferences that do not overlap each other; id 0 for new ones.
        before: what is stored of them; holds nothing against them.
        series: the series that they belong to, whose participants must fit even if no date has them.

    Raises:
        TmsbaError: participants do not fit, or systems have no licence; in Strict mode also a clash, or a
            bridge that is missing.
    """
    systems = _checked_systems(uow, [*wanted, *([series] if series else ())])
    if not wanted:
        return []
    if needs_approval(saving.caller):
        return [replace(one, state=StoredState.MEETING_REQUEST, route=None) for one in wanted]
    booked = _without_clashes(uow, saving, wanted, before, systems)
    if not all(one.is_remote_booking_allowed or saving.licences.are_of_clients for one in systems.values()):
        license_systems(uow, systems, saving.now)
    places = [place for place, conference in enumerate(booked) if _needs_bridge(conference)]
    ongoing = _ongoing(saving, before)
    claims = _routes(uow, [booked[place] for place in places], before, ongoing)
    routes = dict(zip(places, claims, strict=True))
    return [
        _routed(conference, routes.get(place), is_strict=_is_strict(saving, conference, ongoing))
        for place, conference in enumerate(booked)
    ]


def _checked_systems(uow: UnitOfWork, wanted: Sequence[Conference | Series]) -> Mapping[int, System]:
    """The systems that take part, by id, once all participants are found to fit."""
    # The dates of a series share their participants.
    distinct = {(c.details.type, id(c.participants)): c for c in wanted}.values()
    taking_part = {p.id for c in distinct for p in c.participants if p.kind is ParticipantKind.SYSTEM}
    systems = uow.systems.many(taking_part)
    for conference in distinct:
        check_participants(conference.details.type, conference.participants, systems)
    return systems


def _is_strict(saving: Saving, conference: Conference, ongoing: Collection[int]) -> bool:
    return saving.mode is BookingMode.STRICT or conference.id in ongoing


def _ongoing(saving: Saving, before: Before) -> Collection[int]:
    """The ids of those that are going on."""
    return {i for i, c in before.items() if c.status(saving.now) is ConferenceStatus.ONGOING}


def _needs_bridge(conference: Conference) -> bool:
    is_booked = conference.state is StoredState.BOOKED
    return is_booked and needs_bridge(conference.details.type, conference.participants)


def _routed(
    conference: Conference, route: SpaceRoute | NotEnoughBridgeResources | None, *, is_strict: bool
) -> Conference:
    if not isinstance(route, NotEnoughBridgeResources):
        return replace(conference, route=route)
    if is_strict:
        raise route
    return replace(conference, state=StoredState.DEFECTIVE_ROUTE, route=None)


def _without_clashes(
    uow: UnitOfWork,
    saving: Saving,
    wanted: Sequence[Conference],
    before: Before,
    systems: Mapping[int, System],
) -> list[Conference]:
    """The conferences; those whose systems are taken defective, or the first of them a fault."""
    periods = [conference.period for conference in wanted]
    clashes = uow.conferences.clashes_in(systems, periods, besides=before)
    ongoing = _ongoing(saving, before)
    checked = []
    for conference in wanted:
        clash = next((c for c in clashes if _is_between(c, conference)), None)
        if clash and _is_strict(saving, conference, ongoing):
            busy = uow.conferences.busy_periods(
                conference.system_ids, conference.period.start, besides=before
            )
            free = next_free(conference.period, busy)
            emails = deciding_emails(uow, saving.caller, {clash.conference_id: clash})
            title = clash.title_for(saving.caller, emails.get(clash.conference_id, ()))
            raise _already_booked(clash, title, systems, free)
        state = StoredState.DEFECTIVE_CLASH if clash else StoredState.BOOKED
        checked.append(conference if conference.state is state else replace(conference, state=state))
    return checked


def _is_between(clash: Clash, conference: Conference) -> bool:
    return clash.system_id in conference.system_ids and clash.period.overlaps(conference.period)


def _routes(
    uow: UnitOfWork, wanted: Sequence[Conference], before: Before, ongoing: Collection[int]
) -> list[SpaceRoute | NotEnoughBridgeResources]:
    """A space for each conference, or why there is none: the number it holds, or one for all, or any."""
    held = next((c.route for c in wanted if c.route), None)
    kept = _kept(uow, wanted, before, held)
    open_places = [place for place, route in enumerate(kept) if route is None]
    found = dict(
        zip(open_places, _new_routes(uow, [wanted[p] for p in open_places], before, held), strict=True)
    )
    routes: list[SpaceRoute | NotEnoughBridgeResources] = []
    for place, conference in enumerate(wanted):
        if kept[place] is None and conference.id in ongoing and conference.route:
            raise NotEnoughBridgeResources(
                "Number {number} is booked for another conference before {end}, and an ongoing conference "
                "cannot change its number: choose an earlier end.",
                number=conference.route.number,
                end=conference.period.end,
            )
        routes.append(kept[place] or found[place])
    return routes


def _kept(
    uow: UnitOfWork, wanted: Sequence[Conference], before: Before, held: SpaceRoute | None
) -> list[SpaceRoute | None]:
    """The routes that conferences hold, or that others of their series hold, where they are still free."""
    preferred = [conference.route or held for conference in wanted]
    claims = [
        (route.space_id, conference.period)
        for route, conference in zip(preferred, wanted, strict=True)
        if route
    ]
    answers = iter(uow.bridges.are_spaces_free(claims, besides=before)) if claims else iter(())
    return [route if route and next(answers) else None for route in preferred]


def _new_routes(
    uow: UnitOfWork, wanted: Sequence[Conference], before: Before, held: SpaceRoute | None
) -> list[SpaceRoute | NotEnoughBridgeResources]:
    """One number for all when there is one, else one for each."""
    if not wanted:
        return []
    secret = held.secret if held else str(uuid.uuid4())
    periods = [conference.period for conference in wanted]

    def common() -> Decision:
        return choose_bridge(uow.bridges.common_occupancy(periods, besides=before))

    decision = common()
    if decision.bridge:
        # Others may be choosing on this bridge right now: look again once they are through.
        uow.bridges.lock_for_allocation(decision.bridge.id)
        decision = common()
    if decision.bridge:
        return [_route(decision, secret)] * len(wanted)
    if len(wanted) == 1:
        return [_refusal(decision)]
    for bridge in uow.bridges.all():
        uow.bridges.lock_for_allocation(bridge.id)
    decisions = [choose_bridge(seen) for seen in uow.bridges.occupancies(periods, besides=before)]
    return [_route(one, secret) if one.bridge else _refusal(one) for one in decisions]


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


def _already_booked(
    clash: Clash, title: str, systems: Mapping[int, System], free: Period
) -> SystemAlreadyBooked:
    system = systems.get(clash.system_id)
    return SystemAlreadyBooked(
        "{system} (id {id}) is already booked from {start} to {end} for '{title}': choose another system, or "
        "another time. All systems of the conference are free from {free} on.",
        system=system.name if system else f"System {clash.system_id}",
        id=clash.system_id,
        start=clash.period.start,
        end=clash.period.end,
        free=free.start,
        title=title,
    )
