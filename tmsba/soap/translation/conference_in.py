"""From the objects of the wire to the requests of the use cases.

What a client does not say, or says as ``Default``, is None: the use cases leave it as it is, or take
the administrator's setting for a new conference.
"""

from functools import partial
from typing import Any

from tmsba.domain.conference.request import ConferenceRequest, OwnerReference, RequestedParticipant
from tmsba.domain.licensing.sessions import Client
from tmsba.domain.time.time_zone import ZoneRules
from tmsba.domain.values import ParticipantKind
from tmsba.soap.application import Call
from tmsba.soap.translation.series_in import overrides_in, pattern_in, zone_rules_in
from tmsba.soap.translation.webex import webex_in
from tmsba.soap.wire import enumerations as e
from tmsba.soap.wire.dates import date_in
from tmsba.soap.wire.enumerations import from_wire
from tmsba.soap.wire.errors import BadRequest
from tmsba.soap.wire.versions import SERVER_VERSION, is_known, shown_as

#: The elements that came later than others, by the fields that they say.
LATER_ELEMENTS = {
    "isdn_bandwidth": ("Conference", "ISDNBandwidth"),
    "ip_bandwidth": ("Conference", "IPBandwidth"),
    "external_dial_string": ("ExternalConference", "ExternallyHosted"),
    "language": ("Conference", "ConferenceLanguage"),
    "detached_source_id": ("Conference", "DetachedFromExternalSourceId"),
    "detached_primary_key": ("Conference", "DetachedFromExternalPrimaryKey"),
    "email_to": ("Conference", "EmailTo"),
    "location": ("Conference", "Location"),
    "invitees": ("Conference", "Invitees"),
    "secret_code": ("Conference", "SecretCode"),
    "meeting_source": ("Conference", "MeetingSource"),
    "privacy_flag": ("Conference", "PrivacyFlag"),
    "bundle_id": ("Conference", "ConfBundleId"),
    "conf_owner_id": ("Conference", "ConfOwnerId"),
    "is_recording_enabled": ("Conference", "IsRecordingEnabled"),
}


def client_in(call: Call) -> Client:
    """What the headers of a call say about the client."""
    return Client(
        version=call.client_version,
        session_id=call.client_session,
        identifier=str(call.version_header.get("ClientIdentifierIn", "")),
        request_id=call.request_id,
        is_confirmation_wanted=bool(call.context_header.get("SendConfirmationMail")),
        is_information_left_out=bool(call.context_header.get("ExcludeConferenceInformation")),
        on_renewal=call.renew_session,
    )


def system_id_in(text: str | None) -> int | None:
    """The optional SystemId of GetTransactionsSince, which the contract makes a string.

    Raises:
        BadRequest: it is no number.
    """
    text = (text or "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise BadRequest("SystemId must be the id of a system, not '{value}'.", value=text[:40])
    return int(text)


def user_reference_in(user: Any) -> tuple[str, str]:
    """The name and the e-mail address of a user that a question is about; blank where they are missing."""
    return getattr(user, "UserName", None) or "", getattr(user, "EmailAddress", None) or ""


def _owner(conference: Any) -> OwnerReference:
    return OwnerReference(
        id=conference.OwnerId,
        user_name=(conference.OwnerUserName or "").strip(),
        first_name=conference.OwnerFirstName or "",
        last_name=conference.OwnerLastName or "",
        email=(conference.OwnerEmailAddress or "").strip(),
    )


def _participant(participant: Any, version: int) -> RequestedParticipant:
    unseen = shown_as(version, "ParticipantType", participant.ParticipantCallType or "")
    return RequestedParticipant(
        id=participant.ParticipantId,
        # .NET reads a missing type as the first one, and so do clients that leave it out.
        kind=from_wire(e.PARTICIPANT_KINDS, participant.ParticipantCallType) or ParticipantKind.SYSTEM,
        name_or_number=(participant.NameOrNumber or "").strip(),
        email=(participant.EmailAddress or "").strip(),
        is_email_known=bool(participant.EmailAddress) or is_known(version, "Participant", "EmailAddress"),
        unseen_kinds=tuple(kind for kind, name in e.PARTICIPANT_KINDS.items() if name in unseen),
    )


def _external(conference: Any, version: int) -> dict[str, Any]:
    """What is to be held elsewhere: WebEx, in the present or the legacy way, or another host."""
    external = conference.ExternalConference
    return {
        "webex": webex_in(external, from_wire(e.CHOICES, conference.DataConference), version),
        "external_dial_string": None if external is None else _dial_string(external.ExternallyHosted),
    }


def _dial_string(host: Any) -> str:
    """The address of the external host; blank when ExternalConference has none.

    Raises:
        BadRequest: There is a host without an address.

    Source: TMSBA guide, DialString.
    """
    if host is None:
        return ""
    dial_string: str = (host.DialString or "").strip()
    if not dial_string:
        raise BadRequest(
            "ExternallyHosted has no DialString: give the SIP address of the host, or leave ExternallyHosted "
            "out."
        )
    return dial_string


def _bandwidth(override: Any) -> Any:
    return None if override is None else from_wire(e.BANDWIDTHS, override.Bandwidth)


def _enumerations(conference: Any) -> dict[str, Any]:
    return {
        "type": from_wire(e.CONFERENCE_TYPES, conference.ConferenceType),
        "bandwidth": from_wire(e.BANDWIDTHS, conference.Bandwidth),
        "isdn_bandwidth": _bandwidth(conference.ISDNBandwidth),
        "ip_bandwidth": _bandwidth(conference.IPBandwidth),
        "picture_mode": from_wire(e.PICTURE_MODES, conference.PictureMode),
        "encryption": from_wire(e.CHOICES, conference.Encrypted),
        "data_conference": from_wire(e.CHOICES, conference.DataConference),
        "extend_mode": from_wire(e.EXTEND_MODES, conference.ShowExtendOption),
    }


def _texts(conference: Any) -> dict[str, Any]:
    return {
        "title": conference.Title,
        "pin": conference.Password,
        "billing_code": conference.BillingCode,
        "email_to": conference.EmailTo,
        "user_message": conference.UserMessageText,
        "detached_source_id": conference.DetachedFromExternalSourceId,
        "detached_primary_key": conference.DetachedFromExternalPrimaryKey,
        "location": conference.Location,
        "invitees": conference.Invitees,
        "secret_code": conference.SecretCode,
        "meeting_source": conference.MeetingSource,
        "privacy_flag": conference.PrivacyFlag,
        "bundle_id": conference.ConfBundleId,
        "conf_owner_id": conference.ConfOwnerId,
        # Blank ones would detach a stored conference from its client, or leave it without a language.
        "external_source_id": conference.ExternalSourceId or None,
        "external_primary_key": conference.ExternalPrimaryKey or None,
        "language": conference.ConferenceLanguage or None,
    }


def _kept(said: dict[str, Any], version: int) -> frozenset[str]:
    """The fields that the client cannot see, or says nothing about. Source: TMSBA guide, API Versioning."""
    later = {name for name, place in LATER_ELEMENTS.items() if not is_known(version, *place)}
    if "ip_bandwidth" in later:
        later.add("bandwidth")
    return frozenset(later | {name for name, value in said.items() if value is None})


def _zone_rules(conference: Any, version: int) -> ZoneRules | None:
    """Clients that know no rules are in the zone of the server. Source: TMSBA guide, Time Zone Versioning."""
    if not is_known(version, "Conference", "ConferenceTimeZoneRules"):
        return None
    return zone_rules_in(conference.ConferenceTimeZoneRules)


def conference_in(conference: Any, version: int = SERVER_VERSION) -> ConferenceRequest:
    """What a client asks to be saved.

    Args:
        conference: The wire's Conference, or None when the request has none.
        version: The API version of the client, which tells what it cannot see.

    Raises:
        BadRequest: There is no conference.
        InvalidDateTime: A date is not in UTC, or is no date.
    """
    if conference is None:
        raise BadRequest("The request has no Conference element. Put the conference to save there.")
    participants, said = conference.Participants, _enumerations(conference)
    return ConferenceRequest(
        id=conference.ConferenceId,
        version=conference.Version,
        start=date_in("StartTimeUTC", conference.StartTimeUTC),
        end=date_in("EndTimeUTC", conference.EndTimeUTC),
        owner=_owner(conference),
        participants=None
        if participants is None
        else tuple(_participant(one, version) for one in participants if one),
        recurrence_id=date_in("RecurrenceInstanceIdUTC", conference.RecurrenceInstanceIdUTC),
        pattern=pattern_in(conference.RecurrencePattern),
        overrides=overrides_in(conference.RecurrencePattern, partial(conference_in, version=version)),
        zone_rules=_zone_rules(conference, version),
        is_isdn_restricted=conference.ISDNRestrict,
        is_recording_enabled=conference.IsRecordingEnabled,
        kept=_kept(said, version),
        has_one_bandwidth=not is_known(version, "Conference", "IPBandwidth"),
        **_external(conference, version),
        **said,
        **_texts(conference),
    )
