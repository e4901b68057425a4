"""The patterns of series, and which of them can be booked. ``occurrences`` turns them into dates.

Source: TMSBA guide, RecurrencePattern, Booking Horizon and Recurrence, Unused Values.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, IntEnum

from tmsba.domain.errors import EndlessRecurrence, UnsupportedRecurrence

#: The most occurrences that a series can have.
MOST_OCCURRENCES = 100


class DayOfWeek(IntEnum):
    """A day of the week, counted as the contract does."""

    SUNDAY = 0
    MONDAY = 1
    TUESDAY = 2
    WEDNESDAY = 3
    THURSDAY = 4
    FRIDAY = 5
    SATURDAY = 6


class Frequency(Enum):
    """What a series counts. The last four are in the contract, but not supported."""

    DAILY = "Daily"
    DAILY_WEEKDAY = "DailyWeekday"
    WEEKLY = "Weekly"
    MONTHLY = "Monthly"
    YEARLY = "Yearly"
    HOURLY = "Hourly"
    MINUTELY = "Minutely"
    SECONDLY = "Secondly"


class SeriesEnd(Enum):
    """What ends a series. ``NEVER`` is in the contract, but not supported."""

    BY_DATE = "by-date"
    BY_COUNT = "by-count"
    NEVER = "never"


_SUPPORTED = (Frequency.DAILY, Frequency.DAILY_WEEKDAY, Frequency.WEEKLY, Frequency.MONTHLY)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurrencePattern:
    """How a series repeats. What its frequency does not use is ignored."""

    #: ``None`` is the wire's ``Default``: a single meeting that is part of a series elsewhere.
    frequency: Frequency | None
    #: Every how many days, weekdays, weeks or months; 0 counts as 1.
    interval: int = 1
    #: Local days; see ``occurrences.local_days``. Weekly without any: the weekday of the start.
    days_of_week: tuple[DayOfWeek, ...] = ()
    #: Where weeks begin, for every second week and the like.
    first_day_of_week: DayOfWeek = DayOfWeek.SUNDAY
    #: Monthly: which one of the days in ``days_of_week``, -1 for the last; 0 where ``month_day`` is given.
    set_position: int = 0
    #: Monthly: 1 to 31, the last day in months that are shorter; 0 where ``set_position`` is given.
    month_day: int = 0
    #: ``None`` is the wire's ``Default``: by date.
    end_type: SeriesEnd | None = SeriesEnd.BY_DATE
    #: For an end by date: an instant that names the last day, which belongs to the series.
    end: datetime | None = None
    #: For an end by count.
    occurrences: int = 0

    @property
    def step(self) -> int:
        """The interval, at least 1."""
        return self.interval or 1

    @property
    def is_ended_by_count(self) -> bool:
        """Whether the series ends after a number of occurrences, else by a date."""
        return self.end_type is SeriesEnd.BY_COUNT


def check_pattern(pattern: RecurrencePattern) -> None:
    """Whether series of this pattern can be booked at all.

    Raises:
        EndlessRecurrence: it never ends.
        UnsupportedRecurrence: its frequency, its end or a number in it is not supported.
    """
    if pattern.frequency is None:
        return
    if pattern.frequency not in _SUPPORTED:
        raise UnsupportedRecurrence(
            "FrequencyType {frequency} is not supported: choose Daily, DailyWeekday, Weekly or Monthly.",
            frequency=pattern.frequency.value,
        )
    if pattern.interval < 0:
        raise UnsupportedRecurrence(
            "Interval is {interval}: give 1 or a larger number.", interval=pattern.interval
        )
    _check_end(pattern)
    if pattern.frequency is Frequency.MONTHLY:
        _check_monthly(pattern)


def _check_end(pattern: RecurrencePattern) -> None:
    if pattern.end_type is SeriesEnd.NEVER:
        raise EndlessRecurrence(
            "A series must have an end: set PatternEndType to EndByDate or EndByInstances."
        )
    if not pattern.is_ended_by_count:
        if pattern.end is None:
            raise UnsupportedRecurrence(
                "PatternEndDateUTC is missing: give the last day of the series, or set PatternEndType to "
                "EndByInstances."
            )
    elif not 1 <= pattern.occurrences <= MOST_OCCURRENCES:
        raise UnsupportedRecurrence(
            "PatternInstances is {count}: a series can have 1 to {most} occurrences.",
            count=pattern.occurrences,
            most=MOST_OCCURRENCES,
        )


def _check_monthly(pattern: RecurrencePattern) -> None:
    if bool(pattern.set_position) == bool(pattern.month_day):
        raise UnsupportedRecurrence(
            "A monthly series needs either BySetPosition or ByMonthDay: set one of them, and the other to 0."
        )
    if pattern.month_day:
        if not 1 <= pattern.month_day <= 31:
            raise UnsupportedRecurrence(
                "ByMonthDay is {day}: give a day from 1 to 31.", day=pattern.month_day
            )
        return
    days = len(set(pattern.days_of_week))
    if not days:
        raise UnsupportedRecurrence("BySetPosition needs DaysOfWeek: name the days that it counts.")
    # A month has four of each weekday and a fifth one of up to three.
    most = 4 * days + min(days, 3)
    if abs(pattern.set_position) > most:
        raise UnsupportedRecurrence(
            "BySetPosition is {position}, but no month has more than {most} of the days in DaysOfWeek: give "
            "a smaller number, or -1 for the last one.",
            position=pattern.set_position,
            most=most,
        )
