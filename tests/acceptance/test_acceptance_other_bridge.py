"""The main job on a bridge that has nothing in common with our simulator."""

import pytest
from installation import wait_until
from plain_bridge import PlainBridge


@pytest.fixture
def bridge():
    with PlainBridge() as plain:
        yield plain


def test_a_conference_goes_live_on_a_bridge_that_is_not_our_simulator(new_installation, bridge):
    assert "ready" in new_installation.add_bridge(bridge.url, base=1, quantity=45)
    new_installation.serve()
    soap = new_installation.soap()
    bridge.requests.clear()
    bridge.told_ids.clear()

    saved = soap.SaveConference(
        soap.conference(
            soap.participant("SIP <-", name="One"),
            soap.participant("SIP ->", name="guest@example.com"),
            soap.participant("TMS", 4),
            title="Plain & simple",
        )
    )

    wait_until(lambda: len(bridge.legs) == 2, "both are dialled", 10)
    assert [party for _, party in bridge.legs.values()] == ["guest@example.com", "room4@example.com"]
    opened = [fields for method, path, fields in bridge.requests if method == "PUT"]
    assert opened[0]["name"] == "Plain & simple"
    assert opened[0]["passcode"] == saved.Password
    assert len(bridge.calls) == 1
    [launch, *_] = [told_id for told_id, method, _ in bridge.told_ids if method == "PUT"]
    assert [(method, node) for told_id, method, node in bridge.told_ids if told_id == launch] == [
        ("GET", "system"),
        ("GET", "participants"),
        ("GET", "coSpaces"),
        ("PUT", "coSpaces"),
        ("POST", "calls"),
        ("GET", "system"),
        ("GET", "coSpaces"),
        ("GET", "calls"),
        ("GET", "callLegs"),
        ("POST", "calls"),
        ("POST", "calls"),
    ]

    soap.EndConferenceById(saved.ConferenceId)

    wait_until(lambda: not bridge.calls, "the call is ended", 10)
    assert next(iter(bridge.spaces.values()))["nonMemberAccess"] == "false"
