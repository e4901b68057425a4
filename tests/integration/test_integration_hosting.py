"""Externally hosted conferences through SOAP, on a real store. The first test follows the guide's example."""

from datetime import timedelta

import pytest
from bookings import at, change, configure, going_on, listed, plain, read, refused, wrapped
from lxml import etree
from office import external, system, wire
from series_book import DAY, HOUR, Book, exception, pattern
from soap_client import elements
from sqlalchemy import event

from tmsba.domain import errors as e
from tmsba.domain.people.systems import System
from tmsba.domain.values import SystemCategory
from tmsba.store.outbox.jobs import SqlJobQueue

HOST = "externalhost@example.com"
GUESTS = external("SIP <-", "SIP Dial-in 1") + external("SIP Tel <-", "SIP Dial-in 2")
NO_HOST = "<ExternalConference/>"


def host(dial_string=HOST):
    inner = elements(DialString=dial_string)
    return f"<ExternalConference><ExternallyHosted>{inner}</ExternallyHosted></ExternalConference>"


def hosted(office, participants="", dial_string=HOST, **more):
    """A conference at an external host, in two hours unless told otherwise."""
    inner = elements(**{**at(office, 2 * HOUR), **more}) + host(dial_string)
    answer = office.call(
        "SaveConference", f"<Conference>{inner}<Participants>{participants}</Participants></Conference>"
    )
    assert answer.status == 200, answer.sentence
    return office.conference_in(answer)


def update(office, saved, inner="", participants=None, version=23, **more):
    """Save a conference again, with what ``inner`` says besides."""
    values = {"ConferenceId": saved["ConferenceId"], "Version": saved["Version"], **more}
    people = "" if participants is None else f"<Participants>{participants}</Participants>"
    return office.call(
        "SaveConference", f"<Conference>{elements(**values)}{inner}{people}</Conference>", version=version
    )


def dial_strings(answer):
    return [found.text for found in answer.all("DialString")]


def jobs(office):
    """All that control workers are ever to do, with the conference it is for."""
    later = office.now + 1000 * DAY
    claimed = SqlJobQueue(office.store).claim("worker", later, later + HOUR, 100)
    return [(job.kind.value, job.conference_id) for job in claimed]


def simple(element):
    """The simple elements of a conference as they were answered."""
    keep = [child for child in element if len(child) == 0 and child.text]
    return "".join(etree.tostring(child, encoding="unicode") for child in keep)


# ------------------------------------------------------------------ the example


def test_the_example_of_the_guide_is_booked_without_a_bridge(office):
    default = office.call("GetDefaultConference")
    (conference,) = default.all("GetDefaultConferenceResult")
    people = f"<Participants>{GUESTS}{system(4)}</Participants>"
    answer = office.call("SaveConference", f"<Conference>{simple(conference)}{host()}{people}</Conference>")
    assert answer.status == 200, answer.sentence
    assert dial_strings(answer) == [HOST]
    assert [found.text for found in answer.all("ParticipantCallType")] == ["SIP <-", "SIP Tel <-", "TMS"]
    assert (answer.all("JoinUri"), answer.all("JoinUrl")) == ([], [])
    assert jobs(office) == []
    # The only number of the bridge is free for somebody else.
    assert office.saved(external("SIP <-"), **at(office, timedelta(0)))["JoinUri"] == "1@example.com"


def test_the_default_conference_has_no_external_host(office):
    assert not office.call("GetDefaultConference").all("ExternalConference")


@pytest.mark.parametrize("operation", ["GetConferenceById", "GetRecurrentConferenceById"])
def test_the_address_comes_back_from_version_15_on(office, operation):
    number = elements(ConferenceId=hosted(office)["ConferenceId"])
    for version in (15, 22, 23):
        assert dial_strings(office.call(operation, number, version=version)) == [HOST]
    for version in (0, 6, 7, 14):
        assert not office.call(operation, number, version=version).all("ExternallyHosted")


@pytest.mark.parametrize("operation", ["GetConferencesForUser", "GetConferencesForSystems"])
def test_lists_name_the_address_in_as_many_statements(office, operation):
    def statements():
        sent = []

        def note(connection, cursor, statement, *rest):
            sent.append(statement)

        event.listen(office.store.engine, "before_cursor_execute", note)
        answer = listed(office, operation)
        event.remove(office.store.engine, "before_cursor_execute", note)
        return len(sent), dial_strings(answer)

    hosted(office, system(1))
    first, addresses = statements()
    assert addresses == [HOST]
    for day in range(1, 5):
        hosted(office, system(1), **at(office, day * DAY))
    assert statements() == (first, [HOST] * 5)


def test_the_texts_name_the_address_to_dial(office):
    saved = hosted(office, system(1) + GUESTS, Title="Partner", Password="4711")
    lines = plain(office, saved["ConferenceId"])["ConferenceInfoText"].splitlines()
    assert f"Video address: {HOST}" in lines
    assert {"- Room 1: dials in", "- SIP Dial-in 1: dials in"} <= set(lines)
    assert not [line for line in lines if "PIN" in line]
    assert f"sip:{HOST}" in plain(office, saved["ConferenceId"])["ConferenceInfoHtml"]


def test_invitations_name_the_address_to_dial(office):
    hosted(office, system(1), ExternalSourceId="calendar", ExternalPrimaryKey="k1")
    key = elements(ExternalSourceId="calendar", ExternalConferenceId="k1", ContentTypes="PlainText")
    answer = office.call("GetConferenceInviteMail", key)
    assert f"Video address: {HOST}" in answer.all("MailContent")[0].text


def test_a_mail_about_a_save_that_failed_names_the_address_that_was_wanted(office):
    conference = f"<Conference>{elements(ConferenceId=-1, **at(office, HOUR))}{host()}</Conference>"
    answer = office.call("GetConferenceBookingEventMail", conference + elements(ContentTypes="PlainText"))
    assert f"Video address: {HOST}" in answer.all("MailContent")[0].text


# ------------------------------------------------------------------ what cannot be


def recorder(office):
    with office.store.writing() as uow:
        uow.systems.add(
            System(id=8, name="Recorder", category=SystemCategory.RECORDING, recording_aliases=("a@rec",))
        )
        uow.commit()


@pytest.mark.parametrize("operation", ["SaveConference", "SaveConferenceWithMode"])
@pytest.mark.parametrize(
    ("inner", "error", "words"),
    [
        (
            host().replace("<ExternallyHosted>", "<WebEx/><ExternallyHosted>"),
            e.WebExError,
            "has no WebEx: leave WebEx out",
        ),
        (host() + elements(DataConference="Yes"), e.WebExError, "DataConference at No"),
        (host() + elements(Encrypted="Yes"), e.UnknownError, "set Encrypted to If Possible or No"),
        (
            host() + f"<Participants>{system(8)}</Participants>",
            e.ParticipantError,
            "Recorder (id 8) cannot record",
        ),
        *(
            (
                f"{host()}<Participants>{external(kind, '12345')}</Participants>",
                e.ParticipantError,
                "remove participant 1",
            )
            for kind in (
                "SIP ->",
                "SIP Tel ->",
                "IP Video ->",
                "IP Tel ->",
                "ISDN Video ->",
                "Telephone ->",
                "3G ->",
                "IP Video <-",
                "IP Tel <-",
                "ISDN Video <-",
                "Telephone <-",
                "3G <-",
            )
        ),
        *(
            (
                f"<ExternalConference><ExternallyHosted>{blank}</ExternallyHosted></ExternalConference>",
                e.UnknownError,
                "ExternallyHosted has no DialString",
            )
            for blank in ("", "<DialString/>", "<DialString>  </DialString>")
        ),
    ],
)
def test_what_an_external_host_excludes_is_refused_in_either_mode(office, operation, inner, error, words):
    recorder(office)
    times = elements(ConferenceId=-1, **at(office, 2 * HOUR))
    mode = elements(BookingMode="BestEffortForced") if operation.endswith("Mode") else ""
    answer = office.call(operation, f"<Conference>{times}{inner}</Conference>{mode}")
    assert (refused(office, answer), words in answer.sentence) == (error, True), answer.sentence
    assert not listed(office).all("ConferenceId")


@pytest.mark.parametrize("kind", ["SIP ->", "IP Video <-"])
def test_a_stored_conference_gets_no_host_that_its_participants_cannot_reach(office, kind):
    saved = office.saved(external(kind, "12345"))
    assert refused(office, update(office, saved, host())) is e.ParticipantError
    assert plain(office, saved["ConferenceId"])["JoinUri"] == "1@example.com"


def test_secure_by_default_is_no_reason_to_host_a_conference_in_the_clear(office):
    configure(office, default_encryption="yes")
    assert refused(office, wrapped(office, host())) is e.UnknownError
    assert wrapped(office, host() + elements(Encrypted="If Possible")).status == 200


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PictureMode", "Voice Switched"),
        ("PictureMode", "Enhanced CP"),
        ("ShowExtendOption", "Yes"),
        ("ShowExtendOption", "AutomaticBestEffort"),
    ],
)
def test_picture_and_extend_mode_are_kept_and_change_nothing(office, name, value):
    saved = hosted(office, system(1) + GUESTS, **{name: value})
    assert saved[name] == value
    assert jobs(office) == []


@pytest.mark.parametrize(
    "dial_string", ["sip:meet.42@example.org", "no address at all", "grüße@bücher.example", "<a&b>;x=1"]
)
def test_the_address_is_not_checked(office, dial_string):
    saved = hosted(office, dial_string=dial_string)
    assert dial_strings(read(office, saved["ConferenceId"])) == [dial_string]


@pytest.mark.parametrize("conference_type", ["Automatic Call Launch", "One Button To Push", "No Connect"])
def test_rooms_of_an_external_conference_are_busy_and_no_bridge_is_needed(office, conference_type):
    hosted(office, system(1) + system(2), ConferenceType=conference_type)
    assert refused(office, office.save(system(2))) is e.SystemAlreadyBooked
    answer = wrapped(
        office,
        host() + f"<Participants>{system(1)}</Participants>",
        operation="SaveConference",
    )
    assert refused(office, answer) is e.SystemAlreadyBooked
    assert jobs(office) == []


def test_nobody_dials_into_a_reservation_at_an_external_host_either(office):
    inner = host() + elements(ConferenceType="Reservation Only")
    answer = wrapped(office, f"{inner}<Participants>{GUESTS}</Participants>")
    assert refused(office, answer) is e.CannotAddParticipant


# ------------------------------------------------------------------ updates


def test_an_update_without_the_element_keeps_the_host(office):
    saved = hosted(office, system(1) + system(2))
    answer = update(office, saved, Title="Another")
    assert (answer.text("Title"), dial_strings(answer)) == ("Another", [HOST])


def test_an_update_with_another_address_moves_the_conference(office):
    answer = update(office, hosted(office), host("other@example.org"))
    assert dial_strings(answer) == ["other@example.org"]


def test_an_empty_element_takes_the_host_away_and_the_conference_gets_a_number(office):
    saved = hosted(office, system(1) + system(2))
    answer = update(office, saved, NO_HOST)
    assert (answer.all("ExternalConference"), answer.text("JoinUri")) == ([], "1@example.com")
    number = int(saved["ConferenceId"])
    assert sorted(jobs(office)) == [("end", number), ("launch", number)]


def test_a_conference_that_moves_to_an_external_host_gives_its_number_back(office):
    saved = office.saved(system(1) + system(2))
    answer = update(office, saved, host())
    assert (answer.all("JoinUri"), dial_strings(answer)) == ([], [HOST])
    assert ("launch", int(saved["ConferenceId"])) not in jobs(office)
    assert office.saved(external("SIP <-"))["JoinUri"] == "1@example.com"


@pytest.mark.parametrize("version", [7, 14])
def test_a_client_that_knows_no_hosts_cannot_take_one_away(office, version):
    saved = hosted(office, system(1) + system(2))
    answer = update(office, saved, NO_HOST, version=version, Title="Another")
    assert answer.status == 200, answer.sentence
    assert dial_strings(read(office, saved["ConferenceId"])) == [HOST]


@pytest.mark.parametrize(
    ("before", "after"), [("", host()), (host(), NO_HOST), (host(), host("other@example.org"))]
)
def test_an_ongoing_conference_keeps_its_host(office, before, after):
    inner = elements(**at(office, HOUR)) + before + f"<Participants>{system(1)}</Participants>"
    answer = office.call("SaveConference", f"<Conference>{inner}</Conference>")
    office.now += HOUR + timedelta(minutes=10)
    answer = update(office, office.conference_in(answer), after)
    assert refused(office, answer) is e.ConferenceActive
    assert "external host cannot be added, changed or removed" in answer.sentence


def test_participants_and_end_of_an_ongoing_one_can_be_changed(office):
    saved = hosted(office, system(1), **at(office, HOUR))
    office.now += HOUR + timedelta(minutes=10)
    answer = update(
        office, saved, host(), system(1) + system(2) + GUESTS, EndTimeUTC=wire(office.now + 2 * HOUR)
    )
    assert answer.status == 200, answer.sentence
    assert (answer.text("EndTimeUTC"), len(answer.all("Participant"))) == (wire(office.now + 2 * HOUR), 4)
    assert jobs(office) == []


def test_at_its_end_it_is_finished_and_no_bridge_is_asked_for_anything(office):
    saved = hosted(office, system(1) + system(2), **at(office, HOUR))
    office.now += HOUR + timedelta(minutes=10)
    assert read(office, saved["ConferenceId"]).text("Status") == "Ongoing"
    assert office.call("EndConferenceById", elements(ConferenceId=saved["ConferenceId"])).status == 200
    assert read(office, saved["ConferenceId"]).text("Status") == "Finished"
    assert jobs(office) == []
    assert office.saved(system(1) + system(2), **at(office, timedelta(0)))["JoinUri"] == "1@example.com"


def test_an_ongoing_conference_on_a_bridge_still_takes_other_changes(office):
    saved = going_on(office, system(1) + system(2))
    assert change(office, saved, Title="Another").status == 200


# ------------------------------------------------------------------ series


@pytest.fixture
def book(office):
    return Book(office)


def test_a_series_is_hosted_elsewhere_as_a_whole(office, book):
    saved = book.saved(pattern() + host(), system(1) + system(2))
    assert [plain(office, number).get("JoinUri") for number in book.ids().values()] == [None] * 3
    assert dial_strings(book.series(saved["ConferenceId"])) == [HOST]
    assert jobs(office) == []


def test_dates_of_a_series_can_have_hosts_of_their_own(office, book):
    second, third = book.start + DAY, book.start + 2 * DAY
    exceptions = exception("MODIFY", second, host("second@example.org")) + exception("MODIFY", third, NO_HOST)
    saved = book.saved(pattern(exceptions=exceptions) + host(), system(1) + system(2))
    first_id, second_id, third_id = book.ids().values()
    assert dial_strings(read(office, first_id)) == [HOST]
    assert dial_strings(read(office, second_id)) == ["second@example.org"]
    assert dial_strings(read(office, third_id)) == []
    assert plain(office, third_id)["JoinUri"] == "1@example.com"
    assert dial_strings(book.series(saved["ConferenceId"])) == ["second@example.org", HOST]
    assert sorted(jobs(office)) == [("end", third_id), ("launch", third_id)]


def test_one_occurrence_moves_to_an_external_host(office, book):
    saved = book.saved(pattern(), system(1) + system(2))
    second = list(book.ids().values())[1]
    inner = elements(ConferenceId=second, Version=saved["Version"]) + host()
    answer = office.call("SaveConferenceRecInstance", f"<Conference>{inner}</Conference>")
    assert (dial_strings(answer), answer.all("JoinUri")) == ([HOST], [])
    assert [dial_strings(read(office, number)) for number in book.ids().values()] == [[], [HOST], []]
    assert "launch" not in {kind for kind, number in jobs(office) if number == second}


def test_the_exceptions_of_a_series_are_checked_too(book):
    data = exception("MODIFY", book.start + DAY, elements(Encrypted="Yes"))
    answer = book.save(pattern(exceptions=data) + host(), system(1))
    assert refused(book.office, answer) is e.UnknownError


def test_the_invitation_to_a_series_names_the_other_addresses(office, book):
    other = exception("MODIFY", book.start + DAY, host("second@example.org"))
    key = {"ExternalSourceId": "calendar", "ExternalPrimaryKey": "k1"}
    book.saved(pattern(exceptions=other) + host(), system(1), **key)
    wish = elements(ExternalSourceId="calendar", ExternalConferenceId="k1", ContentTypes="PlainText")
    text = office.call("GetConferenceInviteMail", wish).all("MailContent")[0].text
    assert f"Video address: {HOST}" in text
    assert "Other video addresses" in text
    assert "second@example.org" in text
