import pytest

from tmsba.domain.licensing.option_keys import KeyKind, Licences


@pytest.mark.parametrize(
    ("keys", "for_clients", "for_systems"),
    [
        ({}, 0, 0),
        ({"application-integration": 3}, 3, 0),
        ({"booking-api": 1}, 0, 25),
        ({"exchange": 2}, 0, 50),
        ({"lotus-notes": 1}, 0, 25),
        ({"booking-api": 1, "exchange": 1, "lotus-notes": 2}, 0, 100),
        ({"application-integration": 1, "exchange": 4, "unheard-of": 9}, 1, 100),
    ],
)
def test_a_key_is_for_one_client_or_for_25_systems(keys, for_clients, for_systems):
    assert Licences.of(keys) == Licences(for_clients=for_clients, for_systems=for_systems)


def test_beside_keys_for_clients_those_for_systems_do_not_count():
    assert Licences.of({KeyKind.APPLICATION_INTEGRATION: 1, KeyKind.BOOKING_API: 1}).are_of_clients
    assert not Licences.of({KeyKind.BOOKING_API: 1}).are_of_clients


def test_without_keys_there_are_no_licences():
    assert Licences.of({}).are_none
    assert not Licences.of({KeyKind.LOTUS_NOTES: 1}).are_none
    assert not Licences.of({KeyKind.APPLICATION_INTEGRATION: 1}).are_none
