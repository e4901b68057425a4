"""Give conferences their systems and spaces: one, or all the occurrences of a series together.

Source: TMSBA guide, Booking Modes and Defective Conferences.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from tmsba.booking.clients.licences import license_systems
from tmsba.booking.request.intent import Saving, needs_approval
from tmsba.booking.request.limits import check_stored_size
from tmsba.booking.route.decisions import Decider, waiting_for_approval
from tmsba.booking.route.free_time import latest_start
from tmsba.booking.route.space_routes import Before, Routing, find_routes
from tmsba.booking.view.privacy import deciding_emails
from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.hosting import check_hosting
from tmsba.domain.conference.rules import check_participants
from tmsba.domain.conference.series import Series
from tmsba.domain.errors import NotEnoughBridgeResources, PermissionMissing, SystemAlreadyBooked
from tmsba.domain.people.systems import System
from tmsba.domain.values import BookingMode, ConferenceStatus, ParticipantKind, StoredState
from tmsba.ports.conferences import Clash
from tmsba.ports.work import UnitOfWork


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

    A meeting that is going on is changed as wanted or not at all: it never becomes defective or a request,
    and never changes its number.

    Args:
        uow: the unit of work that will store them.
        saving: the save.
        wanted: conferences that do not overlap each other; id 0 for new ones.
        before: what is stored of them; holds nothing against them.
        series: the series that they belong to, whose participants must fit even if no date has them.

    Raises:
        TmsbaError: participants do not fit or are too many, or systems have no licence; in Strict mode also a
            clash, or a bridge that is missing.
        PermissionMissing: one is going on, and what the caller changes has to be approved first.
    """
    check_stored_size(saving, wanted)
    if not needs_approval(saving.caller):
        return allot(uow, saving, wanted, before, series=series)
    for conference_id in _ongoing(saving, before):
        raise PermissionMissing(
            "Conference {id} is going on, and what {user} changes has to be approved first: ask an "
            "administrator to change it, or for the permissions 'Booking' and 'Approve Meeting'.",
            id=conference_id,
            user=saving.caller.user.full_name,
        )
    _checked_systems(uow, saving, wanted, series)
    decision = waiting_for_approval(saving.now)
    return [replace(one, state=StoredState.MEETING_REQUEST, route=None, decision=decision) for one in wanted]


def allot(
    uow: UnitOfWork,
    saving: Saving,
    wanted: Sequence[Conference],
    before: Before,
    *,
    series: Series | None = None,
) -> list[Conference]:
    """The same as ``reserve`` for bookings that need no approval, or are approved."""
    systems = _checked_systems(uow, saving, wanted, series)
    if not wanted:
        return []
    booked = _without_clashes(uow, saving, wanted, before, systems)
    if not all(one.is_remote_booking_allowed or saving.licences.are_of_clients for one in systems.values()):
        license_systems(uow, systems, saving.now)
    ongoing = _ongoing(saving, before)
    going_on = [before[conference_id] for conference_id in ongoing]
    decider = Decider(uow, systems, saving.settings, saving.now, going_on)
    places = [place for place, conference in enumerate(booked) if decider.needs_bridge(conference)]
    needing = [booked[place] for place in places]
    found = find_routes(
        uow, needing, before, ongoing=ongoing, outlook=decider.outlook, zone_of=decider.zone_of
    )
    decider.note_kept(needing, found)
    routes = dict(zip(places, found, strict=True))
    return [
        _routed(conference, routes.get(place), decider, is_strict=_is_strict(saving, conference, ongoing))
        for place, conference in enumerate(booked)
    ]


def _checked_systems(
    uow: UnitOfWork, saving: Saving, wanted: Sequence[Conference], series: Series | None
) -> Mapping[int, System]:
    """The systems that take part, by id, once all participants are found to fit."""
    booked: list[Conference | Series] = [*wanted, *([series] if series else ())]
    # The dates of a series share their details and participants.
    distinct = {(id(c.details), id(c.participants)): c for c in booked}.values()
    taking_part = {p.id for c in distinct for p in c.participants if p.kind is ParticipantKind.SYSTEM}
    systems = uow.systems.many(taking_part)
    for conference in distinct:
        check_participants(conference.details.type, conference.participants, systems, saving.caller)
        check_hosting(conference.details, conference.participants, systems)
    return systems


def _is_strict(saving: Saving, conference: Conference, ongoing: Collection[int]) -> bool:
    return saving.mode is BookingMode.STRICT or conference.id in ongoing


def _ongoing(saving: Saving, before: Before) -> Collection[int]:
    """The ids of those that are going on."""
    return {i for i, c in before.items() if c.status(saving.now) is ConferenceStatus.ONGOING}


def _routed(
    conference: Conference, routing: Routing | None, decider: Decider, *, is_strict: bool
) -> Conference:
    answer = routing.answer if routing else None
    decision = decider.decision(conference, routing)
    if not isinstance(answer, NotEnoughBridgeResources):
        return replace(conference, route=answer, decision=decision)
    if is_strict:
        raise answer
    return replace(conference, state=StoredState.DEFECTIVE_ROUTE, route=None, decision=decision)


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
            raise _clash_error(uow, saving, conference, clash, wanted, before, systems)
        state = StoredState.DEFECTIVE_CLASH if clash else StoredState.BOOKED
        checked.append(conference if conference.state is state else replace(conference, state=state))
    return checked


def _is_between(clash: Clash, conference: Conference) -> bool:
    return clash.system_id in conference.system_ids and clash.period.overlaps(conference.period)


def _clash_error(
    uow: UnitOfWork,
    saving: Saving,
    conference: Conference,
    clash: Clash,
    wanted: Sequence[Conference],
    before: Before,
    systems: Mapping[int, System],
) -> SystemAlreadyBooked:
    """The fault, with the next time that a save would take."""
    emails = deciding_emails(uow, saving.caller, {clash.conference_id: clash})
    title = clash.title_for(saving.caller, emails.get(clash.conference_id, ()))
    system = systems.get(clash.system_id)
    name = system.name if system else f"System {clash.system_id}"
    if conference.id in _ongoing(saving, before):
        return _cannot_last(clash, title, name)
    until = latest_start(uow, saving, conference, wanted)
    ids, period = conference.system_ids, conference.period
    free = uow.conferences.next_free(ids, period, until=until, besides=before)
    return _already_booked(clash, title, name, free, until)


def _already_booked(
    clash: Clash, title: str, name: str, free: datetime | None, until: datetime
) -> SystemAlreadyBooked:
    if free is None:
        return SystemAlreadyBooked(
            "{system} (id {id}) is already booked from {start} to {end} for '{title}': choose another "
            "system, an earlier time or a shorter one. Up to {until}, the latest possible start, the systems "
            "of the conference are never all free for as long.",
            system=name,
            id=clash.system_id,
            start=clash.period.start,
            end=clash.period.end,
            until=until,
            title=title,
        )
    return SystemAlreadyBooked(
        "{system} (id {id}) is already booked from {start} to {end} for '{title}': choose another system, or "
        "another time. All systems of the conference are free from {free} on.",
        system=name,
        id=clash.system_id,
        start=clash.period.start,
        end=clash.period.end,
        free=free,
        title=title,
    )


def _cannot_last(clash: Clash, title: str, name: str) -> SystemAlreadyBooked:
    """For a conference that is going on: its start cannot be moved."""
    return SystemAlreadyBooked(
        "{system} (id {id}) is already booked from {start} to {end} for '{title}': choose an earlier end, or "
        "do without the system.",
        system=name,
        id=clash.system_id,
        start=clash.period.start,
        end=clash.period.end,
        title=title,
    )
