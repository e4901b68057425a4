"""Whatever is asked, the bridge gives a proper answer."""

import base64
import http.client
import string
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from lxml import etree
from simulator_api import PASSWORD

from tmsba.simulator import Bridge, Party, Settings, Simulator, api, bulk, media, tables
from tmsba.simulator.catalogue import KINDS
from tmsba.simulator.cluster import Cluster

TABLES = [
    tables.SPACE,
    tables.BULK_PARAMETER_SET,
    tables.BULK_SYNC,
    tables.NEW_CALL,
    tables.NEW_PARTICIPANT,
    tables.ALL_PARTICIPANTS,
    tables.ACCESS_METHOD,
    tables.CLUSTER,
    tables.SYSTEM_PROFILES,
    tables.CAMERA_CONTROL,
    tables.CAPTIONS,
    tables.ACCESS_QUERY,
    tables.TIMED_LOGGING,
    *(kind.table for kind in KINDS),
]
PARAMETERS = sorted({name for table in TABLES for name in table})
FILTERS = ["offset", "limit", "filter", "usageFilter", "coSpaceFilter", "ownerIdSet", "since", "alarms"]
NODES = [
    *(kind.collection for kind in KINDS),
    *("accessQuery", "diagnostics", "emailInvitation", "metadata", "template", "uriUsageQuery"),
    "coSpaces",
    "calls",
    "callLegs",
    "callegs",
    "participants",
    "cospaceBulkParameterSets",
    "cospaceBulkSyncs",
    "cdrReceivers",
    "cluster",
    "configuration",
    "licensing",
    "profiles",
    "system",
    "status",
    "alarms",
    "*",
    "..",
    "%00",
]

anything = st.text(max_size=30)
segments = st.one_of(st.sampled_from(NODES), st.uuids().map(str), anything)
methods = st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS", "BREW"])
values = st.one_of(
    anything,
    st.sampled_from(["", "true", "false", "0", "1", "20", "-1", "$index$", "9" * 300, "x" * 300]),
    st.uuids().map(str),
)
queries = st.dictionaries(st.one_of(st.sampled_from(FILTERS), anything), values, max_size=3)
forms = st.dictionaries(st.one_of(st.sampled_from(PARAMETERS), anything), values, max_size=6)


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with (
        Simulator(password=PASSWORD, sync_seconds=0, answer_seconds=0, largest_bulk=5) as server,
        httpx.Client(base_url=server.url, auth=("admin", PASSWORD), timeout=5) as client,
    ):
        client.post("/api/v1/coSpaces", data={"name": "A"})
        client.post("/api/v1/calls", data={"name": "A"})
        yield client


def check(status: int, content: bytes) -> None:
    assert 200 <= status < 500
    if content:
        root = etree.fromstring(content)
        assert (root.tag == "failureDetails") == (status >= 400)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(method=methods, path=st.lists(segments, max_size=4), query=queries, form=forms)
def test_any_request_gets_a_proper_answer(
    client: httpx.Client, method: str, path: list[str], query: dict[str, str], form: dict[str, str]
) -> None:
    target = "/api/v1/" + "/".join(quote(part, safe="") for part in path)
    # Clients follow ".." themselves; what is above the interface is not XML.
    assume(httpx.URL(target).path.startswith("/api"))
    answer = client.request(method, target, params=query, data=form)
    check(answer.status_code, answer.content)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=methods,
    target=st.text(string.ascii_letters + string.digits + string.punctuation, max_size=20),
    body=st.binary(max_size=200),
)
def test_any_target_and_bytes_get_an_answer(
    client: httpx.Client, method: str, target: str, body: bytes
) -> None:
    connection = http.client.HTTPConnection(client.base_url.host, client.base_url.port or 0, timeout=5)
    token = base64.b64encode(f"admin:{PASSWORD}".encode()).decode()
    try:
        connection.request(method, "/" + target, body, {"Authorization": f"Basic {token}"})
        assert 200 <= connection.getresponse().status < 500
    finally:
        connection.close()


ROUTE_PATHS = [
    "coSpaces",
    "coSpaces/{coSpaces}",
    "coSpaces/{coSpaces}/accessMethods",
    "coSpaces/{coSpaces}/accessMethods/{accessMethods}",
    "calls",
    "calls/{calls}",
    "calls/{calls}/callLegs",
    "calls/{calls}/participants",
    "calls/{calls}/participants/*",
    "callLegs",
    "callLegs/{callLegs}",
    "participants",
    "participants/{participants}",
    "participants/{participants}/callLegs",
    "callProfiles",
    "callProfiles/{callProfiles}",
    "callLegProfiles",
    "callLegProfiles/{callLegProfiles}",
    "callBridges",
    "callBridges/{callBridges}",
    "cospaceBulkParameterSets",
    "cospaceBulkParameterSets/{cospaceBulkParameterSets}",
    "cospaceBulkSyncs",
    "cospaceBulkSyncs/{cospaceBulkSyncs}",
    "callBridgeGroups",
    "callBridgeGroups/{callBridgeGroups}",
    "callLegs/{callLegs}/callLegProfileTrace",
    "callLegProfiles/{callLegProfiles}/usage",
    "system/configuration/cluster",
    "system/database",
    "system/multipartyLicensing",
    "system/profiles",
    "system/status",
    "system/alarms",
    "system/load",
]
steps = st.tuples(
    st.sampled_from(["GET", "POST", "POST", "PUT", "DELETE"]),
    st.sampled_from(ROUTE_PATHS),
    st.integers(0, 3),
    st.dictionaries(st.sampled_from(PARAMETERS), values, max_size=4),
    st.booleans(),
)


def identifiers(bridge: Bridge, number: int) -> dict[str, str]:
    """Choose one existing object of each kind."""
    stores = {
        "coSpaces": bridge.spaces.by_id,
        "calls": bridge.calls,
        "callLegs": bridge.legs,
        "participants": bridge.participants,
        "callProfiles": bridge.call_profiles,
        "callLegProfiles": bridge.leg_profiles,
        "callBridges": bridge.call_bridges,
        "cospaceBulkParameterSets": bridge.parameter_sets,
        "cospaceBulkSyncs": bridge.syncs,
        "callBridgeGroups": bridge.cluster.groups,
        "accessMethods": [method for space in bridge.spaces for method in space.access_methods],
    }
    return {name: ([*store, *["none"] * 4])[number % (len(store) + 1)] for name, store in stores.items()}


def check_state(bridge: Bridge) -> None:
    """Check that everything a bridge knows fits together."""
    cluster = bridge.cluster
    for leg in bridge.legs.values():
        assert bridge.calls[leg.call].legs[leg.id] is leg
        assert bridge.participants[leg.participant].leg == leg.id
    assert len(bridge.participants) == len(bridge.legs)
    weights = zip(*[leg.weight for leg in bridge.legs.values()] or [(0, 0, 0)], strict=True)
    totals = bridge.totals
    assert [totals.load, totals.streams, totals.video_bps] == [sum(part) for part in weights]
    for leg in list(bridge.legs.values()):
        before = leg.weight
        media.weigh(bridge, leg)
        assert leg.weight == before
    for call in bridge.calls.values():
        assert call.space is None or call.space in bridge.spaces.by_id
        assert call.space is None or call in cluster.running(call.space)
        assert all(part.correlator == call.correlator for part in cluster.instances(call))
    for space in bridge.spaces:
        for way in (space, *space.access_methods.values()):
            uri, call_id = way.values.get("uri"), way.values.get("callId")
            assert uri is None or bridge.spaces.with_uri(uri) is space
            assert call_id is None or bridge.spaces.with_call_id(call_id) is space


@settings(max_examples=100, deadline=None)
@given(st.lists(steps, max_size=25))
def test_the_state_stays_consistent_whatever_is_done(
    history: list[tuple[str, str, int, dict[str, str], bool]],
) -> None:
    cluster = Cluster(parties=[Party("busy*", "busy"), Party("short*", stays_seconds=0)])
    bridges = [Bridge(Settings(name=name), cluster) for name in ("one", "two")]
    bridge = bridges[0]
    api.handle(bridge, "POST", "/api/v1/coSpaces", {}, {"name": "A", "uri": "a"})
    api.handle(bridge, "POST", "/api/v1/calls", {}, {"name": "A"})
    for method, template, number, generated, sensible in history:
        bridge = bridges[number % 2]
        form = dict(generated)
        chosen = identifiers(bridge, number)
        path = "/api/v1/" + template.format(**chosen)
        if sensible:
            party = ["desk", "busy", "short", "hall"][number] + "@example.com"
            form |= {"name": f"N{number}", "remoteParty": party, "uri": f"u{number}"}
            form |= {"coSpace": chosen["coSpaces"], "callId": str(number)}
            form |= {"cospaceBulkParameterSet": chosen["cospaceBulkParameterSets"]}
        response = api.handle(bridge, method, path, {}, form)
        check(response.status, response.body)
        bridge.settle()
        for each in bridges:
            check_state(each)


@given(st.text(string.ascii_letters + "$\\@ ", max_size=20), st.integers(0, 99))
def test_an_escaped_text_maps_to_itself(text: str, index: int) -> None:
    escaped = text.replace("\\", "\\\\").replace("$", "\\$")
    assert bulk.expand(bulk.parse_mapping(escaped), index) == text
    expanded = bulk.expand(bulk.parse_mapping(f"{escaped}$index${escaped}"), index)
    assert expanded == f"{text}{index}{text}"
