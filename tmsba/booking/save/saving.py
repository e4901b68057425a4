"""Save a single conference, or hand a series on. Source: TMSBA guide, SaveConferenceWithMode."""

from dataclasses import replace

from tmsba.booking.request.change_log import Changed, record
from tmsba.booking.request.intent import (
    Saving,
    check_revision,
    wanted_details,
    wanted_owner,
    wanted_participants,
)
from tmsba.booking.request.time_zones import conference_rules
from tmsba.booking.route.reserving import reserve
from tmsba.booking.save.repeated import unmasked
from tmsba.booking.save.series import save_series
from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.hosting import check_host_kept
from tmsba.domain.conference.rules import (
    check_bookable_period,
    check_changeable,
    check_start_kept,
    new_period,
)
from tmsba.domain.conference.series import Series
from tmsba.domain.conference.webex_changes import as_stored, with_warnings
from tmsba.domain.errors import ConferenceIsDeleted, ConferenceNotFound
from tmsba.ports.work import UnitOfWork


def save(uow: UnitOfWork, saving: Saving) -> Conference | Series:
    """Create or update a conference or series in a unit of work that the caller commits.

    Raises:
        TmsbaError: one of the documented errors of a save; nothing may be committed then.
    """
    existing = find(uow, saving)
    series = uow.conferences.series_of(existing.id) if existing and existing.series else None
    is_resumed = False
    if existing and _is_key_free(saving, existing, series):
        uow.conferences.give_up_key(existing.id)
        is_resumed = _is_cancelled(saving, existing, series)
        existing = series = None
    if series or saving.request.pattern:
        single = None if series else existing
        return save_series(uow, saving, series, single=single, is_resumed=is_resumed)
    return save_single(uow, saving, existing)


def _is_key_free(saving: Saving, holder: Conference, series: Series | None) -> bool:
    """Whether a request by key books something new, although a conference or series still has the key.

    The key of what has nothing pending or ongoing any more can be used again. What is over and was not
    deleted keeps it from requests that mean it: those with its id, or with the same start.
    """
    request = saving.request
    is_open = series.open_at(saving.now) if series else holder.period.end > saving.now
    is_meant = not request.external_primary_key or (request.id is not None and request.id > 0)
    if is_open or is_meant or holder.is_deleted:
        return False
    start = series.first_period.start if series else holder.period.start
    return _is_cancelled(saving, holder, series) or request.start not in (None, start)


def _is_cancelled(saving: Saving, holder: Conference, series: Series | None) -> bool:
    return series.is_cancelled(saving.now) if series else holder.is_cancelled


def find(uow: UnitOfWork, saving: Saving) -> Conference | None:
    """Look up by external key first, then by ConferenceId; an occurrence stands for its series.

    Where the conference with the id had the key before another one got it, the id counts.

    Raises:
        ConferenceNotFound: there is none with the id.
        ConferenceIsDeleted: it is a deleted series as it was read.
    """
    request = saving.request
    _check_not_deleted(uow, request.id)
    key = (request.external_source_id or "", request.external_primary_key or "")
    by_key = uow.conferences.by_external_key(*key) if request.external_primary_key else None
    if request.id is None or request.id <= 0 or (by_key and by_key.id == request.id):
        return by_key
    existing = uow.conferences.get_for_update(request.id)
    if by_key and not (existing and _had_key(existing, by_key, key)):
        return by_key
    if existing is None:
        raise ConferenceNotFound(
            "There is no conference with id {id}. Use ConferenceId -1 to book a new one.", id=request.id
        )
    return existing


def _check_not_deleted(uow: UnitOfWork, conference_id: int | None) -> None:
    """Whether a request is not that for a deleted series, whose id is given out as a negative number."""
    if conference_id is None or conference_id >= -1:
        return
    read = uow.conferences.get(-conference_id)
    if read and read.series and read.is_deleted:
        raise ConferenceIsDeleted(
            "The series of conference {id} is deleted: book a new series instead.", id=-conference_id
        )


def _had_key(existing: Conference, holder: Conference, key: tuple[str, str]) -> bool:
    """Whether a conference tells a key that by now is that of another one."""
    places = (existing.series, holder.series)
    is_same = all(places) and len({place.series_id for place in places if place}) == 1
    details = existing.details
    return not is_same and (details.external_source_id, details.external_primary_key) == key


def save_single(uow: UnitOfWork, saving: Saving, existing: Conference | None) -> Conference:
    """Create or update a single conference."""
    if existing:
        check_changeable(existing, saving.now)
        check_revision(saving, existing, existing.version)
        saving = replace(saving, request=unmasked(saving, saving.request, existing))
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
