"""What the lines of a file say about systems."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tmsba.cli.imports.csv_files import BadLine, Line
from tmsba.cli.imports.importing import Outcome, compared
from tmsba.domain.people.audit import AuditAction
from tmsba.domain.people.systems import System
from tmsba.domain.time.zone_names import official_name
from tmsba.domain.values import SystemCategory
from tmsba.ports.work import UnitOfWork

_LAST_ID = 2**31 - 2
_TEXTS = (
    "sip_uri",
    "h323_id",
    "e164_alias",
    "contact",
    "manufacturer",
    "description",
    "model",
    "network_address",
    "location",
    "isdn_number",
    "web_interface_url",
    "ip_zone",
)
_BLANK = System(id=0, name="")


def _category(cell: str) -> SystemCategory:
    for category in SystemCategory:
        if category.value.casefold() == cell.casefold():
            return category
    known = ", ".join(category.value for category in SystemCategory)
    raise BadLine(f"category is one of {known}, not {cell!r}")


def yes_or_no(column: str, cell: str) -> bool:
    """A flag.

    Raises:
        BadLine: it is none.
    """
    if cell.lower() in ("yes", "true", "1", "on"):
        return True
    if cell.lower() in ("no", "false", "0", "off"):
        return False
    raise BadLine(f"{column} is yes or no, not {cell!r}")


def time_zone(cell: str) -> str:
    """A zone's name as it is written officially.

    Raises:
        BadLine: there is no such zone.
    """
    try:
        return official_name(cell)
    except ValueError as error:
        raise BadLine(str(error)) from error


#: The columns besides texts: the field, and how a cell that is not blank becomes its value.
_OTHERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "category": ("category", _category),
    "time_zone": ("time_zone", time_zone),
    "allow_bookings": ("is_booking_allowed", lambda cell: yes_or_no("allow_bookings", cell)),
    "aliases": ("recording_aliases", lambda cell: tuple(re.split(r"[;,\s]+", cell))),
}


@dataclass(slots=True)
class SystemImporter:
    """Adds and changes systems, by their ids; in a file without ids by their names."""

    columns: Sequence[str] = ("id", "name", *_OTHERS, *_TEXTS)
    required: Sequence[str] = ("name",)
    action: AuditAction = AuditAction.SYSTEMS_IMPORTED
    _known: dict[str, System] = field(default_factory=dict)

    def key(self, line: Line) -> str:
        """The id, or the name in small letters.

        Raises:
            BadLine: it is missing or impossible.
        """
        name = line.cells["name"]
        if not name:
            raise BadLine("name is blank")
        if "id" not in line.cells:
            return name.casefold()
        cell = line.cells["id"]
        if not (cell.isascii() and cell.isdigit() and 1 <= int(cell[:20]) <= _LAST_ID):
            raise BadLine(f"id is a whole number from 1 to {_LAST_ID}, not {cell!r}")
        return f"id {int(cell)}"

    def prepare(self, uow: UnitOfWork, lines: Sequence[Line]) -> None:
        """Nothing takes long."""

    def store(self, uow: UnitOfWork, lines: Sequence[Line]) -> Outcome:
        """Store the lines of a chunk, in a fixed number of statements."""
        known, counts = self._stored_ones(uow, lines)

        def new_of(line: Line, old: System | None) -> System:
            if (count := counts.get(self.key(line), 1)) > 1:
                raise BadLine(f"{count} systems have this name: give a file with ids")
            return _wanted(line, old or replace(_BLANK, id=int(line.cells.get("id", 0))))

        outcome, wanted = compared(lines, lambda line: known.get(self.key(line)), new_of)
        uow.systems.put_all(wanted)
        return outcome

    def _stored_ones(
        self, uow: UnitOfWork, lines: Sequence[Line]
    ) -> tuple[dict[str, System], dict[str, int]]:
        """The systems by key, and how many there are of each name."""
        if "id" in lines[0].cells:
            found = uow.systems.many(int(line.cells["id"]) for line in lines)
            return {f"id {number}": system for number, system in found.items()}, {}
        named = uow.systems.named(line.cells["name"] for line in lines)
        counts = Counter(system.name.casefold() for system in named)
        return {system.name.casefold(): system for system in named}, counts


def _wanted(line: Line, basis: System) -> System:
    """What a line says over what is stored; a blank cell means what a new system has."""
    said: dict[str, Any] = {name: line.cells[name] for name in ("name", *_TEXTS) if name in line.cells}
    for column, (name, read) in _OTHERS.items():
        if column in line.cells:
            cell = line.cells[column]
            said[name] = read(cell) if cell else getattr(_BLANK, name)
    system = replace(basis, **said)
    if system.recording_aliases and system.category is not SystemCategory.RECORDING:
        raise BadLine("only systems of the category Recording have aliases")
    return system
