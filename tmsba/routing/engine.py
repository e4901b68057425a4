"""Which bridge and which space: a pure decision on a snapshot."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tmsba.domain.bridge import Bridge, BridgeOccupancy, Space


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What routing decided, with its reasons in words, one for each bridge it looked at."""

    bridge: Bridge | None = None
    space: Space | None = None
    reasons: tuple[str, ...] = ()


def with_participants(seen: BridgeOccupancy, others: Sequence[int], wanted: Sequence[int]) -> BridgeOccupancy:
    """What a bridge would have at its busiest moment in some periods.

    Args:
        seen: the bridge in these periods.
        others: the most participants of others at the same time, in each of the periods.
        wanted: how many participants are to be added, in each of the periods.
    """
    return replace(seen, participants=max(map(sum, zip(others, wanted, strict=True)), default=0))


def choose_bridge(occupancies: Sequence[BridgeOccupancy]) -> Decision:
    """The bridge with the fewest conferences in the period among those with a free space and enough room.

    Bridges that are down now come last: they may be back by then, and no booking is refused for it. Ties go
    to the lowest id and the space is the lowest-numbered free one, so that the same snapshot always gives
    the same decision. Without a bridge the decision says what was short.
    """
    if not occupancies:
        return Decision(reasons=("No bridge is registered.",))
    able = [seen for seen in occupancies if seen.free_space and seen.has_room]
    chosen = min(
        able, key=lambda seen: (not seen.is_reachable, seen.conferences, seen.bridge.id), default=None
    )
    reasons = tuple(_reason(seen, is_chosen=seen is chosen) for seen in occupancies)
    if chosen is None:
        return Decision(reasons=reasons)
    return Decision(bridge=chosen.bridge, space=chosen.free_space, reasons=reasons)


def _reason(seen: BridgeOccupancy, *, is_chosen: bool) -> str:
    name = f"Bridge {seen.bridge.name!r}"
    if is_chosen and seen.free_space:
        return f"{name} is chosen with number {seen.free_space.number}."
    if seen.free_space is None:
        return f"{name} has none of its {seen.bridge.numeric_id_quantity} numbers free in this period."
    if not seen.has_room:
        return (
            f"{name} takes up to {seen.bridge.max_participants} participants at the same time, and with this "
            f"conference there would be {seen.participants}."
        )
    if not seen.is_reachable:
        return f"{name} cannot be reached now."
    return f"{name} has {seen.conferences} conferences in this period, no fewer than the chosen one."
