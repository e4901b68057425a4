"""Fixtures of the unit tests."""

import warnings

import pytest
from fakes import World, at, create_request, room
from structlog.testing import capture_logs

from tmsba.domain.values import BookingMode

with warnings.catch_warnings():
    # passlib looks for the standard library's crypt when it is imported; nothing here uses it.
    warnings.filterwarnings("ignore", "'crypt' is deprecated", DeprecationWarning)
    import passlib.utils  # noqa: F401


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def ongoing(world):
    """Conference 1 is going on."""
    request = create_request(participants=(room(1), room(2)))
    world.booking.save_conference(world.caller, world.client, request, BookingMode.STRICT)
    world.clock.now = at(14, 30)
    return world


@pytest.fixture(autouse=True)
def logs():
    """What was logged, as dictionaries; nothing of it is printed."""
    with capture_logs() as entries:
        yield entries
