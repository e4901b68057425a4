"""Licences that systems take with their first booking."""

from dataclasses import replace

import pytest
from fakes import NOW, World, at, create_caller, create_client, create_request, create_system, room
from structlog.testing import capture_logs

from tmsba.booking.clients.licences import add_keys, change_licence
from tmsba.domain import errors
from tmsba.domain.licensing.option_keys import KeyKind
from tmsba.domain.people.users import Permission
from tmsba.domain.values import BookingMode

MODES = pytest.mark.parametrize("mode", list(BookingMode))


class Site(World):
    """Thirty rooms, and keys for 25 of them."""

    def __init__(self) -> None:
        super().__init__()
        for number in range(5, 31):
            self.add_system(create_system(number))
        self.keys(booking_api=1)

    def keys(self, **counts):
        """Exactly these option keys, by kind."""
        self.store.state.option_keys.clear()
        self.store.state.option_keys.update({name.replace("_", "-"): n for name, n in counts.items()})

    def save(self, *rooms, mode=BookingMode.STRICT, **more):
        # Without rooms those stay that are stored.
        request = create_request(participants=tuple(map(room, rooms)) or None, **more)
        return self.booking.save_conference(self.caller, self.client, request, mode).conference

    def with_licences(self):
        return {one.id for one in self.store.state.systems.values() if one.is_remote_booking_allowed}

    def allow(self, system_id, *, is_allowed=True):
        self.store.prepare(lambda uow: change_licence(uow, system_id, is_allowed=is_allowed, now=NOW))

    def refused(self, *rooms, **more):
        """A save that is refused and stores nothing; the error."""
        before = self.stored()
        with pytest.raises(errors.LicenceMissing) as caught:
            self.save(*rooms, **more)
        but_for_the_ticket = {"tickets": before.tickets, "counters": before.counters}
        assert replace(self.stored(), **but_for_the_ticket) == before
        assert [ticket.text for ticket in self.tickets()] == [caught.value.message]
        return caught.value


@pytest.fixture
def site():
    return Site()


@pytest.fixture
def full(site):
    """Rooms 1 to 25 hold all the licences."""
    site.save(*range(1, 26))
    return site


def test_the_first_booking_of_a_system_takes_a_licence(site):
    site.save(1, 2)
    assert site.with_licences() == {1, 2}
    site.save(2, 3, start=at(16), end=at(17))
    assert site.with_licences() == {1, 2, 3}
    assert site.tickets() == []


@MODES
def test_without_a_free_licence_the_booking_is_denied_and_a_ticket_raised(full, mode):
    full.client = create_client(version=23, session_id="mine")
    with capture_logs() as told:
        error = full.refused(26, 1, start=at(16), end=at(17), mode=mode)
    assert {"event": "licences_exceeded", "log_level": "debug", "session": "mine"} in told
    assert error.message.startswith("There is no licence left for Room 26 (id 26): 25 of 25 licences")
    assert "tmsba licence add booking-api" in error.message
    assert 26 not in full.with_licences()
    [ticket] = full.tickets()
    assert (ticket.subject, ticket.kind) == ("licences", "systems")


def test_of_several_systems_all_get_a_licence_or_none(site):
    site.save(*range(1, 25))
    site.refused(1, 25, 26, start=at(16), end=at(17))
    assert len(site.with_licences()) == 24
    site.save(1, 25, start=at(16), end=at(17))
    assert len(site.with_licences()) == 25


def test_several_conferences_are_all_saved_or_none_takes_a_licence(site):
    site.save(*range(1, 25))
    before = site.with_licences()
    requests = [create_request(start=at(16), end=at(17), participants=(room(number),)) for number in (25, 26)]
    with pytest.raises(errors.LicenceMissing):
        site.booking.save_conferences(site.caller, site.client, requests, BookingMode.STRICT)
    assert site.with_licences() == before


def test_an_edit_without_licences_is_refused_and_the_booking_stays_as_it_was(full):
    full.save(1, start=at(16), end=at(17))
    full.allow(1, is_allowed=False)
    full.save(26, start=at(18), end=at(19))
    stays = full.conference(2)
    full.refused(id=2, version=1, title="Other", start=at(16), end=at(17))
    assert full.conference(2) == stays
    full.booking.delete_conference(full.caller, full.client, 2)
    assert full.conference(2).is_deleted


def test_an_edit_with_licences_takes_no_further_one(full):
    full.save(id=1, version=1, title="Other", start=at(16), end=at(17))
    assert full.conference(1).details.title == "Other"
    assert len(full.with_licences()) == 25


def test_a_system_that_is_added_to_a_booking_takes_a_licence(full):
    full.refused(1, 26, id=1, version=1)
    full.allow(2, is_allowed=False)
    full.save(1, 26, id=1, version=1)
    assert full.with_licences() == {1, 26, *range(3, 26)}


def test_licences_of_clients_make_allow_remote_bookings_void(full):
    full.keys(booking_api=1, application_integration=1)
    full.save(26, 27, start=at(16), end=at(17))
    assert full.with_licences() == set(range(1, 26))
    with pytest.raises(ValueError, match="is void"):
        full.allow(26)


def test_keys_of_all_kinds_for_systems_add_up(full):
    full.keys(booking_api=1, exchange=1, lotus_notes=1)
    full.save(*range(26, 31), start=at(16), end=at(17))
    assert len(full.with_licences()) == 30


def test_keys_that_were_removed_take_no_licence_from_a_system(full):
    full.keys(booking_api=2)
    full.save(26, start=at(16), end=at(17))
    full.keys(booking_api=1)
    full.save(26, 1, start=at(18), end=at(19))
    full.refused(27, start=at(18), end=at(19))


@pytest.mark.parametrize("relief", ["a key", "a system", "a booking"])
def test_the_ticket_closes_when_there_are_licences_again(full, relief):
    full.refused(26, start=at(16), end=at(17))
    if relief == "a key":
        assert full.store.prepare(lambda uow: add_keys(uow, KeyKind.BOOKING_API, 1, NOW)) == 2
    elif relief == "a system":
        full.allow(25, is_allowed=False)
    else:
        full.keys(booking_api=2)
        full.save(26, start=at(16), end=at(17))
    assert full.tickets() == []


def test_what_fails_for_another_reason_takes_no_licence(site):
    site.save(1)
    with pytest.raises(errors.SystemAlreadyBooked):
        site.save(1, 2)
    assert site.with_licences() == {1}


def test_a_request_that_waits_for_approval_takes_no_licence(full):
    rights = frozenset(Permission) - {Permission.APPROVE_MEETING}
    full.caller = create_caller(full.user(1), permissions=rights)
    full.save(26, start=at(16), end=at(17))
    assert 26 not in full.with_licences()


def test_an_administrator_gives_a_licence_and_takes_it_back(full):
    with pytest.raises(errors.LicenceMissing):
        full.allow(26)
    full.allow(1)
    full.allow(1, is_allowed=False)
    full.allow(26)
    assert full.with_licences() == set(range(2, 27))
    with pytest.raises(errors.SystemNotFound):
        full.allow(99)
