"""What can be ordered outside the bridge's interface."""

import random
import re
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulator_api import PASSWORD, Api, Clock, identifier

from tmsba.simulator import Bridge, Party, Settings, SimulatedCluster
from tmsba.simulator.api import handle
from tmsba.simulator.faults import Faults
from tmsba.simulator.parties import literally

DESK = {"remoteParty": "desk@example.com"}


@pytest.fixture
def pair() -> Iterator[tuple[Api, Api]]:
    with SimulatedCluster(2, password=PASSWORD, answer_seconds=0) as cluster:
        first, second = (Api(node) for node in cluster.nodes)
        with first.http, second.http:
            yield first, second


def order(api: Api, resource: str, **settings: object) -> Any:
    answer = api.http.post(f"/{resource}", json=settings)
    assert answer.status_code == 200, answer.text
    return answer.json() if answer.content else None


def refusal(api: Api, resource: str, **settings: object) -> str:
    answer = api.http.post(f"/{resource}", json=settings)
    assert answer.status_code == 400
    return str(answer.json()["error"])


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_fault_may_last_for_some_seconds() -> None:
    clock = Clock()
    faults = Faults(clock=clock)
    faults.order({"status": 503, "seconds": 10})
    clock.time = 9
    assert [faults.take("GET", "/") is not None for _ in range(3)] == [True] * 3
    assert faults.in_force() == [{"status": 503, "seconds": 10, "seconds_left": 1}]
    clock.time = 10
    assert faults.take("GET", "/") is None
    assert faults.in_force() == []


def test_being_down_may_last_for_some_seconds() -> None:
    clock = Clock()
    faults = Faults(clock=clock)
    faults.order({"down": True, "seconds": 5})
    assert faults.take("GET", "/") is not None
    clock.time = 5
    assert faults.take("GET", "/") is None


def test_a_fault_for_some_seconds_may_be_limited_in_number_too() -> None:
    faults = Faults(clock=Clock())
    faults.order({"close": True, "seconds": 10, "count": 2})
    assert [faults.take("GET", "/") is not None for _ in range(3)] == [True, True, False]


def test_delays_jitter_around_their_value_the_same_way_for_the_same_seed() -> None:
    def delays() -> list[float]:
        faults = Faults(random.Random("7"), Clock())
        faults.order({"delay_ms": 100, "jitter_ms": 50, "count": 20})
        taken = [faults.take("GET", "/") for _ in range(20)]
        return [fault.delay_seconds for fault in taken if fault]

    first = delays()
    assert len(set(first)) == 20
    assert all(0.05 <= delay <= 0.15 for delay in first)
    assert delays() == first


def test_a_chance_hits_some_requests_the_same_ones_for_the_same_seed() -> None:
    def hits() -> list[bool]:
        faults = Faults(random.Random("7"), Clock())
        faults.order({"status": 500, "chance": 0.3, "seconds": 1})
        return [faults.take("GET", "/") is not None for _ in range(200)]

    first = hits()
    assert 30 < first.count(True) < 90
    assert hits() == first


def test_a_reason_is_answered_as_the_bridge_would(api: Api) -> None:
    order(api, "faults", reason="tenantParticipantLimitReached", method="POST", path="/participants")
    call = api.post("calls", {"name": "A"})
    full = (400, [("tenantParticipantLimitReached", {})])
    assert api.refusal("POST", f"{call}/participants", DESK) == full
    api.post(f"{call}/participants", DESK)
    order(api, "faults", reason="databaseNotReady", status=503)
    assert api.refusal("GET", "calls") == (503, [("databaseNotReady", {})])


def test_a_connection_can_be_closed_for_the_next_requests_only(api: Api) -> None:
    order(api, "faults", close=True, count=2)
    for _ in range(2):
        with pytest.raises(httpx.RemoteProtocolError):
            api.send("POST", "calls", {"name": "A"})
    assert api.get("calls").get("total") == "0"


def test_a_request_that_hangs_is_cut_off_when_faults_are_cleared(api: Api) -> None:
    order(api, "faults", hang=True)
    with pytest.raises(httpx.ReadTimeout):
        api.http.get("/api/v1/calls", timeout=0.1)
    order(api, "faults", hang=True)
    with socket.create_connection((api.simulator.host, api.simulator.port), timeout=5) as connection:
        connection.sendall(b"GET /api/v1/calls HTTP/1.1\r\n\r\n")
        wait_until(lambda: not api.http.get("/faults").json())
        assert api.http.delete("/faults").status_code == 200
        assert connection.recv(10) == b""


def test_a_request_hangs_no_longer_than_its_fault(api: Api) -> None:
    order(api, "faults", hang=True, seconds=0.2)
    with pytest.raises(httpx.RemoteProtocolError):
        api.http.get("/api/v1/calls", timeout=5)


@pytest.mark.parametrize(
    "fault",
    [
        {"seconds": "soon", "status": 503},
        {"chance": 2, "status": 503},
        {"chance": "nan", "status": 503},
        {"reason": "a b"},
        {"reason": 7},
        {"hang": "maybe"},
        {"jitter_ms": -1},
    ],
)
def test_a_fault_with_a_wrong_value_is_refused(api: Api, fault: dict[str, object]) -> None:
    assert refusal(api, "faults", **fault)
    assert api.http.get("/faults").json() == []


@pytest.mark.parametrize(
    ("outcome", "states", "reason"),
    [
        ("busy", ["initial"], "remoteBusy"),
        ("rejects", ["initial", "ringing"], "remoteRejected"),
        ("silent", ["initial", "ringing"], "ringingTimeout"),
        ("unknown", ["initial"], "unknownDestination"),
    ],
)
def test_a_party_that_does_not_answer_says_why(outcome: str, states: list[str], reason: str) -> None:
    clock = Clock()
    party = Party("*@ROOMS.example.com", outcome, after_seconds=9)  # type: ignore[arg-type]
    bridge = Bridge(Settings(clock=clock, parties=[party]))
    call = handle(bridge, "POST", "/api/v1/calls", {}, {"name": "A"}).headers["Location"]
    handle(bridge, "POST", f"{call}/callLegs", {}, {"remoteParty": "one@rooms.example.com"})
    clock.time = 8.9
    bridge.advance()
    assert len(bridge.legs) == 1
    clock.time = 9
    bridge.advance()
    [leg] = bridge.ended_legs
    assert not bridge.legs
    assert ([state for _, state in leg.history], leg.ended) == (states, (9, reason))


def test_a_party_may_answer_late_and_leave_by_itself() -> None:
    clock = Clock()
    party = Party("slow*", after_seconds=20, stays_seconds=300)
    bridge = Bridge(Settings(clock=clock, parties=[party]))
    call = handle(bridge, "POST", "/api/v1/calls", {}, {"name": "A"}).headers["Location"]
    handle(bridge, "POST", f"{call}/callLegs", {}, {"remoteParty": "slow@example.com"})
    handle(bridge, "POST", f"{call}/callLegs", {}, DESK)
    seen = []
    for clock.time in (1, 19, 20, 319, 320):
        bridge.advance()
        seen.append([leg.state for leg in bridge.legs.values()])
    connected = "connected"
    late = [["initial", connected], ["ringing", connected], [connected] * 2, [connected] * 2, [connected]]
    assert seen == late
    assert bridge.ended_legs[0].ended == (320, "remoteTeardown")


def test_parties_are_ordered_for_the_whole_cluster_the_latest_first(pair: tuple[Api, Api]) -> None:
    first, second = pair
    order(first, "parties", pattern="*@example.com", outcome="busy")
    order(first, "parties", pattern="desk@*")
    assert [one["pattern"] for one in second.http.get("/parties").json()] == ["desk@*", "*@example.com"]
    call = second.post("calls", {"name": "A"})
    for party in ("desk@example.com", "hall@example.com"):
        second.post(f"{call}/callLegs", {"remoteParty": party})
    second.settle()
    assert [leg.findtext("remoteParty") for leg in second.get("callLegs")] == ["desk@example.com"]
    assert first.http.delete("/parties").json() == {"cleared": 2}
    assert second.http.get("/parties").json() == []


def test_call_legs_can_be_dropped_held_and_resumed(pair: tuple[Api, Api]) -> None:
    api, _ = pair
    call = api.post("calls", {"name": "A"})
    legs = [api.post(f"{call}/callLegs", {"remoteParty": f"{name}@example.com"}) for name in "ab"]
    api.settle()
    assert order(api, "legs", do="hold", remote_party="A@*") == {"legs": 1}
    assert api.text(legs[0], "status/state") == "onHold"
    assert api.text(legs[1], "status/state") == "connected"
    assert order(api, "legs", do="resume", leg=identifier(legs[0])) == {"legs": 1}
    assert api.text(legs[0], "status/state") == "connected"
    assert order(api, "legs", do="drop", call=identifier(call)) == {"legs": 2}
    assert api.refusal("GET", legs[0])[0] == 404


def test_call_legs_can_be_dropped_later() -> None:
    with SimulatedCluster(1, password=PASSWORD, answer_seconds=0) as cluster:
        api = Api(cluster.nodes[0])
        with api.http:
            call = api.post("calls", {"name": "A"})
            api.post(f"{call}/callLegs", DESK)
            order(api, "legs", do="drop", remote_party="*", seconds=0.05)
            assert cluster.nodes[0].bridge.legs
            # By itself: nobody asks the bridge meanwhile.
            wait_until(lambda: not cluster.nodes[0].bridge.legs)


def test_calls_can_be_broken_off(api: Api) -> None:
    api.post("calls", {"name": "A"})
    api.post("calls", {"name": "B"})
    assert order(api, "calls", name="A") == {"calls": 1}
    assert [call.findtext("name") for call in api.get("calls")] == ["B"]


def test_people_can_be_made_to_dial_in(api: Api) -> None:
    api.post("coSpaces", {"name": "Room", "uri": "room", "callId": "81"})
    leg = order(api, "dial-in", address="81", remote_party="guest@example.com")["leg"]
    assert api.text(f"callLegs/{leg}", "localAddress") == "81"
    assert "nobody can join 99" in refusal(api, "dial-in", address="99", remote_party="guest@example.com")


def test_a_full_call_takes_nobody_who_dials_in(api: Api) -> None:
    profile = identifier(api.post("callProfiles", {"participantLimit": 0}))
    api.post("coSpaces", {"name": "Room", "uri": "room", "callProfile": profile})
    reason = refusal(api, "dial-in", address="room", remote_party="guest@example.com")
    assert "participantLimitReached" in reason


@given(st.text("a*?[]!-z^\\", max_size=30), st.text("a-z[]", max_size=20))
def test_any_text_is_a_pattern_and_every_address_falls_under_itself(pattern: str, address: str) -> None:
    Party(pattern).matches(address)
    assert Party(literally(address)).matches(address.upper())
    assert not Party(literally(address)).matches(f"{address}x")


def test_a_full_bridge_takes_no_more_incoming_calls(api: Api) -> None:
    api.post("coSpaces", {"name": "Room", "uri": "room"})
    guest = {"address": "room", "remote_party": "guest@example.com"}
    api.put("system/configuration/cluster", {"participantLimit": 1})
    order(api, "dial-in", **guest)
    assert "full" in refusal(api, "dial-in", **guest)
    api.put("system/configuration/cluster", {"participantLimit": "", "loadLimit": 600})
    assert "full" in refusal(api, "dial-in", **guest)
    api.put("system/configuration/cluster", {"loadLimit": 5000})
    order(api, "dial-in", **guest)


def test_alarms_are_raised_shown_and_cleared(api: Api) -> None:
    made = order(
        api, "alarms", type="recorderUnavailable", recorderAddress="rec1", failureReason="dnsFailure"
    )
    order(api, "alarms", type="databaseConnectionError")
    [first, second] = api.get("system/alarms")
    assert {child.tag: child.text for child in first} == {
        "activeTimeSeconds": "0",
        "type": "recorderUnavailable",
        "failureReason": "dnsFailure",
        "recorderAddress": "rec1",
    }
    assert first.get("id") == made["id"]
    assert second.findtext("type") == "databaseConnectionError"
    again = order(api, "alarms", type="databaseConnectionError")
    assert again["id"] == second.get("id")
    assert api.http.delete(f"/alarms?id={made['id']}").json() == {"cleared": 1}
    assert api.http.delete("/alarms").json() == {"cleared": 1}
    assert api.get("system/alarms").get("total") == "0"


def test_an_alarm_counts_its_seconds() -> None:
    clock = Clock()
    bridge = Bridge(Settings(clock=clock))
    bridge.alarms.add("databaseConnectionError", {})
    clock.time = 75.5
    assert b"<activeTimeSeconds>75<" in handle(bridge, "GET", "/api/v1/system/alarms", {}, {}).body


def test_a_licence_that_is_taken_away_stops_recording(api: Api) -> None:
    call = api.post("calls", {"name": "A"})
    order(api, "licences", feature="recording", status="expired")
    assert api.text("system/licensing", "features/recording/status") == "expired"
    assert [alarm.findtext("type") for alarm in api.get("system/alarms")] == ["licenseExpired"]
    refused = (400, [("recordingNotAllowedByLicensing", {})])
    assert api.refusal("PUT", call, {"recording": "true"}) == refused
    order(api, "licences", feature="recording", status="grace")
    assert api.text("clusterLicensing", "features/recording/status") == "activated"
    assert [alarm.findtext("type") for alarm in api.get("system/alarms")] == ["licenseGrace"]
    api.put(call, {"recording": "true"})
    order(api, "licences", feature="recording", status="activated")
    assert api.get("system/alarms").get("total") == "0"


def test_another_node_can_be_ordered_about(pair: tuple[Api, Api]) -> None:
    first, second = pair
    first.http.post("/faults?node=bridge2", json={"status": 503})
    assert first.send("GET", "calls").status_code == 200
    assert second.send("GET", "calls").status_code == 503
    answer = first.http.get("/faults?node=bridge9")
    assert answer.status_code == 400
    assert "bridge1, bridge2" in answer.json()["error"]


def test_a_node_can_be_killed_and_comes_back_after_a_while(pair: tuple[Api, Api]) -> None:
    first, second = pair
    second.post("calls", {"name": "A"})
    first.http.post("/nodes?node=bridge2", json={"do": "kill", "seconds": 0.5})
    assert [one["running"] for one in first.http.get("/nodes").json()] == [True, False]
    wait_until(lambda: [one["running"] for one in first.http.get("/nodes").json()] == [True, True])
    assert second.get("calls").get("total") == "0"


def test_a_node_can_be_told_to_restart_itself(pair: tuple[Api, Api]) -> None:
    first, _ = pair
    first.post("calls", {"name": "A"})
    order(first, "nodes", do="restart")

    def is_back() -> bool:
        try:
            return first.get("calls").get("total") == "0"
        except httpx.TransportError:
            return False

    wait_until(is_back)


def test_a_node_can_be_stopped_and_started_with_its_calls(pair: tuple[Api, Api]) -> None:
    first, second = pair
    second.post("calls", {"name": "A"})
    first.http.post("/nodes?node=bridge2", json={"do": "stop"})
    assert not second.simulator.is_running
    first.http.post("/nodes?node=bridge2", json={"do": "start"})
    assert second.get("calls").get("total") == "1"


def test_a_node_whose_port_was_taken_meanwhile_is_not_started(pair: tuple[Api, Api]) -> None:
    first, second = pair
    first.http.post("/nodes?node=bridge2", json={"do": "stop"})
    with socket.socket() as other:
        other.bind((second.simulator.host, second.simulator.port))
        other.listen()
        answer = first.http.post("/nodes?node=bridge2", json={"do": "start"})
    assert answer.status_code == 400
    assert "cannot listen" in answer.json()["error"]


@pytest.mark.parametrize(
    ("resource", "settings"),
    [
        ("nodes", {"do": "explode"}),
        ("nodes", {"do": "kill", "seconds": -1}),
        ("legs", {"do": "drop"}),
        ("legs", {"leg": "x"}),
        ("calls", {}),
        ("alarms", {"type": "fire"}),
        ("alarms", {"type": "databaseConnectionError", "failureReason": "mood"}),
        ("alarms", {"type": "callBridgeConnectionFailure", "callBridge": "\x01"}),
        ("licences", {"feature": "coffee", "status": "activated"}),
        ("licences", {"feature": "recording", "status": "maybe"}),
        ("parties", {}),
        ("parties", {"pattern": "*", "outcome": "sings"}),
        ("parties", {"pattern": "*", "after_seconds": "soon"}),
        ("parties", {"pattern": "x" * 300}),
        ("dial-in", {"address": "x"}),
        ("dial-in", {"address": "x", "remote_party": "\x01"}),
        ("parties", {"pattern": "*", "nonsense": 1}),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(
    api: Api, resource: str, settings: dict[str, object]
) -> None:
    assert refusal(api, resource, **settings)


def test_the_page_and_what_it_needs_come_from_the_simulator_alone(api: Api) -> None:
    page = api.http.get("/")
    assert page.headers["Content-Type"].startswith("text/html")
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    for name in ("page.css", "page.js", "page.svg"):
        assert f'"{name}"' in page.text
        assert api.http.get(f"/{name}").status_code == 200
    assert "://" not in page.text


def test_the_page_is_told_what_goes_on_in_the_whole_cluster(pair: tuple[Api, Api]) -> None:
    first, second = pair
    space = first.post("coSpaces", {"name": "Weekly", "uri": "weekly", "callId": "8101"})
    call = second.post("calls", {"coSpace": identifier(space), "locked": "true"})
    leg = second.post(f"{call}/callLegs", DESK)
    first.post("calls", {"name": "Other"})
    second.settle()
    order(first, "alarms", type="databaseConnectionError")
    first.http.post("/faults?node=bridge2", json={"delay_ms": 1, "path": "nothing"})
    seen = first.http.get("/live", params={"text": "81", "call": identifier(call)}).json()
    assert [(one["name"], one["calls"], one["legs"], one["up"]) for one in seen["bridges"]] == [
        ("bridge1", 1, 0, True),
        ("bridge2", 1, 1, True),
    ]
    assert seen["bridges"][1]["load"] == int(second.values("system/load")["mediaProcessingLoad"]) > 0
    assert seen["bridges"][0]["alarms"][0]["type"] == "databaseConnectionError"
    assert seen["bridges"][1]["faults"][0]["left"] == 1
    assert (seen["totalCalls"], seen["matchingCalls"]) == (2, 1)
    [shown] = seen["calls"]
    assert (shown["name"], shown["number"], shown["bridge"]) == ("Weekly", "8101", "bridge2")
    assert (shown["legs"], shown["connected"], shown["locked"]) == (1, 1, True)
    [timeline] = seen["legs"]
    assert [state for _, state in timeline["history"]] == ["initial", "ringing", "connected"]
    second.delete(leg)
    [timeline] = first.http.get("/live", params={"call": identifier(call)}).json()["legs"]
    assert (timeline["state"], timeline["reason"]) == ("ended", "apiInitiatedTeardown")


def test_the_page_stays_small_and_quick_with_five_bridges_of_500_calls() -> None:
    cluster = SimulatedCluster(5, password=PASSWORD, answer_seconds=0)
    for node in cluster.nodes:
        for number in range(500):
            call = node.bridge.add_call({"name": f"{node.name} conference {number}"})
            form = {"remoteParty": "desk@example.com"}
            for _ in range(3):
                handle(node.bridge, "POST", f"/api/v1/calls/{call.id}/callLegs", {}, form)
    with cluster:
        api = Api(cluster.nodes[0])
        with api.http:
            api.settle()
            api.http.get("/live")
            started = time.monotonic()
            for _ in range(5):
                answer = api.http.get("/live", params={"text": "conference 4"})
            each = (time.monotonic() - started) / 5
    seen = answer.json()
    assert (seen["totalCalls"], len(seen["calls"])) == (2500, 50)
    assert seen["matchingCalls"] == 5 * 111
    assert len(answer.content) < 50_000
    assert each < 0.2
    assert sum(bridge["legs"] for bridge in seen["bridges"]) == 7500


def test_the_page_asks_for_nothing_relative_to_a_url_that_may_hold_a_log_in(api: Api) -> None:
    script = api.http.get("/page.js").text
    asked = re.findall(r"\bfetch\((.{18})", script)
    assert asked
    assert set(asked) == {"`${location.origin}"[:18]}
