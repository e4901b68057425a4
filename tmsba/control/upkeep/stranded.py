"""Conferences to come on bridges that are not for them any more."""

from tmsba.control.work.tickets import STRANDED, bridge_subject, sync_tickets
from tmsba.domain.bridge.bridge import Bridge
from tmsba.ports.work import Clock, Store


def check_stranded(store: Store, clock: Clock, bridge: Bridge) -> int:
    """Have a ticket open while conferences to come are booked on a bridge that is disabled; how many are."""
    with store.reading() as uow:
        count = 0 if bridge.is_enabled else len(uow.conferences.pending_on_bridge(bridge.id, clock()))
    text = (
        f"This bridge is disabled, and conferences to come are booked on it: {count}. A control worker moves "
        "them as soon as another bridge can take them. Why one cannot, is told by: tmsba bridge what-if "
        f'"{bridge.name}" --remove. Those that stay are held here if it answers.'
    )
    wanted = {STRANDED: text} if count else {}
    sync_tickets(store, clock, bridge_subject(bridge.name), wanted, lambda kind: kind == STRANDED)
    return count


def check_all_stranded(store: Store, clock: Clock) -> None:
    """The same for every disabled bridge."""
    with store.reading() as uow:
        disabled = [bridge for bridge in uow.bridges.all() if not bridge.is_enabled]
    for bridge in disabled:
        check_stranded(store, clock, bridge)
