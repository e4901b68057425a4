"""A bridge dies while conferences are booked on it; real processes move those that start soon."""

import json
from datetime import timedelta

from installation import soon, start_bridge, wait_until, wire_time


def test_what_starts_soon_gets_another_bridge_without_a_restart_and_what_starts_later_stays(new_installation):
    first, second = start_bridge(), start_bridge()
    try:
        new_installation.environment = {"TMSBA_BRIDGE_CHECK_SECONDS": "1"}
        new_installation.add_bridge(first.url, "First")
        new_installation.serve()
        soap = new_installation.soap()
        booked = [
            soap.SaveConference(
                soap.conference(
                    soap.participant("SIP <-"),
                    StartTimeUTC=wire_time(start),
                    EndTimeUTC=wire_time(start + timedelta(minutes=30)),
                )
            )
            for start in (soon(20), soon(60 * 24 * 21))
        ]
        new_installation.add_bridge(second.url, "Second", base=500)
        last = max(change.TransactionId for change in soap.GetTransactionsSince(0))

        first.kill()

        wait_until(lambda: on(new_installation, booked[0]) == "Second", "the first one is moved", 30)
        assert on(new_installation, booked[1]) == "First"
        [change] = soap.GetTransactionsSince(last)
        assert change.ConferenceId == booked[0].ConferenceId
        moved = soap.GetConferenceById(booked[0].ConferenceId)
        assert moved.JoinUri == "500@example.com"
        said = new_installation.run("bridge", "what-if", "First", "--remove", "--json")
        assert [one["conference_id"] for one in json.loads(said)["conferences"]] == [booked[1].ConferenceId]
    finally:
        first.stop()
        second.stop()


def on(installation, conference):
    """The bridge that a conference is on."""
    shown = json.loads(installation.run("conference", "show", str(conference.ConferenceId), "--json"))
    return shown["bridge"]
