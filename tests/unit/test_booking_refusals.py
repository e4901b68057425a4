"""Refusals in the audit log, however many there are."""

from datetime import timedelta

import pytest
from fakes import NOW, create_caller, create_user

from tmsba.booking.clients.refusals import MOST_KINDS, WINDOW, RefusalLog
from tmsba.domain import errors

SECOND = timedelta(seconds=1)


@pytest.fixture
def log(world):
    return RefusalLog(world.store, world.clock)


def rows(world):
    return [
        (one.who, one.origin, one.action.value, one.subject, one.count)
        for one in world.store.state.audit.values()
    ]


@pytest.mark.parametrize(
    "error", [errors.PermissionMissing, errors.NoAccessToConference, errors.SystemNotAllowed]
)
def test_a_refusal_tells_who_wanted_what_from_where(world, log, error):
    log.refused(world.caller, "SaveConference", error("Not for {user}.", user="user1"))
    assert rows(world) == [("user1", "192.0.2.7", "access.refused", "SaveConference", 1)]
    [entry] = world.store.state.audit.values()
    assert (entry.at, entry.detail) == (NOW, f"{error.name}: Not for user1.")


def test_other_errors_are_no_refusals(world, log):
    log.refused(world.caller, "SaveConference", errors.ConferenceNotFound())
    assert rows(world) == []


def test_a_storm_of_refusals_is_a_few_rows(world, log):
    for _ in range(2500):
        log.refused(world.caller, "GetConferenceById", errors.NoAccessToConference())
        world.clock.advance(SECOND / 100)
    assert [row[-1] for row in rows(world)] == [1, 10, 100, 1000]


def test_after_a_minute_it_is_counted_anew(world, log):
    for _ in range(3):
        log.login_failed("joe", "192.0.2.9")
    world.clock.advance(WINDOW)
    log.login_failed("joe", "192.0.2.9")
    assert rows(world) == [("joe", "192.0.2.9", "login.failed", "log-in", 1)] * 2


def test_refusals_of_different_kinds_are_told_apart(world, log):
    log.login_failed("joe", "192.0.2.9")
    log.login_failed("ann", "192.0.2.9")
    log.login_failed("joe", "192.0.2.8")
    log.refused(world.caller, "SaveConference", errors.PermissionMissing())
    log.refused(world.caller, "SaveConference", errors.SystemNotAllowed())
    log.refused(world.other, "SaveConference", errors.PermissionMissing())
    assert len(rows(world)) == 6


def test_too_many_kinds_share_one_count(world, log):
    for number in range(5000):
        log.login_failed(f"guess {number}", "192.0.2.9")
    written = rows(world)
    assert len(written) == MOST_KINDS + 4
    assert [row[-1] for row in written[-4:]] == [1, 10, 100, 1000]
    [last] = list(world.store.state.audit.values())[-1:]
    assert "and others" in last.detail
    world.clock.advance(WINDOW)
    log.login_failed("guess again", "192.0.2.9")
    assert rows(world)[-1][0] == "guess again"


def test_a_log_that_cannot_be_written_harms_nobody(world, log, logs):
    world.store.failing_begins = [errors.DatabaseDown("down")]
    log.refused(create_caller(create_user(7)), "SaveConference", errors.PermissionMissing())
    assert rows(world) == []
    [entry] = [one for one in logs if one["event"] == "audit.not_written"]
    assert entry["action"] == "access.refused"
