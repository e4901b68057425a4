"""How the decisions of routing are written to a column: JSON, with every name spelled out.

Reasons are written as codes and facts, which takes a fifth of the space of their sentences.
"""

from datetime import datetime
from typing import Any

from tmsba.domain.conference.decision import Connection, Decision, Direction, Need, Verdict, Via
from tmsba.domain.conference.details import Participant
from tmsba.domain.conference.reasons import Reason
from tmsba.domain.routing.reasons import REASONS, Unknown
from tmsba.domain.time.times import check_aware
from tmsba.domain.values import ParticipantKind
from tmsba.store.tables.json_values import read_json, write_json

#: Names and addresses are cut to so many characters.
_LONGEST_TEXT = 160


def encode_decision(decision: Decision) -> str:
    """A decision as text, with the first bridges and participants."""
    kept = decision.remembered()
    return write_json(
        {
            "at": check_aware(kept.decided_at).isoformat(),
            "chosen_at": kept.chosen_at and check_aware(kept.chosen_at).isoformat(),
            "via": kept.need.via.value,
            "need": [_reason_values(reason) for reason in kept.need.steps],
            "steps": [_reason_values(reason) for reason in kept.steps],
            "bridges": [
                {
                    "id": verdict.bridge_id,
                    "name": _cut(verdict.bridge),
                    "chosen": verdict.is_chosen,
                    "reason": _reason_values(verdict.reason),
                }
                for verdict in kept.verdicts
            ],
            "participants": [_connection_values(connection) for connection in kept.connections],
            "more_bridges": kept.more_bridges,
            "more_participants": kept.more_participants,
        }
    )


def decode_decision(text: str) -> Decision:
    """What ``encode_decision`` wrote.

    Raises:
        ValueError: a newer version of tmsba wrote it.
    """
    values = read_json(text)
    return Decision(
        decided_at=datetime.fromisoformat(values["at"]),
        chosen_at=values["chosen_at"] and datetime.fromisoformat(values["chosen_at"]),
        need=Need(via=Via(values["via"]), steps=tuple(map(_to_reason, values["need"]))),
        steps=tuple(map(_to_reason, values["steps"])),
        verdicts=tuple(
            Verdict(
                bridge_id=entry["id"],
                bridge=entry["name"],
                reason=_to_reason(entry["reason"]),
                is_chosen=entry["chosen"],
            )
            for entry in values["bridges"]
        ),
        connections=tuple(map(_to_connection, values["participants"])),
        more_bridges=values["more_bridges"],
        more_participants=values["more_participants"],
    )


def _reason_values(reason: Reason) -> list[Any]:
    facts = {name: _cut(fact) if isinstance(fact, str) else fact for name, fact in reason.facts}
    return [type(reason.kind).__name__, reason.kind.code, facts]


def _to_reason(values: list[Any]) -> Reason:
    table, code, facts = values
    kind = REASONS.get((table, code))
    return kind.because(**facts) if kind else Unknown.REASON.because(code=code)


def _connection_values(connection: Connection) -> list[Any]:
    entry = connection.participant
    return [
        entry.kind.value,
        entry.id,
        _cut(entry.name_or_number),
        connection.direction.value,
        _cut(connection.address),
        _reason_values(connection.reason),
    ]


def _to_connection(values: list[Any]) -> Connection:
    kind, number, name, direction, address, reason = values
    return Connection(
        participant=Participant(id=number, kind=ParticipantKind(kind), name_or_number=name),
        direction=Direction(direction),
        address=address,
        reason=_to_reason(reason),
    )


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 3]}..."
