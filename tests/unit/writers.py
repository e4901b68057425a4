"""The use cases that write, each on conference 1, which goes on in the world of ``ongoing``."""

import pytest
from fakes import create_request, room

from tmsba.domain.values import BookingMode


def save(world, client):
    request = create_request(id=1, version=1, participants=(room(1), room(3)))
    return world.booking.save_conference(world.caller, client, request, BookingMode.STRICT)


def end(world, client):
    world.booking.end_conference(world.caller, client, 1)


def delete(world, client):
    world.booking.delete_conference(world.caller, client, 1)


WRITERS = pytest.mark.parametrize("write", [save, end, delete])
