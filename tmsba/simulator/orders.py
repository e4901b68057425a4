"""What can be ordered at the side door, apart from how the order travels."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, cast

from tmsba.simulator import values
from tmsba.simulator.alarms import ALARM_DETAILS, ALARM_TYPES, FAILURE_REASONS
from tmsba.simulator.faults import Faults
from tmsba.simulator.journal import Journal
from tmsba.simulator.licences import FEATURES, STATUSES
from tmsba.simulator.objects import Bridge
from tmsba.simulator.parties import OUTCOMES, Outcome, Party
from tmsba.simulator.xml import is_xml_text

_LONGEST_SECONDS = 86_400
_LONGEST_TEXT = 200
_MOST_PARTIES = 1000
_NODE_DEEDS = ("kill", "stop", "start", "restart")


class Node(Protocol):
    """A simulated bridge as the side door sees it."""

    bridge: Bridge
    journal: Journal
    faults: Faults

    @property
    def name(self) -> str:
        """Its name among the call bridges."""

    @property
    def url(self) -> str:
        """Where it is reached."""

    @property
    def is_running(self) -> bool:
        """Whether it listens."""

    def stop(self) -> None:
        """Stop listening, and know everything still."""

    def kill(self, return_seconds: float | None = None) -> None:
        """Fall down and lose all calls, for good or for some seconds."""

    def revive(self) -> None:
        """Listen again."""


def node(one: Node) -> dict[str, object]:
    """Describe a node."""
    return {"name": one.name, "url": one.url, "id": one.bridge.id, "running": one.is_running}


def change_node(one: Node, order: Mapping[str, Any]) -> Callable[[], None]:
    """Return what takes a node down or brings it back, to be done once the answer is sent.

    Args:
        one: The node.
        order: ``do``: kill, stop, start or restart; for kill and restart ``seconds`` until it comes back.

    Raises:
        ValueError: The order makes no sense.
    """
    values.check_names(order, ("do", "seconds"))
    deed = values.choice(order, "do", _NODE_DEEDS)
    seconds = values.decimal(order, "seconds", _LONGEST_SECONDS)
    if deed == "restart":
        return lambda: one.kill(seconds or 0.0)
    return {"kill": lambda: one.kill(seconds), "stop": one.stop, "start": one.revive}[deed]


def faults(one: Node) -> list[dict[str, Any]]:
    """Return the faults in force."""
    return one.faults.in_force()


def add_fault(one: Node, order: Mapping[str, Any]) -> None:
    """Order a fault; see ``Faults.order``."""
    one.faults.order(order)


def alarms(one: Node) -> list[dict[str, object]]:
    """Return the active alarms."""
    with one.bridge.lock:
        now = one.bridge.now()
        return [
            {"id": alarm.id, "type": alarm.type, "seconds": int(now - alarm.since), **alarm.details}
            for alarm in one.bridge.alarms.active()
        ]


def add_alarm(one: Node, order: Mapping[str, Any]) -> dict[str, str]:
    """Raise an alarm and return its identifier.

    Args:
        one: The node.
        order: ``type``, and any of the details the reference has for it.

    Raises:
        ValueError: There is no such type or detail.
    """
    values.check_names(order, ("type", *ALARM_DETAILS))
    kind = values.choice(order, "type", ALARM_TYPES)
    details = {name: values.text(order, name) for name in ALARM_DETAILS if order.get(name)}
    if "failureReason" in details:
        values.choice(details, "failureReason", FAILURE_REASONS)
    if not all(is_xml_text(value) and len(value) <= _LONGEST_TEXT for value in details.values()):
        raise ValueError(f"details must be plain text of at most {_LONGEST_TEXT} characters")
    with one.bridge.lock:
        return {"id": one.bridge.alarms.add(kind, details).id}


def clear_alarms(one: Node, query: Mapping[str, str]) -> dict[str, int]:
    """Clear the alarm with an ``id``, those of a ``type``, or all."""
    with one.bridge.lock:
        return {"cleared": one.bridge.alarms.clear(query.get("id") or query.get("type") or "")}


def licences(one: Node) -> dict[str, str]:
    """Return the status of each licence."""
    with one.bridge.lock:
        return dict(one.bridge.licences.statuses)


def set_licence(one: Node, order: Mapping[str, Any]) -> None:
    """Change the ``status`` of a ``feature``.

    Raises:
        ValueError: There is no such feature or status.
    """
    values.check_names(order, ("feature", "status"))
    feature = values.choice(order, "feature", FEATURES)
    status = values.choice(order, "status", STATUSES)
    with one.bridge.lock:
        one.bridge.licences.set(feature, status)


def parties(one: Node) -> list[dict[str, object]]:
    """Return how remote parties behave, the first that matches first."""
    with one.bridge.lock:
        return [
            {
                "pattern": party.pattern,
                "outcome": party.outcome,
                "after_seconds": party.after_seconds,
                "stays_seconds": party.stays_seconds,
            }
            for party in one.bridge.cluster.parties
        ]


def add_party(one: Node, order: Mapping[str, Any]) -> None:
    """Say how the remote parties of a pattern behave, in the whole cluster, from their next call.

    Raises:
        ValueError: The order makes no sense.
    """
    party = read_party(order)
    with one.bridge.lock:
        others = [other for other in one.bridge.cluster.parties if other.pattern != party.pattern]
        one.bridge.cluster.parties[:] = [party, *others[: _MOST_PARTIES - 1]]


def read_party(order: Mapping[str, Any]) -> Party:
    """Read how the remote parties of a ``pattern`` behave.

    Args:
        order: ``outcome`` (it answers, unless given), ``after_seconds`` and ``stays_seconds``.

    Raises:
        ValueError: The order makes no sense.
    """
    values.check_names(order, ("pattern", "outcome", "after_seconds", "stays_seconds"))
    pattern = values.text(order, "pattern")
    if len(pattern) > _LONGEST_TEXT:
        raise ValueError(f"pattern must have at most {_LONGEST_TEXT} characters")
    outcome = values.choice({"outcome": order.get("outcome") or "answers"}, "outcome", OUTCOMES)
    after = values.decimal(order, "after_seconds", _LONGEST_SECONDS)
    stays = values.decimal(order, "stays_seconds", _LONGEST_SECONDS)
    return Party(pattern, cast("Outcome", outcome), after, stays)


def clear_parties(one: Node) -> dict[str, int]:
    """Have all remote parties answer again."""
    with one.bridge.lock:
        count = len(one.bridge.cluster.parties)
        one.bridge.cluster.parties.clear()
        return {"cleared": count}


#: Where each kind of order is given at the side door.
RESOURCES = {
    "alarm": "/alarms",
    "calls": "/calls",
    "dial-in": "/dial-in",
    "fault": "/faults",
    "legs": "/legs",
    "licence": "/licences",
    "node": "/nodes",
    "party": "/parties",
}
#: The orders that make sense before anybody is served.
GIVEN: dict[str, Callable[[Node, Mapping[str, Any]], object]] = {
    "alarm": add_alarm,
    "fault": add_fault,
    "licence": set_licence,
    "party": add_party,
}
