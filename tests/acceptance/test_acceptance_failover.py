"""A node of a cluster dies during a meeting; real processes bring the meeting back on the other node."""

from collections.abc import Iterator

import pytest
from installation import BRIDGE_PASSWORD, wait_until

from tmsba.simulator import Party, SimulatedCluster


@pytest.fixture
def cluster() -> Iterator[SimulatedCluster]:
    """Two nodes; whoever rings in vain has the meeting looked at every five seconds."""
    silent = Party("silent@*", outcome="silent")
    with SimulatedCluster(
        2, username="api", password=BRIDGE_PASSWORD, answer_seconds=0, parties=[silent]
    ) as made:
        yield made


def connected(node):
    return sorted(leg.remote_party for leg in list(node.bridge.legs.values()) if leg.state == "connected")


def open_numbers(node):
    return [one.values["callId"] for one in node.bridge.spaces if one.values["nonMemberAccess"] == "true"]


def test_a_meeting_whose_node_dies_goes_on_at_the_other_one(new_installation, cluster):
    first, second = cluster.nodes
    new_installation.environment = {"TMSBA_BRIDGE_CHECK_SECONDS": "1", "TMSBA_BRIDGE_SWEEP_SECONDS": "10"}
    new_installation.add_bridge(first.url)
    login = ["--alternate-username", "api", "--alternate-password-stdin"]
    alternate = ["--alternate-url", second.url, *login]
    new_installation.run("bridge", "set", "Bridge One", *alternate, stdin=BRIDGE_PASSWORD)
    new_installation.run("settings", "set", "failover-threshold", "1")
    new_installation.serve()
    soap = new_installation.soap()
    people = [soap.participant("TMS", 1), soap.participant("SIP ->", name="silent@example.com")]
    saved = soap.SaveConference(soap.conference(*people, title="Survivor"))
    wait_until(lambda: connected(first) == ["room1@example.com"], "the room is connected")
    assert not second.bridge.calls

    first.kill()

    wait_until(lambda: connected(second) == ["room1@example.com"], "the room is connected again", 30)
    assert len(second.bridge.calls) == 1
    assert "was opened at" in new_installation.run("ticket", "list")

    first.revive()
    soap.EndConferenceById(saved.ConferenceId)

    wait_until(lambda: not second.bridge.calls, "the call is ended")
    assert not first.bridge.calls
    assert open_numbers(first) == open_numbers(second) == []
    # What the dead node had is forgotten by whoever comes first: the end, a sweep, or this.
    wait_until(
        lambda: "There is nothing to clean" in new_installation.run("bridge", "clean", "Bridge One"),
        "the store and both nodes agree",
    )
