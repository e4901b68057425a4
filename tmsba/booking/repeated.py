"""What a request only repeats of what the client has read: it asks for no change.

A client reads an occurrence, or a title that stands in for another one, and sends the whole object back. What
stands there as it was read must not be taken for the series' own, or for a new title.

Source: TMSBA guide, SaveConferenceWithMode and Conference (PrivacyFlag).
"""

from dataclasses import fields, replace
from typing import Any

from tmsba.booking.intent import Saving
from tmsba.booking.privacy import for_caller
from tmsba.booking.webex import wish_of_date
from tmsba.domain.conference import Conference, ConferenceRequest, Details, OwnerReference
from tmsba.domain.errors import TmsbaError
from tmsba.domain.rules import number_participants
from tmsba.domain.series import Series
from tmsba.domain.webex_changes import is_same_booking, with_webex


def named_by(saving: Saving, series: Series) -> Conference | None:
    """The occurrence that the client has read, where the request is one and not the whole series.

    Only an occurrence has a RecurrenceInstanceIdUTC.
    """
    request = saving.request
    if request.recurrence_id is None:
        return None
    return next((one for one in series.occurrences if one.id == request.id), None)


def without_repeated(saving: Saving, series: Series) -> ConferenceRequest:
    """The request for a series without what it repeats of the occurrence that was read, or cannot know."""
    whole = replace(series.first, details=series.details, participants=series.participants)
    named = named_by(saving, series)
    if named is None or named.series is None or not named.series.is_exception:
        return unmasked(saving, saving.request, whole)
    request = unmasked(saving, saving.request, named)
    own = named.details
    plain = [one.name for one in fields(Details) if one.name not in ("webex", "zone_rules")]
    repeated: dict[str, Any] = {name: None for name in plain if getattr(request, name) == getattr(own, name)}
    if request.participants is not None and number_participants(request.participants) == named.participants:
        repeated["participants"] = None
    if request.owner.id == named.owner_id:
        repeated["owner"] = OwnerReference()
    if _leaves_webex(request, named, series):
        repeated["webex"] = None
    return replace(request, **repeated)


def unmasked(saving: Saving, request: ConferenceRequest, stored: Conference) -> ConferenceRequest:
    """The request without a title that stands in for one that the caller may not see."""
    shown = for_caller(stored, saving.caller).details.title
    return replace(request, title=None) if request.title == shown else request


def _leaves_webex(request: ConferenceRequest, named: Conference, series: Series) -> bool:
    try:
        wish = wish_of_date(request.webex, named.details, series.details)
        after = with_webex(named.details, named.details, wish, is_update=True)
    except TmsbaError:
        return False
    return is_same_booking(after, named.details)
