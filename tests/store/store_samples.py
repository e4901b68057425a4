"""Values and helpers that the tests of the store share."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import event

from tmsba.domain.bridge.bridge import Bridge, BridgeCredentials
from tmsba.domain.conference.conference import Conference, SeriesPlace, SpaceRoute
from tmsba.domain.conference.details import Details, Participant
from tmsba.domain.conference.series import Series
from tmsba.domain.licensing.sessions import ClientSession, new_session
from tmsba.domain.people.systems import System
from tmsba.domain.people.users import Caller, User
from tmsba.domain.time.recurrence import Frequency, RecurrencePattern, SeriesEnd
from tmsba.domain.time.times import Period
from tmsba.domain.values import ParticipantKind, StatusFilter
from tmsba.ports.conferences import ConferenceFilter
from tmsba.ports.work import StoreConflict
from tmsba.store import FernetSecretBox, Limits, SqlStore, create_store

T = TypeVar("T")

SECRET_KEY = "the key of the tests"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def open_store(url: str, **limits: float) -> SqlStore:
    limits = {"lock_wait_s": 30, "pool_wait_s": 20, **limits}
    return create_store(url, secret_box=FernetSecretBox(SECRET_KEY), limits=Limits(**limits))


def hours(start: float, end: float) -> Period:
    """A period that starts and ends so many hours after noon."""
    return Period(NOON + start * HOUR, NOON + end * HOUR)


def with_systems(*ids: int) -> tuple[Participant, ...]:
    return tuple(Participant(id=system_id, kind=ParticipantKind.SYSTEM) for system_id in ids)


def some_conference(*systems: int, at: Period | None = None, **changes: Any) -> Conference:
    details = changes.pop("details", {})
    values: dict[str, Any] = {
        "id": 0,
        "owner_id": 1,
        "created_by_id": 1,
        "period": at or hours(0, 1),
        "details": Details(**{"title": "Weekly", **details}),
        "participants": with_systems(*systems),
    }
    return Conference(**values | changes)


def some_session(session_id: str, minutes: int = 0, **changes: Any) -> ClientSession:
    """A session that began so many minutes after noon, without a licence."""
    caller = Caller(user=User(id=1, name="ann"), address="192.0.2.7")
    return replace(new_session(session_id, caller, NOON + timedelta(minutes=minutes)), **changes)


WEEKLY = RecurrencePattern(frequency=Frequency.WEEKLY, end_type=SeriesEnd.BY_COUNT, occurrences=3)


def some_series(*systems: int, count: int = 3, start: float = 0, every: float = 24, **details: Any) -> Series:
    """Meetings of an hour, the first so many hours after noon."""
    details = {"title": "Series", **details}
    common = some_conference(*systems, details=details)
    dates = []
    for number in range(count):
        period = hours(start + number * every, start + number * every + 1)
        place = SeriesPlace(series_id=0, recurrence_id=period.start)
        dates.append(replace(common, period=period, series=place))
    return Series(
        id=0,
        owner_id=common.owner_id,
        created_by_id=common.created_by_id,
        pattern=replace(WEEKLY, occurrences=count),
        first_period=hours(start, start + 1),
        details=common.details,
        participants=common.participants,
        occurrences=tuple(dates),
    )


def with_date(series: Series, number: int, **changes: Any) -> Series:
    """The series with one of its occurrences changed; ``title`` is one of its details."""
    dates = list(series.occurrences)
    date = dates[number]
    if "title" in changes:
        changes["details"] = replace(date.details, title=changes.pop("title"))
    assert date.series is not None
    dates[number] = replace(date, series=replace(date.series, is_exception=True), **changes)
    return replace(series, occurrences=tuple(dates))


def book_series(store: SqlStore, series: Series) -> Series:
    with store.writing() as uow:
        added = uow.conferences.add_series(series)
        uow.commit()
    return added


def some_bridge(**changes: Any) -> Bridge:
    values: dict[str, Any] = {
        "id": 0,
        "name": "core1",
        "url": "https://core1.example.com:445",
        "domain": "example.com",
        "numeric_id_base": 90001,
        "numeric_id_quantity": 5,
        "web_bridge_uri": "https://join.example.com",
    }
    return Bridge(**values | changes)


CREDENTIALS = BridgeCredentials(username="api", password="sesame")


def route(space_id: int, *, bridge_id: int = 1, number: int = 90001) -> SpaceRoute:
    return SpaceRoute(
        bridge_id=bridge_id,
        space_id=space_id,
        number=number,
        join_uri=f"{number}@example.com",
        join_url=f"https://join.example.com/meeting/{number}?secret=s3cret",
        secret="s3cret",
    )


def furnish(store: SqlStore) -> None:
    """Two users (1 and 2), ten systems (1 to 10) and a bridge (1) with five spaces (1 to 5)."""
    with store.writing() as uow:
        uow.users.add(User(id=0, name="ann", email="ann@example.com"), "hash", ["Users"])
        uow.users.add(User(id=0, name="Bob", domain="EXAMPLE", email="bob@example.com"), "hash", ["Users"])
        for system_id in range(1, 11):
            uow.systems.add(System(id=system_id, name=f"Room {system_id}"))
        uow.bridges.add(some_bridge(), CREDENTIALS)
        uow.commit()


def book(store: SqlStore, *systems: int, at: Period | None = None, **changes: Any) -> Conference:
    with store.writing() as uow:
        added = uow.conferences.add(some_conference(*systems, at=at, **changes))
        uow.commit()
    return added


def booked_or_lost(store: SqlStore, *systems: int, **changes: Any) -> bool:
    """Whether the booking was stored: the only conflict is one about a system or a space, and no deadlock."""
    try:
        book(store, *systems, **changes)
    except StoreConflict as conflict:
        if "was reserved" not in str(conflict):
            raise
        return False
    return True


def at_once(count: int, work: Callable[[int], T]) -> list[T]:
    """Run ``work(0)`` to ``work(count - 1)`` in as many threads that start together."""
    barrier = threading.Barrier(count)

    def run(index: int) -> T:
        barrier.wait(20)
        return work(index)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


@contextmanager
def statements(store: SqlStore) -> Iterator[list[str]]:
    """The statements that run inside, without those that begin and end the unit of work."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            seen.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(store.engine, "before_cursor_execute", note)


def listing(period: Period, status: StatusFilter, now: datetime, **whose: Any) -> ConferenceFilter:
    """What a list asks for, of ``system_ids`` or a ``user_id`` or all."""
    return ConferenceFilter(period=period, status=status, now=now, **whose)
