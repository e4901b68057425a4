"""Times as the clocks of a conference show them."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from tmsba.domain.people.users import User
from tmsba.domain.time.recurrence import RecurrencePattern
from tmsba.domain.time.time_zone import ZoneRules
from tmsba.domain.time.times import Period
from tmsba.domain.time.zone_names import zone
from tmsba.mail.words import Words


@dataclass(frozen=True, slots=True)
class LocalTimes:
    """The zone of a conference: its own rules, or else the zone of its owner.

    Args:
        rules: the conference's rules, if it has some.
        zone_name: the owner's zone.
        words: how times are written.
    """

    rules: ZoneRules | None
    zone_name: str
    words: Words

    @classmethod
    def of(cls, rules: ZoneRules | None, owner: User, words: Words) -> "LocalTimes":
        """The zone of a conference with these rules and this owner."""
        return cls(rules, owner.time_zone, words)

    def local(self, moment: datetime) -> datetime:
        """What the clocks show, naive."""
        if self.rules:
            return self.rules.to_local(moment)
        try:
            return moment.astimezone(zone(self.zone_name)).replace(tzinfo=None)
        except OverflowError:  # at the ends of the calendar
            return moment.replace(tzinfo=None)

    def day(self, moment: datetime) -> str:
        """The local date."""
        return self.words.date(self.local(moment).date())

    def span(self, period: Period) -> str:
        """Start and end with the zone; the end's date only when it is another day."""
        start, end = self.local(period.start), self.local(period.end)
        return self.words.say(
            "one_day" if start.date() == end.date() else "more_days",
            date=self.words.date(start.date()),
            start=self.words.time(start),
            end_date=self.words.date(end.date()),
            end=self.words.time(end),
            zone=self._zone(period.start, start),
        )

    def last_day(self, pattern: RecurrencePattern) -> date | None:
        """The day that the end of a pattern names: at midnight in UTC it is that bare date."""
        if pattern.end is None:
            return None
        local = self.local(pattern.end)
        is_bare = pattern.end.time() == time.min and local.time() != time.min
        return (pattern.end if is_bare else local).date()

    def _zone(self, moment: datetime, local: datetime) -> str:
        minutes = (local - moment.replace(tzinfo=None)) // timedelta(minutes=1)
        sign = "-" if minutes < 0 else "+"
        hours, rest = divmod(abs(minutes), 60)
        name = (self.rules.id or self.rules.display_name) if self.rules else self.zone_name
        return f"(UTC{sign}{hours:02}:{rest:02}) {name}".rstrip()
