"""Connect the participants of a conference that waits for somebody to do so.

Source: TMSBA guide, Conference, ConferenceType (Manual Call Launch, No Connect).
"""

from datetime import datetime

from tmsba.booking.request.lookup import locked
from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.launching import check_connectable
from tmsba.ports.outbox import JobKind
from tmsba.ports.work import UnitOfWork


def connect(uow: UnitOfWork, conference_id: int, *, now: datetime, request_id: str = "") -> Conference:
    """Have everybody dialled who is not there yet; the caller commits. Done before, it changes nothing.

    What was booked stays as it is, so no client is told of a change.

    Args:
        uow: a unit of work.
        conference_id: which one.
        now: the present, aware.
        request_id: for the logs.

    Raises:
        ConferenceNotFound: there is none.
        ConferenceNotActive, UnknownError: there is nobody to connect now.
    """
    conference = locked(uow, conference_id)
    check_connectable(conference, now)
    if conference.connected_at is None:
        uow.conferences.connect(conference_id, now)
        uow.outbox.put(conference_id, JobKind.LAUNCH, now, request_id=request_id)
    return conference
