"""What a bridge's version does not know is asked for once."""

import httpx
import pytest
from cms_fakes import FakeBridge, listing, refusal, xml
from fakes import create_bridge

from tmsba.cms import BridgeBusy, BridgeServerError, CredentialsRefused, NotFoundOnBridge, RequestRefused
from tmsba.cms.wire.gaps import Gaps
from tmsba.control.bridge.clients import client_factory
from tmsba.domain.bridge.bridge import BridgeCredentials
from tmsba.simulator import Simulator

QUESTIONS = {
    "system/alarms": lambda client: client.alarms(),
    "system/load": lambda client: client.media_processing_load(),
    "system/configuration/cluster": lambda client: client.limits(),
    "callBridges": lambda client: client.call_bridges(),
    "participants": lambda client: client.participants(is_glance=True),
}
ABOUT_A_CALL = {
    "GET calls/c1/participants": lambda client: client.participants_of_call("c1"),
    "GET participants/c1/callLegs": lambda client: client.legs_of_participant("c1"),
    "PUT calls/c1/participants/%2A": lambda client: client.set_layout("c1", "speakerOnly"),
}
UNKNOWN = [
    lambda: httpx.Response(404),
    lambda: refusal(404, "unrecognisedObject"),
    lambda: refusal(400, "unrecognisedObject"),
    lambda: refusal(400, "invalidOperation"),
]


def status(version="2.0.1", uptime=1000):
    return xml(
        f"<status><softwareVersion>{version}</softwareVersion><uptimeSeconds>{uptime}</uptimeSeconds></status>"
    )


class OldBridge(FakeBridge):
    """Knows its status, and refuses everything else."""

    def __init__(self, refuse=lambda: httpx.Response(404)):
        super().__init__(by=self.tell)
        self.version, self.uptime, self.refuse = "2.0.1", 1000, refuse

    def tell(self, request):
        if request.url.path.endswith("system/status"):
            return status(self.version, self.uptime)
        return self.refuse()

    def asked(self, *clients, times=3, question="system/load"):
        """How often it is really asked when its status and a question are asked for so often."""
        before = len([line for line in self.lines if question in line])
        for _ in range(times):
            for client in clients:
                client.status()
                with pytest.raises((NotFoundOnBridge, RequestRefused)):
                    QUESTIONS[question](client)
        return len([line for line in self.lines if question in line]) - before


@pytest.mark.parametrize("refuse", UNKNOWN)
@pytest.mark.parametrize("question", QUESTIONS)
def test_what_a_bridge_does_not_know_is_asked_once(question, refuse):
    bridge = OldBridge(refuse)
    assert bridge.asked(bridge.client(), question=question) == 1


@pytest.mark.parametrize("refuse", UNKNOWN[1:])
@pytest.mark.parametrize("line", ABOUT_A_CALL)
def test_so_is_what_it_cannot_do_with_calls(line, refuse):
    bridge = OldBridge(refuse)
    client = bridge.client()
    for _ in range(3):
        with pytest.raises((NotFoundOnBridge, RequestRefused)):
            ABOUT_A_CALL[line](client)
    assert bridge.lines == [line.replace("%2A", "*")]


@pytest.mark.parametrize(
    "refuse", [lambda: httpx.Response(404), lambda: refusal(404, "callDoesNotExist")], ids=["bare", "told"]
)
@pytest.mark.parametrize("line", ABOUT_A_CALL)
def test_a_call_that_is_gone_says_nothing_about_the_next_one(line, refuse):
    bridge = OldBridge(refuse)
    client = bridge.client()
    for _ in range(2):
        with pytest.raises(NotFoundOnBridge):
            ABOUT_A_CALL[line](client)
    assert len(bridge.requests) == 2


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (lambda: httpx.Response(503), BridgeBusy),
        (lambda: httpx.Response(500), BridgeServerError),
        (lambda: httpx.Response(401), CredentialsRefused),
        (lambda: refusal(400, "parameterError"), RequestRefused),
    ],
)
def test_any_other_trouble_is_asked_about_again(answer, error):
    bridge = OldBridge(answer)
    client = bridge.client()
    for _ in range(2):
        with pytest.raises(error):
            client.media_processing_load()
    assert len(bridge.requests) == 2


def test_the_refusal_stays_the_same_without_being_asked_for():
    client = OldBridge(lambda: refusal(404, "unrecognisedObject")).client()
    told = []
    for _ in range(2):
        with pytest.raises(NotFoundOnBridge) as caught:
            client.alarms()
        told.append((str(caught.value), caught.value.reasons))
    assert told[0] == told[1]
    assert told[0][1] == ("unrecognisedObject",)


@pytest.mark.parametrize(
    "after",
    [{"version": "3.4", "uptime": 1300}, {"version": "2.0.1", "uptime": 20}],
    ids=["upgraded", "restarted"],
)
def test_a_bridge_that_may_be_another_is_asked_again(after):
    bridge = OldBridge()
    client = bridge.client()
    assert bridge.asked(client) == 1
    bridge.version, bridge.uptime = after["version"], after["uptime"]
    assert bridge.asked(client) == 1


def test_a_bridge_that_goes_on_is_not():
    bridge = OldBridge()
    client = bridge.client()
    assert bridge.asked(client) == 1
    for bridge.uptime in (1030, 1029, 5000):
        assert bridge.asked(client) == 0


def test_after_a_day_there_is_another_try():
    now = 0.0
    bridge = OldBridge()
    client = bridge.client(gaps=Gaps(lambda: now))
    assert bridge.asked(client) == 1
    now = 24 * 60 * 60 - 1
    assert bridge.asked(client) == 0
    now = 24 * 60 * 60
    assert bridge.asked(client) == 1


def test_the_licence_of_an_old_bridge_is_looked_for_where_it_is():
    def tell(request):
        if request.url.path.endswith("system/licensing"):
            call_bridge = "<callBridge><status>grace</status></callBridge>"
            return xml(f"<licensing><features>{call_bridge}</features></licensing>")
        return httpx.Response(404)

    bridge = FakeBridge(by=tell)
    client = bridge.client()
    assert {client.call_bridge_licence().status for _ in range(3)} == {"grace"}
    assert bridge.lines == ["GET clusterLicensing", *["GET system/licensing"] * 3]


def test_what_one_page_of_a_list_knows_is_asked_for_each_time():
    bridge = FakeBridge(by=lambda _: listing("callBridge", ["n1"]))
    client = bridge.client()
    assert [one.id for _ in range(2) for one in client.call_bridges()] == ["n1", "n1"]


def test_all_clients_of_one_address_know_it_and_no_others():
    def made(simulator):
        return [
            factory(create_bridge(url=simulator.url), BridgeCredentials(username="u", password="p"))
            for _ in "ab"
        ]

    factory = client_factory(connect_timeout_s=1, read_timeout_s=2)
    with Simulator(username="u", password="p") as old, Simulator(username="u", password="p") as new:
        old.faults.order({"status": 404, "path": "system/load$", "seconds": 60})
        clients = made(old)
        for client in clients * 2:
            client.status()
            with pytest.raises(NotFoundOnBridge):
                client.media_processing_load()
        assert [line for line in asked(old) if line.endswith("/system/load")] == ["GET /api/v1/system/load"]
        others = made(new)
        assert others[0].media_processing_load() == 0
        for client in [*clients, *others]:
            client.close()


def asked(simulator):
    return [f"{entry.method} {entry.path}" for entry in simulator.journal.since()]
