"""One look at a bridge: everything it tells about itself."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from tmsba.cms.client import BridgeClient
from tmsba.cms.model import BridgeLimits, BridgeStatus, CallBridge, CallBridgeLicence, SystemAlarm
from tmsba.cms.wire.errors import ODD_ANSWERS
from tmsba.control.bridge.setup_values import to_node
from tmsba.domain.bridge.bridge import ClusterNode
from tmsba.domain.bridge.dial_plan import DialPlan
from tmsba.domain.bridge.health import BridgeAlarm, BridgeReport

T = TypeVar("T")

_LICENCE_ALARMS = {
    "licenseGrace": "a licence has passed its expiry date and will soon be deactivated",
    "licenseExpired": "a licence has expired and has been deactivated",
}
_LICENCE_WORDS = {
    "noLicense": "it has no licence to make calls",
    "grace": "its licence to make calls has expired and is in its grace period",
    "expired": "its licence to make calls has expired",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What a bridge told."""

    report: BridgeReport
    cluster_id: str
    #: ``None`` when it does not tell, or was not asked.
    nodes: tuple[ClusterNode, ...] | None
    #: Whether it was asked for everything.
    is_whole: bool = True
    #: ``None`` when it does not tell, or was not asked.
    dial_plan: DialPlan | None = None
    #: Whether a call bridge group of its cluster balances outgoing calls.
    is_balancing: bool = False


def glance(client: BridgeClient, before: BridgeReport) -> Inspection:
    """Look at what changes from one moment to the next: status and load.

    Args:
        client: the bridge.
        before: what an earlier look found; alarms and licence are still as it says.

    Raises:
        BridgeError: the bridge does not answer, or refuses us.
    """
    status = client.status()
    report = _report(status, [], _if_told(client.media_processing_load), None)
    kept = replace(
        report,
        alarms=before.alarms,
        licence_trouble=before.licence_trouble,
        dial_plan_trouble=before.dial_plan_trouble,
        load_limit=before.load_limit,
        participant_limit=before.participant_limit,
        told_all_at=before.told_all_at,
    )
    return Inspection(report=kept, cluster_id=status.cluster_id or "", nodes=None, is_whole=False)


def inspect(client: BridgeClient) -> Inspection:
    """Look at a bridge. Only its status must be there: older versions do not tell the rest.

    Raises:
        BridgeError: the bridge does not answer, or refuses us.
    """
    status = client.status()
    alarms = _if_told(client.alarms) or []
    licence = _if_told(client.call_bridge_licence)
    report = _report(status, alarms, _if_told(client.media_processing_load), licence)
    limits = _if_told(client.limits) or BridgeLimits()
    call_bridges = _if_told(lambda: _call_bridges(client))
    return Inspection(
        report=replace(report, load_limit=limits.load, participant_limit=limits.participants),
        cluster_id=status.cluster_id or "",
        nodes=None if call_bridges is None else tuple(map(to_node, call_bridges)),
        dial_plan=_if_told(lambda: _dial_plan(client)),
        is_balancing=_is_balancing(client, call_bridges or ()),
    )


def _call_bridges(client: BridgeClient) -> tuple[CallBridge, ...]:
    return tuple(client.call_bridge(one.id) for one in client.call_bridges())


def _dial_plan(client: BridgeClient) -> DialPlan:
    """The rules for calls of no tenant, as those of our spaces are."""
    inbound = [one for one in client.inbound_rules() if one.is_for_spaces is not False]
    return DialPlan(
        inbound=tuple(one.domain for one in inbound if one.tenant_id is None),
        outbound=tuple(one.domain for one in client.outbound_rules() if one.tenant_id is None),
    )


def _is_balancing(client: BridgeClient, call_bridges: Iterable[CallBridge]) -> bool:
    """Whether a group does; a node that is in another, or in none, dials by itself all the same."""
    groups = dict.fromkeys(one.group_id for one in call_bridges if one.group_id)
    return any(_if_told(partial(client.is_balancing, group)) for group in groups)


def _if_told(ask: Callable[[], T]) -> T | None:
    try:
        return ask()
    except ODD_ANSWERS:
        return None


def _report(
    status: BridgeStatus, alarms: list[SystemAlarm], load: int | None, licence: CallBridgeLicence | None
) -> BridgeReport:
    return BridgeReport(
        software_version=status.software_version or "",
        uptime=status.uptime,
        call_legs_active=status.call_legs_active,
        call_legs_max_active=status.call_legs_max_active,
        call_legs_completed=status.call_legs_completed,
        audio_bit_rate_outgoing_bps=status.audio_bit_rate_outgoing_bps,
        audio_bit_rate_incoming_bps=status.audio_bit_rate_incoming_bps,
        video_bit_rate_outgoing_bps=status.video_bit_rate_outgoing_bps,
        video_bit_rate_incoming_bps=status.video_bit_rate_incoming_bps,
        media_processing_load=load,
        alarms=tuple(
            BridgeAlarm(kind=alarm.kind or "unknown", reason=alarm.reason or "", active=alarm.active)
            for alarm in alarms
            if alarm.kind not in _LICENCE_ALARMS
        ),
        licence_trouble=_licence_trouble(status, alarms, licence),
    )


def _licence_trouble(
    status: BridgeStatus, alarms: list[SystemAlarm], licence: CallBridgeLicence | None
) -> str:
    """What is wrong with the licence, as a sentence (CMS API reference, 10.1, 10.2 and 10.6)."""
    found = [_LICENCE_ALARMS[alarm.kind] for alarm in alarms if alarm.kind in _LICENCE_ALARMS]
    if licence is not None and not licence.is_in_order:
        expiry = f" ({licence.expiry})" if licence.expiry else ""
        found.append(_LICENCE_WORDS[licence.status or ""] + expiry)
    elif status.is_activated is False:
        found.append("it is not activated")
    unique = list(dict.fromkeys(found))
    return f"The bridge may make no calls: {', and '.join(unique)}." if unique else ""
