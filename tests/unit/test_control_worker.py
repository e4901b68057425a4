import threading
from concurrent.futures import wait
from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import (
    FakeBridge,
    FakeClock,
    FakeHealthChecks,
    FakeStore,
    World,
    at,
    create_bridge,
    create_request,
    dial_out,
)

from tmsba.cms.model import Space as RemoteSpace
from tmsba.cms.setup.setup import BridgeSetup
from tmsba.cms.wire.errors import BridgeUnreachable, CredentialsRefused
from tmsba.control.bridge import registration
from tmsba.control.bridge.clients import BridgeClients, client_factory
from tmsba.control.bridge.registration import register_bridge
from tmsba.control.jobs.worker import Worker, new_owner
from tmsba.control.work.tickets import open_ticket
from tmsba.domain.bridge.bridge import BridgeCredentials, BridgePreparation
from tmsba.domain.bridge.health import BridgeAddress
from tmsba.domain.errors import DatabaseDown
from tmsba.domain.values import BookingMode
from tmsba.mail.end_warning import end_warning
from tmsba.ports.outbox import JobKind

API = BridgeCredentials(username="api", password="pass-word")


# ---------------------------------------------------------------- clients


@pytest.fixture
def made():
    """The clients that were made."""
    return []


@pytest.fixture
def clients(made):
    def make(bridge, credentials):
        made.append(FakeBridge())
        return made[-1]

    return BridgeClients(make)


def test_a_client_is_lent_to_one_job_at_a_time_and_used_again(clients, made):
    with clients.lend(create_bridge(), API, "req-1") as one:
        assert one.request_id == "req-1"
        with clients.lend(create_bridge(), API, "") as other:
            assert other is not one
            assert other.request_id is None
    with clients.lend(create_bridge(), API, "req-2") as again:
        assert again in made
    assert len(made) == 2


@pytest.mark.parametrize(
    ("bridge", "credentials"),
    [
        (create_bridge(url="https://other.example.com"), API),
        (create_bridge(is_tls_verified=False), API),
        (create_bridge(), BridgeCredentials(username="api", password="changed")),
        (create_bridge(), BridgeCredentials(username="api", password="pass-word", fingerprint="ab" * 32)),
    ],
)
def test_another_address_or_password_gets_another_client(clients, made, bridge, credentials):
    for lent in ((create_bridge(), API), (bridge, credentials)):
        with clients.lend(*lent, ""):
            pass
    assert len(made) == 2
    clients.close()
    assert all(client.is_closed for client in made)


def test_a_client_comes_back_after_an_error(clients, made):
    for _ in range(2):
        with pytest.raises(RuntimeError), clients.lend(create_bridge(), API, ""):
            raise RuntimeError
    assert len(made) == 1


def test_the_real_clients_know_their_bridge():
    client = client_factory(connect_timeout_s=1, read_timeout_s=2)(create_bridge(), API)
    assert client.url.startswith("https://cms1.example.com")
    client.close()


# ---------------------------------------------------------------- preparing a bridge


@pytest.fixture
def world():
    """Nothing is known of the bridge yet."""
    return World(is_set_up=False)


@pytest.fixture
def prepared(monkeypatch):
    """Stands in for the set-up of a bridge: does or raises what the test says."""
    outcome = {"error": None, "known": [], "in_way": {}}

    def prepare(client, *, numbers, progress, known, record, pause):
        outcome["known"].append(known)
        record(BridgeSetup(version="3.4.1", call_profile_id="profile", space_ids={}))
        if outcome["error"]:
            raise outcome["error"]
        in_way = outcome["in_way"]
        spaces = {number: f"cospace-{number}" for number in numbers if number not in in_way}
        return BridgeSetup(version="3.4.1", call_profile_id="profile", space_ids=spaces, in_way=in_way)

    monkeypatch.setattr(registration, "prepare_bridge", prepare)
    return outcome


def register(world, bridge_id=1):
    return register_bridge(world.store, world.clock, bridge_id, world._client_of)


def test_a_bridge_is_prepared_and_its_spaces_are_noted(world, prepared):
    assert register(world)
    preparation = world.store.state.preparations[1]
    assert preparation.is_complete
    assert (preparation.software_version, preparation.call_profile_id) == ("3.4.1", "profile")
    assert [space.cospace_id for space in world.store.state.spaces.values()] == [
        "cospace-1",
        "cospace-2",
        "cospace-3",
    ]
    assert world.remote.is_closed
    assert world.tickets() == []


@pytest.mark.parametrize(
    ("error", "kind"), [(BridgeUnreachable("gone"), "connection"), (CredentialsRefused("no"), "setup")]
)
def test_trouble_becomes_a_ticket_and_success_closes_it(world, prepared, error, kind):
    prepared["error"] = error
    for _ in range(2):
        assert not register(world)
    [ticket] = world.tickets()
    assert (ticket.subject, ticket.kind) == ("bridge bridge1", kind)
    assert ticket.text.startswith(str(error))
    assert ("tmsba bridge prepare bridge1" in ticket.text) == (kind == "setup")
    assert world.store.state.preparations[1] == BridgePreparation(
        call_profile_id="profile", software_version="3.4.1"
    )
    prepared["error"] = None
    assert register(world)
    assert world.tickets() == []
    assert prepared["known"][-1].call_profile_id == "profile"


def test_a_bridge_that_is_gone_is_not_prepared(world, prepared):
    assert not register(world, 77)
    assert prepared["known"] == []


def test_a_ticket_of_an_earlier_version_about_people_in_the_spaces_is_closed(world, prepared):
    open_ticket(world.store, world.clock, "bridge bridge1", "spaces", "there are calls in 2")
    assert register(world)
    assert world.tickets() == []


def test_one_process_at_a_time_sets_a_bridge_up(world, prepared):
    def other(until):
        return world.store.prepare(lambda uow: uow.bridges.lease_setup(1, "other", world.clock(), until))

    assert other(at(13, 1))
    assert not register(world)
    assert prepared["known"] == []
    told = []

    def wait(seconds):
        told.append(seconds)
        world.clock.advance(timedelta(seconds=30))

    assert register_bridge(world.store, world.clock, 1, world._client_of, progress=told.append, wait=wait)
    assert told == ["Another process is setting the bridge up: waiting for it.", 1.0] * 2
    assert other(at(14))


def test_an_id_that_a_launch_noted_meanwhile_stays(world, prepared, monkeypatch):
    assert register(world)

    def slow(client, *, known, record, **options):
        world.store.prepare(lambda uow: uow.bridges.set_cospace_id(2, "made-by-a-launch"))
        record(known)
        return replace(known, space_ids={1: "cospace-1", 2: "cospace-2"})

    monkeypatch.setattr(registration, "prepare_bridge", slow)
    assert register(world)
    ids = [space.cospace_id for space in world.store.state.spaces.values()]
    assert ids == ["cospace-1", "made-by-a-launch", None]


def test_a_number_that_somebody_else_has_is_not_given_and_a_ticket_says_whose_it_is(world, prepared):
    theirs = RemoteSpace(id="theirs", name="Board", uri="2", owner="bob@example.com")
    prepared["in_way"] = {2: theirs}
    assert register(world)
    assert [space.state.value for space in world.store.state.spaces.values()] == ["ready", "foreign", "ready"]
    [ticket] = world.tickets()
    assert (ticket.subject, ticket.kind) == ("bridge bridge1", "space 2")
    assert "Number 2 belongs to the space 'Board' of bob@example.com" in ticket.text
    prepared["in_way"] = {}
    assert register(world)
    assert [space.state.value for space in world.store.state.spaces.values()] == ["ready"] * 3
    assert world.tickets() == []


def test_who_was_too_slow_writes_nothing_more(world, prepared, monkeypatch):
    prepare = registration.prepare_bridge

    def slow(client, **options):
        world.clock.advance(timedelta(minutes=2))
        world.store.prepare(lambda uow: uow.bridges.lease_setup(1, "other", world.clock(), at(14)))
        return prepare(client, **options)

    monkeypatch.setattr(registration, "prepare_bridge", slow)
    assert not register(world)
    assert world.store.state.preparations[1] == BridgePreparation()
    assert world.store.state.setup_leases[1][0] == "other"
    assert world.tickets() == []


def test_a_range_that_grows_meanwhile_leaves_more_to_do(world, prepared, monkeypatch):
    prepare = registration.prepare_bridge

    def grow(uow):
        uow.bridges.change(replace(uow.bridges.get(1), numeric_id_quantity=5))

    def late(client, **options):
        world.store.prepare(grow)
        return prepare(client, **options)

    monkeypatch.setattr(registration, "prepare_bridge", late)
    register(world)
    assert not world.store.state.preparations[1].is_complete
    register(world)
    assert world.store.state.preparations[1].is_complete


def test_a_bridge_without_numbers_is_prepared_for_later(world, prepared):
    def forget(uow):
        blank = {"domain": "", "numeric_id_base": 0, "numeric_id_quantity": 0}
        uow.bridges.change(replace(uow.bridges.get(1), **blank))

    world.store.prepare(forget)
    assert register(world)
    assert world.store.state.preparations[1].cospace_ids == {}
    assert [ticket.kind for ticket in world.tickets()] == ["numbers"]


# ---------------------------------------------------------------- the loop


class Turns(threading.Event):
    """Lets a worker look at the outbox so many times; between two looks its jobs are done."""

    def __init__(self, turns, between=None):
        super().__init__()
        self.turns, self.between, self.pauses = turns, between, []
        self.worker = None

    def wait(self, timeout=None):
        # Whoever ends a job may begin another one.
        while running := [
            f
            for f in (*self.worker._busy, *self.worker._registering.values(), self.worker._foreseeing)
            if f and not f.done()
        ]:
            wait(running)
        self.pauses.append(timeout)
        if self.between:
            self.between(len(self.pauses))
        if len(self.pauses) >= self.turns:
            self.set()
        return self.is_set()


def work(world, turns, between=None, **options):
    stop = Turns(turns, between)
    worker = Worker(
        store=world.store,
        queue=world.queue,
        live=world.live,
        clock=world.clock,
        factory=world._client_of,
        say=end_warning,
        stop=stop,
        **options,
    )
    stop.worker = worker
    worker.run()
    return stop


def book(world, **request):
    request = create_request(**{"participants": (dial_out("a@example.com"),)} | request)
    return world.booking.save_conference(
        world.administrator, world.client, request, BookingMode.STRICT
    ).conference


@pytest.fixture
def ready(world, prepared):
    register(world)
    world.remote.is_closed = False
    return world


def test_a_worker_launches_and_ends_conferences(ready):
    book(ready)
    seen = []

    def next_hour(turn):
        seen.append(ready.remote.dialled(1))
        ready.clock.now = at(13 + turn)

    stop = work(ready, 4, next_hour)
    assert seen == [[], ["a@example.com"], [], []]
    assert stop.pauses == [0.5] * 4
    assert ready.remote.is_closed


def test_a_worker_has_conferences_leave_a_bridge_that_is_disabled():
    world = World(bridges=2)
    book(world, start=at(16), end=at(17))
    places = []

    def disable(turn):
        places.append(world.conference(1).route.bridge_id)
        if turn == 1:
            gone = replace(world.store.state.bridges[1], is_enabled=False)
            world.store.prepare(lambda uow: uow.bridges.change(gone))
        world.clock.advance(timedelta(seconds=3))

    work(world, 4, disable, rerouting=world.rerouting)
    assert places == [1, 1, 2, 2], "at the first look, and at the next one after five seconds"


@pytest.mark.parametrize("hands", [{"threads": 1}, {"bridge_jobs": 1}], ids=str)
def test_whoever_ends_a_job_takes_one_that_waited_for_that(hands):
    world = World()
    for _ in range(3):
        book(world)
    world.clock.now = at(14)
    assert work(world, 1, **hands).pauses == [0.5]
    assert len(world.remote.live_calls) == 3


def test_a_bridge_that_hangs_keeps_no_more_than_its_share_of_hands():
    world, other = World(numbers=6, bridges=2), FakeBridge(range(1, 7))
    gate, dialled = threading.Event(), threading.Semaphore(0)
    world.remote.before = lambda method: gate.wait(20)
    other.before = lambda method: dialled.release() if method == "create_call_leg" else None
    for _ in range(12):
        book(world)
    world.clock.now = at(14)
    worker = Worker(
        store=world.store,
        queue=world.queue,
        live=world.live,
        clock=world.clock,
        factory=lambda bridge, _: world.remote if bridge.id == 1 else other,
        say=end_warning,
        stop=world.stop,
        threads=4,
        bridge_jobs=2,
        poll_s=0.01,
    )
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        assert all(dialled.acquire(timeout=20) for _ in range(6))
        held = [row for row in world.store.state.outbox.values() if row.lease_owner and row.bridge_id == 1]
        assert len(held) == 2
    finally:
        world.stop.set()
        gate.set()
        thread.join()


def test_a_worker_waits_for_a_store_that_is_down(ready):
    book(ready)
    ready.clock.now = at(14)
    ready.store.failing_begins = [DatabaseDown("down")]
    assert work(ready, 2).pauses == [2.0, 0.5]
    assert ready.remote.dialled(1) == ["a@example.com"]


def test_a_worker_prepares_new_bridges_every_few_seconds(world, prepared):
    prepared["error"] = BridgeUnreachable("gone")

    def recover(turn):
        world.clock.advance(timedelta(seconds=3))
        if turn == 2:
            prepared["error"] = None

    work(world, 8, recover)
    assert len(prepared["known"]) == 2
    assert world.store.state.preparations[1].is_complete


def test_a_worker_leaves_a_bridge_that_refuses_to_the_administrator(world, prepared):
    prepared["error"] = CredentialsRefused("no")
    work(world, 8, lambda _: world.clock.advance(timedelta(seconds=3)))
    assert len(prepared["known"]) == 1


def test_a_worker_removes_spaces_when_their_last_meeting_is_over(ready, prepared):
    book(ready)

    def shrink(uow):
        uow.bridges.change(replace(uow.bridges.get(1), numeric_id_base=2, numeric_id_quantity=2))

    def spaces():
        return set(ready.store.state.preparations[1].cospace_ids)

    ready.store.prepare(shrink)
    seen = []

    def next_half_hour(turn):
        seen.append(spaces())
        ready.clock.advance(timedelta(minutes=30))

    work(ready, 8, next_half_hour)
    assert seen[0] == {1, 2, 3}
    assert spaces() == {2, 3}


def test_a_worker_looks_at_the_bridges_and_stops_with_its_loop(ready):
    looked = threading.Event()
    checks = FakeHealthChecks(ready.store)
    ready.remote.close = looked.set
    work(ready, 1, lambda _: looked.wait(10), checks=checks)
    assert ready.store.state.healths[1, BridgeAddress.MAIN].is_reachable
    assert "health" not in [thread.name for thread in threading.enumerate()]


def test_a_bridge_that_breaks_the_preparation_stops_no_worker(world, prepared, logs):
    prepared["error"] = RuntimeError("odd")
    world.store.prepare(lambda uow: uow.bridges.set_cospace_id(1, "cospace-1"))
    book(world)
    world.clock.now = at(14)
    work(world, 2)
    assert world.remote.dialled(1) == ["a@example.com"]
    assert "bridge_not_prepared" in [entry["event"] for entry in logs]


def test_a_stopped_worker_takes_no_job(ready):
    book(ready)
    ready.clock.now = at(14)
    work(ready, 1, between=lambda turn: None)
    stop = threading.Event()
    stop.set()
    Worker(
        store=FakeStore(),
        queue=ready.queue,
        live=ready.live,
        clock=FakeClock(),
        factory=ready._client_of,
        say=end_warning,
        stop=stop,
    ).run()
    assert ready.wish(1, JobKind.END) == at(15)


def test_no_two_workers_have_the_same_name():
    assert new_owner() != new_owner()
