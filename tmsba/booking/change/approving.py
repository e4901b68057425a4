"""Approve or reject what somebody without the right to book has asked for.

Source: TMSBA guide, ConferenceState (MeetingRequest, Rejected) and Setting up Permissions (Approve Meeting).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tmsba.booking.change.writing import Writing
from tmsba.booking.clients.auditing import note
from tmsba.booking.request.change_log import Changed, record
from tmsba.booking.request.intent import Saving
from tmsba.booking.request.lookup import locked
from tmsba.booking.route.reserving import allot
from tmsba.booking.view.desk import settings_of
from tmsba.booking.view.views import ConferenceView, MailPurpose
from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.request import ConferenceRequest
from tmsba.domain.conference.rules import check_changeable
from tmsba.domain.conference.series import Series
from tmsba.domain.errors import PermissionMissing, UnknownError
from tmsba.domain.licensing.option_keys import Licences
from tmsba.domain.licensing.sessions import Client
from tmsba.domain.people.audit import AuditAction
from tmsba.domain.people.users import Caller, Permission
from tmsba.domain.values import BookingMode, StoredState
from tmsba.ports.work import UnitOfWork

#: What becomes of the requests that are decided on, in their order.
_Decide = Callable[[UnitOfWork, Saving, Sequence[Conference]], list[Conference]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Approving(Writing):
    """The use cases of those who decide on requests."""

    def approve(self, caller: Caller, conference_id: int) -> ConferenceView:
        """Book a request: reserve its systems and route it; a series as a whole, or not at all.

        Its owner gets a mail.

        Raises:
            ConferenceNotFound: there is no such conference.
            PermissionMissing: the caller may not approve.
            UnknownError: it waits for no decision.
            TmsbaError: what a save in Strict mode raises; then the request stays as it is.
        """
        how = (_booked, AuditAction.CONFERENCE_APPROVED, MailPurpose.CONFIRMATION)
        return self._decide(caller, conference_id, *how)

    def reject(self, caller: Caller, conference_id: int) -> ConferenceView:
        """Reject a request; a series as a whole. Its owner gets a mail, and can change it and so ask again.

        Raises:
            ConferenceNotFound, PermissionMissing, UnknownError: as for ``approve``.
        """
        how = (_rejected, AuditAction.CONFERENCE_REJECTED, MailPurpose.EVENT)
        return self._decide(caller, conference_id, *how)

    def _decide(
        self, caller: Caller, conference_id: int, decide: _Decide, action: AuditAction, purpose: MailPurpose
    ) -> ConferenceView:
        _check_may_approve(caller)
        client = Client(is_confirmation_wanted=True)

        def work(uow: UnitOfWork) -> ConferenceView:
            saving = Saving(
                caller=caller,
                client=client,
                request=ConferenceRequest(),
                mode=BookingMode.STRICT,
                now=self.clock(),
                settings=settings_of(uow),
                licences=Licences.of(uow.option_keys.all()),
            )
            decided = _store(uow, saving, conference_id, decide)
            note(uow, caller, saving.now, action, f"conference {conference_id}")
            viewer = self._viewer(uow, caller)
            view = viewer.saved(decided)
            self._tell(viewer, client, [view], purpose)
            return view

        return self._write(client, work)


def _booked(uow: UnitOfWork, saving: Saving, wanted: Sequence[Conference]) -> list[Conference]:
    return allot(uow, saving, wanted, {one.id: one for one in wanted})


def _rejected(uow: UnitOfWork, saving: Saving, wanted: Sequence[Conference]) -> list[Conference]:  # noqa: ARG001 - the shape of a decision
    return [replace(one, state=StoredState.REJECTED) for one in wanted]


def _store(uow: UnitOfWork, saving: Saving, conference_id: int, decide: _Decide) -> Conference | Series:
    one = locked(uow, conference_id)
    check_changeable(one, saving.now)
    if one.state is not StoredState.MEETING_REQUEST:
        raise UnknownError(
            "Conference {id} is {status}: only a meeting request can be approved or rejected.",
            id=conference_id,
            status=one.status(saving.now).value,
        )
    series = uow.conferences.series_of(conference_id) if one.series else None
    version = (series.version if series else one.version) + 1
    asked_for = [one for one in (series.occurrences if series else [one]) if _is_open(one, saving)]
    wanted = [replace(one, version=version) for one in asked_for]
    decided = decide(uow, saving, wanted)
    stored: Conference | Series = decided[0]
    if series:
        after = {one.id: one for one in decided}
        occurrences = tuple(after.get(one.id, one) for one in series.occurrences)
        stored = uow.conferences.update_series(series, replace(series, occurrences=occurrences))
    else:
        uow.conferences.update(decided[0])
    changed = [Changed(before, after) for before, after in zip(asked_for, decided, strict=True)]
    record(uow, saving.caller, saving.client.request_id, saving.now, changed)
    return stored


def _is_open(one: Conference, saving: Saving) -> bool:
    return one.state is StoredState.MEETING_REQUEST and one.period.end > saving.now


def _check_may_approve(caller: Caller) -> None:
    if not caller.may(Permission.APPROVE_MEETING):
        raise PermissionMissing(
            "{user} may not decide on meeting requests: ask an administrator for the permission 'Approve "
            "Meeting'.",
            user=caller.user.full_name,
        )
