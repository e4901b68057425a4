"""Several call bridges with one database."""

from collections.abc import Iterator

import httpx
import pytest
from simulator_api import PASSWORD, Api, identifier

from tmsba.simulator import Party, SimulatedCluster, Simulator

DESK = {"remoteParty": "desk@example.com"}


@pytest.fixture
def cluster() -> Iterator[SimulatedCluster]:
    with SimulatedCluster(3, password=PASSWORD, answer_seconds=0) as cluster:
        yield cluster


@pytest.fixture
def nodes(cluster: SimulatedCluster) -> Iterator[list[Api]]:
    apis = [Api(node) for node in cluster.nodes]
    yield apis
    for api in apis:
        api.http.close()


def shared_call(nodes: list[Api]) -> tuple[str, str]:
    """Start a call of one space on the first two bridges, with somebody in each."""
    space = identifier(nodes[0].post("coSpaces", {"name": "Weekly", "uri": "weekly"}))
    calls = [node.post("calls", {"coSpace": space}) for node in nodes[:2]]
    nodes[0].post(f"{calls[0]}/participants", DESK)
    nodes[1].post(f"{calls[1]}/participants", {"remoteParty": "hall@example.com"})
    return calls[0], calls[1]


def alarms(api: Api) -> list[tuple[str | None, str | None]]:
    return [(one.findtext("type"), one.findtext("callBridge")) for one in api.get("system/alarms")]


def test_every_node_shows_all_call_bridges_where_they_listen(nodes: list[Api]) -> None:
    for node in nodes:
        bridges = node.get("callBridges")
        assert [bridge.findtext("name") for bridge in bridges] == ["bridge1", "bridge2", "bridge3"]
        addresses = [node.text(f"callBridges/{bridge.get('id')}", "address") for bridge in bridges]
        assert addresses == [other.simulator.url for other in nodes]


def test_nodes_share_the_cluster_id_and_have_a_host_id_each(nodes: list[Api]) -> None:
    status = [node.values("system/status") for node in nodes]
    assert {one["clusterEnabled"] for one in status} == {"true"}
    assert len({one["clusterId"] for one in status}) == 1
    assert len({one["hostId"] for one in status}) == 3


def test_each_node_knows_its_own_name_in_the_cluster(nodes: list[Api]) -> None:
    names = [node.values("system/configuration/cluster")["uniqueName"] for node in nodes]
    assert names == ["bridge1", "bridge2", "bridge3"]
    nodes[1].put("system/configuration/cluster", {"loadLimit": 96000, "participantLimit": 5})
    assert nodes[1].values("system/configuration/cluster")["loadLimit"] == "96000"
    assert "loadLimit" not in nodes[0].values("system/configuration/cluster")
    too_much = {"newConferenceLoadLimitBasisPoints": 10_001}
    error = nodes[0].bad_parameter("PUT", "system/configuration/cluster", too_much)
    assert error == ("newConferenceLoadLimitBasisPoints", "invalidValue")


def test_spaces_and_profiles_made_on_one_node_are_on_all(nodes: list[Api]) -> None:
    profile = nodes[0].post("callLegProfiles", {"name": "Ours"})
    space = nodes[1].post("coSpaces", {"name": "A", "uri": "a", "callLegProfile": identifier(profile)})
    assert nodes[2].values(space)["callLegProfile"] == identifier(profile)
    assert nodes[2].refusal("POST", "coSpaces", {"name": "B", "uri": "A"})[1][0][0] == "duplicateCoSpaceUri"
    nodes[2].delete(space)
    assert nodes[0].refusal("GET", space)[0] == 404


def test_a_bulk_sync_may_be_followed_from_another_node(nodes: list[Api]) -> None:
    form = {"startIndex": 1, "endIndex": 3, "coSpaceNameMapping": "Room $index$"}
    parameters = nodes[0].post("cospaceBulkParameterSets", form)
    sync = nodes[1].post("cospaceBulkSyncs", {"cospaceBulkParameterSet": identifier(parameters)})
    nodes[1].settle()
    assert nodes[2].values(sync)["status"] == "complete"
    assert nodes[2].get("coSpaces").get("total") == "3"


def test_calls_belong_to_one_node_and_share_their_correlator(nodes: list[Api]) -> None:
    first, second = shared_call(nodes)
    assert [node.get("calls").get("total") for node in nodes] == ["1", "1", "0"]
    shown = nodes[0].values(first)
    assert shown["callCorrelator"] == nodes[1].values(second)["callCorrelator"]
    assert (shown["numParticipantsLocal"], shown["numParticipantsRemote"]) == ("1", "1")
    assert shown["numDistributedInstances"] == "1"
    assert nodes[1].refusal("GET", first) == (404, [("callDoesNotExist", {})])


def test_a_call_can_be_joined_by_its_correlator(nodes: list[Api]) -> None:
    first, _ = shared_call(nodes)
    shown = nodes[0].values(first)
    third = nodes[2].values(nodes[2].post("calls", {"callCorrelator": shown["callCorrelator"]}))
    assert (third["coSpace"], third["name"]) == (shown["coSpace"], "Weekly")
    assert nodes[0].values(first)["numDistributedInstances"] == "2"


def test_a_node_shows_participants_elsewhere_but_does_not_touch_them(nodes: list[Api]) -> None:
    first, second = shared_call(nodes)
    [own, other] = nodes[0].get(f"{first}/participants")
    assert (own.findtext("callBridge"), own.findtext("numCallLegs")) == (None, "1")
    host = nodes[1].get("callBridges")[1].get("id")
    assert (other.findtext("callBridge"), other.findtext("numCallLegs")) == (host, None)
    assert other.findtext("call") == identifier(first)
    node = f"participants/{other.get('id')}"
    assert nodes[0].text(node, "uri") == "hall@example.com"
    assert nodes[0].get(f"{node}/callLegs").get("total") == "0"
    assert nodes[0].refusal("DELETE", node) == (400, [("participantCannotBeDeleted", {})])
    assert nodes[0].refusal("PUT", node, {"importance": 1}) == (400, [("participantCannotBeModified", {})])
    assert nodes[1].get(f"{node}/callLegs").get("total") == "1"
    assert nodes[0].get("participants", callBridgeFilter=host).get("total") == "1"
    assert nodes[2].refusal("GET", node)[0] == 404
    nodes[1].delete(second)
    assert nodes[0].get("participants").get("total") == "1"


def test_a_distributed_call_has_one_lobby(nodes: list[Api]) -> None:
    profile = identifier(nodes[0].post("callLegProfiles", {"needsActivation": "true"}))
    space = identifier(nodes[0].post("coSpaces", {"name": "Weekly"}))
    first, second = (node.post("calls", {"coSpace": space}) for node in nodes[:2])
    guest = nodes[0].post(f"{first}/callLegs", DESK | {"callLegProfile": profile})
    nodes[0].settle()
    assert nodes[0].text(guest, "status/deactivated") == "true"
    host = nodes[1].post(f"{second}/callLegs", {"remoteParty": "host@example.com"})
    nodes[1].settle()
    assert nodes[0].text(guest, "status/deactivated") is None
    nodes[1].delete(host)
    assert nodes[0].text(guest, "status/deactivated") == "true"


def test_a_participant_may_be_called_from_another_node(nodes: list[Api]) -> None:
    call = nodes[0].post("calls", {"name": "A"})
    third = nodes[0].get("callBridges")[2].get("id")
    participant = nodes[0].post(f"{call}/participants", DESK | {"callBridge": str(third)})
    assert nodes[0].text(participant, "callBridge") == third
    assert nodes[2].get("callLegs").get("total") == "1"
    nodes[2].simulator.kill()
    down = nodes[0].refusal("POST", f"{call}/participants", DESK | {"callBridge": str(third)})
    assert down == (400, [("callBridgeUnavailable", {})])


def test_a_group_spreads_participants_by_load(nodes: list[Api]) -> None:
    group = identifier(nodes[0].post("callBridgeGroups", {"name": "North", "loadBalancingEnabled": "true"}))
    ids = [bridge.get("id") for bridge in nodes[0].get("callBridges")]
    for one in ids[1:]:
        nodes[0].put(f"callBridges/{one}", {"callBridgeGroup": group})
    call = nodes[0].post("calls", {"name": "A"})
    form = DESK | {"callBridgeGroup": group}
    refusal = nodes[0].refusal("POST", f"{call}/participants", form)
    assert refusal == (400, [("loadBalancingDisabled", {})])
    nodes[0].put(f"callBridgeGroups/{group}", {"loadBalanceOutgoingCalls": "true"})
    busy = nodes[1].post("calls", {"name": "Busy"})
    nodes[1].post(f"{busy}/participants", {"remoteParty": "full@example.com"})
    participant = nodes[0].post(f"{call}/participants", form)
    assert nodes[0].text(participant, "callBridge") == ids[2]
    nodes[1].simulator.kill()
    nodes[2].simulator.kill()
    refusal = nodes[0].refusal("POST", f"{call}/participants", form)
    assert refusal == (400, [("callBridgeGroupUnavailable", {})])


def test_the_participant_limit_counts_the_whole_call(nodes: list[Api]) -> None:
    first, second = shared_call(nodes)
    profile = nodes[0].post("callProfiles", {"participantLimit": 2})
    nodes[0].put(f"coSpaces/{nodes[0].values(first)['coSpace']}", {"callProfile": identifier(profile)})
    refusal = nodes[1].refusal("POST", f"{second}/callLegs", {"remoteParty": "late@example.com"})
    assert refusal == (400, [("participantLimitReached", {})])


def test_a_node_that_falls_down_loses_its_calls_and_the_others_raise_an_alarm(nodes: list[Api]) -> None:
    first, second = shared_call(nodes)
    ids = [bridge.get("id") for bridge in nodes[0].get("callBridges")]
    nodes[1].simulator.kill()
    with pytest.raises(httpx.TransportError):
        nodes[1].get("calls")
    for node in (nodes[0], nodes[2]):
        assert ("callBridgeConnectionFailure", ids[1]) in alarms(node)
        up = [one.findtext("up") for one in node.get("system/database").iter("node")]
        assert up == ["true", "false", "true"]
    assert nodes[0].values(first)["numDistributedInstances"] == "0"
    nodes[1].simulator.revive()
    assert nodes[1].refusal("GET", second)[0] == 404
    assert nodes[1].get("coSpaces").get("total") == "1"
    status = nodes[1].values("system/status")
    assert (status["callLegsActive"], status["callLegsMaxActive"]) == ("0", "0")
    assert alarms(nodes[0]) == alarms(nodes[1]) == []


def test_calls_that_are_cut_off_raise_an_alarm_until_they_end(nodes: list[Api]) -> None:
    first, _ = shared_call(nodes)
    nodes[1].simulator.kill()
    [cut] = [
        one for one in nodes[0].get("system/alarms") if one.findtext("type") == "callDistributionFailure"
    ]
    assert (cut.findtext("callBridgeName"), cut.findtext("call")) == ("bridge2", identifier(first))
    nodes[0].delete(first)
    assert [kind for kind, _ in alarms(nodes[0])] == ["callBridgeConnectionFailure"]


def test_a_node_that_comes_back_sees_who_is_still_down(nodes: list[Api]) -> None:
    nodes[1].simulator.kill()
    nodes[2].simulator.kill()
    nodes[1].simulator.revive()
    third = nodes[0].get("callBridges")[2].get("id")
    assert alarms(nodes[0]) == alarms(nodes[1]) == [("callBridgeConnectionFailure", third)]


def test_a_single_bridge_has_no_database_cluster() -> None:
    with Simulator(password=PASSWORD) as single:
        api = Api(single)
        with api.http:
            assert api.values("system/database") == {"clustered": "disabled"}


def test_a_cluster_with_the_same_seed_makes_the_same_identifiers() -> None:
    def made() -> list[str]:
        with SimulatedCluster(2, password=PASSWORD, seed=5, parties=[Party("*", "busy")]) as cluster:
            api = Api(cluster.nodes[0])
            with api.http:
                space = api.post("coSpaces", {"name": "A", "requireCallId": "true"})
                call = api.post("calls", {"coSpace": identifier(space)})
                leg = api.post(f"{call}/callLegs", DESK)
                return [space, call, leg, *api.values(space).values()]

    assert made() == made()


def test_a_cluster_that_cannot_start_leaves_no_node_behind() -> None:
    with SimulatedCluster(1, password=PASSWORD) as blocking:
        taken = blocking.nodes[0].port
        cluster = SimulatedCluster(2, password=PASSWORD)
        cluster.nodes[1].port = taken
        with pytest.raises(OSError, match="in use"):
            cluster.start()
        assert not cluster.nodes[0].is_running
