"""The dates of a series: the pattern's, with what overrides change. Pure.

Source: TMSBA guide, RecurrencePattern (Exceptions) and Error Codes (UNSUPPORTED_RECURRENCE).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from tmsba.domain.conference.request import ConferenceRequest, Override, OverrideKind
from tmsba.domain.conference.rules import new_period
from tmsba.domain.errors import OccurrenceNotFound, UnsupportedRecurrence
from tmsba.domain.time.occurrences import check_apart
from tmsba.domain.time.time_zone import ZoneRules
from tmsba.domain.time.times import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesDate:
    """One date of a series, before it is booked."""

    #: The start by the pattern; an added date's own start.
    recurrence_id: datetime
    period: Period
    #: What an override says besides the time; ``None`` for what the series says.
    request: ConferenceRequest | None = None
    is_deleted: bool = False

    @property
    def is_exception(self) -> bool:
        """Whether an override made it differ from the series."""
        return self.is_deleted or self.request is not None


def dates_of(periods: Iterable[Period]) -> list[SeriesDate]:
    """The dates of a pattern, without overrides."""
    return [SeriesDate(recurrence_id=period.start, period=period) for period in periods]


def merge(
    dates: Sequence[SeriesDate], overrides: Iterable[Override], *, added: Collection[datetime] = ()
) -> list[SeriesDate]:
    """Apply overrides to the dates of a pattern, in their order; the result is sorted by recurrence id.

    Args:
        dates: those of the pattern.
        overrides: what the request says about single dates.
        added: the recurrence ids of stored dates that the pattern does not give. One that has been moved
            since keeps its id.

    Raises:
        OccurrenceNotFound: an override names a date that the series does not have.
        UnsupportedRecurrence: an override does not say what to do.
    """
    merged = {entry.recurrence_id: entry for entry in dates}
    for override in overrides:
        if override.kind is OverrideKind.ADD:
            extra = _added(override, added)
            merged[extra.recurrence_id] = extra
            continue
        key = find_date(merged, override.recurrence_id)
        merged[key] = _changed(merged[key], override)
    return [merged[key] for key in sorted(merged)]


def find_date(recurrence_ids: Iterable[datetime], wanted: datetime | None) -> datetime:
    """The recurrence id that a client means: the exact one, else the one on the same UTC day.

    Raises:
        OccurrenceNotFound: there is none.
    """
    ids = list(recurrence_ids)
    if wanted is not None:
        if wanted in ids:
            return wanted
        of_day = [candidate for candidate in ids if candidate.date() == wanted.date()]
        if of_day:
            return of_day[0]
        raise OccurrenceNotFound(
            "No such occurrence: the series has none at {id}. Give the start that the pattern gives it.",
            id=wanted,
        )
    raise OccurrenceNotFound("No such occurrence: give the start that the pattern gives it.")


def _added(override: Override, stored: Collection[datetime]) -> SeriesDate:
    request = override.request
    if request is None or request.start is None:
        raise UnsupportedRecurrence(
            "An exception of type ADD needs ModifiedData with StartTimeUTC and EndTimeUTC."
        )
    period = new_period(request.start, request.end)
    is_known = override.recurrence_id is not None and override.recurrence_id in stored
    key = override.recurrence_id if is_known and override.recurrence_id else period.start
    return SeriesDate(recurrence_id=key, period=period, request=request)


def _changed(entry: SeriesDate, override: Override) -> SeriesDate:
    if override.kind is OverrideKind.DELETE:
        return replace(entry, is_deleted=True)
    request = override.request
    if request is None:
        raise UnsupportedRecurrence(
            "The exception for {id} of type MODIFY has no ModifiedData: say there what to change.",
            id=entry.recurrence_id,
        )
    start, end = request.start or entry.period.start, request.end or entry.period.end
    # One that was ended in its first second stays as it is.
    is_kept = (start, end) == (entry.period.start, entry.period.end)
    period = entry.period if is_kept else new_period(start, end)
    return replace(entry, period=period, request=request, is_deleted=False)


def check_order(periods: Sequence[Period], rules: ZoneRules) -> None:
    """Whether dates, in the order of their recurrence ids, can stand in one series.

    Raises:
        UnsupportedRecurrence: they have changed places, share a local day, or overlap.
    """
    for earlier, later in pairwise(periods):
        if later.start < earlier.start:
            raise UnsupportedRecurrence(
                "An occurrence cannot start later than the next one: the one moved to {start} would come "
                "after that of {next}.",
                start=earlier.start,
                next=later.start,
            )
    check_apart(periods, rules)
