"""End what conferences left at an address when it did not answer."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from tmsba.control.meeting.left_calls import end_left_call, without
from tmsba.control.upkeep.site import Site, Swept
from tmsba.control.work.lease import LeaseLost
from tmsba.control.work.space_hold import SpaceHold
from tmsba.domain.bridge.bridge import Space
from tmsba.domain.bridge.clusters import host_of
from tmsba.ports.live import LeftCall, LiveConference

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LeftSweep:
    """What was left at one address."""

    site: Site

    def end(self) -> list[Swept]:
        """End all of it.

        Raises:
            BridgeError: the address does not answer, or refuses something.
        """
        return [
            self._end(noted, left, space)
            for noted, left in self._found(self.site.url)
            if (space := self._space(left)) is not None
        ]

    def forget(self, url: str) -> None:
        """Forget what was left at an address that the bridge has no more."""
        for noted, left in self._found(url):
            if not self.site.is_dry and self._change(noted, left, lambda _: True):
                log.warning("left_call_forgotten", url=url, conference_id=noted.conference_id)

    def _found(self, url: str) -> list[tuple[LiveConference, LeftCall]]:
        place = (self.site.bridge.id, url)
        return [
            (noted, left)
            for noted in self.site.live.with_left()
            for left in noted.left
            if (left.bridge_id, left.url) == place
        ]

    def _space(self, left: LeftCall) -> Space | None:
        with self.site.store.reading() as uow:
            return uow.bridges.space(left.space_id)

    def _end(self, noted: LiveConference, left: LeftCall, space: Space) -> Swept:
        what = "a call" if left.call_id else "perhaps a call"
        found = f"{what} that conference {noted.conference_id} left at {host_of(self.site.url)}"
        if self.site.is_dry:
            return Swept(number=space.number, found=found, done="nothing")

        def end(hold: SpaceHold) -> bool:
            def keep() -> None:
                self.site.go_on()
                hold.keep()

            return end_left_call(self.site.client, keep, left, space, is_over=not noted.is_open)

        is_ended = self._change(noted, left, end)
        return Swept(number=space.number, found=found, done="ended" if is_ended else "nothing: in use now")

    def _is_taken(self, noted: LiveConference, left: LeftCall) -> bool:
        """Whether another conference has the space at this address by now."""
        others = self.site.live.open_on_space(left.space_id, besides=noted.conference_id)
        return any(other.url == left.url for other in others)

    def _change(self, noted: LiveConference, left: LeftCall, act: Callable[[SpaceHold], bool]) -> bool:
        """Do something about what was left, and forget it if that is done; whether it is.

        ``False`` also when somebody else is at it.
        """
        # The note is that of the space where the conference is, which may be another one.
        hold = self.site.hold(left.space_id, noted.space_id)
        if not hold.take():
            return False
        try:
            current = self.site.live.get(noted.conference_id)
            if current is None or left not in current.left or current.space_id != noted.space_id:
                return False
            # Whoever opens the space here after it was left has ended that first.
            if not self._is_taken(current, left) and not act(hold):
                return False
            self.site.live.put(without(current, [left]))
        except LeaseLost:
            return False
        finally:
            hold.give_back()
        return True
