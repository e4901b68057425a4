"""Call detail records, as a receiver sees them."""

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from lxml import etree
from simulator_api import PASSWORD, Api, identifier

from tmsba.simulator import SimulatedCluster, Simulator, receivers

DESK = {"remoteParty": "desk@example.com"}


class Listener:
    """Takes records, and answers with the statuses that a test lines up."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.attempts: list[etree._Element] = []
        self.accepted: list[etree._Element] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                posted = etree.fromstring(self.rfile.read(int(self.headers["Content-Length"])))
                status = listener.statuses.pop(0) if listener.statuses else 200
                listener.attempts.append(posted)
                if status == 200:
                    listener.accepted.append(posted)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/cdr"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def records(self) -> list["etree._Element"]:
        return [record for posted in self.accepted for record in posted]

    def types(self) -> list[str | None]:
        return [record.get("type") for record in self.records]

    def wait_for(self, count: int) -> list["etree._Element"]:
        wait_until(lambda: len(self.records) >= count)
        return self.records


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture
def bridge() -> Iterator[Api]:
    with Simulator(password=PASSWORD, answer_seconds=0, retry_seconds=0.01) as simulator:
        api = Api(simulator)
        with api.http:
            yield api


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def receive(api: Api, listener: Listener) -> str:
    return api.post("system/cdrReceivers", {"uri": listener.url})


def test_a_call_is_told_from_its_start_to_its_end_in_order(bridge: Api, listener: Listener) -> None:
    receive(bridge, listener)
    space = bridge.post("coSpaces", {"name": "Weekly", "cdrTag": "cost centre 7", "meetingScheduler": "Kari"})
    call = bridge.post("calls", {"coSpace": identifier(space)})
    leg = bridge.post(f"{call}/callLegs", DESK)
    bridge.settle()
    correlator = bridge.values(call)["callCorrelator"]
    bridge.delete(leg)
    bridge.delete(call)
    start, leg_start, update, leg_end, end = listener.wait_for(5)
    types = ["callStart", "callLegStart", "callLegUpdate", "callLegEnd", "callEnd"]
    assert listener.types() == types
    assert [record.get("recordIndex") for record in listener.records] == ["1", "2", "3", "4", "5"]
    assert [record.get("correlatorIndex") for record in listener.records] == ["0", "1", "2", "3", "4"]
    assert {child.tag: child.text for child in start[0]} == {
        "name": "Weekly",
        "ownerName": "Kari",
        "callType": "coSpace",
        "coSpace": identifier(space),
        "cdrTag": "cost centre 7",
        "callCorrelator": correlator,
    }
    assert start[0].get("id") == end[0].get("id") == identifier(call)
    assert leg_start[0].get("id") == update[0].get("id") == leg_end[0].get("id") == identifier(leg)
    assert leg_start.findtext("callLeg/remoteParty") == "desk@example.com"
    assert leg_start.findtext("callLeg/direction") == "outgoing"
    assert (update.findtext("callLeg/state"), update.findtext("callLeg/call")) == (
        "connected",
        identifier(call),
    )
    assert leg_end.findtext("callLeg/reason") == "apiInitiatedTeardown"
    assert leg_end.findtext("callLeg/remoteTeardown") == "false"
    assert (end.findtext("call/callLegsCompleted"), end.findtext("call/callLegsMaxActive")) == ("1", "1")
    assert start.get("time", "").endswith("Z")


def test_all_records_of_a_run_carry_one_session_and_a_restart_begins_another(
    bridge: Api, listener: Listener
) -> None:
    receive(bridge, listener)
    bridge.post("calls", {"name": "A"})
    bridge.post("calls", {"name": "B"})
    listener.wait_for(2)
    first = {posted.get("session") for posted in listener.accepted}
    assert bridge.values("system/status")["cdrCorrelatorIndex"] == "2"
    bridge.simulator.kill()
    bridge.simulator.revive()
    assert bridge.values("system/status")["cdrCorrelatorIndex"] == "0"
    bridge.post("calls", {"name": "C"})
    last = listener.wait_for(3)[-1]
    assert (last.get("recordIndex"), last.get("correlatorIndex")) == ("1", "0")
    assert len(first) == 1
    assert listener.accepted[-1].get("session") not in first


def test_records_that_are_not_acknowledged_come_again_unchanged_and_in_order(
    bridge: Api, listener: Listener
) -> None:
    listener.statuses = [503, 500, 302]
    receive(bridge, listener)
    for name in "ABC":
        bridge.post("calls", {"name": name})
    listener.wait_for(3)
    assert [record.findtext("call/name") for record in listener.records] == ["A", "B", "C"]
    assert [record.get("recordIndex") for record in listener.records] == ["1", "2", "3"]
    first = etree.tostring(listener.attempts[0])
    assert [etree.tostring(posted) for posted in listener.attempts[:4]] == [first] * 4


def test_a_receiver_that_does_not_answer_raises_an_alarm_until_it_does(
    bridge: Api, listener: Listener
) -> None:
    def alarms() -> list[str | None]:
        return [alarm.findtext("type") for alarm in bridge.get("system/alarms")]

    receiver = bridge.post("system/cdrReceivers", {"uri": "http://127.0.0.1:1/nobody"})
    bridge.post("calls", {"name": "A"})
    wait_until(lambda: alarms() == ["cdrConnectionFailure"])
    [alarm] = bridge.get("system/alarms")
    assert [child.tag for child in alarm] == ["activeTimeSeconds", "type", "failureReason"]
    bridge.put(receiver, {"uri": listener.url})
    bridge.post("calls", {"name": "B"})
    listener.wait_for(1)
    wait_until(lambda: alarms() == [])


def test_two_receivers_count_their_own_records_and_share_the_correlator(
    bridge: Api, listener: Listener
) -> None:
    other = Listener()
    try:
        receive(bridge, listener)
        bridge.post("calls", {"name": "A"})
        receive(bridge, other)
        bridge.post("calls", {"name": "B"})
        mine, others = listener.wait_for(2), other.wait_for(1)
        assert [record.get("correlatorIndex") for record in (mine[1], others[0])] == ["1", "1"]
        assert [record.get("recordIndex") for record in (mine[1], others[0])] == ["2", "1"]
        third = bridge.refusal("POST", "system/cdrReceivers", {"uri": "http://127.0.0.1:1/"})
        assert third == (400, [("tooManyCdrReceivers", {})])
    finally:
        other.close()


def test_a_receiver_that_was_away_too_long_is_told_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, listener: Listener
) -> None:
    monkeypatch.setattr(receivers, "KEPT", 3)
    simulator = Simulator(password=PASSWORD)
    # Nothing is sent before it is started.
    simulator.bridge.cdr.add_receiver(listener.url)
    for number in range(5):
        simulator.bridge.add_call({"name": f"Call {number}"})
    with simulator:
        records = listener.wait_for(3)
    assert [record.findtext("call/name") for record in records] == ["Call 2", "Call 3", "Call 4"]
    assert [record.get("recordIndex") for record in records] == ["1", "2", "3"]
    assert [record.get("numPreceedingRecordsMissing") for record in records] == ["2", None, None]


def test_in_a_cluster_every_bridge_sends_its_own_records_with_its_id(listener: Listener) -> None:
    with SimulatedCluster(2, password=PASSWORD) as cluster:
        first, second = (Api(node) for node in cluster.nodes)
        with first.http, second.http:
            receive(first, listener)
            assert second.get("system/cdrReceivers").get("total") == "0"
            second.post("calls", {"name": "Elsewhere"})
            first.post("calls", {"name": "Here"})
            [record] = listener.wait_for(1)
            assert record.findtext("call/name") == "Here"
            assert listener.accepted[0].get("callBridge") == first.get("callBridges")[0].get("id")


def test_recording_is_told_when_it_starts_and_ends(bridge: Api, listener: Listener) -> None:
    receive(bridge, listener)
    call = bridge.post("calls", {"name": "A"})
    bridge.put(call, {"recording": "true"})
    bridge.put(call, {"recording": "true"})
    bridge.put(call, {"recording": "false"})
    bridge.put(call, {"streaming": "true"})
    bridge.delete(call)
    listener.wait_for(6)
    kinds = ["callStart", "recordingStart", "recordingEnd", "streamingStart", "streamingEnd", "callEnd"]
    assert listener.types() == kinds
    assert listener.records[1][0].get("id") == listener.records[2][0].get("id")
    assert listener.records[1].findtext("recording/call") == identifier(call)


def test_those_who_are_let_in_or_sent_out_are_told_of(bridge: Api, listener: Listener) -> None:
    receive(bridge, listener)
    profile = identifier(bridge.post("callLegProfiles", {"needsActivation": "true"}))
    call = bridge.post("calls", {"name": "A"})
    guest = bridge.post(f"{call}/callLegs", DESK | {"callLegProfile": profile})
    bridge.settle()
    host = bridge.post(f"{call}/callLegs", {"remoteParty": "host@example.com"})
    bridge.settle()
    bridge.delete(host)
    records = listener.wait_for(8)
    of_guest = [record for record in records if record[0].get("id") == identifier(guest)]
    assert [record.findtext("callLeg/deactivated") for record in of_guest[1:]] == ["true", "false", "true"]
    bridge.delete(call)
    assert listener.wait_for(10)[8].findtext("callLeg/reason") == "callEnded"


def test_receivers_are_made_shown_changed_and_deleted(bridge: Api) -> None:
    assert bridge.bad_parameter("POST", "system/cdrReceivers", {}) == ("uri", "missing")
    error = bridge.bad_parameter("POST", "system/cdrReceivers", {"uri": "ftp://example.com"})
    assert error == ("uri", "invalidValue")
    answer = bridge.send("PUT", "system/cdrReceivers")
    blank = answer.headers["Location"].removeprefix("/api/v1/")
    assert bridge.values(blank) == {}
    bridge.put(blank, {"url": "http://127.0.0.1:1/a"})
    assert bridge.values(blank) == {"uri": "http://127.0.0.1:1/a"}
    bridge.put(blank, {"uri": ""})
    assert bridge.get("system/cdrReceivers").get("total") == "1"
    bridge.delete(blank)
    assert bridge.refusal("GET", blank) == (404, [("cdrReceiverDoesNotExist", {})])


def test_the_older_node_has_one_receiver_that_goes_with_its_address(bridge: Api) -> None:
    assert bridge.values("system/cdrReceiver") == {}
    bridge.put("system/cdrReceiver", {"uri": "http://127.0.0.1:1/a"})
    assert bridge.values("system/cdrReceiver") == {"uri": "http://127.0.0.1:1/a"}
    [first] = bridge.get("system/cdrReceivers")
    bridge.put("system/cdrReceiver", {"uri": ""})
    assert bridge.get("system/cdrReceivers").get("total") == "0"
    bridge.put("system/cdrReceiver", {"uri": "http://127.0.0.1:1/a"})
    assert bridge.get("system/cdrReceivers")[0].get("id") != first.get("id")


def test_a_stopped_bridge_sends_nothing_and_goes_on_where_it_was(bridge: Api, listener: Listener) -> None:
    receive(bridge, listener)
    bridge.simulator.stop()
    bridge.simulator.bridge.add_call({"name": "Meanwhile"})
    time.sleep(0.05)
    assert listener.attempts == []
    bridge.simulator.start()
    assert listener.wait_for(1)[0].findtext("call/name") == "Meanwhile"
