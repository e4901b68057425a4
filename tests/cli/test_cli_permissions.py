"""``tmsba group``, ``tmsba user group``, ``tmsba system allow``, ``tmsba conference``, ``tmsba audit``."""

from datetime import timedelta

import pytest
from test_cli_commands import rows, stored

from tmsba.app import build_booking, build_store, utc_now
from tmsba.config import Config
from tmsba.domain.conference.request import ConferenceRequest, RequestedParticipant
from tmsba.domain.licensing.sessions import Client
from tmsba.domain.people.audit import AuditFilter
from tmsba.domain.people.users import BUILT_IN_GROUPS, SITE_ADMINISTRATOR, USERS, Permission
from tmsba.domain.time.times import whole_seconds
from tmsba.domain.values import BookingMode, ConferenceStatus, ParticipantKind


@pytest.fixture
def people(run):
    """Joe and Ann, and the system 7."""
    for name, groups in (("joe", []), ("CORP\\ann", ["--group", SITE_ADMINISTRATOR])):
        assert run("user", "add", name, "--password-stdin", *groups, stdin="pw\n").exit_code == 0
    assert run("system", "add", "Board", "--id", "7").exit_code == 0
    return run


def groups_of(name):
    return stored(lambda uow: uow.users.account(name)).groups


def audited():
    entries = stored(lambda uow: uow.audit.find(AuditFilter(), limit=100))
    return [(one.action.value, one.subject, one.detail) for one in entries]


def test_the_groups_of_a_new_server_give_what_the_documents_say(run):
    listed = {row[0]: row[1:] for row in rows(run("group", "list").stdout)}
    assert listed == {
        "Site Administrator": [
            "Yes",
            "No",
            "book, book-on-behalf-of, update, approve-meeting, read-all-conferences",
        ],
        "Users": ["Yes", "Yes", "book, update, approve-meeting, read-all-conferences"],
        "Video Unit Administrator": ["Yes", "No", "book, update, approve-meeting, read-all-conferences"],
    }
    assert {one.name: one.permissions for one in stored(lambda uow: uow.groups.all())} == BUILT_IN_GROUPS


def test_a_group_is_added_changed_and_removed(people):
    added = people("group", "add", "Helpers", "--permission", "book", "--permission", "book-on-behalf-of")
    assert added.stdout == "Helpers: book, book-on-behalf-of.\n"
    changed = people("group", "set", "helpers", "--give", "update", "--take", "book")
    assert changed.stdout == "Helpers: book-on-behalf-of, update.\n"
    assert people("user", "group", "add", "joe", "helpers").stdout == "joe is now in Helpers, Users.\n"
    account = stored(lambda uow: uow.users.account("joe"))
    assert account.permissions == BUILT_IN_GROUPS[USERS] | {Permission.BOOK_ON_BEHALF_OF}
    assert people("group", "remove", "Helpers").stdout == "Removed Helpers, which had 1 members.\n"
    assert groups_of("joe") == {USERS}
    assert [one[:2] for one in audited()[:4]] == [
        ("group.removed", "group Helpers"),
        ("user.changed", "joe"),
        ("group.changed", "group Helpers"),
        ("group.added", "group Helpers"),
    ]


def test_new_users_join_the_default_groups(run):
    assert run("group", "add", "Everyone", "--default").stdout == (
        "Everyone: no permissions; new users join it.\n"
    )
    run("user", "add", "joe", "--password-stdin", stdin="pw\n")
    assert groups_of("joe") == {USERS, "Everyone"}
    assert run("group", "set", "Everyone", "--no-default").exit_code == 0
    run("user", "add", "ann", "--password-stdin", stdin="pw\n")
    assert groups_of("ann") == {USERS}


def test_a_user_joins_and_leaves_a_group(people):
    people("user", "group", "add", "joe", "Video Unit Administrator")
    assert groups_of("joe") == {USERS, "Video Unit Administrator"}
    people("user", "group", "remove", "joe", "Video Unit Administrator")
    assert groups_of("joe") == {USERS}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["group", "add", "users"], "a group named users already"),
        (["group", "add", " "], "needs a name of 1 to 100 characters"),
        (["group", "add", "A\tB"], "needs a name of 1 to 100 characters"),
        (["group", "set", "Wizards", "--give", "book"], "There is no group 'Wizards'"),
        (["group", "set", "Users", "--no-default"], "Everybody is in Users"),
        (["group", "remove", "Users"], "Users is built in"),
        (["group", "remove", "video unit administrator"], "is built in"),
        (["group", "remove", "Site Administrator"], "is built in"),
        (["user", "group", "remove", "joe", "Users"], "Everybody is in Users"),
        (["user", "group", "add", "nobody", "Users"], "There is no user 'nobody'"),
        (["user", "group", "add", "joe", "Wizards"], "There is no group 'Wizards'"),
        (["user", "disable", "nobody"], "There is no user 'nobody'"),
        (["system", "allow", "8", "joe"], "There is no system with id 8"),
        (["system", "allow", "7", "nobody"], "There is no user 'nobody'"),
        (["system", "allow", "7"], "Name the users"),
        (["system", "allow", "7", "joe", "--everybody"], "Name the users"),
        (["conference", "approve", "1", "--by", "nobody"], "There is no user 'nobody'"),
        (["conference", "approve", "1", "--by", "ann"], "There is no conference with id 1"),
        (["conference", "connect", "1", "--by", "ann"], "There is no conference with id 1"),
        (["conference", "connect", "1", "--by", "nobody"], "There is no user 'nobody'"),
        (["conference", "extend", "1", "--by", "ann"], "There is no conference with id 1"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence_and_changes_nothing(people, arguments, words):
    before = audited()
    result = people(*arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
    assert audited() == before


def test_a_disabled_user_is_shown_as_such(people):
    assert people("user", "disable", "CORP\\joe").stdout == "joe: disabled.\n"
    assert not stored(lambda uow: uow.users.account("joe")).is_enabled
    assert rows(people("user", "list").stdout)[0][-1] == "disabled"
    people("user", "enable", "joe")
    assert stored(lambda uow: uow.users.account("joe")).is_enabled


def test_a_system_is_for_those_who_are_listed(people):
    assert people("system", "allow", "7", "joe").stdout == "Board (id 7) is now booked by joe.\n"
    assert people("system", "allow", "7", "ann").stdout == "Board (id 7) is now booked by joe, CORP\\ann.\n"
    assert rows(people("system", "list").stdout)[0][-2] == "joe, CORP\\ann"
    assert people("system", "disallow", "7", "joe").stdout == "Board (id 7) is now booked by CORP\\ann.\n"
    last = people("system", "disallow", "7", "ann")
    assert (last.exit_code, last.stderr.split(",")[0]) == (
        1,
        "Error: Nobody would be left on the list of system 7",
    )
    assert (
        people("system", "allow", "7", "--everybody").stdout == "Board (id 7) is now booked by everybody.\n"
    )
    assert (
        people("system", "set", "7", "--allow-bookings", "No").stdout
        == "Board (id 7) is now booked by nobody.\n"
    )
    assert audited()[0] == ("system.changed", "system 7", "booked by nobody")


# ---------------------------------------------------------------- meeting requests


def request_of_joe(title="Wanted"):
    """A request that Joe makes while Users may not approve."""
    store = build_store(Config())
    try:
        with store.reading() as uow:
            caller = uow.users.account("joe").caller("192.0.2.7")
        start = whole_seconds(utc_now()) + timedelta(hours=1)
        room = RequestedParticipant(id=7, kind=ParticipantKind.SYSTEM)
        request = ConferenceRequest(
            start=start, end=start + timedelta(hours=1), title=title, participants=(room,)
        )
        view = build_booking(Config(), store).save_conference(caller, Client(), request, BookingMode.STRICT)
        return view.conference.id
    finally:
        store.dispose()


def status_of(number):
    return stored(lambda uow: uow.conferences.get(number)).status(utc_now())


@pytest.fixture
def requests(people):
    people("licence", "add", "application-integration")
    people("group", "set", "Users", "--take", "approve-meeting")
    return people


def test_requests_are_listed_approved_and_rejected(requests):
    first, second = request_of_joe("First"), request_of_joe("Second")
    listed = rows(requests("conference", "requests").stdout)
    assert [(row[0], *row[3:]) for row in listed] == [
        (str(first), "First", "joe", "No"),
        (str(second), "Second", "joe", "No"),
    ]
    approved = requests("conference", "approve", str(first), "--by", "ann")
    assert approved.stdout == f"Conference {first} is approved and booked.\n"
    assert status_of(first) is ConferenceStatus.PENDING
    clash = requests("conference", "approve", str(second), "--by", "ann")
    assert clash.exit_code == 1
    assert "already booked" in clash.stderr
    assert status_of(second) is ConferenceStatus.MEETING_REQUEST
    assert requests("conference", "reject", str(second), "--by", "ann").exit_code == 0
    assert status_of(second) is ConferenceStatus.REJECTED
    assert rows(requests("conference", "requests").stdout) == []
    assert [one[:2] for one in audited()[:2]] == [
        ("conference.rejected", f"conference {second}"),
        ("conference.approved", f"conference {first}"),
    ]


def test_only_who_may_approve_decides(requests):
    number = request_of_joe()
    refused = requests("conference", "approve", str(number), "--by", "joe")
    assert refused.exit_code == 1
    assert "Approve Meeting" in refused.stderr
    assert status_of(number) is ConferenceStatus.MEETING_REQUEST


def test_a_client_session_that_is_ended_is_in_the_audit_log(requests):
    request_of_joe()
    [number] = [row[1] for row in rows(requests("sessions", "list").stdout)]
    assert requests("sessions", "end", number).exit_code == 0
    assert audited()[0] == ("session.ended", f"client session {number}", "")
    assert requests("sessions", "end", number).exit_code == 1
    assert [one[0] for one in audited()].count("session.ended") == 1


def test_a_system_is_changed_in_what_is_said_only(people):
    assert people("system", "set", "7").exit_code == 2
    people("licence", "add", "exchange")
    people("system", "set", "7", "--allow-remote-bookings", "yes", "--allow-bookings", "no")
    board = stored(lambda uow: uow.systems.get(7))
    assert (board.is_remote_booking_allowed, board.is_booking_allowed) == (True, False)
    people("system", "set", "7", "--allow-bookings", "Yes")
    board = stored(lambda uow: uow.systems.get(7))
    assert (board.is_remote_booking_allowed, board.is_booking_allowed) == (True, True)


# ---------------------------------------------------------------- the audit log


def test_changes_of_every_kind_are_in_the_audit_log(people):
    people("settings", "set", "pin-length", "6")
    people("licence", "add", "exchange", "--count", "2")
    people("licence", "remove", "exchange")
    assert people("system", "set", "7", "--allow-remote-bookings", "Yes").exit_code == 0
    assert audited() == [
        ("system.changed", "system 7", "Allow Remote Bookings Yes"),
        ("option-key.changed", "exchange", "1 fewer"),
        ("option-key.changed", "exchange", "2 more"),
        ("setting.changed", "pin-length", "now 6"),
        ("system.added", "system 7", "Board"),
        ("user.added", "CORP\\ann", "in Site Administrator, Users"),
        ("user.added", "joe", "in Users"),
    ]


def test_a_registered_bridge_is_in_the_audit_log_without_its_password(run, bridge):
    options = ["--name", "One", "--username", "api", "--password-stdin", "--domain", "example.com"]
    numbers = ["--numeric-id-base", "1", "--numeric-id-quantity", "2"]
    assert run("bridge", "add", bridge.url, *options, *numbers, stdin="bridge-pass\n").exit_code == 0
    [(action, subject, detail)] = audited()
    assert (action, subject) == ("bridge.added", "bridge One")
    assert "bridge-pass" not in detail
    login = ["--username", "other", "--password-stdin"]
    assert run("bridge", "set", "One", "--max-participants", "9").exit_code == 0
    run("bridge", "set", "One", *login, stdin="other-pass\n")
    run("bridge", "prepare", "One")
    assert [entry for entry in audited()[:-1] if entry[0] != "bridge.changed"] == [
        ("bridge.prepared", "bridge One", "")
    ]
    assert ("bridge.changed", "bridge One", "max-participants") in audited()
    assert not any("pass" in detail.replace("password-stdin", "") for _, _, detail in audited())


def test_the_audit_log_is_listed_by_what_is_asked_for(people):
    people("settings", "set", "pin-length", "6")
    listed = rows(people("audit", "list").stdout)
    assert len(listed) == 4
    assert listed[0][3:] == ["setting.changed", "pin-length", "now 6", "1"]
    assert listed[0][2].startswith("command line on ")
    assert len(rows(people("audit", "list", "--limit", "2").stdout)) == 2
    assert len(rows(people("audit", "list", "--action", "user.added").stdout)) == 2
    assert [row[4] for row in rows(people("audit", "list", "--subject", "ANN").stdout)] == ["CORP\\ann"]
    assert rows(people("audit", "list", "--who", "no such person").stdout) == []
    assert rows(people("audit", "list", "--until", "2020-01-01").stdout) == []
    assert len(rows(people("audit", "list", "--since", "2020-01-01 00:00").stdout)) == 4
    assert people("audit", "list", "--since", "yesterday").exit_code == 2


def test_old_entries_are_pruned_and_the_log_says_so(people):
    result = people("audit", "prune", "--older-than", "1")
    assert result.stdout.startswith("Deleted 0 entries from before ")
    assert [one[0] for one in audited()][:2] == ["audit.pruned", "system.added"]
    assert people("audit", "prune", "--older-than", "0").exit_code == 2
