from collections.abc import Iterator

import pytest
from ldap_server import LdapServer


@pytest.fixture(scope="session")
def ldap(tmp_path_factory) -> Iterator[LdapServer]:
    """A real directory, for the tests that leave it running."""
    server = LdapServer(tmp_path_factory.mktemp("ldap"))
    server.start()
    yield server
    server.stop()
