"""``tmsba bridge clean`` and ``tmsba bridge move-conferences``, with a simulated bridge and a real store."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import text

from tmsba.cms import BridgeClient
from tmsba.domain.conference.conference import Conference, SpaceRoute
from tmsba.domain.conference.details import Details, Participant
from tmsba.domain.people.users import User
from tmsba.domain.time.times import Period
from tmsba.domain.values import ParticipantKind
from tmsba.simulator import Simulator
from tmsba.store import FernetSecretBox, SqlStore, create_store

NUMBERS = ["--numeric-id-base", "100", "--numeric-id-quantity", "5"]
TOMORROW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=1)


def add(run, url, name, domain="example.com"):
    options = ["--name", name, "--username", "api", "--password-stdin", "--domain", domain, *NUMBERS]
    assert run("bridge", "add", url, *options, stdin="bridge-pass\n").exit_code == 0


@pytest.fixture
def store(run, tmp_path) -> Iterator[SqlStore]:
    """The store that the commands work on."""
    opened = create_store(f"sqlite:///{tmp_path}/tmsba.db", secret_box=FernetSecretBox("not needed"))
    yield opened
    opened.dispose()


def rows(text):
    return [line.split("\t") for line in text.splitlines()]


def room(bridge, number):
    return next(space for space in bridge.bridge.spaces if space.values["callId"] == str(number))


# ---------------------------------------------------------------- clean


def test_a_bridge_is_cleaned_of_what_nobody_owns(run, bridge):
    add(run, bridge.url, "Core")
    space = room(bridge, 103)
    client = bridge_client(bridge)
    client.open_space(space.id, name="Left over", passcode="", secret="s")
    call = client.create_call(space.id)
    foreign = client_space(bridge, "Board", "5000")

    dry = run("bridge", "clean", "Core", "--dry-run")
    assert dry.exit_code == 0, dry.output
    host = bridge.url.removeprefix("http://")
    found = f"open and in call {call} without a conference"
    assert rows(dry.stdout) == [["Address", "Number", "Found", "Done"], [host, "103", found, "nothing"]]
    assert call in [one.id for one in client.calls()]

    cleaned = run("bridge", "clean", "Core")
    assert rows(cleaned.stdout)[1] == [host, "103", found, "closed"]
    assert client.calls() == []
    assert client.space(space.id).is_non_member_access_allowed is False
    assert client.space(foreign).is_non_member_access_allowed is not False
    assert run("bridge", "clean", "Core").stdout == "There is nothing to clean on Core.\n"
    audit = rows(run("audit", "list").stdout)
    assert audit[1][3:6] == ["bridge.cleaned", "bridge Core", "findings: 1"]
    client.close()


def lose_number(simulator, client, number):
    """Our space is removed by hand, and somebody's own gets its number, with a call."""
    client.delete_space(room(simulator, number).id)
    theirs = client_space(simulator, "Bob's room", str(number))
    return theirs, client.create_call(theirs)


def test_somebody_elses_space_with_one_of_our_numbers_is_left_alone(run, bridge, store, monkeypatch):
    monkeypatch.setenv("TMSBA_SMTP_HOST", "mail.example.com")
    monkeypatch.setenv("TMSBA_MAIL_SENDER", "tms@example.com")
    add(run, bridge.url, "Core")
    booked = book(store, "Weekly", 103)
    client = bridge_client(bridge)
    theirs, call = lose_number(bridge, client, 103)
    before = client.space(theirs)

    prepared = run("bridge", "prepare", "Core")
    assert prepared.exit_code == 0
    said = "Number 103 belongs to the space 'Bob's room' of an unknown owner, and is left alone."
    assert said in prepared.stderr
    assert said in run("ticket", "list").stdout

    cleaned = rows(run("bridge", "clean", "Core").stdout)
    assert [row[1:] for row in cleaned[2:]] == [
        ["103", f"conference {booked} is booked there", "has number 100 now"]
    ]
    with store.reading() as uow:
        assert uow.conferences.get(booked).route.join_uri == "100@example.com"
        mailed = uow.connection.execute(text("SELECT count(*) FROM outgoing_mail")).scalar_one()
        assert mailed == 1
    assert client.space(theirs) == before
    assert [one.id for one in client.calls()] == [call]

    client.delete_space(theirs)
    assert [row[1:] for row in rows(run("bridge", "clean", "Core").stdout)[1:]] == [
        ["103", "no space", "there again"]
    ]
    assert room(bridge, 103).values["name"] == "TMS_Scheduled_Meeting_103"
    assert said not in run("ticket", "list").stdout
    client.close()


def test_one_missing_space_is_made_while_people_are_in_another(run, bridge):
    add(run, bridge.url, "Core")
    client = bridge_client(bridge)
    kept = {number: room(bridge, number).id for number in (100, 101, 103, 104)}
    call = client.create_call(kept[100])
    client.delete_space(room(bridge, 102).id)
    assert run("bridge", "prepare", "Core").exit_code == 0
    assert {number: room(bridge, number).id for number in kept} == kept
    assert room(bridge, 102).values["callProfile"] == room(bridge, 100).values["callProfile"]
    assert [one.id for one in client.calls()] == [call]
    client.close()


def test_a_bridge_that_does_not_answer_cannot_be_cleaned(run, bridge):
    add(run, bridge.url, "Core")
    bridge.stop()
    result = run("bridge", "clean", "Core")
    assert result.exit_code == 1
    assert "could not be reached" in result.stderr


def bridge_client(simulator):
    return BridgeClient(simulator.url, "api", "bridge-pass")


def client_space(simulator, name, number):
    """A space that somebody made by hand."""
    form = {"name": name, "uri": number, "callId": number, "nonMemberAccess": "true"}
    url = f"{simulator.url}/api/v1/coSpaces"
    answer = httpx.post(url, data=form, auth=("api", "bridge-pass"), trust_env=False)
    return answer.headers["Location"].rpartition("/")[2]


# ---------------------------------------------------------------- move


@pytest.fixture
def second() -> Iterator[Simulator]:
    with Simulator(username="api", password="bridge-pass") as simulator:
        yield simulator


def book(store, title, number, hour=0):
    """A conference tomorrow on the first bridge."""
    with store.writing() as uow:
        owner = uow.users.by_name("ann") or uow.users.add(
            User(id=0, name="ann", email="ann@example.com"), "hash", ["Users"]
        )
        space = next(one for one in uow.bridges.spaces(1) if one.number == number)
        start = TOMORROW + timedelta(hours=hour)
        added = uow.conferences.add(
            Conference(
                id=0,
                owner_id=owner.id,
                created_by_id=owner.id,
                period=Period(start, start + timedelta(hours=1)),
                details=Details(title=title),
                participants=(Participant(id=1, kind=ParticipantKind.SIP_VIDEO_IN),),
                route=SpaceRoute(
                    bridge_id=1,
                    space_id=space.id,
                    number=number,
                    join_uri=f"{number}@example.com",
                    secret="s",
                ),
            )
        )
        uow.commit()
    return added.id


def test_conferences_leave_a_bridge_that_is_disabled(run, bridge, second, store, monkeypatch):
    monkeypatch.setenv("TMSBA_SMTP_HOST", "mail.example.com")
    monkeypatch.setenv("TMSBA_MAIL_SENDER", "tms@example.com")
    add(run, bridge.url, "Old")
    add(run, second.url, "New", domain="new.example.com")
    first = book(store, "Weekly", 100)
    book(store, "Monthly", 101, hour=2)

    disabled = run("bridge", "set", "Old", "--disable")
    assert "Conferences to come that are booked on it: 2." in disabled.stdout
    assert "conferences to come are booked on it: 2." in run("ticket", "list").stdout

    planned = run("bridge", "move-conferences", "Old")
    assert planned.exit_code == 0, planned.output
    start = f"{TOMORROW:%Y-%m-%d %H:%M} UTC"
    line = [str(first), start, "Weekly", "100@example.com", "100@new.example.com (New)"]
    assert rows(planned.stdout)[:2] == [["Conference", "Start", "Title", "From", "To"], line]
    assert "Nothing was changed; --yes does it. Going: 2, of these with another address: 2." in planned.stdout
    with store.reading() as uow:
        assert uow.conferences.get(first).route.bridge_id == 1

    moved = run("bridge", "move-conferences", "Old", "--to", "New", "--yes")
    assert "Moved. Going: 2, of these with another address: 2. Staying: 0." in moved.stdout
    with store.reading() as uow:
        conference = uow.conferences.get(first)
        log = uow.transactions.since(0, limit=10).transactions
    assert (conference.route.bridge_id, conference.route.number, conference.version) == (2, 100, 2)
    assert [one.conference_id for one in log] == [first, first + 1]
    with store.engine.connect() as connection:
        subjects = connection.execute(text("SELECT subject FROM outgoing_mail ORDER BY id")).scalars().all()
    assert subjects == ["New video address: Weekly", "New video address: Monthly"]
    assert "conferences to come" not in run("ticket", "list").stdout
    assert "No conference to come is on Old." in run("bridge", "move-conferences", "Old").stdout


@pytest.mark.parametrize(("target", "words"), [("Old", "is to be left"), ("None", "no bridge called")])
def test_a_target_that_cannot_be_is_refused(run, bridge, target, words):
    add(run, bridge.url, "Old")
    result = run("bridge", "move-conferences", "Old", "--to", target, "--yes")
    assert result.exit_code == 1
    assert words in result.stderr


# ---------------------------------------------------------------- what if


def test_what_would_become_of_conferences_is_shown_and_nothing_is_changed(run, bridge, second, store):
    add(run, bridge.url, "Old")
    add(run, second.url, "New", domain="new.example.com")
    first = book(store, "Weekly", 100)
    later = book(store, "Monthly", 101, hour=2)
    with store.writing() as uow:
        uow.bridges.set_told(2, participants=0, is_balancing=False)
        uow.commit()

    nowhere = run("bridge", "what-if", "Old", "--remove")
    assert nowhere.exit_code == 0, nowhere.output
    assert (
        "Going: 0, of these with another address: 0. Without a place: 2. Not concerned: 0." in nowhere.stdout
    )
    line = rows(nowhere.stdout)[1]
    assert line[:2] + line[4:5] == [str(first), f"{TOMORROW:%Y-%m-%d %H:%M} UTC", "no place"]
    assert "takes up to 0 participants" in line[5]

    run("bridge", "set", "New", "--max-participants", "10")
    said = json.loads(run("bridge", "what-if", "Old", "--remove", "--json").stdout)
    assert said["totals"] == {
        "booked": 2,
        "going": 2,
        "going_by_bridge": {"New": 2},
        "with_another_address": 2,
        "without_a_place": 0,
        "not_concerned": 0,
    }
    assert [(one["conference_id"], one["to"]["join_uri"]) for one in said["conferences"]] == [
        (first, "100@new.example.com"),
        (later, "101@new.example.com"),
    ]
    assert (said["supposed"], said["conferences"][0]["from"]["bridge"]) == ("disabled", "Old")
    with store.reading() as uow:
        assert [uow.conferences.get(one).route.bridge_id for one in (first, later)] == [1, 1]
        assert all(one.is_enabled for one in uow.bridges.all())


def test_a_bridge_that_is_down_loses_only_what_starts_within_the_horizon(run, bridge, second, store):
    add(run, bridge.url, "Old")
    add(run, second.url, "New")
    first = book(store, "Weekly", 100)
    book(store, "Monthly", 101, hour=2)
    now = run("bridge", "what-if", "Old", "--down")
    assert now.stdout == (
        "Nothing was changed. Conferences to come on Old: 2. Going: 0, of these with another address: 0. "
        "Without a place: 0. Not concerned: 2.\n"
    )
    at = f"{TOMORROW - timedelta(minutes=30):%Y-%m-%d %H:%M}"
    soon = run("bridge", "what-if", "Old", "--down", "--at", at)
    assert [row[0] for row in rows(soon.stdout)[1:-1]] == [str(first)]
    assert "Going: 1 (1 to New), of these with another address: 0." in soon.stdout


def test_fewer_participants_send_away_what_was_booked_last(run, bridge, second, store):
    add(run, bridge.url, "Old")
    add(run, second.url, "New")
    book(store, "Weekly", 100)
    last = book(store, "Daily", 101)
    said = json.loads(run("bridge", "what-if", "Old", "--max-participants", "1", "--json").stdout)
    assert [one["conference_id"] for one in said["conferences"]] == [last]
    assert (said["supposed"], said["participant_limit"]) == ("full", 1)
    assert "takes up to" not in run("bridge", "what-if", "Old", "--max-participants", "0").stdout


@pytest.mark.parametrize("options", [[], ["--down", "--remove"], ["--remove", "--max-participants", "3"]])
def test_one_thing_at_a_time_is_supposed(run, bridge, options):
    add(run, bridge.url, "Old")
    result = run("bridge", "what-if", "Old", *options)
    assert result.exit_code == 2
    assert "Give one of --down, --remove and --max-participants" in result.stderr


def test_nothing_is_supposed_of_a_bridge_that_there_is_not(run):
    result = run("bridge", "what-if", "None", "--down")
    assert result.exit_code == 1
    assert "no bridge called" in result.stderr
