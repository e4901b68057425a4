"""WebEx as clients write it, and how tests read it in answers."""

from bookings import at
from lxml import etree
from series_book import HOUR
from soap_client import elements

from tmsba.domain.conference.webex import WebExSite

SITE = "https://example.webex.com/example"
OTHER_SITE = "https://other.webex.com"
SIP = "990011@example.webex.com"
NO_WEBEX = "<ExternalConference/>"
#: The element of the guide's recommended way.
EMPTY = "<ExternalConference><WebEx/></ExternalConference>"
DATA = {
    "MeetingKey": "990011",
    "SipUrl": SIP,
    "ElementsToExclude": "None",
    "MeetingPassword": "pa55word",
    "JoinMeetingUrl": "https://example.webex.com/j?k=1&t=a",
    "HostMeetingUrl": "https://example.webex.com/h?k=1",
    "HostKey": "hostkey1",
    "JoinBeforeHostTime": "00:05:00",
    "TmsShouldUpdateMeeting": "false",
    "SiteUrl": "",
    "UsePstn": "false",
    "OwnedExternally": "true",
}
PHONE = {
    "LocalCallInTollNumber": "+1 555 0100",
    "LocalCallInTollFreeNumber": "+1 555 0101",
    "GlobalCallInNumberUrl": "https://example.webex.com/numbers",
    "PstnDialInNumber": "+1 (555) 0102",
    "DtmfSequence": ",,990011#,#,,12#",
    "ParticipantAccessCode": "990 011",
}


def webex(phone=None, **changes):
    """The WebEx element of a meeting that the client has made, in the contract's order."""
    values = {**DATA, **changes}
    inner = ""
    for name, value in values.items():
        if name == "TmsShouldUpdateMeeting" and phone is not None:
            inner += f"<Telephony>{elements(**phone)}</Telephony>"
        inner += elements(**{name: value})
    return f"<WebEx>{inner}</WebEx>"


def external(inner, state=""):
    """ExternalConference with what is in it, and a WebExState."""
    mark = f"<WebExState>{elements(WebExInstanceType=state)}</WebExState>" if state else ""
    return f"<ExternalConference>{inner}{mark}</ExternalConference>"


def owned(phone=None, state="", **changes):
    """ExternalConference with a meeting that the client has made."""
    return external(webex(phone, **changes), state)


def book(office, inner, participants="", version=23, operation="SaveConference", **more):
    """Save a conference in two hours, with the text of its ExternalConference."""
    values = elements(**{"ConferenceId": -1, **at(office, 2 * HOUR), **more})
    people = f"<Participants>{participants}</Participants>"
    return office.call(operation, f"<Conference>{values}{inner}{people}</Conference>", version=version)


def booked(office, inner, participants="", **more):
    """The same, once it was saved."""
    answer = book(office, inner, participants, **more)
    assert answer.status == 200, answer.sentence
    return answer


def update(office, answer, inner="", version=23, operation="SaveConference", **more):
    """Save the conference of an answer again, with what ``inner`` says besides."""
    values = {"ConferenceId": answer.text("ConferenceId"), "Version": answer.text("Version"), **more}
    body = f"<Conference>{elements(**values)}{inner}</Conference>"
    return office.call(operation, body, version=version)


def said(answer):
    """The simple elements of the one WebEx element of an answer, and of its Telephony."""
    [found] = answer.all("WebEx")
    return {
        etree.QName(one).localname: one.text or ""
        for one in found.iter()
        if len(one) == 0 and one is not found
    }


def states(answer):
    """All WebExState values of an answer, in its order."""
    return [one.text for one in answer.all("WebExInstanceType")]


def codes(answer, kind="Error"):
    """The codes of the errors, or of the warnings."""
    return [one.text for one in answer.all(f"{kind}Code")]


def add_site(office, url=SITE, **more):
    with office.store.writing() as uow:
        uow.webex_sites.add(WebExSite(url=url, **more))
        uow.commit()
