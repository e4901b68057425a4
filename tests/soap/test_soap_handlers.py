"""Operations over use cases that only write down what they are asked."""

import inspect
from types import SimpleNamespace
from typing import Any

import pytest
from soap_client import REMOTE_SETUP, Client, element, elements, version_header
from soap_examples import NOW, OWNER, PERIOD, STORED, UNSAVED

from tmsba.domain.conference.transaction import TransactionPage
from tmsba.domain.people.systems import System
from tmsba.domain.people.users import BUILT_IN_GROUPS, SITE_ADMINISTRATOR, USERS, Caller, Permission
from tmsba.domain.values import BookingMode, StatusFilter
from tmsba.soap.operations.booking import BOOKING_SERVICE
from tmsba.soap.operations.handlers import (
    BookingHandlers,
    SetupHandlers,
    booking_service,
    remote_setup_service,
)
from tmsba.soap.operations.setup import REMOTE_SETUP_SERVICE
from tmsba.soap.wire.contract import Contract
from tmsba.wsgi.front import build_wsgi

ANSWERS = {
    "default_conference": UNSAVED,
    "save_conference": STORED,
    "get_conference": STORED,
    "conferences_for_systems": [STORED, STORED],
    "conferences_for_user": [STORED],
    "transactions_since": TransactionPage(transactions=()),
}
SYSTEMS = [System(id=1, name="A"), System(id=2, name="B", is_booking_allowed=False)]


class Asked:
    """Use cases that remember how they were called."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[Any, ...]]] = []

    def __getattr__(self, name: str) -> Any:
        def use_case(*arguments: Any) -> Any:
            self.calls.append((name, arguments))
            return ANSWERS.get(name)

        return use_case


CALLER = Caller(
    user=OWNER, groups=frozenset({USERS}), permissions=BUILT_IN_GROUPS[USERS], address="192.0.2.7"
)
ADMIN = Caller(
    user=OWNER, groups=frozenset({USERS, SITE_ADMINISTRATOR}), permissions=BUILT_IN_GROUPS[SITE_ADMINISTRATOR]
)


class Server(Client):
    """The real services over use cases that are not."""

    def __init__(self, caller: Caller = CALLER) -> None:
        self.asked = Asked()
        setup: Any = SimpleNamespace(
            users=lambda: [OWNER],
            systems=lambda: SYSTEMS,
            systems_for=lambda caller: [one for one in SYSTEMS if one.can_be_booked_by(caller)],
            system=lambda system_id: SYSTEMS[system_id - 1],
        )
        asked: Any = self.asked
        asked.clock = lambda: NOW
        self.app = build_wsgi(
            booking=booking_service(asked),
            remote_setup=remote_setup_service(setup, asked),
            authenticate=lambda *_: caller,
        )

    @property
    def only_call(self) -> tuple[str, tuple[Any, ...]]:
        (call,) = self.asked.calls
        return call


def test_the_default_conference() -> None:
    server = Server()
    answer = server.call("GetDefaultConference")
    assert answer.text("ConferenceId") == "-1"
    assert server.only_call == ("default_conference", (CALLER,))


@pytest.mark.parametrize(
    ("name", "mode", "expected"),
    [
        ("SaveConference", "", BookingMode.STRICT),
        ("SaveConferenceWithMode", "", BookingMode.STRICT),
        ("SaveConferenceWithMode", elements(BookingMode="Strict"), BookingMode.STRICT),
        ("SaveConferenceWithMode", elements(BookingMode="BestEffortForced"), BookingMode.BEST_EFFORT_FORCED),
    ],
)
def test_saves(name: str, mode: str, expected: BookingMode) -> None:
    server = Server()
    header = version_header(15, inner=elements(ClientIdentifierIn="script", ClientSession=" 6e5c "))
    answer = server.call(name, element("Conference", elements(Title="t")) + mode, header=header)
    use_case, (caller, client, request, asked_mode) = server.only_call
    assert (use_case, caller, asked_mode) == ("save_conference", CALLER, expected)
    assert (client.version, client.session_id, client.identifier) == (15, "6e5c", "script")
    assert client.request_id == answer.headers["X-Request-ID"]
    assert request.title == "t"
    (conference,) = answer.all("ConferenceId")
    parent = "Conference" if name.endswith("Mode") else "SaveConferenceResult"
    assert conference.getparent().tag.endswith(f"}}{parent}")


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("", (False, False)),
        (elements(SendConfirmationMail="true"), (True, False)),
        (elements(SendConfirmationMail="1", ExcludeConferenceInformation="true"), (True, True)),
        (elements(SendConfirmationMail="false", ClientLanguage="fr"), (False, False)),
    ],
)
@pytest.mark.parametrize("name", ["SaveConference", "DeleteConferenceById"])
def test_flags_for_mails(name: str, flags: str, expected: tuple[bool, bool]) -> None:
    server = Server()
    inner = (
        element("Conference", elements(Title="t")) if name == "SaveConference" else elements(ConferenceId=5)
    )
    server.call(name, inner, header=version_header(23) + element("ContextHeader", flags))
    _, (_, client, *_) = server.only_call
    assert (client.is_confirmation_wanted, client.is_information_left_out) == expected


def test_reading_one() -> None:
    server = Server()
    assert server.call("GetConferenceById", elements(ConferenceId=5)).text("JoinUri") == "9904@example.com"
    assert server.only_call == ("get_conference", (CALLER, 5))


def test_lists() -> None:
    server = Server()
    inner = elements(
        StartTime="2026-01-29T13:09:00", EndTime="2026-01-29T15:09:00+01:00", ConferenceStatus="Pending"
    )
    assert len(server.call("GetConferencesForSystems", elements(SystemIds=3) + inner).all("Conference")) == 2
    assert (
        len(server.call("GetConferencesForUser", elements(UserName="EX\\ann") + inner).all("Conference")) == 1
    )
    server.call("GetConferencesForUser", inner)
    assert server.asked.calls == [
        ("conferences_for_systems", (CALLER, [3], PERIOD, StatusFilter.PENDING)),
        ("conferences_for_user", (CALLER, "EX\\ann", PERIOD, StatusFilter.PENDING)),
        ("conferences_for_user", (CALLER, "", PERIOD, StatusFilter.PENDING)),
    ]


def test_a_period_that_ends_before_it_starts_is_refused() -> None:
    inner = elements(StartTime="2026-01-29T13:09:00", EndTime="2026-01-28T13:09:00")
    assert Server().call("GetConferencesForUser", inner).errorcodes == [-2147218263]


@pytest.mark.parametrize("name", ["End", "Delete"])
def test_ending_and_deleting(name: str) -> None:
    server = Server()
    answer = server.call(f"{name}ConferenceById", elements(ConferenceId=5), version=15)
    assert answer.status == 200
    use_case, (caller, client, conference_id) = server.only_call
    assert (use_case, caller, client.version, conference_id) == (f"{name.lower()}_conference", CALLER, 15, 5)


def test_the_change_log() -> None:
    server = Server()
    answer = server.call("GetTransactionsSince", elements(CurrentTransactionId=9, SystemID=4))
    assert len(answer.all("GetTransactionsSinceResult")) == 1
    assert server.only_call == ("transactions_since", (9, 4))


def test_questions_about_the_caller() -> None:
    names = ("IsAlive", "IsTMSSiteAdmin", "IsLocalAdmin", "IsTMSBookOnBehalfUser", "IsTMSServiceUser")
    for caller, expected in ((CALLER, "true false false false false"), (ADMIN, "true true true true false")):
        server = Server(caller)
        answers = [server.setup(name).text(f"{name}Result", REMOTE_SETUP) for name in names]
        assert answers == expected.split()


def test_users_and_systems() -> None:
    server = Server()
    assert server.setup("GetUsers").text("UserName", REMOTE_SETUP) == "EX\\ann"
    found = [e.text for e in server.setup("GetSystems").all("SystemName", REMOTE_SETUP)]
    assert found == ["A", "B"]
    assert server.setup("GetSystemsForUser").text("SystemName", REMOTE_SETUP) == "A"
    one = server.setup("GetSystemById", f'<TMSSystemId xmlns="{REMOTE_SETUP}">2</TMSSystemId>')
    assert one.text("SystemName", REMOTE_SETUP) == "B"
    nobody = Server(Caller(user=OWNER, permissions=frozenset({Permission.UPDATE})))
    assert nobody.setup("GetSystemsForUser").all("TMSSystem", REMOTE_SETUP) == []


@pytest.mark.parametrize(
    ("handlers", "contract"), [(BookingHandlers, BOOKING_SERVICE), (SetupHandlers, REMOTE_SETUP_SERVICE)]
)
def test_handlers_have_the_names_and_parameters_of_operations(handlers: type, contract: Contract) -> None:
    for name, method in vars(handlers).items():
        if not name.startswith("_"):
            parameters = list(inspect.signature(method).parameters)[2:]
            assert parameters == list(contract.operations[name].in_message._type_info)
