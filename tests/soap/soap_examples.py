"""A user and two conferences, as use cases answer them."""

from dataclasses import replace
from datetime import UTC, datetime

from tmsba.booking.view.views import ConferenceView
from tmsba.domain.conference.conference import Conference, SpaceRoute
from tmsba.domain.conference.details import Details, Participant
from tmsba.domain.people.users import User
from tmsba.domain.time.times import Period
from tmsba.domain.values import Bandwidth, ConferenceStatus, ParticipantKind

NOW = datetime(2026, 1, 29, 13, 9, tzinfo=UTC)
PERIOD = Period(NOW, NOW.replace(hour=14))
OWNER = User(id=7, name="ann", domain="EX", first_name="Ann", last_name="Lee", email="ann@example.com")

UNSAVED = ConferenceView(
    conference=Conference(
        id=-1,
        owner_id=7,
        created_by_id=7,
        version=0,
        period=PERIOD,
        details=Details(title="Meeting 1/29/2026 2:09 PM", pin="1234"),
    ),
    owner=OWNER,
    status=ConferenceStatus.NOT_SAVED,
)

STORED = replace(
    UNSAVED,
    conference=replace(
        UNSAVED.conference,
        id=5,
        version=3,
        details=Details(title="t", external_primary_key="key", location="Oslo", bandwidth=Bandwidth.MAX),
        participants=(
            Participant(id=3, kind=ParticipantKind.SYSTEM, name_or_number="Room"),
            Participant(id=1, kind=ParticipantKind.SIP_VIDEO_IN, email="b@example.com"),
        ),
        route=SpaceRoute(bridge_id=1, space_id=2, number=9904, join_uri="9904@example.com", join_url=""),
        transaction_id=77,
    ),
    status=ConferenceStatus.PENDING,
    info_text="text",
    info_html="<p>html</p>",
)
