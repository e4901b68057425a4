"""The doors to the use cases, one method for each operation that SOAP and the command line offer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from tmsba.accounts.passwords import hash_password, nt_hash
from tmsba.booking.change.approving import Approving
from tmsba.booking.change.explaining import Explaining
from tmsba.booking.clients import client_accounts
from tmsba.booking.mail.mailing import Mailing
from tmsba.booking.view.desk import no_system
from tmsba.booking.view.listing import list_by_id
from tmsba.booking.view.reading import Reading
from tmsba.domain.errors import StartAfterEnd
from tmsba.domain.people.systems import System
from tmsba.domain.people.users import Caller, User
from tmsba.domain.time.times import Period
from tmsba.ports.repeating import write
from tmsba.ports.work import Clock, Store, UnitOfWork

#: The year of .NET's earliest moment, in any zone.
_NO_LIMIT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking(Reading, Approving, Mailing, Explaining):
    """The use cases of the booking service. Source: TMSBA guide, Booking API functions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteSetup:
    """The use cases of the remote setup service. Source: TMSBA guide, Remote Setup API Functions."""

    store: Store
    clock: Clock
    #: Whether accounts that are made can log in with NTLM.
    gives_ntlm: bool = False

    def systems(self) -> Iterator[System]:
        """All systems that can be booked, with their status now; bridges are none of them."""
        now = self.clock()
        return list_by_id(
            self.store, lambda uow, after, limit: uow.systems.at_present(now, after=after, limit=limit)
        )

    def systems_for(self, caller: Caller) -> Iterator[System]:
        """Those that the caller may book. Source: TMSBA guide, GetSystemsForUser."""
        return (system for system in self.systems() if system.can_be_booked_by(caller))

    def system(self, system_id: int) -> System:
        """One system, with its status now.

        Raises:
            SystemNotFound: there is none with this id.
        """
        with self.store.reading() as uow:
            found = uow.systems.at_present(self.clock(), [system_id])
        if not found:
            raise no_system(system_id)
        return found[0]

    def users(self) -> Iterator[User]:
        """All users."""
        return list_by_id(self.store, lambda uow, after, limit: uow.users.all(after=after, limit=limit))

    def generate_account(
        self, caller: Caller, name_base: str, encoded_password: str, email: str, *, gets_mails: bool
    ) -> User:
        """Make a service account; ``client_accounts.generate`` tells more.

        Raises:
            PermissionMissing, UnknownError.
        """
        client_accounts.check_site_administrator(caller)
        password = client_accounts.password_in(encoded_password)
        password_hash = hash_password(password)

        def work(uow: UnitOfWork) -> User:
            added = client_accounts.generate(
                uow,
                caller,
                self.clock(),
                name_base=name_base,
                password_hash=password_hash,
                email=email,
                gets_mails=gets_mails,
            )
            if self.gives_ntlm:
                uow.credentials.set_nt_hash(added.id, nt_hash(password))
            return added

        return write(self.store, work)

    def disable_account(self, caller: Caller, account_name: str) -> None:
        """Switch an account off; ``client_accounts.disable`` tells more.

        Raises:
            PermissionMissing, UserNotFound.
        """
        write(self.store, lambda uow: client_accounts.disable(uow, caller, self.clock(), account_name))

    def may_book_for_others(self, user_name: str, email: str) -> bool:
        """Whether a user, by name or e-mail address, may book on behalf of others.

        Raises:
            UserNotFound: both are blank.
        """
        with self.store.reading() as uow:
            return client_accounts.may_book_for_others(uow, user_name, email)

    def set_primary_system(self, caller: Caller, system_text: str) -> bool:
        """Make a system the caller's own; whether that was possible."""
        return write(self.store, lambda uow: client_accounts.set_primary_system(uow, caller, system_text))


def query_period(start: datetime, end: datetime) -> Period:
    """The period that a list asks for (aware times).

    The year 1, which stands for a time that is not given, is no limit on its side.

    Raises:
        StartAfterEnd: it ends before it starts.
    """
    if end.year == _NO_LIMIT:
        end = datetime.max.replace(tzinfo=UTC)
    if start.year == _NO_LIMIT:
        start = datetime.min.replace(tzinfo=UTC)
    if end < start:
        raise StartAfterEnd("StartTime is later than EndTime: exchange them, or widen the period.")
    return Period(start, end)
