"""A conference to write mails about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tmsba.booking.view.views import InfoFacts, MailFacts, MailMessage, MailPurpose, MessageKind
from tmsba.domain.bridge.bridge import Bridge
from tmsba.domain.conference.conference import Conference, SpaceRoute
from tmsba.domain.conference.details import Details, Participant
from tmsba.domain.people.systems import System
from tmsba.domain.people.users import User
from tmsba.domain.time.recurrence import RecurrencePattern
from tmsba.domain.time.times import Period
from tmsba.domain.values import ConferenceStatus, ParticipantKind

START = datetime(2026, 1, 29, 13, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
LANGUAGES = ("en", "fr", "ru", "zh-CN", "ja", "ko")
BRIDGE = Bridge(
    id=1,
    name="Bridge One",
    url="https://cms.example.com",
    domain="example.com",
    numeric_id_base=990400,
    numeric_id_quantity=100,
)
SYSTEMS = {4: System(id=4, name="Board Room", sip_uri="board@example.com")}
GUEST = Participant(id=1, kind=ParticipantKind.SIP_VIDEO_IN, name_or_number="Guest One")
ROUTE = SpaceRoute(
    bridge_id=1,
    space_id=42,
    number=990442,
    join_uri="990442@example.com",
    join_url="https://join.example.com/meeting/990442?secret=abc",
)


def info(*, zone: str = "Europe/Oslo", bridge: Bridge | None = BRIDGE, **details: Any) -> InfoFacts:
    conference = Conference(
        id=12,
        owner_id=1,
        created_by_id=1,
        period=details.pop("period", Period(START, START + HOUR)),
        participants=details.pop("participants", (GUEST, Participant(id=4, kind=ParticipantKind.SYSTEM))),
        route=ROUTE if bridge else None,
        details=Details(**{"title": "Weekly review", "pin": "4711", **details}),
    )
    owner = User(id=1, name="anna", first_name="Anna", email="anna@example.com", time_zone=zone)
    return InfoFacts.of(conference, owner, SYSTEMS, bridge)


def facts(*messages: MailMessage, **more: Any) -> MailFacts:
    values: dict[str, Any] = {
        "purpose": MailPurpose.INVITE,
        "status": ConferenceStatus.PENDING,
        "info": info(),
    }
    return replace(MailFacts(**{**values, **more}), messages=messages)


def message(kind: MessageKind, *lines: str) -> MailMessage:
    return MailMessage(kind, lines)


def pattern(frequency: Any, **more: Any) -> RecurrencePattern:
    return RecurrencePattern(frequency=frequency, **{"end_type": None, **more})
