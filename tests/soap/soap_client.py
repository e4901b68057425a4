"""A client for the WSGI application in this process, and what it needs to write requests."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from tmsba.soap.application import SoapService
from tmsba.soap.operations.booking import BOOKING_SERVICE
from tmsba.soap.operations.setup import REMOTE_SETUP_SERVICE
from tmsba.soap.types.simple import BOOKING, EXCEPTION, REMOTE_SETUP
from tmsba.wsgi.front import BOOKING_PATH, REMOTE_SETUP_PATH, build_wsgi

SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"


@dataclass
class Answer:
    """What came back over HTTP."""

    status: int
    headers: dict[str, str]
    body: bytes
    #: The WWW-Authenticate headers, in order; the dictionary has the last one only.
    challenges: tuple[str, ...] = ()

    @property
    def root(self) -> Any:
        return etree.fromstring(self.body)

    @property
    def fault(self) -> Any:
        """The Fault element; fails when there is none."""
        (found,) = (e for e in self.root.iter() if etree.QName(e).localname == "Fault")
        return found

    @property
    def sentence(self) -> str:
        """The sentence of a fault of either version."""
        names = ("faultstring", "Text")
        return next(e.text for e in self.fault.iter() if etree.QName(e).localname in names)

    @property
    def code(self) -> str:
        """soap:Client and its like."""
        names = ("faultcode", "Value")
        return next(e.text for e in self.fault.iter() if etree.QName(e).localname in names)

    def all(self, name: str, namespace: str = BOOKING) -> list[Any]:
        return list(self.root.iter(f"{{{namespace}}}{name}"))

    def text(self, name: str, namespace: str = BOOKING) -> str | None:
        (found,) = self.all(name, namespace)
        return found.text

    @property
    def errorcodes(self) -> list[int]:
        return [int(e.text) for e in self.all("errorcode", EXCEPTION)]


def version_header(version: int | str | None = 23, namespace: str = BOOKING, inner: str = "") -> str:
    announced = "" if version is None else f"<ClientVersionIn>{version}</ClientVersionIn>"
    name = "ExternalAPIVersionSoapHeader"
    return f'<{name} xmlns="{namespace}">{announced}{inner}</{name}>'


def envelope(body: str, header: str | None = None, soap: str = SOAP11) -> bytes:
    headers = "" if header is None else f"<s:Header>{header}</s:Header>"
    return f'<s:Envelope xmlns:s="{soap}">{headers}<s:Body>{body}</s:Body></s:Envelope>'.encode()


def element(name: str, inner: str = "", namespace: str = BOOKING) -> str:
    return f'<{name} xmlns="{namespace}">{inner}</{name}>'


def elements(**values: object) -> str:
    return "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in values.items())


class Client:
    """Sends requests to the application."""

    def __init__(
        self, booking: dict[str, Any] | None = None, setup: dict[str, Any] | None = None, **options: Any
    ):
        style = {"detail_style": options.pop("detail_style")} if "detail_style" in options else {}
        self.booking = SoapService(BOOKING_SERVICE, booking or {}, **style)
        self.remote_setup = SoapService(REMOTE_SETUP_SERVICE, setup or {}, **style)
        options.setdefault("authenticate", lambda name, password, address: name)
        self.app = build_wsgi(booking=self.booking, remote_setup=self.remote_setup, **options)

    def request(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        query: str = "",
        user: str | None = "u:p",
        **environ: Any,
    ) -> Answer:
        heard, pieces = self._sent(method, path, body, query=query, user=user, **environ)
        return Answer(heard["status"], heard["headers"], b"".join(pieces), heard["challenges"])

    def stream(self, path: str, body: bytes) -> tuple[dict[str, str], Any]:
        """The headers of an answer, and its body as the web server gets it."""
        heard, pieces = self._sent("POST", path, body, CONTENT_TYPE="text/xml")
        return heard["headers"], iter(pieces)

    def _sent(
        self,
        method: str,
        path: str,
        body: bytes,
        *,
        query: str = "",
        user: str | None = "u:p",
        **environ: Any,
    ) -> tuple[dict[str, Any], Any]:
        heard: dict[str, Any] = {}

        def start_response(status: str, headers: list[tuple[str, str]], *rest: Any) -> None:
            challenges = tuple(value for name, value in headers if name == "WWW-Authenticate")
            heard.update(status=int(status[:3]), headers=dict(headers), challenges=challenges)

        request = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": BytesIO(body),
            "wsgi.url_scheme": "http",
            "SERVER_NAME": "server.example.com",
            "SERVER_PORT": "8080",
            "HTTP_HOST": "tmsba.example.com",
            "REMOTE_ADDR": "192.0.2.7",
            **environ,
        }
        if user is not None:
            request["HTTP_AUTHORIZATION"] = f"Basic {base64.b64encode(user.encode()).decode()}"
        pieces = self.app(request, start_response)
        return heard, pieces

    def post(
        self, body: bytes, *, path: str = BOOKING_PATH, content_type: str = "text/xml", **more: Any
    ) -> Answer:
        return self.request("POST", path, body, CONTENT_TYPE=content_type, **more)

    def call(
        self,
        name: str,
        inner: str = "",
        *,
        version: int | None = 23,
        soap: str = SOAP11,
        header: str | None = None,
    ) -> Answer:
        header = version_header(version) if header is None else header
        return self.post(envelope(element(name, inner), header, soap))

    def setup(self, name: str, inner: str = "") -> Answer:
        body = envelope(element(name, inner, REMOTE_SETUP), version_header(23, REMOTE_SETUP))
        return self.post(body, path=REMOTE_SETUP_PATH)
