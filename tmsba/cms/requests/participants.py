"""Participants of calls: they may be connected at any node of a bridge's cluster."""

from tmsba.cms.meeting import USUAL_LEG, LegOptions
from tmsba.cms.model import BridgeParticipant, CallLeg
from tmsba.cms.readers import read_call_leg, read_is_balancing, read_participant
from tmsba.cms.wire.connection import segment
from tmsba.cms.wire.requester import Requester


class Participants(Requester):
    """The part of `BridgeClient` for those whom the cluster, and not one node, connects."""

    def is_balancing(self, group_id: str) -> bool:
        """Say whether a call bridge group spreads outgoing calls over its nodes.

        Raises:
            NotFoundOnBridge: there is no such group.

        Source: CMS API reference, 10.11.3.
        """
        return read_is_balancing(self._object(f"callBridgeGroups/{segment(group_id)}", "callBridgeGroup"))

    def participants_of_call(self, call_id: str) -> list[BridgeParticipant]:
        """Return everybody in one call, also those whom other nodes of the cluster host.

        Raises:
            NotFoundOnBridge: the call has ended.

        Source: CMS API reference, 8.1.5.
        """
        path = f"calls/{segment(call_id)}/participants"
        return self.gaps.ask(
            "participants of a call",
            lambda: self._list(path, "participant", read_participant),
            names_objects=True,
        )

    def create_participant(self, call_id: str, *, remote_party: str, options: LegOptions = USUAL_LEG) -> str:
        """Dial somebody into a call from the node that the cluster chooses, and return the participant's id.

        Args:
            call_id: The call, at the node that is asked.
            remote_party: A SIP URI or a phone number.
            options: In what this participant differs from the others.

        Source: CMS API reference, 8.1.6.
        """
        fields = {"remoteParty": remote_party} | options.fields()
        return self._connection.post(f"calls/{segment(call_id)}/participants", fields)

    def participant(self, participant_id: str) -> BridgeParticipant:
        """Return one participant.

        Raises:
            NotFoundOnBridge: the participant has left.

        Source: CMS API reference, 8.11.3.
        """
        path = f"participants/{segment(participant_id)}"
        return read_participant(self._object(path, "participant", participant_id), participant_id)

    def legs_of_participant(self, participant_id: str) -> list[CallLeg]:
        """Return a participant's connections; none when another node of the cluster has them.

        Raises:
            NotFoundOnBridge: the participant has left.

        Source: CMS API reference, 8.11.4.
        """
        path = f"participants/{segment(participant_id)}/callLegs"
        return self.gaps.ask(
            "call legs of a participant",
            lambda: self._list(path, "callLeg", read_call_leg),
            names_objects=True,
        )

    def delete_participant(self, participant_id: str) -> None:
        """Disconnect a participant of this node; one that is not there any more counts as disconnected.

        Raises:
            RequestRefused: another node hosts the participant.

        Source: CMS API reference, 4.5.
        """
        self._delete(f"participants/{segment(participant_id)}")
