"""The client against a bridge that listens on a real port."""

import dataclasses

import pytest

from tmsba.cms import (
    BridgeBusy,
    BridgeClient,
    BridgeServerError,
    BridgeTimeout,
    BridgeUnreachable,
    CredentialsRefused,
    NotFoundOnBridge,
    RequestRefused,
    placeholder_name,
    prepare_bridge,
)
from tmsba.cms.meeting import LegOptions
from tmsba.cms.model import BridgeLimits
from tmsba.simulator import Peer, SimulatedCluster, Simulator


@pytest.fixture
def sim():
    cluster = [Peer("bridge2", "https://bridge2.example.com", "b2.example.com")]
    with Simulator(username="api", password="pass-word", cluster=cluster) as simulator:
        yield simulator


@pytest.fixture
def client(sim):
    with BridgeClient(sim.url, "api", "pass-word", read_timeout_s=2) as bridge_client:
        yield bridge_client


def prepare(sim, client, first=1, quantity=25, **kwargs):
    return prepare_bridge(
        client,
        numbers=range(first, first + quantity),
        pause=lambda _: sim.wait_until_settled(),
        **kwargs,
    )


def test_the_bridge_tells_its_version_and_its_cluster(client):
    status = client.status()
    assert status.software_version == "3.4"
    assert status.uptime is not None
    assert status.cdr_time is not None
    listed = client.call_bridges()
    assert [bridge.name for bridge in listed] == ["bridge1", "bridge2"]
    full = client.call_bridge(listed[1].id)
    assert (full.id, full.address, full.sip_domain) == (
        listed[1].id,
        "https://bridge2.example.com",
        "b2.example.com",
    )


def test_the_bridge_tells_its_limits(sim, client):
    assert client.limits() == BridgeLimits()
    sim.bridge.configuration.change({"participantLimit": "40", "loadLimit": "2000"})
    assert client.limits() == BridgeLimits(participants=40, load=2000)


def test_a_bridge_is_prepared_changed_and_left_alone(sim, client):
    setup = prepare(sim, client)
    assert set(setup.space_ids) == set(range(1, 26))
    assert client.space(setup.space_ids[7]).name == placeholder_name(7)
    assert client.space(setup.space_ids[7]).call_profile_id == setup.call_profile_id
    sim.journal.clear()
    assert prepare(sim, client, known=setup) == setup
    assert {entry.method for entry in sim.journal.since()} == {"GET"}
    smaller = prepare(sim, client, first=3, quantity=5, known=setup)
    assert smaller.ranges[0].id == setup.ranges[0].id
    assert {number: setup.space_ids[number] for number in smaller.space_ids} == smaller.space_ids
    assert set(smaller.space_ids) == {3, 4, 5, 6, 7}
    assert {space.call_id for space in client.spaces()} == {"3", "4", "5", "6", "7"}


def test_what_an_earlier_run_left_unfinished_is_completed(sim, client):
    recorded = []
    sim.faults.order({"path": "cospaceBulkSyncs", "method": "POST", "drop_answer": True})
    with pytest.raises(BridgeUnreachable):
        prepare(sim, client, record=recorded.append)
    setup = prepare(sim, client, known=recorded[-1])
    assert len(setup.space_ids) == 25
    assert setup.ranges[0].id == recorded[-1].ranges[0].id


def test_a_number_that_is_taken_is_left_to_whoever_has_it(sim, client):
    theirs = prepare(sim, client, quantity=2)
    before = [client.space(space_id) for space_id in theirs.space_ids.values()]
    setup = prepare(sim, client, quantity=5)
    assert len(client.spaces()) == 5
    assert set(setup.space_ids) == {3, 4, 5}
    assert {number: space.id for number, space in setup.in_way.items()} == theirs.space_ids
    assert [client.space(space_id) for space_id in theirs.space_ids.values()] == before


def test_a_profile_that_was_removed_by_hand_is_made_anew(sim, client):
    setup = prepare(sim, client, quantity=2)
    lost = dataclasses.replace(setup, call_profile_id="0e3758db-b9b8-49df-a74c-55fa05e3e21d")
    again = prepare(sim, client, quantity=2, known=lost)
    assert again.call_profile_id not in (lost.call_profile_id, setup.call_profile_id)
    assert again.ranges[0].id == setup.ranges[0].id
    assert client.space(again.space_ids[1]).call_profile_id == again.call_profile_id


def test_all_spaces_are_read_although_pages_hold_twenty(sim, client):
    prepare(sim, client, quantity=45)
    sim.journal.clear()
    assert len({space.id for space in client.spaces()}) == 45
    assert [entry.path for entry in sim.journal.since()] == [
        "/api/v1/coSpaces",
        "/api/v1/coSpaces?offset=20",
        "/api/v1/coSpaces?offset=40",
    ]


def test_tones_are_taken_with_the_call(sim, client):
    call_id = client.create_call(prepare(sim, client, quantity=1).space_ids[1])
    assert client.create_call_leg(
        call_id, remote_party="+15550102", options=LegOptions(dtmf_sequence=",,990011#,#,,12#*")
    )
    with pytest.raises(RequestRefused):
        client.create_call_leg(call_id, remote_party="+15550103", options=LegOptions(dtmf_sequence="p1x"))


def test_a_meeting_runs_from_open_to_close(sim, client):
    space_id = prepare(sim, client, quantity=2).space_ids[1]
    client.open_space(space_id, name="Büro & Co", passcode="4321", secret="s-e-c")
    space = client.space(space_id)
    assert (space.name, space.passcode, space.secret) == ("Büro & Co", "4321", "s-e-c")
    assert space.is_non_member_access_allowed

    call_id = client.create_call(space_id)
    assert [(call.id, call.space_id) for call in client.calls(space_id)] == [(call_id, space_id)]
    leg_id = client.create_call_leg(call_id, remote_party="desk@example.com")
    sim.wait_until_settled()
    (leg,) = client.call_legs(call_id)
    assert (leg.id, leg.remote_party, leg.call_id) == (leg_id, "desk@example.com", call_id)
    assert [participant.call_id for participant in client.participants()] == [call_id]
    client.delete_call_leg(leg_id)
    client.delete_call_leg(leg_id)
    assert client.call_legs(call_id) == []

    client.close_space(space_id, placeholder_name=placeholder_name(1))
    client.delete_call(call_id)
    client.delete_call(call_id)
    assert client.calls() == []
    space = client.space(space_id)
    assert (space.name, space.passcode) == (placeholder_name(1), None)
    assert space.secret != "s-e-c"
    assert space.is_non_member_access_allowed is False


def test_calls_are_found_by_space_among_more_than_a_page(sim, client):
    setup = prepare(sim, client, quantity=12)
    calls = {space_id: client.create_call(space_id) for space_id in setup.space_ids.values()}
    assert {call.id for call in client.calls()} == set(calls.values())
    wanted = setup.space_ids[12]
    assert [call.id for call in client.calls(wanted)] == [calls[wanted]]


def test_what_is_not_there_is_not_found(client):
    unknown = "0e3758db-b9b8-49df-a74c-55fa05e3e21d"
    for act in (
        client.space,
        client.call_bridge,
        client.bulk_sync,
        client.bulk_parameter_set,
        client.create_call,
        lambda one: client.create_call_leg(one, remote_party="desk@example.com"),
        lambda one: client.close_space(one, placeholder_name="x"),
    ):
        with pytest.raises(NotFoundOnBridge):
            act(unknown)


def test_wrong_credentials_are_refused(sim):
    with BridgeClient(sim.url, "api", "wrong") as client, pytest.raises(CredentialsRefused, match="password"):
        client.status()


def test_an_answer_that_is_lost_leaves_the_call_to_be_found(sim, client):
    space_id = prepare(sim, client, quantity=1).space_ids[1]
    sim.faults.order({"path": "/calls", "method": "POST", "drop_answer": True})
    with pytest.raises(BridgeUnreachable) as caught:
        client.create_call(space_id)
    assert caught.value.is_outcome_unknown
    assert len(client.calls(space_id)) == 1


def test_a_slow_bridge_times_out(sim):
    sim.faults.order({"path": "system/status", "delay_ms": 400})
    client = BridgeClient(sim.url, "api", "pass-word", read_timeout_s=0.1)
    with client, pytest.raises(BridgeTimeout):
        client.status()


def test_a_bridge_that_goes_down_and_comes_back_is_reached_again(sim, client):
    client.status()
    sim.stop()
    with pytest.raises(BridgeUnreachable):
        client.status()
    sim.start()
    assert client.status().software_version == "3.4"


@pytest.mark.parametrize(("status", "kind"), [(500, BridgeServerError), (503, BridgeBusy)])
def test_a_failing_bridge_can_be_asked_again(sim, client, status, kind):
    sim.faults.order({"status": status})
    with pytest.raises(kind):
        client.status()
    client.status()


def test_a_call_that_runs_on_two_nodes_shows_who_is_on_the_other_one():
    with SimulatedCluster(2, username="api", password="pass-word", answer_seconds=0) as cluster:
        here, there = (BridgeClient(node.url, "api", "pass-word") for node in cluster.nodes)
        with here, there:
            space_id = prepare(cluster.nodes[0], here, quantity=1).space_ids[1]
            here.open_space(space_id, name="Shared", passcode="", secret="")
            calls = [client.create_call(space_id) for client in (here, there)]
            leg_id = here.create_call_leg(calls[0], remote_party="desk@example.com")
            there.create_call_leg(calls[1], remote_party="hall@example.com")
            for node in cluster.nodes:
                node.wait_until_settled()
            assert [leg.id for leg in here.legs_of_call(calls[0])] == [leg_id]
            seen = {one.uri: one for one in here.participants_of_call(calls[0])}
    assert seen["desk@example.com"].call_bridge_id is None
    assert seen["hall@example.com"].call_bridge_id is not None
    assert {one.state for one in seen.values()} == {"connected"}


def test_how_a_call_leg_is_and_who_is_muted(sim, client):
    space_id = prepare(sim, client, quantity=1).space_ids[1]
    call_id = client.create_call(space_id)
    leg_id = client.create_call_leg(call_id, remote_party="desk@example.com")
    sim.wait_until_settled()
    status = client.call_leg_status(leg_id)
    assert (status.state, status.is_incoming, status.is_audio_muted) == ("connected", False, None)
    assert status.duration is not None
    sim.bridge.legs[leg_id].values |= {"rxAudioMute": "true", "rxVideoMute": "false"}
    status = client.call_leg_status(leg_id)
    assert (status.is_audio_muted, status.is_video_muted) == (True, False)
    client.delete_call_leg(leg_id)
    with pytest.raises(NotFoundOnBridge):
        client.call_leg_status(leg_id)


def test_receivers_of_call_records_come_and_go(client):
    first = client.create_record_receiver("https://one.example.com/cdr")
    client.create_record_receiver("https://two.example.com/cdr")
    with pytest.raises(RequestRefused) as refused:
        client.create_record_receiver("https://three.example.com/cdr")
    assert refused.value.reasons == ("tooManyCdrReceivers",)
    client.change_record_receiver(first, "https://new.example.com/cdr")
    uris = [one.uri for one in client.record_receivers()]
    assert uris == ["https://new.example.com/cdr", "https://two.example.com/cdr"]
    assert "new.example.com" not in repr(client.record_receivers())
    client.delete_record_receiver(first)
    client.delete_record_receiver(first)
    assert [one.uri for one in client.record_receivers()] == ["https://two.example.com/cdr"]
