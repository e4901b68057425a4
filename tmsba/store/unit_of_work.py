"""One database transaction with everything that can be read and written in it."""

from functools import cached_property

from sqlalchemy import Connection, RootTransaction

from tmsba.store.bridges.bridges import SqlBridges
from tmsba.store.bridges.live_views import SqlLiveViews
from tmsba.store.bridges.record_sessions import SqlRecordSessions
from tmsba.store.conferences.conferences import SqlConferences
from tmsba.store.conferences.transactions import SqlTransactionLog
from tmsba.store.outbox.mails import SqlOutgoingMails
from tmsba.store.outbox.outbox import SqlOutbox
from tmsba.store.people.audit import SqlAuditLog
from tmsba.store.people.groups import SqlGroups
from tmsba.store.people.logins import SqlCredentials, SqlFailedLogins, SqlUsedChallenges
from tmsba.store.people.sessions import SqlClientSessions, SqlOptionKeys
from tmsba.store.people.settings import SqlSettingValues
from tmsba.store.people.systems import SqlSystems
from tmsba.store.people.tickets import SqlTickets
from tmsba.store.people.users import SqlUsers
from tmsba.store.people.webex_sites import SqlWebExSites
from tmsba.store.sql.secrets import SecretBox


class SqlUnitOfWork:
    """Implements ``ports.work.UnitOfWork`` and ``accounts.ports.LoginWork``; belongs to one thread."""

    def __init__(self, connection: Connection, transaction: RootTransaction, secret_box: SecretBox) -> None:
        self.connection = connection
        self._transaction = transaction
        self._secret_box = secret_box

    @cached_property
    def users(self) -> SqlUsers:
        """Users and their groups."""
        return SqlUsers(self.connection)

    @cached_property
    def groups(self) -> SqlGroups:
        """Groups and what they give."""
        return SqlGroups(self.connection)

    @cached_property
    def credentials(self) -> SqlCredentials:
        """What accounts are checked with, beside the password hash."""
        return SqlCredentials(self.connection, self._secret_box)

    @cached_property
    def failed_logins(self) -> SqlFailedLogins:
        """Counts of failed log-ins."""
        return SqlFailedLogins(self.connection)

    @cached_property
    def used_challenges(self) -> SqlUsedChallenges:
        """Challenges of NTLM that were answered."""
        return SqlUsedChallenges(self.connection)

    @cached_property
    def systems(self) -> SqlSystems:
        """Systems that can be booked."""
        return SqlSystems(self.connection)

    @cached_property
    def conferences(self) -> SqlConferences:
        """Conferences, their participants and reservations."""
        return SqlConferences(self.connection)

    @cached_property
    def bridges(self) -> SqlBridges:
        """Bridges, their spaces and their credentials."""
        return SqlBridges(self.connection, self._secret_box)

    @cached_property
    def transactions(self) -> SqlTransactionLog:
        """The change log."""
        return SqlTransactionLog(self.connection)

    @cached_property
    def outbox(self) -> SqlOutbox:
        """Due actions."""
        return SqlOutbox(self.connection)

    @cached_property
    def live(self) -> SqlLiveViews:
        """What goes on in open conferences."""
        return SqlLiveViews(self.connection)

    @cached_property
    def record_sessions(self) -> SqlRecordSessions:
        """Call detail records that have come."""
        return SqlRecordSessions(self.connection)

    @cached_property
    def mails(self) -> SqlOutgoingMails:
        """Mails to be sent."""
        return SqlOutgoingMails(self.connection)

    @cached_property
    def tickets(self) -> SqlTickets:
        """Problems an administrator should see."""
        return SqlTickets(self.connection)

    @cached_property
    def option_keys(self) -> SqlOptionKeys:
        """Licences."""
        return SqlOptionKeys(self.connection)

    @cached_property
    def sessions(self) -> SqlClientSessions:
        """Sessions of clients."""
        return SqlClientSessions(self.connection)

    @cached_property
    def settings(self) -> SqlSettingValues:
        """What an administrator has set."""
        return SqlSettingValues(self.connection)

    @cached_property
    def audit(self) -> SqlAuditLog:
        """Who did what."""
        return SqlAuditLog(self.connection)

    @cached_property
    def webex_sites(self) -> SqlWebExSites:
        """WebEx sites that may be named."""
        return SqlWebExSites(self.connection)

    def commit(self) -> None:
        """Make it last; nothing more can be done in this unit of work.

        Raises:
            StoreConflict: a race was lost; the whole unit of work can be repeated.
        """
        self._transaction.commit()
