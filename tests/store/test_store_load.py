"""How many participants bridges have, and that many writers at once never exceed what there is room for."""

from dataclasses import replace

import pytest
from store_samples import (
    CREDENTIALS,
    HOUR,
    NOON,
    at_once,
    book,
    book_series,
    hours,
    route,
    some_bridge,
    some_series,
    statements,
    with_systems,
)

from tmsba.booking.api import Booking
from tmsba.booking.view.views import InfoFacts
from tmsba.domain.conference.details import Participant
from tmsba.domain.conference.request import ConferenceRequest, RequestedParticipant
from tmsba.domain.errors import NotEnoughBridgeResources
from tmsba.domain.licensing.option_keys import KeyKind
from tmsba.domain.licensing.sessions import Client
from tmsba.domain.people.users import Caller, Permission
from tmsba.domain.time.times import Period
from tmsba.domain.values import BookingMode, ParticipantKind, StoredState
from tmsba.store import SqlStore

GUEST = Participant(id=1, kind=ParticipantKind.SIP_VIDEO_IN)
MASTER = Participant(id=1, kind=ParticipantKind.MASTER)


def guests(count: int) -> tuple[Participant, ...]:
    return tuple(replace(GUEST, id=number + 1) for number in range(count))


def most(store: SqlStore, *periods: Period, besides: tuple[int, ...] = (), bridges: tuple[int, ...] = (1,)):
    with store.reading() as uow:
        return uow.bridges.most_participants(bridges, periods, besides=besides)


def at_number(space_id: int, bridge_id: int = 1):
    return route(space_id, bridge_id=bridge_id, number=90000 + space_id)


def test_the_busiest_moment_of_a_period_counts(store: SqlStore) -> None:
    first = book(store, at=hours(0, 2), route=at_number(1), participants=guests(3))
    book(store, at=hours(1, 3), route=at_number(2), participants=guests(4))
    book(store, at=hours(3, 4), route=at_number(1), participants=guests(5))
    asked = [hours(0, 1), hours(1, 2), hours(0, 4), hours(2.5, 3), hours(3, 9), hours(4, 9), hours(1, 1)]
    assert most(store, *asked) == {1: [3, 7, 7, 4, 5, 0, 0]}
    assert most(store, *asked, besides=(first.id,)) == {1: [0, 4, 5, 4, 5, 0, 0]}
    assert most(store) == {1: []}
    assert most(store, hours(0, 9), bridges=()) == {}


def test_bridges_are_counted_apart(store: SqlStore) -> None:
    with store.writing() as uow:
        second = uow.bridges.add(some_bridge(name="b", url="https://b", numeric_id_base=1), CREDENTIALS)
        space = uow.bridges.common_occupancy([hours(0, 1)])[1].free_space
        uow.commit()
    assert space is not None
    book(store, route=at_number(1), participants=guests(2))
    book(store, route=at_number(space.id, second.id), participants=guests(7))
    assert most(store, hours(0, 1), bridges=(1, 2)) == {1: [2], 2: [7]}


def test_who_holds_no_space_does_not_count_and_a_master_counts_once(store: SqlStore) -> None:
    book(store, participants=guests(9))
    book(store, route=at_number(1), participants=guests(9), state=StoredState.DELETED)
    book(store, 1, 2, route=at_number(1), participants=(*with_systems(1, 2), MASTER))
    assert most(store, hours(0, 1)) == {1: [2]}


def test_a_change_of_participants_alone_is_noted(store: SqlStore) -> None:
    single = book(store, route=at_number(1), participants=guests(2))
    series = book_series(store, some_series(start=24, every=24))
    with store.writing() as uow:
        uow.conferences.update(replace(single, participants=guests(5)))
        dates = [replace(date, route=at_number(2), participants=guests(3)) for date in series.occurrences]
        uow.conferences.update_series(series, replace(series, occurrences=tuple(dates)))
        uow.commit()
    assert most(store, hours(0, 1), hours(24, 25), hours(72, 73)) == {1: [5, 3, 3]}


@pytest.mark.parametrize("count", [1, 100])
def test_many_periods_are_counted_by_one_statement(store: SqlStore, count: int) -> None:
    book(store, at=hours(0, 1), route=at_number(1), participants=guests(2))
    with store.reading() as uow, statements(store) as sent:
        uow.bridges.most_participants([1], [hours(day * 24, day * 24 + 1) for day in range(count)])
    assert len(sent) == 1


def test_a_limit_is_kept_and_taken_away_again(store: SqlStore) -> None:
    with store.writing() as uow:
        added = uow.bridges.add(some_bridge(name="b", url="https://b", max_participants=7), CREDENTIALS)
        assert uow.bridges.get(added.id) == added
        uow.bridges.change(replace(uow.bridges.get(added.id), max_participants=None))
        uow.bridges.change(replace(uow.bridges.get(1), max_participants=30))
        assert [bridge.max_participants for bridge in uow.bridges.all()] == [30, None]
        assert uow.bridges.common_occupancy([hours(0, 1)])[0].bridge.max_participants == 30
        uow.bridges.set_told(added.id, participants=9, load=5000, is_balancing=False)
        assert [bridge.participant_limit for bridge in uow.bridges.all()] == [30, 9]
        assert [seen.bridge.told_load for seen in uow.bridges.common_occupancy([hours(0, 1)])] == [None, 5000]


class _Silent:
    def text(self, facts: InfoFacts) -> str:
        return ""

    html = text


def test_many_who_book_at_once_never_exceed_the_room_of_a_bridge(store: SqlStore) -> None:
    """Two bridges with five numbers each, and room for 7 participants each: numbers are not what is short."""
    with store.writing() as uow:
        uow.bridges.add(some_bridge(name="b", url="https://b", numeric_id_base=1), CREDENTIALS)
        for bridge_id in (1, 2):
            uow.bridges.change(replace(uow.bridges.get(bridge_id), max_participants=7))
        uow.option_keys.add(KeyKind.APPLICATION_INTEGRATION, 1)
        user = uow.users.get(1)
        uow.commit()
    assert user is not None
    caller = Caller(user=user, groups=frozenset(), permissions=frozenset(Permission), address="192.0.2.7")
    booking = Booking(store=store, clock=lambda: NOON - HOUR, renderer=_Silent())

    def save(count: int, **more: object) -> int | None:
        people = tuple(RequestedParticipant(id=None, kind=ParticipantKind.SIP_VIDEO_IN) for _ in range(count))
        request = ConferenceRequest(start=NOON, end=NOON + HOUR, participants=people, **more)
        try:
            view = booking.save_conference(caller, Client(), request, BookingMode.STRICT)
        except NotEnoughBridgeResources:
            return None
        return view.conference.id

    def run(index: int) -> int:
        booked = save(2)
        grown = booked and save(3, id=booked)
        return bool(booked) + bool(grown)

    done = at_once(8, run)
    held = most(store, hours(0, 1), bridges=(1, 2))
    assert max(held[1][0], held[2][0]) <= 7
    # Three conferences of 2 fit on each bridge, or two when one has grown to 3.
    assert sum(bool(result) for result in done) in (4, 5, 6)
    assert held[1][0] + held[2][0] >= 10
