"""Requests and answers of both SOAP versions through the whole stack."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from lxml import etree
from soap_client import REMOTE_SETUP, SOAP11, SOAP12, Client, element, elements, envelope, version_header
from structlog.testing import capture_logs

from tmsba.domain.errors import DatabaseDown, UnknownError
from tmsba.soap.types.booking import Conference, ExternalConference, Participant, TimeZoneRule, WebEx
from tmsba.soap.wire.dates import EARLIEST
from tmsba.wsgi.front import BOOKING_PATH, REMOTE_SETUP_PATH

SESSION = "<ClientSession>6e5c</ClientSession>"


def echo(call: Any, Conference: Any) -> Any:
    return Conference


def save(inner: str, **options: Any) -> Any:
    """What a handler gets for a Conference element with this content."""
    got: list[Any] = []
    client = Client({"SaveConference": lambda call, Conference: got.append(Conference)})
    answer = client.call("SaveConference", element("Conference", inner), **options)
    assert answer.status == 200, answer.sentence
    return got[0]


@pytest.mark.parametrize(
    ("soap", "content_type"),
    [(SOAP11, "text/xml; charset=utf-8"), (SOAP12, "application/soap+xml; charset=utf-8")],
)
@pytest.mark.parametrize("sent_as", ["text/xml", "application/soap+xml", "text/plain", ""])
def test_the_envelope_decides_about_the_version_of_soap(soap: str, content_type: str, sent_as: str) -> None:
    client = Client({"DeleteConferenceById": lambda call, ConferenceId: None})
    answer = client.post(envelope(element("DeleteConferenceById"), soap=soap), content_type=sent_as)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == content_type
    assert answer.root.tag == f"{{{soap}}}Envelope"
    assert answer.body.startswith(b'<?xml version="1.0" encoding="utf-8"?><soap:Envelope ')
    assert len(answer.all("DeleteConferenceByIdResponse")) == 1


def test_soapaction_is_only_advice() -> None:
    client = Client({"GetConferenceIdByExternalId": lambda call, **_: 7})
    body = envelope(element("GetConferenceIdByExternalId"))
    for action in ("", '"http://example.com/Other"'):
        answer = client.post(body, HTTP_SOAPACTION=action)
        assert answer.text("GetConferenceIdByExternalIdResult") == "7"


def test_the_header_comes_back_as_it_was_sent() -> None:
    client = Client({"EndConferenceById": lambda call, ConferenceId: None})
    header = version_header(
        13, inner=f"<ClientIdentifierIn>x &amp; y</ClientIdentifierIn>{SESSION}<Unknown/>"
    )
    answer = client.call("EndConferenceById", header=header)
    (echoed,) = answer.all("ExternalAPIVersionSoapHeader")
    assert [(e.tag.split("}")[1], e.text) for e in echoed] == [
        ("ClientVersionIn", "13"),
        ("ClientIdentifierIn", "x & y"),
        ("ClientSession", "6e5c"),
    ]
    assert echoed.getparent().tag == f"{{{SOAP11}}}Header"


def test_a_renewed_session_replaces_the_one_that_was_sent() -> None:
    client = Client({"EndConferenceById": lambda call, ConferenceId: call.renew_session("new")})
    assert (
        client.call("EndConferenceById", header=version_header(15, inner=SESSION)).text("ClientSession")
        == "new"
    )


def test_without_a_header_none_comes_back_and_the_version_is_0() -> None:
    versions = []
    client = Client({"EndConferenceById": lambda call, ConferenceId: versions.append(call.client_version)})
    answer = client.post(envelope(element("EndConferenceById")))
    assert versions == [0]
    assert answer.root[0].tag == f"{{{SOAP11}}}Body"


@pytest.mark.parametrize(("announced", "known"), [(-3, 0), (0, 0), (15, 15), (23, 23), (99, 23)])
def test_the_announced_version_is_kept_within_what_the_server_knows(announced: int, known: int) -> None:
    versions = []
    client = Client({"EndConferenceById": lambda call, ConferenceId: versions.append(call.client_version)})
    client.call("EndConferenceById", version=announced)
    assert versions == [known]


def test_the_default_conference_comes_with_the_version_of_the_server() -> None:
    client = Client({"GetDefaultConference": lambda call: Conference(ConferenceId=-1)})
    answer = client.call("GetDefaultConference", version=0)
    assert answer.text("ConfAPIVersion") == "23"
    assert answer.text("ClientVersionIn") == "0"
    assert client.post(envelope(element("GetDefaultConference"))).text("ConfAPIVersion") == "23"


def test_handlers_see_the_headers() -> None:
    seen: list[Any] = []
    client = Client({"DeleteConferenceById": lambda call, ConferenceId: seen.append(call)})
    context = "<SendConfirmationMail>1</SendConfirmationMail><ClientLanguage>de-DE</ClientLanguage>"
    header = version_header(15, inner=SESSION) + element("ContextHeader", context)
    client.call("DeleteConferenceById", elements(ConferenceId=4), header=header)
    (call,) = seen
    assert call.client_session == "6e5c"
    assert call.context_header == {"SendConfirmationMail": True, "ClientLanguage": "de-DE"}
    assert call.caller == "u"
    assert call.operation == "DeleteConferenceById"


def test_elements_in_any_order_and_unknown_ones_are_taken() -> None:
    conference = save(
        "<Title>t</Title><Nonsense><ConferenceId>1</ConferenceId></Nonsense><ConferenceId>5</ConferenceId>"
    )
    assert (conference.ConferenceId, conference.Title) == (5, "t")


def test_elements_of_other_namespaces_and_attributes_do_not_count() -> None:
    conference = save(
        '<Title xmlns="urn:x">no</Title><Password Title="no" xmlns:x="urn:x" x:y="1">1</Password>'
    )
    assert (conference.Title, conference.Password) == (None, "1")


@pytest.mark.parametrize(
    ("text", "value"), [("1", True), ("true", True), (" True ", True), ("0", False), ("false", False)]
)
def test_booleans(text: str, value: bool) -> None:
    assert save(f"<ISDNRestrict>{text}</ISDNRestrict>").ISDNRestrict is value


def test_nil_and_empty_elements() -> None:
    nil = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"'
    conference = save(
        f"<Title/><EmailTo {nil}/><Version/><Participants {nil}/><ConferenceId {nil}/><Password>  </Password>"
    )
    assert (conference.Title, conference.EmailTo, conference.Version) == ("", None, None)
    assert (conference.Participants, conference.ConferenceId, conference.Password) == (None, None, "  ")


def test_what_is_not_said_is_none() -> None:
    conference = save("")
    assert (conference.ConferenceId, conference.OwnerId, conference.ISDNRestrict) == (None, None, None)
    assert (conference.ConferenceType, conference.Version, conference.Participants) == (None, None, None)


def test_missing_parameters_have_the_defaults_of_dotnet() -> None:
    got: dict[str, Any] = {}
    client = Client({"SaveConferenceWithMode": lambda call, **parameters: got.update(parameters)})
    client.call("SaveConferenceWithMode")
    assert got == {"Conference": None, "BookingMode": "Strict"}


def test_objects_inside_objects() -> None:
    conference = save(
        "<Participants><Participant><ParticipantId>3</ParticipantId>"
        "<ParticipantCallType>SIP -&gt;</ParticipantCallType></Participant>"
        "<Other/><Participant/></Participants>"
        "<RecurrencePattern>"
        "<DaysOfWeek><DayOfWeek>Monday</DayOfWeek><DayOfWeek>Sunday</DayOfWeek></DaysOfWeek><Exceptions>"
        "<RecurrenceException><ModifiedData><Title>in</Title></ModifiedData></RecurrenceException>"
        "</Exceptions></RecurrencePattern>"
    )
    assert [(p.ParticipantId, p.ParticipantCallType) for p in conference.Participants] == [
        (3, "SIP ->"),
        (None, None),
    ]
    assert conference.RecurrencePattern.DaysOfWeek == ["Monday", "Sunday"]
    assert conference.RecurrencePattern.Exceptions[0].ModifiedData.Title == "in"


def test_flags_are_a_list_of_values() -> None:
    def read(text: str) -> Any:
        inner = f"<ElementsToExclude>{text}</ElementsToExclude>"
        return save(
            f"<ExternalConference><WebEx>{inner}</WebEx></ExternalConference>"
        ).ExternalConference.WebEx

    assert read(" HostKey  MeetingPassword ").ElementsToExclude == "HostKey MeetingPassword"
    assert read("").ElementsToExclude == "None"


@pytest.mark.parametrize(
    ("inner", "words"),
    [
        ("<ConferenceId>five</ConferenceId>", ["ConferenceId", "whole number", "'five'"]),
        ("<ConferenceId/>", ["ConferenceId", "whole number"]),
        ("<ConferenceId>1_000</ConferenceId>", ["ConferenceId"]),
        ("<ConferenceId>99999999999</ConferenceId>", ["ConferenceId", "2147483647"]),
        ("<OwnerId>9223372036854775808</OwnerId>", ["OwnerId", "9223372036854775807"]),
        (f"<Version>{'9' * 5000}</Version>", ["Version", "whole number"]),
        ("<ISDNRestrict>yes</ISDNRestrict>", ["ISDNRestrict", "true"]),
        ("<ConferenceType>__class__</ConferenceType>", ["ConferenceType", "'Automatic Call Launch'"]),
        ("<PictureMode>voice switched</PictureMode>", ["PictureMode", "'Voice Switched'"]),
        (
            "<Participants><Participant><ParticipantId>x</ParticipantId></Participant></Participants>",
            ["ParticipantId"],
        ),
    ],
)
def test_a_value_of_the_wrong_type_is_a_fault_that_names_the_element(inner: str, words: list[str]) -> None:
    answer = Client({"SaveConference": echo}).call("SaveConference", element("Conference", inner))
    assert answer.status == 500
    assert answer.code == "soap:Client"
    assert all(word in answer.sentence for word in words), answer.sentence
    assert len(answer.sentence) < 400
    assert answer.errorcodes == [UnknownError.code]


def test_dates_of_the_list_functions() -> None:
    got: dict[str, Any] = {}
    client = Client({"GetConferencesForUser": lambda call, **parameters: got.update(parameters)})
    client.call("GetConferencesForUser", elements(StartTime="2026-01-01T00:00:00+01:00"))
    assert got["StartTime"] == datetime(2025, 12, 31, 23, tzinfo=UTC)
    assert got["EndTime"] == EARLIEST
    assert (got["UserName"], got["ConferenceStatus"]) == (None, "All")
    answer = client.call("GetConferencesForUser", elements(EndTime="soon"))
    assert "EndTime" in answer.sentence
    assert answer.errorcodes == [-2147218254]


def test_repeated_parameters() -> None:
    got: dict[str, Any] = {}
    client = Client({"GetConferencesForSystems": lambda call, **parameters: got.update(parameters)})
    client.call(
        "GetConferencesForSystems", "<SystemIds>1</SystemIds><Legacy>1</Legacy><SystemIds>2</SystemIds>"
    )
    assert (got["SystemIds"], got["Legacy"]) == ([1, 2], True)
    client.call("GetConferencesForSystems")
    assert (got["SystemIds"], got["Legacy"]) == ([], False)


def test_other_spellings_are_understood() -> None:
    got: list[Any] = []
    client = Client(
        {
            "DeleteConferenceInstanceByExternaId": lambda call, **parameters: got.append(
                parameters["RecurrenceIdUTC"]
            ),
            "GetTransactionsSince": lambda call, CurrentTransactionId, SystemId: got.append(SystemId),
        }
    )
    answer = client.call("DeleteConferenceInstanceByExternalId", elements(RecurrenceIdUTC="r"))
    assert len(answer.all("DeleteConferenceInstanceByExternalIdResponse")) == 1
    client.call("GetTransactionsSince", elements(SystemID="5"))
    assert got == ["r", "5"]


def test_answers_have_the_shape_of_aspnet() -> None:
    rule = TimeZoneRule(ValidFrom=EARLIEST.replace(tzinfo=None), Id="UTC")
    conference = Conference(
        Title="a & <b>",
        EmailTo="",
        Participants=[],
        ConferenceTimeZoneRules=[rule],
        ExternalConference=ExternalConference(WebEx=WebEx(UsePstn=True)),
        IsRecordingEnabled=False,
        Version=3,
    )
    answer = Client({"GetConferenceById": lambda call, ConferenceId: conference}).call("GetConferenceById")
    assert (
        b'<soap:Body><GetConferenceByIdResponse xmlns="http://tandberg.net/2004/02/tms/external/booking/">'
        in answer.body
    )
    for part in (
        b"<Title>a &amp; &lt;b&gt;</Title>",
        b"<EmailTo/>",
        b"<Participants/>",
        b"<ValidFrom>0001-01-01T00:00:00</ValidFrom><Id>UTC</Id><BaseOffsetInMinutes>0</BaseOffsetInMinutes>",
        b'<WebEx><MeetingKey xsi:nil="true"/><SipUrl xsi:nil="true"/><ElementsToExclude>None<',
        b"<UsePstn>true</UsePstn><OwnedExternally>false</OwnedExternally></WebEx>",
        b"<Version>3</Version><IsRecordingEnabled>false</IsRecordingEnabled></GetConferenceByIdResult>",
    ):
        assert part in answer.body, part
    assert b"StartTimeUTC" not in answer.body


def test_characters_that_xml_cannot_carry_are_left_out() -> None:
    client = Client(
        {"GetConferenceById": lambda call, ConferenceId: Conference(Title="a\x00b\x1fc\ud800d\U0001f600")}
    )
    assert client.call("GetConferenceById").text("Title") == "abcd\U0001f600"


def test_empty_answers_results_and_lists() -> None:
    client = Client(
        {
            "GetConferenceById": lambda call, ConferenceId: None,
            "GetConferencesForUser": lambda call, **_: [Conference(Participants=[Participant()]), None],
            "GetConferenceIdByExternalId": lambda call, **_: None,
        }
    )
    assert len(client.call("GetConferenceById").all("GetConferenceByIdResponse")[0]) == 0
    assert len(client.call("GetConferencesForUser").all("Conference")) == 2
    assert client.call("GetConferenceIdByExternalId").text("GetConferenceIdByExternalIdResult") == "0"


def test_the_remote_setup_service_has_its_own_namespace() -> None:
    client = Client(setup={"IsAlive": lambda call: True})
    answer = client.setup("IsAlive")
    assert answer.text("IsAliveResult", REMOTE_SETUP) == "true"
    assert answer.text("ClientVersionIn", REMOTE_SETUP) == "23"
    assert client.post(envelope(element("IsAlive", namespace=REMOTE_SETUP)), path=BOOKING_PATH).status == 500


@pytest.mark.parametrize("name", ["GetWebExSiteDefaults", "GetConferenceById"])
def test_what_is_not_there_yet_is_said(name: str) -> None:
    answer = Client().call(name)
    assert answer.sentence == f"This server does not offer {name} yet."
    assert answer.code == "soap:Server"
    assert answer.errorcodes == [-2147218261]


def test_charsets_of_requests() -> None:
    text = envelope(element("SaveConference", element("Conference", "<Title>M\u00fcnchen</Title>"))).decode()
    client = Client({"SaveConference": echo})
    for body, content_type in (
        (text.encode("latin-1"), "text/xml; charset=iso-8859-1"),
        (b'<?xml version="1.0" encoding="iso-8859-1"?>' + text.encode("latin-1"), "text/xml; charset=utf-8"),
        (text.encode("utf-16"), "text/xml; charset=utf-8"),
        (b"\xef\xbb\xbf" + text.encode(), "text/xml; charset=iso-8859-1"),
        (text.encode(), "text/xml; charset=nonsense"),
        (text.encode(), "text/xml"),
    ):
        assert client.post(body, content_type=content_type).text("Title") == "M\u00fcnchen", content_type


def test_answers_of_both_services_are_what_their_samples_say() -> None:
    client = Client()
    for page in (*client.booking.pages.values(), *client.remote_setup.pages.values()):
        for sample in page.samples:
            assert f"<{page.name} " in sample.request
            assert f"<{page.name}Response " in sample.response


def test_every_operation_is_found_in_both_versions_of_soap() -> None:
    client = Client()
    services = ((client.booking.contract, BOOKING_PATH), (client.remote_setup.contract, REMOTE_SETUP_PATH))
    for contract, path in services:
        for name in contract.operations:
            for soap in (SOAP11, SOAP12):
                body = envelope(element(name, namespace=contract.namespace), soap=soap)
                assert client.post(body, path=path).sentence == f"This server does not offer {name} yet."


def test_calls_at_the_same_time_do_not_mix() -> None:
    client = Client({"GetConferenceById": lambda call, ConferenceId: Conference(ConferenceId=ConferenceId)})

    def call(number: int) -> bool:
        answer = client.call(
            "GetConferenceById",
            elements(ConferenceId=number),
            soap=(SOAP11, SOAP12)[number % 2],
            header=version_header(number % 24, inner=elements(ClientSession=number)),
        )
        sent = (str(number), str(number), (SOAP11, SOAP12)[number % 2])
        return (answer.text("ConferenceId"), answer.text("ClientSession"), answer.root.nsmap["soap"]) == sent

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(call, range(400)))


# ---------------------------------------------------------------- long answers


def long_list(
    read: list[int], *, length: int = 4000, breaks_at: int | None = None
) -> Iterator[dict[str, Any]]:
    """Users with long names, which are noted when they are asked for."""
    for number in range(length):
        if number == breaks_at:
            raise DatabaseDown("The database does not answer.")
        read.append(number)
        yield {"DisplayName": f"{number} {'x' * 1000}", "IsHiddenUser": False}


def stream(users: Iterator[dict[str, Any]]) -> tuple[dict[str, str], Iterator[bytes]]:
    """The headers of an answer, and its body as the web server gets it."""
    client = Client(setup={"GetUsers": lambda _call: users})
    return client.stream(REMOTE_SETUP_PATH, envelope(element("GetUsers", namespace=REMOTE_SETUP)))


def test_a_long_answer_is_made_while_it_is_sent() -> None:
    read: list[int] = []
    headers, pieces = stream(long_list(read))
    assert "Content-Length" not in headers
    assert 0 < len(read) < 1500
    first = next(pieces)
    assert len(first) < 2 * 1024 * 1024
    root = etree.fromstring(first + b"".join(pieces))
    names = [one.text.split()[0] for one in root.iter(f"{{{REMOTE_SETUP}}}DisplayName")]
    assert names == [str(number) for number in range(4000)]


def test_a_client_that_goes_away_ends_a_long_answer() -> None:
    read: list[int] = []
    _, pieces = stream(long_list(read))
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    assert not list(pieces)
    assert len(read) < 1500


def test_a_short_answer_tells_its_length() -> None:
    headers, pieces = stream(long_list([], length=3))
    assert int(headers["Content-Length"]) == len(b"".join(pieces))


def test_what_fails_before_a_long_answer_has_begun_is_a_fault() -> None:
    headers, pieces = stream(long_list([], breaks_at=500))
    assert "Content-Length" in headers
    assert b"-2147219500" in b"".join(pieces)


def test_what_fails_later_breaks_the_answer_off_and_is_logged() -> None:
    _, pieces = stream(long_list([], breaks_at=3000))
    with capture_logs() as logs, pytest.raises(DatabaseDown):
        list(pieces)
    [entry] = [entry for entry in logs if entry["event"] == "answer_broken_off"]
    assert entry["request_id"]
