"""A series: what was booked once for many dates."""

from dataclasses import dataclass, field
from datetime import datetime

from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.details import Details, Participant
from tmsba.domain.time.recurrence import RecurrencePattern
from tmsba.domain.time.times import Period
from tmsba.domain.values import (
    ConferenceStatus,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DetachedDate:
    """A date that left its series because the series was changed while it was going on.

    Source: TMSBA guide, Ongoing Meetings.
    """

    #: The start that the pattern gave it.
    recurrence_id: datetime
    #: When the meeting is now.
    period: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A pattern with all its occurrences, deleted ones too, in the order of their recurrence ids."""

    id: int
    owner_id: int
    created_by_id: int
    pattern: RecurrencePattern
    #: When the first occurrence is by the pattern, wherever it was moved, ended or deleted since.
    first_period: Period
    #: What the occurrences have in common; an exception has details and participants of its own.
    details: Details
    participants: tuple[Participant, ...] = ()
    occurrences: tuple[Conference, ...]
    #: Dates that are single conferences by now; the series must not have them twice.
    detached: tuple[DetachedDate, ...] = field(default=(), compare=False)

    @property
    def version(self) -> int:
        """The highest version of an occurrence: every save of the series or of an occurrence raises it."""
        return max(occurrence.version for occurrence in self.occurrences)

    @property
    def living(self) -> tuple[Conference, ...]:
        """The occurrences that are not deleted."""
        return tuple(occurrence for occurrence in self.occurrences if not occurrence.is_deleted)

    @property
    def first(self) -> Conference:
        """The occurrence whose id stands for the series: the first that is not deleted, if there is one."""
        return (self.living or self.occurrences)[0]

    def open_at(self, now: datetime) -> tuple[Conference, ...]:
        """The occurrences that are neither deleted nor over at ``now`` (aware)."""
        return tuple(one for one in self.living if one.period.end > now and not one.is_cancelled)

    def is_cancelled(self, now: datetime) -> bool:
        """Whether somebody deleted it, so that nothing of it is to come."""
        if not self.living:
            return True
        return not self.open_at(now) and any(one.is_cancelled for one in self.occurrences)

    def status(self, now: datetime) -> ConferenceStatus:
        """The state of the series as clients see it: defective when one occurrence is.

        Otherwise ongoing when one is, pending when one is still to come, finished when all are over.
        """
        states = [occurrence.status(now) for occurrence in self.living]
        ranked = (
            ConferenceStatus.DEFECTIVE,
            ConferenceStatus.ONGOING,
            ConferenceStatus.PENDING,
            ConferenceStatus.MEETING_REQUEST,
            ConferenceStatus.FINISHED,
        )
        return next((state for state in ranked if state in states), ConferenceStatus.DELETED)
