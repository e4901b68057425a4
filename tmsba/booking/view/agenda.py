"""What a system is booked for, as its room needs to know: when, and what to dial.

Source: TMSBA guide, Conference, ConferenceType (One Button To Push) and ExternallyHosted.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from tmsba.booking.request.change_log import EARLY
from tmsba.booking.view.desk import no_system, settings_of
from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.details import Participant
from tmsba.domain.people.systems import System
from tmsba.domain.people.users import User
from tmsba.domain.routing.connections import Direction, connections
from tmsba.domain.time.times import Period
from tmsba.domain.values import ParticipantKind, StatusFilter
from tmsba.ports.conferences import ConferenceFilter
from tmsba.ports.work import UnitOfWork

#: How far ahead a room looks. Source: TMS administration, One Button to Push.
AHEAD = timedelta(hours=72)


class Launch(Enum):
    """How the room joins."""

    #: Somebody in the room pushes the button.
    BUTTON = "button"
    #: The bridge dials the room.
    DIALLED = "dialled"
    #: Somebody in the room dials the number.
    BY_HAND = "by hand"
    #: There is nothing to dial: the room is reserved, no more.
    NO_CALL = "no call"


_LAUNCHES = {Direction.BRIDGE_DIALS: Launch.DIALLED, Direction.DIALS_IN: Launch.BUTTON}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgendaEntry:
    """A meeting that a room has."""

    #: The meeting itself, without its participants.
    conference: Conference
    #: As anybody in the room may see it.
    title: str
    organizer: User | None
    launch: Launch
    #: How long before the start one may join.
    early: timedelta = timedelta()

    @property
    def number(self) -> str:
        """What the room dials; blank when there is nothing to dial."""
        return self.conference.video_address

    @property
    def is_private(self) -> bool:
        """Whether the title hides what the meeting is about."""
        return bool(self.conference.details.privacy_flag)


def agenda(uow: UnitOfWork, system_id: int, now: datetime, *, ahead: timedelta = AHEAD) -> list[AgendaEntry]:
    """The meetings of a system that are going on or start within ``ahead``, by start.

    Args:
        uow: a unit of work.
        system_id: the system.
        now: the present, aware.
        ahead: how far to look.

    Raises:
        SystemNotFound: there is none with this id.
    """
    system = uow.systems.get(system_id)
    if system is None:
        raise no_system(system_id)
    period = Period(now, now + ahead)
    status = StatusFilter.PENDING_AND_ONGOING
    wanted = ConferenceFilter(period=period, status=status, now=now, system_ids=[system_id])
    booked = uow.conferences.find(wanted)
    owners = uow.users.many({conference.owner_id for conference in booked})
    early = EARLY if settings_of(uow).join_early else timedelta()
    return [
        AgendaEntry(
            conference=conference,
            title=conference.details.privacy_flag or conference.details.title,
            organizer=owners.get(conference.owner_id),
            launch=_launch(conference, system),
            early=early if conference.route else timedelta(),
        )
        for conference in booked
    ]


def _launch(conference: Conference, system: System) -> Launch:
    """How the system joins, by the same rule that says whom the bridge dials."""
    if not conference.video_address:
        return Launch.NO_CALL
    [way] = connections(
        conference.details,
        [Participant(id=system.id, kind=ParticipantKind.SYSTEM)],
        {system.id: system},
        is_connected=conference.connected_at is not None,
    )
    return _LAUNCHES.get(way.direction, Launch.BY_HAND)
