"""The requests about profiles: what calls and call legs are like (CMS API reference, 8.2 and 8.4)."""

from collections.abc import Callable
from typing import TypeVar

from tmsba.cms.meeting import USUAL_CALL_PROFILE, USUAL_LEG_PROFILE, CallProfile, LegProfile, LegVariant
from tmsba.cms.readers import read_call_profile, read_leg_profile
from tmsba.cms.wire.answers import Node
from tmsba.cms.wire.connection import segment
from tmsba.cms.wire.requester import Requester

P = TypeVar("P", CallProfile, LegProfile)


class Profiles(Requester):
    """The part of `BridgeClient` that knows profiles."""

    def create_call_profile(self, *, is_recording: bool = False) -> str:
        """Create the call profile of the numbered spaces and return its id.

        Args:
            is_recording: Whether calls are recorded from their first participant on, by the bridge itself.

        Source: integration guide, Adding CMS to TMS; CMS API reference, 8.2.2.
        """
        recording = {"recordingMode": "automatic"} if is_recording else {}
        return self._connection.post("callProfiles", USUAL_CALL_PROFILE | recording)

    def create_call_leg_profile(self, variant: LegVariant | None = None) -> str:
        """Create the call leg profile of the numbered spaces, or a variant of it, and return its id.

        Source: integration guide, Adding CMS to TMS; CMS API reference, 8.4.3.
        """
        more = variant.fields() if variant else {}
        return self._connection.post("callLegProfiles", USUAL_LEG_PROFILE | more)

    def call_profiles(self) -> list[CallProfile]:
        """Return all call profiles (CMS API reference, 8.2.1)."""
        return self._list("callProfiles", "callProfile", read_call_profile)

    def call_leg_profiles(self) -> list[LegProfile]:
        """Return all call leg profiles (CMS API reference, 8.4.2)."""
        return self._list("callLegProfiles", "callLegProfile", read_leg_profile)

    def unused_call_profiles(self) -> list[CallProfile]:
        """Return the call profiles that nothing refers to (CMS API reference, 8.2.1)."""
        return self._unused("callProfiles", "callProfile", read_call_profile)

    def unused_call_leg_profiles(self) -> list[LegProfile]:
        """Return the call leg profiles that nothing refers to (CMS API reference, 8.4.2)."""
        return self._unused("callLegProfiles", "callLegProfile", read_leg_profile)

    def has_call_profile(self, call_profile_id: str) -> bool:
        """Say whether the call profile still exists (CMS API reference, 8.2.3)."""
        return self._exists(f"callProfiles/{segment(call_profile_id)}")

    def has_call_leg_profile(self, call_leg_profile_id: str) -> bool:
        """Say whether the call leg profile still exists (CMS API reference, 8.4.4)."""
        return self._exists(f"callLegProfiles/{segment(call_leg_profile_id)}")

    def delete_call_profile(self, call_profile_id: str) -> None:
        """Remove a call profile; one that is not there any more counts as removed."""
        self._delete(f"callProfiles/{segment(call_profile_id)}")

    def delete_call_leg_profile(self, call_leg_profile_id: str) -> None:
        """Remove a call leg profile; one that is not there any more counts as removed."""
        self._delete(f"callLegProfiles/{segment(call_leg_profile_id)}")

    def _unused(self, path: str, item: str, read: Callable[[Node], P]) -> list[P]:
        unused = self._list(path, item, read, {"usageFilter": "unreferenced"})
        if not unused:
            return []
        # Some servers ignore filters, and then everything is in both lists.
        used = {one.id for one in self._list(path, item, read, {"usageFilter": "referenced"})}
        return [one for one in unused if one.id not in used]
