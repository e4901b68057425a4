"""Where a cluster keeps the objects of the catalogue."""

from collections.abc import Iterator, Mapping

from tmsba.simulator.records import Record


class ObjectStore:
    """Objects by kind and owner, in order of creation.

    Those that belong to another object go with it.
    """

    def __init__(self) -> None:
        self._top: dict[str, dict[str, Record]] = {}
        self._owned: dict[str, dict[str, dict[str, Record]]] = {}

    def of(self, tag: str) -> dict[str, Record]:
        """Return all objects of one kind that belong to no other."""
        return self._top.setdefault(tag, {})

    def below(self, owner: str, tag: str) -> Mapping[str, Record]:
        """Return the objects of one kind that belong to another object."""
        return self._owned.get(owner, {}).get(tag, {})

    def keep(self, tag: str, item: Record, owner: str = "") -> None:
        """Add an object.

        Args:
            tag: Its kind.
            item: The object.
            owner: The identifier of what it belongs to, if it belongs to something.
        """
        kept = self._owned.setdefault(owner, {}).setdefault(tag, {}) if owner else self.of(tag)
        kept[item.id] = item

    def remove(self, tag: str, identifier: str, owner: str = "") -> None:
        """Remove an object and all that belongs to it."""
        if owner:
            del self._owned[owner][tag][identifier]
        else:
            del self._top[tag][identifier]
        self.forget_owner(identifier)

    def forget_owner(self, identifier: str) -> None:
        """Remove all that belongs to an object."""
        for kept in self._owned.pop(identifier, {}).values():
            for owned in kept:
                self.forget_owner(owned)

    def __iter__(self) -> Iterator[Record]:
        for kept in self._top.values():
            yield from kept.values()
        for kinds in self._owned.values():
            for kept in kinds.values():
                yield from kept.values()
