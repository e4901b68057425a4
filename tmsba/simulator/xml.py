"""The XML the bridge answers with (CMS API reference, 4.1 and 4.2)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from tmsba.simulator.failures import Reason

# A name may be followed by an attribute, as in "rxVideo role=main".
Value = str | int | bool | None | Sequence[tuple[str, "Value"]]
Fields = Sequence[tuple[str, Value]]

_DECLARATION = '<?xml version="1.0"?>\n'
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def is_xml_text(text: str) -> bool:
    """Tell whether every character of the text may stand in an XML document."""
    return _NOT_XML.search(text) is None


def render_record(tag: str, identifier: str | None, fields: Fields) -> bytes:
    """Render one object.

    Args:
        tag: The element name, such as ``coSpace``.
        identifier: The value of the ``id`` attribute, or None to leave it out.
        fields: Child elements in order; those with the value None are left out.
    """
    return _document(_record(tag, identifier, fields))


def render_list(tag: str, total: int, members: Iterable[tuple[str, str, Fields]], **attributes: str) -> bytes:
    """Render a page of a collection (CMS API reference, 4.2.2).

    Args:
        tag: The element name of the collection, such as ``coSpaces``.
        total: The number of objects that match, on this page or not.
        members: For each object on the page its element name, identifier and fields.
        **attributes: What else the collection's element says of itself.
    """
    inside = "".join(_record(*member) for member in members)
    return _document(_element(tag, {"total": str(total)} | attributes, inside))


def render_failure(reasons: Iterable[Reason]) -> bytes:
    """Render why a request is refused (CMS API reference, 4.6)."""
    return _document(_element("failureDetails", {}, "".join(_element(*reason, "") for reason in reasons)))


def _record(tag: str, identifier: str | None, fields: Fields) -> str:
    return _element(tag, {} if identifier is None else {"id": identifier}, _children(fields))


def _children(fields: Fields) -> str:
    parts = []
    for name, value in fields:
        if value is None:
            continue
        if value is True or value is False:
            inside = "true" if value else "false"
        elif isinstance(value, (str, int)):
            inside = _text(str(value))
        else:
            inside = _children(value)
        tag, _, attribute = name.partition(" ")
        attributes = dict([attribute.split("=", 1)]) if attribute else {}
        parts.append(_element(tag, attributes, inside))
    return "".join(parts)


def _element(tag: str, attributes: Mapping[str, str], inside: str) -> str:
    shown = "".join(f" {name}={quoteattr(_legal(value))}" for name, value in attributes.items())
    return f"<{tag}{shown}>{inside}</{tag}>" if inside else f"<{tag}{shown}/>"


def _legal(text: str) -> str:
    return text if text.isascii() and text.isprintable() else _NOT_XML.sub("\ufffd", text)


def _text(text: str) -> str:
    if text.isascii() and text.isprintable():
        return escape(text)
    # Readers would take a bare carriage return for a line feed.
    return escape(_NOT_XML.sub("\ufffd", text)).replace("\r", "&#13;")


def _document(root: str) -> bytes:
    return (_DECLARATION + root).encode()
