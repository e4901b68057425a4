"""Control workers with much to do at once, over a real store and real connections."""

import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fakes import create_caller, create_client, dial_out
from installation import BRIDGE_PASSWORD, start_bridge, wait_until

from tmsba.booking.api import Booking
from tmsba.control.bridge.clients import client_factory
from tmsba.control.bridge.registration import register_bridge
from tmsba.control.jobs.worker import Worker
from tmsba.domain.bridge.bridge import Bridge, BridgeCredentials, BridgePreparation
from tmsba.domain.conference.request import ConferenceRequest
from tmsba.domain.licensing.option_keys import KeyKind
from tmsba.domain.people.users import SITE_ADMINISTRATOR, USERS, User
from tmsba.domain.values import BookingMode
from tmsba.mail.conference_mail import ConferenceTexts
from tmsba.mail.end_warning import end_warning
from tmsba.store import FernetSecretBox, SqlStore, create_store
from tmsba.store.outbox.jobs import SqlJobQueue, SqlLiveConferences
from tmsba.store.sql import schema
from tmsba.store.tables.tables import outbox

#: Longer than any of these tests lasts: whoever waits for a time-out would fail it.
FOREVER_S = 40.0


def now() -> datetime:
    return datetime.now(UTC)


class Site:
    """A store with bridges, bookings and workers."""

    def __init__(self, url: str) -> None:
        schema.upgrade(url)
        self.store: SqlStore = create_store(url, secret_box=FernetSecretBox("for tests"))
        self.booking = Booking(store=self.store, clock=now, renderer=ConferenceTexts())
        self.factory = client_factory(connect_timeout_s=FOREVER_S, read_timeout_s=FOREVER_S)
        with self.store.writing() as uow:
            uow.users.add(User(id=0, name="ann"), "hash", [USERS, SITE_ADMINISTRATOR])
            uow.option_keys.add(KeyKind.APPLICATION_INTEGRATION, 1)
            uow.commit()

    def add_bridge(self, url: str, quantity: int) -> Bridge:
        """A bridge whose spaces are said to be there."""
        new = Bridge(
            id=0, name=url, url=url, domain="example.com", numeric_id_base=1, numeric_id_quantity=quantity
        )
        with self.store.writing() as uow:
            added = uow.bridges.add(new, BridgeCredentials(username="api", password=BRIDGE_PASSWORD))
            rooms = dict.fromkeys(added.numbers, "room")
            uow.bridges.set_preparation(added.id, BridgePreparation(cospace_ids=rooms, is_complete=True))
            uow.commit()
        return added

    def disable(self, bridge: Bridge) -> None:
        """Let no new booking go there."""
        with self.store.writing() as uow:
            uow.bridges.change(replace(bridge, is_enabled=False))
            uow.commit()

    def book(self, count: int, title: str = "Meeting", legs: int = 1) -> list[set[str]]:
        """Conferences that begin now; whom to dial for each."""
        caller = create_caller(User(id=1, name="ann"), groups=(USERS, SITE_ADMINISTRATOR))
        client, start = create_client(version=23, session_id="load"), now().replace(microsecond=0)
        parties = [{f"{title}-{n}-{leg}@example.com" for leg in range(legs)} for n in range(count)]
        for invited in parties:
            request = ConferenceRequest(
                title=title,
                start=start,
                end=start + timedelta(hours=1),
                participants=tuple(map(dial_out, sorted(invited))),
            )
            self.booking.save_conference(caller, client, request, BookingMode.STRICT)
        return parties

    def leased(self, bridge: Bridge) -> int:
        """How many jobs of a bridge somebody holds."""
        with self.store.reading() as uow:
            is_held = (outbox.c.bridge_id == bridge.id, outbox.c.lease_owner.is_not(None))
            return len(uow.connection.execute(outbox.select().where(*is_held)).all())

    @contextmanager
    def working(self, **options: int) -> Iterator[None]:
        """A control worker at work."""
        stop = threading.Event()
        worker = Worker(
            store=self.store,
            queue=SqlJobQueue(self.store),
            live=SqlLiveConferences(self.store),
            clock=now,
            factory=self.factory,
            say=end_warning,
            stop=stop,
            poll_s=0.05,
            **options,
        )
        thread = threading.Thread(target=worker.run)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


@pytest.fixture
def site(tmp_path):
    made = Site(f"sqlite:///{tmp_path}/load.db")
    yield made
    made.store.dispose()


@pytest.fixture
def bridges():
    simulators = [start_bridge(), start_bridge()]
    yield simulators
    for simulator in simulators:
        simulator.stop()


def dialled(simulator):
    """Whom the bridge dialled, by call."""
    legs = list(simulator.bridge.legs.values())
    return {call: [leg.remote_party for leg in legs if leg.call == call] for call in simulator.bridge.calls}


def test_a_bridge_that_hangs_does_not_delay_the_others(site, bridges):
    """It takes connections, as far as TCP can tell, and never answers."""
    bridge = bridges[0]
    with socket.create_server(("127.0.0.1", 0), backlog=64) as hanging:
        dead = site.add_bridge(f"http://127.0.0.1:{hanging.getsockname()[1]}", 50)
        site.book(50, "dead")
        site.disable(dead)
        alive = site.add_bridge(bridge.url, 10)
        register_bridge(site.store, now, alive.id, site.factory)
        with site.working(threads=8, bridge_jobs=3):
            wait_until(lambda: site.leased(dead) == 3, "the worker is at the bridge that hangs")
            invited = site.book(10, "alive")
            wait_until(lambda: len(bridge.bridge.legs) == 10, "all others are open and dialled")
            assert sorted(map(set, dialled(bridge).values()), key=sorted) == sorted(invited, key=sorted)
            assert site.leased(dead) == 3, "what it cannot do it leaves to other workers"
            # Whoever waits for an answer learns that there will be none.
            hanging.close()


def test_conferences_that_start_together_are_all_dialled_once(site, bridges):
    added = [site.add_bridge(simulator.url, 20) for simulator in bridges]
    for one in added:
        register_bridge(site.store, now, one.id, site.factory)
    invited = site.book(40, legs=4)
    with site.working(), site.working():
        wait_until(lambda: sum(len(one.bridge.legs) for one in bridges) >= 160, "all are dialled", 60)
        wait_until(lambda: not any(map(site.leased, added)), "all jobs are given back", 60)
    seen = [legs for simulator in bridges for legs in dialled(simulator).values()]
    assert Counter(map(frozenset, seen)) == Counter(map(frozenset, invited))
    assert sum(map(len, seen)) == 160
