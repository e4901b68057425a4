"""What becomes of the WebEx of a conference when it is saved. Pure.

Source: TMSBA guide, WebEx, WebEx exceptions, OwnedExternally and WebEx Booking Limitations.
"""

from collections.abc import Iterable
from dataclasses import replace

from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.details import Details, Participant
from tmsba.domain.conference.webex import (
    PHONE_PARTS,
    Telephony,
    WebEx,
    WebExState,
    WebExTrouble,
    WebExWish,
    bare,
)
from tmsba.domain.errors import WebExError, WebExSiteNotFound
from tmsba.domain.values import Choice, ParticipantKind

_LONGEST_TEXT = 255
_LONGEST_URL = 2000


def with_webex(details: Details, before: Details, wish: WebExWish | None, *, is_update: bool) -> Details:
    """The details with the WebEx that a wish leaves.

    Args:
        details: as the request wants them otherwise.
        before: what is stored, the defaults, or what the series has.
        wish: what the request says about WebEx, with what stands against it.
        is_update: whether ``before`` is stored.

    Raises:
        WebExError: the conference is held at an external host, or something is missing for PSTN.
        WebExSiteNotFound: it asks for WebEx at a site that is not registered.
    """
    if details.is_externally_hosted and wish:
        if wish.legacy is Choice.YES or (wish.is_explicit and wish.is_wanted):
            raise WebExError(
                "A conference with an external host has no WebEx: leave WebEx out and DataConference at No, "
                "or leave ExternallyHosted out."
            )
        wish = None if wish.is_wanted else wish
    if is_update:
        wish = completed(wish, before)
    if wish and wish.webex and wish.is_wanted and wish.is_site_unknown:
        raise no_site(wish.webex.site_url)
    webex = webex_after(before.webex, wish)
    if webex and wish and wish.is_wanted and not wish.troubles:
        check_pstn(webex)
    is_kept_up = is_update and before.has_webex and webex is not None and webex.is_owned_externally
    if webex and is_kept_up and webex.is_update_wanted:
        webex = webex.warned(WebExTrouble.NOT_UPDATED)
    return replace(details, webex=webex, data_conference=_data_conference(details.data_conference, webex))


def no_site(url: str) -> WebExSiteNotFound:
    """What a caller is told who names a WebEx site that is not registered."""
    return WebExSiteNotFound(
        "There is no WebEx site '{url}' on this server: check the SiteUrl, or ask an administrator to add "
        "the site.",
        url=url,
    )


def webex_after(before: WebEx | None, wish: WebExWish | None) -> WebEx | None:
    """The WebEx that a wish leaves, with nothing checked.

    Args:
        before: what there is.
        wish: what the request says, or ``None`` for nothing.
    """
    if wish is None or not (wish.is_wanted or wish.is_removal):
        return before.warned() if before and before.is_owned_externally else before
    if wish.is_removal:
        return None
    if not wish.troubles and wish.webex is not None:
        return wish.webex
    if before and before.is_owned_externally:
        # The legacy way asks for WebEx, and that is there; the other one asks for a change.
        return before.warned(WebExTrouble.NOT_UPDATED) if wish.is_explicit else before.warned()
    if wish.legacy is Choice.IF_POSSIBLE:
        return WebEx(warnings=wish.troubles)
    return WebEx(errors=wish.troubles)


def completed(wish: WebExWish | None, shown: Details) -> WebExWish | None:
    """The wish of a client that was shown a conference; ``None`` when it only repeats that.

    What the client's API version does not have it cannot mean to take away.

    Args:
        wish: what the request says.
        shown: what is stored.

    Raises:
        WebExError: a text is too long.

    Source: TMSBA guide, API Versioning.
    """
    if wish is None or (not wish.is_explicit and wish.legacy is shown.data_conference):
        return None
    if not wish.is_wanted or wish.webex is None or shown.webex is None:
        return wish
    webex = _with_unseen_parts(wish.webex, shown.webex, wish.unseen)
    if webex.is_same_as(shown.webex):
        return None
    is_change_of_ours = wish.unseen and shown.has_webex and wish.webex != WebEx()
    if not is_change_of_ours or not webex.is_owned_externally:
        return wish
    check_lengths(webex)
    return replace(wish, webex=webex, troubles=())


def _with_unseen_parts(webex: WebEx, before: WebEx, unseen: frozenset[str]) -> WebEx:
    phone = webex.telephony
    if phone and before.telephony:
        phone = replace(phone, **{name: getattr(before.telephony, name) for name in unseen & PHONE_PARTS})
    parts = {name: getattr(before, name) for name in unseen - PHONE_PARTS}
    return replace(webex, **{**parts, "telephony": phone})


def is_same_booking(before: Conference, after: Conference) -> bool:
    """Whether a save changes nothing that people asked for: not when, not who, nothing else."""
    return _asked_for(before) == _asked_for(after)


def is_same_details(before: Details, after: Details) -> bool:
    """The same for what a booking says besides when, who and where."""
    return _without_warnings(before) == _without_warnings(after)


def _asked_for(one: Conference) -> tuple[object, ...]:
    return one.period, one.owner_id, one.participants, _without_warnings(one.details)


def _without_warnings(details: Details) -> Details:
    return replace(details, webex=details.webex and bare(details.webex))


def as_stored(wanted: Conference, before: Conference, wish: WebExWish | None) -> Conference:
    """A conference with the warnings that it had, when a save asks for nothing new.

    Args:
        wanted: the conference after the save.
        before: what is stored.
        wish: what the request says about WebEx.
    """
    if completed(wish, before.details) or not is_same_booking(before, wanted):
        return wanted
    return replace(wanted, details=replace(wanted.details, webex=before.details.webex))


def _data_conference(said: Choice, webex: WebEx | None) -> Choice:
    """The legacy way to see whether there is WebEx: old clients send it back and so change nothing."""
    if webex is not None and webex.is_owned_externally:
        return Choice.YES if said is Choice.NO else said
    return Choice.NO if said is Choice.YES else said


def with_warnings(details: Details, participants: Iterable[Participant]) -> Details:
    """The details with what is worth a warning about their WebEx: nobody else, nothing to dial.

    Source: TMSBA guide, WebEx-only meetings not supported.
    """
    webex = details.webex
    if webex is None:
        return details
    found = [one for one in (WebExTrouble.NOT_UPDATED,) if one in webex.warnings]
    if all(one.kind is ParticipantKind.MASTER for one in participants):
        found.append(WebExTrouble.NOBODY_ELSE)
    if webex.is_owned_externally and not webex.address:
        found.append(WebExTrouble.NO_ADDRESS)
    warned = webex.warned(*found)
    return details if warned == webex else replace(details, webex=warned)


def with_series_webex(own: Details, before: Details, after: Details) -> Details:
    """The details of a date that keeps what it says for itself, when its series is saved.

    Its WebEx follows the series unless the date has another one.

    Args:
        own: of the date.
        before: of the series, as stored.
        after: of the series, as wanted.
    """
    is_own = not own.webex.is_same_as(before.webex) if own.webex else before.webex is not None
    if is_own:
        return own
    return replace(own, webex=after.webex, data_conference=after.data_conference)


def state_of_date(own: Details, series: Details) -> WebExState | None:
    """How the WebEx of a date is to that of its series; ``None`` when neither has any.

    Source: TMSBA guide, WebExState.
    """
    if own.webex is None:
        return WebExState.DELETE if series.has_webex else None
    return WebExState.NORMAL if own.webex.is_same_as(series.webex) else WebExState.MODIFY


def check_lengths(webex: WebEx) -> None:
    """Whether all its texts can be stored; nothing else of what the client owns is checked.

    Raises:
        WebExError: one is too long.
    """
    phone = webex.telephony or Telephony()
    texts = {
        "MeetingKey": webex.meeting_key,
        "MeetingPassword": webex.meeting_password,
        "HostKey": webex.host_key,
        "JoinBeforeHostTime": webex.join_before_host,
        "LocalCallInTollNumber": phone.toll_number,
        "LocalCallInTollFreeNumber": phone.toll_free_number,
        "PstnDialInNumber": phone.pstn_number,
        "DtmfSequence": phone.dtmf_sequence,
        "ParticipantAccessCode": phone.access_code,
    }
    urls = {
        "SipUrl": webex.sip_url,
        "JoinMeetingUrl": webex.join_url,
        "HostMeetingUrl": webex.host_url,
        "SiteUrl": webex.site_url,
        "GlobalCallInNumberUrl": phone.global_numbers_url,
    }
    for found, most in ((texts, _LONGEST_TEXT), (urls, _LONGEST_URL)):
        for element, text in found.items():
            if len(text) > most:
                raise WebExError(
                    "{element} of WebEx has {length} characters: shorten it to {limit} or fewer.",
                    element=element,
                    length=len(text),
                    limit=most,
                )


def check_pstn(webex: WebEx) -> None:
    """Whether there is all that the bridge needs to reach WebEx by phone.

    Raises:
        WebExError: the site uses PSTN, and the number or the tones are missing.

    Source: TMSBA guide, WebexTelephony.
    """
    phone = webex.telephony or Telephony()
    required = {"PstnDialInNumber": phone.pstn_number, "DtmfSequence": phone.dtmf_sequence}
    missing = next((name for name, text in required.items() if not text.strip()), None)
    if webex.uses_pstn and missing:
        raise WebExError(
            "WebEx is reached by phone, as UsePstn of the request or of the WebEx site says, and {element} "
            "is missing: give it in Telephony.",
            element=missing,
        )
