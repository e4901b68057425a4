"""A control worker is killed at any point; a new one finishes the job, once."""

import re
import signal

import pytest
from installation import remote_parties, start_bridge, wait_until

POINTS = {
    "reading the spaces": ("GET", "coSpaces"),
    "opening the space": ("PUT", "coSpaces"),
    "starting the call": ("POST", "calls$"),
    "dialling": ("POST", "callLegs"),
}


@pytest.mark.parametrize("point", POINTS)
def test_a_launch_is_finished_after_the_worker_was_killed_while(new_installation, point):
    method, path = POINTS[point]
    bridge = start_bridge()
    new_installation.environment = {"TMSBA_LEASE_SECONDS": "3"}
    try:
        new_installation.add_bridge(bridge.url)
        new_installation.serve("--no-control")
        soap = new_installation.soap()
        bridge.journal.clear()
        # The bridge carries the request out; the worker is killed before it can know.
        bridge.faults.order({"method": method, "path": path, "drop_answer": True, "delay_ms": 200})
        first = new_installation.start("control")
        saved = soap.SaveConference(
            soap.conference(soap.participant("TMS", 1), soap.participant("TMS", 4), title="Crash")
        )
        wait_until(lambda: reached(bridge, method, path), f"the worker is {point}")
        first.send_signal(signal.SIGKILL)
        first.wait()

        new_installation.start("control")

        wait_until(lambda: len(bridge.bridge.legs) == 2, "both are dialled")
        assert len(bridge.bridge.calls) == 1
        assert sorted(remote_parties(bridge)) == ["room1@example.com", "room4@example.com"]
        soap.EndConferenceById(saved.ConferenceId)
        wait_until(lambda: not bridge.bridge.calls, "the call is ended")
    finally:
        bridge.stop()


def reached(bridge, method, path):
    return any(e.method == method and re.search(path, e.path) for e in bridge.journal.since())
