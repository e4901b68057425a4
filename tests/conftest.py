from collections.abc import Iterator

import pytest
from passlib.context import CryptContext
from postgres import PostgresMissing, PostgresServer, running_postgres

from tmsba.accounts import passwords


@pytest.fixture(scope="module")
def quick_hashes() -> Iterator[None]:
    """Password hashes of few rounds; those of the server are slow for a reason."""
    quick: CryptContext = passwords._CONTEXT.using(
        pbkdf2_sha256__default_rounds=1000, pbkdf2_sha256__min_rounds=1000
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_CONTEXT", quick)
        passwords._unusable_hash.cache_clear()
        yield
    passwords._unusable_hash.cache_clear()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real PostgreSQL of the suite's own; without one the reason is printed."""
    try:
        with running_postgres() as server:
            yield server
    except PostgresMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """An empty PostgreSQL database."""
    url = postgres.create_database()
    yield url
    postgres.drop_database(url)
