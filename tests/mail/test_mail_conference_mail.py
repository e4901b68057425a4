"""Invite mails and booking event mails."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from mail_samples import HOUR, LANGUAGES, START, facts, info, message, pattern

from tmsba.booking.view.views import ContentType, Defect, MailPurpose, MessageKind
from tmsba.domain.time.recurrence import Frequency
from tmsba.domain.time.time_zone import TimeZoneRule, ZoneRules
from tmsba.domain.time.times import Period
from tmsba.domain.values import ConferenceStatus
from tmsba.mail.conference_mail import ConferenceTexts

TEXT, HTML = ContentType.PLAIN_TEXT, ContentType.HTML
EVENT = MailPurpose.EVENT
SOUTH = ZoneRules((TimeZoneRule(id="Somewhere", base_offset_minutes=-210),))


def mail(content_type=TEXT, *messages, **more):
    return ConferenceTexts().mail(facts(*messages, **more), content_type)


def text(*messages, **more):
    return mail(TEXT, *messages, **more).content


def html(*messages, **more):
    return mail(HTML, *messages, **more).content


class Reader(HTMLParser):
    """Collects words, and checks that tags are closed in order."""

    def __init__(self, source):
        super().__init__()
        self.words, self.open = [], []
        self.feed(source)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip():
            self.words.append(data.strip())


def test_an_invitation_tells_everything_that_a_participant_needs():
    invite = mail(info=info(location="Oslo", user_message="Bring\nyour notes."))
    assert invite.subject == "Invitation: Weekly review"
    assert invite.content_type is TEXT
    assert invite.content == (
        "You are invited to this meeting.\n"
        "\n"
        "Title: Weekly review\n"
        "Organiser: Anna <anna@example.com>\n"
        "Time: Thursday, 29 January 2026, 14:09 - 15:09 (UTC+01:00) Europe/Oslo\n"
        "Duration: 1 hour\n"
        "Location: Oslo\n"
        "Video address: 990442@example.com\n"
        "Join in a browser: https://join.example.com/meeting/990442?secret=abc\n"
        "PIN: 4711\n"
        "Conference ID: 12\n"
        "\n"
        "Bring\nyour notes.\n"
        "\n"
        "Participants:\n"
        "- Guest One: dials in\n"
        "- Board Room: the bridge dials board@example.com\n"
    )


def test_the_html_is_well_formed_and_tells_the_same():
    plain = text(message(MessageKind.WARNING, "One", "Two"))
    words = Reader(html(message(MessageKind.WARNING, "One", "Two"))).words
    assert len(words) > 20
    assert [word for word in words[1:] if word not in plain] == []
    assert '<a href="sip:990442@example.com"' in html()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("purpose", MailPurpose)
@pytest.mark.parametrize("kind", MessageKind)
def test_every_language_renders_every_mail(language, purpose, kind):
    for content_type in ContentType:
        made = mail(content_type, message(kind, "Hello"), purpose=purpose, language=language)
        assert not re.search(r"\{[a-z_]+\}", made.content + made.subject)
        for fact in ("Hello", "Weekly review", "Board Room", "14:09"):
            assert fact in made.content
        is_over = purpose is MailPurpose.CANCELLATION
        assert all((fact in made.content) is not is_over for fact in ("990442@example.com", "4711"))
    assert f'<html lang="{language}">' in made.content


@pytest.mark.parametrize(
    ("language", "subject", "words"),
    [
        ("en", "Invitation: Weekly review", "You are invited to this meeting."),
        ("fr", "Invitation : Weekly review", "Vous êtes invité à cette réunion."),
        ("ru", "Приглашение: Weekly review", "Вы приглашены на эту встречу."),
        ("zh-CN", "会议邀请：Weekly review", "邀请您参加此会议。"),  # noqa: RUF001
        ("ja", "会議への招待：Weekly review", "次の会議に招待されています。"),  # noqa: RUF001
        ("ko", "회의 초대: Weekly review", "다음 회의에 초대되었습니다."),
    ],
)
def test_the_language_asked_for_speaks(language, subject, words):
    made = mail(language=language)
    assert made.subject == subject
    assert made.content.startswith(words)


def test_a_blank_language_is_that_of_the_conference_and_an_unknown_one_english():
    french = info(language="fr-CA")
    assert mail(info=french, language=" ").subject == "Invitation : Weekly review"
    assert mail(info=french, language="ja").subject.startswith("会議")
    assert mail(info=french, language="xx-Nowhere").subject == "Invitation: Weekly review"
    assert mail(info=info(language="?"), language="").subject == "Invitation: Weekly review"


@pytest.mark.parametrize(
    ("kind", "prefix", "border"),
    [
        (MessageKind.INFORMATION, "Information:", "#3c9a40"),
        (MessageKind.WARNING, "Warning:", "#e0a800"),
        (MessageKind.ERROR, "Error:", "#cc2b2b"),
    ],
)
def test_a_message_has_its_prefix_and_colour_and_stands_at_the_top(kind, prefix, border):
    said = message(kind, "First line", "Second line")
    assert text(said).startswith(f"{prefix} First line\nSecond line\n\nYou are invited")
    words = Reader(html(said)).words
    assert words[1:4] == [prefix, "First line", "Second line"]
    assert f"border:1px solid {border}" in html(said)
    assert html(said).count("<br>") == 1


def test_messages_stand_in_their_order_and_empty_ones_are_left_out():
    first, second = message(MessageKind.ERROR, "One"), message(MessageKind.INFORMATION, "Two")
    empty = message(MessageKind.WARNING)
    assert text(first, empty, second).startswith("Error: One\n\nInformation: Two\n\n")
    assert "Warning" not in html(first, empty, second)


def test_what_people_typed_is_escaped_in_html_and_not_in_text():
    title, said = "<script>alert('1')</script> & \"more\"", "<b>{title}</b>"
    typed = info(title=title, location="<i>", user_message="<u>")
    page = html(message(MessageKind.ERROR, said), info=typed)
    assert not any(tag in page for tag in ("<script", "<b>", "<i>", "<u>"))
    assert {title, said, "<i>", "<u>"} <= set(Reader(page).words)
    assert f"Title: {title}\n" in text(info=typed)
    assert text(message(MessageKind.ERROR, said)).startswith(f"Error: {said}\n")


def test_a_subject_is_one_line():
    assert mail(info=info(title="One\r\nBcc: x@example.com")).subject == "Invitation: One Bcc: x@example.com"


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        (None, "Booking: Weekly review"),
        (MessageKind.INFORMATION, "Booking: Weekly review"),
        (MessageKind.WARNING, "Booking warning: Weekly review"),
        (MessageKind.ERROR, "Booking error: Weekly review"),
    ],
)
def test_an_event_mail_says_how_serious_it_is(kind, subject):
    messages = [message(kind, "Room 1 is taken.")] if kind else []
    assert mail(TEXT, *messages, purpose=EVENT).subject == subject


@pytest.mark.parametrize("status", ConferenceStatus)
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_event_mail_tells_the_state(status, language):
    told = text(purpose=EVENT, status=status, language=language)
    assert told != text(purpose=EVENT, status=_other(status), language=language)


def _other(status):
    return ConferenceStatus.PENDING if status is not ConferenceStatus.PENDING else ConferenceStatus.DELETED


def test_what_is_not_booked_has_no_number_and_nobody_is_called():
    new = info(bridge=None)
    new = replace(new, conference=replace(new.conference, id=-1))
    told = text(purpose=EVENT, info=new, status=ConferenceStatus.NOT_SAVED)
    assert "State: not booked\n" in told
    assert "Conference ID" not in told
    assert "Participants:\n- Guest One\n- Board Room\n" in told


def test_times_follow_the_rules_of_the_conference_else_the_zone_of_its_owner():
    assert "09:39 - 10:39 (UTC-03:30) Somewhere" in text(info=info(zone_rules=SOUTH))
    assert "08:09 - 09:09 (UTC-05:00) US/Eastern" in text(info=info(zone="US/Eastern"))


def test_the_ends_of_the_calendar_do_no_harm():
    last = datetime(9999, 12, 31, 23, tzinfo=UTC)
    first = datetime(1, 1, 1, tzinfo=UTC)
    for period in (Period(last, last), Period(first, first + HOUR), Period(first, last)):
        for zone in ("Asia/Tokyo", "US/Eastern"):
            for language in LANGUAGES:
                assert text(info=info(period=period, zone=zone, zone_rules=None), language=language)
        assert text(info=info(period=period, zone_rules=SOUTH))


def test_the_information_texts_are_in_the_language_of_the_conference():
    texts = ConferenceTexts()
    assert texts.text(info(language="fr-FR")).startswith("Titre : Weekly review\nDate et heure : jeudi 29")
    assert "ビデオ アドレス" in texts.html(info(language="ja-JP"))
    assert "Video address" in texts.html(info(language="nn-NO"))


def test_a_confirmation_says_what_was_saved_and_how_to_join():
    made = mail(purpose=MailPurpose.CONFIRMATION)
    assert made.subject == "Booking saved: Weekly review"
    assert "The following booking was saved." in made.content
    assert "State: booked" in made.content
    assert "Video address: 990442@example.com" in made.content


def test_a_cancellation_tells_nobody_how_to_join():
    made = mail(purpose=MailPurpose.CANCELLATION, status=ConferenceStatus.DELETED)
    assert made.subject == "Booking cancelled: Weekly review"
    assert "State: cancelled" in made.content
    assert "Participants:\n- Guest One\n- Board Room\n" in made.content
    assert "990442" not in made.content


@pytest.mark.parametrize("content_type", ContentType)
def test_the_information_about_the_conference_can_be_left_out(content_type):
    made = mail(
        content_type,
        purpose=MailPurpose.CONFIRMATION,
        is_information_left_out=True,
        other_addresses=((START, "990443@example.com"),),
    )
    for fact in ("990442", "990443", "4711", "Guest One", "Board Room", "Participants"):
        assert fact not in made.content
    for fact in ("Weekly review", "14:09", "Anna"):
        assert fact in made.content


@pytest.mark.parametrize(
    ("is_clash", "reason"), [(True, "A system is already"), (False, "No bridge is free")]
)
def test_what_could_not_be_booked_stands_at_the_top_as_a_warning(is_clash, reason):
    defect = Defect(period=Period(START, START + HOUR), is_clash=is_clash)
    made = mail(purpose=MailPurpose.EVENT, status=ConferenceStatus.DEFECTIVE, defects=(defect,))
    assert made.subject == "Booking warning: Weekly review"
    first, second = made.content.splitlines()[:2]
    assert first.startswith("Warning: Not everything could be booked")
    assert second.startswith(reason)


def test_of_a_series_each_date_that_could_not_be_booked_is_named():
    defects = tuple(
        Defect(period=Period(START + day * 24 * HOUR, START + (day * 24 + 1) * HOUR), is_clash=day == 1)
        for day in (1, 2)
    )
    made = mail(purpose=MailPurpose.EVENT, pattern=pattern(Frequency.DAILY), defects=defects)
    lines = made.content.splitlines()
    assert lines[1].startswith("Friday, 30 January 2026: A system is already booked")
    assert lines[2].startswith("Saturday, 31 January 2026: No bridge is free")
