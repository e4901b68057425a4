"""Calls as published scripts and tutorials for the interface make them, with a client of their kind."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator

import pytest
import requests
from simulator_api import PASSWORD

from tmsba.simulator import Simulator

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(password=PASSWORD, answer_seconds=0) as simulator:
        yield simulator


@pytest.fixture
def base(simulator: Simulator) -> str:
    return f"{simulator.url}/api/v1"


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.auth = ("admin", PASSWORD)
        session.trust_env = False
        yield session


def new_id(answer: requests.Response) -> str:
    answer.raise_for_status()
    return answer.headers["Location"].rsplit("/", 1)[-1]


def tree(answer: requests.Response) -> ET.Element:
    answer.raise_for_status()
    return ET.fromstring(answer.text)


def everything(session: requests.Session, url: str, member: str) -> list[ET.Element]:
    """Page through a collection as scripts do: until as many are there as the total says."""
    found: list[ET.Element] = []
    while True:
        root = tree(session.get(url, params={"offset": len(found), "limit": 100}))
        page = root.findall(member)
        found += page
        if not page or len(found) >= int(root.attrib["total"]):
            return found


def test_a_space_is_made_from_a_body_written_by_hand(session: requests.Session, base: str) -> None:
    body = "name=New%20Space&callId=5555&secondaryUri=5555&uri=space&passcode=1234"
    answer = session.post(f"{base}/coSpaces", data=body, headers={"Content-Type": FORM})
    shown = tree(session.get(f"{base}/coSpaces/{new_id(answer)}"))
    assert shown.tag == "coSpace"
    wanted = {
        "name": "New Space",
        "callId": "5555",
        "secondaryUri": "5555",
        "uri": "space",
        "passcode": "1234",
    }
    assert {name: shown.findtext(name) for name in wanted} == wanted


def test_spaces_for_a_class_are_made_one_by_one_and_listed_page_by_page(
    session: requests.Session, base: str
) -> None:
    for number in range(1, 46):
        data = {"name": f"Lecture {number}", "uri": f"lecture.{number}", "callId": 5000 + number}
        assert session.post(f"{base}/coSpaces", data=data).status_code == 200
    names = [space.findtext("name") for space in everything(session, f"{base}/coSpaces", "coSpace")]
    assert names == [f"Lecture {number}" for number in range(1, 46)]


def test_a_space_that_is_there_already_is_found_by_the_reason_code(
    session: requests.Session, base: str
) -> None:
    session.post(f"{base}/coSpaces", data={"name": "A", "uri": "a", "callId": 1})
    answer = session.post(f"{base}/coSpaces", data={"name": "B", "uri": "a", "callId": 2})
    assert answer.status_code == 400
    assert [child.tag for child in ET.fromstring(answer.text)] == ["duplicateCoSpaceUri"]
    answer = session.post(f"{base}/coSpaces", data={"name": "B", "uri": "b", "callId": 1})
    assert "duplicateCoSpaceId" in answer.text


def test_a_profile_is_put_on_every_space_of_a_name(session: requests.Session, base: str) -> None:
    for name in ("Sales north", "Sales south", "Support"):
        session.post(f"{base}/coSpaces", data={"name": name})
    data = {"needsActivation": "false", "defaultLayout": "speakerOnly", "participantLabels": "true"}
    profile = new_id(session.post(f"{base}/callLegProfiles", data=data))
    for space in tree(session.get(f"{base}/coSpaces?filter=sales")):
        answer = session.put(f"{base}/coSpaces/{space.attrib['id']}", data={"callLegProfile": profile})
        assert (answer.status_code, answer.text) == (200, "")
    found = tree(session.get(f"{base}/coSpaces", params={"callLegProfileFilter": profile}))
    assert sorted(str(space.findtext("name")) for space in found) == ["Sales north", "Sales south"]


def test_somebody_is_called_into_a_space_muted_and_hung_up(session: requests.Session, base: str) -> None:
    space = new_id(session.post(f"{base}/coSpaces", data={"name": "Room"}))
    call = new_id(session.post(f"{base}/calls", data={"coSpace": space}))
    data = {"remoteParty": "sip:user@example.com", "nameLabelOverride": "User", "bandwidth": 2_000_000}
    leg = new_id(session.post(f"{base}/calls/{call}/callLegs", data=data))
    listed = tree(session.get(f"{base}/calls/{call}/callLegs"))
    assert [(one.attrib["id"], one.findtext("name")) for one in listed] == [(leg, "User")]
    session.put(f"{base}/callLegs/{leg}", data={"rxAudioMute": "true", "layout": "allEqual"})
    shown = tree(session.get(f"{base}/callLegs/{leg}"))
    assert shown.findtext("configuration/rxAudioMute") == "true"
    assert shown.findtext("status/state") == "connected"
    assert session.delete(f"{base}/callLegs/{leg}").status_code == 200
    assert session.get(f"{base}/callLegs/{leg}").status_code == 404


def test_everybody_is_muted_and_given_a_layout_at_once(session: requests.Session, base: str) -> None:
    call = new_id(session.post(f"{base}/calls", data={"name": "Ad hoc"}))
    for name in ("a", "b", "c"):
        session.post(f"{base}/calls/{call}/participants", data={"remoteParty": f"{name}@example.com"})
    answer = session.put(
        f"{base}/calls/{call}/participants/*", data={"rxAudioMute": "true", "layout": "stacked"}
    )
    assert answer.status_code == 200
    for participant in everything(session, f"{base}/calls/{call}/participants", "participant"):
        [leg] = tree(session.get(f"{base}/participants/{participant.attrib['id']}/callLegs"))
        shown = tree(session.get(f"{base}/callLegs/{leg.attrib['id']}"))
        assert shown.findtext("configuration/rxAudioMute") == "true"
        assert shown.findtext("status/layout") == "stacked"


def test_all_calls_are_ended_page_by_page(session: requests.Session, base: str) -> None:
    for number in range(25):
        session.post(f"{base}/calls", data={"name": f"Call {number}"})
    calls = everything(session, f"{base}/calls", "call")
    assert len(calls) == 25
    for call in calls:
        session.delete(f"{base}/calls/{call.attrib['id']}").raise_for_status()
    assert tree(session.get(f"{base}/calls")).attrib["total"] == "0"


def test_spaces_are_made_in_bulk(session: requests.Session, base: str, simulator: Simulator) -> None:
    data = {
        "startIndex": 8000,
        "endIndex": 8029,
        "coSpaceUriMapping": "$index$",
        "coSpaceNameMapping": "Meeting room $index$",
        "coSpaceCallIdMapping": "$index$",
        "nonMemberAccess": "true",
    }
    parameters = new_id(session.post(f"{base}/coSpaceBulkParameterSets", data=data))
    sync = new_id(session.post(f"{base}/coSpaceBulkSyncs", data={"cospaceBulkParameterSet": parameters}))
    simulator.wait_until_settled()
    assert tree(session.get(f"{base}/coSpaceBulkSyncs/{sync}")).findtext("status") == "complete"
    assert len(everything(session, f"{base}/coSpaces", "coSpace")) == 30


def test_misspelt_parameters_are_ignored_without_an_error(session: requests.Session, base: str) -> None:
    space = new_id(session.post(f"{base}/coSpaces", data={"name": "A", "passCode": "1", "call_id": "2"}))
    shown = tree(session.get(f"{base}/coSpaces/{space}"))
    assert (shown.find("passcode"), shown.find("callId")) == (None, None)


@pytest.mark.parametrize(
    "node",
    [
        "callBridges",
        "callBridgeGroups",
        "callLegProfiles",
        "callLegs",
        "callProfiles",
        "calls",
        "coSpaceBulkParameterSets",
        "coSpaceBulkSyncs",
        "coSpaces",
        "participants",
        "system/alarms",
        "system/cdrReceivers",
    ],
)
def test_every_collection_has_a_total_and_pages(session: requests.Session, base: str, node: str) -> None:
    root = tree(session.get(f"{base}/{node}", params={"offset": 0, "limit": 1}))
    assert root.tag.lower() == node.rpartition("/")[2].lower()
    assert int(root.attrib["total"]) >= len(root) <= 1
    answer = session.get(f"{base}/{node}", params={"offset": "x"})
    [error] = ET.fromstring(answer.text)
    assert (answer.status_code, error.attrib) == (400, {"parameter": "offset", "error": "invalidValue"})


def test_the_health_of_a_server_is_watched(session: requests.Session, base: str) -> None:
    status = tree(session.get(f"{base}/system/status"))
    assert status.findtext("softwareVersion") == "3.4"
    assert int(status.findtext("uptimeSeconds") or -1) >= 0
    assert tree(session.get(f"{base}/system/load")).findtext("mediaProcessingLoad") == "0"
    assert tree(session.get(f"{base}/system/alarms")).attrib["total"] == "0"
    assert tree(session.get(f"{base}/system/licensing")).findtext("features/callBridge/status") == "activated"
