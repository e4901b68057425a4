"""Units of work: where everything is read and written together."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from tmsba.ports.administration import (
    AuditLog,
    ClientSessions,
    OptionKeys,
    SettingValues,
    Tickets,
    WebExSites,
)
from tmsba.ports.bridges import Bridges, RecordSessions
from tmsba.ports.conferences import Conferences, TransactionLog
from tmsba.ports.live import LiveViews
from tmsba.ports.outbox import Outbox, OutgoingMails
from tmsba.ports.people import Credentials, Groups, Systems, Users

#: Gives the present instant, aware and in UTC.
Clock = Callable[[], datetime]


class StoreConflict(Exception):
    """The unit of work lost a race, or the database broke a deadlock: repeat it as a whole."""


class UnitOfWork(Protocol):
    """One database transaction; rolled back unless ``commit`` is called."""

    @property
    def users(self) -> Users: ...
    @property
    def groups(self) -> Groups: ...
    @property
    def credentials(self) -> Credentials: ...
    @property
    def systems(self) -> Systems: ...
    @property
    def conferences(self) -> Conferences: ...
    @property
    def bridges(self) -> Bridges: ...
    @property
    def transactions(self) -> TransactionLog: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def live(self) -> LiveViews: ...
    @property
    def record_sessions(self) -> RecordSessions: ...
    @property
    def mails(self) -> OutgoingMails: ...
    @property
    def tickets(self) -> Tickets: ...
    @property
    def option_keys(self) -> OptionKeys: ...
    @property
    def sessions(self) -> ClientSessions: ...
    @property
    def settings(self) -> SettingValues: ...
    @property
    def audit(self) -> AuditLog: ...
    @property
    def webex_sites(self) -> WebExSites: ...
    def commit(self) -> None:
        """Make it last.

        Raises:
            StoreConflict: a race was lost; the whole unit of work can be repeated.
        """


class Store(Protocol):
    """Where units of work come from."""

    def reading(self) -> AbstractContextManager[UnitOfWork]:
        """A unit of work that only reads.

        Raises:
            DatabaseDown: the database does not answer.
            ServerBusy: it answered too late.
        """

    def writing(self) -> AbstractContextManager[UnitOfWork]:
        """A unit of work that writes; on leaving without ``commit`` it is rolled back.

        Raises:
            DatabaseDown: the database does not answer.
            ServerBusy: it answered too late, or another writer holds it.
        """
