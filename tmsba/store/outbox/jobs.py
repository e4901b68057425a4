"""The outbox and the bridges' state as the control workers see them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    case,
    delete,
    exists,
    or_,
    select,
    update,
)

from tmsba.domain.conference.adjusting import Adjusted, Layout
from tmsba.ports.jobs import Job, SpaceLease
from tmsba.ports.live import LiveConference, LiveLeg, Surroundings
from tmsba.store.bridges.live_views import forget_view
from tmsba.store.outbox.job_claims import claim_jobs
from tmsba.store.sql.column_types import UtcDateTime
from tmsba.store.sql.statements import insert_or_update, insert_rows
from tmsba.store.store import SqlStore
from tmsba.store.tables.tables import live_call_leg, live_conference, outbox, space

# A job asks these again and again: to put a statement together takes longer than to run it.
_LEASE_SPACE = (
    update(space)
    .where(
        space.c.id == bindparam("its_id"),
        or_(
            space.c.lease_until.is_(None),
            space.c.lease_until <= bindparam("now", type_=UtcDateTime),
            space.c.lease_owner == bindparam("its_owner"),
        ),
    )
    .values(lease_owner=bindparam("its_owner"), lease_until=bindparam("until", type_=UtcDateTime))
)
_RELEASE_SPACE = (
    update(space)
    .where(space.c.id == bindparam("its_id"), space.c.lease_owner == bindparam("its_owner"))
    .values(lease_owner=None, lease_until=None)
)
_BY_CONFERENCE = select(live_conference).where(live_conference.c.occurrence_id == bindparam("conference_id"))
_IS_ANOTHER = live_conference.c.occurrence_id != bindparam("besides")
_IS_ON_SPACE = and_(
    live_conference.c.space_id == bindparam("its_space_id"),
    live_conference.c.closed_at.is_(None),
    _IS_ANOTHER,
)
_ON_SPACE = select(live_conference).where(_IS_ON_SPACE).order_by(live_conference.c.occurrence_id)
_ON_BRIDGE = (
    select(live_conference)
    .where(live_conference.c.bridge_id == bindparam("its_bridge_id"), live_conference.c.closed_at.is_(None))
    .order_by(live_conference.c.occurrence_id)
)
# By the bound SQLite sees that the index of these few rows is to be searched.
_HAS_LEFT = and_(live_conference.c.left_calls.is_not(None), live_conference.c.occurrence_id > 0)
_WITH_LEFT = select(live_conference).where(_HAS_LEFT).order_by(live_conference.c.occurrence_id)
_HAS_OTHERS = select(or_(exists().where(_IS_ON_SPACE), exists().where(_HAS_LEFT, _IS_ANOTHER)))
_LEGS = (
    select(live_call_leg)
    .where(live_call_leg.c.occurrence_id.in_(bindparam("conference_ids", expanding=True)))
    .order_by(live_call_leg.c.occurrence_id, live_call_leg.c.position)
)
_FORGET_LEGS = delete(live_call_leg).where(live_call_leg.c.occurrence_id == bindparam("conference_id"))


class SqlJobQueue:
    """Implements ``tmsba.ports.jobs.JobQueue``; ``owner`` must be unique to a worker's thread."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    def claim(
        self,
        owner: str,
        now: datetime,
        until: datetime,
        limit: int,
        *,
        per_bridge: int | None = None,
        busy: Mapping[int, int] = MappingProxyType({}),
    ) -> Sequence[Job]:
        """Lease due jobs nobody holds, oldest first; none is given to two owners.

        Of each bridge so many that ``owner`` has at most ``per_bridge`` of it, besides those it is at.
        """
        most = limit if per_bridge is None else per_bridge
        with self._store.writing() as work:
            rows = claim_jobs(work.connection, owner, now, until, limit, most, busy)
            jobs = [_to_job(row) for row in rows]
            work.commit()
        return sorted(jobs, key=lambda job: (job.due_at, job.id))

    def renew(self, job: Job, owner: str, until: datetime) -> bool:
        """Hold a job longer; ``False`` when it is no longer ours."""
        return self._give(job, owner, {"lease_until": until}) is not None

    def finish(self, job: Job, owner: str, now: datetime, *, space: SpaceLease | None = None) -> bool:
        """Mark it done and give the leases back; ``False`` when it is no longer ours or was asked anew."""
        return self._give_back(job, owner, {"done_at": now, "last_error": ""}, space)

    def postpone(self, job: Job, owner: str, until: datetime, error: str) -> bool:
        """Give the lease back; the job is due again at ``until``, unless it was asked anew."""
        return self._give_back(job, owner, {"due_at": until, "last_error": error})

    def lease_space(self, space_id: int, owner: str, now: datetime, until: datetime) -> bool:
        """Let one job at a time change a space; ``True`` also when it is ours already."""
        values = {"its_id": space_id, "its_owner": owner, "now": now, "until": until}
        with self._store.writing() as work:
            is_ours = work.connection.execute(_LEASE_SPACE, values).rowcount > 0
            work.commit()
        return is_ours

    def release_space(self, space_id: int, owner: str) -> None:
        """Let others change it."""
        with self._store.writing() as work:
            work.connection.execute(_RELEASE_SPACE, {"its_id": space_id, "its_owner": owner})
            work.commit()

    def _give_back(
        self, job: Job, owner: str, outcome: dict[str, Any], space: SpaceLease | None = None
    ) -> bool:
        is_same_wish = outbox.c.generation == job.generation
        values: dict[str, Any] = {
            name: case((is_same_wish, value), else_=outbox.c[name]) for name, value in outcome.items()
        }
        values |= {"lease_owner": None, "lease_until": None}
        return self._give(job, owner, values, space) == job.generation

    def _give(
        self, job: Job, owner: str, values: dict[str, Any], space: SpaceLease | None = None
    ) -> int | None:
        """Set values on a job that is ours; its generation, or ``None`` when it is not ours."""
        change = update(outbox).where(_is_ours(job, owner)).values(values).returning(outbox.c.generation)
        with self._store.writing() as work:
            generation: int | None = work.connection.execute(change).scalar_one_or_none()
            if space is not None:
                work.connection.execute(_RELEASE_SPACE, {"its_id": space.space_id, "its_owner": space.owner})
            work.commit()
        return generation


class SqlLiveConferences:
    """Implements ``tmsba.ports.live.LiveConferences``."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    def get(self, conference_id: int) -> LiveConference | None:
        """What we know of this conference."""
        found = self._find(_BY_CONFERENCE, {"conference_id": conference_id})
        return found[0] if found else None

    def around(self, conference_id: int, space_id: int) -> Surroundings:
        """What is noted about a conference, and whether its space holds anything of others."""
        values = {"its_space_id": space_id, "besides": conference_id}
        with self._store.reading() as work:
            own = _read(work.connection, _BY_CONFERENCE, {"conference_id": conference_id})
            has_others = work.connection.execute(_HAS_OTHERS, values).scalar_one()
        return Surroundings(own=own[0] if own else None, is_alone=not has_others)

    def open_on_space(self, space_id: int, *, besides: int) -> Sequence[LiveConference]:
        """Conferences other than ``besides`` that are not closed on this space."""
        return self._find(_ON_SPACE, {"its_space_id": space_id, "besides": besides})

    def open_on_bridge(self, bridge_id: int) -> Sequence[LiveConference]:
        """Conferences that are not closed on this bridge."""
        return self._find(_ON_BRIDGE, {"its_bridge_id": bridge_id})

    def with_left(self) -> Sequence[LiveConference]:
        """Conferences, closed ones too, that left something at an address that did not answer."""
        return self._find(_WITH_LEFT, {})

    def put(self, live: LiveConference, *, before: LiveConference | None = None) -> None:
        """Add or replace; only what is different from ``before``, where that is what is stored."""
        row, legs = _to_row(live), _leg_rows(live)
        known = _leg_rows(before) if before else []
        with self._store.writing() as work:
            if before is None or _to_row(before) != row:
                insert_or_update(work.connection, live_conference, row, key=["occurrence_id"])
            if before is None or legs[: len(known)] != known:
                known = []
                work.connection.execute(_FORGET_LEGS, {"conference_id": live.conference_id})
            insert_rows(work.connection, live_call_leg, legs[len(known) :])
            if live.closed_at is not None:
                forget_view(work.connection, live.conference_id)
            work.commit()

    def _find(self, query: Select[Any], values: dict[str, Any]) -> list[LiveConference]:
        with self._store.reading() as work:
            return _read(work.connection, query, values)


def _read(connection: Connection, query: Select[Any], values: dict[str, Any]) -> list[LiveConference]:
    rows = connection.execute(query, values).all()
    legs = _legs(connection, [row.occurrence_id for row in rows]) if rows else {}
    return [_to_live(row, legs.get(row.occurrence_id, ())) for row in rows]


def _is_ours(job: Job, owner: str) -> ColumnElement[bool]:
    # Claimed again after the lease ran out: more attempts. Asked anew: attempts start again, ours holds on.
    is_this_claim = or_(outbox.c.generation != job.generation, outbox.c.attempts == job.attempts)
    return and_(outbox.c.id == job.id, outbox.c.lease_owner == owner, is_this_claim)


def _to_job(row: Row[Any]) -> Job:
    return Job(
        id=row.id,
        conference_id=row.occurrence_id,
        kind=row.kind,
        due_at=row.due_at,
        attempts=row.attempts,
        generation=row.generation,
        request_id=row.request_id,
        bridge_id=row.bridge_id,
    )


def _legs(connection: Connection, occurrence_ids: Sequence[int]) -> dict[int, tuple[LiveLeg, ...]]:
    legs: dict[int, tuple[LiveLeg, ...]] = {}
    for row in connection.execute(_LEGS, {"conference_ids": list(occurrence_ids)}):
        leg = LiveLeg(
            remote_party=row.remote_party,
            call_leg_id=row.call_leg_id,
            dialled_at=row.dialled_at,
            attempts=row.attempts,
            is_connected=row.is_connected,
            is_participant=row.is_participant,
        )
        legs[row.occurrence_id] = (*legs.get(row.occurrence_id, ()), leg)
    return legs


def _to_row(live: LiveConference) -> dict[str, Any]:
    return {
        "occurrence_id": live.conference_id,
        "bridge_id": live.bridge_id,
        "space_id": live.space_id,
        "call_id": live.call_id,
        "opened_at": live.opened_at,
        "closed_at": live.closed_at,
        "warned_at": live.warned_at,
        "extensions": live.extensions,
        "url": live.url,
        "unreached_since": live.unreached_since,
        "left_calls": live.left or None,
        "adjusted": ",".join(sorted(what.value for what in live.adjusted)),
        "layout": live.layout or "",
        "is_call_ended": live.is_call_ended,
    }


def _leg_rows(live: LiveConference) -> list[dict[str, Any]]:
    return [
        {
            "occurrence_id": live.conference_id,
            "position": position,
            "remote_party": leg.remote_party,
            "call_leg_id": leg.call_leg_id,
            "dialled_at": leg.dialled_at,
            "attempts": leg.attempts,
            "is_connected": leg.is_connected,
            "is_participant": leg.is_participant,
        }
        for position, leg in enumerate(live.legs)
    ]


def _to_live(row: Row[Any], legs: tuple[LiveLeg, ...]) -> LiveConference:
    return LiveConference(
        conference_id=row.occurrence_id,
        bridge_id=row.bridge_id,
        space_id=row.space_id,
        call_id=row.call_id,
        legs=legs,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        warned_at=row.warned_at,
        extensions=row.extensions,
        url=row.url,
        unreached_since=row.unreached_since,
        left=row.left_calls or (),
        adjusted=frozenset(Adjusted(word) for word in row.adjusted.split(",") if word),
        layout=Layout(row.layout) if row.layout else None,
        is_call_ended=row.is_call_ended,
    )
