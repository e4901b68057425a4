import socket
import ssl

import httpx
import pytest
from cms_fakes import FakeBridge, refusal, xml

from tmsba.cms import (
    AnswerNotUnderstood,
    BridgeBusy,
    BridgeClient,
    BridgeError,
    BridgeServerError,
    BridgeTimeout,
    BridgeUnreachable,
    CredentialsRefused,
    NotFoundOnBridge,
    RequestRefused,
)

HTML = "<!DOCTYPE html><html><body>hunter2</body></html>"


def failing(answer) -> BridgeError:
    with pytest.raises(BridgeError) as caught:
        FakeBridge(answer).client().status()
    return caught.value


def failing_write(answer) -> BridgeError:
    with pytest.raises(BridgeError) as caught:
        FakeBridge(answer).client().open_space("s1", name="Title", passcode="4321", secret="s-e-c")
    return caught.value


@pytest.mark.parametrize(
    ("answer", "kind", "is_retryable"),
    [
        (refusal(400, "parameterError"), RequestRefused, False),
        (xml(HTML, 400), RequestRefused, False),
        (xml("", 405), RequestRefused, False),
        (httpx.Response(401, headers={"WWW-Authenticate": 'Basic realm="acano"'}), CredentialsRefused, False),
        (xml(HTML, 403), CredentialsRefused, False),
        (xml(HTML, 404), NotFoundOnBridge, False),
        (refusal(400, "coSpaceDoesNotExist"), NotFoundOnBridge, False),
        (xml(HTML, 500), BridgeServerError, True),
        (xml(HTML, 502), BridgeServerError, True),
        (xml(HTML, 503), BridgeBusy, True),
        (refusal(400, "databaseNotReady"), BridgeBusy, True),
        (httpx.Response(302, headers={"Location": "https://evil.example.com/"}), AnswerNotUnderstood, False),
    ],
)
def test_the_status_of_an_answer_decides_the_error(answer, kind, is_retryable):
    error = failing(answer)
    assert type(error) is kind
    assert error.is_retryable is is_retryable
    assert error.is_outcome_unknown is False
    assert "bridge.example.com" in str(error)
    assert "hunter2" not in repr(error)


def test_a_redirect_is_not_followed():
    bridge = FakeBridge(
        httpx.Response(301, headers={"Location": "https://evil.example.com/api/v1/system/status"})
    )
    with pytest.raises(AnswerNotUnderstood):
        bridge.client().status()
    assert len(bridge.requests) == 1


def test_a_refusal_names_the_reasons():
    error = failing(refusal(400, "duplicateCoSpaceId", "valueTooLong"))
    assert isinstance(error, RequestRefused)
    assert error.reasons == ("duplicateCoSpaceId", "valueTooLong")
    assert "duplicateCoSpaceId, valueTooLong" in str(error)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("7", 7), (" 0 ", 0), ("Fri, 20 Nov 2026 12:00:00 GMT", None), ("-1", None), ("", None)],
)
def test_retry_after_is_read_when_it_is_in_seconds(value, expected):
    error = failing(httpx.Response(503, headers={"Retry-After": value}))
    assert isinstance(error, BridgeBusy)
    assert error.retry_after_s == expected


@pytest.mark.parametrize("broken", [httpx.ReadTimeout, httpx.WriteTimeout])
def test_a_write_without_an_answer_in_time_has_an_unknown_outcome(broken):
    error = failing_write(broken("timed out"))
    assert isinstance(error, BridgeTimeout)
    assert error.is_retryable
    assert error.is_outcome_unknown
    assert "unknown" in str(error)
    assert not failing(broken("timed out")).is_outcome_unknown


def test_waiting_for_a_free_connection_sends_nothing():
    error = failing_write(httpx.PoolTimeout("pool"))
    assert isinstance(error, BridgeTimeout)
    assert not error.is_outcome_unknown


@pytest.mark.parametrize("broken", [httpx.ReadError, httpx.RemoteProtocolError, httpx.WriteError])
def test_a_dropped_connection_leaves_the_outcome_of_a_write_unknown(broken):
    error = failing_write(broken("gone"))
    assert isinstance(error, BridgeUnreachable)
    assert error.is_outcome_unknown
    assert not failing(broken("gone")).is_outcome_unknown


def test_a_connection_that_drops_in_the_middle_of_the_answer_is_unreachable():
    def half():
        yield b"<status>"
        raise httpx.ReadError("gone")

    assert isinstance(failing(httpx.Response(200, content=half())), BridgeUnreachable)


def test_a_proxy_error_leaves_the_outcome_of_a_write_unknown():
    assert failing_write(xml(HTML, 502)).is_outcome_unknown
    assert not failing_write(xml(HTML, 503)).is_outcome_unknown
    assert not failing_write(xml(HTML, 401)).is_outcome_unknown


def test_a_broken_encoding_is_not_understood():
    error = failing(httpx.Response(200, headers={"Content-Encoding": "gzip"}, content=iter([b"not gzip"])))
    assert isinstance(error, AnswerNotUnderstood)


def caused(by: BaseException) -> httpx.ConnectError:
    error = httpx.ConnectError("no")
    error.__cause__ = by
    return error


def unverified() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed certificate"
    return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (caused(socket.gaierror(-2, "unknown")), "name could not be resolved"),
        (caused(ConnectionRefusedError()), "refused"),
        (caused(unverified()), "certificate was not accepted (self-signed certificate)"),
        (caused(ssl.SSLError(1, "WRONG_VERSION_NUMBER")), "TLS handshake failed"),
        (httpx.ConnectError("no route"), "no connection"),
        (httpx.ConnectTimeout("slow"), "no connection in time"),
    ],
)
def test_why_a_bridge_is_unreachable_is_told_apart(error, words):
    reported = failing_write(error)
    assert isinstance(reported, BridgeUnreachable)
    assert reported.is_retryable
    assert not reported.is_outcome_unknown
    assert words in str(reported)


def test_a_port_where_nobody_listens_is_refused():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (
        BridgeClient(f"http://127.0.0.1:{port}", "api", "pw") as client,
        pytest.raises(BridgeUnreachable) as caught,
    ):
        client.status()
    assert "refused" in str(caught.value)


@pytest.mark.parametrize(
    "answer", [refusal(400, "duplicateCoSpaceSecret"), httpx.ReadTimeout("slow"), xml(HTML, 500)]
)
def test_secrets_of_the_request_are_not_in_the_error(answer):
    error = failing_write(answer)
    for secret in ("4321", "s-e-c", "pass-word"):
        assert secret not in f"{error} {error!r} {error.__cause__!r}"
