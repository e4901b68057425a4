"""Recorders as participants, through SOAP on a real store. The first tests follow the guide's example."""

import pytest
from bookings import plain, refused
from lxml import etree
from office import external, system
from soap_client import BOOKING, elements

from tmsba.domain import errors as e
from tmsba.domain.people.systems import System
from tmsba.domain.values import SystemCategory

ALIASES = ("hd@rec.example.com", "sd@rec.example.com")


def add_recorder(office, **more):
    values = {
        "id": 8,
        "name": "Recorder",
        "category": SystemCategory.RECORDING,
        "recording_aliases": ALIASES,
        **more,
    }
    with office.store.writing() as uow:
        uow.systems.add(System(**values))
        uow.commit()


def recorded_by(alias="", number=8):
    inner = elements(ParticipantId=number, NameOrNumber=alias, ParticipantCallType="TMS")
    return f"<Participant>{inner}</Participant>"


def example(office):
    """What the guide's example does: the first alias of the first recorder, if there is one."""
    participants = external("IP Video ->", "10.0.1.2")
    devices = office.call("GetRecordingAliases", elements(UserName="")).all("RecordingDevice")
    aliases = [alias for device in devices[:1] for alias in device.iter(f"{{{BOOKING}}}AliasInfo")]
    for alias in aliases[:1]:
        alias_id, system_id = (alias.findtext(f"{{{BOOKING}}}{name}") for name in ("AliasId", "SystemId"))
        participants += recorded_by(alias_id, system_id)
    default = office.call("GetDefaultConference").all("GetDefaultConferenceResult")[0]
    simple = "".join(
        etree.tostring(child, encoding="unicode") for child in default if child.text and len(child) == 0
    )
    body = f"<Conference>{simple}<Participants>{participants}</Participants></Conference>"
    answer = office.call("SaveConference", body)
    assert answer.status == 200, answer.sentence
    return answer


def participants_in(answer):
    names = ("ParticipantCallType", "ParticipantId", "NameOrNumber")
    return [
        tuple(one.findtext(f"{{{BOOKING}}}{name}") for name in names) for one in answer.all("Participant")
    ]


def how(office, saved, name="Recorder"):
    """What the information text says of a participant."""
    lines = plain(office, saved["ConferenceId"])["ConferenceInfoText"].splitlines()
    [line] = [line for line in lines if line.startswith(f"- {name}: ")]
    return line.removeprefix(f"- {name}: ")


def test_the_example_of_the_guide_is_recorded_by_the_alias(office):
    add_recorder(office)
    answer = example(office)
    assert participants_in(answer) == [("IP Video ->", "1", "10.0.1.2"), ("TMS", "8", ALIASES[0])]
    assert how(office, office.conference_in(answer)) == f"the bridge dials {ALIASES[0]}"


def test_the_example_of_the_guide_is_booked_without_a_recorder_too(office):
    assert participants_in(example(office)) == [("IP Video ->", "1", "10.0.1.2")]


def test_aliases_are_listed_by_recorder(office):
    add_recorder(office)
    add_recorder(office, id=9, name="Recorder 2", recording_aliases=("x@rec",))
    answer = office.call("GetRecordingAliases", elements(UserName="anna"))
    listed = [
        (
            device.findtext(f"{{{BOOKING}}}Name"),
            [alias.text for alias in device.iter(f"{{{BOOKING}}}AliasId")],
            {number.text for number in device.iter(f"{{{BOOKING}}}SystemId")},
        )
        for device in answer.all("RecordingDevice")
    ]
    assert listed == [("Recorder", [*ALIASES], {"8"}), ("Recorder 2", ["x@rec"], {"9"})]


def test_the_aliases_of_a_user_who_is_not_there_are_an_error(office):
    answer = office.call("GetRecordingAliases", elements(UserName="nobody"))
    assert refused(office, answer) is e.UserNotFound


def test_a_recorder_that_cannot_be_booked_is_not_listed(office):
    add_recorder(office, is_booking_allowed=False)
    assert not office.call("GetRecordingAliases", elements(UserName="")).all("RecordingDevice")


@pytest.mark.parametrize("operation", ["SaveConference", "SaveConferenceWithMode"])
def test_an_alias_that_the_recorder_does_not_have_is_refused(office, operation):
    add_recorder(office)
    answer = office.save(system(1) + recorded_by("other@rec.example.com"), operation=operation)
    assert refused(office, answer) is e.ParticipantError
    assert answer.sentence == (
        "Recorder (id 8) has no recording alias 'other@rec.example.com': GetRecordingAliases lists those it "
        "has."
    )


@pytest.mark.parametrize(
    ("sip_uri", "name", "dialled"),
    [
        ("", "", ALIASES[0]),
        ("", ALIASES[1], ALIASES[1]),
        ("", "Recorder", ALIASES[0]),
        ("rec@example.com", "", "rec@example.com"),
        ("rec@example.com", "rec@example.com", "rec@example.com"),
        ("rec@example.com", ALIASES[1], ALIASES[1]),
    ],
)
def test_without_an_alias_the_recorder_itself_is_dialled(office, sip_uri, name, dialled):
    add_recorder(office, sip_uri=sip_uri)
    assert how(office, office.saved(system(1) + recorded_by(name))) == f"the bridge dials {dialled}"


def test_a_recorder_is_dialled_where_rooms_push_a_button(office):
    add_recorder(office)
    people = system(1) + recorded_by(ALIASES[1])
    saved = office.saved(people, ConferenceType="One Button To Push")
    assert how(office, saved) == f"the bridge dials {ALIASES[1]}"
    assert how(office, saved, "Room 1") == "dials in"


def test_a_recorder_records_one_conference_at_a_time(office):
    add_recorder(office)
    office.saved(system(1) + recorded_by(ALIASES[0]))
    answer = office.save(system(2) + recorded_by(ALIASES[1]))
    assert refused(office, answer) is e.SystemAlreadyBooked


@pytest.mark.parametrize("operation", ["SaveConference", "SaveConferenceWithMode"])
def test_entries_of_phone_books_are_refused_in_a_sentence_that_helps(office, operation):
    answer = office.save(external("Directory", "Anna"), operation=operation)
    assert refused(office, answer) is e.ParticipantError
    assert answer.sentence.startswith("This server has no phone books")
    assert "give the number to dial with a type such as SIP ->" in answer.sentence
