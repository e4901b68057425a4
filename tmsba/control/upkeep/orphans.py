"""What is on a bridge against what the store says: what nobody owns, and what is missing. Pure. ADR 15."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from tmsba.cms.model import Call, placeholder_name
from tmsba.cms.model import Space as RemoteSpace
from tmsba.domain.bridge.bridge import Space
from tmsba.ports.live import LiveConference


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphan:
    """A space of ours with something in it that belongs to no conference."""

    space: Space
    cospace_id: str
    #: Whether people can get in.
    is_open: bool
    call_ids: tuple[str, ...]
    #: Whether ways lead into it besides its own, which may be those of hosts.
    has_other_ways: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """Something that an ongoing conference should have, and has not."""

    conference_id: int
    space: Space
    is_closed: bool
    is_call_lost: bool


def our_spaces(spaces: Iterable[Space], seen: Iterable[RemoteSpace]) -> dict[str, tuple[Space, RemoteSpace]]:
    """The rooms on a bridge that are ours, by the bridge's ids of them, as they are there.

    Ours is a room that has both the id that the bridge gave when we had it made, and our number. Somebody
    else's may have either: another server's range, a room that was made by hand.

    Args:
        spaces: what the store knows.
        seen: what the bridge lists.
    """
    known = {space.cospace_id: space for space in spaces if space.cospace_id}
    ours = {}
    for room in seen:
        space = known.get(room.id)
        if space and str(space.number) in (room.call_id, room.uri):
            ours[room.id] = (space, room)
    return ours


def is_open(space: Space, room: RemoteSpace) -> bool:
    """Whether people can get in; lists do not tell, but an open room has the name of its meeting."""
    if room.is_non_member_access_allowed is not None:
        return room.is_non_member_access_allowed
    return room.name is not None and room.name != placeholder_name(space.number)


def find_orphans(
    ours: Mapping[str, tuple[Space, RemoteSpace]], calls: Sequence[Call], owned: Collection[int]
) -> list[Orphan]:
    """The rooms of ours that are open, or have calls or other ways, and that no conference has now.

    Args:
        ours: from ``our_spaces``.
        calls: all calls of the bridge.
        owned: the ids of the spaces that a conference has, or may have at this moment. People who dialled in
            before we started its call belong to it like everybody else.
    """
    in_room: dict[str, list[str]] = {}
    for call in calls:
        if call.space_id is not None:
            in_room.setdefault(call.space_id, []).append(call.id)
    found = [
        Orphan(
            space=space,
            cospace_id=cospace_id,
            is_open=is_open(space, room),
            call_ids=tuple(in_room.get(cospace_id, ())),
            has_other_ways=bool(room.access_method_count),
        )
        for cospace_id, (space, room) in ours.items()
        if space.id not in owned
    ]
    return [orphan for orphan in found if orphan.is_open or orphan.call_ids or orphan.has_other_ways]


def find_damage(
    ours: Mapping[str, tuple[Space, RemoteSpace]],
    calls: Iterable[Call],
    live: Iterable[LiveConference],
) -> list[Damage]:
    """The conferences whose room somebody closed, or whose call is gone.

    Args:
        ours: from ``our_spaces``; rooms of conferences as the view of a single one shows them.
        calls: all calls of the bridge.
        live: conferences that are open at this address.
    """
    rooms = {space.id: (space, room) for space, room in ours.values()}
    call_ids = {call.id for call in calls}
    damaged = []
    for one in live:
        if one.opened_at is None or one.space_id not in rooms:
            continue  # its launch is at it
        space, room = rooms[one.space_id]
        is_closed = room.is_non_member_access_allowed is False
        is_call_lost = one.call_id not in call_ids and not one.is_call_ended
        if is_closed or is_call_lost:
            damaged.append(
                Damage(
                    conference_id=one.conference_id,
                    space=space,
                    is_closed=is_closed,
                    is_call_lost=is_call_lost,
                )
            )
    return damaged
