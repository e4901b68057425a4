"""Give conferences another bridge when theirs goes, or another number when theirs is lost. ADR 15, ADR 18.

Source: TMSBA guide, GetTransactionsSince, and Conference (JoinUri).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tmsba.booking.desk import settings_of
from tmsba.booking.lookup import locked
from tmsba.booking.other_bridges import Place, find_elsewhere
from tmsba.booking.ports import UnitOfWork
from tmsba.booking.recording import Changed, record
from tmsba.booking.route_decisions import Decider
from tmsba.booking.space_routes import Routing
from tmsba.booking.views import MailPurpose
from tmsba.booking.work import write
from tmsba.booking.writing import Writing
from tmsba.domain.bridge import Bridge
from tmsba.domain.conference import Conference, SpaceRoute
from tmsba.domain.decision import Decision
from tmsba.domain.people import Caller, Permission
from tmsba.domain.reasons import Reason
from tmsba.domain.series import Series
from tmsba.domain.values import ConferenceStatus
from tmsba.licensing.sessions import Client
from tmsba.routing.reasons import ChoiceReason

_CLIENT = Client(is_confirmation_wanted=True, request_id="reroute")


@dataclass(frozen=True, slots=True)
class Moved:
    """One conference that has, or would have, another bridge; or why it stays."""

    before: Conference
    place: Place
    decision: Decision | None = None

    @property
    def is_visible(self) -> bool:
        """Whether those who join have to know: the address or the page is another one."""
        old, new = self.before.route, self.place
        if isinstance(new, str) or old is None:
            return False
        return (old.join_uri, old.join_url) != (new.join_uri, new.join_url)

    def after(self, version: int) -> Conference:
        """The conference at its new place; what clients can see makes it another version."""
        if isinstance(self.place, str):
            return self.before
        changed = replace(self.before, route=self.place, decision=self.decision)
        return replace(changed, version=version) if self.is_visible else changed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leaving:
    """What is left, and for where."""

    source: Bridge
    #: Whether a date with a route leaves what it has.
    is_meant: Callable[[Conference, SpaceRoute], bool]
    is_allowed: Callable[[Bridge], bool]
    why: Reason


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
            return self._plan(uow, conference, self._bridge_left(source, target))[1] if conference else []

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
        return self._move(conference_id, self._bridge_left(source, target))

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
        with self.store.reading() as uow:
            space = uow.bridges.space(space_id)
            source = uow.bridges.get(space.bridge_id) if space else None
        if space is None or source is None:
            return []
        now = self.clock()

        def is_meant(one: Conference, route: SpaceRoute) -> bool:
            status = one.status(now)
            is_going_on = status is ConferenceStatus.ONGOING and one.id == conference_id
            return route.space_id == space_id and (is_going_on or status is ConferenceStatus.PENDING)

        why = ChoiceReason.NUMBER_LEFT.because(number=space.number, bridge=source.name)
        leaving = _Leaving(source=source, is_meant=is_meant, is_allowed=lambda one: one.is_enabled, why=why)
        return self._move(conference_id, leaving)

    def _move(self, conference_id: int, leaving: _Leaving) -> list[Moved]:
        def work(uow: UnitOfWork) -> list[Moved]:
            series, moved = self._plan(uow, locked(uow, conference_id), leaving)
            stored = self._store(uow, series, moved)
            if stored is not None:
                self._publish(uow, moved, stored)
            return moved

        return write(self.store, work)

    def _bridge_left(self, source: Bridge, target: Bridge | None) -> _Leaving:
        now = self.clock()

        def is_allowed(bridge: Bridge) -> bool:
            return bridge.is_enabled and bridge.id != source.id and (target is None or bridge.id == target.id)

        return _Leaving(
            source=source,
            is_meant=lambda one, route: (
                one.status(now) is ConferenceStatus.PENDING and route.bridge_id == source.id
            ),
            is_allowed=is_allowed,
            why=ChoiceReason.LEFT.because(bridge=source.name),
        )

    def _plan(
        self, uow: UnitOfWork, conference: Conference, leaving: _Leaving
    ) -> tuple[Series | None, list[Moved]]:
        now = self.clock()
        series = uow.conferences.series_of(conference.id) if conference.series else None
        dates = [
            one
            for one in (series.occurrences if series else [conference])
            if one.route and leaving.is_meant(one, one.route)
        ]
        if not dates:
            return series, []
        taking_part = {system_id for one in dates for system_id in one.system_ids}
        decider = Decider(uow, uow.systems.many(taking_part), settings_of(uow), now)
        found = find_elsewhere(
            uow,
            dates,
            leaving.source,
            leaving.is_allowed,
            why=leaving.why,
            outlook=decider.outlook,
            zone_of=decider.zone_of,
        )
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
        """Tell clients by the change log, and the owner by a mail, of what they can see."""
        visible = [one.before for one in moved if one.is_visible]
        if not visible:
            return
        after = {one.id: one for one in (stored.occurrences if isinstance(stored, Series) else [stored])}
        caller = _owner_of(uow, visible[0])
        record(
            uow, caller, _CLIENT.request_id, self.clock(), [Changed(one, after[one.id]) for one in visible]
        )
        viewer = self._viewer(uow, caller)
        self._tell(viewer, _CLIENT, [viewer.saved(stored)], MailPurpose.REROUTED)


def _owner_of(uow: UnitOfWork, conference: Conference) -> Caller:
    """The owner, in whose name it is done, with all rights."""
    owner = uow.users.get(conference.owner_id) or uow.users.get(conference.created_by_id)
    if owner is None:
        raise LookupError(f"conference {conference.id} has neither an owner nor a creator")
    return Caller(user=owner, permissions=frozenset(Permission))
