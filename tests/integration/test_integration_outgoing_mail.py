"""Mails that a booking sends: asked for in SOAP, written to a real store, taken by a real mail server."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from mail_server import Postbox, running
from office import Office, external, system, wire
from series_book import DAY, HOUR, Book, pattern
from soap_client import element, elements

from tmsba.booking.api import Booking
from tmsba.booking.mail.notices import MOST_RECIPIENTS
from tmsba.control.jobs.postman import Postman
from tmsba.domain import errors as e
from tmsba.mail.conference_mail import ConferenceTexts
from tmsba.smtp import MailServer, Security
from tmsba.store.outbox.mail_queue import SqlMailQueue


@pytest.fixture
def postbox():
    with running(Postbox()) as listening:
        yield listening


def deliver(office, postbox, minutes=0):
    """Let a control worker look for mails, so many minutes later; what arrived since the last look."""
    before = len(postbox.letters)
    Postman(
        store=office.store,
        queue=SqlMailQueue(office.store),
        server=MailServer(
            host="127.0.0.1", port=postbox.port, security=Security.NONE, sender="tms@example.com"
        ),
        clock=lambda: office.now + timedelta(minutes=minutes),
        owner="worker",
        stop=threading.Event(),
        chance=lambda: 0.0,
    ).deliver()
    return postbox.letters[before:]


def flags(**values):
    """The header of a call with flags for mails."""
    return element("ContextHeader", elements(**values))


CONFIRM = {"SendConfirmationMail": "true"}


def save(office, participants="", operation="SaveConference", mode="", wants=CONFIRM, inner="", **more):
    values = {
        "ConferenceId": -1,
        "Title": "Weekly review",
        "StartTimeUTC": wire(office.now + 2 * HOUR),
        "EndTimeUTC": wire(office.now + 3 * HOUR),
        **more,
    }
    body = elements(**values) + inner + f"<Participants>{participants}</Participants>"
    request = f"<Conference>{body}</Conference>" + (elements(BookingMode=mode) if mode else "")
    return office.call(operation, request, context=flags(**wants))


def saved(office, *arguments, **more):
    answer = save(office, *arguments, **more)
    assert answer.status == 200, answer.sentence
    return office.conference_in(answer)


def forced(office, *arguments, **more):
    more = {"mode": "BestEffortForced", "operation": "SaveConferenceWithMode", **more}
    answer = save(office, *arguments, **more)
    assert answer.status == 200, answer.sentence
    return answer.text("ConferenceId")


def reached_at(office, name, email, **more):
    """Give a caller an address."""
    caller = office.callers[name]
    office.callers[name] = replace(caller, user=replace(caller.user, email=email, **more))


def test_a_flag_asks_for_a_mail_that_confirms_the_request(office, postbox):
    booked = saved(office, system(1) + external("SIP <-", "A guest"), EmailTo="anna@example.com")
    [letter] = deliver(office, postbox)
    assert (letter.sender, letter.recipients) == ("tms@example.com", ["boss@example.com", "anna@example.com"])
    assert letter.message["Subject"] == "Booking saved: Weekly review"
    for text in (letter.part("plain"), letter.part("html")):
        for fact in (booked["JoinUri"], booked["Password"], "Room 1", "A guest"):
            assert fact in text
    assert deliver(office, postbox, minutes=60) == []


@pytest.mark.parametrize(
    "wants", [{}, {"SendConfirmationMail": "false"}, {"ExcludeConferenceInformation": "true"}]
)
def test_no_mail_is_sent_unless_it_is_asked_for(office, postbox, wants):
    saved(office, system(1), EmailTo="anna@example.com", wants=wants)
    assert deliver(office, postbox) == []


def test_a_flag_leaves_the_conference_information_out_of_the_confirmation(office, postbox):
    wants = CONFIRM | {"ExcludeConferenceInformation": "true"}
    booked = saved(office, system(1) + external("SIP <-", "A guest"), wants=wants)
    [letter] = deliver(office, postbox)
    assert "Thursday, 29 January 2026, 15:00 - 16:00" in letter.part("plain")
    for text in (letter.part("plain"), letter.part("html")):
        for fact in (booked["JoinUri"], booked["Password"], "Room 1", "A guest"):
            assert fact not in text


@pytest.mark.parametrize("separator", [";", ",", " ", "; "])
def test_addresses_of_email_to_are_separated_by_semicolons_commas_or_blanks(office, postbox, separator):
    text = separator.join(["anna@example.com", "bo@example.com", "Anna@example.com", "nobody"])
    assert saved(office, EmailTo=text)["EmailTo"] == text
    [letter] = deliver(office, postbox)
    assert letter.recipients == ["boss@example.com", "anna@example.com", "bo@example.com"]


def test_a_mail_has_no_more_recipients_than_every_server_takes(office, postbox):
    saved(office, EmailTo=";".join(f"guest{number}@example.com" for number in range(300)))
    [letter] = deliver(office, postbox)
    assert len(letter.recipients) == MOST_RECIPIENTS == 100


def test_confirmations_are_in_the_language_of_the_conference(office, postbox):
    saved(office, system(1), ConferenceLanguage="fr-FR")
    [letter] = deliver(office, postbox)
    assert letter.message["Subject"] == "Réservation enregistrée\u00a0: Weekly review"
    assert "La réservation suivante a été enregistrée." in letter.part("plain")


def test_each_save_is_confirmed_and_a_fault_is_not(office, postbox):
    first = saved(office, system(1))
    changed = {"ConferenceId": first["ConferenceId"], "Version": 1, "Title": "New title"}
    saved(office, system(1), **changed)
    assert office.code(save(office, system(1))) == e.SystemAlreadyBooked.code
    subjects = [letter.message["Subject"] for letter in deliver(office, postbox)]
    assert subjects == ["Booking saved: Weekly review", "Booking saved: New title"]


@pytest.mark.parametrize("operation", ["DeleteConferenceById", "DeleteConferenceRecInstanceById"])
def test_a_deletion_is_confirmed_too(office, postbox, operation):
    booked = saved(office, system(1) + external("SIP <-"), wants={}, EmailTo="anna@example.com")
    number = elements(ConferenceId=booked["ConferenceId"])
    assert office.call(operation, number, context=flags(**CONFIRM)).status == 200
    [letter] = deliver(office, postbox)
    assert letter.recipients == ["boss@example.com", "anna@example.com"]
    assert letter.message["Subject"] == "Booking cancelled: Weekly review"
    assert "State: cancelled" in letter.part("plain")
    assert booked["JoinUri"] not in letter.part("plain")


def test_a_series_and_one_of_its_dates_are_confirmed(office, postbox):
    book = Book(office)
    whole = saved(office, system(1), inner=pattern(), ExternalSourceId="x", ExternalPrimaryKey="k")
    second = list(book.ids().values())[1]
    day = office.now + 2 * HOUR + DAY
    one = save(
        office,
        operation="SaveConferenceRecInstance",
        ConferenceId=second,
        Version=whole["Version"],
        Title="Other title",
        StartTimeUTC=wire(day),
        EndTimeUTC=wire(day + HOUR),
    )
    assert one.status == 200, one.sentence
    key = elements(ExternalSourceId="x", ExternalConferenceId="k")
    assert office.call("DeleteConferenceByExternalId", key, context=flags(**CONFIRM)).status == 200
    series, date, gone = deliver(office, postbox)
    assert "Repeats: Every day, number of meetings: 3" in series.part("plain")
    assert date.message["Subject"] == "Booking saved: Other title"
    assert "Friday, 30 January 2026" in date.part("plain")
    assert "Repeats" not in date.part("plain")
    assert gone.message["Subject"] == "Booking cancelled: Weekly review"


def test_ending_a_conference_sends_nothing(office, postbox):
    booked = saved(office, system(1), wants={})
    office.now += 2 * HOUR
    number = elements(ConferenceId=booked["ConferenceId"])
    assert office.call("EndConferenceById", number, context=flags(**CONFIRM)).status == 200
    assert deliver(office, postbox) == []


# ------------------------------------------------------------------ Defective bookings


def test_whoever_booked_a_defective_conference_is_told_without_asking(office, postbox):
    saved(office, system(1), wants={}, Title="First")
    forced(office, system(1), wants={}, EmailTo="anna@example.com")
    [letter] = deliver(office, postbox)
    assert letter.recipients == ["boss@example.com"]
    assert letter.message["Subject"] == "Booking warning: Weekly review"
    text = letter.part("plain")
    assert text.startswith("Warning: Not everything could be booked")
    assert "A system is already booked at this time." in text
    assert "State: defective" in text


def test_a_missing_route_is_told_and_a_booking_that_fits_is_not(office, postbox):
    saved(office, external("SIP <-"), wants={}, Title="Has the only number")
    number = forced(office, system(1) + system(2), wants={})
    [letter] = deliver(office, postbox)
    assert "No bridge is free at this time." in letter.part("plain")
    mended = {"StartTimeUTC": wire(office.now + 4 * HOUR), "EndTimeUTC": wire(office.now + 5 * HOUR)}
    forced(office, system(1) + system(2), wants={}, ConferenceId=number, Version=1, **mended)
    assert deliver(office, postbox) == []


def test_a_confirmation_of_a_defective_booking_is_one_mail_to_everybody(office, postbox):
    saved(office, system(1), wants={})
    forced(office, system(1), EmailTo="anna@example.com")
    [letter] = deliver(office, postbox)
    assert letter.recipients == ["boss@example.com", "anna@example.com"]
    assert letter.message["Subject"] == "Booking warning: Weekly review"


def test_owner_and_booker_are_told_but_nobody_who_wants_no_mails(office, postbox):
    reached_at(office, "boss", "service@example.com")
    saved(office, system(1), wants={})
    owned = {"OwnerEmailAddress": "owner@example.com"}
    forced(office, system(1), wants={}, **owned)
    [letter] = deliver(office, postbox)
    assert letter.recipients == ["owner@example.com", "service@example.com"]
    reached_at(office, "boss", "service@example.com", gets_mails=False)
    forced(office, system(1), wants={}, **owned)
    [letter] = deliver(office, postbox)
    assert letter.recipients == ["owner@example.com"]


def test_of_a_series_the_dates_with_a_problem_are_named(office, postbox):
    day = office.now + 2 * HOUR + DAY
    saved(office, system(1), wants={}, StartTimeUTC=wire(day), EndTimeUTC=wire(day + HOUR))
    forced(office, system(1), wants={}, inner=pattern())
    [letter] = deliver(office, postbox)
    lines = letter.part("plain").splitlines()
    assert lines[1].startswith("Friday, 30 January 2026: A system is already booked")
    assert lines[2] == ""


def test_a_private_title_is_told_to_nobody_who_books_without_seeing_it(office, postbox):
    private = saved(office, system(1), wants={}, Title="Merger", PrivacyFlag="Busy")
    reached_at(office, "guest", "guest@example.com")
    guest = office.callers["guest"]
    office.callers["guest"] = replace(guest, permissions=office.callers["boss"].permissions)
    office.user_name = "guest"
    number = {"ConferenceId": private["ConferenceId"], "Version": 1, "Title": ""}
    saved(office, system(1), EmailTo="guest@example.com", **number)
    [letter] = deliver(office, postbox)
    assert letter.message["Subject"] == "Booking saved: Busy"
    assert "Merger" not in letter.part("plain") + letter.part("html")


# ------------------------------------------------------------------ Trouble


def test_without_a_mail_server_no_mail_is_written(office, postbox):
    silent = Office(office.store, is_mail_sent=False, callers=office.callers)
    saved(silent, system(1))
    forced(silent, system(1))
    assert deliver(office, postbox) == []


def test_a_mail_waits_until_the_mail_server_is_back(office):
    with running(Postbox()) as gone:
        port = gone.port
    saved(office, system(1))
    assert deliver(office, Postbox(port=port)) == []
    with office.store.reading() as uow:
        [ticket] = uow.tickets.all()
    assert (ticket.subject, ticket.kind) == ("mail server 127.0.0.1", "connection")
    with running(Postbox()) as back:
        assert deliver(office, back) == []
        assert len(deliver(office, back, minutes=1)) == 1
    with office.store.reading() as uow:
        assert uow.tickets.all() == []


def test_who_is_refused_for_now_gets_the_mail_later_and_nobody_gets_it_twice(office, postbox):
    postbox.replies = {"anna@example.com": "450 Later", "gone@example.com": "550 No such user"}
    saved(office, EmailTo="anna@example.com;gone@example.com")
    [first] = deliver(office, postbox)
    postbox.replies = {}
    [second] = deliver(office, postbox, minutes=1)
    assert (first.recipients, second.recipients) == (["boss@example.com"], ["anna@example.com"])
    assert first.message["Message-ID"] == second.message["Message-ID"]
    assert deliver(office, postbox, minutes=60) == []


def test_who_asked_for_a_meeting_is_told_what_became_of_it(office, postbox):
    with office.store.writing() as uow:
        guest = uow.users.account("guest")
        uow.users.put_all([replace(guest, user=replace(guest.user, email="guest@example.com"))])
        uow.commit()
    office.user_name = "guest"
    first, second = (saved(office, system(number), wants={})["ConferenceId"] for number in (1, 2))
    assert deliver(office, postbox) == []
    desk = Booking(
        store=office.store, clock=lambda: office.now, renderer=ConferenceTexts(), is_mail_sent=True
    )
    desk.approve(office.callers["boss"], int(first))
    [letter] = deliver(office, postbox)
    assert (letter.recipients, letter.message["Subject"]) == (
        ["guest@example.com"],
        "Booking saved: Weekly review",
    )
    desk.reject(office.callers["boss"], int(second))
    [letter] = deliver(office, postbox)
    assert letter.recipients == ["guest@example.com"]
    assert "rejected" in letter.part("plain")
