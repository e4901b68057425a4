import pytest
from simulator_api import PASSWORD, Api, Clock, identifier

from tmsba.simulator import Bridge, SimulatedCluster, Simulator
from tmsba.simulator import api as simulated_api
from tmsba.simulator.records import Settings

RULES = ["inboundDialPlanRules", "outboundDialPlanRules", "forwardingDialPlanRules", "dialTransforms"]


@pytest.mark.parametrize("node", RULES)
def test_a_new_bridge_has_no_rules(api: Api, node: str) -> None:
    found = api.get(node)
    assert (found.tag, found.get("total"), len(found)) == (node, "0", 0)


@pytest.mark.parametrize(
    ("node", "form", "listed", "single"),
    [
        (
            "inboundDialPlanRules",
            {"domain": "cms.example.com", "priority": 7, "resolveToIvrs": "false"},
            {"domain": "cms.example.com", "priority": "7", "resolveToCoSpaces": "true"},
            {"resolveTocoSpaces": "true", "resolveToIvrs": "false", "resolveToLyncSimplejoin": "false"},
        ),
        (
            "outboundDialPlanRules",
            {"domain": "*.example.com", "sipProxy": "192.0.2.7", "trunkType": "lync"},
            {"domain": "*.example.com", "priority": "0"},
            {"sipProxy": "192.0.2.7", "trunkType": "lync", "scope": "global", "callRouting": "default"},
        ),
        (
            "forwardingDialPlanRules",
            {"matchPattern": "exa*.com", "action": "reject"},
            {"matchPattern": "exa*.com", "priority": "0"},
            {"action": "reject", "callerIdMode": "regenerate", "uriParameters": "discard"},
        ),
        (
            "dialTransforms",
            {"match": "($1/01/)", "transform": "$2@vcs1", "type": "phone"},
            {"type": "phone", "match": "($1/01/)", "transform": "$2@vcs1"},
            {"action": "accept"},
        ),
    ],
)
def test_a_rule_is_made_listed_shown_changed_and_deleted(
    api: Api, node: str, form: dict[str, str], listed: dict[str, str], single: dict[str, str]
) -> None:
    made = api.post(node, form)
    [member] = api.get(node)
    assert (member.tag, member.get("id")) == (node[:-1], identifier(made))
    shown = {child.tag: child.text for child in member}
    assert listed.items() <= shown.items()
    assert (listed | single).items() <= api.values(made).items()
    api.put(made, {"priority": 9})
    assert api.values(made)["priority"] == "9"
    api.delete(made)
    assert api.get(node).get("total") == "0"
    assert api.refusal("GET", made)[0] == 404


def test_whether_spaces_are_reached_is_understood_in_both_spellings(api: Api) -> None:
    rule = api.post("inboundDialPlanRules", {"domain": "a.example.com", "resolveTocoSpaces": "false"})
    assert api.values(rule)["resolveToCoSpaces"] == "false"
    api.put(rule, {"resolveToCoSpaces": "true"})
    assert api.values(rule)["resolveTocoSpaces"] == api.values(rule)["resolveToCoSpaces"] == "true"


def test_rules_are_found_by_what_they_are_for_and_page_by_page(api: Api) -> None:
    for number in range(25):
        api.post("outboundDialPlanRules", {"domain": f"site{number}.example.com"})
    page = api.get("outboundDialPlanRules", offset=20)
    assert (page.get("total"), len(page)) == ("25", 5)
    assert len(api.get("outboundDialPlanRules", limit=3)) == 3
    assert api.get("outboundDialPlanRules", filter="SITE1").get("total") == "11"
    assert api.get("outboundDialPlanRules", tenantFilter=identifier("x")).get("total") == "0"


@pytest.mark.parametrize(
    ("node", "form", "problem"),
    [
        ("inboundDialPlanRules", {}, ("domain", "missing")),
        ("outboundDialPlanRules", {"priority": 1}, ("domain", "missing")),
        ("outboundDialPlanRules", {"domain": "a", "trunkType": "h323"}, ("trunkType", "invalidValue")),
        ("outboundDialPlanRules", {"domain": "a", "callBridge": "core1"}, ("callBridge", "invalidValue")),
        ("forwardingDialPlanRules", {"priority": "high"}, ("priority", "invalidValue")),
        ("dialTransforms", {"action": "forward"}, ("action", "invalidValue")),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(
    api: Api, node: str, form: dict[str, str], problem: tuple[str, str]
) -> None:
    assert api.bad_parameter("POST", node, form) == problem
    assert api.get(node).get("total") == "0"


def test_a_rule_cannot_lose_its_domain(api: Api) -> None:
    rule = api.post("inboundDialPlanRules", {"domain": "a.example.com"})
    assert api.bad_parameter("PUT", rule, {"domain": ""}) == ("domain", "missing")


def test_a_rule_may_name_a_call_bridge_that_there_is(api: Api) -> None:
    [bridge, _] = (one.get("id") for one in api.get("callBridges"))
    form = {"domain": "a.example.com", "scope": "callBridge", "callBridge": str(bridge).upper()}
    rule = api.post("outboundDialPlanRules", form)
    assert api.values(rule)["callBridge"] == bridge
    unknown = form | {"callBridge": identifier(rule)}
    assert api.refusal("POST", "outboundDialPlanRules", unknown) == (400, [("callBridgeDoesNotExist", {})])


def test_the_nodes_of_a_cluster_have_the_same_rules() -> None:
    with SimulatedCluster(2, password=PASSWORD, domain="own.example.com") as cluster:
        first, second = (Api(node) for node in cluster.nodes)
        with first.http, second.http:
            assert second.text("inboundDialPlanRules", "*/domain") == "own.example.com"
            first.post("inboundDialPlanRules", {"domain": "a.example.com"})
            domains = [rule.findtext("domain") for rule in second.get("inboundDialPlanRules")]
            assert domains == ["own.example.com", "a.example.com"]


def test_a_bridge_with_a_domain_leads_its_calls_to_spaces_and_calls_everybody() -> None:
    with Simulator(password=PASSWORD, domain="own.example.com") as simulator:
        api = Api(simulator)
        with api.http:
            [inbound], [outbound] = api.get("inboundDialPlanRules"), api.get("outboundDialPlanRules")
    assert [inbound.findtext(name) for name in ("domain", "resolveToCoSpaces")] == ["own.example.com", "true"]
    assert outbound.findtext("domain") == "*"


def test_a_deleted_group_is_forgotten_by_the_rules_that_named_it() -> None:
    bridge = Bridge(Settings(clock=Clock()))
    group = simulated_api.handle(bridge, "POST", "/api/v1/callBridgeGroups", {}, {})
    chosen = identifier(group.headers["Location"])
    rule = simulated_api.handle(
        bridge,
        "POST",
        "/api/v1/outboundDialPlanRules",
        {},
        {"domain": "a", "scope": "callBridgeGroup", "callBridgeGroup": chosen},
    )
    simulated_api.handle(bridge, "DELETE", group.headers["Location"], {}, {})
    shown = simulated_api.handle(bridge, "GET", rule.headers["Location"], {}, {})
    assert chosen.encode() not in shown.body
