"""A real SOAP client, strict about the WSDL, against the services in this process."""

from pathlib import Path
from typing import Any

import pytest
import zeep
from requests import Response
from soap_client import EXCEPTION, Client
from soap_examples import STORED, UNSAVED

from tmsba.domain.errors import ClientSessionBlank
from tmsba.soap.translation.conference_out import conference_out

WSDL = Path(__file__).parents[2] / "wsdl"
PORTS = ["BookingServiceSoap", "BookingServiceSoap12"]


class InProcess(zeep.Transport):
    """Carries messages to the WSGI application."""

    def __init__(self, client: Client) -> None:
        super().__init__()
        self.client = client

    def post(self, address: str, message: Any, headers: dict[str, str]) -> Response:
        path = address.removeprefix("http://tmsba.example.com")
        answer = self.client.post(message, path=path, content_type=headers["Content-Type"])
        response = Response()
        response.status_code = answer.status
        response._content = answer.body
        response.headers.update(answer.headers)
        return response


def booking(handlers: dict[str, Any], port: str, version: int = 23) -> Any:
    client = zeep.Client(str(WSDL / "bookingservice.wsdl"), transport=InProcess(Client(handlers)))
    header = client.get_element("ns0:ExternalAPIVersionSoapHeader")
    client.set_default_soapheaders([header(ClientVersionIn=version, ClientSession="6e5c")])
    return client.bind("BookingService", port)


@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize("version", [0, 15, 23])
def test_a_default_conference_is_filled_in_and_saved(port: str, version: int) -> None:
    saved: list[Any] = []

    def save(call: Any, Conference: Any, BookingMode: str) -> Any:
        saved.append((Conference, BookingMode))
        return {"Conference": conference_out(STORED)}

    service = booking(
        {"GetDefaultConference": lambda call: conference_out(UNSAVED), "SaveConferenceWithMode": save},
        port,
        version,
    )
    default = service.GetDefaultConference()
    assert default.header.VersionSoapHeader.ConfAPIVersion == 23
    assert default.header.ExternalAPIVersionSoapHeader.ClientSession == "6e5c"
    conference = default.body.GetDefaultConferenceResult
    conference.Title = "Gr\u00fc\u00dfe"
    conference.Participants = {"Participant": [{"ParticipantId": 3, "ParticipantCallType": "TMS"}]}
    answer = service.SaveConferenceWithMode(conference, "BestEffortForced")
    assert answer.body.SaveConferenceWithModeResult.Conference.ConferenceId == 5
    ((wire, mode),) = saved
    assert (wire.Title, wire.ConferenceId, mode) == ("Gr\u00fc\u00dfe", -1, "BestEffortForced")
    assert [p.ParticipantId for p in wire.Participants] == [3]


@pytest.mark.parametrize("port", PORTS)
def test_the_code_and_the_session_of_a_fault_are_found(port: str) -> None:
    def end(call: Any, ConferenceId: int) -> None:
        raise ClientSessionBlank("The client session id is blank.", "0f6c")

    with pytest.raises(zeep.exceptions.Fault) as raised:
        booking({"EndConferenceById": end}, port).EndConferenceById(5)
    assert raised.value.message == "The client session id is blank."
    assert raised.value.detail.findtext(f"{{{EXCEPTION}}}errorcode") == "-2147218247"
    assert raised.value.detail.findtext(f"{{{EXCEPTION}}}clientsessionid") == "0f6c"


def test_the_remote_setup_service() -> None:
    transport = InProcess(Client(setup={"IsAlive": lambda call: True}))
    client = zeep.Client(str(WSDL / "remotesetupservice.wsdl"), transport=transport)
    assert client.service.IsAlive().body.IsAliveResult is True
