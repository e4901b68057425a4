"""The composition root: here, and only here, the parts are built and joined.

Nothing is built at import time, and the web application after the fork: connections to the database must
not be shared between processes.
"""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import structlog

from tmsba.config import Config, ConfigError, secret_key, sqlite_file

if TYPE_CHECKING:
    from tmsba.accounts.backoff import Backoff, OnFailure
    from tmsba.accounts.ntlm_login import NtlmLogin
    from tmsba.booking.api import Booking
    from tmsba.booking.change.rerouting import Rerouting
    from tmsba.booking.clients.refusals import RefusalLog
    from tmsba.control.bridge.clients import ClientFactory
    from tmsba.control.jobs.postman import Postman
    from tmsba.control.jobs.worker import Worker
    from tmsba.control.upkeep.sweep import Sweeper
    from tmsba.directory.ldap import LdapDirectory
    from tmsba.smtp import MailServer
    from tmsba.store import SecretBox, SqlStore
    from tmsba.wsgi.call_records import ReceiverPaths
    from tmsba.wsgi.http import WsgiApp

log = structlog.get_logger(__name__)

#: What the key of NTLM's challenges is derived for; all hosts need the same.
_CHALLENGES = b"tmsba NTLM challenges, v1"
#: What the key of the bridges' paths is derived for.
_RECEIVERS = b"tmsba receivers of call detail records, v1"

#: A third of the default lease together; shorter leases shorten them, because a request to a bridge must be
#: over before another worker may take the job over.
_BRIDGE_CONNECT_S = 3.0
_BRIDGE_READ_S = 7.0
_BRIDGE_SHARE = (_BRIDGE_CONNECT_S + _BRIDGE_READ_S) * 3


def utc_now() -> datetime:
    """The present."""
    return datetime.now(UTC)


def build_store(config: Config) -> "SqlStore":
    """The store; it connects when it is first used.

    Raises:
        ConfigError: the database URL does not fit.
        SchemaOutdated: the tables are missing or old.
        DatabaseDown: the database does not answer.
    """
    from tmsba.store import SchemaOutdated
    from tmsba.store.sql import schema

    file = sqlite_file(config.database_url)
    if file is not None and not file.exists():
        # Connecting would leave an empty file behind.
        raise SchemaOutdated
    store = _open_store(config)
    schema.check(store.engine)
    return store


def upgrade_database(config: Config) -> None:
    """Create the tables, or bring them up to date.

    Raises:
        ConfigError: the database URL does not fit.
        DatabaseDown: the database does not answer.
    """
    from tmsba.store.sql import schema

    sqlite_file(config.database_url)
    store = _open_store(config)
    try:
        schema.upgrade(store.engine)
    finally:
        store.dispose()


def _open_store(config: Config) -> "SqlStore":
    from tmsba.store import create_store

    try:
        return create_store(config.database_url, secret_box=_KeyOnDemand(config))
    except ValueError as error:
        raise ConfigError(f"database_url: {error}.") from error


@dataclass(slots=True, eq=False)
class _KeyOnDemand:
    """Seals secrets; asks for the key, or makes it, when there is something to seal."""

    config: Config = field(repr=False)
    _box: "SecretBox | None" = field(default=None, repr=False)

    def seal(self, secret: str) -> str:
        """The text to store."""
        return self._opened().seal(secret)

    def unseal(self, sealed: str) -> str:
        """The secret."""
        return self._opened().unseal(sealed)

    def _opened(self) -> "SecretBox":
        from tmsba.store import FernetSecretBox

        if self._box is None:
            self._box = FernetSecretBox(secret_key(self.config))
        return self._box


def build_web(config: Config) -> "WsgiApp":
    """The WSGI application with both services.

    Raises:
        ConfigError, SchemaOutdated, DatabaseDown: as ``build_store``.
    """
    from tmsba.accounts.backoff import Backoff
    from tmsba.accounts.login import Login
    from tmsba.booking.api import RemoteSetup
    from tmsba.booking.clients.refusals import RefusalLog
    from tmsba.soap.operations.handlers import booking_service, remote_setup_service
    from tmsba.soap.wire.faults import DetailStyle
    from tmsba.wsgi.front import build_wsgi

    store = build_store(config)
    style = DetailStyle(config.soap12_fault_detail)
    refusals = RefusalLog(store, utc_now)
    directory = build_directory(config)
    booking = build_booking(config, store, directory)
    backoff = Backoff(store, utc_now, on_failure=_failure_told(refusals))
    ntlm = _ntlm_login(config, store, backoff)
    has_basic = "basic" in config.authentication
    gives_ntlm = ntlm is not None and config.ntlm_accounts == "all"
    login = Login(store, backoff, directory, gives_ntlm=gives_ntlm)
    return build_wsgi(
        booking=booking_service(booking, detail_style=style, on_error=refusals.refused),
        remote_setup=remote_setup_service(
            RemoteSetup(store=store, clock=utc_now, gives_ntlm=gives_ntlm),
            booking,
            detail_style=style,
            on_error=refusals.refused,
        ),
        authenticate=login.authenticate if has_basic else None,
        ntlm=ntlm,
        health=Health(store).check,
        public_url=config.public_url,
        trusted_proxies=config.trusted_proxies,
        limit_bytes=config.body_limit_bytes,
        otherwise=_with_call_records(config, store),
    )


def _with_call_records(config: Config, store: "SqlStore") -> "WsgiApp":
    """What serves all paths but those of the services: call detail records, where they are wanted."""
    from tmsba.booking.clients.call_records import CallRecords
    from tmsba.wsgi.call_records import CallRecordReceiver
    from tmsba.wsgi.front import nothing_here

    if not config.cdr_path:
        return nothing_here
    return CallRecordReceiver(CallRecords(store=store, clock=utc_now), receiver_paths(config), nothing_here)


def receiver_paths(config: Config) -> "ReceiverPaths":
    """Where each bridge posts its call detail records.

    Raises:
        ConfigError: there is no secret key.
    """
    from tmsba.store.sql.secrets import derived_key
    from tmsba.wsgi.call_records import ReceiverPaths

    return ReceiverPaths(config.cdr_path, derived_key(secret_key(config), _RECEIVERS))


def build_booking(config: Config, store: "SqlStore", directory: "LdapDirectory | None" = None) -> "Booking":
    """The use cases of the booking service."""
    from tmsba.booking.api import Booking
    from tmsba.mail.conference_mail import ConferenceTexts

    return Booking(
        store=store,
        clock=utc_now,
        renderer=ConferenceTexts(),
        directory=directory,
        is_mail_sent=bool(config.smtp_host),
    )


def build_rerouting(config: Config, store: "SqlStore") -> "Rerouting":
    """The use case that gives conferences another bridge."""
    from tmsba.booking.change.rerouting import Rerouting
    from tmsba.mail.conference_mail import ConferenceTexts

    renderer = ConferenceTexts()
    return Rerouting(store=store, clock=utc_now, renderer=renderer, is_mail_sent=bool(config.smtp_host))


def _failure_told(refusals: "RefusalLog") -> "OnFailure":
    """Failed log-ins go to the log and to the audit log."""
    from tmsba.accounts.backoff import Attempt, Reason, log_failure

    def told(attempt: Attempt, reason: Reason) -> None:
        log_failure(attempt, reason)
        # People type passwords where names belong: only names of users are written down for good.
        is_user = reason not in (Reason.UNKNOWN, Reason.WAITING)
        name = attempt.account if is_user else reason.value
        refusals.login_failed(name, attempt.address, f"{attempt.scheme}: {reason.value}")

    return told


def _ntlm_login(config: Config, store: "SqlStore", backoff: "Backoff") -> "NtlmLogin | None":
    """How clients log in with NTLM; ``None`` where that is off, or where there is no key to seal with."""
    from tmsba.accounts.ntlm.challenges import ChallengeMaker
    from tmsba.accounts.ntlm_login import NtlmLogin
    from tmsba.store.sql.secrets import derived_key

    if "ntlm" not in config.authentication:
        return None
    try:
        # A key file is made only when there is something to do with it.
        if sqlite_file(config.database_url) is None:
            secret_key(config)
    except ConfigError as error:
        if "basic" not in config.authentication:
            raise
        log.warning("ntlm_not_offered", reason=str(error))
        return None
    key = cache(lambda: derived_key(secret_key(config), _CHALLENGES))
    challenges = ChallengeMaker(key, config.default_domain)
    return NtlmLogin(store, backoff, challenges, accepts_v1=config.ntlm_v1 == "accept")


def build_directory(config: Config) -> "LdapDirectory | None":
    """The directory of people outside of the store; ``None`` when there is none.

    Raises:
        ConfigError: ldap3 is not installed, or a setting does not fit.
    """
    if not config.ldap_url:
        return None
    try:
        from tmsba.directory.ldap import LdapDirectory, LdapSettings
    except ImportError as error:
        raise ConfigError("ldap_url is set but ldap3 is not installed: pip install 'tmsba[ldap]'.") from error
    settings = LdapSettings(
        url=config.ldap_url,
        ca_file=config.ldap_ca_file,
        bind_dn=config.ldap_bind_dn,
        bind_password=config.ldap_bind_password,
        base_dn=config.ldap_base_dn,
        people=config.ldap_filter,
        name_attribute=config.ldap_name_attribute,
        domain=config.default_domain,
        timeout_s=config.ldap_timeout_seconds,
    )
    try:
        return LdapDirectory(settings)
    except ValueError as error:
        raise ConfigError(f"{error}.") from error


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the server can work."""

    store: "SqlStore"

    def check(self) -> tuple[bool, str]:
        """Whether the database answers and has the right tables, and a sentence for the monitor."""
        from tmsba.domain.errors import TmsbaError
        from tmsba.store import SchemaOutdated
        from tmsba.store.sql import schema

        try:
            schema.check(self.store.engine)
        except SchemaOutdated as error:
            return False, str(error)
        except TmsbaError as error:
            return False, error.message
        return True, "ok"


def bridge_clients(config: Config) -> "ClientFactory":
    """How clients of bridges are made."""
    from tmsba.control.bridge.clients import client_factory

    share = min(1.0, config.lease_seconds / _BRIDGE_SHARE)
    return client_factory(connect_timeout_s=_BRIDGE_CONNECT_S * share, read_timeout_s=_BRIDGE_READ_S * share)


def build_sweeper(config: Config, store: "SqlStore", stop: threading.Event) -> "Sweeper":
    """Whoever compares bridges with the store."""
    from tmsba.control.upkeep.sweep import Sweeper
    from tmsba.store.outbox.jobs import SqlJobQueue, SqlLiveConferences

    return Sweeper(
        store=store,
        queue=SqlJobQueue(store),
        live=SqlLiveConferences(store),
        factory=bridge_clients(config),
        clock=utc_now,
        stop=stop,
        rerouting=build_rerouting(config, store),
    )


def quick_bridge_clients() -> "ClientFactory":
    """How clients are made for questions that somebody waits for."""
    from tmsba.control.bridge.clients import client_factory

    return client_factory(connect_timeout_s=_BRIDGE_CONNECT_S, read_timeout_s=_BRIDGE_READ_S, retries=0)


def mail_server(config: Config) -> "MailServer | None":
    """The mail server, if there is one."""
    from tmsba.smtp import MailServer, Security

    if not config.smtp_host:
        return None
    return MailServer(
        host=config.smtp_host,
        port=config.smtp_port,
        security=Security(config.smtp_security),
        sender=config.mail_sender,
        username=config.smtp_username,
        password=config.smtp_password,
    )


def build_control(config: Config, stop: threading.Event) -> "Worker":
    """A control worker; its ``run`` works until ``stop`` is set.

    Raises:
        ConfigError: there is no secret key, and as ``build_store``.
    """
    from tmsba.control.jobs.worker import Worker, new_owner
    from tmsba.mail.end_warning import end_warning
    from tmsba.store.outbox.health_checks import SqlHealthChecks
    from tmsba.store.outbox.jobs import SqlJobQueue, SqlLiveConferences

    store = build_store(config)
    # Without the key no bridge can be driven: better told now than by every job.
    secret_key(config)
    owner = new_owner()
    return Worker(
        owner=owner,
        store=store,
        queue=SqlJobQueue(store),
        live=SqlLiveConferences(store),
        clock=utc_now,
        factory=bridge_clients(config),
        say=end_warning,
        stop=stop,
        lease=timedelta(seconds=config.lease_seconds),
        poll_s=config.poll_seconds,
        threads=config.control_threads,
        bridge_jobs=config.bridge_jobs,
        checks=SqlHealthChecks(store),
        check_every=timedelta(seconds=config.bridge_check_seconds),
        sweep_every=timedelta(seconds=config.bridge_sweep_seconds),
        rerouting=build_rerouting(config, store),
        postman=_postman(config, store, owner, stop),
    )


def _postman(config: Config, store: "SqlStore", owner: str, stop: threading.Event) -> "Postman | None":
    from tmsba.control.jobs.postman import Postman
    from tmsba.store.outbox.mail_queue import SqlMailQueue

    server = mail_server(config)
    if server is None:
        return None
    return Postman(
        store=store, queue=SqlMailQueue(store), server=server, clock=utc_now, owner=owner, stop=stop
    )
