import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres import PostgresServer
from store_samples import furnish, open_store

from tmsba.store import SqlStore
from tmsba.store.sql import schema


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "tmsba.db"
    schema.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """The kind of database; every test that uses it, or one of those below, runs on both."""
    return str(request.param)


@pytest.fixture
def empty_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without tables."""
    if kind == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.create_database()
    yield url
    server.drop_database(url)


@pytest.fixture
def url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with all tables and nothing in them."""
    if kind == "sqlite":
        path = tmp_path / "tmsba.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    address = server.create_migrated_database()
    yield address
    server.drop_database(address)


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    """A store with two users, ten systems and a bridge; see ``store_samples.furnish``."""
    opened = open_store(url)
    furnish(opened)
    yield opened
    opened.dispose()


@pytest.fixture
def is_sqlite(kind: str) -> bool:
    return kind == "sqlite"
