"""Several ways into one space, such as one for hosts and one for guests."""

import pytest
from simulator_api import Api, identifier

GUEST = {"uri": "room", "callId": "81", "passcode": "1111", "name": "Guests"}


@pytest.fixture
def space(api: Api) -> str:
    return api.post("coSpaces", {"name": "Room", "uri": "room", "callId": "81", "passcode": "9999"})


@pytest.fixture
def guests(api: Api, space: str) -> str:
    """An access method whose people wait for those who come by the space itself."""
    profile = identifier(api.post("callLegProfiles", {"needsActivation": "true"}))
    return api.post(f"{space}/accessMethods", GUEST | {"callLegProfile": profile, "importance": 3})


def joins(api: Api, passcode: str, party: str = "a@example.com") -> str:
    form = {"address": "81", "remote_party": party, "passcode": passcode}
    answer = api.http.post("/dial-in", json=form)
    assert answer.status_code == 200, answer.text
    return f"callLegs/{answer.json()['leg']}"


def test_an_access_method_is_made_shown_changed_and_deleted(api: Api, space: str, guests: str) -> None:
    assert guests.startswith(f"{space}/accessMethods/")
    shown = api.values(guests)
    assert (shown["uri"], shown["passcode"], shown["scope"]) == ("room", "1111", "private")
    assert shown["secret"]
    [listed] = api.get(f"{space}/accessMethods", filter="guests")
    assert [child.tag for child in listed] == ["uri", "callId", "passcode", "callLegProfile"]
    assert api.values(space)["numAccessMethods"] == "1"
    api.put(guests, {"passcode": "2222", "regenerateSecret": "true"})
    assert api.values(guests)["passcode"] == "2222"
    assert api.values(guests)["secret"] != shown["secret"]
    api.delete(guests)
    assert api.refusal("GET", guests) == (404, [("accessMethodDoesNotExist", {})])
    assert "numAccessMethods" not in api.values(space)
    assert api.values(f"{space}/meetingEntryDetail") == {"uri": "room", "callId": "81"}


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ({"uri": "ROOM", "passcode": "9999"}, "duplicateCoSpaceUriPasscode"),
        ({"callId": "81", "passcode": "1111"}, "duplicateCoSpaceIdPasscode"),
        ({"uri": "other"}, "duplicateCoSpaceUri"),
        ({"callId": "82"}, "duplicateCoSpaceId"),
        ({"uri": "new", "secret": "known"}, "duplicateCoSpaceSecret"),
    ],
)
def test_ways_in_must_be_told_apart(
    api: Api, space: str, guests: str, form: dict[str, str], reason: str
) -> None:
    api.post("coSpaces", {"name": "Other", "uri": "other", "callId": "82"})
    api.put(space, {"secret": "known"})
    assert api.refusal("POST", f"{space}/accessMethods", form) == (400, [(reason, {})])
    assert api.get(f"{space}/accessMethods").get("total") == "1"


def test_the_space_cannot_take_the_passcode_of_its_access_method(api: Api, space: str, guests: str) -> None:
    assert api.refusal("PUT", space, {"passcode": "1111"})[1][0][0] == "duplicateCoSpaceUriPasscode"
    assert api.values(space)["passcode"] == "9999"


def test_addresses_of_access_methods_are_taken_and_free_again(api: Api, space: str) -> None:
    method = api.post(f"{space}/accessMethods", {"uri": "side-door", "callId": "777"})
    taken = (400, [("duplicateCoSpaceUri", {})])
    assert api.refusal("POST", "coSpaces", {"name": "B", "uri": "side-door"}) == taken
    api.delete(method)
    api.post("coSpaces", {"name": "B", "uri": "side-door", "callId": "777"})
    api.put(space, {"name": "Still there"})
    assert api.refusal("POST", "coSpaces", {"name": "C", "uri": "room"}) == taken


def test_the_passcode_decides_who_is_a_guest(api: Api, guests: str) -> None:
    guest = joins(api, "1111")
    assert api.text(guest, "configuration/accessMethod") == identifier(guests)
    assert api.text(guest, "status/deactivated") == "true"
    [participant] = api.get("participants")
    assert participant.findtext("configuration/importance") == "3"
    host = joins(api, "9999", "host@example.com")
    assert api.text(host, "configuration/accessMethod") == "coSpace"
    assert api.text(guest, "status/deactivated") is None
    trace = api.get(f"{guest}/callLegProfileTrace")
    assert [level.tag for level in trace] == ["accessMethod"]
    answer = api.http.post(
        "/dial-in", json={"address": "81", "remote_party": "b@example.com", "passcode": "0"}
    )
    assert answer.status_code == 400


def test_calls_out_go_by_the_default_access_method_unless_told_otherwise(
    api: Api, space: str, guests: str
) -> None:
    call = api.post("calls", {"coSpace": identifier(space)})

    def way(form: dict[str, str]) -> str | None:
        leg = api.post(f"{call}/callLegs", {"remoteParty": "desk@example.com", **form})
        return api.text(leg, "configuration/accessMethod")

    assert way({}) == "coSpace"
    assert way({"accessMethod": identifier(guests)}) == identifier(guests)
    api.put(space, {"defaultAccessMethod": identifier(guests)})
    assert way({}) == identifier(guests)
    api.delete(guests)
    assert "defaultAccessMethod" not in api.values(space)
    assert way({}) == "coSpace"


def test_an_access_method_of_another_space_is_refused(api: Api, space: str, guests: str) -> None:
    other = identifier(api.post("coSpaces", {"name": "Other"}))
    unknown = (400, [("accessMethodDoesNotExist", {})])
    method = {"accessMethod": identifier(guests)}
    call = api.post("calls", {"coSpace": other})
    assert api.refusal("POST", f"{call}/callLegs", {"remoteParty": "a@example.com", **method}) == unknown
    assert api.refusal("PUT", f"coSpaces/{other}", {"defaultAccessMethod": identifier(guests)}) == unknown
    new = {"name": "New", "defaultAccessMethod": identifier(guests)}
    assert api.refusal("POST", "coSpaces", new) == unknown
    ad_hoc = api.post("calls", {"name": "Ad hoc"})
    answer = api.refusal("POST", f"{ad_hoc}/participants", {"remoteParty": "a@example.com", **method})
    assert answer == (400, [("coSpaceCallDoesNotExist", {})])


def test_a_deleted_profile_is_forgotten_by_access_methods(api: Api, guests: str) -> None:
    profile = api.values(guests)["callLegProfile"]
    api.delete(f"callLegProfiles/{profile}")
    assert "callLegProfile" not in api.values(guests)
