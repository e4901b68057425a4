"""Between the words of the bridge client and those of the domain."""

from tmsba.cms.model import CallBridge
from tmsba.cms.setup.setup import BridgeSetup, SpaceRange
from tmsba.domain.bridge.bridge import BridgePreparation, ClusterNode, NumberRange


def to_preparation(setup: BridgeSetup, *, is_complete: bool) -> BridgePreparation:
    """What the client made, to be stored."""
    return BridgePreparation(
        call_profile_id=setup.call_profile_id,
        call_leg_profile_id=setup.call_leg_profile_id,
        ranges=tuple(
            NumberRange(
                parameter_set_id=one.id,
                first=one.first,
                last=one.last,
                sync_id=one.sync_id,
                is_made=one.is_made,
            )
            for one in setup.ranges
        ),
        software_version=setup.version or "",
        cluster_id=setup.cluster_id or "",
        nodes=tuple(map(to_node, setup.call_bridges)),
        cospace_ids=setup.space_ids,
        is_complete=is_complete,
    )


def to_node(call_bridge: CallBridge) -> ClusterNode:
    """A node of a cluster."""
    return ClusterNode(id=call_bridge.id, name=call_bridge.name or "", address=call_bridge.address or "")


def to_setup(known: BridgePreparation) -> BridgeSetup:
    """What was stored, for the client to go on from."""
    return BridgeSetup(
        version=known.software_version or None,
        cluster_id=known.cluster_id or None,
        call_bridges=tuple(
            CallBridge(id=node.id, name=node.name or None, address=node.address or None)
            for node in known.nodes
        ),
        call_profile_id=known.call_profile_id,
        call_leg_profile_id=known.call_leg_profile_id,
        ranges=tuple(
            SpaceRange(
                id=one.parameter_set_id,
                first=one.first,
                last=one.last,
                sync_id=one.sync_id,
                is_made=one.is_made,
            )
            for one in known.ranges
        ),
        space_ids=known.cospace_ids,
    )
