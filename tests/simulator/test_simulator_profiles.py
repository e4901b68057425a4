import pytest
from simulator_api import Api, identifier


@pytest.mark.parametrize(
    ("node", "form", "reason"),
    [
        ("callProfiles", {"participantLimit": "5"}, "callProfileDoesNotExist"),
        ("callLegProfiles", {"defaultLayout": "stacked"}, "callLegProfileDoesNotExist"),
        ("callBridges", {"name": "core3"}, "callBridgeDoesNotExist"),
    ],
)
def test_profiles_and_bridges_are_made_shown_changed_and_deleted(
    api: Api, node: str, form: dict[str, str], reason: str
) -> None:
    made = api.post(node, form)
    [name] = form
    assert api.values(made)[name] == form[name]
    assert any(item.get("id") == identifier(made) for item in api.get(node))
    api.put(made, {})
    assert api.values(made)[name] == form[name]
    api.delete(made)
    assert api.refusal("GET", made) == (404, [(reason, {})])


def test_profiles_are_found_by_whether_they_are_used(api: Api) -> None:
    used, unused = (identifier(api.post("callLegProfiles")) for _ in range(2))
    api.post("coSpaces", {"name": "A", "callLegProfile": used})
    assert [item.get("id") for item in api.get("callLegProfiles", usageFilter="referenced")] == [used]
    assert [item.get("id") for item in api.get("callLegProfiles", usageFilter="unreferenced")] == [unused]


def test_a_deleted_profile_is_forgotten_by_its_spaces(api: Api) -> None:
    profile = api.post("callProfiles")
    space = api.post("coSpaces", {"name": "A", "callProfile": identifier(profile)})
    api.delete(profile)
    assert "callProfile" not in api.values(space)


def test_the_bridge_knows_itself_and_its_cluster(api: Api) -> None:
    bridges = api.get("callBridges")
    assert [bridge.findtext("name") for bridge in bridges] == ["core1", "core2"]
    shown = api.values(f"callBridges/{bridges[1].get('id')}")
    assert (shown["address"], shown["sipDomain"]) == ("https://core2.example.com", "")
    assert api.text("system/status", "clusterEnabled") == "true"


def test_two_bridges_cannot_share_a_name(api: Api) -> None:
    clash = (400, [("duplicateCallBridgeName", {})])
    assert api.refusal("POST", "callBridges", {"name": "core2"}) == clash
    assert api.bad_parameter("POST", "callBridges", {}) == ("name", "missing")


def test_the_status_has_every_element(api: Api) -> None:
    shown = api.values("system/status")
    assert list(shown) == [
        "hostId",
        "softwareVersion",
        "uptimeSeconds",
        "cdrTime",
        "activated",
        "clusterEnabled",
        "clusterId",
        "callLegsActive",
        "callLegsMaxActive",
        "callLegsCompleted",
        "audioBitRateOutgoing",
        "audioBitRateIncoming",
        "videoBitRateOutgoing",
        "videoBitRateIncoming",
        "cdrCorrelatorIndex",
    ]
    assert shown["cdrTime"].endswith("Z")


def test_there_are_no_alarms(api: Api) -> None:
    alarms = api.get("system/alarms")
    assert (alarms.tag, alarms.get("total"), len(alarms)) == ("alarms", "0", 0)


def test_the_load_grows_with_the_call_legs(api: Api) -> None:
    assert api.values("system/load") == {"mediaProcessingLoad": "0"}
    call = api.post("calls", {"name": "A"})
    api.post(f"{call}/callLegs", {"remoteParty": "desk@example.com"})
    assert int(api.values("system/load")["mediaProcessingLoad"]) > 0


@pytest.mark.parametrize("node", ["system/profile", "nothing", "coSpaces/x/y/z", "system"])
def test_a_node_that_does_not_exist_is_unrecognised(api: Api, node: str) -> None:
    assert api.refusal("GET", node) == (404, [("unrecognisedObject", {})])


@pytest.mark.parametrize(
    ("method", "node"), [("DELETE", "coSpaces"), ("POST", "system/status"), ("PATCH", "coSpaces/x")]
)
def test_an_operation_a_node_does_not_have_is_invalid(api: Api, method: str, node: str) -> None:
    assert api.refusal(method, node) == (400, [("invalidOperation", {})])


def test_another_version_of_the_interface_is_refused(api: Api) -> None:
    assert api.refusal("GET", "../v2/coSpaces") == (400, [("invalidVersion", {})])
