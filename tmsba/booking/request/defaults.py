"""What a new conference starts from: the administrator's settings.

Source: TMSBA guide, GetDefaultConference.
"""

import secrets
from dataclasses import replace
from datetime import datetime, timedelta

from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.details import Details
from tmsba.domain.conference.webex import WebEx
from tmsba.domain.people.users import Caller, User
from tmsba.domain.settings import ConferenceSettings
from tmsba.domain.time.times import Period, whole_seconds
from tmsba.domain.time.zone_names import short_us
from tmsba.domain.values import Choice

#: The id of a conference that is not stored.
UNSAVED_ID = -1


def new_pin(length: int) -> str:
    """A random numeric PIN that does not start with 0."""
    return str(secrets.randbelow(9 * 10 ** (length - 1)) + 10 ** (length - 1))


def new_host_pin(length: int, *others: str) -> str:
    """A random PIN for hosts that is none of the others."""
    while (pin := new_pin(length)) in others:
        continue
    return pin


def default_title(settings: ConferenceSettings, start: datetime, owner: User) -> str:
    """The title of a conference that brings none; its start shows in the owner's zone."""
    return settings.default_conference_title.replace("{start}", short_us(start, owner.time_zone))


def default_details(settings: ConferenceSettings) -> Details:
    """The details of a conference that says nothing about itself, without title and PIN."""
    return Details(
        type=settings.default_reservation_type,
        bandwidth=settings.default_bandwidth,
        ip_bandwidth=settings.default_bandwidth,
        isdn_bandwidth=settings.default_isdn_bandwidth,
        picture_mode=settings.default_picture_mode,
        encryption=settings.default_encryption,
        extend_mode=settings.extend_mode,
    )


def default_conference(settings: ConferenceSettings, caller: Caller, now: datetime) -> Conference:
    """An unsaved conference that starts now and lasts the default duration."""
    start = whole_seconds(now)
    details = default_details(settings)
    if settings.enable_webex and settings.add_webex_to_all:
        details = replace(details, webex=WebEx(), data_conference=Choice.YES)
    pin = new_pin(settings.pin_length) if settings.auto_generate_pin else ""
    return Conference(
        id=UNSAVED_ID,
        version=0,
        owner_id=caller.user.id,
        created_by_id=caller.user.id,
        period=Period(start, start + timedelta(minutes=settings.default_scheduled_call_duration)),
        details=replace(details, title=default_title(settings, start, caller.user), pin=pin),
    )
