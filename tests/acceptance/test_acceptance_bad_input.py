"""Bad input of any kind gets a clear error; the server goes on."""

import httpx
import pytest
from installation import BOOKING_NS, BOOKING_PATH, FAULT_NS, SETUP_PATH, soon
from lxml import etree

ENVELOPE = (
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>{}'
    "</soap:Body></soap:Envelope>"
)
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY b{i} "{("&a;" if i == 0 else f"&b{i - 1};") * 10}">' for i in range(9))
    + "]><b>&b8;</b>"
)
BAD = {
    "malformed XML": "<soap:Envelope",
    "no XML": "hello",
    "no body": "",
    "an XML bomb": BOMB,
    "another document": "<html/>",
    "an unknown operation": ENVELOPE.format(f'<Nonsense xmlns="{BOOKING_NS}"/>'),
    "an empty Body": ENVELOPE.format(""),
    "a word for a number": ENVELOPE.format(
        f'<GetConferenceById xmlns="{BOOKING_NS}"><ConferenceId>seven</ConferenceId></GetConferenceById>'
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_a_clear_fault_answers(house, what):
    answer = house.installation.post(BAD[what].encode())
    assert answer.status_code == 500
    fault = etree.fromstring(answer.content)
    assert fault.findtext(".//faultstring").strip()
    assert fault.findtext(f".//{{{FAULT_NS}}}errorcode") is not None
    assert "Traceback" not in answer.text
    assert house.installation.is_healthy()


@pytest.mark.parametrize("auth", [None, ("admin", "wrong"), ("nobody", "wrong"), ("", "")])
@pytest.mark.parametrize("path", [BOOKING_PATH, SETUP_PATH, BOOKING_PATH + "?wsdl"])
def test_wrong_credentials_are_refused(house, auth, path):
    answer = httpx.get(house.installation.url + path, auth=auth, trust_env=False)
    assert answer.status_code == 401
    assert "Basic" in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("name", ["anna", "EXAMPLE\\anna", "anna@example.com", "ANNA"])
def test_a_user_logs_in_with_or_without_a_domain(house, name):
    soap = house.installation.soap(user=name)
    default = soap.GetDefaultConference()
    assert (default.OwnerUserName, default.OwnerEmailAddress) == ("EXAMPLE\\anna", "anna@example.com")


def test_a_user_cannot_end_the_conference_of_another(house):
    admin = house.installation.soap()
    times = {"StartTimeUTC": soon(4000).strftime("%Y-%m-%d %H:%M:%SZ")}
    times["EndTimeUTC"] = soon(4010).strftime("%Y-%m-%d %H:%M:%SZ")
    saved = admin.SaveConference(admin.conference(admin.participant("TMS", 1), **times))
    body = ENVELOPE.format(
        f'<DeleteConferenceById xmlns="{BOOKING_NS}"><ConferenceId>{saved.ConferenceId}</ConferenceId>'
        "</DeleteConferenceById>"
    )
    answer = house.installation.post(body.encode(), auth=("anna", "correct horse 1"))
    assert answer.status_code == 500
    assert "-2147218259" in answer.text
    assert admin.GetConferenceById(saved.ConferenceId).ConferenceState.Status == "Pending"


def test_no_secret_is_written_to_the_log(house):
    soap = house.installation.soap()
    saved = soap.SaveConference(soap.conference(soap.participant("TMS", 3), title="Secretive"))
    log = (house.installation.folder / "serve.log").read_text()
    assert "correct horse 1" not in log
    assert "bridge pass 2" not in log
    assert f'"{saved.Password}"' not in log
