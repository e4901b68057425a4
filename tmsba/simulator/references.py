"""Parameters that name other objects (CMS API reference, 4.6)."""

from collections.abc import Mapping
from typing import Any

from tmsba.simulator.failures import refused
from tmsba.simulator.objects import Bridge

# There are no tenants, brandings and the like here, so every reference to one is refused.
_ABSENT = {
    "tenant": "tenantDoesNotExist",
    "callBrandingProfile": "callBrandingProfileDoesNotExist",
    "dialInSecurityProfile": "dialInSecurityProfileDoesNotExist",
    "userProvisionedCoSpace": "userProvisionedCoSpaceDoesNotExist",
    "ownerAdGuid": "userDoesNotExist",
    "layoutTemplate": "layoutTemplateDoesNotExist",
    "dtmfProfile": "dtmfProfileDoesNotExist",
    "userProfile": "userProfileDoesNotExist",
    "ivrBrandingProfile": "ivrBrandingProfileDoesNotExist",
    "webBridgeProfile": "webBridgeProfileDoesNotExist",
    # No reason code is documented.
    "compatibilityProfile": "unrecognisedObject",
}


def check_references(bridge: Bridge, values: Mapping[str, str]) -> None:
    """Refuse values that name an object the bridge does not have.

    Raises:
        ApiError: An object does not exist.
    """
    present: dict[str, tuple[Mapping[str, Any], str]] = {
        "callProfile": (bridge.call_profiles, "callProfileDoesNotExist"),
        "callLegProfile": (bridge.leg_profiles, "callLegProfileDoesNotExist"),
        "coSpace": (bridge.spaces.by_id, "coSpaceDoesNotExist"),
        "callBridge": (bridge.call_bridges, "callBridgeDoesNotExist"),
        "callBridgeGroup": (bridge.cluster.groups, "callBridgeGroupDoesNotExist"),
    }
    for name, value in values.items():
        objects, reason = present.get(name, ({}, _ABSENT.get(name, "")))
        if value and reason and value not in objects:
            raise refused(reason)
