"""WebEx between the wire and requests. The first test follows the guide's example of a Conference."""

from dataclasses import replace

import pytest
from lxml import etree
from soap_examples import STORED
from test_soap_translate import wire, written

from tmsba.domain.conference.webex import Telephony, WebEx, WebExPart, WebExState, WebExTrouble, WebExWish
from tmsba.domain.errors import WebExError
from tmsba.domain.values import Choice
from tmsba.i18n import translate
from tmsba.soap.translation.conference_in import conference_in
from tmsba.soap.translation.conference_out import conference_out
from tmsba.soap.translation.webex import TROUBLES
from tmsba.soap.types.simple import BOOKING
from tmsba.soap.wire import enumerations as e

FULL = WebEx(
    meeting_key="1",
    sip_url="2",
    left_out=(WebExPart.MEETING_PASSWORD, WebExPart.GLOBAL_NUMBERS),
    meeting_password="3",
    join_url="4",
    host_url="5",
    host_key="6",
    join_before_host="7",
    telephony=Telephony(
        toll_number="8",
        toll_free_number="9",
        global_numbers_url="10",
        pstn_number="11",
        dtmf_sequence="12",
        access_code="13",
    ),
    is_update_wanted=True,
    site_url="14",
    uses_pstn=True,
    is_owned_externally=True,
)


def test_the_example_of_the_guide_is_read():
    request = conference_in(
        wire(
            '<ExternalConference xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
            "<WebEx><MeetingKey>k</MeetingKey><SipUrl>s</SipUrl><MeetingPassword>p</MeetingPassword>"
            "<JoinMeetingUrl>j</JoinMeetingUrl><HostMeetingUrl>h</HostMeetingUrl><HostKey>key</HostKey>"
            '<JoinBeforeHostTime>00:05:00</JoinBeforeHostTime><Telephony xsi:nil="true" />'
            '<Errors xsi:nil="true" /></WebEx>'
            "<WebExState><WebExInstanceType>Modify</WebExInstanceType></WebExState></ExternalConference>"
        )
    )
    webex = WebEx(
        meeting_key="k",
        sip_url="s",
        meeting_password="p",
        join_url="j",
        host_url="h",
        host_key="key",
        join_before_host="00:05:00",
    )
    assert request.webex == WebExWish(webex=webex, state=WebExState.MODIFY, is_explicit=True)


@pytest.mark.parametrize("webex", [FULL, replace(FULL, telephony=None, left_out=()), WebEx()])
def test_what_is_answered_is_what_is_read(webex):
    details = replace(STORED.conference.details, webex=webex)
    view = replace(STORED, conference=replace(STORED.conference, details=details))
    [external] = written(conference_out(view)).iter(f"{{{BOOKING}}}ExternalConference")
    again = conference_in(wire(etree.tostring(external, encoding="unicode")))
    assert again.webex == WebExWish(webex=webex, is_explicit=True)


def test_errors_and_warnings_are_never_read():
    request = conference_in(
        wire(
            "<ExternalConference><WebEx><OwnedExternally>true</OwnedExternally>"
            "<Warnings><WebExWarning><WarningCode>x</WarningCode></WebExWarning></Warnings>"
            "<Errors><WebExError><ErrorCode>x</ErrorCode></WebExError></Errors></WebEx></ExternalConference>"
        )
    )
    assert request.webex.webex == WebEx(is_owned_externally=True)


@pytest.mark.parametrize("choice", Choice)
def test_the_legacy_way_is_read_beside_the_present_one(choice):
    text = f"<DataConference>{e.CHOICES[choice]}</DataConference>"
    assert conference_in(wire(text)).webex == WebExWish(legacy=choice)
    both = conference_in(wire(f"{text}<ExternalConference/>")).webex
    assert both == WebExWish(legacy=choice, is_explicit=True)


def test_every_trouble_has_a_code_and_a_sentence_in_each_language():
    assert TROUBLES.keys() == set(WebExTrouble)
    assert len({code for code, _ in TROUBLES.values()}) == len(WebExTrouble)
    for _, error in TROUBLES.values():
        assert isinstance(error, WebExError)
        texts = {translate(error, language) for language in ("en", "fr", "ru", "zh-CN", "ja", "ko")}
        assert len(texts) == 6
