"""What GetDefaultConference answers to old and new clients."""

import pytest
from lxml import etree

AT_0 = [
    "ConferenceId",
    "Title",
    "StartTimeUTC",
    "EndTimeUTC",
    "OwnerId",
    "OwnerUserName",
    "OwnerFirstName",
    "OwnerLastName",
    "OwnerEmailAddress",
    "ConferenceType",
    "Bandwidth",
    "PictureMode",
    "Encrypted",
    "DataConference",
    "ShowExtendOption",
    "Password",
    "ISDNRestrict",
    "Participants",
]
AT_15 = [
    *AT_0[:17],
    "EmailTo",
    "Participants",
    "ISDNBandwidth",
    "IPBandwidth",
    "ConferenceLanguage",
    "ConferenceState",
    "Version",
]


def result(office, version):
    answer = office.call("GetDefaultConference", version=version)
    return next(e for e in answer.root.iter() if etree.QName(e).localname == "GetDefaultConferenceResult")


@pytest.mark.parametrize(("version", "names"), [(0, AT_0), (15, AT_15)])
def test_a_client_gets_exactly_the_elements_of_its_time(office, version, names):
    assert [etree.QName(child).localname for child in result(office, version)] == names


def test_a_default_conference_starts_now_and_is_not_saved(office):
    values = {etree.QName(e).localname: e for e in result(office, 15)}
    assert values["ConferenceId"].text == "-1"
    assert values["Title"].text == "Meeting 1/29/2026 1:00 PM"
    assert values["StartTimeUTC"].text == "2026-01-29 12:00:00Z"
    assert values["EndTimeUTC"].text == "2026-01-29 13:00:00Z"
    assert values["OwnerUserName"].text == "EXAMPLE\\boss"
    assert values["ConferenceLanguage"].text == "en-US"
    assert values["Version"].text == "0"
    assert len(values["Participants"]) == 0
    assert not values["EmailTo"].text
    assert len(values["Password"].text) == 4


def test_a_stored_conference_has_its_texts_and_addresses(office):
    from office import external, system

    saved = office.saved(system(1) + external("SIP <-", "A guest"), Title="Review")
    assert saved["JoinUri"] == "1@example.com"
    assert saved["JoinUrl"].startswith("https://join.example.com/meeting/1?secret=")
    assert "1@example.com" in saved["ConferenceInfoText"]
    assert "Review" in saved["ConferenceInfoHtml"]
    assert saved["ExternalPrimaryKey"]
    assert saved["TransactionId"] == "1"
    assert saved["Version"] == "1"
