import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text

from tmsba.domain.bridge.health import BridgeAlarm, BridgeReport
from tmsba.simulator import Peer, Simulator
from tmsba.store import create_store
from tmsba.store.outbox.health_checks import SqlHealthChecks

NUMBERS = ["--numeric-id-base", "100", "--numeric-id-quantity", "5"]


def add(run, url, *options, name="Bridge One", password="bridge-pass", domain="example.com", numbers=NUMBERS):
    arguments = ["--name", name, "--username", "api", "--password-stdin", "--domain", domain, *numbers]
    return run("bridge", "add", url, *arguments, *options, stdin=f"{password}\n")


def test_a_bridge_is_registered_and_set_up_at_once(run, bridge, tmp_path):
    result = add(run, bridge.url, "--web-bridge", "https://join.example.com")

    assert result.exit_code == 0, result.output
    assert "Bridge One is ready: numbers 100 to 104." in result.stdout
    assert "Warning: http:// sends the bridge's password" in result.stderr
    assert "Creating the 5 spaces." in result.stderr
    assert next(entry.path for entry in bridge.journal.since()) == "/api/v1/system/status"
    listed = run("bridge", "list").stdout.splitlines()[1].split("\t")
    assert listed == [
        "1",
        "Bridge One",
        bridge.url,
        "example.com",
        "100-104",
        "any",
        "https://join.example.com",
        "",
        "0",
        "ready",
    ]
    assert b"bridge-pass" not in (tmp_path / "tmsba.db").read_bytes()
    assert (tmp_path / "tmsba.db.key").exists()


def test_a_bridge_that_cannot_be_reached_stays_registered_with_a_ticket(run, bridge):
    bridge.stop()

    result = add(run, bridge.url)

    assert result.exit_code == 0
    assert "stays registered" in result.stderr
    assert "Ticket 1 is open: " in result.stderr
    assert "an unreachable bridge is tried again" in result.stderr
    assert "not set up yet" in run("bridge", "list").stdout
    assert "bridge Bridge One" in run("ticket", "list").stdout


def test_a_wrong_password_is_told_at_once_and_nothing_is_stored(run, bridge):
    result = add(run, bridge.url, password="wrong")

    assert result.exit_code == 1
    assert "refused the user name or password" in result.stderr
    assert "Nothing was stored." in result.stderr
    assert "wrong" not in result.stderr
    assert run("bridge", "list").stdout.count("\n") == 1
    assert run("ticket", "list").stdout.count("\n") == 1


def test_another_node_of_a_known_cluster_is_refused(run, bridge):
    peer = Peer("bridge1", bridge.url, "example.com")
    with Simulator(username="api", password="bridge-pass", cluster=[peer]) as other:
        assert add(run, other.url).exit_code == 0
        result = add(run, bridge.url, name="Bridge Two")
    assert result.exit_code == 1
    words = (
        f"{bridge.url.removeprefix('http://')} is part of a clustered call bridge and has already been added"
    )
    assert words in result.stderr
    assert "(bridge 'Bridge One')" in result.stderr
    assert run("bridge", "list").stdout.count("\n") == 2


def test_a_bridge_can_be_added_first_and_configured_later(run, bridge):
    added = run("bridge", "add", bridge.url, "--username", "api", "--password-stdin", stdin="bridge-pass\n")

    assert added.exit_code == 0, added.output
    unnamed = f"No Name ({bridge.url.removeprefix('http://')})"
    assert f"Registered bridge {unnamed} with id 1." in added.stdout
    tickets = run("ticket", "list").stdout
    assert "Blank system name" in tickets
    assert "domain, numeric id base and numeric id quantity are not set" in tickets
    assert run("bridge", "list").stdout.splitlines()[1].endswith("no numbers")
    assert bridge.bridge.spaces.by_id == {}

    changed = run("bridge", "set", unnamed, "--name", "Core", "--domain", "example.com", *NUMBERS)

    assert changed.exit_code == 0, changed.output
    assert "Core is ready: numbers 100 to 104." in changed.stdout
    assert len(bridge.bridge.spaces.by_id) == 5
    assert run("ticket", "list").stdout.count("\n") == 1


def numbers_on(simulator):
    return sorted(int(space.values["callId"]) for space in simulator.bridge.spaces)


def resize(run, base, quantity):
    arguments = ["--numeric-id-base", str(base), "--numeric-id-quantity", str(quantity)]
    return run("bridge", "set", "Bridge One", *arguments)


def test_the_range_of_numbers_grows_and_shrinks(run, bridge):
    add(run, bridge.url)
    spaces = {space.values["callId"]: space.id for space in bridge.bridge.spaces}

    grown = resize(run, 98, 10)
    assert grown.exit_code == 0, grown.output
    assert "ready: numbers 98 to 107" in grown.stdout
    assert numbers_on(bridge) == list(range(98, 108))
    assert {s.values["callId"]: s.id for s in bridge.bridge.spaces if s.values["callId"] in spaces} == spaces

    shrunk = resize(run, 101, 2)
    assert shrunk.exit_code == 0, shrunk.output
    assert "Removed 8 of 8 spaces." in shrunk.stderr
    assert numbers_on(bridge) == [101, 102]


def test_a_booked_number_stays_until_its_meeting_is_over(run, bridge, tmp_path):
    add(run, bridge.url)
    start = datetime.now(UTC) + timedelta(days=1)
    engine = create_engine(f"sqlite:///{tmp_path}/tmsba.db")
    with engine.begin() as connection:
        # The booking itself does not matter here, only what it reserves.
        row = {"id": 1, "start": start.isoformat(" ", "microseconds")[:26]}
        row["end"] = (start + timedelta(hours=1)).isoformat(" ", "microseconds")[:26]
        connection.execute(
            text(
                "INSERT INTO space_reservation (occurrence_id, space_id, start_at, end_at) VALUES"
                " (1, (SELECT id FROM space WHERE number = 104), :start, :end)"
            ),
            row,
        )
    shrunk = resize(run, 100, 2)
    assert "Booked, and removed when their last meeting is over: 104." in shrunk.stdout
    assert numbers_on(bridge) == [100, 101, 104]
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM space_reservation"))
    assert run("bridge", "prepare", "Bridge One").exit_code == 0
    assert numbers_on(bridge) == [100, 101]
    engine.dispose()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--name", "Bridge Two"], "There is a bridge named Bridge Two already"),
        (["--domain", "a b"], "'a b' is no SIP domain"),
        (["--domain", ""], "Give --domain, --numeric-id-base"),
        (["--numeric-id-quantity", "99999"], "check --numeric-id-base"),
        (["--username", "other"], "needs --password-stdin too"),
        (["--alternate-url", "https://b2.example.com"], "needs --alternate-username"),
        (["--fingerprint", "ab:cd"], "64 hexadecimal digits"),
        (["--ca", "nothing-here.pem"], "cannot be read"),
    ],
)
def test_changes_that_cannot_be_right_change_nothing(run, bridge, options, words):
    add(run, bridge.url)
    with Simulator(username="api", password="bridge-pass") as other:
        assert add(run, other.url, name="Bridge Two").exit_code == 0
        before = run("bridge", "list").stdout
        result = run("bridge", "set", "Bridge One", *options)
        assert result.exit_code == 1
        assert words in result.stderr
        assert run("bridge", "list").stdout == before


def test_numbers_that_another_bridge_has_too_are_warned_of(run, bridge):
    add(run, bridge.url)
    with Simulator(username="api", password="bridge-pass") as other:
        numbers = ["--numeric-id-base", "103", "--numeric-id-quantity", "5"]
        result = add(run, other.url, name="Bridge Two", numbers=numbers)
        assert "the numbers 103 to 104 in example.com are those of bridge Bridge One too" in result.stderr
        assert "too:" not in run("bridge", "set", "Bridge Two", "--domain", "b.example.com").stderr
        assert "too:" in run("bridge", "set", "Bridge Two", "--domain", "example.com").stderr


def test_a_change_of_nothing_is_wrong_usage(run, bridge):
    add(run, bridge.url)
    assert run("bridge", "set", "Bridge One").exit_code == 2


def test_a_new_password_is_tried_before_it_is_stored(run, bridge):
    add(run, bridge.url)
    result = run("bridge", "set", "Bridge One", "--password-stdin", stdin="wrong\n")
    assert result.exit_code == 1
    assert "refused the user name or password" in result.stderr
    assert run("bridge", "set", "Bridge One", "--password-stdin", stdin="bridge-pass\n").exit_code == 0
    assert run("bridge", "prepare", "Bridge One").exit_code == 0


def test_a_bridge_can_be_taken_out_of_routing_and_back(run, bridge):
    add(run, bridge.url)
    assert run("bridge", "set", "Bridge One", "--disable").exit_code == 0
    assert run("bridge", "list").stdout.splitlines()[1].endswith("disabled")
    assert run("bridge", "set", "Bridge One", "--enable").exit_code == 0
    assert run("bridge", "list").stdout.splitlines()[1].endswith("ready")


def test_an_alternate_address_is_kept_with_a_login_of_its_own(run, bridge, tmp_path):
    with Simulator(username="backup", password="other-pass") as other:
        peer = Peer("bridge2", other.url, "example.com")
        with Simulator(username="api", password="bridge-pass", cluster=[peer]) as main:
            add(run, main.url)
            options = ["--alternate-url", other.url, "--alternate-username", "backup"]
            wrong = run("bridge", "set", "Bridge One", *options, "--alternate-password-stdin", stdin="no\n")
            assert wrong.exit_code == 1
            assert "refused the user name or password" in wrong.stderr
            result = run(
                "bridge", "set", "Bridge One", *options, "--alternate-password-stdin", stdin="other-pass\n"
            )
            assert result.exit_code == 0, result.output
            assert "none of the call bridges" not in result.stderr
            [shown] = json.loads(run("bridge", "status", "--json").stdout)
            assert [entry["url"] for entry in shown["addresses"]] == [main.url, other.url]
            assert shown["address_in_use"] == "main"
            assert other.url in [node["address"] for node in shown["cluster"]]
            assert run("bridge", "set", "Bridge One", "--alternate-url", bridge.url).exit_code == 1
            run("bridge", "set", "Bridge One", "--alternate-url", "")
            [shown] = json.loads(run("bridge", "status", "--json").stdout)
            assert [entry["url"] for entry in shown["addresses"]] == [main.url]
    assert b"other-pass" not in (tmp_path / "tmsba.db").read_bytes()


def test_tickets_follow_a_bridge_to_its_new_name(run, bridge):
    bridge.stop()
    add(run, bridge.url)
    run("bridge", "set", "Bridge One", "--name", "Core")
    assert "bridge Core" in run("ticket", "list").stdout
    assert "bridge Bridge One" not in run("ticket", "list").stdout


def test_the_status_shows_what_the_last_look_found(run, bridge, tmp_path):
    add(run, bridge.url)
    assert "not looked at yet" in run("bridge", "status").stdout
    store = create_store(f"sqlite:///{tmp_path}/tmsba.db")
    checks = SqlHealthChecks(store)
    now = datetime(2027, 1, 4, 12, tzinfo=UTC)
    report = BridgeReport(
        software_version="3.4",
        uptime=timedelta(days=4, hours=22, minutes=9, seconds=44),
        call_legs_active=1,
        call_legs_max_active=3,
        call_legs_completed=7,
        video_bit_rate_outgoing_bps=2_000_000,
        video_bit_rate_incoming_bps=5_000,
        media_processing_load=120,
        load_limit=4000,
        participant_limit=450,
        alarms=(BridgeAlarm(kind="recorderUnavailable", reason="connectFailure"),),
    )
    [health] = checks.claim("test", now, now + timedelta(minutes=1), 9)
    checks.finish(health.after_success(report, now), "test", now)
    store.dispose()

    shown = run("bridge", "status", "Bridge One").stdout
    for words in (
        "reachable since 2027-01-04 12:00:00 UTC",
        "4 d 22:09:44",
        "1 active, 3 most, 7 completed",
        "2000 kbit/s out, 5 kbit/s in",
        "recorderUnavailable connectFailure",
        "120 of 4000",
        "450 participants, by its own configuration",
    ):
        assert words in shown
    [values] = json.loads(run("bridge", "status", "--json").stdout)
    [address] = values["addresses"]
    assert (address["is_reachable"], address["software_version"], address["uptime_seconds"]) == (
        True,
        "3.4",
        425_384,
    )
    assert run("bridge", "status", "Nowhere").exit_code == 1


def most_participants(run):
    return run("bridge", "list").stdout.splitlines()[1].split("\t")[5]


def test_a_bridge_can_be_limited_to_so_many_participants(run, bridge):
    add(run, bridge.url, "--max-participants", "450")
    assert most_participants(run) == "450"
    assert run("bridge", "set", "Bridge One", "--max-participants", "30").exit_code == 0
    assert most_participants(run) == "30"
    assert run("bridge", "set", "Bridge One", "--max-participants", "0").exit_code == 0
    assert most_participants(run) == "any"


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        (["Nowhere", "--max-participants", "3"], 1, "There is no bridge called 'Nowhere'"),
        (["Bridge One"], 2, "Give at least one option"),
        (["Bridge One", "--max-participants", "-1"], 2, "--max-participants"),
        (["Bridge One", "--max-participants", "many"], 2, "--max-participants"),
    ],
)
def test_a_limit_that_cannot_be_set_is_refused(run, bridge, arguments, exit_code, words):
    add(run, bridge.url)
    result = run("bridge", "set", *arguments)
    assert (result.exit_code, most_participants(run)) == (exit_code, "any")
    assert words in result.stderr


def test_a_bridge_that_lost_its_spaces_is_prepared_again(run, bridge):
    add(run, bridge.url)
    for space in list(bridge.bridge.spaces):
        bridge.bridge.remove_space(space)

    result = run("bridge", "prepare", "Bridge One")

    assert result.exit_code == 0, result.output
    assert len(bridge.bridge.spaces) == 5


def test_a_bridge_that_cannot_be_prepared_now_ends_the_command_with_1(run, bridge):
    add(run, bridge.url)
    bridge.stop()
    assert run("bridge", "prepare", "Bridge One").exit_code == 1


def test_an_unknown_bridge_cannot_be_prepared(run):
    result = run("bridge", "prepare", "Nowhere")
    assert result.exit_code == 1
    assert "There is no bridge called 'Nowhere'" in result.stderr


def test_closed_tickets_are_listed_on_request(run, bridge):
    add(run, bridge.url)
    assert run("ticket", "list").stdout.count("\n") == 1
    assert run("ticket", "list", "--all").exit_code == 0


@pytest.mark.parametrize(("name", "is_same_url"), [("Bridge One", False), ("Bridge Two", True)])
def test_a_name_or_address_that_is_taken_is_refused(run, bridge, name, is_same_url):
    add(run, bridge.url)
    result = add(run, bridge.url if is_same_url else "https://other.example.com", name=name)
    assert result.exit_code == 1
    assert "already" in result.stderr


@pytest.mark.parametrize(
    ("url", "changes", "words"),
    [
        ("ftp://cms.example.com", {}, "must begin with https://"),
        ("https://cms.example.com", {"domain": "a b"}, "'a b' is no SIP domain"),
        ("https://cms.example.com", {"password": ""}, "The password on standard input is blank"),
        (
            "https://cms.example.com",
            {"numbers": ["--numeric-id-base", "0", "--numeric-id-quantity", "5"]},
            "check --numeric-id-base",
        ),
        (
            "https://cms.example.com",
            {"numbers": ["--numeric-id-base", "1", "--numeric-id-quantity", "0"]},
            "--numeric-id-quantity together",
        ),
    ],
)
def test_bad_values_are_refused_in_a_sentence(run, url, changes, words):
    result = add(run, url, **changes)
    assert result.exit_code == 1
    assert words in result.stderr
    assert run("bridge", "list").stdout.count("\n") == 1


def test_a_web_bridge_can_be_a_whole_link(run, bridge):
    link = "https://join.example.com/other?id={number}&s={secret}"
    assert add(run, bridge.url, "--web-bridge", link).exit_code == 0
    assert link in run("bridge", "list").stdout


@pytest.mark.parametrize(
    "web_bridge",
    [
        "join.example.com",
        "https://",
        "https://{number}",
        "https://join.example.com/{id}",
        "https://join.example.com/{number}{password}",
        "https://join.example.com/?s={secret}",
    ],
)
def test_a_web_bridge_that_is_no_address_is_refused(run, web_bridge):
    result = add(run, "https://cms.example.com", "--web-bridge", web_bridge)
    assert result.exit_code == 1
    assert "https://join.example.com" in result.stderr
