"""The spaces of a bridge and the indexes that keep their addresses unique (CMS API reference, 6.2)."""

from collections.abc import Iterable, Iterator, Mapping

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
            ApiError: A URI, numeric ID or secret belongs to another space or access method.
        """
        changed = self._changed(space, changes)
        self._refuse_clashes(space, changed.values, space.access_methods.values())
        self._forget(space)
        space.values = changed.values
        space.found_by = "\n".join(changed.values.get(name, "") for name in _SEARCHED).lower()
        self._learn(space)

    def change_method(self, space: Space, method: Record, changes: Mapping[str, str]) -> None:
        """Change an access method of a space, or add it; all parameters or none.

        Raises:
            ApiError: A URI, numeric ID or secret belongs to another space or access method.
        """
        changed = self._changed(method, changes)
        others = [other for other in space.access_methods.values() if other is not method]
        self._refuse_clashes(space, changed.values, [space, *others])
        self._forget(space)
        method.values = changed.values
        space.access_methods[method.id] = method
        self._learn(space)

    def remove_method(self, space: Space, method: Record) -> None:
        """Remove an access method, as the default of its space too."""
        self._forget(space)
        del space.access_methods[method.id]
        if space.values.get("defaultAccessMethod") == method.id:
            del space.values["defaultAccessMethod"]
        self._learn(space)

    def remove(self, space: Space) -> None:
        """Remove a space."""
        self._forget(space)
        del self.by_id[space.id]

    def _changed(self, record: Record, changes: Mapping[str, str]) -> Record:
        """Return a copy of a space or access method as it is to be, with the secret it needs."""
        changed = Record(record.id, dict(record.values))
        changed.change({name: value for name, value in changes.items() if name not in _INSTRUCTIONS})
        if changes.get("requireCallId") == "true" and "callId" not in changed.values:
            changed.values["callId"] = self._free_call_id()
        wants_secret = "callId" in changed.values and "secret" not in changed.values
        if wants_secret or changes.get("regenerateSecret") == "true":
            changed.values["secret"] = self._chance.new_secret()
        return changed

    def _refuse_clashes(self, space: Space, values: Mapping[str, str], others: Iterable[Record]) -> None:
        """Refuse what another space has, or what another way into this one has with the same passcode."""
        if any(self._by_uri.get(uri, space) is not space for uri in uris_of(values)):
            raise refused("duplicateCoSpaceUri")
        if self._by_call_id.get(values.get("callId", ""), space) is not space:
            raise refused("duplicateCoSpaceId")
        for other in others:
            same_passcode = other.values.get("passcode", "") == values.get("passcode", "")
            if same_passcode and uris_of(other.values) & uris_of(values):
                raise refused("duplicateCoSpaceUriPasscode")
            if same_passcode and other.values.get("callId", "") == values.get("callId", None):
                raise refused("duplicateCoSpaceIdPasscode")
            if other.values.get("secret", "") == values.get("secret", None):
                raise refused("duplicateCoSpaceSecret")

    def _learn(self, space: Space) -> None:
        for way in (space, *space.access_methods.values()):
            self._by_uri.update(dict.fromkeys(uris_of(way.values), space))
            if "callId" in way.values:
                self._by_call_id[way.values["callId"]] = space

    def _forget(self, space: Space) -> None:
        for way in (space, *space.access_methods.values()):
            for uri in uris_of(way.values):
                self._by_uri.pop(uri, None)
            self._by_call_id.pop(way.values.get("callId", ""), None)

    def _free_call_id(self) -> str:
        while True:
            call_id = self._chance.call_id()
            if call_id not in self._by_call_id:
                return call_id


# What the filter of the list looks in.
_SEARCHED = ("name", "uri", "secondaryUri")
# Parameters that ask for something to be done, and are not kept.
_INSTRUCTIONS = frozenset({"requireCallId", "regenerateSecret", "userProvisionedCoSpace"})
