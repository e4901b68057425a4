"""What holds for every choice of a bridge, and for every conference that is routed."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import combinations

from fakes import NOW, World, create_bridge, create_request, create_system, dial_in, participant
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import EXTERNAL_KINDS, ZONES, occupancies

from tmsba.domain.bridge.bridge import BridgeOccupancy, Space
from tmsba.domain.conference.decision import MOST_REMEMBERED, Decision, Direction, Need, Verdict, Via
from tmsba.domain.conference.details import Details
from tmsba.domain.routing.connections import connections
from tmsba.domain.routing.engine import choose_bridge
from tmsba.domain.routing.ip_zones import Zone
from tmsba.domain.routing.need import RoutingRules, decide_need
from tmsba.domain.routing.reasons import PassedOver, Refusal
from tmsba.domain.values import BookingMode, BridgeUsage, ConferenceType, ParticipantKind
from tmsba.store.tables.decision_values import decode_decision, encode_decision

_zones = st.builds(
    Zone, ZONES, nearest=st.lists(st.sampled_from(["Bergen", "Paris", "Rome"]), unique=True).map(tuple)
)
_beyond = st.sampled_from([None, timedelta(hours=1)])


@given(occupancies(), _zones, _beyond, st.randoms())
def test_the_same_snapshot_gives_the_same_choice_in_any_order(seen, zone, beyond, rolls):
    shuffled = list(seen)
    rolls.shuffle(shuffled)
    assert choose_bridge(shuffled, zone, beyond=beyond) == choose_bridge(seen, zone, beyond=beyond)


@given(occupancies(), _zones, _beyond)
def test_every_bridge_has_one_verdict_and_the_chosen_one_is_able(seen, zone, beyond):
    choice = choose_bridge(seen, zone, beyond=beyond)
    assert [verdict.bridge_id for verdict in choice.verdicts] == sorted(one.bridge.id for one in seen)
    told = [*choice.steps, *(verdict.reason for verdict in choice.verdicts)]
    assert not any("{" in str(reason) for reason in told), "a place without its fact"
    chosen = [verdict.bridge_id for verdict in choice.verdicts if verdict.is_chosen]
    assert chosen == ([choice.bridge.id] if choice.bridge else [])
    able = [one for one in seen if can_take(one)]
    kinds = {verdict.bridge_id: verdict.reason.kind for verdict in choice.verdicts}
    assert {i for i, kind in kinds.items() if isinstance(kind, Refusal)} == {
        one.bridge.id for one in seen if one not in able
    }
    assert bool(able) is (choice.bridge is not None)
    if choice.bridge:
        [best] = [one for one in able if one.bridge is choice.bridge]
        assert choice.space is best.free_space
        others = {i for i, kind in kinds.items() if isinstance(kind, PassedOver)}
        assert others == {one.bridge.id for one in able} - {best.bridge.id}


def can_take(seen):
    bridge = seen.bridge
    is_set_up = bridge.is_enabled and bridge.domain and bridge.numeric_id_quantity
    return bool(is_set_up and seen.free_space and seen.has_room)


@given(occupancies(), _zones, _beyond)
def test_no_bridge_that_can_take_it_is_better_than_the_chosen_one(seen, zone, beyond):
    choice = choose_bridge(seen, zone, beyond=beyond)
    able = [one for one in seen if can_take(one)]
    kinds = [lambda bridge: bridge.participant_limit, lambda bridge: bridge.told_load]
    measure = next((kind for kind in kinds if all(kind(one.bridge) for one in able)), None)
    for other in able:
        [best] = [one for one in able if one.bridge is choice.bridge]
        assert merits(best, zone, beyond, measure) >= merits(other, zone, beyond, measure)


def merits(seen, zone, beyond, measure):
    bridge = seen.bridge
    farness = 0
    if zone.name and bridge.ip_zone != zone.name:
        farness = [*zone.nearest, bridge.ip_zone].index(bridge.ip_zone) + 1
    answers = seen.is_reachable or beyond is not None
    load = seen.participants / measure(bridge) if measure else 0
    return answers, -farness, bridge.priority, -load, -seen.conferences


@given(occupancies(), _zones, _beyond)
def test_bridges_are_in_one_total_order(seen, zone, beyond):
    """Whoever is chosen among all is chosen again among any that it is one of, when nothing else changes."""
    limited = [one for one in seen if one.bridge.participant_limit]
    ranking, left = [], list(limited)
    while (choice := choose_bridge(left, zone, beyond=beyond)).bridge:
        ranking.append(choice.bridge.id)
        left = [one for one in left if one.bridge is not choice.bridge]
    for better, worse in combinations(ranking, 2):
        pair = [one for one in limited if one.bridge.id in (better, worse)]
        assert choose_bridge(pair, zone, beyond=beyond).bridge.id == better


@given(occupancies(), _zones)
def test_what_starts_later_is_decided_as_if_all_bridges_answered(seen, zone):
    answering = [replace(one, is_reachable=True) for one in seen]
    later = choose_bridge(seen, zone, beyond=timedelta(hours=1))
    assert later.verdicts == choose_bridge(answering, zone).verdicts


@given(st.integers(1, 5), st.integers(1, 25))
def test_conferences_that_start_at_the_same_minute_spread_over_equal_bridges(bridges, conferences):
    taken = Counter()
    for _ in range(conferences):
        seen = [
            BridgeOccupancy(
                bridge=create_bridge(i),
                free_space=Space(id=taken[i] + 1, bridge_id=i, number=taken[i] + 1),
                conferences=taken[i],
            )
            for i in range(1, bridges + 1)
        ]
        taken[choose_bridge(seen).bridge.id] += 1
    counts = [taken[i] for i in range(1, bridges + 1)]
    assert max(counts) - min(counts) <= 1


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 4), st.integers(1, 8))
def test_bookings_for_the_same_minute_spread_over_equal_bridges(bridges, conferences):
    world = World(bridges=bridges, numbers=8)
    start = NOW + timedelta(hours=1)
    for _ in range(conferences):
        request = create_request(start=start, end=start + timedelta(hours=1), participants=(dial_in(),))
        world.booking.save_conference(world.caller, world.client, request, BookingMode.STRICT)
    taken = Counter(one.route.bridge_id for one in world.store.state.conferences.values())
    counts = [taken[i] for i in range(1, bridges + 1)]
    assert sum(counts) == conferences
    assert max(counts) - min(counts) <= 1


_people = st.lists(
    st.builds(participant, st.just(ParticipantKind.SYSTEM), st.integers(1, 4))
    | st.builds(participant, st.sampled_from(EXTERNAL_KINDS), st.integers(1, 6), st.sampled_from(["", "12"])),
    max_size=5,
    unique_by=lambda entry: (entry.kind is ParticipantKind.SYSTEM, entry.id),
)
_details = st.builds(
    Details,
    type=st.sampled_from(ConferenceType),
    external_dial_string=st.sampled_from(["", "", "host@example.org"]),
    is_recording_enabled=st.booleans(),
)
_rules = st.builds(RoutingRules, usage=st.sampled_from(BridgeUsage), records_on_bridge=st.booleans())
_addresses = st.lists(st.sampled_from(["", "room@example.com"]), min_size=4, max_size=4)


@given(_details, _people, _rules, _addresses)
def test_whoever_is_outside_has_a_bridge_or_a_host_and_each_connection_fits(details, people, rules, uris):
    systems = {i: create_system(i, sip_uri=uri) for i, uri in enumerate(uris, start=1)}
    need = decide_need(details, people, systems, rules)
    assert need == decide_need(details, people[::-1], systems, rules)
    assert need.steps
    assert not any("{" in str(step) for step in need.steps)
    if details.type.has_route and any(entry.kind.is_external for entry in people):
        assert need.via in (Via.BRIDGE, Via.HOST)
    found = connections(details, people, systems, need.via)
    assert [one.participant for one in found] == people
    for one in found:
        assert (one.direction is Direction.BRIDGE_DIALS) <= (need.via is Via.BRIDGE and bool(one.address))
        assert (one.direction is Direction.POINT_TO_POINT) == (need.via is Via.DIRECT)
        assert "{" not in str(one.reason)


@given(_details, _people, _rules, occupancies())
def test_a_decision_survives_being_stored(details, people, rules, seen):
    systems = {i: create_system(i) for i in range(1, 5)}
    need = decide_need(details, people, systems, rules)
    choice = choose_bridge(seen, Zone("Oslo"))
    decision = Decision(
        decided_at=NOW,
        need=need,
        steps=choice.steps,
        verdicts=choice.verdicts,
        connections=connections(details, people, systems, need.via),
    )
    assert decode_decision(encode_decision(decision)) == decision


def test_a_decision_about_very_many_is_stored_in_part_with_the_chosen_bridge():
    reason = Refusal.DISABLED.because(bridge="x" * 1000)
    verdicts = [Verdict(bridge_id=i, bridge="x" * 1000, reason=reason) for i in range(1, 501)]
    verdicts[-1] = replace(verdicts[-1], is_chosen=True)
    people = [participant(ParticipantKind.SIP_VIDEO_OUT, i, "9" * 1000) for i in range(1, 501)]
    decision = Decision(
        decided_at=NOW,
        need=Need(via=Via.BRIDGE, steps=()),
        verdicts=tuple(verdicts),
        connections=connections(Details(), people, {}),
    )
    text = encode_decision(decision)
    assert len(text) < 60_000
    kept = decode_decision(text)
    assert kept.chosen.bridge_id == 500
    assert (len(kept.verdicts), kept.more_bridges) == (MOST_REMEMBERED, 450)
    assert (len(kept.connections), kept.more_participants) == (MOST_REMEMBERED, 450)
