"""What the log-in stores: NT hashes, failures, and the challenges that were answered."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from store_samples import NOON, at_once, furnish, statements

from tmsba.accounts.backoff import Attempt, Backoff, Reason, after_failure
from tmsba.accounts.login import Login
from tmsba.ports.logins import Failures, Place
from tmsba.store import FernetSecretBox, SqlStore, create_store

MINUTE = timedelta(minutes=1)
NT_HASH = "0123456789abcdef0123456789abcdef"
HERE = Place("ann", "192.0.2.7")
ACCOUNT = Place("ann", "")
ADDRESS = Place("", "192.0.2.7")


def put(store: SqlStore, failures: dict[Place, Failures]) -> None:
    with store.writing() as uow:
        uow.failed_logins.put(failures)
        uow.commit()


def lasting(minutes: int) -> Failures:
    return Failures(forgotten_at=NOON + minutes * MINUTE, blocked_until=NOON)


# ---------------------------------------------------------------- NT hashes


def test_an_nt_hash_comes_back_and_is_sealed_at_rest(store: SqlStore) -> None:
    with store.writing() as uow:
        assert not uow.credentials.has_ntlm()
        assert uow.credentials.nt_hash(1) == uow.credentials.nt_hash(99) == ""
        uow.credentials.set_nt_hash(1, NT_HASH)
        uow.commit()
    with store.reading() as uow:
        assert uow.credentials.has_ntlm()
        assert uow.credentials.nt_hash(1) == NT_HASH
        stored = uow.connection.execute(text("SELECT nt_hash FROM user_account ORDER BY id")).scalars().all()
    assert NT_HASH not in stored[0].lower()
    assert stored[1] == ""


def test_an_nt_hash_is_unsealed_also_for_those_who_have_none(url: str) -> None:
    """So that the time tells nobody who has one, or exists."""
    unsealed: list[int] = []

    class Watched(FernetSecretBox):
        def unseal(self, sealed: str) -> str:
            unsealed.append(len(sealed))
            return super().unseal(sealed)

    store = create_store(url, secret_box=Watched("key"))
    furnish(store)
    with store.writing() as uow:
        uow.credentials.set_nt_hash(1, NT_HASH)
        assert [uow.credentials.nt_hash(number, is_even=True) for number in (1, 2, 99)] == [NT_HASH, "", ""]
        assert len(unsealed) == 3
        assert len(set(unsealed)) == 1
        assert uow.credentials.nt_hash(2) == ""
        assert len(unsealed) == 3
    store.dispose()


def test_an_nt_hash_goes_with_the_password_it_was_made_of(store: SqlStore) -> None:
    with store.writing() as uow:
        uow.credentials.set_nt_hash(1, NT_HASH)
        uow.users.set_password_hash(1, "another")
        assert uow.credentials.nt_hash(1) == ""
        uow.credentials.set_nt_hash(1, NT_HASH)
        uow.credentials.set_nt_hash(1, "")
        assert not uow.credentials.has_ntlm()


def test_an_nt_hash_that_was_sealed_with_another_key_is_none(store: SqlStore, url: str) -> None:
    with store.writing() as uow:
        uow.credentials.set_nt_hash(1, NT_HASH)
        uow.commit()
    keyless = create_store(url)
    with keyless.reading() as uow:
        assert uow.credentials.nt_hash(1) == ""
        assert uow.users.account("ann") is not None
    keyless.dispose()


def test_an_nt_hash_needs_a_user(store: SqlStore) -> None:
    with store.writing() as uow, pytest.raises(LookupError, match="no user 99"):
        uow.credentials.set_nt_hash(99, NT_HASH)


def test_a_better_hash_replaces_only_that_of_the_same_password(store: SqlStore) -> None:
    with store.writing() as uow:
        uow.credentials.set_nt_hash(1, NT_HASH)
        uow.credentials.improve(1, "hash", password_hash="better")
        uow.credentials.improve(2, "what it was before", password_hash="worse", nt_hash=NT_HASH)
        assert [uow.users.account(name).password_hash for name in ("ann", "bob")] == ["better", "hash"]  # type: ignore[union-attr]
        assert [uow.credentials.nt_hash(number) for number in (1, 2)] == [NT_HASH, ""]
        uow.credentials.improve(2, "hash", nt_hash=NT_HASH)
        uow.credentials.improve(1, "better", password_hash="best", nt_hash=NT_HASH[::-1])
        assert [uow.users.account(name).password_hash for name in ("ann", "bob")] == ["best", "hash"]  # type: ignore[union-attr]
        assert [uow.credentials.nt_hash(number) for number in (1, 2)] == [NT_HASH[::-1], NT_HASH]


# ---------------------------------------------------------------- failures


def test_failures_are_found_by_place(store: SqlStore) -> None:
    put(store, {HERE: lasting(1), ADDRESS: lasting(2)})
    with store.writing() as uow:
        assert uow.failed_logins.find([HERE, ACCOUNT, ADDRESS]) == {HERE: lasting(1), ADDRESS: lasting(2)}
        assert uow.failed_logins.find([Place("bob", "192.0.2.7")]) == {}
        uow.failed_logins.put({HERE: lasting(3)})
        assert uow.failed_logins.find([HERE]) == {HERE: lasting(3)}
        uow.failed_logins.forget([HERE])
        assert uow.failed_logins.find([HERE, ADDRESS]) == {ADDRESS: lasting(2)}


def test_all_places_of_an_account_are_forgotten_at_once(store: SqlStore) -> None:
    put(store, {HERE: lasting(1), ACCOUNT: lasting(1), ADDRESS: lasting(1), Place("bob", ""): lasting(1)})
    with store.writing() as uow:
        assert uow.failed_logins.forget_account("ann") == 2
        assert set(uow.failed_logins.find([HERE, ACCOUNT, ADDRESS, Place("bob", "")])) == {
            ADDRESS,
            Place("bob", ""),
        }


def test_a_locked_place_has_a_row_and_keeps_what_it_had(store: SqlStore) -> None:
    put(store, {HERE: lasting(5)})
    with store.writing() as uow:
        locked = uow.failed_logins.lock([HERE, ADDRESS], NOON)
        assert locked == {HERE: lasting(5), ADDRESS: Failures(NOON, NOON)}


def test_what_is_past_and_what_is_too_much_is_removed(store: SqlStore) -> None:
    places = {Place(f"account {n}", "here"): lasting(n) for n in range(-3, 6)}
    put(store, places)

    def left() -> int:
        with store.reading() as uow:
            return len(uow.failed_logins.find(list(places)))

    for at_most, expected in ((100, 6), (3, 3), (3, 3)):
        with store.writing() as uow:
            uow.failed_logins.clean(NOON, at_most=at_most)
            uow.commit()
        assert left() <= expected
    with store.reading() as uow:
        assert set(uow.failed_logins.find(list(places))) >= {Place("account 5", "here")}


def test_no_failure_is_lost_among_many_at_once(store: SqlStore) -> None:
    seen: list[Reason] = []
    backoff = Backoff(store, lambda: NOON, lambda _, reason: seen.append(reason))
    tries = [Attempt(f"user{n % 2}", f"192.0.2.{n % 3}", "Basic") for n in range(12)]
    at_once(12, lambda n: backoff.failed(tries[n], Reason.WRONG))
    assert len(seen) == 12
    for one in tries:
        with store.reading() as uow:
            found = uow.failed_logins.find(list(one.limits))
        for place, limit in one.limits.items():
            count = sum(place in other.limits for other in tries)
            expected = None
            for _ in range(count):
                expected = after_failure(limit, expected, NOON)
            assert found[place] == expected


def test_a_good_log_in_without_failures_writes_nothing(store: SqlStore) -> None:
    backoff = Backoff(store, lambda: NOON)
    one = Attempt("ann", "192.0.2.7", "Basic")
    with statements(store) as seen:
        with store.reading() as uow:
            standing = backoff.standing(uow, one)
        backoff.admit(one, standing)
        backoff.succeeded(standing)
    assert len(seen) == 1
    assert seen[0].startswith("SELECT")


@pytest.mark.usefixtures("quick_hashes")
def test_any_name_is_somebody_or_nobody(store: SqlStore) -> None:
    login = Login(store, Backoff(store, lambda: NOON, lambda *_: None))
    names = [
        "\0",
        "ann\0",
        "dom\\\0",
        "'; --",
        "%",
        "x" * 10_000,
        "\ufeffann",
        "\U0001f600",
        "\uffff",
        "\\",
        "@",
    ]
    for name in names:
        assert login.authenticate(name, "hash", "not an address \0") is None
    for nasty in ("\0", "x" * 10_000):
        assert login.authenticate("ann", nasty, "192.0.2.7") is None


# ---------------------------------------------------------------- challenges


def test_a_challenge_is_used_once_by_whoever_is_first(store: SqlStore) -> None:
    def use(_: int) -> bool:
        with store.writing() as uow:
            is_new = uow.used_challenges.use("abc", NOON)
            uow.commit()
        return is_new

    assert sorted(at_once(6, use)) == [False] * 5 + [True]


def test_used_challenges_are_removed_when_nobody_accepts_them_any_more(store: SqlStore) -> None:
    with store.writing() as uow:
        assert uow.used_challenges.use("old", NOON - MINUTE)
        assert uow.used_challenges.use("new", NOON + MINUTE)
        uow.used_challenges.clean(NOON)
        assert uow.used_challenges.use("old", NOON)
        assert not uow.used_challenges.use("new", NOON)
