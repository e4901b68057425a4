"""Every documented error code, provoked through SOAP; those of features to come are named at the end."""

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from lxml import etree
from office import Office, external, system, wire
from soap_client import SOAP12, element, elements, envelope, version_header

from tmsba.domain import errors as e
from tmsba.domain.errors import DatabaseDown, ServerBusy, all_errors
from tmsba.soap.types.simple import EXCEPTION


def by_id(office, operation, number):
    return office.call(operation, elements(ConferenceId=number))


def booked(office, **more):
    return office.saved(system(1), **more)["ConferenceId"]


def a_deleted_one(office):
    number = booked(office)
    assert by_id(office, "DeleteConferenceById", number).status == 200
    return by_id(office, "EndConferenceById", number)


def an_ongoing_one_that_is_moved(office):
    number = booked(office, StartTimeUTC=wire(office.now))
    office.now += timedelta(minutes=5)
    return office.save(system(1), ConferenceId=number, Version=1, StartTimeUTC=wire(office.now))


def as_guest(office, make):
    office.user_name = "guest"
    return make(office)


def of_somebody_else(office):
    number = booked(office)
    return as_guest(office, lambda o: by_id(o, "DeleteConferenceById", number))


def no_access(office):
    number = booked(office)
    return as_guest(office, lambda o: by_id(o, "GetConferenceById", number))


def a_full_bridge(office):
    office.saved(external("SIP <-"))
    return office.save(external("SIP <-"))


def a_blank_session(office):
    header = version_header(23, inner="<ClientSession> </ClientSession>")
    return office.call("SaveConference", "<Conference/>", header=header)


def an_old_session(office):
    header = version_header(23, inner=elements(ClientSession="old"))
    for _ in range(2):
        answer = office.call("EndConferenceById", elements(ConferenceId=1), header=header)
        office.now += timedelta(minutes=65)
    return answer


def without_keys(office):
    with office.store.writing() as uow:
        for kind, count in uow.option_keys.all().items():
            uow.option_keys.remove(kind, count)
        uow.commit()
    return office.save(system(1))


def a_store_that(error):
    def provoke(office):
        class Failing:
            def reading(self):
                raise error("The store does not answer.")

            writing = reading

        booking = next(
            handler.__self__
            for handler in office.booking.app.handlers.values()
            if hasattr(handler, "__self__")
        )
        booking._booking = type(booking._booking)(
            store=Failing(), clock=booking._booking.clock, renderer=booking._booking.renderer
        )
        return by_id(office, "GetConferenceById", 1)

    return provoke


def webex(office):
    inner = elements(StartTimeUTC=wire(office.now), EndTimeUTC=wire(office.now + timedelta(hours=1)))
    host = f"<ExternallyHosted>{elements(DialString='host@example.com')}</ExternallyHosted>"
    inner += f"<ExternalConference><WebEx/>{host}</ExternalConference>"
    return office.call("SaveConference", f"<Conference>{inner}</Conference>")


def no_such_occurrence(office):
    office.saved(system(1), ExternalSourceId="x", ExternalPrimaryKey="k")
    key = elements(ExternalSourceId="x", ExternalConferenceId="k", RecurrenceIdUTC=wire(office.now - 9 * DAY))
    return office.call("GetConferenceIdByExternalId", key)


def a_series(office, frequency="Yearly", end="EndByInstances"):
    inner = elements(StartTimeUTC=wire(office.now), EndTimeUTC=wire(office.now + timedelta(hours=1)))
    pattern = elements(FrequencyType=frequency, PatternEndType=end, PatternInstances=3)
    inner += f"<RecurrencePattern>{pattern}</RecurrencePattern>"
    return office.call("SaveConference", f"<Conference>{inner}</Conference>")


HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
PROVOKED = {
    e.DatabaseDown: a_store_that(DatabaseDown),
    e.ServerBusy: a_store_that(ServerBusy),
    e.ConferenceNotFound: lambda o: by_id(o, "GetConferenceById", 99),
    e.SystemNotFound: lambda o: o.save(system(99)),
    e.SystemAlreadyBooked: lambda o: (booked(o), o.save(system(1)))[1],
    e.SystemNotAllowed: lambda o: o.save(system(3)),
    e.ConferenceNotActive: lambda o: by_id(o, "EndConferenceById", booked(o)),
    e.ConferenceIsDeleted: a_deleted_one,
    e.ConferenceActive: an_ongoing_one_that_is_moved,
    e.CannotBookInThePast: lambda o: o.save(
        StartTimeUTC=wire(o.now - 2 * HOUR), EndTimeUTC=wire(o.now - HOUR)
    ),
    e.NoAccessToConference: no_access,
    e.OutsideBookingWindow: lambda o: o.save(
        StartTimeUTC=wire(o.now + timedelta(days=400)), EndTimeUTC=wire(o.now + timedelta(days=401))
    ),
    e.StartAfterEnd: lambda o: o.save(StartTimeUTC=wire(o.now + 5 * HOUR)),
    e.UnknownError: lambda o: o.save(Title="x" * 256),
    e.WebExError: webex,
    e.WebExSiteNotFound: lambda o: o.call("GetWebExSiteDefaults", elements(siteUrl="https://x.example.com")),
    e.EndlessRecurrence: lambda o: a_series(o, "Daily", "EndNever"),
    e.OccurrenceNotFound: no_such_occurrence,
    e.InvalidTimeZone: lambda o: o.call("GetTimeZoneRulesById", elements(idString="Nowhere")),
    e.PermissionMissing: of_somebody_else,
    e.UnsupportedRecurrence: a_series,
    e.CannotAddParticipant: lambda o: o.save(external("SIP <-"), ConferenceType="Reservation Only"),
    e.UserNotFound: lambda o: o.save(OwnerId=99),
    e.InvalidDateTime: lambda o: o.save(StartTimeUTC="2026-01-29 14:00:00"),
    e.DialOutNumberMissing: lambda o: o.save(external("SIP ->")),
    e.NotEnoughBridgeResources: a_full_bridge,
    e.ParticipantError: lambda o: o.save(system(1, "TMS Master Participant")),
    e.ConcurrentModification: lambda o: o.save(system(1), ConferenceId=booked(o), Version=7),
    e.ClientSessionBlank: a_blank_session,
    e.ClientSessionExpired: an_old_session,
    e.LicenceMissing: without_keys,
}


@pytest.mark.parametrize("error", PROVOKED, ids=lambda error: error.name)
def test_the_documented_code_answers(office, error):
    answer = PROVOKED[error](office)
    assert answer.status == 500
    assert office.code(answer) == error.code
    assert answer.code == ("soap:Client" if error.is_callers_fault else "soap:Server")
    assert answer.sentence.endswith(".")


def test_every_code_is_provoked():
    assert set(PROVOKED) == set(all_errors())


def contents(office):
    """Everything in the database but sessions, which a call that fails may begin, and tickets about it."""
    with closing(sqlite3.connect(office.store.engine.url.database)) as database:
        lines = database.iterdump()
        return [line for line in lines if not any(name in line for name in ("client_session", "ticket"))]


@pytest.mark.parametrize("error", PROVOKED, ids=lambda error: error.name)
def test_nothing_is_stored_when_a_call_fails(office, error, monkeypatch):
    kept = []

    def post(body, **more):
        before = contents(office)
        answer = Office.post(office, body, **more)
        if answer.status == 500:
            kept.append(contents(office) == before)
        return answer

    monkeypatch.setattr(office, "post", post)
    PROVOKED[error](office)
    assert kept
    assert all(kept)


def test_a_fault_of_soap_12_has_both_details(office):
    body = envelope(element("GetConferenceById", elements(ConferenceId=99)), version_header(15), SOAP12)
    answer = office.post(body)
    assert answer.errorcodes == [e.ConferenceNotFound.code] * 2
    names = [etree.QName(child).localname for child in answer.fault]
    assert names[-2:] == ["Detail", "detail"]
    assert answer.all("clientsessionid", EXCEPTION) == []
