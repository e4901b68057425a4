"""Errors as the caller sees them, and as the log does."""

from typing import Any

import pytest
import structlog
from soap_client import EXCEPTION, SOAP11, SOAP12, Client, element, elements, envelope, version_header

from tmsba.domain.errors import ClientSessionExpired, ConferenceNotFound, DatabaseDown, TmsbaError, all_errors
from tmsba.soap.types.booking import Conference
from tmsba.soap.wire.faults import DetailStyle

URL = "http://tmsba.example.com/tms/external/booking/bookingservice.asmx"


def failing(error: Exception, **options: Any) -> Client:
    def handler(call: Any, **parameters: Any) -> None:
        raise error

    return Client({"GetConferenceById": handler}, **options)


def test_a_documented_error_in_soap_11() -> None:
    answer = failing(ConferenceNotFound("No conference has the id 5.")).call("GetConferenceById")
    assert answer.status == 500
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert [(e.tag, e.text) for e in answer.fault][:3] == [
        ("faultcode", "soap:Client"),
        ("faultstring", "No conference has the id 5."),
        ("faultactor", URL),
    ]
    (errorcode,) = answer.fault.find("detail")
    assert (errorcode.tag, errorcode.text) == (f"{{{EXCEPTION}}}errorcode", "-2147218302")
    assert answer.fault.nsmap["soap"] == SOAP11


def test_a_documented_error_in_soap_12() -> None:
    answer = failing(DatabaseDown("The database does not answer.")).call("GetConferenceById", soap=SOAP12)
    assert answer.status == 500
    assert answer.headers["Content-Type"] == "application/soap+xml; charset=utf-8"
    soap = f"{{{SOAP12}}}"
    assert [e.tag for e in answer.fault] == [
        f"{soap}Code",
        f"{soap}Reason",
        f"{soap}Node",
        f"{soap}Detail",
        "detail",
    ]
    assert answer.fault.findtext(f"{soap}Code/{soap}Value") == "soap:Receiver"
    text = answer.fault.find(f"{soap}Reason/{soap}Text")
    assert (text.text, dict(text.attrib)) == (
        "The database does not answer.",
        {"{http://www.w3.org/XML/1998/namespace}lang": "en"},
    )
    assert answer.fault.findtext(f"{soap}Node") == URL


@pytest.mark.parametrize(
    ("style", "names"),
    [
        (DetailStyle.BOTH, [f"{{{SOAP12}}}Detail", "detail"]),
        (DetailStyle.TMS, ["detail"]),
        (DetailStyle.SPEC, [f"{{{SOAP12}}}Detail"]),
    ],
)
def test_the_details_of_soap_12_can_be_chosen(style: DetailStyle, names: list[str]) -> None:
    error = ClientSessionExpired("The client session id is expired.", "0f6c")
    answer = failing(error, detail_style=style).call("GetConferenceById", soap=SOAP12)
    details = list(answer.fault)[3:]
    assert [e.tag for e in details] == names
    for detail in details:
        assert [(e.tag, e.text) for e in detail] == [
            (f"{{{EXCEPTION}}}errorcode", "-2147218253"),
            (f"{{{EXCEPTION}}}clientsessionid", "0f6c"),
        ]
    assert answer.code == "soap:Sender"


@pytest.mark.parametrize("error", all_errors(), ids=lambda error: error.name)
def test_every_documented_error_becomes_a_fault_with_its_code(error: type[TmsbaError]) -> None:
    arguments = ("Reason.", "session") if "Session" in error.__name__ else ("Reason.",)
    answer = failing(error(*arguments)).call("GetConferenceById")
    assert answer.errorcodes == [error.code]
    assert answer.code == ("soap:Client" if error.is_callers_fault else "soap:Server")


def test_faults_have_no_header() -> None:
    answer = failing(ConferenceNotFound("No.")).call("GetConferenceById")
    assert [e.tag for e in answer.root] == [f"{{{SOAP11}}}Body"]


def test_an_unknown_error_is_logged_and_not_shown() -> None:
    with structlog.testing.capture_logs() as logs:
        answer = failing(RuntimeError("secret of the house")).call("GetConferenceById")
    assert answer.code == "soap:Server"
    assert answer.errorcodes == [-2147218261]
    assert b"secret" not in answer.body
    assert b"Traceback" not in answer.body
    assert answer.headers["X-Request-ID"] in answer.sentence
    (entry,) = logs
    assert (entry["event"], entry["request_id"]) == ("request_failed", answer.headers["X-Request-ID"])
    assert str(entry["exc_info"]) == "secret of the house"


def test_an_answer_that_cannot_be_written_is_a_fault_too() -> None:
    client = Client(
        {"GetConferencesForUser": lambda call, **_: [Conference(RecurrencePattern=5, Participants=7)]}
    )
    with structlog.testing.capture_logs() as logs:
        answer = client.call("GetConferencesForUser")
    assert (answer.status, answer.code) == (500, "soap:Server")
    assert len(logs) == 1


def test_the_callers_mistakes_are_not_logged() -> None:
    with structlog.testing.capture_logs() as logs:
        failing(ConferenceNotFound("No.")).call("GetConferenceById")
        Client().post(b"<not soap")
    assert logs == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "no body"),
        (b" \n", "no body"),
        (b"hello", "not well-formed"),
        (b"<a>", "not well-formed"),
        (b"<html/>", "SOAP envelope"),
        (b'<Envelope xmlns="urn:x"/>', "namespace"),
        (b"<Envelope/>", "namespace"),
        (envelope(""), "Body"),
        (envelope("<!-- nothing -->"), "Body"),
        (f'<e:Envelope xmlns:e="{SOAP12}"/>'.encode(), "Body"),
        (envelope(element("GetConference")), "no operation GetConference"),
        (envelope("<GetConferenceById/>"), "Its namespace must be http://tandberg.net"),
        (envelope(element("GetConferenceById", namespace="urn:x")), "Its namespace must be"),
        (envelope(element("GetConferenceById"), version_header("new")), "ClientVersionIn"),
        (b"<!DOCTYPE a><a/>", "document type"),
        (envelope(element("GetConferenceById", elements(ConferenceId="x"))), "ConferenceId"),
    ],
)
def test_a_request_that_cannot_be_read_is_told_what_to_change(body: bytes, words: str) -> None:
    answer = Client().post(body)
    assert answer.status == 500
    assert answer.code in ("soap:Client", "soap:Sender")
    assert words in answer.sentence
    assert answer.errorcodes
    assert set(answer.errorcodes) == {-2147218261}


def test_garbage_sent_as_soap_12_is_answered_as_soap_12() -> None:
    answer = Client().post(b"garbage", content_type="application/soap+xml; charset=utf-8")
    assert answer.root.tag == f"{{{SOAP12}}}Envelope"
    assert answer.code == "soap:Sender"
