"""What follows from a change: due actions on the bridges, and rows of the change log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.transaction import Change
from tmsba.domain.people.users import Caller
from tmsba.domain.values import StoredState, TransactionType
from tmsba.ports.outbox import JobKind, Wish
from tmsba.ports.work import UnitOfWork

#: How long before its start a launch is due: participants may come early, if the administrator wants that.
EARLY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Changed:
    """A conference before and after; ``before`` is ``None`` for a new one."""

    before: Conference | None
    after: Conference


def record(
    uow: UnitOfWork, caller: Caller, request_id: str, now: datetime, changed: Sequence[Changed]
) -> dict[int, int]:
    """Write the outbox and the change log, as the last step of a unit of work.

    Returns:
        The new transaction id of each conference, by its id.
    """
    ask_bridges(uow, request_id, now, changed)
    ids = uow.transactions.append([_change(one, caller) for one in changed])
    return {one.after.id: transaction_id for one, transaction_id in zip(changed, ids, strict=True)}


def ask_bridges(uow: UnitOfWork, request_id: str, now: datetime, changed: Sequence[Changed]) -> None:
    """Write the outbox alone, for changes that clients do not see."""
    uow.outbox.put_all([wish for one in changed for wish in _wishes(one, request_id, now)])


def _wishes(changed: Changed, request_id: str, now: datetime) -> tuple[Wish, Wish]:
    """When the bridge is to be opened and closed for a conference, ``None`` for not at all."""
    before, after = changed.before, changed.after
    launch_at: datetime | None = None
    end_at: datetime | None = None
    if after.route and after.state is StoredState.BOOKED:
        launch_at = after.period.start - EARLY if after.period.end > now else None
        end_at = after.period.end
    elif before and before.route:
        # Something may be open already, even before its time: closing nothing does no harm.
        end_at = now
    return (
        Wish(conference_id=after.id, kind=JobKind.LAUNCH, due_at=launch_at, request_id=request_id),
        Wish(conference_id=after.id, kind=JobKind.END, due_at=end_at, request_id=request_id),
    )


def _change(changed: Changed, caller: Caller) -> Change:
    before, after = changed.before, changed.after
    if before is None or (before.is_deleted and not after.is_deleted):
        kind = TransactionType.NEW
    else:
        kind = TransactionType.DELETED if after.is_deleted else TransactionType.UPDATED
    taking_part = {*(before.system_ids if before else ()), *after.system_ids}
    return Change(
        conference_id=after.id,
        type=kind,
        performed_by_id=caller.user.id,
        system_ids=tuple(sorted(taking_part)),
    )
