import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import spellings

from tmsba.cms.model import Call, CallLeg
from tmsba.control.meeting.plan import LegPlan, find_call, plan_legs, same_address
from tmsba.control.work.retry import LONGEST, pause_after
from tmsba.ports.live import LiveLeg

ADDRESSES = ("a@example.com", "b@example.com", "0047123")


def leg(address, leg_id):
    return LiveLeg(remote_party=address, call_leg_id=leg_id)


def seen(address, leg_id):
    return CallLeg(id=leg_id, remote_party=address)


def test_nobody_was_dialled_yet():
    assert plan_legs(ADDRESSES, [], []) == LegPlan(dial=ADDRESSES)


def test_who_was_dialled_and_left_is_not_dialled_again():
    assert plan_legs(["a@example.com"], [leg("a@example.com", "leg-1")], []) == LegPlan()


def test_a_leg_whose_answer_was_lost_is_adopted():
    plan = plan_legs(["a@example.com", "b@example.com"], [], [seen("sip:A@example.com", "leg-1")])
    assert plan == LegPlan(dial=("b@example.com",), adopt=(leg("a@example.com", "leg-1"),))


def test_who_is_no_longer_booked_is_hung_up():
    noted = [leg("a@example.com", "leg-1"), leg("b@example.com", "leg-2")]
    assert plan_legs(["b@example.com"], noted, []) == LegPlan(hang_up=(noted[0],))


def test_the_same_address_twice_is_two_participants():
    plan = plan_legs(["a@example.com"] * 3, [leg("a@example.com", "leg-1")], [seen("a@example.com", "leg-2")])
    assert plan == LegPlan(dial=("a@example.com",), adopt=(leg("a@example.com", "leg-2"),))


def test_legs_of_others_and_legs_without_an_address_are_left_alone():
    others = [seen("guest@example.com", "leg-1"), seen(None, "leg-2"), seen("", "leg-3")]
    assert plan_legs(["a@example.com"], [], others) == LegPlan(dial=("a@example.com",))


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("a@example.com", "sip:a@example.com", True),
        ("a@example.com", "SIPS:A@Example.Com", True),
        ("tel:123", "123", True),
        (" a@example.com", "a@example.com", True),
        ("a@example.com", "b@example.com", False),
        ("a@example.com", "a@example.org", False),
        ("sip@example.com", "example.com", False),
    ],
)
def test_a_scheme_and_letter_case_do_not_matter(one, other, is_same):
    assert same_address(one, other) is is_same


@given(st.data(), st.sampled_from(ADDRESSES), st.sampled_from(ADDRESSES))
def test_two_spellings_are_the_same_when_their_addresses_are(data, one, other):
    assert same_address(data.draw(spellings(one)), data.draw(spellings(other))) is (one == other)


@st.composite
def situations(draw):
    """Wanted addresses, the legs we noted and those on the bridge, in all their spellings."""

    def address():
        return draw(spellings(draw(st.sampled_from(ADDRESSES))))

    wanted = [address() for _ in range(draw(st.integers(0, 5)))]
    noted = [leg(address(), f"leg-{i}") for i in range(draw(st.integers(0, 4)))]
    still_there = [seen(address_of.remote_party, address_of.call_leg_id) for address_of in noted[::2]]
    unnoted = [seen(address(), f"new-{i}") for i in range(draw(st.integers(0, 4)))]
    return wanted, noted, still_there + unnoted


def apply(plan, noted, on_bridge):
    """What is noted and what is on the bridge after the plan."""
    dialled = [leg(address, f"dialled-{i}") for i, address in enumerate(plan.dial)]
    gone = {hung_up.call_leg_id for hung_up in plan.hang_up}
    noted = [x for x in noted if x.call_leg_id not in gone] + list(plan.adopt) + dialled
    legs = [x for x in on_bridge if x.id not in gone]
    return noted, legs + [seen(x.remote_party, x.call_leg_id) for x in dialled]


def bare(address):
    return address.strip().lower().rpartition(":")[2]


@given(situations())
def test_planning_again_after_the_plan_was_carried_out_does_nothing(situation):
    wanted, noted, on_bridge = situation
    plan = plan_legs(wanted, noted, on_bridge)
    noted, on_bridge = apply(plan, noted, on_bridge)
    assert plan_legs(wanted, noted, on_bridge) == LegPlan()


@given(situations())
def test_afterwards_there_is_one_noted_leg_for_each_participant(situation):
    wanted, noted, on_bridge = situation
    noted, _ = apply(plan_legs(wanted, noted, on_bridge), noted, on_bridge)
    assert sorted(bare(x.remote_party) for x in noted) == sorted(map(bare, wanted))


@given(situations())
def test_no_leg_is_adopted_twice_and_none_that_is_noted(situation):
    wanted, noted, on_bridge = situation
    adopted = [x.call_leg_id for x in plan_legs(wanted, noted, on_bridge).adopt]
    assert len(adopted) == len(set(adopted))
    assert not set(adopted) & {x.call_leg_id for x in noted}


# ---------------------------------------------------------------- calls


@pytest.mark.parametrize(
    ("calls", "known", "found"),
    [([], None, None), ([], "a", None), (["a", "b"], "b", "b"), (["a", "b"], None, "a"), (["a"], "z", "a")],
)
def test_the_known_call_is_gone_on_with_if_it_is_still_there(calls, known, found):
    assert find_call([Call(id=call) for call in calls], known) == found


# ---------------------------------------------------------------- pauses


@given(st.integers(-1, 10_000), st.floats(0, 1, exclude_max=True))
def test_pauses_lie_between_three_quarters_of_a_second_and_the_longest(attempts, chance):
    assert 0.75 <= pause_after(attempts, chance).total_seconds() <= LONGEST.total_seconds() == 10


def test_pauses_double_up_to_the_longest():
    assert [pause_after(n, 0).total_seconds() for n in range(1, 7)] == [1, 2, 4, 8, 10, 10]


def test_chance_shortens_a_pause_by_up_to_a_quarter():
    rolls = random.Random(1)
    pauses = [pause_after(9, rolls.random()).total_seconds() for _ in range(100)]
    assert 7.5 <= min(pauses) < 8 < 9.5 < max(pauses) <= 10


def test_what_a_bridge_asks_for_is_kept_up_to_a_minute_and_spread():
    def pause(asked_s, chance=0.0, attempts=1):
        return pause_after(attempts, chance, asked=timedelta(seconds=asked_s)).total_seconds()

    assert [pause(asked) for asked in (0, 5, 60, 3600)] == [1, 5, 60, 60]
    assert pause(5, attempts=4) == 8, "ours is longer"
    assert [pause(20, chance) for chance in (0, 0.5)] == [20, 22.5]
