"""Who has to leave a bridge that takes fewer participants than are booked on it: a pure decision. ADR 22."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tmsba.domain.time.times import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A conference that holds a number of a bridge."""

    conference_id: int
    #: The series that it is a date of.
    series_id: int | None = None
    period: Period
    participants: int


def who_leaves(holds: Iterable[Hold], limit: int, now: datetime) -> list[Hold]:
    """The conferences to come that have to leave, so that the others fit; by start, then id.

    What goes on stays. Of the others those that were booked first stay as long as there is room for them.

    Args:
        holds: of one bridge, those that are not over.
        limit: how many participants the bridge takes at the same time.
        now: the present, aware.
    """
    kept = _Kept()
    to_come = []
    for hold in holds:
        if hold.period.start <= now:
            kept.add(hold)
        else:
            to_come.append(hold)
    leaving = []
    for hold in sorted(to_come, key=lambda one: one.conference_id):
        if not hold.participants or kept.most(hold.period) + hold.participants <= limit:
            kept.add(hold)
        else:
            leaving.append(hold)
    return sorted(leaving, key=lambda one: (one.period.start, one.conference_id))


class _Kept:
    """Those that stay, by the days that they touch, so that few have to be looked at for each."""

    def __init__(self) -> None:
        self._by_day: dict[date, list[Hold]] = defaultdict(list)

    def add(self, hold: Hold) -> None:
        for day in days_of(hold.period):
            self._by_day[day].append(hold)

    def most(self, period: Period) -> int:
        """Their participants at the busiest moment of a period."""
        near = {one.conference_id: one for day in days_of(period) for one in self._by_day[day]}
        return most_at_once([one for one in near.values() if one.period.overlaps(period)], period)


def days_of(period: Period) -> Iterator[date]:
    """The days in UTC that a period touches."""
    day, last = period.start.date(), period.end.date()
    while day <= last:
        yield day
        day += timedelta(days=1)


def most_at_once(holds: Sequence[Hold], period: Period) -> int:
    """The participants at the busiest moment of a period; only when somebody comes can there be more."""
    moments = {max(one.period.start, period.start) for one in holds}
    return max(
        (sum(one.participants for one in holds if one.period.contains(moment)) for moment in moments),
        default=0,
    )
