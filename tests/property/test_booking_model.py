"""Random bookings leave the server and a plain model of the guide's rules alike."""

import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from functools import partial
from itertools import count, pairwise
from typing import Any

import pytest
from booking_model import (
    BOOKABLE,
    BOOKED,
    CLOSED_ROOM,
    DAY,
    DELETED,
    NO_ROOM,
    NUMBERS,
    UNROUTED,
    Ask,
    BookingModel,
    Change,
    DateChange,
    Meeting,
    Pattern,
    People,
    Refused,
    Series,
    pattern_starts,
)
from booking_model_server import PAGE, Reservation, Server, Stored, furnish
from hypothesis import HealthCheck, Phase, assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tmsba.domain.errors import ConferenceIsDeleted, ConferenceNotFound, TmsbaError
from tmsba.domain.values import StatusFilter
from tmsba.store.sql import schema

HALF_HOUR = timedelta(minutes=30)
MINUTE = timedelta(minutes=1)

_rooms = st.sets(st.sampled_from(BOOKABLE), max_size=2).map(sorted).map(tuple)
_people = st.builds(People, _rooms, st.integers(0, 3)) | st.sampled_from(
    [People((1,), 0), People((), 1), People((1,), 1), People((1, CLOSED_ROOM)), People((NO_ROOM,))]
)
_offsets = st.builds(
    lambda day, slot: day * DAY + slot * HALF_HOUR, st.integers(0, 3), st.integers(-2, 5)
) | st.just(400 * DAY)
_lengths = st.sampled_from([1, 2, 2, 3, 3, 50, 0]).map(lambda slots: slots * HALF_HOUR)
_shifts = st.sampled_from([-2, -1, 1, 2, 48, -48]).map(lambda slots: slots * HALF_HOUR)
_titles = st.sampled_from(["Review", "Stand-up", "Lunch"])
_patterns = st.builds(Pattern, st.sampled_from(["daily", "weekly"]), st.integers(1, 2), st.integers(1, 6)) | (
    st.builds(
        Pattern,
        st.just("weekly"),
        st.just(1),
        st.integers(1, 6),
        st.sets(st.integers(0, 6), min_size=1, max_size=3).map(sorted).map(tuple),
    )
)
_places = st.integers(0, 40)
_exceptions = st.lists(
    st.tuples(
        st.sampled_from(["add", "modify", "modify", "delete"]),
        st.integers(-1, 6),
        st.none() | st.sampled_from([-4, -1, 1, 3, 48]),
        st.none() | _titles,
        st.none() | _people,
    ),
    max_size=3,
)
_is_strict = st.booleans()


class BookingMachine(RuleBasedStateMachine):
    """Does everything on the server and in the model, and compares."""

    #: Makes a furnished database; what it gives takes it away.
    new_database: Callable[[], tuple[str, Callable[[], None]]]

    def __init__(self) -> None:
        super().__init__()
        url, self.drop_database = type(self).new_database()
        self.server = Server(url)
        self.model = BookingModel(lambda: self.server.now)
        self.versions: dict[int, int] = {}
        #: Ids of dates that were deleted before anybody saw them.
        self.unseen: set[int] = set()
        self.last_polled = 0
        self.polled: list[tuple[int, str, int]] = []
        self.rows = self.server.stored()

    def teardown(self) -> None:
        self.server.close()
        self.drop_database()

    # ------------------------------------------------------------------ saves

    @rule(offset=_offsets, length=_lengths, title=_titles, people=_people, is_strict=_is_strict)
    def save_new(self, offset, length, title, people, is_strict):
        start = self.server.now.replace(minute=0) + offset
        self._save(Ask(None, None, start, start + length, title, people, is_strict=is_strict))

    @rule(
        offset=_offsets,
        length=_lengths,
        title=_titles,
        people=_people,
        pattern=_patterns,
        exceptions=st.none() | _exceptions,
        is_strict=_is_strict,
    )
    def save_new_series(self, offset, length, title, people, pattern, exceptions, is_strict):
        start = self.server.now.replace(minute=0) + offset
        said = self._exceptions(exceptions, pattern, start, start + length)
        self._save(Ask(None, None, start, start + length, title, people, pattern, said, is_strict=is_strict))

    @precondition(lambda self: self.model.meetings)
    @rule(
        place=_places,
        title=st.none() | _titles,
        people=st.none() | _people,
        shift=st.none() | _shifts,
        longer=st.sampled_from([0, 0, 1, -1]),
        is_stale=st.sampled_from([False] * 9 + [True]),
        is_strict=_is_strict,
    )
    def update(self, place, title, people, shift, longer, is_stale, is_strict):
        """With the times that were read, moved or not, or without any."""
        meeting = self._pick(place)
        whole = meeting.series or meeting
        start = end = None
        if shift or longer:
            start = whole.start + (shift or timedelta())
            end = whole.end + (shift or timedelta()) + longer * HALF_HOUR
        version = whole.version - is_stale
        self._save(Ask(meeting.id, version, start, end, title, people, is_strict=is_strict))

    @precondition(lambda self: any(m.series for m in self.model.meetings))
    @rule(
        place=_places,
        pattern=st.none() | _patterns,
        exceptions=st.none() | _exceptions,
        shift=st.none() | _shifts,
        title=st.none() | _titles,
        is_strict=_is_strict,
    )
    def change_series(self, place, pattern, exceptions, shift, title, is_strict):
        """Its pattern, its exceptions, or nothing at all."""
        meeting = self._pick(place, lambda m: m.series is not None)
        series = meeting.series
        pattern = pattern or series.pattern
        start, end = (moment + (shift or timedelta()) for moment in (series.start, series.end))
        said = self._exceptions(exceptions, pattern, start, end)
        ask = Ask(meeting.id, series.version, start, end, title, None, pattern, said, is_strict=is_strict)
        self._save(ask)

    @precondition(lambda self: any(m.series for m in self.model.meetings))
    @rule(place=_places, title=_titles)
    def send_series_back_with_the_times_of_an_occurrence(self, place, title):
        meeting = self._pick(place, lambda m: m.series is not None)
        series = meeting.series
        self._save(Ask(meeting.id, series.version, meeting.start, meeting.end, title))

    @precondition(lambda self: self.model.meetings)
    @rule(place=_places, is_whole=st.booleans(), version=st.integers(0, 23))
    def save_back_what_was_read(self, place, is_whole, version):
        """As the whole series or as an occurrence, by a client of any version: nothing is asked for."""
        meeting = self._pick(place)
        whole = meeting.series or meeting
        is_strict = all(m.state == BOOKED for m in (whole.living if meeting.series else [meeting]))
        # A deleted series is read with a negative id, and -1 is that of a new one.
        is_gone = meeting.series is not None and not whole.living
        assume(not (is_whole and is_gone and min(m.id for m in whole.meetings) == 1))
        request = self.server.read_back(meeting.id, version, is_whole=is_whole)
        if meeting.series and not is_whole and meeting.state == DELETED:
            expected = partial(self._refuse, ConferenceIsDeleted)
        else:
            expected = partial(self.model.save, Ask(meeting.id, whole.version, is_strict=is_strict))
        self._do(expected, lambda: self.server.save_request(request, version, is_strict=is_strict))

    def _refuse(self, *faults: type[TmsbaError]) -> Change:
        raise Refused(faults)

    @precondition(lambda self: self._running_series())
    @rule(place=_places, titles=st.lists(_titles, min_size=1, max_size=2))
    def change_a_series_while_it_goes_on(self, place, titles):
        running = self._running_series()
        series = running[place % len(running)]
        for title in titles:
            if not series.meetings:
                return  # its last meeting has left it
            self._save(Ask(series.meetings[-1].id, series.version, title=title))

    def _running_series(self) -> list[Series]:
        found = {id(m.series): m.series for m in self.model.meetings if m.series}
        now = self.server.now
        return [
            series
            for series in found.values()
            if series.meetings
            and any(m.status(now) == "ongoing" for m in (*series.meetings, *series.detached))
        ]

    @precondition(lambda self: any(m.series is None for m in self.model.meetings))
    @rule(place=_places, pattern=_patterns, is_strict=_is_strict)
    def turn_single_into_series(self, place, pattern, is_strict):
        one = self._pick(place, lambda m: m.series is None)
        self._save(Ask(one.id, one.version, one.start, one.end, None, None, pattern, is_strict=is_strict))

    @precondition(lambda self: any(m.series for m in self.model.meetings))
    @rule(
        place=_places,
        title=st.none() | _titles,
        people=st.none() | _people,
        shift=st.none() | _shifts,
        is_strict=_is_strict,
    )
    def save_occurrence(self, place, title, people, shift, is_strict):
        one = self._pick(place, lambda m: m.series is not None)
        start, end = (one.start + shift, one.end + shift) if shift else (None, None)
        ask = Ask(one.id, one.version, start, end, title, people, is_strict=is_strict)
        self._do(lambda: self.model.save_occurrence(ask), lambda: self.server.save_occurrence(ask))

    # ------------------------------------------------------------------ end and delete

    @precondition(lambda self: self.model.meetings)
    @rule(place=_places)
    def delete_occurrence(self, place):
        number = self._pick(place).id
        self._do(lambda: self.model.delete_occurrence(number), lambda: self.server.delete_occurrence(number))

    @precondition(lambda self: self.model.meetings)
    @rule(place=_places)
    def delete(self, place):
        number = self._pick(place).id
        self._do(lambda: self.model.delete(number), lambda: self.server.delete(number))

    @precondition(lambda self: self.model.meetings)
    @rule(place=_places)
    def end(self, place):
        ongoing = [m for m in self.model.meetings if m.status(self.server.now) == "ongoing"]
        number = self._pick(place, None if not ongoing or place % 4 == 0 else ongoing.__contains__).id
        self._do(lambda: self.model.end(number), lambda: self.server.end(number))

    @rule()
    def ask_for_what_is_not_there(self):
        for call in (self.server.end, self.server.delete, self.server.view, self.server.series_view):
            with pytest.raises(ConferenceNotFound):
                call(999)

    # ------------------------------------------------------------------ time

    @rule(minutes=st.sampled_from([10, 30, 60, 300, 1440, 4320]))
    def let_time_go_by(self, minutes):
        self.server.now += minutes * MINUTE

    @precondition(lambda self: self._coming())
    @rule(place=_places, minutes=st.sampled_from([0, 10, 10, 20]))
    def let_a_meeting_begin(self, place, minutes):
        coming = self._coming()
        self.server.now = coming[place % len(coming)].start + minutes * MINUTE

    @precondition(lambda self: self._ongoing())
    @rule(place=_places)
    def let_a_meeting_reach_its_end(self, place):
        ongoing = self._ongoing()
        self.server.now = ongoing[place % len(ongoing)].end

    def _coming(self) -> list[Meeting]:
        return [m for m in self.model.meetings if m.status(self.server.now) == "pending"]

    def _ongoing(self) -> list[Meeting]:
        return [m for m in self.model.meetings if m.status(self.server.now) == "ongoing"]

    # ------------------------------------------------------------------ reads

    @precondition(lambda self: self.model.meetings)
    @rule(place=_places)
    def get(self, place):
        meeting = self._pick(place)
        view = self.server.view(meeting.id)
        conference = view.conference
        assert (conference.period.start, conference.period.end) == (meeting.start, meeting.end)
        assert conference.details.title == meeting.title
        assert view.status.value == meeting.status(self.server.now)
        if meeting.state != DELETED:
            assert (conference.route.number if conference.route else None) == meeting.number
        assert bool(view.series) is bool(meeting.series)

    @precondition(lambda self: any(m.series for m in self.model.meetings))
    @rule(place=_places)
    def get_series(self, place):
        series = self._pick(place, lambda m: m.series is not None).series
        view = self.server.series_view(series.meetings[0].id)
        whole = view.conference
        assert whole.version == series.version
        assert whole.details.title == series.title
        if series.living:
            assert whole.id == series.living[0].id
        else:
            assert whole.id < 0
        told = {one.recurrence_id for one in view.exceptions if one.view}
        assert told == series.told(self.server.now)

    @rule()
    def poll(self):
        """A client that always asks from its last id."""
        while True:
            page = self.server.poll(self.last_polled)
            assert len(page.transactions) <= PAGE
            self.polled += [(t.id, t.type.value, t.conference_id) for t in page.transactions]
            self.last_polled = self.polled[-1][0] if self.polled else 0
            if not page.is_incomplete:
                break
        assert self.polled == self.server.log()

    @rule(status=st.sampled_from(["all-except-deleted", "pending", "ongoing", "finished", "defective"]))
    def list_by_status(self, status):
        wanted = [
            m for m in self.model.meetings if status in ("all-except-deleted", m.status(self.server.now))
        ]
        if status == "all-except-deleted":
            wanted = [m for m in wanted if m.state != DELETED]
        listed = self.server.listed(StatusFilter(status))
        # A meeting that was ended in its first second lies in no period.
        assert {view.conference.id for view in listed} == {m.id for m in wanted if m.start < m.end} | (
            {view.conference.id for view in listed} & {m.id for m in wanted if m.start == m.end}
        )

    # ------------------------------------------------------------------ both sides

    def _save(self, ask: Ask) -> None:
        self._do(lambda: self.model.save(ask), lambda: self.server.save(ask))

    def _do(self, in_model: Callable[[], Change], on_server: Callable[[], Any]) -> None:
        before, last = self.server.dump(), self._last_transaction()
        held = {m.id: (m.start, m.number) for m in self._ongoing()}
        faults, change = self._predicted(in_model)
        if change is None:
            with pytest.raises(TmsbaError) as told:
                on_server()
            assert type(told.value) in faults, told.value
            assert self.server.dump() == before, "a call that failed changed something"
            return
        view = on_server()
        self.rows = self.server.stored()
        self._learn_ids()
        self._learn_numbers(change)
        self._check_rows()
        seen = sorted((kind, meeting.id) for kind, meeting in change.seen)
        assert sorted(entry[1:] for entry in self.server.log() if entry[0] > last) == seen
        if change.saved:
            assert view.conference.id == change.saved.id
            assert view.conference.version == change.saved.version
        for meeting_id, (start, number) in held.items():
            row = self.rows[meeting_id]
            assert row.start == start
            assert row.number in (number, None) or number is None

    def _predicted(self, in_model: Callable[[], Change]) -> tuple[frozenset[type[TmsbaError]], Change | None]:
        try:
            return frozenset(), in_model()
        except Refused as refused:
            return refused.faults, None

    def _learn_ids(self) -> None:
        """New meetings are those that have no meeting in the model yet, found by their start."""
        new = [m for m in self.model.meetings if not m.id]
        known = {m.id for m in self.model.meetings if m.state != DELETED or not m.series}
        ids_of_series: dict[int, set[int]] = defaultdict(set)
        for meeting in self.model.meetings:
            if meeting.series and meeting.id:
                ids_of_series[id(meeting.series)].add(meeting.id)
        for meeting in new:
            mine = ids_of_series[id(meeting.series)]
            found = [row for row in self.rows.values() if self._may_be(row, meeting, known, mine)]
            assert len(found) == 1, f"{len(found)} conferences where one is wanted: {meeting}"
            meeting.id = found[0].id
            known.add(meeting.id)
            self.unseen.discard(meeting.id)
            # A date that was deleted and is back has its old id.
            self.model.meetings = [m for m in self.model.meetings if m is meeting or m.id != meeting.id]
            if meeting.series:
                meeting.series.meetings = [
                    m for m in meeting.series.meetings if m is meeting or m.id != meeting.id
                ]
        known = {m.id for m in self.model.meetings}
        self.unseen |= {row.id for row in self.rows.values() if row.id not in known}

    def _may_be(self, row: Stored, meeting: Meeting, known: set[int], mine: set[int]) -> bool:
        if row.id in known or row.state == DELETED or row.start != meeting.start or row.key != meeting.key:
            return False
        series_ids = {self.rows[i].series_id for i in mine} - {None}
        return not series_ids or row.series_id in series_ids

    def _learn_numbers(self, change: Change) -> None:
        """Which number the meetings of a series get is the server's business, if only it is a free one."""
        for _, meeting in change.seen:
            if meeting.series and meeting.number and meeting.free:
                number = self.rows[meeting.id].number
                assert number in meeting.free, meeting
                meeting.number = number
            meeting.free = ()

    def _last_transaction(self) -> int:
        return max((entry[0] for entry in self.server.log()), default=0)

    def _pick(self, place: int, wanted: Callable[[Meeting], bool] | None = None) -> Meeting:
        """The newest first; those that are not over more often."""
        found = [m for m in reversed(self.model.meetings) if wanted is None or wanted(m)]
        lively = [m for m in found if m.state != DELETED and m.end > self.server.now]
        if lively and place % 5:
            found = lively
        assume(found)
        return found[place // 5 % len(found)]

    def _exceptions(self, drawn, pattern, start, end) -> tuple[DateChange, ...] | None:
        if drawn is None:
            return None
        starts = pattern_starts(pattern, start)
        said = []
        for kind, index, shift, title, people in drawn:
            moved = timedelta() if shift is None else shift * HALF_HOUR
            if kind == "add":
                added = start + index * DAY + moved
                said.append(DateChange("add", added, added, added + (end - start), title, people))
                continue
            key = starts[index] if 0 <= index < len(starts) else start + 500 * DAY
            if kind == "delete":
                said.append(DateChange("delete", key))
                continue
            times = (None, None) if shift is None else (key + moved, key + moved + (end - start))
            said.append(DateChange("modify", key, *times, title, people))
        keys = [one.key for one in said]
        assume(len(set(keys)) == len(keys))
        added = [one.key for one in said if one.kind == "add"]
        assume(not set(added) & set(starts))
        assume(start < end)
        return tuple(said)

    # ------------------------------------------------------------------ what holds after every step

    @invariant()
    def everything_is_as_it_must_be(self):
        self.clients_see_what_the_model_has()
        self.nothing_is_reserved_twice()
        self.conferences_reserve_exactly_what_they_need()
        self.the_bridge_is_told_exactly_what_is_booked()
        self.ids_and_versions_only_rise()

    def _check_rows(self) -> None:
        """Every meeting is stored as the model has it, and nothing else is."""
        for meeting in self.model.meetings:
            row = self.rows[meeting.id]
            assert row.state == meeting.state, meeting
            if meeting.state == DELETED:
                continue
            seen = (row.start, row.end, row.title, row.people, row.version)
            wanted = (meeting.start, meeting.end, meeting.title, meeting.people, meeting.version)
            assert seen == wanted, meeting
            assert row.number == meeting.number, meeting
            assert (row.key, row.is_exception) == (
                meeting.key if meeting.series else None,
                meeting.is_exception,
            )
        assert all(self.rows[i].state == DELETED for i in self.unseen)

    def clients_see_what_the_model_has(self):
        views = [v for v in self.server.listed() if v.conference.id not in self.unseen]
        told = {(v.conference.id, v.conference.period.start, v.status.value) for v in views}
        assert told == {(m.id, m.start, m.status(self.server.now)) for m in self.model.meetings}
        # A date that is deleted by the save that renames its series may have either title.
        titles = {v.conference.id: v.conference.details.title for v in views}
        assert all(titles[m.id] == m.title for m in self.model.meetings if m.state != DELETED)

    def nothing_is_reserved_twice(self):
        for thing in ("system", "space"):
            by_thing: dict[int, list[Reservation]] = defaultdict(list)
            for one in self.server.reservations(thing):
                if one.start < one.end:
                    by_thing[one.thing].append(one)
            for taken in by_thing.values():
                for earlier, later in pairwise(sorted(taken, key=lambda one: one.start)):
                    assert earlier.end <= later.start

    def conferences_reserve_exactly_what_they_need(self):
        rooms = {(r.conference_id, r.thing, r.start, r.end) for r in self.server.reservations("system")}
        assert rooms == {
            (m.id, room, m.start, m.end)
            for m in self.model.meetings
            if m.state in (BOOKED, UNROUTED) and not m.is_cancelled
            for room in m.people.rooms
        }
        spaces = {(r.conference_id, r.thing, r.start, r.end) for r in self.server.reservations("space")}
        assert spaces == {
            (m.id, self.rows[m.id].space_id, m.start, m.end)
            for m in self.model.meetings
            if m.state == BOOKED and m.number and not m.is_cancelled
        }
        assert all(m.number in NUMBERS for m in self.model.meetings if m.number)

    def the_bridge_is_told_exactly_what_is_booked(self):
        wishes = self.server.outbox()
        routed = {m.id: m for m in self.model.meetings if m.state == BOOKED and m.number}
        for meeting in routed.values():
            assert wishes.pop((meeting.id, "end")) == meeting.end
            launch = wishes.pop((meeting.id, "launch"), None)
            assert launch == (None if meeting.is_cut else meeting.start - 5 * MINUTE)
        # What has lost its number is closed at once, should it have been open.
        for (_, kind), due in wishes.items():
            assert kind == "end"
            assert due <= self.server.now

    def ids_and_versions_only_rise(self):
        ids = [entry[0] for entry in self.server.log()]
        assert all(earlier < later for earlier, later in pairwise(ids))
        for row in self.rows.values():
            assert row.version >= self.versions.get(row.id, 1)
            self.versions[row.id] = row.version


@pytest.fixture(scope="module")
def machine_on_sqlite(tmp_path_factory) -> type[BookingMachine]:
    folder, numbers = tmp_path_factory.mktemp("model"), count()
    template = folder / "template.sqlite"
    schema.upgrade(f"sqlite:///{template}")
    furnish(f"sqlite:///{template}")
    # Everything belongs into the one file that is copied.
    with closing(sqlite3.connect(template)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def new_database() -> tuple[str, Callable[[], None]]:
        path = folder / f"{next(numbers)}.db"
        shutil.copy(template, path)

        def drop() -> None:
            for one in folder.glob(f"{path.name}*"):
                one.unlink()

        return f"sqlite:///{path}", drop

    return type("Machine", (BookingMachine,), {"new_database": staticmethod(new_database)})


@pytest.fixture
def machine_on_postgresql(postgres) -> type[BookingMachine]:
    def new_database() -> tuple[str, Callable[[], None]]:
        url = postgres.create_migrated_database()
        furnish(url)
        return url, lambda: postgres.drop_database(url)

    return type("Machine", (BookingMachine,), {"new_database": staticmethod(new_database)})


def _tell(machine: type[BookingMachine], stories: int, steps: int, *, is_random: bool) -> None:
    chosen = settings(
        max_examples=stories,
        stateful_step_count=steps,
        derandomize=not is_random,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        # A story takes a while: shrinking one would take minutes.
        phases=(Phase.explicit, Phase.generate),
    )
    run_state_machine_as_test(machine, settings=chosen)


def test_bookings_come_out_as_in_a_plain_model(machine_on_sqlite):
    _tell(machine_on_sqlite, 40, 20, is_random=False)


def test_bookings_come_out_as_in_a_plain_model_on_postgresql(machine_on_postgresql):
    _tell(machine_on_postgresql, 5, 20, is_random=False)


@pytest.mark.long
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_random_bookings_come_out_as_in_a_plain_model(kind, request):
    _tell(request.getfixturevalue(f"machine_on_{kind}"), 500, 40, is_random=True)
