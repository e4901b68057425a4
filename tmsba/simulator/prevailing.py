"""The values in force in a call and for a call leg, after all profiles (CMS API reference, 8.4.7 and 16)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tmsba.simulator.records import Call, CallLeg

if TYPE_CHECKING:
    from tmsba.simulator.objects import Bridge

Level = tuple[str, str | None, Mapping[str, str]]


def call_values(bridge: "Bridge", call: Call) -> dict[str, str]:
    """Tell what is in force in a call: its own values, then those of its space's and the system's profile."""
    cluster = bridge.cluster
    space = cluster.spaces.get(call.space) if call.space else None
    names = [cluster.system_profiles.values.get("callProfile", "")]
    if space is not None:
        names.append(space.values.get("callProfile", ""))
    values: dict[str, str] = {}
    for name in names:
        profile = cluster.call_profiles.get(name)
        if profile is not None:
            values |= profile.values
    return values | call.values


def leg_levels(bridge: "Bridge", leg: CallLeg) -> list[Level]:
    """Return the levels that set values for a call leg, the lowest last.

    Each is a scope in the words of the reference, the profile's identifier, and the values set there.
    """
    cluster = bridge.cluster
    space = cluster.spaces.get(bridge.calls[leg.call].space or "")
    method = space.access_methods.get(leg.access_method or "") if space else None
    references = [
        ("global", cluster.system_profiles.values.get("callLegProfile")),
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
