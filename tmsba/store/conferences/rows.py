"""How conferences are written to rows and read from them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import RowMapping, Select, null, select

from tmsba.domain.bridge import join_links
from tmsba.domain.conference.conference import Conference, SeriesPlace, SpaceRoute
from tmsba.domain.conference.details import Details, Participant
from tmsba.domain.conference.series import Series
from tmsba.domain.time.recurrence import RecurrencePattern
from tmsba.domain.time.times import Period
from tmsba.domain.values import ParticipantKind
from tmsba.ports.conferences import Clash
from tmsba.store.tables.tables import bridge, occurrence
from tmsba.store.tables.tables import conference as booked

#: The columns of ``conference`` have the names of the details.
_DETAILS = tuple(field.name for field in fields(Details))
#: What links are made from: they fit the bridge as it is now, not as it was when somebody booked.
_OF_THE_BRIDGE = (bridge.c.web_bridge_uri, bridge.c.software_version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """What one row of ``conference`` and its participants say: all that the dates of a series can share."""

    owner_id: int
    created_by_id: int
    details: Details
    participants: tuple[Participant, ...] = ()

    @classmethod
    def of(cls, booked_thing: Conference | Series) -> "Booked":
        """What was booked, of a conference, or of a series for those of its dates that are like it."""
        return cls(
            owner_id=booked_thing.owner_id,
            created_by_id=booked_thing.created_by_id,
            details=booked_thing.details,
            participants=booked_thing.participants,
        )


def keeps_key(before: Conference | Series, after: Conference | Series) -> bool:
    """Whether a change leaves the external key as it is told; who had to give it up does not get it back."""
    one, other = before.details, after.details
    told = (one.external_source_id, one.external_primary_key)
    return told == (other.external_source_id, other.external_primary_key)


def select_conferences(*, is_list: bool = False) -> Select[Any]:
    """Occurrences with what was booked, as ``to_conference`` reads them.

    Args:
        is_list: Whether to leave WebEx out, as lists do: its secrets need not be opened then.
    """
    details = [null().label(name) if is_list and name == "webex" else booked.c[name] for name in _DETAILS]
    return (
        select_dates()
        .add_columns(booked.c.owner_id, booked.c.created_by_id, *details)
        .join(booked, booked.c.id == occurrence.c.conference_id)
    )


def select_dates() -> Select[Any]:
    """Occurrences alone, as ``to_conference`` reads them."""
    return select(occurrence, *_OF_THE_BRIDGE).outerjoin(bridge, bridge.c.id == occurrence.c.bridge_id)


def to_booking(row: RowMapping, participants: Sequence[RowMapping] = ()) -> Booked:
    """A row with the columns of ``conference``, with its participants in their order."""
    details: dict[str, Any] = {name: row[name] for name in _DETAILS}
    return Booked(
        owner_id=row["owner_id"],
        created_by_id=row["created_by_id"],
        details=Details(**details),
        participants=tuple(_to_participant(entry) for entry in participants),
    )


def to_conference(row: RowMapping, booking: Booked) -> Conference:
    """A row of ``occurrence`` with what was booked."""
    return Conference(
        id=row["id"],
        owner_id=booking.owner_id,
        created_by_id=booking.created_by_id,
        period=Period(row["start_at"], row["end_at"]),
        details=booking.details,
        participants=booking.participants,
        version=row["version"],
        state=row["state"],
        route=_to_route(row),
        transaction_id=row["transaction_id"],
        series=_to_place(row),
        connected_at=row["connected_at"],
        is_cancelled=row["is_cancelled"],
    )


def to_clash(row: RowMapping) -> Clash:
    """A reservation with what was booked."""
    return Clash(
        system_id=row["system_id"],
        conference_id=row["occurrence_id"],
        title=row["title"],
        privacy_flag=row["privacy_flag"],
        owner_id=row["owner_id"],
        created_by_id=row["created_by_id"],
        invitees=row["invitees"],
        period=Period(row["start_at"], row["end_at"]),
    )


def to_booked(
    booking: Booked,
    *,
    is_deleted: bool,
    pattern: tuple[RecurrencePattern, Period] | None = None,
    series_id: int | None = None,
) -> dict[str, Any]:
    """The row of ``conference``, without its id.

    Args:
        booking: What it says.
        is_deleted: Whether all of its dates are deleted.
        pattern: For the row that stands for a series: with its first date by the pattern.
        series_id: For the own row of an exception.
    """
    details = {name: getattr(booking.details, name) for name in _DETAILS}
    return details | {
        "owner_id": booking.owner_id,
        "created_by_id": booking.created_by_id,
        "is_deleted": is_deleted,
        "pattern": pattern,
        "series_id": series_id,
    }


def to_occurrence(conference: Conference) -> dict[str, Any]:
    """The row of ``occurrence``, without ids; the last transaction is the log's to note.

    Nor does a save say since when everybody is to be connected.
    """
    route, place = conference.route, conference.series
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
        "series_id": place and place.series_id,
        "recurrence_at": place and place.recurrence_id,
        "is_exception": place is not None and place.is_exception,
        "is_cancelled": conference.is_cancelled,
    }


def to_participants(booking: Booked, booked_id: int) -> list[dict[str, Any]]:
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
        for position, entry in enumerate(booking.participants)
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
        join_url=join_links.join_url(
            row["web_bridge_uri"], row["software_version"], row["space_number"], row["space_secret"]
        ),
        secret=row["space_secret"],
    )


def _to_place(row: RowMapping) -> SeriesPlace | None:
    if row["series_id"] is None:
        return None
    return SeriesPlace(
        series_id=row["series_id"], recurrence_id=row["recurrence_at"], is_exception=row["is_exception"]
    )
