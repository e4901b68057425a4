"""The questions that are asked often find their answers by an index."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event
from store_samples import (
    HOUR,
    NOON,
    book,
    book_series,
    hours,
    listing,
    route,
    some_series,
    some_session,
    with_systems,
)

from tmsba.domain.bridge.call_records import RecordSession
from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.live import ConferenceEvent, EventKind, LiveView
from tmsba.domain.people.audit import AuditFilter
from tmsba.domain.values import StatusFilter, StoredState
from tmsba.ports.live import LiveConference
from tmsba.ports.logins import Place
from tmsba.ports.outbox import JobKind, Wish
from tmsba.store import SqlStore
from tmsba.store.outbox.health_checks import SqlHealthChecks
from tmsba.store.outbox.jobs import SqlJobQueue, SqlLiveConferences
from tmsba.store.outbox.mail_queue import SqlMailQueue
from tmsba.store.unit_of_work import SqlUnitOfWork

LATER = hours(500, 502)
SESSION = some_session("abc")
LATE = [hours(500 + day * 24, 501 + day * 24) for day in range(20)]
PLACES = [Place("ann", "192.0.2.7"), Place("ann", ""), Place("", "192.0.2.7")]
EVENT = ConferenceEvent(at=NOON, kind=EventKind.OPENED)
RECORDS = RecordSession(bridge_id=1, id="s", last_at=NOON)
WISHES = [
    Wish(conference_id=1, kind=kind, due_at=at) for kind, at in zip(JobKind, [NOON, None, NOON], strict=True)
]


def _in_work(question: Callable[[SqlUnitOfWork], object]) -> Callable[[SqlStore], object]:
    def ask(store: SqlStore) -> None:
        with store.writing() as uow:
            question(uow)

    return ask


def _without_key(uow: SqlUnitOfWork, conference_id: int) -> Conference:
    date = uow.conferences.get(conference_id)
    assert date is not None
    return replace(date, details=replace(date.details, external_primary_key=""))


def _change_series(uow: SqlUnitOfWork) -> None:
    before = uow.conferences.series_of(8)
    assert before is not None
    dates = [replace(date, version=2, participants=with_systems(4)) for date in before.occurrences]
    uow.conferences.update_series(before, replace(before, occurrences=tuple(dates)))


QUESTIONS: dict[str, Callable[[SqlStore], object]] = {
    "get": _in_work(lambda uow: uow.conferences.get(1)),
    "by_external_key": _in_work(lambda uow: uow.conferences.by_external_key("", "key 1")),
    "decision": _in_work(lambda uow: uow.conferences.decision(8)),
    "clashes": _in_work(lambda uow: uow.conferences.clashes_in([1, 2], [LATER])),
    "clashes_in": _in_work(lambda uow: uow.conferences.clashes_in([1, 2], LATE, besides=[1])),
    "common_occupancy": _in_work(lambda uow: uow.bridges.common_occupancy(LATE, besides=[1])),
    "occupancies": _in_work(lambda uow: uow.bridges.occupancies(LATE, besides=[1])),
    "get_for_update": _in_work(lambda uow: uow.conferences.get_for_update(8)),
    "by_external_key_of_a_series": _in_work(lambda uow: uow.conferences.by_external_key("", "series")),
    "deleted_by_external_key": _in_work(lambda uow: uow.conferences.deleted_by_external_key("", "gone")),
    "participant_emails": _in_work(lambda uow: uow.conferences.participant_emails([1, 2])),
    "series_of": _in_work(lambda uow: uow.conferences.series_of(8)),
    "update_series": _in_work(_change_series),
    "detach": _in_work(lambda uow: uow.conferences.detach(_without_key(uow, 8))),
    "put_all": _in_work(lambda uow: uow.outbox.put_all(WISHES)),
    "for_systems": _in_work(
        lambda uow: uow.conferences.find(listing(LATER, StatusFilter.ALL, NOON, system_ids=[1]))
    ),
    "for_user": _in_work(
        lambda uow: uow.conferences.find(listing(LATER, StatusFilter.PENDING, NOON, user_id=2))
    ),
    "occupancy": _in_work(lambda uow: uow.bridges.common_occupancy([LATER])),
    "most_participants": _in_work(lambda uow: uow.bridges.most_participants([1], LATE, besides=[1])),
    "are_spaces_free": _in_work(lambda uow: uow.bridges.are_spaces_free([(1, LATER)])[0]),
    "since": _in_work(lambda uow: uow.transactions.since(1, limit=10)),
    "since_of_system": _in_work(lambda uow: uow.transactions.since(1, limit=10, system_id=1)),
    "by_name": _in_work(lambda uow: uow.users.by_name("ann")),
    "account": _in_work(lambda uow: uow.users.account("ann")),
    "accounts": _in_work(lambda uow: uow.users.accounts(["ann", "bob"])),
    "requests": _in_work(lambda uow: uow.conferences.requests(NOON, limit=10)),
    "audit": _in_work(lambda uow: uow.audit.find(AuditFilter(since=NOON), limit=10)),
    "by_email": _in_work(lambda uow: uow.users.by_email("ann@example.com")),
    "nt_hash": _in_work(lambda uow: uow.credentials.nt_hash(1)),
    "failed_logins": _in_work(lambda uow: uow.failed_logins.find(PLACES)),
    "forget_failures": _in_work(lambda uow: uow.failed_logins.forget(PLACES)),
    "unlock": _in_work(lambda uow: uow.failed_logins.forget_account("ann")),
    "clean_challenges": _in_work(lambda uow: uow.used_challenges.clean(NOON)),
    "open_ticket": _in_work(lambda uow: uow.tickets.close("a", "b", NOON)),
    "standing": _in_work(lambda uow: uow.sessions.standing("abc", NOON)),
    "shared_licence": _in_work(lambda uow: uow.sessions.shared_licence(SESSION, NOON)),
    "active": _in_work(lambda uow: uow.sessions.active(NOON)),
    "touch": _in_work(lambda uow: uow.sessions.touch(SESSION)),
    "forget": _in_work(lambda uow: uow.sessions.forget(NOON)),
    "with_licences": _in_work(lambda uow: uow.systems.with_licences()),
    "allow_remote_bookings": _in_work(lambda uow: uow.systems.allow_remote_bookings([1, 2], is_allowed=True)),
    "claim": lambda store: SqlJobQueue(store).claim("one", NOON, NOON + HOUR, 1),
    "numbers_in_use": _in_work(lambda uow: uow.bridges.numbers_in_use(1, NOON)),
    "with_surplus": _in_work(lambda uow: uow.bridges.with_surplus(NOON)),
    "claim_health": lambda store: SqlHealthChecks(store).claim("one", NOON, NOON + HOUR, 9),
    "claim_mail": lambda store: SqlMailQueue(store).claim("one", NOON, NOON + HOUR),
    "open_on_bridge": lambda store: SqlLiveConferences(store).open_on_bridge(1),
    "with_left": lambda store: SqlLiveConferences(store).with_left(),
    "holders": _in_work(lambda uow: uow.bridges.holders(1, LATER)),
    "holds": _in_work(lambda uow: uow.bridges.holds([1, 2], NOON, until=NOON)),
    "numbered": _in_work(lambda uow: uow.bridges.numbered([90001])),
    "pending_on_bridge": _in_work(lambda uow: uow.conferences.pending_on_bridge(1, NOON)),
    "at_present": _in_work(lambda uow: uow.systems.at_present(NOON, [1, 2])),
    "live_view": _in_work(lambda uow: uow.live.get(1)),
    "put_live_view": _in_work(lambda uow: uow.live.put(LiveView(conference_id=6, seen_at=NOON))),
    "tell": _in_work(lambda uow: uow.live.tell(1, [EVENT])),
    "events": _in_work(lambda uow: uow.live.events(1)),
    "conferences_of": _in_work(lambda uow: uow.live.conferences_of(1, {"call"}, {"leg"})),
    "reasons": _in_work(lambda uow: uow.live.reasons(1)),
    "hurry": _in_work(lambda uow: uow.outbox.hurry([1, 2], JobKind.TEND, NOON)),
    "record_session": _in_work(lambda uow: uow.record_sessions.put(RECORDS)),
    "around": lambda store: SqlLiveConferences(store).around(9, 1),
    "open_on_space": lambda store: SqlLiveConferences(store).open_on_space(1, besides=9),
}

#: Few rows, and all of them are wanted; SQLite's table of ids has a row for each table.
SMALL = ("bridge", "bridge_health", "option_key", "space", "sqlite_sequence")
#: What a question brings along, or has found already.
GIVEN = (
    *("due", "json_each", "each", "wanted", "asked", "claim", "counted", "past", "found", "changes"),
    *("given", "ids", "room", "numbered"),
)


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_question_uses_indexes(store: SqlStore, question: str, is_sqlite: bool) -> None:
    for number in range(5):
        book(store, 1, at=hours(number, number + 1), details={"external_primary_key": f"key {number}"})
    book(store, route=route(1), owner_id=2)
    book(store, state=StoredState.DELETED, details={"external_primary_key": "gone"})
    book_series(store, some_series(3, 5, title="Series", external_primary_key="series"))
    with store.writing() as uow:
        uow.outbox.put(1, JobKind.LAUNCH, NOON)
        uow.commit()
    SqlLiveConferences(store).put(LiveConference(conference_id=6, bridge_id=1, space_id=1))
    plans = _plans(store, QUESTIONS[question], is_sqlite)
    assert plans
    full_scans = [line for line in plans if _is_full_scan(line, is_sqlite)]
    assert not full_scans, "\n".join(plans)


def _is_full_scan(line: str, is_sqlite: bool) -> bool:
    words = line.split()
    if is_sqlite:
        # Reading a whole index in its order is no search either.
        is_scan = words[0] == "SCAN" and not line.startswith(("SCAN (", "SCAN CONSTANT"))
        return is_scan and words[1] not in SMALL + GIVEN
    return "Seq Scan on" in line and words[words.index("on") + 1] not in SMALL


def _plans(store: SqlStore, question: Callable[[SqlStore], object], is_sqlite: bool) -> list[str]:
    lines: list[str] = []

    def explain(_connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if not statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            return
        if is_sqlite:
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            lines.extend(row[3] for row in cursor.fetchall())
        else:
            # The tables are tiny: without this PostgreSQL would rightly read them whole.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {statement}", parameters)
            lines.extend(row[0] for row in cursor.fetchall())

    event.listen(store.engine, "before_cursor_execute", explain)
    try:
        question(store)
    finally:
        event.remove(store.engine, "before_cursor_execute", explain)
    return lines
