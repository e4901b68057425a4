"""Which time zone rules a conference has. Source: TMSBA guide, ConferenceTimeZoneRules."""

from tmsba.booking.request.intent import Saving
from tmsba.domain.conference.details import Details
from tmsba.domain.time.time_zone import ZoneRules
from tmsba.domain.time.zone_rules import rules_for_zone
from tmsba.ports.work import UnitOfWork

#: The first API version that knows time zone rules; for older clients those of the server apply.
FIRST_VERSION_WITH_RULES = 11

#: So many years ahead the rules are right: longer than any booking window.
_YEARS = 10


def zone_rules(name: str, year: int) -> ZoneRules:
    """The rules of a zone from a year on.

    Raises:
        InvalidTimeZone: no zone has this name.
    """
    return rules_for_zone(name, year, year + _YEARS)


def conference_rules(uow: UnitOfWork, saving: Saving, details: Details, owner_id: int) -> ZoneRules:
    """The rules sent, else those stored, else the owner's zone, or the server's for an old client."""
    if details.zone_rules:
        return details.zone_rules
    if saving.client.version < FIRST_VERSION_WITH_RULES:
        return zone_rules(saving.settings.server_time_zone, saving.now.year)
    owner = uow.users.get(owner_id) or saving.caller.user
    return zone_rules(owner.time_zone, saving.now.year)
