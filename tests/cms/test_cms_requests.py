import base64

import httpx
import pytest
from cms_fakes import FakeBridge, created, listing, refusal, xml

from tmsba.cms import AnswerNotUnderstood, NotFoundOnBridge, RequestRefused, placeholder_name
from tmsba.cms.meeting import CallOptions, Encryption, LegOptions, LegVariant, SpaceSettings

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
            lambda client: client.create_call_leg(
                "c1", remote_party="+15550102", options=LegOptions(dtmf_sequence=",1#")
            ),
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


def test_what_a_meeting_needs_besides_comes_after_the_fields_of_the_trace():
    bridge = FakeBridge(OK, OK)
    settings = SpaceSettings(default_layout="speakerOnly", call_leg_profile_id="", call_profile_id="cp")
    bridge.client().open_space("s1", name="n", passcode="", secret="s", settings=settings)
    assert bridge.form()[4:] == [
        ("defaultLayout", "speakerOnly"),
        ("callLegProfile", ""),
        ("callProfile", "cp"),
    ]
    bridge.client().close_space("s1", placeholder_name="n", settings=SpaceSettings(default_layout=""))
    assert bridge.form()[4:] == [("defaultLayout", "")]


@pytest.mark.parametrize(
    ("act", "line", "body"),
    [
        (
            lambda client: client.create_call("s1", CallOptions(is_joining_muted=True, is_locked=False)),
            "POST calls",
            "coSpace=s1&joinAudioMuteOverride=true&locked=false",
        ),
        (
            lambda client: client.create_call_leg(
                "c1", remote_party="a", options=LegOptions(bandwidth_bps=384_000)
            ),
            "POST calls/c1/callLegs",
            "remoteParty=a&bandwidth=384000",
        ),
        (
            lambda client: client.create_call_leg(
                "c1", remote_party="a", options=LegOptions(is_audio_only=True)
            ),
            "POST calls/c1/callLegs",
            "remoteParty=a&videoMode=disabled&presentationViewingAllowed=false",
        ),
        (
            lambda client: client.create_call_profile(is_recording=True),
            "POST callProfiles",
            "participantLimit=1000&messageBoardEnabled=false&recordingMode=automatic",
        ),
    ],
)
def test_objects_that_differ_are_created_with_more_fields(act, line, body):
    bridge = FakeBridge(created("/api/v1/somewhere/new-id"))
    assert act(bridge.client()) == "new-id"
    assert bridge.lines == [line]
    assert bridge.requests[0].content.decode() == body


@pytest.mark.parametrize(
    ("act", "line", "body"),
    [
        (lambda c: c.change_call("c1", CallOptions(is_locked=True)), "PUT calls/c1", "locked=true"),
        (lambda c: c.set_recorded("c1", is_recorded=False), "PUT calls/c1", "recording=false"),
        (
            lambda c: c.set_layout("c1", "onePlusN"),
            "PUT calls/c1/participants/*",
            "layout=onePlusN",
        ),
        (lambda c: c.delete_call_profile("p1"), "DELETE callProfiles/p1", ""),
        (lambda c: c.delete_call_leg_profile("p1"), "DELETE callLegProfiles/p1", ""),
    ],
)
def test_a_call_that_goes_on_is_changed_and_profiles_are_removed(act, line, body):
    bridge = FakeBridge(OK)
    act(bridge.client())
    assert bridge.lines == [line]
    assert bridge.requests[0].content.decode() == body


def test_whether_a_call_is_recorded_is_read_from_its_own_view():
    bridge = FakeBridge(xml('<call id="c1"><recording>true</recording></call>'), xml('<call id="c1"></call>'))
    assert bridge.client().is_recorded("c1")
    assert not bridge.client().is_recorded("c1")
    assert bridge.lines == ["GET calls/c1", "GET calls/c1"]


def test_profiles_are_listed_with_what_tells_ours_from_others():
    ours = LegVariant(encryption=Encryption.REQUIRED)
    bridge = FakeBridge(
        xml(
            f'<callLegProfiles total="2"><callLegProfile id="a"><name>{ours.name}</name></callLegProfile>'
            '<callLegProfile id="b"><name>sales</name></callLegProfile></callLegProfiles>'
        ),
        xml(
            '<callProfiles total="3">'
            '<callProfile id="a"><participantLimit>1000</participantLimit></callProfile>'
            '<callProfile id="b"><participantLimit>1000</participantLimit>'
            "<recordingMode>automatic</recordingMode><streamingMode>manual</streamingMode></callProfile>"
            '<callProfile id="c"><participantLimit>1000</participantLimit>'
            "<recordingMode>automatic</recordingMode><locked>true</locked></callProfile>"
            "</callProfiles>"
        ),
    )
    assert [(one.id, one.name, one.is_variant) for one in bridge.client().call_leg_profiles()] == [
        ("a", "tmsba encryption=required", True),
        ("b", "sales", False),
    ]
    found = bridge.client().call_profiles()
    assert [one.id for one in found if one.is_ours(is_recording=False)] == ["a"]
    assert [one.id for one in found if one.is_ours(is_recording=True)] == ["b"]


def test_what_a_bridge_lists_as_used_and_as_unused_counts_as_used():
    everything = listing("callLegProfile", ["a", "b"])
    bridge = FakeBridge(everything, listing("callLegProfile", ["b"]), everything, everything)
    assert [one.id for one in bridge.client().unused_call_leg_profiles()] == ["a"]
    assert bridge.lines == [
        "GET callLegProfiles?usageFilter=unreferenced",
        "GET callLegProfiles?usageFilter=referenced",
    ]
    assert bridge.client().unused_call_leg_profiles() == []


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
