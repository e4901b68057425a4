"""Call bridges and profiles (CMS API reference, 8.2, 8.4, 10.10 and 10.11)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tmsba.simulator import media
from tmsba.simulator.failures import refused
from tmsba.simulator.kind import Kind
from tmsba.simulator.records import Record
from tmsba.simulator.tables import CALL_BRIDGE, CALL_BRIDGE_GROUP, CALL_LEG_PROFILE, CALL_PROFILE

if TYPE_CHECKING:
    from tmsba.simulator.objects import Bridge


def _check_name(bridge: "Bridge", item: Record, values: Mapping[str, str]) -> None:
    name = values.get("name")
    if name and any(
        other.values["name"] == name for other in bridge.call_bridges.values() if other is not item
    ):
        raise refused("duplicateCallBridgeName")


def _weigh(bridge: "Bridge") -> None:
    media.weigh_all(bridge.cluster.bridges)


CALL_PROFILES = Kind("callProfile", CALL_PROFILE)
CALL_LEG_PROFILES = Kind("callLegProfile", CALL_LEG_PROFILE, changed=_weigh)
CALL_BRIDGES = Kind(
    "callBridge",
    CALL_BRIDGE,
    mandatory=("name",),
    shown={"address": "", "sipDomain": ""},
    listed=("name",),
    check=_check_name,
)
CALL_BRIDGE_GROUPS = Kind(
    "callBridgeGroup",
    CALL_BRIDGE_GROUP,
    shown={
        "loadBalancingEnabled": "false",
        "loadBalanceLyncCalls": "false",
        "loadBalanceOutgoingCalls": "false",
        "loadBalanceUserCalls": "true",
        "loadBalanceIndirectCalls": "false",
    },
    listed=("name",),
)

KINDS = (CALL_PROFILES, CALL_LEG_PROFILES, CALL_BRIDGES, CALL_BRIDGE_GROUPS)
