"""What a request only repeats of what the client has read: it asks for no change.

A client reads an occurrence, or a title that stands in for another one, and sends the whole object back. What
stands there as it was read must not be taken for the series' own, or for a new title.

Source: TMSBA guide, SaveConferenceWithMode and Conference (PrivacyFlag).
"""

from dataclasses import fields, replace
from typing import Any

from tmsba.booking.request.intent import Saving, requested_participants, said_details
from tmsba.booking.request.webex import wish_of_date
from tmsba.booking.view.privacy import for_caller
from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.details import Details
from tmsba.domain.conference.request import ConferenceRequest, OwnerReference
from tmsba.domain.conference.series import Series
from tmsba.domain.conference.webex_changes import completed, is_same_details, with_webex
from tmsba.domain.errors import TmsbaError


def named_by(saving: Saving, series: Series) -> Conference | None:
    """The occurrence that the client has read, where the request is one and not the whole series.

    Only an occurrence has a RecurrenceInstanceIdUTC.
    """
    request = saving.request
    if request.recurrence_id is None:
        return None
    return next((one for one in series.occurrences if one.id == request.id), None)


def without_repeated(saving: Saving, series: Series, named: Conference | None) -> ConferenceRequest:
    """The request for a series without what it repeats of the occurrence that was read, or cannot know.

    Args:
        saving: the save.
        series: what is stored.
        named: the occurrence that the client has read; see ``named_by``.
    """
    if named is None:
        whole = replace(series.first, details=series.details, participants=series.participants)
        return unmasked(saving, saving.request, whole)
    request = unmasked(saving, saving.request, named)
    own, said = named.details, said_details(saving.client, request, named.details)
    plain = [one.name for one in fields(Details) if one.name != "webex"]
    repeated: dict[str, Any] = {
        name: None for name in plain if said.get(name, getattr(own, name)) == getattr(own, name)
    }
    sent = request.participants
    if sent is not None and requested_participants(request, named.participants) == named.participants:
        repeated["participants"] = None
    if request.owner.id == named.owner_id:
        repeated["owner"] = OwnerReference()
    if _leaves_webex(request, named, series):
        repeated["webex"] = None
    return replace(request, **repeated)


def unmasked(saving: Saving, request: ConferenceRequest, stored: Conference) -> ConferenceRequest:
    """The request with the title itself where it repeats what stands in for that."""
    title = stored.details.title
    if request.title in (None, title) or request.title != for_caller(stored, saving.caller).details.title:
        return request
    return replace(request, title=title)


def _leaves_webex(request: ConferenceRequest, named: Conference, series: Series) -> bool:
    try:
        wish = wish_of_date(completed(request.webex, named.details), named.details, series.details)
        after = with_webex(named.details, named.details, wish, is_update=True)
    except TmsbaError:
        return False
    return is_same_details(after, named.details)
