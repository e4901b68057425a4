from pathlib import Path

import pytest

from tmsba.accounts.passwords import is_password
from tmsba.app import build_store
from tmsba.config import Config
from tmsba.domain.people.users import SITE_ADMINISTRATOR, USERS


def stored(read):
    store = build_store(Config())
    try:
        with store.reading() as uow:
            return read(uow)
    finally:
        store.dispose()


def rows(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines()[1:]]


def test_help_and_version_need_no_database(run_without_tables):
    assert "bridge" in run_without_tables("--help").stdout
    assert run_without_tables("--version").stdout.startswith("tmsba, version ")
    assert run_without_tables("bridge", "add", "--help").exit_code == 0


@pytest.mark.parametrize(
    "command", [["user", "list"], ["system", "list"], ["settings", "list"], ["serve"], ["control"]]
)
def test_a_database_without_tables_says_what_to_run(run_without_tables, tmp_path, command):
    result = run_without_tables(*command)
    assert result.exit_code == 1
    assert "run tmsba db upgrade" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_sqlite_database_is_for_its_owner_only(run_without_tables, tmp_path):
    run_without_tables("db", "upgrade")
    assert (tmp_path / "tmsba.db").stat().st_mode & 0o077 == 0


def test_the_database_is_upgraded_and_upgraded_again(run_without_tables):
    for _ in range(2):
        assert run_without_tables("db", "upgrade").exit_code == 0
    assert run_without_tables("user", "list").exit_code == 0


def test_a_folder_that_is_missing_is_a_sentence(run_without_tables, monkeypatch):
    monkeypatch.setenv("TMSBA_DATABASE_URL", "sqlite:////nowhere/at/all/tmsba.db")
    result = run_without_tables("db", "upgrade")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: The database does not answer")


def test_another_kind_of_database_is_refused(run_without_tables, monkeypatch):
    monkeypatch.setenv("TMSBA_DATABASE_URL", "mysql://db.example.com/tmsba")
    result = run_without_tables("db", "upgrade")
    assert result.exit_code == 1
    assert "not supported" in result.stderr


def test_the_configuration_file_is_read_and_its_mistakes_are_told(run, tmp_path):
    file = tmp_path / "tmsba.toml"
    file.write_text("prot = 1\n")
    result = run("--config", str(file), "user", "list")
    assert result.exit_code == 1
    assert result.stderr == f"Error: {file}: there is no setting 'prot'; did you mean 'port'?\n"


def test_a_misspelt_variable_is_warned_about(run, monkeypatch):
    monkeypatch.setenv("TMSBA_PROT", "1")
    result = run("user", "list")
    assert result.exit_code == 0
    assert "the variable TMSBA_PROT sets nothing" in result.stderr


def test_a_user_is_added_with_domain_groups_and_zone(run):
    options = ["--group", SITE_ADMINISTRATOR, "--email", "joe@example.com", "--first-name", "Joe"]
    zone = ["--time-zone", "W. Europe Standard Time"]
    result = run("user", "add", "CORP\\joe", "--password-stdin", *options, *zone, stdin="pass word\n")
    assert result.exit_code == 0, result.output

    account = stored(lambda uow: uow.users.account("joe"))
    assert account.user.full_name == "CORP\\joe"
    assert (account.user.first_name, account.user.email) == ("Joe", "joe@example.com")
    assert account.user.time_zone == "W. Europe Standard Time"
    assert account.groups == {SITE_ADMINISTRATOR, USERS}
    assert is_password("pass word", account.password_hash)
    assert rows(run("user", "list").stdout)[0][1] == "CORP\\joe"


@pytest.mark.parametrize(
    ("arguments", "stdin", "words"),
    [
        (["joe", "--password-stdin"], "\n", "The password on standard input is blank"),
        (["joe", "--password-stdin", "--group", "Nobody"], "pw\n", "Nobody"),
        (["joe", "--password-stdin", "--time-zone", "Mars"], "pw\n", "'Mars' is no time zone"),
        (["CORP\\", "--password-stdin"], "pw\n", "The user name is blank"),
    ],
)
def test_a_user_that_cannot_be_is_refused_in_a_sentence(run, arguments, stdin, words):
    result = run("user", "add", *arguments, stdin=stdin)
    assert result.exit_code == 1
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
    assert stored(lambda uow: uow.users.all()) == []


def test_a_user_name_that_is_taken_is_refused(run):
    assert run("user", "add", "joe", "--password-stdin", stdin="pw\n").exit_code == 0
    result = run("user", "add", "CORP\\Joe", "--password-stdin", stdin="pw\n")
    assert result.exit_code == 1
    assert "already" in result.stderr


def test_without_a_password_and_a_terminal_the_option_is_named(run):
    result = run("user", "add", "joe")
    assert result.exit_code == 2
    assert "--password-stdin" in result.stderr


def test_a_system_is_added_and_only_its_id_is_printed(run):
    first = run("system", "add", "Room", "--id", "7", "--category", "room", "--sip-uri", "room@example.com")
    assert (first.exit_code, first.stdout) == (0, "7\n")
    assert run("system", "add", "Next").stdout == "8\n"
    assert rows(run("system", "list").stdout)[0] == [
        "7",
        "Room",
        "Room",
        "room@example.com",
        "UTC",
        "",
        "",
        "everybody",
        "No",
    ]


def test_a_recording_system_has_aliases(run):
    aliases = ["--alias", "a@example.com", "--alias", "b@example.com"]
    assert run("system", "add", "Recorder", "--category", "Recording", *aliases).exit_code == 0
    (system,) = stored(lambda uow: uow.systems.all())
    assert system.recording_aliases == ("a@example.com", "b@example.com")


def test_the_agenda_of_a_system_without_meetings_is_empty(run):
    run("system", "add", "Room", "--id", "7")
    assert rows(run("system", "agenda", "7").stdout) == []
    assert "<TotalRows>0</TotalRows>" in run("system", "agenda", "7", "--xml").stdout
    unknown = run("system", "agenda", "8")
    assert (unknown.exit_code, unknown.stdout) == (1, "")
    assert "no system with id 8" in unknown.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["Taken", "--id", "7"], "7 already"),
        (["Room", "--id", "0"], "0 cannot be the id"),
        (["Room", "--id", "-4"], "-4 cannot be the id"),
        (["Room", "--time-zone", "Mars"], "'Mars' is no time zone"),
        (["Room", "--alias", "a@example.com"], "Only recording systems have aliases"),
        ([" "], "The name of the system is blank"),
    ],
)
def test_a_system_that_cannot_be_is_refused_in_a_sentence(run, arguments, words):
    run("system", "add", "First", "--id", "7")
    result = run("system", "add", *arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert words in result.stderr


def test_an_unknown_category_is_a_mistake_of_usage(run):
    result = run("system", "add", "Room", "--category", "Hall")
    assert result.exit_code == 2
    assert "'endpoint', 'equipment', 'room', 'recording'" in result.stderr.lower()


def test_settings_are_listed_read_and_changed(run):
    assert run("settings", "get", "pin-length").stdout == "4\n"
    assert run("settings", "set", "PIN Length", "6").exit_code == 0
    assert run("settings", "get", "pin_length").stdout == "6\n"
    assert ["pin-length", "6", "PIN Length"] in rows(run("settings", "list").stdout)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["get", "unheard-of"], "no setting 'unheard-of'"),
        (["set", "unheard-of", "1"], "no setting 'unheard-of'"),
        (["set", "pin-length", "3"], "whole number from 4 to 63"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_in_a_sentence(run, arguments, words):
    result = run("settings", *arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert words in result.stderr


def test_a_surprise_keeps_its_traceback(run, monkeypatch):
    def broken(*_args: object) -> None:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr("tmsba.domain.settings.ConferenceSettings.of", broken)
    with pytest.raises(RuntimeError, match="a mistake of ours"):
        run("settings", "list")


@pytest.mark.parametrize(
    ("service", "file"), [("booking", "bookingservice"), ("remote-setup", "remotesetupservice")]
)
def test_the_published_contract_is_printed(run, service, file, monkeypatch):
    monkeypatch.setenv("TMSBA_PUBLIC_URL", "http://tmsba.example.com")
    published = Path(__file__).resolve().parents[2] / "wsdl" / f"{file}.wsdl"
    assert run("wsdl", service).stdout == published.read_text()
