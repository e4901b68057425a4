"""HTTP Basic authentication."""

import base64
from typing import Any

import pytest
from soap_client import SOAP12, Client, element, envelope

from tmsba.domain.errors import DatabaseDown
from tmsba.wsgi.auth import basic_credentials
from tmsba.wsgi.front import BOOKING_PATH, REMOTE_SETUP_PATH


def encoded(text: str, charset: str = "utf-8") -> str:
    return f"Basic {base64.b64encode(text.encode(charset)).decode()}"


@pytest.mark.parametrize(
    ("header", "credentials"),
    [
        (encoded("user:secret"), ("user", "secret")),
        (encoded("EXAMPLE\\user:secret"), ("EXAMPLE\\user", "secret")),
        (encoded("user@example.com:a:b"), ("user@example.com", "a:b")),
        (encoded("user:"), ("user", "")),
        (encoded("j\u00fcrgen:gr\u00fcn"), ("j\u00fcrgen", "gr\u00fcn")),
        (encoded("j\u00fcrgen:gr\u00fcn", "latin-1"), ("j\u00fcrgen", "gr\u00fcn")),
        ("basic  " + encoded("a:b").split()[1] + " ", ("a", "b")),
    ],
)
def test_credentials_are_read_as_they_were_sent(header: str, credentials: tuple[str, str]) -> None:
    assert basic_credentials(header) == credentials


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic !!!",
        "Basic YQ",
        encoded("nocolon"),
        encoded(":x"),
        "NTLM abc",
        "Bearer x",
        "Basic \u00e4",
    ],
)
def test_other_headers_hold_no_credentials(header: str) -> None:
    assert basic_credentials(header) is None


@pytest.mark.parametrize("path", [BOOKING_PATH, REMOTE_SETUP_PATH])
@pytest.mark.parametrize(
    ("method", "query"), [("GET", ""), ("GET", "wsdl"), ("POST", ""), ("HEAD", ""), ("OPTIONS", "")]
)
def test_nothing_of_the_services_is_open(path: str, method: str, query: str) -> None:
    answer = Client().request(method, path, query=query, user=None)
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].startswith('Basic realm="tmsba"')


def test_the_callable_decides_who_calls() -> None:
    asked: list[Any] = []
    callers: list[Any] = []

    def authenticate(name: str, password: str, address: str) -> str | None:
        asked.append((name, password, address))
        return "the caller" if password == "right" else None

    client = Client(
        {"EndConferenceById": lambda call, ConferenceId: callers.append(call.caller)},
        authenticate=authenticate,
    )
    body = envelope(element("EndConferenceById"))
    assert client.post(body, user="EX\\u:wrong").status == 401
    assert client.post(body, user="EX\\u:right").status == 200
    assert asked == [("EX\\u", "wrong", "192.0.2.7"), ("EX\\u", "right", "192.0.2.7")]
    assert callers == ["the caller"]


def test_the_realm_is_quoted() -> None:
    answer = Client(realm='the "bridge"').request("GET", BOOKING_PATH, user=None)
    assert r'realm="the \"bridge\""' in answer.headers["WWW-Authenticate"]


def test_a_database_that_is_down_is_a_fault_and_lets_nobody_in() -> None:
    def authenticate(*credentials: str) -> None:
        raise DatabaseDown("The database does not answer.")

    called: list[Any] = []
    handlers = {"EndConferenceById": lambda call, ConferenceId: called.append(call)}
    client = Client(handlers, authenticate=authenticate)
    answer = client.post(envelope(element("EndConferenceById"), soap=SOAP12))
    assert (answer.status, answer.code, answer.errorcodes) == (500, "soap:Receiver", [DatabaseDown.code] * 2)
    assert called == []
    answer = client.request("GET", BOOKING_PATH, query="wsdl")
    assert (answer.status, answer.body) == (503, b"The database does not answer.\n")


@pytest.mark.parametrize(
    ("peer", "forwarded", "seen"),
    [
        ("192.0.2.7", "203.0.113.9", "192.0.2.7"),
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "6.6.6.6, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.3", "10.0.0.3"),
    ],
)
def test_the_address_is_that_of_the_client_behind_known_proxies(peer: str, forwarded: str, seen: str) -> None:
    asked: list[str] = []
    client = Client(authenticate=lambda *given: asked.append(given[2]), trusted_proxies=("10.0.0.0/8",))
    client.request("GET", BOOKING_PATH, REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded)
    assert asked == [seen]
