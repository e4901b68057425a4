"""What would become of conferences is asked of both databases, and is what becomes of them."""

from dataclasses import replace

import pytest
from store_samples import CREDENTIALS, NOON, book, book_series, hours, route, some_bridge, some_series

from tmsba.booking.change.rerouting import Rerouting
from tmsba.booking.route.leaving import Cause, Concerned
from tmsba.domain.bridge.bridge import Bridge
from tmsba.domain.conference.conference import SpaceRoute
from tmsba.domain.conference.details import Participant
from tmsba.domain.values import ParticipantKind
from tmsba.mail.conference_mail import ConferenceTexts
from tmsba.store import SqlStore

FOUR = tuple(Participant(id=number, kind=ParticipantKind.SIP_VIDEO_IN) for number in range(1, 5))


def furnish_second(store: SqlStore, **changes: object) -> None:
    """A second bridge, where a conference of the third hour has the number 90002 already."""
    with store.writing() as uow:
        other = some_bridge(name="core2", url="https://core2.example.com", numeric_id_quantity=2)
        uow.bridges.add(replace(other, **changes), CREDENTIALS)
        uow.commit()
    book(store, at=hours(2, 3), participants=FOUR, route=route(7, bridge_id=2, number=90002))


def leavers(store: SqlStore) -> list[int]:
    """Conferences on bridge 1: three in the same hour, one beside that of the other bridge, and a series."""
    ids = [
        book(store, at=hours(1, 2), participants=FOUR, route=route(number, number=90000 + number)).id
        for number in (1, 2, 3)
    ]
    ids.append(book(store, at=hours(2, 3), participants=FOUR, route=route(2, number=90002)).id)
    series = some_series(start=1.5)
    dates = tuple(replace(one, route=route(5, number=90005)) for one in series.occurrences)
    return [*ids, *(one.id for one in book_series(store, replace(series, occurrences=dates)).occurrences)]


@pytest.mark.parametrize("limit", [None, 6])
def test_what_is_supposed_is_what_happens(store: SqlStore, limit: int | None) -> None:
    furnish_second(store, max_participants=limit)
    ids = leavers(store)
    rerouting = Rerouting(store=store, clock=lambda: NOON, renderer=ConferenceTexts(), is_mail_sent=False)
    source = bridge_of(store)
    supposed = list(rerouting.suppose(source, Cause.DISABLED))
    said = {one.before.id: one.place for each in supposed for one in each.moved}
    assert sorted(said) == sorted(ids)
    assert {one.route.bridge_id for one in stored(store, ids)} == {1}, "nothing was changed"
    places = [place for place in said.values() if isinstance(place, SpaceRoute)]
    assert 0 < len(places) < len(said), "some find a place and some do not"

    with store.writing() as uow:
        uow.bridges.change(replace(source, is_enabled=False))
        uow.commit()
    for each in supposed:
        some = tuple(one.before.id for one in each.moved)
        rerouting.leave(Concerned(conference_ids=some, bridge_id=1, cause=Cause.DISABLED))
    for one in stored(store, ids):
        place = said[one.id]
        assert (one.route.bridge_id, one.route.number) == (
            (place.bridge_id, place.number) if isinstance(place, SpaceRoute) else (1, one.route.number)
        )


def bridge_of(store: SqlStore) -> Bridge:
    with store.reading() as uow:
        found = uow.bridges.get(1)
    assert found
    return found


def stored(store: SqlStore, ids: list[int]):
    with store.reading() as uow:
        return [uow.conferences.get(number) for number in ids]
