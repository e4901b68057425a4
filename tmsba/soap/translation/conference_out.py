"""From what the use cases answer to the objects of the wire, as mappings from member names to values.

Real answers leave most blank texts out, but have the ones that clients of the time relied on.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from typing import Any

from tmsba.booking.view.views import ConferenceView
from tmsba.domain.conference.details import Details, Participant
from tmsba.domain.conference.transaction import TransactionPage
from tmsba.domain.people.systems import System
from tmsba.domain.people.users import User
from tmsba.domain.time.zone_names import offset_name
from tmsba.domain.values import ConferenceStatus
from tmsba.i18n.languages import Language
from tmsba.soap.translation.series_out import series_out, zone_rules_out
from tmsba.soap.translation.webex import external_webex_out, legacy_webex_out
from tmsba.soap.wire import enumerations as e
from tmsba.soap.wire.dates import format_conference_date
from tmsba.soap.wire.versions import SERVER_VERSION, is_known

#: An object of the wire; members that have no value may be missing or None.
WireObject = dict[str, Any]


def _owner(owner: User) -> WireObject:
    return {
        "OwnerId": owner.id,
        "OwnerUserName": owner.full_name,
        "OwnerFirstName": owner.first_name,
        "OwnerLastName": owner.last_name,
        "OwnerEmailAddress": owner.email,
    }


def _enumerations(details: Details, version: int) -> WireObject:
    has_others = is_known(version, "Conference", "IPBandwidth")
    return {
        "ConferenceType": e.CONFERENCE_TYPES[details.type],
        # Where it is the only one there is, it has to be the one that counts.
        "Bandwidth": e.BANDWIDTHS[details.bandwidth if has_others else details.ip_bandwidth],
        "ISDNBandwidth": {"Bandwidth": e.BANDWIDTHS[details.isdn_bandwidth]},
        "IPBandwidth": {"Bandwidth": e.BANDWIDTHS[details.ip_bandwidth]},
        "PictureMode": e.PICTURE_MODES[details.picture_mode],
        "Encrypted": e.CHOICES[details.encryption],
        "DataConference": e.CHOICES[details.data_conference],
        "ShowExtendOption": e.EXTEND_MODES[details.extend_mode],
    }


#: The texts that are written only when there is one.
_TEXTS = {
    "BillingCode": "billing_code",
    "UserMessageText": "user_message",
    "DetachedFromExternalSourceId": "detached_source_id",
    "DetachedFromExternalPrimaryKey": "detached_primary_key",
    "Location": "location",
    "Invitees": "invitees",
    "SecretCode": "secret_code",
    "MeetingSource": "meeting_source",
    "PrivacyFlag": "privacy_flag",
    "ConfBundleId": "bundle_id",
    "ConfOwnerId": "conf_owner_id",
}


def _texts(details: Details, series: Details | None) -> WireObject:
    """Blank ones are written where a date has none and its series has one, which would be meant else."""
    return {
        element: getattr(details, name) or ("" if series and getattr(series, name) else None)
        for element, name in _TEXTS.items()
    }


def _participant(participant: Participant) -> WireObject:
    return {
        "ParticipantId": participant.id,
        "NameOrNumber": participant.name_or_number,
        "EmailAddress": participant.email or None,
        "ParticipantCallType": e.PARTICIPANT_KINDS[participant.kind],
    }


def _external(view: ConferenceView, version: int, language: str, series: Details | None) -> WireObject:
    """What is held elsewhere: WebEx, or the whole conference by an external host."""
    details = view.conference.details
    external = external_webex_out(view, version, language)
    if details.is_externally_hosted:
        external["ExternallyHosted"] = {"DialString": details.external_dial_string}
    is_host_left_out = not details.is_externally_hosted and series and series.is_externally_hosted
    return {
        "ExternalConference": external or ({} if is_host_left_out else None),
        **legacy_webex_out(view),
    }


def _stored(view: ConferenceView) -> WireObject:
    """What only conferences have that were saved."""
    conference = view.conference
    if view.status is ConferenceStatus.NOT_SAVED:
        return {}
    return {
        "ExternalSourceId": conference.details.external_source_id,
        "ExternalPrimaryKey": conference.details.external_primary_key,
        "RecordedConferenceUri": view.recorded_uri or None,
        "ConferenceInfoText": view.info_text or None,
        "ConferenceInfoHtml": view.info_html or None,
        "JoinUri": (conference.route and conference.route.join_uri) or None,
        "JoinUrl": (conference.route and conference.route.join_url) or None,
        "TransactionId": conference.transaction_id,
    }


def conference_out(
    view: ConferenceView,
    version: int = SERVER_VERSION,
    language: str = "",
    series: Details | None = None,
) -> WireObject:
    """A conference as answers carry it.

    Args:
        view: The conference.
        version: The API version of the client, for what is not only left out but said otherwise.
        language: The ClientLanguage of the request.
        series: Of a date that differs from its series, what the series has.
    """
    conference = view.conference
    whole = view.series.details if view.series else None
    write = partial(conference_out, version=version, language=language, series=whole)
    details = conference.details
    return {
        "ConferenceId": conference.id,
        "Title": details.title,
        "StartTimeUTC": format_conference_date(conference.period.start),
        "EndTimeUTC": format_conference_date(conference.period.end),
        "Password": details.pin,
        "ISDNRestrict": details.is_isdn_restricted,
        "EmailTo": details.email_to,
        "Participants": [_participant(p) for p in conference.participants] if view.has_participants else None,
        "ConferenceLanguage": details.language,
        "ConferenceState": {"Status": e.CONFERENCE_STATUSES[view.status]},
        "Version": conference.version,
        "IsRecordingEnabled": details.is_recording_enabled,
        "ConferenceTimeZoneRules": zone_rules_out(details.zone_rules),
        **series_out(view, version, write),
        **_external(view, version, language, series),
        **_owner(view.owner),
        **_enumerations(details, version),
        **_texts(details, series),
        **_stored(view),
    }


def conferences_out(
    views: Iterable[ConferenceView], version: int = SERVER_VERSION, language: str = ""
) -> Iterator[WireObject]:
    """A list of conferences, each made when it is written: all of them need more room than the answer."""
    return (conference_out(view, version, language) for view in views)


def transactions_out(page: TransactionPage) -> list[WireObject]:
    """A page of the change log.

    A page that is cut ends with an entry ListIncomplete, which repeats the last id: clients ask for
    what comes after the last id of the list.
    """
    rows: list[WireObject] = [
        {
            "TransactionId": transaction.id,
            "ConferenceId": transaction.conference_id,
            "TransType": e.TRANSACTION_TYPES[transaction.type],
            "PerformedByUserId": transaction.performed_by_id,
            "ParticipantIds": ",".join(map(str, transaction.system_ids)),
        }
        for transaction in page.transactions
    ]
    return _ended(rows, page)


def conference_transactions_out(page: TransactionPage) -> list[WireObject]:
    """The same page for clients that go by their own keys.

    Source: TMSBA guide, GetTransactionsSinceWithExternalId.
    """
    rows: list[WireObject] = [
        {
            "TransactionId": transaction.id,
            "ExternalSourceId": transaction.external_source_id,
            "ExternalPrimaryKey": transaction.external_primary_key,
            "RecurrenceInstanceIdUTC": transaction.recurrence_id
            and format_conference_date(transaction.recurrence_id),
            "TransType": e.TRANSACTION_TYPES[transaction.type],
            "PerformedByUserId": transaction.performed_by_id,
            "ParticipantIds": ",".join(map(str, transaction.system_ids)),
        }
        for transaction in page.transactions
    ]
    return _ended(rows, page)


def _ended(rows: list[WireObject], page: TransactionPage) -> list[WireObject]:
    if page.is_incomplete and rows:
        rows.append({"TransactionId": rows[-1]["TransactionId"], "TransType": "ListIncomplete"})
    return rows


def _time_zone(name: str, now: datetime) -> WireObject:
    return {"TimezoneName": name, "GMTOffset": offset_name(name, now)[4:10]}


def system_out(system: System, now: datetime) -> WireObject:
    """A system that can be booked; what nobody told about it is left out.

    Args:
        system: The system.
        now: The moment for which the offset of its zone is given.
    """
    return {
        "SystemId": system.id,
        "SystemName": system.name or None,
        "Contact": system.contact or None,
        "Manufacturer": system.manufacturer or None,
        "Description": system.description or None,
        "SystemType": system.model or None,
        "NetworkAddress": system.network_address or None,
        "Location": system.location or None,
        "ISDNNumber": system.isdn_number or None,
        "WebInterfaceURL": system.web_interface_url or None,
        "SIPUri": system.sip_uri or None,
        "H323Id": system.h323_id or None,
        "E164Alias": system.e164_alias or None,
        "TimeZone": _time_zone(system.time_zone, now),
        "SystemCategory": {"systemCategory": e.SYSTEM_CATEGORIES[system.category]},
        "SystemStatus": {"systemStatus": e.SYSTEM_STATUSES[system.status]},
    }


def recording_device_out(system: System) -> WireObject:
    """A recording system with what can be booked on it. Source: TMSBA guide, GetRecordingAliases."""
    return {
        "Name": system.name,
        "Aliases": [{"SystemId": system.id, "AliasId": alias} for alias in system.recording_aliases],
    }


def language_out(language: Language) -> WireObject:
    """A language of conferences. Source: TMSBA guide, GetConferenceLanguages."""
    return {"Name": language.name, "CultureInfo": language.culture}


def user_out(user: User, now: datetime) -> WireObject:
    """A user who can own conferences.

    Args:
        user: The user.
        now: The moment for which the offset of the user's zone is given.
    """
    return {
        "DisplayName": user.display_name,
        "EmailAddress": user.email,
        "FirstName": user.first_name,
        "LastName": user.last_name,
        "UserName": user.full_name,
        "IsHiddenUser": user.is_hidden,
        "TimeZone": _time_zone(user.time_zone, now),
    }
