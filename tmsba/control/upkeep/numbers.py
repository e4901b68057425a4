"""See that each number has a room of ours on its bridge, and give up what others have. ADR 18."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from tmsba.cms.wire.errors import RequestRefused
from tmsba.control.bridge.rooms import Rooms, SpaceForeign, SpaceMissing
from tmsba.control.upkeep.site import Site, Swept
from tmsba.control.work.lease import LeaseLost
from tmsba.control.work.space_hold import SpaceHold
from tmsba.domain.bridge.bridge import Space, SpaceState
from tmsba.domain.conference.conference import Conference
from tmsba.domain.errors import TmsbaError

log = structlog.get_logger(__name__)

_NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class NumberSweep:
    """The numbers whose noted room is not on a bridge, at its main address."""

    site: Site

    def mend(self, lost: Sequence[Space], others: Sequence[Space]) -> list[Swept]:
        """Find their rooms again, or make them; conferences leave those that somebody else has.

        Args:
            lost: the spaces of these numbers.
            others: the other spaces of the bridge; whoever still has a number that is known to be foreign
                leaves it as well.

        Raises:
            BridgeError: the address does not answer.
        """
        foreign = [space for space in others if space.state is SpaceState.FOREIGN]
        if not lost:
            return self._left(foreign)
        site = self.site
        with site.store.reading() as uow:
            is_set_up = uow.bridges.preparation(site.bridge.id).is_complete
            needed = uow.bridges.numbers_in_use(site.bridge.id, site.clock())
        if not is_set_up:
            return []  # whoever sets the bridge up makes all of them
        missing = [space for space in lost if space.number in needed]
        mended = [self._mended(space, foreign) for space in missing]
        return [*(one for one in mended if one), *self._left(foreign)]

    def _mended(self, space: Space, foreign: list[Space]) -> Swept | None:
        found = "no space" if space.cospace_id is None else "its space is gone"
        site = self.site
        if site.is_dry:
            return Swept(number=space.number, found=found, done=_NOTHING)
        hold = site.hold(space.id)
        if not hold.take():
            return None  # a launch is at it
        try:
            self._rooms(hold).recover(space)
        except SpaceForeign as reason:
            foreign.append(space)
            return Swept(number=space.number, found=str(reason), done=_NOTHING)
        except (SpaceMissing, RequestRefused) as reason:
            return Swept(number=space.number, found=found, done=f"{_NOTHING}: {reason}")
        except LeaseLost:
            return None
        finally:
            hold.give_back()
        return Swept(number=space.number, found=found, done="there again")

    def _rooms(self, hold: SpaceHold) -> Rooms:
        site = self.site

        def keep() -> None:
            site.go_on()
            hold.keep()

        return Rooms(
            store=site.store,
            clock=site.clock,
            client=site.client,
            hold=keep,
            bridge=site.bridge,
            is_main=True,
        )

    def _left(self, foreign: Sequence[Space]) -> list[Swept]:
        """Give the conferences to come other numbers that have one which belongs to somebody else's space."""
        site = self.site
        if not foreign or site.rerouting is None or site.is_dry:
            return []
        ids = {space.id for space in foreign}
        with site.store.reading() as uow:
            pending = uow.conferences.pending_on_bridge(site.bridge.id, site.clock())
        routes: dict[tuple[int, int], Conference] = {}
        for one in pending:
            if one.route and one.route.space_id in ids:
                # All dates of a series that have the same number go together.
                routes.setdefault((one.series.series_id if one.series else -one.id, one.route.space_id), one)
        return [swept for one in routes.values() for swept in self._moved(one)]

    def _moved(self, conference: Conference) -> list[Swept]:
        """Move one conference, or the dates to come of its series, to another number."""
        route, rerouting = conference.route, self.site.rerouting
        if route is None or rerouting is None:
            return []
        self.site.go_on()
        try:
            moved = rerouting.leave_number(conference.id, route.space_id)
        except TmsbaError as error:
            # Deleted in the meantime, or the store is too busy: the next sweep comes.
            log.warning("number_not_left", conference_id=conference.id, reason=error.message)
            return []
        return [
            Swept(
                number=route.number,
                found=f"conference {one.before.id} is booked there",
                done=one.place if isinstance(one.place, str) else f"has number {one.place.number} now",
            )
            for one in moved
        ]
