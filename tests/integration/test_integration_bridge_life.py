"""How a conference is held on its bridge, from the booking to the space's return; the bridge is simulated."""

import pytest
from bridge_traffic import Line, lines_of
from fakes import at, dial_in, dial_out, room, wanted
from structlog.testing import capture_logs

from tmsba.cms.meeting import LegVariant, Quality
from tmsba.domain.values import Bandwidth, Choice, ConferenceType, ParticipantKind, PictureMode
from tmsba.simulator.nodes.leg_status import layout_of
from tmsba.simulator.prevailing import leg_value

USUAL = ("defaultLayout", "callLegProfile", "callProfile")
#: What differs in everything that reaches a bridge from what GetDefaultConference offers.
DIFFERENT = {
    "picture_mode": PictureMode.VOICE_SWITCHED,
    "encryption": Choice.YES,
    "ip_bandwidth": Bandwidth.KBPS_1152,
    "is_recording_enabled": True,
}
DESK, LATE, PHONE = "desk@example.com", "late@example.com", "+4712345678"


@pytest.fixture
def line():
    made = Line()
    made.add_bridge()
    made.requests()
    yield made
    made.stop_all()


@pytest.fixture
def different(line):
    """A conference that differs in everything, and is going on."""
    line.set("record_on_bridge", "Yes")
    line.set("mute_on_joining", "yes")
    line.set("lock_conferences", "no")
    conference = line.book(dial_out(DESK), wanted(ParticipantKind.TELEPHONE_OUT, 0, PHONE), **DIFFERENT)
    line.run_until(at(14))
    line.simulator.wait_until_settled()
    return conference


def usual(line):
    """What a space has between meetings, besides its name and what the traces set."""
    known = line.store.state.preparations[1]
    return {"callProfile": known.call_profile_id, "callLegProfile": known.call_leg_profile_id}


def given(line):
    return {name: value for name, value in line.space().items() if name in USUAL}


def in_force(line, address, name):
    return leg_value(line.simulator.bridge, line.legs()[address], name)


def layout(line, address):
    return layout_of(line.simulator.bridge, line.legs()[address])


def writes(line):
    return [one for one in line.requests() if not one.startswith("GET")]


def test_all_that_differs_is_told_to_the_bridge(line, different):
    assert writes(line) == lines_of("""
        POST callLegProfiles defaultLayout=telepresence & changeLayoutAllowed=true
             & presentationContributionAllowed=true & presentationViewingAllowed=true
             & muteSelfAllowed=true & videoMuteSelfAllowed=true
             & name=tmsba encryption=required quality=max720p30
             & sipMediaEncryption=required & qualityMain=max720p30
        POST callProfiles participantLimit=1000 & messageBoardEnabled=false & recordingMode=automatic
        PUT coSpaces/<space 1> nonMemberAccess=true & passcode=2580 & name=Weekly meeting & secret=<secret>
             & defaultLayout=speakerOnly & callLegProfile=<tmsba encryption=required quality=max720p30>
             & callProfile=<tmsba recording>
        POST calls coSpace=<space 1> & joinAudioMuteOverride=true & locked=false
        POST calls/<call>/callLegs remoteParty=desk@example.com & bandwidth=1152000
        POST calls/<call>/callLegs remoteParty=+4712345678 & videoMode=disabled
             & presentationViewingAllowed=false
        """)


def test_the_participants_get_what_was_booked(line, different):
    line.simulator.bridge.dial_in("1", "guest@example.org", "2580")
    for address in (DESK, "guest@example.org"):
        assert in_force(line, address, "sipMediaEncryption") == "required"
        assert in_force(line, address, "qualityMain") == "max720p30"
        assert in_force(line, address, "rxAudioMute") == "true"
        assert layout(line, address) == "speakerOnly"
    assert line.legs()[DESK].bandwidth_bps == 1_152_000
    assert in_force(line, PHONE, "videoMode") == "disabled"
    assert line.call().recording


def test_the_next_conference_in_the_space_inherits_nothing(line, different):
    line.end(different)
    assert given(line) == usual(line)
    line.requests()
    line.clock.now = at(14)
    line.book(dial_out(DESK), title="Next", end=at(16))
    line.run_until(at(14))
    opened = [one for one in writes(line) if one.startswith("PUT")]
    assert len(opened) == 1
    assert opened[0].endswith("& name=Next & secret=" + line.space()["secret"])
    line.simulator.wait_until_settled()
    assert layout(line, DESK) == "telepresence"
    assert in_force(line, DESK, "sipMediaEncryption") is None
    assert line.call().recording is None


def test_the_end_takes_back_what_differed(line, different):
    line.requests()
    line.end(different)
    assert writes(line) == lines_of("""
        PUT coSpaces/<space 1> nonMemberAccess=false & passcode= & name=TMS_Scheduled_Meeting_1
             & regenerateSecret=true & defaultLayout= & callLegProfile=<usual leg profile>
             & callProfile=<usual call profile>
        DELETE calls/<call>
        """)


def test_a_space_is_marked_while_a_conference_holds_it(line):
    line.set("mark_spaces", "Yes")
    first = line.book(dial_out(DESK))
    line.run_until(at(14))
    assert line.space()["cdrTag"] == f"tmsba:{first.id}"
    line.set("mark_spaces", "No")
    line.requests()
    line.end(first)
    closed = [one for one in writes(line) if one.startswith("PUT")]
    assert closed[0].endswith("& regenerateSecret=true & cdrTag=")
    assert "cdrTag" not in line.space()
    line.clock.now = at(14)
    line.book(dial_out(DESK), end=at(16))
    line.run_until(at(14))
    assert "cdrTag" not in line.space()


def test_the_mark_goes_when_the_setting_does(line):
    line.set("mark_spaces", "Yes")
    conference = line.book(dial_out(DESK))
    line.run_until(at(14))
    line.set("mark_spaces", "No")
    line.change(conference, title="Later")
    line.run_until(at(14, 1))
    assert "cdrTag" not in line.space()


def test_a_profile_is_made_once_for_all_conferences_of_its_kind(line, different):
    line.end(different)
    line.requests()
    line.clock.now = at(14)
    line.book(dial_out(DESK), **DIFFERENT, end=at(16))
    line.run_until(at(14))
    asked = line.requests()
    assert not any("rofiles" in one.split()[1] for one in asked)
    assert len(line.simulator.bridge.leg_profiles) == len(line.simulator.bridge.call_profiles) == 2


@pytest.mark.parametrize("path", ["callLegProfiles", "callProfiles"])
def test_a_profile_whose_making_was_answered_to_nobody_is_found_again(line, path):
    line.set("record_on_bridge", "Yes")
    line.book(dial_out(DESK), **DIFFERENT)
    line.simulator.faults.order({"path": path, "method": "POST", "drop_answer": True})
    line.run_until(at(14, 1))
    assert len(line.simulator.bridge.leg_profiles) == len(line.simulator.bridge.call_profiles) == 2
    assert given(line) == {
        "defaultLayout": "speakerOnly",
        "callLegProfile": line.store.state.profiles[1, "tmsba encryption=required quality=max720p30"],
        "callProfile": line.store.state.profiles[1, "tmsba recording"],
    }


def test_setting_the_bridge_up_again_removes_variants_that_nobody_noted(line, different):
    noted = set(line.simulator.bridge.leg_profiles)
    line.bridge_client.create_call_leg_profile(LegVariant(quality=Quality.SD_480))
    line.add_bridge()
    assert set(line.simulator.bridge.leg_profiles) == noted


def test_a_profile_that_somebody_removed_is_made_anew(line, different):
    line.end(different)
    bridge = line.simulator.bridge
    for parameter, profiles in (
        ("callLegProfile", bridge.leg_profiles),
        ("callProfile", bridge.call_profiles),
    ):
        for profile_id in set(profiles) - set(usual(line).values()):
            bridge.remove_profile(parameter, profiles, profile_id)
    line.clock.now = at(14)
    line.book(dial_out(DESK), **DIFFERENT, end=at(16))
    line.run_until(at(14, 1))
    line.simulator.wait_until_settled()
    assert in_force(line, DESK, "sipMediaEncryption") == "required"
    assert line.tickets() == []


# ---------------------------------------------------------------- changes while it is going on


@pytest.fixture
def going_on(line):
    """A conference like all others, half an hour after its start."""
    conference = line.book(dial_out(DESK), room(2))
    line.run_until(at(14, 30))
    line.simulator.wait_until_settled()
    line.requests()
    return conference


def update(line, conference, **request):
    line.change(conference, **request)
    line.run_until(line.clock.now)
    line.simulator.wait_until_settled()


def test_a_new_title_and_pin_reach_the_space_at_once(line, going_on):
    update(line, going_on, title="Other", pin="1357")
    assert writes(line) == [
        "PUT coSpaces/<space 1> nonMemberAccess=true & passcode=1357 & name=Other & secret=<secret>"
    ]
    assert set(line.legs()) == {DESK, "room2@example.com"}


def test_a_new_picture_mode_reaches_everybody_and_goes_with_the_old_one(line, going_on):
    update(line, going_on, picture_mode=PictureMode.ENHANCED_CONTINUOUS_PRESENCE)
    assert writes(line)[1:] == ["PUT calls/<call>/participants/* layout=onePlusN"]
    line.simulator.bridge.dial_in("1", "guest@example.org", "2580")
    assert {layout(line, address) for address in line.legs()} == {"onePlusN"}

    update(line, going_on, title="Other")
    assert not any("participants" in one for one in writes(line))

    update(line, going_on, picture_mode=PictureMode.CONTINUOUS_PRESENCE)
    line.simulator.bridge.dial_in("1", "another@example.org", "2580")
    assert {layout(line, address) for address in line.legs()} == {"telepresence"}
    line.end(going_on)
    assert given(line) == usual(line)


def test_new_connections_follow_the_new_encryption_and_bandwidth(line, going_on):
    update(
        line,
        going_on,
        encryption=Choice.NO,
        ip_bandwidth=Bandwidth.KBPS_384,
        participants=(dial_out(DESK), room(2), dial_out(LATE)),
    )
    line.simulator.bridge.dial_in("1", "guest@example.org", "2580")
    for address in (LATE, "guest@example.org"):
        assert in_force(line, address, "sipMediaEncryption") == "prohibited"
        assert in_force(line, address, "qualityMain") == "max480p30"
    assert line.legs()[LATE].bandwidth_bps == 384_000
    update(line, going_on, encryption=Choice.IF_POSSIBLE, ip_bandwidth=Bandwidth.KBPS_2048)
    assert in_force(line, "guest@example.org", "sipMediaEncryption") is None
    line.end(going_on)
    assert given(line) == usual(line)


def test_who_is_added_is_dialled_and_who_is_removed_is_hung_up(line, going_on):
    update(line, going_on, participants=(room(2), dial_out(LATE), dial_in()))
    assert set(line.legs()) == {"room2@example.com", LATE}


# ---------------------------------------------------------------- recording


def test_without_the_setting_nothing_is_recorded(line):
    line.book(dial_out(DESK), is_recording_enabled=True)
    line.run_until(at(14))
    line.simulator.wait_until_settled()
    assert line.call().recording is None
    assert not any("rofiles" in one for one in line.requests())


def test_with_the_setting_only_what_is_booked_so_is_recorded(line):
    line.set("record_on_bridge", "Yes")
    line.book(dial_out(DESK))
    line.run_until(at(14))
    line.simulator.wait_until_settled()
    assert line.call().recording is None


def test_a_recording_is_switched_on_and_off_while_it_lasts(line, going_on):
    line.set("record_on_bridge", "Yes")
    update(line, going_on, is_recording_enabled=True)
    assert line.call().recording
    assert given(line)["callProfile"] == line.store.state.profiles[1, "tmsba recording"]
    update(line, going_on, is_recording_enabled=False)
    assert line.call().recording is None
    assert given(line) == usual(line)


def test_a_recording_stops_with_the_end(line):
    line.set("record_on_bridge", "Yes")
    conference = line.book(dial_out(DESK), is_recording_enabled=True)
    line.run_until(at(14))
    line.simulator.wait_until_settled()
    call = line.call()
    assert call.recording
    line.end(conference)
    assert call.recording is None
    assert given(line) == usual(line)


def test_a_bridge_that_may_not_record_holds_the_conference_all_the_same(line, going_on):
    line.set("record_on_bridge", "Yes")
    line.simulator.bridge.licences.set("recording", "noLicense")
    with capture_logs() as logs:
        update(line, going_on, is_recording_enabled=True)
    assert set(line.legs()) == {DESK, "room2@example.com"}
    assert "recording_not_switched" in [entry["event"] for entry in logs]
    assert line.tickets() == []


# ---------------------------------------------------------------- how conferences launch


@pytest.mark.parametrize(
    ("conference_type", "dialled"),
    [
        (ConferenceType.AUTOMATIC, {DESK, PHONE, "room2@example.com"}),
        (ConferenceType.ONE_BUTTON_TO_PUSH, {DESK, PHONE}),
        (ConferenceType.MANUAL, set()),
        (ConferenceType.NO_CONNECT, set()),
    ],
)
def test_the_space_is_open_and_only_those_are_dialled_whom_the_type_names(line, conference_type, dialled):
    phone = wanted(ParticipantKind.TELEPHONE_OUT, 0, PHONE)
    line.book(dial_out(DESK), phone, room(2), type=conference_type)
    line.run_until(at(14))
    assert line.space()["nonMemberAccess"] == "true"
    assert set(line.legs()) == dialled
    assert line.simulator.bridge.dial_in("1", "room2@example.com", "2580")


def test_a_reservation_asks_nothing_of_a_bridge(line):
    line.book(room(1), room(2), type=ConferenceType.RESERVATION_ONLY)
    line.run_until(at(16))
    assert line.requests() == []


@pytest.mark.parametrize("conference_type", [ConferenceType.ONE_BUTTON_TO_PUSH, ConferenceType.NO_CONNECT])
def test_a_new_type_hangs_nobody_up_who_is_connected(line, going_on, conference_type):
    update(line, going_on, type=conference_type, participants=(dial_out(DESK), room(2), room(3)))
    assert set(line.legs()) == {DESK, "room2@example.com"}
