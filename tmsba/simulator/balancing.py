"""Which call bridge hosts a participant (CMS API reference, 8.1.6 and 10.11)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tmsba.simulator.dialling import has_room
from tmsba.simulator.failures import refused
from tmsba.simulator.records import Call

if TYPE_CHECKING:
    from tmsba.simulator.objects import Bridge


def host_for(bridge: "Bridge", call: Call, values: Mapping[str, str]) -> "Bridge":
    """Choose the bridge that calls a participant.

    Args:
        bridge: The bridge that was asked.
        call: The call on that bridge.
        values: Checked parameters, ``callBridge`` or ``callBridgeGroup`` among them if they were sent.

    Raises:
        ApiError: The bridge or group asked for cannot take the call.
    """
    if wanted := values.get("callBridge"):
        host = bridge.cluster.bridge(wanted)
        if host is None or not host.is_up or not has_room(host):
            raise refused("callBridgeUnavailable")
        return host
    if wanted := values.get("callBridgeGroup"):
        if not _balances(bridge, wanted):
            raise refused("loadBalancingDisabled")
        return _least_loaded(bridge, call, wanted) or _unavailable()
    own = (
        bridge.call_bridges[bridge.id].values.get("callBridgeGroup", "")
        if bridge.id in bridge.call_bridges
        else ""
    )
    if own and _balances(bridge, own):
        return _least_loaded(bridge, call, own) or bridge
    return bridge


def part_on(host: "Bridge", call: Call) -> Call:
    """Return the part of a call on a bridge, made if there is none."""
    if call.host == host.id:
        return call
    parts = [part for part in host.cluster.instances(call) if part.host == host.id]
    return parts[0] if parts else host.add_call({"callCorrelator": call.correlator})


def _balances(bridge: "Bridge", group: str) -> bool:
    values = bridge.cluster.groups[group].values
    return values.get("loadBalancingEnabled") == values.get("loadBalanceOutgoingCalls") == "true"


def _least_loaded(bridge: "Bridge", call: Call, group: str) -> "Bridge | None":
    members = {one.id for one in bridge.call_bridges.values() if one.values.get("callBridgeGroup") == group}
    able = [one for one in bridge.cluster.bridges if one.id in members and one.is_up and has_room(one)]
    hosts = {part.host for part in (call, *bridge.cluster.instances(call)) if part.legs}
    # Bridges that already have people in the call come first, then the one with the least to do.
    return min(able, key=lambda one: (one.id not in hosts, one.totals.load), default=None)


def _unavailable() -> "Bridge":
    raise refused("callBridgeGroupUnavailable")
