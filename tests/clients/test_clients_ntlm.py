"""Clients that log in with NTLM, straight, over TLS and through a reverse proxy, on two hosts."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from socket import socket

import httpx
import pytest
import requests
from certificates import make_certificate
from client_story import (
    HERE,
    SESSION,
    arguments_of,
    check,
    new_slot,
    program,
    run,
    told_by,
)
from installation import (
    BOOKING_NS,
    BOOKING_PATH,
    PASSWORD,
    SETUP_PATH,
    Installation,
    start_bridge,
    wait_until,
)
from ntlm_client import NTLM_V1, header, message_of, ntlm_answer
from requests_ntlm import HttpNtlmAuth
from reverse_proxy import reverse_proxy
from test_clients_dotnet import HINT, SERVICES
from test_clients_raw import IS_ALIVE, envelope
from test_clients_zeep import VERSIONS, act_out, new_session

USERS = ("anna", "bob")
GET_DEFAULT = envelope(f'<GetDefaultConference xmlns="{BOOKING_NS}"/>', None)


@dataclass(frozen=True)
class House:
    """Two hosts over one database, a third one with TLS, and a reverse proxy before the first two."""

    one: Installation
    two: Installation
    tls_url: str
    proxy_url: str
    certificate: str

    def url(self, way: str) -> str:
        return {"straight": self.one.url, "over TLS": self.tls_url, "through a proxy": self.proxy_url}[way]


def is_open(port: int) -> bool:
    with socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@dataclass(frozen=True)
class Address:
    url: str


@pytest.fixture(scope="module")
def house(tmp_path_factory) -> Iterator[House]:
    folders = [tmp_path_factory.mktemp("ntlm") for _ in range(3)]
    certificate = make_certificate(folders[2])
    database_url = f"sqlite:///{folders[0]}/tmsba.db"
    with_tls = {"TMSBA_CERTFILE": str(certificate.certificate), "TMSBA_KEYFILE": str(certificate.key)}
    one, two, three = (
        Installation(folder, database_url, environment={"TMSBA_DEFAULT_DOMAIN": "EXAMPLE", **more})
        for folder, more in zip(folders, [{}, {}, with_tls], strict=True)
    )
    bridge = start_bridge()
    try:
        one.seed()
        one.add_bridge(bridge.url)
        one.run("user", "password", "admin", "--password-stdin", "--ntlm", stdin=PASSWORD)
        one.run("user", "password", "anna", "--password-stdin", "--ntlm", stdin=PASSWORD)
        for name in ("bob", "eve", "without"):
            option = ["--no-ntlm"] if name == "without" else ["--ntlm"]
            one.run("user", "add", name, "--password-stdin", *option, stdin=PASSWORD)
        one.serve()
        two.serve("--no-control")
        three.start("serve", "--port", str(three.port), "--no-control")
        wait_until(lambda: is_open(three.port), "the host with TLS listens")
        with reverse_proxy([one.url, two.url]) as proxy_url:
            tls_url = f"https://127.0.0.1:{three.port}"
            yield House(one, two, tls_url, proxy_url, str(certificate.certificate))
    finally:
        for installation in (one, two, three):
            installation.stop()
        bridge.stop()


def curl(house: House, *arguments: str) -> str:
    return run([program("curl"), "--silent", "--show-error", "--cacert", house.certificate, *arguments])


def status(house: House, *arguments: str) -> list[int]:
    told = curl(house, "--output", "/dev/null", "--write-out", "%{http_code}\n", *arguments)
    return [int(line) for line in told.split()]


WAYS = ["straight", "over TLS", "through a proxy"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("how", ["--ntlm", "--anyauth"])
def test_curl_gets_the_wsdl_and_an_answer(house, way, how):
    url = house.url(way)
    wsdl = curl(house, how, "--user", f"EXAMPLE\\anna:{PASSWORD}", f"{url}{BOOKING_PATH}?wsdl")
    assert "GetDefaultConference" in wsdl
    answer = curl(
        house,
        *(how, "--user", f"anna:{PASSWORD}", "--header", "Content-Type: text/xml"),
        *("--data-binary", envelope(IS_ALIVE, None), f"{url}{SETUP_PATH}"),
    )
    assert "<IsAliveResult>true</IsAliveResult>" in answer


@pytest.mark.parametrize("way", WAYS)
def test_curl_asks_several_times_on_one_connection_and_sends_long_bodies(house, tmp_path, way):
    body = tmp_path / "body.xml"
    body.write_text(envelope(f"<!--{'x' * 300_000}-->{IS_ALIVE}", None))
    urls = [f"{house.url(way)}{path}" for path in (SETUP_PATH, SETUP_PATH.lower(), SETUP_PATH.upper())]
    given = ["--ntlm", "--user", f"anna:{PASSWORD}", "--data-binary", f"@{body}"]
    outputs = ["--output", "/dev/null"] * 2
    assert status(house, *given, *outputs, "--header", "Content-Type: text/xml", *urls) == [200] * 3


@pytest.mark.parametrize(
    "user", ["anna:wrong", "nobody:x", "anna:", ":", f"without:{PASSWORD}", "EXAMPLE\\eve:wrong"]
)
def test_curl_does_not_get_in_with_what_is_wrong(house, user):
    assert status(house, "--ntlm", "--user", user, f"{house.one.url}{SETUP_PATH}") == [401]


def test_a_client_that_speaks_both_gets_in_without_ntlm_by_its_second_try(house):
    user = ["--anyauth", "--user", f"without:{PASSWORD}"]
    assert status(house, *user, f"{house.one.url}{SETUP_PATH}") == [200]


def test_both_are_offered(house):
    for path in (BOOKING_PATH, SETUP_PATH):
        for query in ("", "?wsdl"):
            answer = httpx.get(f"{house.proxy_url}{path}{query}", trust_env=False)
            assert answer.status_code == 401
            offered = answer.headers.get_list("www-authenticate")
            assert offered == ["NTLM", 'Basic realm="tmsba", charset="UTF-8"']


# ---------------------------------------------------------------- zeep with requests-ntlm


@pytest.mark.parametrize("port", VERSIONS.values(), ids=VERSIONS)
@pytest.mark.parametrize("way", WAYS)
def test_zeep_books_a_conference_with_ntlm(house, way, port):
    session = new_session(HttpNtlmAuth("EXAMPLE\\admin", PASSWORD), trusted=house.certificate)
    slot, known = new_slot(), {"ClientVersionIn": 23, "ClientSession": SESSION}
    check(act_out(Address(house.url(way)), slot, port, known, session), slot)


def owner(url: str, name: str) -> str:
    with new_session(HttpNtlmAuth(name, PASSWORD)) as session:
        answer = session.post(f"{url}{BOOKING_PATH}", GET_DEFAULT, headers={"Content-Type": "text/xml"})
    assert answer.status_code == 200, answer.text
    return answer.text.partition("<OwnerUserName>")[2].partition("<")[0]


def test_callers_are_never_taken_for_each_other(house):
    """Through a proxy that shares its hosts among all of them."""
    names = list(USERS) * 40
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda name: owner(house.proxy_url, name), names))
    assert [one.rpartition("\\")[2] for one in found] == names


# ---------------------------------------------------------------- what must not get in


def handshake(url: str, name: str, password: str = PASSWORD, **more: str) -> str:
    """The Authorization header that ends a handshake."""

    def challenged(negotiate: bytes) -> bytes:
        asked = httpx.get(url, headers={"Authorization": header(negotiate)}, trust_env=False)
        assert asked.status_code == 401
        return message_of(asked.headers["WWW-Authenticate"])

    return header(ntlm_answer(name, password, challenged, **more))


def test_an_answer_counts_once_on_all_hosts_together(house):
    one, two = (f"{host.url}{SETUP_PATH}" for host in (house.one, house.two))
    given = {"Authorization": handshake(one, "anna")}
    told = [httpx.get(url, headers=given, trust_env=False).status_code for url in (two, one, two)]
    assert told == [200, 401, 401]


def test_nothing_sticks_to_a_connection(house):
    """A proxy may send the next client's request on it."""
    url = f"{house.one.url}{SETUP_PATH}"
    limits = httpx.Limits(max_connections=1)
    with httpx.Client(trust_env=False, limits=limits) as http:
        given = {"Authorization": handshake(url, "anna")}
        assert http.get(url, headers=given).status_code == 200
        assert http.get(url).status_code == 401
        assert http.get(url, headers={"Authorization": handshake(url, "bob", "wrong")}).status_code == 401


def test_the_old_version_is_refused(house):
    url = f"{house.one.url}{SETUP_PATH}"
    with httpx.Client(trust_env=False) as http:

        def challenged(negotiate: bytes) -> bytes:
            asked = http.get(url, headers={"Authorization": header(negotiate)})
            return message_of(asked.headers["WWW-Authenticate"])

        answer = ntlm_answer("anna", PASSWORD, challenged, level=NTLM_V1)
        assert http.get(url, headers={"Authorization": header(answer)}).status_code == 401


@pytest.mark.parametrize("is_ntlm", [True, False])
def test_a_hundred_wrong_passwords_slow_down_that_account_alone(house, is_ntlm):
    name = "eve" if is_ntlm else "mallory"
    auth = HttpNtlmAuth(name, "wrong") if is_ntlm else (name, "wrong")
    with requests.Session() as session:
        session.trust_env = False
        answers = [session.get(f"{house.proxy_url}{SETUP_PATH}", auth=auth) for _ in range(100)]
    assert {answer.status_code for answer in answers} == {401}
    waiting = [answer for answer in answers if "Retry-After" in answer.headers]
    assert len(waiting) > 80
    assert all("Too many log-ins have failed" in answer.text for answer in waiting)
    good = HttpNtlmAuth(name, PASSWORD) if is_ntlm else (name, PASSWORD)
    with requests.Session() as session:
        session.trust_env = False
        refused = session.get(f"{house.two.url}{SETUP_PATH}", auth=good)
        assert (refused.status_code, "Retry-After" in refused.headers) == (401, True)
        for others in (HttpNtlmAuth("bob", PASSWORD), ("without", PASSWORD)):
            assert session.get(f"{house.two.url}{SETUP_PATH}", auth=others).status_code == 200
    if is_ntlm:
        assert house.one.run("user", "unlock", "eve") == "eve can log in.\n"
        assert owner(house.proxy_url, "eve") == "eve"


# ---------------------------------------------------------------- .NET


@pytest.mark.long
@pytest.mark.parametrize(("version", "protocol"), [("1.1", "Soap"), ("1.2", "Soap12")])
@pytest.mark.parametrize("way", ["straight", "through a proxy"])
def test_dotnet_proxies_book_a_conference_with_ntlm(house, tmp_path, way, version, protocol):
    wsdl, mcs, mono = (program(name, HINT) for name in ("wsdl", "mcs", "mono"))
    for name, path in SERVICES.items():
        document = tmp_path / f"{name}.wsdl"
        document.write_text(
            curl(house, "--ntlm", "--user", f"admin:{PASSWORD}", f"{house.url(way)}{path}?wsdl")
        )
        output = [f"-namespace:{name}", f"-out:{tmp_path / name}.cs", f"-protocol:{protocol}"]
        run([wsdl, "-nologo", *output, str(document)])
    sources = [str(tmp_path / f"{name}.cs") for name in SERVICES]
    stories = [str(HERE / "mono" / name) for name in ("Story.cs", "NtlmStory.cs")]
    libraries = "-r:System.Web.Services,System.Xml,System.Core,Mono.Security"
    built = str(tmp_path / "story.exe")
    run([mcs, "-nologo", "-warnaserror-", f"-out:{built}", "-main:NtlmStory", libraries, *stories, *sources])

    slot = new_slot()
    check(told_by([mono, built, *arguments_of(Address(house.url(way)), slot, version)]), slot)


@pytest.fixture(scope="module")
def get(tmp_path_factory) -> list[str]:
    """A .NET program that gets an address with a name, password and domain, and tells the status."""
    mcs, mono = (program(name, HINT) for name in ("mcs", "mono"))
    built = str(tmp_path_factory.mktemp("get") / "get.exe")
    run([mcs, "-nologo", f"-out:{built}", str(HERE / "mono" / "Get.cs")])
    return [mono, built]


@pytest.mark.long
def test_dotnet_of_the_old_version_is_named_in_the_log(house, get):
    assert run([*get, f"{house.one.url}{SETUP_PATH}", "bob", PASSWORD, "EXAMPLE"]) == "401\n"
    assert '"reason": "NTLM version 1"' in (house.one.folder / "serve.log").read_text()


@pytest.mark.long
@pytest.mark.parametrize(("choice", "status"), [("accept", "200"), ("refuse", "401")])
def test_dotnet_of_the_old_version_gets_in_by_ntlm_where_that_is_accepted(
    house, get, tmp_path, choice, status
):
    settings = {"TMSBA_NTLM_V1": choice, "TMSBA_AUTHENTICATION": "ntlm"}
    host = Installation(tmp_path, house.one.env()["TMSBA_DATABASE_URL"], environment=settings)
    url = f"{host.url}{SETUP_PATH}"
    try:
        host.serve("--no-control")
        assert run([*get, url, "bob", PASSWORD, "EXAMPLE"]) == f"{status}\n"
        assert run([*get, url, "bob", "wrong", "EXAMPLE"]) == "401\n"
    finally:
        host.stop()
