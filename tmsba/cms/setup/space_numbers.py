"""Which numbers belong together, and which space of a bridge has which number."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from tmsba.cms.model import Space


@dataclass(frozen=True, slots=True, kw_only=True)
class SpaceRange:
    """Numbers whose spaces come from one bulk parameter set."""

    #: The parameter set's.
    id: str
    #: The first and the last number, both inclusive.
    first: int
    last: int
    #: The last bulk sync that was started, of which a later run may still need the result.
    sync_id: str | None = None
    #: Whether the bridge has made the spaces since the set was last changed.
    is_made: bool = False

    @property
    def numbers(self) -> range:
        """All its numbers."""
        return range(self.first, self.last + 1)


def runs(numbers: Collection[int]) -> list[tuple[int, int]]:
    """Return the first and last number of each stretch without a gap, in order."""
    found: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def trimmed(known: SpaceRange, wanted: Collection[int]) -> SpaceRange | None:
    """Return a range without the unwanted numbers at its ends, or None when it has no wanted one."""
    kept = [number for number in known.numbers if number in wanted]
    return replace(known, first=kept[0], last=kept[-1]) if kept else None


def has_number(space: Space, number: int) -> bool:
    """Say whether a space is reached by this number; lists of some versions show only one of the two."""
    return str(number) in (space.call_id, space.uri)


def has_only_number(space: Space, number: int) -> bool:
    """Say whether both the URI and the call id are this number, as far as they are shown."""
    return {space.call_id, space.uri} - {None, ""} == {str(number)}


def taken_numbers(space: Space) -> set[str]:
    """Return all that another space cannot have, as this one has it."""
    return {text for text in (space.uri, space.secondary_uri, space.call_id) if text}


def ids_by_number(spaces: Iterable[Space], numbers: Collection[int]) -> dict[int, str]:
    """Return the ids of spaces that a bulk sync has just made for these numbers.

    Only one space can have a number as its URI, so whatever it is called by now, it is the one that was made;
    another tenant's may share the call id.
    """
    wanted = {str(number): number for number in numbers}
    found: dict[int, str] = {}
    for space in spaces:
        number = wanted.get(space.uri or space.call_id or "")
        if number is not None and has_only_number(space, number):
            found[number] = space.id
    return found
