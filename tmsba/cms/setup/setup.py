"""Making a bridge ready: profiles, and the numbered spaces that meetings are put into.

Source: integration guide, Adding CMS to TMS, and Create Reserved Conference Spaces; CMS API reference, 6.7.
"""

import time
from collections.abc import Callable, Collection

from tmsba.cms.client import BridgeClient
from tmsba.cms.setup.bridge_setup import BridgeSetup
from tmsba.cms.setup.bulk import BulkRun
from tmsba.cms.setup.preparation import Preparation
from tmsba.cms.setup.space_numbers import SpaceRange

__all__ = ["BridgeSetup", "SpaceRange", "prepare_bridge"]


def prepare_bridge(
    client: BridgeClient,
    *,
    numbers: Collection[int],
    progress: Callable[[str], None] | None = None,
    known: BridgeSetup | None = None,
    record: Callable[[BridgeSetup], None] | None = None,
    sync_timeout_s: float = 120,
    pause: Callable[[float], None] = time.sleep,
) -> BridgeSetup:
    """Make the profiles and numbered spaces on a bridge, or complete what an earlier run began.

    Run again with a complete `known` it changes nothing. Spaces that are no longer wanted are removed, but
    only those that an earlier run has noted in `known`.

    A space that is gone from the bridge is made again, without touching the others: they keep their ids and
    their meetings. A space of somebody else that has one of the numbers is left alone; the number gets none.

    Args:
        client: The bridge.
        numbers: Those that are to have a space. Without any, only the profiles are made.
        progress: Is told in words what comes next.
        known: The outcome of an earlier run, complete or as far as it was recorded.
        record: Is given the setup after each step, to be stored against a crash.
        sync_timeout_s: Seconds of pauses after which we stop waiting for the bridge to make the spaces.
        pause: Waits a number of seconds.

    Returns:
        The complete setup, with a space for every number that nobody else has; `in_way` has the others.

    Raises:
        ValueError: A number is negative.
        BulkSyncFailed: The bridge cannot make the spaces; the message says why.
        BulkSyncUnfinished: The bridge needs longer; run again with what was recorded.
        BridgeError: Anything else; run again with what was recorded.
    """
    wanted = frozenset(numbers)
    if wanted and min(wanted) < 0:
        raise ValueError("The numbers of a bridge must begin at 0 or above.")
    preparation = Preparation(
        client=client,
        numbers=wanted,
        setup=known or BridgeSetup(),
        tell=progress or (lambda _: None),
        record=record or (lambda _: None),
        bulk=BulkRun(client=client, timeout_s=sync_timeout_s, pause=pause),
        is_begun=known is not None and known.version is not None,
        is_repeated=known is not None and known.call_leg_profile_id is not None,
    )
    preparation.look_at_bridge()
    preparation.make_profiles()
    preparation.look_for_spaces()
    preparation.check_ranges()
    preparation.renew_profiles()
    preparation.add_ranges()
    preparation.make_spaces()
    preparation.remove_surplus()
    return preparation.setup
