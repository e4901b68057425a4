"""Owners who are no users yet are looked up in the directory."""

import pytest
from fakes import NOW, FakeStore, create_administrator, create_caller, create_user

from tmsba.booking.request.owner import looked_up, resolve_owner
from tmsba.domain.conference.request import OwnerReference
from tmsba.domain.errors import PermissionMissing, ServerBusy, UserNotFound
from tmsba.domain.people.users import USERS
from tmsba.ports.people import DirectoryPerson

DORA = DirectoryPerson(
    name="dora", domain="DOM", first_name="Dora", last_name="Dall", email="dora.dall@example.com"
)


class FakeDirectory:
    def __init__(self, store, *people):
        self.store = store
        self.people = {person.email: person for person in people}
        self.asked = []

    def by_email(self, email):
        assert self.store.units == 0, "the directory is asked inside of a unit of work"
        self.asked.append(email)
        return self.people.get(email)

    def by_name(self, domain, name):
        assert self.store.units == 0, "the directory is asked inside of a unit of work"
        self.asked.append(name)
        return next((one for one in self.people.values() if one.name == name.lower()), None)


class WatchedStore(FakeStore):
    """Knows how many units of work are open."""

    units = 0

    def reading(self):
        return self._watched(super().reading())

    def writing(self):
        return self._watched(super().writing())

    def _watched(self, unit):
        from contextlib import contextmanager

        @contextmanager
        def watched():
            with unit as uow:
                self.units += 1
                try:
                    yield uow
                finally:
                    self.units -= 1

        return watched()


@pytest.fixture
def store():
    store = WatchedStore()
    store.prepare(lambda uow: uow.users.add(create_user(name="anna", email="anna@example.com"), "", [USERS]))
    return store


@pytest.fixture
def directory(store):
    return FakeDirectory(store, DORA)


def owner(store, directory, caller=None, **reference):
    found = looked_up(store, directory, OwnerReference(**reference))
    with store.writing() as uow:
        user = resolve_owner(uow, found, caller or create_administrator(), NOW)
        uow.commit()
    return user


def test_an_address_that_no_user_has_is_looked_up_in_the_directory(store, directory):
    made = owner(store, directory, email="dora.dall@example.com", first_name="not", last_name="counted")
    assert made == create_user(
        2,
        name="dora",
        domain="DOM",
        first_name="Dora",
        last_name="Dall",
        email="dora.dall@example.com",
        time_zone="UTC",
    )
    assert owner(store, directory, email="DORA.DALL@example.com") == made
    assert directory.asked == ["dora.dall@example.com"]


def test_a_user_with_another_address_is_found_by_the_name_in_the_directory(store, directory):
    known = store.prepare(lambda uow: uow.users.add(create_user(name="DORA"), "", [USERS]))
    assert owner(store, directory, email="dora.dall@example.com") == known


@pytest.mark.parametrize("reference", [{"id": -1, "email": "anna@example.com"}, {"id": 0}, {}])
def test_a_name_that_no_user_has_is_looked_up_in_the_directory(store, directory, reference):
    made = owner(store, directory, user_name="DOM\\Dora", **reference)
    assert (made.full_name, made.first_name, made.email) == ("DOM\\dora", "Dora", "dora.dall@example.com")
    assert owner(store, directory, id=-1, user_name="dora") == made
    assert directory.asked == ["Dora"]


def test_a_name_that_the_directory_does_not_know_either_becomes_no_user(store, directory):
    with pytest.raises(UserNotFound, match="There is no user 'drora'"):
        owner(store, directory, id=-1, user_name="drora", email="dora.dall@example.com")
    assert len(store.state.accounts) == 1
    assert directory.asked == ["drora"]


def test_an_address_that_the_directory_does_not_know_becomes_a_user_as_without_one(store, directory):
    made = owner(store, directory, email="emil@example.com", first_name="Emil")
    assert (made.name, made.domain, made.first_name) == ("emil", "", "Emil")


@pytest.mark.parametrize(
    "reference",
    [
        {"id": 1, "email": "dora.dall@example.com"},
        {"id": -1, "email": "dora.dall@example.com", "user_name": "anna"},
        {"email": "anna@example.com"},
        {"user_name": "anna"},
        {},
    ],
)
def test_the_directory_is_asked_only_where_the_address_counts_and_is_new(store, directory, reference):
    owner(store, directory, **reference)
    assert directory.asked == []


def test_without_a_directory_nothing_is_looked_up(store):
    reference = OwnerReference(email="dora.dall@example.com")
    assert looked_up(store, None, reference) is reference


def test_who_may_not_book_for_others_may_not_with_the_directory_either(store, directory):
    with pytest.raises(PermissionMissing):
        owner(store, directory, create_caller(), email="dora.dall@example.com")
    assert len(store.state.accounts) == 1


def test_a_directory_that_is_down_makes_no_users(store, directory, monkeypatch):
    def down(_):
        raise ServerBusy("down")

    monkeypatch.setattr(directory, "by_email", down)
    with pytest.raises(ServerBusy):
        owner(store, directory, email="dora.dall@example.com")
    assert owner(store, directory, email="anna@example.com").name == "anna"
    assert len(store.state.accounts) == 1
