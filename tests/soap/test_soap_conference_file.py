"""Conferences in files, as clients send them."""

import pytest
from soap_client import BOOKING, SOAP12, element, envelope

from tmsba.domain.errors import TmsbaError
from tmsba.soap.translation.conference_file import conferences_in_file
from tmsba.soap.wire.errors import BadRequest

INNER = (
    "<Title>Weekly</Title><StartTimeUTC>2026-11-23 09:00:00Z</StartTimeUTC>"
    "<Participants><Participant><ParticipantId>1</ParticipantId></Participant></Participants>"
)
PREFIXED = INNER.replace("<", "<b:").replace("<b:/", "</b:")
EXCEPTION = (
    "<RecurrencePattern><FrequencyType>Daily</FrequencyType><Exceptions><RecurrenceException>"
    "<Type>MODIFY</Type><RecurrenceId>2026-11-24 09:00:00Z</RecurrenceId>"
    "<Data><Conference><Title>Other</Title></Conference></Data>"
    "</RecurrenceException></Exceptions></RecurrencePattern>"
)


@pytest.mark.parametrize(
    "content",
    [
        f"<Conference>{INNER}</Conference>",
        f'<?xml version="1.0" encoding="utf-8"?>\n<Conference xmlns="{BOOKING}">{INNER}</Conference>',
        f'<b:Conference xmlns:b="{BOOKING}">{PREFIXED}</b:Conference>',
        f"<SaveConference><Conference>{INNER}</Conference></SaveConference>",
        envelope(element("SaveConference", f"<Conference>{INNER}</Conference>")).decode(),
        envelope(
            element("SaveConferenceWithMode", f"<Conference>{INNER}</Conference>"), soap=SOAP12
        ).decode(),
    ],
)
def test_an_element_alone_and_a_whole_request_are_read_alike(content):
    [request] = conferences_in_file(content.encode())
    assert request.title == "Weekly"
    assert (request.start.hour, request.end) == (9, None)
    assert [entry.id for entry in request.participants] == [1]


def test_several_conferences_are_read_and_exceptions_are_none_of_their_own():
    one, two = f"<Conference>{INNER}</Conference>", f"<Conference>{INNER}{EXCEPTION}</Conference>"
    content = envelope(element("SaveConferences", f"<Conferences>{one}{two}</Conferences>"))
    assert len(conferences_in_file(content)) == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "no body"),
        ("Weekly", "not well-formed"),
        ("<Meeting/>", "no Conference element"),
        (envelope(element("GetConferenceById", "<ConferenceId>1</ConferenceId>")).decode(), "no Conference"),
        ('<!DOCTYPE x [<!ENTITY y "z">]><Conference/>', "document type"),
        ("<Conference><ConferenceId>x</ConferenceId></Conference>", "ConferenceId"),
    ],
)
def test_what_is_no_conference_is_refused_in_a_sentence(content, words):
    with pytest.raises(BadRequest, match=words):
        conferences_in_file(content.encode())


def test_a_date_that_is_none_is_refused():
    with pytest.raises(TmsbaError, match="StartTimeUTC"):
        conferences_in_file(b"<Conference><StartTimeUTC>tomorrow</StartTimeUTC></Conference>")
