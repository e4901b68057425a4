"""Requests that want to do harm: each gets a clean fault, quickly."""

import time
from pathlib import Path
from typing import Any

import pytest
from soap_client import SOAP11, Client, element, elements, envelope

BOMB = b"<!DOCTYPE a [<!ENTITY x0 'ha'>" + b"".join(
    f"<!ENTITY x{n} '{f'&x{n - 1};' * 10}'>".encode() for n in range(1, 10)
)
OPENING = f'<s:Envelope xmlns:s="{SOAP11}"><s:Body>'.encode()


@pytest.fixture(scope="module")
def client() -> Client:
    return Client({"SaveConference": lambda call, Conference: Conference})


def faulted(client: Client, body: bytes, **options: Any) -> str:
    started = time.monotonic()
    answer = client.post(body, **options)
    assert time.monotonic() - started < 3
    assert answer.status == 500
    assert answer.code in ("soap:Client", "soap:Sender")
    assert b"Traceback" not in answer.body
    return answer.sentence


def test_external_entities_are_not_read(client: Client, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    doctype = f"<!DOCTYPE a [<!ENTITY x SYSTEM 'file://{secret}'>]>".encode()
    body = doctype + envelope(element("SaveConference", element("Conference", "<Title>&x;</Title>")))
    assert "the secret" not in faulted(client, body)


def test_an_external_dtd_is_not_read(client: Client) -> None:
    assert "document type" in faulted(client, b'<!DOCTYPE a SYSTEM "http://192.0.2.1/x.dtd"><a/>')


def test_billion_laughs(client: Client) -> None:
    faulted(client, BOMB + b"]><a>&x9;</a>")


def test_quadratic_blowup(client: Client) -> None:
    faulted(client, b"<!DOCTYPE a [<!ENTITY x '" + b"x" * 100_000 + b"'>]><a>" + b"&x;" * 5_000 + b"</a>")


def test_entities_inside_attributes(client: Client) -> None:
    faulted(client, BOMB + b"]><a b='&x9;'/>")


@pytest.mark.parametrize("depth", [300, 100_000])
def test_deep_nesting(client: Client, depth: int) -> None:
    faulted(client, OPENING + b"<a>" * depth)
    faulted(client, OPENING + b"<a>" * depth + b"</a>" * depth + b"</s:Body></s:Envelope>")


def test_deep_nesting_of_known_elements(client: Client) -> None:
    # As deep as the parser allows: 60 conferences inside each other.
    names = ("RecurrencePattern", "Exceptions", "RecurrenceException", "ModifiedData")
    inner = (
        "".join(f"<{name}>" for name in names) * 60 + "".join(f"</{name}>" for name in reversed(names)) * 60
    )
    answer = client.call("SaveConference", element("Conference", inner))
    assert answer.status == 200 or "nested too deeply" in answer.sentence


def test_100_000_attributes(client: Client) -> None:
    attributes = " ".join(f'a{n}="{n}"' for n in range(100_000))
    started = time.monotonic()
    client.post(envelope(f'<SaveConference xmlns="urn:x" {attributes}/>'))
    assert time.monotonic() - started < 3


def test_100_000_elements(client: Client) -> None:
    participants = element("Participants", "<Participant/>" * 100_000, "")
    started = time.monotonic()
    answer = client.call("SaveConference", element("Conference", participants))
    assert answer.status == 200
    assert time.monotonic() - started < 10


def test_href_cycles_are_just_attributes(client: Client) -> None:
    body = envelope(
        '<SaveConference xmlns="http://tandberg.net/2004/02/tms/external/booking/" id="a" href="#b">'
        '<Conference id="b" href="#a"/></SaveConference>'
    )
    assert client.post(body).status == 200


def test_xsi_types_are_not_believed(client: Client) -> None:
    xsi = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"'
    conference = f'<Conference {xsi} i:type="Participant"><Title>t</Title></Conference>'
    assert client.call("SaveConference", conference).text("Title") == "t"


@pytest.mark.parametrize(
    "body",
    [
        b"\x00" * 100,
        b"\xff\xfe\x00",
        bytes(range(256)),
        b"\x1f\x8b\x08\x00gzip",
        b"<a>\xff\xff</a>",
        b'<?xml version="1.0" encoding="utf-8"?><a>\xe4</a>',
        b'<?xml version="1.0" encoding="no-such"?><a/>',
        b'<?xml version="9.9"?><a',
        '<?xml version="1.0"?><a'.encode("utf-16"),
        "<a/>".encode("utf-32"),
        b"{}",
        b"--boundary\r\nContent-Type: text/xml\r\n\r\n<a/>\r\n--boundary--",
        b"<a:b/>",
        b"<a xmlns='http://schemas.xmlsoap.org/soap/envelope/' a='1' a='2'/>",
    ],
)
def test_garbage(client: Client, body: bytes) -> None:
    faulted(client, body)
    faulted(client, body, content_type="text/xml; charset=utf-16")
    faulted(client, body, content_type='text/xml; charset="')


def test_long_names_and_values_are_not_repeated(client: Client) -> None:
    assert len(faulted(client, envelope(element("A" * 50_000)))) < 300
    title = element("Conference", elements(Bandwidth="x" * 100_000))
    assert len(client.call("SaveConference", title).sentence) < 500


def test_processing_instructions_and_comments_are_skipped(client: Client) -> None:
    inner = "<?x y?><!-- c --><Conference><!-- c --><Title>a<!-- c -->b<![CDATA[<c>]]></Title></Conference>"
    assert client.call("SaveConference", inner).text("Title") == "ab<c>"
