"""Checks answers of the services against the published contract."""

from functools import cache
from pathlib import Path

from lxml import etree

from tmsba.soap.wire.versions import ELEMENTS, SERVER_VERSION, VALUES

WSDL_FOLDER = Path(__file__).resolve().parents[1] / "wsdl"
_XSD = "{http://www.w3.org/2001/XMLSchema}"
_SOAP = ("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope")


def _without_newer(schema: etree._Element, version: int) -> None:
    """Take away what came after an API version."""
    for tag, name, newer in (
        *(("complexType", name, elements) for name, elements in ELEMENTS.items()),
        *(("simpleType", name, {v: n.since for v, n in values.items()}) for name, values in VALUES.items()),
    ):
        for declared in schema.iterfind(f"{_XSD}{tag}[@name='{name}']"):
            for part in list(declared.iter(f"{_XSD}element", f"{_XSD}enumeration")):
                if newer.get(part.get("name") or part.get("value"), 0) > version:
                    part.getparent().remove(part)


@cache
def schemas(version: int = SERVER_VERSION) -> dict[str, etree.XMLSchema]:
    """The compiled schema of each service for clients of an API version, by its namespace."""
    found = {}
    for path in WSDL_FOLDER.glob("*.wsdl"):
        for schema in etree.parse(path).iter(f"{_XSD}schema"):
            _without_newer(schema, version)
            document = etree.ElementTree(schema)
            found[schema.get("targetNamespace")] = etree.XMLSchema(etree.fromstring(etree.tostring(document)))
    return found


def check_answer(body: bytes, version: int = SERVER_VERSION) -> None:
    """Fail unless an answer is an envelope whose headers and body fit the contract; faults have no schema.

    Args:
        body: the answer.
        version: the API version of the client, whose contract knows nothing newer.
    """
    root = etree.fromstring(body)
    name = etree.QName(root)
    assert name.localname == "Envelope"
    assert name.namespace in _SOAP
    for part in root:
        for element in part:
            schema = schemas(version).get(etree.QName(element).namespace)
            if schema is not None:
                schema.assertValid(etree.ElementTree(etree.fromstring(etree.tostring(element))))
