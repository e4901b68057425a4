from pathlib import Path

import pytest
from office import Office, furnish
from series_book import Book

from tmsba.store.sql import schema


@pytest.fixture(scope="session")
def database_template(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("office") / "template.db"
    schema.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def office(database_template, tmp_path) -> Office:
    made = furnish(database_template, tmp_path)
    yield made
    made.store.dispose()


@pytest.fixture
def book(office) -> Book:
    return Book(office)
