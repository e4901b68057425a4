"""End and delete conferences. Source: TMSBA guide, EndConferenceById and DeleteConferenceById."""

from dataclasses import replace
from datetime import datetime

from tmsba.booking.owner import check_may_change
from tmsba.booking.ports import JobKind, UnitOfWork
from tmsba.domain.conference import Conference
from tmsba.domain.errors import ConferenceNotFound
from tmsba.domain.people import Caller
from tmsba.domain.rules import check_changeable, check_endable
from tmsba.domain.times import Period, whole_seconds
from tmsba.domain.transaction import Change
from tmsba.domain.values import ConferenceStatus, StoredState, TransactionType
from tmsba.licensing.sessions import Client


def end(uow: UnitOfWork, caller: Caller, client: Client, conference_id: int, now: datetime) -> None:
    """End an ongoing conference: it is finished from now on.

    Raises:
        ConferenceNotFound, PermissionMissing, ConferenceIsDeleted, ConferenceNotActive.
    """
    conference = _load(uow, caller, conference_id)
    check_endable(conference, now)
    _end_now(uow, caller, client, conference, now)


def delete(uow: UnitOfWork, caller: Caller, client: Client, conference_id: int, now: datetime) -> None:
    """Delete a conference that has not started; end one that is going on.

    Raises:
        ConferenceNotFound, PermissionMissing, ConferenceIsDeleted, CannotBookInThePast.
    """
    conference = _load(uow, caller, conference_id)
    check_changeable(conference, now)
    if conference.status(now) is ConferenceStatus.ONGOING:
        _end_now(uow, caller, client, conference, now)
        return
    uow.conferences.update(replace(conference, state=StoredState.DELETED, version=conference.version + 1))
    uow.outbox.withdraw(conference.id, JobKind.LAUNCH)
    if conference.route:
        uow.outbox.put(conference.id, JobKind.END, now, request_id=client.request_id)
    _log(uow, caller, conference, TransactionType.DELETED)


def _load(uow: UnitOfWork, caller: Caller, conference_id: int) -> Conference:
    conference = uow.conferences.get_for_update(conference_id)
    if conference is None:
        raise ConferenceNotFound(
            "There is no conference with id {id}: check the ConferenceId.", id=conference_id
        )
    check_may_change(caller, conference)
    return conference


def _end_now(uow: UnitOfWork, caller: Caller, client: Client, conference: Conference, now: datetime) -> None:
    period = Period(conference.period.start, max(conference.period.start, whole_seconds(now)))
    uow.conferences.update(replace(conference, period=period, version=conference.version + 1))
    if conference.route:
        uow.outbox.withdraw(conference.id, JobKind.LAUNCH)
        uow.outbox.put(conference.id, JobKind.END, period.end, request_id=client.request_id)
    _log(uow, caller, conference, TransactionType.UPDATED)


def _log(uow: UnitOfWork, caller: Caller, conference: Conference, what: TransactionType) -> None:
    change = Change(
        conference_id=conference.id,
        type=what,
        performed_by_id=caller.user.id,
        system_ids=conference.system_ids,
    )
    uow.transactions.append([change])
