"""What an operator does to a meeting that goes on."""

import pytest
from lxml import etree
from simulator_api import Api, Clock, identifier

from tmsba.simulator import Bridge, Settings
from tmsba.simulator.api import handle

DESK = {"remoteParty": "desk@example.com"}
HALL = {"remoteParty": "hall@example.com"}


@pytest.fixture
def space(api: Api) -> str:
    return api.post("coSpaces", {"name": "Room", "uri": "room", "callId": "81"})


@pytest.fixture
def call(api: Api, space: str) -> str:
    return api.post("calls", {"coSpace": identifier(space)})


def connected(api: Api, call: str, form: dict[str, str]) -> str:
    leg = api.post(f"{call}/callLegs", form)
    api.settle()
    return leg


def profiled(api: Api, space: str, form: dict[str, object]) -> str:
    profile = api.post("callProfiles", form)
    api.put(space, {"callProfile": identifier(profile)})
    return profile


def is_waiting(api: Api, leg: str) -> bool:
    return api.text(leg, "status/deactivated") == "true"


def test_a_message_stays_for_its_time() -> None:
    clock = Clock()
    bridge = Bridge(Settings(clock=clock))
    call = handle(bridge, "POST", "/api/v1/calls", {}, {"name": "A"}).headers["Location"]

    def left(moment: float) -> str | None:
        clock.time = moment
        return etree.fromstring(handle(bridge, "GET", call, {}, {}).body).findtext("messageTimeRemaining")

    text = {"messageText": "Five minutes", "messagePosition": "top", "messageDuration": "30"}
    handle(bridge, "PUT", call, {}, text)
    assert [left(moment) for moment in (0, 10.5, 30, 99)] == ["30", "20", "0", "0"]
    handle(bridge, "PUT", call, {}, {"messageDuration": "permanent"})
    assert left(100) is None


def test_recording_starts_and_stops(api: Api, call: str) -> None:
    assert api.values(call)["recordingStatus"] == "false"
    api.put(call, {"recording": "true"})
    assert (api.values(call)["recording"], api.values(call)["recordingStatus"]) == ("true", "true")
    api.put(call, {"recording": "false"})
    assert (api.values(call)["recording"], api.values(call)["recordingStatus"]) == ("false", "false")


@pytest.mark.parametrize(
    ("what", "mode", "reason"),
    [
        ("recording", "recordingMode", "callRecordingCannotBeModified"),
        ("streaming", "streamingMode", "callStreamingCannotBeModified"),
    ],
)
def test_a_profile_may_forbid_to_record_or_stream(
    api: Api, space: str, call: str, what: str, mode: str, reason: str
) -> None:
    profile = profiled(api, space, {mode: "disabled"})
    assert api.refusal("PUT", call, {what: "true"}) == (400, [(reason, {})])
    idle = api.post("coSpaces", {"name": "Idle", "callProfile": identifier(profile)})
    new = {"coSpace": identifier(idle), what: "true"}
    assert api.refusal("POST", "calls", new) == (400, [(reason, {})])
    api.put(call, {what: "false"})
    api.put(profile, {mode: "automatic"})
    connected(api, call, DESK)
    assert api.values(call)[what] == "true"
    assert api.refusal("PUT", call, {what: "false"}) == (400, [(reason, {})])


def test_a_locked_call_keeps_newcomers_in_the_lobby(api: Api, space: str, call: str) -> None:
    profiled(api, space, {"lockMode": "all"})
    first = connected(api, call, DESK)
    api.put(call, {"locked": "true"})
    late = connected(api, call, HALL)
    assert (is_waiting(api, first), is_waiting(api, late)) == (False, True)
    api.put(call, {"locked": "false"})
    assert not is_waiting(api, late)


def test_a_lock_is_for_those_who_need_activation_unless_the_profile_says_all(api: Api, call: str) -> None:
    api.put(call, {"locked": "true"})
    member = connected(api, call, DESK)
    guest = connected(api, call, HALL | {"needsActivation": "true"})
    assert (is_waiting(api, member), is_waiting(api, guest)) == (False, True)
    [participant] = api.get(f"{call}/participants", filter="hall")
    assert participant.findtext("isActivator") == "false"
    shown = api.values(f"participants/{participant.get('id')}")
    assert shown["canMoveToLobby"] == "true"


def test_guests_wait_for_the_first_activator_and_go_back_when_the_last_leaves(api: Api, call: str) -> None:
    profile = identifier(api.post("callLegProfiles", {"needsActivation": "true"}))
    guest = connected(api, call, HALL | {"callLegProfile": profile})
    assert is_waiting(api, guest)
    host = connected(api, call, DESK)
    assert not is_waiting(api, guest)
    api.delete(host)
    assert is_waiting(api, guest)
    api.put(f"callLegProfiles/{profile}", {"deactivationMode": "disconnect"})
    host = connected(api, call, DESK)
    api.delete(host)
    assert api.refusal("GET", guest)[0] == 404


def test_people_are_moved_to_the_lobby_and_back(api: Api, call: str) -> None:
    leg = connected(api, call, DESK)
    participant = f"participants/{api.get('participants')[0].get('id')}"
    api.put(participant, {"deactivated": "true"})
    assert is_waiting(api, leg)
    api.put(f"{call}/participants/*", {"deactivated": "false"})
    assert not is_waiting(api, leg)


def test_only_the_participants_selected_are_changed(api: Api, call: str) -> None:
    legs = [connected(api, call, form) for form in (DESK, HALL)]
    [_, hall] = api.get(f"{call}/participants")
    chosen = f"{call}/participants/*?filterIds={hall.get('id')}&mode=selected"
    api.put(chosen, {"txAudioMute": "true", "layout": "speakerOnly", "importance": 5})
    assert [api.text(leg, "configuration/txAudioMute") for leg in legs] == [None, "true"]
    assert api.text(legs[1], "status/layout") == "speakerOnly"
    assert api.text(f"participants/{hall.get('id')}", "configuration/importance") == "5"
    api.put(f"{call}/participants/*?mode=selected", {"txAudioMute": "false"})
    assert api.text(legs[1], "configuration/txAudioMute") == "true"


def test_media_follow_bandwidth_quality_and_mutes(api: Api, call: str) -> None:
    leg = connected(api, call, DESK | {"bandwidth": "4000000"})

    def number(path: str) -> int:
        return int(api.text(leg, f"status/{path}") or 0)

    assert api.get(leg).find("status/rxVideo").get("role") == "main"
    assert (number("txVideo/width"), number("txVideo/height")) == (1920, 1080)
    assert 3_500_000 < number("txVideo/bitRate") < 4_000_000
    full = int(api.values("system/load")["mediaProcessingLoad"])
    api.put(leg, {"qualityMain": "max480p30", "rxAudioMute": "true", "txVideoMute": "true"})
    assert number("txVideo/height") == 480
    assert (number("rxAudio/bitRate"), number("txVideo/bitRate")) == (0, 0)
    assert number("txAudio/bitRate") == 64_000
    low = int(api.values("system/load")["mediaProcessingLoad"])
    api.put(leg, {"videoMode": "disabled"})
    assert api.get(leg).find("status/rxVideo") is None
    assert 0 < int(api.values("system/load")["mediaProcessingLoad"]) < low < full
    api.delete(leg)
    assert api.values("system/load")["mediaProcessingLoad"] == "0"


def test_the_load_follows_the_profiles_in_force(api: Api, space: str, call: str) -> None:
    connected(api, call, DESK)

    def load() -> int:
        return int(api.values("system/load")["mediaProcessingLoad"])

    before = load()
    profile = api.post("callLegProfiles", {"qualityMain": "max480p30"})
    api.put(space, {"callLegProfile": identifier(profile)})
    lower = load()
    assert lower < before
    api.put(profile, {"videoMode": "disabled"})
    assert load() < lower
    api.delete(profile)
    assert load() == before


def test_a_held_leg_has_a_state_and_no_video(api: Api, call: str) -> None:
    leg = connected(api, call, DESK)
    before = int(api.values("system/status")["videoBitRateOutgoing"])
    api.http.post("/legs", json={"do": "hold", "leg": identifier(leg)})
    assert api.text(leg, "status/state") == "onHold"
    [participant] = api.get("participants")
    assert participant.findtext("status/state") == "onHold"
    assert before > 0 == int(api.values("system/status")["videoBitRateOutgoing"])


def test_newcomers_are_muted_when_the_call_says_so(api: Api, call: str) -> None:
    api.put(call, {"joinAudioMuteOverride": "true"})
    assert api.text(connected(api, call, DESK), "configuration/rxAudioMute") == "true"
    api.put(call, {"joinAudioMuteOverride": ""})
    assert api.text(connected(api, call, HALL), "configuration/rxAudioMute") is None


def test_values_come_from_the_lowest_level_that_sets_them(api: Api, space: str, call: str) -> None:
    top = identifier(api.post("callLegProfiles", {"defaultLayout": "stacked", "txAudioMute": "true"}))
    own = identifier(api.post("callLegProfiles", {"defaultLayout": "allEqual"}))
    api.put("system/profiles", {"callLegProfile": top})
    assert api.values("system/profiles") == {"callLegProfile": top}
    leg = connected(api, call, DESK)
    assert api.text(leg, "status/layout") == "stacked"
    api.put(space, {"callLegProfile": own})
    assert api.text(leg, "status/layout") == "allEqual"
    api.put(leg, {"chosenLayout": "onePlusFive"})
    assert api.text(leg, "status/layout") == "onePlusFive"
    trace = api.get(f"{leg}/callLegProfileTrace")
    assert [(level.tag, level.findtext("id")) for level in trace] == [
        ("global", top),
        ("coSpace", own),
        ("callLeg", None),
    ]
    assert trace.findtext("global/txAudioMute") == "true"
    assert api.get(f"callLegProfiles/{own}/usage").findtext("coSpaces/coSpace") == identifier(space)
    api.put("system/profiles", {"callLegProfile": ""})
    assert api.values("system/profiles") == {}


def test_the_top_level_call_profile_holds_for_all_calls(api: Api) -> None:
    profile = api.post("callProfiles", {"participantLimit": 1})
    api.put("system/profiles", {"callProfile": identifier(profile)})
    call = api.post("calls", {"name": "Ad hoc"})
    api.post(f"{call}/callLegs", DESK)
    assert api.refusal("POST", f"{call}/callLegs", HALL) == (400, [("participantLimitReached", {})])


def test_a_leg_ends_after_the_longest_time_of_its_profile() -> None:
    clock = Clock()
    bridge = Bridge(Settings(clock=clock, answer_seconds=0))
    form = {"maxCallDurationTime": "600"}
    profile = handle(bridge, "POST", "/api/v1/callLegProfiles", {}, form).headers["Location"]
    call = handle(bridge, "POST", "/api/v1/calls", {}, {"name": "A"}).headers["Location"]
    handle(bridge, "POST", f"{call}/callLegs", {}, DESK | {"callLegProfile": identifier(profile)})
    seen = []
    for clock.time in (0, 599, 600):
        bridge.advance()
        seen.append(len(bridge.legs))
    assert seen == [1, 1, 0]


def test_a_participant_is_moved_to_another_call(api: Api, call: str) -> None:
    old = connected(api, call, DESK | {"nameLabelOverride": "The desk"})
    [before] = api.get("participants")
    assert before.findtext("canMove") == "true"
    other = api.post("calls", {"name": "Other"})
    moved = api.post(f"{other}/participants", {"movedParticipant": str(before.get("id"))})
    shown = api.values(moved)
    assert (shown["name"], shown["call"]) == ("The desk", identifier(other))
    assert shown["movedParticipant"] == before.get("id")
    [leg] = api.get(f"{moved}/callLegs")
    assert api.text(f"callLegs/{leg.get('id')}", "movedCallLeg") == identifier(old)
    assert api.text(f"callLegs/{leg.get('id')}", "status/state") == "connected"
    assert api.refusal("GET", old)[0] == 404
    unknown = {"movedParticipant": "12345678-1234-1234-1234-123456789abc"}
    assert api.refusal("POST", f"{other}/participants", unknown)[0] == 404


def test_a_raised_hand_has_a_time(api: Api, call: str) -> None:
    leg = connected(api, call, DESK)
    assert api.text(leg, "configuration/handStatusLastModified") is None
    participant = f"participants/{api.get('participants')[0].get('id')}"
    api.put(participant, {"handStatus": "raised"})
    assert api.text(leg, "configuration/handStatus") == "raised"
    modified = api.text(participant, "configuration/handStatusLastModified")
    assert modified is not None
    assert modified.endswith("Z")


def test_small_nodes_of_a_call_leg_and_a_call_take_what_they_document(api: Api, call: str) -> None:
    leg = connected(api, call, DESK)
    assert api.send("POST", f"{leg}/generateKeyframe").status_code == 200
    api.put(f"{leg}/cameraControl", {"pan": "left", "zoom": "in"})
    assert api.bad_parameter("PUT", f"{leg}/cameraControl", {"pan": "up"}) == ("pan", "invalidValue")
    assert api.send("POST", f"{call}/captions/", {"captionsText": "Hello"}).status_code == 200
    assert api.bad_parameter("POST", f"{call}/captions", {}) == ("captionsText", "missing")


def test_the_licences_are_those_of_the_example_in_the_reference(api: Api) -> None:
    features = api.get("system/licensing")[0]
    shown = {feature.tag: [child.text for child in feature] for feature in features}
    assert shown["callBridge"] == ["activated", "2100-Jan-01"]
    assert shown["recording"] == ["activated", "2100-Jan-01", "30"]
    assert shown["personal"] == ["noLicense"]
    api.post("calls", {"name": "A"})
    multiparty = api.values("system/multipartyLicensing")
    assert (multiparty["callsActive"], multiparty["weightedCallsActive"]) == ("1", "1.000")


def test_the_uptime_counts() -> None:
    clock = Clock()
    bridge = Bridge(Settings(clock=clock))
    clock.time = 3661.9
    assert b"<uptimeSeconds>3661<" in handle(bridge, "GET", "/api/v1/system/status", {}, {}).body
