"""The whole server in one process: WSGI, SOAP, use cases and a real store, with a clock to set."""

import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lxml import etree
from schema_check import check_answer
from soap_client import SOAP11, Answer, Client, element, elements, envelope, version_header

from tmsba.booking.api import Booking, RemoteSetup
from tmsba.domain.bridge.bridge import Bridge, BridgeCredentials
from tmsba.domain.licensing.option_keys import KeyKind
from tmsba.domain.people.systems import System
from tmsba.domain.people.users import SITE_ADMINISTRATOR, USERS, Caller, Permission, User
from tmsba.mail.conference_mail import ConferenceTexts
from tmsba.soap.operations.handlers import booking_service, remote_setup_service
from tmsba.soap.wire.versions import announced
from tmsba.store import FernetSecretBox, SqlStore, create_store
from tmsba.wsgi.front import build_wsgi

NOON = datetime(2026, 1, 29, 12, 0, 0, tzinfo=UTC)


def wire(moment: datetime) -> str:
    """A time as conferences carry it."""
    return moment.strftime("%Y-%m-%d %H:%M:%SZ")


@dataclass
class Office(Client):
    """A client of the server; every answer is checked against the contract."""

    store: SqlStore
    now: datetime = NOON
    user_name: str = "boss"
    callers: dict[str, Caller] = field(default_factory=dict)
    is_mail_sent: bool = True

    def __post_init__(self) -> None:
        booking = Booking(
            store=self.store,
            clock=lambda: self.now,
            renderer=ConferenceTexts(),
            is_mail_sent=self.is_mail_sent,
        )
        self.use_cases = booking
        self.setup_use_cases = RemoteSetup(store=self.store, clock=lambda: self.now)
        self.booking = booking_service(booking)
        self.remote_setup = remote_setup_service(self.setup_use_cases, booking)
        self.app = build_wsgi(
            booking=self.booking,
            remote_setup=self.remote_setup,
            authenticate=lambda name, password, address: self.callers.get(name),
        )

    def post(self, body: bytes, *, version: int = 23, **more: Any) -> Answer:
        answer = super().post(body, user=f"{self.user_name}:x", **more)
        check_answer(answer.body, announced(version))
        return answer

    def call(self, name: str, inner: str = "", **named: Any) -> Answer:
        version, header = named.pop("version", 23), named.pop("header", None)
        # A client that never lets its session grow old.
        session = elements(ClientSession=f"office {self.now:%Y-%m-%d %H:%M}")
        header = version_header(version, inner=session) if header is None else header
        header += named.pop("context", "")
        return self.post(
            envelope(element(name, inner), header, named.pop("soap", SOAP11)), version=version, **named
        )

    def save(
        self, participants: str = "", *, version: int = 23, operation: str = "SaveConference", **more: Any
    ):
        """Save a conference in two hours that lasts one; ``more`` are its elements by name."""
        values = {
            "ConferenceId": -1,
            "StartTimeUTC": wire(self.now + timedelta(hours=2)),
            "EndTimeUTC": wire(self.now + timedelta(hours=3)),
            **more,
        }
        inner = elements(**{name: value for name, value in values.items() if value is not None})
        inner += f"<Participants>{participants}</Participants>"
        return self.call(operation, f"<Conference>{inner}</Conference>", version=version)

    def saved(self, participants: str = "", **more: Any) -> dict[str, str]:
        """The simple elements of the conference that a save answers."""
        answer = self.save(participants, **more)
        assert answer.status == 200, answer.sentence
        return self.conference_in(answer)

    def conference_in(self, answer: Answer) -> dict[str, str]:
        results = [e for e in answer.root.iter() if str(e.tag).endswith("Result")]
        return {etree.QName(e).localname: e.text or "" for e in results[-1]}

    def code(self, answer: Answer) -> int:
        [code] = answer.errorcodes
        return code


def system(number: int, call_type: str = "TMS") -> str:
    return f"<Participant>{elements(ParticipantId=number, ParticipantCallType=call_type)}</Participant>"


def external(call_type: str, name: str = "") -> str:
    return f"<Participant>{elements(NameOrNumber=name, ParticipantCallType=call_type)}</Participant>"


def furnish(template: Path, folder: Path) -> Office:
    """An office on a copy of a database with all tables; see ``furnish_at``."""
    shutil.copy(template, folder / "office.db")
    return furnish_at(f"sqlite:///{folder}/office.db")


def furnish_at(url: str) -> Office:
    """An office with a bridge of three numbers, three systems, three users and keys for 100 clients."""
    store = create_store(url, secret_box=FernetSecretBox("for tests"))
    office = Office(store)
    with store.writing() as uow:
        boss = User(id=0, name="boss", domain="EXAMPLE", email="boss@example.com", time_zone="Europe/Oslo")
        groups = {"boss": [SITE_ADMINISTRATOR, USERS], "anna": [USERS], "guest": [USERS]}
        for user in (boss, User(id=0, name="anna"), User(id=0, name="guest")):
            added = uow.users.add(user, "hash", groups[user.name])
            rights = frozenset(Permission) if user.name == "boss" else frozenset()
            if user.name == "anna":
                rights = frozenset(Permission) - {Permission.BOOK_ON_BEHALF_OF}
            office.callers[user.name] = Caller(
                user=added, groups=frozenset(groups[user.name]), permissions=rights, address="192.0.2.7"
            )
        for number in (1, 2, 3, 4):
            uow.systems.add(
                System(
                    id=number,
                    name=f"Room {number}",
                    sip_uri=f"room{number}@example.com",
                    is_booking_allowed=number != 3,
                )
            )
        bridge = Bridge(
            id=0,
            name="Bridge One",
            url="https://cms.example.com",
            domain="example.com",
            numeric_id_base=1,
            numeric_id_quantity=1,
            web_bridge_uri="https://join.example.com",
        )
        uow.bridges.add(bridge, BridgeCredentials(username="api", password="secret"))
        uow.option_keys.add(KeyKind.APPLICATION_INTEGRATION, 100)
        uow.commit()
    return office
