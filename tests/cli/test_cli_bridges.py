import pytest

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
        "ready",
    ]
    assert b"bridge-pass" not in (tmp_path / "tmsba.db").read_bytes()
    assert (tmp_path / "tmsba.db.key").exists()


def test_a_bridge_that_cannot_be_reached_stays_registered_with_a_ticket(run, bridge):
    bridge.stop()

    result = add(run, bridge.url)

    assert result.exit_code == 0
    assert "stays registered" in result.stderr
    assert "Ticket 1 was opened: " in result.stderr
    assert "an unreachable bridge is tried again" in result.stderr
    assert "not set up yet" in run("bridge", "list").stdout
    assert "bridge Bridge One" in run("ticket", "list").stdout


def test_a_bridge_that_refuses_the_password_stays_registered_with_a_ticket(run, bridge):
    result = add(run, bridge.url, password="wrong")

    assert result.exit_code == 0
    assert "Ticket 1 was opened: " in result.stderr
    assert "wrong" not in result.stderr


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
        (["Bridge One"], 2, "--max-participants"),
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
        ("https://cms.example.com", {"name": " "}, "The name of the bridge is blank"),
        ("https://cms.example.com", {"password": ""}, "The password on standard input is blank"),
        (
            "https://cms.example.com",
            {"numbers": ["--numeric-id-base", "0", "--numeric-id-quantity", "5"]},
            "check --numeric-id-base",
        ),
        (
            "https://cms.example.com",
            {"numbers": ["--numeric-id-base", "1", "--numeric-id-quantity", "0"]},
            "check --numeric-id-base",
        ),
    ],
)
def test_bad_values_are_refused_in_a_sentence(run, url, changes, words):
    result = add(run, url, **changes)
    assert result.exit_code == 1
    assert words in result.stderr
    assert run("bridge", "list").stdout.count("\n") == 1


def test_a_web_bridge_that_is_no_address_is_refused(run):
    result = add(run, "https://cms.example.com", "--web-bridge", "join.example.com")
    assert result.exit_code == 1
    assert "https://join.example.com" in result.stderr
