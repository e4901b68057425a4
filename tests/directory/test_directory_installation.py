"""A whole installation with a directory: who logs in, whom conferences belong to, and when it is down."""

from collections.abc import Iterator

import httpx
import pytest
from installation import BOOKING_PATH, PASSWORD, Installation, error_code, soon, start_bridge, wire_time
from ldap_server import BASE, SERVICE, SERVICE_PASSWORD, LdapServer
from ldap_server import PASSWORD as DIRECTORY_PASSWORD
from zeep.exceptions import Fault

from tmsba.domain.errors import ServerBusy


@pytest.fixture
def own_ldap(tmp_path_factory) -> Iterator[LdapServer]:
    """A directory that the test may stop."""
    server = LdapServer(tmp_path_factory.mktemp("own-ldap"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def installation(tmp_path, own_ldap) -> Iterator[Installation]:
    settings = {
        "TMSBA_LDAP_URL": own_ldap.url,
        "TMSBA_LDAP_CA_FILE": str(own_ldap.tls.certificate),
        "TMSBA_LDAP_BASE_DN": BASE,
        "TMSBA_LDAP_BIND_DN": SERVICE,
        "TMSBA_LDAP_BIND_PASSWORD": SERVICE_PASSWORD,
        "TMSBA_LDAP_TIMEOUT_SECONDS": "2",
        "TMSBA_DEFAULT_DOMAIN": "EXAMPLE",
    }
    made = Installation(tmp_path, environment=settings)
    bridge = start_bridge()
    try:
        made.seed()
        made.add_bridge(bridge.url)
        made.serve("--workers", "1")
        yield made
    finally:
        made.stop()
        bridge.stop()


def status(installation: Installation, user: str, password: str) -> int:
    url = f"{installation.url}{BOOKING_PATH}"
    return httpx.get(url, auth=(user, password), trust_env=False, timeout=30).status_code


def book(soap, email):
    start, end = wire_time(soon(60)), wire_time(soon(90))
    conference = soap.conference(title="Owned", StartTimeUTC=start, EndTimeUTC=end)
    conference.OwnerId, conference.OwnerUserName = 0, None
    conference.OwnerEmailAddress = email
    return soap.SaveConference(conference)


def test_people_of_the_directory_log_in_and_own_conferences_while_it_is_up(installation, own_ldap):
    assert status(installation, "EXAMPLE\\dora", DIRECTORY_PASSWORD) == 200
    assert status(installation, "d.dall@example.com", DIRECTORY_PASSWORD) == 200
    assert status(installation, "dora", "wrong") == 401
    assert status(installation, "admin", PASSWORD) == 200
    assert "\tEXAMPLE\\dora\tDora Dall\tdora.dall@example.com\t" in installation.run("user", "list")

    soap = installation.soap()
    saved = book(soap, "juergen@example.com")
    assert saved.OwnerUserName == "EXAMPLE\\jürgen"
    assert (saved.OwnerFirstName, saved.OwnerLastName) == ("Jürgen", "Groß")
    assert book(soap, "unknown@example.org").OwnerUserName == "unknown"

    own_ldap.stop()
    assert status(installation, "twin1", DIRECTORY_PASSWORD) == 503
    assert status(installation, "admin", PASSWORD) == 200
    assert book(soap, "juergen@example.com").OwnerUserName == "EXAMPLE\\jürgen"
    with pytest.raises(Fault, match="directory that knows the users does not answer") as caught:
        book(soap, "twin1@example.com")
    assert error_code(caught.value) == ServerBusy.code
