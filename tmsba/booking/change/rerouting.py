"""Give conferences another bridge when theirs goes, or another number when theirs is lost.

ADR 15, ADR 18, ADR 22.

Source: TMSBA guide, GetTransactionsSince, and Conference (JoinUri).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from tmsba.booking.change.writing import Writing
from tmsba.booking.request.change_log import Changed, ask_bridges, record
from tmsba.booking.request.lookup import locked
from tmsba.booking.route.decisions import Decider, outlook_of
from tmsba.booking.route.leaving import (
    Cause,
    Concerned,
    Leaving,
    all_concerned,
    forced,
    leaving_bridge,
    leaving_number,
    still_crowded,
)
from tmsba.booking.route.moved import Moved, Supposed
from tmsba.booking.route.other_bridges import Estate, find_elsewhere
from tmsba.booking.route.space_routes import Routing
from tmsba.booking.route.supposing import SupposedEstate
from tmsba.booking.view.desk import settings_of
from tmsba.booking.view.views import MailPurpose
from tmsba.domain.bridge.bridge import Bridge
from tmsba.domain.bridge.health import is_unreachable
from tmsba.domain.conference.conference import Conference, SpaceRoute
from tmsba.domain.conference.series import Series
from tmsba.domain.licensing.sessions import Client
from tmsba.domain.people.users import Caller, Permission
from tmsba.ports.repeating import write
from tmsba.ports.work import UnitOfWork

_CLIENT = Client(is_confirmation_wanted=True, request_id="reroute")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rerouting(Writing):
    """Moves conferences from one bridge to others, and from one number to another."""

    def conferences(self, source: Bridge) -> list[int]:
        """The ids of the conferences to move, one for each series, by start."""
        with self.store.reading() as uow:
            found = uow.conferences.pending_on_bridge(source.id, self.clock())
        by_series: dict[object, int] = {}
        for one in found:
            by_series.setdefault(one.series.series_id if one.series else (one.id,), one.id)
        return list(by_series.values())

    def plan(self, conference_id: int, source: Bridge, target: Bridge | None) -> list[Moved]:
        """What ``move`` would do now, without doing it."""
        with self.store.reading() as uow:
            conference = uow.conferences.get(conference_id)
            leaving = leaving_bridge(source, target, self.clock())
            return self._plan(uow, uow.bridges, conference, leaving)[1] if conference else []

    def move(self, conference_id: int, source: Bridge, target: Bridge | None) -> list[Moved]:
        """Move one conference, or all dates to come of its series, in one unit of work.

        What clients can see of that, another address to dial, becomes a new version with a row in the change
        log, and the owner gets a mail. Dates for which there is no place stay where they are.

        Args:
            conference_id: a conference on the bridge that is to come.
            source: the bridge that it leaves.
            target: where to; ``None`` for any other bridge.

        Raises:
            ConferenceNotFound: there is no such conference.
        """
        return self._move(conference_id, lambda _: leaving_bridge(source, target, self.clock()))

    def leave_number(self, conference_id: int, space_id: int) -> list[Moved]:
        """Give a conference another number, as its own belongs to somebody else's space.

        All dates to come of its series that have the number go with it. Clients and the owner are told as
        with ``move``. Nothing happens when the conference does not have that number any more.

        Args:
            conference_id: a conference that is to come, or goes on.
            space_id: the space whose number is lost.

        Raises:
            ConferenceNotFound: there is no such conference.
        """

        def leaving(uow: UnitOfWork) -> Leaving | None:
            space = uow.bridges.space(space_id)
            source = uow.bridges.get(space.bridge_id) if space else None
            if space is None or source is None:
                return None
            return leaving_number(space, source, conference_id, self.clock())

        return self._move(conference_id, leaving)

    def leave(self, one: Concerned) -> list[Moved]:
        """Move what a bridge cannot take any more, if it is so still; clients and owners are told.

        Raises:
            ConferenceNotFound: there is no such conference.
        """
        cause, ids = one.cause, frozenset(one.conference_ids)

        def leaving(uow: UnitOfWork) -> Leaving | None:
            source = uow.bridges.get(one.bridge_id)
            if source is None or not _still_holds(uow, cause, source):
                return None
            outlook = outlook_of(settings_of(uow), self.clock())
            found = forced(cause, source, outlook, ids)
            return replace(found, confirmed=still_crowded(source)) if cause is Cause.FULL else found

        return self._move(one.conference_ids[0], leaving)

    def suppose(self, source: Bridge, cause: Cause) -> Iterator[Supposed]:
        """What ``leave`` would do with all that is concerned, one after the other, without doing it.

        All of it in one unit of work that only reads: nobody waits for it. What is moved first takes its
        place from what is moved later.

        Args:
            source: the bridge as it is supposed to be.
            cause: what is supposed.
        """
        with self.store.reading() as uow:
            estate = SupposedEstate(uow.bridges)
            outlook = outlook_of(settings_of(uow), self.clock())
            found = all_concerned(uow, [source], cause, outlook)
            for place, one in enumerate(found, start=1):
                conference = uow.conferences.get(one.conference_ids[0])
                leaving = forced(cause, source, outlook, frozenset(one.conference_ids))
                moved = self._plan(uow, estate, conference, leaving)[1] if conference else []
                for each in moved:
                    estate.place(each.before, each.place)
                yield Supposed(moved=moved, count=place, total=len(found))

    def _move(self, conference_id: int, leaving_in: Callable[[UnitOfWork], Leaving | None]) -> list[Moved]:
        def work(uow: UnitOfWork) -> list[Moved]:
            conference = locked(uow, conference_id)
            leaving = leaving_in(uow)
            if leaving is None:
                return []
            series, moved = self._plan(uow, uow.bridges, conference, leaving)
            stored = self._store(uow, series, moved)
            if stored is not None:
                self._publish(uow, moved, stored)
            return moved

        return write(self.store, work)

    def _plan(
        self, uow: UnitOfWork, estate: Estate, conference: Conference, leaving: Leaving
    ) -> tuple[Series | None, list[Moved]]:
        series = uow.conferences.series_of(conference.id) if conference.series else None
        dates = [
            one
            for one in (series.occurrences if series else [conference])
            if one.route and leaving.is_meant(one, one.route)
        ]
        if dates and leaving.confirmed:
            dates = list(leaving.confirmed(estate, dates))
        if not dates:
            return series, []
        taking_part = {system_id for one in dates for system_id in one.system_ids}
        decider = Decider(uow, uow.systems.many(taking_part), settings_of(uow), self.clock())
        found = find_elsewhere(estate, dates, leaving.leave, outlook=decider.outlook, zone_of=decider.zone_of)
        # All of them are kept until the end: the decider tells them apart as objects.
        routings = [None if isinstance(new.place, str) else Routing(new.place, new.choice) for new in found]
        return series, [
            Moved(one, new.place, decider.decision(one, routing) if routing else None)
            for one, new, routing in zip(dates, found, routings, strict=True)
        ]

    def _store(
        self, uow: UnitOfWork, series: Series | None, moved: Sequence[Moved]
    ) -> Conference | Series | None:
        """Store the new places; ``None`` when there are none."""
        going = [one for one in moved if isinstance(one.place, SpaceRoute)]
        if not going:
            return None
        version = max(one.before.version for one in going) + 1
        if series is None:
            after = going[0].after(version)
            uow.conferences.update(after)
            return after
        changed = {one.before.id: one.after(series.version + 1) for one in going}
        occurrences = tuple(changed.get(one.id, one) for one in series.occurrences)
        return uow.conferences.update_series(series, replace(series, occurrences=occurrences))

    def _publish(self, uow: UnitOfWork, moved: Sequence[Moved], stored: Conference | Series) -> None:
        """Have the new bridges do it; what clients can see is told by the change log and a mail."""
        after = {one.id: one for one in (stored.occurrences if isinstance(stored, Series) else [stored])}
        going = [one for one in moved if isinstance(one.place, SpaceRoute)]
        unseen = [Changed(one.before, after[one.before.id]) for one in going if not one.is_visible]
        seen = [Changed(one.before, after[one.before.id]) for one in going if one.is_visible]
        ask_bridges(uow, _CLIENT.request_id, self.clock(), unseen)
        if not seen:
            return
        caller = _owner_of(uow, going[0].before)
        record(uow, caller, _CLIENT.request_id, self.clock(), seen)
        viewer = self._viewer(uow, caller)
        self._tell(viewer, _CLIENT, [viewer.saved(stored)], MailPurpose.REROUTED)


def _still_holds(uow: UnitOfWork, cause: Cause, source: Bridge) -> bool:
    """Whether what was found of a bridge is still so."""
    if cause is Cause.DISABLED:
        return not source.is_enabled
    return cause is Cause.FULL or is_unreachable(source, uow.bridges.healths())


def _owner_of(uow: UnitOfWork, conference: Conference) -> Caller:
    """The owner, in whose name it is done, with all rights."""
    owner = uow.users.get(conference.owner_id) or uow.users.get(conference.created_by_id)
    if owner is None:
        raise LookupError(f"conference {conference.id} has neither an owner nor a creator")
    return Caller(user=owner, permissions=frozenset(Permission))
