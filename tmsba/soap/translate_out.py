"""From what the use cases answer to the objects of the wire.

Real answers leave most blank texts out, but have the ones that clients of the time relied on.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tmsba.booking.views import ConferenceView
from tmsba.domain.conference import Details, Participant
from tmsba.domain.people import User
from tmsba.domain.system import System
from tmsba.domain.transaction import TransactionPage
from tmsba.domain.values import ConferenceStatus
from tmsba.domain.zones import offset_name
from tmsba.soap import enumerations as e
from tmsba.soap.dates import format_conference_date
from tmsba.soap.types import booking, setup


def _owner(owner: User) -> dict[str, Any]:
    return {
        "OwnerId": owner.id,
        "OwnerUserName": owner.full_name,
        "OwnerFirstName": owner.first_name,
        "OwnerLastName": owner.last_name,
        "OwnerEmailAddress": owner.email,
    }


def _enumerations(details: Details) -> dict[str, Any]:
    override = booking.BandwidthOverride
    return {
        "ConferenceType": e.CONFERENCE_TYPES[details.type],
        "Bandwidth": e.BANDWIDTHS[details.bandwidth],
        "ISDNBandwidth": override(Bandwidth=e.BANDWIDTHS[details.isdn_bandwidth]),
        "IPBandwidth": override(Bandwidth=e.BANDWIDTHS[details.ip_bandwidth]),
        "PictureMode": e.PICTURE_MODES[details.picture_mode],
        "Encrypted": e.CHOICES[details.encryption],
        "DataConference": e.CHOICES[details.data_conference],
        "ShowExtendOption": e.EXTEND_MODES[details.extend_mode],
    }


def _texts(details: Details) -> dict[str, Any]:
    """The texts that are written only when there is one."""
    texts = {
        "BillingCode": details.billing_code,
        "UserMessageText": details.user_message,
        "DetachedFromExternalSourceId": details.detached_source_id,
        "DetachedFromExternalPrimaryKey": details.detached_primary_key,
        "Location": details.location,
        "Invitees": details.invitees,
        "SecretCode": details.secret_code,
        "MeetingSource": details.meeting_source,
        "PrivacyFlag": details.privacy_flag,
        "ConfBundleId": details.bundle_id,
        "ConfOwnerId": details.conf_owner_id,
    }
    return {name: text for name, text in texts.items() if text}


def _participant(participant: Participant) -> Any:
    return booking.Participant(
        ParticipantId=participant.id,
        NameOrNumber=participant.name_or_number,
        EmailAddress=participant.email or None,
        ParticipantCallType=e.PARTICIPANT_KINDS[participant.kind],
    )


def _stored(view: ConferenceView) -> dict[str, Any]:
    """What only conferences have that were saved."""
    conference = view.conference
    if view.status is ConferenceStatus.NOT_SAVED:
        return {}
    return {
        "ExternalSourceId": conference.details.external_source_id,
        "ExternalPrimaryKey": conference.details.external_primary_key,
        "ConferenceInfoText": view.info_text or None,
        "ConferenceInfoHtml": view.info_html or None,
        "JoinUri": (conference.route and conference.route.join_uri) or None,
        "JoinUrl": (conference.route and conference.route.join_url) or None,
        "TransactionId": conference.transaction_id,
    }


def conference_out(view: ConferenceView) -> Any:
    """A conference as answers carry it."""
    conference = view.conference
    details = conference.details
    return booking.Conference(
        ConferenceId=conference.id,
        Title=details.title,
        StartTimeUTC=format_conference_date(conference.period.start),
        EndTimeUTC=format_conference_date(conference.period.end),
        Password=details.pin,
        ISDNRestrict=details.is_isdn_restricted,
        EmailTo=details.email_to,
        Participants=[_participant(p) for p in conference.participants] if view.has_participants else None,
        ConferenceLanguage=details.language,
        ConferenceState=booking.ConferenceState(Status=e.CONFERENCE_STATUSES[view.status]),
        Version=conference.version,
        IsRecordingEnabled=details.is_recording_enabled,
        **_owner(view.owner),
        **_enumerations(details),
        **_texts(details),
        **_stored(view),
    )


def conferences_out(views: Iterable[ConferenceView]) -> list[Any]:
    """A list of conferences."""
    return [conference_out(view) for view in views]


def transactions_out(page: TransactionPage) -> list[Any]:
    """A page of the change log.

    A page that is cut ends with an entry ListIncomplete, which repeats the last id: clients ask for
    what comes after the last id of the list.
    """
    rows = [
        booking.Transaction(
            TransactionId=transaction.id,
            ConferenceId=transaction.conference_id,
            TransType=e.TRANSACTION_TYPES[transaction.type],
            PerformedByUserId=transaction.performed_by_id,
            ParticipantIds=",".join(map(str, transaction.system_ids)),
        )
        for transaction in page.transactions
    ]
    if page.is_incomplete and rows:
        rows.append(booking.Transaction(TransactionId=rows[-1].TransactionId, TransType="ListIncomplete"))
    return rows


def _time_zone(name: str, now: datetime) -> Any:
    return setup.TimeZone(TimezoneName=name, GMTOffset=offset_name(name, now)[4:10])


def system_out(system: System, now: datetime) -> Any:
    """A system that can be booked.

    Args:
        system: The system.
        now: The moment for which the offset of its zone is given.
    """
    texts = {
        "SystemName": system.name,
        "Contact": system.contact,
        "Manufacturer": system.manufacturer,
        "Description": system.description,
        "SystemType": system.model,
        "NetworkAddress": system.network_address,
        "Location": system.location,
        "ISDNNumber": system.isdn_number,
        "WebInterfaceURL": system.web_interface_url,
        "SIPUri": system.sip_uri,
        "H323Id": system.h323_id,
        "E164Alias": system.e164_alias,
    }
    return setup.TMSSystem(
        SystemId=system.id,
        TimeZone=_time_zone(system.time_zone, now),
        SystemCategory=setup.SystemCategoryOverride(systemCategory=e.SYSTEM_CATEGORIES[system.category]),
        SystemStatus=setup.SystemStatusOverride(systemStatus=e.SYSTEM_STATUSES[system.status]),
        **{name: text for name, text in texts.items() if text},
    )


def user_out(user: User, now: datetime) -> Any:
    """A user who can own conferences.

    Args:
        user: The user.
        now: The moment for which the offset of the user's zone is given.
    """
    return setup.User(
        DisplayName=user.display_name,
        EmailAddress=user.email,
        FirstName=user.first_name,
        LastName=user.last_name,
        UserName=user.full_name,
        IsHiddenUser=user.is_hidden,
        TimeZone=_time_zone(user.time_zone, now),
    )
