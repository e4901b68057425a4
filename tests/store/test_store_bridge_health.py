"""How bridges are kept, changed and shared out among those who look at them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from store_samples import (
    CREDENTIALS,
    HOUR,
    NOON,
    at_once,
    book,
    hours,
    open_store,
    route,
    some_bridge,
    statements,
)

from tmsba.domain.bridge.bridge import Bridge, BridgeCredentials, BridgePreparation, ClusterNode, NumberRange
from tmsba.domain.bridge.clusters import Membership
from tmsba.domain.bridge.health import BridgeAddress, BridgeAlarm, BridgeHealth, BridgeReport
from tmsba.domain.values import StoredState
from tmsba.ports.live import LiveConference
from tmsba.ports.work import UnitOfWork
from tmsba.store import SqlStore
from tmsba.store.outbox.health_checks import SqlHealthChecks
from tmsba.store.outbox.jobs import SqlLiveConferences
from tmsba.store.sql import schema
from tmsba.store.sql.engine import build_engine

MAIN, ALTERNATE = BridgeAddress.MAIN, BridgeAddress.ALTERNATE
BACKUP = BridgeCredentials(username="backup", password="another", fingerprint="ab" * 32)
SOON = NOON + timedelta(minutes=3)
REPORT = BridgeReport(
    software_version="3.4",
    uptime=timedelta(days=4, seconds=7),
    call_legs_active=1,
    call_legs_max_active=3,
    call_legs_completed=7,
    audio_bit_rate_outgoing_bps=64_000,
    audio_bit_rate_incoming_bps=0,
    video_bit_rate_outgoing_bps=2**40,
    media_processing_load=120,
    alarms=(
        BridgeAlarm(kind="recorderUnavailable", reason="connectFailure", active=timedelta(seconds=9)),
        BridgeAlarm(kind="turnServerUnavailable"),
    ),
    licence_trouble="It has none.",
)


def change(store: SqlStore, **changes: object) -> Bridge:
    logins = {name: changes.pop(name) for name in ("credentials", "alternate") if name in changes}
    with store.writing() as uow:
        before = uow.bridges.get(1)
        assert before is not None
        changed = replace(before, **changes)  # type: ignore[arg-type]
        uow.bridges.change(changed, **logins)  # type: ignore[arg-type]
        uow.commit()
    return changed


def set_up(store: SqlStore, *numbers: int) -> None:
    """As if the bridge had made these spaces."""
    done = BridgePreparation(cospace_ids={number: f"c{number}" for number in numbers}, is_complete=True)
    with store.writing() as uow:
        uow.bridges.set_preparation(1, done)
        uow.commit()


# ---------------------------------------------------------------- health


def test_what_a_look_found_comes_back(store: SqlStore) -> None:
    checks = SqlHealthChecks(store)
    [before] = checks.claim("one", NOON, SOON, 9)
    assert before == BridgeHealth(bridge_id=1, address=MAIN)
    found = before.after_failure("odd", NOON, is_certain=True).after_success(REPORT, NOON + HOUR)
    assert checks.finish(found, "one", NOON + 2 * HOUR)
    with store.reading() as uow:
        assert uow.bridges.healths() == [found]
    assert found.last_error_at == NOON


def test_a_look_is_shared_out_once(store: SqlStore) -> None:
    with store.writing() as uow:
        for number in range(2, 22):
            uow.bridges.add(some_bridge(name=f"core{number}", url=f"https://core{number}"), CREDENTIALS)
        uow.commit()

    def claim(index: int) -> list[int]:
        found = SqlHealthChecks(store).claim(f"owner {index}", NOON, SOON, 4)
        return [health.bridge_id for health in found]

    claimed = [bridge_id for found in at_once(8, claim) for bridge_id in found]
    assert sorted(claimed) == list(range(1, 22))


def test_a_look_is_due_again_later_or_when_its_lease_ran_out(store: SqlStore) -> None:
    checks = SqlHealthChecks(store)
    [first] = checks.claim("one", NOON, SOON, 9)
    assert checks.claim("two", SOON - timedelta(seconds=1), SOON, 9) == []
    [again] = checks.claim("two", SOON, SOON + HOUR, 9)
    assert again == first
    assert not checks.finish(first.after_success(REPORT, SOON), "one", SOON)
    assert checks.finish(again, "two", SOON + HOUR)
    assert checks.claim("one", SOON + HOUR - timedelta(seconds=1), SOON + HOUR, 9) == []
    assert len(checks.claim("one", SOON + HOUR, SOON + 2 * HOUR, 9)) == 1


def test_without_anything_due_nobody_waits_for_the_writer(store: SqlStore) -> None:
    checks = SqlHealthChecks(store)
    checks.claim("one", NOON, SOON, 9)
    with store.writing(), statements(store) as sent:
        assert checks.claim("two", NOON, SOON, 9) == []
    assert len(sent) == 1


def test_disabled_bridges_are_not_looked_at(store: SqlStore) -> None:
    change(store, is_enabled=False)
    assert SqlHealthChecks(store).claim("one", NOON, SOON, 9) == []


def test_a_changed_bridge_is_looked_at_at_once_at_each_address(store: SqlStore) -> None:
    checks = SqlHealthChecks(store)
    [main] = checks.claim("one", NOON, SOON, 9)
    checks.finish(main, "one", NOON + HOUR)
    change(store, alternate_url="https://core2.example.com", alternate=BACKUP)
    claimed = checks.claim("one", NOON, SOON, 9)
    assert {health.address for health in claimed} == {MAIN, ALTERNATE}
    with store.reading() as uow:
        assert [health.address for health in uow.bridges.healths()] == [MAIN, ALTERNATE]
    change(store, alternate_url="")
    with store.reading() as uow:
        assert [health.address for health in uow.bridges.healths()] == [MAIN]


@pytest.mark.parametrize(
    ("main", "alternate", "expected"),
    [
        (None, None, True),
        (True, False, True),
        (False, True, True),
        (False, None, True),
        (False, False, False),
    ],
)
def test_routing_sees_whether_an_address_answers(
    store: SqlStore, main: bool | None, alternate: bool | None, expected: bool
) -> None:
    change(store, alternate_url="https://core2.example.com", alternate=BACKUP)
    checks = SqlHealthChecks(store)
    for health in checks.claim("one", NOON, SOON, 9):
        answer = main if health.address is MAIN else alternate
        checks.finish(replace(health, is_reachable=answer), "one", NOON)
    with store.reading() as uow, statements(store) as sent:
        [common] = uow.bridges.common_occupancy([hours(0, 1)])
        [[each]] = uow.bridges.occupancies([hours(0, 1)])
    assert (common.is_reachable, each.is_reachable) == (expected, expected)
    assert len(sent) == 2


# ---------------------------------------------------------------- changes


def test_a_changed_bridge_comes_back(store: SqlStore) -> None:
    changed = change(
        store,
        name="core",
        url="https://core.example.com",
        domain="new.example.com",
        web_bridge_uri="https://join.example.com",
        alternate_url="https://core2.example.com",
        alternate=BACKUP,
    )
    with store.reading() as uow:
        assert uow.bridges.get(1) == changed
        assert uow.bridges.credentials(1) == CREDENTIALS
        assert uow.bridges.credentials(1, ALTERNATE) == BACKUP
        stored = uow.connection.execute(text("SELECT sealed_alternate_password FROM bridge")).scalar_one()
    assert BACKUP.password not in stored
    login = replace(CREDENTIALS, password="new", ca_pem="-----BEGIN", fingerprint="cd" * 32)
    change(store, credentials=login)
    with store.reading() as uow:
        assert uow.bridges.credentials(1) == login
        assert uow.bridges.credentials(1, ALTERNATE) == replace(BACKUP, ca_pem="-----BEGIN")
    change(store, alternate_url="")
    with store.reading() as uow, pytest.raises(LookupError, match="no alternate"):
        uow.bridges.credentials(1, ALTERNATE)


@pytest.mark.parametrize("changes", [{"name": "core2"}, {"url": "https://core2"}])
def test_a_change_to_what_another_bridge_has_is_refused(store: SqlStore, changes: dict[str, str]) -> None:
    with store.writing() as uow:
        uow.bridges.add(some_bridge(name="core2", url="https://core2"), CREDENTIALS)
        uow.commit()
    with pytest.raises(ValueError, match="already"):
        change(store, **changes)


def test_a_bridge_that_is_gone_cannot_be_changed(store: SqlStore) -> None:
    with store.writing() as uow, pytest.raises(LookupError):
        uow.bridges.change(some_bridge(id=77))


def test_only_what_matters_on_the_bridge_has_it_set_up_again(store: SqlStore) -> None:
    def is_waiting() -> bool:
        with store.reading() as uow:
            return bool(uow.bridges.unprepared())

    for changes, expected in (
        ({"domain": "new.example.com"}, False),
        ({"name": "other"}, False),
        ({"numeric_id_quantity": 9}, True),
        ({"url": "https://other.example.com"}, True),
    ):
        set_up(store)
        change(store, **changes)
        assert is_waiting() is expected, changes


def free_numbers(uow: UnitOfWork, start: float = 0) -> list[int]:
    [seen] = uow.bridges.common_occupancy([hours(start, start + 1)])
    return [] if seen.free_space is None else [seen.free_space.number]


def test_numbers_come_and_go_but_never_those_that_are_booked(store: SqlStore) -> None:
    set_up(store, 90001, 90002, 90003, 90004, 90005)
    booked = book(store, at=hours(0, 1), route=route(1))
    live = book(store, at=hours(-3, -2), route=route(2, number=90002))
    SqlLiveConferences(store).put(LiveConference(conference_id=live.id, bridge_id=1, space_id=2))
    book(store, at=hours(-3, -2), route=route(3, number=90003))
    book(store, at=hours(5, 6), route=route(4, number=90004), state=StoredState.DELETED)

    change(store, numeric_id_base=90005, numeric_id_quantity=3)
    with store.reading() as uow:
        assert free_numbers(uow) == [90005]
        assert uow.bridges.numbers_in_use(1, NOON) == {90001, 90002, 90005, 90006, 90007}
        assert uow.bridges.numbers_in_use(1, NOON + HOUR) == {90002, 90005, 90006, 90007}
        assert uow.bridges.are_spaces_free([(1, hours(0, 1))], besides=[booked.id]) == [True]
        assert [bridge.id for bridge in uow.bridges.with_surplus(NOON)] == [1]

    set_up(store, 90001, 90002, 90005, 90006, 90007)
    with store.reading() as uow:
        assert uow.bridges.with_surplus(NOON) == []
        assert [bridge.id for bridge in uow.bridges.with_surplus(NOON + HOUR)] == [1]

    change(store, numeric_id_base=90001, numeric_id_quantity=7)
    with store.reading() as uow:
        assert uow.bridges.numbers_in_use(1, NOON) == set(range(90001, 90008))
        assert free_numbers(uow) == [90002]
        assert free_numbers(uow, 9) == [90001]


def test_a_change_of_the_range_is_a_matter_of_few_statements(store: SqlStore) -> None:
    with store.writing() as uow, statements(store) as sent:
        before = uow.bridges.get(1)
        assert before is not None
        uow.bridges.change(replace(before, numeric_id_base=1, numeric_id_quantity=9_000))
    assert len(sent) <= 12


def test_nobody_gets_a_number_that_goes_at_the_same_time(store: SqlStore) -> None:
    def run(index: int) -> int:
        if index == 0:
            change(store, numeric_id_base=90003, numeric_id_quantity=3)
            return 0
        with store.writing() as uow:
            uow.bridges.lock_for_allocation(1)
            [seen] = uow.bridges.common_occupancy([hours(0, 1)])
            assert seen.free_space is not None
            return seen.free_space.number

    numbers = at_once(6, run)
    assert set(numbers) <= {0, 90001, 90003}


def test_what_is_known_of_clusters_comes_back(store: SqlStore) -> None:
    nodes = (ClusterNode(id="n1", name="Core 1", address="https://core1.example.com"),)
    with store.writing() as uow:
        uow.bridges.set_membership(1, "c1", nodes)
        assert uow.bridges.memberships() == [
            Membership(bridge=some_bridge(id=1), cluster_id="c1", nodes=nodes)
        ]


def test_one_process_at_a_time_sets_a_bridge_up(store: SqlStore) -> None:
    def lease(owner: str, now: datetime) -> bool:
        with store.writing() as uow:
            is_ours = uow.bridges.lease_setup(1, owner, now, now + HOUR)
            uow.commit()
            return is_ours

    assert lease("one", NOON)
    assert lease("one", NOON)
    assert not lease("two", NOON)
    assert lease("two", NOON + HOUR)
    with store.writing() as uow:
        uow.bridges.release_setup(1, "one")
        uow.commit()
    assert not lease("one", NOON + HOUR)
    with store.writing() as uow:
        uow.bridges.release_setup(1, "two")
        uow.commit()
    assert lease("one", NOON + HOUR)


def test_open_tickets_follow_a_new_name(store: SqlStore) -> None:
    with store.writing() as uow:
        for subject in ("bridge a", "bridge b"):
            uow.tickets.open(subject, "connection", "gone", NOON)
        uow.tickets.close("bridge a", "connection", NOON)
        uow.tickets.open("bridge a", "name", "blank", NOON)
        uow.tickets.rename("bridge a", "bridge c")
        uow.commit()
    with store.reading() as uow:
        assert [(t.subject, t.kind) for t in uow.tickets.all()] == [
            ("bridge c", "name"),
            ("bridge b", "connection"),
        ]
        assert {t.subject for t in uow.tickets.all(is_open=False)} == {"bridge a"}


def test_a_bridge_from_before_keeps_its_parameter_set(empty_url: str) -> None:
    schema.upgrade(empty_url, "0003")
    engine = build_engine(empty_url)
    with engine.execution_options(tmsba_writes=True).begin() as connection:
        for number, set_id, is_prepared in ((1, "'ps'", "true"), (2, "'ps2'", "false"), (3, "NULL", "false")):
            columns = {
                "name": f"'core{number}'",
                "url": f"'https://core{number}'",
                "domain": "'example.com'",
                "numeric_id_base": "10",
                "numeric_id_quantity": "5",
                "is_enabled": "true",
                "is_tls_verified": "true",
                "parameter_set_id": set_id,
                "is_prepared": is_prepared,
            }
            blank = ("web_bridge_uri", "username", "sealed_password", "software_version")
            columns |= dict.fromkeys(blank, "''")
            names, values = ", ".join(columns), ", ".join(columns.values())
            connection.execute(text(f"INSERT INTO bridge ({names}) VALUES ({values})"))
    engine.dispose()
    schema.upgrade(empty_url)
    store = open_store(empty_url)
    with store.reading() as uow:
        assert [uow.bridges.preparation(number).ranges for number in (1, 2, 3)] == [
            (NumberRange(parameter_set_id="ps", first=10, last=14, is_made=True),),
            (NumberRange(parameter_set_id="ps2", first=10, last=14, is_made=False),),
            (),
        ]
        assert len(uow.bridges.all()) == 3
    claimed = SqlHealthChecks(store).claim("one", datetime.now(UTC), datetime.now(UTC) + HOUR, 9)
    assert [health.bridge_id for health in claimed] == [1, 2, 3]
    store.dispose()
