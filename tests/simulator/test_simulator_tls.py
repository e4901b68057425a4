"""Simulated bridges over TLS."""

import hashlib
import socket
import ssl
from collections.abc import Iterator

import httpx
import pytest
from simulator_api import PASSWORD

from tmsba.cms.wire.tls import trust
from tmsba.simulator import Certificate, SimulatedCluster, Simulator, make_certificate

AUTH = ("admin", PASSWORD)
STATUS = "/api/v1/system/status"


@pytest.fixture(scope="module")
def certificate() -> Certificate:
    return make_certificate("127.0.0.1")


@pytest.fixture
def server(certificate: Certificate) -> Iterator[Simulator]:
    with Simulator(password=PASSWORD, certificate=certificate) as server:
        yield server


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_who_trusts_the_certificate_reaches_the_bridge_by_either_name(
    server: Simulator, certificate: Certificate, host: str
) -> None:
    context = ssl.create_default_context(cadata=certificate.pem)
    answer = httpx.get(f"https://{host}:{server.port}{STATUS}", auth=AUTH, verify=context)
    assert answer.status_code == 200
    assert server.url == f"https://127.0.0.1:{server.port}"


@pytest.mark.parametrize(
    ("host", "kind"), [("cms.example.com", "DNS"), ("192.0.2.7", "IP Address"), ("2001:db8::7", "IP Address")]
)
def test_the_certificate_is_for_the_host_it_listens_on_too(host: str, kind: str) -> None:
    context = ssl.create_default_context(cadata=make_certificate(host).pem)
    [shown] = context.get_ca_certs()
    names = [(found, value.lower()) for found, value in shown["subjectAltName"]]
    assert names[:2] == [("DNS", "localhost"), ("IP Address", "127.0.0.1")]
    assert names[2] == (kind, host if ":" not in host else "2001:db8:0:0:0:0:0:7")


def test_the_fingerprint_is_that_of_the_certificate_that_is_shown(
    server: Simulator, certificate: Certificate
) -> None:
    shown = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate((server.host, server.port)))
    assert hashlib.sha256(shown).hexdigest() == certificate.fingerprint


def test_a_pinned_client_is_let_in_and_one_with_another_pin_is_not(
    server: Simulator, certificate: Certificate
) -> None:
    pinned = trust(fingerprint=certificate.fingerprint)
    assert httpx.get(server.url + STATUS, auth=AUTH, verify=pinned).status_code == 200
    with pytest.raises(httpx.ConnectError, match="another certificate"):
        httpx.get(server.url + STATUS, auth=AUTH, verify=trust(fingerprint="0" * 64))
    with pytest.raises(httpx.ConnectError, match="self-signed"):
        httpx.get(server.url + STATUS, auth=AUTH)


def test_a_peer_that_never_shakes_hands_holds_up_nobody(server: Simulator, certificate: Certificate) -> None:
    pinned = trust(fingerprint=certificate.fingerprint)
    with socket.create_connection((server.host, server.port)):
        answer = httpx.get(server.url + STATUS, auth=AUTH, verify=pinned, timeout=5)
    assert answer.status_code == 200


def test_plain_http_is_not_answered(server: Simulator) -> None:
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://127.0.0.1:{server.port}{STATUS}", auth=AUTH, timeout=5)


def test_a_bridge_that_comes_back_shows_the_same_certificate(certificate: Certificate) -> None:
    pinned = trust(fingerprint=certificate.fingerprint)
    with SimulatedCluster(2, password=PASSWORD, certificate=certificate) as cluster:
        cluster.nodes[0].kill()
        cluster.nodes[0].revive()
        for node in cluster.nodes:
            assert httpx.get(node.url + STATUS, auth=AUTH, verify=pinned).status_code == 200


def test_the_key_is_not_in_what_is_printed_of_a_certificate(certificate: Certificate) -> None:
    assert "PRIVATE" not in repr(certificate)
