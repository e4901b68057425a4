"""The doors to the use cases, one method for each operation that SOAP and the command line offer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tmsba.booking.desk import no_system
from tmsba.booking.mailing import Mailing
from tmsba.booking.ports import Store
from tmsba.booking.reading import Reading
from tmsba.booking.writing import Writing
from tmsba.domain.errors import StartAfterEnd
from tmsba.domain.people import User
from tmsba.domain.system import System
from tmsba.domain.times import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking(Reading, Writing, Mailing):
    """The use cases of the booking service. Source: TMSBA guide, Booking API functions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteSetup:
    """The use cases of the remote setup service. Source: TMSBA guide, Remote Setup API Functions."""

    store: Store

    def systems(self) -> Sequence[System]:
        """All systems that can be booked; bridges are none of them."""
        with self.store.reading() as uow:
            return uow.systems.all()

    def system(self, system_id: int) -> System:
        """One system.

        Raises:
            SystemNotFound: there is none with this id.
        """
        with self.store.reading() as uow:
            found = uow.systems.get(system_id)
        if found is None:
            raise no_system(system_id)
        return found

    def users(self) -> Sequence[User]:
        """All users."""
        with self.store.reading() as uow:
            return uow.users.all()


def query_period(start: datetime, end: datetime) -> Period:
    """The period that a list asks for (aware times).

    Raises:
        StartAfterEnd: it ends before it starts.
    """
    if end < start:
        raise StartAfterEnd("StartTime is later than EndTime: exchange them, or widen the period.")
    return Period(start, end)
