"""The envelope of answers: as text for results, which can be long, and as a tree for faults."""

from collections.abc import Iterable
from io import BytesIO
from typing import Any

from lxml import etree

from tmsba.soap.writer import pieces_of

#: What ASP.NET writes, with the quotes that lxml does not use.
_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_XSD = "http://www.w3.org/2001/XMLSchema"


def result_envelope(namespace: str, headers: list[str], body: Iterable[str]) -> bytes:
    """The envelope of a result.

    Args:
        namespace: That of the SOAP version.
        headers: The elements of the header.
        body: The element in the body, in pieces.
    """
    answer = BytesIO()
    attributes = f' xmlns:soap="{namespace}" xmlns:xsi="{_XSI}" xmlns:xsd="{_XSD}"'
    answer.write(f"{_DECLARATION}<soap:Envelope{attributes}>".encode())
    if headers:
        answer.write("".join(pieces_of("soap:Header", headers)).encode())
    for piece in pieces_of("soap:Body", body):
        answer.write(piece.encode())
    answer.write(b"</soap:Envelope>")
    return answer.getvalue()


def empty_envelope(namespace: str) -> etree._Element:
    """An envelope of the SOAP version with this namespace, with the prefix ``soap``."""
    nsmap: dict[Any, str] = {"soap": namespace, "xsi": _XSI, "xsd": _XSD}
    return etree.Element(f"{{{namespace}}}Envelope", nsmap=nsmap)


def envelope_bytes(envelope: etree._Element) -> bytes:
    """An envelope that is a tree, with the declaration."""
    return _DECLARATION.encode() + etree.tostring(envelope, encoding="utf-8", xml_declaration=False)
