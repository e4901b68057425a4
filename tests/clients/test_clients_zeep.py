"""zeep, strict about the WSDL, books with and without the header."""

from functools import cache
from typing import Any, Protocol

import pytest
import requests
import zeep
import zeep.exceptions
from client_story import SESSION, SYSTEM, check, new_slot
from installation import (
    BOOKING_NS,
    BOOKING_PATH,
    PASSWORD,
    SETUP_NS,
    SETUP_PATH,
    error_code,
)
from zeep.transports import Transport

VERSIONS = {"SOAP 1.1": "Soap", "SOAP 1.2": "Soap12"}


class HasUrl(Protocol):
    """Where the services are."""

    @property
    def url(self) -> str: ...


def new_session(auth: Any = ("admin", PASSWORD), *, trusted: Any = True) -> requests.Session:
    """A session that logs in like this, with whose certificates it trusts."""
    session = requests.Session()
    session.trust_env = False
    session.auth = auth
    session.verify = trusted
    return session


@cache
def basic_session() -> requests.Session:
    """The session of most stories."""
    return new_session()


@cache
def client(url: str, session: requests.Session) -> zeep.Client:
    """A client; reading the WSDL takes it longer than all calls together."""
    return zeep.Client(
        f"{url}?wsdl", transport=Transport(session=session), settings=zeep.Settings(strict=True)
    )


class Service:
    """One service as zeep offers it; its operations give what the answer's body holds."""

    def __init__(
        self,
        server: HasUrl,
        path: str,
        name: str,
        port: str,
        header: dict[str, Any] | None,
        session: requests.Session,
    ):
        found = client(f"{server.url}{path}", session)
        namespace = BOOKING_NS if path == BOOKING_PATH else SETUP_NS
        element = found.get_element(f"{{{namespace}}}ExternalAPIVersionSoapHeader")
        self.headers = None if header is None else [element(**header)]
        self.service = found.bind(name, f"{name}{port}")

    def call(self, operation: str, *arguments: Any) -> Any:
        answer = getattr(self.service, operation)(*arguments, _soapheaders=self.headers)
        return getattr(answer.body, f"{operation}Result", None)


def act_out(
    server: HasUrl,
    slot: Any,
    port: str,
    header: dict[str, Any] | None,
    session: requests.Session | None = None,
) -> dict[str, str]:
    """The story, as the other clients tell it."""
    session = session or basic_session()
    setup = Service(server, SETUP_PATH, "RemoteSetupService", port, header, session)
    booking = Service(server, BOOKING_PATH, "BookingService", port, header, session)

    def since(last: int) -> list[Any]:
        found = booking.call("GetTransactionsSince", last)
        return found.Transaction if found is not None else []

    told = {
        "alive": str(setup.call("IsAlive")).lower(),
        "systems": ",".join(str(s.SystemId) for s in setup.call("GetSystems").TMSSystem),
    }
    last = max((change.TransactionId for change in since(0)), default=0)
    conference = booking.call("GetDefaultConference")
    told["unsaved"] = str(conference.ConferenceId)
    conference.Title = slot.title
    conference.StartTimeUTC = slot.start_text
    conference.EndTimeUTC = slot.end_text
    conference.Participants = {
        "Participant": [
            {"ParticipantId": 0, "NameOrNumber": "SIP Dial-in 1", "ParticipantCallType": "SIP <-"},
            {"ParticipantId": 0, "NameOrNumber": "SIP Dial-in 2", "ParticipantCallType": "SIP <-"},
            {"ParticipantId": SYSTEM, "ParticipantCallType": "TMS"},
        ]
    }
    saved = booking.call("SaveConference", conference)
    told |= {
        "conference": str(saved.ConferenceId),
        "title": saved.Title,
        "start": saved.StartTimeUTC,
        "end": saved.EndTimeUTC,
        "join_uri": saved.JoinUri,
        "participants": ";".join(
            f"{party.ParticipantId} {party.ParticipantCallType}" for party in saved.Participants.Participant
        ),
    }
    with pytest.raises(zeep.exceptions.Fault) as caught:
        booking.call("SaveConference", conference)
    told |= {"fault_code": str(error_code(caught.value)), "fault_message": caught.value.message}
    booking.call("DeleteConferenceById", saved.ConferenceId)
    state = booking.call("GetConferenceById", saved.ConferenceId).ConferenceState
    told["status"] = state.Status if state else ""
    told["transactions"] = ";".join(f"{change.ConferenceId} {change.TransType}" for change in since(last))
    return told


@pytest.mark.parametrize("port", VERSIONS.values(), ids=VERSIONS)
@pytest.mark.parametrize("session", [SESSION, "0"], ids=["fixed GUID", "zero"])
def test_zeep_books_a_conference_with_a_session(server, port, session):
    slot = new_slot()
    check(act_out(server, slot, port, {"ClientVersionIn": 23, "ClientSession": session}), slot)


@pytest.mark.parametrize("port", VERSIONS.values(), ids=VERSIONS)
def test_zeep_books_a_conference_without_a_header_and_gets_what_old_clients_know(server, port):
    slot = new_slot()
    told = act_out(server, slot, port, None)
    assert told["join_uri"] is None
    assert not told["status"]
    check(told | {"join_uri": "1@example.com", "status": "Deleted"}, slot)
