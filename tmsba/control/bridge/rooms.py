"""The rooms of our numbers on a bridge: by the id we noted, else found again, or made. ADR 18.

Nothing here changes a room that is not ours; what to do for the conference is decided elsewhere.
"""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from tmsba.cms.client import BridgeClient
from tmsba.cms.model import Space as RemoteSpace
from tmsba.cms.setup.space_numbers import has_number
from tmsba.cms.setup.whose import Finding, NumberSearch, described
from tmsba.cms.wire.errors import NotFoundOnBridge, RequestRefused
from tmsba.control.work.tickets import bridge_subject, close_ticket, open_ticket, space_kind
from tmsba.domain.bridge.bridge import Bridge, BridgePreparation, Space, SpaceState
from tmsba.ports.repeating import write
from tmsba.ports.work import Clock, Store, UnitOfWork

log = structlog.get_logger(__name__)


class SpaceMissing(Exception):
    """The bridge has no room with the booked number, and it could not be made."""


class SpaceForeign(Exception):
    """Somebody else's room has the booked number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """The rooms at one address of a bridge.

    Attributes:
        hold: called before each request.
        is_main: whether it is the bridge's main address; ids are noted there, and rooms made.
    """

    store: Store
    clock: Clock
    client: BridgeClient
    hold: Callable[[], None]
    bridge: Bridge
    is_main: bool

    def to_open(self, space: Space) -> str:
        """The bridge's id of the room for a number, which is made if it is missing.

        Raises:
            SpaceForeign: somebody else's room has the number.
            SpaceMissing: there is none, and it cannot be made now.
        """
        room_id = self._noted(space)
        if room_id is None:
            return self.recover(space)
        if space.state is not SpaceState.READY:
            self._note_ready(space, room_id)
        return room_id

    def to_close(self, space: Space) -> str | None:
        """The bridge's id of the room for a number, if there is one of ours."""
        return self._noted(space) or self._search(self._made()).find_by_name(space.number).space_id

    def recover(self, space: Space) -> str:
        """The room of a number whose noted id leads nowhere: found again, or made.

        Raises:
            SpaceForeign: somebody else's room has the number.
            SpaceMissing: there is none, and it cannot be made now.
        """
        made = self._made()
        search = self._search(made)
        found = search.find_by_name(space.number)
        if found.space is None and space.state is SpaceState.FOREIGN:
            # Whoever had the number may have it still: look before asking for it.
            found = search.find(space.number)
        if found.space is None:
            found = self._make(search, made, space)
        if found.space_id is None:
            self._refuse(space, found.space)
        elif self.is_main and (found.space_id, SpaceState.READY) != (space.cospace_id, space.state):
            self._note_ready(space, found.space_id)
        return found.space_id or ""

    def _made(self) -> BridgePreparation:
        with self.store.reading() as uow:
            return uow.bridges.preparation(self.bridge.id)

    def _noted(self, space: Space) -> str | None:
        self.hold()
        room = self.client.noted_space(space.cospace_id)
        return room.id if room and has_number(room, space.number) else None

    def _search(self, made: BridgePreparation) -> NumberSearch:
        return NumberSearch(
            client=self.client,
            call_profile_id=made.call_profile_id,
            call_leg_profile_id=made.call_leg_profile_id,
            hold=self.hold,
        )

    def _make(self, search: NumberSearch, made: BridgePreparation, space: Space) -> Finding:
        name = self.bridge.name
        missing = f"Bridge {name!r} has no space with number {space.number}"
        if not self.is_main:
            raise SpaceMissing(f"{missing} at this address.")
        if not made.is_complete:
            raise SpaceMissing(
                f"{missing}: it is made when the bridge is set up; 'tmsba bridge prepare {name}' does that."
            )
        try:
            found = search.make(space.number)
        except NotFoundOnBridge as error:
            # The bridge lost our profiles: whoever sets it up makes them again, and what else is gone.
            self._note_missing(space, is_unprepared=True)
            raise SpaceMissing(
                f"{missing}, and it has lost our profiles: it is set up again. {error}"
            ) from error
        except RequestRefused as error:
            self._note_missing(space)
            raise SpaceMissing(f"{missing}, and it could not be made: {error}") from error
        if found.is_ours:
            log.warning("room_made", number=space.number, room=found.space_id)
        return found

    def _note_ready(self, space: Space, room_id: str) -> None:
        write(self.store, lambda uow: uow.bridges.set_cospace_id(space.id, room_id))
        close_ticket(self.store, self.clock, bridge_subject(self.bridge.name), space_kind(space.number))

    def _note_missing(self, space: Space, *, is_unprepared: bool = False) -> None:
        def work(uow: UnitOfWork) -> None:
            uow.bridges.set_space_state(space.id, SpaceState.MISSING)
            if is_unprepared:
                uow.bridges.prepare_again(self.bridge.id)

        write(self.store, work)

    def _refuse(self, space: Space, room: RemoteSpace | None) -> None:
        text = in_way_text(space.number, room)
        if not self.is_main:
            # Another bridge that is no node of the cluster has ids and profiles of its own.
            raise SpaceMissing(f"At this address of bridge {self.bridge.name!r}: {text}")
        note_in_way(self.store, self.clock, self.bridge, space, room)
        raise SpaceForeign(f"On bridge {self.bridge.name!r}: {text}")


def in_way_text(number: int, room: RemoteSpace | None) -> str:
    """Say for people that somebody else's room has a number."""
    return f"number {number} belongs to {described(room)}, and is left alone."


def taken_text(number: int, room: RemoteSpace | None) -> str:
    """What a ticket says about a number that somebody else's room has."""
    return (
        f"N{in_way_text(number, room)[1:]} Conferences get other numbers. When that space is removed, or has "
        "another number, this server makes its own again."
    )


def note_in_way(store: Store, clock: Clock, bridge: Bridge, space: Space, room: RemoteSpace | None) -> None:
    """Remember that somebody else's room has a number, and have a ticket say whose."""
    if space.state is not SpaceState.FOREIGN:
        write(store, lambda uow: uow.bridges.set_space_state(space.id, SpaceState.FOREIGN))
    subject, kind = bridge_subject(bridge.name), space_kind(space.number)
    if open_ticket(store, clock, subject, kind, taken_text(space.number, room)):
        log.warning("number_in_way", number=space.number, room=room.id if room else "")
