"""The spaces of a bridge and the indexes that keep their addresses unique (CMS API reference, 6.2)."""

from collections.abc import Iterator, Mapping

from tmsba.simulator.chance import Chance
from tmsba.simulator.failures import refused
from tmsba.simulator.records import Record, Space


def uris_of(values: Mapping[str, str]) -> set[str]:
    """Return the URIs that values claim, in the form in which they are compared."""
    return {values[name].lower() for name in ("uri", "secondaryUri") if values.get(name)}


class SpaceStore:
    """All spaces of a cluster, in order of creation.

    Args:
        chance: Makes identifiers and secrets.
    """

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self.by_id: dict[str, Space] = {}
        self._by_uri: dict[str, Space] = {}
        self._by_call_id: dict[str, Space] = {}

    def __len__(self) -> int:
        return len(self.by_id)

    def __iter__(self) -> Iterator[Space]:
        return iter(self.by_id.values())

    def get(self, identifier: str) -> Space | None:
        """Return the space with this identifier."""
        return self.by_id.get(identifier)

    def with_uri(self, uri: str) -> Space | None:
        """Return the space with this URI or secondary URI, in any case."""
        return self._by_uri.get(uri.lower())

    def with_call_id(self, call_id: str) -> Space | None:
        """Return the space with this numeric ID."""
        return self._by_call_id.get(call_id)

    def add(self, values: Mapping[str, str], bulk_set: str | None = None) -> Space:
        """Create a space.

        Args:
            values: Checked parameters.
            bulk_set: The bulk parameter set it is made from.

        Raises:
            ApiError: A URI or numeric ID belongs to another space.
        """
        space = Space(self._chance.new_id(), bulk_set=bulk_set)
        self.change(space, values)
        self.by_id[space.id] = space
        return space

    def change(self, space: Space, changes: Mapping[str, str]) -> None:
        """Change a space, all parameters or none.

        Raises:
            ApiError: A URI or numeric ID belongs to another space.
        """
        changed = Record(space.id, dict(space.values))
        changed.change({name: value for name, value in changes.items() if name not in _INSTRUCTIONS})
        if changes.get("requireCallId") == "true" and "callId" not in changed.values:
            changed.values["callId"] = self._free_call_id()
        wants_secret = "callId" in changed.values and "secret" not in changed.values
        if wants_secret or changes.get("regenerateSecret") == "true":
            changed.values["secret"] = self._chance.new_secret()
        self._refuse_clashes(space, changed.values)
        self._forget(space)
        space.values = changed.values
        space.found_by = "\n".join(changed.values.get(name, "") for name in _SEARCHED).lower()
        self._learn(space)

    def remove(self, space: Space) -> None:
        """Remove a space."""
        self._forget(space)
        del self.by_id[space.id]

    def _refuse_clashes(self, space: Space, values: Mapping[str, str]) -> None:
        if any(self._by_uri.get(uri, space) is not space for uri in uris_of(values)):
            raise refused("duplicateCoSpaceUri")
        if self._by_call_id.get(values.get("callId", ""), space) is not space:
            raise refused("duplicateCoSpaceId")

    def _learn(self, space: Space) -> None:
        self._by_uri.update(dict.fromkeys(uris_of(space.values), space))
        if "callId" in space.values:
            self._by_call_id[space.values["callId"]] = space

    def _forget(self, space: Space) -> None:
        for uri in uris_of(space.values):
            self._by_uri.pop(uri, None)
        self._by_call_id.pop(space.values.get("callId", ""), None)

    def _free_call_id(self) -> str:
        while True:
            call_id = self._chance.call_id()
            if call_id not in self._by_call_id:
                return call_id


# What the filter of the list looks in.
_SEARCHED = ("name", "uri", "secondaryUri")
# Parameters that ask for something to be done, and are not kept.
_INSTRUCTIONS = frozenset({"requireCallId", "regenerateSecret", "userProvisionedCoSpace"})
