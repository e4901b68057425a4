"""Checks answers of the services against the published contract."""

from functools import cache
from pathlib import Path

from lxml import etree

WSDL_FOLDER = Path(__file__).resolve().parents[1] / "wsdl"
_XSD = "{http://www.w3.org/2001/XMLSchema}"
_SOAP = ("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope")


@cache
def schemas() -> dict[str, etree.XMLSchema]:
    """The compiled schema of each service, by its namespace."""
    found = {}
    for path in WSDL_FOLDER.glob("*.wsdl"):
        for schema in etree.parse(path).iter(f"{_XSD}schema"):
            document = etree.ElementTree(schema)
            found[schema.get("targetNamespace")] = etree.XMLSchema(etree.fromstring(etree.tostring(document)))
    return found


def check_answer(body: bytes) -> None:
    """Fail unless an answer is an envelope whose headers and body fit the contract; faults have no schema."""
    root = etree.fromstring(body)
    name = etree.QName(root)
    assert name.localname == "Envelope"
    assert name.namespace in _SOAP
    for part in root:
        for element in part:
            schema = schemas().get(etree.QName(element).namespace)
            if schema is not None:
                schema.assertValid(etree.ElementTree(etree.fromstring(etree.tostring(element))))
