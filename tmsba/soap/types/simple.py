"""Value types as they appear on the wire, and helpers that say how often a member occurs.

Required value types have a default, as in .NET: 0, false or the first value of the enumeration. A
new object has it, a parameter that a request leaves out has it, and it is written where there is no
value, never nil.
"""

from typing import Any

from spyne import Array, Boolean, ComplexModel, DateTime, Enum, Integer, Integer32, Integer64, Unicode

BOOKING = "http://tandberg.net/2004/02/tms/external/booking/"
REMOTE_SETUP = "http://tandberg.net/2004/02/tms/external/booking/remotesetup/"
EXCEPTION = "http://tandberg.net/2004/02/tms/external/exception/"

#: An optional string of one line, the commonest member of all.
Text = Unicode(min_occurs=0, nillable=False)
#: An optional string that keeps its lines.
TextLines = Unicode(min_occurs=0, nillable=False, keeps_lines=True)
#: A string that is always written, as nil when there is none.
NillableText = Unicode(min_occurs=1, nillable=True)
Int = Integer32(min_occurs=1, nillable=False, default=0)
Long = Integer64(min_occurs=1, nillable=False, default=0)
OptionalLong = Integer64(min_occurs=0, nillable=False)
#: xs:integer, which has no bounds; only ever optional.
BigInteger = Integer(min_occurs=0, nillable=False)
Flag = Boolean(min_occurs=1, nillable=False, default=False)
OptionalFlag = Boolean(min_occurs=0, nillable=False)
Moment = DateTime(min_occurs=1, nillable=False)
#: An xs:dateTime that stands for a wall time and carries no zone.
NillableWallTime = DateTime(min_occurs=1, nillable=True, is_wall_time=True)
ManyInts = Integer32(min_occurs=0, max_occurs="unbounded", nillable=False)


def enumeration(type_name: str, *values: str) -> Any:
    """An enumeration whose members are required; the first value is the default."""
    return Enum(*values, type_name=type_name).customize(min_occurs=1, nillable=False, default=values[0])


def optional(wire_type: Any) -> Any:
    """An object or array that may be left out."""
    return wire_type.customize(min_occurs=0, nillable=False)


def many(wire_type: Any) -> Any:
    """A repeated element without an array around it."""
    return wire_type.customize(min_occurs=0, max_occurs="unbounded", nillable=False, default=None)


def array_of(wire_type: Any, *, is_nillable: bool = True) -> Any:
    """An optional ``ArrayOfX`` with items named X; items of class type may be nil, values not."""
    name = wire_type.get_type_name()
    item = wire_type.customize(min_occurs=0, max_occurs="unbounded", nillable=is_nillable, default=None)
    array = Array(item, type_name=f"ArrayOf{name[0].upper()}{name[1:]}", member_name=name)
    return optional(array)


class BookingObject(ComplexModel):
    """Base of the classes in the namespace of the booking service."""

    __abstract__ = True
    __namespace__ = BOOKING


class SetupObject(ComplexModel):
    """Base of the classes in the namespace of the remote setup service."""

    __abstract__ = True
    __namespace__ = REMOTE_SETUP
