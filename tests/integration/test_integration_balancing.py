"""Where a cluster balances outgoing calls, it chooses the node that dials a participant."""

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from bridge_traffic import Line, Recorder, _Kept
from fakes import FakeHealthChecks, at, dial_out

from tmsba.cms.client import BridgeClient
from tmsba.control.upkeep.health import HealthMonitor
from tmsba.domain.bridge.bridge import BridgeCredentials
from tmsba.simulator import Party, SimulatedCluster

LOGIN = {"username": "api", "password": "pass-word"}
BUSY_WORK = "busy-work@example.com"


class BalancedLine(Line):
    """A line whose bridge is the first of two nodes; the group of both balances, unless told otherwise."""

    def __init__(self, *, parties=(), is_balancing=True):
        self.cluster = SimulatedCluster(2, answer_seconds=0, sync_seconds=0, parties=parties, **LOGIN)
        self.cluster.start()
        self.nodes = self.cluster.nodes
        self.recorder = Recorder()
        self.http = httpx.Client(auth=tuple(LOGIN.values()))
        super(Line, self).__init__(is_caring=True, is_set_up=False)
        self.store.state.bridges[1] = replace(self.bridge(), url=self.nodes[0].url)
        self.bridge_client = self._client_of(self.bridge(), BridgeCredentials(**LOGIN))
        self.balance(is_balancing=is_balancing)
        self.add_bridge()
        self.look()
        self.recorder.requests.clear()

    def _client_of(self, bridge, credentials):
        return BridgeClient(bridge.url, *LOGIN.values(), transport=self.recorder)

    def bridge(self):
        return self.store.state.bridges[1]

    def post(self, path, **fields):
        answer = self.http.post(f"{self.nodes[0].url}/api/v1/{path}", data=fields).raise_for_status()
        return answer.headers["Location"].rpartition("/")[2]

    def balance(self, *, is_balancing):
        flag = str(is_balancing).lower()
        group = self.post("callBridgeGroups", loadBalancingEnabled=flag, loadBalanceOutgoingCalls=flag)
        for node in self.nodes:
            url = f"{self.nodes[0].url}/api/v1/callBridges/{node.bridge.id}"
            self.http.put(url, data={"callBridgeGroup": group}).raise_for_status()

    def busy(self):
        """Give the first node something to do, so that the second one is the better choice."""
        call = self.post("calls", name="Other business")
        self.post(f"calls/{call}/callLegs", remoteParty=BUSY_WORK)

    def look(self):
        monitor = HealthMonitor(
            store=self.store,
            checks=FakeHealthChecks(self.store),
            factory=lambda bridge, credentials: _Kept(self.bridge_client),
            clock=self.clock,
            stop=self.stop,
            owner="monitor",
        )
        for before in monitor.checks.claim("monitor", self.clock(), self.clock() + timedelta(minutes=1), 9):
            monitor.check(before)

    def parties(self, place):
        """Who is connected at a node, or being dialled from there, besides the other business."""
        legs = list(self.nodes[place].bridge.legs.values())
        return sorted(leg.remote_party for leg in legs if leg.remote_party != BUSY_WORK)

    def posted(self, what):
        return [
            path for method, path, *_ in self.recorder.requests if (method, what) == ("POST", _last(path))
        ]

    def stop_all(self):
        self.http.close()
        self.clients.close()
        self.bridge_client.close()
        self.cluster.stop()


def _last(path):
    return path.rpartition("/")[2]


@pytest.fixture
def line(request):
    made = BalancedLine(**getattr(request, "param", {}))
    yield made
    made.stop_all()


PEOPLE = (dial_out("a@example.com"), dial_out("b@example.com"))


def test_the_bridge_tells_that_it_balances(line):
    assert line.bridge().is_balancing


def test_participants_are_dialled_from_the_node_that_the_cluster_chooses(line):
    line.busy()
    line.book(*PEOPLE)
    line.run_until(at(14, 10))
    assert (line.parties(0), line.parties(1)) == ([], ["a@example.com", "b@example.com"])
    [noted] = line.live.open_on_bridge(1)
    assert [(leg.is_participant, leg.is_connected) for leg in noted.legs] == [(True, True)] * 2


def test_each_is_dialled_once_however_often_the_conference_is_looked_at(line):
    line.busy()
    line.book(*PEOPLE)
    line.run_until(at(14, 30))
    assert len(line.posted("participants")) == 2
    assert not line.posted("callLegs")


def test_a_participant_on_the_own_node_is_looked_after_as_a_call_leg(line):
    line.book(*PEOPLE)
    line.run_until(at(14, 10))
    assert line.parties(0) == ["a@example.com", "b@example.com"]
    [noted] = line.live.open_on_bridge(1)
    assert [leg.is_participant for leg in noted.legs] == [False, False]


def test_the_end_ends_what_is_at_other_nodes(line):
    line.busy()
    line.book(*PEOPLE)
    line.run_until(at(15, 1))
    assert (line.parties(0), line.parties(1)) == ([], [])
    assert not line.nodes[1].bridge.calls
    assert len(line.nodes[0].bridge.calls) == 1, "the other business goes on"


def test_who_is_taken_out_of_the_booking_is_hung_up_at_the_other_node(line):
    line.busy()
    conference = line.book(*PEOPLE)
    line.run_until(at(14, 5))
    line.change(conference, participants=PEOPLE[:1])
    line.run_until(at(14, 6))
    assert line.parties(1) == ["a@example.com"]


@pytest.mark.parametrize("line", [{"parties": [Party("b@*", outcome="silent")]}], indirect=True)
def test_who_rings_in_vain_at_the_other_node_is_dialled_again_and_given_up(line):
    line.busy()
    line.book(*PEOPLE)
    line.run_until(at(14, 10))
    assert len(line.posted("participants")) == 1 + 3
    assert line.parties(1) == ["a@example.com"]


def test_a_repeated_launch_dials_nobody_again_whose_answer_was_lost(line):
    line.busy()
    line.book(*PEOPLE)
    line.run_until(at(13, 59))
    lost = {"method": "POST", "path": "/participants$", "drop_answer": "true"}
    line.http.post(f"{line.nodes[0].url}/faults", data=lost).raise_for_status()
    line.run_until(at(14, 10))
    assert line.parties(1) == ["a@example.com", "b@example.com"]


@pytest.mark.parametrize("line", [{"is_balancing": False}], indirect=True)
def test_a_cluster_that_does_not_balance_dials_as_in_the_traces(line):
    line.busy()
    line.book(*PEOPLE)
    line.run_until(at(14, 10))
    assert line.parties(0) == ["a@example.com", "b@example.com"]
    assert not line.posted("participants")
