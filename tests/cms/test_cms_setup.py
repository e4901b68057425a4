from dataclasses import replace
from urllib.parse import parse_qsl

import httpx
import pytest
from cms_fakes import FakeBridge, created, listing, refusal, xml

from tmsba.cms import (
    BridgeSetup,
    BridgeTimeout,
    BridgeUnreachable,
    BulkSyncFailed,
    BulkSyncUnfinished,
    SpaceRange,
    prepare_bridge,
)

COLLECTIONS = ("callProfiles", "callLegProfiles", "cospaceBulkParameterSets", "cospaceBulkSyncs")


class Stage:
    """Just enough of a bridge to be prepared; the sync is done after `polls` looks at it."""

    def __init__(self, polls: int = 1, result: str = "complete") -> None:
        self.objects: dict[str, dict[str, dict[str, str]]] = {name: {} for name in COLLECTIONS}
        self.spaces: dict[str, str] = {}
        self.set_of: dict[str, str] = {}
        #: What spaces have besides their numbers, by their ids.
        self.given: dict[str, dict[str, str]] = {}
        self.calls: list[str] = []
        self.polls = polls
        self.result = result
        #: Requests that never arrive, and those that are carried out and whose answers never arrive.
        self.lose: set[str] = set()
        self.lose_answer: set[str] = set()
        self.bridge = FakeBridge(by=self.answer)
        self.pauses: list[float] = []
        self.recorded: list[BridgeSetup] = []
        self.made = 0
        self.is_filtering = True

    def prepare(self, first: int = 1, quantity: int = 3, **kwargs) -> BridgeSetup:
        kwargs = {"numbers": range(first, first + quantity)} | kwargs
        return prepare_bridge(
            self.bridge.client(),
            record=self.recorded.append,
            pause=self.pauses.append,
            **kwargs,
        )

    @property
    def lines(self) -> list[str]:
        return self.bridge.lines

    def answer(self, request: httpx.Request) -> httpx.Response | Exception:
        answer = self.carry_out(request)
        name = request.url.path.removeprefix("/api/v1/").partition("/")[0]
        is_lost = f"{request.method} {name}" in self.lose_answer
        return httpx.ReadTimeout("lost") if is_lost else answer

    def carry_out(self, request: httpx.Request) -> httpx.Response | Exception:
        name, _, rest = request.url.path.removeprefix("/api/v1/").partition("/")
        line = f"{request.method} {name}"
        if line in self.lose:
            return httpx.ReadTimeout("lost")
        form = dict(parse_qsl(request.content.decode()))
        match request.method, name:
            case "GET", "system":
                return xml("<status><softwareVersion>3.4</softwareVersion></status>")
            case "GET", "callBridges" | "coSpaces" | "calls":
                return self.listed(name, rest)
            case _, "coSpaces":
                return self.change_space(request.method, rest, form)
            case "POST", _:
                self.made += 1
                self.objects[name][f"{name}-{self.made}"] = form
                return created(f"/api/v1/{name}/{name}-{self.made}")
        if request.method == "GET" and not rest:
            return self.all(name, request.url.params.get("usageFilter"))
        if rest not in self.objects[name]:
            return refusal(404)
        if request.method == "PUT":
            self.objects[name][rest] |= form
            return httpx.Response(200)
        if name == "cospaceBulkSyncs":
            return self.sync(rest)
        values = "".join(f"<{key}>{value}</{key}>" for key, value in self.objects[name][rest].items())
        return xml(f'<{name[:-1]} id="{rest}">{values}</{name[:-1]}>')

    def change_space(self, method: str, space_id: str, form: dict[str, str]) -> httpx.Response:
        if method == "DELETE":
            self.spaces = {number: one for number, one in self.spaces.items() if one != space_id}
        elif method == "PUT":
            self.given[space_id] |= form
        else:
            return self.add(form)
        return httpx.Response(200)

    def add(self, form: dict[str, str]) -> httpx.Response:
        if form["uri"] in self.spaces:
            return refusal(400, "duplicateCoSpaceUri")
        self.made += 1
        made = f"single-{self.made}"
        self.spaces[form["uri"]], self.given[made], self.set_of[made] = made, form, ""
        return created(f"/api/v1/coSpaces/{made}")

    def put_there(self, number: int, space_id: str, **given: str) -> None:
        """Somebody makes a space, or brings one back."""
        self.spaces[str(number)], self.given[space_id], self.set_of[space_id] = space_id, given, ""

    def all(self, name: str, usage: str | None) -> httpx.Response:
        profiles = {key for one in COLLECTIONS[:2] for values in self.objects[one].values() for key in values}
        shown = {"startIndex", "endIndex", "cospaceBulkParameterSet"} | profiles
        used = {
            value for values in self.objects["cospaceBulkParameterSets"].values() for value in values.values()
        }
        items = ""
        for one, values in self.objects[name].items():
            if usage is not None and (one in used) != (usage == "referenced") and self.is_filtering:
                continue
            inner = "".join(f"<{key}>{value}</{key}>" for key, value in values.items() if key in shown)
            status = "complete" if self.polls <= 0 else "running"
            if name == "cospaceBulkSyncs":
                inner += f"<status>{status}</status>"
            items += f'<{name[:-1]} id="{one}">{inner}</{name[:-1]}>'
        return xml(f"<{name}>{items}</{name}>")

    def listed(self, name: str, rest: str) -> httpx.Response:
        if rest and name == "coSpaces":
            number = next((number for number, one in self.spaces.items() if one == rest), None)
            return refusal(404) if number is None else xml(self.space(number, rest, self.given[rest]))
        if rest:
            return xml(f'<callBridge id="{rest}"><address>https://{rest}.example.com</address></callBridge>')
        if name == "callBridges":
            return listing("callBridge", ["b1", "b2"])
        if name == "calls":
            items = "".join(f'<call id="c-{one}"><coSpace>{one}</coSpace></call>' for one in self.calls)
            return xml(f'<calls total="{len(self.calls)}">{items}</calls>')
        items = "".join(self.space(number, one, {}) for number, one in self.spaces.items())
        return xml(f'<coSpaces total="{len(self.spaces)}">{items}</coSpaces>')

    def space(self, number: str, space_id: str, given: dict[str, str]) -> str:
        shown = {"name": self.given[space_id]["name"], "uri": number, "callId": number} | given
        inner = "".join(f"<{name}>{value}</{name}>" for name, value in shown.items())
        return f'<coSpace id="{space_id}">{inner}</coSpace>'

    def sync(self, sync_id: str) -> httpx.Response:
        self.polls -= 1
        status = self.result if self.polls <= 0 else "running"
        if status == "complete":
            set_id = self.objects["cospaceBulkSyncs"][sync_id]["cospaceBulkParameterSet"]
            recipe = self.objects["cospaceBulkParameterSets"][set_id]
            numbers = range(int(recipe["startIndex"]), int(recipe["endIndex"]) + 1)
            others = {number: one for number, one in self.spaces.items() if self.set_of[one] != set_id}
            if others.keys() & set(map(str, numbers)):
                failed = "failedCoSpaceUriConflict"
                return xml(f'<cospaceBulkSync id="{sync_id}"><status>{failed}</status></cospaceBulkSync>')
            for number in numbers:
                self.given[f"{sync_id}-space-{number}"] = {
                    "name": f"TMS_Scheduled_Meeting_{number}",
                    "callProfile": recipe["callProfile"],
                    "callLegProfile": recipe["callLegProfile"],
                }
            self.spaces = others | {str(number): f"{sync_id}-space-{number}" for number in numbers}
            self.set_of = {one: self.set_of.get(one, set_id) for one in self.spaces.values()}
        return xml(f'<cospaceBulkSync id="{sync_id}"><status>{status}</status></cospaceBulkSync>')


def test_a_bridge_is_prepared_in_the_order_of_the_traces():
    stage, told = Stage(polls=3), []
    setup = stage.prepare(progress=told.append)
    sync = "GET cospaceBulkSyncs/cospaceBulkSyncs-4"
    assert stage.lines == [
        "GET system/status",
        "GET callBridges",
        "GET callBridges/b1",
        "GET callBridges/b2",
        "POST callProfiles",
        "POST callLegProfiles",
        "POST cospaceBulkParameterSets",
        "POST cospaceBulkSyncs",
        sync,
        sync,
        sync,
        "GET system/status",
        "GET coSpaces?callLegProfileFilter=callLegProfiles-2",
    ]
    assert setup == BridgeSetup(
        version="3.4",
        call_bridges=setup.call_bridges,
        call_profile_id="callProfiles-1",
        call_leg_profile_id="callLegProfiles-2",
        ranges=(
            SpaceRange(
                id="cospaceBulkParameterSets-3", first=1, last=3, sync_id="cospaceBulkSyncs-4", is_made=True
            ),
        ),
        space_ids={number: f"cospaceBulkSyncs-4-space-{number}" for number in (1, 2, 3)},
    )
    assert [bridge.address for bridge in setup.call_bridges] == [
        "https://b1.example.com",
        "https://b2.example.com",
    ]
    assert all(sentence.endswith(".") for sentence in told)
    assert stage.recorded[-1] == setup


def test_the_waits_for_the_sync_grow_to_two_seconds():
    stage = Stage(polls=8)
    stage.prepare()
    assert stage.pauses == pytest.approx([0.2, 0.4, 0.8, 1.6, 2, 2, 2])


def test_a_prepared_bridge_is_left_as_it_is():
    stage = Stage()
    setup = stage.prepare()
    before = len(stage.lines)
    assert stage.prepare(known=setup) == setup
    assert {line.split()[0] for line in stage.lines[before:]} == {"GET"}


def writes_of(stage, before):
    return [line for line in stage.lines[before:] if not line.startswith("GET")]


def test_more_numbers_leave_the_spaces_that_are_there_alone():
    stage = Stage()
    setup = stage.prepare(first=3, quantity=3)
    before, stage.calls = len(stage.lines), [setup.space_ids[4]]
    grown = stage.prepare(first=1, quantity=8, known=setup)
    assert writes_of(stage, before) == [
        "POST cospaceBulkParameterSets",
        "POST cospaceBulkParameterSets",
        "POST cospaceBulkSyncs",
        "POST cospaceBulkSyncs",
    ]
    assert [(one.first, one.last) for one in grown.ranges] == [(3, 5), (1, 2), (6, 8)]
    assert set(grown.space_ids) == set(range(1, 9))
    assert all(grown.space_ids[number] == setup.space_ids[number] for number in (3, 4, 5))
    before = len(stage.lines)
    assert stage.prepare(first=1, quantity=8, known=grown) == grown
    assert writes_of(stage, before) == []


def test_fewer_numbers_remove_only_spaces_that_were_made_here():
    stage = Stage()
    setup = stage.prepare(quantity=5)
    stage.put_there(9, "theirs", name="Theirs")
    before, stage.calls = len(stage.lines), [setup.space_ids[2]]
    shrunk = stage.prepare(numbers={2, 3}, known=setup)
    assert writes_of(stage, before) == [
        "PUT cospaceBulkParameterSets/cospaceBulkParameterSets-3",
        *(f"DELETE coSpaces/{setup.space_ids[number]}" for number in (1, 4, 5)),
    ]
    assert stage.spaces == {"2": setup.space_ids[2], "3": setup.space_ids[3], "9": "theirs"}
    assert [(one.first, one.last, one.is_made) for one in shrunk.ranges] == [(2, 3, True)]
    assert stage.prepare(numbers={2, 3}, known=shrunk) == shrunk
    assert stage.recorded[-1] == shrunk


def test_without_any_number_all_our_spaces_go():
    stage = Stage()
    setup = stage.prepare()
    emptied = stage.prepare(numbers=(), known=setup)
    assert (emptied.ranges, emptied.space_ids, stage.spaces) == ((), {}, {})
    assert emptied.call_profile_id == setup.call_profile_id


def test_a_number_that_comes_back_before_it_was_removed_keeps_its_space():
    stage = Stage()
    setup = stage.prepare(quantity=5)
    stage.lose.add("DELETE coSpaces")
    with pytest.raises(BridgeTimeout):
        stage.prepare(quantity=3, known=setup)
    stage.lose.clear()
    back = stage.prepare(quantity=5, known=stage.recorded[-1])
    assert back.space_ids == setup.space_ids


@pytest.mark.parametrize("lost", ["PUT cospaceBulkParameterSets", "DELETE coSpaces"])
def test_a_crash_while_numbers_are_removed_makes_no_space_anew(lost):
    stage = Stage()
    setup = stage.prepare(quantity=5)
    stage.lose.add(lost)
    with pytest.raises(BridgeTimeout):
        stage.prepare(quantity=3, known=setup)
    stage.lose.clear()
    before = len(stage.lines)
    again = stage.prepare(quantity=3, known=stage.recorded[-1])
    assert again.space_ids == {number: setup.space_ids[number] for number in (1, 2, 3)}
    assert set(stage.spaces) == {"1", "2", "3"}
    assert "POST cospaceBulkSyncs" not in stage.lines[before:]


def test_many_spaces_are_removed_with_notes_in_between():
    stage, told = Stage(), []
    setup = stage.prepare(quantity=120)
    recorded = len(stage.recorded)
    stage.prepare(quantity=10, known=setup, progress=told.append)
    assert [line for line in told if line.startswith("Removed")] == [
        "Removed 50 of 110 spaces.",
        "Removed 100 of 110 spaces.",
        "Removed 110 of 110 spaces.",
    ]
    assert len(stage.recorded) - recorded < 10


def test_what_has_gone_from_the_bridge_is_made_anew():
    stage = Stage()
    setup = stage.prepare()
    for name in COLLECTIONS:
        stage.objects[name].clear()
    stage.spaces.clear()
    again = stage.prepare(known=setup)
    assert again.call_profile_id != setup.call_profile_id
    assert again.call_leg_profile_id != setup.call_leg_profile_id
    assert again.ranges[0].id != setup.ranges[0].id
    recipe = stage.objects["cospaceBulkParameterSets"][again.ranges[0].id]
    assert recipe["callProfile"] == again.call_profile_id


def test_spaces_keep_their_ids_and_get_the_new_profile_when_the_old_one_is_gone():
    stage = Stage()
    setup = stage.prepare()
    stage.objects["callProfiles"].clear()
    stage.given[setup.space_ids[2]] |= {"name": "Board", "callProfile": "of a recorded meeting"}
    before = len(stage.lines)
    again = stage.prepare(known=setup)
    assert (again.ranges, again.space_ids) == (setup.ranges, setup.space_ids)
    recipe = stage.objects["cospaceBulkParameterSets"][again.ranges[0].id]
    assert recipe["callProfile"] == again.call_profile_id != setup.call_profile_id
    given = [stage.given[space_id]["callProfile"] for space_id in again.space_ids.values()]
    assert given == [again.call_profile_id, "of a recorded meeting", again.call_profile_id]
    assert writes_of(stage, before) == [
        "POST callProfiles",
        "PUT cospaceBulkParameterSets/cospaceBulkParameterSets-3",
        f"PUT coSpaces/{setup.space_ids[1]}",
        f"PUT coSpaces/{setup.space_ids[3]}",
    ]


def test_a_missing_space_is_made_by_itself_while_people_are_in_the_others():
    stage = Stage()
    setup = stage.prepare()
    made_before = dict(stage.given[setup.space_ids[1]])
    del stage.spaces["2"]
    stage.calls = [setup.space_ids[3]]
    before = len(stage.lines)
    again = stage.prepare(known=setup)
    assert writes_of(stage, before) == ["POST coSpaces"]
    assert again.space_ids == {**setup.space_ids, 2: stage.spaces["2"]}
    assert again.ranges == setup.ranges
    made = stage.given[stage.spaces["2"]]
    assert {name: made[name] for name in made_before} == made_before | {"name": "TMS_Scheduled_Meeting_2"}
    assert (made["uri"], made["callId"], made["nonMemberAccess"]) == ("2", "2", "false")


def test_a_space_whose_making_was_answered_to_nobody_is_found_and_not_made_twice():
    stage = Stage()
    setup = stage.prepare()
    del stage.spaces["2"]
    stage.lose_answer.add("POST coSpaces")
    with pytest.raises(BridgeTimeout):
        stage.prepare(known=setup)
    stage.lose_answer.clear()
    again = stage.prepare(known=stage.recorded[-1])
    assert again.space_ids[2] == stage.spaces["2"]
    assert stage.lines.count("POST coSpaces") == 1


def test_a_bridge_that_lost_all_its_spaces_makes_them_in_bulk():
    stage = Stage()
    setup = stage.prepare()
    stage.spaces.clear()
    before = len(stage.lines)
    again = stage.prepare(known=setup)
    assert writes_of(stage, before) == ["POST cospaceBulkSyncs"]
    assert set(again.space_ids) == {1, 2, 3}


def test_spaces_that_came_back_with_other_ids_are_ours_by_their_name_and_profile():
    stage = Stage()
    setup = stage.prepare()
    stage.spaces.clear()
    profile = {"callProfile": setup.call_profile_id}
    stage.put_there(1, "old-1", name="TMS_Scheduled_Meeting_1", **profile)
    stage.put_there(2, "old-2", name="Somebody", **profile)
    stage.put_there(3, "old-3", name="TMS_Scheduled_Meeting_3", callProfile="theirs")
    before = len(stage.lines)
    again = stage.prepare(known=setup)
    assert again.space_ids == {1: "old-1"}
    assert {number: space.id for number, space in again.in_way.items()} == {2: "old-2", 3: "old-3"}
    assert writes_of(stage, before) == []


@pytest.mark.parametrize("is_first", [True, False])
def test_a_number_that_somebody_else_has_gets_no_space_and_the_others_get_theirs(is_first):
    stage = Stage()
    known = None if is_first else stage.prepare(quantity=1)
    stage.put_there(3, "theirs", name="Board", ownerJid="bob@example.com")
    setup = stage.prepare(quantity=5, known=known)
    assert set(setup.space_ids) == {1, 2, 4, 5}
    assert (setup.in_way[3].id, setup.in_way[3].owner) == ("theirs", "bob@example.com")
    assert (stage.spaces["3"], stage.given["theirs"]["name"]) == ("theirs", "Board")
    before = len(stage.lines)
    again = stage.prepare(quantity=5, known=setup)
    assert (again.space_ids, again.ranges) == (setup.space_ids, setup.ranges)
    assert writes_of(stage, before) == []
    del stage.spaces["3"]
    assert set(stage.prepare(quantity=5, known=again).space_ids) == {1, 2, 3, 4, 5}


def test_a_space_of_ours_that_somebody_numbered_anew_is_not_removed():
    stage = Stage()
    setup = stage.prepare()
    stage.spaces = {"77" if number == "3" else number: one for number, one in stage.spaces.items()}
    shrunk = stage.prepare(quantity=2, known=setup)
    assert "77" in stage.spaces
    assert set(shrunk.space_ids) == {1, 2}


def test_a_range_that_somebody_changed_on_the_bridge_is_put_right():
    stage = Stage()
    setup = stage.prepare(quantity=4)
    stage.objects["cospaceBulkParameterSets"][setup.ranges[0].id] |= {"startIndex": "2", "endIndex": "3"}
    again = stage.prepare(quantity=4, known=setup)
    assert again.space_ids == setup.space_ids
    assert stage.objects["cospaceBulkParameterSets"][setup.ranges[0].id]["endIndex"] == "4"


@pytest.mark.parametrize(
    "lost",
    [
        "GET callBridges",
        "POST callProfiles",
        "POST callLegProfiles",
        "POST cospaceBulkParameterSets",
        "POST cospaceBulkSyncs",
        "GET cospaceBulkSyncs",
        "GET coSpaces",
    ],
)
def test_a_crash_anywhere_is_continued_from_what_was_recorded(lost):
    stage = Stage()
    stage.lose.add(lost)
    with pytest.raises(BridgeTimeout):
        stage.prepare()
    stage.lose.clear()
    setup = stage.prepare(known=stage.recorded[-1])
    assert set(setup.space_ids) == {1, 2, 3}
    assert all(len(objects) == 1 for objects in stage.objects.values())


@pytest.mark.parametrize("lost", ["POST callProfiles", "POST callLegProfiles"])
@pytest.mark.parametrize("is_filtering", [True, False])
def test_a_profile_whose_making_was_answered_to_nobody_is_found_again(lost, is_filtering):
    stage = Stage()
    # What somebody else made, and another installation of ours uses.
    stage.objects["callProfiles"] = {"theirs": {"participantLimit": "1000", "recordingMode": "automatic"}}
    stage.objects["callLegProfiles"] = {"theirs": {"defaultLayout": "telepresence"}}
    stage.lose_answer.add(lost)
    with pytest.raises(BridgeTimeout):
        stage.prepare()
    stage.lose_answer.clear()
    stage.is_filtering = is_filtering
    setup = stage.prepare(known=stage.recorded[-1])
    # A bridge that ignores the filter cannot say what is used: better one profile too many than somebody's.
    assert len(stage.objects[lost.removeprefix("POST ")]) == (2 if is_filtering else 3)
    assert "theirs" not in (setup.call_profile_id, setup.call_leg_profile_id)
    assert set(setup.space_ids) == {1, 2, 3}


def test_profiles_that_are_used_are_not_taken_for_lost_ones():
    stage = Stage()
    other = stage.prepare()
    stage.lose.add("POST callProfiles")
    with pytest.raises(BridgeTimeout):
        stage.prepare(first=8)
    stage.lose.clear()
    again = stage.prepare(first=8, known=stage.recorded[-1])
    assert again.call_profile_id != other.call_profile_id
    assert again.call_leg_profile_id != other.call_leg_profile_id


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("failedCallIdConflict", "already has the call id"),
        ("failedCoSpaceUriConflict", "already has the URI"),
        ("failedIndexRangeTooGreat", "more numbers than"),
        ("failed", "no reason"),
    ],
)
def test_a_failed_sync_says_why_and_can_be_tried_again(status, words):
    stage = Stage(result=status)
    with pytest.raises(BulkSyncFailed, match=words) as caught:
        stage.prepare()
    assert not caught.value.is_retryable
    stage.result = "complete"
    assert set(stage.prepare(known=stage.recorded[-1]).space_ids) == {1, 2, 3}


def test_a_slow_sync_is_picked_up_by_the_next_run():
    stage = Stage(polls=1000)
    with pytest.raises(BulkSyncUnfinished, match="30 seconds") as caught:
        stage.prepare(sync_timeout_s=30)
    assert caught.value.is_retryable
    assert 30 <= sum(stage.pauses) < 33
    stage.polls = 1
    stage.prepare(known=stage.recorded[-1])
    assert stage.lines.count("POST cospaceBulkSyncs") == 1


def test_a_sync_that_the_bridge_forgot_is_started_again():
    stage = Stage()
    setup = stage.prepare()
    begun = replace(setup.ranges[0], sync_id="forgotten", is_made=False)
    setup = replace(setup, ranges=(begun,), space_ids={})
    stage.spaces.clear()
    assert set(stage.prepare(known=setup).space_ids) == {1, 2, 3}
    assert stage.lines.count("POST cospaceBulkSyncs") == 2


def test_a_parameter_set_whose_making_was_not_answered_is_found():
    stage = Stage()
    theirs = {"startIndex": "1", "endIndex": "3", "callProfile": "theirs", "callLegProfile": "theirs"}
    stage.objects["cospaceBulkParameterSets"]["theirs"] = theirs
    stage.lose_answer.add("POST cospaceBulkParameterSets")
    with pytest.raises(BridgeTimeout):
        stage.prepare()
    stage.lose_answer.clear()
    setup = stage.prepare(known=stage.recorded[-1])
    assert set(setup.space_ids) == {1, 2, 3}
    assert stage.lines.count("POST cospaceBulkParameterSets") == 1


def test_a_sync_whose_start_was_not_answered_is_waited_for():
    stage = Stage(polls=3)
    stage.lose_answer.add("POST cospaceBulkSyncs")
    with pytest.raises(BridgeTimeout):
        stage.prepare()
    stage.lose_answer.clear()
    assert set(stage.prepare(known=stage.recorded[-1]).space_ids) == {1, 2, 3}
    assert stage.lines.count("POST cospaceBulkSyncs") == 1


def test_a_bridge_that_lists_neither_sets_nor_syncs_is_prepared_all_the_same():
    stage = Stage()
    stage.lose_answer.add("POST cospaceBulkParameterSets")
    with pytest.raises(BridgeTimeout):
        stage.prepare()
    stage.lose_answer.clear()
    stage.all = lambda name, usage: refusal(404)
    assert set(stage.prepare(known=stage.recorded[-1]).space_ids) == {1, 2, 3}


def test_people_who_came_after_a_lost_answer_are_not_thrown_out():
    stage = Stage()
    stage.lose_answer.add("POST cospaceBulkSyncs")
    with pytest.raises(BridgeTimeout):
        stage.prepare()
    stage.lose_answer.clear()
    stage.sync("cospaceBulkSyncs-4")
    stage.calls = [stage.spaces["2"]]
    there, before = dict(stage.spaces), len(stage.lines)
    setup = stage.prepare(known=stage.recorded[-1])
    assert {str(number): one for number, one in setup.space_ids.items()} == stage.spaces == there
    assert writes_of(stage, before) == []


def test_spaces_that_never_appear_are_reported():
    stage = Stage()
    serve = stage.bridge._by
    stage.bridge._by = lambda r: listing("coSpace", []) if r.url.path.endswith("coSpaces") else serve(r)
    with pytest.raises(BulkSyncFailed, match="3 of them are missing"):
        stage.prepare()
    assert stage.recorded[-1].ranges[0].sync_id is None


def test_our_space_is_chosen_when_another_tenant_uses_the_number():
    stage = Stage()
    text = (
        '<coSpaces total="3"><coSpace id="theirs"><uri>x</uri><callId>1</callId></coSpace>'
        '<coSpace id="ours"><uri>1</uri><callId>1</callId></coSpace><coSpace id="plain"/></coSpaces>'
    )
    serve = stage.bridge._by
    stage.bridge._by = lambda r: xml(text) if r.url.path.endswith("coSpaces") else serve(r)
    assert stage.prepare(quantity=1).space_ids == {1: "ours"}


def test_a_negative_number_is_refused():
    stage = Stage()
    with pytest.raises(ValueError, match="numbers"):
        stage.prepare(first=-1, quantity=5)
    assert stage.lines == []


def test_an_unreachable_bridge_leaves_the_known_setup_alone():
    bridge = FakeBridge(httpx.ConnectError("no"))
    recorded = []
    with pytest.raises(BridgeUnreachable):
        prepare_bridge(bridge.client(), numbers=[1], record=recorded.append)
    assert recorded == []
