"""Orders that meddle with meetings: call legs, calls and people who dial in."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from tmsba.simulator import dialling, values
from tmsba.simulator.failures import ApiError
from tmsba.simulator.objects import Bridge
from tmsba.simulator.orders import Node
from tmsba.simulator.parties import Party
from tmsba.simulator.records import CallLeg
from tmsba.simulator.xml import is_xml_text

_LONGEST_SECONDS = 86_400
_LONGEST_TEXT = 200
_LEG_DEEDS = ("drop", "hold", "resume")


def change_legs(one: Node, order: Mapping[str, Any]) -> dict[str, int]:
    """Break off call legs, put them on hold or take them back, and return how many.

    Args:
        one: The node.
        order: ``do``: drop, hold or resume; which: a ``leg``, all of a ``call``, or those whose address falls
            under ``remote_party``; after ``seconds``, or at once.

    Raises:
        ValueError: The order makes no sense.
    """
    values.check_names(order, ("do", "leg", "call", "remote_party", "seconds"))
    deed = values.choice(order, "do", _LEG_DEEDS)
    seconds = values.decimal(order, "seconds", _LONGEST_SECONDS) or 0.0
    if not any(order.get(name) for name in ("leg", "call", "remote_party")):
        raise ValueError("say which: leg, call or remote_party must be given")
    bridge = one.bridge
    with bridge.lock:
        bridge.advance()
        chosen = list(_chosen(bridge.legs.values(), order))
        for leg in chosen:
            if seconds:
                bridge.schedule.after(seconds, partial(_do, bridge, leg, deed), later=True)
            else:
                _do(bridge, leg, deed)
    return {"legs": len(chosen)}


def _chosen(legs: Iterable[CallLeg], order: Mapping[str, Any]) -> Iterable[CallLeg]:
    pattern = Party(str(order["remote_party"])[:_LONGEST_TEXT]) if order.get("remote_party") else None
    for leg in legs:
        if (
            order.get("leg") in (None, "", leg.id)
            and order.get("call") in (None, "", leg.call)
            and (pattern is None or pattern.matches(leg.remote_party))
        ):
            yield leg


def _do(bridge: Bridge, leg: CallLeg, deed: str) -> None:
    if leg.id not in bridge.legs:
        return
    if deed == "drop":
        dialling.end(bridge, leg, "remoteTeardown")
    else:
        dialling.hold(bridge, leg, on=deed == "hold")


def end_calls(one: Node, order: Mapping[str, Any]) -> dict[str, int]:
    """Break off a ``call``, or all calls of a ``name``, and return how many.

    Raises:
        ValueError: Neither is given.
    """
    values.check_names(order, ("call", "name"))
    if not (order.get("call") or order.get("name")):
        raise ValueError("say which: call or name must be given")
    with one.bridge.lock:
        chosen = [
            call
            for call in one.bridge.calls.values()
            if order.get("call") in (None, "", call.id) and order.get("name") in (None, "", call.name)
        ]
        for call in chosen:
            one.bridge.remove_call(call)
    return {"calls": len(chosen)}


def dial_in(one: Node, order: Mapping[str, Any]) -> dict[str, object]:
    """Have ``remote_party`` call the space with an ``address``, with a ``passcode`` if one is given.

    Raises:
        ValueError: There is no such space, it is closed, or the bridge is full.
    """
    values.check_names(order, ("address", "remote_party", "passcode"))
    address, remote_party = values.text(order, "address"), values.text(order, "remote_party")
    if not is_xml_text(remote_party) or len(remote_party) > _LONGEST_TEXT:
        raise ValueError(f"remote_party must be plain text of at most {_LONGEST_TEXT} characters")
    try:
        leg = one.bridge.dial_in(address, remote_party, str(order.get("passcode") or ""))
    except ApiError as error:
        raise ValueError(f"nobody can join {address}: {error}") from None
    if leg is None:
        reasons = "no such space or passcode, closed to guests, or the bridge is full"
        raise ValueError(f"nobody can join {address}: {reasons}")
    return {"leg": leg.id, "call": leg.call}
