"""What a save of a series asks for, before anything is compared with what is stored or reserved.

Source: TMSBA guide, RecurrencePattern and ConferenceTimeZoneRules.
"""

from dataclasses import dataclass, fields, replace
from datetime import datetime

from tmsba.booking.request.intent import (
    Saving,
    refined_details,
    requested_participants,
    said_details,
    wanted_details,
    wanted_owner,
    wanted_participants,
)
from tmsba.booking.request.patterns import wanted_pattern
from tmsba.booking.request.time_zones import conference_rules
from tmsba.booking.request.webex import check_knows_exceptions, wish_of_date
from tmsba.domain.conference.conference import Conference, SeriesPlace
from tmsba.domain.conference.details import Details, Participant
from tmsba.domain.conference.request import ConferenceRequest
from tmsba.domain.conference.series import Series
from tmsba.domain.conference.series_dates import SeriesDate, check_order, dates_of, merge
from tmsba.domain.conference.unseen import with_own
from tmsba.domain.conference.webex import WebExWish
from tmsba.domain.conference.webex_changes import (
    as_stored,
    completed,
    state_of_date,
    with_series_webex,
    with_warnings,
)
from tmsba.domain.time.occurrences import expand
from tmsba.domain.time.recurrence import RecurrencePattern
from tmsba.domain.time.times import Period
from tmsba.domain.values import StoredState
from tmsba.ports.work import UnitOfWork

#: What one date of a series cannot have for itself.
ONLY_FOR_SERIES = frozenset({"external_source_id", "external_primary_key", "zone_rules"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """What the occurrences of a series have in common, as the request wants it."""

    owner_id: int
    created_by_id: int
    pattern: RecurrencePattern
    #: The first date by the pattern.
    first: Period
    details: Details
    participants: tuple[Participant, ...]


def common_of(
    uow: UnitOfWork, saving: Saving, series: Series | None, single: Conference | None, first: Period
) -> Common:
    """Merge the request with what is stored, or with the defaults.

    Args:
        uow: the unit of work.
        saving: the save.
        series: what is stored, for a series that is saved again.
        single: the single conference that becomes a series.
        first: the first date by the pattern.

    Raises:
        TmsbaError: owner, details or zone rules do not fit.
    """
    before = series or single
    owner_id = wanted_owner(uow, saving, before.owner_id if before else None)
    details = wanted_details(uow, saving, before.details if before else None, owner_id, first.start)
    rules = conference_rules(uow, saving, details, owner_id)
    pattern = wanted_pattern(saving, series, first.start, rules)
    participants = wanted_participants(saving, before)
    common = Common(
        owner_id=owner_id,
        created_by_id=before.created_by_id if before else saving.caller.user.id,
        pattern=pattern,
        first=first,
        details=with_warnings(replace(details, zone_rules=rules), participants),
        participants=participants,
    )
    return _as_stored(common, series, saving.request.webex) if series else common


def _as_stored(common: Common, series: Series, wish: WebExWish | None) -> Common:
    """With the warnings about WebEx that the series had, when a save asks for nothing new."""
    webex, wanted = series.details.webex, common.details.webex
    if webex is None or not webex.is_same_as(wanted) or completed(wish, series.details):
        return common
    kept = replace(common, details=replace(common.details, webex=webex))
    now = (kept.owner_id, kept.pattern, kept.first, kept.participants, kept.details)
    stored = (series.owner_id, series.pattern, series.first_period, series.participants, series.details)
    return kept if now == stored else common


def dates_with_overrides(saving: Saving, common: Common) -> list[SeriesDate]:
    """The dates of a pattern with the request's overrides."""
    rules = common.details.rules
    dates = dates_of(expand(common.pattern, common.first, rules))
    if not saving.request.overrides:
        return dates
    merged = merge(dates, saving.request.overrides)
    check_order([entry.period for entry in merged if not entry.is_deleted], rules)
    return merged


def draft(
    saving: Saving,
    common: Common,
    entry: SeriesDate,
    *,
    existing: Conference | None,
    version: int,
    before: Details | None = None,
) -> Conference:
    """A date as a conference, before anything is reserved.

    Args:
        saving: the save.
        common: what the dates have in common.
        entry: the date.
        existing: what is stored of it.
        version: the new version of the series.
        before: what the series has so far.

    Raises:
        UnknownError: what the date says for itself cannot be stored.
        WebExError: the date cannot have WebEx of its own.
    """
    details, participants = common.details, common.participants
    if entry.request:
        details = _details_of_date(saving, common, entry.request, existing, before)
        if entry.request.participants is not None:
            shown = existing.participants if existing else participants
            participants = requested_participants(entry.request, shown)
        details = with_warnings(details, participants)
    wanted = Conference(
        id=existing.id if existing else 0,
        owner_id=common.owner_id,
        created_by_id=common.created_by_id,
        period=entry.period,
        details=details,
        participants=participants,
        version=version,
        state=StoredState.DELETED if entry.is_deleted else StoredState.BOOKED,
        route=existing.route if existing else None,
        transaction_id=existing.transaction_id if existing else None,
        series=SeriesPlace(
            series_id=existing.series.series_id if existing and existing.series else 0,
            recurrence_id=entry.recurrence_id,
            is_exception=entry.is_exception,
        ),
    )
    if existing:
        wanted = as_stored(wanted, existing, entry.request.webex if entry.request else None)
    if entry.request and not _is_known_exception(wanted, common.details, existing, before):
        check_knows_exceptions(saving.client, common.details, details)
    return wanted


def _details_of_date(
    saving: Saving,
    common: Common,
    request: ConferenceRequest,
    existing: Conference | None,
    before: Details | None,
) -> Details:
    """What a date says for itself, over what it has for itself and the client leaves open."""
    details, shown = common.details, existing.details if existing else before
    if existing and before and existing.is_exception:
        own = with_series_webex(existing.details, before, details)
        # What is not said stays: SOAP clients of some makes leave out what is blank.
        unsaid = {one.name for one in fields(Details) if getattr(request, one.name) is None}
        kept = (request.kept | unsaid) - ONLY_FOR_SERIES - {"webex"}
        details = replace(with_own(kept, own, before, details), webex=own.webex)
        details = replace(details, data_conference=own.data_conference)
    said = said_details(saving.client, request, details)
    said = {name: value for name, value in said.items() if name not in ONLY_FOR_SERIES}
    wish = completed(request.webex, shown) if shown else request.webex
    if wish is None:
        said.pop("data_conference", None)
    said["webex"] = wish_of_date(wish, details, common.details)
    return refined_details(saving.settings, details, said)


def _is_known_exception(
    wanted: Conference, series: Details, existing: Conference | None, before: Details | None
) -> bool:
    """Whether a date differs from its series as it did before the save."""
    if existing is None or before is None or not existing.is_exception:
        return False
    own, old = wanted.details, existing.details
    return (
        wanted.period == existing.period
        and wanted.participants == existing.participants
        and replace(own, webex=None, data_conference=old.data_conference) == replace(old, webex=None)
        and state_of_date(own, series) == state_of_date(old, before)
    )


def recurrence_id(occurrence: Conference) -> datetime:
    """The start that the pattern gives an occurrence."""
    return occurrence.series.recurrence_id if occurrence.series else occurrence.period.start
