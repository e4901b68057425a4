import pytest

from tmsba.accounts.passwords import hash_password, is_password, nt_hash


def test_a_hash_is_salted_and_never_of_nothing():
    assert hash_password("x") != hash_password("x")
    for make in (hash_password, nt_hash):
        with pytest.raises(ValueError, match="blank"):
            make("")


def test_hashes_are_as_slow_as_is_recommended():
    assert hash_password("x").startswith("$pbkdf2-sha256$600000$")


def test_an_nt_hash_is_the_one_that_windows_computes():
    assert nt_hash("Password") == "a4f49c406510bdcab6824ee7c30fd852"


@pytest.mark.parametrize("garbage", ["", "hash", "$pbkdf2-sha256$", "$2b$12$abc"])
def test_a_hash_that_is_none_fits_no_password(garbage):
    assert not is_password("hash", garbage)
    assert not is_password("", garbage)


@pytest.mark.parametrize("password", ["x" * 100_000, "zero \0 byte"])
def test_any_password_can_be_asked_for(password):
    assert not is_password(password, hash_password("another"))
