"""Fixtures of the unit tests."""

import warnings

import pytest
from fakes import World
from structlog.testing import capture_logs

with warnings.catch_warnings():
    # passlib looks for the standard library's crypt when it is imported; nothing here uses it.
    warnings.filterwarnings("ignore", "'crypt' is deprecated", DeprecationWarning)
    import passlib.utils  # noqa: F401


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(autouse=True)
def logs():
    """What was logged, as dictionaries; nothing of it is printed."""
    with capture_logs() as entries:
        yield entries
