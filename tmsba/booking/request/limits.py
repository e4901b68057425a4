"""How much one request may save, so that none keeps the others waiting for much longer than a second.

The settings say it; their defaults are measured by tests/benchmarks/bench_limits.py.
"""

from collections.abc import Sequence

from tmsba.booking.request.intent import Saving
from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.request import ConferenceRequest
from tmsba.domain.errors import ParticipantError, TmsbaError, UnknownError, UnsupportedRecurrence
from tmsba.domain.settings import ConferenceSettings
from tmsba.domain.time.occurrences import expand
from tmsba.domain.time.recurrence import MOST_OCCURRENCES
from tmsba.domain.time.times import Period
from tmsba.domain.time.zone_rules import rules_for_zone


def check_size(settings: ConferenceSettings, requests: Sequence[ConferenceRequest]) -> None:
    """Whether one call may save all of these, before anything is locked.

    What only the stored conferences tell is checked by ``check_stored_size``.

    Raises:
        ParticipantError: a conference, or a date of a series, has too many participants.
        UnsupportedRecurrence: the dates of a series have too many participants in all.
        UnknownError: there are too many conferences, or all of them have too many participants.
    """
    for request in requests:
        overrides = [one.request for one in request.overrides or () if one.request]
        for participants in (one.participants for one in (request, *overrides)):
            _check_participants(settings, len(participants or ()))
    dates = [_count_dates(request) for request in requests]
    if len(requests) > 1:
        _check_conferences(settings, sum(dates))
    counts = [_all_participants(request, count) for request, count in zip(requests, dates, strict=True)]
    for request, count in zip(requests, counts, strict=True):
        if request.pattern:
            _check_series(settings, count)
    if len(requests) > 1 and sum(counts) > settings.most_series_participants:
        raise UnknownError(
            "The conferences of the request have {count} participants in all, those of a series counted for "
            "each of its dates; a request can have {limit}: send several requests, or ask an administrator "
            "to raise the setting most-series-participants.",
            count=sum(counts),
            limit=settings.most_series_participants,
        )


def check_stored_size(saving: Saving, wanted: Sequence[Conference]) -> None:
    """The same for the dates of a series as they will be stored, if the request says who takes part or when.

    Raises:
        UnsupportedRecurrence: they have too many participants in all.
    """
    request = saving.request
    is_said = (request.participants, request.pattern, request.overrides) != (None, None, None)
    if is_said and any(one.series for one in wanted):
        _check_series(saving.settings, sum(len(one.participants) for one in wanted))


def _check_participants(settings: ConferenceSettings, count: int) -> None:
    if count > settings.most_participants:
        raise ParticipantError(
            "The conference would have {count} participants, and one can have {limit}: leave some out, or "
            "ask an administrator to raise the setting most-participants.",
            count=count,
            limit=settings.most_participants,
        )


def _check_series(settings: ConferenceSettings, count: int) -> None:
    if count > settings.most_series_participants:
        raise UnsupportedRecurrence(
            "The series would have {count} participants, counted for each of its dates, and one can have "
            "{limit}: choose fewer dates or participants, or ask an administrator to raise the setting "
            "most-series-participants.",
            count=count,
            limit=settings.most_series_participants,
        )


def _check_conferences(settings: ConferenceSettings, count: int) -> None:
    if count > settings.most_conferences:
        raise UnknownError(
            "The request would save {count} conferences, each date of a series being one, and can save "
            "{limit}: send several requests, or ask an administrator to raise the setting most-conferences.",
            count=count,
            limit=settings.most_conferences,
        )


def _all_participants(request: ConferenceRequest, dates: int) -> int:
    """The participants of a conference, or of all dates of a series."""
    own = [one.request.participants for one in request.overrides or () if one.request]
    differing = sum(len(participants) for participants in own if participants is not None)
    usual = max(dates - sum(participants is not None for participants in own), 0)
    return usual * len(request.participants or ()) + differing


def _count_dates(request: ConferenceRequest) -> int:
    """How many dates a request names; what is wrong with its pattern is told when it is saved."""
    pattern, start, end = request.pattern, request.start, request.end
    if pattern is None or pattern.frequency is None:
        return 1
    if pattern.is_ended_by_count:
        return min(max(pattern.occurrences, 1), MOST_OCCURRENCES)
    if start is None or end is None:
        return 1
    # Any zone will do: a day more or less is found out when the series is saved.
    rules = request.zone_rules or rules_for_zone("UTC", start.year, start.year + 1)
    try:
        return len(expand(pattern, Period(start, end), rules))
    except (TmsbaError, ValueError):
        return 1
