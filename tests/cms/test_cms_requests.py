import base64

import httpx
import pytest
from cms_fakes import FakeBridge, created, listing, refusal, xml

from tmsba.cms import AnswerNotUnderstood, NotFoundOnBridge, RequestRefused, placeholder_name

OK = httpx.Response(200)


@pytest.mark.parametrize(
    ("act", "line", "body"),
    [
        (
            lambda client: client.create_call_profile(),
            "POST callProfiles",
            "participantLimit=1000&messageBoardEnabled=false",
        ),
        (
            lambda client: client.create_call_leg_profile(),
            "POST callLegProfiles",
            (
                "defaultLayout=telepresence&changeLayoutAllowed=true&presentationContributionAllowed=true"
                "&presentationViewingAllowed=true&muteSelfAllowed=true&videoMuteSelfAllowed=true"
            ),
        ),
        (
            lambda client: client.create_bulk_parameter_set(
                start_index=1, end_index=5, call_profile_id="cp", call_leg_profile_id="clp"
            ),
            "POST cospaceBulkParameterSets",
            (
                "startIndex=1&endIndex=5&coSpaceUriMapping=%24index%24"
                "&coSpaceNameMapping=TMS_Scheduled_Meeting_%24index%24&coSpaceCallIdMapping=%24index%24"
                "&callProfile=cp&callLegProfile=clp&nonMemberAccess=false"
            ),
        ),
        (
            lambda client: client.start_bulk_sync("ps"),
            "POST cospaceBulkSyncs",
            "cospaceBulkParameterSet=ps",
        ),
        (lambda client: client.create_call("s1"), "POST calls", "coSpace=s1"),
        (
            lambda client: client.create_call_leg("c1", remote_party="desk@example.com"),
            "POST calls/c1/callLegs",
            "remoteParty=desk%40example.com",
        ),
        (
            lambda client: client.create_call_leg("c1", remote_party="+15550102", dtmf_sequence=",1#"),
            "POST calls/c1/callLegs",
            "remoteParty=%2B15550102&dtmfSequence=%2C1%23",
        ),
    ],
)
def test_objects_are_created_as_in_the_traces(act, line, body):
    bridge = FakeBridge(created("/api/v1/somewhere/new-id"))
    assert act(bridge.client()) == "new-id"
    assert bridge.lines == [line]
    assert bridge.requests[0].content.decode() == body
    assert bridge.requests[0].headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_a_space_is_opened_with_the_fields_of_the_trace():
    bridge = FakeBridge(OK, OK)
    client = bridge.client()
    client.open_space("s1", name="Büro & Co", passcode="", secret="abc")
    assert bridge.lines == ["PUT coSpaces/s1"]
    assert bridge.requests[0].content.decode().startswith("nonMemberAccess=true&passcode=&name=")
    assert bridge.form() == [
        ("nonMemberAccess", "true"),
        ("passcode", ""),
        ("name", "Büro & Co"),
        ("secret", "abc"),
    ]
    client.open_space("s1", name="n" * 300, passcode="12", secret="abc")
    assert dict(bridge.form())["name"] == "n" * 200


def test_a_space_is_closed_with_the_fields_of_the_trace():
    bridge = FakeBridge(OK)
    bridge.client().close_space("s1", placeholder_name=placeholder_name(7))
    assert bridge.form() == [
        ("nonMemberAccess", "false"),
        ("passcode", ""),
        ("name", "TMS_Scheduled_Meeting_7"),
        ("regenerateSecret", "true"),
    ]


def test_a_range_is_changed_with_a_put():
    bridge = FakeBridge(OK, OK)
    bridge.client().update_bulk_parameter_set("ps", start_index=1, end_index=9)
    assert bridge.lines == ["PUT cospaceBulkParameterSets/ps"]
    assert bridge.form() == [("startIndex", "1"), ("endIndex", "9")]


@pytest.mark.parametrize(
    "answer", [OK, refusal(404, "callDoesNotExist"), refusal(400, "callLegDoesNotExist"), httpx.Response(404)]
)
def test_deleting_what_is_gone_counts_as_done(answer):
    bridge = FakeBridge(answer, answer)
    bridge.client().delete_call("c1")
    bridge.client().delete_call_leg("l1")
    assert bridge.lines == ["DELETE calls/c1", "DELETE callLegs/l1"]


def test_deleting_can_be_refused():
    bridge = FakeBridge(refusal(400, "callLegCannotBeDeleted"))
    with pytest.raises(RequestRefused) as caught:
        bridge.client().delete_call_leg("l1")
    assert caught.value.reasons == ("callLegCannotBeDeleted",)


@pytest.mark.parametrize(
    "location",
    [
        "/api/v1/calls/abc-1",
        "https://other.example.com:445/api/v1/calls/abc-1",
        "/api/v1/calls/abc-1/",
        "calls/abc-1",
        "abc-1",
        " /api/v1/calls/abc%2D1?x=1 ",
    ],
)
def test_the_new_id_is_read_from_any_kind_of_location(location):
    assert FakeBridge(created(location)).client().create_call("s1") == "abc-1"


@pytest.mark.parametrize(
    "answer",
    [
        OK,
        *(
            created(location)
            for location in (
                "",
                "/",
                "/api/v1/calls/",
                "/api/v1/Calls",
                "/api/v1/calls/..",
                "/api/v1/calls/%20",
                "/api/v1/calls/a%2Fb",
                "/api/v1/calls/" + "a" * 201,
                "https://[bad",
            )
        ),
    ],
)
def test_a_useless_location_leaves_the_outcome_unknown(answer):
    with pytest.raises(AnswerNotUnderstood, match="POST calls") as caught:
        FakeBridge(answer).client().create_call("s1")
    assert caught.value.is_outcome_unknown


def test_ids_cannot_leave_their_place_in_the_url():
    bridge = FakeBridge(OK, listing("call", []))
    client = bridge.client()
    client.delete_call("../coSpaces/s1?x#y ü")
    client.calls("a&b=c")
    assert bridge.lines == [
        "DELETE calls/..%2FcoSpaces%2Fs1%3Fx%23y%20%C3%BC",
        "GET calls?coSpaceFilter=a%26b%3Dc",
    ]


@pytest.mark.parametrize("bad", ["", ".", ".."])
def test_an_empty_id_never_reaches_the_bridge(bad):
    bridge = FakeBridge()
    for act in (bridge.client().delete_call, bridge.client().space, bridge.client().delete_call_leg):
        with pytest.raises(ValueError, match="empty"):
            act(bad)
    assert bridge.requests == []


def test_every_request_carries_the_credentials_and_the_request_id():
    bridge = FakeBridge(*(xml("<status/>") for _ in range(3)))
    client = bridge.client("bridge.example.com:445/api/v1", request_id="r-1")
    client.status()
    client.request_id = "r-2\r\nX-Evil: 1"
    client.status()
    client.request_id = None
    client.status()
    assert {str(request.url) for request in bridge.requests} == {
        "https://bridge.example.com:445/api/v1/system/status"
    }
    basic = "Basic " + base64.b64encode(b"api:pass-word").decode()
    assert {request.headers["Authorization"] for request in bridge.requests} == {basic}
    assert [request.headers.get("X-Request-ID") for request in bridge.requests] == [
        "r-1",
        "r-2X-Evil:1",
        None,
    ]


def test_proxies_of_the_environment_are_not_used(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    bridge = FakeBridge(xml("<status/>"))
    client = bridge.client()
    client.status()
    assert client._connection._http.trust_env is False
    assert client._connection._http._mounts == {}


def test_the_password_is_not_shown():
    client = FakeBridge().client()
    assert repr(client) == "<BridgeClient https://bridge.example.com>"


def test_a_closed_client_sends_nothing():
    with FakeBridge(xml("<status/>")).client() as client:
        client.status()
    with pytest.raises(RuntimeError):
        client.status()


def test_existence_is_asked_with_a_get():
    bridge = FakeBridge(OK, refusal(404, "callLegProfileDoesNotExist"))
    client = bridge.client()
    assert client.has_call_profile("a")
    assert not client.has_call_leg_profile("b")
    assert bridge.lines == ["GET callProfiles/a", "GET callLegProfiles/b"]


def test_a_space_that_is_gone_is_not_found():
    with pytest.raises(NotFoundOnBridge) as caught:
        FakeBridge(refusal(404, "coSpaceDoesNotExist")).client().space("s1")
    assert caught.value.reasons == ("coSpaceDoesNotExist",)
    assert "coSpaces/s1" in str(caught.value)
