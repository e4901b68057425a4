"""The WSDL of both services.

After a change that is wanted, write the published files anew: ``python tests/soap/test_soap_wsdl.py``.
"""

from pathlib import Path
from typing import Any

import pytest
import zeep
from lxml import etree
from soap_client import Client

from tmsba.soap.application import SoapService
from tmsba.wsgi.front import BOOKING_PATH, REMOTE_SETUP_PATH

WSDL = Path(__file__).parents[2] / "wsdl"
HOST = "http://tmsba.example.com"
SERVICES = [
    ("booking", BOOKING_PATH, "bookingservice"),
    ("remote_setup", REMOTE_SETUP_PATH, "remotesetupservice"),
]


@pytest.fixture(scope="module")
def client() -> Client:
    return Client()


def canonical(document: bytes) -> bytes:
    root = etree.fromstring(document, etree.XMLParser(remove_blank_text=True))
    return etree.tostring(root, method="c14n")


def service(client: Client, name: str) -> SoapService:
    return {"booking": client.booking, "remote_setup": client.remote_setup}[name]


@pytest.mark.parametrize(("name", "path", "file"), SERVICES)
def test_the_wsdl_is_the_published_one(client: Client, name: str, path: str, file: str) -> None:
    golden = (WSDL / f"{file}.wsdl").read_bytes()
    assert canonical(service(client, name).wsdl.render(HOST + path)) == canonical(golden)


@pytest.mark.parametrize(("name", "path", "file"), SERVICES)
def test_zeep_loads_it_strictly_and_both_ports_have_all_operations(
    client: Client, name: str, path: str, file: str
) -> None:
    loaded = zeep.Client(str(WSDL / f"{file}.wsdl"), settings=zeep.Settings(strict=True))
    (found,) = loaded.wsdl.services.values()
    assert len(found.ports) == 2
    for port in found.ports.values():
        assert list(port.binding._operations) == list(service(client, name).contract.operations)


@pytest.mark.parametrize(("name", "path", "file"), SERVICES)
def test_each_address_is_rendered_and_escaped(client: Client, name: str, path: str, file: str) -> None:
    wsdl = service(client, name).wsdl
    first = wsdl.render('http://a.example.com/?x="<&')
    second = wsdl.render("http://b.example.com/")
    assert first.count(b"http://a.example.com/?x=&quot;&lt;&amp;") == 2
    assert b"a.example.com" not in second
    etree.fromstring(first)


def test_generated_code_has_the_types_of_dial_out_after_those_of_dial_in() -> None:
    """.NET drops the arrows and numbers what is the same then: IPVideo dials in, IPVideo1 is dialled."""
    schema = etree.parse(WSDL / "bookingservice.wsdl")
    xsd = "{http://www.w3.org/2001/XMLSchema}"
    [found] = (e for e in schema.iter(f"{xsd}simpleType") if e.get("name") == "ParticipantType")
    values = [e.get("value") for e in found.iter(f"{xsd}enumeration")]
    dialled = [value for value in values if value.endswith("->")]
    assert len(dialled) == 7
    assert all(values.index(value.replace("->", "<-")) < values.index(value) for value in dialled)


def test_counts(client: Client) -> None:
    assert len(client.booking.contract.operations) == 27
    assert len(client.remote_setup.contract.operations) == 14


def _texts(node: Any) -> list[str]:
    return [e.text or "" for e in node.iter("{http://schemas.xmlsoap.org/wsdl/}documentation")]


@pytest.mark.parametrize(("name", "path", "file"), SERVICES)
def test_every_operation_is_documented_in_words_that_compilers_can_stand(
    client: Client, name: str, path: str, file: str
) -> None:
    contract = service(client, name).contract
    texts = _texts(etree.parse(WSDL / f"{file}.wsdl"))
    assert len(texts) == len(contract.operations) + 2
    # Java's generators copy the texts into comments, where a backslash and a u is an escape.
    assert all(text.endswith(".") and "\\" not in text for text in texts)
    assert len(set(texts)) == len(contract.operations) + 1


@pytest.mark.parametrize(("name", "path", "file"), SERVICES)
def test_a_handler_without_an_operation_is_refused(client: Client, name: str, path: str, file: str) -> None:
    with pytest.raises(ValueError, match="has no operation Nonsense"):
        SoapService(service(client, name).contract, {"Nonsense": lambda call: None})


if __name__ == "__main__":
    for each, at, name in SERVICES:
        (WSDL / f"{name}.wsdl").write_bytes(service(Client(), each).wsdl.render(HOST + at))
