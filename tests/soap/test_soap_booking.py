"""A booking from the first request to the last over the real use cases."""

from fakes import World
from soap_client import Client, element, elements, version_header

from tmsba.soap.operations.handlers import booking_service, remote_setup_service
from tmsba.wsgi.front import build_wsgi

SESSION = version_header(23, inner=elements(ClientSession="6e5c"))
PARTICIPANTS = (
    "<Participants><Participant><ParticipantId>1</ParticipantId><ParticipantCallType>TMS</ParticipantCallType>"
    "</Participant><Participant><ParticipantCallType>SIP &lt;-</ParticipantCallType></Participant>"
    "</Participants>"
)


class Server(Client):
    def __init__(self, world: World) -> None:
        self.app = build_wsgi(
            booking=booking_service(world.booking),
            remote_setup=remote_setup_service(world.setup, world.booking),
            authenticate=lambda *_: world.caller,
        )


def conference(**values: object) -> str:
    return element("Conference", elements(**values) + PARTICIPANTS)


def test_a_conference_is_booked_read_changed_listed_and_deleted() -> None:
    server = Server(World())
    times = {"StartTimeUTC": "2026-01-30 09:00:00Z", "EndTimeUTC": "2026-01-30T10:00Z"}
    saved = server.call("SaveConference", conference(ConferenceId=-1, Title="t", **times), header=SESSION)
    assert saved.status == 200, saved.sentence
    number = saved.text("ConferenceId")
    assert saved.text("Version") == "1"
    assert saved.text("JoinUri")
    assert saved.text("Status") == "Pending"

    change = conference(ConferenceId=number, Title="u", Version=1)
    changed = server.call("SaveConferenceWithMode", change, header=SESSION)
    assert (changed.text("Title"), changed.text("Version")) == ("u", "2")
    assert changed.text("StartTimeUTC") == "2026-01-30 09:00:00Z"
    assert server.call("SaveConference", change, header=SESSION).errorcodes == [-2147218248]

    read = server.call("GetConferenceById", elements(ConferenceId=number), version=0)
    assert [e.text for e in read.all("ParticipantCallType")] == ["TMS", "SIP <-"]
    assert read.all("Version") == []

    period = elements(
        StartTime="2026-01-30T00:00:00", EndTime="2026-01-31T00:00:00", ConferenceStatus="Pending"
    )
    listed = server.call("GetConferencesForSystems", elements(SystemIds=1) + period)
    assert [e.text for e in listed.all("ConferenceId")] == [number]
    assert listed.all("Participants") == []

    assert server.call("DeleteConferenceById", elements(ConferenceId=number), header=SESSION).status == 200
    log = server.call("GetTransactionsSince", elements(CurrentTransactionId=0, SystemId="1"))
    assert [e.text for e in log.all("TransType")] == ["New", "Updated", "Deleted"]
    assert {e.text for e in log.all("ParticipantIds")} == {"1"}


def test_what_the_use_cases_refuse_is_a_fault() -> None:
    server = Server(World())
    blank = server.call("EndConferenceById", elements(ConferenceId=5))
    assert blank.errorcodes == [-2147218247]
    assert server.call("GetConferenceById", elements(ConferenceId=5)).errorcodes == [-2147218302]
    series = element("RecurrencePattern", elements(FrequencyType="Yearly"))
    times = elements(StartTimeUTC="2026-11-20 13:00:00Z", EndTimeUTC="2026-11-20 14:00:00Z")
    answer = server.call("SaveConference", element("Conference", times + series), header=SESSION)
    assert answer.errorcodes == [-2147218257]
