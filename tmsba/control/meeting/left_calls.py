"""Ending what conferences left at addresses that did not answer. ADR 15."""

from collections.abc import Callable, Collection
from dataclasses import replace

import structlog

from tmsba.cms.client import BridgeClient
from tmsba.cms.setup.space_numbers import has_number
from tmsba.cms.wire.errors import NotFoundOnBridge
from tmsba.domain.bridge.bridge import Space
from tmsba.ports.live import LeftCall, LiveConference

log = structlog.get_logger(__name__)


def end_left_call(
    client: BridgeClient, hold: Callable[[], None], left: LeftCall, space: Space, *, is_over: bool = True
) -> bool:
    """End what a conference left at an address; whether nothing of it is there any more.

    A call that we know is ended, unless people are in the conference through it: then the node was cut off
    from us, and not from the rest of its cluster. Where we do not know whether there is a call, those are
    ended that nobody is in.

    Args:
        client: of the address.
        hold: called before each request.
        left: what was left there.
        space: where it was left.
        is_over: whether the conference is not going on elsewhere.

    Raises:
        BridgeError: the bridge does not do what it is asked.
    """
    hold()
    if left.call_id is None:
        _end_unused(client, hold, space)
        return True
    if not is_over and _is_linked(client, left.call_id):
        return False
    hold()
    client.delete_call(left.call_id)
    log.info("left_call_ended", call_id=left.call_id)
    return True


def without(noted: LiveConference, ended: Collection[LeftCall]) -> LiveConference:
    """The note of a conference once some of what it left is ended."""
    return replace(noted, left=tuple(one for one in noted.left if one not in ended))


def _end_unused(client: BridgeClient, hold: Callable[[], None], space: Space) -> None:
    # A space that we have no id of, or that is another by now, has no call of ours.
    found = client.space_if_any(space.cospace_id) if space.cospace_id else None
    if found is None or not has_number(found, space.number):
        return
    hold()
    for call in client.calls(found.id):
        hold()
        if not _is_used(client, call.id):
            hold()
            client.delete_call(call.id)
            log.info("left_call_ended", call_id=call.id)


def _is_used(client: BridgeClient, call_id: str) -> bool:
    try:
        return bool(client.legs_of_call(call_id))
    except NotFoundOnBridge:
        return False


def _is_linked(client: BridgeClient, call_id: str) -> bool:
    """Whether people are in the call both at this node and, through the cluster, at others."""
    is_remote = {one.call_bridge_id is not None for one in client.participants() if one.call_id == call_id}
    return is_remote == {True, False}
