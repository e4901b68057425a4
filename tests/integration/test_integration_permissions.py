"""Every operation for every role: what happens is what the table in docs/permissions.md says."""

import base64
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from office import NOON, Office, furnish, system, wire
from soap_client import SOAP11, Answer, element, elements, envelope, version_header

from tmsba.booking.api import Booking, RemoteSetup
from tmsba.domain.conference.request import ConferenceRequest, OwnerReference, RequestedParticipant
from tmsba.domain.errors import lookup
from tmsba.domain.licensing.sessions import Client
from tmsba.domain.people.audit import AuditFilter
from tmsba.domain.people.systems import System
from tmsba.domain.people.users import SITE_ADMINISTRATOR, USERS, Group, Permission, User
from tmsba.domain.time.recurrence import Frequency, RecurrencePattern, SeriesEnd
from tmsba.domain.values import BookingMode, ConferenceType, ParticipantKind
from tmsba.mail.conference_mail import ConferenceTexts
from tmsba.soap.operations.booking import BOOKING_SERVICE
from tmsba.soap.operations.setup import REMOTE_SETUP_SERVICE
from tmsba.soap.types.simple import REMOTE_SETUP
from tmsba.store import FernetSecretBox, create_store
from tmsba.wsgi.front import BOOKING_PATH, REMOTE_SETUP_PATH

DOCUMENT = Path(__file__).parents[2] / "docs" / "permissions.md"
HOUR = timedelta(hours=1)

#: The roles of the table, with the user who plays each; nobody plays the first.
ROLES = {
    "anonymous": None,
    "user without Booking": "guest",
    "booker": "booker",
    "booker on behalf": "helper",
    "service account": "service",
    "site administrator": "admin",
}
PLAYERS = [name for name in ROLES.values() if name]
OPERATIONS = {
    **dict.fromkeys(BOOKING_SERVICE.operations, BOOKING_PATH),
    **dict.fromkeys(REMOTE_SETUP_SERVICE.operations, REMOTE_SETUP_PATH),
}

#: For certain users only, none of whom plays a role.
CLOSED_SYSTEM = 50
DAILY = RecurrencePattern(frequency=Frequency.DAILY, end_type=SeriesEnd.BY_COUNT, occurrences=3)


def table() -> dict[tuple[str, str], dict[str, str]]:
    """The outcome for each role, by operation and what it is called on."""
    lines = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in DOCUMENT.read_text().splitlines()
        if line.startswith("|")
    ]
    start = next(i for i, cells in enumerate(lines) if cells[:2] == ["operation", "on"])
    roles = lines[start][2:]
    rows = {}
    for cells in lines[start + 2 :]:
        operation, on = cells[0].strip("`"), cells[1]
        assert (operation, on) not in rows, f"{operation} on {on} stands twice"
        rows[operation, on] = dict(zip(roles, cells[2:], strict=True))
    return rows


TABLE = table()


# ---------------------------------------------------------------- the stage


def systems_of(player: str) -> tuple[int, int]:
    """The system of the player's own conferences, and that of somebody else's set aside for this player."""
    place = PLAYERS.index(player)
    return 100 + place, 200 + place


@pytest.fixture(scope="module")
def stage(database_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a user for each role, who has conferences, and others of Zoe's set aside."""
    folder = tmp_path_factory.mktemp("permissions")
    office = furnish(database_template, folder)
    with office.store.writing() as uow:
        uow.groups.update(Group(name=USERS, permissions=frozenset({Permission.UPDATE})))
        booking = frozenset({Permission.BOOK, Permission.APPROVE_MEETING})
        uow.groups.add(Group(name="Bookers", permissions=booking))
        uow.groups.add(Group(name="Helpers", permissions=booking | {Permission.BOOK_ON_BEHALF_OF}))
        groups = {
            "guest": [],
            "booker": ["Bookers"],
            "helper": ["Helpers"],
            "admin": [SITE_ADMINISTRATOR],
            "zoe": [],
            "victim": [],
        }
        for name in groups.keys() - {"guest"}:
            uow.users.add(User(id=0, name=name, domain="EXAMPLE"), "hash", [USERS, *groups[name]])
        zoe = uow.users.by_name("zoe")
        for number in (number for player in PLAYERS for number in systems_of(player)):
            uow.systems.add(System(id=number, name=f"Room {number}"))
        uow.systems.add(System(id=CLOSED_SYSTEM, name="Closed", allowed_user_ids=(zoe.id,)))
        uow.option_keys.add("application-integration", 10)
        uow.commit()
    _make_service_account(office)
    _book_for_everybody(office)
    office.store.dispose()
    return folder / "office.db"


def _caller(office: Office, name: str):
    with office.store.reading() as uow:
        return uow.users.account(name).caller("192.0.2.7")


def _make_service_account(office: Office) -> None:
    setup = RemoteSetup(store=office.store, clock=lambda: NOON)
    password = base64.b64encode(b"secret").decode()
    setup.generate_account(_caller(office, "admin"), "service", password, "", gets_mails=False)


def _book_for_everybody(office: Office) -> None:
    """Each set: a conference to come, one that is going on, and a series."""
    desk = Booking(store=office.store, clock=lambda: NOON, renderer=ConferenceTexts())
    seeder = _caller(office, "boss")
    for player in PLAYERS:
        for whose, owner, number in zip(("own", "other"), (player, "zoe"), systems_of(player), strict=True):
            for kind, start, pattern in (
                ("single", NOON + 2 * HOUR, None),
                ("ongoing", NOON, None),
                ("series", NOON + 24 * HOUR, DAILY),
            ):
                request = ConferenceRequest(
                    start=start,
                    end=start + HOUR,
                    title=f"Secret of {owner}",
                    type=ConferenceType.RESERVATION_ONLY,
                    pattern=pattern,
                    owner=OwnerReference(id=-1, user_name=owner),
                    participants=(RequestedParticipant(id=number, kind=ParticipantKind.SYSTEM),),
                    external_source_id="stage",
                    external_primary_key=f"{kind} {whose} {player}",
                )
                desk.save_conference(seeder, Client(), request, BookingMode.STRICT)


@dataclass
class Scene:
    """One call of a player, on something that is ``own`` or ``another's``."""

    office: Office
    player: str
    operation: str
    on: str

    @property
    def whose(self) -> str:
        return "other" if "another's" in self.on else "own"

    @property
    def system(self) -> int:
        own, other = systems_of(self.player)
        return other if self.whose == "other" else own

    def stored(self, kind: str):
        with self.office.store.reading() as uow:
            return uow.conferences.by_external_key("stage", f"{kind} {self.whose} {self.player}")

    def number(self, kind: str) -> str:
        return elements(ConferenceId=self.stored(kind).id)

    def key(self, kind: str, *, is_dated: bool = False) -> str:
        names = {"ExternalSourceId": "stage", "ExternalConferenceId": f"{kind} {self.whose} {self.player}"}
        if is_dated:
            names["RecurrenceIdUTC"] = wire(NOON + 24 * HOUR)
        return elements(**names)


# ---------------------------------------------------------------- what is sent


def conference(scene: Scene, **more: object) -> str:
    """A new conference of the player's, at a time when no other player has one."""
    start = NOON + (5 + PLAYERS.index(scene.player)) * HOUR
    values = {
        "ConferenceId": -1,
        "StartTimeUTC": wire(start),
        "EndTimeUTC": wire(start + HOUR),
        "ConferenceType": "Reservation Only",
        **more,
    }
    number = CLOSED_SYSTEM if "certain users" in scene.on else scene.system
    return elements(**values) + f"<Participants>{system(number)}</Participants>"


def wanted(scene: Scene) -> str:
    """The conference that a save brings."""
    if scene.on in ("new", "new, with a system for certain users"):
        return conference(scene)
    if scene.on == "new, for another":
        return conference(scene, OwnerUserName="EXAMPLE\\zoe", OwnerId=-1)
    if scene.on == "new, for a stranger":
        return conference(scene, OwnerEmailAddress="stranger@example.com")
    stored = scene.stored("single")
    return conference(scene, ConferenceId=stored.id, Version=stored.version, Title="Changed")


def occurrence(scene: Scene) -> str:
    """The first date of a series, with another title."""
    first = scene.stored("series")
    times = {"StartTimeUTC": wire(first.period.start), "EndTimeUTC": wire(first.period.end)}
    return conference(scene, ConferenceId=first.id, Version=first.version, Title="Changed", **times)


def listed(scene: Scene) -> str:
    period = elements(StartTime=wire(NOON).replace(" ", "T"), EndTime=wire(NOON + 9 * HOUR).replace(" ", "T"))
    status = elements(ConferenceStatus="All")
    if scene.operation == "GetConferencesForSystems":
        ids = "".join(elements(SystemIds=number) for number in systems_of(scene.player))
        return ids + period + status + elements(Legacy="false")
    name = "zoe" if scene.whose == "other" else ""
    return elements(UserName=name) + period + status


def about(scene: Scene) -> str:
    return f"<Conference>{elements(ConferenceId=scene.stored('single').id)}</Conference>"


def account(scene: Scene) -> str:
    password = base64.b64encode(b"secret").decode()
    return elements(userNameBase="new", encPassword=password, emailAddress="", sendNotifications="false")


NEW = ["new", "new, for another", "new, for a stranger", "new, with a system for certain users"]
WHOSE = ["own", "another's"]
INNER: dict[str, tuple[list[str], Callable[[Scene], str]]] = {
    "SaveConference": ([*NEW, *WHOSE], lambda s: f"<Conference>{wanted(s)}</Conference>"),
    "SaveConferenceWithMode": (
        [*NEW, *WHOSE],
        lambda s: f"<Conference>{wanted(s)}</Conference>{elements(BookingMode='BestEffortForced')}",
    ),
    "SaveConferences": (
        [*NEW, *WHOSE],
        lambda s: f"<Conferences>{wanted(s)}</Conferences>{elements(oneTransaction='true')}",
    ),
    "SaveConferenceRecInstance": (WHOSE, lambda s: f"<Conference>{occurrence(s)}</Conference>"),
    "SaveConferenceRecInstanceWithMode": (
        WHOSE,
        lambda s: f"<Conference>{occurrence(s)}</Conference>{elements(BookingMode='Strict')}",
    ),
    "DeleteConferenceById": (WHOSE, lambda s: s.number("single")),
    "DeleteConferenceByExternalId": (WHOSE, lambda s: s.key("single")),
    "DeleteConferenceRecInstanceById": (WHOSE, lambda s: s.number("series")),
    "DeleteConferenceInstanceByExternaId": (WHOSE, lambda s: s.key("series", is_dated=True)),
    "EndConferenceById": (WHOSE, lambda s: s.number("ongoing")),
    "EndConferenceByExternalId": (WHOSE, lambda s: s.key("ongoing")),
    "GetConferenceById": (WHOSE, lambda s: s.number("single")),
    "GetRecurrentConferenceById": (WHOSE, lambda s: s.number("series")),
    "GetRecurrentConferenceByIdWithFirstOngoingOrPendingStartTime": (WHOSE, lambda s: s.number("series")),
    "GetConferenceByExternalId": (WHOSE, lambda s: s.key("single")),
    "GetConferenceInstanceByExternalId": (WHOSE, lambda s: s.key("series", is_dated=True)),
    "GetConferenceIdByExternalId": (WHOSE, lambda s: s.key("series", is_dated=True)),
    "GetConferenceInviteMail": (WHOSE, lambda s: s.key("single")),
    "GetConferenceBookingEventMail": (WHOSE, about),
    "GetConferencesForSystems": (["any"], listed),
    "GetConferencesForUser": (WHOSE, listed),
    "GetTransactionsSince": (["any"], lambda s: elements(CurrentTransactionId=0)),
    "GetTransactionsSinceWithExternalId": (["any"], lambda s: elements(CurrentTransactionId=0)),
    "GetDefaultConference": (["-"], lambda s: ""),
    "GetRecordingAliases": (["-"], lambda s: ""),
    "GetTimeZoneRulesById": (["-"], lambda s: elements(idString="UTC")),
    "GetWebExSiteDefaults": (["-"], lambda s: elements(siteUrl="https://webex.example.com")),
    "GetSystems": (["-"], lambda s: ""),
    "GetSystemsForUser": (["-"], lambda s: ""),
    "GetSystemById": (["-"], lambda s: elements(TMSSystemId=1)),
    "SetPrimarySystem": (["-"], lambda s: elements(primSys=1)),
    "GetUsers": (["-"], lambda s: ""),
    "GetConferenceLanguages": (["-"], lambda s: ""),
    "GenerateConferenceAPIUser": (["-"], account),
    "DisableConferenceAPIUser": (["-"], lambda s: elements(userName="EXAMPLE\\victim")),
    "IsAlive": (["-"], lambda s: ""),
    "IsLocalAdmin": (["-"], lambda s: ""),
    "IsTMSSiteAdmin": (["-"], lambda s: ""),
    "IsTMSServiceUser": (["-"], lambda s: ""),
    "IsTMSBookOnBehalfUser": (["-"], lambda s: ""),
    "IsBookOnBehalfOfUser": (["-"], lambda s: f"<User>{elements(UserName='helper')}</User>"),
}


# ---------------------------------------------------------------- what comes back


def outcome(scene: Scene, answer: Answer) -> str:
    """What came of a call, in a word of the table."""
    if answer.status == 401:
        return "401"
    if answer.status == 500:
        sentence = answer.sentence
        return "not offered" if "does not offer" in sentence else lookup(answer.errorcodes[0]).name
    result = next(answer.root.iter(f"{{*}}{scene.operation}Result"), None)
    text = (result.text or "").strip() if result is not None and not len(result) else ""
    if text in ("true", "false"):
        return text
    if scene.operation.startswith("Save"):
        return "request" if "MeetingRequest" in answer.body.decode() else "yes"
    if scene.operation in ("GetConferencesForSystems", "GetConferencesForUser"):
        titles = {one.text for one in answer.all("Title")}
        assert titles, "the list should not be empty"
        return (
            "yes, others as busy"
            if "Busy" in titles and len(titles) > 1
            else "busy"
            if "Busy" in titles
            else "yes"
        )
    if scene.operation == "GetConferenceBookingEventMail":
        return "yes" if "Secret of" in answer.body.decode() else "without what is stored"
    if scene.operation == "GetSystemsForUser":
        return "yes" if answer.all("TMSSystem", REMOTE_SETUP) else "none"
    return "yes"


def play(office: Office, player: str | None, operation: str, on: str) -> str:
    """Call an operation as somebody, or as nobody."""
    scene = Scene(office, player or "guest", operation, on)
    is_booking = OPERATIONS[operation] == BOOKING_PATH
    inner = INNER[operation][1](scene)
    if is_booking:
        header, body = version_header(23, inner=elements(ClientSession="stage")), element(operation, inner)
    else:
        header, body = version_header(23, REMOTE_SETUP), element(operation, inner, REMOTE_SETUP)
    answer = office.request(
        "POST",
        OPERATIONS[operation],
        envelope(body, header, SOAP11),
        user=player and f"EXAMPLE\\{player}:x",
        CONTENT_TYPE="text/xml",
    )
    return outcome(scene, answer)


def changes(office: Office) -> tuple[object, ...]:
    """Whatever a call could have changed."""
    with office.store.reading() as uow:
        return (
            uow.transactions.since(0, limit=1000),
            uow.users.accounts(),
            uow.audit.find(AuditFilter(), limit=1000),
        )


@pytest.fixture
def theatre(stage: Path, tmp_path: Path) -> Iterator[Office]:
    """The server on a copy of the stage; whoever is there is let in."""
    shutil.copy(stage, tmp_path / "office.db")
    store = create_store(f"sqlite:///{tmp_path}/office.db", secret_box=FernetSecretBox("for tests"))
    office = Office(store)
    for player in PLAYERS:
        office.callers[f"EXAMPLE\\{player}"] = _caller(office, player)
    yield office
    store.dispose()


@pytest.mark.parametrize(("operation", "on"), TABLE, ids=[f"{name} {on}" for name, on in TABLE])
def test_what_happens_is_what_the_table_says(theatre: Office, operation: str, on: str) -> None:
    seen = {}
    for role, player in ROLES.items():
        before = changes(theatre)
        seen[role] = play(theatre, player, operation, on)
        is_refused = seen[role].isupper() or seen[role] == "401"
        assert not is_refused or changes(theatre) == before, f"{role}: refused, and changed something"
    assert seen == TABLE[operation, on]


def test_the_table_has_every_operation_and_every_case() -> None:
    assert {operation for operation, _ in TABLE} == set(OPERATIONS)
    assert set(TABLE) == {(operation, on) for operation, (cases, _) in INNER.items() for on in cases}
    assert all(list(row) == list(ROLES) for row in TABLE.values())


def test_nobody_gets_in_without_a_name() -> None:
    assert {row["anonymous"] for row in TABLE.values()} == {"401"}
