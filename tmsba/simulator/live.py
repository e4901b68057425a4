"""What goes on, as plain data for tests and for the page."""

from collections.abc import Iterable, Mapping, Sequence
from heapq import nlargest
from typing import Any

from tmsba.simulator import media, orders
from tmsba.simulator.objects import Bridge
from tmsba.simulator.orders import Node
from tmsba.simulator.records import Call, CallLeg

_MOST_CALLS = 200
_MOST_LEGS = 200
_DEFAULT_CALLS = 50


def describe(bridge: Bridge) -> dict[str, Any]:
    """Return the spaces in use, the calls and the call legs of a bridge."""
    with bridge.lock:
        bridge.advance()
        with_call = {call.space for call in bridge.calls.values()}
        spaces = [
            {
                "id": space.id,
                **space.values,
                "nonMemberAccess": space.open_to_all,
                "call": space.id in with_call,
            }
            for space in bridge.spaces
            if space.open_to_all or space.id in with_call
        ]
        calls = [
            {"id": call.id, "name": call.name, "coSpace": call.space, "callLegs": len(call.legs)}
            for call in bridge.calls.values()
        ]
        legs = [
            {"id": leg.id, "call": leg.call, "remoteParty": leg.remote_party, "state": leg.state}
            for leg in bridge.legs.values()
        ]
        return {"totalSpaces": len(bridge.spaces), "spaces": spaces, "calls": calls, "callLegs": legs}


def overview(nodes: Sequence[Node], query: Mapping[str, str]) -> dict[str, Any]:
    """Return a whole cluster for the page: every bridge, and the latest calls that match.

    However many calls there are, the answer stays small.

    Args:
        nodes: The bridges.
        query: ``text`` to find in calls and addresses, ``bridge`` (a name), ``limit`` and ``call``, the one
            to show with its call legs.
    """
    bridge = nodes[0].bridge
    with bridge.lock:
        bridge.advance()
        calls = [
            (call, node)
            for node in nodes
            if query.get("bridge", "") in ("", node.name)
            for call in node.bridge.calls.values()
        ]
        found = [(call, node) for call, node in calls if _matches(node.bridge, call, query.get("text", ""))]
        shown = nlargest(_limit(query), found, key=lambda pair: pair[0].started)
        return {
            "bridges": [_bridge(node) for node in nodes],
            "totalSpaces": len(bridge.spaces),
            "totalCalls": len(calls),
            "matchingCalls": len(found),
            "parties": orders.parties(nodes[0]),
            "calls": [_call(node, call) for call, node in shown],
            "legs": _legs(nodes, query.get("call", "")),
        }


def _limit(query: Mapping[str, str]) -> int:
    value = query.get("limit", "") or str(_DEFAULT_CALLS)
    if not (value.isascii() and value.isdigit() and len(value) < 7):
        raise ValueError("limit must be a number")
    return min(int(value), _MOST_CALLS)


def _matches(bridge: Bridge, call: Call, text: str) -> bool:
    if not text:
        return True
    space = bridge.spaces.get(call.space) if call.space else None
    of_space = [space.values.get(name, "") for name in ("uri", "callId")] if space else []
    remote = (leg.remote_party for leg in call.legs.values())
    return any(text.lower() in one.lower() for one in (call.name, *of_space, *remote))


def _bridge(node: Node) -> dict[str, Any]:
    bridge = node.bridge
    audio, video = media.rates(bridge)
    limit = bridge.configuration.values.get("loadLimit")
    return {
        **orders.node(node),
        "up": bridge.is_up and node.is_running,
        "uptimeSeconds": int(bridge.now() - bridge.started),
        "calls": len(bridge.calls),
        "legs": len(bridge.legs),
        "mostLegs": bridge.most_legs,
        "completedLegs": bridge.completed_legs,
        "load": bridge.totals.load,
        "loadLimit": int(limit) if limit else None,
        "bitsPerSecond": audio + video,
        "alarms": orders.alarms(node),
        "faults": node.faults.in_force(),
        "receivers": [
            {"uri": one.uri, "sent": one.sent, "pending": one.pending}
            for one in bridge.cdr.receivers.values()
        ],
    }


def _call(node: Node, call: Call) -> dict[str, Any]:
    bridge = node.bridge
    space = bridge.spaces.get(call.space) if call.space else None
    states = [leg.state for leg in call.legs.values()]
    return {
        "id": call.id,
        "bridge": node.name,
        "name": call.name,
        "number": space.values.get("callId") or space.values.get("uri") if space else None,
        "seconds": int(bridge.now() - call.started),
        "legs": len(states),
        "connected": sum(state in ("connected", "onHold") for state in states),
        "locked": call.values.get("locked") == "true",
        "recording": call.recording is not None,
        "streaming": call.streaming is not None,
        "elsewhere": len(bridge.cluster.instances(call)),
    }


def _legs(nodes: Sequence[Node], wanted: str) -> list[dict[str, Any]]:
    if not wanted:
        return []
    for node in nodes:
        ended = (leg for leg in node.bridge.ended_legs if leg.call == wanted)
        call = node.bridge.calls.get(wanted)
        legs = [*ended, *(call.legs.values() if call else ())]
        if legs:
            return list(_timelines(node.bridge, legs[-_MOST_LEGS:]))
    return []


def _timelines(bridge: Bridge, legs: Iterable[CallLeg]) -> Iterable[dict[str, Any]]:
    """Return call legs with the states they went through, in seconds before now."""
    now = bridge.now()
    for leg in legs:
        ended = leg.ended
        yield {
            "id": leg.id,
            "name": leg.name,
            "remoteParty": leg.remote_party,
            "incoming": leg.incoming,
            "state": leg.state if ended is None else "ended",
            "deactivated": leg.deactivated,
            "muted": leg.values.get("rxAudioMute") == "true",
            "reason": ended[1] if ended else None,
            "ago": round(now - (ended[0] if ended else now), 1),
            "history": [[round(now - moment, 1), state] for moment, state in leg.history],
        }
