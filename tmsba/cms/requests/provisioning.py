"""The requests that make numbered spaces in bulk."""

from tmsba.cms.meeting import SpaceSettings
from tmsba.cms.model import PLACEHOLDER_NAME, BulkParameterSet, BulkSync, placeholder_name
from tmsba.cms.readers import read_bulk_parameter_set, read_bulk_sync
from tmsba.cms.requests.profiles import Profiles
from tmsba.cms.wire.connection import segment


class Provisioning(Profiles):
    """The part of `BridgeClient` that prepares a bridge."""

    def create_space(self, number: int, *, call_profile_id: str, call_leg_profile_id: str) -> str:
        """Make one numbered, closed space as a bulk sync would have made it, and return its id.

        Raises:
            RequestRefused: Another space has the number; `duplicates` says so.
            NotFoundOnBridge: A profile is gone.

        Source: integration guide, Create Reserved Conference Spaces; CMS API reference, 6.2.
        """
        fields = {
            "name": placeholder_name(number),
            "uri": str(number),
            "callId": str(number),
            "callProfile": call_profile_id,
            "callLegProfile": call_leg_profile_id,
            "nonMemberAccess": "false",
        }
        return self._connection.post("coSpaces", fields)

    def give_profiles(self, space_id: str, settings: SpaceSettings) -> None:
        """Change the profiles of a space, and nothing else about it (CMS API reference, 6.2)."""
        self._connection.put(f"coSpaces/{segment(space_id)}", settings.fields())

    def create_bulk_parameter_set(
        self, *, start_index: int, end_index: int, call_profile_id: str, call_leg_profile_id: str
    ) -> str:
        """Describe a range of numbered, closed spaces and return the description's id.

        The spaces come into being with `start_bulk_sync`.

        Args:
            start_index: The first number.
            end_index: The last number.
            call_profile_id: Profile of the calls in the spaces.
            call_leg_profile_id: Profile of the connections to the spaces.

        Source: integration guide, Create Reserved Conference Spaces; CMS API reference, 6.7.1.
        """
        fields = {
            "startIndex": str(start_index),
            "endIndex": str(end_index),
            "coSpaceUriMapping": "$index$",
            "coSpaceNameMapping": PLACEHOLDER_NAME.format(number="$index$"),
            "coSpaceCallIdMapping": "$index$",
            "callProfile": call_profile_id,
            "callLegProfile": call_leg_profile_id,
            "nonMemberAccess": "false",
        }
        return self._connection.post("cospaceBulkParameterSets", fields)

    def bulk_parameter_set(self, parameter_set_id: str) -> BulkParameterSet:
        """Return the description of a range of spaces (CMS API reference, 6.7.3)."""
        path = f"cospaceBulkParameterSets/{segment(parameter_set_id)}"
        node = self._object(path, "cospaceBulkParameterSet", parameter_set_id)
        return read_bulk_parameter_set(node, parameter_set_id)

    def bulk_parameter_sets(self) -> list[BulkParameterSet]:
        """Return all descriptions, with their ranges only (CMS API reference, 6.7.2)."""
        return self._list("cospaceBulkParameterSets", "cospaceBulkParameterSet", read_bulk_parameter_set)

    def update_bulk_parameter_set(
        self,
        parameter_set_id: str,
        *,
        start_index: int,
        end_index: int,
        call_profile_id: str | None = None,
        call_leg_profile_id: str | None = None,
    ) -> None:
        """Change the range, and the profiles that are given; the next bulk sync carries it out.

        Source: CMS API reference, 6.7.7.
        """
        fields = {"startIndex": str(start_index), "endIndex": str(end_index)}
        if call_profile_id is not None:
            fields["callProfile"] = call_profile_id
        if call_leg_profile_id is not None:
            fields["callLegProfile"] = call_leg_profile_id
        self._connection.put(f"cospaceBulkParameterSets/{segment(parameter_set_id)}", fields)

    def start_bulk_sync(self, parameter_set_id: str) -> str:
        """Have the bridge make the described spaces and return the id of that run.

        The bridge first removes all spaces that it made from the same description, also those in use.

        Source: integration guide, Create Reserved Conference Spaces; CMS API reference, 6.7.4.
        """
        return self._connection.post("cospaceBulkSyncs", {"cospaceBulkParameterSet": parameter_set_id})

    def bulk_sync(self, sync_id: str) -> BulkSync:
        """Return how far a bulk sync is (CMS API reference, 6.7.6)."""
        node = self._object(f"cospaceBulkSyncs/{segment(sync_id)}", "cospaceBulkSync", sync_id)
        return read_bulk_sync(node, sync_id)

    def bulk_syncs(self) -> list[BulkSync]:
        """Return all bulk syncs that the bridge remembers (CMS API reference, 6.7.5)."""
        return self._list("cospaceBulkSyncs", "cospaceBulkSync", read_bulk_sync)
