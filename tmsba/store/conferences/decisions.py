"""Keeping how conferences were routed: one row for what was routed alike, written with one statement."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, insert, literal, select

from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.decision import Decision
from tmsba.store.sql.statements import insert_or_update, insert_rows
from tmsba.store.tables.tables import occurrence, route_decision

#: Stands for all dates that have no decision of their own, and for single meetings.
_ALL = 0

#: So many dates of a series have a decision of their own; further ones go by that of the series.
_MOST_OF_THEIR_OWN = 100

_KEY = ("conference_id", "occurrence_id")


def keep_decision(connection: Connection, head_id: int, decided: Conference) -> None:
    """Keep the decision about a single meeting, or nothing when none was made.

    Args:
        connection: The unit of work's.
        head_id: The row of ``conference`` that stands for the meeting.
        decided: The meeting as it is saved.
    """
    if decided.decision is not None:
        insert_or_update(connection, route_decision, _row(head_id, _ALL, decided.decision), key=_KEY)


def keep_decisions(
    connection: Connection, head_id: int, dates: Sequence[Conference], *, is_new: bool = False
) -> None:
    """Keep the decisions about dates of a series, or nothing when none were made.

    Args:
        connection: The unit of work's.
        head_id: The row of ``conference`` that stands for the series.
        dates: All of its dates as they are saved.
        is_new: Whether there can be no decisions yet.
    """
    decided = {date.id: date.decision for date in dates if date.decision is not None}
    if len(decided) == 1 and len(dates) > 1:
        [(date_id, decision)] = decided.items()
        insert_or_update(connection, route_decision, _row(head_id, date_id, decision), key=_KEY)
        return
    if not decided:
        return
    if not is_new:
        connection.execute(delete(route_decision).where(route_decision.c.conference_id == head_id))
    counts = Counter(map(id, decided.values()))
    # Those that are alike are one object.
    most = max(decided.values(), key=lambda decision: counts[id(decision)])
    own = [(date_id, decision) for date_id, decision in decided.items() if decision is not most]
    rows = [_row(head_id, date_id, decision) for date_id, decision in own[:_MOST_OF_THEIR_OWN]]
    insert_rows(connection, route_decision, [_row(head_id, _ALL, most), *rows])


def carry_decision_over(connection: Connection, series_id: int, date_id: int, head_id: int) -> None:
    """Keep the decision about a date that leaves its series.

    Args:
        connection: The unit of work's.
        series_id: The row of ``conference`` that stands for the series.
        date_id: The date.
        head_id: The row that stands for the single meeting that it becomes.
    """
    its = _of(series_id, date_id).with_only_columns(
        literal(head_id), literal(_ALL), route_decision.c.decision
    )
    connection.execute(insert(route_decision).from_select([*_KEY, "decision"], its))


def read_decision(connection: Connection, date_id: int) -> Decision | None:
    """The decision about a conference, by its id; nothing when none was kept.

    A date that was over when the rest of its series was routed anew has none any more.
    """
    head_id = func.coalesce(occurrence.c.series_id, occurrence.c.conference_id)
    query = (
        select(
            route_decision.c.occurrence_id,
            route_decision.c.decision,
            occurrence.c.end_at,
            occurrence.c.series_id,
        )
        .join(occurrence, head_id == route_decision.c.conference_id)
        .where(occurrence.c.id == date_id, route_decision.c.occurrence_id.in_([_ALL, date_id]))
        .order_by(route_decision.c.occurrence_id.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    if row.series_id is not None and row.occurrence_id == _ALL and row.end_at <= row.decision.decided_at:
        return None
    return row.decision  # type: ignore[no-any-return]


def _of(head_id: int, date_id: int) -> Any:
    is_its = route_decision.c.conference_id == head_id
    return (
        select(route_decision.c.decision)
        .where(is_its, route_decision.c.occurrence_id.in_([_ALL, date_id]))
        .order_by(route_decision.c.occurrence_id.desc())
        .limit(1)
    )


def _row(head_id: int, date_id: int, decision: Decision) -> dict[str, Any]:
    return {"conference_id": head_id, "occurrence_id": date_id, "decision": decision}
