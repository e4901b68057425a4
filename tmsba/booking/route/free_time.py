"""Up to when a conference that clashes could start instead: nothing is advised that a save refuses."""

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta

from tmsba.booking.request.intent import Saving
from tmsba.domain.conference.conference import Conference
from tmsba.ports.work import UnitOfWork


def latest_start(
    uow: UnitOfWork, saving: Saving, conference: Conference, wanted: Sequence[Conference]
) -> datetime:
    """The latest start that a save would take, aware.

    It lies in the booking window, and for a date of a series before the next one, on an earlier local day.

    Args:
        uow: the unit of work.
        saving: the save.
        conference: what clashes.
        wanted: everything that is saved with it.

    Source: TMSBA guide, Error Codes, UNSUPPORTED_RECURRENCE.
    """
    window = saving.now + saving.window
    if conference.series is None:
        return window
    later = (one for one in _dates(uow, conference, wanted) if one.period.start > conference.period.start)
    following = min((one.period.start for one in later), default=None)
    if following is None:
        return window
    rules = conference.details.rules
    midnight = rules.to_utc(datetime.combine(rules.to_local(following).date(), time.min))
    return min(window, following - conference.period.duration, midnight - timedelta(seconds=1))


def _dates(uow: UnitOfWork, conference: Conference, wanted: Sequence[Conference]) -> Iterable[Conference]:
    """The dates of its series: those that are saved, or what is stored when it is saved alone."""
    if len(wanted) > 1 or not conference.id:
        return wanted
    series = uow.conferences.series_of(conference.id)
    return series.living if series else wanted
