"""Save a single conference, or hand a series on. Source: TMSBA guide, SaveConferenceWithMode."""

from dataclasses import replace

from tmsba.booking.intent import (
    Saving,
    check_revision,
    wanted_details,
    wanted_owner,
    wanted_participants,
)
from tmsba.booking.ports import UnitOfWork
from tmsba.booking.recording import Changed, record
from tmsba.booking.reserving import reserve
from tmsba.booking.series_saving import save_series
from tmsba.booking.zones import conference_rules
from tmsba.domain.conference import Conference
from tmsba.domain.errors import ConferenceNotFound
from tmsba.domain.hosting import check_host_kept
from tmsba.domain.rules import (
    check_bookable_period,
    check_changeable,
    check_start_kept,
    new_period,
)
from tmsba.domain.series import Series
from tmsba.domain.webex_changes import as_stored, with_warnings


def save(uow: UnitOfWork, saving: Saving) -> Conference | Series:
    """Create or update a conference or series in a unit of work that the caller commits.

    Raises:
        TmsbaError: one of the documented errors of a save; nothing may be committed then.
    """
    existing = find(uow, saving)
    series = uow.conferences.series_of(existing.id) if existing and existing.series else None
    if series or saving.request.pattern:
        return save_series(uow, saving, series, single=None if series else existing)
    return save_single(uow, saving, existing)


def find(uow: UnitOfWork, saving: Saving) -> Conference | None:
    """Look up by external key first, then by ConferenceId; an occurrence stands for its series."""
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


def save_single(uow: UnitOfWork, saving: Saving, existing: Conference | None) -> Conference:
    """Create or update a single conference."""
    if existing:
        check_changeable(existing, saving.now)
        check_revision(saving, existing, existing.version)
    wanted = wanted_conference(uow, saving, existing)
    before = {existing.id: existing} if existing else {}
    [booked] = reserve(uow, saving, [wanted], before)
    if existing is None:
        booked = uow.conferences.add(booked)
    else:
        uow.conferences.update(booked)
    changed = [Changed(existing, booked)]
    ids = record(uow, saving.caller, saving.client.request_id, saving.now, changed)
    return replace(booked, transaction_id=ids[booked.id])


def wanted_conference(uow: UnitOfWork, saving: Saving, existing: Conference | None) -> Conference:
    """The conference as the request wants it, before anything is reserved."""
    request = saving.request
    start = request.start or (existing.period.start if existing else None)
    end = request.end or (existing.period.end if existing else None)
    period = new_period(start, end)
    if existing:
        check_start_kept(existing, period, saving.now)
    check_bookable_period(period, saving.now, saving.window)
    owner_id = wanted_owner(uow, saving, existing.owner_id if existing else None)
    details = wanted_details(uow, saving, existing.details if existing else None, owner_id, period.start)
    if existing:
        check_host_kept(existing, details, saving.now)
    details = replace(details, zone_rules=conference_rules(uow, saving, details, owner_id))
    participants = wanted_participants(saving, existing)
    wanted = Conference(
        id=existing.id if existing else 0,
        version=existing.version + 1 if existing else 1,
        owner_id=owner_id,
        created_by_id=existing.created_by_id if existing else saving.caller.user.id,
        period=period,
        details=with_warnings(details, participants),
        participants=participants,
        route=existing.route if existing else None,
        transaction_id=existing.transaction_id if existing else None,
        series=existing.series if existing else None,
    )
    return as_stored(wanted, existing, request.webex) if existing else wanted
