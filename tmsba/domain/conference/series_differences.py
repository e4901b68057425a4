"""How the dates of a stored series differ from those that its present pattern gives. Pure.

The pattern says what the dates are. A date that does not take place, takes place otherwise, or was added is a
difference. What a move replaced, and what was over before the series was moved past it, is history: it is
none of the pattern's dates, and no difference.

Source: TMSBA guide, RecurrencePattern (Exceptions) and Ongoing Meetings.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.request import OverrideKind
from tmsba.domain.conference.series import Series
from tmsba.domain.time.occurrences import expand
from tmsba.domain.time.time_zone import ZoneRules
from tmsba.domain.time.times import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One date that is otherwise than the pattern says."""

    kind: OverrideKind
    #: The start by the pattern; of an added date the one it was added with.
    recurrence_id: datetime
    #: What takes place; ``None`` for a date that does not.
    occurrence: Conference | None = None


def pattern_dates(series: Series) -> tuple[Period, ...]:
    """The dates that the present pattern gives, whatever has become of them."""
    return expand(series.pattern, series.first_period, series.details.rules)


def first_recurrence_id(series: Series) -> datetime:
    """The start of the first occurrence by the present pattern.

    Source: TMSBA guide, FirstOccurrenceRecInstanceIdUTC.
    """
    return pattern_dates(series)[0].start


def differences(series: Series, now: datetime) -> list[Difference]:
    """What differs from the present pattern, in the order of the recurrence ids.

    Args:
        series: as stored.
        now: the present, aware.
    """
    starts = [period.start for period in pattern_dates(series)]
    living, given = living_by_id(series), set(starts)
    strangers = {key: one for key, one in living.items() if key not in given}
    over = (one for one in strangers.values() if one.period.end <= now)
    by_day = _by_local_day(over, series.details.rules)
    found = []
    for start in starts:
        one = living.get(start) or by_day.get(series.details.rules.to_local(start).date())
        if one is None:
            found.append(Difference(kind=OverrideKind.DELETE, recurrence_id=start))
        elif start not in living or one.is_exception:
            found.append(Difference(kind=OverrideKind.MODIFY, recurrence_id=start, occurrence=one))
    told = {id(one.occurrence) for one in found}
    found += [
        Difference(kind=OverrideKind.ADD, recurrence_id=key, occurrence=one)
        for key, one in added_dates(strangers, starts[0], now).items()
        if id(one) not in told
    ]
    return sorted(found, key=lambda one: one.recurrence_id)


def added_dates(
    strangers: Mapping[datetime, Conference], first: datetime, now: datetime
) -> dict[datetime, Conference]:
    """Those that a client has added, of the living dates that the pattern does not give.

    Args:
        strangers: the living dates that the pattern does not give, by their recurrence ids.
        first: the pattern's first date; what was over before it belongs to an earlier pattern.
        now: the present, aware.
    """
    return {
        key: one
        for key, one in strangers.items()
        if one.is_exception and (one.period.end > now or key >= first)
    }


def living_by_id(series: Series) -> dict[datetime, Conference]:
    """The occurrences that are not deleted, by the start that a pattern gave them."""
    return {one.series.recurrence_id: one for one in series.living if one.series}


def over_days(series: Series, now: datetime) -> frozenset[date]:
    """The local days of the pattern's dates that are over, also of those that have left the series.

    A day that had its meeting gets no second one when the series is moved later on it.
    """
    rules = series.details.rules
    over = [one.series.recurrence_id for one in series.living if one.series and one.period.end <= now]
    over += [one.recurrence_id for one in series.detached if one.period.end <= now]
    return frozenset(rules.to_local(key).date() for key in over)


def _by_local_day(occurrences: Iterable[Conference], rules: ZoneRules) -> dict[date, Conference]:
    return {
        rules.to_local(one.series.recurrence_id).date(): one for one in occurrences if one.series is not None
    }
