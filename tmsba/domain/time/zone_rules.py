"""The rules of time zones by name, worked out from tzdata.

tzdata lists the moments at which an offset changes; clients want yearly rules. Years whose changes one rule
describes share it; a year that fits no such rule gets rules of its own with dates.

Source: TMSBA guide, GetTimeZoneRulesById.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache, reduce
from operator import and_
from zoneinfo import ZoneInfo

from tmsba.domain.errors import InvalidTimeZone
from tmsba.domain.time.time_zone import ALWAYS, AbsoluteDay, RelativeDay, TimeChange, TimeZoneRule, ZoneRules
from tmsba.domain.time.windows_zones import PLACES
from tmsba.domain.time.zone_names import official_name, zone

# Two changes that cancel each other lie further apart than this.
_STEP = timedelta(days=7)
_SECOND = timedelta(seconds=1)
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_LAST_SECOND = 24 * 60 * 60 - 1


@dataclass(frozen=True, slots=True)
class _Change:
    """A moment at which the offset changes."""

    #: By the clock just before, naive.
    wall: datetime
    before: timedelta
    after: timedelta

    @property
    def is_forward(self) -> bool:
        return self.after > self.before

    def descriptions(self) -> frozenset[TimeChange]:
        """All yearly rules that this change fits."""
        day = self.wall.date()
        weekday, week = day.isoweekday() % 7, (day.day - 1) // 7 + 1
        weeks = {week} if week < 5 else set()
        if (day + 7 * _DAY).month != day.month:
            weeks.add(5)
        found: list[AbsoluteDay | RelativeDay] = [AbsoluteDay(month=day.month, day=day.day)]
        found += [RelativeDay(month=day.month, weekday=weekday, week=week) for week in weeks]
        return frozenset(_at(self.wall, day) for day in found)


@dataclass(frozen=True, slots=True)
class _Span:
    """A part of a year that one rule can describe: with no change, with one, or with one and back."""

    start: date
    offset: timedelta
    changes: tuple[_Change, ...] = ()


@lru_cache(maxsize=1024)
def rules_for_zone(name: str, first_year: int, last_year: int) -> ZoneRules:
    """The rules of a zone for some years, the first one valid from year 1 and the last one without end.

    Right for every moment of these years, but for a change for good at the very turn of a year, which may
    come an hour early or late. Ask for ten years or so: a single year shows dates, not the weekdays behind
    them.

    Args:
        name: A Windows or IANA name in any letter case, such as ``W. Europe Standard Time``.
        first_year: The first year that has to be right.
        last_year: The last one.

    Raises:
        InvalidTimeZone: no zone has this name.
    """
    try:
        known = official_name(name)
    except ValueError as error:
        raise InvalidTimeZone(
            "There is no time zone '{name}': give a Windows name such as 'W. Europe Standard Time' or an "
            "IANA name such as 'Europe/Oslo'.",
            name=name[:100],
        ) from error
    spans = list(_spans(zone(known), first_year, last_year))
    rules = [_rule(run) for run in _runs(spans)]
    rules[0] = replace(rules[0], valid_from=ALWAYS)
    shown = display_name(known, rules[0].base)
    return ZoneRules(tuple(replace(rule, id=known, display_name=shown) for rule in rules))


def display_name(name: str, base: timedelta) -> str:
    """A zone for people to read, with its offset in standard time.

    Zones with a Windows name are shown as Windows does, ``(UTC+01:00) Amsterdam, Berlin, ...``, the others
    by their own names: ``(UTC+01:00) Europe/Oslo``.
    """
    places = PLACES.get(name, name)
    if name == "UTC":
        return f"(UTC) {places}"
    sign = "-" if base < timedelta() else "+"
    hours, minutes = divmod(abs(base) // _MINUTE, 60)
    return f"(UTC{sign}{hours:02}:{minutes:02}) {places}"


def _changes(info: ZoneInfo, first_year: int, last_year: int) -> Iterator[_Change]:
    """The changes of these years, in order."""
    moment = datetime(first_year, 1, 1, tzinfo=UTC) - _STEP
    end = datetime(last_year, 12, 31, tzinfo=UTC) + _STEP
    before = _offset(info, moment)
    while moment < end:
        after = _offset(info, moment + _STEP)
        if after != before:
            change = _bisected(info, moment, before)
            if first_year <= change.wall.year <= last_year:
                yield change
        moment, before = moment + _STEP, after


def _bisected(info: ZoneInfo, low: datetime, before: timedelta) -> _Change:
    """The change within a step, to the second."""
    high = low + _STEP
    while high - low > _SECOND:
        middle = low + (high - low) // _SECOND // 2 * _SECOND
        if _offset(info, middle) == before:
            low = middle
        else:
            high = middle
    return _Change(high.replace(tzinfo=None) + before, before, _offset(info, high))


def _offset(info: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(info).utcoffset() or timedelta()


def _spans(info: ZoneInfo, first_year: int, last_year: int) -> Iterator[_Span]:
    """The years in order, some of them in parts."""
    changes = list(_changes(info, first_year, last_year))
    offset = changes[0].before if changes else _offset(info, datetime(first_year, 1, 1, tzinfo=UTC))
    for year in range(first_year, last_year + 1):
        of_year = [change for change in changes if change.wall.year == year]
        yield from _spans_of_year(date(year, 1, 1), of_year, offset)
        offset = of_year[-1].after if of_year else offset


def _spans_of_year(start: date, changes: Sequence[_Change], offset: timedelta) -> Iterator[_Span]:
    rest = list(changes)
    if not rest:
        yield _Span(start, offset)
    while rest:
        is_pair = len(rest) > 1 and rest[1].after == rest[0].before
        taken, rest = rest[: 1 + is_pair], rest[1 + is_pair :]
        yield _Span(start, taken[0].before, tuple(taken))
        if rest:
            earlier, later = taken[-1].wall.date(), rest[0].wall.date()
            start = earlier + (later - earlier + _DAY) // 2
        elif not is_pair and _is_early(taken[0]):
            # The way back that has to be made up lies in October.
            yield _Span(date(start.year, 9, 1), taken[0].after)


def _is_early(change: _Change) -> bool:
    return change.wall.month <= 6


def _runs(spans: Sequence[_Span]) -> Iterator[list[_Span]]:
    """Spans that share a rule, as long as possible."""
    run: list[_Span] = []
    for span in spans:
        if run and not _is_one_rule([*run, span]):
            yield run
            run = []
        run.append(span)
    yield run


def _is_one_rule(run: Sequence[_Span]) -> bool:
    first = run[0]
    if {(span.offset, len(span.changes)) for span in run} != {(first.offset, len(first.changes))}:
        return False
    return all(
        len({(change.before, change.after) for change in same}) == 1 and _common(same)
        for same in zip(*(span.changes for span in run), strict=True)
    )


def _common(changes: Sequence[_Change]) -> frozenset[TimeChange]:
    return reduce(and_, (change.descriptions() for change in changes))


def _rule(run: Sequence[_Span]) -> TimeZoneRule:
    """The rule of spans that share one; of a single year, by dates."""
    first = run[0]
    valid_from = datetime.combine(first.start, time.min)
    if not first.changes:
        return TimeZoneRule(valid_from=valid_from, base_offset_minutes=first.offset // _MINUTE)
    change = first.changes[0]
    there = _best(_common([span.changes[0] for span in run]), is_single=len(run) == 1)
    back = (
        _best(_common([span.changes[1] for span in run]), is_single=len(run) == 1)
        if len(first.changes) == 2
        else _made_up_way_back(change)
    )
    base = min(change.before, change.after)
    return TimeZoneRule(
        valid_from=valid_from,
        base_offset_minutes=base // _MINUTE,
        daylight_offset_minutes=abs(change.after - change.before) // _MINUTE,
        daylight=there if change.is_forward else back,
        standard=back if change.is_forward else there,
    )


def _made_up_way_back(change: _Change) -> TimeChange:
    """A rule has changes both ways: the second one of a change for good lies where the rule does not hold.

    A change in the second half of the year is taken back with the turn of the year, by standard time.
    """
    if _is_early(change):
        return TimeChange(second_of_day=0, absolute=AbsoluteDay(month=10, day=1))
    second = min((change.after - change.before) // _SECOND, _LAST_SECOND) if change.is_forward else 0
    return TimeChange(second_of_day=second, absolute=AbsoluteDay(month=1, day=1))


def _best(descriptions: frozenset[TimeChange], *, is_single: bool) -> TimeChange:
    """The likeliest meaning: a last weekday, a numbered one, a date; of a single year nobody can tell."""

    def rank(change: TimeChange) -> int:
        if change.relative is None:
            return 100 if is_single else 0
        return change.relative.week

    return max(descriptions, key=rank)


def _at(wall: datetime, day: AbsoluteDay | RelativeDay) -> TimeChange:
    second = (wall.hour * 60 + wall.minute) * 60 + wall.second
    if isinstance(day, AbsoluteDay):
        return TimeChange(second_of_day=second, absolute=day)
    return TimeChange(second_of_day=second, relative=day)
