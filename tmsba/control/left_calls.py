"""Ending what conferences left at addresses that did not answer. ADR 15."""

from collections.abc import Callable, Collection
from dataclasses import replace

import structlog

from tmsba.cms.client import BridgeClient
from tmsba.cms.errors import NotFoundOnBridge
from tmsba.control.plan import find_space
from tmsba.control.ports import LeftCall, LiveConference
from tmsba.domain.bridge import Space

log = structlog.get_logger(__name__)


def end_left_call(client: BridgeClient, hold: Callable[[], None], left: LeftCall, space: Space) -> None:
    """End what a conference left at an address.

    A call that we know is ended. Where we do not know whether there is one, only those are that nobody is in:
    people may have dialled in at this node, and be with the others through the links of the cluster.

    Args:
        client: of the address.
        hold: called before each request.
        left: what was left there.
        space: where it was left.

    Raises:
        BridgeError: the bridge does not do what it is asked.
    """
    hold()
    if left.call_id is not None:
        client.delete_call(left.call_id)
        log.info("left_call_ended", call_id=left.call_id)
        return
    found = find_space(client.spaces(), space.cospace_id, space.number)
    if found is None:
        return
    hold()
    for call in client.calls(found.id):
        hold()
        if not _is_used(client, call.id):
            hold()
            client.delete_call(call.id)
            log.info("left_call_ended", call_id=call.id)


def without(noted: LiveConference, ended: Collection[LeftCall]) -> LiveConference:
    """The note of a conference once some of what it left is ended."""
    return replace(noted, left=tuple(one for one in noted.left if one not in ended))


def _is_used(client: BridgeClient, call_id: str) -> bool:
    try:
        return bool(client.legs_of_call(call_id))
    except NotFoundOnBridge:
        return False
