"""The requests about further ways into a space, with a passcode and rights of their own.

Source: CMS API reference, 6.5.
"""

from tmsba.cms.model import AccessMethod
from tmsba.cms.readers import read_access_method
from tmsba.cms.wire.connection import segment
from tmsba.cms.wire.requester import Requester


class AccessMethods(Requester):
    """The part of `BridgeClient` about the access methods of spaces."""

    def access_methods(self, space_id: str) -> list[AccessMethod]:
        """Return the ways into a space besides its own (CMS API reference, 6.5.2).

        Raises:
            NotFoundOnBridge: There is no such space.
        """
        path = f"coSpaces/{segment(space_id)}/accessMethods"
        return self._list(path, "accessMethod", read_access_method)

    def create_access_method(
        self, space_id: str, number: int, *, passcode: str, call_leg_profile_id: str
    ) -> str:
        """Make another way into a space that is told from the others by its passcode, and return its id.

        Raises:
            RequestRefused: Another way into the space has the same number and passcode.
            NotFoundOnBridge: The space or the profile is gone.

        Source: CMS API reference, 6.5.3 and 8.4.5.
        """
        fields = {"uri": str(number), "callId": str(number)} | _values(passcode, call_leg_profile_id)
        return self._connection.post(f"coSpaces/{segment(space_id)}/accessMethods", fields)

    def change_access_method(
        self, space_id: str, method_id: str, *, passcode: str, call_leg_profile_id: str
    ) -> None:
        """Give a way into a space another passcode and profile (CMS API reference, 6.5.3)."""
        fields = _values(passcode, call_leg_profile_id)
        self._connection.put(_path(space_id, method_id), fields)

    def delete_access_method(self, space_id: str, method_id: str) -> None:
        """Remove a way into a space; one that is not there any more counts as removed (reference, 4.5)."""
        self._delete(_path(space_id, method_id))


def _path(space_id: str, method_id: str) -> str:
    return f"coSpaces/{segment(space_id)}/accessMethods/{segment(method_id)}"


def _values(passcode: str, call_leg_profile_id: str) -> dict[str, str]:
    return {"passcode": passcode, "callLegProfile": call_leg_profile_id}
