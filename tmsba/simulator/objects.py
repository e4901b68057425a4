"""The state of one call bridge."""

import heapq
import itertools
import threading
from collections.abc import Callable, Mapping

from tmsba.simulator.bulk import BulkSync, SyncError, run_sync
from tmsba.simulator.failures import refused
from tmsba.simulator.records import (
    Call,
    CallLeg,
    Participant,
    Peer,
    Record,
    Settings,
    Space,
    State,
    new_id,
)
from tmsba.simulator.spaces import SpaceStore


class Bridge:
    """Everything one call bridge knows.

    Whoever reads or changes it holds ``lock``. Things that take time (bulk syncs, ringing) happen when
    ``advance`` is called after they fall due, which every request does first.

    Args:
        settings: How the bridge behaves.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.lock = threading.RLock()
        self.host_id = new_id()
        self.cluster_id = new_id()
        self.spaces = SpaceStore()
        self.calls: dict[str, Call] = {}
        self.legs: dict[str, CallLeg] = {}
        self.participants: dict[str, Participant] = {}
        self.call_profiles: dict[str, Record] = {}
        self.leg_profiles: dict[str, Record] = {}
        self.parameter_sets: dict[str, Record] = {}
        self.syncs: dict[str, BulkSync] = {}
        self.call_bridges: dict[str, Record] = {}
        self.most_legs = 0
        self.completed_legs = 0
        self.started = self.now()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._sync_free_at = self.started
        own = Peer(self.settings.name, self.settings.address, self.settings.sip_domain)
        for peer in (own, *self.settings.cluster):
            record = Record(new_id())
            record.change({"name": peer.name, "address": peer.address, "sipDomain": peer.sip_domain})
            self.call_bridges[record.id] = record

    def now(self) -> float:
        """Return the time by the bridge's clock."""
        return self.settings.clock()

    def advance(self) -> None:
        """Do everything that has fallen due."""
        with self.lock:
            while self._due and self._due[0][0] <= self.now():
                heapq.heappop(self._due)[2]()

    def settle(self) -> None:
        """Finish everything that is under way, without waiting."""
        with self.lock:
            while self._due:
                heapq.heappop(self._due)[2]()

    def space_is_used(self, space: Space) -> bool:
        """Tell whether a space is open to all or has a call."""
        return space.open_to_all or any(call.space == space.id for call in self.calls.values())

    def remove_space(self, space: Space) -> None:
        """Remove a space, and its calls with it."""
        for call in [call for call in self.calls.values() if call.space == space.id]:
            self.remove_call(call)
        self.spaces.remove(space)

    def remove_profile(self, parameter: str, profiles: dict[str, Record], identifier: str) -> None:
        """Remove a profile, and every reference to it.

        Args:
            parameter: The name under which objects refer to it.
            profiles: Where it is kept.
            identifier: Which one.
        """
        del profiles[identifier]
        holders: list[Mapping[str, Record]] = [self.spaces.by_id, self.parameter_sets, self.legs]
        for record in itertools.chain.from_iterable(holder.values() for holder in holders):
            if record.values.get(parameter) == identifier:
                del record.values[parameter]

    def add_call(self, values: Mapping[str, str]) -> Call:
        """Create a call.

        Every creation makes a call of its own, even for a space that already has one.

        Args:
            values: Checked parameters; ``coSpace`` names an existing space if it is present.
        """
        rest = dict(values)
        space = self.spaces.by_id[rest.pop("coSpace")] if rest.get("coSpace") else None
        name = rest.pop("name", "")
        call = Call(new_id(), name=space.name if space else name, started=self.now())
        call.space = space.id if space else None
        call.correlator = rest.pop("callCorrelator", "") or new_id()
        call.change(rest)
        self.calls[call.id] = call
        return call

    def remove_call(self, call: Call) -> None:
        """End a call, with everyone in it."""
        for leg in self.legs_of(call):
            self.remove_leg(leg)
        del self.calls[call.id]

    def legs_of(self, call: Call) -> list[CallLeg]:
        """Return the call legs of a call."""
        return [leg for leg in self.legs.values() if leg.call == call.id]

    def dial_out(self, call: Call, remote_party: str, values: Mapping[str, str]) -> CallLeg:
        """Call a remote party into a call.

        Args:
            call: The call.
            remote_party: The address to dial.
            values: Checked parameters of the call leg.

        Raises:
            ApiError: The call has as many participants as its profile allows.
        """
        leg = self._add_leg(call, remote_party)
        leg.change(values)
        wait = self.settings.answer_seconds
        self._at(self.now() + wait / 3, lambda: self._progress(leg, "ringing"))
        if remote_party.lower() in {party.lower() for party in self.settings.unreachable}:
            self._at(self.now() + wait, lambda: self.remove_leg(leg))
        else:
            self._at(self.now() + wait, lambda: self._progress(leg, "connected"))
        return leg

    def dial_in(self, address: str, remote_party: str) -> CallLeg | None:
        """Let someone call a space from outside, as a test's participant.

        Args:
            address: The URI or numeric ID of a space.
            remote_party: Who calls.

        Returns:
            The call leg, or None when there is no such space or it is closed to non-members.
        """
        with self.lock:
            self.advance()
            space = self.spaces.with_uri(address) or self.spaces.with_call_id(address)
            if space is None or not space.open_to_all:
                return None
            running = [call for call in self.calls.values() if call.space == space.id]
            call = running[0] if running else self.add_call({"coSpace": space.id})
            leg = self._add_leg(call, remote_party)
            leg.incoming, leg.state = True, "connected"
            return leg

    def remove_leg(self, leg: CallLeg) -> None:
        """Disconnect a call leg; its participant leaves. The call stays (CMS API reference, 8)."""
        if self.legs.pop(leg.id, None) is not None:
            del self.participants[leg.participant]
            self.completed_legs += 1

    def start_sync(self, values: Mapping[str, str]) -> BulkSync:
        """Queue a bulk sync; syncs run one after another.

        Args:
            values: Checked parameters of the sync.
        """
        sync = BulkSync(new_id(), dict(values))
        self.syncs[sync.id] = sync
        half = self.settings.sync_seconds / 2
        begin = max(self.now(), self._sync_free_at) + half
        self._sync_free_at = begin + half
        self._at(begin, lambda: self._begin_sync(sync))
        self._at(self._sync_free_at, lambda: self._finish_sync(sync))
        return sync

    def _at(self, due: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._due, (due, next(self._order), action))

    def _add_leg(self, call: Call, remote_party: str) -> CallLeg:
        space = self.spaces.get(call.space) if call.space else None
        profile = self.call_profiles.get(space.values.get("callProfile", "")) if space else None
        limit = profile.values.get("participantLimit") if profile else None
        legs = len(self.legs_of(call))
        if limit is not None and legs >= int(limit):
            raise refused("participantLimitReached")
        participant = Participant(new_id(), call=call.id, uri=remote_party)
        leg = CallLeg(new_id(), call=call.id, participant=participant.id, remote_party=remote_party)
        leg.started = self.now()
        participant.leg = leg.id
        self.legs[leg.id] = leg
        self.participants[participant.id] = participant
        call.most_legs = max(call.most_legs, legs + 1)
        self.most_legs = max(self.most_legs, len(self.legs))
        return leg

    def _progress(self, leg: CallLeg, state: State) -> None:
        leg.state = state

    def _begin_sync(self, sync: BulkSync) -> None:
        sync.status = "running"

    def _finish_sync(self, sync: BulkSync) -> None:
        if sync.id not in self.syncs:
            return
        parameters = self.parameter_sets.get(sync.parameter_set)
        largest = self.settings.largest_bulk
        try:
            old, new = run_sync(self.spaces, parameters, removes_all=sync.removes_all, largest=largest)
        except SyncError as failure:
            sync.status = str(failure)
            return
        for identifier in old:
            self.remove_space(self.spaces.by_id[identifier])
        for values in new:
            self.spaces.add(values, bulk_set=sync.parameter_set)
        sync.status = "complete"
