"""Parse request bodies without trusting them.

The parser reads no entities, no DTD and nothing from the network, and does not lift libxml2's limits
on depth and amplification. A DTD is refused even when harmless: SOAP forbids it.
"""

from email.message import Message
from functools import lru_cache
from typing import Any

from lxml import etree

from tmsba.soap.wire.errors import BadRequest

_NO_DTD = "The request has a document type declaration. Remove the <!DOCTYPE ...> part."
#: Where a declaration would stand, in bytes.
_PROLOGUE = 1000


def _parser(encoding: str | None) -> etree.XMLParser:
    # A parser for each request: lxml's parsers keep state and a lock.
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
        encoding=encoding,
    )


#: How bodies of two-byte characters begin that have neither a byte order mark nor a declaration.
_BARE_UTF16 = {b"<\0": "utf-16le", b"\0<": "utf-16be"}


@lru_cache(maxsize=64)
def declared_charset(content_type: str) -> str | None:
    """The charset parameter of a Content-Type header, if there is one."""
    header = Message()
    header["Content-Type"] = content_type or "text/xml"
    return header.get_content_charset()


def _names_its_encoding(body: bytes) -> bool:
    """Whether a body has a byte order mark or an XML declaration; both outrank the HTTP header."""
    return body.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")) or (
        body.startswith(b"<?xml") and b"encoding" in body[: body.find(b"?>")]
    )


def _parse(body: bytes, encoding: str | None) -> etree._Element:
    try:
        return etree.fromstring(body, _parser(encoding))
    except LookupError:  # an encoding that libxml2 does not know
        return etree.fromstring(body, _parser(None))


def parse(body: bytes, content_type: str = "") -> etree._Element:
    """Parse a request body.

    Args:
        body: The bytes as they were sent.
        content_type: The Content-Type header, whose charset counts when the body names none.

    Returns:
        The root element.

    Raises:
        BadRequest: There is no body, it is not well-formed XML, or it has a DTD.
    """
    if not body.strip(b"\0 \t\r\n"):
        raise BadRequest("The request has no body. Post a SOAP envelope.")
    encoding = _BARE_UTF16.get(body[:2])
    if encoding is None and not _names_its_encoding(body):
        encoding = declared_charset(content_type)
    try:
        root = _parse(body, encoding)
    except etree.XMLSyntaxError as error:
        if b"<!DOCTYPE" in body[:_PROLOGUE]:
            raise BadRequest(_NO_DTD) from error
        # The parser's message can quote the request; the position alone helps as much.
        line, column = error.position
        raise BadRequest(
            "The request is not well-formed XML (line {line}, column {column}). Check that it is complete, "
            "that its encoding is the declared one, and that & and < are written as &amp; and &lt;.",
            line=line,
            column=column,
        ) from error
    docinfo: Any = root.getroottree().docinfo  # the stubs lack its doctype
    if docinfo.doctype:
        raise BadRequest(_NO_DTD)
    return root
