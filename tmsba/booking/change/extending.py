"""Extend a conference that somebody still uses. Source: TMSBA guide, Conference, ShowExtendOption."""

from datetime import datetime, timedelta

from tmsba.booking.request.intent import Saving
from tmsba.booking.request.lookup import locked
from tmsba.booking.save.occurrence import save_occurrence
from tmsba.booking.view.desk import settings_of
from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.request import ConferenceRequest
from tmsba.domain.errors import ConferenceNotActive
from tmsba.domain.licensing.option_keys import Licences
from tmsba.domain.licensing.sessions import Client
from tmsba.domain.people.users import Caller, Permission
from tmsba.domain.values import BookingMode, ConferenceStatus
from tmsba.ports.work import UnitOfWork

#: By how much a conference is extended at a time.
EXTENSION = timedelta(minutes=15)

#: How often a conference is extended by itself.
MOST_EXTENSIONS = 16

# What goes on already goes on without asking its systems for licences again.
_ADMITTED = Licences(for_clients=1)


def extend(
    uow: UnitOfWork,
    conference_id: int,
    *,
    now: datetime,
    by: timedelta = EXTENSION,
    request_id: str = "",
) -> Conference:
    """Let an ongoing conference last longer, in its owner's name; the caller commits.

    Args:
        uow: a unit of work.
        conference_id: which one.
        now: the present, aware.
        by: how much longer.
        request_id: for the logs.

    Raises:
        TmsbaError: it does not go on any more, or its systems or its number are not free.
    """
    conference = locked(uow, conference_id)
    status = conference.status(now)
    if status is not ConferenceStatus.ONGOING:
        raise ConferenceNotActive(
            "Conference {id} is {status}: only an ongoing conference can be extended.",
            id=conference_id,
            status=status.value,
        )
    owner = uow.users.get(conference.owner_id) or uow.users.get(conference.created_by_id)
    if owner is None:
        raise LookupError(f"conference {conference_id} has neither an owner nor a creator")
    saving = Saving(
        caller=Caller(user=owner, permissions=frozenset(Permission)),
        client=Client(request_id=request_id),
        request=ConferenceRequest(id=conference_id, end=conference.period.end + by),
        mode=BookingMode.STRICT,
        now=now,
        settings=settings_of(uow),
        licences=_ADMITTED,
    )
    return save_occurrence(uow, saving, is_extension=True)
