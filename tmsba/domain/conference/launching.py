"""Conferences whose participants wait until somebody connects them.

Source: TMSBA guide, Conference, ConferenceType (Manual Call Launch, No Connect, One Button To Push).
"""

from datetime import datetime

from tmsba.domain.conference.conference import Conference
from tmsba.domain.errors import ConferenceNotActive, UnknownError
from tmsba.domain.values import ConferenceStatus


def check_connectable(conference: Conference, now: datetime) -> None:
    """Whether everybody can be connected now.

    Raises:
        ConferenceNotActive: it is not going on.
        UnknownError: no bridge is there to dial, or it dials by itself.
    """
    status = conference.status(now)
    if status is not ConferenceStatus.ONGOING:
        raise ConferenceNotActive(
            "Conference {id} is {status}: participants are connected while a conference is going on.",
            id=conference.id,
            status=status.value,
        )
    if conference.route is None:
        raise UnknownError(
            "Conference {id} uses no bridge, so nobody can be dialled: let its participants call each other.",
            id=conference.id,
        )
    if conference.details.type.is_dialled:
        raise UnknownError(
            "Conference {id} dials its participants by itself: there is nobody to connect by hand.",
            id=conference.id,
        )
