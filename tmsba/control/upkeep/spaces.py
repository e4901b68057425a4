"""Close spaces and end calls of no conference; see that ongoing ones have theirs."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from tmsba.cms.meeting import SpaceSettings
from tmsba.cms.model import Call, placeholder_name
from tmsba.cms.model import Space as RemoteSpace
from tmsba.cms.wire.errors import BridgeError, NotFoundOnBridge, RequestRefused
from tmsba.control.meeting.host_ways import HostWays
from tmsba.control.meeting.scene import load_conference
from tmsba.control.upkeep.numbers import NumberSweep
from tmsba.control.upkeep.orphans import Damage, Orphan, find_damage, find_orphans, our_spaces
from tmsba.control.upkeep.site import Site, Swept
from tmsba.control.work.lease import LeaseLost
from tmsba.control.work.space_hold import SpaceHold
from tmsba.domain.bridge.bridge import Space
from tmsba.domain.time.times import Period
from tmsba.domain.values import ConferenceStatus
from tmsba.ports.live import LiveConference
from tmsba.ports.outbox import JobKind

log = structlog.get_logger(__name__)

#: Up to so many rooms are asked for by themselves in each sweep; of more, each has its turn in as few sweeps
#: as that takes, and in no more than ``ROUNDS``.
ROOMS_AT_ONCE = 50
ROUNDS = 12
#: How long jobs are given to do by themselves what is due.
_PATIENCE = timedelta(minutes=2)
_MOMENT = timedelta(seconds=1)

_Rooms = Mapping[str, tuple[Space, RemoteSpace]]
_NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the store says, read before the bridge is asked."""

    spaces: Sequence[Space]
    #: By the ids of spaces the conferences that hold them now, or within the next minutes.
    holders: Mapping[int, Sequence[int]]
    #: The same of those that should have been opened a while ago.
    due: Mapping[int, Sequence[int]]
    live: Sequence[LiveConference]

    @property
    def owned(self) -> frozenset[int]:
        """The spaces that a conference has, or may have."""
        return frozenset({*self.holders, *(one.space_id for one in self.live)})


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomSweep:
    """The rooms at one address."""

    site: Site
    #: Goes up by one from sweep to sweep and says whose turn it is; ``None`` for all of them.
    turn: int | None

    def clean(self) -> list[Swept]:
        """Close and end what nobody owns; have put right what ongoing conferences miss.

        Raises:
            BridgeError: the address does not answer.
        """
        site = self.site
        live = site.live.open_on_bridge(site.bridge.id)
        a_while_ago = site.clock() - _PATIENCE
        with site.store.reading() as uow:
            known = _Known(
                spaces=uow.bridges.spaces(site.bridge.id),
                holders=uow.bridges.holders(site.bridge.id, site.present),
                due=uow.bridges.holders(site.bridge.id, Period(a_while_ago, a_while_ago + _MOMENT)),
                live=live,
            )
        here = [one for one in live if (one.url or site.bridge.url) == site.url]
        calls = site.client.calls()
        asked = self._asked(known.spaces, calls, {one.space_id for one in here})
        rooms = self._looked_at(asked)
        cleaned = (self._clean(orphan) for orphan in find_orphans(rooms, calls, known.owned))
        swept = [one for one in cleaned if one]
        swept += self._mend(rooms, calls, here)
        if not site.is_main:
            return swept
        # What concerns the whole bridge is done with its main address.
        found = {space.id for space, _ in rooms.values()}
        lost = {space.id: space for space in asked if space.id not in found}
        others = [space for space in known.spaces if space.id not in lost]
        swept += NumberSweep(site).mend(list(lost.values()), others)
        return [*swept, *self._remind(known)]

    def _asked(self, spaces: Sequence[Space], calls: Sequence[Call], here: Collection[int]) -> list[Space]:
        """The spaces that are looked at in this sweep: those with something in them, and whose turn it is."""
        in_call = {call.space_id for call in calls} - {None}
        rounds = min(max(-(-len(spaces) // ROOMS_AT_ONCE), 1), ROUNDS)
        return [
            space
            for space in spaces
            if self.turn is None
            or space.id in here
            or space.cospace_id in in_call
            or space.id % rounds == self.turn % rounds
        ]

    def _looked_at(self, spaces: Sequence[Space]) -> _Rooms:
        """The rooms of these spaces that are there and ours."""
        seen = []
        for space in spaces:
            if space.cospace_id is None:
                continue
            self.site.go_on()
            room = self.site.client.space_if_any(space.cospace_id)
            if room is not None:
                seen.append(room)
        return our_spaces(spaces, seen)

    # ------------------------------------------------------------------ what is too much

    def _clean(self, orphan: Orphan) -> Swept | None:
        """Make a room what it is between meetings; ``None`` for one that is so."""
        parts = ["open"] if orphan.is_open else []
        parts += [f"in call {one}" for one in orphan.call_ids]
        act = self._end
        if not parts:
            if not self._host_ways(orphan.cospace_id, orphan.space, self.site.go_on).is_there():
                return None
            parts, act = ["with a way for hosts"], self._remove_ways
        found = f"{' and '.join(parts)} without a conference"
        return Swept(number=orphan.space.number, found=found, done=self._cleaned(orphan, act))

    def _cleaned(self, orphan: Orphan, act: Callable[[Orphan, SpaceHold], str]) -> str:
        if self.site.is_dry:
            return _NOTHING
        hold = self.site.hold(orphan.space.id)
        if not hold.take():
            return f"{_NOTHING}: somebody is changing the space"
        try:
            if self._is_owned(orphan.space):
                return f"{_NOTHING}: a conference has it now"
            done = act(orphan, hold)
        except LeaseLost:
            return f"{_NOTHING}: somebody is changing the space"
        except BridgeError as error:
            if error.is_retryable:
                raise
            return f"{_NOTHING}: {error}"
        finally:
            hold.give_back()
        log.warning("orphan_ended", number=orphan.space.number, is_open=orphan.is_open, calls=orphan.call_ids)
        return done

    def _end(self, orphan: Orphan, hold: SpaceHold) -> str:
        client = self.site.client
        if orphan.is_open:
            self._close(orphan, hold)
        if orphan.has_other_ways:
            self._remove_ways(orphan, hold)
        self._keep(hold)
        # Once more: somebody may have dialled in until it was closed.
        for call in client.calls(orphan.cospace_id):
            self._keep(hold)
            client.delete_call(call.id)
        return "closed" if orphan.is_open else "ended"

    def _remove_ways(self, orphan: Orphan, hold: SpaceHold) -> str:
        self._host_ways(orphan.cospace_id, orphan.space, lambda: self._keep(hold)).remove()
        return "removed"

    def _host_ways(self, cospace_id: str, space: Space, keep: Callable[[], None]) -> HostWays:
        return HostWays(client=self.site.client, hold=keep, cospace_id=cospace_id, number=space.number)

    def _close(self, orphan: Orphan, hold: SpaceHold) -> None:
        """Make the room what it is between meetings, whatever it was given."""
        name = placeholder_name(orphan.space.number)
        with self.site.store.reading() as uow:
            made = uow.bridges.preparation(self.site.bridge.id)
        usual = SpaceSettings(
            default_layout="",
            call_leg_profile_id=made.call_leg_profile_id,
            call_profile_id=made.call_profile_id,
            cdr_tag="",
        )
        self._keep(hold)
        try:
            self.site.client.close_space(orphan.cospace_id, placeholder_name=name, settings=usual)
        except (NotFoundOnBridge, RequestRefused) as error:
            # An old version, or the profiles are gone: closed is what matters.
            log.warning("room_keeps_its_settings", number=orphan.space.number, reason=str(error))
            self._keep(hold)
            self.site.client.close_space(orphan.cospace_id, placeholder_name=name)

    def _keep(self, hold: SpaceHold) -> None:
        self.site.go_on()
        hold.keep()

    def _is_owned(self, space: Space) -> bool:
        """Whether a conference has the space, asked while nobody can open it."""
        with self.site.store.reading() as uow:
            holders = uow.bridges.holders(self.site.bridge.id, self.site.present)
        return space.id in holders or bool(self.site.live.open_on_space(space.id, besides=0))

    # ------------------------------------------------------------------ what is missing

    def _mend(self, rooms: _Rooms, calls: Sequence[Call], here: Sequence[LiveConference]) -> list[Swept]:
        """Have conferences launched again whose space is closed or whose call is lost: that mends both."""
        found = [one for one in find_damage(rooms, calls, here) if self._is_ongoing(one.conference_id)]
        self.site.ask([one.conference_id for one in found], JobKind.LAUNCH)
        return [self._swept(one.space.number, _words(one)) for one in found]

    def _remind(self, known: _Known) -> list[Swept]:
        """Ask for jobs that should have been done: ends that are late, launches that are lost."""
        numbers = {space.id: space.number for space in known.spaces}
        booked = {one for conference_ids in known.holders.values() for one in conference_ids}
        late = [
            one for one in known.live if one.conference_id not in booked and self._is_over(one.conference_id)
        ]
        is_open_on = {(one.conference_id, one.space_id) for one in known.live}
        missing = [
            (conference_id, space_id)
            for space_id, conference_ids in known.due.items()
            for conference_id in conference_ids
            if (conference_id, space_id) not in is_open_on and self._is_ongoing(conference_id)
        ]
        self.site.ask([one.conference_id for one in late], JobKind.END)
        self.site.ask([conference_id for conference_id, _ in missing], JobKind.LAUNCH)
        return [
            *(
                self._swept(
                    numbers.get(one.space_id, 0), f"open for conference {one.conference_id}, which is over"
                )
                for one in late
            ),
            *(self._swept(numbers[space_id], f"not open for conference {one}") for one, space_id in missing),
        ]

    def _swept(self, number: int, found: str) -> Swept:
        return Swept(number=number, found=found, done=_NOTHING if self.site.is_dry else "left to the worker")

    def _is_ongoing(self, conference_id: int) -> bool:
        conference, now = load_conference(self.site.store, conference_id), self.site.clock()
        return conference is not None and conference.status(now) is ConferenceStatus.ONGOING

    def _is_over(self, conference_id: int) -> bool:
        conference = load_conference(self.site.store, conference_id)
        return conference is not None and conference.period.end + _PATIENCE <= self.site.clock()


def _words(damage: Damage) -> str:
    parts = (["closed"] if damage.is_closed else []) + (["without its call"] if damage.is_call_lost else [])
    return f"{' and '.join(parts)} although conference {damage.conference_id} is going on"
