import pytest
from lxml import etree
from simulator_api import Api, Clock, identifier

from tmsba.simulator import Bridge, Settings
from tmsba.simulator.api import handle

DESK = {"remoteParty": "desk@example.com"}


@pytest.fixture
def space(api: Api) -> str:
    return api.post("coSpaces", {"name": "Room", "uri": "room", "meetingScheduler": "Kari"})


@pytest.fixture
def call(api: Api, space: str) -> str:
    return api.post("calls", {"coSpace": identifier(space)})


def test_a_page_of_calls_holds_at_most_ten(api: Api) -> None:
    for number in range(12):
        api.post("calls", {"name": f"Call {number}"})
    page = api.get("calls")
    assert (page.get("total"), len(page)) == ("12", 10)
    assert [call.findtext("name") for call in api.get("calls", offset=10)] == ["Call 10", "Call 11"]


def test_a_call_of_a_space_is_shown_in_full(api: Api, space: str, call: str) -> None:
    shown = api.values(call)
    assert shown["coSpace"] == identifier(space)
    assert (shown["callType"], shown["name"], shown["ownerName"]) == ("coSpace", "Room", "Kari")
    assert (shown["numCallLegs"], shown["durationSeconds"], shown["locked"]) == ("0", "0", "false")


def test_a_call_may_have_a_name_only(api: Api) -> None:
    call = api.post("calls", {"name": "Ad hoc"})
    assert api.values(call)["callType"] == "adHoc"
    assert "coSpace" not in api.values(call)


def test_a_call_needs_a_space_a_name_or_a_correlator(api: Api) -> None:
    assert api.bad_parameter("POST", "calls", {"locked": "true"}) == ("coSpace", "missing")
    correlator = "12345678-1234-1234-1234-123456789abc"
    assert api.values(api.post("calls", {"callCorrelator": correlator}))["callCorrelator"] == correlator


def test_a_call_for_an_unknown_space_is_refused(api: Api) -> None:
    unknown = "12345678-1234-1234-1234-123456789abc"
    assert api.refusal("POST", "calls", {"coSpace": unknown}) == (400, [("coSpaceDoesNotExist", {})])


def test_asking_again_for_a_call_of_a_space_answers_with_the_one_it_has(
    api: Api, space: str, call: str
) -> None:
    assert api.post("calls", {"coSpace": identifier(space), "locked": "true"}) == call
    assert api.values(call)["locked"] == "false"
    assert api.get("calls", coSpaceFilter=identifier(space)).get("total") == "1"


def test_a_space_whose_call_has_ended_gets_another(api: Api, space: str, call: str) -> None:
    api.delete(call)
    assert api.post("calls", {"coSpace": identifier(space)}) != call


def test_calls_without_a_space_are_never_the_same(api: Api) -> None:
    assert api.post("calls", {"name": "Other"}) != api.post("calls", {"name": "Other"})
    assert api.get("calls").get("total") == "2"


def test_a_call_can_be_changed(api: Api, call: str) -> None:
    api.put(call, {"locked": "true", "messageText": "Five minutes", "messageDuration": "permanent"})
    shown = api.values(call)
    assert (shown["locked"], shown["messageText"]) == ("true", "Five minutes")
    api.put(call, {"messageText": ""})
    assert "messageText" not in api.values(call)
    assert api.bad_parameter("PUT", call, {"messageDuration": "long"}) == ("messageDuration", "invalidValue")


def test_the_call_profile_of_the_space_shows_in_the_call(api: Api, space: str, call: str) -> None:
    profile = api.post("callProfiles", {"chatAllowed": "false", "messageBannerText": "Hello"})
    api.put(space, {"callProfile": identifier(profile)})
    shown = api.values(call)
    assert (shown["chatAllowed"], shown["messageBannerText"]) == ("false", "Hello")


def test_ending_a_call_ends_its_call_legs(api: Api, call: str) -> None:
    leg = api.post(f"{call}/callLegs", DESK)
    participant = api.post(f"{call}/participants", {"remoteParty": "hall@example.com"})
    api.delete(call)
    assert api.refusal("GET", leg) == (404, [("callLegDoesNotExist", {})])
    assert api.refusal("GET", participant)[0] == 404
    assert api.text("system/status", "callLegsCompleted") == "2"
    api.settle()


def test_a_call_outlives_its_last_call_leg(api: Api, call: str) -> None:
    api.delete(api.post(f"{call}/callLegs", DESK))
    shown = api.values(call)
    assert (shown["numCallLegs"], shown["maxCallLegs"]) == ("0", "1")


def test_a_call_leg_rings_and_then_connects() -> None:
    clock = Clock()
    bridge = Bridge(Settings(answer_seconds=3, clock=clock))
    call = handle(bridge, "POST", "/api/v1/calls", {}, {"name": "A"}).headers["Location"]
    leg = handle(bridge, "POST", f"{call}/callLegs", {}, DESK).headers["Location"]

    def state(moment: float) -> tuple[str | None, str | None]:
        clock.time = moment
        shown = etree.fromstring(handle(bridge, "GET", leg, {}, {}).body)
        return shown.findtext("status/state"), shown.findtext("status/durationSeconds")

    assert [state(moment) for moment in (0, 0.9, 1, 2.9, 3)] == [
        ("initial", "0"),
        ("initial", "0"),
        ("ringing", "1"),
        ("ringing", "2"),
        ("connected", "3"),
    ]


def test_an_unreachable_party_is_gone_after_ringing(api: Api, call: str) -> None:
    leg = api.post(f"{call}/callLegs", {"remoteParty": "gone@EXAMPLE.com"})
    assert api.text(leg, "status/state") == "initial"
    api.settle()
    assert api.refusal("GET", leg) == (404, [("callLegDoesNotExist", {})])
    assert api.get("participants").get("total") == "0"


def test_a_call_leg_is_shown_in_full(api: Api, call: str) -> None:
    leg = api.post(f"{call}/callLegs", DESK | {"txAudioMute": "true", "bandwidth": 2000000})
    api.settle()
    shown = api.values(leg)
    assert (shown["remoteParty"], shown["call"]) == ("desk@example.com", identifier(call))
    assert (shown["type"], shown["direction"]) == ("sip", "outgoing")
    assert api.text(leg, "configuration/txAudioMute") == "true"
    [listed] = api.get(f"{call}/callLegs")
    assert [child.tag for child in listed] == ["name", "remoteParty", "call"]


def test_a_call_leg_needs_a_remote_party(api: Api, call: str) -> None:
    assert api.bad_parameter("POST", f"{call}/callLegs", {}) == ("remoteParty", "missing")
    assert api.bad_parameter("POST", f"{call}/participants", {}) == ("remoteParty", "missing")


@pytest.mark.parametrize("node", ["callLegs", "participants"])
def test_nobody_can_be_called_from_an_unknown_call(api: Api, node: str) -> None:
    assert api.refusal("POST", f"calls/none/{node}", DESK) == (404, [("callDoesNotExist", {})])
    assert api.refusal("GET", f"calls/none/{node}") == (404, [("callDoesNotExist", {})])


def test_the_remote_party_of_a_call_leg_cannot_be_changed(api: Api, call: str) -> None:
    leg = api.post(f"{call}/callLegs", DESK)
    api.put(leg, {"remoteParty": "hall@example.com", "rxAudioMute": "true", "layout": "stacked"})
    assert api.text(leg, "remoteParty") == "desk@example.com"
    assert api.text(leg, "configuration/rxAudioMute") == "true"
    assert api.text(leg, "configuration/defaultLayout") == "stacked"


def test_call_legs_can_be_filtered(api: Api, call: str) -> None:
    owner = "12345678-1234-1234-1234-123456789abc"
    api.post(f"{call}/callLegs", DESK | {"ownerId": owner})
    other = api.post("calls", {"name": "Other"})
    participant = api.post(f"{other}/participants", {"remoteParty": "hall@example.com"})
    assert api.get("callLegs").get("total") == "2"
    assert api.get("callLegs", filter="DESK").get("total") == "1"
    assert api.get(f"{other}/callLegs").get("total") == "1"
    assert api.get("callLegs", ownerIdSet="true")[0].findtext("remoteParty") == "desk@example.com"
    [leg] = api.get("callLegs", participantFilter=identifier(participant))
    assert leg.findtext("remoteParty") == "hall@example.com"


def test_the_participant_limit_of_the_call_profile_holds(api: Api, space: str, call: str) -> None:
    profile = api.post("callProfiles", {"participantLimit": 1})
    api.put(space, {"callProfile": identifier(profile)})
    api.post(f"{call}/callLegs", DESK)
    full = (400, [("participantLimitReached", {})])
    assert api.refusal("POST", f"{call}/callLegs", {"remoteParty": "hall@example.com"}) == full


def test_participants_can_be_filtered(api: Api, space: str, call: str) -> None:
    api.post(f"{call}/participants", DESK)
    other = api.post("calls", {"name": "Other"})
    api.post(f"{other}/participants", {"remoteParty": "hall@example.com"})
    own = api.get("callBridges")[0].get("id")
    assert api.get("participants").get("total") == "2"
    assert api.get("participants", filter="hall").get("total") == "1"
    assert api.get("participants", callBridgeFilter=own).get("total") == "2"
    assert api.get("participants", callBridgeFilter="other").get("total") == "0"
    [participant] = api.get(f"{call}/participants", coSpaceFilter=identifier(space))
    assert participant.findtext("uri") == "desk@example.com"


def test_a_participant_and_its_call_leg_share_name_and_fate(api: Api, call: str) -> None:
    participant = api.post(f"{call}/participants", DESK | {"importance": 3})
    [leg] = api.get(f"{participant}/callLegs")
    api.put(participant, {"nameLabelOverride": "The desk", "importance": ""})
    assert api.text(f"callLegs/{leg.get('id')}", "name") == "The desk"
    assert api.text(participant, "configuration/importance") is None
    too_long = {"nameLabelOverride": "ø" * 26}
    assert api.bad_parameter("PUT", participant, too_long) == ("nameLabelOverride", "valueTooLong")
    api.delete(participant)
    assert api.get("callLegs").get("total") == "0"


def test_all_participants_can_be_muted_but_some(api: Api, call: str) -> None:
    kept = api.post(f"{call}/participants", DESK)
    api.post(f"{call}/participants", {"remoteParty": "hall@example.com"})
    api.put(f"{call}/participants/*?filterIds={identifier(kept)}", {"rxAudioMute": "true"})
    legs = {leg.findtext("name"): leg.get("id") for leg in api.get("callLegs")}
    mute = "configuration/rxAudioMute"
    assert api.text(f"callLegs/{legs['desk@example.com']}", mute) is None
    assert api.text(f"callLegs/{legs['hall@example.com']}", mute) == "true"
    many = ",".join(f"id{number}" for number in range(21))
    error = api.bad_parameter("PUT", f"{call}/participants/*", {"filterIds": many})
    assert error == ("filterIds", "valueTooLong")


def test_people_can_dial_in_only_when_the_space_is_open(api: Api, space: str) -> None:
    bridge = api.simulator.bridge
    leg = bridge.dial_in("room", "guest@example.com")
    assert leg is not None
    assert api.text(f"callLegs/{leg.id}", "direction") == "incoming"
    assert api.get("calls").get("total") == "1"
    api.put(space, {"nonMemberAccess": "false"})
    assert bridge.dial_in("room", "late@example.com") is None
