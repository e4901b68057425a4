import threading
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from store_samples import (
    CREDENTIALS,
    HOUR,
    NOON,
    at_once,
    book,
    book_series,
    hours,
    route,
    some_bridge,
    some_conference,
    some_series,
    statements,
)

from tmsba.domain.conference.adjusting import Adjusted, Layout
from tmsba.ports.jobs import Job, SpaceLease
from tmsba.ports.live import LeftCall, LiveConference, LiveLeg
from tmsba.ports.outbox import JobKind, Wish
from tmsba.store import SqlStore
from tmsba.store.outbox.jobs import SqlJobQueue, SqlLiveConferences

MINUTE = timedelta(minutes=1)


@pytest.fixture
def queue(store: SqlStore) -> SqlJobQueue:
    return SqlJobQueue(store)


def ask(store: SqlStore, conference_id: int, kind: JobKind = JobKind.LAUNCH, at: datetime = NOON) -> None:
    with store.writing() as uow:
        uow.outbox.put(conference_id, kind, at, request_id="r1")
        uow.commit()


def withdraw(store: SqlStore, conference_id: int) -> None:
    with store.writing() as uow:
        uow.outbox.put_all([Wish(conference_id=conference_id, kind=JobKind.LAUNCH, due_at=None)])
        uow.commit()


def claim(queue: SqlJobQueue, owner: str = "one", at: datetime = NOON, limit: int = 10) -> list[Job]:
    return list(queue.claim(owner, at, at + MINUTE, limit))


def test_due_jobs_are_claimed_oldest_first(store: SqlStore, queue: SqlJobQueue) -> None:
    conferences = [book(store).id for _ in range(4)]
    ask(store, conferences[0], at=NOON)
    ask(store, conferences[1], at=NOON - HOUR)
    ask(store, conferences[1], JobKind.END, at=NOON - 2 * HOUR)
    ask(store, conferences[2], at=NOON + MINUTE)
    first = claim(queue, limit=2)
    assert [(job.conference_id, job.kind) for job in first] == [(2, JobKind.END), (2, JobKind.LAUNCH)]
    assert first[0] == Job(
        id=first[0].id,
        conference_id=2,
        kind=JobKind.END,
        due_at=NOON - 2 * HOUR,
        attempts=1,
        generation=1,
        request_id="r1",
    )
    assert [job.conference_id for job in claim(queue, "two")] == [1]
    assert claim(queue, "three") == []


def test_an_expired_lease_is_taken_over(store: SqlStore, queue: SqlJobQueue) -> None:
    ask(store, book(store).id)
    [job] = claim(queue, "one")
    assert claim(queue, "two", NOON + MINUTE / 2) == []
    [again] = claim(queue, "two", NOON + MINUTE)
    assert again == replace(job, attempts=2)
    assert not queue.renew(job, "one", NOON + HOUR)
    assert not queue.postpone(job, "one", NOON, "late")
    assert not queue.finish(job, "one", NOON)
    assert queue.finish(again, "two", NOON)


def test_a_name_that_comes_again_does_not_mix_up_claims(store: SqlStore, queue: SqlJobQueue) -> None:
    ask(store, book(store).id)
    [job] = claim(queue, "one")
    [again] = claim(queue, "one", NOON + MINUTE)
    assert not queue.finish(job, "one", NOON)
    assert queue.finish(again, "one", NOON)


def test_a_renewed_lease_holds_longer(store: SqlStore, queue: SqlJobQueue) -> None:
    ask(store, book(store).id)
    [job] = claim(queue)
    assert queue.renew(job, "one", NOON + HOUR)
    assert claim(queue, "two", NOON + 30 * MINUTE) == []
    assert len(claim(queue, "two", NOON + HOUR)) == 1


def test_a_finished_job_is_over(store: SqlStore, queue: SqlJobQueue) -> None:
    ask(store, book(store).id)
    [job] = claim(queue)
    assert queue.finish(job, "one", NOON)
    assert not queue.finish(job, "one", NOON)
    assert claim(queue, at=NOON + HOUR) == []


def test_a_postponed_job_is_due_again_later(store: SqlStore, queue: SqlJobQueue) -> None:
    ask(store, book(store).id)
    [job] = claim(queue)
    assert queue.postpone(job, "one", NOON + HOUR, "the bridge is down")
    assert claim(queue, at=NOON + 59 * MINUTE) == []
    [again] = claim(queue, "two", NOON + HOUR)
    assert again == replace(job, due_at=NOON + HOUR, attempts=2)


@pytest.mark.parametrize("end", ["finish", "postpone"])
def test_a_new_wish_survives_the_end_of_the_old_one(store: SqlStore, queue: SqlJobQueue, end: str) -> None:
    conference = book(store).id
    ask(store, conference)
    [job] = claim(queue)
    ask(store, conference, at=NOON - MINUTE)
    assert claim(queue, "two") == [], "the worker that is at it still holds the lease"
    assert queue.renew(job, "one", NOON + HOUR)
    if end == "finish":
        assert not queue.finish(job, "one", NOON)
    else:
        assert not queue.postpone(job, "one", NOON + HOUR, "trouble")
    [again] = claim(queue, "two")
    assert again == replace(job, due_at=NOON - MINUTE, attempts=1, generation=2)


def test_a_wish_can_be_repeated_when_done(store: SqlStore, queue: SqlJobQueue) -> None:
    conference = book(store).id
    ask(store, conference)
    [job] = claim(queue)
    queue.finish(job, "one", NOON)
    ask(store, conference)
    assert [again.generation for again in claim(queue, "two")] == [2]


def test_a_withdrawn_job_is_not_due(store: SqlStore, queue: SqlJobQueue) -> None:
    conference = book(store).id
    withdraw(store, conference)
    ask(store, conference)
    withdraw(store, conference)
    assert claim(queue) == []
    ask(store, conference)
    assert len(claim(queue)) == 1


def test_a_job_withdrawn_while_held_ends_with_its_worker(store: SqlStore, queue: SqlJobQueue) -> None:
    conference = book(store).id
    ask(store, conference)
    [job] = claim(queue)
    withdraw(store, conference)
    ask(store, conference)
    assert claim(queue, "two") == []
    assert not queue.finish(job, "one", NOON)
    assert len(claim(queue, "two")) == 1


def test_what_is_rolled_back_was_never_asked(store: SqlStore, queue: SqlJobQueue) -> None:
    conference = book(store).id
    with store.writing() as uow:
        uow.outbox.put(conference, JobKind.LAUNCH, NOON)
    assert claim(queue) == []


@pytest.fixture
def two_bridges(store: SqlStore) -> list[int]:
    """Six conferences: three on bridge 1, two on a second one, one on none; each is due a minute later."""
    with store.writing() as uow:
        uow.bridges.add(some_bridge(name="core2", url="https://core2.example.com"), CREDENTIALS)
        uow.commit()
    routes = [*map(route, (1, 2, 3)), *(route(n, bridge_id=2) for n in (6, 7)), None]
    conferences = [book(store, at=hours(n, n + 1), route=one).id for n, one in enumerate(routes)]
    for place, conference_id in enumerate(conferences):
        ask(store, conference_id, at=NOON + place * MINUTE)
    return conferences


def claimed(queue: SqlJobQueue, limit: int, per_bridge: int, busy: dict[int, int] | None = None) -> list[int]:
    """The conferences of the jobs that one claim gets, counted from 1."""
    until = NOON + 2 * HOUR
    jobs = queue.claim("one", NOON + HOUR, until, limit, per_bridge=per_bridge, busy=busy or {})
    return [job.conference_id for job in jobs]


def test_no_more_jobs_of_a_bridge_are_claimed_than_there_are_hands_for(
    queue: SqlJobQueue, two_bridges: list[int]
) -> None:
    one, two, three, other, another, homeless = two_bridges
    assert claimed(queue, 9, 2) == [one, two, other, another, homeless]
    assert claimed(queue, 9, 2, {1: 2, 2: 2}) == []
    assert claimed(queue, 9, 2, {1: 3}) == []
    assert claimed(queue, 9, 2, {1: 1}) == [three]


def test_the_oldest_jobs_of_all_bridges_are_claimed_first(queue: SqlJobQueue, two_bridges: list[int]) -> None:
    one, two, three, other, another, homeless = two_bridges
    assert claimed(queue, 2, 1) == [one, other]
    assert claimed(queue, 3, 4, {2: 4}) == [two, three, homeless]
    assert claimed(queue, 9, 4) == [another]


def test_a_claim_is_one_statement(store: SqlStore, queue: SqlJobQueue, two_bridges: list[int]) -> None:
    with statements(store) as seen:
        assert len(claimed(queue, 9, 2, {1: 1})) == 4
    assert len(seen) == 1


def test_a_job_keeps_the_bridge_that_the_conference_had_last(
    store: SqlStore, queue: SqlJobQueue, two_bridges: list[int]
) -> None:
    first = two_bridges[0]
    with store.writing() as uow:
        conference = uow.conferences.get(first)
        assert conference is not None
        uow.conferences.update(replace(conference, route=None))
        uow.outbox.put(first, JobKind.LAUNCH, NOON)
        uow.outbox.put(first, JobKind.END, NOON)
        uow.commit()
    found = {job.kind: job.bridge_id for job in claim(queue) if job.conference_id == first}
    assert found == {JobKind.LAUNCH: 1, JobKind.END: 0}


def test_no_job_is_taken_twice(store: SqlStore, queue: SqlJobQueue) -> None:
    total = 200
    with store.writing() as uow:
        for _ in range(total):
            added = uow.conferences.add(some_conference())
            uow.outbox.put(added.id, JobKind.LAUNCH, NOON)
        uow.commit()
    taken: list[int] = []
    lock = threading.Lock()

    def run(index: int) -> None:
        while jobs := claim(queue, f"worker {index}", limit=7):
            assert len(jobs) <= 7
            with lock:
                taken.extend(job.id for job in jobs)
            for job in jobs[:1]:
                assert queue.finish(job, f"worker {index}", NOON)

    at_once(8, run)
    # Others may skip rows that are locked for an instant and stop early; what is left is still there.
    taken += [job.id for job in claim(queue, "last", limit=total)]
    assert len(taken) == len(set(taken)) == total


def test_one_job_at_a_time_changes_a_space(queue: SqlJobQueue) -> None:
    assert queue.lease_space(1, "one", NOON, NOON + MINUTE)
    assert queue.lease_space(1, "one", NOON, NOON + 2 * MINUTE)
    assert not queue.lease_space(1, "two", NOON + MINUTE, NOON + HOUR)
    assert queue.lease_space(2, "two", NOON, NOON + MINUTE)
    queue.release_space(1, "two")
    assert not queue.lease_space(1, "two", NOON, NOON + HOUR)
    queue.release_space(1, "one")
    assert queue.lease_space(1, "two", NOON, NOON + HOUR)
    assert queue.lease_space(1, "one", NOON + HOUR, NOON + 2 * HOUR), "the lease is over"
    assert sum(at_once(8, lambda i: queue.lease_space(3, f"{i}", NOON, NOON + HOUR))) == 1


def test_a_finished_job_gives_its_space_back(store: SqlStore, queue: SqlJobQueue) -> None:
    ask(store, book(store).id)
    [job] = claim(queue)
    assert queue.lease_space(1, "one/1", NOON, NOON + HOUR)
    assert queue.lease_space(2, "two", NOON, NOON + HOUR)
    assert queue.finish(job, "one", NOON, space=SpaceLease(space_id=1, owner="one/1"))
    assert queue.lease_space(1, "three", NOON, NOON + HOUR)
    queue.finish(job, "one", NOON, space=SpaceLease(space_id=2, owner="one/1"))
    assert not queue.lease_space(2, "three", NOON, NOON + HOUR), "somebody else's is left alone"


@pytest.mark.parametrize("legs", ["", "a", "ab", "abc", "ba", "xb"])
def test_what_is_different_from_before_is_stored(store: SqlStore, legs: str) -> None:
    def state(parties: str, **more: Any) -> LiveConference:
        made = tuple(LiveLeg(remote_party=party, call_leg_id=party) for party in parties)
        return LiveConference(conference_id=book_id, bridge_id=1, space_id=1, legs=made, **more)

    live, book_id = SqlLiveConferences(store), book(store).id
    before = state("ab")
    live.put(before)
    for after in (state(legs), state(legs, call_id="call", opened_at=NOON)):
        live.put(after, before=before)
        assert live.get(book_id) == after
        before = after


def test_one_more_leg_is_one_statement(store: SqlStore) -> None:
    live = SqlLiveConferences(store)
    before = LiveConference(conference_id=book(store).id, bridge_id=1, space_id=1)
    live.put(before)
    with statements(store) as seen:
        live.put(replace(before, legs=(LiveLeg(remote_party="a", call_leg_id="1"),)), before=before)
    assert len(seen) == 1


def test_live_conferences_come_back_as_stored(store: SqlStore) -> None:
    live = SqlLiveConferences(store)
    first, second, third = (book(store).id for _ in range(3))
    opened = LiveConference(conference_id=first, bridge_id=1, space_id=1)
    running = replace(
        opened,
        call_id="call",
        legs=(LiveLeg(remote_party="a", call_leg_id="1"), LiveLeg(remote_party="a", call_leg_id="2")),
        opened_at=NOON,
    )
    adjusted = replace(running, adjusted=frozenset(Adjusted), layout=Layout.SPEAKER_ONLY)
    assert live.get(first) is None
    for state in (opened, adjusted, running, replace(running, legs=running.legs[:1])):
        live.put(state)
        assert live.get(first) == state
    live.put(replace(opened, conference_id=second, legs=running.legs))
    live.put(replace(opened, conference_id=third, space_id=2))
    assert live.open_on_space(1, besides=second) == [live.get(first)]
    with statements(store) as seen:
        assert [found.conference_id for found in live.open_on_space(1, besides=third)] == [first, second]
    assert len(seen) == 2
    live.put(replace(running, closed_at=NOON))
    assert live.open_on_space(1, besides=second) == []
    assert live.open_on_bridge(1) == [live.get(second), live.get(third)]
    assert live.open_on_bridge(2) == []


def test_what_conferences_left_at_other_addresses_is_kept(store: SqlStore) -> None:
    live = SqlLiveConferences(store)
    left = (
        LeftCall(bridge_id=1, space_id=1, url="https://a.example.com", call_id="call"),
        LeftCall(bridge_id=1, space_id=2, url=""),
    )
    moved = LiveConference(
        conference_id=book(store).id,
        bridge_id=1,
        space_id=1,
        url="https://b.example.com",
        unreached_since=NOON,
        left=left,
    )
    live.put(moved)
    live.put(LiveConference(conference_id=book(store).id, bridge_id=1, space_id=2))
    assert live.with_left() == [moved]
    live.put(replace(moved, closed_at=NOON))
    assert live.with_left() == [live.get(moved.conference_id)]
    live.put(replace(moved, left=()))
    assert live.with_left() == []


def put_all(store: SqlStore, *wishes: tuple[int, JobKind, datetime | None]) -> int:
    """Ask for many at once; how many statements it took."""
    with store.writing() as uow, statements(store) as seen:
        uow.outbox.put_all(
            [Wish(conference_id=number, kind=kind, due_at=at, request_id="r2") for number, kind, at in wishes]
        )
        uow.commit()
    return len(seen)


def test_many_wishes_are_like_many_single_ones(store: SqlStore, queue: SqlJobQueue) -> None:
    new, asked, done, held, gone = (book(store).id for _ in range(5))
    for number in (asked, done, held, gone):
        ask(store, number)
    withdraw(store, gone)
    jobs = {job.conference_id: job for job in claim(queue)}
    assert queue.finish(jobs[done], "one", NOON)
    assert queue.postpone(jobs[asked], "one", NOON, "error")
    due = [(number, JobKind.LAUNCH, NOON) for number in (held, gone, done, asked, new)]
    assert put_all(store, *due, (new, JobKind.END, NOON), (new, JobKind.END, None)) == 2
    again = {job.conference_id: job for job in claim(queue, "two")}
    assert again.keys() == {new, asked, done, gone}
    assert {job.kind for job in again.values()} == {JobKind.LAUNCH}
    assert again[new].generation == 1
    assert again[gone].generation == 3
    for number in (asked, done):
        expected = replace(jobs[number], attempts=1, generation=2, request_id="r2")
        assert again[number] == expected
    # Whoever was at it keeps the lease, but cannot finish the new wish.
    assert queue.finish(jobs[held], "one", NOON) is False
    assert [job.conference_id for job in claim(queue, "three")] == [held]


def test_many_wishes_are_withdrawn(store: SqlStore, queue: SqlJobQueue) -> None:
    first, second, third = (book(store).id for _ in range(3))
    for number in (first, second):
        ask(store, number)
    [job, _] = claim(queue)
    assert put_all(store, *((number, JobKind.LAUNCH, None) for number in (first, second, third))) == 1
    assert put_all(store) == 0
    assert not queue.finish(job, "one", NOON)
    assert claim(queue, "two", NOON + HOUR) == []


@pytest.mark.parametrize("count", [1, 100])
def test_wishes_for_a_series_take_two_statements(store: SqlStore, queue: SqlJobQueue, count: int) -> None:
    dates = book_series(store, some_series(count=count)).occurrences
    wishes = [(date.id, JobKind.LAUNCH, date.period.start) for date in dates]
    assert put_all(store, *wishes, *((date.id, JobKind.END, None) for date in dates)) == 2
    jobs = claim(queue, at=NOON + timedelta(days=999), limit=200)
    assert [(job.conference_id, job.due_at) for job in jobs] == [(number, at) for number, _, at in wishes]


def test_a_launch_reads_at_once_whether_it_is_alone(store: SqlStore) -> None:
    live, legs = SqlLiveConferences(store), (LiveLeg(remote_party="a", call_leg_id="1"),)
    own, other, far = (
        LiveConference(conference_id=book(store).id, bridge_id=1, space_id=space_id, legs=legs)
        for space_id in (1, 1, 2)
    )
    nothing = live.around(own.conference_id, 1)
    assert (nothing.own, nothing.is_alone) == (None, True)
    live.put(own)
    live.put(far)
    alone = live.around(own.conference_id, 1)
    assert (alone.own, alone.is_alone) == (own, True)
    live.put(other)
    assert not live.around(own.conference_id, 1).is_alone
    live.put(replace(other, closed_at=NOON))
    assert live.around(own.conference_id, 1).is_alone
    live.put(replace(far, left=(LeftCall(bridge_id=1, space_id=1, url=""),)))
    assert not live.around(own.conference_id, 1).is_alone
    assert live.around(far.conference_id, 2).is_alone
