"""Time zones as rules, the way clients send them with a booking.

A *wall time* is what the clocks of the zone show: a naive datetime. Instants are aware and in UTC. Offsets
are minutes east of UTC.

Source: TMSBA guide, ConferenceTimeZoneRules.
"""

from bisect import bisect_right
from calendar import monthrange
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta
from functools import lru_cache

from tmsba.domain.time.times import check_aware

#: The ValidFrom of a rule that has always held, as .NET clients write it: year 1.
ALWAYS = datetime.combine(date.min, time.min)
LAST_WEEK = 5
_LATEST = datetime.combine(date.max, time(23, 59, 59))
# More than any offset (14 hours) and any change of offset (28 hours) can move a time.
_REACH = timedelta(hours=48)


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsoluteDay:
    """The same date every year. Source: TMSBA guide, TimeChangeAbsoluteRule."""

    #: 1 to 12.
    month: int
    #: 1 to 31; in a month that is shorter, its last day.
    day: int

    def in_year(self, year: int) -> date:
        """The date in a year."""
        return date(year, self.month, min(self.day, monthrange(year, self.month)[1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class RelativeDay:
    """A weekday of a week of a month. Source: TMSBA guide, TimeChangeRelativeRule."""

    #: 1 to 12.
    month: int
    #: 0 (Sunday) to 6 (Saturday).
    weekday: int = 0
    #: 1 to 5: the first to the fourth of these weekdays in the month, or the last one.
    week: int = LAST_WEEK

    def in_year(self, year: int) -> date:
        """The date in a year."""
        first = date(year, self.month, 1)
        day = 1 + (self.weekday - first.isoweekday()) % 7 + 7 * (self.week - 1)
        last = monthrange(year, self.month)[1]
        return first.replace(day=day if day <= last else day - 7)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeChange:
    """When the clocks change each year, on one day of the two kinds. Source: TMSBA guide, TimeChange."""

    #: Seconds from midnight to the change, by the wall time just before it: 0 to 86399.
    second_of_day: int
    absolute: AbsoluteDay | None = None
    relative: RelativeDay | None = None

    def in_year(self, year: int) -> datetime:
        """The wall time just before the change.

        Raises:
            ValueError: neither kind of day is given.
        """
        day = self.absolute or self.relative
        if day is None:
            raise ValueError("a time change needs a day")
        return datetime.combine(day.in_year(year), time.min) + timedelta(seconds=self.second_of_day)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeZoneRule:
    """The offset of a zone and its clock changes from a moment on. Source: TMSBA guide, TimeZoneRule."""

    #: From when it holds: a wall time in this rule's standard time.
    valid_from: datetime = ALWAYS
    #: The name of the zone, such as ``W. Europe Standard Time``.
    id: str = ""
    display_name: str = ""
    #: Minutes east of UTC in standard time.
    base_offset_minutes: int
    #: Minutes on top of that in daylight saving time; 0 where the clocks never change.
    daylight_offset_minutes: int = 0
    #: Into daylight saving time.
    daylight: TimeChange | None = None
    #: Back to standard time.
    standard: TimeChange | None = None

    @property
    def start(self) -> datetime:
        """The instant from which the rule holds."""
        return _shifted(self.valid_from, -self.base).replace(tzinfo=UTC)

    @property
    def base(self) -> timedelta:
        """The offset in standard time."""
        return timedelta(minutes=self.base_offset_minutes)

    @property
    def summer(self) -> timedelta:
        """The offset in daylight saving time."""
        return self.base + timedelta(minutes=self.daylight_offset_minutes)

    def offset_at(self, moment: datetime) -> timedelta:
        """The offset at an instant, taking the rule to hold for ever.

        The last change up to the instant decides, also when it lies in the year before: the summer of the
        southern half of the world begins in one year and ends in the next.
        """
        changes = _changes(self, _shifted(moment.replace(tzinfo=None), self.base).year)
        passed = bisect_right(changes, moment, key=lambda change: change[0])
        return changes[passed - 1][1] if passed else self.base


def _shifted(moment: datetime, offset: timedelta) -> datetime:
    """A naive time moved, but not beyond the ends of the calendar."""
    try:
        return moment + offset
    except OverflowError:
        return ALWAYS if offset < timedelta() else _LATEST


@lru_cache(maxsize=4096)
def _changes(rule: TimeZoneRule, year: int) -> tuple[tuple[datetime, timedelta], ...]:
    """The changes of a year and its neighbours in order: each instant with the offset from then on."""
    if not (rule.daylight_offset_minutes and rule.daylight and rule.standard):
        return ()
    changes = []
    for near in range(max(year - 1, MINYEAR), min(year + 1, MAXYEAR) + 1):
        begin = _shifted(rule.daylight.in_year(near), -rule.base)
        finish = _shifted(rule.standard.in_year(near), -rule.summer)
        changes += [(begin.replace(tzinfo=UTC), rule.summer), (finish.replace(tzinfo=UTC), rule.base)]
    return tuple(sorted(changes))


@dataclass(frozen=True, slots=True)
class ZoneRules:
    """A time zone: rules in the order of time, each holding until the next one begins.

    Before the first one begins it holds too. Rules that a client sends go through
    ``zone_checks.check_rules`` first.
    """

    rules: tuple[TimeZoneRule, ...]

    def __post_init__(self) -> None:
        if not self.rules:
            raise ValueError("a zone has at least one rule")

    @property
    def id(self) -> str:
        """The name of the zone."""
        return self.rules[-1].id

    @property
    def display_name(self) -> str:
        """The zone for people to read."""
        return self.rules[-1].display_name

    def offset_at(self, moment: datetime) -> timedelta:
        """The offset from UTC at an instant.

        Raises:
            ValueError: the instant says nothing about its zone.
        """
        utc = check_aware(moment)
        return self.rules[self._index(utc)].offset_at(utc)

    def to_local(self, moment: datetime) -> datetime:
        """The wall time at an instant, naive.

        Raises:
            ValueError: the instant says nothing about its zone.
        """
        utc = check_aware(moment)
        return _shifted(utc.replace(tzinfo=None), self.offset_at(utc))

    def to_utc(self, local: datetime) -> datetime:
        """The instant of a naive wall time.

        A wall time that comes twice, when the clocks go back, is its first instant. One that never comes,
        because the clocks jump over it, is moved ahead by what they jump: 02:30 becomes 03:30. So no
        meeting is lost, and none is moved to before the change.

        Raises:
            ValueError: the time has a zone.
        """
        if local.tzinfo is not None:
            raise ValueError(f"{local.isoformat()} has a time zone; wall times have none")
        offsets = self._offsets_near(local)
        if len(offsets) == 1:
            [offset] = offsets
            return _shifted(local, -offset).replace(tzinfo=UTC)
        seen = {offset: self.offset_at(_shifted(local, -offset).replace(tzinfo=UTC)) for offset in offsets}
        right = [offset for offset, seen_there in seen.items() if seen_there == offset]
        # The larger offset is the earlier instant; in a gap the smaller one is that before the change.
        offset = max(right) if right else min(seen.values())
        return _shifted(local, -offset).replace(tzinfo=UTC)

    def _index(self, utc: datetime) -> int:
        if len(self.rules) == 1:
            return 0
        return max(bisect_right(self.rules, utc, key=lambda rule: rule.start) - 1, 0)

    def _offsets_near(self, local: datetime) -> set[timedelta]:
        rules = self.rules
        if len(rules) > 1:
            first = self._index(_shifted(local, -_REACH).replace(tzinfo=UTC))
            last = self._index(_shifted(local, _REACH).replace(tzinfo=UTC))
            rules = rules[first : last + 1]
        return {offset for rule in rules for offset in (rule.base, rule.summer)}
