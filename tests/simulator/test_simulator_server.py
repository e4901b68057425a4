import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from simulator_api import PASSWORD, Api, identifier

from tmsba.simulator import Simulator

STATUS = "/api/v1/system/status"
GOOD = ("admin", PASSWORD)


@pytest.fixture
def server() -> Iterator[Simulator]:
    with Simulator(password=PASSWORD) as server:
        yield server


def raw(server: Simulator, request: bytes) -> bytes:
    """Send bytes and return everything that comes back until the connection closes."""
    with socket.create_connection((server.host, server.port), timeout=5) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
        return answer


def journal(api: Api, since: int = 0) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = api.http.get("/journal", params={"since": since}).json()
    return entries


def order(api: Api, **fault: object) -> None:
    assert api.http.post("/faults", json=fault).status_code == 200


@pytest.mark.parametrize("path", [STATUS, "/api/v1/nothing", "/journal", "/state", "/faults", "/"])
@pytest.mark.parametrize("auth", [None, ("admin", "wrong"), ("other", PASSWORD), ("admin", "")])
def test_a_request_without_the_right_credentials_is_challenged(
    server: Simulator, path: str, auth: tuple[str, str] | None
) -> None:
    answer = httpx.get(server.url + path, auth=auth)
    assert (answer.status_code, answer.content) == (401, b"")
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="acano"'


@pytest.mark.parametrize("header", ["", "Basic", "Basic !!!", "Bearer abc", "Basic w6Y6w6Y=", "Basic é"])
def test_malformed_credentials_are_challenged(server: Simulator, header: str) -> None:
    answer = httpx.get(server.url + STATUS, headers={"Authorization": header.encode()})
    assert answer.status_code == 401


def test_credentials_may_hold_any_character() -> None:
    with Simulator(username="bjørn", password="pass:wörd") as server:
        assert httpx.get(server.url + STATUS, auth=("bjørn", "pass:wörd")).status_code == 200


def test_a_connection_is_kept_for_many_requests(server: Simulator) -> None:
    head = b"GET /api/v1/calls HTTP/1.1\r\nHost: a\r\n\r\n"
    assert raw(server, head * 3).count(b"HTTP/1.1 401") == 3


def test_a_head_request_has_no_body(api: Api) -> None:
    assert api.http.head(STATUS).status_code == 400


def test_a_form_needs_no_particular_content_type(api: Api) -> None:
    headers = {"Content-Type": "www-formurl-encoded"}
    answer = api.http.post("/api/v1/coSpaces", content="name=Caf%C3%A9+1", headers=headers)
    node = answer.headers["Location"].removeprefix("/api/v1/")
    assert api.values(node)["name"] == "Café 1"


def test_a_body_over_a_megabyte_is_refused(api: Api) -> None:
    answer = api.http.post("/api/v1/coSpaces", content=b"name=" + b"x" * 1024 * 1024)
    assert answer.status_code == 413
    assert api.get("coSpaces").get("total") == "0"


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400),
        (b"GET\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\n\r\n", 400),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n", 431),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
        (b"GET /api/v1/%ff%00 HTTP/1.1\r\n\r\n", 401),
        (b"GET http://[/api HTTP/1.1\r\n\r\n", 401),
    ],
)
def test_a_request_that_makes_no_sense_gets_a_clean_answer(
    server: Simulator, capfd: pytest.CaptureFixture[str], request_bytes: bytes, status: int
) -> None:
    assert raw(server, request_bytes).startswith(f"HTTP/1.1 {status} ".encode())
    assert httpx.get(server.url + STATUS, auth=GOOD).status_code == 200
    assert capfd.readouterr().err == ""


def test_a_client_that_hangs_up_half_way_disturbs_nobody(
    server: Simulator, capfd: pytest.CaptureFixture[str]
) -> None:
    for request in (b"", b"GET /api", b"POST /api/v1/calls HTTP/1.1\r\nContent-Length: 50\r\n\r\nname"):
        with socket.create_connection((server.host, server.port)) as connection:
            connection.sendall(request)
    assert httpx.get(server.url + STATUS, auth=GOOD).status_code == 200
    assert capfd.readouterr().err == ""


def test_the_journal_tells_what_was_asked(api: Api) -> None:
    api.post("coSpaces", {"name": "A", "uri": "a"})
    api.send("GET", "calls?limit=2")
    api.send("DELETE", "calls/none")
    first, second, third = journal(api)
    assert (first["number"], first["method"], first["path"]) == (1, "POST", "/api/v1/coSpaces")
    assert first["form"] == [["name", "A"], ["uri", "a"]]
    assert (first["status"], first["answered"]) == (200, True)
    assert second["path"] == "/api/v1/calls?limit=2"
    assert third["status"] == 404
    assert [entry["number"] for entry in journal(api, since=2)] == [3]


def test_the_journal_can_be_cleared_and_counts_on(api: Api) -> None:
    api.get("calls")
    assert api.http.delete("/journal").status_code == 200
    assert journal(api) == []
    api.get("calls")
    assert journal(api)[0]["number"] == 2
    assert api.http.get("/journal?since=x").status_code == 400


def test_the_journal_keeps_the_last_five_thousand(server: Simulator) -> None:
    for _ in range(5001):
        server.journal.add("GET", "/api/v1/calls", [], status=200, answered=True)
    kept = server.journal.since()
    assert (len(kept), kept[0].number) == (5000, 2)


def test_the_state_shows_what_is_in_use(api: Api) -> None:
    space = api.post("coSpaces", {"name": "Used", "nonMemberAccess": "false"})
    api.post("coSpaces", {"name": "Idle", "nonMemberAccess": "false"})
    api.post("coSpaces", {"name": "Open"})
    call = api.post("calls", {"coSpace": identifier(space)})
    api.post(f"{call}/callLegs", {"remoteParty": "desk@example.com"})
    state = api.http.get("/state").json()
    assert state["totalSpaces"] == 3
    assert [(one["name"], one["nonMemberAccess"], one["call"]) for one in state["spaces"]] == [
        ("Used", False, True),
        ("Open", True, False),
    ]
    assert state["calls"][0]["callLegs"] == 1
    assert state["callLegs"][0]["state"] == "initial"


def test_a_bridge_that_is_down_closes_connections(api: Api) -> None:
    order(api, down=True)
    for _ in range(2):
        with pytest.raises(httpx.RemoteProtocolError):
            api.send("GET", "calls")
    assert [entry["status"] for entry in journal(api)] == [0, 0]
    order(api, down=False)
    api.get("calls")


def test_a_bridge_that_is_down_may_answer_503(api: Api) -> None:
    order(api, down=True, status=503)
    assert api.send("GET", "calls").status_code == 503
    assert api.http.delete("/faults").status_code == 200
    api.get("calls")


def test_the_next_matching_requests_get_the_status_ordered(api: Api) -> None:
    order(api, status=503, count=2, method="post", path="^/api/v1/calls$")
    api.post("coSpaces", {"name": "A"})
    form = {"name": "B"}
    statuses = [api.send("POST", "calls", form).status_code for _ in range(3)]
    assert statuses == [503, 503, 200]
    assert api.get("calls").get("total") == "1"


def test_a_status_without_a_name_can_be_ordered(api: Api) -> None:
    order(api, status=299)
    assert api.send("GET", "calls").status_code == 299


def test_a_request_can_be_delayed(api: Api) -> None:
    order(api, delay_ms=60)
    started = time.monotonic()
    api.get("calls")
    assert time.monotonic() - started >= 0.06
    assert api.simulator.faults.take("GET", STATUS) is None


def test_an_answer_can_be_dropped_after_the_work_is_done(api: Api) -> None:
    order(api, drop_answer=True, method="POST")
    with pytest.raises(httpx.RemoteProtocolError):
        api.send("POST", "calls", {"name": "A"})
    assert api.get("calls").get("total") == "1"
    entry = journal(api)[0]
    assert (entry["status"], entry["answered"]) == (200, False)


def test_faults_can_be_ordered_with_a_form(api: Api) -> None:
    assert api.http.post("/faults", data={"status": "500", "count": "1"}).status_code == 200
    assert api.send("GET", "calls").status_code == 500
    assert api.send("GET", "calls").status_code == 200


@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"status": 99},
        {"status": "x"},
        {"status": 503, "count": 0},
        {"delay_ms": -1},
        {"drop_answer": "maybe"},
        {"down": 7},
        {"status": 503, "path": "("},
        {"status": 503, "path": "a" * 500},
        {"status": 503, "path": 7},
        {"nonsense": 1},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(api: Api, fault: dict[str, object]) -> None:
    answer = api.http.post("/faults", json=fault)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    api.get("calls")


@pytest.mark.parametrize("body", ["{", "{" * 5000, '{"a":' * 100_000, "[]", "null"])
def test_faults_that_are_not_json_are_refused(api: Api, body: str) -> None:
    assert api.http.post("/faults", content=body).status_code == 400


def test_other_nodes_outside_the_interface_do_not_exist(api: Api) -> None:
    assert api.http.get("/nothing").status_code == 404
    answer = api.http.put("/journal")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, DELETE")


def test_a_stopped_bridge_is_unreachable_and_comes_back_as_it_was(server: Simulator) -> None:
    with httpx.Client(base_url=server.url, auth=GOOD) as client:
        location = client.post("/api/v1/coSpaces", data={"name": "A"}).headers["Location"]
        server.stop()
        with pytest.raises(httpx.TransportError):
            client.get(location)
        server.start()
        assert client.get(location).status_code == 200


def test_stopping_does_not_wait_for_a_delayed_request(server: Simulator) -> None:
    server.faults.order({"delay_ms": 60_000})
    with socket.create_connection((server.host, server.port)) as connection:
        connection.sendall(b"GET /api/v1/calls HTTP/1.1\r\n\r\n")
        time.sleep(0.05)
        started = time.monotonic()
        server.stop()
        assert time.monotonic() - started < 1
        assert connection.recv(10) == b""


def test_serving_in_the_foreground_ends_when_another_thread_stops_it() -> None:
    server = Simulator(password=PASSWORD)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    while not server.port:
        time.sleep(0.001)
    assert httpx.get(server.url + STATUS, auth=GOOD).status_code == 200
    server.stop()
    thread.join(2)
    assert not thread.is_alive()


def test_starting_twice_is_an_error(server: Simulator) -> None:
    with pytest.raises(RuntimeError):
        server.start()


def test_stopping_twice_is_not_an_error(server: Simulator) -> None:
    server.stop()
    server.stop()


def test_the_log_has_a_line_per_request_and_no_secrets(capfd: pytest.CaptureFixture[str]) -> None:
    with Simulator(password=PASSWORD, log=True) as server:
        url = f"{server.url}/api/v1/coSpaces"
        httpx.post(url, data={"name": "A", "passcode": "2580"}, auth=GOOD)
        httpx.get(f"{url}?filter=private", auth=GOOD)
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("method='POST' path='/api/v1/coSpaces' status=200 ms=")
    assert not any(secret in line for line in lines for secret in ("2580", "private", PASSWORD))


def test_requests_at_the_same_time_keep_addresses_unique(api: Api) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def create(_: int) -> int:
        return api.send("POST", "coSpaces", {"name": "A", "uri": "same"}).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(create, range(24)))
    assert (statuses.count(200), statuses.count(400)) == (1, 23)


def test_ten_thousand_spaces_are_made_and_read_in_good_time() -> None:
    with Simulator(password=PASSWORD, sync_seconds=0) as server:
        api = Api(server)
        with api.http:
            form = {"startIndex": 1, "endIndex": 10_000, "coSpaceNameMapping": "Room $index$"}
            form |= {"coSpaceUriMapping": "$index$", "coSpaceCallIdMapping": "$index$"}
            parameters = api.post("cospaceBulkParameterSets", form)
            started = time.monotonic()
            for _ in range(2):
                api.post("cospaceBulkSyncs", {"cospaceBulkParameterSet": identifier(parameters)})
                assert api.get("coSpaces").get("total") == "10000"
            ids = [
                space.get("id")
                for offset in range(0, 1000, 20)
                for space in api.get("coSpaces", offset=offset)
            ]
            assert len(set(ids)) == 1000
            assert time.monotonic() - started < 5


def test_a_form_of_very_many_fields_is_read(api: Api) -> None:
    answer = api.http.post("/api/v1/coSpaces", content="a=1&" * 200_000 + "name=A")
    assert answer.status_code == 200
    assert len(journal(api)[0]["form"]) <= 200


def test_a_form_of_json_is_just_an_unknown_field(api: Api) -> None:
    answer = api.http.post("/api/v1/coSpaces", content=json.dumps({"name": "A"}))
    assert answer.status_code == 400
