"""Save a conference. Source: TMSBA guide, SaveConferenceWithMode."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tmsba.booking.defaults import default_details, default_title, new_pin
from tmsba.booking.owner import check_may_change, check_may_own, resolve_owner
from tmsba.booking.ports import Clash, JobKind, UnitOfWork
from tmsba.booking.views import visible_title
from tmsba.domain.conference import Conference, ConferenceRequest, Details, SpaceRoute
from tmsba.domain.errors import (
    ConcurrentModification,
    ConferenceNotFound,
    NotEnoughBridgeResources,
    PermissionMissing,
    SystemAlreadyBooked,
    UnknownError,
    UnsupportedRecurrence,
    WebExError,
)
from tmsba.domain.people import Caller, Permission
from tmsba.domain.rules import (
    check_bookable_period,
    check_changeable,
    check_details,
    check_participants,
    check_start_kept,
    clean_title,
    new_period,
    number_participants,
)
from tmsba.domain.system import System
from tmsba.domain.transaction import Change
from tmsba.domain.values import BookingMode, ConferenceStatus, StoredState, TransactionType
from tmsba.licensing.sessions import Client
from tmsba.routing.connections import needs_bridge
from tmsba.routing.engine import choose_bridge
from tmsba.settings.table import ConferenceSettings

#: The first API version whose conferences carry a Version; older clients cannot send it back.
FIRST_VERSION_WITH_REVISIONS = 14

_RESERVED_SOURCES = frozenset({"TMS", "TMS-ADHOC"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """One save: who wants what, in which mode, when."""

    caller: Caller
    client: Client
    request: ConferenceRequest
    mode: BookingMode
    now: datetime
    settings: ConferenceSettings


def check_offered(request: ConferenceRequest) -> None:
    """Whether the request asks only for what this server can do.

    Raises:
        UnsupportedRecurrence, WebExError, UnknownError: it asks for something else.
    """
    if request.is_recurrent:
        raise UnsupportedRecurrence(
            "This server books single conferences only: leave RecurrencePattern out and book each date."
        )
    if request.has_webex:
        raise WebExError("This server has no WebEx site: leave WebEx out of ExternalConference.")
    if request.external_dial_string is not None:
        raise UnknownError(
            "This server does not offer externally hosted conferences: leave ExternallyHosted out."
        )


def save(uow: UnitOfWork, saving: Saving) -> Conference:
    """Create or update a conference in a unit of work that the caller commits.

    Raises:
        TmsbaError: one of the documented errors of a save; nothing may be committed then.
    """
    existing = _find(uow, saving)
    if existing:
        _check_update(existing, saving)
    elif not saving.caller.may(Permission.BOOK):
        raise PermissionMissing(
            "{user} may not book. Ask an administrator for the permission 'Booking'.",
            user=saving.caller.user.full_name,
        )
    wanted = _wanted(uow, saving, existing)
    systems = uow.systems.many(wanted.system_ids)
    check_participants(wanted.details.type, wanted.participants, systems)
    is_ongoing = existing is not None and existing.status(saving.now) is ConferenceStatus.ONGOING
    if is_ongoing:
        # A meeting that is going on is changed as wanted or not at all: it never becomes defective.
        saving = replace(saving, mode=BookingMode.STRICT)
    booked = _reserve(uow, saving, wanted, systems, is_ongoing=is_ongoing)
    return _store(uow, saving, existing, booked)


def _find(uow: UnitOfWork, saving: Saving) -> Conference | None:
    """Look up by external key first, then by ConferenceId."""
    request = saving.request
    if request.external_primary_key:
        found = uow.conferences.by_external_key(
            request.external_source_id or "", request.external_primary_key
        )
        if found:
            return found
    if request.id is None or request.id <= 0:
        return None
    existing = uow.conferences.get_for_update(request.id)
    if existing is None:
        raise ConferenceNotFound(
            "There is no conference with id {id}. Use ConferenceId -1 to book a new one.", id=request.id
        )
    return existing


def _check_update(existing: Conference, saving: Saving) -> None:
    check_changeable(existing, saving.now)
    check_may_change(saving.caller, existing)
    is_checked = saving.client.version >= FIRST_VERSION_WITH_REVISIONS
    if is_checked and (saving.request.version or 0) != existing.version:
        raise ConcurrentModification(
            "Conference {id} is at version {version} and the request brings {given}: get the conference "
            "again, repeat the change and save that.",
            id=existing.id,
            version=existing.version,
            given=saving.request.version or 0,
        )


def _wanted(uow: UnitOfWork, saving: Saving, existing: Conference | None) -> Conference:
    """The conference as the request wants it, before anything is reserved."""
    request, now = saving.request, saving.now
    start = request.start or (existing.period.start if existing else None)
    end = request.end or (existing.period.end if existing else None)
    period = new_period(start, end)
    if existing:
        check_start_kept(existing, period, now)
    check_bookable_period(period, now, timedelta(days=saving.settings.booking_window))
    is_owner_kept = existing is not None and not request.owner.names_somebody
    owner_id = existing.owner_id if existing and is_owner_kept else _owner(uow, saving, existing)
    return Conference(
        id=existing.id if existing else 0,
        version=existing.version + 1 if existing else 1,
        owner_id=owner_id,
        created_by_id=existing.created_by_id if existing else saving.caller.user.id,
        period=period,
        details=_details(uow, saving, existing, owner_id, period.start),
        participants=existing.participants
        if existing and request.participants is None
        else number_participants(request.participants or ()),
        route=existing.route if existing else None,
        transaction_id=existing.transaction_id if existing else None,
    )


def _owner(uow: UnitOfWork, saving: Saving, existing: Conference | None) -> int:
    owner = resolve_owner(uow.users, saving.request.owner, saving.caller)
    if existing is None or owner.id != existing.owner_id:
        check_may_own(saving.caller, owner)
    return owner.id


def _details(
    uow: UnitOfWork, saving: Saving, existing: Conference | None, owner_id: int, start: datetime
) -> Details:
    before = existing.details if existing else default_details(saving.settings)
    said = saving.request.said_details()
    title = clean_title(said.pop("title", "")) or before.title
    if not title:
        owner = uow.users.get(owner_id) or saving.caller.user
        title = clean_title(default_title(saving.settings, start, owner))
    details = replace(before, **said, title=title)
    if not details.pin and saving.settings.auto_generate_pin:
        details = replace(details, pin=before.pin or new_pin(saving.settings.pin_length))
    if not details.external_primary_key:
        details = replace(details, external_primary_key=str(uuid.uuid4()))
    _check_source(details, existing)
    check_details(details)
    return details


def _check_source(details: Details, existing: Conference | None) -> None:
    """Only what came from us with a reserved source id may keep it."""
    is_new = existing is None or existing.details.external_source_id != details.external_source_id
    if is_new and details.external_source_id.upper() in _RESERVED_SOURCES:
        raise UnknownError(
            "ExternalSourceId '{id}' is reserved: choose a name of your own.", id=details.external_source_id
        )


def _reserve(
    uow: UnitOfWork,
    saving: Saving,
    wanted: Conference,
    systems: Mapping[int, System],
    *,
    is_ongoing: bool,
) -> Conference:
    """Give the conference its systems and its space, or make it defective where the mode allows that.

    Source: TMSBA guide, Booking Modes and Defective Conferences.
    """
    clashes = uow.conferences.clashes(wanted.system_ids, wanted.period, besides=wanted.id or None)
    if clashes:
        if saving.mode is BookingMode.STRICT:
            raise _already_booked(clashes[0], saving.caller, systems)
        return replace(wanted, state=StoredState.DEFECTIVE_CLASH, route=None)
    if not needs_bridge(wanted.details.type, wanted.participants):
        return replace(wanted, route=None)
    try:
        return replace(wanted, route=_route(uow, wanted, is_ongoing=is_ongoing))
    except NotEnoughBridgeResources:
        if saving.mode is BookingMode.STRICT:
            raise
        return replace(wanted, state=StoredState.DEFECTIVE_ROUTE, route=None)


def _route(uow: UnitOfWork, wanted: Conference, *, is_ongoing: bool) -> SpaceRoute:
    """The space the conference holds already when that is still free, else the best one there is."""
    besides = wanted.id or None
    held = wanted.route
    if held and uow.bridges.is_space_free(held.space_id, wanted.period, besides=besides):
        return held
    if held and is_ongoing:
        raise NotEnoughBridgeResources(
            "Number {number} is booked for another conference before {end}, and an ongoing conference "
            "cannot change its number: choose an earlier end.",
            number=held.number,
            end=wanted.period.end,
        )
    return _new_route(uow, wanted, held)


def _new_route(uow: UnitOfWork, wanted: Conference, held: SpaceRoute | None) -> SpaceRoute:
    besides = wanted.id or None
    decision = choose_bridge(uow.bridges.occupancy(wanted.period, besides=besides))
    if decision.bridge:
        # Others may be choosing on this bridge right now: look again once they are through.
        uow.bridges.lock_for_allocation(decision.bridge.id)
        decision = choose_bridge(uow.bridges.occupancy(wanted.period, besides=besides))
    if decision.bridge is None or decision.space is None:
        raise NotEnoughBridgeResources(
            "No bridge can take the conference: {reasons} Choose another time.",
            reasons=" ".join(decision.reasons),
        )
    number, secret = decision.space.number, held.secret if held else str(uuid.uuid4())
    return SpaceRoute(
        bridge_id=decision.bridge.id,
        space_id=decision.space.id,
        number=number,
        join_uri=decision.bridge.join_uri(number),
        join_url=decision.bridge.join_url(number, secret),
        secret=secret,
    )


def _store(uow: UnitOfWork, saving: Saving, existing: Conference | None, booked: Conference) -> Conference:
    if existing is None:
        booked = uow.conferences.add(booked)
    else:
        uow.conferences.update(booked)
    _schedule(uow, saving, existing, booked)
    before = existing.system_ids if existing else ()
    change = Change(
        conference_id=booked.id,
        type=TransactionType.UPDATED if existing else TransactionType.NEW,
        performed_by_id=saving.caller.user.id,
        system_ids=tuple(sorted({*before, *booked.system_ids})),
    )
    return replace(booked, transaction_id=uow.transactions.append([change])[-1])


def _schedule(uow: UnitOfWork, saving: Saving, existing: Conference | None, booked: Conference) -> None:
    """Write what the bridge has to do into the outbox, in the booking's own unit of work."""
    request_id = saving.client.request_id
    if booked.route and booked.state is StoredState.BOOKED:
        uow.outbox.put(booked.id, JobKind.LAUNCH, booked.period.start, request_id=request_id)
        uow.outbox.put(booked.id, JobKind.END, booked.period.end, request_id=request_id)
        return
    uow.outbox.withdraw(booked.id, JobKind.LAUNCH)
    if existing and existing.route:
        uow.outbox.put(booked.id, JobKind.END, saving.now, request_id=request_id)
    else:
        uow.outbox.withdraw(booked.id, JobKind.END)


def _already_booked(clash: Clash, caller: Caller, systems: Mapping[int, System]) -> SystemAlreadyBooked:
    system = systems.get(clash.system_id)
    is_insider = caller.is_site_administrator or caller.user.id == clash.owner_id
    return SystemAlreadyBooked(
        "{system} (id {id}) is already booked from {start} to {end} for '{title}': choose another time or "
        "another system.",
        system=system.name if system else f"System {clash.system_id}",
        id=clash.system_id,
        start=clash.period.start,
        end=clash.period.end,
        title=visible_title(clash.title, clash.privacy_flag, is_insider=is_insider),
    )
