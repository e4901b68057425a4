"""Who is told the PIN of a conference's hosts: through SOAP, on a real store, and by mail."""

import re
from dataclasses import replace

import pytest
from bookings import configure, plain
from mail_server import Postbox, running
from office import external
from series_book import pattern
from soap_client import elements
from test_integration_mail import Mailbox, mails
from test_integration_outgoing_mail import deliver, flags

from tmsba.domain.people.users import SITE_ADMINISTRATOR, USERS, Permission

PIN = re.compile(r"^PIN: (\d+)$", re.MULTILINE)
HOST_PIN = re.compile(r"^Host PIN: (\d+)$", re.MULTILINE)


@pytest.fixture
def hosted(office):
    configure(office, host_pins="Yes")
    return office


@pytest.fixture
def postbox():
    with running(Postbox()) as listening:
        yield listening


def save(office, **more):
    return office.saved(external("SIP <-"), **more)


def host_pin_of(office, number):
    with office.store.reading() as uow:
        return uow.conferences.get(int(number)).details.host_pin


def seen_by(office, name, number, **changes):
    """What a user reads of a conference."""
    caller = office.callers[name]
    office.callers[name] = replace(caller, **changes)
    office.user_name, before = name, office.user_name
    try:
        return plain(office, number)
    finally:
        office.user_name, office.callers[name] = before, caller


def test_the_owner_reads_both_pins_in_both_texts(hosted):
    saved = save(hosted)
    text = saved["ConferenceInfoText"]
    [pin], [host_pin] = PIN.findall(text), HOST_PIN.findall(text)
    assert pin == saved["Password"] != host_pin == host_pin_of(hosted, saved["ConferenceId"])
    assert len(host_pin) == 4
    assert f">{host_pin}<" in saved["ConferenceInfoHtml"]
    assert "Host PIN" in saved["ConferenceInfoHtml"]
    assert host_pin not in (saved["JoinUrl"], saved["Password"])


def test_without_the_setting_there_is_one_pin(office):
    saved = save(office)
    assert PIN.findall(saved["ConferenceInfoText"]) == [saved["Password"]]
    assert "Host PIN" not in saved["ConferenceInfoText"]
    assert host_pin_of(office, saved["ConferenceId"]) == ""


@pytest.mark.parametrize(
    ("name", "groups", "is_hidden", "is_told"),
    [
        ("anna", [USERS], False, False),
        ("anna", [SITE_ADMINISTRATOR], False, True),
        ("anna", [SITE_ADMINISTRATOR], True, False),
    ],
    ids=["reader", "administrator", "service account"],
)
def test_besides_the_owner_administrators_are_told_and_service_accounts_are_not(
    hosted, name, groups, is_hidden, is_told
):
    number = save(hosted)["ConferenceId"]
    user = replace(hosted.callers[name].user, is_hidden=is_hidden)
    seen = seen_by(hosted, name, number, user=user, groups=frozenset(groups))
    assert PIN.findall(seen["ConferenceInfoText"]) == [seen["Password"]]
    assert bool(HOST_PIN.findall(seen["ConferenceInfoText"])) is is_told
    assert (host_pin_of(hosted, number) in str(seen.values())) is is_told


def test_a_service_account_that_books_for_an_owner_is_not_told(hosted):
    """What it reads goes into the invitation of everybody."""
    hosted.user_name = "guest"
    caller = hosted.callers["guest"]
    hosted.callers["guest"] = replace(
        caller,
        user=replace(caller.user, is_hidden=True),
        groups=frozenset([SITE_ADMINISTRATOR]),
        permissions=frozenset(Permission),
    )
    saved = save(hosted, OwnerUserName="anna", OwnerId=-1)
    assert "Host PIN" not in saved["ConferenceInfoText"]
    assert host_pin_of(hosted, saved["ConferenceId"])
    seen = seen_by(hosted, "anna", saved["ConferenceId"])
    assert HOST_PIN.findall(seen["ConferenceInfoText"]) == [host_pin_of(hosted, saved["ConferenceId"])]


def test_what_was_read_and_is_saved_again_keeps_its_hosts(hosted):
    saved = save(hosted)
    before = host_pin_of(hosted, saved["ConferenceId"])
    again = {"ConferenceId": saved["ConferenceId"], "Version": saved["Version"]}
    configure(hosted, host_pins="No")
    later = save(hosted, Title="Later", Password=saved["Password"], **again)
    assert host_pin_of(hosted, later["ConferenceId"]) == before
    other = save(hosted, Password=before, ConferenceId=saved["ConferenceId"], Version=later["Version"])
    assert other["Password"] == before
    assert host_pin_of(hosted, saved["ConferenceId"]) not in ("", before, saved["Password"])


def test_a_conference_from_before_the_setting_gets_no_hosts(office):
    saved = save(office)
    configure(office, host_pins="Yes")
    again = {"ConferenceId": saved["ConferenceId"], "Version": saved["Version"]}
    assert "Host PIN" not in save(office, Title="Later", **again)["ConferenceInfoText"]


def test_all_dates_of_a_series_have_the_same_hosts(hosted, book):
    saved = book.saved(pattern(), external("SIP <-"))
    [whole] = HOST_PIN.findall(book.series(saved["ConferenceId"]).text("ConferenceInfoText"))
    assert {
        HOST_PIN.findall(book.occurrence(one)["ConferenceInfoText"])[0] for one in book.ids().values()
    } == {whole}


def test_a_date_that_is_saved_alone_keeps_them(hosted, book):
    configure(hosted, host_pins="No")
    first = book.saved(pattern(), external("SIP <-"))
    configure(hosted, host_pins="Yes")
    number = list(book.ids().values())[1]
    seen = book.occurrence(number)
    values = {"ConferenceId": number, "Version": seen["Version"], "Title": "Alone"}
    times = {name: seen[name] for name in ("StartTimeUTC", "EndTimeUTC")}
    answer = hosted.save(external("SIP <-"), operation="SaveConferenceRecInstance", **values, **times)
    assert answer.status == 200, answer.sentence
    assert host_pin_of(hosted, number) == host_pin_of(hosted, first["ConferenceId"]) == ""


# ------------------------------------------------------------------ mails


def test_an_invitation_never_tells_it(hosted):
    box = Mailbox(hosted)
    saved = box.book(external("SIP <-"))
    contents = [content for _, _, content in mails(box.invite())]
    assert [saved["Password"] in content for content in contents] == [True, True]
    assert not any(host_pin_of(hosted, saved["ConferenceId"]) in content for content in contents)


def test_a_mail_about_an_event_tells_it_to_whom_a_text_would(hosted):
    box = Mailbox(hosted)
    number = box.book(external("SIP <-"))["ConferenceId"]
    host_pin = host_pin_of(hosted, number)
    asked = {"ExternalSourceId": "calendar", "ExternalPrimaryKey": "k1"}
    told = {}
    for hosted.user_name in ("boss", "anna"):
        told[hosted.user_name] = [host_pin in content for _, _, content in mails(box.event(**asked))]
    assert told == {"boss": [True, True], "anna": [False, False]}


@pytest.mark.parametrize("booked_by", ["boss", "guest"])
def test_a_confirmation_tells_the_owner_alone(hosted, postbox, booked_by):
    caller = hosted.callers[booked_by]
    hosted.callers[booked_by] = replace(caller, permissions=frozenset(Permission))
    hosted.user_name = booked_by
    header = flags(SendConfirmationMail="true")
    body = elements(
        ConferenceId=-1,
        StartTimeUTC="2026-01-29 14:00:00Z",
        EndTimeUTC="2026-01-29 15:00:00Z",
        OwnerEmailAddress="ann@example.com",
        EmailTo="bo@example.com;Ann@example.com",
    )
    inner = f"<Conference>{body}<Participants>{external('SIP <-')}</Participants></Conference>"
    number = hosted.conference_in(hosted.call("SaveConference", inner, context=header))["ConferenceId"]
    host_pin = host_pin_of(hosted, number)
    told = {tuple(one.recipients): host_pin in one.part("plain") for one in deliver(hosted, postbox)}
    assert told == {("ann@example.com",): True, ("bo@example.com",): False}
