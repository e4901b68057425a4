"""Write Spyne objects as ASP.NET would, leaving out what is newer than the client.

Optional members that have no value are omitted; only those the contract calls nillable and required
are written as nil.
"""

import re
from collections.abc import Callable
from typing import Any

from lxml import etree

from tmsba.soap.dates import EARLIEST, format_date_time
from tmsba.soap.plan import Kind, Member, plan_of

_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
#: Characters that no XML document may hold, not even escaped.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

_VALUES: dict[Kind, Callable[[Any], str]] = {
    Kind.TEXT: str,
    Kind.NUMBER: str,
    Kind.BOOLEAN: lambda value: "true" if value else "false",
    Kind.MOMENT: format_date_time,
    Kind.CHOICE: str,
    Kind.FLAGS: str,
}
_DEFAULTS: dict[Kind, Callable[[Member], str]] = {
    Kind.NUMBER: lambda _: "0",
    Kind.BOOLEAN: lambda _: "false",
    Kind.MOMENT: lambda _: format_date_time(EARLIEST),
    Kind.CHOICE: lambda member: member.values[0],
    Kind.FLAGS: lambda member: member.values[0],
}


def set_text(element: etree._Element, text: str) -> None:
    """Set an element's text, without the characters that XML cannot carry."""
    try:
        element.text = text or None  # so that an empty element is written as one tag
    except ValueError:
        # A directory or an old record can hold a control character; an answer without it is
        # worth more than none.
        element.text = _ILLEGAL.sub("", text)


class Writer:
    """Writes the elements of one answer for one client version."""

    def __init__(self, namespace: str, client_version: int) -> None:
        self._namespace = namespace
        self._client_version = client_version

    def members(self, element: etree._Element, value: Any, wire_type: Any) -> None:
        """Write the members of an object into its element.

        Args:
            element: The element that stands for the object.
            value: The object: an instance of the class, or a mapping from names to values.
            wire_type: The Spyne class that says which members it has.
        """
        is_mapping = isinstance(value, dict)
        for member in plan_of(wire_type, self._namespace).members:
            if member.since > self._client_version:
                continue
            self._member(
                element, member, value.get(member.name) if is_mapping else getattr(value, member.name, None)
            )

    def _member(self, parent: etree._Element, member: Member, value: Any) -> None:
        if member.is_repeated:
            for item in value or ():
                self._present(parent, member, item)
        elif value is not None:
            self._present(parent, member, value)
        elif member.is_required:
            self._missing(parent, member)

    def _missing(self, parent: etree._Element, member: Member) -> None:
        element = etree.SubElement(parent, member.tag)
        if member.is_nillable:
            element.set(_NIL, "true")
        elif member.kind in _DEFAULTS:
            element.text = _DEFAULTS[member.kind](member)

    def _present(self, parent: etree._Element, member: Member, value: Any) -> None:
        element = etree.SubElement(parent, member.tag)
        if value is None:
            element.set(_NIL, "true")
        elif member.kind is Kind.OBJECT:
            self.members(element, value, member.wire_type)
        elif member.kind is Kind.ARRAY:
            (item,) = plan_of(member.wire_type, self._namespace).members
            self._member(element, item, value)
        else:
            set_text(element, self._known(member, _VALUES[member.kind](value)))

    def _known(self, member: Member, text: str) -> str:
        """The value itself, or what stands for it when the client is too old to know it."""
        newer = member.newer_values.get(text) if member.newer_values else None
        return newer.instead if newer and newer.since > self._client_version else text
