"""The client against a server with a certificate of its own making."""

import socket
import ssl
import threading

import pytest
from certificates import make_certificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from tmsba.cms import BridgeClient, BridgeUnreachable, read_fingerprint, trust

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\n<status/>"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("tls")).both


@pytest.fixture
def port(certificate):
    """A server that answers one request, or gives up when the client does not like it."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        connection, _ = listener.accept()
        try:
            with context.wrap_socket(connection, server_side=True) as secured:
                secured.recv(65536)
                secured.sendall(ANSWER)
        except OSError:
            connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    yield listener.getsockname()[1]
    thread.join(5)
    listener.close()


def ask(port, **kwargs):
    with BridgeClient(f"127.0.0.1:{port}", "api", "pass-word", read_timeout_s=5, **kwargs) as client:
        client.status()


def test_an_unknown_certificate_is_told_apart(port):
    with pytest.raises(BridgeUnreachable, match=r"certificate was not accepted \(self-signed certificate\)"):
        ask(port)


def test_a_certificate_can_be_trusted_by_a_context(port, certificate):
    ask(port, verify=ssl.create_default_context(cafile=certificate))


def test_the_check_of_certificates_can_be_switched_off(port):
    ask(port, verify=False)


def test_a_port_without_tls_is_told_apart():
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(BridgeUnreachable, match="TLS handshake failed"):
            ask(listener.getsockname()[1])
        thread.join(5)


def fingerprint_of(certificate):
    loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
    return loaded.fingerprint(hashes.SHA256()).hex()


def test_one_certificate_can_be_pinned(port, certificate):
    ask(port, verify=trust(fingerprint=fingerprint_of(certificate)))


def test_any_other_certificate_than_the_pinned_one_is_refused_before_anything_is_sent(port, certificate):
    wrong = fingerprint_of(certificate)[:-1] + "x"
    with pytest.raises(BridgeUnreachable, match=f"fingerprint is {fingerprint_of(certificate)}"):
        ask(port, verify=trust(fingerprint=wrong))


def test_one_authority_can_be_trusted(port, certificate):
    ask(port, verify=trust(ca_pem=certificate.read_text()))


def test_the_authorities_of_the_system_do_not_know_it(port):
    with pytest.raises(BridgeUnreachable, match="self-signed"):
        ask(port, verify=trust())


def test_any_certificate_can_be_accepted(port):
    ask(port, verify=trust(is_verified=False))


def test_a_file_without_certificates_is_no_authority():
    with pytest.raises(ValueError, match="PEM"):
        trust(ca_pem="-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")


@pytest.mark.parametrize(
    "typed", ["AB" * 32, ":".join(["ab"] * 32), " sha256=" + "ab" * 32, "SHA256:" + " ".join(["AB"] * 32)]
)
def test_fingerprints_are_read_as_people_copy_them(typed):
    assert read_fingerprint(typed) == "ab" * 32


@pytest.mark.parametrize("typed", ["", "ab" * 20, "ab" * 33, "xy" * 32])
def test_what_is_no_fingerprint_is_refused(typed):
    with pytest.raises(ValueError, match="64 hexadecimal digits"):
        read_fingerprint(typed)
