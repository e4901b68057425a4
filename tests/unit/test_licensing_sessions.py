import uuid

import pytest
from fakes import create_client

from tmsba.domain.errors import ClientSessionBlank
from tmsba.licensing.sessions import check_session


@pytest.mark.parametrize("version", [0, 1, 12])
@pytest.mark.parametrize("session_id", ["", "mine"])
def test_old_clients_are_never_asked_for_a_session(version, session_id):
    assert check_session(create_client(version, session_id)) is None


@pytest.mark.parametrize("version", [13, 23])
def test_newer_clients_bring_one(version):
    assert check_session(create_client(version, " mine ")) == "mine"


@pytest.mark.parametrize("version", [13, 23])
@pytest.mark.parametrize("session_id", ["", "  "])
def test_a_blank_session_gets_a_fresh_suggestion(version, session_id):
    suggested = set()
    for _ in range(2):
        with pytest.raises(ClientSessionBlank) as caught:
            check_session(create_client(version, session_id))
        suggested.add(uuid.UUID(caught.value.suggested_session))
    assert len(suggested) == 2
