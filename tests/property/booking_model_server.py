"""The use cases on a real store, and what its tables hold, for the test against the model."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from booking_model import BOOKABLE, CLOSED_ROOM, NUMBERS, ROOM, Ask, DateChange, Pattern, People
from fakes import FakeRenderer, create_bridge, create_caller, create_client, create_system, create_user
from sqlalchemy import text

from tmsba.booking.api import Booking
from tmsba.domain.bridge.bridge import BridgeCredentials
from tmsba.domain.conference.request import ConferenceRequest, Override, OverrideKind, RequestedParticipant
from tmsba.domain.licensing.option_keys import KeyKind
from tmsba.domain.licensing.sessions import Client
from tmsba.domain.people.users import USERS
from tmsba.domain.time.recurrence import DayOfWeek, Frequency, RecurrencePattern, SeriesEnd
from tmsba.domain.time.times import Period
from tmsba.domain.values import BookingMode, ParticipantKind, StatusFilter
from tmsba.soap.translation.conference_in import conference_in
from tmsba.soap.translation.conference_out import conference_out
from tmsba.soap.types.booking import Conference
from tmsba.soap.types.simple import BOOKING
from tmsba.soap.wire.parser import parse
from tmsba.soap.wire.reader import read_object
from tmsba.soap.wire.writer import object_writer
from tmsba.store import FernetSecretBox, create_store

START = datetime(2026, 1, 29, 12, tzinfo=UTC)
PAGE = 7
_EVER = Period(START - timedelta(days=99), START + timedelta(days=3650))
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_TABLES = (
    "conference",
    "occurrence",
    "participant",
    "system_reservation",
    "space_reservation",
    "transaction_log",
    "transaction_system",
    "outbox",
)


@dataclass(frozen=True)
class Stored:
    """A row of the occurrences with what belongs to it."""

    id: int
    start: datetime
    end: datetime
    state: str
    version: int
    title: str
    people: People
    number: int | None
    space_id: int | None
    series_id: int | None
    key: datetime | None
    is_exception: bool


@dataclass(frozen=True)
class Reservation:
    """What keeps a system or a space busy."""

    conference_id: int
    thing: int
    start: datetime
    end: datetime


class Server:
    """A booking server on a database of its own."""

    def __init__(self, url: str) -> None:
        self.now = START
        self.store = create_store(url, secret_box=FernetSecretBox("for tests"))
        self.booking = Booking(store=self.store, clock=lambda: self.now, renderer=FakeRenderer())
        with self.store.reading() as uow:
            self.caller = create_caller(uow.users.get(1))

    @property
    def client(self) -> Client:
        """A client that never lets its session grow old."""
        return create_client(version=23, session_id=f"model {self.now:%Y-%m-%d %H:%M}")

    def close(self) -> None:
        self.store.dispose()

    # ------------------------------------------------------------------ calls

    def save(self, ask: Ask) -> Any:
        return self.booking.save_conference(self.caller, self.client, _request(ask), _mode(ask))

    def read_back(self, meeting_id: int, version: int, *, is_whole: bool) -> ConferenceRequest:
        """What a client of some version would send after it has read a meeting, or its series as a whole."""
        read = self.booking.get_series if is_whole else self.booking.get_conference
        told = conference_out(read(self.caller, meeting_id), version)
        inner = object_writer(Conference, BOOKING, version).members(told)
        element = parse(f'<Conference xmlns="{BOOKING}" xmlns:xsi="{_XSI}">{inner}</Conference>'.encode())
        return conference_in(read_object(element, Conference, BOOKING), version)

    def save_request(self, request: ConferenceRequest, version: int, *, is_strict: bool) -> Any:
        mode = BookingMode.STRICT if is_strict else BookingMode.BEST_EFFORT_FORCED
        client = create_client(version=version, session_id=self.client.session_id)
        return self.booking.save_conference(self.caller, client, request, mode)

    def save_occurrence(self, ask: Ask) -> Any:
        return self.booking.save_occurrence(self.caller, self.client, _request(ask), _mode(ask))

    def end(self, meeting_id: int) -> None:
        self.booking.end_conference(self.caller, self.client, meeting_id)

    def delete(self, meeting_id: int) -> None:
        self.booking.delete_conference(self.caller, self.client, meeting_id)

    def delete_occurrence(self, meeting_id: int) -> None:
        self.booking.delete_occurrence(self.caller, self.client, meeting_id)

    def view(self, meeting_id: int) -> Any:
        return self.booking.get_conference(self.caller, meeting_id)

    def series_view(self, meeting_id: int) -> Any:
        return self.booking.get_series(self.caller, meeting_id)

    def listed(self, status: StatusFilter = StatusFilter.ALL) -> list[Any]:
        return list(self.booking.conferences_for_user(self.caller, "", _EVER, status))

    def poll(self, since: int) -> Any:
        return self.booking.transactions_since(since)

    # ------------------------------------------------------------------ what the tables hold

    def dump(self) -> dict[str, list[tuple[Any, ...]]]:
        return {
            table: sorted((tuple(row.values()) for row in self._rows(f"SELECT * FROM {table}")), key=str)
            for table in _TABLES
        }

    def stored(self) -> dict[int, Stored]:
        people: dict[int, list[Any]] = defaultdict(list)
        for row in self._rows("SELECT * FROM participant"):
            people[row["conference_id"]].append(row["system_id"])
        query = "SELECT o.*, c.title FROM occurrence o JOIN conference c ON c.id = o.conference_id"
        return {
            row["id"]: Stored(
                id=row["id"],
                start=_moment(row["start_at"]),
                end=_moment(row["end_at"]),
                state=row["state"],
                version=row["version"],
                title=row["title"],
                people=_people(people[row["conference_id"]]),
                number=row["space_number"],
                space_id=row["space_id"],
                series_id=row["series_id"],
                key=_moment(row["recurrence_at"]),
                is_exception=bool(row["is_exception"]),
            )
            for row in self._rows(query)
        }

    def reservations(self, thing: str) -> list[Reservation]:
        rows = self._rows(f"SELECT * FROM {thing}_reservation")
        return [
            Reservation(
                row["occurrence_id"], row[f"{thing}_id"], _moment(row["start_at"]), _moment(row["end_at"])
            )
            for row in rows
        ]

    def outbox(self) -> dict[tuple[int, str], datetime]:
        """When actions are due that are asked for."""
        rows = self._rows("SELECT * FROM outbox WHERE due_at IS NOT NULL")
        return {(row["occurrence_id"], row["kind"]): _moment(row["due_at"]) for row in rows}

    def log(self) -> list[tuple[int, str, int]]:
        """The change log, in the order in which it was written."""
        is_sqlite = self.store.engine.dialect.name == "sqlite"
        order = "rowid" if is_sqlite else "ctid"
        rows = self._rows(f"SELECT id, type, occurrence_id FROM transaction_log ORDER BY {order}")
        return [tuple(row.values()) for row in rows]

    def _rows(self, query: str) -> list[dict[str, Any]]:
        with self.store.engine.connect() as connection:
            return [dict(row) for row in connection.execute(text(query)).mappings()]


def furnish(url: str) -> None:
    """Rooms 1 to 3, a room that cannot be booked, one bridge, and licences for all rooms."""
    store = create_store(url, secret_box=FernetSecretBox("for tests"))
    with store.writing() as uow:
        uow.users.add(create_user(0, name="user1"), "hash", [USERS])
        for number in (*BOOKABLE, CLOSED_ROOM):
            uow.systems.add(create_system(number, is_booking_allowed=number != CLOSED_ROOM))
        bridge = create_bridge(
            0, numeric_id_base=NUMBERS[0], numeric_id_quantity=len(NUMBERS), max_participants=ROOM
        )
        uow.bridges.add(bridge, BridgeCredentials(username="api", password="secret"))
        uow.option_keys.add(KeyKind.BOOKING_API, 1)
        uow.settings.put("transaction_page_limit", str(PAGE))
        uow.commit()
    store.dispose()


def _moment(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, (int, float)):
        return datetime.fromtimestamp(value, UTC)
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _people(system_ids: list[int | None]) -> People:
    rooms = tuple(sorted(i for i in system_ids if i is not None))
    return People(rooms, sum(i is None for i in system_ids))


def _mode(ask: Ask) -> BookingMode:
    return BookingMode.STRICT if ask.is_strict else BookingMode.BEST_EFFORT_FORCED


def _request(ask: Ask) -> ConferenceRequest:
    return ConferenceRequest(
        id=ask.id,
        version=ask.version,
        start=ask.start,
        end=ask.end,
        title=ask.title,
        participants=_participants(ask.people),
        pattern=_pattern(ask.pattern),
        overrides=None if ask.exceptions is None else tuple(map(_override, ask.exceptions)),
    )


def _participants(people: People | None) -> tuple[RequestedParticipant, ...] | None:
    if people is None:
        return None
    rooms = [RequestedParticipant(id=i, kind=ParticipantKind.SYSTEM) for i in people.rooms]
    guest = RequestedParticipant(id=None, kind=ParticipantKind.SIP_VIDEO_IN, name_or_number="guest")
    return (*rooms, *[guest] * people.guests)


def _pattern(pattern: Pattern | None) -> RecurrencePattern | None:
    if pattern is None:
        return None
    return RecurrencePattern(
        frequency=Frequency.DAILY if pattern.unit == "daily" else Frequency.WEEKLY,
        interval=pattern.interval,
        days_of_week=tuple(DayOfWeek(day) for day in pattern.days),
        end_type=SeriesEnd.BY_COUNT,
        occurrences=pattern.count,
    )


def _override(one: DateChange) -> Override:
    changed = ConferenceRequest(
        start=one.start, end=one.end, title=one.title, participants=_participants(one.people)
    )
    is_added = one.kind == "add"
    return Override(
        kind=OverrideKind(one.kind),
        recurrence_id=None if is_added else one.key,
        request=None if one.kind == "delete" else changed,
    )
