"""What is needed to read and write objects of a class, worked out once for each class.

Spyne's own description of a member is spread over several attributes and inheritance levels; reading
and writing ask for the same few facts for every element, so they are kept in small tuples.
"""

from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cache
from typing import Any

from spyne import Array, Boolean, ComplexModel, DateTime, Unicode
from spyne.model.enum import EnumBase
from spyne.model.primitive import Integer

from tmsba.soap.types.values import FLAGS
from tmsba.soap.wire import versions


class Kind(Enum):
    """How the content of an element is read and written."""

    TEXT = auto()
    NUMBER = auto()
    BOOLEAN = auto()
    MOMENT = auto()
    WALL_TIME = auto()
    CHOICE = auto()
    FLAGS = auto()
    OBJECT = auto()
    ARRAY = auto()


#: Bounds of the bounded number types of XML Schema.
BOUNDS = {"int": (-(2**31), 2**31 - 1), "long": (-(2**63), 2**63 - 1)}


@dataclass(frozen=True, slots=True)
class Member:
    """One element of a class, or one parameter of an operation."""

    #: Name in Python and on the wire.
    name: str
    #: Name with namespace, as lxml writes it.
    tag: str
    #: Spyne class of the content.
    wire_type: Any
    kind: Kind
    #: Local name of the XML Schema type.
    type_name: str
    is_required: bool
    is_nillable: bool
    #: Whether the element may be repeated.
    is_repeated: bool
    #: First API version that has the element.
    since: int
    #: Values of an enumeration.
    values: tuple[str, ...] = ()
    #: Values that older clients do not know.
    newer_values: dict[str, versions.NewerValue] = field(default_factory=dict)
    #: Whether a text keeps its line breaks; else it is one line.
    keeps_lines: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """The members of a class, in order and by tag."""

    wire_type: Any
    members: tuple[Member, ...]
    by_tag: dict[str, Member]


def _kind(wire_type: Any) -> Kind:
    kinds = (
        (Array, Kind.ARRAY),
        (ComplexModel, Kind.OBJECT),
        (EnumBase, Kind.CHOICE),
        (Unicode, Kind.TEXT),
        (Boolean, Kind.BOOLEAN),
        (Integer, Kind.NUMBER),
        (DateTime, Kind.MOMENT),
    )
    found = next(kind for base, kind in kinds if issubclass(wire_type, base))
    if getattr(wire_type.Attributes, "is_wall_time", False):
        return Kind.WALL_TIME
    return Kind.FLAGS if found is Kind.CHOICE and wire_type.get_type_name() in FLAGS else found


def _member(namespace: str, class_name: str, name: str, wire_type: Any) -> Member:
    attributes = wire_type.Attributes
    type_name = wire_type.get_type_name()
    return Member(
        name=name,
        tag=f"{{{namespace}}}{name}",
        wire_type=wire_type,
        kind=_kind(wire_type),
        type_name=type_name,
        is_required=attributes.min_occurs > 0,
        is_nillable=attributes.nillable,
        is_repeated=attributes.max_occurs > 1,
        since=versions.first_version(class_name, name),
        values=tuple(getattr(wire_type, "__values__", ())),
        newer_values=versions.VALUES.get(type_name, {}),
        keeps_lines=getattr(attributes, "keeps_lines", False),
    )


@cache
def _plan_of(wire_type: Any, namespace: str) -> Plan:
    class_name = wire_type.get_type_name()
    members = tuple(
        _member(namespace, class_name, name, member)
        for name, member in wire_type._type_info.items()  # noqa: SLF001
    )
    return Plan(wire_type, members, {member.tag: member for member in members})


def plan_of(wire_type: Any, namespace: str) -> Plan:
    """The plan of a class.

    Args:
        wire_type: A Spyne class; the variants that ``optional`` makes of it share its plan.
        namespace: The namespace of the service, in which all members are.
    """
    original = wire_type if issubclass(wire_type, Array) else wire_type.__orig__ or wire_type
    return _plan_of(original, namespace)
