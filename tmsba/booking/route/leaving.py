"""Why conferences leave a bridge or a number, which of them do, and where they may go.

Source: ADR 15, ADR 18 and ADR 22.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from tmsba.booking.request.change_log import EARLY
from tmsba.booking.route.other_bridges import Estate, Leave
from tmsba.domain.bridge.bridge import Bridge, Space
from tmsba.domain.conference.conference import Conference, SpaceRoute
from tmsba.domain.routing.outlook import Outlook
from tmsba.domain.routing.reasons import ChoiceReason
from tmsba.domain.routing.room import Hold, who_leaves
from tmsba.domain.values import ConferenceStatus
from tmsba.ports.work import UnitOfWork


class Cause(Enum):
    """Why a bridge cannot take conferences any more that are booked on it."""

    #: It is disabled, or is to be removed.
    DISABLED = "disabled"
    #: It does not answer, and they start soon.
    DOWN = "down"
    #: It takes fewer participants than are booked.
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Concerned:
    """A conference, or dates of a series, whose bridge cannot take them any more."""

    #: By start.
    conference_ids: tuple[int, ...]
    bridge_id: int
    cause: Cause


def concerned(bridge: Bridge, cause: Cause, holds: Sequence[Hold], outlook: Outlook) -> list[Concerned]:
    """Those that have to leave a bridge, a series as one, by their first start.

    Args:
        bridge: as it is, or is supposed to be.
        cause: why.
        holds: who holds a number of the bridge and is not over, by start.
        outlook: the present, and how soon conferences must start to leave a bridge that is down.
    """
    limit = bridge.participant_limit
    if cause is Cause.FULL:
        holds = [] if limit is None else who_leaves(holds, limit, outlook.now)
    by_series: dict[tuple[int | None, int], list[int]] = {}
    for hold in holds:
        if _has_to_go(cause, hold.period.start, outlook):
            key = (hold.series_id, 0 if hold.series_id else hold.conference_id)
            by_series.setdefault(key, []).append(hold.conference_id)
    return [
        Concerned(conference_ids=tuple(ids), bridge_id=bridge.id, cause=cause) for ids in by_series.values()
    ]


def all_concerned(
    uow: UnitOfWork, bridges: Sequence[Bridge], cause: Cause, outlook: Outlook
) -> list[Concerned]:
    """Those that have to leave any of some bridges for one cause, in one statement; see ``concerned``."""
    if not bridges:
        return []
    until = outlook.soon if cause is Cause.DOWN else None
    holds = uow.bridges.holds([bridge.id for bridge in bridges], outlook.now, until=until)
    return [one for bridge in bridges for one in concerned(bridge, cause, holds.get(bridge.id, ()), outlook)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """Which dates leave, and where they may go."""

    leave: Leave
    #: Whether a date with a route leaves what it has.
    is_meant: Callable[[Conference, SpaceRoute], bool]
    #: Which of those that are meant really have to, by what the bridges hold now; ``None`` for all.
    confirmed: Callable[[Estate, Sequence[Conference]], Sequence[Conference]] | None = None


def leaving_bridge(source: Bridge, target: Bridge | None, now: datetime) -> Leaving:
    """Everything to come leaves a bridge because an administrator wants it."""

    def is_allowed(bridge: Bridge) -> bool:
        return bridge.is_enabled and bridge.id != source.id and (target is None or bridge.id == target.id)

    why = ChoiceReason.LEFT.because(bridge=source.name)
    return Leaving(
        leave=Leave(source=source, is_allowed=is_allowed, why=why),
        is_meant=lambda one, route: _is_to_come(one, now) and route.bridge_id == source.id,
    )


def leaving_number(space: Space, source: Bridge, conference_id: int, now: datetime) -> Leaving:
    """A number is left that somebody else's space has, by what is to come and by one that goes on."""

    def is_meant(one: Conference, route: SpaceRoute) -> bool:
        is_going_on = one.status(now) is ConferenceStatus.ONGOING and one.id == conference_id
        return route.space_id == space.id and (is_going_on or _is_to_come(one, now))

    why = ChoiceReason.NUMBER_LEFT.because(number=space.number, bridge=source.name)
    return Leaving(
        leave=Leave(source=source, is_allowed=lambda bridge: bridge.is_enabled, why=why), is_meant=is_meant
    )


def forced(cause: Cause, source: Bridge, outlook: Outlook, ids: Collection[int] = ()) -> Leaving:
    """What is to come leaves a bridge that cannot take it any more.

    Args:
        cause: why.
        source: the bridge, as it is or is supposed to be.
        outlook: the present, and how soon conferences must start to leave a bridge that is down.
        ids: the dates that leave a full bridge.
    """
    name = source.name
    minutes = round(outlook.horizon.total_seconds() / 60)
    why = {
        Cause.DISABLED: ChoiceReason.LEFT_DISABLED.because(bridge=name),
        Cause.DOWN: ChoiceReason.LEFT_DOWN.because(bridge=name, minutes=minutes),
        Cause.FULL: ChoiceReason.LEFT_FULL.because(bridge=name, limit=source.participant_limit or 0),
    }[cause]

    def is_meant(one: Conference, route: SpaceRoute) -> bool:
        is_there = _is_to_come(one, outlook.now) and route.bridge_id == source.id
        is_counted = cause is not Cause.FULL or one.id in ids
        return is_there and is_counted and _has_to_go(cause, one.period.start, outlook)

    leave = Leave(
        source=source,
        is_allowed=lambda bridge: bridge.is_enabled and bridge.id != source.id,
        why=why,
        is_forced=True,
    )
    return Leaving(leave=leave, is_meant=is_meant)


def _has_to_go(cause: Cause, start: datetime, outlook: Outlook) -> bool:
    """Whether it has to leave by its start, aware.

    What may be open by now, since its space opens early, stays unless its bridge is down.
    """
    if cause is Cause.DOWN:
        return outlook.now < start <= outlook.soon
    return start > outlook.now + EARLY


def still_crowded(source: Bridge) -> Callable[[Estate, Sequence[Conference]], Sequence[Conference]]:
    """Those in whose time there are more participants on a bridge than it takes."""

    def confirmed(estate: Estate, dates: Sequence[Conference]) -> Sequence[Conference]:
        most = estate.most_participants([source.id], [one.period for one in dates])[source.id]
        return [one for one, count in zip(dates, most, strict=True) if not source.has_room_for(count)]

    return confirmed


def _is_to_come(conference: Conference, now: datetime) -> bool:
    return conference.status(now) is ConferenceStatus.PENDING
