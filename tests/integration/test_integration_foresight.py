"""A bridge goes down an hour before a conference. Both bridges are simulators."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import FakeHealthChecks, World, at, create_request, dial_in, dial_out

from tmsba.control.bridge.clients import BridgeClients, client_factory
from tmsba.control.bridge.registration import register_bridge
from tmsba.control.upkeep.foresight import Foresight
from tmsba.control.upkeep.health import HealthMonitor
from tmsba.domain.values import BookingMode, TransactionType
from tmsba.simulator import Simulator


class TwoBridges(World):
    """A world whose bridges are simulators, and whoever looks at them."""

    def __init__(self):
        self.simulators = [
            Simulator(
                username="api",
                password="pass-word",
                answer_seconds=0,
                sync_seconds=0,
                domain="cms.example.com",
            )
            for _ in range(2)
        ]
        for simulator in self.simulators:
            simulator.start()
        super().__init__(bridges=2, is_set_up=False)
        self.factory = client_factory(connect_timeout_s=2, read_timeout_s=5, retries=0)
        self.clients = BridgeClients(self.factory)
        self.runner = replace(self.runner, clients=self.clients)
        for bridge_id, simulator in enumerate(self.simulators, start=1):
            self.change(bridge_id, url=simulator.url)
            assert register_bridge(self.store, self.clock, bridge_id, self.factory)
        self.checks = FakeHealthChecks(self.store)
        self.foresight = Foresight(
            store=self.store, rerouting=self.rerouting, clock=self.clock, stop=self.stop
        )

    def change(self, bridge_id, **changes):
        def work(uow):
            uow.bridges.change(replace(uow.bridges.get(bridge_id), **changes))

        self.store.prepare(work)

    def look(self):
        """Look at both bridges, twice: one failure is no outage; then at the conferences to come."""
        monitor = HealthMonitor(
            store=self.store,
            checks=self.checks,
            factory=self.factory,
            clock=self.clock,
            stop=threading.Event(),
            owner="monitor",
        )
        for _ in range(2):
            self.checks.due.clear()
            for before in self.checks.claim("monitor", self.clock(), self.clock() + timedelta(minutes=1), 9):
                monitor.check(before)
        self.foresight.look()

    def book(self, hour, **request):
        request = create_request(
            start=at(hour),
            end=at(hour + 1),
            participants=(dial_out("guest@example.com"), dial_in()),
            **request,
        )
        return self.booking.save_conference(self.caller, self.client, request, BookingMode.STRICT).conference

    def dialled(self):
        """Whom each of the bridges has dialled."""
        return [
            sorted(leg.remote_party for leg in simulator.bridge.legs.values())
            for simulator in self.simulators
        ]

    def places(self):
        conferences = self.store.state.conferences.values()
        return [(one.route.bridge_id, one.route.number) for one in conferences]

    def stop_all(self):
        self.clients.close()
        for simulator in self.simulators:
            simulator.stop()


@pytest.fixture
def house() -> Iterator[TwoBridges]:
    made = TwoBridges()
    yield made
    made.stop_all()


def test_a_conference_is_held_on_another_bridge_when_its_own_is_stopped_an_hour_before(house):
    house.change(2, is_enabled=False)
    house.book(15)
    house.book(17)
    house.change(2, is_enabled=True)
    house.look()
    assert house.places() == [(1, 1), (1, 1)]

    house.clock.now = at(14)
    house.simulators[0].kill()
    house.look()
    assert house.places() == [(2, 1), (1, 1)], "the second one has two hours more"

    house.simulators[0].revive()
    house.look()
    assert house.places() == [(2, 1), (1, 1)], "nothing is pulled back"

    house.run_until(at(15, 1))
    assert house.dialled() == [[], ["guest@example.com"]]
    house.run_until(at(17, 1))
    assert house.dialled() == [["guest@example.com"], []]
    assert house.tickets() == []


def test_clients_and_owners_learn_of_another_address(house):
    house.change(2, domain="other.example.com", is_enabled=False)
    house.book(15)
    house.change(2, is_enabled=True)
    house.clock.now = at(14)
    house.simulators[0].kill()
    house.look()
    booked = house.conference(1)
    assert (booked.route.join_uri, booked.version) == ("1@other.example.com", 2)
    assert [one.type for one in house.store.state.transactions.values()] == [
        TransactionType.NEW,
        TransactionType.UPDATED,
    ]
    house.run_until(at(15, 1))
    assert house.dialled() == [[], ["guest@example.com"]]


def test_a_bridge_that_tells_of_less_room_loses_what_was_booked_last(house):
    house.change(2, is_enabled=False)
    house.book(15)
    house.book(15)
    house.change(2, is_enabled=True)
    house.look()
    assert house.places() == [(1, 1), (1, 2)]
    house.store.prepare(lambda uow: uow.bridges.set_told(1, participants=3, is_balancing=False))
    house.foresight.look()
    assert house.places() == [(1, 1), (2, 2)]
