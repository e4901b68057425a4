"""Requests as scripts really send them: written by hand, over HTTP, with all the liberties they take."""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from typing import Any
from xml.sax.saxutils import escape

import httpx
import pytest
from client_story import SESSION, SYSTEM, Slot, new_slot
from installation import BOOKING_NS, BOOKING_PATH, PASSWORD, SETUP_NS, SETUP_PATH
from lxml import etree, html

SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
HEADER = f"""<ExternalAPIVersionSoapHeader xmlns="{BOOKING_NS}">
  <ClientVersionIn>23</ClientVersionIn>
  <ClientSession>{SESSION}</ClientSession>
</ExternalAPIVersionSoapHeader>"""
SIP_IN = "<Participant><ParticipantCallType>SIP &lt;-</ParticipantCallType></Participant>"
IS_ALIVE = f'<IsAlive xmlns="{SETUP_NS}"/>'


@pytest.fixture(scope="module")
def http(server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, auth=("admin", PASSWORD), trust_env=False, timeout=30) as client:
        yield client


def envelope(body: str, header: str | None = HEADER, soap: str = SOAP11) -> str:
    head = "" if header is None else f"<soap:Header>{header}</soap:Header>"
    return f'<soap:Envelope xmlns:soap="{soap}">{head}<soap:Body>{body}</soap:Body></soap:Envelope>'


def post(
    http: httpx.Client, content: str | bytes, path: str = BOOKING_PATH, **headers: str
) -> httpx.Response:
    sent = {"Content-Type": "text/xml; charset=utf-8"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    body = content.encode() if isinstance(content, str) else content
    return http.post(path, content=body, headers=sent)


def texts(answer: httpx.Response, name: str) -> list[str | None]:
    root = etree.fromstring(answer.content)
    return [e.text for e in root.iter() if isinstance(e.tag, str) and etree.QName(e).localname == name]


def text(answer: httpx.Response, name: str) -> str | None:
    assert answer.status_code == 200, answer.text
    (found,) = texts(answer, name)
    return found


def times(slot: Slot) -> str:
    return (
        f"<StartTimeUTC>{slot.start_text}</StartTimeUTC><EndTimeUTC>{slot.end_text}</EndTimeUTC>"
        f"<Title>{escape(slot.title)}</Title>"
    )


def save_conference(inner: str) -> str:
    return f'<SaveConference xmlns="{BOOKING_NS}"><Conference>{inner}</Conference></SaveConference>'


def save(http: httpx.Client, inner: str, header: str | None = HEADER) -> httpx.Response:
    return post(http, envelope(save_conference(inner), header))


def number_of(answer: httpx.Response) -> int:
    return int(text(answer, "ConferenceId") or 0)


# ---------------------------------------------------------------- versions, addresses, SOAPAction


@pytest.mark.parametrize("query", ["", "?wsdl", "?WSDL", "?op=GetDefaultConference"])
def test_soap_12_sent_as_text_xml_is_answered_as_soap_12_whatever_the_query_says(http, query):
    body = envelope(f'<GetDefaultConference xmlns="{BOOKING_NS}"/>', soap=SOAP12)
    answer = post(http, body, BOOKING_PATH + query)
    assert text(answer, "ConferenceId") == "-1"
    assert answer.headers["Content-Type"] == "application/soap+xml; charset=utf-8"
    assert etree.QName(etree.fromstring(answer.content)).namespace == SOAP12


def test_soap_11_sent_as_application_soap_xml_is_answered_as_soap_11(http):
    kind = "application/soap+xml; charset=utf-8"
    answer = post(http, envelope(f'<GetDefaultConference xmlns="{BOOKING_NS}"/>'), Content_Type=kind)
    assert text(answer, "ConferenceId") == "-1"
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"


@pytest.mark.parametrize(
    "action",
    ["", '""', f'"{SETUP_NS}GetSystems"', f"{SETUP_NS}IsAlive", '"urn:wrong"', "IsAlive", '"' * 99],
)
def test_any_soap_action_will_do(http, action):
    assert text(post(http, envelope(IS_ALIVE), SETUP_PATH, SOAPAction=action), "IsAliveResult") == "true"


def test_no_soap_action_will_do(http):
    assert text(post(http, envelope(IS_ALIVE), SETUP_PATH), "IsAliveResult") == "true"


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded", ""])
def test_any_content_type_will_do(http, kind):
    answer = post(http, envelope(IS_ALIVE), SETUP_PATH, Content_Type=kind)
    assert text(answer, "IsAliveResult") == "true"


@pytest.mark.parametrize("change", [str.lower, str.upper, str.title, lambda path: path + "/"])
@pytest.mark.parametrize("path", [BOOKING_PATH, SETUP_PATH])
def test_paths_may_be_spelt_in_any_case(http, change, path):
    assert http.get(change(path)).headers["Content-Type"].startswith("text/html")
    wsdl = etree.fromstring(http.get(f"{change(path)}?wsdl").content)
    addresses = [e.get("location") for e in wsdl.iter() if etree.QName(e).localname == "address"]
    assert addresses == [f"{http.base_url}{path}".replace("//tms", "/tms")] * 2


def test_a_body_in_chunks_is_read_to_its_end(http):
    body = envelope(IS_ALIVE).encode()
    parts = (body[at : at + 50] for at in range(0, len(body), 50))
    answer = http.post(SETUP_PATH, content=parts, headers={"Content-Type": "text/xml"})
    assert text(answer, "IsAliveResult") == "true"


def test_a_client_that_asks_before_it_sends_the_body_is_told_to_go_on(http):
    answer = post(http, envelope(IS_ALIVE), SETUP_PATH, Expect="100-continue")
    assert text(answer, "IsAliveResult") == "true"


def test_a_refused_request_can_be_repeated_with_a_password_on_the_same_connection(server):
    body = envelope(IS_ALIVE).encode()
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
        connection.request("POST", SETUP_PATH, body, {"Content-Type": "text/xml"})
        refusal = connection.getresponse()
        assert (refusal.status, refusal.will_close) == (401, False)
        refusal.read()
        socket = connection.sock
        password = b64encode(f"admin:{PASSWORD}".encode()).decode()
        connection.request("POST", SETUP_PATH, body, {"Authorization": f"Basic {password}"})
        assert connection.getresponse().status == 200
        assert connection.sock is socket


# ---------------------------------------------------------------- headers and sessions


@pytest.mark.parametrize("header", [None, "", "<!-- none -->"], ids=["none", "empty", "a comment"])
def test_a_client_without_a_header_gets_what_old_clients_know(http, header):
    answer = save(http, times(new_slot()), header)
    assert number_of(answer) > 0
    assert texts(answer, "ConferenceState") == []


@pytest.mark.parametrize("session", ["0", SESSION, f"  {SESSION}  ", "{" + SESSION.upper() + "}"])
def test_any_client_session_that_is_not_blank_will_do(http, session):
    answer = save(http, times(new_slot()), HEADER.replace(SESSION, session))
    assert number_of(answer) > 0
    assert text(answer, "ClientSession") == session


def test_foreign_headers_are_ignored(http):
    foreign = '<w:Action xmlns:w="http://www.w3.org/2005/08/addressing">urn:x</w:Action>'
    assert number_of(save(http, times(new_slot()), foreign + HEADER)) > 0


def test_the_elements_of_the_header_may_come_in_any_order(http):
    header = f"""<ExternalAPIVersionSoapHeader xmlns="{BOOKING_NS}">
      <ClientSession>{SESSION}</ClientSession><Unknown/><ClientVersionIn> 23 </ClientVersionIn>
    </ExternalAPIVersionSoapHeader>"""
    answer = save(http, times(new_slot()), header)
    assert text(answer, "ClientSession") == SESSION
    assert len(texts(answer, "ConferenceState")) == 1


# ---------------------------------------------------------------- conferences


@pytest.mark.parametrize("spelling", ["ConferenceID", "conferenceId", "Conferenceid"])
def test_a_misspelt_conference_id_is_ignored_so_a_new_conference_is_booked(http, spelling):
    first = number_of(save(http, times(new_slot())))
    again = number_of(save(http, f"<{spelling}>{first}</{spelling}>{times(new_slot())}"))
    assert again > first


@pytest.mark.parametrize("number", ["-1", "0", " -1 ", "+0"])
def test_minus_one_and_zero_are_the_id_of_a_new_conference(http, number):
    assert number_of(save(http, f"<ConferenceId>{number}</ConferenceId>{times(new_slot())}")) > 0


def test_participants_without_a_participant_id_are_numbered(http):
    answer = save(http, f"{times(new_slot())}<Participants>{SIP_IN * 3}</Participants>")
    assert number_of(answer) > 0
    assert texts(answer, "ParticipantId") == ["1", "2", "3"]


def test_a_plain_name_may_stand_as_the_number_of_a_participant(http):
    party = (
        "<Participant><NameOrNumber>Anna Lee</NameOrNumber>"
        "<ParticipantCallType>IP Video -&gt;</ParticipantCallType></Participant>"
    )
    answer = save(http, f"{times(new_slot())}<Participants>{party}</Participants>")
    assert (text(answer, "NameOrNumber"), text(answer, "ParticipantCallType")) == ("Anna Lee", "IP Video ->")


def test_elements_may_come_in_any_order(http):
    party = (
        f"<Participant><ParticipantCallType>TMS</ParticipantCallType>"
        f"<ParticipantId>{SYSTEM}</ParticipantId></Participant>"
    )
    slot = new_slot()
    answer = save(
        http,
        f"<Password>99</Password><Participants>{party}</Participants>{times(slot)}"
        "<PictureMode>Voice Switched</PictureMode>",
    )
    assert text(answer, "ParticipantId") == str(SYSTEM)
    assert text(answer, "Title") == slot.title
    assert (text(answer, "Password"), text(answer, "PictureMode")) == ("99", "Voice Switched")


def test_unknown_elements_and_attributes_are_ignored_wherever_they_stand(http):
    foreign = '<x:Title xmlns:x="urn:foreign">no</x:Title><Extra a="1"><Title>no</Title></Extra>'
    party = SIP_IN.replace("<Participant>", '<Participant Title="no"><Colour>red</Colour>')
    slot = new_slot()
    answer = save(http, f"{foreign}{times(slot)}<Participants><Other/>{party}{foreign}</Participants>")
    assert text(answer, "Title") == slot.title
    assert texts(answer, "ParticipantCallType") == ["SIP <-"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("1", "true"), ("0", "false"), ("true", "true"), ("false", "false"), (" 1\n", "true"), ("True", "true")],
)
def test_booleans_have_two_spellings_each(http, sent, kept):
    answer = save(http, f"{times(new_slot())}<ISDNRestrict>{sent}</ISDNRestrict>")
    assert text(answer, "ISDNRestrict") == kept


def test_what_is_nil_is_as_good_as_missing(http):
    nil = f'xmlns:xsi="{XSI}" xsi:nil="true"'
    names = ("ConferenceId", "OwnerId", "Password", "Participants", "RecurrencePattern", "ISDNRestrict")
    answer = save(http, times(new_slot()) + "".join(f"<{name} {nil}/>" for name in names))
    assert number_of(answer) > 0
    assert text(answer, "ISDNRestrict") == "false"


def test_white_space_around_values_is_no_part_of_them(http):
    slot = new_slot()
    answer = save(
        http,
        f"""
        <StartTimeUTC>
            {slot.start_text} </StartTimeUTC><EndTimeUTC>\t{slot.end_text}</EndTimeUTC>
        <PictureMode> Voice Switched </PictureMode><Participants><Participant>
            <ParticipantId>\n{SYSTEM}\n</ParticipantId>
            <ParticipantCallType>
                TMS
            </ParticipantCallType></Participant></Participants>""",
    )
    assert text(answer, "StartTimeUTC") == slot.start_text
    assert text(answer, "PictureMode") == "Voice Switched"
    assert text(answer, "ParticipantId") == str(SYSTEM)


def test_a_wrong_value_is_refused_by_the_name_of_its_element(http):
    answer = save(http, f"{times(new_slot())}<Bandwidth>fast</Bandwidth>")
    assert answer.status_code == 500
    assert "Bandwidth" in (texts(answer, "faultstring")[0] or "")


# ---------------------------------------------------------------- XML and encodings


@pytest.mark.parametrize("soap", [SOAP11, SOAP12], ids=["SOAP 1.1", "SOAP 1.2"])
def test_prefixes_are_the_clients_own_business(http, soap):
    slot = new_slot()
    body = f"""<Envelope xmlns="{soap}" xmlns:_.a="{BOOKING_NS}"><Header>
      <ns0:ExternalAPIVersionSoapHeader xmlns:ns0="{BOOKING_NS}"><_.a:ClientVersionIn>23</_.a:ClientVersionIn>
      <ns0:ClientSession>{SESSION}</ns0:ClientSession></ns0:ExternalAPIVersionSoapHeader></Header>
      <Body><_.a:SaveConference><b:Conference xmlns:b="{BOOKING_NS}">
      <Title xmlns="{BOOKING_NS}">{escape(slot.title)}</Title>
      <b:StartTimeUTC>{slot.start_text}</b:StartTimeUTC><_.a:EndTimeUTC>{slot.end_text}</_.a:EndTimeUTC>
      </b:Conference></_.a:SaveConference></Body></Envelope>"""
    assert text(post(http, body), "Title") == slot.title


def test_cdata_is_text(http):
    slot = new_slot()
    body = times(slot).replace(escape(slot.title), f"<![CDATA[{slot.title}]]>")
    assert text(save(http, body), "Title") == slot.title


def test_comments_and_processing_instructions_are_skipped(http):
    slot = new_slot()
    middle = escape(slot.title).replace(" ", " <!-- a < b --><?php x?>")
    body = f"<?a b?><!-- c -->{times(slot).replace(escape(slot.title), middle)}<!-- d -->"
    content = (
        f'<?xml version="1.0"?><!-- e --><?f g?>{envelope(f"<!-- h -->{save_conference(body)}")}<!-- i -->'
    )
    assert text(post(http, content), "Title") == slot.title


def _declared(encoding: str) -> str:
    return f'<?xml version="1.0" encoding="{encoding}"?>\r\n'


ENCODED: dict[str, tuple[str, Any]] = {
    "UTF-8 with a byte order mark": ("text/xml", lambda xml: (_declared("utf-8") + xml).encode("utf-8-sig")),
    "UTF-16 with a byte order mark": ("text/xml", lambda xml: (_declared("utf-16") + xml).encode("utf-16")),
    "UTF-16 big-endian": (
        "text/xml",
        lambda xml: b"\xfe\xff" + (_declared("utf-16") + xml).encode("utf-16-be"),
    ),
    "UTF-16 by Content-Type": ("text/xml; charset=utf-16le", lambda xml: xml.encode("utf-16-le")),
    "latin-1 declared": ("text/xml", lambda xml: (_declared("iso-8859-1") + xml).encode("latin-1")),
    "latin-1 by Content-Type": ("text/xml; charset=iso-8859-1", lambda xml: xml.encode("latin-1")),
    "latin-1 declared, UTF-8 by Content-Type": (
        "text/xml; charset=utf-8",
        lambda xml: (_declared("iso-8859-1") + xml).encode("latin-1"),
    ),
    "Windows-1252 declared": ("text/xml", lambda xml: (_declared("windows-1252") + xml).encode("cp1252")),
    "ASCII with references": (
        "text/xml; charset=us-ascii",
        lambda xml: xml.encode("ascii", "xmlcharrefreplace"),
    ),
    "quoted charset": ('text/xml; Charset="UTF-8"; action="urn:x"', str.encode),
    "unknown charset": ("text/xml; charset=no-such", str.encode),
}


@pytest.mark.parametrize(("kind", "encode"), ENCODED.values(), ids=ENCODED)
def test_texts_arrive_in_every_encoding(http, kind, encode):
    slot = new_slot()
    answer = post(http, encode(envelope(save_conference(times(slot)))), Content_Type=kind)
    assert text(answer, "Title") == slot.title
    assert answer.content.startswith(b'<?xml version="1.0" encoding="utf-8"?>')


# ---------------------------------------------------------------- other methods


@pytest.mark.parametrize("query", ["?wsdl", "?WSDL", "?Wsdl", "?wsdl=", "?singleWsdl", "?a=b&wsdl"])
@pytest.mark.parametrize("path", [BOOKING_PATH, SETUP_PATH])
def test_the_wsdl_is_there_by_any_spelling(http, path, query):
    answer = http.get(path + query)
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert etree.QName(etree.fromstring(answer.content)).localname == "definitions"


@pytest.mark.parametrize("query", ["", "?wsdl", "?op=IsAlive"])
def test_head_is_get_without_the_content(http, query):
    head, get = http.head(SETUP_PATH + query), http.get(SETUP_PATH + query)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("Content-Type", "Content-Length"):
        assert head.headers[name] == get.headers[name]


def test_a_browser_gets_a_page_that_lists_the_operations(http):
    page = http.get(BOOKING_PATH)
    assert page.status_code == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "SaveConference" in page.text


def test_a_sample_message_of_the_page_can_be_sent_as_it_is(http):
    page = http.get(f"{SETUP_PATH}?op=isalive")
    assert page.status_code == 200
    samples = [pre.text_content() for pre in html.fromstring(page.content).iter("pre")]
    sent = [sample[sample.index("<?xml") :] for sample in samples if "<IsAlive " in sample]
    assert len(sent) == 2
    for sample in sent:
        body = sample.replace(">int<", ">23<")
        assert text(post(http, body, SETUP_PATH), "IsAliveResult") == "true"


def test_an_unknown_operation_has_no_page(http):
    assert http.get(f"{BOOKING_PATH}?op=Nonsense").status_code == 404


def test_options_tells_the_methods(http):
    answer = http.options(BOOKING_PATH)
    assert answer.status_code == 200
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "PROPFIND", "X" * 20])
def test_other_methods_are_refused_with_those_that_are_possible(http, method):
    answer = http.request(method, BOOKING_PATH)
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("path", ["/", "/tms", "/tms/external/booking/", f"{BOOKING_PATH}/x", "/%00", "/%ff"])
def test_nothing_is_elsewhere(http, path):
    assert http.get(path).status_code == 404


@pytest.mark.parametrize("credentials", [None, ("admin", "wrong"), ("nobody", PASSWORD), ("", "")])
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "OPTIONS", "PUT"])
def test_nobody_gets_in_without_a_password(server, method, credentials):
    answer = httpx.request(method, f"{server.url}{BOOKING_PATH}", auth=credentials, trust_env=False)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
