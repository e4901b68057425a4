"""Whatever others have on a bridge, no request of ours changes it. The bridge is the simulator."""

import threading

import pytest
from bridge_traffic import Line, _Kept
from fakes import at, create_request, dial_in, dial_out
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tmsba.control.bridge.access import access_at
from tmsba.control.upkeep.sweep import Sweeper
from tmsba.domain.bridge.health import BridgeAddress
from tmsba.domain.values import BookingMode
from tmsba.ports.outbox import JobKind

NUMBERS = (1, 2, 3, 4)

#: What somebody's space has; our numbers are among what it may be called and reached by.
NAMES = st.sampled_from(["Board", "TMS_Scheduled_Meeting_{number}", "TMS_Scheduled_Meeting_9", "{number}"])
WAYS = st.sampled_from([("uri", "callId"), ("uri",), ("callId",), ("secondaryUri",), ()])
PROFILES = st.sampled_from(["none", "ours", "theirs"])
SPACES = st.fixed_dictionaries(
    {
        "name": NAMES,
        "ways": WAYS,
        "profile": PROFILES,
        "is_in_call": st.booleans(),
        "is_taking": st.booleans(),
    }
)
#: When they come: before the bridge is set up, between that and the launch, or while the conference goes on.
TIMES = st.sampled_from(["before", "launch", "meeting"])


class Others:
    """The spaces of others on a simulated bridge, with their calls."""

    def __init__(self, line):
        self.line, self.bridge = line, line.simulator.bridge
        self.spaces, self.calls, self.legs = {}, {}, {}

    def come(self, number, *, name, ways, profile, is_in_call, is_taking):
        """Somebody makes a space with our number, after removing ours; nothing where ours stays."""
        values = dict.fromkeys(ways, str(number)) | {"name": name.format(number=number)}
        known = self.line.store.state.preparations[1].call_profile_id
        if profile == "ours" and known:
            values["callProfile"] = known
        elif profile == "theirs":
            values["callProfile"] = self._profile()
        is_ours = values["name"] == f"TMS_Scheduled_Meeting_{number}" and values.get("callProfile") == known
        if is_ours and known and set(ways) == {"uri", "callId"}:
            return  # that is what makes a space ours
        values["passcode"] = "4711"
        for taken in [self.bridge.spaces.with_uri(str(number)), self.bridge.spaces.with_call_id(str(number))]:
            if taken is None or taken.id not in self.bridge.spaces.by_id or not ways:
                continue
            if not is_taking or taken.id in self.spaces:
                return
            self.bridge.remove_space(taken)
        space = self.bridge.spaces.add(values)
        self.spaces[space.id] = dict(space.values)
        if is_in_call:
            call = self.bridge.add_call({"coSpace": space.id})
            self.calls[call.id] = dict(call.values)
            address = str(number) if {"uri", "secondaryUri"} & set(ways) else ""
            leg = self.bridge.dial_in(address, "bob@example.com", "4711") if address else None
            self.legs |= {leg.id: call.id} if leg else {}

    def _profile(self):
        made = self.line.bridge_client.create_call_profile()
        self.line.recorder.requests.clear()
        return made

    def assert_untouched(self):
        """Everything is as it was, and no request asked for anything else."""
        for space_id, values in self.spaces.items():
            assert dict(self.bridge.spaces.by_id[space_id].values) == values
        for call_id, values in self.calls.items():
            assert dict(self.bridge.calls[call_id].values) == values
        assert self.legs.keys() <= self.bridge.legs.keys()
        mine = {*self.spaces, *self.calls, *self.legs}
        for entry in self.line.simulator.journal.since():
            if entry.method == "GET":
                continue
            said = {*entry.path.replace("?", "/").split("/"), *(value for _, value in entry.form)}
            assert not mine & said, (entry.method, entry.path)
        theirs = {call.id for call in self.bridge.calls.values() if call.space in self.spaces}
        assert theirs == set(self.calls)


def sweep(line):
    with line.store.reading() as uow:
        bridge = uow.bridges.get(1)
        access = access_at(uow, bridge, BridgeAddress.MAIN)
    sweeper = Sweeper(
        store=line.store,
        queue=line.queue,
        live=line.live,
        factory=lambda bridge, credentials: _Kept(line.bridge_client),
        clock=line.clock,
        stop=threading.Event(),
        rerouting=line.rerouting,
    )
    return sweeper.sweep(bridge, access, is_thorough=True)


def book_all(line):
    for place, number in enumerate(NUMBERS[:3]):
        request = create_request(
            title=f"Meeting {number}",
            participants=(dial_in(), dial_out(f"room{place}@example.com")),
            pin="2580",
        )
        line.booking.save_conference(line.administrator, line.client, request, BookingMode.STRICT)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(NUMBERS), TIMES, SPACES), max_size=5))
def test_no_request_changes_what_others_have(comings):
    line = Line(numbers=7, is_caring=True)
    try:
        others = Others(line)

        def come(moment):
            for number, when, space in comings:
                if when == moment:
                    others.come(number, **space)

        come("before")
        line.add_bridge()
        book_all(line)
        come("launch")
        line.run_until(at(14, 2))
        come("meeting")
        line.run_until(at(14, 10))
        sweep(line)
        line.add_bridge()
        line.run_until(at(15, 2))
        sweep(line)
        line.add_bridge()
        others.assert_untouched()
        assert not [one for one in line.simulator.bridge.calls.values() if one.space not in others.spaces]
    finally:
        line.stop_all()


@pytest.mark.parametrize("way", [("uri", "callId"), ("callId",), ("secondaryUri",)])
def test_every_conference_finds_a_number_that_nobody_else_has(way):
    line = Line(numbers=len(NUMBERS))
    try:
        others = Others(line)
        line.add_bridge()
        book_all(line)
        how = {"name": "Board", "ways": way, "profile": "none", "is_in_call": True, "is_taking": True}
        others.come(2, **how)
        line.run_until(at(14, 5))
        others.assert_untouched()
        assert sorted(one.route.number for one in line.store.state.conferences.values()) == [1, 3, 4]
        assert len(line.simulator.bridge.calls) == 4
        assert line.wish(1, JobKind.LAUNCH) is None
        assert [ticket.kind for ticket in line.tickets()] == ["space 2"]
    finally:
        line.stop_all()
