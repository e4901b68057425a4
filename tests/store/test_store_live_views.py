"""Who is in conferences, what happened in them, and which call detail records came."""

from dataclasses import replace
from datetime import timedelta

import pytest
from store_samples import HOUR, NOON, at_once, book, statements

from tmsba.domain.bridge.call_records import CallRecord, RecordSession, sort_out
from tmsba.domain.conference.live import (
    MOST_EVENTS,
    MOST_PARTICIPANTS,
    VALID_FOR,
    ConferenceEvent,
    EventKind,
    LiveParticipant,
    LiveView,
)
from tmsba.domain.values import SystemStatus
from tmsba.ports.live import LiveConference, LiveLeg
from tmsba.ports.outbox import JobKind
from tmsba.store import SqlStore
from tmsba.store.outbox.jobs import SqlJobQueue, SqlLiveConferences

SECOND = timedelta(seconds=1)
LEGS = (LiveLeg(remote_party="a", call_leg_id="leg-1"), LiveLeg(remote_party="b", call_leg_id="leg-2"))


def someone(leg_id: str = "leg-1", **changes: object) -> LiveParticipant:
    values: dict[str, object] = {"name": "A", "address": "a@example.com", "state": "connected", "since": NOON}
    return LiveParticipant(call_leg_id=leg_id, **values | changes)  # type: ignore[arg-type]


@pytest.fixture
def opened(store: SqlStore) -> LiveConference:
    """A conference that is open on bridge 1."""
    live = LiveConference(
        conference_id=book(store, 1, 2).id, bridge_id=1, space_id=1, call_id="call-1", legs=LEGS
    )
    SqlLiveConferences(store).put(live)
    return live


def put(store: SqlStore, view: LiveView) -> None:
    with store.writing() as uow:
        uow.live.put(view)
        uow.commit()


def note(store: SqlStore, conference_id: int, *people: LiveParticipant, at: int = 0) -> LiveView:
    view = LiveView(conference_id=conference_id, seen_at=NOON + at * SECOND, participants=people)
    put(store, view)
    return view


def view_of(store: SqlStore, conference_id: int) -> LiveView | None:
    with store.reading() as uow:
        return uow.live.get(conference_id)


def test_what_was_seen_comes_back_and_is_replaced(store: SqlStore, opened: LiveConference) -> None:
    number = opened.conference_id
    assert view_of(store, number) is None
    first = note(store, number, someone("x", system_id=1), someone("y", number=3, state="ringing"))
    assert view_of(store, number) == first
    second = note(store, number, someone("y"), at=30)
    assert view_of(store, number) == second
    with store.writing() as uow:
        uow.live.refresh(number, NOON + HOUR)
        uow.commit()
    assert view_of(store, number) == replace(second, seen_at=NOON + HOUR)
    with store.writing() as uow:
        uow.live.drop(number)
        uow.commit()
    assert view_of(store, number) is None


def test_what_was_seen_goes_when_the_conference_is_closed(store: SqlStore, opened: LiveConference) -> None:
    note(store, opened.conference_id, someone())
    with store.writing() as uow:
        uow.live.put_reasons({"leg-1": (opened.conference_id, "remoteBusy")})
        uow.commit()
    SqlLiveConferences(store).put(replace(opened, closed_at=NOON))
    assert view_of(store, opened.conference_id) is None
    with store.reading() as uow:
        assert uow.live.reasons(opened.conference_id) == {}


def test_a_crowd_is_noted_in_a_fixed_number_of_statements(store: SqlStore, opened: LiveConference) -> None:
    crowd = [someone(f"leg-{number}") for number in range(MOST_PARTICIPANTS + 10)]
    with statements(store) as seen:
        note(store, opened.conference_id, *crowd)
    assert len(seen) <= 5
    view = view_of(store, opened.conference_id)
    assert view is not None
    assert len(view.participants) == MOST_PARTICIPANTS


# ---------------------------------------------------------------- systems in a call


def test_connected_systems_are_in_a_call_as_long_as_the_view_counts(
    store: SqlStore, opened: LiveConference
) -> None:
    note(
        store,
        opened.conference_id,
        someone("a", system_id=1),
        someone("b", system_id=2, state="ringing"),
        someone("c", system_id=3, state="onHold"),
        someone("d"),
    )

    def in_call(at: timedelta) -> list[int]:
        with store.reading() as uow, statements(store) as seen:
            found = uow.systems.at_present(NOON + at)
        assert len(seen) == 1
        return [one.id for one in found if one.status is SystemStatus.IN_CALL]

    assert in_call(timedelta()) == in_call(VALID_FOR - SECOND) == [1, 3]
    assert in_call(VALID_FOR) == []
    with store.reading() as uow:
        assert uow.systems.at_present(NOON) != uow.systems.all()
        assert uow.systems.at_present(NOON + VALID_FOR) == uow.systems.all()
        [one] = uow.systems.at_present(NOON, [1])
        assert (one.id, one.status) == (1, SystemStatus.IN_CALL)
        assert uow.systems.at_present(NOON, [77, 2**40]) == []
    with store.writing() as uow:
        uow.live.refresh(opened.conference_id, NOON + HOUR)
        uow.commit()
    assert in_call(HOUR + VALID_FOR - SECOND) == [1, 3]


# ---------------------------------------------------------------- events


def test_events_come_back_in_order_and_the_oldest_of_too_many_go(store: SqlStore) -> None:
    first, other = book(store).id, book(store).id
    told = [ConferenceEvent(at=NOON, kind=EventKind.LEFT, text=f"{i}") for i in range(MOST_EVENTS + 7)]
    with store.writing() as uow:
        uow.live.tell(other, told[:1])
        uow.live.tell(first, told[:10])
        uow.live.tell(first, told[10:])
        uow.live.tell(first, [])
        uow.commit()
    with store.reading() as uow:
        assert uow.live.events(first) == told[7:]
        assert uow.live.events(other) == told[:1]


def test_every_kind_of_event_can_be_stored(store: SqlStore) -> None:
    number = book(store).id
    events = [ConferenceEvent(at=NOON, kind=kind, text=kind.name) for kind in EventKind]
    with store.writing() as uow:
        uow.live.tell(number, events)
        assert uow.live.events(number) == events


# ---------------------------------------------------------------- records of calls


def test_records_find_open_conferences_by_calls_and_call_legs(
    store: SqlStore, opened: LiveConference
) -> None:
    number = opened.conference_id
    note(store, number, someone("leg-9"))
    closed = replace(opened, conference_id=book(store).id, call_id="call-2", closed_at=NOON)
    SqlLiveConferences(store).put(closed)
    with store.reading() as uow, statements(store) as seen:
        calls, legs = uow.live.conferences_of(1, {"call-1", "call-2", "x"}, {"leg-1", "leg-9", "y"})
        assert (calls, legs) == ({number}, {"leg-1": number, "leg-9": number})
        assert len(seen) == 2
        assert uow.live.conferences_of(2, {"call-1"}, {"leg-1"}) == (frozenset(), {})


def test_reasons_stay_until_the_call_leg_is_missed(store: SqlStore, opened: LiveConference) -> None:
    number = opened.conference_id
    with store.writing() as uow:
        uow.live.put_reasons({})
        uow.live.put_reasons({"leg-1": (number, "remoteBusy"), "leg-2": (number, "x")})
        uow.live.put_reasons({"leg-1": (number, "remoteTeardown")})
        uow.commit()
    with store.reading() as uow:
        assert uow.live.reasons(number) == {"leg-1": "remoteTeardown", "leg-2": "x"}
    note(store, number, someone("leg-1"))
    with store.reading() as uow:
        assert uow.live.reasons(number) == {"leg-1": "remoteTeardown"}


def test_a_hurried_job_is_due_at_once_and_comes_again_after_the_one_under_way(
    store: SqlStore, opened: LiveConference
) -> None:
    number, queue = opened.conference_id, SqlJobQueue(store)

    def hurry(at: int) -> None:
        with store.writing() as uow:
            uow.outbox.hurry([number, 99], JobKind.TEND, NOON + at * SECOND)
            uow.commit()

    def due(at: int) -> bool:
        return bool(queue.claim("probe", NOON + at * SECOND, NOON + at * SECOND, 1))

    hurry(0)
    assert not due(0), "nobody asks for it"
    with store.writing() as uow:
        uow.outbox.put(number, JobKind.TEND, NOON + 30 * SECOND)
        uow.commit()
    hurry(5)
    hurry(9)
    assert not due(4)
    [job] = queue.claim("one", NOON + 5 * SECOND, NOON + HOUR, 1)
    hurry(6)
    assert queue.renew(job, "one", NOON + HOUR)
    assert not queue.postpone(job, "one", NOON + 60 * SECOND, "")
    [again] = queue.claim("one", NOON + 6 * SECOND, NOON + HOUR, 1)
    assert queue.finish(again, "one", NOON)
    hurry(7)
    assert not due(1000)


def test_each_session_counts_once_however_many_take_records_in(store: SqlStore) -> None:
    def take(index: int) -> None:
        with store.writing() as uow:
            before = uow.record_sessions.locked(1, "s", NOON)
            record = CallRecord(kind="callstart", index=before.last_index + 1)
            after, _ = sort_out(before, [record], NOON + index * SECOND)
            uow.record_sessions.put(after)
            uow.commit()

    at_once(6, take)
    with store.reading() as uow:
        one = uow.record_sessions.latest()[1]
    assert (one.last_index, one.received, one.missing, one.duplicates) == (6, 6, 0, 0)


def test_only_the_newest_sessions_of_a_bridge_are_kept(store: SqlStore) -> None:
    with store.writing() as uow:
        for number in range(25):
            uow.record_sessions.put(
                RecordSession(bridge_id=1, id=f"{number}", last_at=NOON + number * SECOND, received=9)
            )
        assert uow.record_sessions.latest()[1].id == "24"
        assert uow.record_sessions.locked(1, "5", NOON).received == 9
        assert uow.record_sessions.locked(1, "4", NOON).received == 0
