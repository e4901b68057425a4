"""How far a bridge is prepared, and which of its spaces are ours."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from tmsba.cms.client import BridgeClient
from tmsba.cms.model import CallBridge, Space
from tmsba.cms.setup.bulk import BulkRun
from tmsba.cms.setup.space_numbers import SpaceRange, has_number, taken_numbers
from tmsba.cms.setup.whose import NumberSearch


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeSetup:
    """What has been made on a bridge so far; plain values, to be stored and given back as `known`."""

    #: As the bridge spells it.
    version: str | None = None
    #: The same for all nodes of a cluster; None for bridges before version 3.0.
    cluster_id: str | None = None
    #: The nodes of the cluster with their addresses; empty for a bridge without a cluster.
    call_bridges: tuple[CallBridge, ...] = ()
    call_profile_id: str | None = None
    call_leg_profile_id: str | None = None
    ranges: tuple[SpaceRange, ...] = ()
    #: Space ids by number, of all spaces that were made and not removed.
    space_ids: Mapping[int, str] = field(default_factory=dict, hash=False)
    #: Spaces of others that have numbers of ours; None where it is not known which one it is. Not stored.
    in_way: Mapping[int, Space | None] = field(default_factory=dict, hash=False)


@dataclass(slots=True, kw_only=True)
class Progress:
    """How far the preparation of a bridge is, and what is found on it."""

    client: BridgeClient
    numbers: frozenset[int]
    setup: BridgeSetup
    tell: Callable[[str], None]
    record: Callable[[BridgeSetup], None]
    bulk: BulkRun
    #: Whether an earlier run came as far as the profiles, and may have left some that nobody noted.
    is_begun: bool
    #: Whether it came as far as the parameter sets.
    is_repeated: bool
    #: Our profiles that were gone and have been made anew.
    lost_profiles: frozenset[str] = frozenset()

    def look_for_spaces(self) -> None:
        """See which numbers have a space of ours, and which one of somebody else.

        Before anything was made there is nothing to see. Only this reads the whole list.
        """
        if self.is_repeated or self.setup.space_ids or self.setup.ranges:
            self._survey()

    def look_at_status(self) -> None:
        """Read the version."""
        self.tell("Reading the status of the bridge.")
        status = self.client.status()
        self._keep(version=status.software_version, cluster_id=status.cluster_id)

    def _keep(self, **changes: object) -> None:
        self.setup = replace(self.setup, **changes)  # type: ignore[arg-type]
        self.record(self.setup)

    def _search(self) -> NumberSearch:
        call_profile_id, call_leg_profile_id = self._profile_ids()
        return NumberSearch(
            client=self.client, call_profile_id=call_profile_id, call_leg_profile_id=call_leg_profile_id
        )

    def _missing(self) -> set[int]:
        """The numbers that are to get a space."""
        return set(self.numbers - self.setup.space_ids.keys() - self.setup.in_way.keys())

    def _survey(self) -> None:
        """Read all spaces, and judge those that have a number of ours."""
        self.tell("Looking for the spaces.")
        spaces = self.client.spaces()
        by_id = {space.id: space for space in spaces}
        there = {
            number: space_id
            for number, space_id in self.setup.space_ids.items()
            if space_id in by_id and has_number(by_id[space_id], number)
        }
        wanted = {str(number): number for number in self.numbers - there.keys()}
        judged: dict[int, list[Space]] = {}
        for space in spaces:
            for text in taken_numbers(space) & wanted.keys():
                judged.setdefault(wanted[text], []).append(space)
        in_way: dict[int, Space | None] = {}
        for number, found in judged.items():
            finding = self._search().judge(number, found)
            if finding.space_id:
                there[number] = finding.space_id
            elif finding.is_in_way:
                in_way[number] = finding.space
        if there != self.setup.space_ids:
            self._keep(space_ids=there)
        self.setup = replace(self.setup, in_way=in_way)

    def _note(self, found: Mapping[int, str]) -> None:
        if any(self.setup.space_ids.get(number) != space_id for number, space_id in found.items()):
            self._keep(space_ids={**self.setup.space_ids, **found})

    def _profile_ids(self) -> tuple[str, str]:
        return self.setup.call_profile_id or "", self.setup.call_leg_profile_id or ""
