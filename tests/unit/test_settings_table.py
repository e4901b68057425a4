from dataclasses import fields

import pytest

from tmsba.domain import settings as table
from tmsba.domain.settings import ConferenceSettings
from tmsba.domain.values import Bandwidth, Choice, ConferenceType

ENTRIES = fields(ConferenceSettings)
NAMES = [entry.name for entry in ENTRIES]


@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
def test_every_default_round_trips_through_text(entry):
    name, text = table.check(entry.name, table.to_text(entry.default))
    assert name == entry.name
    assert getattr(ConferenceSettings.of({name: text}), name) == entry.default


@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
def test_every_setting_is_found_by_its_title_and_its_key_in_any_letter_case(entry):
    title = entry.metadata["title"]
    key = table.key_of(entry.name)
    for name in (title, title.upper(), title.lower(), f" {title} ", key, key.upper(), entry.name):
        assert table.find(name) is entry


@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
def test_every_setting_has_a_sentence_of_help(entry):
    assert entry.metadata["help"].endswith(".")


def test_titles_are_unique():
    assert len({entry.metadata["title"].lower() for entry in ENTRIES}) == len(ENTRIES)


def test_an_unknown_setting_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="booking-window"):
        table.find("bookingwindow")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("booking-window", "0"),
        ("booking-window", "3651"),
        ("booking-window", "-5"),
        ("booking-window", "1.5"),
        ("booking-window", ""),
        ("booking-window", "٣"),
        ("pin-length", "3"),
        ("pin-length", "64"),
        ("auto-generate-pin", "maybe"),
        ("auto-generate-pin", ""),
        ("default-bandwidth", "2049"),
        ("default-reservation-type", "spontaneous"),
    ],
)
def test_a_bad_value_is_refused_by_name(name, text):
    with pytest.raises(ValueError, match=name):
        table.check(name, text)


@pytest.mark.parametrize(
    ("name", "text", "stored"),
    [
        ("Auto Generate PIN on New Conferences", "off", "No"),
        ("auto-generate-pin", " TRUE ", "Yes"),
        ("Default Bandwidth", "512", "512"),
        ("default-reservation-type", "No-Connect", "no-connect"),
        ("booking-window", "007", "7"),
    ],
)
def test_a_value_is_stored_in_one_spelling(name, text, stored):
    assert table.check(name, text)[1] == stored


def test_stored_values_go_over_the_defaults():
    settings = ConferenceSettings.of(
        {
            "default_bandwidth": "512",
            "default_encryption": "yes",
            "auto_generate_pin": "No",
            "default_reservation_type": "manual",
            "of_a_later_version": "x",
        }
    )
    assert settings == ConferenceSettings(
        default_bandwidth=Bandwidth.KBPS_512,
        default_encryption=Choice.YES,
        auto_generate_pin=False,
        default_reservation_type=ConferenceType.MANUAL,
    )


def test_a_default_title_can_be_no_longer_than_titles_are():
    with pytest.raises(ValueError, match="255"):
        table.check("default-conference-title", "x" * 256)
