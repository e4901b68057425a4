"""Simulated bridges, started and ordered about from the command line."""

import json

import pytest

from tmsba.simulator import SimulatedCluster, Simulator, make_certificate

LOGIN = ("--username", "api", "--password", "bridge-pass")


@pytest.fixture
def cluster():
    with SimulatedCluster(2, username="api", password="bridge-pass") as cluster:
        yield cluster


@pytest.fixture
def ask(run_without_tables):
    def ask(*arguments):
        return run_without_tables("simulate-cms", *LOGIN, *arguments)

    return ask


def test_what_is_ordered_is_in_force_until_it_is_cleared(ask, bridge):
    assert ask("order", bridge.url, "fault", "status=503", "seconds=60", "path=/calls").output == ""
    assert bridge.faults.take("GET", "/api/v1/calls").status == 503
    [shown] = json.loads(ask("show", bridge.url, "faults").output)
    assert (shown["status"], shown["path"]) == ("503", "/calls")
    assert ask("clear", bridge.url, "faults").exit_code == 0
    assert bridge.faults.take("GET", "/api/v1/calls") is None


def test_an_order_tells_what_it_made(ask, bridge):
    made = json.loads(ask("order", bridge.url, "alarm", "type=databaseConnectionError").output)
    [shown] = json.loads(ask("show", bridge.url, "alarms").output)
    assert shown["id"] == made["id"]


def test_another_node_of_the_cluster_can_be_ordered_about(ask, cluster):
    first, second = cluster.nodes
    ask("order", first.url, "licence", "feature=recording", "status=noLicense", "--node", "bridge2")
    assert not second.bridge.licences.allows("recording")
    assert first.bridge.licences.allows("recording")
    names = [node["name"] for node in json.loads(ask("show", first.url, "nodes").output)]
    assert names == ["bridge1", "bridge2"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["party", "pattern=*", "outcome=sings"], "outcome must be one of"),
        (["fault", "status"], "'status' is not KEY=VALUE."),
        (["node", "do=kill", "--node", "bridge7"], "there is no node bridge7; there are bridge1."),
    ],
)
def test_an_order_that_makes_no_sense_is_explained(ask, bridge, arguments, message):
    result = ask("order", bridge.url, *arguments)
    assert result.exit_code == 1
    assert message in result.output


def test_a_wrong_password_and_a_wrong_address_are_explained(run_without_tables, bridge):
    result = run_without_tables("simulate-cms", "show", bridge.url, "nodes")
    assert (result.exit_code, result.output) == (
        1,
        "Error: The simulator does not know this username and password.\n",
    )
    result = run_without_tables("simulate-cms", "show", "http://127.0.0.1:1", "nodes")
    assert result.output.startswith("Error: The simulator at http://127.0.0.1:1 does not answer:")


def test_a_bridge_over_tls_is_ordered_about_by_its_fingerprint(run_without_tables):
    certificate = make_certificate("127.0.0.1")
    with Simulator(username="api", password="bridge-pass", certificate=certificate) as bridge:
        asked = ("show", bridge.url, "nodes")
        pinned = run_without_tables("simulate-cms", *LOGIN, "--fingerprint", certificate.fingerprint, *asked)
        unpinned = run_without_tables("simulate-cms", *LOGIN, *asked)
    assert [node["name"] for node in json.loads(pinned.output)] == ["bridge1"]
    assert unpinned.exit_code == 1
    assert "does not answer" in unpinned.output


def test_a_bridge_over_tls_is_registered_with_its_fingerprint(run):
    certificate = make_certificate("127.0.0.1")
    numbers = ("--numeric-id-base", "100", "--numeric-id-quantity", "2")
    login = {"username": "api", "password": "bridge-pass"}
    with Simulator(**login, domain="example.com", certificate=certificate) as bridge:
        result = run(
            *("bridge", "add", bridge.url, "--name", "Bridge One", "--username", "api", "--password-stdin"),
            *("--domain", "example.com", *numbers, "--fingerprint", certificate.fingerprint),
            stdin="bridge-pass\n",
        )
    assert result.exit_code == 0, result.output
    assert "Bridge One is ready: numbers 100 to 101." in result.stdout
    assert "Warning" not in result.stderr


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ("dance", "begin with one of alarm, fault, licence, party"),
        ("fault status=900", "status must be a number from 200 to 599"),
        ("fault 'status", "begin with one of"),
    ],
)
def test_an_order_at_the_start_that_makes_no_sense_starts_nothing(run_without_tables, order, message):
    result = run_without_tables("simulate-cms", "--port", "0", "--order", order)
    assert result.exit_code == 1
    assert message in result.output


def test_a_cluster_needs_room_for_its_ports(run_without_tables):
    result = run_without_tables("simulate-cms", "--port", "65534", "--cluster", "3")
    assert result.output == "Error: A cluster of 3 needs the ports 65534 to 65536: choose lower ones.\n"


def test_everything_that_can_be_ordered_can_be_ordered_from_here():
    from tmsba.cli import simulating
    from tmsba.simulator import orders

    assert set(simulating._ORDERED) == set(orders.RESOURCES)
