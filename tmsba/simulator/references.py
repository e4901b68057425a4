"""Parameters that name other objects (CMS API reference, 4.6)."""

from collections.abc import Mapping
from typing import Any

from tmsba.simulator.failures import refused
from tmsba.simulator.kinds import Reference, Table
from tmsba.simulator.objects import Bridge

# The kinds without a reason code of their own.
_WITHOUT_REASON = frozenset(
    {
        "compatibilityProfile",
        "cospaceBulkParameterSet",
        "dialTransform",
        "turnServer",
        "webBridge",
    }
)
_OTHER_REASONS = {"accessMethodTemplate": "coSpaceAccessMethodTemplateDoesNotExist"}


def absence(tag: str) -> str:
    """Return the reason code for an object of this kind that does not exist."""
    if tag in _WITHOUT_REASON:
        return "unrecognisedObject"
    return _OTHER_REASONS.get(tag, f"{tag}DoesNotExist")


def known(bridge: Bridge, tag: str) -> Mapping[str, Any]:
    """Return the objects of one kind by identifier."""
    return bridge.spaces.by_id if tag == "coSpace" else bridge.cluster.objects.of(tag)


def check_references(bridge: Bridge, table: Table, values: Mapping[str, str]) -> None:
    """Refuse values that name an object the bridge does not have.

    Raises:
        ApiError: An object does not exist.
    """
    for name, value in values.items():
        check = table[name]
        if value and isinstance(check, Reference) and value not in known(bridge, check.tag):
            raise refused(absence(check.tag))
