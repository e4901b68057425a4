"""The WSGI application: from a request to the service, page or document it asks for.

Paths and the query string are read without regard to case, as IIS does. A POST is a SOAP request
whatever its query string says: some scripts post to the address of the WSDL.

Source: TMSBA guide, API Locations and HTTP Error 401.
"""

from collections.abc import Callable, Iterable, Mapping
from urllib.parse import parse_qsl

from tmsba.domain.errors import TmsbaError
from tmsba.soap.application import SoapService
from tmsba.soap.wire.protocol import Exchange
from tmsba.wsgi.address import PublicAddress
from tmsba.wsgi.auth import KEY as CALLER
from tmsba.wsgi.auth import Authenticate, HttpAuth, Ntlm
from tmsba.wsgi.guard import BodyGuard
from tmsba.wsgi.http import Environ, StartResponse, WsgiApp, send, send_pieces, send_text
from tmsba.wsgi.pages import ServicePages
from tmsba.wsgi.request_id import KEY as REQUEST_ID
from tmsba.wsgi.request_id import RequestId

BOOKING_PATH = "/tms/external/booking/bookingservice.asmx"
REMOTE_SETUP_PATH = "/tms/external/booking/remotesetup/remotesetupservice.asmx"
HEALTH_PATH = "/healthz"

_ALLOWED = "GET, HEAD, OPTIONS, POST"
_HTML = "text/html; charset=utf-8"
_XML = "text/xml; charset=utf-8"
#: Whether the server is well, and a sentence about it.
Health = Callable[[], tuple[bool, str]]


class ServiceFront:
    """HTTP for one service: SOAP requests, the WSDL, the pages."""

    def __init__(self, service: SoapService, path: str, address: PublicAddress) -> None:
        self._service = service
        self._path = path
        self._address = address
        self._pages = ServicePages(service)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request of an authenticated caller."""
        match environ["REQUEST_METHOD"]:
            case "POST":
                return self._soap(environ, start_response)
            case "GET" | "HEAD":
                return self._document(environ, start_response)
            case "OPTIONS":
                return send(start_response, 200, b"", "text/plain", [("Allow", _ALLOWED)])
            case method:
                sentence = f"{method[:20]} is not possible here. Post a SOAP request."
                return send_text(start_response, 405, sentence, [("Allow", _ALLOWED)])

    def _url(self, environ: Environ) -> str:
        return f"{self._address.base(environ)}{self._path}"

    def unavailable(
        self, environ: Environ, start_response: StartResponse, error: TmsbaError
    ) -> Iterable[bytes]:
        """Answer a request whose caller could not be looked up; its content is not served."""
        if environ["REQUEST_METHOD"] == "POST":
            return self._soap(environ, start_response, error)
        is_head = environ["REQUEST_METHOD"] == "HEAD"
        return send_text(start_response, 503, error.message, is_head=is_head)

    def _soap(
        self, environ: Environ, start_response: StartResponse, failure: TmsbaError | None = None
    ) -> Iterable[bytes]:
        answer = self._service.answer(
            Exchange(
                body=environ["wsgi.input"].read(),
                content_type=environ.get("CONTENT_TYPE", ""),
                url=self._url(environ),
                request_id=environ[REQUEST_ID],
                caller=environ.get(CALLER),
                failure=failure,
            )
        )
        status = 500 if answer.is_fault else 200
        if answer.content.rest is None:
            return send(start_response, status, answer.content.head, answer.content_type)
        return send_pieces(start_response, status, answer.content.pieces(), answer.content_type)

    def _document(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        is_head = environ["REQUEST_METHOD"] == "HEAD"
        pairs = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        query = {name.lower(): value for name, value in pairs}
        if "wsdl" in query or "singlewsdl" in query:
            wsdl = self._service.wsdl.render(self._url(environ))
            return send(start_response, 200, wsdl, _XML, is_head=is_head)
        if "op" not in query:
            return send(start_response, 200, self._pages.operation_list(), _HTML, is_head=is_head)
        page = self._pages.operation(query["op"], self._url(environ))
        if page is None:
            return send_text(start_response, 404, "There is no such operation.", is_head=is_head)
        return send(start_response, 200, page, _HTML, is_head=is_head)


class _Router:
    """Finds the application for a path."""

    def __init__(self, apps: Mapping[str, WsgiApp], otherwise: WsgiApp) -> None:
        self._apps = apps
        self._otherwise = otherwise

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = f"{environ.get('SCRIPT_NAME', '')}{environ.get('PATH_INFO', '')}"
        app = self._apps.get(path.lower().rstrip("/"), self._otherwise)
        return app(environ, start_response)


def nothing_here(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """What unknown paths get."""
    is_head = environ["REQUEST_METHOD"] == "HEAD"
    sentence = f"Nothing is here. The booking service is at {BOOKING_PATH}."
    return send_text(start_response, 404, sentence, is_head=is_head)


def _health_app(health: Health) -> WsgiApp:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        if method not in ("GET", "HEAD"):
            return send_text(start_response, 405, "Only GET is possible here.", [("Allow", "GET, HEAD")])
        is_well, sentence = health()
        return send_text(start_response, 200 if is_well else 503, sentence, is_head=method == "HEAD")

    return app


def build_wsgi(
    *,
    booking: SoapService,
    remote_setup: SoapService,
    authenticate: Authenticate | None,
    ntlm: Ntlm | None = None,
    health: Health = lambda: (True, "ok"),
    public_url: str = "",
    trusted_proxies: tuple[str, ...] = (),
    realm: str = "tmsba",
    limit_bytes: int = 4 * 1024 * 1024,
    deadline_s: float = 30.0,
    otherwise: WsgiApp = nothing_here,
) -> WsgiApp:
    """Build the WSGI application of the server.

    Args:
        booking: The booking service.
        remote_setup: The remote setup service.
        authenticate: Tells who a user name, a password and a network address belong to; ``None``
            does without Basic.
        ntlm: Decides about callers that use NTLM; ``None`` does without it.
        health: Tells whether the server is well, for ``/healthz``, which needs no password.
        public_url: Scheme and host that clients use; blank to take it from each request.
        trusted_proxies: Addresses and networks whose X-Forwarded headers are believed.
        realm: The name that clients show when they ask for a password.
        limit_bytes: The longest request body that is taken.
        deadline_s: How long a request body may take to arrive.
        otherwise: Serves all other paths; it does its own authentication.

    Raises:
        ValueError: A trusted proxy is no address or network.
    """
    address = PublicAddress.of(public_url, trusted_proxies)
    services = {BOOKING_PATH: booking, REMOTE_SETUP_PATH: remote_setup}
    fronts = {path: ServiceFront(service, path, address) for path, service in services.items()}
    apps: dict[str, WsgiApp] = {
        path: HttpAuth(
            front,
            authenticate,
            ntlm=ntlm,
            unavailable=front.unavailable,
            client_address=address.client,
            realm=realm,
        )
        for path, front in fronts.items()
    }
    router = _Router({**apps, HEALTH_PATH: _health_app(health)}, otherwise)
    return RequestId(BodyGuard(router, limit_bytes=limit_bytes, deadline_s=deadline_s))
