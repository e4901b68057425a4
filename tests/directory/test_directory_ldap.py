"""The LDAP directory, against a real one and against bad ones."""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest
from certificates import make_certificate
from ldap_server import BASE, PASSWORD, SERVICE, SERVICE_PASSWORD, LdapServer

from tmsba.directory.ldap import LdapDirectory, LdapSettings
from tmsba.domain.errors import ServerBusy
from tmsba.ports.people import DirectoryPerson

DORA = DirectoryPerson(
    name="dora", domain="EXAMPLE", first_name="Dora", last_name="Dall", email="dora.dall@example.com"
)


def settings_for(ldap: LdapServer, **changes: object) -> LdapSettings:
    settings = LdapSettings(
        url=ldap.url,
        ca_file=str(ldap.tls.certificate),
        base_dn=BASE,
        bind_dn=SERVICE,
        bind_password=SERVICE_PASSWORD,
        domain="EXAMPLE",
    )
    return replace(settings, **changes)  # type: ignore[arg-type]


@pytest.fixture
def directory(ldap: LdapServer) -> LdapDirectory:
    return LdapDirectory(settings_for(ldap))


# ---------------------------------------------------------------- a real directory


@pytest.mark.parametrize(
    ("domain", "name"), [("", "dora"), ("", "DORA"), ("EXAMPLE", "dora"), ("example.com", "d.dall")]
)
def test_a_person_logs_in_by_name_or_principal(directory: LdapDirectory, domain: str, name: str) -> None:
    assert directory.authenticate(domain, name, PASSWORD) == DORA


@pytest.mark.parametrize("url", ["url", "plain_url"])
def test_tls_is_there_from_the_start_or_started(ldap: LdapServer, url: str) -> None:
    directory = LdapDirectory(settings_for(ldap, url=getattr(ldap, url)))
    assert directory.authenticate("", "dora", PASSWORD) == DORA
    assert directory.by_email("dora.dall@example.com") == DORA


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("dora", "wrong"),
        ("dora", ""),
        ("", PASSWORD),
        ("nobody", PASSWORD),
        ("*", PASSWORD),
        ("dor*", PASSWORD),
        ("dora)(cn=*", PASSWORD),
        ("dora\0", PASSWORD),
        ("dora", "\0"),
        ("x" * 5000, PASSWORD),
        ("cn=Dora Dall", PASSWORD),
    ],
)
def test_a_wrong_name_or_password_fits_nobody(directory: LdapDirectory, name: str, password: str) -> None:
    assert directory.authenticate("", name, password) is None
    assert directory.authenticate("example.com", name, password) is None


def test_letters_beyond_ascii_and_special_ones_are_names_too(directory: LdapDirectory) -> None:
    found = directory.authenticate("", "JÜRGEN", PASSWORD)
    assert found is not None
    assert (found.name, found.last_name) == ("jürgen", "Groß")
    assert directory.authenticate("", "star*", PASSWORD) is not None


def test_an_address_is_looked_up(directory: LdapDirectory) -> None:
    assert directory.by_email("Dora.Dall@example.com") == DORA
    for unknown in ("nobody@example.com", "", "*", "dora*", "twins@example.com"):
        assert directory.by_email(unknown) is None
    assert directory.by_email("star*@example.com") is not None


def test_a_name_is_looked_up(directory: LdapDirectory) -> None:
    for domain in ("", "EXAMPLE", "example.com"):
        assert directory.by_name(domain, "Dora") == DORA
    assert directory.by_name("example.com", "d.dall") == DORA
    for unknown in ("nobody", "", "*", "dor*"):
        assert directory.by_name("", unknown) is None


def test_only_people_that_the_filter_fits_are_known(ldap: LdapServer) -> None:
    directory = LdapDirectory(settings_for(ldap, people="(&(objectClass=person)(!(sn=Dall)))"))
    assert directory.authenticate("", "dora", PASSWORD) is None
    assert directory.by_email("dora.dall@example.com") is None
    assert directory.authenticate("", "twin1", PASSWORD) is not None


def test_another_attribute_can_hold_the_name(ldap: LdapServer) -> None:
    directory = LdapDirectory(settings_for(ldap, name_attribute="cn"))
    found = directory.authenticate("", "dora dall", PASSWORD)
    assert found is not None
    assert found.name == "Dora Dall"


def test_many_ask_at_once(directory: LdapDirectory) -> None:
    """More than have a turn at once."""
    with ThreadPoolExecutor(12) as pool:
        names = ["dora", "twin1", "twin2", "jürgen"] * 15
        found = list(pool.map(lambda name: directory.authenticate("", name, PASSWORD), names))
    assert [one and one.name for one in found] == names


# ---------------------------------------------------------------- what is not trusted


@pytest.mark.parametrize("url", ["url", "plain_url"])
def test_a_certificate_of_somebody_else_is_not_taken(ldap: LdapServer, tmp_path, url: str) -> None:
    other = str(make_certificate(tmp_path).certificate)
    directory = LdapDirectory(settings_for(ldap, url=getattr(ldap, url), ca_file=other))
    with pytest.raises(ServerBusy):
        directory.authenticate("", "dora", PASSWORD)


def test_a_certificate_for_another_name_is_not_taken(tmp_path) -> None:
    server = LdapServer(tmp_path)
    server.tls = make_certificate(tmp_path, address="127.0.0.9", name="other.example.com")
    server.start()
    try:
        with pytest.raises(ServerBusy):
            LdapDirectory(settings_for(server)).authenticate("", "dora", PASSWORD)
    finally:
        server.stop()


@pytest.mark.parametrize(
    "changes",
    [
        {"bind_password": "wrong"},
        {"bind_dn": "cn=nobody,dc=example,dc=com"},
        {"base_dn": "dc=elsewhere"},
        {"people": "(objectClass="},
    ],
)
def test_wrong_settings_let_nobody_in_and_are_logged(ldap: LdapServer, changes: dict[str, str]) -> None:
    directory = LdapDirectory(settings_for(ldap, **changes))
    with pytest.raises(ServerBusy):
        directory.authenticate("", "dora", PASSWORD)
    assert SERVICE_PASSWORD not in repr(settings_for(ldap))


# ---------------------------------------------------------------- bad directories


@dataclass
class BadServer:
    """Takes connections, hears what is said, and gives one answer to the first message, or none."""

    port: int = 0
    heard: list[bytes] = field(default_factory=list)
    connections: int = 0


@contextmanager
def bad_server(answer: bytes) -> Iterator[BadServer]:
    told = BadServer()
    listener = socket.create_server(("127.0.0.1", 0))
    told.port = listener.getsockname()[1]
    is_over = threading.Event()

    def talk(connection: socket.socket) -> None:
        with connection:
            connection.settimeout(0.1)
            while not is_over.is_set():
                try:
                    data = connection.recv(4096)
                except TimeoutError:
                    continue
                except OSError:
                    return
                if not data:
                    return
                told.heard.append(data)
                if answer and len(told.heard) == 1:
                    connection.sendall(answer)

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            told.connections += 1
            threading.Thread(target=talk, args=(connection,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield told
    finally:
        is_over.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def quick(url: str, **more: object) -> LdapDirectory:
    """A directory that is given up soon."""
    return LdapDirectory(LdapSettings(url=url, base_dn=BASE, timeout_s=1), **more)  # type: ignore[arg-type]


#: "protocolError", as servers say that do not know StartTLS.
NO_TLS = bytes.fromhex("300c02010178070a010204000400")


@pytest.mark.parametrize(
    "answer", [NO_TLS, b"", b"\x30\x84\xff\xff\xff\xff", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\0" * 50]
)
def test_no_password_is_sent_to_whoever_does_not_start_tls(answer: bytes) -> None:
    with bad_server(answer) as server:
        directory = LdapDirectory(
            LdapSettings(
                url=f"ldap://127.0.0.1:{server.port}",
                base_dn=BASE,
                bind_dn=SERVICE,
                bind_password=SERVICE_PASSWORD,
                timeout_s=1,
            )
        )
        with pytest.raises(ServerBusy):
            directory.authenticate("", "dora", PASSWORD)
        said = b"".join(server.heard)
    assert said.count(b"1.3.6.1.4.1.1466.20037") == 1
    assert SERVICE_PASSWORD.encode() not in said


@pytest.mark.parametrize("scheme", ["ldap", "ldaps"])
def test_a_silent_directory_is_given_up_and_left_alone_for_a_while(scheme: str) -> None:
    now = [1000.0]
    with bad_server(b"") as server:
        directory = quick(f"{scheme}://127.0.0.1:{server.port}", monotonic=lambda: now[0])
        began = time.monotonic()
        with pytest.raises(ServerBusy, match="directory that knows the users does not answer"):
            directory.by_email("dora@example.com")
        assert 0.5 < time.monotonic() - began < 5
        for _ in range(3):
            with pytest.raises(ServerBusy):
                directory.authenticate("", "dora", PASSWORD)
        assert server.connections == 1
        now[0] += 11
        with pytest.raises(ServerBusy):
            directory.by_email("dora@example.com")
        assert server.connections == 2


def test_only_a_few_wait_for_a_slow_directory() -> None:
    with bad_server(b"") as server:
        directory = quick(f"ldaps://127.0.0.1:{server.port}")
        began = time.monotonic()

        def ask(_: int) -> None:
            with pytest.raises(ServerBusy):
                directory.authenticate("", "dora", PASSWORD)

        with ThreadPoolExecutor(12) as pool:
            list(pool.map(ask, range(12)))
        assert 1 <= server.connections <= 4
        assert time.monotonic() - began < 5


def test_a_directory_that_is_not_there_is_told(ldap: LdapServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(ServerBusy):
        quick(f"ldaps://127.0.0.1:{port}").by_email("dora@example.com")
    with pytest.raises(ServerBusy):
        quick("ldaps://nowhere.invalid").by_email("dora@example.com")
