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
    prepare_bridge,
)

COLLECTIONS = ("callProfiles", "callLegProfiles", "cospaceBulkParameterSets", "cospaceBulkSyncs")


class Stage:
    """Just enough of a bridge to be prepared; the sync is done after `polls` looks at it."""

    def __init__(self, polls: int = 1, result: str = "complete") -> None:
        self.objects: dict[str, dict[str, dict[str, str]]] = {name: {} for name in COLLECTIONS}
        self.spaces: dict[str, str] = {}
        self.polls = polls
        self.result = result
        self.lose: set[str] = set()
        self.bridge = FakeBridge(by=self.answer)
        self.pauses: list[float] = []
        self.recorded: list[BridgeSetup] = []
        self.made = 0

    def prepare(self, first: int = 1, quantity: int = 3, **kwargs) -> BridgeSetup:
        return prepare_bridge(
            self.bridge.client(),
            first_number=first,
            quantity=quantity,
            record=self.recorded.append,
            pause=self.pauses.append,
            **kwargs,
        )

    @property
    def lines(self) -> list[str]:
        return self.bridge.lines

    def answer(self, request: httpx.Request) -> httpx.Response | Exception:
        name, _, rest = request.url.path.removeprefix("/api/v1/").partition("/")
        line = f"{request.method} {name}"
        if line in self.lose:
            return httpx.ReadTimeout("lost")
        form = dict(parse_qsl(request.content.decode()))
        match request.method, name:
            case "GET", "system":
                return xml("<status><softwareVersion>3.4</softwareVersion></status>")
            case "GET", "callBridges" if not rest:
                return listing("callBridge", ["b1", "b2"])
            case "GET", "callBridges":
                return xml(
                    f'<callBridge id="{rest}"><address>https://{rest}.example.com</address></callBridge>'
                )
            case "GET", "coSpaces":
                items = "".join(
                    f'<coSpace id="{one}"><uri>{number}</uri><callId>{number}</callId></coSpace>'
                    for number, one in self.spaces.items()
                )
                return xml(f'<coSpaces total="{len(self.spaces)}">{items}</coSpaces>')
            case "POST", _:
                self.made += 1
                self.objects[name][f"{name}-{self.made}"] = form
                return created(f"/api/v1/{name}/{name}-{self.made}")
        if rest not in self.objects[name]:
            return refusal(404)
        if request.method == "PUT":
            self.objects[name][rest] |= form
            return httpx.Response(200)
        if name == "cospaceBulkSyncs":
            return self.sync(rest)
        values = "".join(f"<{key}>{value}</{key}>" for key, value in self.objects[name][rest].items())
        return xml(f'<{name[:-1]} id="{rest}">{values}</{name[:-1]}>')

    def sync(self, sync_id: str) -> httpx.Response:
        self.polls -= 1
        status = self.result if self.polls <= 0 else "running"
        if status == "complete":
            recipe = self.objects["cospaceBulkParameterSets"][
                self.objects["cospaceBulkSyncs"][sync_id]["cospaceBulkParameterSet"]
            ]
            numbers = range(int(recipe["startIndex"]), int(recipe["endIndex"]) + 1)
            self.spaces = {str(number): f"{sync_id}-space-{number}" for number in numbers}
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
        "GET coSpaces",
    ]
    assert setup == BridgeSetup(
        version="3.4",
        call_bridges=setup.call_bridges,
        call_profile_id="callProfiles-1",
        call_leg_profile_id="callLegProfiles-2",
        parameter_set_id="cospaceBulkParameterSets-3",
        sync_id="cospaceBulkSyncs-4",
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


def test_a_changed_range_reuses_the_parameter_set():
    stage = Stage()
    setup = stage.prepare(quantity=3)
    before = len(stage.lines)
    changed = stage.prepare(quantity=5, known=setup)
    assert changed.parameter_set_id == setup.parameter_set_id
    assert changed.call_profile_id == setup.call_profile_id
    assert set(changed.space_ids) == {1, 2, 3, 4, 5}
    writes = [line for line in stage.lines[before:] if not line.startswith("GET")]
    assert writes == [f"PUT cospaceBulkParameterSets/{setup.parameter_set_id}", "POST cospaceBulkSyncs"]


def test_what_has_gone_from_the_bridge_is_made_anew():
    stage = Stage()
    setup = stage.prepare()
    for name in COLLECTIONS:
        stage.objects[name].clear()
    again = stage.prepare(known=setup)
    assert again.call_profile_id != setup.call_profile_id
    assert again.call_leg_profile_id != setup.call_leg_profile_id
    assert again.parameter_set_id != setup.parameter_set_id
    recipe = stage.objects["cospaceBulkParameterSets"][again.parameter_set_id]
    assert recipe["callProfile"] == again.call_profile_id


def test_a_new_profile_is_written_into_the_old_parameter_set():
    stage = Stage()
    setup = stage.prepare()
    stage.objects["callProfiles"].clear()
    again = stage.prepare(known=setup)
    assert again.parameter_set_id == setup.parameter_set_id
    recipe = stage.objects["cospaceBulkParameterSets"][again.parameter_set_id]
    assert recipe["callProfile"] == again.call_profile_id != setup.call_profile_id


def test_a_missing_space_has_the_spaces_made_again():
    stage = Stage()
    setup = stage.prepare()
    del stage.spaces["2"]
    again = stage.prepare(known=setup)
    assert set(again.space_ids) == {1, 2, 3}
    assert again.parameter_set_id == setup.parameter_set_id


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


def test_a_crash_while_the_range_changes_does_not_look_complete():
    stage = Stage()
    setup = stage.prepare(quantity=5)
    stage.lose.add("POST cospaceBulkSyncs")
    with pytest.raises(BridgeTimeout):
        stage.prepare(quantity=3, known=setup)
    stage.lose.clear()
    again = stage.prepare(quantity=3, known=stage.recorded[-1])
    assert set(again.space_ids) == {1, 2, 3}
    assert set(stage.spaces) == {"1", "2", "3"}


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
    setup = replace(stage.prepare(), sync_id="forgotten", space_ids={})
    assert set(stage.prepare(known=setup).space_ids) == {1, 2, 3}
    assert stage.lines.count("POST cospaceBulkSyncs") == 2


def test_spaces_that_never_appear_are_reported():
    stage = Stage()
    serve = stage.bridge._by
    stage.bridge._by = lambda r: listing("coSpace", []) if r.url.path.endswith("coSpaces") else serve(r)
    with pytest.raises(BulkSyncFailed, match="3 of them are missing"):
        stage.prepare()
    assert stage.recorded[-1].sync_id is None


def test_our_space_is_chosen_when_another_tenant_uses_the_number():
    stage = Stage()
    setup = stage.prepare(quantity=1)
    text = (
        '<coSpaces total="3"><coSpace id="ours"><uri>1</uri><callId>1</callId></coSpace>'
        '<coSpace id="theirs"><uri>x</uri><callId>1</callId></coSpace><coSpace id="plain"/></coSpaces>'
    )
    serve = stage.bridge._by
    stage.bridge._by = lambda r: xml(text) if r.url.path.endswith("coSpaces") else serve(r)
    assert stage.prepare(quantity=1, known=setup).space_ids == {1: "ours"}


@pytest.mark.parametrize(("first", "quantity"), [(1, 0), (-1, 5)])
def test_a_range_without_numbers_is_refused(first, quantity):
    stage = Stage()
    with pytest.raises(ValueError, match="numbers"):
        stage.prepare(first=first, quantity=quantity)
    assert stage.lines == []


def test_an_unreachable_bridge_leaves_the_known_setup_alone():
    bridge = FakeBridge(httpx.ConnectError("no"))
    recorded = []
    with pytest.raises(BridgeUnreachable):
        prepare_bridge(bridge.client(), first_number=1, quantity=1, record=recorded.append)
    assert recorded == []
