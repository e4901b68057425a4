"""Who is in the conferences that are open on bridges, and what happened in them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, union, update

from tmsba.domain.conference.live import (
    MOST_EVENTS,
    MOST_PARTICIPANTS,
    VALID_FOR,
    ConferenceEvent,
    LiveParticipant,
    LiveView,
)
from tmsba.store.sql.statements import draw_ids, insert_or_update, insert_or_update_rows, insert_rows
from tmsba.store.tables.tables import (
    conference_event,
    ended_call_leg,
    live_call_leg,
    live_conference,
    live_participant,
    live_view,
)


class SqlLiveViews:
    """Implements ``tmsba.ports.live.LiveViews``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, conference_id: int) -> LiveView | None:
        """Who was there at the last look; ``None`` for conferences that nobody looks at."""
        query = select(live_view).where(live_view.c.occurrence_id == conference_id)
        found = self._connection.execute(query).one_or_none()
        if found is None:
            return None
        its = live_participant.c.occurrence_id == conference_id
        rows = self._connection.execute(
            select(live_participant).where(its).order_by(live_participant.c.position)
        )
        participants = tuple(_to_participant(row) for row in rows)
        return LiveView(conference_id=conference_id, seen_at=found.seen_at, participants=participants)

    def put(self, view: LiveView) -> None:
        """Replace what was seen before; reasons of call legs that are gone by now are forgotten."""
        row = {
            "occurrence_id": view.conference_id,
            "seen_at": view.seen_at,
            "expires_at": view.expires_at,
        }
        insert_or_update(self._connection, live_view, row, key=["occurrence_id"])
        its = live_participant.c.occurrence_id == view.conference_id
        self._connection.execute(delete(live_participant).where(its))
        participants = view.participants[:MOST_PARTICIPANTS]
        insert_rows(
            self._connection,
            live_participant,
            [_to_row(view, place, one) for place, one in enumerate(participants)],
        )
        is_gone = ended_call_leg.c.call_leg_id.not_in([one.call_leg_id for one in participants])
        is_of_it = ended_call_leg.c.occurrence_id == view.conference_id
        self._connection.execute(delete(ended_call_leg).where(is_of_it, is_gone))

    def refresh(self, conference_id: int, seen_at: datetime) -> None:
        """Note that the same was seen again."""
        values = {"seen_at": seen_at, "expires_at": seen_at + VALID_FOR}
        its = live_view.c.occurrence_id == conference_id
        self._connection.execute(update(live_view).where(its).values(values))

    def drop(self, conference_id: int) -> None:
        """Forget what was seen."""
        forget_view(self._connection, conference_id)

    def tell(self, conference_id: int, events: Sequence[ConferenceEvent]) -> None:
        """Add events; of too many the oldest go."""
        if not events:
            return
        # Ids of our own: neither database promises to number the rows of a statement in their order.
        ids = draw_ids(self._connection, conference_event, len(events))
        rows = [
            {"id": i, "occurrence_id": conference_id, "at": one.at, "kind": one.kind, "text": one.text}
            for i, one in zip(ids, events, strict=True)
        ]
        insert_rows(self._connection, conference_event, rows, order_by=["id"])
        its = conference_event.c.occurrence_id == conference_id
        newest = select(conference_event.c.id).where(its).order_by(conference_event.c.id.desc())
        last_to_go = newest.limit(1).offset(MOST_EVENTS).scalar_subquery()
        self._connection.execute(delete(conference_event).where(its, conference_event.c.id <= last_to_go))

    def events(self, conference_id: int) -> Sequence[ConferenceEvent]:
        """What happened in a conference, in the order in which it was told."""
        query = select(conference_event).where(conference_event.c.occurrence_id == conference_id)
        rows = self._connection.execute(query.order_by(conference_event.c.id))
        return [ConferenceEvent(at=row.at, kind=row.kind, text=row.text) for row in rows]

    def conferences_of(
        self, bridge_id: int, call_ids: Collection[str], call_leg_ids: Collection[str]
    ) -> tuple[frozenset[int], Mapping[str, int]]:
        """The open conferences with these calls, and each known call leg with its conference."""
        is_open = (live_conference.c.bridge_id == bridge_id, live_conference.c.closed_at.is_(None))
        calls = select(live_conference.c.occurrence_id).where(
            live_conference.c.call_id.in_(call_ids), *is_open
        )
        legs = union(
            *(
                select(table.c.call_leg_id, table.c.occurrence_id)
                .join(live_conference, live_conference.c.occurrence_id == table.c.occurrence_id)
                .where(table.c.call_leg_id.in_(call_leg_ids), *is_open)
                for table in (live_call_leg, live_participant)
            )
        )
        rows = self._connection.execute(legs)
        return (
            frozenset(self._connection.execute(calls).scalars()),
            {row.call_leg_id: row.occurrence_id for row in rows},
        )

    def put_reasons(self, reasons: Mapping[str, tuple[int, str]]) -> None:
        """Note for call legs their conference and why they ended, for the next look."""
        rows = [
            {"call_leg_id": leg_id, "occurrence_id": conference_id, "reason": reason}
            for leg_id, (conference_id, reason) in reasons.items()
        ]
        insert_or_update_rows(self._connection, ended_call_leg, rows, key=["call_leg_id"])

    def reasons(self, conference_id: int) -> Mapping[str, str]:
        """Why call legs of a conference ended, in the bridge's words."""
        query = select(ended_call_leg).where(ended_call_leg.c.occurrence_id == conference_id)
        return {row.call_leg_id: row.reason for row in self._connection.execute(query)}


def forget_view(connection: Connection, conference_id: int) -> None:
    """Forget who was seen in a conference, and why call legs of it ended."""
    connection.execute(delete(ended_call_leg).where(ended_call_leg.c.occurrence_id == conference_id))
    # Its participants go with it.
    connection.execute(delete(live_view).where(live_view.c.occurrence_id == conference_id))


def _to_row(view: LiveView, position: int, one: LiveParticipant) -> dict[str, Any]:
    return {
        "occurrence_id": view.conference_id,
        "position": position,
        "call_leg_id": one.call_leg_id,
        "name": one.name,
        "address": one.address,
        "state": one.state,
        "since": one.since,
        "is_connected": one.is_connected,
        "system_id": one.system_id,
        "number": one.number,
    }


def _to_participant(row: Row[Any]) -> LiveParticipant:
    return LiveParticipant(
        call_leg_id=row.call_leg_id,
        name=row.name,
        address=row.address,
        state=row.state,
        since=row.since,
        system_id=row.system_id,
        number=row.number,
    )
