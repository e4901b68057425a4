"""Set a registered bridge up over its API. Source: integration guide, Adding CMS to TMS."""

from collections.abc import Callable

import structlog

from tmsba.booking.ports import Clock, Store
from tmsba.cms.client import BridgeClient
from tmsba.cms.errors import BridgeError
from tmsba.cms.setup import BridgeSetup, prepare_bridge
from tmsba.control.clients import ClientFactory
from tmsba.control.tickets import CONNECTION, SETUP, bridge_subject, close_ticket, open_ticket
from tmsba.domain.bridge import Bridge, BridgePreparation

log = structlog.get_logger(__name__)


def register_bridge(
    store: Store,
    clock: Clock,
    bridge_id: int,
    factory: ClientFactory,
    *,
    progress: Callable[[str], None] | None = None,
) -> bool:
    """Make profiles and numbered spaces on a bridge, or go on where an earlier try stopped.

    Trouble becomes a ticket, success closes it.

    Args:
        store: where the bridge is registered.
        clock: the present, for the tickets.
        bridge_id: the registered bridge.
        factory: makes the client.
        progress: is told in words what comes next.

    Returns:
        Whether the bridge is ready.
    """
    with store.reading() as uow:
        bridge = uow.bridges.get(bridge_id)
        if bridge is None:
            return False
        credentials = uow.bridges.credentials(bridge_id)
        known = uow.bridges.preparation(bridge_id)
    client = factory(bridge, credentials)
    try:
        _prepare(store, client, bridge, known, progress)
    except BridgeError as error:
        kind = CONNECTION if error.is_retryable else SETUP
        again = "" if error.is_retryable else f" Mend that, then run 'tmsba bridge prepare {bridge.name}'."
        if open_ticket(store, clock, bridge_subject(bridge.name), kind, f"{error}{again}"):
            log.warning("bridge_not_ready", bridge=bridge.name, reason=str(error))
        return False
    finally:
        client.close()
    for kind in (CONNECTION, SETUP):
        close_ticket(store, clock, bridge_subject(bridge.name), kind)
    log.info("bridge_ready", bridge=bridge.name, numbers=bridge.numeric_id_quantity)
    return True


def _prepare(
    store: Store,
    client: BridgeClient,
    bridge: Bridge,
    known: BridgePreparation,
    progress: Callable[[str], None] | None,
) -> None:
    def record(setup: BridgeSetup, *, is_complete: bool = False) -> None:
        preparation = BridgePreparation(
            call_profile_id=setup.call_profile_id,
            call_leg_profile_id=setup.call_leg_profile_id,
            parameter_set_id=setup.parameter_set_id,
            software_version=setup.version or "",
            cospace_ids=setup.space_ids,
            is_complete=is_complete,
        )
        with store.writing() as uow:
            uow.bridges.set_preparation(bridge.id, preparation)
            uow.commit()

    setup = prepare_bridge(
        client,
        first_number=bridge.numeric_id_base,
        quantity=bridge.numeric_id_quantity,
        progress=progress,
        known=BridgeSetup(
            version=known.software_version or None,
            call_profile_id=known.call_profile_id,
            call_leg_profile_id=known.call_leg_profile_id,
            parameter_set_id=known.parameter_set_id,
            space_ids=known.cospace_ids,
        ),
        record=record,
    )
    record(setup, is_complete=True)
