"""The values in force in a call and for a call leg, after all profiles (CMS API reference, 8.4.7 and 16)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tmsba.simulator.records import Call, CallLeg

if TYPE_CHECKING:
    from tmsba.simulator.objects import Bridge

Level = tuple[str, str | None, Mapping[str, str]]


def call_values(bridge: "Bridge", call: Call) -> dict[str, str]:
    """Tell what is in force in a call: its own values, then its space's, tenant's and system's profile."""
    cluster = bridge.cluster
    space = cluster.spaces.get(call.space) if call.space else None
    levels: list[Mapping[str, str]] = [cluster.system_profiles.values]
    if space is not None:
        levels += [tenant_values(bridge, call), space.values]
    values: dict[str, str] = {}
    for level in levels:
        profile = cluster.call_profiles.get(level.get("callProfile", ""))
        if profile is not None:
            values |= profile.values
    return values | call.values


def tenant_of(bridge: "Bridge", call: Call) -> str | None:
    """Return the identifier of the tenant that a call belongs to, the one of its space."""
    space = bridge.spaces.get(call.space) if call.space else None
    return space.values.get("tenant") if space else None


def tenant_values(bridge: "Bridge", call: Call) -> Mapping[str, str]:
    """Return the parameters of the tenant that a call belongs to; none for a call of nobody."""
    tenant = tenant_of(bridge, call)
    return bridge.cluster.objects.of("tenant")[tenant].values if tenant else {}


def leg_levels(bridge: "Bridge", leg: CallLeg) -> list[Level]:
    """Return the levels that set values for a call leg, the lowest last.

    Each is a scope in the words of the reference, the profile's identifier, and the values set there.
    """
    cluster = bridge.cluster
    call = bridge.calls[leg.call]
    space = cluster.spaces.get(call.space or "")
    method = space.access_methods.get(leg.access_method or "") if space else None
    references = [
        ("global", cluster.system_profiles.values.get("callLegProfile")),
        ("tenant", tenant_values(bridge, call).get("callLegProfile")),
        ("coSpace", space.values.get("callLegProfile") if space else None),
        ("accessMethod", method.values.get("callLegProfile") if method else None),
        ("callLeg", leg.values.get("callLegProfile")),
    ]
    levels: list[Level] = [
        (scope, identifier, cluster.leg_profiles[identifier].values)
        for scope, identifier in references
        if identifier in cluster.leg_profiles and identifier
    ]
    own = {name: value for name, value in leg.values.items() if name != "callLegProfile"}
    return [*levels, ("callLeg", None, own)] if own else levels


def leg_value(bridge: "Bridge", leg: CallLeg, name: str) -> str | None:
    """Return the value in force for a call leg, or None when no level sets it."""
    for _, _, values in reversed(leg_levels(bridge, leg)):
        if name in values:
            return values[name]
    return None
