"""Making spaces in bulk: a parameter set for each range of numbers, and its bulk sync.

A bulk sync removes all spaces that were made from its parameter set before it makes them anew, also those in
use. So one is run only where none of its spaces is there: for numbers that are added, which get a parameter
set of their own, and for a bridge that lost all.
"""

from dataclasses import replace

from tmsba.cms.setup.bridge_setup import Progress
from tmsba.cms.setup.space_numbers import SpaceRange, runs, trimmed
from tmsba.cms.wire.errors import BulkSyncConflict, BulkSyncFailed, NotFoundOnBridge


class Ranges(Progress):
    """The part of `Preparation` that makes spaces in bulk."""

    __slots__ = ()

    def check_ranges(self) -> None:
        """Bring each parameter set on the bridge up to date, and forget those that are gone."""
        for known in self.setup.ranges:
            try:
                self._check(known)
            except NotFoundOnBridge:
                self._keep(ranges=tuple(one for one in self.setup.ranges if one.id != known.id))

    def add_ranges(self) -> None:
        """Create a parameter set for each run of numbers that has neither a set nor a space."""
        covered = {number for one in self.setup.ranges for number in one.numbers}
        self._add_sets(self._missing() - covered)

    def _make_range(self, one: SpaceRange) -> None:
        """Have the bridge make the spaces of a range, unless that would take some away that are there."""
        if not self._missing().intersection(one.numbers):
            if not one.is_made:
                self._keep_range(replace(one, is_made=True))
            return
        sync_id = None if one.is_made else self._sync_under_way(one)
        taken = self.setup.space_ids.keys() | self.setup.in_way.keys()
        if sync_id is None and taken & set(one.numbers):
            self._keep_range(replace(one, is_made=True))
            return
        try:
            self._run(replace(one, sync_id=sync_id))
        except BulkSyncConflict as conflict:
            self._make_around(one, conflict)

    def _sync_under_way(self, one: SpaceRange) -> str | None:
        """Return the sync that an earlier run started, noted or not; None when there is none."""
        if self.bulk.is_under_way(one.sync_id):
            return one.sync_id
        return self.bulk.unnoted_sync(one.id) if self.is_repeated else None

    def _make_around(self, one: SpaceRange, conflict: BulkSyncConflict) -> None:
        """Make the spaces of a range without the numbers that others have.

        Raises:
            BulkSyncConflict: The bridge lists no space that has one of the numbers.
        """
        self._survey()
        free = runs(self._missing().intersection(one.numbers))
        if free == [(one.first, one.last)]:
            raise conflict
        # The set made nothing, so it can be used for what is left of its numbers.
        rest = [replace(one, first=first, last=last, sync_id=None) for first, last in free[:1]]
        others = tuple(known for known in self.setup.ranges if known.id != one.id)
        self._keep(ranges=(*others, *rest))
        for known in rest:
            self._change(known)
            self._run(known)
        added = {number for first, last in free[1:] for number in range(first, last + 1)}
        before = {known.id for known in self.setup.ranges}
        self._add_sets(added)
        for known in self.setup.ranges:
            if known.id not in before:
                self._run(known)

    def _run(self, one: SpaceRange) -> None:
        """Run the bulk sync of a range, or wait for the one that runs; note the new spaces."""
        one = self._keep_range(replace(one, is_made=False))
        if one.sync_id is None:
            self.tell(f"Creating the {len(one.numbers)} spaces.")
            one = self._keep_range(replace(one, sync_id=self.client.start_bulk_sync(one.id)))
        try:
            self.bulk.wait_for(one.sync_id or "")
            # As in the traces; also proof that the bridge took the work well.
            self.look_at_status()
            self.tell("Looking for the spaces.")
            found = self.bulk.find(one.numbers, self.setup.call_leg_profile_id or "")
        except BulkSyncFailed:
            self._keep_range(replace(one, sync_id=None))
            raise
        self._keep_range(replace(one, is_made=True))
        self._note(found)

    def _add_sets(self, numbers: set[int]) -> None:
        for first, last in runs(numbers):
            set_id = self._unnoted_set(first, last) or self._create_set(first, last)
            self._keep(ranges=(*self.setup.ranges, SpaceRange(id=set_id, first=first, last=last)))

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

    def _check(self, known: SpaceRange) -> None:
        found = self.client.bulk_parameter_set(known.id)
        profiles = zip((found.call_profile_id, found.call_leg_profile_id), self._profile_ids(), strict=True)
        # Not every version shows both profiles.
        are_profiles_right = all(shown in (None, wanted) for shown, wanted in profiles)
        if not are_profiles_right or (found.start_index, found.end_index) != (known.first, known.last):
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

    def _keep_range(self, changed: SpaceRange) -> SpaceRange:
        self._keep(ranges=tuple(changed if one.id == changed.id else one for one in self.setup.ranges))
        return changed
