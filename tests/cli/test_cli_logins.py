"""Users and how they log in: ``tmsba user`` and the settings of the log-in."""

from dataclasses import replace

import pytest

from tmsba.accounts.backoff import Attempt, Backoff, Reason
from tmsba.accounts.passwords import is_password, nt_hash
from tmsba.app import _ntlm_login, build_directory, build_store, utc_now
from tmsba.config import Config, ConfigError, load
from tmsba.domain.people.audit import AuditAction, AuditFilter

pytestmark = pytest.mark.usefixtures("quick_hashes")


@pytest.fixture
def store(run):
    opened = build_store(Config())
    yield opened
    opened.dispose()


def add(run, *options, name="anna", password="secret"):
    result = run("user", "add", name, "--password-stdin", *options, stdin=password)
    assert result.exit_code == 0, result.stderr


def nt_hash_of(store, user_id=1):
    with store.reading() as uow:
        return uow.credentials.nt_hash(user_id)


def has_password(store, password, name="anna"):
    with store.reading() as uow:
        return is_password(password, uow.users.account(name).password_hash)


@pytest.mark.parametrize(
    ("options", "accounts", "has_ntlm"),
    [([], "chosen", False), (["--ntlm"], "chosen", True), ([], "all", True), (["--no-ntlm"], "all", False)],
)
def test_a_user_is_added_with_or_without_ntlm(run, store, monkeypatch, options, accounts, has_ntlm):
    monkeypatch.setenv("TMSBA_NTLM_ACCOUNTS", accounts)
    add(run, *options)
    assert nt_hash_of(store) == (nt_hash("secret") if has_ntlm else "")


def test_the_first_user_with_ntlm_comes_with_a_warning(run):
    given = ["--password-stdin", "--ntlm"]
    assert ".NET programs" in run("user", "add", "anna", *given, stdin="secret").stderr
    assert run("user", "password", "anna", *given, stdin="another").stderr == ""
    assert run("user", "add", "bob", *given, stdin="secret").stderr == ""


@pytest.mark.parametrize(
    ("before", "options", "after"),
    [
        ([], [], False),
        (["--ntlm"], [], True),
        (["--ntlm"], ["--no-ntlm"], False),
        ([], ["--ntlm"], True),
    ],
)
def test_another_password_keeps_ntlm_unless_it_is_told_otherwise(run, store, before, options, after):
    add(run, *before)
    result = run("user", "password", "DOM\\ANNA", "--password-stdin", *options, stdin="another")
    assert (result.exit_code, result.stdout) == (0, "Changed the password of anna.\n")
    assert has_password(store, "another")
    assert nt_hash_of(store) == (nt_hash("another") if after else "")


@pytest.mark.parametrize("command", [["password", "--password-stdin"], ["unlock"]])
def test_a_user_who_is_not_there_is_a_sentence(run, command):
    result = run("user", *command, "nobody", stdin="x")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: There is no user nobody; 'tmsba user list' lists them.\n"


def test_a_user_who_has_to_wait_can_be_unlocked(run, store):
    add(run)
    backoff = Backoff(store, utc_now, lambda *_: None)
    attempt = Attempt("DOM\\Anna", "192.0.2.7", "Basic")
    for _ in range(6):
        backoff.failed(attempt, Reason.WRONG)
    assert run("user", "unlock", "anna").stdout == "anna can log in.\n"
    assert run("user", "unlock", "anna").stdout == "anna did not have to wait.\n"
    with store.reading() as uow:
        audited = uow.audit.find(AuditFilter(action=AuditAction.USER_CHANGED), limit=9)
        assert [entry.detail for entry in audited] == ["unlocked"]
        assert [place.account for place in backoff.standing(uow, attempt)] == [""]


def test_ntlm_needs_a_secret_key(run, monkeypatch, postgres_url):
    monkeypatch.setenv("TMSBA_DATABASE_URL", postgres_url)
    assert run("db", "upgrade").exit_code == 0
    result = run("user", "add", "anna", "--password-stdin", "--ntlm", stdin="secret")
    assert result.exit_code == 1
    assert "TMSBA_SECRET_KEY" in result.stderr
    assert run("user", "list").stdout.count("\n") == 1


# ---------------------------------------------------------------- settings


@pytest.mark.parametrize(
    ("text", "value"), [("ntlm", ("ntlm",)), ("basic, ntlm", ("basic", "ntlm")), ("basic", ("basic",))]
)
def test_what_clients_may_log_in_with_is_a_choice(text, value):
    assert load(environment={"TMSBA_AUTHENTICATION": text}).authentication == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "at least one of ntlm, basic"), ("ntlm,digest", "one of ntlm, basic, not 'digest'")],
)
def test_a_wrong_choice_is_a_sentence(tmp_path, text, reason):
    with pytest.raises(ConfigError, match=reason):
        load(environment={"TMSBA_AUTHENTICATION": text})
    file = tmp_path / "tmsba.toml"
    file.write_text(f"authentication = {[one for one in text.split(',') if one]}")
    with pytest.raises(ConfigError, match=reason):
        load(file, {})


def test_without_a_key_basic_is_left(store):
    keyless = Config(database_url="postgresql://db.example.com/tmsba")
    backoff = Backoff(store, utc_now)
    assert _ntlm_login(keyless, store, backoff) is None
    assert _ntlm_login(Config(), store, backoff) is not None
    assert _ntlm_login(Config(authentication=("basic",)), store, backoff) is None
    with pytest.raises(ConfigError, match="secret key is missing"):
        _ntlm_login(replace(keyless, authentication=("ntlm",)), store, backoff)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ldap_url": "http://dc.example.com"}, "ldap_url must look like ldaps://dc.example.com"),
        ({"ldap_url": "dc.example.com"}, "ldap_url must look like"),
        ({"ldap_url": "ldaps://dc.example.com", "ldap_ca_file": "/nowhere.pem"}, "ldap_ca_file /nowhere.pem"),
    ],
)
def test_a_directory_that_cannot_be_is_a_sentence(changes, reason):
    with pytest.raises(ConfigError, match=reason):
        build_directory(Config(ldap_base_dn="dc=example", **changes))


def test_a_directory_needs_a_place_to_look_in():
    with pytest.raises(ConfigError, match="set ldap_base_dn too"):
        load(environment={"TMSBA_LDAP_URL": "ldaps://dc.example.com"})


def test_a_directory_needs_its_library(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tmsba.directory.ldap", None)
    with pytest.raises(ConfigError, match="pip install 'tmsba\\[ldap\\]'"):
        build_directory(Config(ldap_url="ldaps://dc.example.com", ldap_base_dn="dc=example"))


def test_the_password_of_the_directory_is_shown_to_nobody():
    assert "hush" not in repr(Config(ldap_bind_password="hush"))
