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


def ids_by_number(spaces: Iterable[Space], numbers: Collection[int]) -> dict[int, str]:
    """Return the space ids of these numbers, as far as there are such spaces."""
    by_number: dict[str, Space] = {}
    for space in spaces:
        # Lists of some versions show only one of the two, and both have the number.
        number = space.call_id or space.uri
        # Another tenant's space may share the call id; ours also has the number as its URI.
        if number and (number not in by_number or space.uri == space.call_id):
            by_number[number] = space
    return {number: by_number[str(number)].id for number in numbers if str(number) in by_number}
