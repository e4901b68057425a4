r"""HTTP authentication: NTLM and Basic, side by side.

Who may call is not decided here: those behind are asked. User names are passed as they were sent, be
they ``domain\user``, ``user@domain`` or bare.

Clients that are offered NTLM try it first, and some try nothing else. So it is offered only when some account
can use it, and whoever fails with it is offered Basic alone: of the clients with an account that has no NTLM,
those that can do both get in by their second try, and what is offered tells nobody which accounts exist.

Nothing is remembered about a connection, because a reverse proxy may share it among clients. Clients that
expect a connection to stay logged in repeat the handshake when they get 401.

Source: TMSBA guide, Security and HTTP Error 401; RFC 7617; RFC 4559, 4 (the shape of the messages).
"""

import base64
import binascii
import math
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from tmsba.accounts.backoff import TooManyFailures
from tmsba.accounts.ntlm.messages import Authenticate as NtlmAnswer
from tmsba.accounts.ntlm.messages import MalformedMessage, Negotiate, read_message
from tmsba.accounts.ntlm_login import NotAnswered
from tmsba.domain.errors import TmsbaError
from tmsba.wsgi.http import Environ, Headers, StartResponse, WsgiApp, send_text

KEY = "tmsba.caller"
#: Asked with user name, password and network address; answers the caller, or None.
Authenticate = Callable[[str, str, str], Any]
#: Answers a request whose caller could not be looked up.
Unavailable = Callable[[Environ, StartResponse, TmsbaError], Iterable[bytes]]

_NTLM = ("WWW-Authenticate", "NTLM")


class Ntlm(Protocol):
    """Decides about callers that use NTLM; ``tmsba.accounts.ntlm_login`` implements it."""

    def is_offered(self) -> bool:
        """Whether any account can use it."""

    def challenge(self, message: Negotiate, connection: Any = None) -> bytes:
        """The answer to a client's first message."""

    def authenticate(self, message: NtlmAnswer, address: str, connection: Any = None) -> Any:
        """The caller, or ``None``; raises ``NotAnswered`` when the client has to begin anew."""


class _Refused(Exception):
    """The client is asked for credentials.

    Attributes:
        challenges: the headers to ask with.
        sentence: what people read.
    """

    def __init__(
        self, challenges: Headers, sentence: str = "Send a user name and password that this server knows."
    ) -> None:
        super().__init__(sentence)
        self.challenges = challenges
        self.sentence = sentence


def _decode(credentials: bytes) -> str:
    try:
        return credentials.decode("utf-8")
    except UnicodeDecodeError:
        # Older .NET clients send what their code page has; latin-1 covers most of it.
        return credentials.decode("latin-1")


def _token(header: str, scheme: str) -> bytes | None:
    """What an Authorization header of this scheme brings; ``None`` when it is another one."""
    name, _, encoded = header.strip().partition(" ")
    if name.lower() != scheme:
        return None
    try:
        return base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None


def basic_credentials(header: str) -> tuple[str, str] | None:
    """User name and password of an Authorization header; None when it is not a Basic one."""
    token = _token(header, "basic")
    if token is None:
        return None
    user_name, colon, password = _decode(token).partition(":")
    return (user_name, password) if colon and user_name else None


def ntlm_message(header: str) -> Negotiate | NtlmAnswer | None:
    """The message of an Authorization header; None when it is not one of NTLM."""
    token = _token(header, "ntlm")
    try:
        return None if token is None else read_message(token)
    except MalformedMessage:
        return None


class HttpAuth:
    """WSGI middleware that lets callers in with a user name and password."""

    def __init__(
        self,
        app: WsgiApp,
        authenticate: Authenticate | None,
        *,
        ntlm: Ntlm | None = None,
        unavailable: Unavailable,
        client_address: Callable[[Environ], str],
        realm: str = "tmsba",
    ) -> None:
        """Guard an application.

        Args:
            app: What callers reach; it finds the caller in ``environ["tmsba.caller"]``.
            authenticate: Tells who a user name, a password and an address belong to; ``None`` does
                without Basic.
            ntlm: Decides about callers that use NTLM; ``None`` does without it.
            unavailable: Answers when one of them raises a documented error, as they do when the
                database does not answer.
            client_address: Tells the network address that a request came from.
            realm: The name that clients show when they ask for a password.
        """
        self._app = app
        self._authenticate = authenticate
        self._ntlm = ntlm
        self._unavailable = unavailable
        self._client_address = client_address
        quoted = realm.replace("\\", "\\\\").replace('"', '\\"')
        challenge = ("WWW-Authenticate", f'Basic realm="{quoted}", charset="UTF-8"')
        self._basic = [challenge] if authenticate else []

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request, or ask for credentials."""
        try:
            environ[KEY] = self._caller(environ)
        except TmsbaError as error:
            return self._unavailable(environ, start_response, error)
        except _Refused as refusal:
            is_head = environ["REQUEST_METHOD"] == "HEAD"
            return send_text(start_response, 401, refusal.sentence, refusal.challenges, is_head=is_head)
        return self._app(environ, start_response)

    def _caller(self, environ: Environ) -> Any:
        """Who calls.

        Raises:
            _Refused: nobody that may.
        """
        header = environ.get("HTTP_AUTHORIZATION", "")
        message = ntlm_message(header)
        try:
            if self._ntlm and message:
                return self._by_ntlm(self._ntlm, message, environ)
            credentials = basic_credentials(header)
            if self._authenticate and credentials:
                caller = self._authenticate(*credentials, self._client_address(environ))
                if caller is not None:
                    return caller
        except TooManyFailures as error:
            raise self._wait(error) from None
        raise _Refused(self._offers())

    def _by_ntlm(self, ntlm: Ntlm, message: Negotiate | NtlmAnswer, environ: Environ) -> Any:
        connection = environ.get("gunicorn.socket")
        if isinstance(message, Negotiate):
            token = base64.b64encode(ntlm.challenge(message, connection)).decode("ascii")
            raise _Refused([("WWW-Authenticate", f"NTLM {token}")])
        try:
            caller = ntlm.authenticate(message, self._client_address(environ), connection)
        except NotAnswered:
            raise _Refused(self._offers()) from None
        if caller is None:
            raise _Refused(self._basic or [_NTLM])
        return caller

    def _offers(self) -> Headers:
        # In the order of preference: old clients take the first one they know.
        is_ntlm_offered = self._ntlm is not None and (not self._basic or self._ntlm.is_offered())
        return [_NTLM, *self._basic] if is_ntlm_offered else self._basic

    def _wait(self, error: TooManyFailures) -> _Refused:
        """Refuse as a wrong password is refused, which every client understands, and say how long."""
        seconds = math.ceil(error.retry_after.total_seconds())
        return _Refused(
            [*(self._basic or [_NTLM]), ("Retry-After", str(seconds))],
            f"Too many log-ins have failed. Check the password and try again in {seconds} s.",
        )
