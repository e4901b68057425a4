import pytest

from tmsba.store.sql.secrets import FernetSecretBox, NoSecretBox, SecretKeyMissing, SecretUnreadable


def test_a_secret_comes_back() -> None:
    sealed = FernetSecretBox("key").seal("sésame")
    assert sealed.startswith("v1:")
    assert FernetSecretBox("key").unseal(sealed) == "sésame"


def test_the_same_secret_never_looks_the_same() -> None:
    box = FernetSecretBox("key")
    assert box.seal("sesame") != box.seal("sesame")


@pytest.mark.parametrize("damage", ["v1:", "v1:abc", "v1:ä"])
def test_a_damaged_secret_is_unreadable(damage: str) -> None:
    with pytest.raises(SecretUnreadable, match="TMSBA_SECRET_KEY"):
        FernetSecretBox("key").unseal(damage)


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(SecretUnreadable, match="TMSBA_SECRET_KEY"):
        FernetSecretBox("other").unseal(FernetSecretBox("key").seal("sesame"))


def test_a_form_of_the_future_is_named_as_such() -> None:
    with pytest.raises(SecretUnreadable, match="does not know"):
        FernetSecretBox("key").unseal("v2:abc")


def test_a_blank_key_is_refused() -> None:
    with pytest.raises(SecretKeyMissing, match="TMSBA_SECRET_KEY"):
        FernetSecretBox("")


def test_nothing_secret_shows() -> None:
    assert "key" not in repr(FernetSecretBox("the key")).replace("SecretBox", "")


def test_no_box_keeps_no_secrets() -> None:
    with pytest.raises(SecretKeyMissing):
        NoSecretBox().seal("sesame")
    with pytest.raises(SecretKeyMissing):
        NoSecretBox().unseal("v1:abc")
