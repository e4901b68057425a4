"""Instants and periods."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


def check_aware(moment: datetime) -> datetime:
    """The same instant in UTC.

    Raises:
        ValueError: the time says nothing about its zone.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone; times inside are aware and in UTC")
    return moment.astimezone(UTC)


def whole_seconds(moment: datetime) -> datetime:
    """The instant without its fraction of a second: the wire has none, so the store keeps none."""
    return moment.replace(microsecond=0)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A half-open interval ``[start, end)`` of aware UTC instants; empty when both are equal."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError(
                f"{self.start} to {self.end} has no time zone; times inside are aware and in UTC"
            )
        if self.end < self.start:
            raise ValueError(f"a period cannot end ({self.end}) before it starts ({self.start})")

    @property
    def duration(self) -> timedelta:
        """How long it lasts."""
        return self.end - self.start

    def contains(self, moment: datetime) -> bool:
        """Whether the instant lies inside; the end does not."""
        return self.start <= moment < self.end

    def moved_to(self, start: datetime) -> "Period":
        """As long, from another start on."""
        return Period(start, start + self.duration)

    def left_at(self, moment: datetime) -> "Period":
        """What of it comes after an instant; empty when that is nothing."""
        return Period(min(max(self.start, moment), self.end), self.end)

    def overlaps(self, other: "Period") -> bool:
        """Whether both share an instant; an empty period shares none."""
        return max(self.start, other.start) < min(self.end, other.end)

    def is_in_or_overlaps(self, other: "Period") -> bool:
        """Whether it overlaps the other, or is empty and starts in it, like a meeting ended at its start."""
        return self.overlaps(other) or (self.start == self.end and other.start <= self.start < other.end)
