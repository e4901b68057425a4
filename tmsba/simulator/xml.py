"""The XML the bridge answers with (CMS API reference, 4.1 and 4.2)."""

import re
from collections.abc import Iterable, Sequence

from lxml import etree

from tmsba.simulator.failures import Reason

# A name may be followed by an attribute, as in "rxVideo role=main".
Value = str | int | bool | None | Sequence[tuple[str, "Value"]]
Fields = Sequence[tuple[str, Value]]

_DECLARATION = b'<?xml version="1.0"?>\n'
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
    root = etree.Element(tag, {"total": str(total)} | attributes)
    for member_tag, identifier, fields in members:
        root.append(_record(member_tag, identifier, fields))
    return _document(root)


def render_failure(reasons: Iterable[Reason]) -> bytes:
    """Render why a request is refused (CMS API reference, 4.6)."""
    root = etree.Element("failureDetails")
    for code, attributes in reasons:
        etree.SubElement(root, code, {name: _legal(value) for name, value in attributes.items()})
    return _document(root)


def _record(tag: str, identifier: str | None, fields: Fields) -> "etree._Element":
    element = etree.Element(tag)
    if identifier is not None:
        element.set("id", identifier)
    _fill(element, fields)
    return element


def _fill(parent: "etree._Element", fields: Fields) -> None:
    for name, value in fields:
        if value is None:
            continue
        tag, _, attribute = name.partition(" ")
        child = etree.SubElement(parent, tag)
        if attribute:
            child.set(*attribute.split("=", 1))
        if isinstance(value, bool):
            child.text = "true" if value else "false"
        elif isinstance(value, (str, int)):
            child.text = _legal(str(value))
        else:
            _fill(child, value)


def _legal(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def _document(root: "etree._Element") -> bytes:
    return _DECLARATION + etree.tostring(root, encoding="utf-8")
