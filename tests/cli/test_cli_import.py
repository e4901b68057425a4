"""``tmsba system import`` and ``tmsba user import``."""

import time
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from test_cli_commands import rows, stored

from tmsba.accounts.passwords import is_password
from tmsba.cli.imports import importing
from tmsba.domain.people.audit import AuditFilter
from tmsba.domain.people.systems import System
from tmsba.domain.people.users import SITE_ADMINISTRATOR, USERS
from tmsba.domain.values import SystemCategory


@pytest.fixture
def file(tmp_path):
    def write(text, encoding="utf-8", name="list.csv"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return str(path)

    return write


SYSTEMS = """id,name,category,SIP URI,time-zone,Allow Bookings,aliases,location
7,Board,Room,board@example.com,europe/oslo,,,Oslo
8,Recorder,recording,,,no,a@example.com b@example.com,
"""


def test_systems_are_added_with_all_that_the_file_says(run, file):
    result = run("system", "import", file(SYSTEMS))
    assert (result.exit_code, result.stdout) == (0, "list.csv: 2 added, 0 changed, 0 unchanged, 0 bad.\n")
    board, recorder = stored(lambda uow: uow.systems.all())
    assert board == System(
        id=7,
        name="Board",
        category=SystemCategory.ROOM,
        sip_uri="board@example.com",
        time_zone="Europe/Oslo",
        location="Oslo",
    )
    assert recorder.recording_aliases == ("a@example.com", "b@example.com")
    assert not recorder.is_booking_allowed


def test_an_import_that_is_run_again_changes_nothing(run, file):
    path = file(SYSTEMS)
    run("system", "import", path)
    before = stored(lambda uow: (uow.systems.all(), uow.audit.find(AuditFilter(), limit=9)))
    assert run("system", "import", path).stdout == "list.csv: 0 added, 0 changed, 2 unchanged, 0 bad.\n"
    assert stored(lambda uow: (uow.systems.all(), uow.audit.find(AuditFilter(), limit=9))) == before
    [entry] = before[1]
    assert (entry.action.value, entry.subject, entry.detail) == (
        "systems.imported",
        "list.csv",
        "lines 2 to 3: 2 added, 0 changed",
    )


def test_what_the_file_has_no_column_for_stays_as_it_is(run, file):
    run("system", "import", file(SYSTEMS))
    result = run("system", "import", file("id;name\n7;Board Room\n"))
    assert result.stdout == "list.csv: 0 added, 1 changed, 0 unchanged, 0 bad.\n"
    board = stored(lambda uow: uow.systems.get(7))
    assert (board.name, board.location) == ("Board Room", "Oslo")
    run("system", "import", file("id\tname\tlocation\n7\tBoard Room\t\n"))
    assert stored(lambda uow: uow.systems.get(7)).location == ""


def test_without_ids_systems_go_by_their_names(run, file):
    run("system", "add", "Board", "--id", "7")
    run("system", "add", "Twin")
    run("system", "add", "TWIN")
    result = run("system", "import", file("\ufeffname,contact\nBOARD,Ann\nNew,Bob\nTwin,Eve\n"))
    assert result.exit_code == 1
    assert result.stdout == "list.csv: 1 added, 1 changed, 0 unchanged, 1 bad.\n"
    assert "line 4: 2 systems have this name" in result.stderr
    found = {one.id: (one.name, one.contact) for one in stored(lambda uow: uow.systems.all())}
    assert found == {7: ("BOARD", "Ann"), 8: ("Twin", ""), 9: ("TWIN", ""), 10: ("New", "Bob")}


def test_each_bad_line_is_told_with_its_number_and_the_others_are_imported(run, file):
    text = (
        "id,name,category,time_zone,aliases,allow_bookings\n"
        "1,Good,,,,\n"
        "x,No id,,,,\n"
        "\n"
        "2,,,,,\n"
        "1,Twice,,,,\n"
        "3,Hall,Hall,,,\n"
        "4,Mars,,Mars,,\n"
        "5,Alias,Room,,a@example.com,\n"
        "6,Maybe,,,,maybe\n"
        "7,Short\n"
        '8,"Two\nlines",,,,\n'
        "9,Caf\udce9,,,,\n"
        f"10,{'x' * 1001},,,,\n"
        "99999999999999999999999,Huge,,,,\n"
        "11,Last,,,,\n"
    )
    path = file("")
    Path(path).write_bytes(text.encode("utf-8", "surrogateescape"))
    result = run("system", "import", path)
    assert result.exit_code == 1
    assert result.stdout == "list.csv: 2 added, 0 changed, 0 unchanged, 12 bad.\n"
    assert [one.id for one in stored(lambda uow: uow.systems.all())] == [1, 11]
    told = result.stderr.splitlines()
    assert [line.split(":")[0] for line in told[:-1]] == [
        f"line {number}" for number in (3, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16)
    ]
    for number, words in (
        (3, "id is a whole number"),
        (5, "name is blank"),
        (6, "id 1 stands in line 2 already"),
        (7, "category is one of Endpoint"),
        (8, "'Mars' is no time zone"),
        (9, "only systems of the category Recording"),
        (10, "allow_bookings is yes or no"),
        (11, "it has 2 cells and the header 6"),
        (12, "line break"),
        (14, "no UTF-8"),
        (15, "1001 characters"),
        (16, "id is a whole number"),
    ):
        assert any(line.startswith(f"line {number}: ") and words in line for line in told), words
    assert told[-1] == "Error: 12 of 14 lines were not imported; correct them and run it again."


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no column 'name'"),
        ("id,colour\n1,red\n", "a column 'colour', which is none of"),
        ("id\n1\n", "no column 'name'"),
        ("name,Name\n", "'name' more than once"),
    ],
)
def test_a_header_that_does_not_fit_is_told_in_a_sentence(run, file, text, words):
    result = run("system", "import", file(text))
    assert (result.exit_code, result.stdout) == (1, "")
    assert words in result.stderr


def test_a_file_that_is_not_there_is_a_mistake_of_usage(run):
    assert run("system", "import", "nowhere.csv").exit_code == 2
    assert run("user", "import", "nowhere.csv").exit_code == 2


USERS_FILE = """name,first_name,last_name,email,time_zone,groups,password,hidden,mails
CORP\\joe,Joe,Doe,joe@example.com,W. Europe Standard Time,site administrator,s3cret,,no
ann,Ann,,,,,,yes,
"""


def test_users_are_added_with_all_that_the_file_says(run, file):
    run("group", "add", "Everyone", "--default")
    result = run("user", "import", file(USERS_FILE))
    assert (result.exit_code, result.stdout) == (0, "list.csv: 2 added, 0 changed, 0 unchanged, 0 bad.\n")
    joe, ann = stored(lambda uow: uow.users.accounts())
    assert (joe.user.full_name, joe.user.display_name) == ("CORP\\joe", "Joe Doe")
    assert (joe.user.time_zone, joe.user.gets_mails) == ("W. Europe Standard Time", False)
    assert joe.groups == {USERS, SITE_ADMINISTRATOR}
    assert is_password("s3cret", joe.password_hash)
    assert (ann.user.is_hidden, ann.user.time_zone, ann.groups) == (True, "UTC", {USERS})
    assert ann.password_hash == ""
    assert [row[-1] for row in rows(run("user", "list").stdout)] == ["", "no password, service account"]


def test_without_a_column_for_groups_new_users_join_the_default_ones(run, file):
    run("group", "add", "Everyone", "--default")
    run("user", "import", file("name\njoe\n"))
    [joe] = stored(lambda uow: uow.users.accounts())
    assert joe.groups == {USERS, "Everyone"}


def test_a_password_counts_for_new_users_only(run, file):
    path = file(USERS_FILE)
    run("user", "import", path)
    before = stored(lambda uow: uow.users.accounts())
    run("user", "import", file(USERS_FILE.replace("s3cret", "other"), name="other.csv"))
    assert run("user", "import", path).stdout == "list.csv: 0 added, 0 changed, 2 unchanged, 0 bad.\n"
    assert stored(lambda uow: uow.users.accounts()) == before
    assert "s3cret" not in repr(stored(lambda uow: uow.audit.find(AuditFilter(), limit=9)))


def test_users_are_found_in_any_letter_case_and_keep_their_names_and_domains(run, file):
    run("user", "add", "CORP\\joe", "--password-stdin", "--group", SITE_ADMINISTRATOR, stdin="pw\n")
    result = run("user", "import", file("name,email,groups\nJOE,new@example.com,\n"))
    assert result.stdout == "list.csv: 0 added, 1 changed, 0 unchanged, 0 bad.\n"
    [joe] = stored(lambda uow: uow.users.accounts())
    assert (joe.user.full_name, joe.user.email, joe.groups) == ("CORP\\joe", "new@example.com", {USERS})
    assert is_password("pw", joe.password_hash)


def test_bad_users_are_told_and_the_others_imported(run, file):
    rows = ["joe,,", ",Users,", "a/b,,", "CORP\\JOE,,", "ann,Wizards,", "bob,,perhaps", "eve,Users|users,"]
    text = "\n".join(["name,groups,hidden", *rows])
    result = run("user", "import", file(text))
    assert result.exit_code == 1
    assert [one.name for one in stored(lambda uow: uow.users.all())] == ["joe", "eve"]
    told = result.stderr.splitlines()
    for number, words in (
        (3, "can be no user's"),
        (4, "'a/b' can be no user's"),
        (5, "joe stands in line 2 already"),
        (6, "no group 'Wizards'"),
        (7, "hidden is yes or no"),
    ):
        assert any(line.startswith(f"line {number}: ") and words in line for line in told), words


def test_an_interrupted_import_is_taken_up_where_it_stopped(run, file, monkeypatch):
    monkeypatch.setattr(importing, "CHUNK", 10)
    path = file("id,name\n" + "".join(f"{number},Room {number}\n" for number in range(1, 36)))
    compared, chunks = importing.compared, []

    def dies_in_the_third_chunk(*arguments):
        chunks.append(1)
        if len(chunks) == 3:
            raise KeyboardInterrupt
        return compared(*arguments)

    monkeypatch.setattr("tmsba.cli.imports.systems.compared", dies_in_the_third_chunk)
    run("system", "import", path)
    assert len(stored(lambda uow: uow.systems.all())) == 20
    monkeypatch.setattr("tmsba.cli.imports.systems.compared", compared)
    assert run("system", "import", path).stdout == "list.csv: 15 added, 0 changed, 20 unchanged, 0 bad.\n"


@pytest.mark.parametrize("what", ["system", "user"])
def test_the_number_of_statements_follows_the_chunks(run, file, what):
    seen = []

    def note(*arguments):
        seen.append(arguments[2])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        counts = []
        for size in (20, 200):
            path = file("name\n" + "".join(f"Of {size} {number}\n" for number in range(size)))
            del seen[:]
            assert run(what, "import", path).exit_code == 0
            counts.append(len(seen))
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert counts[0] == counts[1]


def test_five_thousand_systems_and_ten_thousand_users_take_seconds(run, file):
    systems = file(
        "id,name,category,sip_uri\n"
        + "".join(f"{n},Room {n},Room,room{n}@example.com\n" for n in range(1, 5001)),
        name="systems.csv",
    )
    users = file(
        "name,email\n" + "".join(f"CORP\\user{n},user{n}@example.com\n" for n in range(10_000)),
        name="users.csv",
    )
    begun = time.monotonic()
    assert run("system", "import", systems).exit_code == 0
    assert run("user", "import", users).exit_code == 0
    assert time.monotonic() - begun < 60
    assert len(stored(lambda uow: uow.systems.all())) == 5000
    assert len(rows(run("user", "list").stdout)) == 10_000
