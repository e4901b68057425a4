"""What becomes of a mail, with a mail server that does as the test says."""

import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
from fakes import NOW

from tmsba.control.jobs.postman import GIVE_UP_AFTER, Postman
from tmsba.control.jobs.worker import Worker
from tmsba.domain.errors import DatabaseDown
from tmsba.mail.end_warning import end_warning
from tmsba.ports.jobs import QueuedMail
from tmsba.ports.outbox import OutgoingMail
from tmsba.smtp import MailRefused, Refusal, ServerTrouble

A, B = "a@example.com", "b@example.com"


class FakeMailServer:
    """Stands in for a mail server: each mail is answered by the next of its answers, or taken."""

    host = "mail.example.com"

    def __init__(self):
        self.sent, self.answers, self.connections = [], [], 0
        self.trouble = None

    @contextmanager
    def connected(self):
        if self.trouble:
            raise self.trouble
        self.connections += 1
        yield self

    def send(self, message):
        answer = self.answers.pop(0) if self.answers else {}
        if isinstance(answer, Exception):
            raise answer
        self.sent.append(message)
        return answer


class FakeMailQueue:
    """Implements ``tmsba.ports.jobs.MailQueue``, for one worker."""

    def __init__(self, *mails):
        self.waiting = {number: (mail, mail.created_at) for number, mail in enumerate(mails, 1)}
        self.attempts = dict.fromkeys(self.waiting, 0)
        self.failing = None

    def claim(self, owner, now, until):
        if self.failing:
            raise self.failing
        due = [(at, number) for number, (_, at) in self.waiting.items() if at <= now]
        if not due:
            return None
        _, number = min(due)
        mail, _ = self.waiting[number]
        self.waiting[number] = (mail, until)
        self.attempts[number] += 1
        return QueuedMail(id=number, mail=mail, attempts=self.attempts[number])

    def drop(self, queued, owner):
        del self.waiting[queued.id]

    def postpone(self, queued, owner, until, error, recipients):
        self.waiting[queued.id] = (mail(*recipients, subject=queued.mail.subject), until)


def mail(*recipients, subject="Hello"):
    return OutgoingMail(recipients=recipients or (A,), subject=subject, text="t", html="h", created_at=NOW)


class Round:
    """A postman with a mail server and some mails."""

    def __init__(self, world, *mails):
        self.world, self.server, self.queue = world, FakeMailServer(), FakeMailQueue(*mails)
        self.postman = Postman(
            store=world.store,
            queue=self.queue,
            server=self.server,
            clock=world.clock,
            owner="worker",
            stop=world.stop,
            chance=lambda: 0.0,
        )

    def deliver(self, after=timedelta()):
        self.world.clock.advance(after)
        self.postman.deliver()
        return [message.subject for message in self.server.sent]

    def pauses(self):
        return [at - self.world.clock.now for _, at in self.queue.waiting.values()]


def test_all_that_is_due_goes_over_one_connection(world):
    round_ = Round(world, *(mail(subject=str(number)) for number in range(3)))
    assert round_.deliver() == ["0", "1", "2"]
    assert (round_.server.connections, round_.queue.waiting) == (1, {})
    assert round_.deliver() == ["0", "1", "2"]
    assert round_.server.connections == 1


def test_trouble_with_the_server_opens_a_ticket_that_success_closes(world):
    round_ = Round(world, mail())
    round_.server.trouble = ServerTrouble("535 Who are you?")
    pauses = []
    for _ in range(8):
        round_.deliver(after=max(round_.pauses()) if pauses else timedelta())
        pauses += round_.pauses()
    assert [pause / timedelta(seconds=30) for pause in pauses] == [1, 2, 4, 8, 16, 30, 30, 30]
    [ticket] = world.tickets()
    assert (ticket.subject, ticket.kind) == ("mail server mail.example.com", "connection")
    assert ticket.text.endswith("535 Who are you?")
    round_.server.trouble = None
    assert round_.deliver(after=pauses[-1]) == ["Hello"]
    assert world.tickets() == []


def test_trouble_in_the_middle_leaves_the_rest_for_later(world):
    round_ = Round(world, mail(subject="1"), mail(subject="2"), mail(subject="3"))
    round_.server.answers = [{}, ServerTrouble("gone")]
    assert round_.deliver() == ["1"]
    assert round_.deliver() == ["1", "3"]
    assert round_.deliver(after=timedelta(seconds=30)) == ["1", "3", "2"]


def test_a_mail_that_the_server_will_never_take_is_given_up(world, logs):
    round_ = Round(world, mail(subject="bad"), mail(subject="good"))
    round_.server.answers = [MailRefused("554 No")]
    assert round_.deliver() == ["good"]
    assert round_.queue.waiting == {}
    assert world.tickets() == []
    assert [entry["reason"] for entry in logs if entry["event"] == "mail_refused"] == ["554 No"]


def test_recipients_refused_for_now_are_tried_again_alone(world, logs):
    round_ = Round(world, mail(A, B))
    round_.server.answers = [{A: Refusal(450, "Later"), B: Refusal(550, "Nobody here")}]
    round_.deliver()
    assert [(one.recipients, at) for one, at in round_.queue.waiting.values()] == [
        ((A,), NOW + timedelta(seconds=30))
    ]
    refused = [entry for entry in logs if entry["event"] == "mail_recipient_refused"]
    assert [(entry["recipient"], entry["reason"]) for entry in refused] == [(B, "550 Nobody here")]


@pytest.mark.parametrize("answer", [ServerTrouble("down"), {A: Refusal(450, "Later")}])
def test_what_cannot_be_sent_for_a_day_is_given_up(world, logs, answer):
    round_ = Round(world, mail())
    round_.server.answers = [answer, answer]
    round_.deliver(after=GIVE_UP_AFTER - timedelta(seconds=1))
    assert len(round_.queue.waiting) == 1
    round_.deliver(after=timedelta(minutes=1))
    assert round_.queue.waiting == {}
    assert "mail_given_up" in [entry["event"] for entry in logs]


def test_a_mail_that_breaks_the_sending_holds_up_no_other(world, logs):
    round_ = Round(world, mail(subject="odd"), mail(subject="good"))
    round_.server.answers = [RuntimeError("odd"), {}, RuntimeError("odd")]
    assert round_.deliver() == ["good"]
    assert "mail_not_sent" in [entry["event"] for entry in logs]
    assert round_.pauses() == [timedelta(seconds=30)]
    assert round_.deliver(after=GIVE_UP_AFTER) == ["good"]
    assert round_.queue.waiting == {}


def test_a_database_that_is_away_is_waited_for(world, logs):
    round_ = Round(world, mail())
    round_.queue.failing = DatabaseDown("down")
    assert round_.deliver() == []
    round_.queue.failing = None
    assert round_.deliver() == ["Hello"]
    assert "store_not_available" in [entry["event"] for entry in logs]


def test_a_mistake_of_ours_ends_no_worker(world, logs):
    round_ = Round(world, mail())
    round_.queue.failing = RuntimeError("odd")
    round_.deliver()
    assert "mails_not_sent" in [entry["event"] for entry in logs]


def test_a_worker_that_stops_takes_no_further_mail(world):
    round_ = Round(world, mail(), mail())
    world.stop.set()
    assert round_.deliver() == []
    assert len(round_.queue.waiting) == 2


def test_a_worker_sends_mails_every_few_seconds(world):
    round_ = Round(world, mail(subject="1"))
    turns = []

    class Turns(threading.Event):
        def wait(self, timeout=None):
            if worker._delivering:
                worker._delivering.result(10)
            turns.append(len(round_.server.sent))
            if len(turns) == 1:
                round_.queue.waiting[2] = (mail(subject="2"), NOW)
                round_.queue.attempts[2] = 0
            world.clock.advance(timedelta(seconds=1))
            if len(turns) == 4:
                self.set()
            return self.is_set()

    worker = Worker(
        store=world.store,
        queue=world.queue,
        live=world.live,
        clock=world.clock,
        factory=world._client_of,
        say=end_warning,
        stop=Turns(),
        postman=round_.postman,
    )
    worker.run()
    assert turns == [1, 1, 2, 2]
