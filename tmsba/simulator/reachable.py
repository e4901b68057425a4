"""How people reach a space: by which address, telephone and page (CMS API reference, 6.11 and 13)."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tmsba.simulator.objects import Bridge


def full_uri(bridge: "Bridge", user: str, tenant: str | None = None) -> str | None:
    """Return the full URI for a user part, or None when no rule leads calls to spaces.

    Args:
        bridge: The bridge.
        user: The user part.
        tenant: Whose rules count beside those of nobody.
    """
    rules = [
        rule.values
        for rule in bridge.cluster.objects.of("inboundDialPlanRule").values()
        if _leads_to_spaces(rule.values) and rule.values.get("tenant") in (None, tenant)
    ]
    best = max(rules, key=lambda values: int(values.get("priority", 0)), default=None)
    return f"{user}@{best['domain']}" if user and best else None


def web_addresses(bridge: "Bridge", tenant: str | None) -> Iterator[str]:
    """Return the addresses of web bridges in the profile in force."""
    return _of_profile(bridge, tenant, "webBridgeAddress", "address")


def telephone_numbers(bridge: "Bridge", tenant: str | None) -> Iterator[str]:
    """Return the telephone numbers of voice menus in the profile in force."""
    return _of_profile(bridge, tenant, "ivrNumber", "number")


def _leads_to_spaces(values: dict[str, str]) -> bool:
    return values.get("resolveToCoSpaces", values.get("resolveTocoSpaces", "true")) == "true"


def _of_profile(bridge: "Bridge", tenant: str | None, tag: str, name: str) -> Iterator[str]:
    objects = bridge.cluster.objects
    owner = objects.of("tenant").get(tenant or "")
    places = (owner.values if owner else {}, bridge.cluster.system_profiles.values)
    profile = next((values["webBridgeProfile"] for values in places if "webBridgeProfile" in values), "")
    for item in objects.below(profile, tag).values():
        if name in item.values:
            yield item.values[name]
