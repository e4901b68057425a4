import pytest
from store_samples import statements

from tmsba.domain.people.systems import System
from tmsba.domain.people.users import User
from tmsba.domain.values import SystemCategory, SystemStatus
from tmsba.store import SqlStore

EVE = User(
    id=0,
    name="Eve.Ström",
    domain="EXAMPLE",
    first_name="Eve",
    last_name="Ström",
    email="Eve.Ström@Example.com",
    time_zone="Europe/Oslo",
    is_hidden=True,
)

RECORDER = System(
    id=4711,
    name="Recorder",
    category=SystemCategory.RECORDING,
    status=SystemStatus.IN_CALL,
    time_zone="W. Europe Standard Time",
    sip_uri="rec@example.com",
    h323_id="rec",
    e164_alias="4711",
    contact="Ann",
    manufacturer="Example",
    description="Records",
    model="R1",
    network_address="192.0.2.1",
    location="Basement",
    isdn_number="+4712345678",
    web_interface_url="https://rec.example.com",
    is_booking_allowed=False,
    recording_aliases=("hd@example.com", "sd@example.com"),
)


def test_a_user_comes_back_as_stored(store: SqlStore) -> None:
    with store.writing() as uow:
        added = uow.users.add(EVE, "hash of eve", ["Users", "Site Administrator"])
        uow.commit()
    assert added == User(**{**_fields(EVE), "id": 3})
    with store.reading() as uow:
        assert uow.users.get(3) == added
        assert uow.users.many([3, 1, 99]) == {1: uow.users.get(1), 3: added}
        assert [user.id for user in uow.users.all()] == [1, 2, 3]


def _fields(user: User) -> dict[str, object]:
    return {name: getattr(user, name) for name in User.__slots__}


def test_names_and_addresses_are_found_in_any_letter_case(store: SqlStore) -> None:
    with store.writing() as uow:
        eve = uow.users.add(EVE, "", [])
        assert uow.users.by_name("EVE.STRÖM") == eve
        assert uow.users.by_email("eve.STRÖM@example.COM") == eve
        assert uow.users.by_name("nobody") is None
        assert uow.users.by_email("") is None


def test_of_several_users_with_one_address_the_first_is_found(store: SqlStore) -> None:
    with store.writing() as uow:
        uow.users.add(User(id=0, name="ann2", email="ANN@example.com"), "", [])
        found = uow.users.by_email("ann@example.com")
        assert found is not None
        assert found.id == 1


def test_an_account_tells_hash_and_groups(store: SqlStore) -> None:
    with store.writing() as uow:
        eve = uow.users.add(EVE, "first", ["Users", "Site Administrator"])
        uow.users.set_password_hash(eve.id, "second")
        uow.commit()
    with store.reading() as uow:
        account = uow.users.account("eve.ström")
        assert account is not None
        assert account.user == eve
        assert account.password_hash == "second"
        assert account.groups == {"Users", "Site Administrator"}
        assert account.is_enabled
        assert uow.users.account("nobody") is None


def test_a_taken_name_is_refused_and_the_unit_of_work_goes_on(store: SqlStore) -> None:
    with store.writing() as uow:
        with pytest.raises(ValueError, match="a user named ANN already"):
            uow.users.add(User(id=0, name="ANN"), "", [])
        uow.users.add(User(id=0, name="carl"), "", [])
        uow.commit()
    with store.reading() as uow:
        assert uow.users.by_name("carl") is not None


def test_an_unknown_group_is_refused(store: SqlStore) -> None:
    with store.writing() as uow, pytest.raises(ValueError, match="no group named Wizards"):
        uow.users.add(EVE, "", ["Users", "Wizards"])


def test_a_password_needs_a_user(store: SqlStore) -> None:
    with store.writing() as uow, pytest.raises(LookupError, match="no user 99"):
        uow.users.set_password_hash(99, "")


def test_a_system_comes_back_as_stored(store: SqlStore) -> None:
    with store.writing() as uow:
        assert uow.systems.add(RECORDER) == RECORDER
        uow.commit()
    with store.reading() as uow:
        assert uow.systems.get(4711) == RECORDER
        assert uow.systems.get(99) is None
        assert uow.systems.many([4711, 99]) == {4711: RECORDER}
        assert [system.id for system in uow.systems.all()] == [*range(1, 11), 4711]


def test_a_system_without_an_id_takes_the_next(store: SqlStore) -> None:
    with store.writing() as uow:
        uow.systems.add(RECORDER)
        assert uow.systems.add(System(id=0, name="Next")).id == 4712


@pytest.mark.parametrize(
    ("system_id", "reason"), [(1, "already"), (-1, "go from 1"), (2**31 - 1, "go from 1")]
)
def test_a_taken_or_impossible_id_is_refused(store: SqlStore, system_id: int, reason: str) -> None:
    with store.writing() as uow, pytest.raises(ValueError, match=reason):
        uow.systems.add(System(id=system_id, name="Twin"))


def test_many_take_one_statement(store: SqlStore) -> None:
    with store.reading() as uow, statements(store) as seen:
        assert len(uow.systems.many(range(1, 11))) == 10
        assert len(uow.users.many([1, 2])) == 2
    assert len(seen) == 2


@pytest.mark.parametrize("number", [0, -5, 2**31, 2**63 - 1])
def test_numbers_that_no_row_can_have_find_nothing(store, number):
    with store.reading() as uow:
        assert uow.systems.get(number) is None
        assert uow.users.get(number) is None


def test_the_domains_that_systems_are_dialled_at_are_told_once(store: SqlStore) -> None:
    uris = ["a@Rooms.Example.com", "b@rooms.example.com:5061", "c@x.example.org;transport=tls", "4711", ""]
    with store.writing() as uow:
        known = set(uow.systems.dialled_domains())
        for number, uri in enumerate(uris, 1):
            uow.systems.add(System(id=0, name=f"Another room {number}", sip_uri=uri))
        uow.commit()
    with store.reading() as uow:
        found = uow.systems.dialled_domains()
        assert set(found) == known | {"rooms.example.com", "x.example.org"}
        assert list(found) == sorted(set(found))
