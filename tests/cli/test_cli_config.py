import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tmsba.config import Config, ConfigError, load, secret_key, unknown_variables


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_without_file_and_variables_everything_has_its_default():
    config = load(None, {})
    assert config == Config()
    assert (config.database_url, config.host, config.port) == ("sqlite:///tmsba.db", "127.0.0.1", 8080)


def test_the_file_gives_values_of_every_type(tmp_path):
    file = write(
        tmp_path / "tmsba.toml",
        'host = "0.0.0.0"\nport = 9000\npoll_seconds = 1\ntrusted_proxies = ["10.0.0.1", "10.1.0.0/16"]\n',
    )
    config = load(file, {})
    assert (config.host, config.port, config.poll_seconds) == ("0.0.0.0", 9000, 1.0)
    assert config.trusted_proxies == ("10.0.0.1", "10.1.0.0/16")


def test_variables_win_over_the_file_that_tmsba_config_names(tmp_path):
    file = write(tmp_path / "tmsba.toml", "port = 9000\nworkers = 3\n")
    variables = {"TMSBA_CONFIG": str(file), "TMSBA_PORT": "9001", "TMSBA_TRUSTED_PROXIES": "10.0.0.1, ::1"}
    config = load(None, variables)
    assert (config.port, config.workers) == (9001, 3)
    assert config.trusted_proxies == ("10.0.0.1", "::1")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("prot = 1", "there is no setting 'prot'; did you mean 'port'?"),
        ("zzz = 1", "there is no setting 'zzz'; there are: database_url"),
        ('port = "8080"', "port must be a whole number."),
        ("port = true", "port must be a whole number."),
        ("port = 70000", "port must be from 0 to 65535, not 70000."),
        ("host = 1", "host must be a string."),
        ('poll_seconds = "1"', "poll_seconds must be a number."),
        ('trusted_proxies = "10.0.0.1"', "trusted_proxies must be a list of strings."),
        ('soap12_fault_detail = "none"', "soap12_fault_detail must be one of both, tms, spec, not 'none'."),
        ("port =", "is not valid TOML"),
    ],
)
def test_a_bad_file_is_refused_with_its_name_and_the_key(tmp_path, text, words):
    file = write(tmp_path / "bad.toml", text)
    with pytest.raises(ConfigError) as caught:
        load(file, {})
    assert words in str(caught.value)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "text", "words"),
    [
        ("TMSBA_PORT", "many", "TMSBA_PORT must be a whole number, not 'many'."),
        ("TMSBA_WORKERS", "0", "TMSBA_WORKERS must be from 1 to 1000, not 0."),
        ("TMSBA_LEASE_SECONDS", "x", "TMSBA_LEASE_SECONDS must be a number, not 'x'."),
        ("TMSBA_LOG_FORMAT", "xml", "TMSBA_LOG_FORMAT must be one of console, json, not 'xml'."),
        ("TMSBA_KEYFILE", "key.pem", "keyfile is set but certfile is not"),
        ("TMSBA_SMTP_HOST", "mail.example.com", "smtp_host is set but mail_sender is no mail address"),
        ("TMSBA_SMTP_SECURITY", "ssl", "TMSBA_SMTP_SECURITY must be one of starttls, tls, none, not 'ssl'."),
    ],
)
def test_a_bad_variable_is_refused_with_its_name(variable, text, words):
    with pytest.raises(ConfigError) as caught:
        load(None, {variable: text})
    assert words in str(caught.value)


def test_a_file_that_is_missing_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere\.toml cannot be read: No such file"):
        load(tmp_path / "nowhere.toml", {})


def test_variables_that_set_nothing_are_found_but_not_those_of_the_tests():
    names = {
        "TMSBA_PROT": "1",
        "TMSBA_PORT": "1",
        "TMSBA_CONFIG": "",
        "TMSBA_TEST_POSTGRES_URL": "",
        "HOME": "/",
    }
    assert unknown_variables(names) == ("TMSBA_PROT",)


def test_no_secret_shows_in_the_repr():
    config = Config(secret_key="hush-1", database_url="postgresql://me:hush-2@db.example.com/tmsba")
    assert "hush" not in repr(config)


def test_a_child_process_gets_the_same_configuration_through_variables():
    config = Config(port=0, trusted_proxies=("10.0.0.1", "::1"), lease_seconds=2.5, secret_key="k")
    assert load(None, config.as_environment()) == config


def test_changes_are_checked_and_none_changes_nothing():
    config = Config().with_changes(port=81, host=None)
    assert (config.port, config.host) == (81, "127.0.0.1")
    with pytest.raises(ConfigError, match="workers must be from 1 to 1000"):
        config.with_changes(workers=0)


@pytest.mark.parametrize(
    ("config", "url"),
    [
        (Config(port=81), "http://127.0.0.1:81"),
        (Config(host="0.0.0.0"), "http://127.0.0.1:8080"),
        (Config(host="::"), "http://[::1]:8080"),
        (Config(certfile="cert.pem", port=8443), "https://127.0.0.1:8443"),
        (Config(public_url="https://tms.example.com/"), "https://tms.example.com"),
    ],
)
def test_the_base_url_is_one_that_people_can_reach(config, url):
    assert config.base_url == url


def test_a_configured_key_wins(tmp_path):
    config = Config(secret_key="given", database_url=f"sqlite:///{tmp_path}/tmsba.db")
    assert secret_key(config) == "given"
    assert list(tmp_path.iterdir()) == []


def test_a_key_file_is_made_beside_a_sqlite_database_for_its_owner_only(tmp_path):
    config = Config(database_url=f"sqlite:///{tmp_path}/tmsba.db")
    key = secret_key(config)
    (file,) = tmp_path.iterdir()
    assert file.name == "tmsba.db.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(key) >= 43
    assert secret_key(config) == key


def test_processes_that_need_the_first_key_at_once_agree_on_it(tmp_path):
    config = Config(database_url=f"sqlite:///{tmp_path}/tmsba.db")
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(lambda _: secret_key(config), range(16)))
    assert len(keys) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["tmsba.db.key"]


@pytest.mark.parametrize("url", ["postgresql://db.example.com/tmsba", "sqlite:///:memory:", "sqlite://"])
def test_without_a_place_for_a_key_file_the_variable_is_named(url):
    with pytest.raises(ConfigError, match="set TMSBA_SECRET_KEY"):
        secret_key(Config(database_url=url))


def test_an_empty_key_file_is_refused(tmp_path):
    write(tmp_path / "tmsba.db.key", "\n")
    with pytest.raises(ConfigError, match="is empty"):
        secret_key(Config(database_url=f"sqlite:///{tmp_path}/tmsba.db"))


def test_a_key_file_that_cannot_be_made_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"missing/tmsba\.db\.key cannot be used"):
        secret_key(Config(database_url=f"sqlite:///{tmp_path}/missing/tmsba.db"))


def test_a_text_that_is_no_database_url_is_refused_without_repeating_it():
    with pytest.raises(ConfigError) as caught:
        secret_key(Config(database_url="hush"))
    assert "database_url" in str(caught.value)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    "path", ["cdr", "/", "/cdr/", "/tms", "/tms/cdr", "/healthz", "/a b", "/../x", "//x", "/CDR"]
)
def test_a_path_for_call_records_is_one_of_its_own(path):
    assert load(None, {"TMSBA_CDR_PATH": "/records/cdr-1"}).cdr_path == "/records/cdr-1"
    with pytest.raises(ConfigError, match="cdr_path"):
        load(None, {"TMSBA_CDR_PATH": path})


def test_a_password_of_the_mail_server_is_never_sent_in_the_clear():
    variables = {"TMSBA_SMTP_HOST": "mail.example.com", "TMSBA_MAIL_SENDER": "tms@example.com"}
    assert load(None, variables).smtp_security == "starttls"
    account = {"TMSBA_SMTP_USERNAME": "tms", "TMSBA_SMTP_PASSWORD": "pass-word"}
    assert "pass-word" not in repr(load(None, variables | account))
    with pytest.raises(ConfigError, match="a password is never sent unencrypted"):
        load(None, {**variables, **account, "TMSBA_SMTP_SECURITY": "none"})
