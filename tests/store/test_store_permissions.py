"""Groups and what they give, users and systems in chunks."""

from dataclasses import replace

import pytest
from store_samples import NOON, book, hours, statements

from tmsba.domain.people.systems import System
from tmsba.domain.people.users import BUILT_IN_GROUPS, SITE_ADMINISTRATOR, USERS, Group, Permission, User
from tmsba.domain.values import StoredState, SystemCategory
from tmsba.ports.people import Account
from tmsba.ports.work import StoreConflict
from tmsba.store import SqlStore

HELPERS = Group(name="Helpers", permissions=frozenset({Permission.BOOK_ON_BEHALF_OF}), is_default=True)


def test_the_built_in_groups_give_what_the_code_says(store: SqlStore) -> None:
    with store.reading() as uow:
        assert {one.name: one.permissions for one in uow.groups.all()} == BUILT_IN_GROUPS
        assert uow.groups.defaults() == {USERS}


def test_a_group_comes_back_as_stored(store: SqlStore) -> None:
    with store.writing() as uow:
        uow.groups.add(HELPERS)
        assert uow.groups.all()[0] == HELPERS
        assert uow.groups.defaults() == {USERS, "Helpers"}
        with pytest.raises(ValueError, match="a group named Helpers already"):
            uow.groups.add(HELPERS)
        bare = Group(name="Helpers")
        uow.groups.update(bare)
        assert uow.groups.all()[0] == bare
        with pytest.raises(LookupError, match="no group named Wizards"):
            uow.groups.update(Group(name="Wizards"))


def test_a_group_that_is_removed_leaves_its_members(store: SqlStore) -> None:
    with store.writing() as uow:
        uow.groups.add(HELPERS)
        eve = uow.users.add(User(id=0, name="eve"), "", [USERS, "Helpers"])
        assert uow.groups.remove("Helpers") == 1
        account = uow.users.account("eve")
        assert account is not None
        assert (account.user, account.groups, account.permissions) == (eve, {USERS}, BUILT_IN_GROUPS[USERS])
        with pytest.raises(LookupError, match="no group named Helpers"):
            uow.groups.remove("Helpers")


def test_an_account_and_all_it_may_do_take_one_statement(store: SqlStore) -> None:
    with store.writing() as uow:
        uow.groups.add(HELPERS)
        uow.users.add(User(id=0, name="eve"), "hash", [USERS, "Helpers"])
        uow.commit()
    with store.reading() as uow, statements(store) as seen:
        account = uow.users.account("EVE")
    assert len(seen) == 1
    assert account is not None
    assert account.permissions == BUILT_IN_GROUPS[USERS] | HELPERS.permissions
    caller = account.caller("192.0.2.7")
    assert (caller.groups, caller.permissions) == ({USERS, "Helpers"}, account.permissions)


@pytest.mark.parametrize("name", ["", "a\0b", "\0", "x" * 100_000, "é\u202e'\";--"])
def test_a_name_that_nobody_can_have_finds_nobody(store: SqlStore, name: str) -> None:
    with store.reading() as uow:
        assert uow.users.account(name) is None


def test_an_account_without_groups_may_do_nothing(store: SqlStore) -> None:
    with store.writing() as uow:
        uow.users.add(User(id=0, name="eve"), "", [])
        account = uow.users.account("eve")
    assert account is not None
    assert (account.groups, account.permissions) == (frozenset(), frozenset())


def _accounts(count: int, **changes: object) -> list[Account]:
    users = [User(id=0, name=f"Mass {number}", email=f"m{number}@example.com") for number in range(count)]
    return [Account(user=user, password_hash="", groups=frozenset({USERS}), **changes) for user in users]


def test_many_accounts_are_stored_and_replaced_in_few_statements(store: SqlStore) -> None:
    counts = []
    for size in (2, 30):
        with store.writing() as uow, statements(store) as seen:
            stored = uow.users.put_all(_accounts(size))
            assert len({user.id for user in stored}) == size
            counts.append(len(seen))
            accounts = uow.users.accounts([user.name.upper() for user in stored])
            admins = frozenset({USERS, SITE_ADMINISTRATOR})
            changed = [replace(one, groups=admins, is_enabled=False, password_hash="x") for one in accounts]
            del seen[:]
            uow.users.put_all(changed)
            counts.append(len(seen))
            again = uow.users.accounts([user.name for user in stored])
            assert [(one.user, one.groups, one.is_enabled, one.password_hash) for one in again] == [
                (user, admins, False, "x") for user in stored
            ]
    assert counts[:2] == counts[2:]
    assert max(counts) <= 5


def test_an_account_keeps_its_own_system_and_whether_it_gets_mails(store: SqlStore) -> None:
    with store.writing() as uow:
        [ann] = uow.users.accounts(["ann"])
        assert (ann.user.gets_mails, ann.user.primary_system_id) == (True, None)
        user = replace(ann.user, gets_mails=False, primary_system_id=3)
        uow.users.put_all([replace(ann, user=user)])
        assert uow.users.get(user.id) == user
        assert [one.user.name for one in uow.users.accounts()] == [one.name for one in uow.users.all()]


def test_a_name_that_somebody_else_took_is_a_lost_race(store: SqlStore) -> None:
    with store.writing() as uow, pytest.raises(StoreConflict):
        uow.users.put_all([Account(user=User(id=0, name="ANN"), password_hash="", groups=frozenset())])


def test_accounts_in_a_group_that_is_not_there_are_refused(store: SqlStore) -> None:
    wizard = Account(user=User(id=0, name="w"), password_hash="", groups=frozenset({"Wizards"}))
    with store.writing() as uow, pytest.raises(ValueError, match="no group named Wizards"):
        uow.users.put_all([wizard])


def test_many_systems_are_stored_and_replaced_in_few_statements(store: SqlStore) -> None:
    counts = []
    for size in (2, 30):
        new = [
            System(
                id=0,
                name=f"Mass {size} {number}",
                category=SystemCategory.RECORDING,
                recording_aliases=("a@example.com", 'b"@example.com'),
                allowed_user_ids=(1, 2),
            )
            for number in range(size)
        ]
        with store.writing() as uow, statements(store) as seen:
            stored = uow.systems.put_all(new)
            counts.append(len(seen))
            assert list(uow.systems.many(one.id for one in stored).values()) == stored
            off = [replace(one, is_booking_allowed=False, allowed_user_ids=()) for one in stored]
            del seen[:]
            assert uow.systems.put_all(off) == off
            counts.append(len(seen))
            assert uow.systems.named(one.name.upper() for one in stored) == off
    assert counts[:2] == counts[2:]
    assert max(counts) <= 3


def test_systems_with_ids_that_are_known_and_that_are_not(store: SqlStore) -> None:
    with store.writing() as uow:
        known, new, next_one = uow.systems.put_all(
            [System(id=1, name="Renamed"), System(id=99, name="New"), System(id=0, name="Next")]
        )
        assert (known.id, new.id, next_one.id) == (1, 99, 11)
        assert uow.systems.many([1, 11, 99]) == {1: known, 11: next_one, 99: new}


def test_requests_are_those_that_wait_and_are_not_over(store: SqlStore) -> None:
    wait = {"state": StoredState.MEETING_REQUEST}
    late = book(store, 1, at=hours(4, 5), **wait)
    soon = book(store, 1, at=hours(1, 2), **wait)
    book(store, 1, at=hours(-2, -1), **wait)
    book(store, 2, at=hours(1, 2))
    book(store, 1, at=hours(1, 2), state=StoredState.REJECTED)
    with store.reading() as uow:
        assert [one.id for one in uow.conferences.requests(NOON, limit=10)] == [soon.id, late.id]
        assert [one.id for one in uow.conferences.requests(NOON, limit=1)] == [soon.id]
