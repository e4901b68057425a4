"""Accounts, log-in and the audit log through the application as it is put together for real."""

import base64
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from office import external, system, wire
from soap_client import BOOKING, REMOTE_SETUP, Client, element, elements, envelope, version_header

from tmsba import app
from tmsba.accounts.passwords import hash_password
from tmsba.app import build_web
from tmsba.booking.api import Booking
from tmsba.config import Config
from tmsba.domain import errors
from tmsba.domain.people.audit import AuditFilter
from tmsba.domain.people.systems import System
from tmsba.domain.people.users import SITE_ADMINISTRATOR, USERS, Group, User
from tmsba.domain.values import StoredState
from tmsba.mail.conference_mail import ConferenceTexts
from tmsba.ports.work import UnitOfWork
from tmsba.store import create_store
from tmsba.wsgi.front import BOOKING_PATH, REMOTE_SETUP_PATH


class Site(Client):
    """A client of the application over a database with an administrator and a plain user."""

    def __init__(self, url: str) -> None:
        self.store = create_store(url)
        with self.store.writing() as uow:
            self._fill(uow)
            uow.commit()
        self.app = build_web(Config(database_url=url))
        self.log_in("boss", "boss-pw")

    def _fill(self, uow: UnitOfWork) -> None:
        boss = User(id=0, name="boss", domain="EXAMPLE")
        uow.users.add(boss, hash_password("boss-pw"), [USERS, SITE_ADMINISTRATOR])
        uow.users.add(User(id=0, name="anna"), hash_password("anna-pw"), [USERS])
        uow.systems.add(System(id=1, name="Room"))
        uow.option_keys.add("application-integration", 10)

    def log_in(self, name: str, password: str) -> None:
        self.user = f"{name}:{password}"

    def ask(self, name: str, inner: str = "", *, is_setup: bool = True):
        namespace, path = (REMOTE_SETUP, REMOTE_SETUP_PATH) if is_setup else (BOOKING, BOOKING_PATH)
        header = version_header(23, namespace, elements(ClientSession="site"))
        body = envelope(element(name, inner, namespace), header)
        return self.request("POST", path, body, user=self.user, CONTENT_TYPE="text/xml")

    def answered(self, name: str, inner: str = "") -> str:
        answer = self.ask(name, inner)
        assert answer.status == 200, answer.sentence
        return answer.text(f"{name}Result", REMOTE_SETUP) or ""

    def audited(self) -> list[tuple[str, str, str, str]]:
        with self.store.reading() as uow:
            found = uow.audit.find(AuditFilter(), limit=100)
        return [(one.action.value, one.who, one.origin, one.subject) for one in reversed(found)]


@pytest.fixture
def site(database_template, tmp_path, monkeypatch):
    shutil.copy(database_template, tmp_path / "tmsba.db")
    build, opened = app.build_store, []

    def build_store(config):
        opened.append(build(config))
        return opened[-1]

    monkeypatch.setattr(app, "build_store", build_store)
    made = Site(f"sqlite:///{tmp_path}/tmsba.db")
    yield made
    for store in (made.store, *opened):
        store.dispose()


def account(name: str, password: str) -> str:
    return elements(
        userNameBase=name,
        encPassword=base64.b64encode(password.encode()).decode(),
        emailAddress="svc@example.com",
        sendNotifications="true",
    )


def a_conference(**more: object) -> str:
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
    values = {"ConferenceId": -1, "StartTimeUTC": wire(start), "EndTimeUTC": wire(start + timedelta(hours=1))}
    inner = elements(**values, ConferenceType="Reservation Only", **more)
    return f"<Conference>{inner}<Participants>{system(1)}</Participants></Conference>"


def test_the_life_of_a_service_account(site):
    assert site.answered("IsLocalAdmin") == "true"
    assert (
        site.answered("GenerateConferenceAPIUser", account("tms-admin", "pässword")) == "EXAMPLE\\tms-admin"
    )
    assert site.answered("GenerateConferenceAPIUser", account("tms-admin", "other")) == "EXAMPLE\\tms-admin1"
    site.log_in("EXAMPLE\\tms-admin", "pässword")
    for question in ("IsTMSServiceUser", "IsTMSSiteAdmin", "IsTMSBookOnBehalfUser", "IsAlive"):
        assert site.answered(question) == "true"
    saved = site.ask("SaveConference", a_conference(OwnerEmailAddress="new@example.com"), is_setup=False)
    assert saved.text("OwnerUserName") == "new"

    site.log_in("boss", "boss-pw")
    user = element("User", elements(UserName="EXAMPLE\\tms-admin"), REMOTE_SETUP)
    assert site.answered("IsBookOnBehalfOfUser", user) == "true"
    assert site.ask("DisableConferenceAPIUser", elements(userName="EXAMPLE\\tms-admin")).status == 200
    assert site.answered("IsBookOnBehalfOfUser", user) == "false"
    users = {
        one.findtext(f"{{{REMOTE_SETUP}}}UserName"): one.findtext(f"{{{REMOTE_SETUP}}}IsHiddenUser")
        for one in site.ask("GetUsers").all("User", REMOTE_SETUP)
    }
    assert users["EXAMPLE\\tms-admin"] == "true"
    site.log_in("EXAMPLE\\tms-admin", "pässword")
    assert site.ask("IsAlive").status == 401

    assert [(action, who, subject) for action, who, _, subject in site.audited()] == [
        ("user.added", "EXAMPLE\\boss", "EXAMPLE\\tms-admin"),
        ("user.added", "EXAMPLE\\boss", "EXAMPLE\\tms-admin1"),
        ("user.added", "EXAMPLE\\tms-admin", "new"),
        ("user.changed", "EXAMPLE\\boss", "EXAMPLE\\tms-admin"),
        ("login.failed", "EXAMPLE\\tms-admin", "log-in"),
    ]


def test_a_plain_user_makes_no_accounts_and_the_log_tells_of_the_try(site):
    site.log_in("anna", "anna-pw")
    assert site.answered("IsLocalAdmin") == "false"
    answer = site.ask("GenerateConferenceAPIUser", account("mine", "secret"))
    assert answer.errorcodes == [errors.PermissionMissing.code]
    assert site.audited() == [("access.refused", "anna", "192.0.2.7", "GenerateConferenceAPIUser")]
    with site.store.reading() as uow:
        assert uow.users.by_name("mine") is None
        [entry] = uow.audit.find(AuditFilter(), limit=1)
    assert entry.detail.startswith("SECURITY: anna is no site administrator")


def test_wrong_passwords_are_in_the_log_and_a_missing_one_is_not(site):
    site.log_in("EXAMPLE\\boss", "wrong-pw")
    for _ in range(12):
        assert site.ask("IsAlive").status == 401
    assert site.request("POST", BOOKING_PATH, b"", user=None).status == 401
    with site.store.reading() as uow:
        found = uow.audit.find(AuditFilter(), limit=100)
    assert [(one.who, one.origin, one.detail, one.count) for one in found] == [
        ("too many failures", "192.0.2.7", "Basic: too many failures", 1),
        ("EXAMPLE\\boss", "192.0.2.7", "Basic: wrong password", 1),
    ]
    assert "wrong-pw" not in repr(found)


def test_a_password_that_is_typed_as_a_name_is_not_in_the_audit_log(site):
    site.log_in("my-s3cret", "boss")
    assert site.ask("IsAlive").status == 401
    with site.store.reading() as uow:
        [entry] = uow.audit.find(AuditFilter(), limit=9)
    assert (entry.who, entry.detail) == ("unknown user", "Basic: unknown user")


def test_a_right_that_is_taken_away_counts_from_the_next_call_on(site):
    site.log_in("anna", "anna-pw")
    names = "GetSystemsForUser"
    assert len(site.ask(names).all("TMSSystem", REMOTE_SETUP)) == 1
    with site.store.writing() as uow:
        uow.groups.update(Group(name=USERS))
        uow.commit()
    assert site.ask(names).all("TMSSystem", REMOTE_SETUP) == []
    answer = site.ask("SaveConference", a_conference(), is_setup=False)
    assert answer.text("Status") == "MeetingRequest"


def test_a_primary_system_is_remembered(site):
    assert site.answered("SetPrimarySystem", elements(primSys="1")) == "true"
    assert site.answered("SetPrimarySystem", elements(primSys="77")) == "false"
    with site.store.reading() as uow:
        assert uow.users.by_name("boss").primary_system_id == 1


def test_a_system_for_certain_users_is_refused_to_others(site):
    with site.store.writing() as uow:
        boss = uow.users.by_name("boss")
        uow.systems.put_all([System(id=1, name="Room", allowed_user_ids=(boss.id,))])
        uow.commit()
    assert len(site.ask("GetSystemsForUser").all("TMSSystem", REMOTE_SETUP)) == 1
    site.log_in("anna", "anna-pw")
    assert site.ask("GetSystemsForUser").all("TMSSystem", REMOTE_SETUP) == []
    answer = site.ask("SaveConference", a_conference(), is_setup=False)
    assert answer.errorcodes == [errors.SystemNotAllowed.code]
    assert "for certain users only" in answer.sentence


def test_a_series_that_a_guest_asks_for_is_booked_once_it_is_approved(office):
    """Over the real store: each occurrence gets its systems and the one number."""
    office.user_name = "guest"
    pattern = elements(FrequencyType="Daily", PatternEndType="EndByInstances", PatternInstances=3)
    inner = elements(
        ConferenceId=-1,
        StartTimeUTC=wire(office.now + timedelta(hours=2)),
        EndTimeUTC=wire(office.now + timedelta(hours=3)),
    )
    inner += f"<Participants>{system(1)}{external('SIP <-')}</Participants>"
    inner += f"<RecurrencePattern>{pattern}</RecurrencePattern>"
    asked = office.call("SaveConference", f"<Conference>{inner}</Conference>")
    assert asked.text("Status") == "MeetingRequest"
    with office.store.reading() as uow:
        series = uow.conferences.series_of(int(asked.text("ConferenceId")))
    first = series.first

    desk = Booking(store=office.store, clock=lambda: office.now, renderer=ConferenceTexts())
    desk.approve(office.callers["boss"], first.id)
    with office.store.reading() as uow:
        series = uow.conferences.series_of(first.id)
    assert {one.state for one in series.occurrences} == {StoredState.BOOKED}
    assert {one.route.number for one in series.occurrences} == {1}
    assert {one.version for one in series.occurrences} == {2}
    changes = office.call("GetTransactionsSince", elements(CurrentTransactionId=0))
    assert [one.text for one in changes.all("TransType")] == ["New"] * 3 + ["Updated"] * 3
    office.user_name = "boss"
    clash = office.save(system(1))
    assert office.code(clash) == errors.SystemAlreadyBooked.code
