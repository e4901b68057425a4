"""The steps that make a bridge ready, and how far they have come.

A bulk sync removes all spaces that were made from its parameter set before it makes them anew, also those in
use. So numbers that are added get a parameter set of their own, and numbers that are taken away are removed
one by one: neither touches the other spaces.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from tmsba.cms.bulk import BulkRun, listed
from tmsba.cms.client import BridgeClient
from tmsba.cms.errors import BulkSyncFailed, NotFoundOnBridge, SpacesInUse
from tmsba.cms.model import CallBridge
from tmsba.cms.space_numbers import SpaceRange, ids_by_number, runs, trimmed

#: After how many removed spaces the progress is told and noted.
_STRIDE = 50


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


@dataclass(slots=True, kw_only=True)
class Preparation:
    """The steps of `prepare_bridge`, in the order of its methods."""

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

    def look_at_bridge(self) -> None:
        """Read the version and the nodes of the cluster."""
        self.look_at_status()
        self.tell("Reading the call bridges of the cluster.")
        listed = self.client.call_bridges()
        self._keep(call_bridges=tuple(self.client.call_bridge(one.id) for one in listed))

    def look_at_status(self) -> None:
        """Read the version."""
        self.tell("Reading the status of the bridge.")
        status = self.client.status()
        self._keep(version=status.software_version, cluster_id=status.cluster_id)

    def make_profiles(self) -> None:
        """Create the profiles that are missing."""
        profile_id = self.setup.call_profile_id
        if profile_id is None or not self.client.has_call_profile(profile_id):
            self._keep(call_profile_id=self._unnoted_call_profile() or self._create_call_profile())
        profile_id = self.setup.call_leg_profile_id
        if profile_id is None or not self.client.has_call_leg_profile(profile_id):
            self._keep(call_leg_profile_id=self._unnoted_leg_profile() or self._create_leg_profile())

    def check_ranges(self) -> None:
        """Bring each parameter set on the bridge up to date, and forget those that are gone."""
        for known in self.setup.ranges:
            try:
                self._check(known)
            except NotFoundOnBridge:
                self._keep(ranges=tuple(one for one in self.setup.ranges if one.id != known.id))

    def add_ranges(self) -> None:
        """Create a parameter set for each run of numbers that has none."""
        covered = {number for one in self.setup.ranges for number in one.numbers}
        missing = self.numbers - covered
        if self.setup.space_ids and missing:
            # Rooms of numbers that come back before they were removed are there still.
            missing -= self._noted_on_bridge().keys()
        for first, last in runs(missing):
            set_id = self._unnoted_set(first, last) or self._create_set(first, last)
            self._keep(ranges=(*self.setup.ranges, SpaceRange(id=set_id, first=first, last=last)))

    def make_spaces(self) -> None:
        """Have the bridge make the spaces of all ranges that are not complete."""
        if not self.numbers:
            return
        found = self._look_for_spaces() if any(one.is_made for one in self.setup.ranges) else {}
        for one in self.setup.ranges:
            if one.is_made and self.numbers.intersection(one.numbers) <= found.keys():
                continue
            if one.is_made or one.sync_id is None:
                found |= self._make(replace(one, sync_id=self._sync_under_way(one)))
            else:
                found |= self._make(one)
        self._note(found)

    def remove_surplus(self) -> None:
        """Remove the spaces that we made and nobody wants any more, one by one."""
        surplus = sorted(self.setup.space_ids.keys() - self.numbers)
        if surplus:
            self.tell(f"Removing {len(surplus)} spaces.")
        # First, so that no later sync makes them again.
        for one in self.setup.ranges:
            self._trim(one)
        left = dict(self.setup.space_ids)
        for count, number in enumerate(surplus, 1):
            self.client.delete_space(left.pop(number))
            if count % _STRIDE == 0 or count == len(surplus):
                self._keep(space_ids=dict(left))
                self.tell(f"Removed {count} of {len(surplus)} spaces.")

    # Inside

    def _keep(self, **changes: object) -> None:
        self.setup = replace(self.setup, **changes)  # type: ignore[arg-type]
        self.record(self.setup)

    def _unnoted_call_profile(self) -> str | None:
        """Return one that an earlier run made and whose making was answered to nobody."""
        left = listed(self.client.unused_call_profiles) if self.is_begun else []
        return min((one.id for one in left if one.is_ours(is_recording=False)), default=None)

    def _create_call_profile(self) -> str:
        self.tell("Creating the call profile.")
        return self.client.create_call_profile()

    def _unnoted_leg_profile(self) -> str | None:
        left = listed(self.client.unused_call_leg_profiles) if self.is_begun else []
        return min((one.id for one in left if one.is_usual()), default=None)

    def _create_leg_profile(self) -> str:
        self.tell("Creating the call leg profile.")
        return self.client.create_call_leg_profile()

    def _keep_range(self, changed: SpaceRange) -> SpaceRange:
        self._keep(ranges=tuple(changed if one.id == changed.id else one for one in self.setup.ranges))
        return changed

    def _profile_ids(self) -> tuple[str, str]:
        return self.setup.call_profile_id or "", self.setup.call_leg_profile_id or ""

    def _check(self, known: SpaceRange) -> None:
        found = self.client.bulk_parameter_set(known.id)
        profiles = zip((found.call_profile_id, found.call_leg_profile_id), self._profile_ids(), strict=True)
        first, last = found.start_index, found.end_index
        # Not every version shows both profiles.
        are_profiles_right = all(shown in (None, wanted) for shown, wanted in profiles)
        if are_profiles_right and (first, last) == (known.first, known.last):
            return
        # A set with more numbers than ours was about to be trimmed: its spaces are as they should be.
        is_trimming = first is not None and last is not None and first <= known.first and known.last <= last
        if not (are_profiles_right and is_trimming):
            # Noted before the change: a crash in between must not leave a range that looks made.
            self._keep_range(replace(known, sync_id=None, is_made=False))
        self._change(known)

    def _change(self, changed: SpaceRange) -> None:
        self.tell(f"Changing the bulk parameter set to the numbers {changed.first} to {changed.last}.")
        call_profile_id, call_leg_profile_id = self._profile_ids()
        self.client.update_bulk_parameter_set(
            changed.id,
            start_index=changed.first,
            end_index=changed.last,
            call_profile_id=call_profile_id,
            call_leg_profile_id=call_leg_profile_id,
        )

    def _trim(self, known: SpaceRange) -> None:
        """Leave numbers at the ends of a range out that nobody wants; forget a range without any."""
        wanted = trimmed(known, self.numbers)
        if wanted is None:
            self._keep(ranges=tuple(one for one in self.setup.ranges if one.id != known.id))
        elif wanted != known:
            self._change(self._keep_range(wanted))

    def _unnoted_set(self, first: int, last: int) -> str | None:
        if not self.is_repeated:
            return None
        noted = [one.id for one in self.setup.ranges]
        return self.bulk.unnoted_set(first, last, self._profile_ids(), noted)

    def _create_set(self, first: int, last: int) -> str:
        self.tell(f"Creating the bulk parameter set for the numbers {first} to {last}.")
        call_profile_id, call_leg_profile_id = self._profile_ids()
        return self.client.create_bulk_parameter_set(
            start_index=first,
            end_index=last,
            call_profile_id=call_profile_id,
            call_leg_profile_id=call_leg_profile_id,
        )

    def _sync_under_way(self, one: SpaceRange) -> str | None:
        """Return the sync that an earlier run started without noting it, or None when one can be started.

        Raises:
            SpacesInUse: People are in spaces that the next sync would remove.
        """
        if not self.is_repeated:
            return None
        if sync_id := self.bulk.unnoted_sync(one.id):
            return sync_id
        calls = self.client.calls()
        if calls:
            # By number: the spaces may be others than those that were noted.
            there = ids_by_number(self.client.spaces(), one.numbers)
            spaces = {call.space_id for call in calls}
            in_use = [str(number) for number, space_id in there.items() if space_id in spaces]
            if in_use:
                raise SpacesInUse(
                    f"The spaces {one.first} to {one.last} must be made anew, but there are calls in "
                    f"{', '.join(in_use[:10])}: that is done when these calls are over."
                )
        return None

    def _make(self, one: SpaceRange) -> dict[int, str]:
        """Run the bulk sync of a range, or wait for the one that runs; the new space ids by number."""
        one = self._keep_range(replace(one, is_made=False))
        if not self.bulk.is_under_way(one.sync_id):
            self.tell(f"Creating the {len(one.numbers)} spaces.")
            one = self._keep_range(replace(one, sync_id=self.client.start_bulk_sync(one.id)))
        try:
            self.bulk.wait_for(one.sync_id or "")
            # As in the traces; also proof that the bridge took the work well.
            self.look_at_status()
            self.tell("Looking for the spaces.")
            found = self.bulk.find(one.numbers)
        except BulkSyncFailed:
            self._keep_range(replace(one, sync_id=None))
            raise
        self._keep_range(replace(one, is_made=True))
        self._note(found)
        return found

    def _note(self, found: Mapping[int, str]) -> None:
        if any(self.setup.space_ids.get(number) != space_id for number, space_id in found.items()):
            self._keep(space_ids={**self.setup.space_ids, **found})

    def _look_for_spaces(self) -> dict[int, str]:
        self.tell("Looking for the spaces.")
        return ids_by_number(self.client.spaces(), self.numbers)

    def _noted_on_bridge(self) -> dict[int, str]:
        there = {space.id for space in self.client.spaces()}
        return {number: space_id for number, space_id in self.setup.space_ids.items() if space_id in there}
