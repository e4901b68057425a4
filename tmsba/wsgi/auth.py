r"""HTTP Basic authentication.

Who may call is not decided here: a callable is asked. User names are passed as they were sent, be
they ``domain\user``, ``user@domain`` or bare.

Source: TMSBA guide, Security and HTTP Error 401; RFC 7617.
"""

import base64
import binascii
from collections.abc import Callable, Iterable
from typing import Any

from tmsba.domain.errors import TmsbaError
from tmsba.wsgi.http import Environ, StartResponse, WsgiApp, send_text

KEY = "tmsba.caller"
#: Asked with user name, password and network address; answers the caller, or None.
Authenticate = Callable[[str, str, str], Any]
#: Answers a request whose caller could not be looked up.
Unavailable = Callable[[Environ, StartResponse, TmsbaError], Iterable[bytes]]


def _decode(credentials: bytes) -> str:
    try:
        return credentials.decode("utf-8")
    except UnicodeDecodeError:
        # Older .NET clients send what their code page has; latin-1 covers most of it.
        return credentials.decode("latin-1")


def basic_credentials(header: str) -> tuple[str, str] | None:
    """User name and password of an Authorization header; None when it is not a Basic one."""
    scheme, _, encoded = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = _decode(base64.b64decode(encoded.strip(), validate=True))
    except (binascii.Error, ValueError):
        return None
    user_name, colon, password = text.partition(":")
    return (user_name, password) if colon and user_name else None


class BasicAuth:
    """WSGI middleware that lets callers in with a user name and password."""

    def __init__(
        self,
        app: WsgiApp,
        authenticate: Authenticate,
        *,
        unavailable: Unavailable,
        client_address: Callable[[Environ], str],
        realm: str = "tmsba",
    ) -> None:
        """Guard an application.

        Args:
            app: What callers reach; it finds the caller in ``environ["tmsba.caller"]``.
            authenticate: Tells who a user name, a password and an address belong to.
            unavailable: Answers when ``authenticate`` raises a documented error, as it does when the
                database does not answer.
            client_address: Tells the network address that a request came from.
            realm: The name that clients show when they ask for a password.
        """
        self._app = app
        self._authenticate = authenticate
        self._unavailable = unavailable
        self._client_address = client_address
        quoted = realm.replace("\\", "\\\\").replace('"', '\\"')
        self._challenge = [("WWW-Authenticate", f'Basic realm="{quoted}", charset="UTF-8"')]

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request, or ask for credentials."""
        try:
            caller = self._caller(environ)
        except TmsbaError as error:
            return self._unavailable(environ, start_response, error)
        if caller is None:
            return send_text(
                start_response,
                401,
                "Send a user name and password that this server knows.",
                self._challenge,
                is_head=environ["REQUEST_METHOD"] == "HEAD",
            )
        environ[KEY] = caller
        return self._app(environ, start_response)

    def _caller(self, environ: Environ) -> Any:
        credentials = basic_credentials(environ.get("HTTP_AUTHORIZATION", ""))
        if credentials is None:
            return None
        return self._authenticate(*credentials, self._client_address(environ))
