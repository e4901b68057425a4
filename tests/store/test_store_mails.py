from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from store_samples import NOON, at_once

from tmsba.ports.jobs import QueuedMail
from tmsba.ports.outbox import OutgoingMail
from tmsba.store import SqlStore
from tmsba.store.outbox.mail_queue import SqlMailQueue

MINUTE = timedelta(minutes=1)
LATER = NOON + 10 * MINUTE
MAIL = OutgoingMail(
    recipients=("anna@example.com", "größe@example.com"),
    subject="Größe 大会",
    text="Text\n",
    html="<p>Größe</p>",
    created_at=NOON,
    request_id="req-1",
)


def write(store: SqlStore, *mails: OutgoingMail) -> None:
    with store.writing() as uow:
        for mail in mails:
            uow.mails.put(mail)
        uow.commit()


def claim(queue: SqlMailQueue, owner: str, now: datetime) -> QueuedMail:
    claimed = queue.claim(owner, now, LATER)
    assert claimed is not None
    return claimed


@pytest.fixture
def queue(store: SqlStore) -> SqlMailQueue:
    return SqlMailQueue(store)


def test_a_mail_is_claimed_as_it_was_written_and_forgotten_once_it_is_sent(
    store: SqlStore, queue: SqlMailQueue
) -> None:
    write(store, MAIL)
    assert queue.claim("one", NOON - MINUTE, LATER) is None
    claimed = claim(queue, "one", NOON)
    assert (claimed.mail, claimed.attempts) == (MAIL, 1)
    queue.drop(claimed, "one")
    assert queue.claim("one", NOON + 60 * MINUTE, LATER) is None


def test_a_mail_of_a_unit_of_work_that_fails_is_not_sent(store: SqlStore, queue: SqlMailQueue) -> None:
    with store.writing() as uow:
        uow.mails.put(MAIL)
    assert queue.claim("one", NOON, LATER) is None


def test_mails_come_in_the_order_in_which_they_are_due(store: SqlStore, queue: SqlMailQueue) -> None:
    late, early = replace(MAIL, created_at=NOON + MINUTE), replace(MAIL, subject="Early")
    write(store, late, early, replace(MAIL, subject="Second"))
    claimed = [queue.claim("one", NOON + MINUTE, LATER) for _ in range(4)]
    assert [one and one.mail.subject for one in claimed] == ["Early", "Second", late.subject, None]


def test_a_mail_that_is_put_off_is_due_again_for_those_who_are_left(
    store: SqlStore, queue: SqlMailQueue
) -> None:
    write(store, MAIL)
    claimed = claim(queue, "one", NOON)
    queue.postpone(claimed, "one", NOON + MINUTE, "450 Later", MAIL.recipients[1:])
    assert queue.claim("two", NOON, LATER) is None
    again = claim(queue, "two", NOON + MINUTE)
    assert (again.mail, again.attempts) == (replace(MAIL, recipients=MAIL.recipients[1:]), 2)


def test_who_lost_the_lease_changes_nothing(store: SqlStore, queue: SqlMailQueue) -> None:
    write(store, MAIL)
    slow = claim(queue, "one", NOON)
    assert queue.claim("two", LATER - MINUTE, LATER) is None
    queue.claim("two", LATER, LATER + MINUTE)
    queue.drop(slow, "one")
    queue.drop(slow, "two")
    queue.postpone(slow, "one", LATER, "late", ())
    third = claim(queue, "three", LATER + MINUTE)
    assert (third.mail, third.attempts) == (MAIL, 3)


def test_no_two_workers_get_the_same_mail(store: SqlStore, queue: SqlMailQueue) -> None:
    write(store, *(replace(MAIL, subject=str(number)) for number in range(12)))
    taken = at_once(4, lambda worker: [claim(queue, f"worker {worker}", NOON).mail.subject for _ in range(3)])
    assert sorted(int(subject) for some in taken for subject in some) == list(range(12))
