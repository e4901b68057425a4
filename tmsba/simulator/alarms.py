"""The alarms of one call bridge (CMS API reference, 10.2)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tmsba.simulator.chance import Chance

#: The alarm types of the reference that the present version still has.
ALARM_TYPES = frozenset(
    {
        "callBrandingResourceInvalid",
        "callBridgeConnectionFailure",
        "callDistributionFailure",
        "cdrConnectionFailure",
        "c2wConnectionFailure",
        "databaseClusterNodeOutOfSync",
        "databaseConnectionError",
        "ivrBrandingResourceInvalid",
        "licenseGrace",
        "licenseExpired",
        "recorderUnavailable",
        "streamerUnavailable",
        "turnServerUnavailable",
    }
)
#: What the reference shows of an alarm beside its type.
ALARM_DETAILS = (
    "failureReason",
    "callBridge",
    "callBridgeName",
    "call",
    "fileName",
    "recorderAddress",
    "streamerAddress",
    "turnServer",
)
FAILURE_REASONS = frozenset(
    {
        "authenticationFailure",
        "connectFailure",
        "dataFormatInvalid",
        "destinationReadOnly",
        "dnsFailure",
        "error",
        "fileNotFound",
        "fileSizeLimitExceeded",
        "internalServerError",
        "serviceUnavailable",
    }
)


@dataclass(frozen=True)
class Alarm:
    """An alarm condition that is active.

    Attributes:
        id: The identifier of this instance.
        type: Its type, in the words of the reference.
        since: When it was raised, by the bridge's clock.
        details: What else there is to say, of which the reference shows ``ALARM_DETAILS``.
    """

    id: str
    type: str
    since: float
    details: Mapping[str, str]


class Alarms:
    """The active alarms, oldest first.

    Args:
        now: The bridge's clock.
        chance: Makes identifiers.
    """

    def __init__(self, now: Callable[[], float], chance: Chance) -> None:
        self._now = now
        self._chance = chance
        self._active: dict[str, Alarm] = {}

    def add(self, kind: str, details: Mapping[str, str]) -> Alarm:
        """Raise an alarm, unless the same one is active already.

        Args:
            kind: Its type.
            details: What goes with the type.
        """
        for alarm in self._active.values():
            if (alarm.type, alarm.details) == (kind, dict(details)):
                return alarm
        alarm = Alarm(self._chance.new_id(), kind, self._now(), dict(details))
        self._active[alarm.id] = alarm
        return alarm

    def clear(self, identifier_or_type: str = "") -> int:
        """Clear one alarm, those of a type, or all; return how many."""
        gone = [
            alarm.id for alarm in self._active.values() if identifier_or_type in ("", alarm.id, alarm.type)
        ]
        for identifier in gone:
            del self._active[identifier]
        return len(gone)

    def clear_where(self, kind: str, **details: str) -> None:
        """Clear the alarms of a type that have these details."""
        for alarm in self.active():
            if alarm.type == kind and details.items() <= dict(alarm.details).items():
                del self._active[alarm.id]

    def active(self) -> list[Alarm]:
        """Return the active alarms."""
        return list(self._active.values())
