"""Reserve the dates of a series, and write what follows from their change."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tmsba.booking.request.change_log import Changed, record
from tmsba.booking.request.intent import Saving
from tmsba.booking.route.reserving import reserve
from tmsba.booking.save.series_drafts import Common, recurrence_id
from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.series import Series
from tmsba.domain.errors import UnsupportedRecurrence
from tmsba.ports.work import UnitOfWork


def series_of(common: Common, occurrences: Sequence[Conference], series_id: int = 0) -> Series:
    """A series with what its dates have in common."""
    return Series(
        id=series_id,
        owner_id=common.owner_id,
        created_by_id=common.created_by_id,
        pattern=common.pattern,
        first_period=common.first,
        details=common.details,
        participants=common.participants,
        occurrences=tuple(sorted(occurrences, key=recurrence_id)),
    )


def reserved(
    uow: UnitOfWork,
    saving: Saving,
    common: Common,
    wanted: Sequence[Conference],
    before: Mapping[int, Conference],
    *,
    may_be_none: bool = False,
) -> list[Conference]:
    """The living ones with their systems and spaces; the deleted ones as they are."""
    living = [conference for conference in wanted if not conference.is_deleted]
    if not living and not may_be_none:
        raise UnsupportedRecurrence("All occurrences of the series are deleted: delete the series instead.")
    deleted = [replace(one, route=None) for one in wanted if one.is_deleted]
    return [*reserve(uow, saving, living, before, series=series_of(common, ())), *deleted]


def recorded(uow: UnitOfWork, saving: Saving, series: Series, changed: Sequence[Changed]) -> Series:
    """Write what follows from the changes; the series with its new transactions."""
    ids = record(uow, saving.caller, saving.client.request_id, saving.now, _visible(changed))
    return replace(
        series,
        occurrences=tuple(
            replace(one, transaction_id=ids.get(one.id, one.transaction_id)) for one in series.occurrences
        ),
    )


def _visible(changed: Sequence[Changed]) -> list[Changed]:
    """Without dates that were deleted before."""
    return [one for one in changed if not one.after.is_deleted or (one.before and not one.before.is_deleted)]
