"""Waiting for a bridge to make spaces in bulk (CMS API reference, 6.7)."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypeVar

from tmsba.cms.client import BridgeClient
from tmsba.cms.setup.space_numbers import ids_by_number
from tmsba.cms.wire.errors import (
    ODD_ANSWERS,
    BulkSyncConflict,
    BulkSyncFailed,
    BulkSyncUnfinished,
    NotFoundOnBridge,
)

T = TypeVar("T")

_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 2.0
#: How often the spaces are looked for after a sync: the nodes of a cluster share a database that lags.
_LOOKS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkRun:
    """Bulk syncs of one bridge.

    Attributes:
        client: The bridge.
        timeout_s: Seconds of pauses after which we stop waiting.
        pause: Waits a number of seconds.
    """

    client: BridgeClient
    timeout_s: float
    pause: Callable[[float], None]

    def is_under_way(self, sync_id: str | None) -> bool:
        """Say whether an earlier run started this sync, and it neither failed nor was forgotten."""
        if sync_id is None:
            return False
        try:
            return not self.client.bulk_sync(sync_id).is_failed
        except NotFoundOnBridge:
            return False

    def unnoted_sync(self, set_id: str) -> str | None:
        """Return a sync of a set that has yet to end, such as one whose start was answered to nobody."""
        waiting = [one for one in listed(self.client.bulk_syncs) if not one.is_finished]
        return next((one.id for one in waiting if one.parameter_set_id == set_id), None)

    def unnoted_set(
        self, first: int, last: int, profiles: tuple[str, str], noted: Collection[str]
    ) -> str | None:
        """Return a set for these numbers that is ours and not noted: its making was answered to nobody.

        Args:
            first: The first number.
            last: The last number.
            profiles: Our call profile and call leg profile, which nobody else uses.
            noted: The ids of the sets that are known.
        """
        for one in listed(self.client.bulk_parameter_sets):
            if one.id in noted or (one.start_index, one.end_index) != (first, last):
                continue
            found = self.client.bulk_parameter_set(one.id)
            if (found.call_profile_id, found.call_leg_profile_id) == profiles:
                return one.id
        return None

    def wait_for(self, sync_id: str) -> None:
        """Return when the sync is complete.

        Raises:
            BulkSyncConflict: Another space has one of the numbers.
            BulkSyncFailed: The bridge cannot make the spaces; the message says why.
            BulkSyncUnfinished: It needs longer than we wait.
        """
        waited_s, pause_s = 0.0, _FIRST_PAUSE_S
        while not (sync := self.client.bulk_sync(sync_id)).is_finished:
            if waited_s >= self.timeout_s:
                raise BulkSyncUnfinished(
                    f"The bridge still makes the spaces after {self.timeout_s:g} seconds."
                )
            self.pause(pause_s)
            waited_s += pause_s
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
        if sync.is_failed:
            kind = BulkSyncConflict if sync.status.is_conflict else BulkSyncFailed
            raise kind(f"The bridge could not make the spaces: {sync.status.words}.")

    def find(self, numbers: Collection[int], call_leg_profile_id: str) -> dict[int, str]:
        """Return the space ids of the numbers after a sync.

        Args:
            numbers: Those that were made.
            call_leg_profile_id: Our call leg profile: the spaces of others are not read.

        Raises:
            BulkSyncFailed: Some are missing although the bridge is done.
        """
        found: dict[int, str] = {}
        for look in range(_LOOKS):
            if look:
                self.pause(_LONGEST_PAUSE_S)
            # A meeting that began at once may have given its space another profile.
            is_last = look == _LOOKS - 1
            client = self.client
            spaces = client.spaces() if is_last else client.spaces_with_leg_profile(call_leg_profile_id)
            found = ids_by_number(spaces, numbers)
            if len(found) == len(numbers):
                return found
        missing = len(numbers) - len(found)
        raise BulkSyncFailed(
            f"The bridge reports that all spaces are made, but {missing} of them are missing."
        )


def listed(ask: Callable[[], list[T]]) -> list[T]:
    """Return a list, or nothing from a bridge that has no such list."""
    try:
        return ask()
    except ODD_ANSWERS:
        return []
