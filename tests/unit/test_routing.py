from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fakes import create_bridge, create_system, participant

from tmsba.domain.bridge.bridge import BridgeOccupancy, Space
from tmsba.domain.conference.decision import Via
from tmsba.domain.conference.details import Details
from tmsba.domain.routing.connections import Direction, connections, dial_address
from tmsba.domain.routing.engine import choose_bridge, with_participants
from tmsba.domain.routing.ip_zones import Zone, ZoneOrders, wanted_zone
from tmsba.domain.routing.need import RoutingRules, decide_need
from tmsba.domain.routing.outlook import Outlook
from tmsba.domain.time.times import Period
from tmsba.domain.values import BridgeUsage, ConferenceType, ParticipantKind, SystemCategory

SYSTEM, MASTER = ParticipantKind.SYSTEM, ParticipantKind.MASTER
ROUTED = [kind for kind in ConferenceType if kind is not ConferenceType.RESERVATION_ONLY]
DIAL_INS = [kind for kind in ParticipantKind if kind.is_dial_in]
DIAL_OUTS = [kind for kind in ParticipantKind if kind.is_dial_out]
HOSTED = Details(external_dial_string="host@example.org")


# ---------------------------------------------------------------- is a bridge needed?

ROOMS = {number: create_system(number) for number in (1, 2, 3)}


def need(details, people, systems=ROOMS, **rules):
    entries = [participant(kind, number) for kind, number in people]
    return decide_need(details, entries, systems, RoutingRules(**rules))


def words(decided):
    return [str(reason) for reason in decided.steps]


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
    decided = need(Details(type=conference_type), people)
    assert decided.via is (Via.BRIDGE if is_needed else Via.NOTHING)


def test_a_reservation_needs_no_bridge():
    decided = need(Details(type=ConferenceType.RESERVATION_ONLY), [(SYSTEM, 1), (SYSTEM, 2)])
    assert decided.via is Via.NOTHING
    assert words(decided) == ["The conference type reservation-only reserves systems and connects nobody."]


def test_an_external_host_takes_the_place_of_a_bridge():
    decided = need(HOSTED, [(SYSTEM, 1), (SYSTEM, 2), (ParticipantKind.SIP_VIDEO_IN, 1)])
    assert decided.via is Via.HOST
    [step] = words(decided)
    assert HOSTED.external_dial_string in step


PAIR = [(SYSTEM, 1), (SYSTEM, 2)]
GUEST = (ParticipantKind.SIP_VIDEO_IN, 1)


@pytest.mark.parametrize(
    ("people", "always", "except_pairs", "if_needed"),
    [
        ([], Via.BRIDGE, Via.BRIDGE, Via.NOTHING),
        ([(SYSTEM, 1)], Via.BRIDGE, Via.BRIDGE, Via.NOTHING),
        (PAIR, Via.BRIDGE, Via.DIRECT, Via.BRIDGE),
        ([*PAIR, (MASTER, 1)], Via.BRIDGE, Via.DIRECT, Via.BRIDGE),
        ([*PAIR, (SYSTEM, 3)], Via.BRIDGE, Via.BRIDGE, Via.BRIDGE),
        ([*PAIR, GUEST], Via.BRIDGE, Via.BRIDGE, Via.BRIDGE),
        ([GUEST], Via.BRIDGE, Via.BRIDGE, Via.BRIDGE),
    ],
)
def test_the_setting_decides_about_systems_among_themselves(people, always, except_pairs, if_needed):
    wanted = dict(zip(BridgeUsage, (always, except_pairs, if_needed), strict=True))
    for usage, via in wanted.items():
        decided = need(Details(), people, usage=usage)
        assert decided.via is via
        assert words(decided)[0] == "The conference type automatic connects its participants."


@pytest.mark.parametrize(
    ("change", "hindrance"),
    [
        ({"sip_uri": ""}, "neither of them has an address"),
        ({"category": SystemCategory.RECORDING}, "one of them is a recorder"),
    ],
)
def test_a_pair_that_cannot_call_each_other_needs_a_bridge(change, hindrance):
    systems = {number: create_system(number, **change) for number in (1, 2)}
    decided = need(Details(), PAIR, systems, usage=BridgeUsage.ALWAYS_EXCEPT_POINT_TO_POINT)
    assert decided.via is Via.BRIDGE
    assert hindrance in words(decided)[-1]


def test_what_a_bridge_records_needs_a_bridge_where_that_is_allowed():
    details = Details(is_recording_enabled=True)
    usage = BridgeUsage.ALWAYS_EXCEPT_POINT_TO_POINT
    assert need(details, PAIR, usage=usage).via is Via.DIRECT
    decided = need(details, PAIR, usage=usage, records_on_bridge=True)
    assert (decided.via, words(decided)[-1]) == (Via.BRIDGE, "The bridge is to record it, so it needs one.")
    assert need(Details(), [(SYSTEM, 1)], records_on_bridge=True).via is Via.NOTHING


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


@pytest.mark.parametrize(
    ("first", "second", "addresses"),
    [
        ("a@example.com", "b@example.com", ["b@example.com", "a@example.com"]),
        ("", "b@example.com", ["b@example.com", ""]),
    ],
)
def test_two_systems_without_a_bridge_call_each_other(first, second, addresses):
    systems = {1: create_system(1, sip_uri=first), 2: create_system(2, sip_uri=second)}
    entries = [participant(SYSTEM, 1), participant(MASTER, 1), participant(SYSTEM, 2)]
    pair = connections(Details(), entries, systems, Via.DIRECT)
    assert [one.direction for one in pair] == [Direction.POINT_TO_POINT] * 2
    assert [one.address for one in pair] == addresses


def test_the_master_of_a_manual_conference_dials_in_and_the_others_wait_for_it():
    details = Details(type=ConferenceType.MANUAL)
    entries = [participant(SYSTEM, 1), participant(SYSTEM, 2), participant(MASTER, 2)]
    waiting, master = connections(details, entries, ROOMS)
    assert (waiting.direction, master.direction) == (Direction.NOT_CONNECTED, Direction.DIALS_IN)
    assert str(waiting.reason).startswith("The bridge dials once the master has dialled in")
    assert str(master.reason) == "It is the master: the conference starts when it dials in."
    both = connections(details, entries, ROOMS, is_connected=True)
    assert {one.direction for one in both} == {Direction.BRIDGE_DIALS}


def test_each_connection_has_its_reason():
    details = Details(type=ConferenceType.ONE_BUTTON_TO_PUSH)
    entries = [
        participant(SYSTEM, 1),
        participant(ParticipantKind.SIP_VIDEO_IN, 1),
        participant(ParticipantKind.SIP_VIDEO_OUT, 2, "guest@example.com"),
    ]
    assert [str(one.reason) for one in connections(details, entries, ROOMS)] == [
        "Somebody pushes the system's button.",
        "It is booked as a dial-in.",
        "It has no button to push, so the bridge dials at the start.",
    ]
    without = connections(details, entries, ROOMS, Via.NOTHING)
    assert {(one.direction, str(one.reason)) for one in without} == {
        (Direction.NOT_CONNECTED, "There is no bridge.")
    }


# ---------------------------------------------------------------- which bridge?


def occupancy(bridge_id, number, conferences, *, is_reachable=True, participants=0, **changes):
    space = None if number is None else Space(id=number, bridge_id=bridge_id, number=number)
    return BridgeOccupancy(
        bridge=create_bridge(bridge_id, **changes),
        free_space=space,
        conferences=conferences,
        is_reachable=is_reachable,
        participants=participants,
    )


def reasons(choice):
    return [str(verdict.reason) for verdict in choice.verdicts]


def test_the_bridge_with_the_fewest_conferences_is_chosen():
    choice = choose_bridge([occupancy(1, 7, 2), occupancy(2, 8, 1), occupancy(3, None, 0)])
    assert (choice.bridge.id, choice.space.number) == (2, 8)
    assert reasons(choice) == [
        "It has 2 conferences in this period, the chosen one 1.",
        "It is chosen with number 8: it has the fewest conferences in this period, 1.",
        "Bridge 'bridge3' has none of its 3 numbers free in this period.",
    ]


def test_of_bridges_whose_loads_can_be_compared_the_one_with_the_lower_load_is_chosen():
    fuller = with_participants(occupancy(1, 7, 1, max_participants=10), [6, 2], [2, 2])
    emptier = with_participants(occupancy(2, 8, 9, told_participants=60), [12, 0], [2, 2])
    choice = choose_bridge([fuller, emptier])
    assert choice.bridge.id == 2, "though it has more conferences"
    passed_over, chosen = reasons(choice)
    assert passed_over == (
        "With this conference 80 percent of its room would be taken at the busiest moment, of the chosen "
        "one's 23.33."
    )
    assert chosen == (
        "It is chosen with number 8: with this conference the least of its room would be taken at the "
        "busiest moment, 23.33 percent."
    )
    assert choose_bridge([fuller, emptier, occupancy(3, 9, 1)]).bridge.id == 1, "nobody knows of the third"


def test_an_empty_small_bridge_is_fuller_with_the_conference_than_a_large_one_in_use():
    small = with_participants(occupancy(1, 7, 0, max_participants=10), [0], [9])
    large = with_participants(occupancy(2, 8, 3, max_participants=100), [20], [9])
    assert choose_bridge([small, large]).bridge.id == 2


def test_where_all_have_a_load_limit_alone_that_measures_their_loads():
    larger = replace(occupancy(1, 7, 1, told_load=300_000), participants=12)
    smaller = replace(occupancy(2, 8, 0, told_load=100_000), participants=5)
    choice = choose_bridge([larger, smaller])
    assert choice.bridge.id == 1
    chosen, passed_over = reasons(choice)
    assert chosen == (
        "It is chosen with number 7: by the load limits it would be loaded least, with 12 participants for a "
        "limit of 300000."
    )
    assert passed_over == (
        "With this conference it would have 5 participants for its load limit of 100000, the chosen one 12 "
        "for 300000."
    )
    limited = replace(occupancy(3, 9, 2, max_participants=10), participants=1)
    assert choose_bridge([larger, smaller, limited]).bridge.id == 2, "loads in different measures"


def test_equal_loads_leave_it_to_the_number_of_conferences():
    seen = [replace(occupancy(i, 7, 3 - i, max_participants=10), participants=4) for i in (1, 2)]
    choice = choose_bridge(seen)
    assert (choice.bridge.id, reasons(choice)[0]) == (
        2,
        "It has 2 conferences in this period, the chosen one 1.",
    )


def test_what_an_administrator_says_of_the_room_counts_before_what_the_bridge_says():
    assert create_bridge(told_participants=5).participant_limit == 5
    assert create_bridge(told_participants=5, max_participants=9).participant_limit == 9
    assert create_bridge().participant_limit is None


def test_ties_go_to_the_lowest_id():
    choice = choose_bridge([occupancy(2, 8, 1), occupancy(1, 7, 1)])
    assert choice.bridge.id == 1
    assert reasons(choice) == [
        "It is chosen with number 7: no other is better, and it was registered first.",
        "It is as good as the chosen one, which was registered before it.",
    ]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"is_enabled": False}, "Bridge 'bridge1' is disabled."),
        ({"domain": ""}, "Bridge 'bridge1' has no SIP domain."),
        ({"numeric_id_quantity": 0}, "Bridge 'bridge1' has no numbers."),
        ({"number": None}, "Bridge 'bridge1' has none of its 3 numbers free in this period."),
        (
            {"max_participants": 10, "participants": 11},
            (
                "Bridge 'bridge1' takes up to 10 participants at the same time, and with this conference "
                "there would be 11."
            ),
        ),
    ],
)
def test_a_bridge_that_cannot_take_the_conference_is_refused_with_what_is_short(changes, reason):
    number = changes.pop("number", 7)
    refused, busy = occupancy(1, number, 0, **changes), occupancy(2, 8, 5)
    choice = choose_bridge([refused, busy])
    assert (choice.bridge.id, reasons(choice)) == (
        2,
        [reason, "It is chosen with number 8: no other bridge can take the conference."],
    )
    choice = choose_bridge([refused])
    assert (choice.bridge, choice.space, reasons(choice)) == (None, None, [reason])


def test_without_any_bridge_nothing_is_chosen():
    choice = choose_bridge([])
    assert (choice.bridge, choice.space, choice.verdicts) == (None, None, ())


def test_a_bridge_that_is_down_comes_last():
    down, busy = occupancy(1, 10, 0, is_reachable=False), occupancy(2, 20, 7)
    choice = choose_bridge([down, busy])
    assert choice.bridge == busy.bridge
    assert reasons(choice) == [
        "It cannot be reached now, and the chosen one can.",
        "It is chosen with number 20: it can be reached now.",
    ]


def test_whether_a_bridge_answers_now_plays_no_part_for_what_starts_later():
    down, busy = occupancy(1, 10, 0, is_reachable=False), occupancy(2, 20, 7)
    choice = choose_bridge([down, busy], beyond=timedelta(hours=1))
    assert choice.bridge == down.bridge
    assert [str(step) for step in choice.steps] == [
        "It starts in more than 60 minutes, so it plays no part which bridges answer now."
    ]
    assert choose_bridge([busy], beyond=timedelta(hours=1)).steps == (), "where it makes no difference"


NOON = datetime(2026, 1, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "is_beyond"),
    [
        ([60], False),
        ([61], True),
        ([61, 60], False),
        ([-10, 90], True),
        ([-5, 90], False),
        ([], False),
    ],
)
def test_of_dates_the_first_that_is_not_over_says_whether_outages_count(minutes, is_beyond):
    outlook = Outlook(NOON, timedelta(hours=1))
    starts = [NOON + timedelta(minutes=count) for count in minutes]
    periods = [Period(start, start + timedelta(minutes=10)) for start in starts]
    assert outlook.beyond(periods) == (timedelta(hours=1) if is_beyond else None)


def test_a_booking_is_taken_while_all_bridges_are_down():
    seen = [occupancy(1, 10, 3, is_reachable=False), occupancy(2, 20, 1, is_reachable=False)]
    assert choose_bridge(seen).bridge == seen[1].bridge


def test_a_bridge_that_is_down_is_better_than_none():
    seen = [occupancy(1, None, 3), occupancy(2, 20, 1, is_reachable=False)]
    assert choose_bridge(seen).bridge == seen[1].bridge


def test_a_bridge_in_the_zone_comes_before_one_that_is_less_busy():
    near, far = occupancy(1, 10, 4, ip_zone="Oslo"), occupancy(2, 20, 0, ip_zone="Paris", priority=9)
    choice = choose_bridge([near, far], Zone("Oslo"))
    assert choice.bridge == near.bridge
    assert reasons(choice) == [
        "It is chosen with number 10: it is in the IP zone Oslo.",
        "It is not in the IP zone Oslo, and the chosen one is.",
    ]
    assert choose_bridge([near, far], Zone("Rome")).bridge == far.bridge, (
        "better a bridge elsewhere than none"
    )
    assert choose_bridge([near, far]).bridge == far.bridge


NEAREST = (
    "It is chosen with number 30: of the bridges that can take the conference it is nearest to the IP zone "
    "Oslo, in Bergen."
)
BERGEN_FIRST = Zone("Oslo", nearest=("Bergen", "London"))


def test_without_a_bridge_in_the_zone_the_nearest_one_is_chosen():
    seen = [
        occupancy(1, 10, 0, ip_zone="Rome", priority=9),
        occupancy(2, 20, 0, ip_zone="London", priority=9),
        occupancy(3, 30, 5, ip_zone="Bergen"),
        occupancy(4, 40, 0),
        occupancy(5, None, 0, ip_zone="Oslo"),
    ]
    choice = choose_bridge(seen, BERGEN_FIRST)
    assert choice.bridge.id == 3
    assert [str(step) for step in choice.steps] == [
        "The IP zones nearest to Oslo are, in this order: Bergen, London."
    ]
    assert reasons(choice)[:4] == [
        "Its IP zone Rome is farther from Oslo than Bergen, where the chosen one is.",
        "Its IP zone London is farther from Oslo than Bergen, where the chosen one is.",
        NEAREST,
        "It is in no IP zone, and the chosen one is in Bergen, which is near Oslo.",
    ]
    assert choose_bridge(seen[:1] + seen[3:4], BERGEN_FIRST).bridge.id == 1, "all others are equally far"


def test_the_own_zone_is_nearer_than_the_nearest():
    seen = [occupancy(1, 10, 0, ip_zone="Bergen"), occupancy(2, 20, 5, ip_zone="Oslo")]
    choice = choose_bridge(seen, BERGEN_FIRST)
    assert choice.bridge.id == 2
    assert reasons(choice)[0] == "It is not in the IP zone Oslo, and the chosen one is."


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("", ""),
        (" Oslo>Bergen >  London ;; Bergen > Oslo", "Bergen > Oslo; Oslo > Bergen > London"),
        ("Oslo > Oslo > Bergen > Bergen >", "Oslo > Bergen"),
        ("Oslo", ""),
        ("> Bergen", ""),
    ],
)
def test_the_order_of_zones_is_written_as_text(text, stored):
    assert str(ZoneOrders.of(text)) == stored
    assert ZoneOrders.of(stored) == ZoneOrders.of(text)


def test_the_order_of_one_zone_can_be_changed_and_taken_back():
    orders = ZoneOrders.of("Oslo > Bergen").changed("Rome", ["Milan"])
    assert str(orders) == "Oslo > Bergen; Rome > Milan"
    assert str(orders.changed("Oslo", [])) == "Rome > Milan"


def test_a_preferred_bridge_comes_before_one_that_is_less_busy():
    preferred, idle = occupancy(1, 10, 4, priority=1), occupancy(2, 20, 0)
    choice = choose_bridge([preferred, idle])
    assert choice.bridge == preferred.bridge
    assert reasons(choice) == [
        "It is chosen with number 10: its priority is the highest.",
        "Its priority is 0, that of the chosen one 1.",
    ]


def test_a_bridge_without_a_limit_has_room_for_any_number():
    assert choose_bridge([occupancy(1, 7, 0, participants=10_000)]).bridge.id == 1


@pytest.mark.parametrize(
    ("others", "wanted", "at_most"),
    [([], [], 0), ([3], [4], 7), ([1, 5, 2], [4, 1, 4], 6), ([0, 0], [2, 9], 9)],
)
def test_the_busiest_of_the_periods_counts(others, wanted, at_most):
    assert with_participants(occupancy(1, 7, 0), others, wanted).participants == at_most


# ---------------------------------------------------------------- in which zone?


@pytest.mark.parametrize(
    ("zones", "owner", "wanted"),
    [
        (["Oslo", "Oslo", "Paris"], "Rome", "Oslo"),
        (["Paris", "Oslo", ""], "Rome", "Oslo"),
        (["", ""], "Rome", "Rome"),
        ([], "Rome", "Rome"),
        ([""], "", ""),
    ],
)
def test_the_zone_of_most_systems_counts_else_that_of_the_owner(zones, owner, wanted):
    systems = {number: create_system(number, ip_zone=zone) for number, zone in enumerate(zones, start=1)}
    people = [participant(SYSTEM, number) for number in systems] + [participant(ParticipantKind.SIP_VIDEO_IN)]
    zone = wanted_zone(people, systems, lambda: owner)
    assert zone.name == wanted
    assert zone.name in str(zone.reason)


def test_the_owner_is_not_looked_up_when_systems_have_a_zone():
    systems = {1: create_system(1, ip_zone="Oslo")}
    assert wanted_zone([participant(SYSTEM, 1)], systems, lambda: pytest.fail("asked")).name == "Oslo"


def test_the_zone_brings_its_order_along():
    orders = ZoneOrders.of("Oslo > Bergen; Rome > Milan")
    systems = {1: create_system(1, ip_zone="Oslo")}
    assert wanted_zone([participant(SYSTEM, 1)], systems, lambda: "Rome", orders).nearest == ("Bergen",)
    assert wanted_zone([], {}, lambda: "Rome", orders).nearest == ("Milan",)
    assert wanted_zone([], {}, lambda: "Paris", orders).nearest == ()
