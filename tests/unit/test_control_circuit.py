from datetime import timedelta

import pytest
from fakes import FakeBridge, FakeClock, create_bridge

from tmsba.cms.wire.errors import BridgeServerError, BridgeTimeout, BridgeUnreachable, RequestRefused
from tmsba.control.bridge.circuit import Circuits
from tmsba.control.bridge.clients import BridgeClients
from tmsba.domain.bridge.bridge import BridgeCredentials

URL = "https://cms1.example.com"
API = BridgeCredentials(username="api", password="pass-word")


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def circuits(clock):
    return Circuits(clock, limit=3, pause=timedelta(seconds=10))


def fail(circuits, error, times=1, url=URL):
    for _ in range(times):
        with pytest.raises(type(error)), circuits.guard(url):
            raise error


def is_open(circuits, url=URL):
    try:
        with circuits.guard(url):
            return False
    except BridgeUnreachable:
        return True


@pytest.mark.parametrize("kind", [BridgeUnreachable, BridgeTimeout, BridgeServerError])
def test_several_failures_in_a_row_open_the_circuit(circuits, kind):
    fail(circuits, kind("It is down."), 3)
    with (
        pytest.raises(BridgeUnreachable, match=r"It is down\. It failed 3 times in a row .* before 13:00:10"),
        circuits.guard(URL),
    ):
        pytest.fail("nobody is let through")
    assert not is_open(circuits, "https://cms2.example.com")


def test_fewer_failures_and_other_errors_leave_it_closed(circuits):
    fail(circuits, BridgeTimeout("slow"), 2)
    fail(circuits, RequestRefused("no"))
    fail(circuits, BridgeTimeout("slow"), 2)
    assert not is_open(circuits)


def test_after_a_pause_one_may_probe(circuits, clock):
    fail(circuits, BridgeTimeout("slow"), 3)
    clock.advance(timedelta(seconds=10))
    with circuits.guard(URL):
        assert is_open(circuits)
    assert not is_open(circuits)


def test_a_probe_that_fails_costs_everybody_another_pause(circuits, clock):
    fail(circuits, BridgeTimeout("slow"), 3)
    clock.advance(timedelta(seconds=10))
    fail(circuits, BridgeTimeout("slow"))
    clock.advance(timedelta(seconds=9))
    assert is_open(circuits)
    clock.advance(timedelta(seconds=1))
    assert not is_open(circuits)


def test_a_probe_that_never_comes_back_is_replaced(circuits, clock):
    fail(circuits, BridgeTimeout("slow"), 3)
    clock.advance(timedelta(seconds=10))
    with pytest.raises(KeyboardInterrupt), circuits.guard(URL):
        raise KeyboardInterrupt
    assert is_open(circuits)
    clock.advance(timedelta(seconds=10))
    assert not is_open(circuits)


def test_clients_are_not_lent_while_the_circuit_is_open(circuits):
    made = []

    def make(bridge, credentials):
        made.append(FakeBridge())
        return made[-1]

    clients = BridgeClients(make, circuits)
    bridge = create_bridge(url=URL)
    for _ in range(3):
        with pytest.raises(BridgeTimeout), clients.lend(bridge, API, ""):
            raise BridgeTimeout("slow")
    with pytest.raises(BridgeUnreachable), clients.lend(bridge, API, ""):
        pytest.fail("nothing is lent")
    assert len(made) == 1
