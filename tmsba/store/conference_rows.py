"""How conferences are written to rows and read from them."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import RowMapping, Select, select

from tmsba.booking.ports import Clash
from tmsba.domain.conference import Conference, Details, Participant, SpaceRoute
from tmsba.domain.times import Period
from tmsba.domain.values import ParticipantKind
from tmsba.store.tables import conference as booked
from tmsba.store.tables import occurrence

#: The columns of ``conference`` have the names of the details.
_DETAILS = tuple(field.name for field in fields(Details))


def select_conferences() -> Select[Any]:
    """Occurrences with what was booked, as ``to_conference`` reads them."""
    details = [booked.c[name] for name in _DETAILS]
    return select(occurrence, booked.c.owner_id, booked.c.created_by_id, *details).join(
        booked, booked.c.id == occurrence.c.conference_id
    )


def to_conference(row: RowMapping, participants: Sequence[RowMapping] = ()) -> Conference:
    """A row of ``select_conferences``, with its participants in their order."""
    details: dict[str, Any] = {name: row[name] for name in _DETAILS}
    return Conference(
        id=row["id"],
        owner_id=row["owner_id"],
        created_by_id=row["created_by_id"],
        period=Period(row["start_at"], row["end_at"]),
        details=Details(**details),
        participants=tuple(_to_participant(entry) for entry in participants),
        version=row["version"],
        state=row["state"],
        route=_to_route(row),
        transaction_id=row["transaction_id"],
    )


def to_clash(row: RowMapping) -> Clash:
    """A reservation with what was booked."""
    return Clash(
        system_id=row["system_id"],
        conference_id=row["occurrence_id"],
        title=row["title"],
        privacy_flag=row["privacy_flag"],
        owner_id=row["owner_id"],
        period=Period(row["start_at"], row["end_at"]),
    )


def to_booked(conference: Conference) -> dict[str, Any]:
    """The row of ``conference``, without its id."""
    details = {name: getattr(conference.details, name) for name in _DETAILS}
    return details | {
        "owner_id": conference.owner_id,
        "created_by_id": conference.created_by_id,
        "is_deleted": conference.is_deleted,
    }


def to_occurrence(conference: Conference) -> dict[str, Any]:
    """The row of ``occurrence``, without ids; the last transaction is the log's to note."""
    route = conference.route
    return {
        "start_at": conference.period.start,
        "end_at": conference.period.end,
        "state": conference.state,
        "version": conference.version,
        "bridge_id": route and route.bridge_id,
        "space_id": route and route.space_id,
        "space_number": route and route.number,
        "join_uri": route and route.join_uri,
        "join_url": route and route.join_url,
        "space_secret": route and route.secret,
    }


def to_participants(conference: Conference, booked_id: int) -> list[dict[str, Any]]:
    """The rows of ``participant``."""
    return [
        {
            "conference_id": booked_id,
            "position": position,
            "kind": entry.kind,
            "system_id": entry.id if entry.kind is ParticipantKind.SYSTEM else None,
            "number": None if entry.kind is ParticipantKind.SYSTEM else entry.id,
            "name_or_number": entry.name_or_number,
            "email": entry.email,
        }
        for position, entry in enumerate(conference.participants)
    ]


def _to_participant(row: RowMapping) -> Participant:
    return Participant(
        id=row["number"] if row["system_id"] is None else row["system_id"],
        kind=row["kind"],
        name_or_number=row["name_or_number"],
        email=row["email"],
    )


def _to_route(row: RowMapping) -> SpaceRoute | None:
    if row["space_id"] is None:
        return None
    return SpaceRoute(
        bridge_id=row["bridge_id"],
        space_id=row["space_id"],
        number=row["space_number"],
        join_uri=row["join_uri"],
        join_url=row["join_url"],
        secret=row["space_secret"],
    )
