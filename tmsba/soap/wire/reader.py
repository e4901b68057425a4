"""Read elements of a request into Spyne objects, leniently.

Elements may come in any order; unknown ones and those of other namespaces are ignored, as ASP.NET
does. A value that cannot be read is refused with a sentence that names its element: to guess would
book something nobody asked for. Texts of one line come without line breaks and tabs, wherever they go.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from lxml import etree

from tmsba.domain.errors import InvalidDateTime
from tmsba.domain.texts import one_line
from tmsba.soap.wire.dates import parse_date_time, parse_wall_time
from tmsba.soap.wire.errors import BadRequest
from tmsba.soap.wire.plan import BOUNDS, Kind, Member, plan_of

_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_NUMBER = re.compile(r"[+-]?[0-9]{1,100}")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def _shown(text: str) -> str:
    """A value as a message may quote it."""
    return text if len(text) <= 40 else f"{text[:40]}..."


def _number(member: Member, text: str) -> int:
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        raise BadRequest(
            "{element} must be a whole number, not '{value}'.", element=member.name, value=_shown(text)
        )
    number = int(text)
    if member.type_name in BOUNDS:
        lowest, highest = BOUNDS[member.type_name]
        if not lowest <= number <= highest:
            raise BadRequest(
                "{element} must lie between {lowest} and {highest}, not {value}.",
                element=member.name,
                lowest=lowest,
                highest=highest,
                value=text,
            )
    return number


def _boolean(member: Member, text: str) -> bool:
    try:
        # Scripts write Python's or Visual Basic's True as well.
        return _BOOLEANS[text.strip().lower()]
    except KeyError:
        raise BadRequest(
            "{element} must be true, false, 1 or 0, not '{value}'.", element=member.name, value=_shown(text)
        ) from None


def _moment(member: Member, text: str) -> Any:
    try:
        return parse_date_time(text)
    except InvalidDateTime as error:
        raise InvalidDateTime("{element}: {problem}", element=member.name, problem=error) from error


def _wall_time(member: Member, text: str) -> datetime:
    return parse_wall_time(member.name, text)


def _choice(member: Member, text: str) -> str:
    text = text.strip()
    if text not in member.values:
        allowed = ", ".join(f"'{value}'" for value in member.values)
        raise BadRequest(
            "{element} must be one of {allowed}, not '{value}'.",
            element=member.name,
            allowed=allowed,
            value=_shown(text),
        )
    return text


def _flags(member: Member, text: str) -> str:
    """Several values with blanks between them; none at all means the first, which is 'None'."""
    return " ".join(_choice(member, word) for word in text.split()) or member.values[0]


def _line_or_lines(member: Member, text: str) -> str:
    return text if member.keeps_lines else one_line(text)


_VALUES: dict[Kind, Callable[[Member, str], Any]] = {
    Kind.TEXT: _line_or_lines,
    Kind.NUMBER: _number,
    Kind.BOOLEAN: _boolean,
    Kind.MOMENT: _moment,
    Kind.WALL_TIME: _wall_time,
    Kind.CHOICE: _choice,
    Kind.FLAGS: _flags,
}


def _text(element: etree._Element) -> str:
    """All text of an element, so that a stray element inside does not cut a value."""
    return element.text or "" if len(element) == 0 else "".join(map(str, element.itertext()))


def _is_nil(element: etree._Element) -> bool:
    return element.get(_NIL, "").strip() in ("true", "1")


def _read_value(element: etree._Element, member: Member) -> Any:
    if _is_nil(element):
        return None
    text = _text(element)
    # An optional number or choice that is there but empty is one that was not given.
    if member.kind is not Kind.TEXT and not member.is_required and not text.strip():
        return None
    return _VALUES[member.kind](member, text)


def _read_member(element: etree._Element, member: Member, namespace: str) -> Any:
    if member.kind is Kind.OBJECT:
        return None if _is_nil(element) else read_object(element, member.wire_type, namespace)
    if member.kind is Kind.ARRAY:
        return None if _is_nil(element) else _read_array(element, member, namespace)
    return _read_value(element, member)


def _read_array(element: etree._Element, member: Member, namespace: str) -> list[Any]:
    by_tag = plan_of(member.wire_type, namespace).by_tag
    items = (_read_member(child, by_tag[child.tag], namespace) for child in element if child.tag in by_tag)
    return [item for item in items if item is not None]


def read_members(
    element: etree._Element, wire_type: Any, namespace: str, aliases: dict[str, str] | None = None
) -> dict[str, Any]:
    """Read the members of an object that are there.

    Args:
        element: The element that holds them.
        wire_type: The Spyne class that names them.
        namespace: The namespace of the service.
        aliases: Other spellings, as tags, with the tags they stand for.

    Returns:
        Values by name; what is missing or nil is left out. Where an element that may come only once
        comes again, the last one counts.

    Raises:
        BadRequest: A value is not of its type.
        InvalidDateTime: A value is no date and time.
    """
    by_tag = plan_of(wire_type, namespace).by_tag
    found: dict[str, Any] = {}
    for child in element:
        tag = child.tag if not aliases else aliases.get(child.tag, child.tag)
        member = by_tag.get(tag)
        if member is None:
            continue
        value = _read_member(child, member, namespace)
        if value is None:
            continue
        if member.is_repeated:
            found.setdefault(member.name, []).append(value)
        else:
            found[member.name] = value
    return found


def read_object(element: etree._Element, wire_type: Any, namespace: str) -> Any:
    """Read an object; members that are missing are None.

    .NET would give numbers, booleans and enumerations the defaults of their types, but the guide says
    that what is not specified stays as it is, and only what is None can be told from what was sent.

    Raises:
        BadRequest: A value is not of its type.
        InvalidDateTime: A value is no date and time.
    """
    original = wire_type.__orig__ or wire_type
    found = read_members(element, wire_type, namespace)
    return original(
        **{member.name: found.get(member.name) for member in plan_of(wire_type, namespace).members}
    )
