"""Bridges that come and go, with real ones on real ports and a clock to set."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from bookings import plain
from office import external

from tmsba.control.bridge.access import access_now
from tmsba.control.bridge.clients import client_factory
from tmsba.control.bridge.registration import register_bridge
from tmsba.control.upkeep.health import HealthMonitor
from tmsba.domain.bridge.bridge import Bridge, BridgeCredentials
from tmsba.domain.bridge.health import BridgeAddress
from tmsba.simulator import Peer, Simulator
from tmsba.store.outbox.health_checks import SqlHealthChecks

API = BridgeCredentials(username="api", password="bridge-pass")
FACTORY = client_factory(connect_timeout_s=1, read_timeout_s=2)


@pytest.fixture
def cms():
    with Simulator(username="api", password="bridge-pass", domain="example.com") as simulator:
        yield simulator


@pytest.fixture
def look(office):
    """Look at every bridge that is due, then let a minute go by; the office's own bridge stays aside."""
    with office.store.writing() as uow:
        uow.bridges.change(replace(uow.bridges.get(1), is_enabled=False))
        uow.commit()
    checks = SqlHealthChecks(office.store)
    monitor = HealthMonitor(
        store=office.store,
        checks=checks,
        factory=FACTORY,
        clock=lambda: office.now,
        stop=threading.Event(),
        owner="monitor",
    )

    def look(times=1):
        for _ in range(times):
            for before in checks.claim("monitor", office.now, office.now + timedelta(minutes=1), 9):
                monitor.check(before)
            office.now += timedelta(minutes=1)

    return look


def add(office, simulator, name, base, **more):
    bridge = Bridge(
        id=0,
        name=name,
        url=simulator.url,
        domain="example.com",
        numeric_id_base=base,
        numeric_id_quantity=3,
        **more,
    )
    with office.store.writing() as uow:
        added = uow.bridges.add(bridge, API)
        uow.commit()
    return added


def tickets(office):
    with office.store.reading() as uow:
        return {(ticket.subject, ticket.kind) for ticket in uow.tickets.all()}


def booked_number(office):
    return office.saved(external("SIP <-"))["JoinUri"].partition("@")[0]


def test_bookings_go_to_bridges_that_answer_and_go_on_when_none_does(office, look, cms):
    with office.store.writing() as uow:
        # What is booked here starts in two hours.
        uow.settings.put("bridge_down_horizon", "120")
        uow.commit()
    with Simulator(username="api", password="bridge-pass", domain="example.com") as other:
        add(office, cms, "One", 100)
        add(office, other, "Two", 200)
        look()
        cms.stop()
        look(2)
        assert tickets(office) == {("bridge One", "connection")}
        assert [booked_number(office) for _ in range(2)] == ["200", "201"]
    look(2)
    assert tickets(office) == {("bridge One", "connection"), ("bridge Two", "connection")}
    assert booked_number(office) == "100"
    cms.start()
    look(2)
    assert tickets(office) == {("bridge Two", "connection")}
    assert booked_number(office) == "101"


def test_what_a_bridge_tells_is_stored(office, look, cms):
    add(office, cms, "One", 100)
    look()
    with office.store.reading() as uow:
        health = uow.bridges.healths()[-1]
        known = uow.bridges.memberships()[-1]
    assert health.is_reachable
    assert (health.report.software_version, health.report.call_legs_active) == ("3.4", 0)
    assert [node.name for node in known.nodes] == ["bridge1"]


def test_links_fit_the_version_that_the_last_look_found(office, look, cms):
    add(office, cms, "One", 100, web_bridge_uri="https://join.example.com")
    look()
    saved = office.saved(external("SIP <-"))

    def seen_after_upgrade_to(version):
        cms.bridge.settings = replace(cms.bridge.settings, software_version=version)
        look()
        return plain(office, saved["ConferenceId"])

    link = saved["JoinUrl"]
    secret = link.partition("secret=")[2]
    assert link == f"https://join.example.com/meeting/100?secret={secret}"
    older = seen_after_upgrade_to("2.9.4")
    assert older["JoinUrl"] == f"https://join.example.com/invited.sf?secret={secret}&id=100"
    assert older["JoinUrl"] in older["ConferenceInfoText"]
    newer = seen_after_upgrade_to("3.4")
    assert newer["JoinUrl"] == link
    assert newer["Version"] == older["Version"] == saved["Version"]


def test_a_whole_link_that_an_administrator_gives_is_used_as_it_is(office, look, cms):
    add(office, cms, "One", 100, web_bridge_uri="https://join.example.com/invited.sf?id={number}")
    look()
    assert office.saved(external("SIP <-"))["JoinUrl"] == "https://join.example.com/invited.sf?id=100"


def test_a_wrong_password_is_a_ticket_until_it_is_right(office, look, cms):
    added = add(office, cms, "One", 100)

    def use(password):
        with office.store.writing() as uow:
            uow.bridges.change(added, credentials=replace(API, password=password))
            uow.commit()

    use("wrong")
    look()
    assert tickets(office) == {("bridge One", "credentials")}
    use("bridge-pass")
    look()
    assert tickets(office) == set()


def test_meetings_to_come_use_the_alternate_address_while_the_main_one_is_down(office, look, cms):
    def in_use(bridge):
        with office.store.reading() as uow:
            return access_now(uow, bridge, uow.bridges.healths())

    peer = Peer("bridge2", cms.url, "example.com")
    with Simulator(username="api", password="bridge-pass", domain="example.com", cluster=[peer]) as main:
        added = replace(add(office, main, "One", 100), alternate_url=cms.url)
        with office.store.writing() as uow:
            uow.bridges.change(added, alternate=API)
            uow.commit()
        look()
        assert in_use(added).address is BridgeAddress.MAIN
    look(2)
    access = in_use(added)
    assert (access.address, access.bridge.url) == (BridgeAddress.ALTERNATE, cms.url)
    client = FACTORY(access.bridge, access.credentials)
    assert client.status().software_version == "3.4"
    client.close()


def test_a_range_changes_while_a_meeting_is_on(office, cms):
    added = add(office, cms, "One", 100)

    def set_up(**changes):
        with office.store.writing() as uow:
            uow.bridges.change(replace(added, **changes))
            uow.commit()
        assert register_bridge(office.store, lambda: office.now, added.id, FACTORY)

    def numbers():
        return {int(space.values["callId"]): space.id for space in cms.bridge.spaces}

    set_up()
    office.saved(external("SIP <-"))
    booked = int(booked_number(office))
    before = numbers()
    client = FACTORY(added, API)
    call_id = client.create_call(before[booked])
    set_up(numeric_id_base=98, numeric_id_quantity=10)
    assert numbers().keys() == set(range(98, 108))
    assert numbers().items() >= before.items()
    set_up(numeric_id_base=105, numeric_id_quantity=2)
    assert numbers() == numbers() | {booked: before[booked]}
    assert numbers().keys() == {booked, 105, 106}
    assert [call.id for call in client.calls()] == [call_id]
    office.now += timedelta(hours=4)
    set_up(numeric_id_base=105, numeric_id_quantity=2)
    assert numbers().keys() == {105, 106}
    client.close()
