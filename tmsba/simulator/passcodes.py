"""How long passcodes have to be (CMS API reference, 14)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tmsba.simulator.failures import refused

if TYPE_CHECKING:
    from tmsba.simulator.objects import Bridge

Values = Mapping[str, str]


def check_passcode(bridge: "Bridge", wanted: Values, space: Values, method: Values | None = None) -> None:
    """Refuse a new passcode that is shorter than the dial-in security profile in force allows.

    Args:
        bridge: The bridge.
        wanted: The parameters that are set.
        space: The parameters of the space as they are to be.
        method: The parameters of its access method as they are to be, if it is one.

    Raises:
        ApiError: The passcode is too short.
    """
    passcode = wanted.get("passcode", "")
    if not passcode:
        return
    objects = bridge.cluster.objects
    tenant = objects.of("tenant").get(space.get("tenant", ""))
    levels = (method or {}, space, tenant.values if tenant else {}, bridge.cluster.system_profiles.values)
    for level in levels:
        profile = objects.of("dialInSecurityProfile").get(level.get("dialInSecurityProfile", ""))
        if profile and "minPasscodeLength" in profile.values:
            if len(passcode) < int(profile.values["minPasscodeLength"]):
                raise refused("passcodeTooShort")
            return
