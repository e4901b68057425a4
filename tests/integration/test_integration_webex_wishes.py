"""WebEx that the server would have to make, in the present and the legacy way; the settings for it."""

import pytest
from bookings import at, configure, listed, read, zone_elements
from lxml import etree
from office import external as guest
from office import system
from series_book import DAY, HOUR, Book, exception, pattern
from soap_client import element, elements
from webex_book import EMPTY, NO_WEBEX, SIP, booked, codes, external, owned, said, states, update, webex

from tmsba.store.outbox.mail_queue import SqlMailQueue

YES, IF_POSSIBLE = elements(DataConference="Yes"), elements(DataConference="If Possible")


@pytest.fixture
def webex_is_on(office):
    configure(office, enable_webex="Yes")


def problems(answer):
    return codes(answer), codes(answer, "Warning")


WISHES = pytest.mark.parametrize(
    "inner",
    [
        EMPTY,
        external("<WebEx><MeetingPassword>pa55word</MeetingPassword></WebEx>"),
        external(webex(OwnedExternally="false")),
        YES,
    ],
    ids=["empty", "password", "data", "legacy"],
)


@WISHES
@pytest.mark.usefixtures("webex_is_on")
def test_the_booking_goes_on_without_webex_and_says_why(office, inner):
    answer = booked(office, inner, system(1))
    for one in (answer, read(office, answer.text("ConferenceId"))):
        assert problems(one) == (["NOT_CREATED"], [])
        assert "makes no meetings at a WebEx site" in one.text("ErrorDescription")
        assert (one.text("DataConference"), one.text("Status")) == ("No", "Pending")
        assert (said(one)["OwnedExternally"], said(one)["MeetingPassword"]) == ("false", "")
        assert not one.all("JoinUri")
    # The bridge is free.
    assert office.save(guest("SIP <-")).status == 200


@pytest.mark.usefixtures("webex_is_on")
def test_if_possible_is_a_wish_and_what_is_not_possible_a_warning(office):
    answer = booked(office, IF_POSSIBLE, system(1))
    assert problems(answer) == ([], ["NOT_CREATED"])
    number = answer.text("ConferenceId")
    [conference] = read(office, number).all("GetConferenceByIdResult")
    inner = "".join(etree.tostring(child, encoding="unicode") for child in conference)
    again = office.call("SaveConference", f"<Conference>{inner}</Conference>")
    # What the server gives out has time zone rules, which is no reason more: nothing new is asked for.
    assert problems(again) == ([], ["NOT_CREATED"])


@pytest.mark.usefixtures("webex_is_on")
def test_clients_that_know_the_legacy_way_only_see_that_there_is_none(office):
    answer = booked(office, YES, system(1), version=6)
    assert (answer.text("DataConference"), answer.all("ExternalConference")) == ("No", [])
    assert not answer.all("WebConferenceAttendeeUri")


@pytest.mark.usefixtures("webex_is_on")
def test_the_reason_is_told_in_the_language_of_the_client(office):
    conference = elements(ConferenceId=-1, **at(office, 2 * HOUR)) + EMPTY
    context = element("ContextHeader", elements(ClientLanguage="fr-FR"))
    answer = office.call("SaveConference", f"<Conference>{conference}</Conference>", context=context)
    assert answer.text("ErrorDescription").startswith("Réservée sans WebEx : ce serveur ne crée pas")


@pytest.mark.usefixtures("webex_is_on")
def test_time_zone_rules_are_kept_and_webex_is_not(office):
    answer = booked(office, EMPTY + zone_elements(office, "Europe/Oslo"), system(1))
    assert problems(answer) == (["ZONE_RULES", "NOT_CREATED"], [])
    assert answer.all("TimeZoneRule")


@pytest.mark.usefixtures("webex_is_on")
def test_exceptions_are_kept_and_webex_is_not(office):
    book = Book(office)
    moved = exception("MODIFY", book.start + DAY, elements(Title="Another"))
    saved = book.saved(pattern(exceptions=moved) + EMPTY, system(1))
    answer = book.series(saved["ConferenceId"])
    assert problems(answer) == (["EXCEPTIONS", "NOT_CREATED"], [])
    assert [read(office, number).text("Title") for number in book.ids().values()][1] == "Another"


@pytest.mark.usefixtures("webex_is_on")
def test_webex_alone_gets_a_warning_besides(office):
    assert problems(booked(office, EMPTY)) == (["NOT_CREATED"], ["WEBEX_ONLY"])


@pytest.mark.usefixtures("webex_is_on")
def test_an_answer_that_is_sent_back_asks_again(office):
    answer = booked(office, EMPTY, system(1))
    [found] = answer.all("ExternalConference")
    again = update(office, answer, etree.tostring(found, encoding="unicode"))
    assert problems(again) == (["NOT_CREATED"], [])


@pytest.mark.usefixtures("webex_is_on")
def test_the_wish_is_kept_changed_and_taken_back(office):
    answer = booked(office, EMPTY, system(1))
    answer = update(office, answer, Title="Another")
    assert problems(answer) == (["NOT_CREATED"], [])
    answer = update(office, answer, NO_WEBEX)
    assert not answer.all("ExternalConference")
    answer = update(office, answer, owned())
    assert (said(answer)["SipUrl"], problems(answer)) == (SIP, ([], []))


@pytest.mark.usefixtures("webex_is_on")
def test_an_occurrence_whose_series_has_no_webex_but_a_wish_is_sent_back_as_it_came(office):
    book = Book(office)
    book.saved(pattern() + EMPTY, system(1))
    second = list(book.ids().values())[1]
    answer = read(office, second)
    [found] = answer.all("ExternalConference")
    inner = etree.tostring(found, encoding="unicode")
    again = update(office, answer, inner, operation="SaveConferenceRecInstance", Title="Another")
    assert again.status == 200, again.sentence
    assert (problems(again), states(again)) == ((["NOT_CREATED"], []), ["Normal"])


@pytest.mark.usefixtures("webex_is_on")
def test_lists_leave_the_wish_out(office):
    booked(office, EMPTY, system(1))
    assert not listed(office).all("ExternalConference")


@pytest.mark.usefixtures("webex_is_on")
def test_a_confirmation_says_that_there_is_no_webex(office):
    conference = elements(ConferenceId=-1, **at(office, 2 * HOUR)) + EMPTY
    context = element("ContextHeader", elements(SendConfirmationMail="true"))
    office.call("SaveConference", f"<Conference>{conference}</Conference>", context=context)
    queued = SqlMailQueue(office.store).claim("worker", office.now, office.now + HOUR)
    assert "WebEx could not be added, and the meeting is booked without it." in queued.mail.text


# ------------------------------------------------------------------ settings


@pytest.mark.parametrize("inner", [EMPTY, YES], ids=["empty", "legacy"])
def test_where_webex_is_switched_off_conferences_are_booked_without(office, inner):
    answer = booked(office, inner, system(1))
    assert problems(answer) == (["SWITCHED_OFF"], [])
    assert not answer.all("JoinUri")


def test_webex_that_clients_own_needs_no_setting(office):
    answer = booked(office, owned(), system(1))
    assert (said(answer)["SipUrl"], problems(answer)) == (SIP, ([], []))
    assert answer.all("JoinUri")


def test_if_possible_says_nothing_where_webex_is_switched_off(office):
    answer = booked(office, IF_POSSIBLE, system(1))
    assert (answer.text("DataConference"), answer.all("ExternalConference")) == ("If Possible", [])


def default(office, version=23):
    answer = office.call("GetDefaultConference", version=version)
    assert answer.status == 200, answer.sentence
    return answer


@pytest.mark.parametrize(
    ("is_on", "is_added", "has_webex"),
    [("Yes", "Yes", True), ("Yes", "No", False), ("No", "Yes", False), ("No", "No", False)],
)
def test_the_default_conference_has_webex_where_all_are_to_have_it(office, is_on, is_added, has_webex):
    configure(office, enable_webex=is_on, add_webex_to_all=is_added)
    answer = default(office)
    assert len(answer.all("WebEx")) == has_webex
    assert answer.text("DataConference") == ("Yes" if has_webex else "No")
    assert default(office, version=0).text("DataConference") == ("Yes" if has_webex else "No")


def test_a_default_conference_with_webex_can_be_saved_and_gets_none(office):
    configure(office, enable_webex="Yes", add_webex_to_all="Yes")
    [conference] = default(office).all("GetDefaultConferenceResult")
    inner = "".join(etree.tostring(child, encoding="unicode") for child in conference)
    answer = office.call("SaveConference", f"<Conference>{inner}</Conference>")
    assert answer.status == 200, answer.sentence
    assert problems(answer) == (["NOT_CREATED"], ["WEBEX_ONLY"])
