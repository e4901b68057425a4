"""Dial plans: which calls are taken, forwarded and made, and how (CMS API reference, 7)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tmsba.simulator.kind import Kind
from tmsba.simulator.kinds import Reference, boolean, choice, number, text
from tmsba.simulator.records import Record
from tmsba.simulator.xml import Fields

if TYPE_CHECKING:
    from tmsba.simulator.objects import Bridge


def _one_spelling(_bridge: "Bridge", item: Record, values: Mapping[str, str]) -> None:
    """Let the later of the two spellings of one parameter win."""
    for name, other in (_SPELLINGS, _SPELLINGS[::-1]):
        if name in values and other not in values:
            item.values.pop(other, None)


def _both_spellings(_bridge: "Bridge", item: Record) -> Fields:
    value = next((item.values[name] for name in _SPELLINGS if name in item.values), "true")
    return [(name, value) for name in _SPELLINGS]


# The reference lists a rule with the one, and sets it with the other.
_SPELLINGS = ("resolveToCoSpaces", "resolveTocoSpaces")

INBOUND = Kind(
    "inboundDialPlanRule",
    {
        "domain": text(),
        "priority": number,
        "resolveToCoSpaces": boolean,
        "resolveTocoSpaces": boolean,
        "resolveToIvrs": boolean,
        "resolveToLyncConferences": boolean,
        "resolveToLyncSimplejoin": boolean,
        "tenant": Reference("tenant"),
    },
    mandatory=("domain",),
    # That calls reach spaces and voice menus unless it is turned off is not documented.
    shown={
        "priority": "0",
        "resolveToIvrs": "true",
        "resolveToLyncConferences": "false",
        "resolveToLyncSimplejoin": "false",
    },
    hidden=_SPELLINGS,
    searched=("domain",),
    filters=("tenant",),
    check=_one_spelling,
    more=_both_spellings,
)

OUTBOUND = Kind(
    "outboundDialPlanRule",
    {
        "domain": text(),
        "priority": number,
        "localContactDomain": text(),
        "localFromDomain": text(),
        "sipProxy": text(),
        "trunkType": choice("sip", "lync", "avaya"),
        "failureAction": choice("stop", "continue"),
        "sipControlEncryption": choice("auto", "encrypted", "unencrypted"),
        "scope": choice("global", "callBridge", "callBridgeGroup"),
        "callBridge": Reference("callBridge"),
        "callBridgeGroup": Reference("callBridgeGroup"),
        "tenant": Reference("tenant"),
        "callRouting": choice("default", "traversal"),
    },
    mandatory=("domain",),
    shown={
        "priority": "0",
        "trunkType": "sip",
        "failureAction": "stop",
        "sipControlEncryption": "auto",
        "scope": "global",
        "callRouting": "default",
    },
    listed=("domain", "priority", "tenant"),
    searched=("domain",),
    filters=("tenant",),
)

FORWARDING = Kind(
    "forwardingDialPlanRule",
    {
        "matchPattern": text(),
        "destinationDomain": text(),
        "action": choice("forward", "reject"),
        "callerIdMode": choice("regenerate", "preserve"),
        "priority": number,
        "tenant": Reference("tenant"),
        "uriParameters": choice("discard", "forward"),
    },
    shown={"action": "forward", "callerIdMode": "regenerate", "priority": "0", "uriParameters": "discard"},
    listed=("matchPattern", "priority", "tenant"),
    searched=("matchPattern", "destinationDomain"),
    filters=("tenant",),
)

TRANSFORM = Kind(
    "dialTransform",
    {
        "type": choice("raw", "strip", "phone"),
        "match": text(),
        "transform": text(),
        "priority": number,
        "action": choice("accept", "acceptPhone", "deny"),
    },
    shown={"type": "raw", "priority": "0", "action": "accept"},
    searched=("match", "transform"),
)

KINDS = (INBOUND, OUTBOUND, FORWARDING, TRANSFORM)
