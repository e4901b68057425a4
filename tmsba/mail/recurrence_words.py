"""How a series repeats, in words."""

from collections.abc import Iterable, Sequence

from tmsba.domain.time.recurrence import DayOfWeek, Frequency, RecurrencePattern, SeriesEnd
from tmsba.mail.local_times import LocalTimes
from tmsba.mail.words import Words

_UNITS = {
    Frequency.DAILY: "day",
    Frequency.WEEKLY: "week",
    Frequency.MONTHLY: "month",
    Frequency.YEARLY: "year",
    Frequency.HOURLY: "hour",
    Frequency.MINUTELY: "minute",
    Frequency.SECONDLY: "second",
}
_WEEKEND = frozenset({DayOfWeek.SATURDAY, DayOfWeek.SUNDAY})
_GROUPS = {
    frozenset(DayOfWeek): "group_days",
    frozenset(DayOfWeek) - _WEEKEND: "group_weekdays",
    _WEEKEND: "group_weekend",
}
#: Every month has so many days; a later one may be missing.
_DAYS_OF_EACH_MONTH = 28


def pattern_words(pattern: RecurrencePattern, start_day: DayOfWeek, times: LocalTimes) -> str:
    """A pattern such as ``Every 2 weeks on Monday and Friday, until Friday, 20 March 2026``.

    Args:
        pattern: with local days.
        start_day: the local weekday of the start, which a weekly series without days repeats on.
        times: the zone and language.
    """
    words = times.words
    every = _every(pattern, words)
    if pattern.frequency is Frequency.WEEKLY:
        days = pattern.days_of_week or (start_day,)
        every = words.say("on_days", every=every, days=words.listed(_names(pattern, days, words)))
    elif pattern.frequency is Frequency.MONTHLY:
        every = (
            _on_position(pattern, every, words) if pattern.set_position else _on_day(pattern, every, words)
        )
    end = _end(pattern, times)
    return words.say("with_end", pattern=every, end=end) if end else every


def _every(pattern: RecurrencePattern, words: Words) -> str:
    frequency, step = pattern.frequency, pattern.step
    if frequency is Frequency.DAILY_WEEKDAY:
        return words.say("weekdays") if step == 1 else words.say("weekdays_n", count=step)
    unit = _UNITS[frequency or Frequency.DAILY]
    interval = words.unit(step, unit)
    if frequency not in (Frequency.DAILY, Frequency.WEEKLY, Frequency.MONTHLY):
        return words.say("other_interval", interval=interval)
    key = {Frequency.DAILY: "daily", Frequency.WEEKLY: "weekly", Frequency.MONTHLY: "monthly"}[frequency]
    return words.say(key) if step == 1 else words.say(f"{key}_n", interval=interval)


def _on_day(pattern: RecurrencePattern, every: str, words: Words) -> str:
    if not pattern.month_day:
        return every
    text = words.say("on_month_day", every=every, day=pattern.month_day)
    return words.say("or_last_day", pattern=text) if pattern.month_day > _DAYS_OF_EACH_MONTH else text


def _on_position(pattern: RecurrencePattern, every: str, words: Words) -> str:
    position, days = _position(pattern.set_position, words), pattern.days_of_week
    group = _GROUPS.get(frozenset(days))
    if group:
        return words.say("on_position_group", every=every, position=position, group=words.say(group))
    if len(set(days)) == 1:
        return words.say("on_position_day", every=every, position=position, day=words.weekday(days[0]))
    listed = words.listed(_names(pattern, days, words))
    return words.say("on_position_days", every=every, position=position, days=listed)


def _position(position: int, words: Words) -> str:
    if position == -1:
        return words.say("last")
    ordinal = words.ordinal(abs(position))
    return ordinal if position > 0 else words.say("from_end", ordinal=ordinal)


def _names(pattern: RecurrencePattern, days: Sequence[DayOfWeek], words: Words) -> Iterable[str]:
    """The names of the days in the order of the week."""
    first = pattern.first_day_of_week
    return [words.weekday(day) for day in sorted(set(days), key=lambda day: (day - first) % 7)]


def _end(pattern: RecurrencePattern, times: LocalTimes) -> str:
    words = times.words
    if pattern.end_type is SeriesEnd.NEVER:
        return words.say("endless")
    if pattern.is_ended_by_count:
        return words.say("times", count=pattern.occurrences)
    last = times.last_day(pattern)
    return words.say("until", date=words.date(last)) if last else ""
