"""The envelope of answers: as text for results, which can be long, and as a tree for faults."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from lxml import etree

from tmsba.soap.wire.writer import pieces_of

#: What ASP.NET writes, with the quotes that lxml does not use.
_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_XSD = "http://www.w3.org/2001/XMLSchema"
#: How many bytes of an answer are handed on at once.
_CHUNK = 64 * 1024
#: From how many bytes on an answer is long: it has no announced length, and is never in memory as a whole.
_SHORT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of an answer: all of them, or how it begins and goes on."""

    head: bytes
    #: ``None`` where the head is all.
    rest: Iterator[bytes] | None = None

    def pieces(self) -> Iterator[bytes]:
        """All of it; the rest can be had only once."""
        yield self.head
        if self.rest is not None:
            yield from self.rest


def result_envelope(namespace: str, headers: list[str], body: Iterable[str]) -> Content:
    """The envelope of a result, whole if it is short; of a long one just its beginning is in memory.

    Args:
        namespace: That of the SOAP version.
        headers: The elements of the header.
        body: The element in the body, in pieces.
    """
    chunks = _chunks(namespace, headers, body)
    head = BytesIO()
    for chunk in chunks:
        head.write(chunk)
        if head.tell() >= _SHORT:
            return Content(head.getvalue(), chunks)
    return Content(head.getvalue())


def _chunks(namespace: str, headers: list[str], body: Iterable[str]) -> Iterator[bytes]:
    attributes = f' xmlns:soap="{namespace}" xmlns:xsi="{_XSI}" xmlns:xsd="{_XSD}"'
    chunk = BytesIO()
    chunk.write(f"{_DECLARATION}<soap:Envelope{attributes}>".encode())
    if headers:
        chunk.write("".join(pieces_of("soap:Header", headers)).encode())
    for piece in pieces_of("soap:Body", body):
        chunk.write(piece.encode())
        if chunk.tell() >= _CHUNK:
            yield chunk.getvalue()
            chunk = BytesIO()
    chunk.write(b"</soap:Envelope>")
    yield chunk.getvalue()


def empty_envelope(namespace: str) -> etree._Element:
    """An envelope of the SOAP version with this namespace, with the prefix ``soap``."""
    nsmap: dict[Any, str] = {"soap": namespace, "xsi": _XSI, "xsd": _XSD}
    return etree.Element(f"{{{namespace}}}Envelope", nsmap=nsmap)


def envelope_bytes(envelope: etree._Element) -> bytes:
    """An envelope that is a tree, with the declaration."""
    return _DECLARATION.encode() + etree.tostring(envelope, encoding="utf-8", xml_declaration=False)
