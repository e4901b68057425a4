"""Paths, documents, pages and methods."""

import html
import re
from typing import Any

import pytest
import structlog
from lxml import etree
from soap_client import Client, element, envelope

from tmsba.wsgi.front import BOOKING_PATH, HEALTH_PATH, REMOTE_SETUP_PATH

ADDRESS = re.compile(rb'address location="([^"]*)"')


@pytest.fixture(scope="module")
def client() -> Client:
    return Client({"GetConferenceIdByExternalId": lambda call, **_: 7})


def addresses(client: Client, **environ: Any) -> set[str]:
    answer = client.request("GET", BOOKING_PATH, query="wsdl", **environ)
    return {found.decode() for found in ADDRESS.findall(answer.body)}


@pytest.mark.parametrize("query", ["wsdl", "WSDL", "Wsdl=", "singleWsdl", "wsdl&x=1"])
@pytest.mark.parametrize(
    "path", [BOOKING_PATH, BOOKING_PATH.upper(), "/TMS/External/Booking/BookingService.asmx"]
)
def test_the_wsdl_is_found_in_any_case(client: Client, path: str, query: str) -> None:
    answer = client.request("GET", path, query=query)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert answer.root.get("targetNamespace") == "http://tandberg.net/2004/02/tms/external/booking/"


def test_each_service_has_its_wsdl(client: Client) -> None:
    answer = client.request("GET", REMOTE_SETUP_PATH, query="wsdl")
    assert ADDRESS.findall(answer.body) == [f"http://tmsba.example.com{REMOTE_SETUP_PATH}".encode()] * 2


@pytest.mark.parametrize(
    ("path", "namespace"),
    [
        ("/tms/external/booking/bookingservice.asmx", "http://tandberg.net/2004/02/tms/external/booking/"),
        (
            "/tms/external/booking/remotesetup/remotesetupservice.asmx",
            "http://tandberg.net/2004/02/tms/external/booking/remotesetup/",
        ),
    ],
)
def test_the_services_are_at_their_documented_addresses(client: Client, path: str, namespace: str) -> None:
    document = client.request("GET", path, query="wsdl")
    assert document.root.get("targetNamespace") == namespace
    assert client.request("GET", path).status == 200
    unknown = client.post(envelope(element("Nonsense", namespace=namespace)), path=path)
    assert "no operation Nonsense" in unknown.sentence


def test_a_post_to_the_wsdl_is_a_request(client: Client) -> None:
    answer = client.post(envelope(element("GetConferenceIdByExternalId")), query="wsdl")
    assert answer.text("GetConferenceIdByExternalIdResult") == "7"


def test_the_address_is_that_of_the_request_each_time(client: Client) -> None:
    for host in ("a.example.com", "b.example.com:8443", "[2001:db8::1]:80", "192.0.2.1"):
        assert addresses(client, HTTP_HOST=host) == {f"http://{host}{BOOKING_PATH}"}
    assert addresses(client, **{"wsgi.url_scheme": "https"}) == {f"https://tmsba.example.com{BOOKING_PATH}"}


@pytest.mark.parametrize(
    "host", ["", 'a"><b', "a/b", "a b", "user@evil.example.com", "a.example.com:port", "\u00e4"]
)
def test_a_host_that_is_none_is_not_used(client: Client, host: str) -> None:
    assert addresses(client, HTTP_HOST=host) == {f"http://server.example.com:8080{BOOKING_PATH}"}


FORWARDED = {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_HOST": "public.example.com, inner"}


def test_only_known_proxies_are_believed() -> None:
    client = Client(trusted_proxies=("10.0.0.0/8", "2001:db8::/32"))
    for address in ("10.1.2.3", "::ffff:10.1.2.3", "2001:db8::5"):
        found = addresses(client, REMOTE_ADDR=address, **FORWARDED)
        assert found == {f"https://public.example.com{BOOKING_PATH}"}
    for address in ("192.0.2.7", "", "unix"):
        assert addresses(client, REMOTE_ADDR=address, **FORWARDED) == {
            f"http://tmsba.example.com{BOOKING_PATH}"
        }
    odd = {"HTTP_X_FORWARDED_PROTO": "javascript", "HTTP_X_FORWARDED_HOST": "<"}
    assert addresses(client, REMOTE_ADDR="10.1.2.3", **odd) == {
        f"http://server.example.com:8080{BOOKING_PATH}"
    }


def test_a_configured_address_wins() -> None:
    client = Client(public_url="https://book.example.com/", trusted_proxies=("10.0.0.0/8",))
    found = addresses(client, REMOTE_ADDR="10.1.2.3", **FORWARDED)
    assert found == {f"https://book.example.com{BOOKING_PATH}"}


def test_a_wrong_proxy_network_is_refused() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        Client(trusted_proxies=("nonsense",))


def test_the_service_page_lists_all_operations(client: Client) -> None:
    answer = client.request("GET", BOOKING_PATH)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    text = answer.body.decode()
    for name, page in client.booking.pages.items():
        assert f'<a href="?op={name}">{name}</a>' in text
        assert page.documentation in html.unescape(text)


@pytest.mark.parametrize("op", ["SaveConferenceWithMode", "saveconferencewithmode"])
def test_the_page_of_an_operation_has_samples_of_both_versions(client: Client, op: str) -> None:
    text = client.request("GET", BOOKING_PATH, query=f"op={op}").body.decode()
    blocks = [html.unescape(block) for block in re.findall(r"<pre>(.*?)</pre>", text, re.S)]
    assert len(blocks) == 4
    assert blocks[0].startswith(
        f"POST {BOOKING_PATH} HTTP/1.1\nHost: tmsba.example.com\nContent-Type: text/xml"
    )
    assert "SOAPAction:" in blocks[0]
    assert "SOAPAction:" not in blocks[2]
    for block in blocks:
        etree.fromstring(block.partition("\n\n")[2].encode())
    assert "<BookingMode>Strict or BestEffortForced</BookingMode>" in blocks[0]
    assert blocks[0].count("<ConferenceId>int</ConferenceId>") == 1  # conferences inside are cut short
    assert '<ModifiedData xsi:nil="true"/>' in blocks[0]
    assert "<ContextHeader " in blocks[0]
    assert "<ContextHeader " not in blocks[1]


def test_unknown_operations_and_scripts_in_their_names(client: Client) -> None:
    answer = client.request("GET", BOOKING_PATH, query="op=<script>")
    assert answer.status == 404
    assert b"script" not in answer.body


@pytest.mark.parametrize("query", ["", "wsdl", "op=SaveConference", "op=nonsense"])
def test_head_is_get_without_a_body(client: Client, query: str) -> None:
    got = client.request("GET", BOOKING_PATH, query=query)
    head = client.request("HEAD", BOOKING_PATH, query=query)
    assert (head.status, head.body) == (got.status, b"")
    assert head.headers["Content-Length"] == got.headers["Content-Length"] == str(len(got.body))


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "get"])
def test_other_methods_are_refused(client: Client, method: str) -> None:
    answer = client.request(method, BOOKING_PATH)
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS, POST")


def test_options_tells_the_methods(client: Client) -> None:
    answer = client.request("OPTIONS", BOOKING_PATH)
    assert (answer.status, answer.headers["Allow"], answer.body) == (200, "GET, HEAD, OPTIONS, POST", b"")


@pytest.mark.parametrize(
    "path", ["/", "", "/tms", "/x.asmx", BOOKING_PATH + "/x", "/\u00e4", "/../etc/passwd"]
)
def test_unknown_paths(client: Client, path: str) -> None:
    assert client.request("GET", path, user=None).status == 404
    assert client.request("HEAD", path, user=None).body == b""
    assert client.request("POST", path, b"<a/>", user=None).status == 404


def test_another_application_can_serve_the_other_paths() -> None:
    def other(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [environ["PATH_INFO"].encode()]

    assert Client(otherwise=other).request("GET", "/console").body == b"/console"


def test_health() -> None:
    assert Client().request("GET", HEALTH_PATH, user=None).body == b"ok\n"
    ill = Client(health=lambda: (False, "The database does not answer."))
    answer = ill.request("GET", HEALTH_PATH, user=None)
    assert (answer.status, answer.body) == (503, b"The database does not answer.\n")
    assert ill.request("POST", HEALTH_PATH, user=None).status == 405


def test_every_answer_has_a_request_id(client: Client) -> None:
    ids = {
        client.request("GET", path, user=user).headers["X-Request-ID"]
        for path in ("/", BOOKING_PATH, HEALTH_PATH)
        for user in ("u:p", None)
    }
    assert len(ids) == 6
    assert all(re.fullmatch("[0-9a-f]{32}", found) for found in ids)


@pytest.mark.parametrize("given", ["abc-123", "x" * 65, "a b", "<", "a\nb", ""])
def test_only_sane_request_ids_are_taken_over(client: Client, given: str) -> None:
    answer = client.request("GET", HEALTH_PATH, HTTP_X_REQUEST_ID=given)
    assert (answer.headers["X-Request-ID"] == given) == (given == "abc-123")


def test_the_request_id_is_in_the_log_and_nowhere_afterwards() -> None:
    bound: list[Any] = []

    def handler(call: Any, **_: Any) -> int:
        bound.append((structlog.contextvars.get_contextvars()["request_id"], call.request_id))
        return 1

    answer = Client({"GetConferenceIdByExternalId": handler}).call("GetConferenceIdByExternalId")
    assert bound == [(answer.headers["X-Request-ID"],) * 2]
    assert "request_id" not in structlog.contextvars.get_contextvars()


def test_what_fails_around_the_services_is_logged_and_not_shown() -> None:
    def authenticate(*credentials: str) -> None:
        raise RuntimeError("secret")

    with structlog.testing.capture_logs() as logs:
        answer = Client(authenticate=authenticate).request("GET", BOOKING_PATH)
    assert answer.status == 500
    assert answer.headers["X-Request-ID"] in answer.body.decode()
    assert b"secret" not in answer.body
    assert [entry["event"] for entry in logs] == ["request_failed"]
