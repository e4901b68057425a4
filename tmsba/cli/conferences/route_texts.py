"""How ``tmsba route explain`` shows decisions: as tables to people, as JSON to programs."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tmsba.booking.change.explaining import Explained
from tmsba.domain.conference.decision import Connection, Decision, Direction, Verdict
from tmsba.domain.conference.reasons import Reason
from tmsba.domain.routing.reasons import Way
from tmsba.domain.values import ConferenceStatus, ParticipantKind

_WAYS = {
    Direction.BRIDGE_DIALS: "the bridge dials {address}",
    Direction.DIALS_IN: "dials {address}",
    Direction.POINT_TO_POINT: "calls {address}",
    Direction.NOT_CONNECTED: "is not connected",
}


def print_explained(console: Console, one: Explained, *, is_stored: bool) -> None:
    """Print a conference, whether it needs a bridge, what became of each bridge, and how each one connects.

    Args:
        console: where.
        one: what is to be told.
        is_stored: whether it is booked, and not just tried out.
    """
    for line in _heading(one, is_stored=is_stored):
        console.print(escape(line), soft_wrap=True)
    decisions = [decision for decision in (one.decision, one.now) if decision]
    if not decisions:
        return
    titles = _titles(one)
    _print_steps(console, "Is a bridge needed?", titles, [decision.need.steps for decision in decisions])
    if any(decision.steps or decision.verdicts for decision in decisions):
        _print_steps(console, "Which bridge?", titles, [decision.steps for decision in decisions])
        _print_bridges(console, titles, decisions)
    if any(decision.connections for decision in decisions):
        _print_participants(console, one, titles, decisions)


def _heading(one: Explained, *, is_stored: bool) -> Iterable[str]:
    conference, route = one.conference, one.conference.route
    name = f"Conference {conference.id}" if is_stored else "Not booked"
    yield f"{name}: {conference.details.title}"
    period = conference.period
    yield f"{_moment(period.start)} to {_moment(period.end)}" + (f", {one.status.value}" if is_stored else "")
    if route:
        yield f"Number {route.number} on {one.bridge.name if one.bridge else 'a bridge that is gone'}"
    if one.status is ConferenceStatus.DEFECTIVE and not is_stored:
        yield "It would be defective, and refused in the mode Strict."
    if one.decision:
        yield f"Decided {_moment(one.decision.decided_at)}"
        if one.decision.chosen_at:
            yield f"The bridges were looked at {_moment(one.decision.chosen_at)}"
    else:
        yield "Why it was routed so was not kept: it was last saved by an older version, or is over."


def _titles(one: Explained) -> list[str]:
    if one.now is None:
        return [""]
    return ["Then", "Now"] if one.decision else ["Now"]


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _print_steps(
    console: Console, question: str, titles: Sequence[str], steps: Sequence[Sequence[Reason]]
) -> None:
    console.print(f"\n{question}", style="bold")
    texts = ["\n".join(f"{n}. {reason}" for n, reason in enumerate(each, start=1)) for each in steps]
    if len(texts) == 1:
        console.print(escape(texts[0]), soft_wrap=True, end="\n" if texts[0] else "")
    elif any(texts):
        table = _table(*titles)
        table.add_row(*map(escape, texts))
        console.print(table)


def _print_bridges(console: Console, titles: Sequence[str], decisions: Sequence[Decision]) -> None:
    names = {verdict.bridge_id: verdict.bridge for decision in decisions for verdict in decision.verdicts}
    if not names:
        return
    table = _table("Bridge", *(title or "Reason" for title in titles))
    for bridge_id, name in sorted(names.items()):
        cells = [_verdict(decision, bridge_id) for decision in decisions]
        table.add_row(escape(name), *cells)
    console.print(table)
    for decision in decisions:
        if decision.more_bridges:
            console.print(f"And {decision.more_bridges} more bridges, which were refused.")


def _verdict(decision: Decision, bridge_id: int) -> str:
    verdict = next((one for one in decision.verdicts if one.bridge_id == bridge_id), None)
    if verdict is None:
        return "[dim]was not there[/]"
    text = escape(str(verdict.reason))
    return f"[green]{text}[/]" if verdict.is_chosen else text


def _print_participants(
    console: Console, one: Explained, titles: Sequence[str], decisions: Sequence[Decision]
) -> None:
    console.print("\nHow does each participant connect?", style="bold")
    table = _table("Participant", *(title or "How" for title in titles))
    # Those of now are the same: a change of the participants is a save.
    for place, connection in enumerate(decisions[0].connections):
        cells = [_way(one, decision, place) for decision in decisions]
        table.add_row(escape(_name(one, connection)), *map(escape, cells))
    console.print(table)
    if decisions[0].more_participants:
        console.print(f"And {decisions[0].more_participants} more participants.")


def _way(one: Explained, decision: Decision, place: int) -> str:
    if place >= len(decision.connections):
        return ""
    connection = decision.connections[place]
    number = one.conference.video_address if decision is one.decision else ""
    way = _WAYS[connection.direction].format(address=_address(connection, number))
    return f"{way}: {connection.reason}"


def _address(connection: Connection, number: str) -> str:
    """What is dialled; whoever dials in dials the conference's number, if it has one yet."""
    if connection.direction is Direction.DIALS_IN:
        return number or "in"
    if connection.reason.kind is Way.IS_CALLED:
        return "nobody"
    return connection.address


def _name(one: Explained, connection: Connection) -> str:
    entry = connection.participant
    if entry.kind is ParticipantKind.SYSTEM:
        system = one.systems.get(entry.id)
        return system.name if system else f"System {entry.id}"
    return entry.name_or_number or entry.kind.value


def values_of(one: Explained, *, is_stored: bool) -> dict[str, Any]:
    """Everything, for programs.

    Args:
        one: what is to be told.
        is_stored: whether it is booked, and not just tried out.
    """
    conference, route = one.conference, one.conference.route
    return {
        "conference_id": conference.id if is_stored else None,
        "title": conference.details.title,
        "start": conference.period.start.isoformat(),
        "end": conference.period.end.isoformat(),
        "state": one.status.value,
        "bridge_id": route and route.bridge_id,
        "number": route and route.number,
        "decision": one.decision and _decision_values(one, one.decision),
        "now": one.now and _decision_values(one, one.now),
    }


def _decision_values(one: Explained, decision: Decision) -> dict[str, Any]:
    return {
        "decided_at": decision.decided_at.isoformat(),
        "connected_by": decision.need.via.value,
        "need": [_reason_values(reason) for reason in decision.need.steps],
        "steps": [_reason_values(reason) for reason in decision.steps],
        "chosen_at": decision.chosen_at and decision.chosen_at.isoformat(),
        "bridges": [_verdict_values(verdict) for verdict in decision.verdicts],
        "more_bridges": decision.more_bridges,
        "participants": [
            {
                "name": _name(one, connection),
                "kind": connection.participant.kind.value,
                "direction": connection.direction.value,
                "address": connection.address,
                **_reason_values(connection.reason),
            }
            for connection in decision.connections
        ],
        "more_participants": decision.more_participants,
    }


def _verdict_values(verdict: Verdict) -> dict[str, Any]:
    about = {"id": verdict.bridge_id, "name": verdict.bridge, "is_chosen": verdict.is_chosen}
    return about | _reason_values(verdict.reason)


def _reason_values(reason: Reason) -> dict[str, Any]:
    return {"code": reason.kind.code, "facts": dict(reason.facts), "text": str(reason)}


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
