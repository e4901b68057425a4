"""HTTP authentication: NTLM and Basic side by side."""

import base64
from datetime import timedelta
from typing import Any

import pytest
from fakes import FakeClock, FakeStore, create_user
from hypothesis import given
from hypothesis import strategies as st
from ntlm_client import header, message_of, ntlm_answer
from passlib.hash import pbkdf2_sha256
from soap_client import SOAP12, Client, element, envelope

from tmsba.accounts.backoff import Backoff
from tmsba.accounts.login import Login
from tmsba.accounts.ntlm.challenges import ChallengeMaker
from tmsba.accounts.ntlm_login import NtlmLogin
from tmsba.accounts.passwords import nt_hash
from tmsba.domain.errors import DatabaseDown
from tmsba.domain.people.users import USERS
from tmsba.wsgi.auth import basic_credentials, ntlm_message
from tmsba.wsgi.front import BOOKING_PATH, REMOTE_SETUP_PATH

pytestmark = pytest.mark.usefixtures("quick_hashes")


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


# ---------------------------------------------------------------- both

#: Of few rounds, and replaced by a better one at the first log-in.
PASSWORD_HASH = pbkdf2_sha256.using(rounds=1).hash("secret")
BASIC = 'Basic realm="tmsba", charset="UTF-8"'
METHODS = [("GET", "", BOOKING_PATH), ("GET", "wsdl", REMOTE_SETUP_PATH), ("HEAD", "", BOOKING_PATH)]


class Server:
    """The application over a store with users who have NTLM, and one who has not."""

    def __init__(self, *, has_basic: bool = True, has_ntlm: bool = True, **options: Any) -> None:
        self.clock = FakeClock()
        self.store = FakeStore()
        for name in ("anna", "bob", "basic"):
            user = create_user(name=name)
            self.store.prepare(lambda uow, user=user: uow.users.add(user, PASSWORD_HASH, [USERS]))
        for user_id in (1, 2) if has_ntlm else ():
            self.store.prepare(lambda uow, i=user_id: uow.credentials.set_nt_hash(i, nt_hash("secret")))
        backoff = Backoff(self.store, self.clock, lambda *_: None)
        self.ntlm = NtlmLogin(self.store, backoff, ChallengeMaker(lambda: b"key", "dom"), **options)
        self.callers: list[str] = []
        self.client = Client(
            {"EndConferenceById": lambda call, ConferenceId: self.callers.append(call.caller.user.name)},
            authenticate=Login(self.store, backoff).authenticate if has_basic else None,
            ntlm=self.ntlm,
        )

    def send(self, authorization: str | None, method: str = "POST", **more: Any) -> Any:
        body = envelope(element("EndConferenceById")) if method == "POST" else b""
        given = {} if authorization is None else {"HTTP_AUTHORIZATION": authorization}
        path = more.pop("path", BOOKING_PATH)
        return self.client.request(method, path, body, user=None, CONTENT_TYPE="text/xml", **given, **more)

    def challenged(self, negotiate: bytes) -> bytes:
        answer = self.send(header(negotiate), "GET")
        assert answer.status == 401
        [challenge] = answer.challenges
        return message_of(challenge)

    def log_in(self, name: str, password: str, **more: Any) -> Any:
        return self.send(header(ntlm_answer(name, password, self.challenged)), **more)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.mark.parametrize("path", [BOOKING_PATH, REMOTE_SETUP_PATH])
@pytest.mark.parametrize(("method", "query"), [("GET", ""), ("GET", "wsdl"), ("POST", ""), ("HEAD", "")])
def test_ntlm_and_basic_are_offered_in_this_order(server: Server, path: str, method: str, query: str) -> None:
    answer = server.send(None, method, path=path, query=query)
    assert answer.status == 401
    assert answer.challenges == ("NTLM", BASIC)


def test_ntlm_is_not_offered_where_no_account_has_it() -> None:
    assert Server(has_ntlm=False).send(None).challenges == (BASIC,)


def test_basic_can_be_left_out(server: Server) -> None:
    server = Server(has_basic=False, has_ntlm=False)
    for authorization in (None, encoded("anna:secret"), "NTLM x"):
        answer = server.send(authorization)
        assert (answer.status, answer.challenges) == (401, ("NTLM",))


def test_a_caller_with_ntlm_reaches_the_service(server: Server) -> None:
    assert server.log_in("DOM\\anna", "secret").status == 200
    assert server.log_in("bob", "secret").status == 200
    assert server.send(encoded("basic:secret")).status == 200
    assert server.callers == ["anna", "bob", "basic"]


@pytest.mark.parametrize(("method", "query", "path"), METHODS)
def test_documents_are_served_with_ntlm_too(server: Server, method: str, query: str, path: str) -> None:
    assert server.log_in("anna", "secret", method=method, path=path, query=query).status == 200


def test_the_challenge_goes_alone(server: Server) -> None:
    answer = server.send("NTLM TlRMTVNTUAABAAAAAQAAAA==")
    assert answer.status == 401
    assert len(answer.challenges) == 1
    assert message_of(answer.challenges[0]).startswith(b"NTLMSSP\0\x02\0\0\0")
    assert server.callers == []


@pytest.mark.parametrize(("name", "password"), [("anna", "wrong"), ("nobody", "secret"), ("basic", "secret")])
def test_whoever_fails_with_ntlm_is_offered_basic_alone_whatever_is_wrong(
    server: Server, name: str, password: str
) -> None:
    answer = server.log_in(name, password)
    assert (answer.status, answer.challenges) == (401, (BASIC,))
    assert answer.body == b"Send a user name and password that this server knows.\n"


def test_without_basic_whoever_fails_with_ntlm_is_offered_it_again() -> None:
    answer = Server(has_basic=False).log_in("anna", "wrong")
    assert (answer.status, answer.challenges) == (401, ("NTLM",))


def test_an_answer_that_comes_again_is_asked_to_begin_anew(server: Server) -> None:
    authorization = header(ntlm_answer("anna", "secret", server.challenged))
    assert [server.send(authorization).status for _ in range(2)] == [200, 401]
    answer = server.send(authorization)
    assert (answer.status, answer.challenges) == (401, ("NTLM", BASIC))
    assert server.callers == ["anna"]


@pytest.mark.parametrize("is_ntlm", [True, False])
def test_too_many_failures_are_told_with_the_time_to_wait(server: Server, is_ntlm: bool) -> None:
    def send(password: str) -> Any:
        return server.log_in("anna", password) if is_ntlm else server.send(encoded(f"anna:{password}"))

    for _ in range(6):
        assert send("wrong").status == 401
    server.clock.advance(timedelta(seconds=0.5))
    answer = send("secret")
    assert (answer.status, answer.challenges, answer.headers["Retry-After"]) == (401, (BASIC,), "1")
    assert answer.body == b"Too many log-ins have failed. Check the password and try again in 1 s.\n"
    assert server.callers == []
    server.clock.advance(timedelta(seconds=0.5))
    assert send("secret").status == 200


def test_without_ntlm_its_messages_are_not_looked_at() -> None:
    answer = Client().request(
        "GET", BOOKING_PATH, user=None, HTTP_AUTHORIZATION="NTLM TlRMTVNTUAABAAAAAQAAAA=="
    )
    assert (answer.status, answer.challenges) == (401, (BASIC,))


def test_a_database_that_is_down_is_told_to_clients_with_ntlm(server: Server) -> None:
    authorization = header(ntlm_answer("anna", "secret", server.challenged))
    server.store.failing_begins = [DatabaseDown("down")]
    assert server.send(authorization).errorcodes == [DatabaseDown.code]


SCHEMES = st.sampled_from(["NTLM ", "ntlm ", "Basic ", "BASIC  ", "Negotiate ", "Digest ", ""])
HEADS = st.sampled_from([b"", b"NTLMSSP\0", b"NTLMSSP\0\1\0\0\0", b"NTLMSSP\0\3\0\0\0", b"anna:", b"\0\xff:"])


@given(SCHEMES, HEADS, st.binary(max_size=200))
def test_any_credentials_are_answered_with_401(scheme: str, head: bytes, tail: bytes) -> None:
    answer = FUZZED.send(scheme + base64.b64encode(head + tail).decode())
    assert answer.status == 401
    assert answer.challenges
    FUZZED.store.state.failures.clear()


@given(st.text(st.characters(max_codepoint=255, blacklist_categories=["Cc"]), max_size=100), SCHEMES)
def test_any_header_is_answered_with_401(text: str, scheme: str) -> None:
    assert FUZZED.send(scheme + text).status == 401
    FUZZED.store.state.failures.clear()


FUZZED = Server()


@pytest.mark.parametrize("header_text", ["", "NTLM", "NTLM !", "NTLM TlRM", "Basic TlRMTVNTUAABAAAAAQAAAA=="])
def test_other_headers_hold_no_message(header_text: str) -> None:
    assert ntlm_message(header_text) is None


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
