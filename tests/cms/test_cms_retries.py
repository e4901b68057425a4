"""What is sent again when a bridge is busy or a connection breaks, and what never is."""

import httpx
import pytest
from cms_fakes import FakeBridge, created, refusal, xml

from tmsba.cms import BridgeBusy, BridgeServerError, BridgeTimeout, BridgeUnreachable, RequestRefused
from tmsba.cms.wire import connection as module

OK = httpx.Response(200)
STATUS = xml("<status/>")
BUSY = httpx.Response(503)
BROKEN = httpx.RemoteProtocolError("gone")


def busy(retry_after):
    return httpx.Response(503, headers={"Retry-After": retry_after})


class Time:
    """A clock that only sleeping and slow answers move."""

    def __init__(self):
        self.now, self.pauses = 100.0, []

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.pauses.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    fake = Time()
    monkeypatch.setattr(module, "time", fake)
    return fake


@pytest.mark.parametrize(
    ("act", "good"),
    [
        (lambda client: client.status(), STATUS),
        (lambda client: client.close_space("s1", placeholder_name="x"), OK),
        (lambda client: client.delete_call("c1"), OK),
    ],
)
@pytest.mark.parametrize("trouble", [BUSY, BROKEN, httpx.ConnectError("no")])
def test_what_can_be_repeated_is_repeated_after_a_pause(clock, act, good, trouble):
    bridge = FakeBridge(trouble, trouble, good)
    act(bridge.client(retries=2))
    assert len(bridge.requests) == 3
    assert len({(request.method, request.content) for request in bridge.requests}) == 1
    first, second = clock.pauses
    assert 0.1 <= first <= 0.2
    assert 0.2 <= second <= 0.4


@pytest.mark.parametrize("trouble", [BUSY, BROKEN, httpx.ConnectError("no")])
def test_what_creates_something_is_never_sent_twice(clock, trouble):
    bridge = FakeBridge(trouble, created("/api/v1/calls/c1"))
    with pytest.raises((BridgeBusy, BridgeUnreachable)):
        bridge.client(retries=2).create_call("s1")
    assert len(bridge.requests) == 1


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        (httpx.ReadTimeout("slow"), BridgeTimeout),
        (httpx.Response(500), BridgeServerError),
        (refusal(400, "parameterError"), RequestRefused),
    ],
)
def test_a_bridge_that_hangs_fails_or_refuses_is_not_asked_again(clock, trouble, kind):
    bridge = FakeBridge(trouble)
    with pytest.raises(kind):
        bridge.client(retries=2).status()
    assert clock.pauses == []


def test_the_repetitions_end(clock):
    bridge = FakeBridge(BUSY, BUSY, BUSY)
    with pytest.raises(BridgeBusy):
        bridge.client(retries=2).status()
    assert len(bridge.requests) == 3


def test_without_retries_nothing_is_repeated(clock):
    with pytest.raises(BridgeBusy):
        FakeBridge(BUSY).client().status()


def test_the_bridge_says_how_long_to_wait(clock):
    bridge = FakeBridge(busy("2"), STATUS)
    bridge.client(retries=2, connect_timeout_s=5, read_timeout_s=10).status()
    assert clock.pauses == [2]


def test_a_longer_wait_is_left_to_the_caller(clock):
    bridge = FakeBridge(busy("60"), STATUS)
    with pytest.raises(BridgeBusy) as caught:
        bridge.client(retries=2).status()
    assert caught.value.retry_after_s == 60
    assert clock.pauses == []


def test_a_slow_failure_is_not_repeated(clock):
    """Whoever holds a lease for the call counts on its end."""

    def answer(request):
        clock.now += 3
        return httpx.ConnectTimeout("nobody there")

    bridge = FakeBridge(by=answer)
    with pytest.raises(BridgeUnreachable):
        bridge.client(retries=2, connect_timeout_s=3, read_timeout_s=7).status()
    assert len(bridge.requests) == 1


def test_an_answer_that_trickles_in_is_given_up(clock):
    def trickle():
        for _ in range(1000):
            clock.now += 1
            yield b" "

    bridge = FakeBridge(httpx.Response(200, content=trickle()))
    with pytest.raises(BridgeTimeout):
        bridge.client(connect_timeout_s=3, read_timeout_s=7).status()
    assert clock.now == 111
