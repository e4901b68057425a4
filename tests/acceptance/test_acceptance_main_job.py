"""From door to door: a third-party client books, the bridge is driven."""

import re

import pytest
import zeep.exceptions
from installation import (
    SETUP_PATH,
    Installation,
    error_code,
    remote_parties,
    soon,
    start_bridge,
    wait_until,
    wire_time,
)


def dialled_for(bridge, title):
    """What the bridge was asked since the space got this title, as (method, path, form)."""
    entries = bridge.journal.since()
    starts = [e.number for e in entries if e.method == "PUT" and ("name", title) in e.form]
    return [e for e in entries if starts and e.number >= starts[0]]


def requests_of(bridge, title, method, pattern):
    found = [e for e in dialled_for(bridge, title) if e.method == method and re.search(pattern, e.path)]
    return [dict(e.form) for e in found]


@pytest.mark.parametrize("is_soap12", [False, True], ids=["SOAP 1.1", "SOAP 1.2"])
def test_a_booked_conference_goes_live_and_ends(house, is_soap12):
    soap, bridge = house.installation.soap(is_soap12=is_soap12), house.bridge
    title = f"Door to door {is_soap12}"
    last = max((t.TransactionId for t in soap.GetTransactionsSince(0) or []), default=0)
    conference = soap.conference(
        soap.participant("SIP <-", name="SIP Dial-in 1"),
        soap.participant("SIP <-", name="SIP Dial-in 2"),
        soap.participant("TMS", 4),
        title=title,
    )

    saved = soap.SaveConference(conference)

    assert saved.ConferenceId > 0
    assert re.fullmatch(r"\d+@example\.com", saved.JoinUri)
    assert saved.JoinUri in saved.ConferenceInfoText
    assert saved.Password in saved.ConferenceInfoText
    assert saved.JoinUrl.startswith("https://join.example.com/meeting/")
    assert saved.ConferenceState.Status == "Ongoing"
    assert [p.ParticipantId for p in saved.Participants.Participant] == [1, 2, 4]
    wait_until(lambda: requests_of(bridge, title, "POST", "callLegs"), "participant 4 is dialled", 10)
    assert requests_of(bridge, title, "POST", "callLegs") == [{"remoteParty": "room4@example.com"}]
    assert len(requests_of(bridge, title, "POST", "calls$")) == 1
    opened = requests_of(bridge, title, "PUT", "coSpaces")[0]
    assert list(opened) == ["nonMemberAccess", "passcode", "name", "secret"]
    assert (opened["nonMemberAccess"], opened["passcode"]) == ("true", saved.Password)

    soap.EndConferenceById(saved.ConferenceId)

    wait_until(lambda: requests_of(bridge, title, "DELETE", "calls/"), "the call is ended", 10)
    closed = requests_of(bridge, title, "PUT", "coSpaces")[-1]
    assert (closed["nonMemberAccess"], closed["passcode"], closed["regenerateSecret"]) == (
        "false",
        "",
        "true",
    )
    assert closed["name"] == f"TMS_Scheduled_Meeting_{saved.JoinUri.split('@')[0]}"
    assert soap.GetConferenceById(saved.ConferenceId).ConferenceState.Status == "Finished"
    changes = soap.GetTransactionsSince(last)
    assert [(t.ConferenceId, t.TransType) for t in changes] == [
        (saved.ConferenceId, "New"),
        (saved.ConferenceId, "Updated"),
    ]


def test_a_system_that_is_taken_is_refused_and_nothing_is_stored(house):
    soap = house.installation.soap()
    times = {"StartTimeUTC": wire_time(soon(600)), "EndTimeUTC": wire_time(soon(630))}
    soap.SaveConference(soap.conference(soap.participant("TMS", 1009), title="First", **times))
    before = soap.GetTransactionsSince(0)

    with pytest.raises(zeep.exceptions.Fault) as caught:
        soap.SaveConference(soap.conference(soap.participant("TMS", 1009), title="Second", **times))

    assert error_code(caught.value) == -2147218300
    assert "Room 1009" in caught.value.message
    assert "First" in caught.value.message
    assert len(soap.GetTransactionsSince(0)) == len(before)


def test_a_conference_that_ended_before_now_is_refused(house):
    soap = house.installation.soap()
    conference = soap.conference(
        soap.participant("TMS", 4),
        StartTimeUTC=wire_time(soon(-600)),
        EndTimeUTC=wire_time(soon(-590)),
    )
    with pytest.raises(zeep.exceptions.Fault) as caught:
        soap.SaveConference(conference)
    assert error_code(caught.value) == -2147218269
    assert caught.value.message.startswith("You cannot book a conference in the past")


def test_a_conference_is_found_by_its_systems_and_its_owner_until_it_is_deleted(house):
    soap = house.installation.soap()
    start, end = soon(2000), soon(2030)
    conference = soap.conference(
        soap.participant("TMS", 2), StartTimeUTC=wire_time(start), EndTimeUTC=wire_time(end)
    )
    saved = soap.SaveConferenceWithMode(conference, "Strict").Conference

    def listed(status):
        by_system = soap.GetConferencesForSystems([2], start, end, status, False) or []
        by_user = soap.GetConferencesForUser("", start, end, status) or []
        assert [c.ConferenceId for c in by_system] == [c.ConferenceId for c in by_user]
        return [(c.ConferenceId, c.ConferenceState.Status, c.Participants) for c in by_system]

    assert listed("Pending") == [(saved.ConferenceId, "Pending", None)]
    assert listed("Ongoing") == []
    soap.DeleteConferenceById(saved.ConferenceId)
    assert listed("AllExceptDeleted") == []
    assert listed("Deleted") == [(saved.ConferenceId, "Deleted", None)]


def test_the_setup_service_lists_systems_and_users(house):
    soap = house.installation.soap(SETUP_PATH)
    assert soap.IsAlive() is True
    systems = {s.SystemId: s for s in soap.GetSystems()}
    assert set(systems) == {1, 2, 3, 4, 1009}
    assert soap.GetSystemById("4").SIPUri == "room4@example.com"
    assert {u.UserName for u in soap.GetUsers()} == {"admin", "EXAMPLE\\anna"}
    with pytest.raises(zeep.exceptions.Fault) as caught:
        soap.GetSystemById("99")
    assert error_code(caught.value) == -2147218301


def test_a_blank_client_session_is_refused_with_an_id_that_then_works(house):
    soap = house.installation.soap()
    conference = soap.conference(
        soap.participant("TMS", 3), StartTimeUTC=wire_time(soon(3000)), EndTimeUTC=wire_time(soon(3030))
    )
    soap.session = ""
    with pytest.raises(zeep.exceptions.Fault) as caught:
        soap.SaveConference(conference)
    assert error_code(caught.value) == -2147218247
    soap.session = caught.value.detail.findtext(
        ".//{http://tandberg.net/2004/02/tms/external/exception/}clientsessionid"
    )
    assert soap.SaveConference(conference).ConferenceId > 0


def test_a_booking_succeeds_while_the_bridge_is_down_and_launches_when_it_is_back(
    new_installation: Installation,
):
    bridge = start_bridge()
    new_installation.add_bridge(bridge.url)
    bridge.stop()
    new_installation.serve()
    soap = new_installation.soap()

    saved = soap.SaveConference(soap.conference(soap.participant("SIP <-"), soap.participant("TMS", 4)))

    assert saved.ConferenceId > 0
    wait_until(lambda: "Bridge One" in new_installation.run("ticket", "list"), "a ticket appears")
    bridge.start()
    try:
        wait_until(lambda: remote_parties(bridge), "participant 4 is dialled")
        assert list(remote_parties(bridge)) == ["room4@example.com"]
        wait_until(lambda: "Bridge One" not in new_installation.run("ticket", "list"), "the ticket closes")
    finally:
        bridge.stop()


def test_the_same_works_on_postgresql(new_installation: Installation, postgres_url):
    bridge = start_bridge()
    new_installation.database_url = postgres_url
    new_installation.seed()
    new_installation.add_bridge(bridge.url)
    new_installation.serve()
    soap = new_installation.soap()
    try:
        saved = soap.SaveConference(soap.conference(soap.participant("SIP <-"), soap.participant("TMS", 4)))
        wait_until(lambda: remote_parties(bridge), "participant 4 is dialled")
        soap.EndConferenceById(saved.ConferenceId)
        wait_until(lambda: any(e.method == "DELETE" for e in bridge.journal.since()), "the call ends")
        assert [t.TransType for t in soap.GetTransactionsSince(0)] == ["New", "Updated"]
    finally:
        bridge.stop()


def test_an_occurrence_of_a_series_goes_live_and_who_is_added_is_dialled(house):
    soap, bridge = house.installation.soap(), house.bridge
    title = "Daily stand-up"
    pattern = soap.new(
        "RecurrencePattern",
        FrequencyType="Daily",
        Interval=1,
        FirstDayOfWeek="Sunday",
        BySetPosition=0,
        PatternEndType="EndByInstances",
        PatternInstances=3,
    )
    conference = soap.conference(
        soap.participant("SIP <-", name="A guest"), title=title, RecurrencePattern=pattern
    )
    saved = soap.SaveConference(conference)
    wait_until(lambda: requests_of(bridge, title, "POST", "calls$"), "the first occurrence is live", 10)

    today = soap.GetConferenceById(saved.ConferenceId)
    today.Participants.Participant.append(soap.participant("SIP ->", name="late@example.com"))
    today.EndTimeUTC = wire_time(soon(90))
    soap.SaveConferenceRecInstance(today)

    wait_until(lambda: requests_of(bridge, title, "POST", "callLegs"), "the late one is dialled", 10)
    assert requests_of(bridge, title, "POST", "callLegs") == [{"remoteParty": "late@example.com"}]
    assert len(requests_of(bridge, title, "POST", "calls$")) == 1
    soap.DeleteConferenceById(saved.ConferenceId)
    wait_until(lambda: requests_of(bridge, title, "DELETE", "calls/"), "the call is ended", 10)
    states = {c.ConferenceState.Status for c in listed_titles(soap, title)}
    assert states == {"Finished", "Deleted"}


def listed_titles(soap, title):
    found = soap.GetConferencesForUser("", soon(-60), soon(5 * 24 * 60), "All") or []
    return [one for one in found if one.Title == title]
