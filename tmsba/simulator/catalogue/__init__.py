"""Every kind of object that a bridge keeps as it was sent, one row each."""

from tmsba.simulator.catalogue import dial_plans, profiles, servers, spaces, users
from tmsba.simulator.kind import Kind

KINDS: tuple[Kind, ...] = (
    *servers.KINDS,
    *profiles.KINDS,
    *dial_plans.KINDS,
    *spaces.KINDS,
    *users.KINDS,
)
