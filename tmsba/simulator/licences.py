"""The licences of one call bridge (CMS API reference, 10.6 and 18)."""

from tmsba.simulator.alarms import Alarms

FEATURES = (
    "callBridge",
    "callBridgeNoEncryption",
    "webBridge",
    "turn",
    "ldap",
    "recording",
    "streaming",
    "personal",
    "shared",
    "capacityUnits",
    "customizations",
)
STATUSES = ("noLicense", "activated", "grace", "expired")
#: The features of the node for the whole cluster.
CLUSTER_FEATURES = ("callBridge", "callBridgeNoEncryption", "customizations", "recording", "streaming")

_WITHOUT = frozenset({"callBridgeNoEncryption", "personal", "shared", "capacityUnits"})
_LIMITS = {"recording": 30, "streaming": 30}
_EXPIRY = "2100-Jan-01"
_ALARMS = {"grace": "licenseGrace", "expired": "licenseExpired"}


class Licences:
    """Which features are licensed, from the start those of the reference's example and streaming.

    Args:
        alarms: Where a licence that runs out is reported.
    """

    def __init__(self, alarms: Alarms) -> None:
        self._alarms = alarms
        self.statuses = {name: "noLicense" if name in _WITHOUT else "activated" for name in FEATURES}

    def set(self, feature: str, status: str) -> None:
        """Change a licence; those that run out or have run out raise an alarm."""
        self.statuses[feature] = status
        for kind in _ALARMS.values():
            self._alarms.clear_where(kind, feature=feature)
        if status in _ALARMS:
            self._alarms.add(_ALARMS[status], {"feature": feature})

    def allows(self, feature: str) -> bool:
        """Tell whether a feature may be used."""
        return self.statuses[feature] in ("activated", "grace")

    def shown(self, feature: str) -> list[tuple[str, str | int]]:
        """Return the status of a feature with its expiry and limit."""
        fields: list[tuple[str, str | int]] = [("status", self.statuses[feature])]
        if self.statuses[feature] != "noLicense":
            fields.append(("expiry", _EXPIRY))
            fields += [("limit", _LIMITS[feature])] if feature in _LIMITS else []
        return fields
