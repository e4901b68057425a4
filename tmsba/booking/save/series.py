"""Save a series. Source: TMSBA guide, SaveConferenceWithMode, RecurrencePattern and Ongoing Meetings."""

from collections.abc import Sequence
from dataclasses import replace

from tmsba.booking.request.change_log import Changed
from tmsba.booking.request.intent import Saving, check_revision
from tmsba.booking.save.series_drafts import common_of, dates_with_overrides, draft
from tmsba.booking.save.series_storing import recorded, reserved, series_of
from tmsba.booking.save.series_update import update_series
from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.rules import check_bookable_period, check_changeable, new_period
from tmsba.domain.conference.series import Series
from tmsba.domain.errors import UnsupportedRecurrence
from tmsba.domain.values import ConferenceStatus, StoredState
from tmsba.ports.work import UnitOfWork


def save_series(
    uow: UnitOfWork,
    saving: Saving,
    series: Series | None,
    *,
    single: Conference | None = None,
    is_resumed: bool = False,
) -> Series | Conference:
    """Create a series, or save one as a whole.

    When the last occurrence is going on and no other is to come, no series is left: that occurrence, by now
    a single conference, is what the caller gets (guide, Ongoing Meetings).

    Args:
        uow: the unit of work, which the caller commits.
        saving: the save.
        series: what is stored, or ``None`` for a new one.
        single: a single conference that is to become a series.
        is_resumed: whether a series with this key was deleted after it had begun, so that a new one may have
            begun as well.

    Raises:
        TmsbaError: one of the documented errors of a save.
    """
    if series:
        return update_series(uow, saving, series)
    replaced = [_given_up(saving, single)] if single else []
    for one in replaced:
        uow.conferences.update(one.after)
    return _create(uow, saving, single, replaced, is_resumed=is_resumed)


def _given_up(saving: Saving, single: Conference) -> Changed:
    """A single conference makes way for the series that it becomes."""
    check_changeable(single, saving.now)
    check_revision(saving, single, single.version)
    if single.status(saving.now) is ConferenceStatus.ONGOING:
        raise UnsupportedRecurrence(
            "Conference {id} is going on and cannot become a series: book the series by itself.",
            id=single.id,
        )
    return Changed(single, replace(single, state=StoredState.DELETED, version=single.version + 1))


def _create(
    uow: UnitOfWork,
    saving: Saving,
    single: Conference | None,
    replaced: Sequence[Changed],
    *,
    is_resumed: bool,
) -> Series:
    request = saving.request
    first = new_period(request.start, request.end)
    common = common_of(uow, saving, None, single, first)
    dates = dates_with_overrides(saving, common)
    if is_resumed:
        # Those that are over took place in the series that was deleted.
        dates = [entry for entry in dates if entry.period.end > saving.now] or dates[-1:]
    for entry in dates:
        check_bookable_period(entry.period, saving.now, saving.window)
    # A date that never was leaves no trace: the pattern tells that it is missing.
    living = [entry for entry in dates if not entry.is_deleted]
    wanted = [draft(saving, common, entry, existing=None, version=1) for entry in living]
    booked = reserved(uow, saving, common, wanted, {})
    stored = uow.conferences.add_series(series_of(common, booked))
    return recorded(uow, saving, stored, [*replaced, *(Changed(None, one) for one in stored.occurrences)])
