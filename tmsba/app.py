"""The composition root: here, and only here, the parts are built and joined.

Nothing is built at import time, and the web application after the fork: connections to the database must
not be shared between processes.
"""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tmsba.config import Config, ConfigError, secret_key, sqlite_file

if TYPE_CHECKING:
    from tmsba.control.clients import ClientFactory
    from tmsba.control.postman import Postman
    from tmsba.control.worker import Worker
    from tmsba.smtp import MailServer
    from tmsba.store import SecretBox, SqlStore
    from tmsba.wsgi.http import WsgiApp

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
    from tmsba.store import SchemaOutdated, schema

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
    from tmsba.store import schema

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


@dataclass(slots=True)
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
    from tmsba.accounts.login import Login
    from tmsba.booking.api import Booking, RemoteSetup
    from tmsba.mail.conference_mail import ConferenceTexts
    from tmsba.soap.faults import DetailStyle
    from tmsba.soap.handlers import booking_service, remote_setup_service
    from tmsba.wsgi.front import build_wsgi

    store = build_store(config)
    style = DetailStyle(config.soap12_fault_detail)
    booking = Booking(
        store=store, clock=utc_now, renderer=ConferenceTexts(), is_mail_sent=bool(config.smtp_host)
    )
    return build_wsgi(
        booking=booking_service(booking, detail_style=style),
        remote_setup=remote_setup_service(RemoteSetup(store=store), booking, detail_style=style),
        authenticate=Login(store).authenticate,
        health=Health(store).check,
        public_url=config.public_url,
        trusted_proxies=config.trusted_proxies,
        limit_bytes=config.body_limit_bytes,
    )


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the server can work."""

    store: "SqlStore"

    def check(self) -> tuple[bool, str]:
        """Whether the database answers and has the right tables, and a sentence for the monitor."""
        from tmsba.domain.errors import TmsbaError
        from tmsba.store import SchemaOutdated, schema

        try:
            schema.check(self.store.engine)
        except SchemaOutdated as error:
            return False, str(error)
        except TmsbaError as error:
            return False, error.message
        return True, "ok"


def bridge_clients(config: Config) -> "ClientFactory":
    """How clients of bridges are made."""
    from tmsba.control.clients import client_factory

    share = min(1.0, config.lease_seconds / _BRIDGE_SHARE)
    return client_factory(connect_timeout_s=_BRIDGE_CONNECT_S * share, read_timeout_s=_BRIDGE_READ_S * share)


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
    from tmsba.control.worker import Worker, new_owner
    from tmsba.mail.end_warning import end_warning
    from tmsba.store.bridge_health import SqlHealthChecks
    from tmsba.store.jobs import SqlJobQueue, SqlLiveConferences

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
        checks=SqlHealthChecks(store),
        check_every=timedelta(seconds=config.bridge_check_seconds),
        postman=_postman(config, store, owner, stop),
    )


def _postman(config: Config, store: "SqlStore", owner: str, stop: threading.Event) -> "Postman | None":
    from tmsba.control.postman import Postman
    from tmsba.store.mail_queue import SqlMailQueue

    server = mail_server(config)
    if server is None:
        return None
    return Postman(
        store=store, queue=SqlMailQueue(store), server=server, clock=utc_now, owner=owner, stop=stop
    )
