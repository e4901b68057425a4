"""How people are told to reach a space, web bridges, and documents kept as they are."""

import json

import pytest
from lxml import etree
from parameter_values import UNKNOWN
from simulator_api import Api, Clock, identifier

from tmsba.simulator import Bridge
from tmsba.simulator import api as simulated
from tmsba.simulator.records import Settings


def profile(api: Api, **values: str) -> str:
    return identifier(api.post("webBridgeProfiles", values))


def test_the_profile_in_force_is_the_one_nearest_to_the_web_bridge(api: Api) -> None:
    here, theirs, own = profile(api, allowSecrets="false"), profile(api), profile(api, name="Own")
    tenant = api.post("tenants", {"name": "T", "webBridgeProfile": theirs})
    web_bridge = api.post("webBridges", {"url": "https://web.example.com", "tenant": identifier(tenant)})

    def secrets(node: str) -> str:
        return api.values(f"{node}/effectiveWebBridgeProfile")["allowSecrets"]

    assert secrets("system/profiles") == "true"
    api.put("system/profiles", {"webBridgeProfile": here})
    assert [secrets(node) for node in ("system/profiles", tenant, web_bridge)] == ["false", "true", "true"]
    api.put(f"webBridgeProfiles/{theirs}", {"allowSecrets": ""})
    assert [secrets(node) for node in (tenant, web_bridge)] == ["false", "false"]
    api.put(web_bridge, {"webBridgeProfile": own})
    assert secrets(web_bridge) == "true"
    assert "name" not in api.values(f"{web_bridge}/effectiveWebBridgeProfile")


@pytest.mark.parametrize(
    ("child", "reason"),
    [
        ("webBridgeAddresses", "maxNumberOfWebBridgeAddressesReached"),
        ("ivrNumbers", "maxNumberOfivrNumbersReached"),
    ],
)
def test_a_profile_has_at_most_thirty_two_addresses(api: Api, child: str, reason: str) -> None:
    node = f"webBridgeProfiles/{profile(api)}/{child}"
    for number in range(32):
        last = api.post(node, {"label": f"Site {number}"})
    assert api.refusal("POST", node, {"label": "One more"}) == (400, [(reason, {})])
    api.delete(last)
    api.post(node, {"label": "One more"})


def test_a_web_bridge_and_a_turn_server_tell_how_they_are(api: Api) -> None:
    [own, other] = (str(bridge.get("id")) for bridge in api.get("callBridges"))
    form = {"url": "https://web.example.com", "callBridge": own}
    web_bridge = api.post("webBridges", form)
    assert api.values(f"{web_bridge}/status") == {"status": "success"}
    api.put(web_bridge, {"callBridge": other})
    assert api.values(f"{web_bridge}/status") == {"status": "unused"}
    turn = api.post("turnServers", {"serverAddress": "192.0.2.9", "sharedSecret": "s"})
    assert "sharedSecret" not in api.values(turn)
    assert api.text(f"{turn}/status", "host/address") == "192.0.2.9"


def test_an_ivr_has_an_address_of_its_own(api: Api) -> None:
    api.post("coSpaces", {"name": "A", "uri": "sales"})
    api.post("ivrs", {"uri": "menu"})
    for taken in ("sales", "menu"):
        assert api.refusal("POST", "ivrs", {"uri": taken}) == (400, [("ivrUriConflict", {})])


def test_a_query_tells_the_full_address_by_the_rule_that_comes_first(api: Api) -> None:
    assert "uri" not in query(api, "accessQuery", uri="sales")
    api.post(
        "inboundDialPlanRules", {"domain": "no.example.com", "priority": 9, "resolveToCoSpaces": "false"}
    )
    api.post("inboundDialPlanRules", {"domain": "low.example.com"})
    api.post("inboundDialPlanRules", {"domain": "high.example.com", "priority": 5})
    assert query(api, "accessQuery", uri="sales")["uri"] == "sales@high.example.com"
    node = f"webBridgeProfiles/{profile(api)}"
    api.post(f"{node}/webBridgeAddresses", {"address": "https://join.example.com"})
    api.post(f"{node}/ivrNumbers", {"number": "555-0100"})
    api.put("system/profiles", {"webBridgeProfile": identifier(node)})
    found = query(api, "accessQuery", callId="8101")
    assert found == {"webAddress": "https://join.example.com", "ivr": "555-0100"}


def query(api: Api, node: str, **form: str) -> dict[str, str]:
    answer = api.send("POST", node, form)
    assert answer.status_code == 200
    root = etree.fromstring(answer.content)
    assert root.tag == node
    return {str(child.tag): child.text or "" for child in root}


def test_a_query_tells_who_uses_an_address(api: Api) -> None:
    tenant = identifier(api.post("tenants", {"name": "T"}))
    space = api.post("coSpaces", {"name": "A", "uri": "sales", "tenant": tenant})
    api.post(f"{space}/accessMethods", {"uri": "sales.guests"})
    for uri in ("sales", "SALES.guests"):
        assert query(api, "uriUsageQuery", uri=uri, tenant=tenant) == {"coSpaceId": identifier(space)}
        assert query(api, "uriUsageQuery", uri=uri) == {}
    ivr = api.post("ivrs", {"uri": "menu"})
    assert query(api, "uriUsageQuery", uri="menu") == {"ivrId": identifier(ivr)}
    api.post(f"{space}/coSpaceUsers", {"userJid": "anna@example.com"})
    assert list(query(api, "uriUsageQuery", uri="anna")) == ["userId"]
    assert api.refusal("POST", "uriUsageQuery", {"tenant": UNKNOWN})[1] == [("tenantDoesNotExist", {})]


def test_a_conversation_is_never_found(api: Api) -> None:
    found = api.get("conversationIdQuery", conversationId="c1")
    assert [(one.tag, one.text) for one in found] == [("conversationId", "c1"), ("found", "false")]


def test_an_invitation_has_what_people_need(api: Api) -> None:
    api.post("inboundDialPlanRules", {"domain": "cms.example.com"})
    form = {"name": "Weekly", "uri": "weekly", "callId": "8101", "passcode": "4321"}
    space = api.post("coSpaces", form)
    shown = api.get(f"{space}/emailInvitation", language="nb_NO", organizer="Anna")
    assert shown.findtext("language") == "nb_NO"
    text = shown.findtext("invitation") or ""
    for part in ("Weekly", "Anna", "weekly@cms.example.com", "8101", "4321"):
        assert part in text
    method = api.post(f"{space}/accessMethods", {"uri": "guests", "callId": "8102"})
    text = api.text(f"{method}/emailInvitation", "invitation") or ""
    assert "guests@cms.example.com" in text
    assert "8101" not in text
    assert api.text(f"{space}/emailInvitation", "language") == "en_US"


@pytest.mark.parametrize(
    ("language", "error"), [("", "invalidValue"), ("n-o", "invalidValue"), ("x" * 33, "valueTooLong")]
)
def test_an_invitation_in_no_language_is_refused(api: Api, language: str, error: str) -> None:
    space = api.post("coSpaces", {"name": "A"})
    node = f"{space}/emailInvitation?language={language}"
    assert api.bad_parameter("GET", node, {}) == ("language", error)


def test_a_template_of_a_layout_is_kept_as_it_is(api: Api) -> None:
    made = api.post("layoutTemplates", {"name": "Wide"})
    node, text = f"/api/v1/{made}/template", json.dumps({"layouts": []})
    assert api.http.put(node, content=text, headers={"Content-Type": "application/json"}).status_code == 200
    answer = api.http.get(node)
    assert (answer.text, answer.headers["Content-Type"]) == (text, "application/json")
    assert api.values(made) == {"name": "Wide", "templateSize": str(len(text))}
    assert api.http.put(node, content="{").status_code == 400
    assert "layoutTemplateDescriptionTooLong" in api.http.put(node, content="9" * 70_000).text


def test_metadata_is_kept_as_it_is_and_a_call_knows_of_it(api: Api) -> None:
    space = api.post("coSpaces", {"name": "A"})
    call = api.post("calls", {"coSpace": identifier(space)})
    assert api.text(call, "coSpaceMetadataConfigured") == "false"
    text = '{"blastDial": [{"attemptLimit": 3}], "note": "a=b&c <x>"}'
    node = f"/api/v1/{space}/metadata"
    assert api.http.put(node, content=text).status_code == 200
    assert api.http.get(node).text == text
    assert api.text(call, "coSpaceMetadataConfigured") == "true"


def test_diagnostics_tell_of_the_call_they_were_asked_for(api: Api) -> None:
    space = api.post("coSpaces", {"name": "Weekly"})
    call = api.post("calls", {"coSpace": identifier(space)})
    api.post(f"{call}/callLegs", {"remoteParty": "desk@example.com"})
    api.send("POST", f"{call}/diagnostics")
    api.send("POST", f"coSpaces/{identifier(api.post('coSpaces', {'name': 'B'}))}/diagnostics")
    [found] = api.get("system/diagnostics", coSpaceFilter=identifier(space))
    assert (found.tag, found.findtext("label")) == ("diagnostic", "Weekly")
    node = f"system/diagnostics/{found.get('id')}"
    shown = api.values(node)
    assert shown["callCorrelator"] == api.text(call, "callCorrelator")
    contents = api.http.get(f"/api/v1/{node}/contents")
    assert int(shown["contentsSize"]) == len(contents.content)
    assert "desk@example.com" in contents.text
    assert api.get("system/diagnostics").get("total") == "2"


def test_logging_ends_by_itself() -> None:
    clock = Clock()
    bridge = Bridge(Settings(clock=clock))

    def left() -> bytes:
        return simulated.handle(bridge, "GET", "/api/v1/system/timedLogging", {}, {}).body

    simulated.handle(bridge, "PUT", "/api/v1/system/timedLogging", {}, {"sip": "60", "api": "30"})
    clock.time = 40
    assert b"<sip>20</sip>" in left()
    assert b"<api>0</api>" in left()
    simulated.handle(bridge, "PUT", "/api/v1/system/timedLogging", {}, {"sip": ""})
    assert b"<sip>0</sip>" in left()
