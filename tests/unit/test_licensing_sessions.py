import uuid
from datetime import timedelta

import pytest
from fakes import MINUTE, NOW, create_caller, create_client, create_user

from tmsba.domain.errors import ClientSessionBlank, UnknownError
from tmsba.domain.licensing.sessions import ACTIVE, GRACE, new_session, session_id_of

SECOND = timedelta(seconds=1)
CALLER = create_caller(create_user(3), address="192.0.2.7")


@pytest.mark.parametrize("version", [0, 1, 12])
@pytest.mark.parametrize("session_id", ["", "mine"])
def test_clients_too_old_for_sessions_are_told_by_user_and_address(version, session_id):
    assert session_id_of(create_client(version, session_id), CALLER) == "user 3 at 192.0.2.7"


@pytest.mark.parametrize("version", [13, 23])
def test_newer_clients_bring_an_id(version):
    assert session_id_of(create_client(version, " mine "), CALLER) == "mine"


@pytest.mark.parametrize("version", [13, 23])
@pytest.mark.parametrize("session_id", ["", "  "])
def test_a_blank_session_gets_a_fresh_suggestion(version, session_id):
    suggested = set()
    for _ in range(2):
        with pytest.raises(ClientSessionBlank) as caught:
            session_id_of(create_client(version, session_id), CALLER)
        suggested.add(uuid.UUID(caught.value.suggested_session))
    assert len(suggested) == 2


def test_an_id_that_cannot_be_stored_is_refused():
    assert session_id_of(create_client(23, "x" * 255), CALLER) == "x" * 255
    with pytest.raises(UnknownError, match="has 256 characters and may have 255"):
        session_id_of(create_client(23, "x" * 256), CALLER)


@pytest.mark.parametrize(
    ("age", "is_renewed", "is_over"),
    [
        (timedelta(), False, False),
        (47 * MINUTE - SECOND, False, False),
        (47 * MINUTE, True, False),
        (64 * MINUTE - SECOND, True, False),
        (64 * MINUTE, False, True),
        (64 * MINUTE + SECOND, False, True),
    ],
)
def test_a_session_is_renewed_after_47_minutes_and_over_after_64(age, is_renewed, is_over):
    assert (ACTIVE, GRACE) == (47 * MINUTE, 17 * MINUTE)
    session = new_session("mine", CALLER, NOW)
    assert session.needs_renewal(NOW + age) is is_renewed
    assert session.is_over(NOW + age) is is_over


def test_use_makes_only_sessions_longer_that_cannot_be_renewed():
    session = new_session("mine", CALLER, NOW)
    later = NOW + 40 * MINUTE
    newer, older = session.used(create_client(13, "mine"), later), session.used(create_client(12), later)
    assert (newer.last_used_at, newer.expires_at) == (later, NOW + 64 * MINUTE)
    assert (older.last_used_at, older.expires_at) == (later, later + 64 * MINUTE)


def test_the_id_that_replaces_a_session_is_a_guid_of_its_own():
    successors = {uuid.UUID(new_session("mine", CALLER, NOW).successor_id) for _ in range(2)}
    assert len(successors) == 2
