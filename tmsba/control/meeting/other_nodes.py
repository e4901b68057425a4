"""Calls of a conference at other nodes of its bridge's cluster.

Where a cluster balances, it chooses the node that dials somebody, and only that node can hang up again.

Source: CMS API reference, 8.1.6 and 10.11; ADR 20.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import structlog

from tmsba.cms.client import BridgeClient
from tmsba.cms.model import BridgeParticipant, Call
from tmsba.cms.wire.errors import ODD_ANSWERS, BridgeError, NotFoundOnBridge

log = structlog.get_logger(__name__)


def everybody(client: BridgeClient, call_id: str) -> Sequence[BridgeParticipant]:
    """The participants of a call on all nodes of a cluster; none where the bridge has no such list.

    Raises:
        BridgeError: the bridge does not answer.
    """
    try:
        return client.participants_of_call(call_id)
    except ODD_ANSWERS as error:
        log.warning("participants_not_listed", reason=str(error))
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherNodes:
    """The rest of the cluster, as seen from the node where a conference is."""

    client: BridgeClient
    #: Called before each request.
    hold: Callable[[], None]
    #: Lends a client of the node with this id; a LookupError where it is not known.
    lend: Callable[[str], AbstractContextManager[BridgeClient]]

    def hosts(self, calls: Iterable[Call]) -> Collection[str]:
        """The ids of the nodes that have people in calls of this one.

        Raises:
            BridgeError: the bridge does not answer.
        """
        found: dict[str, None] = {}
        for call in calls:
            self.hold()
            people = everybody(self.client, call.id)
            found |= dict.fromkeys(one.call_bridge_id for one in people if one.call_bridge_id)
        return found

    def end_calls(self, node_ids: Iterable[str], cospace_id: str) -> None:
        """End what a space has at other nodes, as far as these answer; sweeps find the rest."""
        for node_id in node_ids:
            try:
                with self.lend(node_id) as client:
                    self.hold()
                    for call in client.calls(cospace_id):
                        self.hold()
                        client.delete_call(call.id)
            except (LookupError, BridgeError) as error:
                log.warning("part_of_call_not_ended", node_id=node_id, reason=str(error))

    def hang_up(self, participant_id: str) -> None:
        """Disconnect a participant at whichever node that is.

        Raises:
            BridgeError: a node does not answer.
        """
        self.hold()
        try:
            host = self.client.participant(participant_id).call_bridge_id
        except NotFoundOnBridge:
            return
        self.hold()
        if host is None:
            self.client.delete_participant(participant_id)
            return
        try:
            with self.lend(host) as client:
                client.delete_participant(participant_id)
        except LookupError as error:
            log.warning("participant_not_hung_up", participant_id=participant_id, reason=str(error))
