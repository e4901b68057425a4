"""Private titles, where the participants are not at hand. Source: TMSBA guide, Conference, PrivacyFlag."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from tmsba.booking.view.views import may_host, may_read
from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.details import Details
from tmsba.domain.conference.privacy import Titled
from tmsba.domain.people.users import Caller
from tmsba.ports.work import UnitOfWork


def deciding_emails(
    uow: UnitOfWork, caller: Caller, asked: Mapping[int, Titled]
) -> Mapping[int, Collection[str]]:
    """The participants' addresses of those conferences where they decide which title the caller sees.

    That is one statement, or none where nothing depends on them.

    Args:
        uow: the unit of work.
        caller: who is to see the titles.
        asked: what is known of the conferences, by their ids.
    """
    ids = [number for number, titled in asked.items() if titled.depends_on_participants(caller)]
    return uow.conferences.participant_emails(ids) if ids else {}


def for_caller(conference: Conference, caller: Caller, emails: Collection[str] = ()) -> Conference:
    """The conference as this caller may see it.

    Outsiders get a private one's private title, and the PIN of the hosts is for hosts.

    Args:
        conference: a conference.
        caller: who asks.
        emails: the participants' addresses, of a conference that comes without participants.
    """
    invited = (*emails, *(one.email for one in conference.participants))
    title = Titled.of(conference).title_for(caller, invited)
    host_pin = conference.details.host_pin if may_host(caller, conference) else ""
    return replace(conference, details=replace(conference.details, title=title, host_pin=host_pin))


def as_listed_for(conference: Conference, caller: Caller, emails: Collection[str] = ()) -> Conference:
    """The conference as lists show it: one that the caller may not read is busy, and little else.

    Lists tell when systems are free, so nothing is left out of them.

    Args:
        conference: without participants.
        caller: who asks.
        emails: the participants' addresses.

    Source: TMSBA guide, GetConferencesForSystems and Error Codes, NO_ACCESS_TO_CONFERENCE.
    """
    seen = for_caller(conference, caller, emails)
    if may_read(caller, conference):
        return seen
    return replace(seen, details=Details(title=seen.details.title, type=seen.details.type), route=None)
