"""Random changes of series and singles leave the store and the plain stand-in of the tests alike."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from fakes import FakeStore, FakeUnitOfWork
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_samples import CREDENTIALS, hours, route, some_bridge, some_conference, some_series, with_systems

from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.series import Series
from tmsba.domain.values import StoredState
from tmsba.ports.work import StoreConflict
from tmsba.store import SqlStore

_systems = st.sets(st.integers(1, 3), max_size=2).map(sorted)
_periods = st.tuples(st.integers(0, 12), st.integers(0, 3)).map(lambda at: hours(at[0], at[0] + at[1]))
_routes = st.none() | st.integers(1, 2).map(lambda number: route(number, number=90000 + number))
_states = st.sampled_from([StoredState.BOOKED, StoredState.BOOKED, StoredState.DELETED])
_changes: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "period": _periods,
        "route": _routes,
        "state": _states,
        "version": st.integers(1, 9),
        "participants": _systems.map(lambda ids: with_systems(*ids)),
        "details": st.sampled_from(["Series", "A", "B"]).map(
            lambda title: some_conference(details={"title": title}).details
        ),
    },
)
_new_series = st.tuples(st.just("series"), _systems, st.integers(1, 4), st.integers(0, 9), st.integers(1, 3))
_later_steps = st.lists(
    st.one_of(
        st.tuples(st.just("single"), _systems, _periods, _routes),
        _new_series,
        st.tuples(
            st.just("update series"),
            st.integers(0, 9),
            _changes,
            st.lists(st.tuples(st.integers(0, 3), _changes), max_size=3),
            st.none() | _periods,
        ),
        st.tuples(st.just("update"), st.integers(0, 9), _changes),
        st.tuples(st.just("detach"), st.integers(0, 9), _changes),
    ),
    min_size=3,
    max_size=10,
)
_steps = st.tuples(_new_series, _later_steps).map(lambda parts: [parts[0], *parts[1]])


class Side:
    """One of the two stores, with the ids that it has given, in order."""

    def __init__(self, uow: Any, guard: Callable[[], Any]) -> None:
        self.uow, self.guard = uow, guard
        self.ids: list[int] = []
        self.series_ids: list[int] = []

    def run(self, step: tuple[Any, ...]) -> str:
        """Do it, or nothing; what came of it."""
        try:
            with self.guard():
                new = getattr(self, step[0].replace(" ", "_"))(*step[1:])
        except StoreConflict:
            return "conflict"
        except ValueError:
            return "refused"
        self.ids += [date.id for date in new if date.id not in self.ids]
        self.series_ids += [
            date.series.series_id
            for date in new[:1]
            if date.series and date.series.series_id not in self.series_ids
        ]
        return "done"

    def single(self, systems: list[int], period: Any, room: Any) -> list[Conference]:
        return [self.uow.conferences.add(some_conference(*systems, at=period, route=room))]

    def series(self, systems: list[int], count: int, start: int, every: int) -> list[Conference]:
        series = some_series(*systems, count=count, start=start, every=every)
        return list(self.uow.conferences.add_series(series).occurrences)

    def update_series(
        self, index: int, common: dict[str, Any], own: list[tuple[int, dict[str, Any]]], extra: Any
    ) -> list[Conference]:
        before = self.uow.conferences.series_of(self._id(index))
        if before is None:
            return []
        shared = {name: common[name] for name in ("details", "participants") if name in common}
        dates = [replace(date, **common) for date in before.occurrences]
        for number, changes in own:
            dates[number % len(dates)] = replace(dates[number % len(dates)], **changes)
        if extra is not None:
            place = replace(dates[0].series, recurrence_id=extra.start)
            dates.append(replace(dates[0], id=0, period=extra, series=place, transaction_id=None))
        after = replace(before, occurrences=tuple(dates), **shared)
        return list(self.uow.conferences.update_series(before, after).occurrences)

    def update(self, index: int, changes: dict[str, Any]) -> list[Conference]:
        before = self.uow.conferences.get_for_update(self._id(index))
        if before is not None:
            self.uow.conferences.update(replace(before, **changes))
        return []

    def detach(self, index: int, changes: dict[str, Any]) -> list[Conference]:
        before = self.uow.conferences.get_for_update(self._id(index))
        if before is not None:
            self.uow.conferences.detach(replace(before, **changes))
        return []

    def seen(self) -> list[Any]:
        """Everything that can be asked, with ids replaced by their place in the order."""
        conferences, bridges = self.uow.conferences, self.uow.bridges
        asked = [hours(0, 2), hours(3, 3), hours(5, 9)]
        clashes = conferences.clashes_in([1, 2, 3], asked, besides=self.ids[:1])
        entries = [*bridges.common_occupancy(asked, besides=self.ids[:2])]
        for occupancies in bridges.occupancies(asked, besides=self.ids[:1]):
            entries += occupancies
        most = bridges.most_participants([1], asked, besides=self.ids[:1])
        return [
            [self._placed(conferences.get(conference_id)) for conference_id in self.ids],
            [self._series(conferences.series_of(conference_id)) for conference_id in self.ids],
            sorted((c.system_id, c.period, self.ids.index(c.conference_id), c.title) for c in clashes),
            [(entry.free_space and entry.free_space.number, entry.conferences) for entry in entries],
            {bridge_id: list(counts) for bridge_id, counts in most.items()},
        ]

    def _id(self, index: int) -> int:
        return self.ids[index % len(self.ids)] if self.ids else 0

    def _series(self, series: Series | None) -> Any:
        if series is None:
            return None
        dates = sorted(map(self._placed, series.occurrences), key=lambda date: date.id)
        return replace(series, id=self.series_ids.index(series.id), occurrences=tuple(dates))

    def _placed(self, conference: Conference) -> Conference:
        place = conference.series
        if place is not None:
            place = replace(place, series_id=self.series_ids.index(place.series_id))
        return replace(conference, id=self.ids.index(conference.id), series=place)


@contextmanager
def _all_or_nothing(uow: FakeUnitOfWork) -> Iterator[None]:
    kept = uow._state.copy()
    try:
        yield
    except Exception:
        for name in ("conferences", "series", "detached", "counters"):
            getattr(uow._state, name).clear()
            getattr(uow._state, name).update(getattr(kept, name))
        raise


def test_the_store_agrees_with_a_naive_model(store: SqlStore) -> None:
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(_steps)
    def run(steps: list[tuple[Any, ...]]) -> None:
        fake = FakeStore()
        fake.prepare(lambda uow: uow.bridges.add(some_bridge(), CREDENTIALS))
        with store.writing() as real_work, fake.writing() as fake_work:
            real = Side(real_work, real_work.connection.begin_nested)
            model = Side(fake_work, lambda: _all_or_nothing(fake_work))
            for step in steps:
                assert real.run(step) == model.run(step), step
            assert real.seen() == model.seen()

    run()
