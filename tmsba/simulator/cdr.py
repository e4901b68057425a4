"""Call detail records: what is written when calls and call legs start, change and end.

Written from the bridge's clock and state to every receiver (CMS API reference, 10.4; the records themselves
are those of the Call Detail Records Guide: session, recordIndex, correlatorIndex).
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lxml import etree

from tmsba.simulator.receivers import Receiver
from tmsba.simulator.records import Call, CallLeg
from tmsba.simulator.xml import Fields, render_record

if TYPE_CHECKING:
    from tmsba.simulator.objects import Bridge

MOST_RECEIVERS = 2


def cdr_time() -> str:
    """Return the present moment as it is written into records."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class CallDetailRecords:
    """The records of one call bridge and who receives them.

    Args:
        bridge: The bridge.
    """

    def __init__(self, bridge: "Bridge") -> None:
        self._bridge = bridge
        self.session = bridge.cluster.chance.new_id()
        self.receivers: dict[str, Receiver] = {}
        self.next_index = 0
        self._running = False

    def add_receiver(self, uri: str) -> Receiver:
        """Add somebody who gets the records from now on.

        Args:
            uri: Where to; may be blank until it is set.
        """
        receiver = Receiver(
            self._bridge.cluster.chance.new_id(), retry_seconds=self._bridge.settings.retry_seconds
        )
        receiver.trouble = self._told(receiver)
        receiver.redirect(uri)
        self.receivers[receiver.id] = receiver
        if self._running:
            receiver.start()
        return receiver

    def remove_receiver(self, receiver: Receiver) -> None:
        """Send nothing more to somebody."""
        del self.receivers[receiver.id]
        receiver.stop()
        self._bridge.alarms.clear_where("cdrConnectionFailure", receiver=receiver.id)

    def start(self) -> None:
        """Begin to send."""
        self._running = True
        for receiver in self.receivers.values():
            receiver.start()

    def stop(self) -> None:
        """Stop sending; what was not sent yet is kept."""
        self._running = False
        for receiver in self.receivers.values():
            receiver.stop()

    def restart(self) -> None:
        """Begin a new session, as a bridge does that was started anew: what was not sent is lost."""
        self.session = self._bridge.cluster.chance.new_id()
        self.next_index = 0
        for receiver in self.receivers.values():
            receiver.forget()

    def call_start(self, call: Call) -> None:
        """Write that a call has started."""
        space = self._bridge.spaces.get(call.space) if call.space else None
        fields: Fields = [
            ("name", call.name or None),
            ("ownerName", space.values.get("meetingScheduler") if space else None),
            ("callType", "coSpace" if call.space else "adHoc"),
            ("coSpace", call.space),
            ("cdrTag", space.values.get("cdrTag") if space else None),
            ("callCorrelator", call.correlator),
        ]
        self._write("callStart", "call", call.id, fields)

    def call_end(self, call: Call) -> None:
        """Write that a call has ended."""
        fields: Fields = [
            ("callLegsCompleted", call.completed_legs),
            ("callLegsMaxActive", call.most_legs),
            ("durationSeconds", int(self._bridge.now() - call.started)),
        ]
        self._write("callEnd", "call", call.id, fields)

    def leg_start(self, leg: CallLeg) -> None:
        """Write that a call leg has started."""
        moved = leg.moved or (None, None, None)
        fields: Fields = [
            ("displayName", leg.name),
            ("localAddress", leg.local_address or None),
            ("remoteAddress", leg.remote_party),
            ("remoteParty", leg.remote_party),
            ("type", "sip"),
            ("direction", "incoming" if leg.incoming else "outgoing"),
            ("call", leg.call),
            *_of_leg(leg),
            ("canMove", True),
            ("movedCallLeg", moved[0]),
            ("movedCallLegCallBridge", moved[2]),
        ]
        self._write("callLegStart", "callLeg", leg.id, fields)

    def leg_update(self, leg: CallLeg) -> None:
        """Write that a call leg has changed."""
        fields: Fields = [
            ("state", leg.state),
            ("deactivated", leg.deactivated),
            ("remoteAddress", leg.remote_party),
            ("call", leg.call),
            *_of_leg(leg),
        ]
        self._write("callLegUpdate", "callLeg", leg.id, fields)

    def leg_end(self, leg: CallLeg, reason: str) -> None:
        """Write that a call leg has ended.

        Args:
            leg: The call leg.
            reason: Why, in the words of the guide.
        """
        answered = leg.connected is not None
        fields: Fields = [
            ("reason", reason),
            ("remoteTeardown", reason.startswith("remote")),
            ("durationSeconds", int(self._bridge.now() - leg.connected) if leg.connected is not None else 0),
            ("unencryptedMedia", True if answered else None),
            ("rxAudio", [("codec", "aac")] if answered else None),
            ("txAudio", [("codec", "aac")] if answered else None),
            *_of_leg(leg),
        ]
        self._write("callLegEnd", "callLeg", leg.id, fields)

    def recording(self, call: Call, identifier: str, *, starts: bool, what: str = "recording") -> None:
        """Write that a recording, or a stream, has started or ended."""
        fields: Fields = [("call", call.id)] if starts else []
        self._write(f"{what}{'Start' if starts else 'End'}", what, identifier, fields)

    def _write(self, kind: str, tag: str, identifier: str, fields: Fields) -> None:
        receivers = [receiver for receiver in self.receivers.values() if receiver.uri]
        if not receivers:
            return
        record = etree.Element("record", type=kind, time=cdr_time())
        record.append(etree.fromstring(render_record(tag, identifier, fields)))
        record.set("correlatorIndex", str(self.next_index))
        self.next_index += 1
        clustered = len(self._bridge.call_bridges) > 1
        attributes = {"session": self.session} | ({"callBridge": self._bridge.id} if clustered else {})
        for receiver in receivers:
            receiver.take(record, attributes)

    def _told(self, receiver: Receiver) -> Callable[[bool], None]:
        def told(failing: bool) -> None:
            with self._bridge.lock:
                if failing and receiver.id in self.receivers:
                    details = {"failureReason": "connectFailure", "receiver": receiver.id}
                    self._bridge.alarms.add("cdrConnectionFailure", details)
                else:
                    self._bridge.alarms.clear_where("cdrConnectionFailure", receiver=receiver.id)

        return told


def _of_leg(leg: CallLeg) -> Fields:
    return [
        ("groupId", leg.participant),
        ("sipCallId", f"{leg.id}@simulator.example.com"),
        ("ownerId", leg.values.get("ownerId")),
    ]
