"""Call bridges and what works beside them (CMS API reference, 8.6, 8.9, 10.7, 10.8, 10.10 and 10.11)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tmsba.simulator.failures import refused
from tmsba.simulator.kind import Kind
from tmsba.simulator.kinds import Reference, boolean, choice, number, text, uri
from tmsba.simulator.records import Record
from tmsba.simulator.tables import CALL_BRIDGE, CALL_BRIDGE_GROUP
from tmsba.simulator.xml import Fields

if TYPE_CHECKING:
    from tmsba.simulator.objects import Bridge


def _refuse_uri_of_space(bridge: "Bridge", _item: Record, values: Mapping[str, str]) -> None:
    if bridge.spaces.with_uri(values.get("uri", "")):
        raise refused("ivrUriConflict")


def _size(_bridge: "Bridge", item: Record) -> Fields:
    return [("templateSize", len(item.values.get("template", "").encode()))]


CALL_BRIDGES = Kind(
    "callBridge",
    CALL_BRIDGE,
    mandatory=("name",),
    unique={"name": "duplicateCallBridgeName"},
    shown={"address": "", "sipDomain": ""},
    listed=("name",),
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
TURN_SERVERS = Kind(
    "turnServer",
    {
        "serverAddress": text(),
        "clientAddress": text(),
        "username": text(),
        "password": text(),
        "useShortTermCredentials": boolean,
        "sharedSecret": text(),
        "type": choice("acano", "cms", "expressway", "lyncEdge", "standard"),
        "numRegistrations": number,
        "tcpPortNumberOverride": number,
        "callBridge": Reference("callBridge"),
        "callBridgeGroup": Reference("callBridgeGroup"),
    },
    shown={"useShortTermCredentials": "false", "type": "standard"},
    listed=("serverAddress", "clientAddress"),
    hidden=("password", "sharedSecret"),
    searched=("serverAddress", "clientAddress"),
)
WEB_BRIDGES = Kind(
    "webBridge",
    {
        "url": text(),
        "tenant": Reference("tenant"),
        "tenantGroup": Reference("tenantGroup"),
        "callBridge": Reference("callBridge"),
        "callBridgeGroup": Reference("callBridgeGroup"),
        "webBridgeProfile": Reference("webBridgeProfile"),
    },
    searched=("url",),
    filters=("tenant", "callBridgeGroup"),
)
IVRS = Kind(
    "ivr",
    {
        "uri": uri,
        "tenant": Reference("tenant"),
        "tenantGroup": Reference("tenantGroup"),
        "ivrBrandingProfile": Reference("ivrBrandingProfile"),
        "resolveCoSpaceCallIds": boolean,
        "resolveLyncConferenceIds": boolean,
    },
    mandatory=("uri",),
    unique={"uri": "ivrUriConflict"},
    shown={"resolveCoSpaceCallIds": "true", "resolveLyncConferenceIds": "false"},
    listed=("uri", "tenant"),
    searched=("uri",),
    filters=("tenant",),
    check=_refuse_uri_of_space,
)
# What is put below one as its template is kept beside its parameters.
LAYOUT_TEMPLATES = Kind("layoutTemplate", {"name": text(200)}, more=_size)

KINDS = (CALL_BRIDGES, CALL_BRIDGE_GROUPS, TURN_SERVERS, WEB_BRIDGES, IVRS, LAYOUT_TEMPLATES)
