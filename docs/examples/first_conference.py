"""The story of one conference, told by a SOAP client that knows nothing but the WSDL.

It talks to a running ``tmsba quickstart``, or starts one in a temporary folder when none answers::

    make demo
    python docs/examples/first_conference.py [ADDRESSES]

ADDRESSES is the file in which the quickstart notes where it runs, ``var/quickstart/addresses`` by default.
"""

import re
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import zeep
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from zeep.transports import Transport

USER = ("admin", "admin-demo")
BRIDGE_USER = ("apiuser", "simulated")
NAMESPACE = "http://tandberg.net/2004/02/tms/external/booking/"
BOOKING_PATH = "/tms/external/booking/bookingservice.asmx"
PATIENCE_S = 15

console = Console(highlight=False)


@dataclass
class Place:
    """Where the server and its bridge are."""

    server: str
    bridge: str

    @classmethod
    def read(cls, file: Path) -> "Place | None":
        """The place that a quickstart noted, if it still answers."""
        try:
            place = cls(*file.read_text(encoding="ascii").split())
            with local_session() as session:
                session.get(f"{place.server}/healthz", timeout=2).raise_for_status()
                session.get(f"{place.bridge}/journal", auth=BRIDGE_USER, timeout=2).raise_for_status()
        except (OSError, TypeError):
            return None
        return place


class Booking:
    """The booking service, with the header that calendar integrations send."""

    def __init__(self, server: str) -> None:
        session = local_session()
        session.auth = USER
        self.client = zeep.Client(
            f"{server}{BOOKING_PATH}?wsdl",
            transport=Transport(session=session),
            settings=zeep.Settings(strict=True),
        )
        header = self.client.get_element(f"{{{NAMESPACE}}}ExternalAPIVersionSoapHeader")
        # A client uses its session id for every call; after 47 minutes the answers bring a new one.
        self.headers = [header(ClientVersionIn=23, ClientSession=str(uuid.uuid4()))]

    def call(self, operation: str, *arguments: Any) -> Any:
        """The result of an operation."""
        answer = self.client.service[operation](*arguments, _soapheaders=self.headers)
        body = getattr(answer, "body", answer)
        return getattr(body, f"{operation}Result", body)

    def changes_since(self, transaction_id: int) -> list[Any]:
        """The change log after a transaction."""
        found = self.call("GetTransactionsSince", transaction_id)
        return list(found.Transaction) if found else []

    def participant(self, call_type: str, number: int = 0, name: str = "") -> Any:
        """An entry of the participant list."""
        make = self.client.get_type(f"{{{NAMESPACE}}}Participant")
        return make(ParticipantId=number, NameOrNumber=name, ParticipantCallType=call_type)


class Journal:
    """What the simulated bridge received."""

    def __init__(self, bridge: str) -> None:
        self.url = f"{bridge}/journal"
        self.session = local_session()
        self.session.auth = BRIDGE_USER
        self.seen = max((entry["number"] for entry in self.read(0)), default=0)

    def read(self, since: int) -> list[dict[str, Any]]:
        """The requests after the one with this number."""
        answer = self.session.get(self.url, params={"since": since}, timeout=5)
        answer.raise_for_status()
        return list(answer.json())

    def show_until(self, is_last: Callable[[dict[str, Any]], bool]) -> None:
        """Wait for the request that ends a chapter, and show all since the chapter before."""
        deadline = time.monotonic() + PATIENCE_S
        entries = self.read(self.seen)
        while not any(map(is_last, entries)) and time.monotonic() < deadline:
            time.sleep(0.1)
            entries = self.read(self.seen)
        self.seen = max((entry["number"] for entry in entries), default=self.seen)
        table = Table("Request to the bridge", "Form", "Status", box=box.SIMPLE_HEAD)
        for entry in entries:
            form = "\n".join(f"{name}={shorter(value)}" for name, value in entry["form"])
            path = shorter(entry["path"].removeprefix("/api/v1/"))
            table.add_row(escape(f"{entry['method']} {path}"), escape(form), str(entry["status"]))
        console.print(table)
        if not any(map(is_last, entries)):
            sys.exit(f"The bridge did not receive what it should have within {PATIENCE_S} seconds.")


def local_session() -> requests.Session:
    """HTTP without the proxies that the environment may name: everything is on this computer."""
    session = requests.Session()
    session.trust_env = False
    return session


def tell(place: Place) -> None:
    """The story."""
    booking, journal = Booking(place.server), Journal(place.bridge)
    last_known = max((change.TransactionId for change in booking.changes_since(0)), default=0)

    chapter("GetDefaultConference", "a conference with the administrator's defaults, not saved yet")
    conference = booking.call("GetDefaultConference")
    facts(Title=conference.Title, Start=conference.StartTimeUTC, End=conference.EndTimeUTC)

    chapter("SaveConference", "two guests who dial in, and system 4, whom the bridge dials")
    conference.Title = "My first conference"
    conference.Participants = {
        "Participant": [
            booking.participant("SIP <-", name="SIP Dial-in 1"),
            booking.participant("SIP <-", name="SIP Dial-in 2"),
            booking.participant("TMS", 4),
        ]
    }
    saved = booking.call("SaveConference", conference)
    facts(ConferenceId=saved.ConferenceId, JoinUri=saved.JoinUri, PIN=saved.Password)
    console.print(escape(saved.ConferenceInfoText), style="dim", soft_wrap=True)

    chapter("The bridge", "the control worker opened the space and dialled system 4")
    journal.show_until(lambda e: e["method"] == "POST" and e["path"].lower().endswith("/calllegs"))
    show_space(place.bridge, saved.JoinUri)

    chapter("EndConferenceById", "everybody is disconnected, and the space closed for the next conference")
    booking.call("EndConferenceById", saved.ConferenceId)
    journal.show_until(lambda e: e["method"] == "DELETE")

    chapter("GetTransactionsSince", "what other clients learn when they replicate")
    for change in booking.changes_since(last_known):
        facts(TransactionId=change.TransactionId, ConferenceId=change.ConferenceId, Type=change.TransType)


def show_space(bridge: str, join_uri: str) -> None:
    """The open space as the bridge has it."""
    state = local_session().get(f"{bridge}/state", auth=BRIDGE_USER, timeout=5).json()
    number = join_uri.partition("@")[0]
    for space in state["spaces"]:
        if space.get("callId") == number or space.get("uri") == number:
            facts(Space=space["name"], Number=number, Open=space["nonMemberAccess"], Call=space["call"])


def shorter(text: str) -> str:
    """A text with its long ids cut, so that it fits into a line."""
    return re.sub(r"([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f-]{22,}", r"\1..", text)


def chapter(name: str, text: str) -> None:
    """Begin a step."""
    console.print(f"\n[bold]{escape(name)}[/bold]: {escape(text)}")


def facts(**values: Any) -> None:
    """One line of facts."""
    console.print(
        "  " + "   ".join(f"{name} [cyan]{escape(str(value))}[/cyan]" for name, value in values.items())
    )


@contextmanager
def own_server() -> Iterator[Place]:
    """A quickstart in a temporary folder, for as long as the story lasts."""
    console.print("No quickstart answers, so one is started for this story.")
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-P", "-m", "tmsba", "quickstart", "--data", folder]
        with (Path(folder) / "log").open("w") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603 - our own program
        try:
            yield wait_for(Path(folder) / "addresses", server)
        finally:
            server.terminate()
            server.wait()


def wait_for(file: Path, server: "subprocess.Popen[bytes]") -> Place:
    """Where a server runs that was just started."""
    deadline = time.monotonic() + 2 * PATIENCE_S
    while server.poll() is None and time.monotonic() < deadline:
        place = Place.read(file)
        if place is not None:
            return place
        time.sleep(0.1)
    sys.exit("The server did not start:\n" + (file.parent / "log").read_text())


def main() -> None:
    """Find or start a server, and tell the story."""
    file = Path(sys.argv[1] if len(sys.argv) > 1 else "var/quickstart/addresses")
    place = Place.read(file)
    if place is not None:
        tell(place)
        return
    with own_server() as started:
        tell(started)


if __name__ == "__main__":
    main()
