"""One save: who wants what, and what becomes of what the request leaves open."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from tmsba.booking.request.defaults import default_details, default_title, new_host_pin, new_pin
from tmsba.booking.request.owner import check_may_change, check_may_own, resolve_owner
from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.details import Details, Participant
from tmsba.domain.conference.request import ConferenceRequest
from tmsba.domain.conference.rules import check_details, clean_title, number_participants
from tmsba.domain.conference.series import Series
from tmsba.domain.conference.unseen import with_one_bandwidth, with_unseen
from tmsba.domain.conference.webex_changes import with_webex
from tmsba.domain.errors import ConcurrentModification, UnknownError
from tmsba.domain.licensing.option_keys import Licences
from tmsba.domain.licensing.sessions import Client
from tmsba.domain.people.users import Caller, Permission
from tmsba.domain.settings import ConferenceSettings
from tmsba.domain.values import BillingCodes, BookingMode, ConferenceType
from tmsba.ports.work import UnitOfWork

#: The first API version whose conferences carry a Version; older clients cannot send it back.
FIRST_VERSION_WITH_REVISIONS = 14

#: The first API version with external hosts; older clients cannot mean to take one away.
FIRST_VERSION_WITH_EXTERNAL_HOSTS = 15

_RESERVED_MEETING_SOURCE = "EX:PROXY"
_RESERVED_SOURCES = frozenset({"TMS", "TMS-ADHOC"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """One save: who wants what, in which mode, when."""

    caller: Caller
    client: Client
    request: ConferenceRequest
    mode: BookingMode
    now: datetime
    settings: ConferenceSettings
    licences: Licences

    @property
    def window(self) -> timedelta:
        """How far ahead a conference may start."""
        return timedelta(days=self.settings.booking_window)


def check_offered(request: ConferenceRequest) -> None:
    """Whether the request asks only for what this server can do.

    Raises:
        UnknownError: it asks for something else.
    """
    if request.type is ConferenceType.AD_HOC:
        raise UnknownError("An Ad-Hoc conference cannot be booked: choose another ConferenceType.")


def said_details(client: Client, request: ConferenceRequest, before: Details) -> dict[str, Any]:
    """The fields of ``Details`` that a client says, by name.

    An ExternalConference without a host takes a stored one away, but not for clients that know of none.

    Args:
        client: the client.
        request: what it sends.
        before: what it was shown, or the defaults.

    Source: TMSBA guide, ExternalConference and API Versioning.
    """
    said = request.said_details()
    if request.has_one_bandwidth:
        said = with_one_bandwidth(said, before)
    if client.version < FIRST_VERSION_WITH_EXTERNAL_HOSTS and not said.get("external_dial_string"):
        said.pop("external_dial_string", None)
    return said


def needs_approval(caller: Caller) -> bool:
    """Whether what the caller books is a request that somebody else has to approve.

    Source: TMSBA guide, ConferenceState (MeetingRequest) and Setting up Permissions.
    """
    return not (caller.may(Permission.BOOK) and caller.may(Permission.APPROVE_MEETING))


def check_revision(saving: Saving, existing: Conference, version: int, *others: int) -> None:
    """Whether the caller may change what is stored, and has seen its present version.

    Args:
        saving: the save.
        existing: what is stored.
        version: the one that it has.
        others: further versions that only somebody can know who has seen the present state.

    Raises:
        PermissionMissing: it belongs to somebody else.
        ConcurrentModification: somebody saved it in the meantime.
    """
    check_may_change(saving.caller, existing)
    is_checked = saving.client.version >= FIRST_VERSION_WITH_REVISIONS
    if is_checked and (saving.request.version or 0) not in (version, *others):
        raise ConcurrentModification(
            "Conference {id} is at version {version} and the request brings {given}: get the conference "
            "again, repeat the change and save that.",
            id=existing.id,
            version=version,
            given=saving.request.version or 0,
        )


def wanted_owner(uow: UnitOfWork, saving: Saving, before: int | None) -> int:
    """The owner's id: who the request names, else who it was before, else the caller."""
    if before is not None and not saving.request.owner.names_somebody:
        return before
    owner = resolve_owner(uow, saving.request.owner, saving.caller, saving.now)
    if owner.id != before:
        check_may_own(saving.caller, owner)
    return owner.id


def wanted_details(
    uow: UnitOfWork, saving: Saving, before: Details | None, owner_id: int, start: datetime
) -> Details:
    """What the request says, over what was stored, or over the administrator's defaults.

    Raises:
        UnknownError: title, PIN, a source or the billing code cannot be stored.
        WebExError: an external host is to have WebEx.
    """
    basis = before or default_details(saving.settings)
    said = said_details(saving.client, saving.request, basis)
    if not clean_title(said.get("title", "")) and not basis.title:
        owner = uow.users.get(owner_id) or saving.caller.user
        basis = replace(basis, title=clean_title(default_title(saving.settings, start, owner)))
    details = refined_details(saving.settings, basis, said, is_update=before is not None)
    if before is None and saving.settings.host_pins:
        details = replace(details, host_pin=new_host_pin(saving.settings.pin_length, details.pin))
    if not details.external_primary_key:
        details = replace(details, external_primary_key=str(uuid.uuid4()))
    _check_source(details, before)
    return details


def wanted_participants(saving: Saving, before: Conference | Series | None) -> tuple[Participant, ...]:
    """The participants that the request gives, with their ids; without any, those that are stored."""
    if before and saving.request.participants is None:
        return before.participants
    return requested_participants(saving.request, before.participants if before else ())


def requested_participants(
    request: ConferenceRequest, before: Sequence[Participant]
) -> tuple[Participant, ...]:
    """The participants of a request with their ids, and with what its client was not shown of them."""
    return number_participants(with_unseen(request.participants or (), before))


def refined_details(
    settings: ConferenceSettings, basis: Details, said: Mapping[str, Any], *, is_update: bool = False
) -> Details:
    """What is said, over a basis that has a title: what was stored, the defaults, or those of a series.

    Args:
        settings: of conferences.
        basis: holds where nothing is said, and for a blank title.
        said: some fields of ``Details``, by name; of WebEx the wish.
        is_update: whether the basis is what was stored of this very conference or series.

    Raises:
        UnknownError: title, PIN, meeting source or billing code cannot be stored.
        WebExError: an external host is to have WebEx.
    """
    plain = {name: value for name, value in said.items() if name != "webex"}
    details = replace(basis, **{**plain, "title": clean_title(said.get("title", "")) or basis.title})
    details = with_webex(details, basis, said.get("webex"), is_update=is_update)
    if not details.pin and settings.auto_generate_pin:
        details = replace(details, pin=basis.pin or new_pin(settings.pin_length))
    if details.host_pin and details.host_pin == details.pin:
        # A bridge tells guests from hosts by nothing else, and may still know the PIN before this one.
        details = replace(details, host_pin=new_host_pin(settings.pin_length, details.pin, basis.pin))
    _check_meeting_source(details, basis)
    _check_billing_code(settings, details.billing_code)
    check_details(details)
    return details


def _check_meeting_source(details: Details, basis: Details) -> None:
    """Source: TMSBA guide, Conference, MeetingSource."""
    is_new = basis.meeting_source != details.meeting_source
    if is_new and details.meeting_source.upper() == _RESERVED_MEETING_SOURCE:
        raise UnknownError(
            "MeetingSource '{source}' is reserved: choose a name of your own.", source=details.meeting_source
        )


def _check_billing_code(settings: ConferenceSettings, code: str) -> None:
    """Source: TMSBA guide, Conference, BillingCode."""
    if settings.billing_codes is BillingCodes.REQUIRED and code not in settings.known_billing_codes.split():
        raise UnknownError("Invalid billing code: give one of those that the administrator has listed.")


def _check_source(details: Details, before: Details | None) -> None:
    """Only what came from us with a reserved source id may keep it."""
    is_new = before is None or before.external_source_id != details.external_source_id
    if is_new and details.external_source_id.upper() in _RESERVED_SOURCES:
        raise UnknownError(
            "ExternalSourceId '{id}' is reserved: choose a name of your own.", id=details.external_source_id
        )
