"""Making a bridge ready: profiles, and the range of numbered spaces that meetings are put into.

Source: integration guide, Adding CMS to TMS, and Create Reserved Conference Spaces.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from tmsba.cms.client import BridgeClient
from tmsba.cms.errors import BulkSyncFailed, BulkSyncUnfinished, NotFoundOnBridge
from tmsba.cms.model import BulkSync, CallBridge, Space

_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 2.0
#: How often the spaces are looked for after a sync: the nodes of a cluster share a database that lags.
_LOOKS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeSetup:
    """What has been made on a bridge so far; plain values, to be stored and given back as `known`."""

    #: As the bridge spells it.
    version: str | None = None
    #: The nodes of the cluster with their addresses; empty for a bridge without a cluster.
    call_bridges: tuple[CallBridge, ...] = ()
    call_profile_id: str | None = None
    call_leg_profile_id: str | None = None
    parameter_set_id: str | None = None
    #: The last bulk sync that was started, of which a later run may still need the result.
    sync_id: str | None = None
    #: Space ids by number. Empty from the moment on which the spaces are about to change, until the
    #: bridge has made all of them.
    space_ids: Mapping[int, str] = field(default_factory=dict, hash=False)


def prepare_bridge(
    client: BridgeClient,
    *,
    first_number: int,
    quantity: int,
    progress: Callable[[str], None] | None = None,
    known: BridgeSetup | None = None,
    record: Callable[[BridgeSetup], None] | None = None,
    sync_timeout_s: float = 120,
    pause: Callable[[float], None] = time.sleep,
) -> BridgeSetup:
    """Make the profiles and numbered spaces on a bridge, or complete what an earlier run began.

    Run again with a complete `known` it changes nothing. But when the range, a profile or a space is not
    as it should be, the bridge makes *all* spaces of the range anew, with new ids and without their open
    meetings: do that between meetings.

    Args:
        client: The bridge.
        first_number: The lowest number.
        quantity: How many numbers.
        progress: Is told in words what comes next.
        known: The outcome of an earlier run, complete or as far as it was recorded.
        record: Is given the setup after each step, to be stored against a crash.
        sync_timeout_s: Seconds of pauses after which we stop waiting for the bridge to make the spaces.
        pause: Waits a number of seconds.

    Returns:
        The complete setup, with a space for every number.

    Raises:
        ValueError: The range is empty or negative.
        BulkSyncFailed: The bridge cannot make the spaces; the message says why.
        BulkSyncUnfinished: The bridge needs longer; run again with what was recorded.
        BridgeError: Anything else; run again with what was recorded.
    """
    if first_number < 0 or quantity < 1:
        raise ValueError("The numbers of a bridge must begin at 0 or above, and there must be at least one.")
    preparation = _Preparation(
        client=client,
        first=first_number,
        last=first_number + quantity - 1,
        setup=known or BridgeSetup(),
        tell=progress or (lambda _: None),
        record=record or (lambda _: None),
        pause=pause,
    )
    preparation.look_at_bridge()
    preparation.make_profiles()
    preparation.make_parameter_set()
    if not preparation.has_all_spaces():
        preparation.make_spaces(sync_timeout_s)
    return preparation.setup


@dataclass(slots=True, kw_only=True)
class _Preparation:
    """The steps of `prepare_bridge`, and how far they have come."""

    client: BridgeClient
    first: int
    last: int
    setup: BridgeSetup
    tell: Callable[[str], None]
    record: Callable[[BridgeSetup], None]
    pause: Callable[[float], None]

    def look_at_bridge(self) -> None:
        self.look_at_status()
        self.tell("Reading the call bridges of the cluster.")
        listed = self.client.call_bridges()
        self._keep(replace(self.setup, call_bridges=tuple(self.client.call_bridge(one.id) for one in listed)))

    def look_at_status(self) -> None:
        self.tell("Reading the status of the bridge.")
        self._keep(replace(self.setup, version=self.client.status().software_version))

    def make_profiles(self) -> None:
        profile_id = self.setup.call_profile_id
        if profile_id is None or not self.client.has_call_profile(profile_id):
            self.tell("Creating the call profile.")
            self._keep(replace(self._stale(), call_profile_id=self.client.create_call_profile()))
        profile_id = self.setup.call_leg_profile_id
        if profile_id is None or not self.client.has_call_leg_profile(profile_id):
            self.tell("Creating the call leg profile.")
            self._keep(replace(self._stale(), call_leg_profile_id=self.client.create_call_leg_profile()))

    def make_parameter_set(self) -> None:
        set_id = self.setup.parameter_set_id
        try:
            if set_id is not None:
                if not self._is_current(set_id):
                    self._change_parameter_set(set_id)
                return
        except NotFoundOnBridge:
            pass
        self.tell(f"Creating the bulk parameter set for the numbers {self.first} to {self.last}.")
        call_profile_id, call_leg_profile_id = self._profile_ids()
        created = self.client.create_bulk_parameter_set(
            start_index=self.first,
            end_index=self.last,
            call_profile_id=call_profile_id,
            call_leg_profile_id=call_leg_profile_id,
        )
        self._keep(replace(self._stale(), parameter_set_id=created))

    def has_all_spaces(self) -> bool:
        """Say whether an earlier run made the spaces and all of them are still there."""
        if not self.setup.space_ids:
            return False
        self.tell("Looking for the spaces.")
        found = self._find_spaces()
        if len(found) < self._quantity:
            self._keep(self._stale())
            return False
        self._keep(replace(self.setup, space_ids=found))
        return True

    def make_spaces(self, timeout_s: float) -> None:
        sync = self._running_sync() or self._start_sync()
        self._wait_for(sync, timeout_s)
        # As in the traces; also proof that the bridge took the work well.
        self.look_at_status()
        self.tell("Looking for the spaces.")
        for look in range(_LOOKS):
            if look:
                self.pause(_LONGEST_PAUSE_S)
            found = self._find_spaces()
            if len(found) == self._quantity:
                self._keep(replace(self.setup, space_ids=found))
                return
        missing = self._quantity - len(found)
        self._keep(self._stale())
        raise BulkSyncFailed(
            f"The bridge reports that all spaces are made, but {missing} of them are missing."
        )

    @property
    def _quantity(self) -> int:
        return self.last - self.first + 1

    def _keep(self, setup: BridgeSetup) -> None:
        self.setup = setup
        self.record(setup)

    def _stale(self) -> BridgeSetup:
        """Return the setup without the spaces and the sync, which something just outdated."""
        return replace(self.setup, sync_id=None, space_ids={})

    def _profile_ids(self) -> tuple[str, str]:
        return self.setup.call_profile_id or "", self.setup.call_leg_profile_id or ""

    def _is_current(self, set_id: str) -> bool:
        """Say whether the set on the bridge has our range and profiles, and was not changed half-way."""
        found = self.client.bulk_parameter_set(set_id)
        profiles = zip((found.call_profile_id, found.call_leg_profile_id), self._profile_ids(), strict=True)
        return (
            (found.start_index, found.end_index) == (self.first, self.last)
            # Not every version shows both profiles.
            and all(shown in (None, wanted) for shown, wanted in profiles)
            and (self.setup.sync_id is not None or bool(self.setup.space_ids))
        )

    def _change_parameter_set(self, set_id: str) -> None:
        self.tell(f"Changing the bulk parameter set to the numbers {self.first} to {self.last}.")
        # Recorded before the change: a crash in between must not leave a setup that looks complete.
        self._keep(self._stale())
        call_profile_id, call_leg_profile_id = self._profile_ids()
        self.client.update_bulk_parameter_set(
            set_id,
            start_index=self.first,
            end_index=self.last,
            call_profile_id=call_profile_id,
            call_leg_profile_id=call_leg_profile_id,
        )

    def _running_sync(self) -> BulkSync | None:
        """Return the sync that an earlier run started, unless it is lost or failed."""
        if self.setup.sync_id is None:
            return None
        try:
            sync = self.client.bulk_sync(self.setup.sync_id)
        except NotFoundOnBridge:
            return None
        return None if sync.is_failed else sync

    def _start_sync(self) -> BulkSync:
        self.tell(f"Creating the {self._quantity} spaces.")
        sync_id = self.client.start_bulk_sync(self.setup.parameter_set_id or "")
        self._keep(replace(self.setup, sync_id=sync_id))
        return self.client.bulk_sync(sync_id)

    def _wait_for(self, sync: BulkSync, timeout_s: float) -> None:
        waited_s, pause_s = 0.0, _FIRST_PAUSE_S
        while not sync.is_finished:
            if waited_s >= timeout_s:
                raise BulkSyncUnfinished(f"The bridge still makes the spaces after {timeout_s:g} seconds.")
            self.pause(pause_s)
            waited_s += pause_s
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            sync = self.client.bulk_sync(sync.id)
        if sync.is_failed:
            raise BulkSyncFailed(f"The bridge could not make the spaces: {sync.status.words}.")

    def _find_spaces(self) -> dict[int, str]:
        """Return the space ids of the range's numbers, as far as there are such spaces."""
        by_number: dict[str, Space] = {}
        for space in self.client.spaces():
            # Lists of some versions show only one of the two, and both have the number.
            number = space.call_id or space.uri
            # Another tenant's space may share the call id; ours also has the number as its URI.
            if number and (number not in by_number or space.uri == space.call_id):
                by_number[number] = space
        numbers = range(self.first, self.last + 1)
        return {number: by_number[str(number)].id for number in numbers if str(number) in by_number}
