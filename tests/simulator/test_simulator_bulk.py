import time

import pytest
from lxml import etree
from simulator_api import Api, Clock, identifier

from tmsba.simulator import Bridge, Settings
from tmsba.simulator.api import handle

FORM = {
    "startIndex": 3,
    "endIndex": 5,
    "coSpaceUriMapping": "space.$index$",
    "coSpaceNameMapping": "Space $index$",
    "coSpaceCallIdMapping": "811$index$",
}


def sync(api: Api, parameters: str, **form: object) -> str:
    """Run a sync to its end and return its status."""
    node = api.post("cospaceBulkSyncs", {"cospaceBulkParameterSet": identifier(parameters), **form})
    api.settle()
    return api.values(node)["status"]


def names(api: Api) -> list[str | None]:
    return [space.findtext("name") for space in api.get("coSpaces")]


def test_both_ends_of_the_range_are_made(api: Api) -> None:
    profile = identifier(api.post("callProfiles"))
    parameters = api.post(
        "cospaceBulkParameterSets", FORM | {"callProfile": profile, "nonMemberAccess": "false"}
    )
    assert sync(api, parameters) == "complete"
    assert names(api) == ["Space 3", "Space 4", "Space 5"]
    [first] = api.get("coSpaces", filter="space.3")
    shown = api.values(f"coSpaces/{first.get('id')}")
    assert (shown["uri"], shown["callId"]) == ("space.3", "8113")
    assert (shown["callProfile"], shown["nonMemberAccess"]) == (profile, "false")
    assert shown["secret"]


def test_a_sync_is_pending_then_running_then_complete() -> None:
    clock = Clock()
    bridge = Bridge(Settings(sync_seconds=2, clock=clock))
    form = {name: str(value) for name, value in FORM.items()}
    location = handle(bridge, "POST", "/api/v1/cospaceBulkParameterSets", {}, form).headers["Location"]
    order = {"cospaceBulkParameterSet": identifier(location)}
    for _ in range(2):
        handle(bridge, "POST", "/api/v1/cospaceBulkSyncs", {}, order)

    def statuses(moment: float) -> list[str | None]:
        clock.time = moment
        shown = etree.fromstring(handle(bridge, "GET", "/api/v1/cospaceBulkSyncs", {}, {}).body)
        return [sync.findtext("status") for sync in shown]

    assert [statuses(moment) for moment in (0, 0.9, 1, 1.9, 2, 2.9, 3, 4)] == [
        ["pending", "pending"],
        ["pending", "pending"],
        ["running", "pending"],
        ["running", "pending"],
        ["complete", "pending"],
        ["complete", "pending"],
        ["complete", "running"],
        ["complete", "complete"],
    ]


def test_a_sync_completes_by_itself_in_a_short_time(quick: Api) -> None:
    parameters = quick.post("cospaceBulkParameterSets", FORM)
    node = quick.post("cospaceBulkSyncs", {"cospaceBulkParameterSet": identifier(parameters)})
    deadline = time.monotonic() + 5
    while quick.values(node)["status"] != "complete":
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_nothing_is_made_before_the_sync_has_run(api: Api) -> None:
    parameters = api.post("cospaceBulkParameterSets", FORM)
    assert names(api) == []
    api.post("cospaceBulkSyncs", {"cospaceBulkParameterSet": identifier(parameters)})
    assert names(api) == []


def test_a_second_sync_replaces_what_the_first_made(api: Api) -> None:
    api.post("coSpaces", {"name": "Kept"})
    parameters = api.post("cospaceBulkParameterSets", FORM)
    sync(api, parameters)
    before = {space.get("id") for space in api.get("coSpaces", filter="Space")}
    renamed = api.get("coSpaces", filter="Space 3")[0].get("id")
    api.put(f"coSpaces/{renamed}", {"name": "Renamed"})
    api.put(parameters, {"startIndex": 4, "endIndex": 6})
    assert names(api) == ["Kept", "Renamed", "Space 4", "Space 5"]
    assert sync(api, parameters) == "complete"
    assert names(api) == ["Kept", "Space 4", "Space 5", "Space 6"]
    assert not before & {space.get("id") for space in api.get("coSpaces")}


def test_remove_all_removes_even_what_was_renamed(api: Api) -> None:
    api.post("coSpaces", {"name": "Kept"})
    parameters = api.post("cospaceBulkParameterSets", FORM)
    sync(api, parameters)
    space = api.get("coSpaces", filter="Space 3")[0].get("id")
    api.put(f"coSpaces/{space}", {"name": "Renamed", "uri": "renamed"})
    assert sync(api, parameters, removeAll="true") == "complete"
    assert names(api) == ["Kept"]


@pytest.mark.parametrize(
    ("space", "status"),
    [({"uri": "SPACE.6"}, "failedCoSpaceUriConflict"), ({"callId": "8116"}, "failedCallIdConflict")],
)
def test_a_conflict_leaves_everything_as_it_was(api: Api, space: dict[str, str], status: str) -> None:
    parameters = api.post("cospaceBulkParameterSets", FORM)
    sync(api, parameters)
    api.post("coSpaces", {"name": "In the way", **space})
    before = names(api)
    api.put(parameters, {"endIndex": 6})
    assert sync(api, parameters) == status
    assert names(api) == before


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"startIndex": 6}, "failedIndexRangeInvalid"),
        ({"startIndex": ""}, "failedIndexRangeInvalid"),
        ({"startIndex": 1, "endIndex": 51}, "failedIndexRangeTooGreat"),
        ({"coSpaceUriMapping": "same"}, "failedCoSpaceUriConflict"),
        ({"coSpaceCallIdMapping": "7"}, "failedCallIdConflict"),
        ({"coSpaceCallIdMapping": "room$index$"}, "failed"),
        ({"coSpaceUriMapping": ".$index$"}, "failed"),
    ],
)
def test_a_sync_that_cannot_be_done_says_why(api: Api, change: dict[str, object], status: str) -> None:
    parameters = api.post("cospaceBulkParameterSets", FORM | change)
    assert sync(api, parameters) == status
    assert names(api) == []


def test_as_many_spaces_as_allowed_are_made(api: Api) -> None:
    parameters = api.post("cospaceBulkParameterSets", FORM | {"startIndex": 1, "endIndex": 50})
    assert sync(api, parameters) == "complete"


def test_a_sync_without_its_parameter_set_fails(api: Api) -> None:
    assert sync(api, "x/12345678-1234-1234-1234-123456789abc") == "failedNoSuchParameterSet"


def test_spaces_need_neither_uri_nor_call_id(api: Api) -> None:
    form = FORM | {"coSpaceUriMapping": "", "coSpaceCallIdMapping": "", "coSpaceNameMapping": "Same"}
    assert sync(api, api.post("cospaceBulkParameterSets", form)) == "complete"
    assert names(api) == ["Same"] * 3
    [first, *_] = api.get("coSpaces")
    assert set(api.values(f"coSpaces/{first.get('id')}")) == {"name", "autoGenerated", "nonMemberAccess"}


def test_a_backslash_makes_a_character_plain(api: Api) -> None:
    form = FORM | {"coSpaceNameMapping": r"\$index\$ is $index$ \\", "endIndex": 3}
    assert sync(api, api.post("cospaceBulkParameterSets", form)) == "complete"
    assert names(api) == ["$index$ is 3 \\"]


@pytest.mark.parametrize("mapping", ["$", "$index", "a\\", r"\n", "$index$$index$", "cost$"])
def test_a_malformed_mapping_is_refused(api: Api, mapping: str) -> None:
    form = FORM | {"coSpaceNameMapping": mapping}
    error = api.bad_parameter("POST", "cospaceBulkParameterSets", form)
    assert error == ("coSpaceNameMapping", "invalidValue")


def test_a_uri_mapping_has_no_domain(api: Api) -> None:
    form = FORM | {"coSpaceUriMapping": "$index$@example.com"}
    error = api.bad_parameter("POST", "cospaceBulkParameterSets", form)
    assert error == ("coSpaceUriMapping", "invalidValue")


def test_parameter_sets_are_listed_with_their_range_and_shown_in_full(api: Api) -> None:
    parameters = api.post("cospaceBulkParameterSets", FORM)
    [listed] = api.get("cospaceBulkParameterSets")
    assert [child.tag for child in listed] == ["startIndex", "endIndex"]
    assert api.values(parameters)["coSpaceNameMapping"] == "Space $index$"
    assert api.values(parameters)["nonMemberAccess"] == "true"
    api.delete(parameters)
    assert api.refusal("GET", parameters) == (404, [("unrecognisedObject", {})])


def test_a_sync_can_be_forgotten_but_not_changed(api: Api) -> None:
    parameters = api.post("cospaceBulkParameterSets", FORM)
    node = api.post(
        "cospaceBulkSyncs", {"cospaceBulkParameterSet": identifier(parameters), "removeAll": "false"}
    )
    assert api.values(node)["removeAll"] == "false"
    assert api.refusal("PUT", node, {"removeAll": "true"}) == (400, [("invalidOperation", {})])
    assert api.get("cospaceBulkSyncs").get("total") == "1"
    api.delete(node)
    api.settle()
    assert names(api) == []
    assert api.refusal("GET", node) == (404, [("unrecognisedObject", {})])
    assert api.bad_parameter("POST", "cospaceBulkSyncs", {"removeAll": "true"})[1] == "missing"


def test_a_space_kept_from_a_sync_is_found_again_by_its_uri(api: Api) -> None:
    parameters = api.post("cospaceBulkParameterSets", FORM)
    sync(api, parameters)
    assert sync(api, parameters) == "complete"
    assert api.refusal("POST", "coSpaces", {"name": "A", "uri": "space.4"})[1][0][0] == "duplicateCoSpaceUri"
