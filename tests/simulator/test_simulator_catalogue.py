"""Every collection and every single node of the reference, with every parameter."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parameter_values import BELOW_ITSELF, UNKNOWN, allowed, an_object, form, path, refused
from simulator_api import PASSWORD, Api, identifier

from tmsba.simulator import Simulator
from tmsba.simulator.catalogue import KINDS
from tmsba.simulator.kind import Kind
from tmsba.simulator.kinds import Reference
from tmsba.simulator.references import absence

# The nodes of the reference (2.1) that list something, with their elements; {x} is an object of that kind.
COLLECTIONS = {
    "callBrandingProfiles": "callBrandingProfiles",
    "callBridges": "callBridges",
    "callBridgeGroups": "callBridgeGroups",
    "calls": "calls",
    "calls/{call}/callLegs": "callLegs",
    "calls/{call}/participants": "participants",
    "callProfiles": "callProfiles",
    "callLegs": "callLegs",
    "callLegProfiles": "callLegProfiles",
    "compatibilityProfiles": "compatibilityProfiles",
    "cospaceBulkParameterSets": "cospaceBulkParameterSets",
    "cospaceBulkSyncs": "cospaceBulkSyncs",
    "coSpaces": "coSpaces",
    "coSpaces/{coSpace}/accessMethods": "accessMethods",
    "coSpaces/{coSpace}/coSpaceUsers": "coSpaceUsers",
    "coSpaceTemplates": "coSpaceTemplates",
    "coSpaceTemplates/{coSpaceTemplate}/accessMethodTemplates": "accessMethodTemplates",
    "dialInSecurityProfiles": "dialInSecurityProfiles",
    "dialTransforms": "dialTransforms",
    "directorySearchLocations": "directorySearchLocations",
    "dtmfProfiles": "dtmfProfiles",
    "forwardingDialPlanRules": "forwardingDialPlanRules",
    "inboundDialPlanRules": "inboundDialPlanRules",
    "ivrs": "ivrs",
    "ivrBrandingProfiles": "ivrBrandingProfiles",
    "layoutTemplates": "layoutTemplates",
    "ldapMappings": "ldapMappings",
    "ldapServers": "ldapServers",
    "ldapSources": "ldapSources",
    "ldapSyncs": "ldapSyncs",
    "ldapUserCoSpaceTemplateSources": "ldapUserCoSpaceTemplateSources",
    "ldapUserProvisionedCoSpaceMappings": "ldapUserProvisionedCoSpaceMappings",
    "ldapUserProvisionedCoSpaceSources": "ldapUserProvisionedCoSpaceSources",
    "outboundDialPlanRules": "outboundDialPlanRules",
    "participants": "participants",
    "system/alarms": "alarms",
    "system/cdrReceivers": "cdrReceivers",
    "system/diagnostics": "diagnostics",
    "system/MPLicenseUsage": "MPLicenseUsage",
    "system/MPLicenseUsage/knownHosts": "knownHosts",
    "system/multipartyLicensing/activePersonalLicenses": "activePersonalLicenses",
    "tenantGroups": "tenantGroups",
    "tenants": "tenants",
    "turnServers": "turnServers",
    "users": "users",
    "users/{user}/userCoSpaces": "userCoSpaces",
    "users/{user}/userCoSpaceTemplates": "userCoSpaceTemplates",
    "users/{user}/userProvisionedCoSpaces": "userProvisionedCoSpaces",
    "userProfiles": "userProfiles",
    "webBridges": "webBridges",
    "webBridgeProfiles": "webBridgeProfiles",
    "webBridgeProfiles/{webBridgeProfile}/ivrNumbers": "ivrNumbers",
    "webBridgeProfiles/{webBridgeProfile}/webBridgeAddresses": "webBridgeAddresses",
}
SINGLE = {
    "callLegProfiles/{callLegProfile}/usage": "usage",
    "clusterLicensing": "clusterLicensing",
    "clusterLicensing/raw": "raw",
    "conversationIdQuery": "conversationIdQuery",
    "coSpaces/{coSpace}/emailInvitation": "emailInvitation",
    "coSpaces/{coSpace}/meetingEntryDetail": "meetingEntryDetail",
    "system/cdrReceiver": "cdrReceiver",
    "system/configuration/cluster": "cluster",
    "system/database": "database",
    "system/licensing": "licensing",
    "system/load": "load",
    "system/multipartyLicensing": "multipartyLicensing",
    "system/profiles": "profiles",
    "system/profiles/effectiveWebBridgeProfile": "effectiveWebBridgeProfile",
    "system/status": "status",
    "system/timedLogging": "timedLogging",
    "tenants/{tenant}/effectiveWebBridgeProfile": "effectiveWebBridgeProfile",
    "turnServers/{turnServer}/status": "turnServer",
    "webBridges/{webBridge}/effectiveWebBridgeProfile": "effectiveWebBridgeProfile",
    "webBridges/{webBridge}/status": "webBridge",
}
ORDERS = [
    "coSpaces/{coSpace}/diagnostics",
    "calls/{call}/diagnostics",
    "webBridges/{webBridge}/updateCustomization",
]
WRITABLE = [kind for kind in KINDS if "POST" in kind.methods]
CHANGEABLE = [kind for kind in WRITABLE if "PUT" in kind.methods]
PARAMETERS = [(kind, name) for kind in WRITABLE for name in kind.table]


@pytest.fixture(scope="module")
def standing() -> Iterator[Api]:
    """A bridge that stands through the whole module, with syncs that stay where they are."""
    with Simulator(password=PASSWORD, sync_seconds=600) as simulator:
        api = Api(simulator)
        with api.http:
            yield api


def filled(api: Api, node: str) -> str:
    """A path with objects that exist for what it names."""
    while "{" in node:
        before, _, rest = node.partition("{")
        tag, _, after = rest.partition("}")
        made = identifier(api.post("calls", {"name": "A"})) if tag == "call" else an_object(api, tag)
        node = before + made + after
    return node


@pytest.mark.parametrize(("node", "element"), COLLECTIONS.items())
def test_every_collection_can_be_listed(api: Api, node: str, element: str) -> None:
    found = api.get(filled(api, node), offset=0, limit=5)
    assert found.tag == element
    assert int(found.get("total", "")) >= len(found)
    if "{" not in node and node not in ("callBridges", "system/MPLicenseUsage/knownHosts"):
        assert (found.get("total"), len(found)) == ("0", 0)


@pytest.mark.parametrize(("node", "element"), SINGLE.items())
def test_every_single_node_answers(api: Api, node: str, element: str) -> None:
    assert api.get(filled(api, node)).tag == element


@pytest.mark.parametrize("node", ORDERS)
def test_what_can_be_asked_for_is_done(api: Api, node: str) -> None:
    answer = api.send("POST", filled(api, node))
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    "node", ["recorders", "streamers", "coSpaces/x/messages", "system/configuration/xmpp", "nothing"]
)
def test_what_is_no_longer_there_is_unrecognised(api: Api, node: str) -> None:
    assert api.refusal("GET", node) == (404, [("unrecognisedObject", {})])


@pytest.mark.parametrize("kind", WRITABLE, ids=lambda kind: kind.tag)
def test_an_object_takes_every_parameter_and_shows_it(api: Api, kind: Kind) -> None:
    collection = path(api, kind)
    values = form(api, kind, set(kind.table) - set(BELOW_ITSELF))
    made = api.post(collection, values)
    assert made.startswith(collection + "/")
    [listed] = [item for item in api.get(collection) if item.get("id") == identifier(made)]
    shown = api.get(made)
    assert (listed.tag, shown.tag, shown.get("id")) == (kind.tag, kind.tag, identifier(made))
    open_ones = {name: value for name, value in values.items() if name not in kind.hidden}
    assert open_ones.items() <= api.values(made).items()
    assert not set(kind.hidden) - {"resolveToCoSpaces", "resolveTocoSpaces"} & set(api.values(made))


@pytest.mark.parametrize("kind", CHANGEABLE, ids=lambda kind: kind.tag)
def test_an_object_is_changed_parameter_by_parameter(api: Api, kind: Kind) -> None:
    collection = path(api, kind)
    made = api.post(collection, form(api, kind, kind.mandatory))
    for name in set(kind.table) - set(BELOW_ITSELF) - set(kind.fixed):
        value = allowed(api, name, kind.table[name])
        api.put(made, {name: value})
        assert name in kind.hidden or api.values(made)[name] == value
        if name not in kind.mandatory:
            api.put(made, {name: ""})
            assert api.values(made).get(name) != value or value == (kind.shown or {}).get(name)


@pytest.mark.parametrize("kind", WRITABLE, ids=lambda kind: kind.tag)
def test_an_object_is_deleted_and_gone(api: Api, kind: Kind) -> None:
    collection = path(api, kind)
    made = api.post(collection, form(api, kind, kind.mandatory))
    api.delete(made)
    assert api.refusal("GET", made) == (404, [(absence(kind.tag), {})])
    assert identifier(made) not in [item.get("id") for item in api.get(collection)]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.within], ids=lambda kind: kind.tag)
def test_what_belongs_to_nothing_is_not_found(api: Api, kind: Kind) -> None:
    assert kind.within is not None
    owners, tag = kind.within
    node = f"{owners}/{UNKNOWN}/{kind.collection}"
    assert api.refusal("GET", node) == (404, [(absence(tag), {})])


@pytest.mark.parametrize(
    ("kind", "method"),
    [(kind, method) for kind in KINDS for method in ("PUT", "DELETE") if method not in kind.methods],
    ids=lambda value: getattr(value, "tag", value),
)
def test_what_a_collection_does_not_offer_is_an_invalid_operation(api: Api, kind: Kind, method: str) -> None:
    node = f"{path(api, kind)}/{UNKNOWN}"
    assert api.refusal(method, node, {"name": "A"}) == (400, [("invalidOperation", {})])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=st.sampled_from(PARAMETERS), data=st.data())
def test_a_wrong_value_is_named_whatever_the_parameter(
    standing: Api, chosen: tuple[Kind, str], data: st.DataObject
) -> None:
    kind, name = chosen
    check = kind.table[name]
    value, error = data.draw(st.sampled_from(sorted(refused(check).items())))
    node = path(standing, kind)
    assert standing.bad_parameter("POST", node, {name: value}) == (name, error)


@pytest.mark.parametrize(
    ("kind", "name"),
    [(kind, name) for kind, name in PARAMETERS if isinstance(kind.table[name], Reference)],
    ids=lambda value: getattr(value, "tag", value),
)
def test_a_parameter_that_names_nothing_is_refused_with_its_reason(
    standing: Api, kind: Kind, name: str
) -> None:
    tag = getattr(kind.table[name], "tag", "")
    assert standing.refusal("POST", path(standing, kind), {name: UNKNOWN}) == (400, [(absence(tag), {})])
