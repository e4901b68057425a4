from dataclasses import replace

import pytest
from fakes import (
    NOW,
    at,
    create_bridge,
    create_caller,
    create_conference,
    create_route,
    create_system,
    create_user,
    participant,
)

from tmsba.domain.bridge.bridge import BridgeCredentials
from tmsba.domain.conference.conference import matches
from tmsba.domain.conference.details import Details
from tmsba.domain.conference.request import ConferenceRequest
from tmsba.domain.people.users import Permission, split_account
from tmsba.domain.time.times import Period
from tmsba.domain.values import ConferenceStatus, ParticipantKind, StatusFilter, StoredState

BOOKED = create_conference(period=Period(at(14), at(15)))
SYSTEM = ParticipantKind.SYSTEM


@pytest.mark.parametrize(
    ("moment", "status"),
    [
        (at(13, 59), ConferenceStatus.PENDING),
        (at(14), ConferenceStatus.ONGOING),
        (at(14, 59), ConferenceStatus.ONGOING),
        (at(15), ConferenceStatus.FINISHED),
    ],
)
def test_time_takes_a_booked_conference_from_pending_to_finished(moment, status):
    assert BOOKED.status(moment) is status


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (StoredState.DEFECTIVE_CLASH, ConferenceStatus.DEFECTIVE),
        (StoredState.DEFECTIVE_ROUTE, ConferenceStatus.DEFECTIVE),
        (StoredState.MEETING_REQUEST, ConferenceStatus.MEETING_REQUEST),
        (StoredState.REJECTED, ConferenceStatus.REJECTED),
        (StoredState.DELETED, ConferenceStatus.DELETED),
    ],
)
def test_time_changes_no_other_state(state, status):
    conference = replace(BOOKED, state=state)
    assert {conference.status(moment) for moment in (NOW, at(14), at(16))} == {status}


@pytest.mark.parametrize("status", ConferenceStatus)
def test_the_filters_show_each_status_as_documented(status):
    showing = {wanted for wanted in StatusFilter if matches(status, wanted)}
    expected = {StatusFilter.ALL, StatusFilter[status.name]}
    if status is not ConferenceStatus.DELETED:
        expected.add(StatusFilter.ALL_EXCEPT_DELETED)
    if status in (ConferenceStatus.PENDING, ConferenceStatus.ONGOING):
        expected.add(StatusFilter.PENDING_AND_ONGOING)
    assert showing == expected


@pytest.mark.parametrize(
    ("state", "systems", "space"),
    [
        (StoredState.BOOKED, (1, 2), 3),
        (StoredState.DEFECTIVE_ROUTE, (1, 2), None),
        (StoredState.DEFECTIVE_CLASH, (), None),
        (StoredState.DELETED, (), None),
        (StoredState.REJECTED, (), None),
        (StoredState.MEETING_REQUEST, (), None),
    ],
)
def test_the_state_decides_what_is_kept_busy(state, systems, space):
    people = tuple(participant(SYSTEM, system_id) for system_id in (2, 1, 2))
    conference = create_conference(state=state, participants=people, route=create_route(3))
    assert conference.system_ids == (1, 2)
    assert conference.reserved_system_ids == systems
    assert conference.reserved_space_id == space
    assert conference.is_deleted is (state is StoredState.DELETED)


def test_a_master_alone_is_no_system_of_the_conference():
    assert create_conference(participants=(participant(ParticipantKind.MASTER, 1),)).system_ids == ()


@pytest.mark.parametrize("kind", ParticipantKind)
def test_external_participants_dial_in_or_are_dialled(kind):
    inside = {SYSTEM, ParticipantKind.MASTER, ParticipantKind.USER, ParticipantKind.DIRECTORY}
    assert kind.is_external is (kind not in inside)
    assert not (kind.is_dial_in and kind.is_dial_out)


def test_a_request_says_what_is_not_none():
    request = ConferenceRequest(title="", is_recording_enabled=False, start=at(14), version=3)
    assert request.said_details() == {"title": "", "is_recording_enabled": False}


@pytest.mark.parametrize("name", list(Details.__dataclass_fields__))
def test_a_request_can_say_every_detail(name):
    assert ConferenceRequest(**{name: "x"}).said_details() == {name: "x"}


@pytest.mark.parametrize(
    ("account", "parts"),
    [
        ("DOM\\anna", ("DOM", "anna")),
        ("anna@example.com", ("example.com", "anna")),
        ("anna", ("", "anna")),
        ("DOM\\anna@example.com", ("DOM", "anna@example.com")),
        ("", ("", "")),
    ],
)
def test_an_account_name_is_split_into_domain_and_name(account, parts):
    assert split_account(account) == parts


def test_people_are_shown_by_their_names():
    user = create_user(name="anna", domain="DOM", first_name="Anna", last_name="Berg")
    assert (user.full_name, user.display_name) == ("DOM\\anna", "Anna Berg")
    bare = create_user(name="anna")
    assert (bare.full_name, bare.display_name) == ("anna", "anna")


def test_a_caller_may_what_a_group_gives():
    caller = create_caller(permissions=[Permission.BOOK])
    assert caller.may(Permission.BOOK)
    assert not caller.may(Permission.UPDATE)
    assert not caller.is_site_administrator


@pytest.mark.parametrize(
    ("addresses", "dialled"),
    [
        ({"sip_uri": "a@example.com", "h323_id": "b"}, "a@example.com"),
        ({"sip_uri": "", "h323_id": "b", "e164_alias": "12"}, "b"),
        ({"sip_uri": "", "e164_alias": "12", "network_address": "192.0.2.1"}, "12"),
        ({"sip_uri": "", "network_address": "192.0.2.1"}, "192.0.2.1"),
        ({"sip_uri": ""}, ""),
    ],
)
def test_a_system_is_dialled_by_the_best_address_it_has(addresses, dialled):
    assert create_system(**addresses).dial_address == dialled


def test_a_bridge_knows_how_to_join():
    bridge = create_bridge(web_bridge_uri="https://join.example.com/")
    assert bridge.join_uri(5) == "5@cms.example.com"
    assert bridge.join_url(5, "abc") == "https://join.example.com/meeting/5?secret=abc"
    assert create_bridge().join_url(5, "abc") == ""


def test_secrets_never_show_in_a_repr():
    credentials = BridgeCredentials(username="api", password="hidden")
    details = Details(pin="hidden", secret_code="hidden")
    request = ConferenceRequest(pin="hidden", secret_code="hidden")
    texts = [repr(value) for value in (credentials, details, request, create_route(secret="hidden"))]
    assert not any("hidden" in text for text in texts)
