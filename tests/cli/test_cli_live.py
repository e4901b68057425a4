"""``tmsba conference show`` and ``tmsba bridge set --cdr-receiver``, with a simulated bridge over HTTP."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from tmsba.app import bridge_clients, build_booking, build_store, build_web, utc_now
from tmsba.cli.conferences import show as conference_show
from tmsba.config import Config
from tmsba.control.bridge.clients import BridgeClients
from tmsba.control.jobs.jobs import JobRunner
from tmsba.control.work.lease import Lease
from tmsba.domain.conference.request import ConferenceRequest, RequestedParticipant
from tmsba.domain.licensing.option_keys import KeyKind
from tmsba.domain.licensing.sessions import Client
from tmsba.domain.time.times import whole_seconds
from tmsba.domain.values import BookingMode, ParticipantKind
from tmsba.mail.end_warning import end_warning
from tmsba.ports.outbox import JobKind
from tmsba.simulator import Simulator
from tmsba.simulator.dialling import end
from tmsba.store import SqlStore
from tmsba.store.outbox.jobs import SqlJobQueue, SqlLiveConferences

Run = Callable[..., Any]

CONFIG = Config(cdr_path="/cdr")
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


@dataclass
class Meeting:
    """A conference that has begun, and a control worker at hand whose clock can be ahead."""

    run: Run
    bridge: Simulator
    store: SqlStore
    clients: BridgeClients
    id: int = 0

    def work(self, ahead: timedelta = timedelta()) -> list[JobKind]:
        """Do what is due by a clock that is ahead; which jobs these were."""

        def clock() -> datetime:
            return utc_now() + ahead

        queue, stop = SqlJobQueue(self.store), threading.Event()
        runner = JobRunner(
            store=self.store,
            queue=queue,
            live=SqlLiveConferences(self.store),
            clients=self.clients,
            clock=clock,
            say=end_warning,
        )
        jobs = queue.claim("worker", clock(), clock() + MINUTE, 10)
        for job in jobs:
            until = clock() + MINUTE
            runner.run(
                Lease(
                    queue=queue, job=job, owner="worker", clock=clock, duration=MINUTE, until=until, stop=stop
                )
            )
        return [job.kind for job in jobs]

    def show(self, *options: str) -> dict:
        result = self.run("conference", "show", str(self.id), "--json", *options)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def dial_in(self, address: str) -> str:
        with self.bridge.bridge.lock:
            leg = self.bridge.bridge.dial_in("100", address)
            assert leg is not None
            return leg.id

    def drop(self, leg_id: str) -> None:
        with self.bridge.bridge.lock:
            end(self.bridge.bridge, self.bridge.bridge.legs[leg_id], "remoteTeardown")


@pytest.fixture
def bridge() -> Iterator[Simulator]:
    with Simulator(username="api", password="bridge-pass", answer_seconds=0, retry_seconds=0.05) as simulator:
        yield simulator


@pytest.fixture
def meeting(run: Run, bridge: Simulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Meeting]:
    monkeypatch.setenv("TMSBA_CDR_PATH", "/cdr")
    numbers = ("--numeric-id-base", "100", "--numeric-id-quantity", "2", "--domain", "example.com")
    login = ("--name", "One", "--username", "api", "--password-stdin")
    assert run("bridge", "add", bridge.url, *login, *numbers, stdin="bridge-pass\n").exit_code == 0
    run("system", "add", "Board [1]", "--id", "7", "--sip-uri", "board@example.com")
    run("user", "add", "ann", "--password-stdin", stdin="pw\n")
    store = build_store(CONFIG)
    clients = BridgeClients(bridge_clients(CONFIG))
    meeting = Meeting(run, bridge, store, clients)
    with store.writing() as uow:
        uow.option_keys.add(KeyKind.APPLICATION_INTEGRATION, 10)
        uow.commit()
    with store.reading() as uow:
        caller = uow.users.account("ann").caller("192.0.2.7")
    start = whole_seconds(utc_now())
    people = (
        RequestedParticipant(id=7, kind=ParticipantKind.SYSTEM),
        RequestedParticipant(id=None, kind=ParticipantKind.SIP_VIDEO_OUT, name_or_number="late@example.org"),
        RequestedParticipant(id=None, kind=ParticipantKind.SIP_VIDEO_IN),
    )
    request = ConferenceRequest(start=start, end=start + 60 * MINUTE, title="Board", participants=people)
    view = build_booking(CONFIG, store).save_conference(caller, Client(), request, BookingMode.STRICT)
    meeting.id = view.conference.id
    yield meeting
    clients.close()
    store.dispose()


@pytest.fixture
def web(meeting: Meeting) -> Iterator[str]:
    """The web server with its receiver; gives its URL."""

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = make_server("127.0.0.1", 0, build_web(CONFIG), handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def wait_until(condition):
    deadline = time.monotonic() + 10
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return found


def test_a_conference_is_shown_as_it_was_seen_last(meeting):
    assert meeting.show()["participants"] == []
    assert JobKind.LAUNCH in meeting.work()
    assert meeting.work(10 * SECOND) == [JobKind.TEND]
    shown = meeting.show()
    assert {
        name: shown[name] for name in ("status", "bridge", "number", "join_uri", "source", "trouble")
    } == {
        "status": "ongoing",
        "bridge": "One",
        "number": 100,
        "join_uri": "100@example.com",
        "source": "store",
        "trouble": "",
    }
    names = ("name", "address", "state", "is_booked", "system_id")
    there = {one["address"]: {name: one[name] for name in names} for one in shown["participants"]}
    assert there["board@example.com"] == {
        "name": "Board [1]",
        "address": "board@example.com",
        "state": "connected",
        "is_booked": True,
        "system_id": 7,
    }
    kinds = [one["kind"] for one in shown["events"]]
    assert kinds[0] == "opened"
    assert "connected" in kinds


def test_people_see_a_table_and_names_are_not_read_as_markup(meeting):
    meeting.work()
    meeting.work(10 * SECOND)
    text = meeting.run("conference", "show", str(meeting.id)).stdout
    for word in ("Board [1]", "board@example.com", "connected", "100@example.com", "opened"):
        assert word in text


def test_the_bridge_itself_tells_who_has_come_since_and_who_is_muted(meeting):
    meeting.work()
    leg = meeting.dial_in("guest@example.net")
    with meeting.bridge.bridge.lock:
        meeting.bridge.bridge.legs[leg].values["rxAudioMute"] = "true"
    assert [one["address"] for one in meeting.show()["participants"]] == []
    shown = meeting.show("--live")
    assert (shown["source"], shown["is_current"]) == ("bridge", True)
    guest = next(one for one in shown["participants"] if one["address"] == "guest@example.net")
    assert (guest["is_booked"], guest["is_incoming"], guest["is_audio_muted"]) == (False, True, True)
    text = meeting.run("conference", "show", str(meeting.id), "--live").stdout
    assert "audio" in text


def test_a_bridge_that_does_not_answer_is_told_in_a_sentence(meeting):
    assert meeting.show("--live")["trouble"] == "The conference is not on a bridge."
    meeting.work()
    meeting.bridge.stop()
    shown = meeting.show("--live")
    assert "could not be reached" in shown["trouble"]
    assert shown["events"]
    assert "could not be reached" in meeting.run("conference", "show", str(meeting.id), "--live").stdout


def test_watching_ends_with_the_conference(meeting, monkeypatch):
    meeting.work()
    pauses = []

    def pause(seconds):
        pauses.append(seconds)
        if len(pauses) == 2:
            monkeypatch.setattr("tmsba.app.utc_now", lambda: utc_now() + 61 * MINUTE)
            meeting.work(61 * MINUTE)

    monkeypatch.setattr(conference_show.time, "sleep", pause)
    result = meeting.run("conference", "show", str(meeting.id), "--json", "--watch")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["status"] for line in lines] == ["ongoing", "ongoing", "finished"]
    assert [one["kind"] for one in lines[-1]["events"]][-1] == "closed"
    pauses[:] = []
    assert "finished" in meeting.run("conference", "show", str(meeting.id), "--watch").stdout
    assert pauses == []


def test_an_unknown_conference_is_told(run):
    result = run("conference", "show", "5")
    assert (result.exit_code, result.stderr) == (1, "Error: There is no conference with id 5.\n")


# ---------------------------------------------------------------- call detail records


def due_in(meeting: Meeting) -> timedelta:
    """In how long the next look is due."""
    from sqlalchemy import select

    from tmsba.store.tables.tables import outbox

    query = select(outbox.c.due_at).where(outbox.c.kind == JobKind.TEND, outbox.c.done_at.is_(None))
    with meeting.store.reading() as uow:
        return uow.connection.execute(query).scalar_one() - utc_now()


def receivers(meeting: Meeting) -> list[str]:
    return [one.uri for one in meeting.bridge.bridge.cdr.receivers.values()]


def test_a_bridge_that_sends_its_records_here_is_looked_at_when_something_happens(meeting, web):
    result = meeting.run("bridge", "set", "One", "--cdr-receiver", f"{web}/")
    assert (result.exit_code, result.stdout) == (
        0,
        f"One at {meeting.bridge.url} sends its call detail records here, from now on.\n",
    )
    [uri] = receivers(meeting)
    assert uri.startswith(f"{web}/cdr/1-")
    meeting.work()
    [receiver] = meeting.bridge.bridge.cdr.receivers.values()
    wait_until(lambda: receiver.sent >= 5 and receiver.pending == 0)
    meeting.work(10 * SECOND)
    assert due_in(meeting) > 20 * SECOND

    leg = meeting.dial_in("guest@example.net")
    wait_until(lambda: due_in(meeting) < 2 * SECOND)
    assert meeting.work(2 * SECOND) == [JobKind.TEND]
    assert "guest@example.net" in [one["address"] for one in meeting.show()["participants"]]

    wait_until(lambda: receiver.pending == 0)
    told = receiver.sent
    meeting.drop(leg)
    wait_until(lambda: receiver.sent > told and receiver.pending == 0 and due_in(meeting) < 2 * SECOND)
    assert meeting.work(2 * SECOND) == [JobKind.TEND]
    last = meeting.show()["events"][-1]
    assert (last["kind"], last["text"]) == ("left", "guest@example.net: hung up")
    status = json.loads(meeting.run("bridge", "status", "One", "--json").stdout)
    assert status[0]["call_records"]["missing"] == 0
    assert status[0]["call_records"]["received"] >= 4


def test_registering_looks_first_and_leaves_others_alone(meeting):
    others = meeting.bridge.bridge.cdr
    others.add_receiver("https://other.example.com/cdr")

    def set_to(url):
        result = meeting.run("bridge", "set", "One", "--cdr-receiver", url)
        return result.exit_code, result.output.splitlines()[-1]

    assert set_to("https://tms.example.com")[0] == 0
    [first, ours] = receivers(meeting)
    meeting.bridge.journal.clear()
    assert set_to("https://tms.example.com")[1].endswith("as before.")
    assert [entry.method for entry in meeting.bridge.journal.since()] == ["GET"]
    assert set_to("https://new.example.com")[0] == 0
    assert receivers(meeting) == [first, ours.replace("tms.", "new.")]
    assert set_to("")[1].endswith("sends no call detail records here, from now on.")
    assert receivers(meeting) == [first]
    others.add_receiver("https://third.example.com/cdr")
    code, words = set_to("https://tms.example.com")
    assert code == 1
    assert "2 receivers already (other.example.com, third.example.com)" in words


def test_an_address_that_is_none_is_refused(meeting):
    for typed in (
        "tms.example.com",
        "https://tms.example.com/cdr",
        "ftp://tms.example.com",
        "https://tms.example.com:99999",
        "https://user:pw@tms.example.com",
    ):
        result = meeting.run("bridge", "set", "One", "--cdr-receiver", typed)
        assert result.exit_code == 1
        assert "without a path" in result.stderr
    assert receivers(meeting) == []


def test_a_server_without_a_receiver_says_so(meeting, monkeypatch):
    monkeypatch.delenv("TMSBA_CDR_PATH")
    result = meeting.run("bridge", "set", "One", "--cdr-receiver", "https://tms.example.com")
    assert result.exit_code == 1
    assert "set cdr_path" in result.stderr
