"""Explaining over a real database: what was decided, what would be now, and rehearsals that leave nothing."""

from datetime import timedelta

from fakes import create_caller, create_client, create_request
from series_samples import rows_in
from store_samples import NOON

from tmsba.booking.api import Booking
from tmsba.domain.conference.decision import Decision
from tmsba.domain.conference.request import RequestedParticipant
from tmsba.domain.licensing.option_keys import KeyKind
from tmsba.domain.licensing.sessions import Client
from tmsba.domain.time.recurrence import Frequency, RecurrencePattern, SeriesEnd
from tmsba.domain.values import BookingMode, ParticipantKind
from tmsba.mail.conference_mail import ConferenceTexts
from tmsba.store import SqlStore

TABLES = ("conference", "occurrence", "participant", "space_reservation", "transaction_log", "outbox")


def codes(decision: Decision | None) -> list[str]:
    assert decision is not None
    return [verdict.reason.kind.code for verdict in decision.verdicts]


def test_a_conference_is_rehearsed_booked_explained_and_decided_anew(store: SqlStore) -> None:
    with store.writing() as uow:
        uow.option_keys.add(KeyKind.APPLICATION_INTEGRATION, 1)
        caller = create_caller(uow.users.get(1))
        uow.commit()
    booking = Booking(store=store, clock=lambda: NOON, renderer=ConferenceTexts())
    guest = RequestedParticipant(id=None, kind=ParticipantKind.SIP_VIDEO_IN)
    request = create_request(
        start=NOON + timedelta(hours=1),
        end=NOON + timedelta(hours=2),
        participants=(guest,),
        pattern=RecurrencePattern(frequency=Frequency.DAILY, end_type=SeriesEnd.BY_COUNT, occurrences=3),
    )
    [rehearsed] = booking.rehearse(caller, request, create_client(version=23))
    assert codes(rehearsed.decision) == ["only-one"]
    assert [rows_in(store, table) for table in (*TABLES, "route_decision")] == [0] * 7
    view = booking.save_conference(caller, Client(), request, BookingMode.STRICT)
    assert rows_in(store, "route_decision") == 1
    explained = booking.explain(view.conference.id + 2, is_now_asked=True)
    assert explained.decision == rehearsed.decision
    assert codes(explained.now) == ["only-one"]
    assert explained.bridge is not None
    assert explained.bridge.name == "core1"
