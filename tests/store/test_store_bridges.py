from dataclasses import replace

import pytest
from sqlalchemy import text
from store_samples import (
    CREDENTIALS,
    at_once,
    book,
    hours,
    open_store,
    route,
    some_bridge,
    some_conference,
    statements,
)

from tmsba.domain.bridge.bridge import (
    BridgePreparation,
    BridgeProfiles,
    ClusterNode,
    NumberRange,
    Space,
    SpaceState,
)
from tmsba.domain.values import StoredState
from tmsba.ports.repeating import write
from tmsba.ports.work import StoreConflict
from tmsba.store import SecretKeyMissing, SecretUnreadable, SqlStore, create_store
from tmsba.store.sql.secrets import FernetSecretBox

CORE2 = some_bridge(
    name="core2",
    url="https://core2.example.com",
    numeric_id_base=4912345678,
    numeric_id_quantity=2,
    web_bridge_uri="https://join.example.com",
    is_enabled=False,
    is_tls_verified=False,
)


def test_a_bridge_comes_back_with_a_space_for_each_number(store: SqlStore) -> None:
    with store.writing() as uow:
        added = uow.bridges.add(CORE2, CREDENTIALS)
        uow.commit()
    assert added == replace(CORE2, id=2)
    with store.reading() as uow:
        assert uow.bridges.get(2) == added
        assert uow.bridges.get(99) is None
        assert [bridge.id for bridge in uow.bridges.all()] == [1, 2]
        assert uow.bridges.space(7) == Space(id=7, bridge_id=2, number=4912345679)
        assert uow.bridges.space(8) is None


def test_many_spaces_are_a_matter_of_few_statements(store: SqlStore) -> None:
    with store.writing() as uow, statements(store) as seen:
        uow.bridges.add(replace(CORE2, numeric_id_quantity=20_000), CREDENTIALS)
    assert len(seen) == 6


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"url": "https://other"}, "a bridge named core1"), ({"name": "other"}, "the URL https://core1")],
)
def test_a_taken_name_or_url_is_refused(store: SqlStore, changes: dict[str, str], reason: str) -> None:
    with store.writing() as uow, pytest.raises(ValueError, match=reason):
        uow.bridges.add(some_bridge(**changes), CREDENTIALS)


def test_credentials_are_sealed_in_the_database(store: SqlStore) -> None:
    with store.reading() as uow:
        assert uow.bridges.credentials(1) == CREDENTIALS
        stored = uow.connection.execute(text("SELECT sealed_password FROM bridge")).scalar_one()
    assert stored.startswith("v1:")
    assert CREDENTIALS.password not in stored
    assert CREDENTIALS.password not in repr(CREDENTIALS)


def test_a_wrong_key_is_named(store: SqlStore, url: str) -> None:
    other = create_store(url, secret_box=FernetSecretBox("another key"))
    with other.reading() as uow, pytest.raises(SecretUnreadable, match="TMSBA_SECRET_KEY"):
        uow.bridges.credentials(1)
    other.dispose()


def test_without_a_key_all_but_secrets_works(store: SqlStore, url: str) -> None:
    keyless = create_store(url)
    with keyless.writing() as uow:
        assert uow.bridges.get(1) is not None
        with pytest.raises(SecretKeyMissing, match="TMSBA_SECRET_KEY"):
            uow.bridges.credentials(1)
        with pytest.raises(SecretKeyMissing, match="TMSBA_SECRET_KEY"):
            uow.bridges.add(CORE2, CREDENTIALS)
    keyless.dispose()


def test_an_unknown_bridge_has_no_credentials(store: SqlStore) -> None:
    with store.reading() as uow, pytest.raises(LookupError, match="no bridge 99"):
        uow.bridges.credentials(99)


def test_preparation_comes_back_as_stored(store: SqlStore) -> None:
    begun = BridgePreparation(call_profile_id="cp", cospace_ids={90001: "a", 90003: "c"})
    done = BridgePreparation(
        call_profile_id="cp",
        call_leg_profile_id="clp",
        ranges=(
            NumberRange(parameter_set_id="ps", first=90001, last=90002, is_made=True),
            NumberRange(parameter_set_id="ps2", first=90003, last=90003, sync_id="sync"),
        ),
        software_version="3.4",
        cluster_id="c1",
        nodes=(ClusterNode(id="n1", name="Core 1", address="https://core1.example.com"),),
        cospace_ids={90001: "a2", 90002: "b"},
        is_complete=True,
    )
    with store.writing() as uow:
        bridges = uow.bridges
        assert bridges.preparation(1) == BridgePreparation()
        for preparation in (begun, done):
            bridges.set_preparation(1, preparation)
            assert bridges.preparation(1) == preparation
        bridges.set_cospace_id(3, "c2")
        assert bridges.space(3) == Space(id=3, bridge_id=1, number=90003, cospace_id="c2")
        assert bridges.preparation(1).cospace_ids == {90001: "a2", 90002: "b", 90003: "c2"}


def test_profiles_are_noted_once_and_forgotten_together(store: SqlStore) -> None:
    with store.writing() as uow:
        uow.bridges.add(CORE2, CREDENTIALS)
        assert uow.bridges.profiles(1) == BridgeProfiles()
        prepared = BridgePreparation(call_profile_id="usual", call_leg_profile_id="usual leg")
        uow.bridges.set_preparation(1, prepared)
        assert uow.bridges.note_profile(1, "secret", "a") == "a"
        assert uow.bridges.note_profile(1, "secret", "b") == "a"
        assert uow.bridges.note_profile(1, "small", "c") == "c"
        assert uow.bridges.note_profile(2, "secret", "d") == "d"
        uow.commit()
    with store.writing() as uow:
        with statements(store) as seen:
            assert uow.bridges.profiles(1) == BridgeProfiles(
                call_profile_id="usual",
                call_leg_profile_id="usual leg",
                made={"secret": "a", "small": "c"},
            )
        assert len(seen) == 1
        uow.bridges.forget_profiles(1)
        assert uow.bridges.profiles(1).made == {}
        assert uow.bridges.profiles(2).made == {"secret": "d"}
    with store.reading() as uow, pytest.raises(LookupError, match="no bridge 99"):
        uow.bridges.profiles(99)


def test_of_those_who_note_a_profile_at_once_all_go_by_the_first(store: SqlStore) -> None:
    def note(i: int) -> str:
        return write(store, lambda uow: uow.bridges.note_profile(1, "secret", f"profile-{i}"))

    assert len(set(at_once(6, note))) == 1


def test_bridges_that_are_enabled_and_not_ready_are_unprepared(store: SqlStore) -> None:
    with store.writing() as uow:
        uow.bridges.add(CORE2, CREDENTIALS)
        assert [bridge.name for bridge in uow.bridges.unprepared()] == ["core1"]
        uow.bridges.set_preparation(1, BridgePreparation(is_complete=True))
        assert not uow.bridges.unprepared()


def test_occupancy_gives_the_lowest_free_space(store: SqlStore) -> None:
    with store.writing() as uow:
        uow.bridges.add(replace(CORE2, is_enabled=True, numeric_id_quantity=1), CREDENTIALS)
        uow.bridges.add(some_bridge(name="off", url="https://off", is_enabled=False), CREDENTIALS)
        uow.bridges.add(some_bridge(name="none", url="https://none", numeric_id_quantity=0), CREDENTIALS)
        uow.commit()
    first = book(store, at=hours(0, 2), route=route(1))
    book(store, at=hours(1, 3), route=route(3, number=90003))
    book(store, at=hours(0, 3), route=route(6, bridge_id=2, number=4912345678))
    book(store, at=hours(0, 3), route=route(2, number=90002), state=StoredState.DELETED)

    def seen(start: float, end: float, **options: list[int]) -> list[tuple[int, int | None, int]]:
        with store.reading() as uow:
            return [
                (
                    entry.bridge.id,
                    entry.free_space.number if entry.free_space else None,
                    entry.conferences,
                )
                for entry in uow.bridges.common_occupancy([hours(start, end)], **options)
            ]

    off = (3, 90001, 0)
    assert seen(0, 2) == [(1, 90002, 2), (2, None, 1), off, (4, None, 0)]
    assert seen(0, 2, besides=[first.id]) == [(1, 90001, 1), (2, None, 1), off, (4, None, 0)]
    assert seen(2, 3) == [(1, 90001, 1), (2, None, 1), off, (4, None, 0)]
    assert seen(3, 4) == [(1, 90001, 0), (2, 4912345678, 0), off, (4, None, 0)]
    assert seen(1, 1) == [(1, 90001, 0), (2, 4912345678, 0), off, (4, None, 0)]
    with store.reading() as uow, statements(store) as sent:
        assert not uow.bridges.are_spaces_free([(1, hours(1, 2))])[0]
        assert uow.bridges.are_spaces_free([(1, hours(1, 2))], besides=[first.id])[0]
        assert uow.bridges.are_spaces_free([(1, hours(2, 3))])[0]
        uow.bridges.common_occupancy([hours(0, 9)])
    assert len(sent) == 4


@pytest.mark.parametrize("count", [1, 100])
def test_many_periods_are_a_matter_of_one_statement(store: SqlStore, count: int) -> None:
    book(store, at=hours(0, 1), route=route(1))
    book(store, at=hours(1, 2), route=route(2, number=90002))
    book(store, at=hours(1.5, 2), route=route(3, number=90003))
    periods = [hours(0, 1), *(hours(day * 24 + 1, day * 24 + 2) for day in range(count))]
    with store.reading() as uow, statements(store) as sent:
        [common] = uow.bridges.common_occupancy(periods)
        each = uow.bridges.occupancies(periods)
        [besides] = uow.bridges.common_occupancy(periods, besides=[1, 3])
    assert len(sent) == 3
    assert common.free_space == Space(id=4, bridge_id=1, number=90004)
    assert common.conferences == 3
    assert besides.free_space == Space(id=1, bridge_id=1, number=90001)
    assert besides.conferences == 1
    seen = [(entry.free_space and entry.free_space.number, entry.conferences) for [entry] in each]
    assert seen == [(90002, 1), (90001, 2), *[(90001, 0)] * (count - 1)]
    with store.reading() as uow:
        assert uow.bridges.occupancies([]) == []
        [free] = uow.bridges.common_occupancy([])
        assert free.free_space == Space(id=1, bridge_id=1, number=90001)


def test_one_unit_of_work_at_a_time_chooses_a_space(store: SqlStore) -> None:
    """With the lock nobody ever loses the race for a space."""

    def run(index: int) -> int:
        with store.writing() as uow:
            uow.bridges.lock_for_allocation(1)
            free = uow.bridges.common_occupancy([hours(0, 1)])[0].free_space
            if free is None:
                return 0
            uow.conferences.add(some_conference(route=route(free.id, number=free.number)))
            uow.commit()
            return free.number

    numbers = at_once(8, run)
    assert sorted(numbers) == [0, 0, 0, 90001, 90002, 90003, 90004, 90005]


def test_the_route_must_name_a_space_nobody_holds(store: SqlStore) -> None:
    book(store, route=route(1))
    with pytest.raises(StoreConflict):
        book(store, route=route(1))


def test_the_store_opens_after_the_process_that_wrote(url: str, store: SqlStore) -> None:
    store.dispose()
    again = open_store(url)
    with again.reading() as uow:
        assert uow.bridges.credentials(1) == CREDENTIALS
    again.dispose()


def test_numbers_that_are_missing_or_belong_to_others_are_passed_by(store: SqlStore) -> None:
    periods = [hours(1, 2)]
    with store.writing() as uow:
        uow.bridges.set_cospace_id(1, "ours")
        uow.bridges.set_space_state(1, SpaceState.FOREIGN)
        uow.bridges.set_space_state(2, SpaceState.MISSING)
        uow.commit()
    with store.reading() as uow:
        space = uow.bridges.space(1)
        assert space is not None
        assert (space.state, space.cospace_id) == (SpaceState.FOREIGN, None)
        [seen] = uow.bridges.common_occupancy(periods)
        [[alone]] = uow.bridges.occupancies(periods)
        assert seen.free_space == alone.free_space == uow.bridges.space(3)
        assert [one.id for one in uow.bridges.numbered([90001, 90002, 90003])] == [3]
        assert {90001, 90002} <= uow.bridges.numbers_in_use(1, hours(1, 2).start)
    with store.writing() as uow:
        uow.bridges.set_cospace_id(2, "made")
        uow.commit()
    with store.reading() as uow:
        assert uow.bridges.common_occupancy(periods)[0].free_space == uow.bridges.space(2)


def test_an_id_that_is_noted_with_the_preparation_makes_a_number_ready(store: SqlStore) -> None:
    with store.writing() as uow:
        uow.bridges.set_space_state(1, SpaceState.MISSING)
        uow.bridges.set_space_state(2, SpaceState.FOREIGN)
        uow.bridges.set_preparation(1, BridgePreparation(cospace_ids={90001: "made"}, is_complete=True))
        uow.commit()
    with store.reading() as uow:
        states = [space.state for space in uow.bridges.spaces(1)[:3]]
        assert states == [SpaceState.READY, SpaceState.FOREIGN, SpaceState.READY]
        assert uow.bridges.unprepared() == []
    with store.writing() as uow:
        uow.bridges.prepare_again(1)
        uow.commit()
    with store.reading() as uow:
        assert [one.id for one in uow.bridges.unprepared()] == [1]
        assert uow.bridges.preparation(1).cospace_ids == {90001: "made"}
