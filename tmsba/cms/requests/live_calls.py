"""The requests that change a call while it lasts."""

from tmsba.cms.meeting import CallOptions
from tmsba.cms.wire.connection import segment
from tmsba.cms.wire.requester import Requester


class LiveCalls(Requester):
    """The part of `BridgeClient` that changes how a call is held."""

    def change_call(self, call_id: str, options: CallOptions) -> None:
        """Give a call what it would have been started with (CMS API reference, 8.1.2)."""
        self._connection.put(f"calls/{segment(call_id)}", options.fields())

    def is_recorded(self, call_id: str) -> bool:
        """Say whether a call is to be recorded now (CMS API reference, 8.1.3)."""
        return bool(self._object(f"calls/{segment(call_id)}", "call", call_id).boolean("recording"))

    def set_recorded(self, call_id: str, *, is_recorded: bool) -> None:
        """Start or stop the recording of a call (CMS API reference, 8.1.2).

        Raises:
            RequestRefused: The call's profile decides that, or there is no licence for it.
        """
        self._connection.put(f"calls/{segment(call_id)}", {"recording": str(is_recorded).lower()})

    def set_layout(self, call_id: str, layout: str) -> None:
        """Change what everybody sees who is in a call, by the bridge's word (CMS API reference, 8.1.7)."""
        path = f"calls/{segment(call_id)}/participants/*"
        self.gaps.ask(
            "all participants of a call",
            lambda: self._connection.put(path, {"layout": layout}),
            names_objects=True,
        )
