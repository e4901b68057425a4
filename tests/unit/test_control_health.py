"""Looking at bridges, and what it means for tickets and for routing."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import FakeHealthChecks, at, create_bridge

from tmsba.cms.model import (
    BridgeLimits,
    BridgeStatus,
    CallBridge,
    CallBridgeLicence,
    DialPlanRule,
    SystemAlarm,
)
from tmsba.cms.wire.errors import (
    AnswerNotUnderstood,
    BridgeServerError,
    BridgeTimeout,
    BridgeUnreachable,
    CredentialsRefused,
    NotFoundOnBridge,
)
from tmsba.control.bridge.access import access_now
from tmsba.control.bridge.circuit import Circuits
from tmsba.control.bridge.inspection import inspect
from tmsba.control.upkeep.health import HealthMonitor
from tmsba.control.work.tickets import CONNECTION, bridge_subject, open_ticket
from tmsba.domain.bridge.bridge import BridgeCredentials, no_name
from tmsba.domain.bridge.health import BridgeAddress

BACKUP = BridgeCredentials(username="backup", password="other-pass")
ALTERNATE_URL = "https://cms2.example.com"


class Remote:
    """A bridge that tells about itself, or raises what a test has put into `errors` for a method."""

    def __init__(self):
        self.told = {
            "status": BridgeStatus(software_version="3.4", cluster_id="c1", call_legs_active=2),
            "alarms": [],
            "media_processing_load": 70,
            "call_bridge_licence": CallBridgeLicence(status="activated"),
            "call_bridges": [],
            "limits": BridgeLimits(),
            "inbound_rules": [DialPlanRule(id="i", domain="cms.example.com", is_for_spaces=True)],
            "outbound_rules": [DialPlanRule(id="o", domain="*")],
        }
        self.errors = {}
        self.asked = []
        self.closed = 0

    def _tell(self, name):
        self.asked.append(name)
        if name in self.errors:
            raise self.errors[name]
        return self.told[name]

    def status(self):
        return self._tell("status")

    def alarms(self):
        return self._tell("alarms")

    def media_processing_load(self):
        return self._tell("media_processing_load")

    def call_bridge_licence(self):
        return self._tell("call_bridge_licence")

    def limits(self):
        return self._tell("limits")

    def inbound_rules(self):
        return self._tell("inbound_rules")

    def outbound_rules(self):
        return self._tell("outbound_rules")

    def call_bridges(self):
        return self._tell("call_bridges")

    def call_bridge(self, call_bridge_id):
        return CallBridge(
            id=call_bridge_id, name=call_bridge_id, address=f"https://{call_bridge_id}.example.com"
        )

    def close(self):
        self.closed += 1


class Ward:
    """A world with a monitor; each address of a bridge has a remote of its own."""

    def __init__(self, world):
        self.world = world
        self.remotes = {}
        self.circuits = Circuits(world.clock, limit=2, pause=timedelta(minutes=5))
        self.checks = FakeHealthChecks(world.store)
        self.monitor = HealthMonitor(
            store=world.store,
            checks=self.checks,
            factory=lambda bridge, _: self.at(bridge.url),
            clock=world.clock,
            stop=threading.Event(),
            owner="monitor",
            circuits=self.circuits,
            chance=lambda: 0.0,
        )

    def at(self, url="https://cms1.example.com"):
        return self.remotes.setdefault(url, Remote())

    def fail(self, error, url="https://cms1.example.com"):
        self.at(url).errors["status"] = error

    def recover(self, url="https://cms1.example.com"):
        self.at(url).errors.clear()

    def look(self, times=1):
        """Do every look that is due, then let the time go by until the next one is."""
        for _ in range(times):
            now = self.world.clock()
            for before in self.checks.claim("monitor", now, now + timedelta(minutes=1), 99):
                self.monitor.check(before)
            self.world.clock.now = max(now, min(self.checks.due.values()))

    def look_at_all(self):
        """Look after five minutes, when everything is asked for."""
        self.world.clock.advance(timedelta(minutes=5))
        self.look()

    def health(self, address=BridgeAddress.MAIN):
        return self.world.store.state.healths[1, address]

    def change(self, **changes):
        def work(uow):
            uow.bridges.change(replace(uow.bridges.get(1), **changes), alternate=BACKUP)

        self.world.store.prepare(work)

    def tickets(self):
        return {ticket.kind: ticket.text for ticket in self.world.tickets()}


@pytest.fixture
def ward(world):
    kept = Ward(world)
    kept.change(url="https://cms1.example.com")
    return kept


def test_what_a_bridge_tells_is_kept(ward):
    ward.at().told["call_bridges"] = [CallBridge(id="n1"), CallBridge(id="n2")]
    ward.look()
    health = ward.health()
    assert (health.is_reachable, health.reachable_since, health.checked_at) == (True, at(13), at(13))
    report = health.report
    assert (report.software_version, report.call_legs_active, report.media_processing_load) == ("3.4", 2, 70)
    preparation = ward.world.store.state.preparations[1]
    assert preparation.cluster_id == "c1"
    assert [node.address for node in preparation.nodes] == [
        "https://n1.example.com",
        "https://n2.example.com",
    ]
    assert ward.tickets() == {}
    assert ward.at().closed == 1


@pytest.mark.parametrize(
    "error", [NotFoundOnBridge("no such node"), AnswerNotUnderstood("a status instead of alarms")]
)
def test_an_old_bridge_that_tells_nothing_but_its_status_is_well(ward, error):
    ward.at().errors = dict.fromkeys(
        ("alarms", "media_processing_load", "call_bridge_licence", "call_bridges"), error
    )
    ward.look()
    assert ward.health().is_reachable
    assert ward.health().report.media_processing_load is None
    assert ward.tickets() == {}


def test_one_lost_look_is_no_outage_and_is_repeated_soon(ward):
    ward.look()
    since = ward.health().reachable_since
    ward.fail(BridgeTimeout("no answer"))
    ward.look()
    assert (ward.health().is_reachable, ward.health().failures) == (True, 1)
    assert ward.world.clock() == at(13) + timedelta(seconds=30 + 5)
    assert ward.tickets() == {}
    ward.recover()
    ward.look()
    assert (ward.health().reachable_since, ward.health().failures) == (since, 0)
    assert ward.health().last_error == "no answer"


def test_an_outage_opens_a_ticket_and_its_end_closes_it(ward, logs):
    ward.look()
    ward.fail(BridgeUnreachable("connection refused"))
    ward.look(2)
    assert ward.health().is_reachable is False
    assert ward.health().reachable_since is None
    assert ward.tickets() == {"connection": "connection refused"}
    ward.recover()
    ward.look()
    assert ward.health().reachable_since == ward.health().checked_at
    assert ward.tickets() == {}
    assert [entry["event"] for entry in logs if entry["event"].startswith("bridge_")] == [
        "bridge_reachable",
        "bridge_unreachable",
        "bridge_reachable",
    ]


def test_a_bridge_that_stays_away_is_asked_less_and_less_often(ward):
    ward.fail(BridgeServerError("500"))
    pauses = []
    for _ in range(7):
        before = ward.world.clock()
        ward.look()
        pauses.append((ward.world.clock() - before).total_seconds())
    assert pauses == [5, 10, 20, 40, 60, 60, 60]
    ward.recover()
    ward.look()
    assert ward.health().failures == 0


def test_the_looks_are_spread_by_chance(ward):
    ward.monitor.chance = lambda: 0.5
    ward.look()
    assert ward.world.clock() - at(13) == timedelta(seconds=26.25)


def test_a_refused_password_is_told_apart_and_certain_at_once(ward):
    ward.look()
    ward.fail(CredentialsRefused("The bridge refused the user name or password."))
    ward.look()
    assert ward.health().is_reachable is False
    [(kind, text)] = ward.tickets().items()
    assert kind == "credentials"
    assert "tmsba bridge set" in text
    ward.fail(BridgeUnreachable("gone"))
    ward.look(2)
    assert ward.tickets().keys() == {"connection"}
    ward.recover()
    ward.look()
    assert ward.tickets() == {}


def test_each_alarm_is_a_ticket_until_it_is_over(ward):
    recorder = SystemAlarm(id="a1", kind="recorderUnavailable", reason="connectFailure")
    ward.at().told["alarms"] = [recorder, SystemAlarm(id="a2", kind="turnServerUnavailable")]
    ward.look()
    opened = {ticket.kind: ticket.id for ticket in ward.world.tickets()}
    assert ward.tickets() == {
        "alarm recorderUnavailable": "The bridge reports the alarm recorderUnavailable (connectFailure).",
        "alarm turnServerUnavailable": "The bridge reports the alarm turnServerUnavailable.",
    }
    ward.at().told["alarms"] = [recorder]
    ward.look_at_all()
    assert {ticket.kind: ticket.id for ticket in ward.world.tickets()} == {
        "alarm recorderUnavailable": opened["alarm recorderUnavailable"]
    }
    ward.fail(BridgeUnreachable("gone"))
    ward.look(2)
    assert ward.tickets().keys() == {"alarm recorderUnavailable", "connection"}
    ward.recover()
    ward.at().told["alarms"] = []
    ward.look()
    assert ward.tickets() == {}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"alarms": [SystemAlarm(id="a", kind="licenseExpired")]}, "a licence has expired"),
        ({"alarms": [SystemAlarm(id="a", kind="licenseGrace")]}, "will soon be deactivated"),
        ({"call_bridge_licence": CallBridgeLicence(status="noLicense")}, "no licence to make calls"),
        (
            {"call_bridge_licence": CallBridgeLicence(status="grace", expiry="2027-Jan-01")},
            "in its grace period (2027-Jan-01)",
        ),
        ({"status": BridgeStatus(is_activated=False)}, "not activated"),
    ],
)
def test_trouble_with_the_licence_is_one_ticket(ward, changes, words):
    was = dict(ward.at().told)
    ward.at().told |= changes
    ward.look()
    [(kind, text)] = ward.tickets().items()
    assert kind == "licence"
    assert words in text
    ward.at().told = was
    ward.look_at_all()
    assert ward.tickets() == {}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"inbound_rules": []}, "1@cms.example.com to a space: add one for cms.example.com"),
        ({"inbound_rules": [DialPlanRule(id="i", domain="cms.example.com", tenant_id="t")]}, "No inbound"),
        (
            {"inbound_rules": [DialPlanRule(id="i", domain="cms.example.com", is_for_spaces=False)]},
            "No inbound",
        ),
        ({"outbound_rules": [DialPlanRule(id="o", domain="*.example.org")]}, "leads to example.com: add one"),
    ],
)
def test_a_rule_that_the_dial_plan_lacks_is_a_ticket_until_it_is_there(ward, changes, words):
    was = dict(ward.at().told)
    ward.at().told |= changes
    ward.look(2)
    assert ward.tickets().keys() == {"dial plan"}
    assert words in ward.tickets()["dial plan"]
    ward.at().told = was
    ward.look_at_all()
    assert ward.tickets() == {}


def test_a_bridge_that_tells_no_dial_plan_is_not_blamed_for_it(ward):
    ward.at().errors["inbound_rules"] = NotFoundOnBridge("no such node")
    ward.look()
    assert ward.tickets() == {}


def test_alarms_licences_and_nodes_are_asked_for_every_five_minutes(ward):
    asked = ward.at().asked
    ward.look(30)
    assert [asked.count(name) for name in ("status", "media_processing_load")] == [30, 30]
    rare = [asked.count(name) for name in ("alarms", "call_bridge_licence", "call_bridges")]
    assert rare == [3, 3, 3]


def test_the_limits_of_a_bridge_are_kept_and_its_room_is_noted_for_routing(ward):
    ward.at().told["limits"] = BridgeLimits(participants=40, load=2000)
    ward.look()
    ward.look()
    report = ward.health().report
    assert (report.participant_limit, report.load_limit) == (40, 2000)
    bridge = ward.world.store.state.bridges[1]
    assert (bridge.participant_limit, bridge.told_load) == (40, 2000)
    ward.change(max_participants=30)
    assert ward.world.store.state.bridges[1].participant_limit == 30
    ward.change(max_participants=None)
    ward.at().told["limits"] = BridgeLimits()
    ward.look_at_all()
    assert ward.world.store.state.bridges[1].participant_limit is None


def test_a_bridge_that_is_back_is_asked_for_everything(ward):
    ward.look()
    ward.fail(BridgeUnreachable("gone"))
    ward.look(2)
    ward.recover()
    ward.at().asked.clear()
    ward.look(2)
    assert ward.at().asked == [
        "status",
        "alarms",
        "call_bridge_licence",
        "media_processing_load",
        "limits",
        "call_bridges",
        "inbound_rules",
        "outbound_rules",
        "status",
        "media_processing_load",
    ]


def test_what_is_not_set_yet_is_a_ticket_until_it_is(ward):
    ward.change(name=no_name("https://cms1.example.com"), domain="", numeric_id_base=0, numeric_id_quantity=0)
    ward.look()
    assert ward.tickets().keys() == {"name", "numbers"}
    assert "not set" in ward.tickets()["numbers"]

    ward.change(name="Core", domain="cms.example.com", numeric_id_base=1, numeric_id_quantity=3)
    ward.world.store.prepare(
        lambda uow: uow.tickets.rename("bridge No Name (cms1.example.com)", bridge_subject("Core"))
    )
    ward.look()
    assert ward.tickets() == {}


def test_a_ticket_of_a_job_on_a_bridge_that_was_well_all_the_time_stays(ward, world):
    """A request of the job failed, whatever the bridge says of itself: closing it here would only flicker."""
    ward.look()
    open_ticket(world.store, world.clock, "bridge bridge1", CONNECTION, "a call could not be started")
    ward.look(2)
    assert ward.tickets().keys() == {"connection"}


def test_a_second_node_of_a_cluster_is_told(ward, world):
    world.store.prepare(
        lambda uow: uow.bridges.add(create_bridge(name="bridge2", url="https://n2.example.com"), BACKUP)
    )
    ward.at().told["call_bridges"] = [CallBridge(id="n1"), CallBridge(id="n2")]
    ward.at("https://n2.example.com").told["status"] = BridgeStatus()
    ward.look()
    ward.look()
    [ticket] = world.tickets()
    assert (ticket.subject, ticket.kind) == ("bridge bridge2", "cluster")
    assert "n2.example.com is part of a clustered call bridge" in ticket.text


# ---------------------------------------------------------------- the alternate address


def test_the_alternate_address_is_used_only_while_the_main_one_is_down(ward, world):
    ward.change(alternate_url=ALTERNATE_URL)

    def in_use():
        with world.store.reading() as uow:
            return access_now(uow, uow.bridges.get(1), uow.bridges.healths())

    assert (in_use().bridge.url, in_use().credentials.username) == ("https://cms1.example.com", "api")
    ward.look()
    ward.fail(BridgeUnreachable("gone"))
    ward.look()
    assert in_use().address is BridgeAddress.MAIN
    ward.look()
    assert (in_use().bridge.url, in_use().credentials) == (ALTERNATE_URL, BACKUP)
    assert in_use().bridge.numbers == range(1, 4)
    ward.fail(BridgeUnreachable("gone too"), ALTERNATE_URL)
    world.clock.advance(timedelta(minutes=1))
    ward.look(2)
    assert in_use().address is BridgeAddress.MAIN
    assert ward.tickets() == {
        "connection": "gone",
        "alternate address": "The alternate address cannot be used. gone too",
    }
    ward.recover(ALTERNATE_URL)
    world.clock.advance(timedelta(minutes=1))
    ward.look()
    assert in_use().address is BridgeAddress.ALTERNATE
    ward.recover()
    world.clock.advance(timedelta(minutes=1))
    ward.look()
    assert in_use().address is BridgeAddress.MAIN
    assert ward.tickets() == {}


def test_routing_prefers_bridges_with_an_address_that_answers(ward, world):
    ward.change(alternate_url=ALTERNATE_URL)

    def is_reachable():
        with world.store.reading() as uow:
            return uow.bridges.common_occupancy([])[0].is_reachable

    assert is_reachable()
    ward.fail(BridgeUnreachable("gone"))
    ward.look()
    assert is_reachable()
    ward.fail(BridgeUnreachable("gone"), ALTERNATE_URL)
    world.clock.advance(timedelta(minutes=1))
    ward.look(2)
    assert not is_reachable()


# ---------------------------------------------------------------- the loop


class Gate(Remote):
    """A bridge that hangs until a test lets it go."""

    def __init__(self):
        super().__init__()
        self.entered, self.leave = threading.Event(), threading.Event()

    def status(self):
        self.entered.set()
        assert self.leave.wait(10)
        return super().status()


def test_a_bridge_that_hangs_delays_no_other(ward, world):
    world.store.prepare(
        lambda uow: uow.bridges.add(create_bridge(name="bridge2", url="https://cms9.example.com"), BACKUP)
    )
    gate = ward.remotes["https://cms1.example.com"] = Gate()
    closed = threading.Event()
    other = ward.at("https://cms9.example.com")
    other.close = closed.set
    ward.monitor.poll_s = 0.01
    thread = threading.Thread(target=ward.monitor.run)
    thread.start()
    try:
        assert gate.entered.wait(10)
        assert closed.wait(10)
        assert (1, BridgeAddress.MAIN) not in world.store.state.healths
    finally:
        gate.leave.set()
        ward.monitor.stop.set()
        thread.join(10)
    assert not thread.is_alive()
    assert world.store.state.healths[1, BridgeAddress.MAIN].is_reachable


def test_an_odd_bridge_stops_no_loop(ward, logs):
    ward.at().errors["status"] = RuntimeError("odd")
    ward.monitor.check(ward.checks.claim("monitor", at(13), at(14), 1)[0])
    assert "bridge_not_checked" in [entry["event"] for entry in logs]


def test_a_look_whose_lease_was_lost_says_nothing(ward):
    [before] = ward.checks.claim("somebody else", at(13), at(14), 1)
    ward.fail(CredentialsRefused("no"))
    ward.monitor.check(before)
    assert ward.world.store.state.healths == {}
    assert ward.tickets() == {}


def test_looks_open_and_close_the_circuit(ward):
    ward.fail(BridgeUnreachable("gone"))
    ward.look(2)
    with (
        pytest.raises(BridgeUnreachable, match="2 times in a row"),
        ward.circuits.guard("https://cms1.example.com"),
    ):
        pass
    ward.recover()
    ward.look()
    with ward.circuits.guard("https://cms1.example.com"):
        pass


def test_an_alarm_without_a_kind_has_a_name():
    remote = Remote()
    remote.told["alarms"] = [SystemAlarm(id="a")]
    assert [alarm.kind for alarm in inspect(remote).report.alarms] == ["unknown"]
