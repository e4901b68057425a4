"""Mails about conferences through SOAP, on a real store."""

from datetime import timedelta

import pytest
import zeep
from office import external, system, wire
from soap_client import BOOKING, REMOTE_SETUP, elements
from test_soap_zeep import WSDL, InProcess

from tmsba.domain import errors as e

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
KEY = elements(ExternalSourceId="calendar", ExternalConferenceId="k1")


class Mailbox:
    """Asks for mails as a client does."""

    def __init__(self, office):
        self.office = office
        self.start = office.now + 2 * HOUR

    def book(self, participants="", inner="", **more):
        values = {
            "ConferenceId": -1,
            "Title": "Weekly review",
            "StartTimeUTC": wire(self.start),
            "EndTimeUTC": wire(self.start + HOUR),
            "ExternalSourceId": "calendar",
            "ExternalPrimaryKey": "k1",
            **more,
        }
        body = elements(**values) + inner + f"<Participants>{participants}</Participants>"
        answer = self.office.call("SaveConference", f"<Conference>{body}</Conference>")
        assert answer.status == 200, answer.sentence
        return self.office.conference_in(answer)

    def series(self, exceptions="", **more):
        pattern = elements(FrequencyType="Daily", PatternEndType="EndByInstances", PatternInstances=3)
        inner = f"<RecurrencePattern>{pattern}<Exceptions>{exceptions}</Exceptions></RecurrencePattern>"
        return self.book(system(1), inner, **more)

    def invite(self, *types, key=KEY, messages="", language=None, recurrence_id=None):
        inner = key + ("" if recurrence_id is None else elements(RecurrenceIdUTC=wire(recurrence_id)))
        return self.office.call("GetConferenceInviteMail", inner + messages + _wish(types, language))

    def event(self, *types, message="", language=None, inner="", version=23, **values):
        conference = f"<Conference>{elements(**values)}{inner}</Conference>"
        body = conference + message + _wish(types, language)
        return self.office.call("GetConferenceBookingEventMail", body, version=version)


def _wish(types, language):
    wish = "".join(elements(ContentTypes=content_type) for content_type in types)
    return wish + ("" if language is None else elements(Language=language))


def said(kind, *lines, name="Messages"):
    texts = "".join(f"<string>{line}</string>" for line in lines)
    return f"<{name}>{elements(MessageType=kind)}<Message><Lines>{texts}</Lines></Message></{name}>"


def mails(answer):
    assert answer.status == 200, answer.sentence
    names = ("ContentType", "MailSubject", "MailContent")
    return [
        tuple(one.findtext(f"{{{BOOKING}}}{name}") for name in names) for one in answer.all("ConferenceMail")
    ]


def plain(answer):
    [(content_type, subject, content)] = mails(answer)
    assert content_type == "PlainText"
    return subject, content


@pytest.fixture
def mailbox(office):
    return Mailbox(office)


def test_an_invitation_tells_how_to_join(mailbox):
    booked = mailbox.book(system(1) + external("SIP <-", "A guest"), Location="Oslo")
    subject, content = plain(mailbox.invite("PlainText"))
    assert subject == "Invitation: Weekly review"
    assert "Thursday, 29 January 2026, 15:00 - 16:00 (UTC+01:00) Europe/Oslo" in content
    for fact in (booked["JoinUri"], booked["JoinUrl"], booked["Password"], "Oslo", "A guest", "Room 1"):
        assert fact in content


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ((), ["PlainText", "Html"]),
        (("Html",), ["Html"]),
        (("Html", "PlainText", "Html"), ["Html", "PlainText"]),
    ],
)
def test_there_is_one_mail_for_each_content_type_in_the_order_asked(mailbox, asked, given):
    mailbox.book()
    assert [content_type for content_type, _, _ in mails(mailbox.invite(*asked))] == given
    found = mails(mailbox.event(*asked, Title="x", StartTimeUTC=wire(mailbox.start)))
    assert [content_type for content_type, _, _ in found] == given
    assert ["<html" in content for _, _, content in found] == [kind == "Html" for kind in given]


def test_the_messages_of_the_client_stand_at_the_top_and_are_escaped(mailbox):
    mailbox.book()
    messages = said("Warning", "Room 2 is &lt;closed&gt;", "Take 1") + said("Error", "No bridge")
    (_, _, text), (_, _, html) = mails(mailbox.invite(messages=messages))
    assert text.startswith("Warning: Room 2 is <closed>\nTake 1\n\nError: No bridge\n\nYou are invited")
    assert "Room 2 is &lt;closed&gt;<br>" in html
    assert "#fff6d1" in html
    assert "#fbe0e0" in html


def test_a_blank_language_is_that_of_the_conference(mailbox):
    booked = mailbox.book(ConferenceLanguage="fr-FR")
    assert plain(mailbox.invite("PlainText", language=""))[0] == "Invitation : Weekly review"
    assert plain(mailbox.invite("PlainText", language="ko-KR"))[0] == "회의 초대: Weekly review"
    assert plain(mailbox.invite("PlainText", language="xx"))[0] == "Invitation: Weekly review"
    assert booked["ConferenceInfoText"].startswith("Titre : Weekly review")
    assert "Date et heure" in booked["ConferenceInfoHtml"]


def test_the_languages_of_conferences_are_listed(mailbox):
    answer = mailbox.office.setup("GetConferenceLanguages")
    found = [[child.text for child in one] for one in answer.all("Language", REMOTE_SETUP)]
    assert found == [
        ["English", "en-US"],
        ["Chinese (Simplified)", "zh-CN"],
        ["French", "fr-FR"],
        ["Japanese", "ja-JP"],
        ["Korean", "ko-KR"],
        ["Russian", "ru-RU"],
    ]


def test_a_strict_client_books_in_each_of_the_languages(mailbox):
    client = zeep.Client(str(WSDL / "remotesetupservice.wsdl"), transport=InProcess(mailbox.office))
    languages = client.service.GetConferenceLanguages().body.GetConferenceLanguagesResult.Language
    subjects = set()
    for number, language in enumerate(languages):
        keys = {"ExternalPrimaryKey": f"k{number}", "ConferenceLanguage": language.CultureInfo}
        assert mailbox.book(**keys)["ConferenceLanguage"] == language.CultureInfo
        key = elements(ExternalSourceId="calendar", ExternalConferenceId=f"k{number}")
        subjects.add(plain(mailbox.invite("PlainText", key=key))[0])
    assert len(subjects) == len(languages) == 6


def test_a_series_tells_its_pattern_and_what_differs(mailbox):
    gone = elements(ExceptionType="DELETE", RecurrenceIdUTC=wire(mailbox.start + DAY))
    mailbox.series(f"<RecurrenceException>{gone}</RecurrenceException>")
    _, content = plain(mailbox.invite("PlainText"))
    assert "First meeting: Thursday, 29 January 2026" in content
    assert "Repeats: Every day, number of meetings: 3\n" in content
    assert "Dates that differ:\n- Friday, 30 January 2026: cancelled\n" in content


def test_one_occurrence_tells_only_of_itself(mailbox):
    mailbox.series()
    _, content = plain(mailbox.invite("PlainText", recurrence_id=mailbox.start + DAY))
    assert "Time: Friday, 30 January 2026" in content
    assert "Repeats" not in content


def test_what_is_not_there_has_its_error(mailbox):
    mailbox.series()
    unknown = elements(ExternalSourceId="calendar", ExternalConferenceId="other")
    assert mailbox.office.code(mailbox.invite(key=unknown)) == e.ConferenceNotFound.code
    answer = mailbox.invite(recurrence_id=mailbox.start + 9 * DAY)
    assert mailbox.office.code(answer) == e.OccurrenceNotFound.code


def test_who_may_not_read_a_conference_gets_no_invitation(mailbox):
    mailbox.book()
    mailbox.office.user_name = "guest"
    assert mailbox.office.code(mailbox.invite()) == e.NoAccessToConference.code


def test_outsiders_see_the_private_title(mailbox):
    mailbox.book(PrivacyFlag="Private meeting")
    assert plain(mailbox.invite("PlainText"))[0] == "Invitation: Weekly review"
    mailbox.office.user_name = "anna"
    subject, content = plain(mailbox.invite("PlainText"))
    assert subject == "Invitation: Private meeting"
    assert "Weekly review" not in content


def test_an_event_mail_has_the_stored_conference_with_the_request_on_top(mailbox):
    booked = mailbox.book(system(1) + system(2), Location="Oslo")
    error = said("Error", "Room 1 is taken.", name="Message")
    for found_by in (
        {"ConferenceId": booked["ConferenceId"]},
        {"ExternalSourceId": "calendar", "ExternalPrimaryKey": "k1"},
    ):
        later = wire(mailbox.start + DAY)
        subject, content = plain(
            mailbox.event("PlainText", message=error, Title="New title", StartTimeUTC=later, **found_by)
        )
        assert subject == "Booking error: New title"
        assert content.startswith("Error: Room 1 is taken.\n\n")
        assert "State: booked\n" in content
        assert "Friday, 30 January 2026, 15:00 - 16:00" in content
        for fact in ("Location: Oslo", booked["JoinUri"], "Room 2"):
            assert fact in content


@pytest.mark.parametrize("number", [-1, 0, 999])
def test_an_event_mail_about_what_is_not_stored_has_what_the_request_says(mailbox, number):
    values = {
        "ConferenceId": number,
        "Title": "Plan",
        "StartTimeUTC": wire(mailbox.start),
        "EndTimeUTC": wire(mailbox.start + 2 * HOUR),
        "OwnerUserName": "EXAMPLE\\nobody",
        "OwnerEmailAddress": "nobody@example.com",
        "ConferenceLanguage": "en-GB",
    }
    people = f"<Participants>{system(2)}{system(98)}{external('SIP <-', 'Guest')}</Participants>"
    subject, content = plain(mailbox.event("PlainText", inner=people, **values))
    assert subject == "Booking: Plan"
    assert "State: not booked\nOrganiser: nobody <nobody@example.com>\n" in content
    assert "15:00 - 17:00" in content
    assert "Participants:\n- Room 2\n- System 98\n- Guest\n" in content
    assert "PIN" not in content


def test_nothing_is_stored_by_a_mail(mailbox):
    mailbox.series()
    with mailbox.office.store.reading() as uow:
        before = uow.transactions.since(0, limit=100), uow.users.all()
    mailbox.invite()
    mailbox.event(ExternalSourceId="calendar", ExternalPrimaryKey="k1", OwnerEmailAddress="new@example.com")
    with mailbox.office.store.reading() as uow:
        assert (uow.transactions.since(0, limit=100), uow.users.all()) == before


def test_what_may_not_be_read_is_no_basis_of_an_event_mail(mailbox):
    booked = mailbox.book(Location="Secret place")
    mailbox.office.user_name = "guest"
    _, content = plain(mailbox.event("PlainText", ConferenceId=booked["ConferenceId"], Title="Mine"))
    assert "Secret place" not in content
    assert "State: not booked" in content


def test_an_event_mail_about_a_series(mailbox):
    booked = mailbox.series()
    by_key = {"ExternalSourceId": "calendar", "ExternalPrimaryKey": "k1"}
    assert "Repeats: Every day, number of meetings: 3" in plain(mailbox.event("PlainText", **by_key))[1]
    pattern = elements(FrequencyType="Weekly", Interval=2)
    pattern += "<DaysOfWeek><DayOfWeek>Thursday</DayOfWeek></DaysOfWeek>"
    pattern += elements(PatternEndType="EndByDate", PatternEndDateUTC=wire(mailbox.start + 30 * DAY))
    gone = elements(ExceptionType="DELETE", RecurrenceIdUTC=wire(mailbox.start + 14 * DAY))
    moved = elements(ExceptionType="MODIFY", RecurrenceIdUTC=wire(mailbox.start + 28 * DAY))
    moved += (
        f"<ModifiedData>{elements(Title='Late', StartTimeUTC=wire(mailbox.start + 29 * DAY))}</ModifiedData>"
    )
    listed = "".join(f"<RecurrenceException>{one}</RecurrenceException>" for one in (gone, moved))
    inner = f"<RecurrencePattern>{pattern}<Exceptions>{listed}</Exceptions></RecurrencePattern>"
    for number in (booked["ConferenceId"], -1):
        start = wire(mailbox.start)
        answer = mailbox.event("PlainText", inner=inner, ConferenceId=number, StartTimeUTC=start)
        _, content = plain(answer)
        assert "Repeats: Every 2 weeks on Thursday, until Saturday, 28 February 2026\n" in content
        assert "- Thursday, 12 February 2026: cancelled\n" in content
        assert "- Thursday, 26 February 2026: moved to Friday, 27 February 2026, 15:00 - 16:00" in content
        assert "(Late)" in content


def test_an_event_mail_about_one_occurrence_has_no_pattern(mailbox):
    mailbox.series()
    values = {"ExternalSourceId": "calendar", "ExternalPrimaryKey": "k1"}
    pattern = f"<RecurrencePattern>{elements(FrequencyType='Daily')}</RecurrencePattern>"
    recurrence_id = elements(RecurrenceInstanceIdUTC=wire(mailbox.start + DAY))
    _, content = plain(mailbox.event("PlainText", inner=recurrence_id + pattern, **values))
    assert "Time: Friday, 30 January 2026" in content
    assert "Repeats" not in content


@pytest.mark.parametrize(("version", "day"), [(7, "Friday"), (23, "Saturday")])
def test_days_of_a_request_are_local_or_in_utc_by_the_version_of_the_client(mailbox, version, day):
    late = mailbox.start.replace(hour=23, minute=30)  # half past midnight in Oslo
    pattern = elements(FrequencyType="Weekly") + "<DaysOfWeek><DayOfWeek>Friday</DayOfWeek></DaysOfWeek>"
    inner = f"<RecurrencePattern>{pattern}</RecurrencePattern>"
    answer = mailbox.event("PlainText", inner=inner, version=version, StartTimeUTC=wire(late))
    assert f"Every week on {day}" in plain(answer)[1]


def test_an_event_mail_needs_a_conference_with_times_in_order(mailbox):
    answer = mailbox.office.call("GetConferenceBookingEventMail", elements(Language="fr"))
    assert answer.status == 500
    start, end = wire(mailbox.start), wire(mailbox.start - HOUR)
    answer = mailbox.event(StartTimeUTC=start, EndTimeUTC=end)
    assert mailbox.office.code(answer) == e.StartAfterEnd.code


@pytest.mark.parametrize("moment", ["0001-01-01 00:00:00Z", "9999-12-31 23:59:59Z"])
def test_the_ends_of_the_calendar_do_no_harm(mailbox, moment):
    answer = mailbox.event(StartTimeUTC=moment)
    assert mailbox.office.code(answer) == e.InvalidDateTime.code
