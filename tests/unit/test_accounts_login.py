from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import FakeClock, FakeStore, create_user
from passlib.hash import nthash, pbkdf2_sha256, scrypt

from tmsba.accounts import login as login_module
from tmsba.accounts import passwords, remembered
from tmsba.accounts.backoff import Backoff, Reason, TooManyFailures
from tmsba.accounts.login import Login
from tmsba.accounts.passwords import hash_password, nt_hash, verify_password
from tmsba.accounts.remembered import RememberedPasswords
from tmsba.domain.errors import DatabaseDown, ServerBusy
from tmsba.domain.people.users import BUILT_IN_GROUPS, USERS, Group, Permission
from tmsba.ports.people import DirectoryPerson

pytestmark = pytest.mark.usefixtures("quick_hashes")

ADDRESS = "192.0.2.7"


@pytest.fixture
def password_hash():
    return hash_password("correct horse")


@pytest.fixture
def store(password_hash):
    store = FakeStore()
    anna = create_user(name="anna", domain="DOM")
    store.prepare(lambda uow: uow.users.add(anna, password_hash, [USERS]))
    return store


@pytest.fixture
def failures():
    """The failed log-ins that were told."""
    return []


@pytest.fixture
def backoff(store, failures):
    return Backoff(
        store,
        FakeClock(),
        lambda attempt, reason: failures.append((attempt.account, attempt.address, reason)),
    )


@pytest.fixture
def login(store, backoff):
    return Login(store, backoff)


@pytest.fixture
def hashed(monkeypatch):
    """The passwords that were hashed to be checked."""
    seen = []

    def check(password, password_hash):
        seen.append(password)
        return verify_password(password, password_hash)

    monkeypatch.setattr(login_module, "verify_password", check)
    return seen


def account_of(store, user_id=1):
    return store.state.accounts[user_id]


# ---------------------------------------------------------------- who gets in


@pytest.mark.parametrize("name", ["anna", "DOM\\anna", "anna@dom.example.com", "ANNA", "dom\\Anna"])
def test_a_user_logs_in_by_any_form_of_the_name(login, name):
    caller = login.authenticate(name, "correct horse", ADDRESS)
    assert caller.user.name == "anna"
    assert caller.address == ADDRESS
    assert caller.groups == {USERS}
    assert caller.permissions == BUILT_IN_GROUPS[USERS]


@pytest.mark.parametrize(
    ("name", "password", "reason"),
    [
        ("anna", "wrong", Reason.WRONG),
        ("anna", "", Reason.WRONG),
        ("anna", "correct horse ", Reason.WRONG),
        ("anna", "x" * 100_000, Reason.WRONG),
        ("anna", "zero \0 byte", Reason.WRONG),
        ("berta", "correct horse", Reason.UNKNOWN),
        ("", "correct horse", Reason.UNKNOWN),
        ("\0", "correct horse", Reason.UNKNOWN),
    ],
)
def test_a_wrong_name_or_password_lets_nobody_in_and_is_told(login, failures, name, password, reason):
    assert login.authenticate(name, password, ADDRESS) is None
    assert failures == [(name, ADDRESS, reason)]


@pytest.mark.parametrize(
    ("change", "reason"), [({"is_enabled": False}, Reason.DISABLED), ({"password_hash": ""}, Reason.WRONG)]
)
def test_an_account_that_is_disabled_or_has_no_password_lets_nobody_in(
    store, login, failures, change, reason
):
    assert login.authenticate("anna", "correct horse", "")
    store.state.accounts[1] = replace(account_of(store), **change)
    assert login.authenticate("anna", "correct horse", "") is None
    assert [told for *_, told in failures] == [reason]


def test_a_database_that_is_down_is_told(store, login):
    store.failing_begins = [DatabaseDown("down")]
    with pytest.raises(DatabaseDown):
        login.authenticate("anna", "correct horse", "")


def test_a_failure_that_cannot_be_counted_is_no_answer_about_the_password(store, login):
    """Else whoever keeps the database busy could guess without end."""
    store.failing_commits = [ServerBusy("busy")]
    with pytest.raises(ServerBusy):
        login.authenticate("anna", "wrong", "")


# ---------------------------------------------------------------- what is remembered


def test_a_password_that_was_right_is_not_hashed_again_and_nothing_is_written(store, login, hashed):
    writes = store.writes_begun
    assert login.authenticate("anna", "correct horse", "")
    assert login.authenticate("anna", "correct horse", "")
    assert hashed == ["correct horse"]
    assert store.writes_begun == writes


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
    monkeypatch.setattr(remembered.time, "monotonic", lambda: now[0])
    for seconds in (0, 899, 901):
        now[0] = 1000.0 + seconds
        assert login.authenticate("anna", "correct horse", "")
    assert len(hashed) == 2


def test_a_remembered_password_helps_nobody_who_has_to_wait(login):
    assert login.authenticate("anna", "correct horse", ADDRESS)
    for _ in range(6):
        assert login.authenticate("anna", "wrong", ADDRESS) is None
    with pytest.raises(TooManyFailures):
        login.authenticate("anna", "correct horse", ADDRESS)


def test_only_so_many_passwords_are_remembered():
    passwords = RememberedPasswords(at_most=2)
    for name in ("one", "two", "three"):
        passwords.put("hash", name, name, seconds=60)
    assert [passwords.user_name("hash", name) for name in ("one", "two", "three")] == [None, "two", "three"]


def test_nothing_readable_of_a_password_is_kept(login):
    login.authenticate("anna", "correct horse", "")
    assert "horse" not in repr(login)
    assert all(b"horse" not in proof for proof in login._remembered._proofs)


# ---------------------------------------------------------------- hashes


@pytest.mark.parametrize("old", [pbkdf2_sha256.using(rounds=999), scrypt.using(rounds=4)])
def test_an_old_hash_is_replaced_when_its_owner_logs_in(store, login, old):
    store.prepare(lambda uow: uow.users.set_password_hash(1, old.hash("correct horse")))
    store.prepare(lambda uow: uow.credentials.set_nt_hash(1, nt_hash("correct horse")))
    before = account_of(store).password_hash
    assert login.authenticate("anna", "wrong", "") is None
    assert account_of(store).password_hash == before
    assert login.authenticate("anna", "correct horse", "")
    after = account_of(store).password_hash
    assert after != before
    assert verify_password("correct horse", after) == (True, None)
    assert store.state.nt_hashes == {1: nt_hash("correct horse")}
    writes = store.writes_begun
    assert login.authenticate("anna", "correct horse", "")
    assert store.writes_begun == writes


def test_who_is_right_gets_in_even_if_the_better_hash_cannot_be_stored(store, login):
    store.prepare(lambda uow: uow.users.set_password_hash(1, scrypt.using(rounds=4).hash("correct horse")))
    store.failing_commits = [ServerBusy("busy")]
    assert login.authenticate("anna", "correct horse", "")


def test_where_all_accounts_have_ntlm_a_log_in_gives_it(store, backoff):
    login = Login(store, backoff, gives_ntlm=True)
    assert login.authenticate("anna", "wrong", "") is None
    assert store.state.nt_hashes == {}
    assert login.authenticate("anna", "correct horse", "")
    assert nthash.verify("correct horse", store.state.nt_hashes[1])
    writes = store.writes_begun
    assert Login(store, backoff, gives_ntlm=True).authenticate("anna", "correct horse", "2001:db8::1")
    assert store.writes_begun == writes


def test_a_password_that_is_changed_during_a_log_in_gets_nothing_of_the_old_one(store, backoff, monkeypatch):
    login = Login(store, backoff, gives_ntlm=True)
    changed = hash_password("changed")

    def slow(password):
        store.prepare(lambda uow: uow.users.set_password_hash(1, changed))
        return nt_hash(password)

    monkeypatch.setattr(login_module, "nt_hash", slow)
    assert login.authenticate("anna", "correct horse", "")
    assert store.state.nt_hashes == {}
    assert account_of(store).password_hash == changed


# ---------------------------------------------------------------- a directory


class FakeDirectory:
    """Knows some people by name."""

    def __init__(self, *people, password="from the directory"):
        self.people = {person.name.casefold(): person for person in people}
        self.password = password
        self.asked = []

    def authenticate(self, domain, name, password):
        self.asked.append((domain, name, password))
        found = self.people.get(name.casefold())
        return found if password == self.password else None


DORA = DirectoryPerson(
    name="dora", domain="DOM", first_name="Dora", last_name="Dall", email="dora@example.com"
)


@pytest.fixture
def directory():
    return FakeDirectory(DORA, DirectoryPerson(name="anna"))


@pytest.fixture
def with_directory(store, backoff, directory):
    return Login(store, backoff, directory)


def test_who_logs_in_from_the_directory_for_the_first_time_becomes_a_user(store, with_directory):
    caller = with_directory.authenticate("DOM\\DORA", "from the directory", ADDRESS)
    assert caller.user == create_user(
        2, name="dora", domain="DOM", first_name="Dora", last_name="Dall", email="dora@example.com"
    )
    assert caller.groups == {USERS}
    assert account_of(store, 2).password_hash == ""
    assert store.state.nt_hashes == {}


def test_somebody_known_without_a_password_logs_in_from_the_directory(store, with_directory, directory):
    owner = store.prepare(lambda uow: uow.users.add(create_user(name="Dora"), "", [USERS]))
    assert with_directory.authenticate("dora", "from the directory", ADDRESS).user == owner
    assert directory.asked == [("", "dora", "from the directory")]


def test_an_account_with_a_password_of_its_own_never_goes_by_the_directory(with_directory, directory):
    assert with_directory.authenticate("anna", "correct horse", ADDRESS)
    assert with_directory.authenticate("anna", "from the directory", ADDRESS) is None
    assert directory.asked == []


def test_another_spelling_in_the_directory_opens_no_account_with_a_password_of_its_own(
    with_directory, directory
):
    directory.people["anna.berg"] = DirectoryPerson(name="anna")
    assert with_directory.authenticate("anna.berg@dom.example.com", "from the directory", ADDRESS) is None
    assert directory.asked


@pytest.mark.parametrize(
    ("name", "password"), [("dora", "wrong"), ("dora", ""), ("emil", "from the directory")]
)
def test_whom_the_directory_does_not_know_gets_not_in(store, with_directory, failures, name, password):
    assert with_directory.authenticate(name, password, ADDRESS) is None
    assert len(failures) == 1
    assert len(store.state.accounts) == 1


def test_a_disabled_account_is_not_opened_by_the_directory(store, with_directory, directory):
    store.prepare(lambda uow: uow.users.add(create_user(name="dora"), "", [USERS]))
    store.state.accounts[2] = replace(account_of(store, 2), is_enabled=False)
    assert with_directory.authenticate("dora", "from the directory", ADDRESS) is None
    assert directory.asked == []


def test_the_directory_is_asked_once_a_minute(with_directory, directory, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(remembered.time, "monotonic", lambda: now[0])
    for seconds in (0, 59, 61):
        now[0] = 1000.0 + seconds
        assert with_directory.authenticate("dora", "from the directory", ADDRESS)
    assert len(directory.asked) == 2


def test_a_directory_that_is_down_is_told_and_local_accounts_still_work(
    with_directory, directory, failures, monkeypatch
):
    def down(*_):
        raise ServerBusy("the directory is down")

    monkeypatch.setattr(directory, "authenticate", down)
    with pytest.raises(ServerBusy):
        with_directory.authenticate("dora", "from the directory", ADDRESS)
    assert failures == []
    assert with_directory.authenticate("anna", "correct horse", ADDRESS)


# ---------------------------------------------------------------- waiting


def test_whoever_fails_again_and_again_waits_longer_and_longer(login, backoff):
    waits = []
    for _ in range(30):
        try:
            assert login.authenticate("anna", "wrong", ADDRESS) is None
        except TooManyFailures as error:
            waits.append(error.retry_after.total_seconds())
            backoff.clock.advance(error.retry_after)
    assert waits[:10] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]
    assert set(waits[10:]) == {300}


def test_the_account_is_let_in_again_after_the_wait_and_starts_anew(store, login, backoff):
    for _ in range(3):
        assert login.authenticate("anna", "wrong", ADDRESS) is None
    for _ in range(3):
        assert login.authenticate("DOM\\ANNA", "wrong", ADDRESS) is None
    with pytest.raises(TooManyFailures) as caught:
        login.authenticate("anna", "correct horse", ADDRESS)
    backoff.clock.advance(caught.value.retry_after)
    for _ in range(3):
        assert login.authenticate("anna", "correct horse", ADDRESS)
        for _ in range(5):
            assert login.authenticate("anna", "wrong", ADDRESS) is None


def test_a_hundred_wrong_passwords_slow_down_that_account_there_alone(store, login, backoff, failures):
    other = store.prepare(lambda uow: uow.users.add(create_user(name="bob"), hash_password("b"), [USERS]))
    looked_at = refused = 0
    for _ in range(100):
        try:
            assert login.authenticate("anna", "wrong", ADDRESS) is None
            looked_at += 1
        except TooManyFailures:
            refused += 1
        backoff.clock.advance(timedelta(seconds=1))
    assert (looked_at, refused) == (12, 88)
    assert len(failures) == 100
    assert login.authenticate("bob", "b", ADDRESS).user == other
    assert login.authenticate("anna", "correct horse", "192.0.2.8")
    with pytest.raises(TooManyFailures):
        login.authenticate("anna", "correct horse", ADDRESS)


def test_unknown_names_wait_like_known_ones(login):
    for name in ("anna", "nobody"):
        for _ in range(6):
            assert login.authenticate(name, "wrong", ADDRESS) is None
        with pytest.raises(TooManyFailures) as caught:
            login.authenticate(name, "wrong", ADDRESS)
        assert caught.value.retry_after == timedelta(seconds=1)


@pytest.mark.parametrize("name", ["anna", "nobody", "disabled", "owner"])
def test_whatever_is_wrong_with_a_name_costs_one_hash_of_the_same_kind(store, login, monkeypatch, name):
    store.prepare(lambda uow: uow.users.add(create_user(name="disabled"), hash_password("a"), [USERS]))
    store.prepare(lambda uow: uow.users.add(create_user(name="owner"), "", [USERS]))
    store.state.accounts[2] = replace(account_of(store, 2), is_enabled=False)
    costs = []
    context = passwords._CONTEXT

    def counted(how):
        def check(secret, hash_):
            costs.append(hash_.split("$")[1:3])
            return how(secret, hash_)

        return check

    login.authenticate("nobody", "wrong", "192.0.2.8")
    for check in ("verify", "verify_and_update"):
        monkeypatch.setattr(context, check, counted(getattr(context, check)))
    assert login.authenticate(name, "wrong", ADDRESS) is None
    # CryptContext.verify_and_update does not go through verify.
    assert costs == [["pbkdf2-sha256", "1000"]]


def test_guesses_at_many_accounts_slow_down_their_address(login):
    for number in range(101):
        assert login.authenticate(f"user{number}", "", ADDRESS) is None
    with pytest.raises(TooManyFailures):
        login.authenticate("anna", "correct horse", ADDRESS)
    assert login.authenticate("anna", "correct horse", "192.0.2.8")


def test_all_addresses_of_an_ipv6_host_are_one(login):
    for number in range(101):
        assert login.authenticate(f"user{number}", "", f"2001:db8::{number:x}") is None
    with pytest.raises(TooManyFailures):
        login.authenticate("anna", "correct horse", "2001:db8::ffff")
    assert login.authenticate("anna", "correct horse", "2001:db8:0:1::1")


def test_guesses_from_many_addresses_slow_down_the_account(login):
    for number in range(51):
        assert login.authenticate("anna", "", f"192.0.2.{number}") is None
    with pytest.raises(TooManyFailures) as caught:
        login.authenticate("anna", "correct horse", "192.0.2.99")
    assert caught.value.retry_after <= timedelta(seconds=30)


def test_a_good_account_does_not_cover_up_for_guesses_at_others(login):
    for number in range(101):
        assert login.authenticate("anna", "correct horse", ADDRESS)
        assert login.authenticate(f"user{number}", "", ADDRESS) is None
    with pytest.raises(TooManyFailures):
        login.authenticate("anna", "correct horse", ADDRESS)


def test_a_program_that_fails_for_ever_does_not_lock_its_address_out(store, login, backoff):
    """A forgotten job with an old password: hours of failures, each as early as it may."""
    for _ in range(500):
        try:
            assert login.authenticate("robot", "", ADDRESS) is None
        except TooManyFailures as error:
            backoff.clock.advance(error.retry_after)
    assert login.authenticate("anna", "correct horse", ADDRESS)


def test_failures_are_forgotten_and_what_is_past_is_removed(store, login, backoff):
    for _ in range(5):
        assert login.authenticate("anna", "", ADDRESS) is None
    assert len(store.state.failures) == 3
    backoff.clock.advance(timedelta(minutes=51))
    assert login.authenticate("bob", "", "192.0.2.8") is None
    assert len(store.state.failures) == 3
    for _ in range(5):
        assert login.authenticate("anna", "", ADDRESS) is None


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
