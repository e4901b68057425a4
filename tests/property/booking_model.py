"""What the guide and the decision on series say about bookings, in plain lists.

Written from the rules, not from the use cases. Every rule that a request breaks is collected: the server may
name any of them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise

from tmsba.domain import errors as e

DAY = timedelta(days=1)
WINDOW = 365 * DAY
NUMBERS = (1, 2)
#: How many participants the bridge takes at the same time.
ROOM = 4
BOOKABLE, CLOSED_ROOM, NO_ROOM = (1, 2, 3), 4, 99

BOOKED, CLASH, UNROUTED, DELETED = "booked", "defective-clash", "defective-route", "deleted"


@dataclass(frozen=True)
class People:
    """Who takes part: rooms, and how many dial in."""

    rooms: tuple[int, ...] = ()
    guests: int = 0

    @property
    def count(self) -> int:
        return len(self.rooms) + self.guests

    @property
    def needs_number(self) -> bool:
        return len(self.rooms) > 1 or self.guests > 0


@dataclass(frozen=True)
class Pattern:
    """Every so many days, or weeks; weekly with days of the week (Sunday is 0) every week."""

    unit: str
    interval: int
    count: int
    days: tuple[int, ...] = ()


@dataclass(frozen=True)
class DateChange:
    """What a request says about one date; ``kind`` is add, modify or delete."""

    kind: str
    key: datetime
    start: datetime | None = None
    end: datetime | None = None
    title: str | None = None
    people: People | None = None


@dataclass(frozen=True)
class Ask:
    """A request to save; ``None`` leaves things as they are."""

    id: int | None = None
    version: int | None = None
    start: datetime | None = None
    end: datetime | None = None
    title: str | None = None
    people: People | None = None
    pattern: Pattern | None = None
    exceptions: tuple[DateChange, ...] | None = None
    is_strict: bool = True


@dataclass(eq=False)
class Series:
    """A pattern with its first date, and its meetings."""

    pattern: Pattern
    start: datetime
    end: datetime
    title: str
    people: People
    version: int = 1
    meetings: list["Meeting"] = field(default_factory=list)
    #: Meetings that were going on when the series was changed.
    detached: list["Meeting"] = field(default_factory=list)

    @property
    def living(self) -> list["Meeting"]:
        return sorted((m for m in self.meetings if m.state != DELETED), key=lambda m: m.key)

    def told(self, now: datetime) -> set[datetime]:
        """The dates at which a meeting is told to differ from the present pattern.

        What was over before its first date is history. A day of the pattern that had its meeting by an
        earlier pattern is told with that meeting.
        """
        living = {m.key: m for m in self.living}
        starts = pattern_starts(self.pattern, self.start)
        strangers = {key: m for key, m in living.items() if key not in starts}
        of_day = {m.key.date(): m for m in strangers.values() if m.end <= now}
        moved = {
            start: of_day[start.date()] for start in starts if start not in living and start.date() in of_day
        }
        added = {
            key
            for key, m in strangers.items()
            if m.is_exception and (m.end > now or key >= starts[0]) and m not in moved.values()
        }
        return (
            {start for start in starts if start in living and living[start].is_exception} | {*moved} | added
        )


@dataclass(frozen=True)
class Date:
    """One date of a series before it is booked."""

    key: datetime
    start: datetime
    end: datetime
    title: str
    people: People
    is_exception: bool = False
    is_deleted: bool = False


@dataclass(eq=False)
class Meeting:
    """Something with a ConferenceId."""

    start: datetime
    end: datetime
    title: str
    people: People
    id: int = 0
    version: int = 1
    state: str = BOOKED
    number: int | None = None
    series: Series | None = field(default=None, repr=False)
    key: datetime | None = None
    is_exception: bool = False
    #: Whether somebody ended it before its time.
    is_cut: bool = False
    #: Whether it was deleted, by itself while it was going on or with all that was to come of its series.
    is_cancelled: bool = False
    #: Numbers that it may have; only known while it is being saved.
    free: tuple[int, ...] = ()

    def status(self, now: datetime) -> str:
        if self.state != BOOKED:
            return "deleted" if self.state == DELETED else "defective"
        if now < self.start:
            return "pending"
        return "ongoing" if now < self.end else "finished"

    def meets(self, other: "Meeting | Date") -> bool:
        return max(self.start, other.start) < min(self.end, other.end)


class Refused(Exception):
    """The request breaks these rules."""

    def __init__(self, faults: Iterable[type[e.TmsbaError]]) -> None:
        self.faults = frozenset(faults)
        super().__init__(", ".join(sorted(fault.__name__ for fault in self.faults)))


@dataclass
class Change:
    """What a call that succeeds changes: the kinds of transactions, each with its meeting."""

    seen: list[tuple[str, Meeting]]
    #: The meeting whose id the answer carries, for a single one.
    saved: Meeting | None = None


class Faults(set[type[e.TmsbaError]]):
    """The rules that a request breaks."""

    def unless(self, holds: bool, fault: type[e.TmsbaError]) -> None:
        if not holds:
            self.add(fault)

    def stop(self) -> None:
        if self:
            raise Refused(self)


class BookingModel:
    """All meetings there ever were, and the rules."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.meetings: list[Meeting] = []
        self._clock = clock

    @property
    def now(self) -> datetime:
        return self._clock()

    def find(self, meeting_id: int | None) -> Meeting:
        found = [m for m in self.meetings if m.id == meeting_id]
        if not found:
            raise Refused([e.ConferenceNotFound])
        return found[0]

    # ------------------------------------------------------------------ end and delete

    def end(self, meeting_id: int) -> Change:
        meeting = self.find(meeting_id)
        if meeting.state == DELETED:
            raise Refused([e.ConferenceIsDeleted])
        if meeting.status(self.now) != "ongoing":
            raise Refused([e.ConferenceNotActive])
        return self._close([meeting], is_exception=True)

    def delete_occurrence(self, meeting_id: int) -> Change:
        meeting = self.find(meeting_id)
        self._check_changeable(meeting)
        change = self._close([meeting], is_exception=True)
        meeting.is_cancelled = meeting.state != DELETED
        return change

    def delete(self, meeting_id: int) -> Change:
        meeting = self.find(meeting_id)
        if meeting.series is None:
            return self.delete_occurrence(meeting_id)
        self._check_not_cancelled(meeting.series)
        still_open = self._open(meeting.series)
        if not still_open:
            raise Refused([e.CannotBookInThePast])
        change = self._close(still_open, is_exception=False)
        for closed in still_open:
            closed.is_cancelled = True
        return change

    def _open(self, series: Series) -> list[Meeting]:
        return [m for m in series.living if m.end > self.now]

    def _check_not_cancelled(self, series: Series) -> None:
        is_cancelled = not self._open(series) and any(m.is_cancelled for m in series.meetings)
        if is_cancelled or not series.living:
            raise Refused([e.ConferenceIsDeleted])

    def _check_changeable(self, meeting: Meeting) -> None:
        if meeting.state == DELETED or meeting.is_cancelled:
            raise Refused([e.ConferenceIsDeleted])
        if meeting.end <= self.now:
            raise Refused([e.CannotBookInThePast])

    def _close(self, meetings: Sequence[Meeting], *, is_exception: bool) -> Change:
        seen = []
        series = meetings[0].series
        version = (series or meetings[0]).version + 1
        if series:
            series.version = version
        for meeting in meetings:
            meeting.version = version
            if meeting.status(self.now) == "ongoing":
                meeting.end, meeting.is_cut = self.now, True
                seen.append(("updated", meeting))
                continue
            meeting.state, meeting.number = DELETED, None
            seen.append(("deleted", meeting))
            if series and is_exception:
                meeting.is_exception = True
        return Change(seen)

    # ------------------------------------------------------------------ save one

    def save(self, ask: Ask) -> Change:
        """SaveConference: a series as a whole, by the id of any occurrence."""
        meeting = None if ask.id is None else self.find(ask.id)
        if meeting and meeting.series:
            return self._update_series(ask, meeting, meeting.series)
        if ask.pattern:
            return self._create_series(ask, meeting)
        return self._save_single(ask, meeting)

    def save_occurrence(self, ask: Ask) -> Change:
        """SaveConferenceRecInstance."""
        return self._save_single(ask, self.find(ask.id))

    def _save_single(self, ask: Ask, old: Meeting | None) -> Change:
        faults = Faults()
        if old:
            self._check_changeable(old)
            seen = (old.version, old.series.version) if old.series else (old.version,)
            faults.unless(ask.version in seen, e.ConcurrentModification)
        wanted = self._wanted(ask, old)
        booked = old and (old.start, old.end, old.title, old.people)
        was_exception = old is not None and old.is_exception
        is_ongoing = old is not None and old.status(self.now) == "ongoing"
        faults.unless(not is_ongoing or (old is not None and wanted.start == old.start), e.ConferenceActive)
        self._check_period(faults, wanted.start, wanted.end)
        self._check_people(faults, wanted.people)
        if old and old.series:
            others = [m for m in old.series.living if m is not old]
            before = [m for m in others if m.key < old.key][-1:]
            after = [m for m in others if m.key > old.key][:1]
            faults.unless(are_apart([*before, wanted, *after]), e.UnsupportedRecurrence)
        faults.stop()
        self._reserve(faults, [wanted], {old}, is_strict=ask.is_strict or is_ongoing, is_ongoing=is_ongoing)
        faults.stop()
        if old is None:
            wanted.number = min(wanted.free) if wanted.number else None
            self.meetings.append(wanted)
            return Change([("new", wanted)], saved=wanted)
        if wanted.number and wanted.number != old.number:
            wanted.number = min(wanted.free)
        is_new = (wanted.start, wanted.end, wanted.title, wanted.people) != booked
        self._put(old, wanted)
        if old.series:
            old.series.version += 1
            old.version = old.series.version
            old.is_exception = was_exception or is_new
        return Change([("updated", old)], saved=old)

    def _put(self, old: Meeting, wanted: Meeting) -> None:
        for name in ("start", "end", "title", "people", "state", "number", "version", "is_exception"):
            setattr(old, name, getattr(wanted, name))

    def _wanted(self, ask: Ask, old: Meeting | None) -> Meeting:
        if old is None:
            return Meeting(ask.start, ask.end, ask.title or "", ask.people or People())
        return Meeting(
            ask.start or old.start,
            ask.end or old.end,
            ask.title or old.title,
            old.people if ask.people is None else ask.people,
            version=old.version + 1,
            number=old.number,
            series=old.series,
            key=old.key,
        )

    def _check_period(self, faults: Faults, start: datetime, end: datetime) -> None:
        faults.unless(start < end, e.StartAfterEnd)
        faults.unless(end > self.now, e.CannotBookInThePast)
        faults.unless(start <= self.now + WINDOW, e.OutsideBookingWindow)

    def _check_people(self, faults: Faults, people: People) -> None:
        faults.unless(NO_ROOM not in people.rooms, e.SystemNotFound)
        faults.unless(CLOSED_ROOM not in people.rooms, e.SystemNotAllowed)

    def _reserve(
        self,
        faults: Faults,
        wanted: Sequence[Meeting],
        besides: set[Meeting | None],
        *,
        is_strict: bool,
        is_ongoing: bool = False,
    ) -> None:
        """Decide what each of them can have; numbers that are free for it are left in ``free``."""
        others = [m for m in self.meetings if m not in besides and not m.is_cancelled]
        for one in wanted:
            held, one.number, one.state = one.number, None, BOOKED
            rivals = [m for m in others if m.meets(one)]
            if any(
                set(m.people.rooms) & set(one.people.rooms) for m in rivals if m.state in (BOOKED, UNROUTED)
            ):
                faults.unless(not is_strict, e.SystemAlreadyBooked)
                one.state = CLASH
                continue
            if not one.people.needs_number:
                continue
            beside = [m for m in rivals if m.state == BOOKED and m.number]
            taken = {m.number for m in beside}
            has_room = one.people.count + most_at_once(max(one.start, self.now), beside) <= ROOM
            one.free = tuple(n for n in NUMBERS if n not in taken) if has_room else ()
            if held in one.free:
                one.number = held
            elif not one.free or (is_ongoing and held):
                faults.unless(not is_strict, e.NotEnoughBridgeResources)
                one.state = UNROUTED
            else:
                one.number = one.free[0]

    # ------------------------------------------------------------------ series

    def _create_series(self, ask: Ask, single: Meeting | None) -> Change:
        faults = Faults()
        if single:
            self._check_changeable(single)
            faults.unless(ask.version == single.version, e.ConcurrentModification)
            faults.unless(single.status(self.now) != "ongoing", e.UnsupportedRecurrence)
        people = ask.people
        if people is None:
            people = single.people if single else People()
        title = ask.title or (single.title if single else "")
        faults.unless(ask.start < ask.end, e.StartAfterEnd)
        faults.stop()
        series = Series(ask.pattern, ask.start, ask.end, title, people)
        dates = self._dates(faults, series, ask.exceptions or (), None)
        self._check_people(faults, people)
        for date in dates:
            self._check_period(faults, date.start, date.end)
        living = [date for date in dates if not date.is_deleted]
        for date in living:
            self._check_people(faults, date.people)
        faults.unless(are_apart(living), e.UnsupportedRecurrence)
        faults.unless(bool(living), e.UnsupportedRecurrence)
        faults.stop()
        wanted = [_meeting(series, date, 1) for date in living]
        self._reserve(faults, wanted, {single}, is_strict=ask.is_strict)
        faults.stop()
        series.meetings = wanted
        seen = [("new", one) for one in wanted]
        if single:
            single.state, single.number, single.version = DELETED, None, single.version + 1
            seen.insert(0, ("deleted", single))
        self.meetings += wanted
        return Change(seen)

    def _dates(
        self, faults: Faults, series: Series, asked: Iterable[DateChange], stored: Series | None
    ) -> list[Date]:
        """The dates of the pattern with what a request says about single ones.

        What it leaves open of an exception that is stored stays as that has it.
        """
        own = {m.key: m for m in stored.living if m.is_exception} if stored else {}
        length = series.end - series.start
        dates = {
            start: Date(start, start, start + length, series.title, series.people)
            for start in pattern_starts(series.pattern, series.start)
        }
        faults.unless(are_apart(list(dates.values())), e.UnsupportedRecurrence)
        for one in asked:
            key = one.start if one.kind == "add" else one.key
            title, people = series.title, series.people
            if stored and key in own:
                title = own[key].title if own[key].title != stored.title else title
                people = own[key].people if own[key].people != stored.people else people
            title = one.title or title
            people = people if one.people is None else one.people
            if one.kind == "add":
                dates[key] = Date(key, one.start, one.end, title, people, is_exception=True)
                continue
            old = dates.get(one.key)
            if old is None:
                faults.add(e.OccurrenceNotFound)
                faults.stop()
            elif one.kind == "delete":
                dates[one.key] = replace(old, is_deleted=True, is_exception=True)
            else:
                start, end = one.start or old.start, one.end or old.end
                faults.unless(start < end, e.StartAfterEnd)
                dates[one.key] = replace(
                    old,
                    start=start,
                    end=end,
                    title=title,
                    people=people,
                    is_exception=True,
                    is_deleted=False,
                )
        return [dates[key] for key in sorted(dates)]

    def _update_series(self, ask: Ask, addressed: Meeting, series: Series) -> Change:
        self._check_not_cancelled(series)
        faults = Faults()
        still_open = self._open(series)
        after = self._after(ask, addressed, series)
        faults.unless(after.start < after.end, e.StartAfterEnd)
        if still_open or ask.version:
            faults.unless(ask.version == series.version, e.ConcurrentModification)
        if not still_open:
            faults.unless(after.start == series.start, e.CannotBookInThePast)
        faults.stop()
        dates = self._wanted_dates(faults, ask, after, series)
        ongoing = next((m for m in still_open if m.status(self.now) == "ongoing"), None)
        coming = self._to_come(series, after, dates, ongoing)
        living = [date for date in coming if not date.is_deleted]
        if not still_open and not living:
            raise Refused([e.CannotBookInThePast])
        pending = [m for m in still_open if m is not ongoing]
        is_unchanged = self._is_unchanged(series, after, dates, living, pending, ongoing)
        self._check_coming(faults, living)
        if is_unchanged and not pending:
            return Change([])
        faults.unless(bool(living or ongoing), e.UnsupportedRecurrence)
        self._check_people(faults, after.people)
        faults.stop()
        leaves = ongoing if ongoing and not is_unchanged else None
        version = series.version + 1
        wanted = [_meeting(after, date, version) for date in living]
        kept = {} if leaves else {m.key: m for m in pending}
        for one in wanted:
            one.number = kept[one.key].number if one.key in kept else None
        self._reserve(faults, wanted, set(pending), is_strict=ask.is_strict)
        faults.stop()
        change = self._replace(series, wanted, pending, kept, version)
        for name in ("pattern", "start", "end", "title", "people"):
            setattr(series, name, getattr(after, name))
        series.version = version
        if leaves:
            self._detach(series, leaves, change)
            change.saved = None if living else leaves
        if leaves and not living and not pending:
            # The version of a series is the highest of its occurrences, and this one took it along.
            series.version = max((m.version for m in series.meetings), default=0)
        return change

    def _check_coming(self, faults: Faults, living: Sequence[Date]) -> None:
        faults.unless(are_apart(living), e.UnsupportedRecurrence)
        for date in living:
            faults.unless(date.start <= self.now + WINDOW, e.OutsideBookingWindow)
            self._check_people(faults, date.people)
        faults.stop()

    def _detach(self, series: Series, leaving: Meeting, change: Change) -> None:
        leaving.series, leaving.is_exception, leaving.version = None, False, series.version
        series.meetings.remove(leaving)
        series.detached.append(leaving)
        change.seen.append(("updated", leaving))

    def _wanted_dates(self, faults: Faults, ask: Ask, after: Series, series: Series) -> list[Date]:
        """All dates after the save; the differing ones stay where the request says nothing about dates."""
        dates = self._dates(faults, after, ask.exceptions or (), series)
        before = pattern_starts(series.pattern, series.start)
        if ask.exceptions is not None or before != pattern_starts(after.pattern, after.start):
            return dates
        living = {m.key: m for m in series.living}
        length = series.end - series.start
        kept = []
        for date in dates:
            own = living.pop(date.key, None)
            if own is None:
                kept.append(replace(date, is_deleted=True, is_exception=True))
            elif own.is_exception:
                is_moved = (own.start, own.end) != (date.key, date.key + length)
                times = (own.start, own.end) if is_moved else (date.start, date.end)
                kept.append(Date(date.key, *times, own.title, own.people, is_exception=True))
            else:
                kept.append(date)
        kept += [
            Date(m.key, m.start, m.end, m.title, m.people, is_exception=True)
            for m in living.values()
            if m.is_exception and (m.end > self.now or m.key >= before[0])
        ]
        return sorted(kept, key=lambda date: date.key)

    def _is_unchanged(
        self,
        series: Series,
        after: Series,
        dates: Sequence[Date],
        living: Sequence[Date],
        pending: Sequence[Meeting],
        ongoing: Meeting | None,
    ) -> bool:
        """Whether the save leaves all as it is: then what goes on stays in the series, and all ids stay."""
        names = ("pattern", "start", "end", "title", "people")
        if any(getattr(series, name) != getattr(after, name) for name in names):
            return False
        wanted = list(living)
        if ongoing:
            wanted += [date for date in dates if date.key == ongoing.key]

        def booked(one: Meeting | Date) -> tuple[object, ...]:
            return one.key, one.start, one.end, one.title, one.people, one.is_exception

        had = [*pending, *([ongoing] if ongoing else [])]
        is_living = not any(date.is_deleted for date in wanted)
        return is_living and sorted(map(booked, wanted), key=str) == sorted(map(booked, had), key=str)

    def _after(self, ask: Ask, addressed: Meeting, series: Series) -> Series:
        """The series as the request wants it, without meetings."""
        start, end = ask.start or series.start, ask.end or series.end
        is_same_pattern = ask.pattern in (None, series.pattern)
        given_out = [addressed, *[m for m in series.living if m.end > self.now][:1]]
        if is_same_pattern and any((start, end) == (m.start, m.end) for m in given_out):
            start, end = series.start, series.end
        people = series.people if ask.people is None else ask.people
        return Series(ask.pattern or series.pattern, start, end, ask.title or series.title, people)

    def _to_come(
        self, series: Series, after: Series, dates: Sequence[Date], ongoing: Meeting | None
    ) -> list[Date]:
        """Without what is over, and what is in conflict with a meeting of the series that is going on.

        A day whose date is over gets no second one.
        """
        running = [m for m in (ongoing, *series.detached) if m and m.end > self.now]
        past = [m for m in (*series.living, *series.detached) if m.end <= self.now]
        used = {m.key for m in (*running, *past)}
        living = {m.key for m in series.living}
        starts, days = set(pattern_starts(after.pattern, after.start)), {m.key.date() for m in past}
        return [
            date
            for date in dates
            if date.end > self.now
            and date.key not in used
            and not any(m.meets(date) for m in running)
            and (date.key in living or date.key not in starts or date.key.date() not in days)
        ]

    def _replace(
        self,
        series: Series,
        wanted: Sequence[Meeting],
        pending: Sequence[Meeting],
        kept: dict[datetime, Meeting],
        version: int,
    ) -> Change:
        seen = []
        for one in wanted:
            old = kept.get(one.key)
            if old:
                self._put(old, one)
                old.free = one.free
                seen.append(("updated", old))
            else:
                one.series = series
                series.meetings.append(one)
                self.meetings.append(one)
                seen.append(("new", one))
        stays = {one.key for one in wanted} & set(kept)
        for old in pending:
            if old.key not in stays:
                old.state, old.number, old.version = DELETED, None, version
                seen.append(("deleted", old))
        return Change(seen)


def _meeting(series: Series, date: Date, version: int) -> Meeting:
    return Meeting(
        date.start,
        date.end,
        date.title,
        date.people,
        version=version,
        series=series,
        key=date.key,
        is_exception=date.is_exception,
    )


def pattern_starts(pattern: Pattern, start: datetime) -> list[datetime]:
    """The starts by the pattern, counted day by day."""
    if pattern.unit == "daily":
        return [start + number * pattern.interval * DAY for number in range(pattern.count)]
    if not pattern.days:
        return [start + number * pattern.interval * 7 * DAY for number in range(pattern.count)]
    days = (start + number * DAY for number in range(7 * pattern.count + 7))
    return [day for day in days if day.isoweekday() % 7 in pattern.days][: pattern.count]


def most_at_once(start: datetime, beside: Sequence[Meeting]) -> int:
    """The most participants of others on the bridge from an instant on."""
    moments = {start, *(m.start for m in beside if m.start > start)}
    return max(sum(m.people.count for m in beside if m.start <= at < m.end) for at in moments)


def are_apart(dates: Sequence[Date | Meeting]) -> bool:
    """Whether dates, in the order of the pattern, are each on a day of its own and over before the next."""
    return all(
        earlier.start <= later.start
        and earlier.end <= later.start
        and earlier.start.date() != later.start.date()
        for earlier, later in pairwise(dates)
    )
