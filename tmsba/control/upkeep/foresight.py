"""Look at conferences to come again when their bridge may not be able to take them any more. ADR 22."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from tmsba.booking.change.rerouting import Rerouting
from tmsba.booking.route.decisions import outlook_of
from tmsba.booking.route.leaving import Cause, Concerned, all_concerned
from tmsba.booking.route.moved import Moved
from tmsba.booking.view.desk import settings_of
from tmsba.control.upkeep.stranded import check_all_stranded
from tmsba.domain.bridge.bridge import Bridge
from tmsba.domain.bridge.health import is_unreachable
from tmsba.domain.errors import DatabaseDown, ServerBusy, TmsbaError
from tmsba.domain.routing.outlook import Outlook
from tmsba.ports.work import Clock, Store, UnitOfWork

log = structlog.get_logger(__name__)

#: So many conferences, or series, are moved before somebody looks anew.
_BATCH = 50
#: After so long those that found no place are tried again, though nothing about the bridges has changed.
_AGAIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _State:
    """What about a bridge decides whether it can take conferences."""

    bridge: Bridge
    is_down: bool

    @property
    def sign(self) -> tuple[object, ...]:
        """Another one when conferences have to be looked at again."""
        bridge = self.bridge
        return (bridge.is_enabled, bridge.participant_limit, bridge.domain, bridge.numbers, self.is_down)


@dataclass(slots=True, kw_only=True)
class Foresight:
    """Moves conferences to come off bridges that cannot take them, and no others.

    All bridges are looked at when something about one of them has changed since the last look, by whomever,
    and at the first look of a process; between these only those that are down, for what gets close. Several
    processes may do it: whoever is second finds it done.

    Attributes:
        stop: set when the process is to stop.
    """

    store: Store
    rerouting: Rerouting
    clock: Clock
    stop: threading.Event
    _seen: Mapping[int, tuple[object, ...]] | None = field(default=None, init=False)
    #: Those that found no place, and when they are tried again.
    _stayed: set[int] = field(default_factory=set, init=False)
    _again_at: datetime | None = field(default=None, init=False)

    def look(self) -> None:
        """Look until nothing more is to be moved. Raises nothing."""
        try:
            self._look()
        except TmsbaError as error:
            log.warning("store_not_available", reason=error.message)
        except Exception:
            log.exception("bridges_not_foreseen")

    def _look(self) -> None:
        with self.store.reading() as uow:
            signs = {one.bridge.id: one.sign for one in _states(uow)}
        is_due = self._again_at is not None and self.clock() >= self._again_at
        is_whole = is_due or signs != self._seen
        if is_whole:
            self._stayed.clear()
        has_found = False
        while batch := self._batch(is_whole=is_whole):
            has_found = True
            for one in batch:
                if self.stop.is_set():
                    return
                self._leave(one)
        self._seen = signs
        if is_whole or self._again_at is None:
            self._again_at = self.clock() + _AGAIN if self._stayed else None
        if has_found:
            check_all_stranded(self.store, self.clock)

    def _batch(self, *, is_whole: bool) -> Sequence[Concerned]:
        """The first of those that have to leave and were not tried yet."""
        with self.store.reading() as uow:
            outlook = outlook_of(settings_of(uow), self.clock())
            found = list(_found(uow, _states(uow), outlook, is_whole=is_whole))
        return [one for one in found if not self._stayed.issuperset(one.conference_ids)][:_BATCH]

    def _leave(self, one: Concerned) -> None:
        try:
            moved = self.rerouting.leave(one)
        except (ServerBusy, DatabaseDown):
            raise
        except Exception as error:
            # It may have been deleted in the meantime; whatever it is, the others go all the same.
            is_known = isinstance(error, TmsbaError)
            log.warning(
                "conference_not_moved",
                conference_id=one.conference_ids[0],
                reason=str(error),
                exc_info=not is_known,
            )
            self._stayed.update(one.conference_ids)
            return
        for each in moved:
            self._tell(each, one.cause)
        # What was found and did not move will not move at the next look either.
        gone = {each.before.id for each in moved if not isinstance(each.place, str)}
        self._stayed.update(set(one.conference_ids) - gone)

    def _tell(self, moved: Moved, cause: Cause) -> None:
        about = {"conference_id": moved.before.id, "cause": cause.value}
        if isinstance(moved.place, str):
            log.warning("conference_stays", **about, reason=moved.place)
        else:
            log.info("conference_moved", **about, bridge_id=moved.place.bridge_id, number=moved.place.number)


def _states(uow: UnitOfWork) -> Sequence[_State]:
    healths = uow.bridges.healths()
    return [_State(bridge, is_unreachable(bridge, healths)) for bridge in uow.bridges.all()]


def _found(
    uow: UnitOfWork, states: Iterable[_State], outlook: Outlook, *, is_whole: bool
) -> Iterator[Concerned]:
    """What has to leave, most urgent first; a statement for each cause that there may be.

    Args:
        uow: the unit of work.
        states: of all bridges.
        outlook: the present, and how soon conferences must start to leave a bridge that is down.
        is_whole: whether to look for more than what gets close on bridges that are down.
    """
    by_cause: dict[Cause, list[Bridge]] = {cause: [] for cause in (Cause.DOWN, Cause.DISABLED, Cause.FULL)}
    for one in states:
        if one.is_down:
            by_cause[Cause.DOWN].append(one.bridge)
        if is_whole and not one.bridge.is_enabled:
            by_cause[Cause.DISABLED].append(one.bridge)
        elif is_whole and one.bridge.participant_limit is not None:
            by_cause[Cause.FULL].append(one.bridge)
    for cause, bridges in by_cause.items():
        yield from all_concerned(uow, bridges, cause, outlook)
