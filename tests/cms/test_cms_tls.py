"""The client against a server with a certificate of its own making."""

import socket
import ssl
import threading

import pytest
from certificates import make_certificate

from tmsba.cms import BridgeClient, BridgeUnreachable

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
