"""The state of one call bridge."""

from collections import deque
from collections.abc import Mapping

from tmsba.simulator import dialling, recording
from tmsba.simulator.alarms import Alarms
from tmsba.simulator.bulk import BulkSync, SyncError, run_sync
from tmsba.simulator.cdr import CallDetailRecords
from tmsba.simulator.cluster import Cluster
from tmsba.simulator.licences import Licences
from tmsba.simulator.media import Totals
from tmsba.simulator.parties import Party, literally
from tmsba.simulator.records import Call, CallLeg, Participant, Peer, Record, Settings, Space

# How many ended call legs the page can still show.
_ENDED_KEPT = 500


class Bridge:
    """Everything one call bridge knows.

    Whoever reads or changes it holds ``lock``, which the whole cluster shares. Things that take time (bulk
    syncs, ringing) happen when ``advance`` is called after they fall due, which every request does first.

    Args:
        settings: How the bridge behaves.
        cluster: The cluster it belongs to; one of its own unless given.
    """

    def __init__(self, settings: Settings | None = None, cluster: Cluster | None = None) -> None:
        self.settings = settings = settings or Settings()
        self.cluster = cluster = cluster or Cluster(settings.clock, settings.seed, settings.parties)
        self.lock = cluster.lock
        self.schedule = cluster.schedule
        self.spaces = cluster.spaces
        self.call_profiles = cluster.call_profiles
        self.leg_profiles = cluster.leg_profiles
        self.parameter_sets = cluster.parameter_sets
        self.syncs = cluster.syncs
        self.call_bridges = cluster.call_bridges
        self.host_id = cluster.chance.new_id()
        self.calls: dict[str, Call] = {}
        self.legs: dict[str, CallLeg] = {}
        self.participants: dict[str, Participant] = {}
        self.ended_legs: deque[CallLeg] = deque(maxlen=_ENDED_KEPT)
        self.configuration = Record("", {"uniqueName": settings.name})
        self.diagnostics: dict[str, Record] = {}
        # Until when, by the clock, which part logs more than usual.
        self.logged_until: dict[str, float] = {}
        self.is_up = True
        self.totals = Totals()
        self.most_legs = 0
        self.completed_legs = 0
        self.started = self.now()
        ring = settings.answer_seconds
        self.parties = [Party(literally(one), "silent", ring) for one in settings.unreachable]
        own = Peer(settings.name, settings.address, settings.sip_domain)
        self.id, *_ = [self._introduce(peer) for peer in (own, *settings.cluster)]
        self.alarms = Alarms(self.now, cluster.chance)
        self.licences = Licences(self.alarms)
        self.cdr = CallDetailRecords(self)
        cluster.bridges.append(self)

    def now(self) -> float:
        """Return the time by the bridge's clock."""
        return self.schedule.now()

    def advance(self) -> None:
        """Do everything that has fallen due."""
        with self.lock:
            self.schedule.advance()

    def settle(self) -> None:
        """Finish everything that is under way, without waiting."""
        self.schedule.settle()

    def crash(self) -> None:
        """Lose all calls at once, as when the power goes: nobody is told."""
        with self.lock:
            self.is_up = False
            self.cluster.node_lost(self)
            for call in self.calls.values():
                self.cluster.forget(call)
            self.calls.clear()
            self.legs.clear()
            self.participants.clear()
            self.totals = Totals()

    def recover(self) -> None:
        """Come back after a crash: without calls, with the configuration, and with all counters at zero."""
        with self.lock:
            self.is_up = True
            self.started = self.now()
            self.most_legs = self.completed_legs = 0
            self.alarms.clear("cdrConnectionFailure")
            self.cdr.restart()
            self.cluster.node_back(self)

    def remove_space(self, space: Space) -> None:
        """Remove a space, and its calls with it."""
        for call in self.cluster.running(space.id):
            host = self.cluster.bridge(call.host)
            if host is not None:
                host.remove_call(call)
        self.spaces.remove(space)
        self.cluster.objects.forget_owner(space.id)

    def remove_profile(self, parameter: str, profiles: dict[str, Record], identifier: str) -> None:
        """Remove a profile, and every reference to it.

        Args:
            parameter: The name under which objects refer to it.
            profiles: Where it is kept.
            identifier: Which one.
        """
        del profiles[identifier]
        self.cluster.unname(parameter, identifier)

    def call_of(self, space: str) -> Call | None:
        """Return the call of a space that runs on this bridge."""
        return next((call for call in self.cluster.running(space) if call.host == self.id), None)

    def add_call(self, values: Mapping[str, str]) -> Call:
        """Create a call.

        Whether a space has a call here already is for the caller to see (``call_of``). A call of a space that
        runs on another bridge becomes part of that one.

        Args:
            values: Checked parameters; ``coSpace`` names an existing space if it is present.
        """
        rest = dict(values)
        wanted = rest.pop("callCorrelator", "")
        partner = self.cluster.with_correlator(wanted)
        space_id = rest.pop("coSpace", "") or (partner.space if partner else None)
        space = self.spaces.by_id[space_id] if space_id else None
        name = rest.pop("name", "") or (partner.name if partner else "")
        call = Call(self.cluster.chance.new_id(), host=self.id, started=self.now())
        call.name, call.space = (space.name, space.id) if space else (name, None)
        call.correlator = wanted or self._shared_correlator(call) or self.cluster.chance.new_id()
        call.change(rest)
        self.calls[call.id] = call
        self.cluster.learn(call)
        self.cdr.call_start(call)
        return call

    def remove_call(self, call: Call) -> None:
        """End a call, with everyone in it."""
        for leg in self.legs_of(call):
            dialling.end(self, leg, dialling.CALL_ENDED)
        recording.stop_all(self, call)
        self.cluster.forget(call)
        del self.calls[call.id]
        self.alarms.clear_where("callDistributionFailure", call=call.id)
        self.cdr.call_end(call)

    def dial_in(self, address: str, remote_party: str, passcode: str = "") -> CallLeg | None:
        """Let someone call a space from outside; see ``dialling.dial_in``."""
        with self.lock:
            self.schedule.advance()
            return dialling.dial_in(self, address, remote_party, passcode)

    def legs_of(self, call: Call) -> list[CallLeg]:
        """Return the call legs of a call."""
        return list(call.legs.values())

    def start_sync(self, values: Mapping[str, str]) -> BulkSync:
        """Queue a bulk sync; syncs run one after another.

        Args:
            values: Checked parameters of the sync.
        """
        sync = BulkSync(self.cluster.chance.new_id(), dict(values))
        self.syncs[sync.id] = sync
        half = self.settings.sync_seconds / 2
        begin = max(self.now(), self.cluster.sync_free_at) + half
        self.cluster.sync_free_at = begin + half
        self.schedule.at(begin, lambda: self._begin_sync(sync))
        self.schedule.at(begin + half, lambda: self._finish_sync(sync))
        return sync

    def _introduce(self, peer: Peer) -> str:
        record = Record(self.cluster.chance.new_id())
        record.change({"name": peer.name, "address": peer.address, "sipDomain": peer.sip_domain})
        self.call_bridges[record.id] = record
        return record.id

    def _shared_correlator(self, call: Call) -> str | None:
        others = self.cluster.running(call.space) if call.space else []
        return next((other.correlator for other in others if other.host != self.id), None)

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
