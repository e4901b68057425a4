"""The steps that make a bridge ready, and how far they have come.

Spaces are made in bulk where a whole range has none. Single ones that are missing are made one by one, and so
are those removed that nobody wants. A space that is there keeps its id, and one of somebody else is left
alone: its number gets no space.
"""

from dataclasses import replace

from tmsba.cms.meeting import SpaceSettings
from tmsba.cms.model import Space, placeholder_name
from tmsba.cms.setup.bulk import listed
from tmsba.cms.setup.ranges import Ranges

#: After how many removed spaces the progress is told and noted.
_STRIDE = 50


class Preparation(Ranges):
    """The steps of `prepare_bridge`."""

    __slots__ = ()

    def look_at_bridge(self) -> None:
        """Read the version and the nodes of the cluster."""
        self.look_at_status()
        self.tell("Reading the call bridges of the cluster.")
        listed = self.client.call_bridges()
        self._keep(call_bridges=tuple(self.client.call_bridge(one.id) for one in listed))

    def make_profiles(self) -> None:
        """Create the profiles that are missing."""
        profile_id = self.setup.call_profile_id
        if profile_id is None or not self.client.has_call_profile(profile_id):
            self._lose(profile_id)
            self._keep(call_profile_id=self._unnoted_call_profile() or self._create_call_profile())
        profile_id = self.setup.call_leg_profile_id
        if profile_id is None or not self.client.has_call_leg_profile(profile_id):
            self._lose(profile_id)
            self._keep(call_leg_profile_id=self._unnoted_leg_profile() or self._create_leg_profile())

    def renew_profiles(self) -> None:
        """Give our spaces the new profiles in the place of those that are gone."""
        if not self.lost_profiles:
            return
        self.tell(f"Giving {len(self.setup.space_ids)} spaces the new profiles.")
        for number, space_id in self.setup.space_ids.items():
            space = self.client.space_if_any(space_id)
            settings = self._renewed(space, number) if space else SpaceSettings()
            if settings.fields():
                self.client.give_profiles(space_id, settings)

    def make_spaces(self) -> None:
        """Make all spaces that are missing: in bulk where a range has none, else one by one."""
        for one in self.setup.ranges:
            self._make_range(one)
        missing = sorted(self._missing())
        if missing:
            self.tell(f"Creating {len(missing)} spaces one by one.")
        for number in missing:
            found = self._search().make(number)
            if found.is_in_way:
                self.setup = replace(self.setup, in_way={**self.setup.in_way, number: found.space})
            elif found.space_id:
                self._note({number: found.space_id})

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

    def _lose(self, profile_id: str | None) -> None:
        if profile_id is not None:
            self.lost_profiles |= {profile_id}

    def _renewed(self, space: Space, number: int) -> SpaceSettings:
        """Return the profiles that a space is to be given, which is not what a meeting gave it."""
        is_unused = space.name == placeholder_name(number)
        gone = {None, *self.lost_profiles}
        call_profile_id, call_leg_profile_id = self._profile_ids()
        is_call_profile_due = is_unused or space.call_profile_id in gone
        is_leg_profile_due = is_unused or space.call_leg_profile_id in gone
        return SpaceSettings(
            call_profile_id=call_profile_id if is_call_profile_due else None,
            call_leg_profile_id=call_leg_profile_id if is_leg_profile_due else None,
        )

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
