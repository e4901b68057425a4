"""An LDAP directory: whose password it is, and who has an e-mail address.

A directory that does not answer must not take the server with it: each step has a time-out, only a few
requests ask at once, the others wait a moment for their turn, and after a failure nobody asks for a while.
"""

import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

import structlog
from ldap3 import NONE, SAFE_SYNC, SUBTREE, Connection, Server, Tls
from ldap3.core.exceptions import LDAPCommunicationError, LDAPException
from ldap3.utils.conv import escape_filter_chars

from tmsba.domain.errors import ServerBusy
from tmsba.ports.people import DirectoryPerson

log = structlog.get_logger(__name__)
T = TypeVar("T")

#: Requests that ask the directory at once, and how long others wait for their turn.
_AT_ONCE = 4
_TURN_S = 1.0
#: How long nobody asks after it did not answer.
_REST_S = 10.0
#: A name may stand for many hosts; so many of them are tried.
_HOSTS_TRIED = 2
_SUCCESS, _SIZE_LIMIT_EXCEEDED = 0, 4
#: Results of a log-in that are the directory's own trouble: busy, unavailable, timed out and their like.
_TROUBLE = frozenset({1, 2, 3, 51, 52, 80})


@dataclass(frozen=True, slots=True, kw_only=True)
class LdapSettings:
    """Where the directory is and what it is asked for."""

    #: ``ldaps://host[:port]``, or ``ldap://host[:port]``, which begins with StartTLS.
    url: str
    base_dn: str
    #: A PEM file; blank for what the system trusts.
    ca_file: str = ""
    #: Who searches; blank for nobody in particular.
    bind_dn: str = ""
    bind_password: str = field(default="", repr=False)
    #: A filter that fits all people.
    people: str = "(objectClass=person)"
    name_attribute: str = "sAMAccountName"
    #: The Windows domain that the people are in.
    domain: str = ""
    timeout_s: int = 5


class _VerifiedTls(Tls):
    """TLS as Python checks it: ldap3 would check host names with code of its own."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        self._context = context

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:  # noqa: ARG002 - the hook's shape
        connection.socket = self._context.wrap_socket(
            connection.socket, server_hostname=connection.server.host
        )


class _FewHosts(Server):
    """A server whose time-outs add up to little."""

    def candidate_addresses(self) -> list[Any]:
        return list(super().candidate_addresses())[:_HOSTS_TRIED]


class LdapDirectory:
    """Implements ``ports.people.Directory`` and ``accounts.ports.PasswordDirectory``; safe between threads.

    Args:
        settings: where it is.
        monotonic: a clock for its rests, in seconds.

    Raises:
        ValueError: a setting does not fit; the message names it.
    """

    def __init__(self, settings: LdapSettings, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._monotonic = monotonic
        parts = urlsplit(settings.url)
        if parts.scheme not in ("ldap", "ldaps") or not parts.hostname:
            raise ValueError("ldap_url must look like ldaps://dc.example.com")
        self._host, self._is_tls_from_start = parts.hostname, parts.scheme == "ldaps"
        self._port = parts.port or (636 if self._is_tls_from_start else 389)
        try:
            self._context = ssl.create_default_context(cafile=settings.ca_file or None)
        except (OSError, ssl.SSLError) as error:
            raise ValueError(f"ldap_ca_file {settings.ca_file} cannot be used: {error}") from error
        self._turns = threading.BoundedSemaphore(_AT_ONCE)
        self._rests_until = 0.0

    def authenticate(self, domain: str, name: str, password: str) -> DirectoryPerson | None:
        """Who has this name and password; ``None`` when they do not fit.

        Raises:
            ServerBusy: the directory does not answer.
        """
        if not name or not password:
            # A log-in without a password is an anonymous one, and succeeds.
            return None
        condition = self._named(domain, name)

        def ask(connection: Any) -> DirectoryPerson | None:
            entry = self._entry(connection, condition)
            if entry is None:
                return None
            is_right = self._bind(connection, entry["dn"], password)
            return self._person(entry) if is_right else None

        return self._asked(ask)

    def by_email(self, email: str) -> DirectoryPerson | None:
        """The person with this e-mail address; ``None`` when there is none, or more than one.

        Raises:
            ServerBusy: the directory does not answer.
        """
        if not email:
            return None
        return self._found(f"(mail={escape_filter_chars(email)})")

    def by_name(self, domain: str, name: str) -> DirectoryPerson | None:
        """The person with this log-in name; ``None`` when there is none, or more than one.

        Args:
            domain: blank for any.
            name: without the domain.

        Raises:
            ServerBusy: the directory does not answer.
        """
        return self._found(self._named(domain, name)) if name else None

    def _named(self, domain: str, name: str) -> str:
        condition = f"({self._settings.name_attribute}={escape_filter_chars(name)})"
        if not domain:
            return condition
        principal = escape_filter_chars(f"{name}@{domain}")
        return f"(|{condition}(userPrincipalName={principal}))"

    def _found(self, condition: str) -> DirectoryPerson | None:
        def ask(connection: Any) -> DirectoryPerson | None:
            entry = self._entry(connection, condition)
            return self._person(entry) if entry else None

        return self._asked(ask)

    def _asked(self, ask: Callable[[Any], T]) -> T:
        """What a question finds out, on a connection of its own."""
        if self._rests() or not self._turns.acquire(timeout=_TURN_S):
            raise _no_answer()
        try:
            if self._rests():
                raise _no_answer()
            with self._connected() as connection:
                return ask(connection)
        except (LDAPCommunicationError, OSError) as error:
            self._rests_until = self._monotonic() + _REST_S
            log.warning("directory_down", url=self._settings.url, error=str(error))
            raise _no_answer() from error
        except LDAPException as error:
            # No reason to rest: it may be this question alone.
            log.warning("directory_refused", url=self._settings.url, error=str(error))
            raise _no_answer() from error
        finally:
            self._turns.release()

    def _rests(self) -> bool:
        return self._monotonic() < self._rests_until

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        timeout_s = self._settings.timeout_s
        server = _FewHosts(
            self._host,
            self._port,
            use_ssl=self._is_tls_from_start,
            tls=_VerifiedTls(self._context),
            connect_timeout=timeout_s,
            get_info=NONE,
        )
        connection = Connection(
            server,
            client_strategy=SAFE_SYNC,
            auto_referrals=False,
            receive_timeout=timeout_s,
            auto_encode=True,
            check_names=False,
        )
        try:
            connection.open()
            if not self._is_tls_from_start:
                connection.start_tls()
            own = self._settings
            if own.bind_dn and not self._bind(connection, own.bind_dn, own.bind_password):
                raise LDAPException("ldap_bind_dn and ldap_bind_password do not fit")
            yield connection
        finally:
            connection.strategy.close()
            if connection.socket is not None:
                # ldap3 leaves it open when the connection failed half way.
                connection.socket.close()

    def _bind(self, connection: Any, dn: str, password: str) -> bool:
        # As bytes: ldap3 would raise an error about letters that it finds improper, and change others.
        _, result, _, _ = connection.rebind(user=dn, password=password.encode(), authentication="SIMPLE")
        if result["result"] in _TROUBLE:
            raise LDAPException(f"log-in: {result['description']}")
        return bool(result["result"] == _SUCCESS)

    def _entry(self, connection: Any, condition: str) -> Mapping[str, Any] | None:
        """The one entry that a condition fits."""
        _, result, response, _ = connection.search(
            self._settings.base_dn,
            f"(&{self._settings.people}{condition})",
            SUBTREE,
            attributes=[self._settings.name_attribute, "givenName", "sn", "mail"],
            size_limit=2,
            time_limit=self._settings.timeout_s,
        )
        if result["result"] not in (_SUCCESS, _SIZE_LIMIT_EXCEEDED):
            raise LDAPException(f"search: {result['description']} {result['message']}".strip())
        # Beside entries there may be references to other directories, which nobody follows.
        entries = [one for one in response if one["type"] == "searchResEntry"]
        return entries[0] if len(entries) == 1 else None

    def _person(self, entry: Mapping[str, Any]) -> DirectoryPerson | None:
        attributes = {name.lower(): values for name, values in entry["raw_attributes"].items()}

        def first(name: str) -> str:
            values = attributes.get(name.lower()) or [b""]
            return bytes(values[0]).decode("utf-8", errors="replace").strip()

        name = first(self._settings.name_attribute)
        if not name:
            return None
        return DirectoryPerson(
            name=name,
            domain=self._settings.domain,
            first_name=first("givenName"),
            last_name=first("sn"),
            email=first("mail"),
        )


def _no_answer() -> ServerBusy:
    return ServerBusy(
        "The directory that knows the users does not answer. Repeat the request in a moment, or tell an "
        "administrator."
    )
