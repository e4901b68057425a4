"""The requests about who receives a bridge's call detail records (CMS API reference, 10.4)."""

from tmsba.cms.model import RecordReceiver
from tmsba.cms.readers import read_record_receiver
from tmsba.cms.wire.connection import segment
from tmsba.cms.wire.requester import Requester


class Receivers(Requester):
    """The part of `BridgeClient` about call detail records."""

    def record_receivers(self) -> list[RecordReceiver]:
        """Return who receives this Meeting Server's records (CMS API reference, 10.4.1)."""
        return self._list("system/cdrReceivers", "cdrReceiver", read_record_receiver)

    def create_record_receiver(self, uri: str) -> str:
        """Have records sent to somebody more and return the receiver's id (CMS API reference, 10.4.2).

        Raises:
            RequestRefused: There are as many as the bridge takes.
        """
        return self._connection.post("system/cdrReceivers", {"uri": uri})

    def change_record_receiver(self, receiver_id: str, uri: str) -> None:
        """Send records of one receiver elsewhere (CMS API reference, 10.4.2)."""
        self._connection.put(f"system/cdrReceivers/{segment(receiver_id)}", {"uri": uri})

    def delete_record_receiver(self, receiver_id: str) -> None:
        """Send somebody no more records; one that is not there any more counts as removed."""
        self._delete(f"system/cdrReceivers/{segment(receiver_id)}")
