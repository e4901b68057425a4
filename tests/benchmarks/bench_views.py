"""Conferences as the use cases answer them, for benchmarks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tmsba.booking.view.views import ConferenceView
from tmsba.domain.conference.conference import Conference, SpaceRoute
from tmsba.domain.conference.details import Details, Participant
from tmsba.domain.people.users import User
from tmsba.domain.time.times import Period
from tmsba.domain.values import ConferenceStatus, ParticipantKind

START = datetime(2026, 1, 29, 13, 9, tzinfo=UTC)
OWNER = User(id=7, name="ann", domain="EX", first_name="Ann", last_name="Lee", email="ann@example.com")
TITLES = (
    "Weekly review",
    "Budget & planning <draft>",
    "R\u00fccksprache mit K\u00f6ln",
    "\u6771\u4eac\u3068\u306e\u6253\u3061\u5408\u308f\u305b",
    "Launch \U0001f680",
)
INFO_TEXT = "How to join\n" + "".join(f"{n}. Dial {9900 + n}@example.com\n" for n in range(12))
INFO_HTML = f"<html><body><h1>How to join</h1><pre>{INFO_TEXT}</pre></body></html>"


def _participants(count: int) -> tuple[Participant, ...]:
    systems = [
        Participant(id=n, kind=ParticipantKind.SYSTEM, name_or_number=f"Room {n}") for n in range(1, count)
    ]
    guest = Participant(
        id=1, kind=ParticipantKind.SIP_VIDEO_IN, name_or_number="Guest", email="guest@example.com"
    )
    return (*systems, guest)


def listed(number: int) -> ConferenceView:
    """A conference of a list: without participants and information texts."""
    start = START + timedelta(minutes=17 * number)
    details = Details(
        title=f"{TITLES[number % len(TITLES)]} {number}",
        pin=f"{number:06}",
        email_to="ann@example.com;bo@example.com",
        external_source_id="calendar",
        external_primary_key=f"040000008200E00074C5B7101A82E008{number:08X}",
    )
    route = SpaceRoute(
        bridge_id=1,
        space_id=number,
        number=9900 + number,
        join_uri=f"{9900 + number}@example.com",
        join_url=f"https://join.example.com/invited.sf?id={9900 + number}&secret=W8aVhbE{number}",
    )
    return ConferenceView(
        conference=Conference(
            id=number,
            owner_id=OWNER.id,
            created_by_id=OWNER.id,
            version=2,
            period=Period(start, start + timedelta(hours=1)),
            details=details,
            route=route,
            transaction_id=2 * number,
        ),
        owner=OWNER,
        status=ConferenceStatus.PENDING,
        has_participants=False,
    )


def stored() -> ConferenceView:
    """A stored conference with 40 set elements at version 23."""
    view = listed(5)
    details = replace(
        view.conference.details,
        billing_code="cc-4711",
        user_message="Welcome",
        location="Oslo, third floor",
        invitees="ann@example.com,bo@example.com,cy@example.com",
        meeting_source="calendar",
        privacy_flag="Normal",
        bundle_id="B-17",
        conf_owner_id="O-7",
    )
    conference = replace(view.conference, details=details, participants=_participants(6))
    return replace(
        view, conference=conference, info_text=INFO_TEXT, info_html=INFO_HTML, has_participants=True
    )
