"""Write objects as ASP.NET would, leaving out what is newer than the client.

Optional members that have no value are omitted; only those the contract calls nillable and required
are written as nil.

Answers are written as text, not as a tree: a list has tens of thousands of elements. What can be known
before the values are - tags, order, enumerations, what stands for a missing value - is worked out once
for each class and client version.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import cache, cached_property, partial
from typing import Any, NamedTuple

from lxml import etree

from tmsba.soap.wire.dates import EARLIEST, format_date_time
from tmsba.soap.wire.plan import Kind, Member, plan_of

#: The prefix has to be declared by the envelope.
_NIL = ' xsi:nil="true"'
#: Characters that no XML document may hold, not even escaped.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

#: Writes the whole element of a value, start and end tags too.
_Write = Callable[[Any], str]


def escaped(text: str) -> str:
    """A text as the content of an element, without the characters that XML cannot carry.

    A directory or an old record can hold a control character; an answer without it is worth more than
    none.
    """
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # Illegal characters are not printable, and to ask that is far quicker than to search for them.
    if text.replace("\n", "").isprintable():
        return text
    # Parsers turn a bare carriage return into a line feed.
    return _ILLEGAL.sub("", text).replace("\r", "&#13;")


def set_text(element: etree._Element, text: str) -> None:
    """Set the text of an element of a tree, without the characters that XML cannot carry."""
    element.text = _ILLEGAL.sub("", text) if text else None  # so that an empty element is one tag


def element_of(name: str, content: str, attributes: str = "") -> str:
    """An element with content that is XML already."""
    return f"<{name}{attributes}>{content}</{name}>" if content else f"<{name}{attributes}/>"


def pieces_of(name: str, contents: Iterable[str], attributes: str = "") -> Iterator[str]:
    """The text of ``element_of`` piece by piece, so that a long list is never in memory as text."""
    is_empty = True
    for content in filter(None, contents):
        if is_empty:
            yield f"<{name}{attributes}>"
            is_empty = False
        yield content
    yield f"<{name}{attributes}/>" if is_empty else f"</{name}>"


def _text_writer(name: str, format_value: Callable[[Any], str] = str) -> _Write:
    start, end, empty = f"<{name}>", f"</{name}>", f"<{name}/>"

    def write(value: Any) -> str:
        text = format_value(value)
        return f"{start}{escaped(text)}{end}" if text else empty

    return write


def _choice_writer(member: Member, client_version: int) -> _Write:
    """Writes enumerations, with what stands for a value that the client is too old to know."""
    write = _text_writer(member.name)
    newer = {value: n.instead for value, n in member.newer_values.items() if n.since > client_version}
    elements = {value: write(newer.get(value, value)) for value in member.values}
    return lambda value: elements.get(value) or write(value)


def _boolean_writer(name: str) -> _Write:
    yes, no = element_of(name, "true"), element_of(name, "false")
    return lambda value: yes if value else no


class _ListWriter:
    """Writes the items of a repeated element, with or without an array around them."""

    def __init__(self, array_name: str | None, item: Member, write_item: _Write) -> None:
        self._array_name = array_name
        self._write_item = write_item
        self._nil = element_of(item.name, "", _NIL)

    def write(self, items: Iterable[Any]) -> str:
        """All items at once."""
        content = "".join([self._nil if item is None else self._write_item(item) for item in items])
        return content if self._array_name is None else element_of(self._array_name, content)

    def pieces(self, items: Iterable[Any]) -> Iterator[str]:
        """The same text item by item."""
        written = (self._nil if item is None else self._write_item(item) for item in items)
        return written if self._array_name is None else pieces_of(self._array_name, written)


class _Step(NamedTuple):
    """How one member is written."""

    name: str
    write: _Write
    #: What stands where there is no value.
    missing: str
    #: Set for lists.
    pieces: Callable[[Any], Iterator[str]] | None = None


class ObjectWriter:
    """Writes objects of one class for one client version."""

    def __init__(self, wire_type: Any, namespace: str, client_version: int) -> None:
        self._wire_type = wire_type
        self._namespace = namespace
        self._client_version = client_version

    def members(self, value: Any) -> str:
        """The elements of an object's members.

        Args:
            value: The object: an instance of the class, or a mapping from names to values.
        """
        get = value.get if isinstance(value, dict) else partial(_attribute, value)
        return "".join(
            [
                missing if (found := get(name)) is None else write(found)
                for name, write, missing, _ in self._steps
            ]
        )

    def pieces(self, value: dict[str, Any]) -> Iterator[str]:
        """The same text, with each item of the lists in it as a piece of its own."""
        for name, write, missing, pieces in self._steps:
            found = value.get(name)
            if found is None:
                yield missing
            elif pieces is not None:
                yield from pieces(found)
            else:
                yield write(found)

    # Made when they are first needed: a class can have members of its own kind.
    @cached_property
    def _steps(self) -> tuple[_Step, ...]:
        members = plan_of(self._wire_type, self._namespace).members
        return tuple(self._step(member) for member in members if member.since <= self._client_version)

    def _step(self, member: Member) -> _Step:
        if member.is_repeated:
            items = _ListWriter(None, member, self._value_writer(member))
        elif member.kind is Kind.ARRAY:
            items = self._array_writer(member)
        else:
            return _Step(member.name, self._value_writer(member), _missing(member))
        return _Step(member.name, items.write, _missing(member), items.pieces)

    def _array_writer(self, member: Member) -> _ListWriter:
        (item,) = plan_of(member.wire_type, self._namespace).members
        return _ListWriter(member.name, item, self._value_writer(item))

    def _value_writer(self, member: Member) -> _Write:
        match member.kind:
            case Kind.OBJECT:
                members = object_writer(member.wire_type, self._namespace, self._client_version).members
                return lambda value: element_of(member.name, members(value))
            case Kind.ARRAY:
                return self._array_writer(member).write
            case Kind.CHOICE | Kind.FLAGS:
                return _choice_writer(member, self._client_version)
            case Kind.BOOLEAN:
                return _boolean_writer(member.name)
            case Kind.MOMENT:
                return _text_writer(member.name, format_date_time)
            case Kind.WALL_TIME:
                return _text_writer(member.name, datetime.isoformat)
            case _:
                return _text_writer(member.name)


#: The writer for a class, the namespace of its service, and a client version.
object_writer = cache(ObjectWriter)


def _attribute(value: Any, name: str) -> Any:
    return getattr(value, name, None)


def _missing(member: Member) -> str:
    """What is written when a member has no value."""
    if member.is_repeated or not member.is_required:
        return ""
    if member.is_nillable:
        return element_of(member.name, "", _NIL)
    defaults = {Kind.NUMBER: "0", Kind.BOOLEAN: "false", Kind.MOMENT: format_date_time(EARLIEST)}
    default = member.values[0] if member.values else defaults.get(member.kind, "")
    return element_of(member.name, escaped(default))
