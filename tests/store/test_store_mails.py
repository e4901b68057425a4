from dataclasses import replace
from datetime import timedelta

import pytest
from store_samples import NOON, at_once

from tmsba.booking.ports import OutgoingMail
from tmsba.store import SqlStore
from tmsba.store.mail_queue import SqlMailQueue

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


@pytest.fixture
def queue(store: SqlStore) -> SqlMailQueue:
    return SqlMailQueue(store)


def test_a_mail_is_claimed_as_it_was_written_and_forgotten_once_it_is_sent(store, queue):
    write(store, MAIL)
    assert queue.claim("one", NOON - MINUTE, LATER) is None
    claimed = queue.claim("one", NOON, LATER)
    assert (claimed.mail, claimed.attempts) == (MAIL, 1)
    queue.drop(claimed, "one")
    assert queue.claim("one", NOON + 60 * MINUTE, LATER) is None


def test_a_mail_of_a_unit_of_work_that_fails_is_not_sent(store, queue):
    with store.writing() as uow:
        uow.mails.put(MAIL)
    assert queue.claim("one", NOON, LATER) is None


def test_mails_come_in_the_order_in_which_they_are_due(store, queue):
    late, early = replace(MAIL, created_at=NOON + MINUTE), replace(MAIL, subject="Early")
    write(store, late, early, replace(MAIL, subject="Second"))
    claimed = [queue.claim("one", NOON + MINUTE, LATER) for _ in range(4)]
    assert [one and one.mail.subject for one in claimed] == ["Early", "Second", late.subject, None]


def test_a_mail_that_is_put_off_is_due_again_for_those_who_are_left(store, queue):
    write(store, MAIL)
    claimed = queue.claim("one", NOON, LATER)
    queue.postpone(claimed, "one", NOON + MINUTE, "450 Later", MAIL.recipients[1:])
    assert queue.claim("two", NOON, LATER) is None
    again = queue.claim("two", NOON + MINUTE, LATER)
    assert (again.mail, again.attempts) == (replace(MAIL, recipients=MAIL.recipients[1:]), 2)


def test_who_lost_the_lease_changes_nothing(store, queue):
    write(store, MAIL)
    slow = queue.claim("one", NOON, LATER)
    assert queue.claim("two", LATER - MINUTE, LATER) is None
    queue.claim("two", LATER, LATER + MINUTE)
    queue.drop(slow, "one")
    queue.drop(slow, "two")
    queue.postpone(slow, "one", LATER, "late", ())
    third = queue.claim("three", LATER + MINUTE, LATER + 2 * MINUTE)
    assert (third.mail, third.attempts) == (MAIL, 3)


def test_no_two_workers_get_the_same_mail(store, queue):
    write(store, *(replace(MAIL, subject=str(number)) for number in range(12)))
    taken = at_once(
        4, lambda worker: [queue.claim(f"worker {worker}", NOON, LATER).mail.subject for _ in range(3)]
    )
    assert sorted(int(subject) for some in taken for subject in some) == list(range(12))
