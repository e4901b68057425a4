"""Save one occurrence of a series. Source: TMSBA guide, SaveConferenceRecInstanceWithMode."""

from dataclasses import replace

from tmsba.booking.request.change_log import Changed, record
from tmsba.booking.request.intent import Saving, check_revision
from tmsba.booking.request.lookup import locked, occurrence_by_external_key
from tmsba.booking.request.webex import check_knows_exceptions, wish_of_date
from tmsba.booking.route.reserving import reserve
from tmsba.booking.save.repeated import unmasked
from tmsba.booking.save.saving import save_single, wanted_conference
from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.rules import check_changeable
from tmsba.domain.conference.series import Series
from tmsba.domain.conference.series_dates import check_order
from tmsba.domain.conference.webex_changes import completed, is_same_booking
from tmsba.domain.errors import ConferenceNotFound
from tmsba.domain.time.times import Period
from tmsba.ports.work import UnitOfWork


def save_occurrence(uow: UnitOfWork, saving: Saving, *, is_extension: bool = False) -> Conference:
    """Update one occurrence, which becomes an exception of its series; or a single conference.

    Null participants leave them as they are, an empty list clears them.

    Args:
        uow: the unit of work, which the caller commits.
        saving: the save.
        is_extension: whether the server itself lets it last longer.

    Raises:
        TmsbaError: one of the documented errors of a save; nothing may be committed then.
    """
    existing = _find(uow, saving)
    series = uow.conferences.series_of(existing.id) if existing.series else None
    if series is None:
        return save_single(uow, saving, existing)
    check_changeable(existing, saving.now)
    # Who has read the whole series has its version, and has seen this occurrence.
    check_revision(saving, existing, existing.version, series.version)
    saving = replace(saving, request=unmasked(saving, saving.request, existing))
    wish = completed(saving.request.webex, existing.details)
    wish = wish_of_date(wish, existing.details, series.details)
    saving = replace(saving, request=replace(saving.request, webex=wish))
    wanted = wanted_conference(uow, saving, existing)
    # The key and the zone are those of the series.
    details = replace(
        wanted.details,
        external_source_id=existing.details.external_source_id,
        external_primary_key=existing.details.external_primary_key,
        zone_rules=existing.details.zone_rules,
    )
    wanted = replace(wanted, details=details, version=series.version + 1)
    if not is_same_booking(existing, wanted):
        if not is_extension:
            check_knows_exceptions(saving.client, series.details, existing.details, details)
        place = existing.series and replace(existing.series, is_exception=True)
        wanted = replace(wanted, series=place)
    check_order(_neighbourhood(series, wanted), series.details.rules)
    [booked] = reserve(uow, saving, [wanted], {existing.id: existing})
    occurrences = tuple(booked if one.id == existing.id else one for one in series.occurrences)
    uow.conferences.update_series(series, replace(series, occurrences=occurrences))
    changed = [Changed(existing, booked)]
    ids = record(uow, saving.caller, saving.client.request_id, saving.now, changed)
    return replace(booked, transaction_id=ids[booked.id])


def _neighbourhood(series: Series, wanted: Conference) -> list[Period]:
    """The wanted occurrence between those before and after it, which are not to blame for each other."""
    dates = [wanted if one.id == wanted.id else one for one in series.occurrences]
    dates = [one for one in dates if not one.is_deleted]
    place = dates.index(wanted)
    return [one.period for one in dates[max(place - 1, 0) : place + 2]]


def _find(uow: UnitOfWork, saving: Saving) -> Conference:
    request = saving.request
    if request.id is not None and request.id > 0:
        return locked(uow, request.id)
    if request.external_primary_key:
        return occurrence_by_external_key(
            uow,
            request.external_source_id or "",
            request.external_primary_key,
            request.recurrence_id,
            saving.now,
        )
    raise ConferenceNotFound(
        "There is no ConferenceId: give that of the occurrence, or its external key with "
        "RecurrenceInstanceIdUTC."
    )
