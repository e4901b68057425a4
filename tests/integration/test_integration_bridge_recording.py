"""Conferences that their bridge records, through SOAP on a real store."""

from datetime import timedelta

import pytest
from bookings import configure, going_on, listed, plain, read
from office import external, system
from series_book import DAY, HOUR, pattern

PATTERN = "https://rec.example.com/{space}/{number}/{date}/{id}"
GUEST = external("SIP <-")


@pytest.fixture
def recorded(office):
    """A conference that is recorded, and going on."""
    configure(office, record_on_bridge="Yes", recording_address=PATTERN)
    with office.store.writing() as uow:
        uow.bridges.set_cospace_id(1, "3f2a")
        uow.commit()
    return going_on(office, GUEST, IsRecordingEnabled="true")


def address_of(office, saved, version=23):
    return office.conference_in(read(office, saved["ConferenceId"], version)).get("RecordedConferenceUri")


def test_a_recorded_conference_tells_where_its_recording_is(office, recorded):
    expected = f"https://rec.example.com/3f2a/1/2026-01-29/{recorded['ConferenceId']}"
    assert address_of(office, recorded) == expected
    assert address_of(office, recorded, version=0) == expected
    office.now += 5 * HOUR
    assert plain(office, recorded["ConferenceId"])["RecordedConferenceUri"] == expected


def test_there_is_no_recording_before_the_start(office):
    configure(office, record_on_bridge="Yes", recording_address=PATTERN)
    saved = office.saved(GUEST, IsRecordingEnabled="true")
    assert "RecordedConferenceUri" not in saved
    assert address_of(office, saved) is None


def test_lists_tell_no_address(office, recorded):
    assert listed(office).all("RecordedConferenceUri") == []
    assert read(office, recorded["ConferenceId"]).all("RecordedConferenceUri") != []


@pytest.mark.parametrize(
    ("wanted", "settings"),
    [
        ({"IsRecordingEnabled": "false"}, {}),
        ({"ConferenceType": "Reservation Only"}, {}),
        ({}, {"record_on_bridge": "No"}),
        ({}, {"recording_address": ""}),
    ],
    ids=["not booked", "without a bridge", "not allowed", "nobody knows where"],
)
def test_what_is_not_recorded_has_no_address(office, wanted, settings):
    configure(office, **{"record_on_bridge": "Yes", "recording_address": PATTERN, **settings})
    wanted = {"IsRecordingEnabled": "true", **wanted}
    people = GUEST if "ConferenceType" not in wanted else system(1)
    saved = going_on(office, people, **wanted)
    assert {name: saved[name] for name in wanted} == wanted
    assert address_of(office, saved) is None


def test_each_date_of_a_series_has_a_recording_of_its_own(book):
    office = book.office
    configure(office, record_on_bridge="Yes", recording_address="https://rec.example.com/{date}")
    book.saved(pattern(), GUEST, IsRecordingEnabled="true")
    office.now = book.start + DAY + timedelta(minutes=5)
    found = {start[:10]: book.occurrence(number) for start, number in book.ids().items()}
    assert {day: one.get("RecordedConferenceUri") for day, one in found.items()} == {
        "2026-01-29": "https://rec.example.com/2026-01-29",
        "2026-01-30": "https://rec.example.com/2026-01-30",
        "2026-01-31": None,
    }
    whole = book.simple(book.series(found["2026-01-29"]["ConferenceId"]))
    assert "RecordedConferenceUri" not in whole
