"""What clients of older API versions get."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tmsba.soap.operations.booking import BOOKING_SERVICE
from tmsba.soap.operations.setup import REMOTE_SETUP_SERVICE
from tmsba.soap.types.booking import Conference, Participant
from tmsba.soap.types.setup import SystemStatusOverride, TMSSystem
from tmsba.soap.types.simple import BOOKING, REMOTE_SETUP
from tmsba.soap.wire.plan import Kind, Member, plan_of
from tmsba.soap.wire.reader import read_object
from tmsba.soap.wire.versions import ELEMENTS, SERVER_VERSION, VALUES
from tmsba.soap.wire.writer import object_writer

XSI = "http://www.w3.org/2001/XMLSchema-instance"

XML_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"),
    max_size=8,
)


def values(member: Member, depth: int) -> st.SearchStrategy[Any]:
    """Values a member can have; classes inside classes down to some depth."""
    simple: dict[Kind, Any] = {
        Kind.TEXT: XML_TEXT,
        Kind.NUMBER: st.integers(0, 1000),
        Kind.BOOLEAN: st.booleans(),
        Kind.CHOICE: st.sampled_from(member.values or ("",)),
        Kind.FLAGS: st.sampled_from(member.values or ("",)),
    }
    if member.kind in simple:
        return simple[member.kind]
    if depth == 0 or member.kind in (Kind.MOMENT, Kind.WALL_TIME):
        return st.none()
    if member.kind is Kind.OBJECT:
        return objects(member.wire_type, depth - 1)
    (item,) = plan_of(member.wire_type, BOOKING).members
    return st.lists(values(item, depth - 1).filter(lambda value: value is not None), max_size=2)


def objects(wire_type: Any, depth: int) -> st.SearchStrategy[Any]:
    members = plan_of(wire_type, BOOKING).members
    fields = {m.name: values(m, depth) if m.is_required else st.none() | values(m, depth) for m in members}
    original = wire_type.__orig__ or wire_type
    return st.fixed_dictionaries(fields).map(lambda given: original(**given))


CONFERENCES = objects(Conference, 4)


def written(value: Any, version: int, wire_type: Any = Conference, namespace: str = BOOKING) -> Any:
    content = object_writer(wire_type, namespace, version).members(value)
    return etree.fromstring(f'<Conference xmlns="{namespace}" xmlns:xsi="{XSI}">{content}</Conference>')


def found(node: Any, wire_type: Any) -> Iterator[tuple[Member, str | None]]:
    """Every element of an object with the member it stands for."""
    plan = plan_of(wire_type, BOOKING)
    for child in node:
        member = plan.by_tag[child.tag]
        yield member, child.text
        if member.kind in (Kind.OBJECT, Kind.ARRAY):
            yield from found(child, member.wire_type)


@settings(max_examples=60, deadline=None)
@given(conference=CONFERENCES, version=st.integers(0, SERVER_VERSION))
def test_nothing_newer_than_the_client_is_written(conference: Any, version: int) -> None:
    for member, text in found(written(conference, version), Conference):
        assert member.since <= version, member.name
        newer = VALUES.get(member.type_name, {}).get(text or "")
        assert newer is None or newer.since <= version, text


@settings(max_examples=60, deadline=None)
@given(conference=CONFERENCES)
def test_the_newest_client_reads_back_what_was_written(conference: Any) -> None:
    node = written(conference, SERVER_VERSION)
    again = written(read_object(node, Conference, BOOKING), SERVER_VERSION)
    assert etree.tostring(again) == etree.tostring(node)


@pytest.mark.parametrize("version", range(SERVER_VERSION + 1))
def test_elements_appear_with_their_version(version: int) -> None:
    names = {name for name, since in ELEMENTS["Conference"].items() if since <= version}
    plan = plan_of(Conference, BOOKING)
    full = Conference(
        **{
            m.name: "1" if m.kind in (Kind.TEXT, Kind.NUMBER) else []
            for m in plan.members
            if not m.is_required and m.kind is not Kind.OBJECT
        }
    )
    present = {etree.QName(e).localname for e in written(full, version)}
    texts = {name for name in names if plan.by_tag[f"{{{BOOKING}}}{name}"].kind is not Kind.OBJECT}
    assert present & set(ELEMENTS["Conference"]) == texts


@pytest.mark.parametrize(
    ("version", "sent", "seen"),
    [
        (13, "SIP Tel ->", "SIP ->"),
        (13, "SIP Tel <-", "SIP <-"),
        (14, "SIP Tel ->", "SIP Tel ->"),
        (0, "TMS", "TMS"),
    ],
)
def test_participant_types_fall_back_to_an_older_one(version: int, sent: str, seen: str) -> None:
    conference = Conference(
        Participants=[Participant(ParticipantCallType=sent, EmailAddress="a@example.com")]
    )
    participant = written(conference, version).find(f".//{{{BOOKING}}}Participant")
    assert participant.findtext(f"{{{BOOKING}}}ParticipantCallType") == seen
    assert (participant.find(f"{{{BOOKING}}}EmailAddress") is not None) == (version >= 14)


@pytest.mark.parametrize(
    ("version", "name", "sent", "seen"),
    [
        (8, "Bandwidth", "6000kbps", "Default"),
        (9, "Bandwidth", "6000kbps", "6000kbps"),
        (16, "Bandwidth", "7b/448kbps", "Default"),
        (0, "ConferenceType", "Ad-Hoc conference", "Default"),
        (4, "ConferenceType", "One Button To Push", "Default"),
        (14, "ConferenceType", "No Connect", "No Connect"),
        (4, "ShowExtendOption", "AutomaticBestEffort", "Default"),
    ],
)
def test_unknown_values_become_default(version: int, name: str, sent: str, seen: str) -> None:
    assert written(Conference(**{name: sent}), version).findtext(f"{{{BOOKING}}}{name}") == seen


def test_systems_lack_their_status_for_old_clients() -> None:
    system = TMSSystem(SystemStatus=SystemStatusOverride(systemStatus="InCall"))
    seen = [
        written(system, version, TMSSystem, REMOTE_SETUP).find(f"{{{REMOTE_SETUP}}}SystemStatus") is not None
        for version in (5, 6)
    ]
    assert seen == [False, True]


def _classes() -> dict[str, tuple[set[str], dict[str, tuple[str, ...]]]]:
    """All classes of both contracts: their members, and the values of their enumerations."""
    seen: dict[str, Any] = {}

    def walk(wire_type: Any, namespace: str) -> None:
        name = wire_type.get_type_name()
        if name in seen:
            return
        plan = plan_of(wire_type, namespace)
        seen[name] = {m.name for m in plan.members}, {m.type_name: m.values for m in plan.members if m.values}
        for member in plan.members:
            if member.kind in (Kind.OBJECT, Kind.ARRAY):
                walk(member.wire_type, namespace)

    for contract in (BOOKING_SERVICE, REMOTE_SETUP_SERVICE):
        for operation in contract.operations.values():
            walk(operation.in_message, contract.namespace)
            walk(operation.out_message, contract.namespace)
    return seen


def test_the_table_names_only_what_exists() -> None:
    classes = _classes()
    for name, elements in ELEMENTS.items():
        assert set(elements) <= classes[name][0]
        assert all(0 < since <= SERVER_VERSION for since in elements.values())
    enumerations = {name: values for _, enums in classes.values() for name, values in enums.items()}
    for name, newer in VALUES.items():
        for value, (since, instead) in newer.items():
            assert {value, instead} <= set(enumerations[name])
            assert 0 < since <= SERVER_VERSION
            assert newer.get(instead) is None
