"""What the call bridges of a cluster share (CMS API reference, 2 and 10.10 to 10.12)."""

import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from tmsba.simulator.bulk import BulkSync
from tmsba.simulator.chance import Chance
from tmsba.simulator.parties import Party
from tmsba.simulator.records import Call, Record
from tmsba.simulator.schedule import Schedule
from tmsba.simulator.spaces import SpaceStore
from tmsba.simulator.store import ObjectStore

if TYPE_CHECKING:
    from tmsba.simulator.objects import Bridge


class Cluster:
    """The database, the clock and the neighbours; a single call bridge is a cluster of one.

    Whoever reads or changes anything here or on a bridge holds ``lock``.

    Args:
        clock: Seconds that only go forward.
        seed: Makes identifiers and chances repeatable.
        parties: How remote parties behave.
        domain: The domain whose calls lead to spaces; without one there are no dial plan rules.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        seed: int | None = None,
        parties: Iterable[Party] = (),
        domain: str = "",
    ) -> None:
        self.lock = threading.RLock()
        self.schedule = Schedule(clock, self.lock)
        self.chance = Chance(seed)
        self.id = self.chance.new_id()
        self.parties = list(parties)
        self.spaces = SpaceStore(self.chance)
        self.objects = ObjectStore()
        self.call_profiles = self.objects.of("callProfile")
        self.leg_profiles = self.objects.of("callLegProfile")
        self.call_bridges = self.objects.of("callBridge")
        self.groups = self.objects.of("callBridgeGroup")
        self.system_profiles = Record("")
        self.parameter_sets: dict[str, Record] = {}
        self.syncs: dict[str, BulkSync] = {}
        self.sync_free_at = clock()
        self.bridges: list[Bridge] = []
        self._instances: dict[str, dict[str, Call]] = {}
        self._by_space: dict[str, dict[str, Call]] = {}
        if domain:
            self._plan(domain)

    def bridge(self, identifier: str) -> "Bridge | None":
        """Return the simulated call bridge with this identifier."""
        return next((bridge for bridge in self.bridges if bridge.id == identifier), None)

    def instances(self, call: Call) -> list[Call]:
        """Return the parts of a call on the other bridges."""
        parts = self._instances.get(call.correlator, {})
        if len(parts) < 2:
            # The usual case, asked for with every list of participants.
            return []
        return [part for part in parts.values() if part.host != call.host]

    def with_correlator(self, correlator: str) -> Call | None:
        """Return a part of the call with this correlator."""
        return next(iter(self._instances.get(correlator, {}).values()), None)

    def running(self, space: str) -> list[Call]:
        """Return the calls of a space that run on any bridge, oldest first."""
        return list(self._by_space.get(space, {}).values())

    def learn(self, call: Call) -> None:
        """Remember a call by its correlator and its space."""
        self._instances.setdefault(call.correlator, {})[call.id] = call
        if call.space:
            self._by_space.setdefault(call.space, {})[call.id] = call

    def forget(self, call: Call) -> None:
        """Forget a call that has ended."""
        for index, key in ((self._instances, call.correlator), (self._by_space, call.space)):
            if key and index[key].pop(call.id) and not index[key]:
                del index[key]

    def node_lost(self, lost: "Bridge") -> None:
        """Raise the alarms on the other bridges: one is gone, and calls of theirs are cut off from it."""
        for call in lost.calls.values():
            for part in self.instances(call):
                host = self.bridge(part.host)
                if host is not None:
                    details = {"callBridgeName": lost.settings.name, "call": part.id}
                    host.alarms.add("callDistributionFailure", details)
        for bridge in self.bridges:
            if bridge is not lost:
                details = {"callBridge": lost.id, "failureReason": "connectFailure"}
                bridge.alarms.add("callBridgeConnectionFailure", details)

    def node_back(self, back: "Bridge") -> None:
        """Clear the alarms that ``node_lost`` raised."""
        back.alarms.clear_where("callBridgeConnectionFailure")
        for bridge in self.bridges:
            if bridge is not back:
                bridge.alarms.clear_where("callBridgeConnectionFailure", callBridge=back.id)
                bridge.alarms.clear_where("callDistributionFailure", callBridgeName=back.settings.name)
                if not bridge.is_up:
                    details = {"callBridge": bridge.id, "failureReason": "connectFailure"}
                    back.alarms.add("callBridgeConnectionFailure", details)

    def remove(self, tag: str, identifier: str, owner: str = "") -> None:
        """Remove an object of the catalogue, what belongs to it, and every reference to it.

        Args:
            tag: Its kind.
            identifier: Which one.
            owner: The identifier of what it belongs to, if it belongs to something.
        """
        self.objects.remove(tag, identifier, owner)
        self.unname(tag, identifier)

    def unname(self, tag: str, identifier: str) -> None:
        """Remove every reference to an object."""
        for values in self._values():
            for name in parameters_for(tag):
                if values.get(name) == identifier:
                    del values[name]

    def named(self, tag: str) -> set[str]:
        """Return the identifiers of the objects of one kind that something refers to."""
        return {values[name] for values in self._values() for name in parameters_for(tag) if name in values}

    def _plan(self, domain: str) -> None:
        """Make the rules by which calls to a domain reach spaces, and calls to anywhere go out."""
        rules = {
            "inboundDialPlanRule": {"domain": domain, "resolveToCoSpaces": "true"},
            "outboundDialPlanRule": {"domain": "*"},
        }
        for tag, values in rules.items():
            self.objects.keep(tag, Record(self.chance.new_id(), values))

    def _values(self) -> Iterable[dict[str, Any]]:
        """Return the parameters of everything that may name an object."""
        yield self.system_profiles.values
        for space in self.spaces:
            yield from (method.values for method in space.access_methods.values())
        for holder in (self.spaces, self.parameter_sets.values(), self.objects):
            yield from (record.values for record in holder)
        for bridge in self.bridges:
            yield from (leg.values for leg in bridge.legs.values())


# Under what other names parameters refer to a kind of object.
_OTHER_NAMES = {
    "ldapServer": ("server",),
    "ldapMapping": ("mapping",),
    "accessMethodTemplate": ("defaultAccessMethodTemplate",),
}


def parameters_for(tag: str) -> tuple[str, ...]:
    """Return the names of the parameters that refer to a kind of object."""
    return (tag, *_OTHER_NAMES.get(tag, ()))
