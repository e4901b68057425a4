from dataclasses import replace

import pytest
from fakes import FakeStore, create_user

from tmsba.accounts import login as login_module
from tmsba.accounts.login import Login, with_failures_told
from tmsba.accounts.passwords import hash_password, is_password
from tmsba.domain.errors import DatabaseDown
from tmsba.domain.people import BUILT_IN_GROUPS, USERS, Group, Permission


@pytest.fixture(scope="module")
def password_hash():
    return hash_password("correct horse")


@pytest.fixture
def store(password_hash):
    store = FakeStore()
    anna = create_user(name="anna", domain="DOM")
    store.prepare(lambda uow: uow.users.add(anna, password_hash, [USERS]))
    return store


@pytest.fixture
def login(store):
    return Login(store)


@pytest.fixture
def hashed(monkeypatch):
    """The passwords that were hashed to be checked."""
    seen = []

    def check(password, password_hash):
        seen.append(password)
        return is_password(password, password_hash)

    monkeypatch.setattr(login_module, "is_password", check)
    return seen


@pytest.mark.parametrize("name", ["anna", "DOM\\anna", "anna@dom.example.com", "ANNA", "dom\\Anna"])
def test_a_user_logs_in_by_any_form_of_the_name(login, name):
    caller = login.authenticate(name, "correct horse", "192.0.2.7")
    assert caller.user.name == "anna"
    assert caller.address == "192.0.2.7"
    assert caller.groups == {USERS}
    assert caller.permissions == BUILT_IN_GROUPS[USERS]


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("anna", "wrong"),
        ("anna", ""),
        ("anna", "correct horse "),
        ("berta", "correct horse"),
        ("", "correct horse"),
    ],
)
def test_a_wrong_name_or_password_lets_nobody_in(login, name, password):
    assert login.authenticate(name, password, "") is None


@pytest.mark.parametrize("change", [{"is_enabled": False}, {"password_hash": ""}])
def test_an_account_that_is_disabled_or_has_no_password_lets_nobody_in(store, login, change):
    assert login.authenticate("anna", "correct horse", "")
    store.state.accounts[1] = replace(store.state.accounts[1], **change)
    assert login.authenticate("anna", "correct horse", "") is None


def test_a_password_that_was_right_is_not_hashed_again(login, hashed):
    assert login.authenticate("anna", "correct horse", "")
    assert login.authenticate("anna", "correct horse", "")
    assert hashed == ["correct horse"]


def test_a_wrong_password_is_hashed_every_time(login, hashed):
    for _ in range(2):
        assert login.authenticate("anna", "wrong", "") is None
    assert hashed == ["wrong", "wrong"]


def test_a_remembered_password_is_forgotten_after_a_change(store, login):
    assert login.authenticate("anna", "correct horse", "")
    store.prepare(lambda uow: uow.users.set_password_hash(1, hash_password("new one")))
    assert login.authenticate("anna", "correct horse", "") is None
    assert login.authenticate("anna", "new one", "")


def test_a_remembered_password_is_hashed_again_after_a_while(login, hashed, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(login_module.time, "monotonic", lambda: now[0])
    for seconds in (0, 59, 61):
        now[0] = 1000.0 + seconds
        assert login.authenticate("anna", "correct horse", "")
    assert len(hashed) == 2


def test_only_so_many_passwords_are_remembered(login, hashed, monkeypatch):
    monkeypatch.setattr(login_module, "_REMEMBERED_AT_MOST", 0)
    for _ in range(2):
        assert login.authenticate("anna", "correct horse", "")
    assert len(hashed) == 2


def test_nothing_readable_of_a_password_is_kept(login):
    login.authenticate("anna", "correct horse", "")
    assert "horse" not in repr(login)
    assert all(b"horse" not in proof for proof in login._good)


def test_a_database_that_is_down_is_told(store, login):
    store.failing_begins = [DatabaseDown("down")]
    with pytest.raises(DatabaseDown):
        login.authenticate("anna", "correct horse", "")


def test_a_hash_is_salted_and_never_of_nothing():
    assert hash_password("x") != hash_password("x")
    with pytest.raises(ValueError, match="blank"):
        hash_password("")


def test_groups_add_up(store, login):
    helpers = Group(name="Helpers", permissions=frozenset({Permission.BOOK_ON_BEHALF_OF}))
    store.prepare(lambda uow: uow.groups.add(helpers))
    account = store.state.accounts[1]
    store.prepare(lambda uow: uow.users.put_all([replace(account, groups=frozenset({USERS, "Helpers"}))]))
    caller = login.authenticate("anna", "correct horse", "")
    assert caller.permissions == BUILT_IN_GROUPS[USERS] | {Permission.BOOK_ON_BEHALF_OF}


def test_rights_that_a_group_loses_are_gone_with_the_next_call(store, login):
    assert login.authenticate("anna", "correct horse", "").may(Permission.BOOK)
    store.prepare(lambda uow: uow.groups.update(Group(name=USERS)))
    assert login.authenticate("anna", "correct horse", "").permissions == frozenset()


def test_those_who_are_not_let_in_are_told_of(login):
    told = []
    authenticate = with_failures_told(login.authenticate, lambda *who: told.append(who))
    assert authenticate("anna", "correct horse", "192.0.2.7").user.name == "anna"
    assert told == []
    assert authenticate("DOM\\anna", "wrong", "192.0.2.7") is None
    assert authenticate("stranger", "secret", "192.0.2.8") is None
    assert told == [("DOM\\anna", "192.0.2.7"), ("stranger", "192.0.2.8")]
