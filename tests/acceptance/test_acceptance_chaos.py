"""Whatever dies and comes back, every conference ends up as its schedule says, and none is started twice."""

import os
import random
from collections import Counter
from datetime import datetime, timedelta

import pytest
from chaos_house import LEASE, ChaosHouse, SimulatedBridge, now
from chaos_load import ChaosLoad
from installation import wait_until

from tmsba.domain.values import ConferenceStatus

#: The machine may be busy with other tests.
SLACK = timedelta(seconds=4)
#: The longest pause between two tries at a bridge that was down, and how long its circuit stays open.
PAUSES = timedelta(seconds=10 + 5)
#: From the end of all trouble until everything is as it should be: leases that ran, pauses, looks.
SETTLED_S = 45.0


@pytest.fixture
def house(tmp_path, postgres):
    url = postgres.create_migrated_database()
    chaos = ChaosHouse(tmp_path, url)
    try:
        yield chaos
    finally:
        chaos.close()
        postgres.drop_database(url)


@pytest.mark.parametrize("seconds", [25, pytest.param(600, marks=pytest.mark.long)])
def test_workers_and_bridges_may_die_at_any_time(house, seconds):
    seed = int(os.environ.get("TMSBA_TEST_CHAOS_SEED", random.SystemRandom().randrange(10**6)))
    print(f"TMSBA_TEST_CHAOS_SEED={seed}")
    load = ChaosLoad(house, random.Random(seed))
    house.open()

    load.run(seconds)

    print(load.done)
    wait_until(lambda: now() > max(one.start for one in load.booked.values()), "all have begun")
    wait_until(lambda: all(bridge.is_up() for bridge in house.bridges), "all bridges are back")
    try:
        wait_until(lambda: seen(house) == wanted(house, load), "every bridge is as booked", SETTLED_S)
    except AssertionError:
        assert seen(house) == wanted(house, load), house.log()[-5000:]
    judged_at = now()
    for bridge in house.bridges:
        assert bridge.watch()
        assert not bridge.doubled, f"two calls at once: {bridge.doubled}"
        assert dialled_twice(bridge) == []
    assert too_late(house, load, judged_at) == []
    assert load.done["workers killed"] >= seconds / 8
    assert load.done["bridges restarted"] >= seconds / 15


def wanted(house, load):
    """By bridge and number: the titles and parties of the conferences that are going on."""
    with house.store.reading() as uow:
        stored = [uow.conferences.get(conference_id) for conference_id in load.booked]
    return {
        (one.route.bridge_id, str(one.route.number)): (
            one.details.title,
            sorted(party.name_or_number for party in one.participants),
        )
        for one in stored
        if one.status(now()) is ConferenceStatus.ONGOING
    }


def seen(house):
    """The same as the bridges have it; a space that is open without a call, or has two, fits nothing."""
    found = {}
    for bridge in house.bridges:
        state = bridge.ask("GET", "/state")
        for space in state["spaces"]:
            calls = [call["id"] for call in state["calls"] if call["coSpace"] == space["id"]]
            legs = [leg["remoteParty"] for leg in state["callLegs"] if leg["call"] in calls]
            is_right = space["nonMemberAccess"] and len(calls) == 1
            found[bridge.number, space["callId"]] = (space["name"], sorted(legs)) if is_right else space
    return found


def dialled_twice(bridge):
    """Participants whom the bridge was asked to dial again although they were in the call."""
    dialled = Counter(
        (entry["path"], dict(entry["form"])["remoteParty"])
        for entry in bridge.journal
        if entry["method"] == "POST"
        and entry["path"].lower().endswith("/calllegs")
        and entry["status"] == 200
    )
    return [one for one, times in dialled.items() if times > 1]


def too_late(house, load, judged_at):
    """Conferences that were opened later than trouble excuses, or not at all."""
    with house.store.reading() as uow:
        stored = [uow.conferences.get(conference_id) for conference_id in load.booked]
    late = []
    for one in stored:
        booked = load.booked[one.id]
        bridge = house.bridges[one.route.bridge_id - 1] if one.route else None
        due = max(booked.start, booked.at)
        opened = next(iter(openings(bridge, one.details.title)), None) if bridge else None
        until = opened or min(one.period.end, judged_at)
        if bridge and until - due > allowed(house, bridge, due, until):
            late.append((booked, opened, until - due))
    return late


def openings(bridge, title):
    """When the space was opened for this conference."""
    return [
        datetime.fromisoformat(entry["time"])
        for entry in bridge.journal
        if entry["method"] == "PUT" and entry["status"] == 200 and ["name", title] in entry["form"]
    ]


def allowed(house: ChaosHouse, bridge: SimulatedBridge, due: datetime, until: datetime) -> timedelta:
    """A lease, one more for each worker that died, and what the bridge was down, with pauses after that."""
    deaths = sum(due - LEASE <= at <= until for at in house.kills)
    outages = [one for one in bridge.outages if one.start < until and one.end > due - PAUSES]
    down = sum((min(one.end, until) - max(one.start, due) for one in outages if one.end > due), timedelta())
    return SLACK + LEASE * (1 + deaths) + down + (PAUSES if outages else timedelta())
