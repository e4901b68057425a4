"""Hosts and guests on a bridge: who waits for whom; the bridge is simulated."""

import pytest
from bridge_traffic import Line, lines_of
from fakes import at, dial_in, dial_out

GUEST, HOST, DESK = "guest@example.org", "host@example.org", "desk@example.com"


@pytest.fixture
def line():
    made = Line()
    made.add_bridge()
    made.set("host_pins", "Yes")
    made.requests()
    yield made
    made.stop_all()


def start(line, *participants, **request):
    conference = line.book(*(participants or [dial_in()]), **request)
    line.run_until(at(14))
    line.simulator.wait_until_settled()
    return conference


def waits(line):
    """Who is in the call, and whether they wait in the lobby."""
    return {address: leg.deactivated for address, leg in line.legs().items()}


def dial(line, address, pin):
    return line.simulator.bridge.dial_in("1", address, pin)


def ways(line):
    return list(line.simulator.bridge.spaces.with_call_id("1").access_methods.values())


def test_a_guest_waits_until_a_host_comes(line):
    conference = start(line)
    dial(line, GUEST, "2580")
    assert waits(line) == {GUEST: True}
    dial(line, HOST, conference.details.host_pin)
    assert waits(line) == {GUEST: False, HOST: False}


def test_a_wrong_pin_is_neither(line):
    conference = start(line)
    wrong = next(pin for pin in ("1111", "2222", "3333") if pin not in ("2580", conference.details.host_pin))
    assert dial(line, GUEST, wrong) is None


def test_whom_the_bridge_dials_lets_guests_in(line):
    start(line, dial_out(DESK))
    dial(line, GUEST, "2580")
    assert waits(line) == {DESK: False, GUEST: False}


def test_the_bridge_is_asked_for_a_way_for_hosts_and_little_else(line):
    conference = start(line, dial_out(DESK))
    pin = conference.details.host_pin
    asked = [one for one in line.requests() if not one.startswith("GET system/status")]
    usual = """defaultLayout=telepresence & changeLayoutAllowed=true & presentationContributionAllowed=true
        & presentationViewingAllowed=true & muteSelfAllowed=true & videoMuteSelfAllowed=true"""
    assert asked == lines_of(f"""
        GET participants
        GET coSpaces
        GET callLegProfiles
        POST callLegProfiles {" ".join(usual.split())} & name=tmsba role=guest & needsActivation=true
        GET callLegProfiles
        POST callLegProfiles {" ".join(usual.split())} & name=tmsba role=host & needsActivation=false
             & endCallAllowed=true & muteOthersAllowed=true & videoMuteOthersAllowed=true
        GET coSpaces/<space 1>/accessMethods
        POST coSpaces/<space 1>/accessMethods uri=1 & callId=1 & passcode={pin}
             & callLegProfile=<tmsba role=host>
        PUT coSpaces/<space 1> nonMemberAccess=true & passcode=2580 & name=Weekly meeting & secret=<secret>
             & callLegProfile=<tmsba role=guest>
        POST calls coSpace=<space 1>
        GET coSpaces
        GET calls
        GET callLegs
        POST calls/<call>/callLegs remoteParty=desk@example.com & needsActivation=false
        """)


def test_the_end_leaves_one_way_into_the_space_and_the_next_conference_has_no_lobby(line):
    conference = start(line)
    [way] = ways(line)
    line.requests()
    line.end(conference)
    assert ways(line) == []
    writes = [one for one in line.requests() if not one.startswith("GET")]
    assert writes[1:] == [f"DELETE coSpaces/<space 1>/accessMethods/{way.id}", "DELETE calls/<call>"]
    line.set("host_pins", "No")
    line.clock.now = at(14)
    start(line, end=at(16))
    assert dial(line, HOST, conference.details.host_pin) is None
    dial(line, GUEST, "2580")
    assert waits(line) == {GUEST: False}


def test_the_next_conference_has_hosts_of_its_own_and_the_same_profiles(line):
    first = start(line)
    line.end(first)
    line.requests()
    line.clock.now = at(14)
    second = start(line, end=at(16))
    assert [way.values["passcode"] for way in ways(line)] == [second.details.host_pin]
    assert not [one for one in line.requests() if one.startswith("POST callLegProfiles")]


def test_new_pins_reach_a_conference_that_goes_on(line):
    conference = start(line)
    before = conference.details.host_pin
    changed = line.change(conference, pin=before)
    line.run_until(at(14, 1))
    dial(line, GUEST, before)
    assert waits(line) == {GUEST: True}
    dial(line, HOST, changed.details.host_pin)
    assert waits(line) == {GUEST: False, HOST: False}


def test_without_a_pin_for_guests_hosts_still_have_theirs(line):
    line.set("auto_generate_pin", "No")
    conference = start(line, pin="")
    assert "passcode" not in line.space()
    dial(line, HOST, conference.details.host_pin)
    assert waits(line) == {HOST: False}
