"""The way into a space that hosts have: the same number, another PIN, and other rights. ADR 21."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from tmsba.cms.client import BridgeClient
from tmsba.cms.model import AccessMethod

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostWays:
    """The access methods of one of our spaces.

    Ours are those with the number of the space as URI and as call id; others that somebody made there stay.

    Attributes:
        hold: called before each request.
    """

    client: BridgeClient
    hold: Callable[[], None]
    cospace_id: str
    number: int

    def set(self, host_pin: str, call_leg_profile_id: str) -> None:
        """Make it the one that a conference needs, whatever an earlier try or conference has left.

        Args:
            host_pin: what hosts enter.
            call_leg_profile_id: their rights.

        Raises:
            BridgeError: the bridge does not do what it is asked.
        """
        values = {"passcode": host_pin, "call_leg_profile_id": call_leg_profile_id}
        ours = self._ours()
        for one in ours[1:]:
            self._delete(one)
        if not ours:
            self.hold()
            self.client.create_access_method(self.cospace_id, self.number, **values)
        elif (ours[0].passcode, ours[0].call_leg_profile_id) != (host_pin, call_leg_profile_id):
            self.hold()
            self.client.change_access_method(self.cospace_id, ours[0].id, **values)

    def is_there(self) -> bool:
        """Whether there is one.

        Raises:
            BridgeError: the bridge does not answer.
        """
        return bool(self._ours())

    def remove(self) -> None:
        """Leave none.

        Raises:
            BridgeError: the bridge does not do what it is asked.
        """
        for one in self._ours():
            self._delete(one)

    def _ours(self) -> list[AccessMethod]:
        self.hold()
        number = str(self.number)
        found = self.client.access_methods(self.cospace_id)
        return [one for one in found if (one.uri, one.call_id) == (number, number)]

    def _delete(self, one: AccessMethod) -> None:
        self.hold()
        self.client.delete_access_method(self.cospace_id, one.id)
        log.info("host_way_removed", number=self.number)
