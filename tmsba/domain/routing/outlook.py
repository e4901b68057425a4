"""How far routing looks ahead: whether a bridge answers now says little about next week. Source: ADR 22."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tmsba.domain.time.times import Period


@dataclass(frozen=True, slots=True)
class Outlook:
    """The present, and for how long from it outages decide."""

    #: Aware.
    now: datetime
    horizon: timedelta

    @property
    def soon(self) -> datetime:
        """Up to this start, inclusive, it counts whether a bridge answers now; aware."""
        return self.now + self.horizon

    def beyond(self, periods: Iterable[Period]) -> timedelta | None:
        """The horizon, when all of what starts or goes on lies behind it; ``None`` when outages count.

        Of dates that are routed together the first one that is not over decides: whoever comes to that one
        would meet a bridge that is down.
        """
        starts = [period.start for period in periods if period.end > self.now]
        return self.horizon if starts and min(starts) > self.soon else None
