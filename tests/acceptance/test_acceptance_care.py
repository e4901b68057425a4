"""Real processes look after a conference on a simulated bridge."""

from datetime import timedelta

from installation import soon, wait_until, wire_time
from test_acceptance_main_job import requests_of


def test_a_space_opens_early_and_nobody_is_dialled_yet(house):
    soap, bridge = house.installation.soap(), house.bridge
    start = soon(3)
    saved = soap.SaveConference(
        soap.conference(
            soap.participant("TMS", 4),
            soap.participant("SIP <-", name="Guest"),
            title="Early birds",
            StartTimeUTC=wire_time(start),
            EndTimeUTC=wire_time(start + timedelta(minutes=10)),
        )
    )
    assert saved.ConferenceState.Status == "Pending"
    wait_until(lambda: requests_of(bridge, "Early birds", "PUT", "coSpaces"), "the space is open", 10)
    assert not requests_of(bridge, "Early birds", "POST", "calls")
    soap.DeleteConferenceById(saved.ConferenceId)
    closed = wait_until(lambda: requests_of(bridge, "Early birds", "PUT", "coSpaces")[1:], "it is closed", 10)
    assert closed[0]["nonMemberAccess"] == "false"


def test_participants_are_told_that_the_end_is_near(house):
    soap, bridge = house.installation.soap(), house.bridge
    saved = soap.SaveConference(
        soap.conference(
            soap.participant("SIP <-", name="Guest"),
            soap.participant("TMS", 4),
            title="Short one",
            StartTimeUTC=wire_time(soon()),
            EndTimeUTC=wire_time(soon() + timedelta(seconds=64)),
        )
    )
    told = wait_until(lambda: requests_of(bridge, "Short one", "PUT", "calls/"), "the warning is shown", 30)
    assert told[0] == {
        "messageText": "Scheduled meeting ends in 1 minute.",
        "messagePosition": "top",
        "messageDuration": "15",
    }
    soap.EndConferenceById(saved.ConferenceId)
