"""WebEx from the wire to requests, and from views to the wire.

Source: TMSBA guide, WebEx, WebexTelephony and WebExState.
"""

from typing import Any

from tmsba.booking.request.webex import FIRST_VERSION_WITH_WEBEX_STATE
from tmsba.booking.view.views import ConferenceView
from tmsba.domain.conference.webex import (
    Telephony,
    WebEx,
    WebExSite,
    WebExState,
    WebExTrouble,
    WebExWish,
)
from tmsba.domain.errors import WebExError
from tmsba.domain.values import Choice
from tmsba.i18n import translate
from tmsba.soap.wire import enumerations as e
from tmsba.soap.wire.enumerations import from_wire
from tmsba.soap.wire.versions import SERVER_VERSION, is_known

WireObject = dict[str, Any]

#: What clients are told, with the code that programs go by.
TROUBLES: dict[WebExTrouble, tuple[str, WebExError]] = {
    WebExTrouble.NOT_CREATED: (
        "NOT_CREATED",
        WebExError(
            "Booked without WebEx: this server makes no meetings at a WebEx site. Make the meeting there and "
            "send its data with OwnedExternally true."
        ),
    ),
    WebExTrouble.SWITCHED_OFF: (
        "SWITCHED_OFF",
        WebExError(
            "Booked without WebEx, which this server is not to add: make the meeting at a WebEx site and "
            "send its data with OwnedExternally true."
        ),
    ),
    WebExTrouble.ZONE_RULES: (
        "ZONE_RULES",
        WebExError("WebEx takes no time zone rules unless OwnedExternally is true."),
    ),
    WebExTrouble.EXCEPTIONS: (
        "EXCEPTIONS",
        WebExError("WebEx takes no exceptions of a series unless OwnedExternally is true."),
    ),
    WebExTrouble.NOT_UPDATED: (
        "NOT_UPDATED",
        WebExError(
            "The meeting at the WebEx site stays as it was, for this server does not change it: change it "
            "there, and send what differs with OwnedExternally true."
        ),
    ),
    WebExTrouble.NOBODY_ELSE: (
        "WEBEX_ONLY",
        WebExError(
            "Nobody but WebEx takes part, and the conference takes up a bridge all the same: add "
            "participants, or delete it here."
        ),
    ),
    WebExTrouble.NO_ADDRESS: (
        "NO_ADDRESS",
        WebExError("The bridge cannot connect to WebEx, as SipUrl is blank: give the meeting's address."),
    ),
}


#: The elements that came later than WebEx, by the fields that they say.
_LATER_ELEMENTS = {
    "left_out": "ElementsToExclude",
    "is_update_wanted": "TmsShouldUpdateMeeting",
    "site_url": "SiteUrl",
    "uses_pstn": "UsePstn",
    "is_owned_externally": "OwnedExternally",
}
_LATER_PHONE_ELEMENTS = {"pstn_number": "PstnDialInNumber", "access_code": "ParticipantAccessCode"}


def webex_in(
    external: Any, data_conference: Choice | None, version: int = SERVER_VERSION
) -> WebExWish | None:
    """What a conference says about WebEx; ``None`` when that is nothing.

    Args:
        external: its ExternalConference, or ``None``.
        data_conference: the legacy way.
        version: the API version of the client, which tells what it cannot see.
    """
    if external is None:
        return None if data_conference is None else WebExWish(legacy=data_conference)
    state = external.WebExState
    return WebExWish(
        webex=external.WebEx and _webex(external.WebEx),
        state=state and from_wire(e.WEBEX_STATES, state.WebExInstanceType),
        is_explicit=True,
        legacy=data_conference,
        unseen=_unseen(external.WebEx, version),
    )


def _unseen(webex: Any, version: int) -> frozenset[str]:
    """The fields that the client's version does not have, and that it did not send all the same."""
    places = [(webex, "WebEx", _LATER_ELEMENTS)]
    places.append((webex and webex.Telephony, "WebExTelephony", _LATER_PHONE_ELEMENTS))
    return frozenset(
        field
        for sent, class_name, elements in places
        for field, element in elements.items()
        if not is_known(version, class_name, element) and not getattr(sent, element, None)
    )


def _webex(webex: Any) -> WebEx:
    left_out = (webex.ElementsToExclude or "").split()
    return WebEx(
        meeting_key=webex.MeetingKey or "",
        sip_url=webex.SipUrl or "",
        left_out=tuple(part for part, name in e.WEBEX_PARTS.items() if name in left_out),
        meeting_password=webex.MeetingPassword or "",
        join_url=webex.JoinMeetingUrl or "",
        host_url=webex.HostMeetingUrl or "",
        host_key=webex.HostKey or "",
        join_before_host=webex.JoinBeforeHostTime or "",
        telephony=webex.Telephony and _telephony(webex.Telephony),
        is_update_wanted=bool(webex.TmsShouldUpdateMeeting),
        site_url=webex.SiteUrl or "",
        uses_pstn=bool(webex.UsePstn),
        is_owned_externally=bool(webex.OwnedExternally),
    )


def _telephony(phone: Any) -> Telephony:
    return Telephony(
        toll_number=phone.LocalCallInTollNumber or "",
        toll_free_number=phone.LocalCallInTollFreeNumber or "",
        global_numbers_url=phone.GlobalCallInNumberUrl or "",
        pstn_number=phone.PstnDialInNumber or "",
        dtmf_sequence=phone.DtmfSequence or "",
        access_code=phone.ParticipantAccessCode or "",
    )


def external_webex_out(view: ConferenceView, version: int, language: str) -> WireObject:
    """What ExternalConference says about WebEx; empty where there is nothing to say.

    Clients that know no WebExState would take one that stands alone for the removal of WebEx, so they get
    nothing there.
    """
    webex = view.conference.details.webex if view.has_webex else None
    external: WireObject = {"WebEx": _webex_out(webex, language)} if webex else {}
    if view.webex_state and (webex or version >= FIRST_VERSION_WITH_WEBEX_STATE):
        external["WebExState"] = {"WebExInstanceType": e.WEBEX_STATES[view.webex_state]}
    return external


def legacy_webex_out(view: ConferenceView) -> WireObject:
    """The addresses for clients that know the legacy way only. Source: TMSBA guide, Conference."""
    webex = view.conference.details.webex
    if webex is None or not (view.has_webex or view.webex_state is WebExState.NORMAL):
        return {}
    return {
        "WebConferencePresenterUri": webex.host_url or None,
        "WebConferenceAttendeeUri": webex.join_url or None,
    }


def _webex_out(webex: WebEx, language: str) -> WireObject:
    left_out = [name for part, name in e.WEBEX_PARTS.items() if part in webex.left_out]
    return {
        "MeetingKey": webex.meeting_key or None,
        "SipUrl": webex.sip_url or None,
        "ElementsToExclude": " ".join(left_out) or "None",
        "MeetingPassword": webex.meeting_password or None,
        "JoinMeetingUrl": webex.join_url or None,
        "HostMeetingUrl": webex.host_url or None,
        "HostKey": webex.host_key or None,
        "JoinBeforeHostTime": webex.join_before_host or None,
        "Telephony": webex.telephony and _telephony_out(webex.telephony),
        "TmsShouldUpdateMeeting": webex.is_update_wanted,
        "SiteUrl": webex.site_url or None,
        "UsePstn": webex.uses_pstn,
        "OwnedExternally": webex.is_owned_externally,
        "Warnings": _troubles(webex.warnings, "Warning", language),
        "Errors": _troubles(webex.errors, "Error", language),
    }


def _telephony_out(phone: Telephony) -> WireObject:
    return {
        "LocalCallInTollNumber": phone.toll_number or None,
        "LocalCallInTollFreeNumber": phone.toll_free_number or None,
        "GlobalCallInNumberUrl": phone.global_numbers_url or None,
        "PstnDialInNumber": phone.pstn_number or None,
        "DtmfSequence": phone.dtmf_sequence or None,
        "ParticipantAccessCode": phone.access_code or None,
    }


def _troubles(troubles: tuple[WebExTrouble, ...], kind: str, language: str) -> list[WireObject] | None:
    told = [TROUBLES[one] for one in troubles]
    return [
        {f"{kind}Code": code, f"{kind}Description": translate(error, language)} for code, error in told
    ] or None


def site_defaults_out(site: WebExSite) -> WireObject:
    """What a WebEx site uses when a booking does not say."""
    return {"UsePstn": site.uses_pstn, "SiteUrl": site.url}
