"""``tmsba route explain``, and IP zones and priorities."""

import json
from datetime import timedelta

import pytest
from test_cli_commands import rows, stored

from tmsba.app import build_booking, build_store, utc_now
from tmsba.config import Config
from tmsba.domain.bridge.bridge import Bridge, BridgeCredentials
from tmsba.domain.licensing.sessions import Client
from tmsba.domain.people.users import SITE_ADMINISTRATOR
from tmsba.domain.time.times import whole_seconds
from tmsba.domain.values import BookingMode
from tmsba.soap.translation.conference_file import conferences_in_file


def bridges(*names):
    store = build_store(Config())
    try:
        with store.writing() as uow:
            for number, name in enumerate(names, start=1):
                bridge = Bridge(
                    id=0,
                    name=name,
                    url=f"https://core{number}.example.com",
                    domain="example.com",
                    numeric_id_base=1000 * number,
                    numeric_id_quantity=3,
                )
                uow.bridges.add(bridge, BridgeCredentials(username="api", password="pass"))
            uow.commit()
    finally:
        store.dispose()


@pytest.fixture
def office(run, tmp_path):
    """An administrator, two rooms, two bridges and a file with a conference."""
    assert run("user", "add", "boss", "--password-stdin", "--group", SITE_ADMINISTRATOR, stdin="pw\n")
    for name in ("Oslo", "Paris"):
        run("system", "add", f"{name} [Room]", "--sip-uri", f"{name.lower()}@example.com", "--ip-zone", name)
    run("licence", "add", "application-integration")
    bridges("Core 1", "Core 2")
    start = whole_seconds(utc_now()) + timedelta(hours=1)
    (tmp_path / "conference.xml").write_text(
        f"<Conference><Title>Weekly [1]</Title><StartTimeUTC>{start:%Y-%m-%d %H:%M:%SZ}</StartTimeUTC>"
        f"<EndTimeUTC>{start + timedelta(hours=1):%Y-%m-%d %H:%M:%SZ}</EndTimeUTC><Participants>"
        "<Participant><ParticipantId>1</ParticipantId></Participant>"
        "<Participant><ParticipantId>2</ParticipantId></Participant></Participants></Conference>"
    )
    return run


def book(path):
    store = build_store(Config())
    try:
        with store.reading() as uow:
            caller = uow.users.account("boss").caller("192.0.2.7")
        [request] = conferences_in_file(path.read_bytes())
        view = build_booking(Config(), store).save_conference(caller, Client(), request, BookingMode.STRICT)
        return view.conference.id
    finally:
        store.dispose()


def test_a_file_is_decided_and_not_booked(office):
    told = office("route", "explain", "--file", "conference.xml").stdout
    assert told.startswith("Not booked: Weekly [1]\n")
    assert "Number 1000 on Core 1" in told
    assert "1. The conference type automatic connects its participants." in told
    assert "oslo@example.com" in told
    assert "Oslo [Room]" in told
    assert stored(lambda uow: uow.conferences.get(1)) is None


def test_a_stored_conference_is_explained_beside_what_would_be_decided_now(office, tmp_path):
    number = str(book(tmp_path / "conference.xml"))
    assert office("route", "explain", number).stdout.startswith(f"Conference {number}: Weekly [1]\n")
    assert office("bridge", "set", "Core 1", "--disable").exit_code == 0
    told = " ".join(office("route", "explain", number, "--now").stdout.split())
    assert "Then Now" in told
    assert "Bridge 'Core 1' is disabled." in told
    [values] = json.loads(office("route", "explain", number, "--now", "--json").stdout)
    assert (values["conference_id"], values["number"], values["state"]) == (int(number), 1000, "pending")
    then, now = values["decision"], values["now"]
    assert [bridge["code"] for bridge in then["bridges"]] == ["first", "registered-later"]
    assert [bridge["code"] for bridge in now["bridges"]] == ["disabled", "only-one"]
    assert now["bridges"][0]["text"] == "Bridge 'Core 1' is disabled."
    assert [one["direction"] for one in then["participants"]] == ["bridge-dials", "bridge-dials"]


def test_what_was_booked_by_an_older_version_says_so(office, tmp_path):
    number = str(book(tmp_path / "conference.xml"))
    store = build_store(Config())
    with store.writing() as work:
        work.connection.exec_driver_sql("DELETE FROM route_decision")
        work.commit()
    store.dispose()
    told = office("route", "explain", number)
    assert told.exit_code == 0
    assert "was not kept" in told.stdout
    assert "no other is better" in " ".join(office("route", "explain", number, "--now").stdout.split())


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ([], 2, "Give the ID of a conference, or --file."),
        (["1", "--file", "conference.xml"], 2, "Give the ID of a conference, or --file."),
        (["1", "--by", "boss"], 2, "leave --by out"),
        (["--file", "conference.xml", "--now"], 2, "leave --now out"),
        (["99"], 1, "There is no conference with id 99"),
        (["--file", "conference.xml", "--by", "nobody"], 1, "There is no user 'nobody'"),
        (["--file", "tmsba.db"], 1, "not well-formed XML"),
    ],
)
def test_what_cannot_be_explained_is_refused_in_a_sentence(office, arguments, code, words):
    result = office("route", "explain", *arguments)
    assert (result.exit_code, words in result.stderr) == (code, True)


def test_without_an_administrator_somebody_has_to_be_named(run, tmp_path):
    (tmp_path / "conference.xml").write_text("<Conference/>")
    result = run("route", "explain", "--file", "conference.xml")
    assert result.exit_code == 1
    assert "name a user with --by" in result.stderr


def test_zones_and_priorities_are_set_and_listed(office):
    assert office("bridge", "set", "Core 2", "--ip-zone", "Oslo", "--priority", "5").exit_code == 0
    assert rows(office("bridge", "list").stdout)[1][-3:-1] == ["Oslo", "5"]
    changed = office("system", "set", "2", "--ip-zone", " Oslo ")
    assert changed.stdout == "Paris [Room] (id 2) is now in IP zone Oslo.\n"
    assert [row[5] for row in rows(office("system", "list").stdout)] == ["Oslo", "Oslo"]
    assert office("user", "set", "boss", "--ip-zone", "Oslo").stdout == "boss: in IP zone Oslo.\n"
    assert rows(office("user", "list").stdout)[0][5] == "Oslo"
    told = " ".join(office("route", "explain", "--file", "conference.xml").stdout.split())
    assert "Most of its systems that have an IP zone are in Oslo." in told
    assert "It is chosen with number 2000: it is in the IP zone Oslo." in told
    assert office("user", "set", "boss", "--ip-zone", "").stdout == "boss: in no IP zone.\n"
    assert office("bridge", "set", "Core 2", "--priority", "101").exit_code == 2


def test_zones_come_from_files_too(office, tmp_path):
    (tmp_path / "systems.csv").write_text("id,name,ip_zone\n1,Oslo Room,Rome\n")
    (tmp_path / "users.csv").write_text("name,ip_zone\nboss,Rome\n")
    assert office("system", "import", "systems.csv").exit_code == 0
    assert office("user", "import", "users.csv").exit_code == 0
    assert stored(lambda uow: uow.systems.get(1)).ip_zone == "Rome"
    assert stored(lambda uow: uow.users.by_name("boss")).ip_zone == "Rome"


# ---------------------------------------------------------------- the order of IP zones


def test_the_order_of_zones_is_set_listed_and_taken_back(office):
    office("bridge", "set", "Core 1", "--ip-zone", "Bergen")
    office("user", "set", "boss", "--ip-zone", "Paris")
    ordered = office("zone", "order", "Oslo", "Bergen", "London")
    assert ordered.stdout == "Nearest to Oslo: Bergen, then London.\n"
    assert ordered.stderr == (
        "Warning: no bridge, system or user is in the IP zone London; names count in the letter case given.\n"
    )
    assert rows(office("zone", "list").stdout) == [
        ["Bergen", "1", "0", "0", ""],
        ["London", "0", "0", "0", ""],
        ["Oslo", "0", "1", "0", "Bergen, London"],
        ["Paris", "0", "1", "1", ""],
    ]
    assert office("settings", "get", "zone-order").stdout == "Oslo > Bergen > London\n"
    assert office("zone", "order", "Oslo").stdout == "Oslo has no order: all others are equally far.\n"
    assert office("settings", "get", "zone-order").stdout == "\n"
    assert [row[3:6] for row in rows(office("audit", "list", "--limit", "2").stdout)] == [
        ["setting.changed", "zone-order", "now"],
        ["setting.changed", "zone-order", "now Oslo > Bergen > London"],
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["Oslo", "Oslo"], "Name each zone once"),
        (["Oslo", "Bergen", "Bergen"], "Name each zone once"),
        (["Oslo", "a > b"], "'a > b' can be no IP zone"),
        (["Oslo", " "], "'' can be no IP zone"),
        (["Oslo", "x" * 20_000], "The order of all zones is too long"),
    ],
)
def test_an_order_that_cannot_be_is_refused_and_changes_nothing(office, words, said):
    result = office("zone", "order", *words)
    assert result.exit_code == 1
    assert said in result.stderr
    assert office("settings", "get", "zone-order").stdout == "\n"


def test_why_a_bridge_in_the_nearest_zone_was_chosen_is_explained(office, tmp_path):
    office("bridge", "set", "Core 1", "--ip-zone", "London")
    office("bridge", "set", "Core 2", "--ip-zone", "Bergen")
    office("zone", "order", "Oslo", "Bergen", "London")
    told = office("route", "explain", "--file", str(tmp_path / "conference.xml"))
    assert "The IP zones nearest to Oslo are, in this order: Bergen, London." in told.stdout
    flat = " ".join(told.stdout.split())
    assert "it is nearest to the IP zone Oslo, in Bergen." in flat
