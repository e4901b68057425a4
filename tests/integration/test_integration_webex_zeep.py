"""WebEx through a real SOAP client that is strict about the WSDL."""

import pytest
import zeep
from office import wire
from series_book import DAY, HOUR
from test_soap_zeep import WSDL, InProcess
from webex_book import DATA, PHONE


@pytest.fixture
def service(office):
    client = zeep.Client(str(WSDL / "bookingservice.wsdl"), transport=InProcess(office))
    header = client.get_element("ns0:ExternalAPIVersionSoapHeader")
    client.set_default_soapheaders([header(ClientVersionIn=23, ClientSession="6e5c")])
    return client.bind("BookingService", "BookingServiceSoap")


def flags(values):
    return {name: text == "true" if text in ("true", "false") else text for name, text in values.items()}


def meeting(**changes):
    left_out = ["HostKey", "MeetingPassword"]
    return {**flags(DATA), "ElementsToExclude": left_out, "Telephony": PHONE, **changes}


def default(office, service):
    """The default conference, in two hours, as a client fills it in."""
    conference = service.GetDefaultConference().body.GetDefaultConferenceResult
    conference.StartTimeUTC = wire(office.now + 2 * HOUR)
    conference.EndTimeUTC = wire(office.now + 3 * HOUR)
    conference.Participants = {"Participant": [{"ParticipantId": 1, "ParticipantCallType": "TMS"}]}
    return conference


def saved(service, conference):
    answer = service.SaveConferenceWithMode(Conference=conference, BookingMode="Strict")
    return answer.body.SaveConferenceWithModeResult.Conference


def test_a_client_brings_its_meeting_and_takes_it_away(office, service):
    conference = default(office, service)
    conference.ExternalConference = {"WebEx": meeting()}
    answer = saved(service, conference)
    webex = answer.ExternalConference.WebEx
    assert (webex.MeetingKey, webex.HostKey, webex.Telephony.DtmfSequence) == (
        "990011",
        "hostkey1",
        ",,990011#,#,,12#",
    )
    assert (webex.OwnedExternally, webex.Warnings, webex.Errors) == (True, None, None)
    assert webex.ElementsToExclude == ["MeetingPassword", "HostKey"]
    assert answer.ExternalConference.WebExState.WebExInstanceType == "Normal"
    answer.ExternalConference = {}
    answer = saved(service, answer)
    assert (answer.ExternalConference, answer.DataConference) == (None, "No")


def test_a_client_is_told_why_there_is_no_webex(office, service):
    conference = default(office, service)
    conference.ExternalConference = {"WebEx": meeting(OwnedExternally=False)}
    [error] = saved(service, conference).ExternalConference.WebEx.Errors.WebExError
    assert error.ErrorCode == "SWITCHED_OFF"
    assert "OwnedExternally" in error.ErrorDescription


def test_a_client_gives_one_date_a_meeting_of_its_own(office, service):
    series = default(office, service)
    series.ExternalConference = {"WebEx": meeting()}
    other = default(office, service)
    other.StartTimeUTC = wire(office.now + 2 * HOUR + DAY)
    other.EndTimeUTC = wire(office.now + 3 * HOUR + DAY)
    other.ExternalConference = {
        "WebEx": meeting(MeetingKey="2"),
        "WebExState": {"WebExInstanceType": "Modify"},
    }
    series.RecurrencePattern = {
        "FrequencyType": "Daily",
        "Interval": 1,
        "FirstDayOfWeek": "Monday",
        "BySetPosition": 0,
        "PatternEndType": "EndByInstances",
        "PatternInstances": 3,
        "Exceptions": {
            "RecurrenceException": [
                {
                    "ExceptionType": "MODIFY",
                    "RecurrenceIdUTC": other.StartTimeUTC,
                    "RecurrenceIdRange": "None",
                    "ModifiedMask": 0,
                    "ModifiedData": other,
                }
            ]
        },
    }
    number = saved(service, series).ConferenceId
    answer = service.GetRecurrentConferenceById(number).body.GetRecurrentConferenceByIdResult
    assert answer.ExternalConference.WebEx.MeetingKey == "990011"
    [exception] = answer.RecurrencePattern.Exceptions.RecurrenceException
    external = exception.ModifiedData.ExternalConference
    assert (external.WebEx.MeetingKey, external.WebExState.WebExInstanceType) == ("2", "Modify")
