"""Set a registered bridge up over its API. Source: integration guide, Adding CMS to TMS."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import structlog

from tmsba.cms.client import BridgeClient
from tmsba.cms.setup.setup import BridgeSetup, prepare_bridge
from tmsba.cms.wire.errors import BridgeError
from tmsba.control.bridge.bridge_profiles import remove_orphans
from tmsba.control.bridge.clients import ClientFactory
from tmsba.control.bridge.rooms import taken_text
from tmsba.control.bridge.setup_values import to_preparation, to_setup
from tmsba.control.work.lease import LeaseLost
from tmsba.control.work.setup_lease import SetupLease
from tmsba.control.work.tickets import (
    CONNECTION,
    NAME,
    NAME_IS_BLANK,
    NUMBERS,
    NUMBERS_ARE_MISSING,
    SETUP,
    SPACE,
    SPACES,
    bridge_subject,
    close_ticket,
    open_ticket,
    space_kind,
    sync_tickets,
)
from tmsba.domain.bridge.bridge import Bridge, BridgePreparation, SpaceState
from tmsba.ports.repeating import write
from tmsba.ports.work import Clock, Store, UnitOfWork

log = structlog.get_logger(__name__)

_WAIT_S = 1.0


def register_bridge(
    store: Store,
    clock: Clock,
    bridge_id: int,
    factory: ClientFactory,
    *,
    progress: Callable[[str], None] | None = None,
    wait: Callable[[float], None] | None = None,
) -> bool:
    """Make profiles and numbered spaces on a bridge, or go on where an earlier try stopped.

    Spaces whose numbers nobody needs any more are removed. Trouble becomes a ticket, success closes it; what
    an administrator has yet to set is a ticket too.

    Args:
        store: where the bridge is registered.
        clock: the present, for the tickets.
        bridge_id: the registered bridge.
        factory: makes the client.
        progress: is told in words what comes next.
        wait: waits a number of seconds, again and again while another process sets the bridge up; without
            it the bridge is left to that process.

    Returns:
        Whether the bridge is ready.
    """
    lease = SetupLease(store=store, clock=clock, bridge_id=bridge_id)
    while not lease.hold():
        if wait is None:
            return False
        if progress:
            progress("Another process is setting the bridge up: waiting for it.")
        wait(_WAIT_S)
    try:
        return _register(store, clock, bridge_id, factory, lease, progress)
    except LeaseLost:
        log.warning("bridge_set_up_by_another", bridge_id=bridge_id)
        return False
    finally:
        lease.give_back()


def _register(
    store: Store,
    clock: Clock,
    bridge_id: int,
    factory: ClientFactory,
    lease: SetupLease,
    progress: Callable[[str], None] | None,
) -> bool:
    with store.reading() as uow:
        bridge = uow.bridges.get(bridge_id)
        if bridge is None:
            return False
        credentials = uow.bridges.credentials(bridge_id)
        known = uow.bridges.preparation(bridge_id)
        numbers = uow.bridges.numbers_in_use(bridge_id, clock())
    check_settings(store, clock, bridge)
    client = factory(bridge, credentials)
    try:
        _prepare(store, client, bridge, known, numbers, lease, progress)
        if known.software_version:
            _tidy(store, client, bridge)
    except BridgeError as error:
        kind = _kind_of(error)
        again = "" if error.is_retryable else f" Mend that, then run 'tmsba bridge prepare {bridge.name}'."
        if open_ticket(store, clock, bridge_subject(bridge.name), kind, f"{error}{again}"):
            log.warning("bridge_not_ready", bridge=bridge.name, reason=str(error))
        return False
    finally:
        client.close()
    for kind in (CONNECTION, SETUP, SPACES):
        close_ticket(store, clock, bridge_subject(bridge.name), kind)
    log.info("bridge_ready", bridge=bridge.name, numbers=bridge.numeric_id_quantity)
    return True


def _tidy(store: Store, client: BridgeClient, bridge: Bridge) -> None:
    """Remove what an earlier launch may have left; the bridge is ready all the same if that fails."""
    with store.reading() as uow:
        noted = uow.bridges.profiles(bridge.id).made
    try:
        remove_orphans(client, noted.values())
    except BridgeError as error:
        log.warning("profiles_not_tidied", bridge=bridge.name, reason=str(error))


def check_settings(store: Store, clock: Clock, bridge: Bridge) -> None:
    """Have tickets open for what an administrator has yet to set, and for nothing else."""
    wanted = {}
    if bridge.is_unnamed:
        wanted[NAME] = NAME_IS_BLANK
    if not bridge.has_numbers:
        wanted[NUMBERS] = NUMBERS_ARE_MISSING
    sync_tickets(store, clock, bridge_subject(bridge.name), wanted, lambda kind: kind in (NAME, NUMBERS))


def _kind_of(error: BridgeError) -> str:
    return CONNECTION if error.is_retryable else SETUP


def _prepare(
    store: Store,
    client: BridgeClient,
    bridge: Bridge,
    known: BridgePreparation,
    numbers: frozenset[int],
    lease: SetupLease,
    progress: Callable[[str], None] | None,
) -> None:
    noted = dict(known.cospace_ids)

    def record(setup: BridgeSetup, *, is_complete: bool = False) -> None:
        lease.keep()

        def work(uow: UnitOfWork) -> None:
            # An administrator may have changed the range in the meantime: then there is more to do.
            is_all = uow.bridges.numbers_in_use(bridge.id, lease.clock()) <= numbers
            preparation = to_preparation(setup, is_complete=is_complete and is_all)
            # A launch may have found a room again, or made one, and noted its id in the meantime.
            stored = uow.bridges.preparation(bridge.id).cospace_ids
            ids = _merged(stored, noted, setup.space_ids)
            uow.bridges.set_preparation(bridge.id, replace(preparation, cospace_ids=ids))

        write(store, work)
        noted.clear()
        noted.update(setup.space_ids)

    def pause(seconds: float) -> None:
        time.sleep(seconds)
        lease.keep()

    setup = prepare_bridge(
        client, numbers=numbers, progress=progress, known=to_setup(known), record=record, pause=pause
    )
    record(setup, is_complete=True)
    _note_in_way(store, lease.clock, bridge, setup)


def _merged(stored: Mapping[int, str], before: Mapping[int, str], after: Mapping[int, str]) -> dict[int, str]:
    """The ids that are stored, with what changed from before to after."""
    gone = {number for number in before.keys() - after.keys() if stored.get(number) == before[number]}
    kept = {number: room for number, room in stored.items() if number not in gone}
    return kept | {number: room for number, room in after.items() if before.get(number) != room}


def _note_in_way(store: Store, clock: Clock, bridge: Bridge, setup: BridgeSetup) -> None:
    """Remember which numbers others have, and have a ticket about each of them and about no other number."""
    with store.reading() as uow:
        spaces = [space for space in uow.bridges.spaces(bridge.id) if space.number in setup.in_way]

    def work(uow: UnitOfWork) -> None:
        for space in spaces:
            if space.state is not SpaceState.FOREIGN:
                uow.bridges.set_space_state(space.id, SpaceState.FOREIGN)

    if spaces:
        write(store, work)
    wanted = {space_kind(number): taken_text(number, room) for number, room in setup.in_way.items()}
    subject = bridge_subject(bridge.name)
    sync_tickets(store, clock, subject, wanted, lambda kind: kind.startswith(SPACE))
