from dataclasses import replace

import pytest
from fakes import create_bridge, create_system, participant

from tmsba.domain.bridge import BridgeOccupancy, Space
from tmsba.domain.conference import Details
from tmsba.domain.values import ConferenceType, ParticipantKind, SystemCategory
from tmsba.routing.connections import Direction, connections, dial_address, needs_bridge
from tmsba.routing.engine import choose_bridge, with_participants

SYSTEM, MASTER = ParticipantKind.SYSTEM, ParticipantKind.MASTER
ROUTED = [kind for kind in ConferenceType if kind is not ConferenceType.RESERVATION_ONLY]
DIAL_INS = [kind for kind in ParticipantKind if kind.is_dial_in]
DIAL_OUTS = [kind for kind in ParticipantKind if kind.is_dial_out]
HOSTED = Details(external_dial_string="host@example.org")


# ---------------------------------------------------------------- is a bridge needed?


@pytest.mark.parametrize("conference_type", ROUTED)
@pytest.mark.parametrize(
    ("people", "is_needed"),
    [
        ([], False),
        ([(SYSTEM, 1)], False),
        ([(SYSTEM, 1), (MASTER, 1)], False),
        ([(SYSTEM, 1), (SYSTEM, 1)], False),
        ([(SYSTEM, 1), (SYSTEM, 2)], True),
        *([[(kind, 1)], True] for kind in DIAL_INS + DIAL_OUTS),
    ],
)
def test_two_systems_or_anybody_from_outside_need_a_bridge(conference_type, people, is_needed):
    entries = [participant(kind, number) for kind, number in people]
    assert needs_bridge(Details(type=conference_type), entries) is is_needed


def test_a_reservation_needs_no_bridge():
    entries = [participant(SYSTEM, 1), participant(SYSTEM, 2)]
    assert not needs_bridge(Details(type=ConferenceType.RESERVATION_ONLY), entries)


def test_an_external_host_takes_the_place_of_a_bridge():
    entries = [participant(SYSTEM, 1), participant(SYSTEM, 2), participant(ParticipantKind.SIP_VIDEO_IN)]
    assert not needs_bridge(HOSTED, entries)


# ---------------------------------------------------------------- how does each connect?


def connect(conference_type, entry, **system):
    systems = {1: create_system(1, **system)}
    (connection,) = connections(Details(type=conference_type), [entry], systems)
    assert connection.participant is entry
    return connection.direction, connection.address


@pytest.mark.parametrize(
    ("conference_type", "system_direction", "dial_out_direction"),
    [
        (ConferenceType.AUTOMATIC, Direction.BRIDGE_DIALS, Direction.BRIDGE_DIALS),
        (ConferenceType.ONE_BUTTON_TO_PUSH, Direction.DIALS_IN, Direction.BRIDGE_DIALS),
        (ConferenceType.MANUAL, Direction.NOT_CONNECTED, Direction.NOT_CONNECTED),
        (ConferenceType.NO_CONNECT, Direction.NOT_CONNECTED, Direction.NOT_CONNECTED),
        (ConferenceType.RESERVATION_ONLY, Direction.NOT_CONNECTED, Direction.NOT_CONNECTED),
        (ConferenceType.AD_HOC, Direction.NOT_CONNECTED, Direction.NOT_CONNECTED),
    ],
)
def test_the_type_of_the_conference_decides_who_is_dialled(
    conference_type, system_direction, dial_out_direction
):
    dialled = Direction.BRIDGE_DIALS
    address = "room1@example.com" if system_direction is dialled else ""
    assert connect(conference_type, participant(SYSTEM, 1)) == (system_direction, address)
    for kind in DIAL_OUTS:
        address = "1234" if dial_out_direction is dialled else ""
        assert connect(conference_type, participant(kind, 1, "1234")) == (dial_out_direction, address)
    for kind in DIAL_INS:
        assert connect(conference_type, participant(kind, 1)) == (Direction.DIALS_IN, "")


def test_a_system_without_an_address_cannot_be_dialled():
    entry = participant(SYSTEM, 1)
    assert connect(ConferenceType.AUTOMATIC, entry, sip_uri="") == (Direction.NOT_CONNECTED, "")
    assert connect(ConferenceType.ONE_BUTTON_TO_PUSH, entry, sip_uri="") == (Direction.DIALS_IN, "")


def test_a_system_that_was_removed_cannot_be_dialled():
    assert dial_address(participant(SYSTEM, 77), {}) == ""


def test_everybody_connects_once_in_the_order_of_the_list():
    entries = [participant(SYSTEM, 2), participant(MASTER, 2), participant(SYSTEM, 1)]
    systems = {1: create_system(1), 2: create_system(2)}
    addresses = [c.address for c in connections(Details(), entries, systems)]
    assert addresses == ["room2@example.com", "room1@example.com"]


@pytest.mark.parametrize("conference_type", ConferenceType)
def test_everybody_dials_the_external_host_by_themselves(conference_type):
    details = replace(HOSTED, type=conference_type)
    entries = [participant(SYSTEM, 1), participant(MASTER, 1), participant(ParticipantKind.SIP_VIDEO_IN, 1)]
    room, guest = connections(details, entries, {1: create_system(1)})
    is_launched = conference_type in (ConferenceType.AUTOMATIC, ConferenceType.ONE_BUTTON_TO_PUSH)
    direction = Direction.DIALS_IN if is_launched else Direction.NOT_CONNECTED
    assert (room.direction, room.address) == (direction, "")
    assert (guest.direction, guest.address) == (Direction.DIALS_IN, "")


def test_a_recorder_is_dialled_also_where_rooms_push_a_button():
    recorder = {"category": SystemCategory.RECORDING, "recording_aliases": ("rec-1@example.com",)}
    for conference_type in (ConferenceType.ONE_BUTTON_TO_PUSH, ConferenceType.AUTOMATIC):
        entry = participant(SYSTEM, 1, "rec-1@example.com")
        dialled = (Direction.BRIDGE_DIALS, "rec-1@example.com")
        assert connect(conference_type, entry, **recorder) == dialled


@pytest.mark.parametrize(
    ("kind", "number", "dialled"),
    [
        (ParticipantKind.ISDN_VIDEO_OUT, "+1 (555) 1231234", "+15551231234"),
        (ParticipantKind.TELEPHONE_OUT, "0047 21-00.12/3", "00472100123"),
        (ParticipantKind.MOBILE_OUT, " 99 88 ", "9988"),
        (ParticipantKind.SIP_VIDEO_OUT, " first.last@example.com ", "first.last@example.com"),
        (ParticipantKind.IP_VIDEO_OUT, "192.0.2.10", "192.0.2.10"),
        (ParticipantKind.SIP_VIDEO_IN, "Anna", ""),
        (ParticipantKind.DIRECTORY, "Anna", ""),
    ],
)
def test_a_phone_number_is_dialled_without_its_decoration(kind, number, dialled):
    assert dial_address(participant(kind, 1, number), {}) == dialled


@pytest.mark.parametrize(
    ("alias", "dialled"),
    [("rec-hd@example.com", "rec-hd@example.com"), ("other", "rec@example.com"), ("", "rec@example.com")],
)
def test_a_recorder_is_dialled_by_the_alias_that_the_participant_names(alias, dialled):
    recorder = create_system(
        1,
        category=SystemCategory.RECORDING,
        sip_uri="rec@example.com",
        recording_aliases=("rec-sd@example.com", "rec-hd@example.com"),
    )
    assert dial_address(participant(SYSTEM, 1, alias), {1: recorder}) == dialled


def test_a_recorder_with_nothing_but_aliases_is_dialled_by_the_first_one():
    recorder = create_system(
        1, category=SystemCategory.RECORDING, sip_uri="", recording_aliases=("a@example.com", "b@example.com")
    )
    assert dial_address(participant(SYSTEM, 1), {1: recorder}) == "a@example.com"


# ---------------------------------------------------------------- which bridge?


def occupancy(bridge_id, number, conferences, *, is_reachable=True, limit=None, participants=0):
    space = None if number is None else Space(id=number, bridge_id=bridge_id, number=number)
    bridge = create_bridge(bridge_id, max_participants=limit)
    return BridgeOccupancy(
        bridge=bridge,
        free_space=space,
        conferences=conferences,
        is_reachable=is_reachable,
        participants=participants,
    )


def test_the_bridge_with_the_fewest_conferences_is_chosen():
    decision = choose_bridge([occupancy(1, 7, 2), occupancy(2, 8, 1), occupancy(3, None, 0)])
    assert (decision.bridge.id, decision.space.number) == (2, 8)
    assert decision.reasons == (
        "Bridge 'bridge1' has 2 conferences in this period, no fewer than the chosen one.",
        "Bridge 'bridge2' is chosen with number 8.",
        "Bridge 'bridge3' has none of its 3 numbers free in this period.",
    )


def test_ties_go_to_the_lowest_id():
    assert choose_bridge([occupancy(2, 8, 1), occupancy(1, 7, 1)]).bridge.id == 1


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        ([], "No bridge is registered."),
        ([occupancy(1, None, 3)], "Bridge 'bridge1' has none of its 3 numbers free in this period."),
    ],
)
def test_without_a_free_space_the_decision_says_what_was_short(seen, reason):
    decision = choose_bridge(seen)
    assert (decision.bridge, decision.space, decision.reasons) == (None, None, (reason,))


def test_a_bridge_that_is_down_comes_last():
    down, busy = occupancy(1, 10, 0, is_reachable=False), occupancy(2, 20, 7)
    decision = choose_bridge([down, busy])
    assert decision.bridge == busy.bridge
    assert decision.reasons[0] == "Bridge 'bridge1' cannot be reached now."


def test_a_booking_is_taken_while_all_bridges_are_down():
    seen = [occupancy(1, 10, 3, is_reachable=False), occupancy(2, 20, 1, is_reachable=False)]
    assert choose_bridge(seen).bridge == seen[1].bridge


def test_a_bridge_that_is_down_is_better_than_none():
    seen = [occupancy(1, None, 3), occupancy(2, 20, 1, is_reachable=False)]
    assert choose_bridge(seen).bridge == seen[1].bridge


def test_a_bridge_without_room_for_all_is_passed_over():
    full, busy = occupancy(1, 7, 0, limit=10, participants=11), occupancy(2, 8, 5, limit=11, participants=11)
    assert choose_bridge([full, busy]).bridge.id == 2
    decision = choose_bridge([full])
    assert decision.bridge is None
    [reason] = decision.reasons
    assert reason.startswith("Bridge 'bridge1' takes up to 10 participants at the same time")
    assert reason.endswith("with this conference there would be 11.")


def test_a_bridge_without_a_limit_has_room_for_any_number():
    assert choose_bridge([occupancy(1, 7, 0, participants=10_000)]).bridge.id == 1


@pytest.mark.parametrize(
    ("others", "wanted", "at_most"),
    [([], [], 0), ([3], [4], 7), ([1, 5, 2], [4, 1, 4], 6), ([0, 0], [2, 9], 9)],
)
def test_the_busiest_of_the_periods_counts(others, wanted, at_most):
    assert with_participants(occupancy(1, 7, 0), others, wanted).participants == at_most
